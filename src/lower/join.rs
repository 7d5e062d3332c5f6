use super::condition::{Place, condition, conjunction};
use super::names::{parts, unsupported};
use super::{Cx, Scope, ScopeRelation, Typed, expr, flow};
use crate::base::{Ident, Span};
use crate::diag::{Code, Diagnostic};
use crate::ir::{Expr, JoinKind, Type};
use sqlparser::ast;

/// Joins `scope.relations[middle..]` to `scope.relations[start..middle]`: lowers the condition, then lets outer joins make a side nullable.
/// `None` after reporting a join that is none of SQL's own.
pub(super) fn join(
    cx: &Cx<'_>,
    scope: &mut Scope<'_>,
    operator: &ast::JoinOperator,
    start: usize,
    middle: usize,
    at: Span,
) -> Option<(JoinKind, Option<Expr>)> {
    use ast::JoinOperator as J;
    let (kind, constraint) = match operator {
        J::Join(c) | J::Inner(c) => (JoinKind::Inner, c),
        J::Left(c) | J::LeftOuter(c) => (JoinKind::Left, c),
        J::Right(c) | J::RightOuter(c) => (JoinKind::Right, c),
        J::FullOuter(c) => (JoinKind::Full, c),
        J::CrossJoin(c) => (JoinKind::Cross, c),
        _ => {
            unsupported(cx, at, "this kind of join");
            return None;
        }
    };
    // `on` sees the tables of this join only: earlier elements of the comma list are out of reach, as in Postgres.
    let earlier: Vec<ScopeRelation> = scope.relations.drain(..start).collect();
    let middle = middle - start;
    let parts = match constraint {
        ast::JoinConstraint::On(e) => condition(cx, scope, e, Place::Rows("on")),
        ast::JoinConstraint::Using(names) => {
            let names: Vec<Ident> = names.iter().filter_map(|n| parts(cx, n)?.pop()).collect();
            merged(cx, scope, kind, &names, middle, at)
        }
        ast::JoinConstraint::Natural => {
            let names = common_names(scope, middle);
            merged(cx, scope, kind, &names, middle, at)
        }
        ast::JoinConstraint::None => Vec::new(),
    };
    if matches!(constraint, ast::JoinConstraint::None) && kind != JoinKind::Cross {
        cx.error(
            Diagnostic::error(Code::SqlSyntax, at, "this join has no condition")
                .help("write `on …`, or `cross join` when every pair is meant"),
        );
    }
    let control = flow::control(cx, scope, &parts);
    flow::equate(cx, scope, &parts);
    if kind == JoinKind::Inner {
        flow::refine(cx, scope, &parts);
    }
    scope.control = scope.control.join(&control);
    for (index, relation) in scope.relations.iter_mut().enumerate() {
        let right = index >= middle;
        if matches!((kind, right), (JoinKind::Left, true) | (JoinKind::Right, false) | (JoinKind::Full, _)) {
            relation.columns.iter_mut().for_each(|c| c.nullable = true);
        }
    }
    scope.relations.splice(..0, earlier);
    let on = conjunction(parts);
    Some(match (kind, on) {
        (JoinKind::Cross, Some(on)) => (JoinKind::Inner, Some(on)),
        // `natural join` of tables without a common name.
        (JoinKind::Inner, None) => (JoinKind::Cross, None),
        other => other,
    })
}

/// `a.x = b.x` for each name, built by the one expression lowering; the outer side's copy is hidden from `*` and bare names.
fn merged(cx: &Cx<'_>, scope: &mut Scope<'_>, kind: JoinKind, names: &[Ident], middle: usize, at: Span) -> Vec<Typed> {
    if kind == JoinKind::Full && !names.is_empty() {
        unsupported(cx, at, "`full join … using`");
        return Vec::new();
    }
    let mut out = Vec::with_capacity(names.len());
    for name in names {
        let (left, right) = (holder(cx, scope, 0..middle, name, at), holder(cx, scope, middle..scope.relations.len(), name, at));
        let (Some(left), Some(right)) = (left, right) else { continue };
        let place = |i: usize| scope.relations.get(i).map(|r| r.alias.clone());
        let (Some(a), Some(b)) = (place(left), place(right)) else { continue };
        out.push(equal(cx, scope, &a, &b, name));
        let hide = if kind == JoinKind::Right { left } else { right };
        if let Some(relation) = scope.relations.get_mut(hide) {
            relation.hidden.push(name.clone());
        }
    }
    out
}

/// The one relation among these that shows a column of this name.
fn holder(cx: &Cx<'_>, scope: &Scope<'_>, range: std::ops::Range<usize>, name: &Ident, at: Span) -> Option<usize> {
    let side: Vec<(usize, &ScopeRelation)> = scope.relations.iter().enumerate().skip(range.start).take(range.len()).collect();
    let mut fits = side.iter().filter(|(_, r)| !r.hidden.contains(name) && r.columns.iter().any(|c| c.name == *name));
    match (fits.next(), fits.next()) {
        (Some((index, _)), None) => Some(*index),
        (Some((_, a)), Some((_, b))) => {
            let message = format!("`{name}` is a column of both `{}` and `{}` on this side of the join", a.alias, b.alias);
            cx.error(Diagnostic::error(Code::AmbiguousName, at, message).help("join with `on` and qualified names"));
            None
        }
        (None, _) => {
            if !side.iter().any(|(_, r)| r.open) {
                let names = side.iter().flat_map(|(_, r)| &r.columns).map(|c| c.name.as_str());
                cx.error(
                    Diagnostic::error(Code::UnknownColumn, at, format!("one side of the join has no column `{name}`"))
                        .suggest(name.as_str(), names),
                );
            }
            None
        }
    }
}

fn equal(cx: &Cx<'_>, scope: &Scope<'_>, a: &Ident, b: &Ident, name: &Ident) -> Typed {
    let quoted = |i: &Ident| ast::Ident::with_quote('"', i.as_str());
    let side = |alias: &Ident| Box::new(ast::Expr::CompoundIdentifier(vec![quoted(alias), quoted(name)]));
    let e = ast::Expr::BinaryOp { left: side(a), op: ast::BinaryOperator::Eq, right: side(b) };
    let typed = expr::expr(cx, scope, &e);
    if matches!(typed.expr.ty, Type::Error | Type::Boolean) { typed } else { expr::coerce(cx, typed, &Type::Boolean) }
}

/// Names both sides show, in the left side's order.
fn common_names(scope: &Scope<'_>, middle: usize) -> Vec<Ident> {
    let shows = |r: &ScopeRelation, name: &Ident| !r.hidden.contains(name) && r.columns.iter().any(|c| c.name == *name);
    let left = scope.relations.iter().take(middle).flat_map(|r| r.columns.iter().map(move |c| (r, c)));
    let mut out: Vec<Ident> = Vec::new();
    for (r, c) in left {
        if !r.hidden.contains(&c.name) && scope.relations.iter().skip(middle).any(|r| shows(r, &c.name)) && !out.contains(&c.name) {
            out.push(c.name.clone());
        }
    }
    out
}
