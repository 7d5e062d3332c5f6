//! SQL's own call syntaxes (`extract(year from x)`, `substring(x from 1 for 2)`), which mean library functions.

use super::build::{constant, failed_at};
use super::call::{self, named};
use super::{cast, expr, literal, unsupported};
use crate::base::Span;
use crate::ir::{FunctionKind, Literal, Type};
use crate::lower::cx::Cx;
use crate::lower::{Scope, Typed};
use sqlparser::ast::{self, CeilFloorKind, DateTimeField, Expr as E, FunctionArg, FunctionArgExpr, Spanned, TrimWhereField};

/// Fields of a date or moment; each is a library function `extract_<field>`.
const FIELDS: [&str; 16] = [
    "year", "quarter", "month", "week", "day", "dow", "isodow", "doy", "isoyear", "hour", "minute", "second", "epoch", "decade", "century", "millennium",
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
        E::Ceil { expr: inner, field: CeilFloorKind::DateTimeField(DateTimeField::NoDateTime) } => library(cx, "ceil", vec![lower(inner)], at()),
        E::Floor { expr: inner, field: CeilFloorKind::DateTimeField(DateTimeField::NoDateTime) } => library(cx, "floor", vec![lower(inner)], at()),
        E::AtTimeZone { timestamp, time_zone } => library(cx, "timezone", vec![lower(time_zone), lower(timestamp)], at()),
        other => unsupported(cx, other, "this call", ""),
    }
}

fn library(cx: &Cx<'_>, name: &str, args: Vec<Typed>, at: Span) -> Typed {
    call::by_name(cx, name, FunctionKind::Function, args, at)
}

fn field_word(field: &DateTimeField) -> String {
    let word = field.to_string().to_ascii_lowercase();
    match word.as_str() {
        "years" | "months" | "weeks" | "days" | "hours" | "minutes" | "seconds" => word.trim_end_matches('s').into(),
        "dayofweek" => "dow".into(),
        "dayofyear" => "doy".into(),
        "isoweek" => "week".into(),
        "millenium" => "millennium".into(),
        _ => word,
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
    let values: Vec<&ast::Expr> = args
        .iter()
        .filter_map(|a| match named(a) {
            (None, FunctionArgExpr::Expr(e)) => Some(e),
            _ => None,
        })
        .collect();
    let [field, value] = values.as_slice() else {
        return super::unsupported_at(cx, at, "this form of `date_part`", "write `date_part('year', x)`");
    };
    let Some(field) = literal::text_of(field) else {
        return super::unsupported_at(cx, at, "a computed field in `date_part`", "write the field as a constant: `date_part('year', x)`");
    };
    let part = extract(cx, &field.to_ascii_lowercase(), expr(cx, scope, value), at);
    if super::is_error(&part.expr) { failed_at(at) } else { cast::cast_to(part, Type::Double) }
}
