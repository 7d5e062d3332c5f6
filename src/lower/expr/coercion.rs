//! Casts that SQL writes in other ways: a type's name as a function, and a value beside a text that `||` joins.

use super::build::{failed, join_all, span_of, typed};
use super::refused::by_clock;
use super::{cast, is_error};
use crate::base::Span;
use crate::ir::{ExprKind, Type};
use crate::lower::Typed;
use crate::lower::cx::Cx;

/// Postgres's types that may be called like functions; the others are words of its grammar.
const CALLABLE: [(&str, Type); 11] = [
    ("date", Type::Date),
    ("text", Type::TEXT),
    ("int2", Type::SmallInt),
    ("int4", Type::Integer),
    ("int8", Type::BigInt),
    ("float4", Type::Real),
    ("float8", Type::Double),
    ("bool", Type::Boolean),
    ("uuid", Type::Uuid),
    ("timestamptz", Type::Timestamptz),
    ("bpchar", Type::TEXT),
];

/// The type a function's name means, where no function has the name: `date(x)` is `x :: date`.
pub(super) fn called(name: &str) -> Option<Type> {
    CALLABLE.iter().find(|(n, _)| *n == name).map(|(_, ty)| ty.clone())
}

/// The operands of `||`: a single value beside a text is joined as its text. Whole numbers and dates have overloads of their own.
pub(super) fn concatenated(a: Typed, b: Typed) -> (Typed, Typed) {
    use Type as T;
    let text = |t: &Typed| matches!(t.expr.ty, T::Text(_) | T::Unknown);
    let shown = |t: Typed| match t.expr.ty {
        T::Boolean | T::Numeric(_) | T::Real | T::Double | T::Time | T::Timestamp | T::Timestamptz | T::Interval | T::Uuid => {
            cast::cast_to(t, Type::TEXT)
        }
        _ => t,
    };
    match (text(&a), text(&b)) {
        (true, false) => (a, shown(b)),
        (false, true) => (shown(a), b),
        _ => (a, b),
    }
}

/// `age(x)`: how long ago, by the clock.
pub(super) fn age_by_the_clock(cx: &Cx<'_>, value: Typed, at: Span) -> Typed {
    let whole = span_of(at, [&value]);
    if is_error(&value.expr) {
        return failed(whole, value.facts);
    }
    cx.error(by_clock(cx, "age", whole, "write `age(run_date, x)`"));
    typed(ExprKind::Error, Type::Interval, value.expr.nullable, whole, join_all([&value]))
}
