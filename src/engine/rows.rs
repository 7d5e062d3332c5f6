//! Rows as canonical texts, the same as `tests/real/warehouse.py` makes of PostgreSQL's.

use super::functions::canonical_json;
use super::functions::convert::{show_number, show_numeric};
use super::{Engine, Failed, Row, refused};
use crate::ir::{Column, Dialect, Table, TableId, Type};
use crate::sql;
use rusqlite::types::ValueRef;

/// All rows, sorted.
pub(super) fn all(engine: &Engine<'_>, id: TableId) -> Result<Vec<Row>, Failed> {
    let Some(table) = engine.program.table(id) else { return Ok(Vec::new()) };
    let mut rows = read(engine, id, table, "")?;
    rows.sort();
    Ok(rows)
}

/// The first rows by key, then by all columns, so that equal tables have equal previews.
pub(super) fn first(engine: &Engine<'_>, id: TableId, table: &Table, count: usize) -> Result<Vec<Row>, Failed> {
    let places = (0..table.columns.len()).filter(|i| !table.key.iter().any(|k| *k as usize == *i));
    let order: Vec<String> = table.key.iter().map(|k| *k as usize).chain(places).map(|i| (i + 1).to_string()).collect();
    if count == 0 || order.is_empty() {
        return Ok(Vec::new());
    }
    read(engine, id, table, &format!(" order by {} limit {count}", order.join(", ")))
}

fn read(engine: &Engine<'_>, id: TableId, table: &Table, rest: &str) -> Result<Vec<Row>, Failed> {
    let columns: Vec<&Column> = table.columns.iter().collect();
    of(engine, &format!("{}{rest}", engine.name(id)), &columns, table)
}

/// These columns of what stands behind `from`.
pub(super) fn of(engine: &Engine<'_>, from: &str, columns: &[&Column], table: &Table) -> Result<Vec<Row>, Failed> {
    let names: Vec<String> = columns.iter().map(|c| sql::ident(&c.name, Dialect::Sqlite)).collect();
    // Rows without columns are still rows.
    let names = if names.is_empty() { "1".to_owned() } else { names.join(", ") };
    let query = format!("select {names} from {from}");
    let collect = || -> rusqlite::Result<Vec<Row>> {
        let mut statement = engine.connection.prepare(&query)?;
        let mut found = statement.query([])?;
        let mut rows = Vec::new();
        while let Some(row) = found.next()? {
            let value = |(i, c): (usize, &&Column)| Ok(canonical(&c.ty, row.get_ref(i)?));
            rows.push(columns.iter().enumerate().map(value).collect::<rusqlite::Result<Row>>()?);
        }
        Ok(rows)
    };
    collect().map_err(|e| refused(&e, &format!("the rows of `{}`", table.name), table.at))
}

fn canonical(ty: &Type, value: ValueRef<'_>) -> Option<String> {
    let text = match value {
        ValueRef::Null => return None,
        ValueRef::Integer(n) if *ty == Type::Boolean => return Some(if n != 0 { "true" } else { "false" }.into()),
        ValueRef::Integer(n) => n.to_string(),
        ValueRef::Real(n) if matches!(ty, Type::Numeric(_)) => show_numeric(n),
        ValueRef::Real(n) => show_number(n),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => String::from_utf8_lossy(bytes).into_owned(),
    };
    Some(match ty {
        Type::Json(_) | Type::Array(_) => canonical_json(&text),
        Type::Timestamp | Type::Timestamptz => moment(&text),
        _ => text,
    })
}

/// `2025-06-27T18:00:00[.500000]Z`
fn moment(stored: &str) -> String {
    let utc = stored.strip_suffix("+00").unwrap_or(stored).replace(' ', "T");
    match utc.split_once('.') {
        Some((whole, fraction)) => format!("{whole}.{fraction:0<6}Z"),
        None => format!("{utc}Z"),
    }
}
