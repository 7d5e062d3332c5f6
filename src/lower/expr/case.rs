use super::build::{failed, join_all, typed};
use super::{bake, cast, expr, is_error};
use crate::base::Span;
use crate::ir::{Expr, ExprKind};
use crate::lower::cx::Cx;
use crate::lower::{Scope, Typed, types};
use sqlparser::ast::{CaseWhen, Expr as E};

/// `case [x] when … then … else … end`. Which branch was taken shows in the result, so the conditions' labels join its value.
pub(super) fn case(cx: &Cx<'_>, scope: &Scope<'_>, operand: Option<&E>, arms: &[CaseWhen], otherwise: Option<&E>, at: Span) -> Typed {
    let (whens, operand) = conditions(cx, scope, operand, arms);
    let mut results: Vec<Typed> = arms.iter().map(|arm| expr(cx, scope, &arm.result)).collect();
    results.extend(otherwise.map(|e| expr(cx, scope, e)));
    let facts = join_all(whens.iter().chain(&operand).chain(&results));
    let nullable = otherwise.is_none() || results.iter().any(|r| r.expr.nullable);
    let unified = cast::unify(cx, results, "the `case`");
    let Some((results, ty)) = unified.filter(|_| !whens.iter().chain(&operand).any(|w| is_error(&w.expr))) else {
        return failed(at, facts);
    };
    let mut results: Vec<Expr> = results.into_iter().map(|r| r.expr).collect();
    let otherwise = if otherwise.is_some() { results.pop().map(Box::new) } else { None };
    let arms = whens.into_iter().map(|w| w.expr).zip(results).collect();
    let operand = operand.map(|o| Box::new(o.expr));
    // Without `else` there is a NULL, and NULLs have no length.
    let ty = bake(if otherwise.is_some() { ty } else { types::bare(&ty) }, &facts.label);
    typed(ExprKind::Case { operand, arms, otherwise }, ty, nullable, at, facts)
}

/// The conditions, or the values an operand is compared with.
fn conditions(cx: &Cx<'_>, scope: &Scope<'_>, operand: Option<&E>, arms: &[CaseWhen]) -> (Vec<Typed>, Option<Typed>) {
    let written = arms.iter().map(|arm| expr(cx, scope, &arm.condition));
    let Some(operand) = operand else {
        return (written.map(|w| cast::condition(cx, w)).collect(), None);
    };
    let all: Vec<Typed> = std::iter::once(expr(cx, scope, operand)).chain(written).collect();
    let spare = all.first().map(|o| failed(o.expr.at, o.facts.clone()));
    let Some((all, _)) = cast::unify(cx, all, "the `case`") else { return (Vec::new(), spare) };
    let mut all = all.into_iter();
    let operand = all.next();
    (all.collect(), operand)
}
