//! SQL's own call syntaxes (`extract(year from x)`, `substring(x from 1 for 2)`), which mean library functions.

use super::build::constant;
use super::call;
use super::{cast, expr, literal, unsupported};
use crate::base::Span;
use crate::ir::{FunctionKind, Literal, Type};
use crate::lower::cx::Cx;
use crate::lower::{Scope, Typed};
use sqlparser::ast::{CeilFloorKind, DateTimeField, Expr as E, FunctionArg, FunctionArgExpr, JsonPredicateType, Spanned, TrimWhereField};

/// Fields of a date or moment; each is a library function `extract_<field>`.
const FIELDS: [&str; 19] = [
    "year",
    "quarter",
    "month",
    "week",
    "day",
    "dow",
    "isodow",
    "doy",
    "isoyear",
    "hour",
    "minute",
    "second",
    "epoch",
    "century",
    "decade",
    "millennium",
    "milliseconds",
    "microseconds",
    "julian",
];

/// What a moment can be cut to; each is a library function `date_trunc_<field>`.
const TRUNCATED: [&str; 13] = [
    "year",
    "quarter",
    "month",
    "week",
    "day",
    "hour",
    "minute",
    "second",
    "decade",
    "century",
    "millennium",
    "milliseconds",
    "microseconds",
];

