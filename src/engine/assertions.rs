//! Counting the rows that break assertions.

use super::{AssertionReport, Engine, Event, Failed, gap};
use crate::ir::{Assertion, AssertionKind, Dialect, Literal, ModelRole, Table, TableId, TableKind, Type};
use crate::sql;

/// Counts every assertion of every table that was filled.
pub(super) fn count(engine: &Engine<'_>, progress: &mut dyn FnMut(Event<'_>)) -> Result<Vec<AssertionReport>, Failed> {
    let mut reports = Vec::new();
    for id in &engine.program.order {
        let Some(table) = engine.program.table(*id) else { continue };
        if matches!(&table.kind, TableKind::Model(model) if model.role == ModelRole::Query) {
            continue;
        }
        for assertion in &table.assertions {
            let query = query(engine, *id, table, assertion)?;
            let failures = engine.number(&query, &format!("the assertion `{}` of `{}`", assertion.name, table.name), assertion.at)?;
            progress(Event::Asserted { table: table.name.as_str(), assertion: &assertion.name, failures });
            reports.push(AssertionReport { table: *id, name: assertion.name.clone(), failures, warn: assertion.warn, at: assertion.at });
        }
    }
    Ok(reports)
}

/// The query that counts what breaks an assertion. NULLs break only `not_null`.
fn query(engine: &Engine<'_>, id: TableId, table: &Table, assertion: &Assertion) -> Result<String, Failed> {
    let name = engine.name(id);
    let column = |index: u32| column(table, index);
    let of =
        |index: u32, condition: String| format!("select count(*) from {name} where {} is not null and not ({condition})", column(index));
    let constant = |literal: &Literal, index: u32| constant(literal, table.columns.get(index as usize).map(|c| &c.ty));
    Ok(match &assertion.kind {
        AssertionKind::NotNull(c) => format!("select count(*) from {name} where {} is null", column(*c)),
        AssertionKind::Unique(columns) => {
            let all: Vec<String> = columns.iter().map(|c| column(*c)).collect();
            let known: Vec<String> = all.iter().map(|c| format!("{c} is not null")).collect();
            let keys = all.join(", ");
            format!("select count(*) from (select 1 from {name} where {} group by {keys} having count(*) > 1)", known.join(" and "))
        }
        AssertionKind::OneOf(c, values) => {
            let values: Vec<String> = values.iter().map(|v| constant(v, *c)).collect();
            of(*c, format!("{} in ({})", column(*c), values.join(", ")))
        }
        AssertionKind::References(c, other, key) => {
            let key = engine.program.table(*other).map_or_else(String::new, |t| self::column(t, *key));
            of(*c, format!("{} in (select {key} from {} where {key} is not null)", column(*c), engine.name(*other)))
        }
        AssertionKind::Matches(c, pattern) => {
            let pattern = sql::literal(&Literal::Text(pattern.clone()), Dialect::Sqlite);
            of(*c, format!("pipec_regexp({}, {pattern})", column(*c)))
        }
        AssertionKind::Between(c, low, high) => of(*c, format!("{} between {} and {}", column(*c), constant(low, *c), constant(high, *c))),
        AssertionKind::KAnonymous(k, columns) => {
            let keys: Vec<String> = columns.iter().map(|c| column(*c)).collect();
            format!("select count(*) from (select 1 from {name} group by {} having count(*) < {k})", keys.join(", "))
        }
        AssertionKind::Sql(query) => {
            let text = sql::query(engine.program, query, Dialect::Sqlite, &engine.host())
                .map_err(|g| gap(&g, &format!("the assertion `{}`", assertion.name)))?;
            format!("select count(*) from (\n{text}\n)")
        }
    })
}

fn column(table: &Table, index: u32) -> String {
    table.columns.get(index as usize).map(|c| sql::ident(&c.name, Dialect::Sqlite)).unwrap_or_default()
}

/// A constant in the form its column is stored in.
fn constant(literal: &Literal, ty: Option<&Type>) -> String {
    let text = sql::literal(literal, Dialect::Sqlite);
    match ty {
        Some(Type::Date) => format!("pipec_to_date({text})"),
        Some(Type::Timestamp) => format!("pipec_to_timestamp({text})"),
        Some(Type::Timestamptz) => format!("pipec_to_timestamptz({text})"),
        _ => text,
    }
}
