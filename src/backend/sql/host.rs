use super::super::text::{physical_name, schema_of};
use crate::base::Ident;
use crate::ir::{Dialect, Program, Table, TableId};
use crate::sql::{self, Host};
use std::borrow::Cow;

/// How a Postgres file writes the run date: psql's variable, as a quoted literal.
pub(super) const RUN_DATE: &str = "cast(:'run_date' as date)";
/// How a DuckDB file writes it: the session's variable.
pub(super) const DUCKDB_RUN_DATE: &str = "cast(getvariable('run_date') as date)";

/// How a BigQuery file writes it: a query parameter, but views take none, so `run.sh` writes the date over it.
const RUN_DATE_BIGQUERY: &str = "@run_date";

/// Every table's full name in one dialect, by id.
pub(in super::super) struct Names(Vec<String>, Dialect);

impl Names {
    pub(in super::super) fn new(program: &Program, dialect: Dialect) -> Self {
        let name = |table: &Table| {
            let (schema, name) = (schema_of(program, table), physical_name(table));
            match dialect {
                // SQLite has no schemas: theirs becomes the first part of the name.
                Dialect::Sqlite => sql::ident(&Ident::exact(&format!("{schema}.{name}")), dialect),
                _ => format!("{}.{}", sql::ident(schema, dialect), sql::ident(&Ident::exact(name), dialect)),
            }
        };
        Names(program.tables.iter().map(name).collect(), dialect)
    }

    pub(in super::super) fn of(&self, id: TableId) -> &str {
        self.0.get(id.0 as usize).map_or("", String::as_str)
    }

    pub(super) fn schema_prefix(&self, program: &Program, table: &Table) -> String {
        match self.1 {
            Dialect::Sqlite => String::new(),
            dialect => format!("{}.", sql::ident(schema_of(program, table), dialect)),
        }
    }
}

pub(super) struct SqlHost<'n> {
    pub(super) names: &'n Names,
    pub(super) dialect: Dialect,
}

impl Host for SqlHost<'_> {
    fn table(&self, _program: &Program, table: TableId) -> String {
        self.names.of(table).to_owned()
    }

    fn guard<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if self.dialect == Dialect::BigQuery { apart_from_run_date(text) } else { Cow::Borrowed(text) }
    }

    fn run_date(&self) -> String {
        match self.dialect {
            Dialect::Sqlite => "date(:run_date)".to_owned(),
            Dialect::DuckDb => DUCKDB_RUN_DATE.to_owned(),
            Dialect::BigQuery => RUN_DATE_BIGQUERY.to_owned(),
            _ => RUN_DATE.to_owned(),
        }
    }
}

/// What a user wrote is not what `run.sh` is to replace; texts and names in backticks read the escape as what it stands for.
pub(super) fn apart_from_run_date(text: &str) -> Cow<'_, str> {
    if text.contains(RUN_DATE_BIGQUERY) { Cow::Owned(text.replace(RUN_DATE_BIGQUERY, "\\u0040run_date")) } else { Cow::Borrowed(text) }
}
