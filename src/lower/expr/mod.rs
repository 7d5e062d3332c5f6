//! SQL expressions to typed expressions: names and JSON paths resolved, overloads chosen, nullability and labels computed at once.
//!
//! One file per kind of construct. All share three rules: a part that failed makes the whole `Type::Error` without a second message;
//! facts join (`Facts::join`) unless a file says otherwise; an untyped text literal stays `Type::Unknown` until something decides.

mod aggregate;
mod build;
mod call;
mod case;
mod cast;
mod coercion;
mod json;
mod json_allow;
mod json_ops;
mod literal;
mod logic;
mod mask;
mod mask_arguments;
mod name;
mod overload;
mod pattern;
mod refused;
mod row;
mod special;
mod subquery;
#[cfg(test)]
mod tests;
mod time;

pub(crate) use call::rows;
pub(crate) use cast::{coerce, sql_type, to_type};
pub(crate) use json::{JsonLabels, bake, element, whole_label};
pub(crate) use mask::lower;

use crate::diag::{Code, Diagnostic};
use crate::ir::{Expr, JsonShape, Type};
use crate::lower::cx::Cx;
use crate::lower::{Scope, Typed, types};
use build::failed_at;
use pattern::Manner;
use sqlparser::ast::{self, Spanned, UnaryOperator};

/// Types an expression. Problems are reported to the context; what failed is `Type::Error`.
pub(crate) fn expr(cx: &Cx<'_>, scope: &Scope<'_>, e: &ast::Expr) -> Typed {
    use ast::Expr as E;
    if begins_with_not(e) {
        let help = "write `not (exists (…) = x)` or `(not exists (…)) = x`";
        return unsupported(cx, e, "`not exists (…)` before an operator that binds tighter than `not`", help);
    }
    match e {
        E::Nested(inner) => expr(cx, scope, inner),
        E::Identifier(name) => name::identifier(cx, scope, name),
        E::CompoundIdentifier(parts) => name::compound(cx, scope, parts),
        E::CompoundFieldAccess { root, access_chain } => name::access(cx, scope, root, access_chain),
        E::Value(value) => literal::value(cx, value),
        E::TypedString(typed) => literal::typed_string(cx, typed),
        E::Interval(interval) => literal::interval(cx, interval),
        E::BinaryOp { left, op, right } => logic::binary(cx, scope, left, op, right),
        E::UnaryOp { op: UnaryOperator::Not, expr: inner } => logic::not(cx, scope, inner),
        E::UnaryOp { op, expr: inner } => logic::unary(cx, scope, *op, inner),
        E::IsNull(inner) => logic::is_null(cx, scope, inner, false),
        E::IsNotNull(inner) => logic::is_null(cx, scope, inner, true),
        E::IsTrue(inner) => logic::is_bool(cx, scope, inner, true, false),
        E::IsNotTrue(inner) => logic::is_bool(cx, scope, inner, true, true),
        E::IsFalse(inner) => logic::is_bool(cx, scope, inner, false, false),
        E::IsNotFalse(inner) => logic::is_bool(cx, scope, inner, false, true),
        E::IsUnknown(inner) => logic::is_unknown(cx, scope, inner, false),
        E::IsNotUnknown(inner) => logic::is_unknown(cx, scope, inner, true),
        E::IsDistinctFrom(a, b) => logic::is_distinct(cx, scope, a, b, false),
        E::IsNotDistinctFrom(a, b) => logic::is_distinct(cx, scope, a, b, true),
        E::InList { expr: inner, list, negated } => logic::in_list(cx, scope, inner, list, *negated),
        E::Between { expr: inner, negated, low, high } => logic::between(cx, scope, inner, low, high, *negated),
        E::Like { negated, any, expr: inner, pattern, escape_char } => {
            let manner = Manner { escape: escape_char.as_deref(), fold: false, negated: *negated, any: *any };
            pattern::like(cx, scope, inner, pattern, manner)
        }
        E::ILike { negated, any, expr: inner, pattern, escape_char } => {
            let manner = Manner { escape: escape_char.as_deref(), fold: true, negated: *negated, any: *any };
            pattern::like(cx, scope, inner, pattern, manner)
        }
        E::SimilarTo { negated, expr: inner, pattern, escape_char } => {
            pattern::similar(cx, scope, inner, pattern, escape_char.as_deref(), *negated)
        }
        E::IsJson { expr: inner, kind, unique_keys: None, negated } => special::is_json(cx, scope, inner, kind.as_ref(), *negated),
        E::InSubquery { expr: inner, subquery, negated } => subquery::in_query(cx, scope, inner, subquery, *negated),
        E::Exists { subquery, negated } => subquery::exists(cx, scope, subquery, *negated),
        E::Subquery(q) => subquery::scalar(cx, scope, q),
        E::AnyOp { left, compare_op, right, .. } => subquery::any(cx, scope, left, compare_op, right),
        E::AllOp { left, compare_op, right } => subquery::all(cx, scope, left, compare_op, right),
        E::Cast { kind, expr: inner, data_type, format } => cast::explicit(cx, scope, kind, inner, data_type, format.is_some()),
        E::Case { operand, conditions, else_result, case_token, end_token } => {
            let at = cx.span(case_token.0.span.union(&end_token.0.span));
            case::case(cx, scope, operand.as_deref(), conditions, else_result.as_deref(), at)
        }
        E::Function(function) => call::function(cx, scope, function),
        E::Array(array) => logic::array(cx, scope, array),
        E::Tuple(items) => row::alone(cx, scope, items),
        E::Extract { .. }
        | E::Substring { .. }
        | E::Position { .. }
        | E::Trim { .. }
        | E::Overlay { .. }
        | E::Ceil { .. }
        | E::Floor { .. }
        | E::AtTimeZone { .. } => special::special(cx, scope, e),
        _ => refused::construct(cx, e),
    }
}

