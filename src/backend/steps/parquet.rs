//! The types of an export's columns, for the step that writes them as Parquet.

use super::super::text;
use super::export::chosen;
use crate::ir::{Column, Export, Program, Type};
use serde_json::{Map, Value, json};

/// The most digits of Parquet's 16-byte decimals.
const DIGITS: u16 = 38;

/// By the name of each table's file: its columns in order, with their types as Apache Arrow names them.
/// What Parquet has no type for is text, written as PostgreSQL writes it: numerics without a scale (a double would lose digits), intervals, arrays, JSON, `uuid`, `bytea`.
pub(super) fn types(program: &Program, export: &Export) -> String {
    let mut stems = text::Stems::default();
    let tables: Map<String, Value> = export
        .tables
        .iter()
        .filter_map(|exported| {
            let table = program.table(exported.table)?;
            let columns: Vec<Value> = chosen(table, exported).map(column).collect();
            Some((stems.claim(text::physical_name(table)), Value::Array(columns)))
        })
        .collect();
    format!("{:#}\n", Value::Object(tables))
}

fn column(column: &Column) -> Value {
    let ty = match &column.ty {
        Type::SmallInt => json!(["int16"]),
        Type::Integer => json!(["int32"]),
        Type::BigInt => json!(["int64"]),
        Type::Real => json!(["float32"]),
        Type::Double => json!(["float64"]),
        Type::Boolean => json!(["boolean"]),
        Type::Date => json!(["date"]),
        Type::Time => json!(["time"]),
        Type::Timestamp => json!(["timestamp"]),
        Type::Timestamptz => json!(["timestamptz"]),
        Type::Numeric(Some((precision, scale))) if *precision <= DIGITS && *scale >= 0 => json!(["decimal", precision, scale]),
        _ => json!(["string"]),
    };
    json!({ "name": column.name.as_str(), "type": ty, "nullable": column.nullable })
}
