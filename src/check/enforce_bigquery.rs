//! What BigQuery would not enforce as declared. Row access policies hold for tables only, and look nothing up that their readers may not
//! read; views run with the rights of their dataset where that is authorized, and do not know which group asks.

use crate::access::{Carry, Matrix, Path, RowRule};
use crate::base::{Ident, Span};
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::ir::{Dialect, Entitlement, Materialization, Program, Table, TableId, TableKind, Type, Verb};
use std::collections::{BTreeMap, BTreeSet};

/// Refuses access that BigQuery would not enforce as declared.
pub(super) fn check(program: &Program, carry: &Carry, diagnostics: &mut Diagnostics) {
    if program.project.warehouse.as_ref().is_none_or(|w| w.dialect != Dialect::BigQuery) {
        return;
    }
    let named: BTreeSet<&Ident> = program.roles.iter().filter(|r| r.google_group.is_some()).map(|r| &r.name).collect();
    if !program.grants.iter().any(|g| named.contains(&g.role)) {
        return;
    }
    let check = Check { program, carry, readers: readers(program, carry, &named), read: read_by(program) };
    for grant in program.grants.iter().filter(|g| g.verb == Verb::Write && named.contains(&g.role)) {
        let message = format!(
            "role `{}` cannot be given `write` alone: who writes to a table of BigQuery's may also read, replace and drop it",
            grant.role
        );
        diagnostics.push(Diagnostic::error(Code::BigQueryAccess, grant.at, message).help("let whoever builds the project write"));
    }
    for (id, readers) in &check.readers {
        if let Some((what, help)) = check.fault(*id, readers) {
            let Some(table) = program.table(*id) else { continue };
            let message = format!("role `{}` cannot be given `{}`: {what}", readers.role, table.name);
            diagnostics
                .push(Diagnostic::error(Code::BigQueryAccess, readers.at, message).mark(table.at, "kept as it says here").help(help));
        }
    }
}

/// Who reads a table there.
struct Readers<'p> {
    /// The first of them.
    role: &'p Ident,
    /// Its grant.
    at: Span,
    /// The rows of each.
    rows: Vec<Vec<RowRule>>,
}

/// What a reader is told, and a way out.
type Fault = (String, &'static str);

struct Check<'p> {
    program: &'p Program,
    carry: &'p Carry,
    readers: BTreeMap<TableId, Readers<'p>>,
    /// What models read.
    read: BTreeSet<TableId>,
}

fn readers<'p>(program: &'p Program, carry: &Carry, named: &BTreeSet<&Ident>) -> BTreeMap<TableId, Readers<'p>> {
    let mut readers: BTreeMap<TableId, Readers<'p>> = BTreeMap::new();
    for entry in Matrix::new(program, carry).entries {
        let reads = entry.path == Path::Warehouse && entry.verb == Verb::Read && named.contains(&entry.role);
        let Some(role) = program.role(&entry.role).filter(|_| reads) else { continue };
        let at = entry.because.first().copied().unwrap_or(role.at);
        readers.entry(entry.table).or_insert(Readers { role: &role.name, at, rows: Vec::new() }).rows.push(entry.rows);
    }
    readers
}

fn read_by(program: &Program) -> BTreeSet<TableId> {
    program.models().flat_map(|(_, t, _)| t.reads.iter().copied()).collect()
}

impl Check<'_> {
    fn fault(&self, id: TableId, readers: &Readers<'_>) -> Option<Fault> {
        let table = self.program.table(id)?;
        let TableKind::Model(model) = &table.kind else { return self.stored(readers) };
        match model.materialization {
            Materialization::View | Materialization::Ephemeral => self.view(id, table, readers),
            _ => self.stored(readers),
        }
    }

    /// A row access policy is asked with the rights of who asks.
    fn stored(&self, readers: &Readers<'_>) -> Option<Fault> {
        for policy in readers.rows.iter().flatten().filter_map(|r| self.program.policies.get(r.policy as usize)) {
            if policy.asks.is_some() {
                let what = format!(
                    "policy `{}` asks an entitlement, and a row access policy looks nothing up that its reader may not read",
                    policy.name
                );
                return Some((what, "grant a view of it in a layer with a schema of its own: views look entitlements up"));
            }
            let declared = self.program.table(policy.table);
            let of = |c: &u32| declared.and_then(|t| t.columns.get(*c as usize)).map(|c| &c.ty);
            if policy.columns.iter().filter_map(of).any(|ty| matches!(ty, Type::Json(_))) {
                let what = format!("policy `{}` reads JSON, which row access policies do not", policy.name);
                return Some((what, "compute a column of a plain type, and ask that"));
            }
        }
        None
    }

    fn view(&self, id: TableId, table: &Table, readers: &Readers<'_>) -> Option<Fault> {
        let filtered = readers.rows.iter().any(|r| !r.is_empty());
        if filtered && readers.rows.windows(2).any(|pair| matches!(pair, [a, b] if a != b)) {
            let what = "its readers see different rows, and a view does not know which group asks".to_owned();
            return Some((what, "keep it `as table`, or give each a view of its own"));
        }
        if filtered && self.read.contains(&id) {
            return Some((
                "it hides rows, and models that read it would miss them, too".to_owned(),
                "keep it `as table`, or read what it reads",
            ));
        }
        self.below(id, table, readers)
    }

    /// What a view rests on: datasets other than its own, whose tables everybody may read through it.
    fn below(&self, id: TableId, table: &Table, readers: &Readers<'_>) -> Option<Fault> {
        let schema = self.schema(table);
        let asked = readers.rows.iter().flatten().filter_map(|r| self.program.policies.get(r.policy as usize)?.asks.as_ref());
        let asked = asked.filter_map(|a| self.program.entitlements.get(a.entitlement as usize)).map(|e: &Entitlement| e.table);
        let mut waiting: Vec<(TableId, &Ident)> = table.reads.iter().copied().chain(asked).map(|t| (t, schema)).collect();
        let mut seen = BTreeSet::from([id]);
        while let Some((next, from)) = waiting.pop() {
            let Some(found) = self.program.table(next).filter(|_| seen.insert(next)) else { continue };
            let late = matches!(&found.kind, TableKind::Model(m) if matches!(m.materialization, Materialization::View | Materialization::Ephemeral));
            let own = self.schema(found);
            if own == from {
                let what = format!(
                    "it is a view over `{}` in the same dataset, and only the views of another can be authorized to read that",
                    found.name
                );
                return Some((what, "keep it `as table`, or put it into a layer with a schema of its own"));
            }
            if late {
                waiting.extend(found.reads.iter().map(|t| (*t, own)));
            } else if self.readers.contains_key(&next) && !self.carry.of(next).is_empty() {
                let what = format!("it is a view over `{}`, whose row access policies hold for who reads the view", found.name);
                return Some((what, "keep it `as table`"));
            }
        }
        None
    }

    fn schema<'t>(&'t self, table: &'t Table) -> &'t Ident {
        match &table.kind {
            TableKind::Source(source) => &source.schema,
            TableKind::Seed(seed) => &seed.schema,
            TableKind::Model(model) => self.program.layer(model.layer).map_or(&self.program.project.name, |l| &l.schema),
        }
    }
}
