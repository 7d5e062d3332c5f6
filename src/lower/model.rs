use super::assertions::{key_of, references_of};
use super::cx::{Finished, Notes};
use super::parse::parse_query;
use super::query::{Lowered, lower_query};
use super::ran::Ran;
use super::set::nothing;
use super::tokens::{Start, tokens};
use super::{Cx, Facts, arrived, contract, drops, history, kept, masked, metrics, pipe, remarks, slim};
use crate::base::{FileId, Ident, Sources, Span, VPath};
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::ir::{CategoryId, DatedMask, Masking, Model, Origins, Program, Table, TableKind};
use crate::resolve::{Env, Generator, Pending, PendingModel};
use crate::syntax::ast::{Body, Metric as MetricSyntax, ModelBody, Template};
use sqlparser::ast;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What every body is lowered with.
pub(super) struct Shared<'a> {
    pub(super) program: &'a Program,
    pub(super) sources: &'a Sources,
    pub(super) generator: &'a Generator<'a>,
    /// Metrics as declared.
    pub(super) metrics: &'a [Pending<'a, MetricSyntax>],
    /// Maskings with the loop variables they were written under.
    pub(super) maskings: Vec<(Masking, Env)>,
    /// Models of whose own assertions nothing is believed.
    pub(super) doubted: BTreeSet<Ident>,
    files: BTreeMap<&'a VPath, FileId>,
}

impl<'a> Shared<'a> {
    pub(super) fn new(
        program: &'a Program,
        sources: &'a Sources,
        generator: &'a Generator<'a>,
        metrics: &'a [Pending<'a, MetricSyntax>],
    ) -> Self {
        let files = sources.iter().map(|(id, f)| (&f.path, id)).collect();
        Shared { program, sources, generator, metrics, maskings: Vec::new(), doubted: BTreeSet::new(), files }
    }

    /// A context for one text.
    pub(super) fn cx<'c>(&'c self, here: Span, tables: &'c [Option<Finished>]) -> Cx<'c> {
        Cx::new(self.program, tables, self.sources, here)
    }

    /// The whole text of a `.sql` file beside a `.pipe` file. `None` after reporting that there is none.
    pub(super) fn sql_file(&self, written_in: &VPath, path: &Template, env: &Env, diagnostics: &mut Diagnostics) -> Option<Span> {
        let text = self.generator.text(path, env, diagnostics)?;
        let file = written_in.sibling(&text).ok().and_then(|p| self.files.get(&p).copied())?;
        Some(Span::new(file, 0, self.sources.text(file).len()))
    }

    /// The text a model's rows are written in: its block, or its `.sql` file.
    pub(super) fn place(&self, model: &PendingModel<'_>, diagnostics: &mut Diagnostics) -> Span {
        match &model.pending.syntax.body {
            ModelBody::SqlFile { path, .. } => {
                self.sql_file(&model.written_in, path, &model.pending.env, diagnostics).unwrap_or(model.pending.at)
            }
            ModelBody::Sql { text, .. } => text.at,
            _ => model.pending.at,
        }
    }
}

/// The clauses of a model beside those that make its rows.
pub(super) fn rest<'m>(model: &PendingModel<'m>) -> &'m Body {
    match &model.pending.syntax.body {
        ModelBody::Clauses(rest)
        | ModelBody::Sql { rest, .. }
        | ModelBody::SqlFile { rest, .. }
        | ModelBody::Masked { rest, .. }
        | ModelBody::Metrics { rest, .. } => rest,
    }
}

/// Reads a model's body as SQL, whichever way it is written. `None` for masked models and facts, and after reporting an error.
pub(super) fn read_body(cx: &Cx<'_>, shared: &Shared<'_>, model: &PendingModel<'_>) -> Option<(ast::Query, Notes)> {
    let env = &model.pending.env;
    let (tokens, notes) = match &model.pending.syntax.body {
        ModelBody::Clauses(body) => pipe::compose(cx, shared.generator, env, body)?,
        ModelBody::Sql { text, .. } => (tokens(cx, shared.generator, env, text.at, Start::Value)?, Notes::new()),
        ModelBody::SqlFile { path, at, .. } => {
            let Some(text) = shared.sql_file(&model.written_in, path, env, &mut cx.diagnostics.borrow_mut()) else {
                let written = shared.generator.text(path, env, &mut Diagnostics::new()).unwrap_or_default();
                let problem = Diagnostic::error(Code::DataFileMissing, *at, format!("there is no file `{written}` beside this one"));
                let folder = shared.files.keys().filter(|p| p.extension() == "sql").map(|p| p.as_str());
                cx.error(problem.help("the path starts at the folder of this `.pipe` file").suggest(&written, folder));
                return None;
            };
            (tokens(cx, shared.generator, env, text, Start::Value)?, Notes::new())
        }
        ModelBody::Masked { .. } | ModelBody::Metrics { .. } => return None,
    };
    Some((parse_query(cx, tokens)?, notes))
}

