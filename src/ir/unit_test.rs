use super::{Expr, TableId};
use crate::base::{Ident, Span};
use std::sync::Arc;

/// `test "…" { given … expect … }`: what models make of given rows.
#[derive(Clone, Debug)]
pub struct UnitTest {
    /// Its title.
    pub title: Ident,
    /// The day it is built for, `YYYY-MM-DD`; without one, no model that asks for it can be tested.
    pub run_date: Option<Arc<str>>,
    /// Rows that stand in for those of a table; a model that is given is not built.
    pub given: Vec<TestRows>,
    /// Rows that a table shall have, all of them, in any order; never empty.
    pub expect: Vec<TestRows>,
    /// Its keyword.
    pub at: Span,
}

/// Rows of one table.
#[derive(Clone, Debug)]
pub struct TestRows {
    /// The table.
    pub table: TableId,
    /// Cells by column, of the column's type and without columns or queries in them. Expected rows all name the same columns; a given row's others are NULL.
    pub rows: Vec<Vec<(u32, Expr)>>,
    /// Where written.
    pub at: Span,
}
