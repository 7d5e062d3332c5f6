//! The types of an export's columns, for the step that writes them as Parquet.

use crate::ir::{Column, Type};
use serde_json::{Value, json};

/// The most digits of Parquet's 16-byte decimals.
const DIGITS: u16 = 38;

/// A column, with its type as Apache Arrow names it.
/// What Parquet has no type for is text, written as PostgreSQL writes it: numerics without a scale (a double would lose digits), intervals, arrays, JSON, `uuid`, `bytea`.
pub(super) fn column(column: &Column) -> Value {
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
