//! JSON as PostgreSQL's `jsonb` operators see it.

use super::{Args, Scalar, maybe, some};
use rusqlite::types::{Value, ValueRef};
use serde_json::Value as Json;
use std::cmp::Ordering;

pub(super) const SCALARS: &[(&str, i32, Scalar)] = &[
    ("pipec_json_text", 1, |a| maybe(a.text(0).and_then(|t| text_of(&t)))),
    ("pipec_json_display", 1, |a| maybe(a.text(0).map(|t| display(&t)))),
    ("pipec_json_element", 2, element),
    ("pipec_json_pick", 3, pick),
    ("pipec_json_get", 2, get),
    ("pipec_to_json", 1, to_json),
    ("pipec_subscript", 2, subscript),
    ("pipec_array_order", 1, order),
    ("pipec_slice", 3, slice),
    ("pipec_array_display", 1, |a| maybe(a.text(0).map(|t| array_display(&t)))),
    ("pipec_greatest", -1, |a| extreme(a, Ordering::Greater)),
    ("pipec_least", -1, |a| extreme(a, Ordering::Less)),
];

/// `->> …`: a string without its quotes, JSON's null as NULL, all else as `jsonb` shows it.
pub(super) fn text_of(json: &str) -> Option<String> {
    match json.bytes().next()? {
        b'"' => serde_json::from_str(json).ok(),
        b'n' => None,
        b'{' | b'[' => Some(display(json)),
        _ => Some(json.to_string()),
    }
}

/// As `jsonb::text`: keys by length, then bytes; blanks after commas and colons.
fn display(json: &str) -> String {
    serde_json::from_str(json).map_or_else(
        |_| json.to_string(),
        |value: Json| {
            let mut out = String::new();
            write(&value, &mut out, &Style { separator: ", ", colon: ": ", order: |a, b| (a.len(), a).cmp(&(b.len(), b)) });
            out
        },
    )
}

/// Sorted keys, no blanks: the text every engine's dump agrees on.
pub(crate) fn canonical(json: &str) -> String {
    serde_json::from_str(json).map_or_else(
        |_| json.to_string(),
        |value: Json| {
            let mut out = String::new();
            write(&value, &mut out, &Style { separator: ",", colon: ":", order: |a, b| a.cmp(b) });
            out
        },
    )
}

struct Style {
    separator: &'static str,
    colon: &'static str,
    order: fn(&&String, &&String) -> Ordering,
}

fn write(value: &Json, out: &mut String, style: &Style) {
    match value {
        Json::Object(fields) => {
            let mut fields: Vec<(&String, &Json)> = fields.iter().collect();
            fields.sort_by(|a, b| (style.order)(&a.0, &b.0));
            out.push('{');
            for (i, (key, value)) in fields.into_iter().enumerate() {
                out.push_str(if i > 0 { style.separator } else { "" });
                out.push_str(&Json::from(key.as_str()).to_string());
                out.push_str(style.colon);
                write(value, out, style);
            }
            out.push('}');
        }
        Json::Array(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                out.push_str(if i > 0 { style.separator } else { "" });
                write(item, out, style);
            }
            out.push(']');
        }
        Json::Number(n) if n.is_f64() => out.push_str(&super::convert::show_number(n.as_f64().unwrap_or(0.0))),
        scalar => out.push_str(&scalar.to_string()),
    }
}

/// An element of `json_each` as JSON again: it gives strings bare and booleans as numbers.
fn element(args: &Args<'_, '_>) -> Result<Value, String> {
    let Some(kind) = args.text(0) else { return Ok(Value::Null) };
    match &*kind {
        "true" | "false" | "null" => some(&*kind),
        "text" => some(Json::from(&*args.text(1).unwrap_or_default()).to_string()),
        _ => maybe(args.text(1).map(Into::into)),
    }
}

pub(super) fn parsed(args: &Args<'_, '_>, index: usize) -> Option<Json> {
    serde_json::from_str(&args.text(index)?).ok()
}

/// Of the elements that fit every condition, the one at a place. An object counts as its only element, as in a lax JSON path.
fn pick(args: &Args<'_, '_>) -> Result<Value, String> {
    let (Some(json), Some(conditions), ValueRef::Integer(place)) = (parsed(args, 0), args.text(1), args.raw(2)) else {
        return Ok(Value::Null);
    };
    let conditions: Vec<(String, String, bool)> = serde_json::from_str(&conditions).map_err(|e| e.to_string())?;
    let fits = |item: &&Json| conditions.iter().all(|(field, equals, negated)| field_equals(item, field, equals) != *negated);
    let found = match &json {
        Json::Array(items) => items.iter().filter(fits).nth(usize::try_from(place).unwrap_or(usize::MAX)),
        object => Some(object).filter(fits).filter(|_| place == 0),
    };
    maybe(found.map(Json::to_string))
}

fn field_equals(item: &Json, field: &str, equals: &str) -> bool {
    match item.get(field) {
        Some(Json::Array(all)) => all.iter().any(|v| v.as_str() == Some(equals)),
        value => value.and_then(Json::as_str) == Some(equals),
    }
}

