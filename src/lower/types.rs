//! Type rules, Postgres's: which types turn into which by themselves, which only when asked, and what two types have in common.

use crate::ir::{JsonShape, Type};

/// Postgres's type categories: overloads compete inside one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Family {
    Boolean,
    Number,
    Text,
    Time,
    Interval,
    Other,
}

/// The category of a type.
pub(crate) fn family(ty: &Type) -> Family {
    match ty {
        Type::Boolean => Family::Boolean,
        Type::SmallInt | Type::Integer | Type::BigInt | Type::Numeric(_) | Type::Real | Type::Double => Family::Number,
        Type::Text(_) => Family::Text,
        Type::Date | Type::Time | Type::Timestamp | Type::Timestamptz => Family::Time,
        Type::Interval => Family::Interval,
        _ => Family::Other,
    }
}

/// The type its category prefers when several would do.
pub(crate) fn preferred(ty: &Type) -> bool {
    matches!(ty, Type::Boolean | Type::Double | Type::Text(_) | Type::Timestamptz | Type::Interval)
}

/// The same type, lengths and JSON shapes aside.
pub(crate) fn same(a: &Type, b: &Type) -> bool {
    match (a, b) {
        (Type::Text(_), Type::Text(_))
        | (Type::Numeric(_), Type::Numeric(_))
        | (Type::Json(_), Type::Json(_))
        | (Type::Vector(_), Type::Vector(None))
        | (Type::Vector(None), Type::Vector(_)) => true,
        (Type::Array(a), Type::Array(b)) => same(a, b),
        _ => a == b,
    }
}

fn number_rank(ty: &Type) -> Option<u8> {
    Some(match ty {
        Type::SmallInt => 0,
        Type::Integer => 1,
        Type::BigInt => 2,
        Type::Numeric(_) => 3,
        Type::Real => 4,
        Type::Double => 5,
        _ => return None,
    })
}

/// The type without lengths and digits: what functions and operators yield.
pub(crate) fn bare(ty: &Type) -> Type {
    match ty {
        Type::Text(_) => Type::TEXT,
        Type::Numeric(_) => Type::Numeric(None),
        Type::Array(of) => Type::Array(Box::new(bare(of))),
        other => other.clone(),
    }
}

/// The type of `nullif(a, b)`: that of `a` as the comparison takes it.
pub(crate) fn of_nullif(a: &Type, b: &Type, common: Type) -> Type {
    match (a, b) {
        (Type::Unknown, _) => common,
        (Type::Text(_), _) => Type::TEXT,
        (Type::Numeric(_), Type::Real | Type::Double) => common,
        (Type::Numeric(_), _) => a.clone(),
        (a, b) if whole(a) && whole(b) => a.clone(),
        (Type::Real | Type::Double, b) if b.is_number() => {
            if *a == Type::Real && !matches!(b, Type::Real | Type::Double) {
                Type::Double
            } else {
                a.clone()
            }
        }
        (a, b) if a.is_number() && b.is_number() => common,
        _ => a.clone(),
    }
}

fn whole(ty: &Type) -> bool {
    matches!(ty, Type::SmallInt | Type::Integer | Type::BigInt)
}

/// Whether a value of one type stands where another is wanted, without being asked to.
/// Lengths only widen: `varchar(10)` is a `text`, but a `text` is no `varchar(10)`.
pub(crate) fn implicit(from: &Type, to: &Type) -> bool {
    if let (Some(a), Some(b)) = (number_rank(from), number_rank(to)) {
        return a < b || (a == b && fits(from, to));
    }
    match (from, to) {
        (Type::Error | Type::Unknown, _) | (_, Type::Any) => true,
        (Type::Text(a), Type::Text(b)) => b.is_none_or(|wide| a.is_some_and(|narrow| narrow <= wide)),
        (Type::Date, Type::Timestamp | Type::Timestamptz) | (Type::Timestamp, Type::Timestamptz) | (Type::Time, Type::Interval) => true,
        (Type::Json(_), Type::Json(JsonShape::Any)) | (Type::Vector(_), Type::Vector(None)) => true,
        (Type::Array(a), Type::Array(b)) => implicit(a, b),
        _ => from == to,
    }
}

