use super::group::Targets;
use super::names::{span_of, unsupported};
use super::{Cx, Facts, Scope, expr};
use crate::diag::{Code, Diagnostic};
use crate::ir::{Expr, OrderKey};
use sqlparser::ast;

/// `order by` of one block: output names first, then positions, then expressions over its rows.
pub(super) fn order_by(cx: &Cx<'_>, scope: &Scope<'_>, targets: &Targets<'_>, keys: &[ast::OrderByExpr]) -> (Vec<OrderKey>, Facts) {
    let mut out = Vec::with_capacity(keys.len());
    let mut facts = Facts::default();
    for key in keys {
        let typed = match targets.by_position(cx, &key.expr).or_else(|| targets.by_output_name(cx, &key.expr)) {
            Some(Some(typed)) => typed,
            Some(None) => continue,
            None => expr::expr(cx, scope, &key.expr),
        };
        facts = facts.join(&typed.facts);
        out.extend(self::key(cx, key, typed.expr));
    }
    (out, facts)
}

/// One key with its direction.
pub(super) fn key(cx: &Cx<'_>, key: &ast::OrderByExpr, expr: Expr) -> Option<OrderKey> {
    let descending = match &key.options.sort {
        None | Some(ast::OrderBySort::Asc) => false,
        Some(ast::OrderBySort::Desc) => true,
        Some(_) => {
            unsupported(cx, span_of(cx, &key.expr), "`order by … using`");
            return None;
        }
    };
    if key.with_fill.is_some() {
        unsupported(cx, span_of(cx, &key.expr), "`with fill`");
    }
    Some(OrderKey { expr, descending, nulls_first: key.options.nulls_first })
}

/// The output position (from 0) a whole number stands for; an error when there is none, after reporting it.
pub(super) fn position(cx: &Cx<'_>, e: &ast::Expr, columns: usize) -> Option<Result<usize, ()>> {
    let ast::Expr::Value(value) = e else { return None };
    let ast::Value::Number(digits, _) = &value.value else { return None };
    match digits.parse::<usize>() {
        Ok(n) if (1..=columns).contains(&n) => Some(Ok(n - 1)),
        _ => {
            let message = format!("there is no output column {digits}; the query yields {columns}");
            cx.error(Diagnostic::error(Code::UnknownColumn, span_of(cx, e), message));
            Some(Err(()))
        }
    }
}
