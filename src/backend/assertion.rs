//! Assertions as queries whose rows are failures: one meaning for every target that checks them in SQL.

use crate::base::Span;
use crate::ir::{Assertion, AssertionKind, Dialect, Literal, Program, TableId};
use crate::sql::{self, Gap, Host};

/// The query whose rows break an assertion of a table.
///
/// NULLs break only `not null`, as in SQL's own constraints and in the embedded engine.
///
/// # Errors
/// What the dialect can't express.
pub(super) fn failures(program: &Program, table: TableId, assertion: &Assertion, dialect: Dialect, host: &dyn Host) -> Result<String, Gap> {
    let on = On { program, table, dialect, host, at: assertion.at };
    let from = host.table(program, table);
    Ok(match &assertion.kind {
        AssertionKind::NotNull(c) => format!("select 1 as failure\nfrom {from}\nwhere {} is null", on.column(*c)),
        AssertionKind::Unique(columns) => {
            let keys = on.columns(columns);
            let known: Vec<String> = columns.iter().map(|c| format!("{} is not null", on.column(*c))).collect();
            format!("select {keys}\nfrom {from}\nwhere {}\ngroup by {keys}\nhaving count(*) > 1", known.join(" and "))
        }
        AssertionKind::OneOf(c, values) => {
            let column = on.column(*c);
            let listed: Vec<String> = values.iter().map(|v| on.literal(v)).collect();
            format!("select {column}\nfrom {from}\nwhere {column} not in ({})", listed.join(", "))
        }
        AssertionKind::References(c, other, key) => {
            let column = on.column(*c);
            let theirs = On { table: *other, ..on }.column(*key);
            format!(
                "select child.{column}\nfrom {from} as child\nwhere child.{column} is not null\n  and not exists (\n    select 1 from {} as parent where parent.{theirs} = child.{column}\n  )",
                host.table(program, *other)
            )
        }
        AssertionKind::Matches(c, pattern) => {
            let column = on.column(*c);
            let Some(pattern) = sql::pattern(pattern, dialect) else {
                return Err(Gap { what: "a regular expression that its engine reads otherwise".to_owned(), at: assertion.at });
            };
            let pattern = on.literal(&Literal::Text(pattern.into()));
            let broken = match dialect {
                Dialect::Postgres => format!("{column} !~ {pattern}"),
                Dialect::DuckDb => format!("not regexp_matches({column}, {pattern})"),
                Dialect::BigQuery => format!("not regexp_contains({column}, {pattern})"),
                Dialect::Sqlite => format!("not pipec_regexp_like({column}, {pattern})"),
            };
            format!("select {column}\nfrom {from}\nwhere {broken}")
        }
        AssertionKind::Between(c, low, high) => {
            let column = on.column(*c);
            format!("select {column}\nfrom {from}\nwhere {column} not between {} and {}", on.literal(low), on.literal(high))
        }
        AssertionKind::KAnonymous(k, columns) => {
            let keys = on.columns(columns);
            format!("select {keys}, count(*) as people\nfrom {from}\ngroup by {keys}\nhaving count(*) < {k}")
        }
        AssertionKind::Sql(query) => sql::query(program, query, dialect, host)?,
    })
}

/// Where an assertion's columns and constants are printed.
#[derive(Clone, Copy)]
struct On<'a> {
    program: &'a Program,
    table: TableId,
    dialect: Dialect,
    host: &'a dyn Host,
    at: Span,
}

impl On<'_> {
    fn column(&self, position: u32) -> String {
        let column = self.program.table(self.table).and_then(|t| t.columns.get(position as usize));
        debug_assert!(column.is_some(), "an assertion names a column its table lacks, at {:?}", self.at);
        let name = column.map_or_else(String::new, |c| sql::ident(&c.name, self.dialect));
        self.host.guard(&name).into_owned()
    }

    fn columns(&self, positions: &[u32]) -> String {
        positions.iter().map(|p| self.column(*p)).collect::<Vec<_>>().join(", ")
    }

    fn literal(&self, literal: &Literal) -> String {
        self.host.guard(&sql::literal(literal, self.dialect)).into_owned()
    }
}
