//! Functions over whole JSON values and over arrays, which are JSON here.

use super::json::{parsed, text_of, value};
use super::{Args, Scalar, maybe, some};
use rusqlite::types::{Value, ValueRef};
use serde_json::{Map, Value as Json};

pub(super) const SCALARS: &[(&str, i32, Scalar)] = &[
    ("pipec_json_array_length", 1, array_length),
    ("pipec_json_typeof", 1, |a| maybe(parsed(a, 0).map(|j| kind(&j).into()))),
    ("pipec_json_strip_nulls", 1, |a| maybe(parsed(a, 0).map(|j| stripped(j).to_string()))),
    ("pipec_json_build_object", -1, build_object),
    ("pipec_json_build_array", -1, |a| some(Json::Array((0..a.len()).map(|i| given(a, i)).collect()).to_string())),
    ("pipec_json_concat", 2, concat),
    ("pipec_json_contains", 2, |a| both(a, |x, y| contains(x, y, true))),
    ("pipec_json_equal", 2, |a| both(a, same)),
    ("pipec_json_has_key", 2, has_key),
    ("pipec_json_keys", 1, keys),
    ("pipec_json_texts", 1, texts),
    ("pipec_array_concat", 2, array_concat),
    ("pipec_array_contains", 2, array_contains),
    ("pipec_array_to_string", 2, array_to_string),
    ("pipec_string_to_array", 2, string_to_array),
    ("pipec_to_array", 1, to_array),
    ("pipec_ref_id", 1, ref_id),
];

fn kind(json: &Json) -> &'static str {
    match json {
        Json::Null => "null",
        Json::Bool(_) => "boolean",
        Json::Number(_) => "number",
        Json::String(_) => "string",
        Json::Array(_) => "array",
        Json::Object(_) => "object",
    }
}

fn array_length(args: &Args<'_, '_>) -> Result<Value, String> {
    match parsed(args, 0) {
        None => Ok(Value::Null),
        Some(Json::Array(items)) => Ok(Value::Integer(i64::try_from(items.len()).unwrap_or(i64::MAX))),
        Some(other) => Err(format!("cannot get array length of {}", if other.is_object() { "a non-array" } else { "a scalar" })),
    }
}

fn stripped(json: Json) -> Json {
    match json {
        Json::Object(fields) => Json::Object(fields.into_iter().filter(|(_, v)| !v.is_null()).map(|(k, v)| (k, stripped(v))).collect()),
        Json::Array(items) => Json::Array(items.into_iter().map(stripped).collect()),
        scalar => scalar,
    }
}

/// An argument on its way into JSON: JSON text as `json_value_of` writes it; other text stands for itself.
fn given(args: &Args<'_, '_>, index: usize) -> Json {
    match args.raw(index) {
        ValueRef::Null => Json::Null,
        ValueRef::Integer(n) => n.into(),
        ValueRef::Real(n) => n.into(),
        _ => parsed(args, index).unwrap_or_else(|| args.text(index).unwrap_or_default().into()),
    }
}

fn build_object(args: &Args<'_, '_>) -> Result<Value, String> {
    if args.len() % 2 == 1 {
        return Err("argument list must have even number of elements".into());
    }
    let mut object = Map::new();
    for i in (0..args.len()).step_by(2) {
        let Some(key) = args.text(i) else { return Err("argument is null: key must not be null".into()) };
        let key = if key.starts_with('"') { text_of(&key).unwrap_or_else(|| key.into_owned()) } else { key.into_owned() };
        object.insert(key, given(args, i + 1));
    }
    some(Json::Object(object).to_string())
}

fn concat(args: &Args<'_, '_>) -> Result<Value, String> {
    let (Some(a), Some(b)) = (parsed(args, 0), parsed(args, 1)) else { return Ok(Value::Null) };
    some(
        match (a, b) {
            (Json::Object(mut a), Json::Object(b)) => {
                a.extend(b);
                Json::Object(a)
            }
            (a, b) => {
                let items = |j: Json| if let Json::Array(items) = j { items } else { vec![j] };
                Json::Array(items(a).into_iter().chain(items(b)).collect())
            }
        }
        .to_string(),
    )
}

fn both(args: &Args<'_, '_>, f: impl Fn(&Json, &Json) -> bool) -> Result<Value, String> {
    let (Some(a), Some(b)) = (parsed(args, 0), parsed(args, 1)) else { return Ok(Value::Null) };
    Ok(Value::Integer(f(&a, &b).into()))
}

