//! What a sheet of Excel's knows of an export's columns, for the step that writes them as workbooks.

use super::super::text;
use super::export::chosen;
use crate::ir::{Column, Export, Program, Type};
use serde_json::{Map, Value, json};

/// By the name of each table's file: its columns in order, each as what its values are tried first. A value that Excel would round, move or not
/// know is text, as PostgreSQL writes it; so is what Excel has no type for: moments with a zone, intervals, arrays, JSON, `uuid`, `bytea`.
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
