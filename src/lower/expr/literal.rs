use super::build::{constant, failed_at, typed};
use super::{cast, time, unsupported_at};
use crate::base::Span;
use crate::diag::{Code, Diagnostic};
use crate::ir::{Expr, ExprKind, Literal, Type, vector_text};
use crate::lower::cx::Cx;
use crate::lower::{Facts, Typed, types};
use sqlparser::ast::{self, Expr as E, Spanned, Value};
use std::sync::Arc;

/// A constant.
pub(super) fn value(cx: &Cx<'_>, written: &ast::ValueWithSpan) -> Typed {
    let at = cx.span(written.span);
    match &written.value {
        Value::Null => constant(Literal::Null, Type::Unknown, at),
        Value::Boolean(b) => constant(Literal::Boolean(*b), Type::Boolean, at),
        Value::Number(digits, false) => number(cx, digits, at),
        Value::Placeholder(name) => {
            unsupported_at(cx, at, &format!("the placeholder `{name}`"), "write the value, or `run_date` for the day of the build")
        }
        other => match plain_text(other) {
            Some(text) => constant(Literal::Text(text.into()), Type::Unknown, at),
            None => unsupported_at(cx, at, "this kind of literal", "write a plain text `'…'` or a number"),
        },
    }
}

fn plain_text(value: &Value) -> Option<&str> {
    match value {
        Value::SingleQuotedString(text)
        | Value::EscapedStringLiteral(text)
        | Value::UnicodeStringLiteral(text)
        | Value::NationalStringLiteral(text) => Some(text),
        Value::DollarQuotedString(quoted) => Some(&quoted.value),
        _ => None,
    }
}

/// As Postgres: `integer` when it fits, then `bigint`, else `numeric`.
fn number(cx: &Cx<'_>, digits: &str, at: Span) -> Typed {
    // `1_000_000`
    let plain = digits.replace('_', "");
    let digits = plain.as_str();
    let ty = if digits.bytes().all(|b| b.is_ascii_digit()) {
        match digits.parse::<i64>() {
            Ok(n) if i32::try_from(n).is_ok() => Type::Integer,
            Ok(_) => Type::BigInt,
            Err(_) => Type::Numeric(None),
        }
    } else if digits.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E' | b'+' | b'-')) {
        Type::Numeric(None)
    } else {
        return unsupported_at(cx, at, &format!("the number `{digits}`"), "");
    };
    constant(Literal::Number(digits.into()), ty, at)
}

/// `-5` is one constant, so that it can be a default, an index, a bound.
pub(super) fn negated(value: &Typed) -> Option<Typed> {
    let ExprKind::Literal(Literal::Number(digits)) = &value.expr.kind else { return None };
    let text = digits.strip_prefix('-').map_or_else(|| format!("-{digits}"), String::from);
    Some(constant(Literal::Number(text.into()), value.expr.ty.clone(), value.expr.at))
}

/// Without parentheses.
pub(super) fn peel(mut e: &E) -> &E {
    while let E::Nested(inner) = e {
        e = inner;
    }
    e
}

/// The text of a written text literal.
pub(super) fn text_of(e: &E) -> Option<&str> {
    match peel(e) {
        E::Value(v) => plain_text(&v.value),
        _ => None,
    }
}

/// The text of a typed text literal.
pub(super) fn text_in(e: &Expr) -> Option<Arc<str>> {
    match &e.kind {
        ExprKind::Literal(Literal::Text(text)) => Some(text.clone()),
        _ => None,
    }
}

/// The value of an integer literal.
pub(super) fn integer_of(e: &Expr) -> Option<i64> {
    match &e.kind {
        ExprKind::Literal(Literal::Number(digits)) => digits.parse().ok(),
        _ => None,
    }
}

/// `date '2024-01-01'`
pub(super) fn typed_string(cx: &Cx<'_>, written: &ast::TypedString) -> Typed {
    let text = value(cx, &written.value);
    match cast::sql_type(&written.data_type) {
        Some(ty) => cast::to_type(cx, text, ty),
        None => unsupported_at(cx, text.expr.at, &format!("the type `{}`", written.data_type), ""),
    }
}

/// `interval '30 days'`, `interval '1' day`
pub(super) fn interval(cx: &Cx<'_>, written: &ast::Interval) -> Typed {
    let at = cx.span(written.value.span());
    let Some(text) = text_of(&written.value) else {
        return unsupported_at(cx, at, "a computed interval", "multiply: `n * interval '1 day'`");
    };
    let unit = written.leading_field.as_ref().map(|f| f.to_string().to_lowercase());
    if written.last_field.is_some() {
        return unsupported_at(cx, at, "an interval of two fields", "write `interval '1 day 2 hours'`");
    }
    let whole = unit.map_or_else(|| String::from(text), |unit| format!("{text} {unit}"));
    read(cx, &whole, &Type::Interval, at)
}

