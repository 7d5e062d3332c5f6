//! Rows: `(a, b) = (c, d)` and its kin are taken apart into what they mean for single values, so that every dialect compares them alike.

use super::build::{failed_at, typed};
use super::logic::{junction, negate, operator};
use super::{call, cast, expr, literal, unsupported, unsupported_at};
use crate::base::Span;
use crate::diag::{Code, Diagnostic};
use crate::ir::{ExprKind, FunctionKind, Type};
use crate::lower::cx::Cx;
use crate::lower::{Scope, Typed};
use sqlparser::ast::{self, BinaryOperator as Op, Expr as E, Spanned};

/// The items of `(a, b)` or `row(a, b)`.
pub(super) fn items(e: &E) -> Option<Vec<&E>> {
    match literal::peel(e) {
        E::Tuple(items) => Some(items.iter().collect()),
        E::Function(f) if f.over.is_none() && f.name.to_string().eq_ignore_ascii_case("row") => call::list(f)?
            .iter()
            .map(|arg| match arg {
                ast::FunctionArg::Unnamed(ast::FunctionArgExpr::Expr(e)) => Some(e),
                _ => None,
            })
            .collect(),
        _ => None,
    }
}

/// A row that is counted: `count(distinct (a, b))`.
pub(super) fn counted(cx: &Cx<'_>, scope: &Scope<'_>, row: &[&E]) -> Typed {
    let values: Vec<Typed> = row.iter().map(|e| cast::settle(expr(cx, scope, e))).collect();
    let facts = super::build::join_all(&values);
    let at = super::build::span_of(values.first().map_or(cx.here, |v| v.expr.at), &values);
    if values.iter().any(|v| super::is_error(&v.expr)) {
        return failed_at(at);
    }
    typed(ExprKind::Row(super::build::exprs(values)), Type::Any, false, at, facts)
}

/// A row outside a comparison.
pub(super) fn alone(cx: &Cx<'_>, scope: &Scope<'_>, items: &[E]) -> Typed {
    let at = items.first().map_or(cx.here, |e| expr(cx, scope, e).expr.at);
    unsupported_at(cx, at, "a row as a value", "compare rows with `=` or `in`, or name the columns one by one")
}

fn pairs(cx: &Cx<'_>, scope: &Scope<'_>, a: &[&E], op: &Op, b: &[&E]) -> Vec<Typed> {
    a.iter().zip(b).map(|(x, y)| operator(cx, op, expr(cx, scope, x), expr(cx, scope, y))).collect()
}

/// Reports rows of different lengths.
fn unlike(cx: &Cx<'_>, a: &[&E], b: &[&E]) -> Option<Typed> {
    if a.len() == b.len() {
        return None;
    }
    let at = a.first().map_or(cx.here, |e| cx.span(e.span()));
    cx.error(Diagnostic::error(Code::ColumnCount, at, format!("a row of {} is compared with a row of {}", a.len(), b.len())));
    Some(failed_at(at))
}

/// `(a, b) < (c, d)` means `a < c or (a = c and b < d)`, with NULLs too.
pub(super) fn comparison(cx: &Cx<'_>, scope: &Scope<'_>, a: &[&E], op: &Op, b: &[&E]) -> Typed {
    if let Some(failed) = unlike(cx, a, b) {
        return failed;
    }
    let strict = match op {
        Op::Eq => return junction(pairs(cx, scope, a, op, b), true),
        Op::NotEq => return junction(pairs(cx, scope, a, op, b), false),
        Op::Lt | Op::LtEq => Op::Lt,
        Op::Gt | Op::GtEq => Op::Gt,
        Op::Overlaps => return overlaps(cx, scope, a, b),
        other => {
            let at = a.first().map_or(cx.here, |e| cx.span(e.span()));
            return unsupported_at(cx, at, &format!("`{other}` between rows"), "compare the columns one by one");
        }
    };
    let mut sides = a.iter().zip(b).map(|(x, y)| (expr(cx, scope, x), expr(cx, scope, y))).rev();
    let Some((x, y)) = sides.next() else { return failed_at(cx.here) };
    let mut all = operator(cx, op, x, y);
    for (x, y) in sides {
        let equal = operator(cx, &Op::Eq, x.clone(), y.clone());
        if super::is_error(&equal.expr) {
            return equal;
        }
        all = junction(vec![operator(cx, &strict, x, y), junction(vec![equal, all], true)], false);
    }
    all
}

/// `(a, b) in ((1, 2), (3, 4))` means `a = 1 and b = 2 or …`.
pub(super) fn in_list(cx: &Cx<'_>, scope: &Scope<'_>, row: &[&E], list: &[E], negated: bool) -> Typed {
    let mut rows = Vec::with_capacity(list.len());
    for candidate in list {
        let Some(other) = items(candidate) else {
            return unsupported(cx, candidate, "a list that mixes rows and single values", "write every entry as a row, `(a, b)`");
        };
        rows.push(comparison(cx, scope, row, &Op::Eq, &other));
    }
    let any = if rows.len() == 1 { rows.pop().unwrap_or_else(|| failed_at(cx.here)) } else { junction(rows, false) };
    if negated { negate(any) } else { any }
}

/// `(a, b) is null`: all of them; `is not null`: none of them.
pub(super) fn is_null(cx: &Cx<'_>, scope: &Scope<'_>, row: &[&E], negated: bool) -> Typed {
    let test = |e: &&E| {
        let value = cast::settle(expr(cx, scope, e));
        let (at, facts) = (value.expr.at, crate::lower::Facts { intact: None, ..value.facts });
        if super::is_error(&value.expr) {
            return failed_at(at);
        }
        typed(ExprKind::IsNull(Box::new(value.expr), negated), Type::Boolean, false, at, facts)
    };
    junction(row.iter().map(test).collect(), true)
}

/// `(a, b) is distinct from (c, d)`: one of the pairs is.
pub(super) fn is_distinct(cx: &Cx<'_>, scope: &Scope<'_>, a: &[&E], b: &[&E], negated: bool) -> Typed {
    if let Some(failed) = unlike(cx, a, b) {
        return failed;
    }
    let parts = a.iter().zip(b).map(|(x, y)| super::logic::is_distinct(cx, scope, x, y, negated)).collect();
    junction(parts, negated)
}

/// `(start, end) overlaps (start, length)`: the ends are the library's to compare.
fn overlaps(cx: &Cx<'_>, scope: &Scope<'_>, a: &[&E], b: &[&E]) -> Typed {
    let at: Span = a.first().map_or(cx.here, |e| cx.span(e.span()));
    let mut ends = Vec::with_capacity(4);
    for side in [a, b] {
        let [start, end] = side else {
            return unsupported_at(cx, at, "`overlaps` of rows that are no pairs", "write `(start, end) overlaps (start, end)`");
        };
        let (start, end) = (expr(cx, scope, start), expr(cx, scope, end));
        let end = if end.expr.ty == Type::Interval { operator(cx, &Op::Plus, start.clone(), end) } else { end };
        ends.extend([start, end]);
    }
    call::by_name(cx, "overlaps", FunctionKind::Function, ends, at)
}
