//! JSON Schema (2020-12) of values: how Postgres writes them as JSON, and how they may stand in an address or a new row.

use crate::ir::{Assertion, AssertionKind, Column, JsonShape, Literal, Type};
use serde_json::{Map, Value as Json, json};

/// The longest text in an address; the service knows the same number.
const LONGEST_TEXT: u32 = 1000;
const NO_NUL: &str = "^[^\\u0000]*$";
const DAY: &str = "[0-9]{4}-[0-9]{2}-[0-9]{2}";
const TIME: &str = "[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{1,6})?";

/// What a row holds.
pub(super) fn value(column: &Column) -> Json {
    described(column, shape(&column.ty, column.nullable))
}

/// What an address asks for: never NULL, and written in one way.
pub(super) fn parameter(column: &Column) -> Json {
    let mut made = asked(&column.ty);
    if let (Type::Text(_), Json::Object(of)) = (&column.ty, &mut made) {
        of.insert("maxLength".to_owned(), json!(LONGEST_TEXT));
    }
    made
}

/// What a new row says, as far as JSON Schema can ask it; Postgres asks the rest.
pub(super) fn given(column: &Column, at: u32, assertions: &[Assertion]) -> Json {
    let mut made = asked(&column.ty);
    if let Json::Object(of) = &mut made {
        for assertion in assertions.iter().filter(|a| !a.warn) {
            kept(&assertion.kind, at, column, of);
        }
    }
    column.nullable.then(|| or_null(&mut made));
    made
}

/// The same, or NULL.
fn or_null(made: &mut Json) {
    let Json::Object(of) = made else { return };
    if let Some(Json::String(one)) = of.get("type").cloned() {
        of.insert("type".to_owned(), json!([one, "null"]));
    }
}

/// The rules of a column that a schema can hold.
fn kept(kind: &AssertionKind, at: u32, column: &Column, of: &mut Map<String, Json>) {
    match kind {
        AssertionKind::OneOf(c, values) if *c == at => {
            let null = column.nullable.then_some(Json::Null);
            let all: Option<Vec<Json>> = values.iter().map(|v| literal(v, &column.ty)).collect();
            if let Some(all) = all {
                of.insert("enum".to_owned(), all.into_iter().chain(null).collect());
            }
        }
        AssertionKind::Between(c, low, high) if *c == at && column.ty.is_number() => {
            for (name, bound) in [("minimum", low), ("maximum", high)] {
                if let Some(bound) = literal(bound, &column.ty) {
                    of.insert(name.to_owned(), bound);
                }
            }
        }
        _ => {}
    }
}

fn literal(value: &Literal, ty: &Type) -> Option<Json> {
    match value {
        Literal::Text(text) if !ty.is_number() => Some(json!(&**text)),
        Literal::Number(number) if ty.is_number() => serde_json::from_str::<serde_json::Number>(number).ok().map(Json::Number),
        Literal::Boolean(b) => Some(json!(b)),
        _ => None,
    }
}

fn described(column: &Column, mut made: Json) -> Json {
    if let (Type::Timestamp, Json::Object(of)) = (&column.ty, &mut made) {
        of.insert("description".to_owned(), json!("without a time zone"));
    }
    made
}

fn whole(bits: u32) -> Json {
    let (low, high) = (-(1_i128 << (bits - 1)), (1_i128 << (bits - 1)) - 1);
    let (low, high) = (i64::try_from(low).unwrap_or(i64::MIN), i64::try_from(high).unwrap_or(i64::MAX));
    let mut made = json!({ "type": "integer", "minimum": low, "maximum": high });
    if let (true, Json::Object(of)) = (bits > 16, &mut made) {
        of.insert("format".to_owned(), json!(format!("int{bits}")));
    }
    made
}

/// As Postgres writes it (`row_to_json`).
fn shape(ty: &Type, nullable: bool) -> Json {
    let mut made = match ty {
        Type::Boolean => json!({ "type": "boolean" }),
        Type::SmallInt => whole(16),
        Type::Integer => whole(32),
        Type::BigInt => whole(64),
        Type::Numeric(_) | Type::Real | Type::Double => json!({ "type": "number" }),
        Type::Date => json!({ "type": "string", "format": "date" }),
        Type::Timestamptz => json!({ "type": "string", "format": "date-time" }),
        Type::Uuid => json!({ "type": "string", "format": "uuid" }),
        Type::Array(of) => json!({ "type": "array", "items": shape(of, true) }),
        Type::Json(JsonShape::Scalar(of, _)) => shape(of, true),
        Type::Json(JsonShape::Any | JsonShape::Object(..) | JsonShape::Array(_)) => return json!({}),
        _ => json!({ "type": "string" }),
    };
    nullable.then(|| or_null(&mut made));
    made
}

/// As it may be sent: no word such as `infinity` or `now`, which Postgres reads as a time.
fn asked(ty: &Type) -> Json {
    match ty {
        Type::Text(Some(most)) => json!({ "type": "string", "maxLength": most, "pattern": NO_NUL }),
        Type::Text(None) => json!({ "type": "string", "pattern": NO_NUL }),
        Type::Date => json!({ "type": "string", "format": "date", "pattern": format!("^{DAY}$") }),
        Type::Timestamp => json!({ "type": "string", "pattern": format!("^{DAY}[T ]{TIME}$") }),
        Type::Timestamptz => {
            json!({ "type": "string", "format": "date-time", "pattern": format!("^{DAY}[T ]{TIME}(Z|[+-][0-9]{{2}}:[0-9]{{2}})$") })
        }
        Type::Time => json!({ "type": "string", "pattern": format!("^{TIME}$") }),
        Type::Uuid => json!({ "type": "string", "format": "uuid", "pattern": "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$" }),
        Type::Array(of) => json!({ "type": "array", "items": asked(of) }),
        other => shape(other, false),
    }
}

/// What the service reads a value in an address as.
pub(super) fn form(ty: &Type) -> &'static str {
    match ty {
        Type::Boolean => "boolean",
        Type::SmallInt => "smallint",
        Type::Integer => "integer",
        Type::BigInt => "bigint",
        Type::Numeric(_) | Type::Real | Type::Double => "number",
        Type::Date => "date",
        Type::Timestamp => "timestamp",
        Type::Timestamptz => "timestamptz",
        Type::Uuid => "uuid",
        _ => "text",
    }
}

/// The type that a parameter is cast to: without a length, at which Postgres would cut it off.
pub(super) fn bare(ty: &Type) -> Type {
    match ty {
        Type::Text(_) => Type::TEXT,
        Type::Numeric(_) => Type::Numeric(None),
        Type::Array(of) => Type::Array(Box::new(bare(of))),
        other => other.clone(),
    }
}
