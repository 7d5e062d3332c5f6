//! IR to SQL text, one dialect trait: generic first, deviate where forced. Printed SQL reads as a person would write it.

use crate::base::{Ident, Span};
use crate::ir::{Dialect, Expr, Literal, Program, Query, TableId, Type};
use std::borrow::Cow;

/// How the surrounding artifact names tables, and what it does to text that it would read itself (Jinja in dbt).
pub trait Host {
    /// The text that stands for a table: `"schema"."table"`, `{{ ref('x') }}`.
    fn table(&self, program: &Program, table: TableId) -> String;

    /// Guards printed text (names, literals, comments, function bodies) against the artifact's own template language.
    fn guard<'t>(&self, text: &'t str) -> Cow<'t, str> {
        Cow::Borrowed(text)
    }

    /// How the run date is written: `cast('{{ var("run_date") }}' as date)`.
    fn run_date(&self) -> String;
}

/// What a dialect can't express.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// The function or construct.
    pub what: String,
    /// Where the source asks for it.
    pub at: Span,
}

/// Prints a query.
///
/// # Errors
/// The first thing the dialect can't express.
pub fn query(_program: &Program, _query: &Query, _dialect: Dialect, _host: &dyn Host) -> Result<String, Gap> {
    Ok(String::new())
}

/// Prints an expression.
///
/// # Errors
/// As [`query`].
pub fn expr(_program: &Program, _expr: &Expr, _dialect: Dialect, _host: &dyn Host) -> Result<String, Gap> {
    Ok(String::new())
}

/// A name as this dialect writes it: bare when it reads back the same, quoted otherwise.
pub fn ident(_name: &Ident, _dialect: Dialect) -> String {
    String::new()
}

/// A constant as this dialect writes it.
pub fn literal(_literal: &Literal, _dialect: Dialect) -> String {
    String::new()
}

/// A type as this dialect writes it.
pub fn type_name(_ty: &Type, _dialect: Dialect) -> String {
    String::new()
}
