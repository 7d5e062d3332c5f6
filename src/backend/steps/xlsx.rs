//! What a sheet of Excel's knows of an export's columns, for the step that writes them as workbooks.

use crate::ir::{Column, Type};
use serde_json::{Value, json};

/// A column, as what its values are tried first. A value that Excel would round, move or not know is text, as PostgreSQL writes it; so is what Excel has no type for: moments with a zone, intervals, arrays, JSON, `uuid`, `bytea`.
pub(super) fn column(column: &Column) -> Value {
    let (kind, scale) = match &column.ty {
        Type::SmallInt | Type::Integer | Type::BigInt | Type::Real | Type::Double => ("number", None),
        Type::Numeric(scale) => ("number", scale.map(|(_, scale)| scale).filter(|scale| *scale > 0)),
        Type::Boolean => ("boolean", None),
        Type::Date => ("date", None),
        Type::Time => ("time", None),
        Type::Timestamp => ("timestamp", None),
        _ => ("text", None),
    };
    match scale {
        Some(scale) => json!({ "name": column.name.as_str(), "type": kind, "scale": scale }),
        None => json!({ "name": column.name.as_str(), "type": kind }),
    }
}
