//! Masking rules, and whom rows are about.

use super::{CategoryId, TableId};
use crate::base::{Ident, Span};
use std::sync::Arc;

/// A set of masking rules.
#[derive(Clone, Debug)]
pub struct Masking {
    /// `deidentify`
    pub name: Ident,
    /// Its rules, in order.
    pub rules: Vec<MaskingRule>,
    /// `///`
    pub doc: Arc<str>,
    /// Where declared.
    pub at: Span,
}

/// `birth_date -> age_band(…) as age_band`: for columns whose categories it covers.
#[derive(Clone, Debug)]
pub struct MaskingRule {
    /// The categories it covers.
    pub categories: Vec<CategoryId>,
    /// The mask as written, without its first argument; read anew for every column, since the overload depends on its type.
    pub mask: Span,
    /// New column name.
    pub rename: Option<Ident>,
    /// Where written.
    pub at: Span,
}

/// `discriminate answer by linkid because "…"`: what `answer` tells is decided by `linkid`. A pick of it under one constant `linkid`
/// with a written `@category` tells that category, and not the join of all that any answer may tell.
#[derive(Clone, Debug)]
pub struct Discriminator {
    /// The table.
    pub table: TableId,
    /// The columns that may hold several things, by position.
    pub columns: Vec<u32>,
    /// The column that says which, by position.
    pub by: u32,
    /// Why it can be trusted.
    pub because: Arc<str>,
    /// Where written.
    pub at: Span,
}

/// `subject patient key patient.id`: a person protected, and the column that names each once.
#[derive(Clone, Debug)]
pub struct Subject {
    /// `patient`
    pub name: Ident,
    /// The table that holds each once.
    pub table: TableId,
    /// Its key column.
    pub key: Ident,
    /// Where declared.
    pub at: Span,
}