/// One of the special syntaxes.
pub(super) fn special(cx: &Cx<'_>, scope: &Scope<'_>, e: &E) -> Typed {
    let lower = |e: &E| expr(cx, scope, e);
    let at = || cx.span(e.span());
    match e {
        E::Extract { field, expr: inner, .. } => extract(cx, &field_word(field), lower(inner), at()),
        E::Substring { expr: inner, substring_from, substring_for, .. } => {
            let start = substring_from.as_deref().map_or_else(|| constant(Literal::Number("1".into()), Type::Integer, cx.here), lower);
            let mut args = vec![lower(inner), start];
            args.extend(substring_for.as_deref().map(lower));
            library(cx, "substring", args, at())
        }
        E::Position { expr: needle, r#in: hay } => library(cx, "strpos", vec![lower(hay), lower(needle)], at()),
        E::Trim { trim_where, trim_what, expr: inner, trim_characters } => {
            let name = match trim_where {
                None | Some(TrimWhereField::Both) => "trim",
                Some(TrimWhereField::Leading) => "ltrim",
                Some(TrimWhereField::Trailing) => "rtrim",
            };
            let what = trim_what.as_deref().into_iter().chain(trim_characters.iter().flatten());
            let args = std::iter::once(inner.as_ref()).chain(what).map(lower).collect();
            library(cx, name, args, at())
        }
        E::Overlay { expr: inner, overlay_what, overlay_from, overlay_for } => {
            let args = [inner, overlay_what, overlay_from].into_iter().chain(overlay_for).map(|e| lower(e)).collect();
            library(cx, "overlay", args, at())
        }
        E::Ceil { expr: inner, field: CeilFloorKind::DateTimeField(DateTimeField::NoDateTime) } => {
            library(cx, "ceil", vec![lower(inner)], at())
        }
        E::Floor { expr: inner, field: CeilFloorKind::DateTimeField(DateTimeField::NoDateTime) } => {
            library(cx, "floor", vec![lower(inner)], at())
        }
        E::AtTimeZone { timestamp, time_zone } => library(cx, "timezone", vec![lower(time_zone), lower(timestamp)], at()),
        other => unsupported(cx, other, "this call", ""),
    }
}

/// `x is json`, `x is json object`, …
pub(super) fn is_json(cx: &Cx<'_>, scope: &Scope<'_>, inner: &E, kind: Option<&JsonPredicateType>, negated: bool) -> Typed {
    let name = match kind {
        None | Some(JsonPredicateType::Value) => "is_json",
        Some(JsonPredicateType::Scalar) => "is_json_scalar",
        Some(JsonPredicateType::Array) => "is_json_array",
        Some(JsonPredicateType::Object) => "is_json_object",
    };
    let value = expr(cx, scope, inner);
    let at = value.expr.at;
    let found = library(cx, name, vec![value], at);
    if negated { super::logic::negate(found) } else { found }
}

fn library(cx: &Cx<'_>, name: &str, args: Vec<Typed>, at: Span) -> Typed {
    call::by_name(cx, name, FunctionKind::Function, args, at)
}

fn field_word(field: &DateTimeField) -> String {
    let word = field.to_string().to_ascii_lowercase();
    let word = word.trim_matches('\'');
    match word {
        "years" | "months" | "weeks" | "days" | "hours" | "minutes" | "seconds" => word.trim_end_matches('s').into(),
        "dayofweek" => "dow".into(),
        "dayofyear" => "doy".into(),
        "isoweek" => "week".into(),
        "millisecond" | "microsecond" => format!("{word}s"),
        "decades" => "decade".into(),
        _ => word.into(),
    }
}

fn extract(cx: &Cx<'_>, field: &str, value: Typed, at: Span) -> Typed {
    if !FIELDS.contains(&field) {
        let help = format!("fields are {}", FIELDS.map(|f| format!("`{f}`")).join(", "));
        return super::unsupported_at(cx, at, &format!("the field `{field}`"), &help);
    }
    library(cx, &format!("extract_{field}"), vec![value], at)
}

/// `date_part('year', x)`: `extract`, as a double.
pub(super) fn date_part(cx: &Cx<'_>, scope: &Scope<'_>, args: &[FunctionArg], at: Span) -> Typed {
    match field_and_value(cx, scope, "date_part", args, at) {
        Ok((field, value)) => {
            let part = extract(cx, &field, value, at);
            if super::is_error(&part.expr) { part } else { cast::cast_to(part, Type::Double) }
        }
        Err(failed) => *failed,
    }
}

/// `date_trunc('month', x)`
pub(super) fn date_trunc(cx: &Cx<'_>, scope: &Scope<'_>, args: &[FunctionArg], at: Span) -> Typed {
    // In a zone: its clock is cut, and shows the moment again.
    if let [field, value, FunctionArg::Unnamed(FunctionArgExpr::Expr(zone))] = args {
        let zone = expr(cx, scope, zone);
        return match field_and_value(cx, scope, "date_trunc", &[field.clone(), value.clone()], at) {
            Ok((field, _)) if !TRUNCATED.contains(&field.as_str()) => unknown_cut(cx, &field, at),
            Ok((field, value)) => {
                let clock = library(cx, "timezone", vec![zone.clone(), value], at);
                let cut = library(cx, &format!("date_trunc_{field}"), vec![clock], at);
                library(cx, "timezone", vec![zone, cut], at)
            }
            Err(failed) => *failed,
        };
    }
    match field_and_value(cx, scope, "date_trunc", args, at) {
        Ok((field, _)) if !TRUNCATED.contains(&field.as_str()) => unknown_cut(cx, &field, at),
        Ok((field, value)) => library(cx, &format!("date_trunc_{field}"), vec![value], at),
        Err(failed) => *failed,
    }
}

fn unknown_cut(cx: &Cx<'_>, field: &str, at: Span) -> Typed {
    let help = format!("fields are {}", TRUNCATED.map(|f| format!("`{f}`")).join(", "));
    super::unsupported_at(cx, at, &format!("`date_trunc` to `{field}`"), &help)
}

/// The arguments of `f('year', x)`; the field is a word, whatever it is written as.
fn field_and_value(cx: &Cx<'_>, scope: &Scope<'_>, name: &str, args: &[FunctionArg], at: Span) -> Result<(String, Typed), Box<Typed>> {
    let [FunctionArg::Unnamed(FunctionArgExpr::Expr(field)), FunctionArg::Unnamed(FunctionArgExpr::Expr(value))] = args else {
        return Err(Box::new(super::unsupported_at(cx, at, &format!("this form of `{name}`"), &format!("write `{name}('month', x)`"))));
    };
    match literal::text_of(field) {
        Some(field) => Ok((field.trim().to_ascii_lowercase(), expr(cx, scope, value))),
        None => {
            let help = format!("write the field as a constant: `{name}('month', x)`");
            Err(Box::new(super::unsupported_at(cx, at, &format!("a computed field in `{name}`"), &help)))
        }
    }
}