/// `json -> key`, by text or by place.
fn get(args: &Args<'_, '_>) -> Result<Value, String> {
    let Some(json) = parsed(args, 0) else { return Ok(Value::Null) };
    let found = match args.raw(1) {
        ValueRef::Integer(place) => json.as_array().and_then(|all| all.get(at(place, all.len())?)),
        _ => args.text(1).and_then(|key| json.as_object()?.get(&*key)),
    };
    maybe(found.map(Json::to_string))
}

/// A place from 0, from the end when negative.
fn at(place: i64, length: usize) -> Option<usize> {
    let length = i64::try_from(length).ok()?;
    usize::try_from(if place < 0 { length + place } else { place }).ok()
}

fn to_json(args: &Args<'_, '_>) -> Result<Value, String> {
    let Some(text) = args.text(0) else { return Ok(Value::Null) };
    match serde_json::from_str::<serde::de::IgnoredAny>(&text) {
        Ok(_) => some(text),
        Err(_) => Err("invalid input syntax for type json".into()),
    }
}

/// An element of an array as an SQL value.
pub(super) fn value(json: &Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(b) => Value::Integer((*b).into()),
        Json::Number(n) => n.as_i64().map_or_else(|| Value::Real(n.as_f64().unwrap_or(0.0)), Value::Integer),
        Json::String(s) => Value::Text(s.clone()),
        nested => Value::Text(nested.to_string()),
    }
}

/// `array[place]`, from 1.
fn subscript(args: &Args<'_, '_>) -> Result<Value, String> {
    let (Some(Json::Array(items)), Some(place)) = (parsed(args, 0), args.int(1)) else { return Ok(Value::Null) };
    let index = usize::try_from(place - 1).ok();
    Ok(index.and_then(|i| items.get(i)).map_or(Value::Null, value))
}

/// `array[low:high]`, from 1, both ends in it.
fn slice(args: &Args<'_, '_>) -> Result<Value, String> {
    let (Some(Json::Array(items)), Some(low), Some(high)) = (parsed(args, 0), args.int(1), args.int(2)) else { return Ok(Value::Null) };
    let inside = |(place, item): (i64, Json)| (low..=high).contains(&place).then_some(item);
    let kept: Vec<Json> = (1..).zip(items).filter_map(inside).collect();
    Ok(Value::Text(Json::Array(kept).to_string()))
}

/// `{a,"b c",NULL}`: an array as PostgreSQL shows it.
pub(crate) fn array_display(json: &str) -> String {
    let Ok(Json::Array(items)) = serde_json::from_str(json) else { return json.to_string() };
    let item = |item: &Json| match item {
        Json::Null => "NULL".to_string(),
        Json::Bool(b) => if *b { "t" } else { "f" }.to_string(),
        Json::String(s) => quoted_element(s),
        Json::Array(_) => array_display(&item.to_string()),
        other => quoted_element(&other.to_string()),
    };
    format!("{{{}}}", items.iter().map(item).collect::<Vec<_>>().join(","))
}

fn quoted_element(text: &str) -> String {
    let plain =
        !text.is_empty() && !text.eq_ignore_ascii_case("null") && !text.contains(|c: char| "{},\"\\".contains(c) || c.is_whitespace());
    if plain { text.to_string() } else { format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")) }
}

/// Bytes that sort as arrays do: element by element, NULLs last, and what ends first is less.
fn order(args: &Args<'_, '_>) -> Result<Value, String> {
    fn push(item: &Json, out: &mut Vec<u8>) {
        match item {
            Json::Bool(truth) => out.extend([0x10, u8::from(*truth)]),
            Json::Number(n) => {
                let bits = n.as_f64().unwrap_or(0.0).to_bits();
                out.push(0x20);
                // The sign turned, and of negative ones all bits: then they sort as whole numbers.
                out.extend((if bits >> 63 == 1 { !bits } else { bits | 1 << 63 }).to_be_bytes());
            }
            Json::String(text) => {
                out.push(0x30);
                out.extend(text.as_bytes());
                out.push(0);
            }
            Json::Array(items) => {
                out.push(0x40);
                items.iter().for_each(|item| push(item, out));
                out.push(0);
            }
            Json::Null | Json::Object(_) => out.push(0xFF),
        }
    }
    let Some(Json::Array(items)) = parsed(args, 0) else { return Ok(Value::Null) };
    let mut out = Vec::new();
    items.iter().for_each(|item| push(item, &mut out));
    out.push(0);
    Ok(Value::Blob(out))
}

/// The greatest or least argument, NULLs passed over.
fn extreme(args: &Args<'_, '_>, wanted: Ordering) -> Result<Value, String> {
    let mut best: Option<Value> = None;
    for i in 0..args.len() {
        let candidate = args.value(i);
        if candidate == Value::Null {
            continue;
        }
        if best.as_ref().is_none_or(|b| compare(&candidate, b) == wanted) {
            best = Some(candidate);
        }
    }
    Ok(best.unwrap_or(Value::Null))
}

pub(super) fn compare(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::Integer(a), Value::Integer(b)) => a.cmp(b),
        (Value::Integer(a), Value::Real(b)) => (*a as f64).total_cmp(b),
        (Value::Real(a), Value::Integer(b)) => a.total_cmp(&(*b as f64)),
        (Value::Real(a), Value::Real(b)) => a.total_cmp(b),
        (Value::Text(a), Value::Text(b)) => a.cmp(b),
        _ => Ordering::Equal,
    }
}
