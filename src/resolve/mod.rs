//! Names to declarations: generation loops unrolled, sentences read into typed declarations, globs resolved. Bodies stay unread: `lower` reads them.

mod access;
mod apis;
mod categories;
mod change_logs;
mod clearances;
mod collect;
mod columns;
mod containers;
mod data;
mod datasources;
mod eval;
mod exports;
mod exposures;
mod external;
mod functions;
mod generate;
mod globs;
mod links;
mod load_tables;
mod loads;
mod models;
mod own_tables;
mod partitions;
mod pending;
mod pipelines;
mod platform;
mod project;
mod reader;
mod reclassified;
mod run_tables;
mod schedule;
mod secrets;
mod seeds;
mod sources;
mod tagged;
mod types;
mod unenforced;
mod vectors;
mod widening;
mod words;
mod zip3;
mod zones;

#[cfg(test)]
mod generate_tests;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

pub(crate) use generate::check_name;
pub use generate::{Env, Generator, Value};
pub use types::{Place, TypeReader, sql_type, whole_label};

use crate::base::{FileId, Ident, Sources, Span, VPath};
use crate::diag::Diagnostics;
use crate::ir::{Index, Materialization, ModelRole, Program, Table, TableId};
use crate::syntax::ast;
use reader::Reader;
use std::sync::Arc;

/// Everything declared, with bodies still as syntax.
#[derive(Default)]
pub struct Resolved<'a> {
    /// All declarations that need no body. `tables` and `order` are empty: see `slots`. `table_names` is complete.
    /// Exports list their tables, but not yet the columns.
    pub program: Program,
    /// One per table, by [`TableId`](crate::ir::TableId): sources' tables and seeds in order of declaration, then models by name.
    pub slots: Vec<Slot<'a>>,
    /// Row policies, filters unread.
    pub policies: Vec<Pending<'a, ast::Policy>>,
    /// Maskings, masks unread. `program.maskings` is empty.
    pub maskings: Vec<Pending<'a, ast::Masking>>,
    /// Metrics, values unread. `program.metrics` is empty.
    pub metrics: Vec<Pending<'a, ast::Metric>>,
    /// Unit tests, cells unread.
    pub tests: Vec<PendingTest<'a>>,
    /// Conditions of the platform's own tables, unread.
    pub checks: Vec<PendingCheck>,
    /// Rows that tests ask of access, unread.
    pub asked_rows: Vec<PendingRows>,
}

/// `role r can read t only where …`: the condition.
pub struct PendingRows {
    /// Index into [`Program::access_tests`].
    pub test: usize,
    /// `only`
    pub only: bool,
    /// The condition.
    pub at: Span,
    /// Loop variables in force.
    pub env: Env,
}

/// `check (…)`: where the condition stands, brackets included.
pub struct PendingCheck {
    /// Whose rows keep it.
    pub table: TableId,
    /// The condition.
    pub at: Span,
    /// Loop variables in force.
    pub env: Env,
}

/// The table of a slot.
fn table_id_of_slot(slot: usize) -> TableId {
    TableId(u32::try_from(slot).unwrap_or(u32::MAX))
}

/// A table: done, or a model whose body is to be lowered.
pub enum Slot<'a> {
    /// A source's table or a seed.
    Ready(Box<Table>),
    /// A model.
    Pending(Box<PendingModel<'a>>),
}

/// A declaration whose SQL is still unread.
pub struct Pending<'a, T> {
    /// Its name, `${…}` filled in.
    pub name: Ident,
    /// `///`
    pub doc: Arc<str>,
    /// Where its name stands.
    pub at: Span,
    /// The syntax.
    pub syntax: &'a T,
    /// Loop variables in force.
    pub env: Env,
}

/// A unit test whose cells are unread.
pub struct PendingTest<'a> {
    /// Title, syntax, loop variables.
    pub pending: Pending<'a, ast::Test>,
    /// `run_date '2026-01-01'`
    pub run_date: Option<Arc<str>>,
}

/// A model whose body is still unread.
pub struct PendingModel<'a> {
    /// Name, documentation, syntax, loop variables.
    pub pending: Pending<'a, ast::Model>,
    /// Index into `program.layers`.
    pub layer: u32,
    /// The model's own, or the layer's.
    pub materialization: Materialization,
    /// Model, fact or query.
    pub role: ModelRole,
    /// `index (a, b)` settings.
    pub indexes: Vec<Index>,
    /// `tags …`
    pub tags: Vec<Arc<str>>,
    /// `owner …`
    pub owner: Option<Arc<str>>,
    /// The file it is written in.
    pub written_in: VPath,
}

/// Reads every declaration of every file (the standard library's come first).
///
/// Order of files does not matter: they are taken in order of path, the library's first. What is broken is reported and left out.
pub fn resolve<'a>(
    generator: &Generator<'a>,
    sources: &'a Sources,
    files: &'a [(FileId, Arc<ast::File>)],
    diagnostics: &mut Diagnostics,
) -> Resolved<'a> {
    let collected = collect::collect(generator, sources, files, diagnostics);
    let mut reader = Reader::new(generator, sources, collected.unused, diagnostics);
    let found = &collected.found;
    reader.project(found);
    reader.categories(found);
    reader.layers(found);
    reader.json_types(found);
    reader.functions(found);
    reader.zip3_areas(found);
    reader.clearances(found);
    reader.roles(found);
    reader.sources(found);
    reader.change_logs();
    reader.loads(found);
    reader.run_tables(found);
    reader.seeds(found);
    reader.models(found);
    reader.name_tables();
    reader.references();
    reader.label_loads();
    reader.label_change_logs();
    reader.subjects(found);
    reader.pending(found);
    reader.entitlements(found);
    reader.grants(found);
    reader.data_sources(found);
    reader.policy_releases(found);
    reader.variables(found);
    reader.environments(found);
    reader.buckets(found);
    reader.exports(found);
    reader.apis(found);
    reader.exposures(found);
    reader.unenforced();
    reader.links(found);
    reader.placed_loads();
    reader.placed_files();
    reader.platform(found);
    reader.pipelines(found);
    reader.machines_run();
    reader.secrets_can_be_read();
    reader.tags_fit();
    reader.unknown(found);
    reader.out
}

/// The table a possibly qualified name means: `patient`, `airbyte.patient`, `marts.patient`.
pub fn table_id(program: &Program, parts: &[Ident]) -> Option<TableId> {
    match parts {
        [name] => program.table_names.get(name).copied(),
        [qualifier, name] => program.table_names.get(format!("{qualifier}.{name}").as_str()).copied(),
        _ => None,
    }
}
