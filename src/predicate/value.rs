//! Constants: read from a program, and shown in a witness.

use super::sort::Family;
use super::time;
use crate::ir::{Expr, ExprKind, Literal, Type};

/// 1 on the line of exact numbers.
pub(super) const ONE: i128 = 1_000_000_000_000;
/// Digits behind the point that a constant may have.
const FINEST: usize = 10;

/// A value of some family.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Value {
    Flag(bool),
    Point(i128),
    Word(String),
}

/// A constant as written, before it is known what it is compared with.
#[derive(Clone, Debug)]
pub(super) struct Constant {
    ty: Type,
    text: String,
}

impl Constant {
    /// The constant an expression is. Numbers keep their digits, days and moments their text.
    pub(super) fn of(e: &Expr) -> Option<Constant> {
        match &e.kind {
            ExprKind::Literal(Literal::Number(digits)) => Some(Constant { ty: e.ty.clone(), text: digits.to_string() }),
            ExprKind::Literal(Literal::Text(text)) => Some(Constant { ty: Type::TEXT, text: text.to_string() }),
            ExprKind::Cast(inner) => Constant::of(inner)?.cast(&e.ty),
            _ => None,
        }
    }

    /// The same constant as another type, where it keeps its value.
    pub(super) fn cast(self, to: &Type) -> Option<Constant> {
        use Type as T;
        let kept = match (&self.ty, to) {
            (T::Text(_), T::Text(limit)) => limit.is_none_or(|n| self.text.chars().count() <= n as usize),
            (T::Text(_), T::Date | T::Timestamp | T::Timestamptz | T::Time | T::Uuid) => true,
            (T::Date, T::Timestamp) => true,
            (from, T::Double) => from.is_number() && *from != T::Real,
            (from, T::Numeric(None)) => from.is_number() && !matches!(from, T::Real | T::Double),
            (from, T::SmallInt | T::Integer | T::BigInt) => {
                from.is_number() && !matches!(from, T::Real | T::Double) && self.text.bytes().all(|b| b.is_ascii_digit() || b == b'-')
            }
            _ => false,
        };
        kept.then(|| Constant { ty: to.clone(), ..self })
    }

    /// Its value beside values of a family. `None`: they do not compare, or not exactly.
    pub(super) fn within(&self, family: Family) -> Option<Value> {
        use Type as T;
        match (family, &self.ty) {
            (Family::Number, T::SmallInt | T::Integer | T::BigInt | T::Numeric(_)) => decimal(&self.text).map(Value::Point),
            (Family::Double, ty) if ty.is_number() && *ty != T::Real => self.text.parse::<f64>().ok().and_then(double).map(Value::Point),
            (Family::Moment, T::Date | T::Timestamp) => time::moment(&self.text).map(Value::Point),
            (Family::Utc, T::Timestamptz) => time::utc(&self.text).map(Value::Point),
            (Family::Time, T::Time) => time::clock(&self.text).map(Value::Point),
            (Family::Text, T::Text(_)) => Some(Value::Word(self.text.clone())),
            (Family::Uuid, T::Uuid) => Some(Value::Word(self.text.to_ascii_lowercase())),
            _ => None,
        }
    }

    /// The family it belongs to by itself.
    pub(super) fn family(&self) -> Option<Family> {
        Some(match self.ty {
            Type::SmallInt | Type::Integer | Type::BigInt | Type::Numeric(_) => Family::Number,
            Type::Double => Family::Double,
            Type::Date | Type::Timestamp => Family::Moment,
            Type::Timestamptz => Family::Utc,
            Type::Time => Family::Time,
            Type::Text(_) => Family::Text,
            Type::Uuid => Family::Uuid,
            _ => return None,
        })
    }
}

/// `-12.50` in units of 10⁻¹²; `None` where that is not exact.
pub(super) fn decimal(text: &str) -> Option<i128> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (digits, exponent) = match digits.split_once(['e', 'E']) {
        Some((digits, exponent)) => (digits, exponent.parse::<i32>().ok()?),
        None => (digits, 0),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let fraction = fraction.trim_end_matches('0');
    let all: String = [whole, fraction].concat();
    if all.is_empty() || !all.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let behind = i32::try_from(fraction.len()).ok()?.checked_sub(exponent)?;
    if behind > i32::try_from(FINEST).ok()? {
        return None;
    }
    let factor = 10i128.checked_pow(u32::try_from(12 - behind).ok()?)?;
    let value = all.parse::<i128>().ok()?.checked_mul(factor)?;
    Some(if negative { -value } else { value })
}

/// The place of a number among all doubles; both zeros have one.
pub(super) fn double(number: f64) -> Option<i128> {
    if number.is_nan() {
        return None;
    }
    let bits = i128::from(number.abs().to_bits());
    Some(if number < 0.0 { -bits } else { bits })
}

/// A value as SQL writes it.
pub(super) fn shown(value: &Value, family: Family) -> String {
    match (value, family) {
        (Value::Flag(flag), _) => flag.to_string(),
        (Value::Word(text), _) => quoted(text),
        (Value::Point(point), Family::Number) => number(*point),
        (Value::Point(point), Family::Double) => floating(*point),
        (Value::Point(point), Family::Moment) => quoted(&time::shown(*point)),
        (Value::Point(point), Family::Utc) => quoted(&format!("{}+00", time::shown_moment(*point))),
        (Value::Point(point), Family::Time) => quoted(&time::shown_clock(*point)),
        (Value::Point(point), _) => point.to_string(),
    }
}

pub(super) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn number(point: i128) -> String {
    let (whole, fraction) = (point.unsigned_abs() / ONE.unsigned_abs(), point.unsigned_abs() % ONE.unsigned_abs());
    let sign = if point < 0 { "-" } else { "" };
    if fraction == 0 {
        return format!("{sign}{whole}");
    }
    let fraction = format!("{fraction:012}");
    format!("{sign}{whole}.{}", fraction.trim_end_matches('0'))
}

fn floating(place: i128) -> String {
    let number = u64::try_from(place.unsigned_abs()).map(f64::from_bits).unwrap_or(f64::NAN);
    match number {
        n if n.is_nan() => "'NaN'".to_owned(),
        n if n.is_infinite() => if place < 0 { "'-Infinity'" } else { "'Infinity'" }.to_owned(),
        n if place < 0 => format!("{:?}", -n),
        n => format!("{n:?}"),
    }
}
