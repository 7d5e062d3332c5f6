//! IR to SQL text, one dialect trait: generic first, deviate where forced. Printed SQL reads as a person would write it.

mod aggregate;
mod bigquery;
mod call;
mod duckdb;
mod expr;
mod formats;
mod from;
mod grouping;
mod history;
mod json;
mod layout;
mod literal;
mod multiset;
mod pattern;
mod postgres;
mod printer;
mod query;
mod rewrite;
mod select;
mod spelling;
mod sqlite;
mod words;

#[cfg(test)]
mod property_tests;
#[cfg(test)]
pub(crate) mod samples;
#[cfg(test)]
mod tests;

pub use history::History;
pub(crate) use literal::canonical_interval;

use crate::base::{Ident, Span};
use crate::ir::{Dialect, Expr, Literal, Program, Query, TableId, Type};
use printer::Printer;
use std::borrow::Cow;

/// How the surrounding artifact names tables, and what it does to text that it would read itself (Jinja in dbt).
pub trait Host {
    /// The text that stands for a table: `"schema"."table"`, `{{ ref('x') }}`.
    fn table(&self, program: &Program, table: TableId) -> String;

    /// Guards printed text (names, literals, comments, function bodies) against the artifact's own template language.
    fn guard<'t>(&self, text: &'t str) -> Cow<'t, str> {
        Cow::Borrowed(text)
    }

    /// Whether a table is called by its own name where it has no alias. dbt may put something else in its place, under another name.
    fn keeps_names(&self) -> bool {
        true
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

/// Prints a query, without a line break at its end.
///
/// # Errors
/// The first thing the dialect can't express.
pub fn query(program: &Program, query: &Query, dialect: Dialect, host: &dyn Host) -> Result<String, Gap> {
    let mut printer = Printer::new(program, dialect, host);
    printer.query(query, true)?;
    Ok(printer.finish())
}

/// Prints an expression. Columns are written bare: it stands over one relation, as a row policy does.
///
/// # Errors
/// As [`query`].
pub fn expr(program: &Program, expr: &Expr, dialect: Dialect, host: &dyn Host) -> Result<String, Gap> {
    let mut printer = Printer::new(program, dialect, host);
    printer.whole(expr)?;
    Ok(printer.finish())
}

/// A regular expression of PostgreSQL's as this dialect's engine reads it; `None` where it reads it otherwise.
pub fn pattern(pattern: &str, dialect: Dialect) -> Option<Cow<'_, str>> {
    match dialect {
        Dialect::BigQuery => bigquery::translated(pattern).map(Cow::Owned),
        Dialect::Postgres | Dialect::Sqlite | Dialect::DuckDb => Some(Cow::Borrowed(pattern)),
    }
}

/// A name as this dialect writes it: bare when it reads back the same, quoted otherwise.
pub fn ident(name: &Ident, dialect: Dialect) -> String {
    literal::ident(name, dialect)
}

/// A constant as this dialect writes it. A [`Literal::Secret`] gives its name as a text: the value is never known here.
pub fn literal(literal: &Literal, dialect: Dialect) -> String {
    literal::literal(literal, dialect)
}

/// A type as this dialect writes it; in SQLite the type whose affinity stores it.
pub fn type_name(ty: &Type, dialect: Dialect) -> String {
    spelling::of(dialect).type_name(ty)
}
