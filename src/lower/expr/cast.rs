use super::build::{failed, failed_at, typed};
use super::{expr, is_error, literal, unsupported_at};
use crate::diag::{Code, Diagnostic};
use crate::ir::{ExprKind, Literal, Type};
use crate::lower::cx::Cx;
use crate::lower::{Scope, Typed, types};
use sqlparser::ast::{ArrayElemTypeDef, CastKind, CharacterLength, DataType, ExactNumberInfo, Expr as E, TimezoneInfo};

/// A value where exactly this type is needed (a contract, a typed column): converted by itself when Postgres would, else P0208.
pub(crate) fn coerce(cx: &Cx<'_>, value: Typed, to: &Type) -> Typed {
    convert(cx, value, to, true)
}

/// A value where this type is expected (an operand, a branch of a union): as [`coerce`], but no cast is written where every dialect
/// stores both alike; its own type stays.
pub(super) fn adapt(cx: &Cx<'_>, value: Typed, to: &Type) -> Typed {
    convert(cx, value, to, false)
}

fn convert(cx: &Cx<'_>, value: Typed, to: &Type, exact: bool) -> Typed {
    let from = &value.expr.ty;
    if from == to || *to == Type::Error || is_error(&value.expr) {
        return value;
    }
    if *from == Type::Unknown {
        return literal::decide(cx, value, to);
    }
    if !types::implicit(from, to) {
        return mismatch(cx, value, to);
    }
    if matches!((from, to), (Type::Json(_), Type::Json(_)) | (_, Type::Any)) || (!exact && types::same_storage(from, to)) {
        return value;
    }
    cast_to(value, to.clone())
}

fn mismatch(cx: &Cx<'_>, value: Typed, to: &Type) -> Typed {
    let (from, at) = (&value.expr.ty, value.expr.at);
    let problem = Diagnostic::error(Code::TypeMismatch, at, format!("`{to}` is needed here, and this is `{from}`"));
    let problem = if types::explicit(from, to) { problem.help(format!("write `… :: {to}` when that is meant")) } else { problem };
    cx.error(problem);
    failed(at, value.facts)
}

/// A cast that is known to be allowed.
pub(super) fn cast_to(value: Typed, to: Type) -> Typed {
    let (at, nullable) = (value.expr.at, value.expr.nullable);
    let mut facts = value.facts;
    facts.intact = facts.intact.filter(|_| types::keeps_value(&value.expr.ty, &to));
    typed(ExprKind::Cast(Box::new(value.expr)), to, nullable, at, facts)
}

/// A truth value: what `where`, `on`, `and`, `case when` take.
pub(super) fn condition(cx: &Cx<'_>, value: Typed) -> Typed {
    adapt(cx, value, &Type::Boolean)
}

/// An untyped literal that nothing decides is text, as in an output column.
pub(super) fn settle(value: Typed) -> Typed {
    settle_as(value, &Type::TEXT)
}

/// The same with another type for what is undecided; literals are not read as it.
pub(super) fn settle_as(mut value: Typed, ty: &Type) -> Typed {
    if value.expr.ty == Type::Unknown {
        value.expr.ty = ty.clone();
    }
    value
}

/// `cast(a as t)`, `a :: t`
pub(super) fn explicit(cx: &Cx<'_>, scope: &Scope<'_>, kind: &CastKind, inner: &E, target: &DataType, format: bool) -> Typed {
    let value = expr(cx, scope, inner);
    let at = value.expr.at;
    if format || !matches!(kind, CastKind::Cast | CastKind::DoubleColon) {
        return unsupported_at(cx, at, "a cast that tries or formats", "use `try_integer`, `try_numeric`, `fhir_date` or `to_date`");
    }
    let Some(to) = sql_type(target) else {
        cx.error(Diagnostic::error(Code::SqlUnsupported, at, format!("the type `{target}` is not supported")));
        return failed(at, value.facts);
    };
    to_type(cx, value, to)
}

/// An explicit cast of a value.
pub(crate) fn to_type(cx: &Cx<'_>, value: Typed, to: Type) -> Typed {
    let (from, at) = (&value.expr.ty, value.expr.at);
    match (from, &to) {
        (Type::Error, _) => value,
        (Type::Unknown, _) => explicit_literal(cx, value, &to),
        (Type::Json(_), Type::Json(_)) => value,
        _ if *from == to => value,
        _ if types::explicit(from, &to) => cast_to(value, to),
        _ => {
            let problem = Diagnostic::error(Code::TypeMismatch, at, format!("`{from}` can't be cast to `{to}`"));
            cx.error(match from {
                Type::Json(_) => problem.help("take the text out first: a path, `->> 'key'` or `#>> '{}'`"),
                _ => problem,
            });
            failed(at, value.facts)
        }
    }
}

/// `'2024-01-01' :: date` is read while compiling; `null :: date` stays a cast, so that every dialect knows its type.
fn explicit_literal(cx: &Cx<'_>, value: Typed, to: &Type) -> Typed {
    let value = match (&value.expr.kind, to) {
        (ExprKind::Literal(Literal::Null), _) => return cast_to(settle(value), to.clone()),
        // Longer than the column: SQL cuts.
        (_, Type::Text(Some(_))) => return cast_to(settle(value), to.clone()),
        _ => literal::decide(cx, value, to),
    };
    // A bare number would be taken for another type of number where it is printed.
    let value = match (&value.expr.kind, to) {
        (ExprKind::Literal(Literal::Number(_)), Type::SmallInt | Type::BigInt) => literal_of(value, Type::Integer),
        (ExprKind::Literal(Literal::Number(_)), Type::Real | Type::Double) => literal_of(value, Type::Numeric(None)),
        _ => value,
    };
    if value.expr.ty == *to { value } else { cast_to(value, to.clone()) }
}

