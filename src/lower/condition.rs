use super::walk::{aggregate_in, window_in};
use super::{Cx, Scope, Typed, expr};
use crate::diag::{Code, Diagnostic};
use crate::ir::{Expr, ExprKind, Type};
use sqlparser::ast;

/// What may stand in a condition.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Place {
    /// `where`, `on`
    Rows(&'static str),
    /// `having`: aggregates may.
    Groups,
    /// `qualify`: window calls may.
    Windows,
}

/// The parts of `a and b and c`.
pub(super) fn conjuncts(e: &ast::Expr) -> Vec<&ast::Expr> {
    let mut parts = Vec::new();
    let mut rest = vec![e];
    while let Some(e) = rest.pop() {
        match e {
            ast::Expr::BinaryOp { left, op: ast::BinaryOperator::And, right } => {
                rest.push(right);
                rest.push(left);
            }
            ast::Expr::Nested(inner) if matches!(**inner, ast::Expr::BinaryOp { op: ast::BinaryOperator::And, .. }) => rest.push(inner),
            _ => parts.push(e),
        }
    }
    parts
}

/// The columns of `(a, b) = (c, d)`, pair by pair.
fn pairs(e: &ast::Expr) -> Option<Vec<(&ast::Expr, &ast::Expr)>> {
    match e {
        ast::Expr::Nested(inner) => pairs(inner),
        ast::Expr::BinaryOp { left, op: ast::BinaryOperator::Eq, right } => match (&**left, &**right) {
            (ast::Expr::Tuple(a), ast::Expr::Tuple(b)) if a.len() == b.len() && a.len() > 1 => Some(a.iter().zip(b).collect()),
            _ => None,
        },
        _ => None,
    }
}

/// Lowers a condition into the parts that must all hold.
pub(super) fn condition(cx: &Cx<'_>, scope: &Scope<'_>, e: &ast::Expr, place: Place) -> Vec<Typed> {
    let mut out = Vec::new();
    for part in conjuncts(e) {
        if let Some(pairs) = pairs(part) {
            // `(a, b) = (c, d)` are two conditions, each with what its own sides tell.
            out.extend(pairs.into_iter().map(|(a, b)| expr::equal(cx, expr::expr(cx, scope, a), expr::expr(cx, scope, b))));
            continue;
        }
        let typed = expr::expr(cx, scope, part);
        let typed = if matches!(typed.expr.ty, Type::Error | Type::Boolean) { typed } else { expr::coerce(cx, typed, &Type::Boolean) };
        misplaced(cx, &typed.expr, place);
        out.push(typed);
    }
    out
}

/// The parts as one expression.
pub(super) fn conjunction(parts: Vec<Typed>) -> Option<Expr> {
    let nullable = parts.iter().any(|p| p.expr.nullable);
    let mut exprs: Vec<Expr> = parts.into_iter().map(|p| p.expr).collect();
    if exprs.len() < 2 {
        return exprs.pop();
    }
    let at = exprs.first()?.at.to(exprs.last()?.at);
    Some(Expr { kind: ExprKind::And(exprs), ty: Type::Boolean, nullable, at })
}

fn misplaced(cx: &Cx<'_>, e: &Expr, place: Place) {
    let (what, found, help) = match place {
        Place::Rows(clause) => match (aggregate_in(e), window_in(e)) {
            (Some(found), _) => (format!("an aggregate cannot stand in `{clause}`"), found, "conditions on aggregates go to `having`"),
            (_, Some(found)) => (
                format!("a window function cannot stand in `{clause}`"),
                found,
                "compute it in a `with` entry or a `let`, and filter on its name",
            ),
            _ => return,
        },
        Place::Groups => match window_in(e) {
            Some(found) => (
                "a window function cannot stand in `having`".to_owned(),
                found,
                "compute it in a `with` entry or a `let`, and filter on its name",
            ),
            None => return,
        },
        Place::Windows => return,
    };
    cx.error(Diagnostic::error(Code::MisplacedAggregate, found.at, what).help(help));
}
