use super::build::failed_at;
use super::json::{self, Step};
use super::{call, cast, expr, literal, unsupported_at};
use crate::base::Span;
use crate::ir::{ExprKind, FunctionKind};
use crate::lower::cx::Cx;
use crate::lower::{Scope, Typed};
use sqlparser::ast::{BinaryOperator as Op, Expr as E};

/// `->`, `->>`, `#>`, `#>>`. `None` for other operators.
pub(super) fn operator(cx: &Cx<'_>, scope: &Scope<'_>, left: &E, op: &Op, right: &E) -> Option<Typed> {
    let (text, path) = match op {
        Op::Arrow => (false, false),
        Op::LongArrow => (true, false),
        Op::HashArrow => (false, true),
        Op::HashLongArrow => (true, true),
        _ => return None,
    };
    let base = cast::settle(expr(cx, scope, left));
    let key = expr(cx, scope, right);
    if super::is_error(&base.expr) || super::is_error(&key.expr) {
        return Some(failed_at(base.expr.at.to(key.expr.at)));
    }
    if path && text && literal::text_in(&key.expr).as_deref() == Some("{}") {
        let at = base.expr.at.to(key.expr.at);
        return Some(call::by_name(cx, "json_text", FunctionKind::Function, vec![base], at));
    }
    let steps = if path { path_steps(cx, &key) } else { vec![single(key)] };
    if steps.is_empty() {
        return Some(failed_at(base.expr.at));
    }
    let picked = json::picked(cx, scope, &base);
    Some(if text { json::long_arrow(cx, base, steps, picked) } else { json::arrow(cx, base, steps, picked) })
}

fn single(key: Typed) -> (Step, Span) {
    let at = key.expr.at;
    let step = match (literal::text_in(&key.expr), literal::integer_of(&key.expr)) {
        (Some(name), _) => Step::Field(name),
        (None, Some(n)) => Step::Index(n),
        (None, None) => Step::Computed(Box::new(key)),
    };
    (step, at)
}

/// `'{item,0,linkId}'`: digits are indexes.
fn path_steps(cx: &Cx<'_>, key: &Typed) -> Vec<(Step, Span)> {
    let at = key.expr.at;
    if let ExprKind::Array(items) = &key.expr.kind
        && let Some(texts) = items.iter().map(literal::text_in).collect::<Option<Vec<_>>>().filter(|t| !t.is_empty())
    {
        return texts.iter().map(|part| (step(part), at)).collect();
    }
    let written = literal::text_in(&key.expr);
    let Some(inner) = written.as_deref().and_then(|t| t.strip_prefix('{')?.strip_suffix('}')).filter(|t| !t.is_empty() && !t.contains('"'))
    else {
        unsupported_at(cx, at, "this JSON path", "write the path as a constant, `'{a,0,b}'`, or as `-> 'a' -> 0 -> 'b'`");
        return Vec::new();
    };
    inner.split(',').map(|part| (step(part.trim()), at)).collect()
}

/// Digits are indexes.
fn step(part: &str) -> Step {
    match part.parse::<i64>() {
        Ok(n) => Step::Index(n),
        Err(_) => Step::Field(part.into()),
    }
}