/// `jsonb`'s equality: numbers by value, objects by keys in any order.
fn same(a: &Json, b: &Json) -> bool {
    match (a, b) {
        (Json::Number(a), Json::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        (Json::Array(a), Json::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Json::Object(a), Json::Object(b)) => a.len() == b.len() && a.iter().all(|(k, v)| b.get(k).is_some_and(|w| same(v, w))),
        _ => a == b,
    }
}

/// `a @> b`; at the top an array may hold a bare scalar.
fn contains(a: &Json, b: &Json, top: bool) -> bool {
    match (a, b) {
        (Json::Object(a), Json::Object(b)) => b.iter().all(|(k, v)| a.get(k).is_some_and(|w| contains(w, v, false))),
        (Json::Array(a), Json::Array(b)) => b.iter().all(|v| a.iter().any(|w| contains(w, v, false))),
        (Json::Array(a), scalar) if top && !scalar.is_object() => a.iter().any(|w| same(w, scalar)),
        _ => same(a, b),
    }
}

fn has_key(args: &Args<'_, '_>) -> Result<Value, String> {
    let (Some(json), Some(key)) = (parsed(args, 0), args.text(1)) else { return Ok(Value::Null) };
    let has = match &json {
        Json::Object(fields) => fields.contains_key(&*key),
        Json::Array(items) => items.iter().any(|i| i.as_str() == Some(&key)),
        scalar => scalar.as_str() == Some(&key),
    };
    Ok(Value::Integer(has.into()))
}

fn keys(args: &Args<'_, '_>) -> Result<Value, String> {
    match parsed(args, 0) {
        None => Ok(Value::Null),
        Some(Json::Object(fields)) => {
            let mut keys: Vec<&String> = fields.keys().collect();
            keys.sort_by_key(|k| (k.len(), *k));
            maybe(serde_json::to_string(&keys).ok())
        }
        Some(_) => Err("cannot call jsonb_object_keys on a scalar or an array".into()),
    }
}

fn texts(args: &Args<'_, '_>) -> Result<Value, String> {
    match parsed(args, 0) {
        None => Ok(Value::Null),
        Some(Json::Array(items)) => maybe(serde_json::to_string(&items.iter().map(|i| text_of(&i.to_string())).collect::<Vec<_>>()).ok()),
        Some(_) => Err("cannot extract elements from a scalar or an object".into()),
    }
}

fn items(args: &Args<'_, '_>, index: usize) -> Option<Vec<Json>> {
    match parsed(args, index)? {
        Json::Array(items) => Some(items),
        _ => None,
    }
}

/// NULL counts as an empty array, unless both are.
fn array_concat(args: &Args<'_, '_>) -> Result<Value, String> {
    let (a, b) = (items(args, 0), items(args, 1));
    if a.is_none() && b.is_none() {
        return Ok(Value::Null);
    }
    some(Json::Array(a.into_iter().chain(b).flatten().collect()).to_string())
}

/// `item = any(array)`: NULL when it is not there but a NULL is.
fn array_contains(args: &Args<'_, '_>) -> Result<Value, String> {
    let Some(items) = items(args, 0) else { return Ok(Value::Null) };
    let wanted = args.value(1);
    if wanted == Value::Null {
        return Ok(if items.is_empty() { Value::Integer(0) } else { Value::Null });
    }
    let equal = |item: &Json| match (value(item), &wanted) {
        (Value::Integer(a), Value::Real(b)) => a as f64 == *b,
        (Value::Real(a), Value::Integer(b)) => a == *b as f64,
        (a, b) => a == *b,
    };
    let found = items.iter().any(equal);
    Ok(if !found && items.iter().any(Json::is_null) { Value::Null } else { Value::Integer(found.into()) })
}

fn array_to_string(args: &Args<'_, '_>) -> Result<Value, String> {
    let (Some(items), Some(delimiter)) = (items(args, 0), args.text(1)) else { return Ok(Value::Null) };
    some(items.iter().filter_map(|i| text_of(&i.to_string())).collect::<Vec<_>>().join(&delimiter))
}

fn string_to_array(args: &Args<'_, '_>) -> Result<Value, String> {
    let Some(text) = args.text(0) else { return Ok(Value::Null) };
    let pieces: Vec<String> = match args.text(1) {
        _ if text.is_empty() => Vec::new(),
        None => text.chars().map(String::from).collect(),
        Some(delimiter) if delimiter.is_empty() => vec![text.into_owned()],
        Some(delimiter) => text.split(&*delimiter).map(String::from).collect(),
    };
    maybe(serde_json::to_string(&pieces).ok())
}

/// `{a,"b c",NULL}` to a JSON array of texts.
fn to_array(args: &Args<'_, '_>) -> Result<Value, String> {
    let Some(text) = args.text(0) else { return Ok(Value::Null) };
    let Some(inner) = text.trim().strip_prefix('{').and_then(|t| t.strip_suffix('}')) else { return Err("malformed array literal".into()) };
    let mut items: Vec<Option<String>> = Vec::new();
    let (mut item, mut was_quoted, mut quoted) = (String::new(), false, false);
    let mut chars = inner.chars();
    let mut push = |item: &mut String, was_quoted: &mut bool| {
        let null = !*was_quoted && item.eq_ignore_ascii_case("null");
        items.push((!null).then(|| item.clone()));
        item.clear();
        *was_quoted = false;
    };
    while let Some(c) = chars.next() {
        match c {
            '\\' => item.extend(chars.next()),
            '"' => {
                quoted = !quoted;
                was_quoted = true;
            }
            ',' if !quoted => push(&mut item, &mut was_quoted),
            c => item.push(c),
        }
    }
    if !inner.is_empty() {
        push(&mut item, &mut was_quoted);
    }
    maybe(serde_json::to_string(&items).ok())
}

/// The id a FHIR reference ends in.
fn ref_id(args: &Args<'_, '_>) -> Result<Value, String> {
    let Some(reference) = args.text(0) else { return Ok(Value::Null) };
    if reference.starts_with("urn:") {
        return some(reference);
    }
    let plain = reference.split_once("/_history/").map_or(&*reference, |(before, _)| before);
    let last = plain.rsplit('/').next().unwrap_or("");
    maybe((!last.is_empty()).then(|| last.into()))
}