/// Whether the digits a number type keeps are enough for another of the same kind.
fn fits(from: &Type, to: &Type) -> bool {
    match (from, to) {
        (Type::Numeric(_), Type::Numeric(None)) => true,
        (Type::Numeric(Some((p, s))), Type::Numeric(Some((wp, ws)))) => {
            s <= ws && i32::from(*p) - i32::from(*s) <= i32::from(*wp) - i32::from(*ws)
        }
        _ => from == to,
    }
}

/// Whether `cast(a as b)` is allowed, as in Postgres.
pub(crate) fn explicit(from: &Type, to: &Type) -> bool {
    let text = |t: &Type| matches!(t, Type::Text(_));
    if implicit(from, to) || same(from, to) || text(from) || text(to) {
        return !matches!(to, Type::Any | Type::Variable(_));
    }
    match (from, to) {
        (a, b) if a.is_number() && b.is_number() => true,
        (Type::Boolean, Type::Integer) | (Type::Integer, Type::Boolean) => true,
        (Type::Timestamp | Type::Timestamptz, Type::Date | Type::Time | Type::Timestamp) => true,
        (Type::Interval, Type::Time) => true,
        // pgvector's casts.
        (Type::Array(of), Type::Vector(_)) => matches!(**of, Type::Integer | Type::Real | Type::Double | Type::Numeric(_)),
        (Type::Vector(_), Type::Array(of)) => **of == Type::Real,
        (Type::Json(_), b) => b.is_number() || matches!(b, Type::Boolean),
        (Type::Array(a), Type::Array(b)) => explicit(a, b),
        _ => false,
    }
}

/// Whether a cast leaves a value recognisable as the one it was, so that a mask may still be sure of what it masks:
/// readings of text, widenings, the day of a moment; not roundings, cuts, or arithmetic.
pub(crate) fn keeps_value(from: &Type, to: &Type) -> bool {
    match (from, to) {
        (Type::Text(_), Type::Text(Some(_))) => implicit(from, to),
        (a, b) if a.is_number() && b.is_number() => implicit(a, b),
        // A number has no leading zeros: `zip :: integer :: text` moves the digits a mask would cut off.
        (Type::Text(_), b) => !b.is_number(),
        (Type::Timestamp | Type::Timestamptz | Type::Interval, Type::Time) => false,
        _ => true,
    }
}

/// The type both turn into by themselves; `unknown` gives way. `None`: they have none.
/// JSON of two shapes becomes JSON of no known shape.
pub(crate) fn common(a: &Type, b: &Type) -> Option<Type> {
    match (a, b) {
        (Type::Error, _) | (_, Type::Error) => Some(Type::Error),
        (Type::Unknown, t) | (t, Type::Unknown) => Some(bare(t)),
        _ if a == b => Some(a.clone()),
        (Type::Text(_), Type::Text(_)) => Some(Type::TEXT),
        (Type::Numeric(_), Type::Numeric(_)) => Some(Type::Numeric(None)),
        (Type::Json(_), Type::Json(_)) => Some(Type::JSON),
        (Type::Array(a), Type::Array(b)) if same(a, b) => Some(Type::Array(Box::new(common(a, b)?))),
        _ if family(a) != family(b) || family(a) == Family::Other => None,
        _ if implicit(a, &bare(b)) => Some(bare(b)),
        _ if implicit(b, &bare(a)) => Some(bare(a)),
        _ => None,
    }
}

/// Whether a value keeps its stored form when it becomes the other type, on every dialect: then no cast is printed for it.
pub(crate) fn same_storage(from: &Type, to: &Type) -> bool {
    same(from, to) || (from.is_number() && to.is_number()) || matches!(to, Type::Any)
}