fn literal_of(mut value: Typed, ty: Type) -> Typed {
    value.expr.ty = ty;
    value
}

/// The type a SQL type name means. `None`: no type of ours.
pub(crate) fn sql_type(written: &DataType) -> Option<Type> {
    use DataType as D;
    Some(match written {
        D::Boolean | D::Bool => Type::Boolean,
        D::SmallInt(_) | D::Int2(_) => Type::SmallInt,
        D::Integer(_) | D::Int(_) | D::Int4(_) => Type::Integer,
        D::BigInt(_) | D::Int8(_) | D::Int64 => Type::BigInt,
        D::Numeric(digits) | D::Decimal(digits) | D::Dec(digits) => Type::Numeric(precision(digits)?),
        D::Real | D::Float4 => Type::Real,
        D::DoublePrecision | D::Double(_) | D::Float8 | D::Float(_) | D::Float64 => Type::Double,
        D::Text | D::String(None) => Type::TEXT,
        D::Varchar(n) | D::CharacterVarying(n) | D::CharVarying(n) => Type::Text(length(n.as_ref())),
        D::Char(n) | D::Character(n) => Type::Text(length(n.as_ref()).or(Some(1))),
        D::Date => Type::Date,
        D::Time(_, TimezoneInfo::None | TimezoneInfo::WithoutTimeZone) => Type::Time,
        D::Timestamp(_, TimezoneInfo::None | TimezoneInfo::WithoutTimeZone) => Type::Timestamp,
        D::Timestamp(_, _) => Type::Timestamptz,
        D::Interval { fields: None, .. } => Type::Interval,
        D::Uuid => Type::Uuid,
        D::Bytea => Type::Bytea,
        D::JSON | D::JSONB => Type::JSON,
        D::Custom(name, length) if name.to_string().eq_ignore_ascii_case("vector") => vector(length)?,
        D::Array(ArrayElemTypeDef::SquareBracket(of, _) | ArrayElemTypeDef::AngleBracket(of)) => Type::Array(Box::new(sql_type(of)?)),
        _ => return None,
    })
}

/// `vector(384)`: how many numbers is a part of it.
fn vector(length: &[String]) -> Option<Type> {
    match length {
        [n] => n.parse().ok().filter(|n| (1..=Type::LONGEST_VECTOR).contains(n)).map(|n| Type::Vector(Some(n))),
        _ => None,
    }
}

fn length(n: Option<&CharacterLength>) -> Option<u32> {
    match n {
        Some(CharacterLength::IntegerLength { length, .. }) => u32::try_from(*length).ok(),
        _ => None,
    }
}

/// `None` when the digits make no type.
#[expect(clippy::option_option, reason = "the outer one says whether there is a type, the inner whether it has digits")]
fn precision(digits: &ExactNumberInfo) -> Option<Option<(u16, i16)>> {
    match digits {
        ExactNumberInfo::None => Some(None),
        ExactNumberInfo::Precision(p) => Some(Some((u16::try_from(*p).ok()?, 0))),
        ExactNumberInfo::PrecisionAndScale(p, s) => Some(Some((u16::try_from(*p).ok()?, i16::try_from(*s).ok()?))),
    }
}

/// Values brought to one type; `None` after reporting that they have none. `what` says what they belong to.
pub(super) fn unify(cx: &Cx<'_>, values: Vec<Typed>, what: &str) -> Option<(Vec<Typed>, Type)> {
    let mut values_of = values.iter();
    let mut ty = values_of.next().map_or(Type::Unknown, |v| v.expr.ty.clone());
    if ty == Type::Error {
        return None;
    }
    for value in values_of {
        match super::common_type(cx, &ty, &value.expr.ty) {
            Some(Type::Error) => return None,
            Some(wider) => ty = wider,
            None => {
                let problem = Diagnostic::error(Code::TypeMismatch, value.expr.at, format!("{what} mixes `{ty}` and `{}`", value.expr.ty));
                cx.error(problem.help("cast one side with `::`"));
                return None;
            }
        }
    }
    if ty == Type::Unknown {
        ty = Type::TEXT;
    }
    let values: Vec<Typed> =
        values.into_iter().map(|v| if matches!(ty, Type::Json(_)) && v.expr.ty != Type::Unknown { v } else { adapt(cx, v, &ty) }).collect();
    if values.iter().any(|v| is_error(&v.expr)) { None } else { Some((values, ty)) }
}

/// Two values brought to one type.
pub(super) fn unify_pair(cx: &Cx<'_>, a: Typed, b: Typed, what: &str) -> Result<(Typed, Typed), Box<Typed>> {
    let at = a.expr.at.to(b.expr.at);
    let facts = a.facts.join(&b.facts);
    let Some((values, _)) = unify(cx, vec![a, b], what) else { return Err(Box::new(failed(at, facts))) };
    let mut values = values.into_iter();
    match (values.next(), values.next()) {
        (Some(a), Some(b)) => Ok((a, b)),
        _ => Err(Box::new(failed_at(at))),
    }
}