/// Lowers one model. One that cannot be read at all still has its name, with columns unknown.
pub(super) fn lower_model(
    shared: &Shared<'_>,
    tables: &[Option<Finished>],
    keyed: &Arc<BTreeSet<CategoryId>>,
    model: &PendingModel<'_>,
) -> (Finished, Diagnostics) {
    let mut diagnostics = Diagnostics::new();
    let mut cx = shared.cx(shared.place(model, &mut diagnostics), tables);
    cx.keyed = keyed.clone();
    cx.own_key = super::numbered::own_key(model);
    let lowered = match &model.pending.syntax.body {
        ModelBody::Masked { base, masking, rules, .. } => masked::model(&cx, shared, model, base, masking, rules),
        ModelBody::Metrics { metrics, .. } => metrics::fact(&cx, shared, model, metrics),
        _ => read_body(&cx, shared, model).map(|(query, notes)| {
            cx.notes = notes;
            lower_query(&cx, None, &query)
        }),
    };
    let finished = finish(&cx, shared, model, lowered);
    // What could not even be found was reported while reading.
    (finished, cx.diagnostics.take())
}

fn finish(cx: &Cx<'_>, shared: &Shared<'_>, model: &PendingModel<'_>, lowered: Option<Lowered>) -> Finished {
    let Some(mut lowered) = lowered else {
        return Finished {
            table: unread(model),
            control: Facts::default(),
            numbers: Vec::new(),
            shaped: super::shape::Shape::default(),
            open: true,
            discriminators: Vec::new(),
            references: Vec::new(),
            counted: Vec::new(),
            dated: Vec::new(),
            ran: None,
            grouped: None,
            cells: Vec::new(),
            unwithheld: Vec::new(),
        };
    };
    drops::apply(cx, shared, model, &mut lowered);
    kept::apply(cx, model, &mut lowered);
    let ran = Ran::of(cx, &lowered.query);
    arrived::apply(cx, model, &ran, &mut lowered);
    history::apply(cx, model, &mut lowered);
    slim::slim(&mut lowered.query);
    if !lowered.open {
        check_names(cx, &lowered);
    }
    let mut table = Table {
        columns: lowered.query.columns.clone(),
        column_docs: lowered.docs,
        rows: lowered.control.from.clone(),
        reads: cx.reads.borrow().iter().copied().collect(),
        ..table_of(model, lowered.query)
    };
    if !lowered.open {
        contract::check(cx, shared, model, &mut table);
    }
    super::numbered::settle(cx, &mut table);
    table.key = key_of(cx, shared, model, &table);
    let references = if shared.doubted.contains(&table.name) { Vec::new() } else { references_of(shared, model, &table) };
    let discriminators = if lowered.open {
        Vec::new()
    } else {
        remarks::describe(cx, shared, model, &mut table);
        remarks::discriminators(cx, shared, model, &table)
    };
    let dated = dated(cx, shared, &table);
    let counted = cx.counted.take();
    Finished {
        table,
        control: lowered.control,
        numbers: lowered.numbers,
        shaped: lowered.shaped,
        open: lowered.open,
        discriminators,
        references,
        counted,
        dated,
        ran: ran.boxed(),
        grouped: cx.grouped.take(),
        cells: cx.cells.take(),
        unwithheld: cx.unwithheld.take(),
    }
}

/// The masks of ages a model calls whose day moves, or stands still.
fn dated(cx: &Cx<'_>, shared: &Shared<'_>, table: &Table) -> Vec<DatedMask> {
    let found = cx.dated.take();
    let Some(id) = shared.program.table_names.get(&table.name).copied().filter(|_| !found.is_empty()) else { return Vec::new() };
    found.into_iter().map(|(lowers, day, at)| DatedMask { table: id, lowers, day, at }).collect()
}

/// A model nobody could read: its name, and nothing else.
pub(super) fn unread(model: &PendingModel<'_>) -> Table {
    table_of(model, nothing())
}

fn table_of(model: &PendingModel<'_>, query: crate::ir::Query) -> Table {
    let kind = TableKind::Model(Box::new(Model {
        layer: model.layer,
        materialization: model.materialization.clone(),
        query,
        role: model.role,
        indexes: model.indexes.clone(),
        tags: model.tags.clone(),
        owner: model.owner.clone(),
        written_in: model.written_in.clone(),
    }));
    Table {
        name: model.pending.name.clone(),
        kind,
        columns: Vec::new(),
        column_docs: Vec::new(),
        doc: model.pending.doc.clone(),
        assertions: Vec::new(),
        key: Vec::new(),
        rows: Origins::NONE,
        reads: Vec::new(),
        at: model.pending.at,
    }
}

/// A model's columns are named, and no two alike.
pub(super) fn check_names(cx: &Cx<'_>, lowered: &Lowered) {
    for position in &lowered.unnamed {
        if let Some(c) = lowered.query.columns.get(*position) {
            let problem = Diagnostic::error(Code::UnnamedColumn, c.at, "this output column has no name");
            cx.error(problem.help("name it: `name = …` in a `select` block, `… as name` in SQL"));
        }
    }
    let mut seen: BTreeSet<&Ident> = BTreeSet::new();
    for (position, c) in lowered.query.columns.iter().enumerate() {
        if !seen.insert(&c.name) && !lowered.unnamed.contains(&position) {
            let problem = Diagnostic::error(Code::DuplicateName, c.at, format!("two output columns are called `{}`", c.name));
            let first = lowered.query.columns.iter().find(|f| f.name == c.name).map_or(c.at, |f| f.at);
            cx.error(problem.mark(first, "the first one").help("give one another name, or list the columns instead of `*`"));
        }
    }
}