/// A column that `*` shows, as an expression.
pub(crate) fn shown(cx: &Cx<'_>, scope: &Scope<'_>, shown: &crate::lower::Shown, at: crate::base::Span) -> Typed {
    name::shown(cx, scope, shown, at)
}

/// `a = b`
pub(crate) fn equal(cx: &Cx<'_>, a: Typed, b: Typed) -> Typed {
    let equal = logic::operator(cx, &ast::BinaryOperator::Eq, a, b);
    if matches!(equal.expr.ty, Type::Error | Type::Boolean) { equal } else { coerce(cx, equal, &Type::Boolean) }
}

/// Whether the SQL parser took `not exists (…) = x` for `(not exists (…)) = x`; for PostgreSQL it is `not (exists (…) = x)`.
fn begins_with_not(e: &ast::Expr) -> bool {
    use ast::Expr as E;
    let left = match e {
        E::BinaryOp { op: ast::BinaryOperator::And | ast::BinaryOperator::Or, .. } => return false,
        E::BinaryOp { left, .. } | E::IsDistinctFrom(left, _) | E::IsNotDistinctFrom(left, _) => left,
        E::AnyOp { left, .. } | E::AllOp { left, .. } => left,
        E::InList { expr, .. }
        | E::InSubquery { expr, .. }
        | E::Between { expr, .. }
        | E::Cast { kind: ast::CastKind::DoubleColon, expr, .. } => expr,
        E::IsNull(e) | E::IsNotNull(e) | E::IsTrue(e) | E::IsNotTrue(e) | E::IsFalse(e) | E::IsNotFalse(e) => e,
        E::IsUnknown(e) | E::IsNotUnknown(e) => e,
        _ => return false,
    };
    matches!(**left, E::Exists { negated: true, .. })
}

/// The type two values take where they must have one: `union`, `case`, `coalesce`. As Postgres resolves it.
pub(crate) fn common_type(cx: &Cx<'_>, a: &Type, b: &Type) -> Option<Type> {
    if let (Type::Json(x), Type::Json(y)) = (a, b) {
        return Some(Type::Json(common_shape(cx, x, y)));
    }
    types::common(a, b)
}

fn common_shape(cx: &Cx<'_>, a: &JsonShape, b: &JsonShape) -> JsonShape {
    match (a, b) {
        _ if a == b => a.clone(),
        (JsonShape::Object(x, _), JsonShape::Object(y, _)) if x == y => {
            let label = |shape| whole_label(cx, shape).unwrap_or_default();
            JsonShape::Object(*x, Some(label(a).join(&label(b))))
        }
        (JsonShape::Array(x), JsonShape::Array(y)) => JsonShape::Array(Box::new(common_shape(cx, x, y))),
        _ => JsonShape::Any,
    }
}

/// Reports a construct no rule covers.
fn unsupported(cx: &Cx<'_>, e: &ast::Expr, what: &str, help: &str) -> Typed {
    let at = cx.span(e.span());
    unsupported_at(cx, at, what, help)
}

fn unsupported_at(cx: &Cx<'_>, at: crate::base::Span, what: &str, help: &str) -> Typed {
    let mut problem = Diagnostic::error(Code::SqlUnsupported, at, format!("{what} is not supported"));
    if !help.is_empty() {
        problem = problem.help(help);
    }
    cx.error(problem);
    failed_at(at)
}

/// Whether it failed earlier.
fn is_error(e: &Expr) -> bool {
    matches!(e.ty, Type::Error)
}
