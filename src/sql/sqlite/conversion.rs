//! How values change their type, by the functions that the embedded engine registers.

use crate::ir::{Expr, ExprKind, Literal, Type};

/// How a value changes type.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Conversion {
    /// It is stored as it should be already.
    None,
    Function(&'static str),
    /// The same, of the text inside a JSON value.
    OfJsonText(&'static str),
    /// To so many places.
    Rounded(i16),
    /// To so many characters.
    Cut(u32),
    /// A number as text, with so many places.
    Places(i16),
    Plain,
    Missing,
}

pub(super) fn conversion(operand: &Expr, ty: &Type) -> Conversion {
    use Conversion::{Cut, Function, Missing, None, OfJsonText, Places, Plain, Rounded};
    if matches!(operand.kind, ExprKind::Literal(Literal::Null)) {
        return None;
    }
    let from = &operand.ty;
    match ty {
        Type::Text(length) => match from {
            Type::Boolean => Function("pipec_boolean_text"),
            Type::Json(_) => Function("pipec_json_display"),
            Type::Array(_) => Function("pipec_array_display"),
            Type::SmallInt | Type::Integer | Type::BigInt => Plain,
            Type::Numeric(Some((_, scale))) => Places(*scale),
            Type::Numeric(_) | Type::Real | Type::Double => Function("pipec_number_text"),
            _ => length.map_or(None, Cut),
        },
        Type::SmallInt | Type::Integer | Type::BigInt if is_whole(from) => None,
        Type::SmallInt | Type::Integer | Type::BigInt if matches!(from, Type::Real | Type::Double) => Function("pipec_double_to_integer"),
        Type::Numeric(Some((_, scale))) if !matches!(from, Type::Json(_)) => Rounded(*scale),
        Type::Numeric(_) | Type::Real | Type::Double if is_whole(from) => Plain,
        Type::Numeric(_) | Type::Real | Type::Double if from.is_number() => None,
        Type::Boolean if matches!(from, Type::Boolean) => None,
        Type::Json(_) => match from {
            Type::Json(_) | Type::Array(_) => None,
            _ => Function("pipec_to_json"),
        },
        Type::Array(_) => match from {
            Type::Json(_) | Type::Array(_) => None,
            Type::Text(_) | Type::Unknown => Function("pipec_to_array"),
            _ => Missing,
        },
        _ if same_kind(ty, from) => None,
        // A constant was read while compiling, and stands as the engine keeps it.
        Type::Vector(_) if matches!(operand.kind, ExprKind::Literal(_)) => None,
        Type::Bytea => None,
        _ => match (from_text(ty), from) {
            (Some(name), Type::Json(_)) => OfJsonText(name),
            (Some(name), _) => Function(name),
            (Option::None, _) => Missing,
        },
    }
}

fn is_whole(ty: &Type) -> bool {
    matches!(ty, Type::SmallInt | Type::Integer | Type::BigInt)
}

fn same_kind(a: &Type, b: &Type) -> bool {
    std::mem::discriminant(a) == std::mem::discriminant(b)
}

pub(super) fn to_time(ty: &Type) -> &'static str {
    match ty {
        Type::Date => "pipec_to_date",
        Type::Time => "pipec_to_time",
        Type::Timestamp => "pipec_to_timestamp",
        Type::Timestamptz => "pipec_to_timestamptz",
        _ => "pipec_to_interval",
    }
}

/// The engine's function that reads a value of this type from a text, as PostgreSQL's cast does.
pub(super) fn from_text(ty: &Type) -> Option<&'static str> {
    Some(match ty {
        Type::Boolean => "pipec_to_boolean",
        Type::SmallInt | Type::Integer | Type::BigInt => "pipec_to_integer",
        Type::Numeric(_) | Type::Real | Type::Double => "pipec_to_number",
        Type::Date | Type::Time | Type::Timestamp | Type::Timestamptz | Type::Interval => to_time(ty),
        Type::Uuid => "pipec_to_uuid",
        _ => return None,
    })
}
