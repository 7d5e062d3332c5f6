//! Masked twins: what a grant with `masked by` lets its role read in place of each table that has something to mask.

use super::Cx;
use super::cx::Finished;
use super::model::{Shared, check_names};
use super::{Facts, masked, slim};
use crate::base::{Ident, Span};
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::ir::{
    DatedMask, Dialect, Grant, Materialization, Model, ModelRole, Program, Query, SetExpr, Table, TableId, TableKind, Twin, Verb, find,
    needs_builder,
};
use crate::resolve::check_name;
use std::collections::{BTreeMap, BTreeSet};

/// Makes the twins that grants ask for, behind all other tables, and says which grant reads which.
pub(super) struct Twins {
    /// Twins, in order of id.
    pub(super) made: Vec<Twin>,
    /// What each grant lets read, by its index.
    pub(super) read: BTreeMap<usize, Vec<TableId>>,
}

/// Lowers the twins of every grant.
pub(super) fn twins(shared: &Shared<'_>, done: &mut Vec<Option<Finished>>, diagnostics: &mut Diagnostics) -> Twins {
    let mut twins = Twins { made: Vec::new(), read: BTreeMap::new() };
    let mut known: BTreeMap<(TableId, Ident), Option<TableId>> = BTreeMap::new();
    for (index, grant) in shared.program.grants.iter().enumerate() {
        let Some(masking) = grant.masking.as_ref().and_then(|name| shared.maskings.iter().find(|(m, _)| m.name == *name)) else { continue };
        if grant.verb == Verb::Write {
            let problem = Diagnostic::error(Code::MaskedGrant, grant.at, "who writes to a table cannot be given a masked one");
            diagnostics.push(problem.help("grant `write` on the table itself, or `read` with `masked by`"));
            continue;
        }
        let mut read: Vec<TableId> = Vec::new();
        for base in &grant.tables {
            let key = (*base, masking.0.name.clone());
            let found = match known.get(&key) {
                Some(found) => *found,
                None => {
                    let found = one(shared, done, (grant, masking), *base, diagnostics);
                    if let Some(table) = found.filter(|t| t != base) {
                        twins.made.push(Twin { table, base: *base, masking: masking.0.name.clone() });
                    }
                    known.insert(key, found);
                    found
                }
            };
            read.extend(found);
        }
        read.sort_unstable();
        twins.read.insert(index, read);
    }
    twins
}

type Asked<'g> = (&'g Grant, &'g (crate::ir::Masking, crate::resolve::Env));

/// What is read in place of one table: itself where there is nothing to mask. `None` after reporting why there can be no twin.
fn one(
    shared: &Shared<'_>,
    done: &mut Vec<Option<Finished>>,
    (grant, masking): Asked<'_>,
    base: TableId,
    diagnostics: &mut Diagnostics,
) -> Option<TableId> {
    let finished = done.get(base.0 as usize)?.as_ref().filter(|f| !f.open)?;
    if masked::touches_nothing(&masking.0, &finished.table) {
        return Some(base);
    }
    let TableKind::Model(model) = &finished.table.kind else {
        let message = format!("`{}` is no model, and only a model has a masked twin", finished.table.name);
        diagnostics.push(Diagnostic::error(Code::MaskedGrant, grant.at, message).help("write a model over it, and grant that"));
        return None;
    };
    let name = Ident::exact(&format!("{}_masked_by_{}", finished.table.name, masking.0.name));
    if let Err(problem) = check_name(&name, grant.at) {
        diagnostics.push(
            problem.help("the twin is called `<table>_masked_by_<masking>`: write a masked model with a name of its own, and grant that"),
        );
        return None;
    }
    if let Some(taken) = shared.program.table_names.get(&name) {
        let first = done.get(taken.0 as usize).and_then(Option::as_ref).map_or(grant.at, |f| f.table.at);
        let problem =
            Diagnostic::error(Code::DuplicateName, grant.at, format!("the masked twin of `{}` is called `{name}`", finished.table.name));
        diagnostics.push(problem.mark(first, "and so is this").help("rename the model"));
        return None;
    }
    let cx = shared.cx(grant.at, done);
    let twin = lowered(&cx, shared, (base, finished), masking, (name, grant.at), model);
    diagnostics.extend(cx.diagnostics.take());
    let id = TableId(u32::try_from(done.len()).ok()?);
    let dated = cx.dated.take().into_iter().map(|(lowers, day, at)| DatedMask { table: id, lowers, day, at }).collect();
    drop(cx);
    done.push(Some(Finished { dated, ..twin? }));
    Some(id)
}

fn lowered(
    cx: &Cx<'_>,
    shared: &Shared<'_>,
    (base, finished): (TableId, &Finished),
    masking: &(crate::ir::Masking, crate::resolve::Env),
    (name, at): (Ident, Span),
    model: &Model,
) -> Option<Finished> {
    let mut lowered = masked::twin(cx, shared, (base, &finished.table), masking, at)?;
    slim::slim(&mut lowered.query);
    check_names(cx, &lowered);
    // A view runs under its reader's own name: what needs a key is computed while building instead.
    // BigQuery would read what lies below with its reader's rights, and cannot hide the rows of a view by group.
    let copied = shared.program.project.warehouse.as_ref().is_some_and(|w| w.dialect == Dialect::BigQuery);
    let materialization = if copied || needs_key(shared.program, &lowered.query) { Materialization::Table } else { Materialization::View };
    let table = Table {
        name,
        columns: lowered.query.columns.clone(),
        column_docs: lowered.docs,
        doc: format!("`{}` as masking `{}` leaves it.", finished.table.name, masking.0.name).into(),
        assertions: Vec::new(),
        key: Vec::new(),
        rows: lowered.control.from.clone(),
        reads: cx.reads.borrow().iter().copied().collect(),
        at,
        kind: TableKind::Model(Box::new(Model {
            layer: model.layer,
            materialization,
            query: lowered.query,
            role: ModelRole::Model,
            indexes: Vec::new(),
            tags: Vec::new(),
            owner: model.owner.clone(),
            written_in: model.written_in.clone(),
        })),
    };
    let control = Facts { intact: None, ..lowered.control };
    Some(Finished {
        table,
        control,
        numbers: Vec::new(),
        shaped: lowered.shaped,
        open: false,
        discriminators: Vec::new(),
        references: Vec::new(),
        counted: Vec::new(),
        dated: Vec::new(),
        ran: None,
        grouped: None,
        cells: Vec::new(),
        unwithheld: Vec::new(),
    })
}

/// Whether a twin's query, one block over one table, needs what no reader may use.
fn needs_key(program: &Program, query: &Query) -> bool {
    match &query.body {
        SetExpr::Select(select) => select.items.iter().any(|i| find(&i.expr, &|e| needs_builder(program, e)).is_some()),
        _ => true,
    }
}

/// Puts the twins into the program: under their names, and in place of what grants named.
pub(super) fn place(program: &mut Program, twins: Twins) {
    for twin in &twins.made {
        if let Some(table) = program.tables.get(twin.table.0 as usize) {
            program.table_names.insert(table.name.clone(), twin.table);
        }
    }
    for (index, tables) in twins.read {
        if let Some(grant) = program.grants.get_mut(index) {
            let unique: BTreeSet<TableId> = tables.into_iter().collect();
            grant.tables = unique.into_iter().collect();
        }
    }
    program.twins = twins.made;
}
