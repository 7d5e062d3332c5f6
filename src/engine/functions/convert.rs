//! Casts: `cast(x as …)` from texts and numbers, and back to texts.

use super::calendar as cal;
use super::{Args, Scalar, maybe, some};
use crate::sql::canonical_interval;
use rusqlite::types::{Value, ValueRef};

pub(super) const SCALARS: &[(&str, i32, Scalar)] = &[
    ("pipec_to_date", 1, |a| read(a, "date", |t| cal::read_date(t).map(cal::show_date))),
    ("pipec_to_time", 1, |a| read(a, "time", |t| cal::read_time(t).map(cal::show_time))),
    ("pipec_to_timestamp", 1, |a| read(a, "timestamp", |t| cal::read_timestamp(t).map(cal::show_timestamp))),
    ("pipec_to_timestamptz", 1, |a| read(a, "timestamp with time zone", |t| cal::read_timestamptz(t).map(show_timestamptz))),
    ("pipec_to_interval", 1, |a| read(a, "interval", |t| cal::read_interval(t).map(|(m, d, u)| canonical_interval(m, d, u)))),
    ("pipec_to_uuid", 1, |a| read(a, "uuid", uuid)),
    ("pipec_to_boolean", 1, to_boolean),
    ("pipec_to_integer", 1, to_integer),
    // PostgreSQL rounds halves of doubles to even, those of numerics away from zero.
    ("pipec_double_to_integer", 1, |a| Ok(super::numbers::real(a, 0).map_or(Value::Null, |x| Value::Integer(x.round_ties_even() as i64)))),
    ("pipec_to_number", 1, to_number),
    ("pipec_boolean_text", 1, boolean_text),
    ("pipec_number_text", 1, |a| maybe(a.text(0).map(Into::into))),
    ("pipec_numeric_text", 2, numeric_text),
];

fn read(args: &Args<'_, '_>, ty: &str, convert: impl Fn(&str) -> Option<String>) -> Result<Value, String> {
    let Some(text) = args.text(0) else { return Ok(Value::Null) };
    convert(&text).map_or_else(|| Err(invalid(ty)), some)
}

/// PostgreSQL's own words. The value itself is left out: it may be a patient's.
fn invalid(ty: &str) -> String {
    format!("invalid input syntax for type {ty}")
}

/// A `timestamptz` as stored: in UTC, as PostgreSQL shows it. `+` sorts before `.`, so texts sort as times do.
pub(crate) fn show_timestamptz(micros: i64) -> String {
    format!("{}+00", cal::show_timestamp(micros))
}

fn uuid(text: &str) -> Option<String> {
    let digits: String = text.trim().trim_start_matches('{').trim_end_matches('}').replace('-', "").to_ascii_lowercase();
    if digits.len() != 32 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    let parts = [0..8, 8..12, 12..16, 16..20, 20..32].map(|r| digits.get(r).unwrap_or(""));
    Some(parts.join("-"))
}

fn to_boolean(args: &Args<'_, '_>) -> Result<Value, String> {
    let truth = match args.raw(0) {
        ValueRef::Null => return Ok(Value::Null),
        ValueRef::Integer(n) => n != 0,
        _ => {
            let text = args.text(0).unwrap_or_default();
            read_boolean(&text).ok_or_else(|| invalid("boolean"))?
        }
    };
    Ok(Value::Integer(truth.into()))
}

pub(crate) fn read_boolean(text: &str) -> Option<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "t" | "tr" | "tru" | "true" | "y" | "ye" | "yes" | "on" | "1" => Some(true),
        "f" | "fa" | "fal" | "fals" | "false" | "n" | "no" | "of" | "off" | "0" => Some(false),
        _ => None,
    }
}

fn to_integer(args: &Args<'_, '_>) -> Result<Value, String> {
    match args.raw(0) {
        ValueRef::Null => Ok(Value::Null),
        ValueRef::Integer(n) => Ok(Value::Integer(n)),
        ValueRef::Real(n) if n.is_finite() && n.abs() < 9.2e18 => Ok(Value::Integer(n.round() as i64)),
        ValueRef::Real(_) => Err("integer out of range".into()),
        _ => {
            let text = args.text(0).unwrap_or_default();
            text.trim().parse().map(Value::Integer).map_err(|_| invalid("integer"))
        }
    }
}

fn to_number(args: &Args<'_, '_>) -> Result<Value, String> {
    match args.raw(0) {
        ValueRef::Null => Ok(Value::Null),
        ValueRef::Integer(n) => Ok(Value::Real(n as f64)),
        ValueRef::Real(n) => Ok(Value::Real(n)),
        _ => {
            let text = args.text(0).unwrap_or_default();
            read_number(&text).map(Value::Real).ok_or_else(|| invalid("numeric"))
        }
    }
}

pub(crate) fn read_number(text: &str) -> Option<f64> {
    text.trim().parse::<f64>().ok().filter(|n| n.is_finite())
}

/// A `numeric(p, s)` as text: PostgreSQL shows all its places.
fn numeric_text(args: &Args<'_, '_>) -> Result<Value, String> {
    let (Some(number), Some(places)) = (super::numbers::real(args, 0), args.int(1)) else { return Ok(Value::Null) };
    let places = usize::try_from(places).unwrap_or(0);
    // No negative zero.
    some(format!("{:.places$}", number + 0.0))
}

fn boolean_text(args: &Args<'_, '_>) -> Result<Value, String> {
    maybe(args.int(0).map(|n| if n != 0 { "true".into() } else { "false".into() }))
}

/// A numeric as far as a double holds it: 15 digits, so that 0.1 + 0.2 is 0.3.
pub(crate) fn show_numeric(n: f64) -> String {
    format!("{n:.14e}").parse().map_or_else(|_| show_number(n), show_number)
}

/// A number without exponent and trailing zeros.
pub(crate) fn show_number(n: f64) -> String {
    // Rust shows the shortest digits that read back the same, and never an exponent.
    if n == 0.0 { "0".into() } else { format!("{n}") }
}
