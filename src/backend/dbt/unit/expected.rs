//! The rows that a model shall have: as dbt's own rows, which compare the columns they name; or as a query, which compares all.

use super::super::{Emission, jinja, yaml};
use super::{Why, fixture};
use crate::ir::{Dialect, Expr, ExprKind, Literal, Program, Table, TableId, TestRows, Type};
use crate::sql::Host;
use std::collections::BTreeSet;

/// # Errors
/// Why dbt cannot compare them.
pub(super) fn of(emission: &Emission<'_>, table: &Table, expect: &TestRows) -> Result<yaml::Expect, Why> {
    let mut there = BTreeSet::new();
    if !table.columns.iter().all(|c| there.insert(c.name.as_str().to_lowercase())) {
        let reason = format!("dbt takes columns of `{}` that differ in case alone for one", table.name);
        return Err(Why::new(expect.at, reason, "`pipec test` runs it; give the columns names that differ"));
    }
    let row = |row: &Vec<(u32, Expr)>| {
        let cell = |(position, value): &(u32, Expr)| {
            let column = table.columns.get(*position as usize)?;
            Some((column.name.as_str().to_owned(), plain(emission, value, &column.ty)?))
        };
        row.iter().map(cell).collect::<Option<Vec<_>>>().map(|cells| serde_saphyr::FlowMap(yaml::Row(cells)))
    };
    if let Some(rows) = expect.rows.iter().map(row).collect() {
        return Ok(yaml::Expect::Rows { rows });
    }
    if expect.rows.first().is_some_and(|row| row.len() < table.columns.len()) {
        let reason = "a cell is neither a plain value nor are all columns named".to_owned();
        return Err(Why::new(expect.at, reason, "write the expected cells as plain values, or name every column of the model"));
    }
    let rows = fixture::constants(emission, table, &expect.rows, &Plain).map_err(|gap| Why::gap(&gap, emission))?;
    Ok(yaml::Expect::Sql { format: "sql", rows: jinja::guard(&rows).into_owned() })
}

/// An expected query is rendered once, as a whole.
struct Plain;

impl Host for Plain {
    fn table(&self, _program: &Program, _table: TableId) -> String {
        String::new()
    }

    fn run_date(&self) -> String {
        String::new()
    }
}

/// A cell that dbt makes the same of: it writes a text between quotes and casts it to the column's type.
fn plain(emission: &Emission<'_>, value: &Expr, ty: &Type) -> Option<yaml::Cell> {
    if matches!(ty, Type::Array(_) | Type::Bytea | Type::Interval | Type::Vector(_)) {
        return None;
    }
    match &value.kind {
        ExprKind::Literal(literal) => constant(emission, literal, ty),
        ExprKind::Cast(inner) => match &inner.kind {
            ExprKind::Literal(literal @ (Literal::Null | Literal::Text(_))) => constant(emission, literal, ty),
            ExprKind::Literal(literal @ Literal::Number(_)) if ty.is_number() => constant(emission, literal, ty),
            ExprKind::Operator { .. } if ty.is_number() => plain(emission, inner, ty),
            _ => None,
        },
        ExprKind::Operator { function, args } if ty.is_number() => match args.as_slice() {
            [Expr { kind: ExprKind::Literal(Literal::Number(digits)), .. }]
                if emission.program.function(*function).is_some_and(|f| &*f.name == "-") =>
            {
                Some(number(&format!("-{digits}")))
            }
            _ => None,
        },
        _ => None,
    }
}

fn constant(emission: &Emission<'_>, literal: &Literal, ty: &Type) -> Option<yaml::Cell> {
    match literal {
        Literal::Null => Some(yaml::Cell::Null(None)),
        Literal::Boolean(value) => Some(yaml::Cell::Boolean(*value)),
        Literal::Number(digits) if ty.is_number() => Some(number(digits)),
        Literal::Text(text) => {
            // In BigQuery dbt escapes quotes and nothing else, and a length is not asked where it casts.
            let as_it_is = emission.dialect != Dialect::BigQuery || !text.contains(['\\', '\n', '\r']);
            let fits = !matches!(ty, Type::Text(Some(length)) if text.chars().count() > *length as usize);
            // Jinja takes a line break off the end.
            (as_it_is && fits && !text.ends_with('\n')).then(|| yaml::Cell::Text(jinja::guard(text).into_owned()))
        }
        _ => None,
    }
}

fn number(digits: &str) -> yaml::Cell {
    digits.parse().map_or_else(|_| yaml::Cell::Text(digits.to_owned()), yaml::Cell::Number)
}