/// An untyped literal becomes what its place needs. A text is read while compiling; a wrong one is P0208.
pub(super) fn decide(cx: &Cx<'_>, value: Typed, to: &Type) -> Typed {
    let at = value.expr.at;
    match (&value.expr.kind, to) {
        (_, Type::Any) => cast::settle(value),
        (ExprKind::Literal(Literal::Text(text)), Type::Text(limit)) => match limit {
            Some(n) if text.chars().count() > *n as usize => too_long(cx, *n, at),
            _ => cast::settle(value),
        },
        (ExprKind::Literal(Literal::Text(text)), _) => {
            let text = text.clone();
            read(cx, &text, to, at)
        }
        _ => cast::settle_as(value, to),
    }
}

fn too_long(cx: &Cx<'_>, limit: u32, at: Span) -> Typed {
    cx.error(Diagnostic::error(Code::TypeMismatch, at, format!("this text is longer than the {limit} characters of its place")));
    failed_at(at)
}

/// Reads a text as another type.
fn read(cx: &Cx<'_>, text: &str, to: &Type, at: Span) -> Typed {
    let trimmed = text.trim();
    let kept = |text: &str| {
        let inner = constant(Literal::Text(text.into()), Type::TEXT, at);
        Some(typed(ExprKind::Cast(Box::new(inner.expr)), to.clone(), false, at, Facts::default()))
    };
    let made = match to {
        Type::Boolean => boolean(trimmed).map(|b| constant(Literal::Boolean(b), Type::Boolean, at)),
        Type::SmallInt | Type::Integer | Type::BigInt => {
            let fits = |n: i64| match to {
                Type::SmallInt => i16::try_from(n).is_ok(),
                Type::Integer => i32::try_from(n).is_ok(),
                _ => true,
            };
            let n = trimmed.parse::<i64>().ok().filter(|n| fits(*n));
            n.map(|n| constant(Literal::Number(n.to_string().into()), to.clone(), at))
        }
        Type::Numeric(_) | Type::Real | Type::Double => {
            is_decimal(trimmed).then(|| constant(Literal::Number(trimmed.into()), types::bare(to), at))
        }
        Type::Date => time::is_date(trimmed).then(|| kept(trimmed)).flatten(),
        Type::Time => time::is_time(trimmed).then(|| kept(trimmed)).flatten(),
        // As in Postgres, a zone says nothing where none is kept.
        Type::Timestamp => time::moment(trimmed).and_then(|m| kept(m.local)),
        Type::Timestamptz => time::moment(trimmed).and_then(|m| kept(&m.in_utc(trimmed))),
        Type::Interval => time::interval(trimmed).map(|i| constant(i, Type::Interval, at)),
        Type::Uuid => is_uuid(trimmed).then(|| kept(&trimmed.to_ascii_lowercase())).flatten(),
        Type::Json(_) => serde_json::from_str::<serde_json::Value>(text).ok().and_then(|_| kept(text)),
        Type::Bytea => kept(text),
        Type::Vector(length) => vector_text(trimmed, *length).and_then(|(text, count)| {
            let mut made = kept(&text)?;
            made.expr.ty = Type::Vector(Some(count));
            Some(made)
        }),
        Type::Array(_) => text.trim().starts_with('{').then(|| kept(trimmed)).flatten(),
        _ => None,
    };
    made.unwrap_or_else(|| unreadable(cx, text, to, at))
}

fn unreadable(cx: &Cx<'_>, text: &str, to: &Type, at: Span) -> Typed {
    let problem = Diagnostic::error(Code::TypeMismatch, at, format!("`'{text}'` is no `{to}`"));
    cx.error(match to {
        Type::Date => problem.help("write dates as `'2024-12-31'`"),
        Type::Timestamp | Type::Timestamptz => problem.help("write moments as `'2024-12-31 23:59:59'`, with a zone for `timestamptz`"),
        Type::Vector(_) => problem.help("write vectors as `'[0.1,0.2,0.3]'`, with as many numbers as the type says"),
        Type::Interval => problem.help("write intervals as `'1 year 2 months 3 days 4 hours'`"),
        _ => problem,
    });
    failed_at(at)
}

fn boolean(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "t" | "true" | "y" | "yes" | "on" | "1" => Some(true),
        "f" | "false" | "n" | "no" | "off" | "0" => Some(false),
        _ => None,
    }
}

fn is_decimal(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E' | b'+' | b'-'))
        && text.parse::<f64>().is_ok_and(f64::is_finite)
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36 && text.bytes().enumerate().all(|(i, b)| if matches!(i, 8 | 13 | 18 | 23) { b == b'-' } else { b.is_ascii_hexdigit() })
}
