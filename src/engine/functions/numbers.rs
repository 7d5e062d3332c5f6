//! Arithmetic with PostgreSQL's errors and rounding.

use super::convert::read_number;
use super::{Args, Scalar};
use rusqlite::types::{Value, ValueRef};

pub(super) const SCALARS: &[(&str, i32, Scalar)] = &[
    ("pipec_div", 2, |a| whole(a, i64::checked_div)),
    ("pipec_mod", 2, modulo),
    ("pipec_divide", 2, divide),
    ("pipec_power", 2, power),
    ("pipec_ceil", 1, |a| one(a, |x| Ok(x.ceil()))),
    ("pipec_floor", 1, |a| one(a, |x| Ok(x.floor()))),
    ("pipec_round", 2, |a| places(a, f64::round)),
    ("pipec_trunc", 2, |a| places(a, f64::trunc)),
    ("pipec_sqrt", 1, |a| one(a, |x| if x < 0.0 { Err("cannot take square root of a negative number") } else { Ok(x.sqrt()) })),
    ("pipec_exp", 1, |a| one(a, |x| Ok(x.exp()))),
    ("pipec_ln", 1, |a| one(a, |x| logarithm(x).map(|()| x.ln()))),
    ("pipec_log", 2, log),
    ("pipec_try_integer", 1, try_integer),
    ("pipec_try_numeric", 1, try_numeric),
];

const BY_ZERO: &str = "division by zero";

pub(super) fn real(args: &Args<'_, '_>, index: usize) -> Option<f64> {
    match args.raw(index) {
        ValueRef::Null => None,
        ValueRef::Integer(n) => Some(n as f64),
        ValueRef::Real(n) => Some(n),
        _ => read_number(&args.text(index)?),
    }
}

fn finite(x: f64) -> Result<Value, String> {
    if x.is_finite() { Ok(Value::Real(x)) } else { Err("value out of range".into()) }
}

fn one(args: &Args<'_, '_>, f: impl Fn(f64) -> Result<f64, &'static str>) -> Result<Value, String> {
    let Some(x) = real(args, 0) else { return Ok(Value::Null) };
    finite(f(x)?)
}

fn two(args: &Args<'_, '_>, f: impl Fn(f64, f64) -> Result<f64, &'static str>) -> Result<Value, String> {
    let (Some(x), Some(y)) = (real(args, 0), real(args, 1)) else { return Ok(Value::Null) };
    finite(f(x, y)?)
}

fn whole(args: &Args<'_, '_>, f: impl Fn(i64, i64) -> Option<i64>) -> Result<Value, String> {
    let (Some(x), Some(y)) = (args.int(0), args.int(1)) else { return Ok(Value::Null) };
    if y == 0 {
        return Err(BY_ZERO.into());
    }
    f(x, y).map(Value::Integer).ok_or_else(|| "bigint out of range".into())
}

fn modulo(args: &Args<'_, '_>) -> Result<Value, String> {
    if let (ValueRef::Integer(_), ValueRef::Integer(_)) = (args.raw(0), args.raw(1)) {
        return whole(args, |x, y| Some(x.checked_rem(y).unwrap_or(0)));
    }
    two(args, |x, y| if y == 0.0 { Err(BY_ZERO) } else { Ok(x % y) })
}

fn divide(args: &Args<'_, '_>) -> Result<Value, String> {
    two(args, |x, y| if y == 0.0 { Err(BY_ZERO) } else { Ok(x / y) })
}

fn power(args: &Args<'_, '_>) -> Result<Value, String> {
    two(args, |x, y| match () {
        () if x == 0.0 && y < 0.0 => Err("zero raised to a negative power is undefined"),
        () if x < 0.0 && y.fract() != 0.0 => Err("a negative number raised to a non-integer power yields a complex result"),
        () => Ok(x.powf(y)),
    })
}

fn logarithm(x: f64) -> Result<(), &'static str> {
    match () {
        () if x == 0.0 => Err("cannot take logarithm of zero"),
        () if x < 0.0 => Err("cannot take logarithm of a negative number"),
        () => Ok(()),
    }
}

fn log(args: &Args<'_, '_>) -> Result<Value, String> {
    two(args, |base, x| {
        logarithm(base)?;
        logarithm(x)?;
        match () {
            () if base == 10.0 => Ok(x.log10()),
            () if base == 1.0 => Err(BY_ZERO),
            () => Ok(x.ln() / base.ln()),
        }
    })
}

/// To so many places. The decimal digits decide, as with PostgreSQL's numeric: 1.005 is `1.005`, and two places of it are 1.01.
fn places(args: &Args<'_, '_>, cut: fn(f64) -> f64) -> Result<Value, String> {
    let (Some(x), Some(places)) = (real(args, 0), args.int(1)) else { return Ok(Value::Null) };
    let places = i32::try_from(places.clamp(-300, 300)).unwrap_or(0);
    let shifted: f64 = format!("{x}e{places}").parse().map_err(|_| "value out of range")?;
    // Past 2^52 there is nothing behind the point.
    if !shifted.is_finite() || shifted.abs() > 4.5e15 {
        return Ok(Value::Real(x));
    }
    let back: f64 = format!("{}e{}", cut(shifted), -places).parse().map_err(|_| "value out of range")?;
    finite(back)
}

fn try_integer(args: &Args<'_, '_>) -> Result<Value, String> {
    let Some(text) = args.text(0) else { return Ok(Value::Null) };
    let digits = text.strip_prefix(['+', '-']).unwrap_or(&text);
    let shaped = (1..=18).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    let number = text.parse::<i64>().ok().filter(|n| shaped && i32::try_from(*n).is_ok());
    Ok(number.map_or(Value::Null, Value::Integer))
}

fn try_numeric(args: &Args<'_, '_>) -> Result<Value, String> {
    let Some(text) = args.text(0) else { return Ok(Value::Null) };
    Ok(if is_numeric(&text) { text.parse().map_or(Value::Null, Value::Real) } else { Value::Null })
}

/// `^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,2})?$`
fn is_numeric(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.strip_prefix(['+', '-']).unwrap_or(exponent)),
        None => (unsigned, "0"),
    };
    let (before, after) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
    digits(before) && digits(after) && (!before.is_empty() || !after.is_empty()) && digits(exponent) && (1..=2).contains(&exponent.len())
}
