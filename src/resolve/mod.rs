//! Names to declarations: generation loops unrolled, sentences read into typed declarations, globs resolved. Bodies stay unread: `lower` reads them.

mod generate;

pub use generate::{Env, Generator, Value};

use crate::base::{FileId, Ident, Sources, Span, VPath};
use crate::diag::Diagnostics;
use crate::ir::{Index, Materialization, ModelRole, Program, Table};
use crate::syntax::ast;
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
    /// Unit and access tests.
    pub tests: Vec<Pending<'a, ast::Test>>,
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
pub fn resolve<'a>(_generator: &Generator<'a>, _sources: &'a Sources, _files: &'a [(FileId, ast::File)], _diagnostics: &mut Diagnostics) -> Resolved<'a> {
    Resolved::default()
}
