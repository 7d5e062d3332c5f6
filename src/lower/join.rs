use super::condition::{Place, condition, conjunction};
use super::names::{parts, unsupported};
use super::using::{common_names, using};
use super::{Cx, Scope, ScopeRelation, Shown, equal, firsts, flow};
use crate::base::{Ident, Span};
use crate::diag::{Code, Diagnostic};
use crate::ir::{Expr, JoinKind};
use sqlparser::ast;
use std::collections::BTreeSet;

/// Joins `scope.relations[middle..]` to `scope.relations[start..middle]`, of which `scope.shown[second..]` and `[first..second]` are
/// what `*` shows: lowers the condition, then lets outer joins make a side nullable.
/// `None` after reporting a join that is none of SQL's own.
pub(super) fn join(
    cx: &Cx<'_>,
    scope: &mut Scope<'_>,
    operator: &ast::JoinOperator,
    (start, middle): (usize, usize),
    (first, second): (usize, usize),
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
    let shown_earlier: Vec<Shown> = scope.shown.drain(..first).collect();
    let (middle, second) = (middle - start, second - first);
    let parts = match constraint {
        ast::JoinConstraint::On(e) => condition(cx, scope, e, Place::Rows("on")),
        ast::JoinConstraint::Using(names) => {
            let names: Vec<Ident> = names.iter().filter_map(|n| parts(cx, n)?.pop()).collect();
            using(cx, scope, kind, &names, second, at)
        }
        ast::JoinConstraint::Natural => {
            let names = common_names(scope, second);
            using(cx, scope, kind, &names, second, at)
        }
        ast::JoinConstraint::None => Vec::new(),
    };
    if matches!(constraint, ast::JoinConstraint::None) && kind != JoinKind::Cross {
        cx.error(
            Diagnostic::error(Code::SqlSyntax, at, "this join has no condition")
                .help("write `on …`, or `cross join` when every pair is meant"),
        );
    }
    let fills = |index: usize| matches!((kind, index >= middle), (JoinKind::Left, true) | (JoinKind::Right, false) | (JoinKind::Full, _));
    // In a full join a row that found its partner is told by the columns beside it: both sides learn, as in an inner join.
    let padded = scope.relations.iter().enumerate().filter(|(i, _)| kind != JoinKind::Full && fills(*i));
    let padded: BTreeSet<Ident> = padded.map(|(_, r)| r.alias.clone()).collect();
    let filled: BTreeSet<Ident> = scope.relations.iter().enumerate().filter(|(i, _)| fills(*i)).map(|(_, r)| r.alias.clone()).collect();
    let control = flow::control(cx, scope, &parts).join(&firsts::asked(cx, scope, &parts, &filled));
    equal::equate(cx, scope, &parts, &padded);
    if kind == JoinKind::Inner {
        flow::refine(cx, scope, &parts);
    }
    let right = scope.relations.get_mut(middle..).unwrap_or_default();
    if kind == JoinKind::Left && !control.label.is_public() && flow::finds_one(cx, right, &parts) {
        right.iter_mut().for_each(|r| flow::filled_in(r, &control));
        scope.control = scope.control.join(&flow::structure(&control));
    } else {
        scope.control = scope.control.join(&control);
    }
    for (index, relation) in scope.relations.iter_mut().enumerate() {
        if fills(index) {
            relation.columns.iter_mut().for_each(|c| c.nullable = true);
        }
    }
    scope.relations.splice(..0, earlier);
    scope.shown.splice(..0, shown_earlier);
    let on = conjunction(parts);
    Some(match (kind, on) {
        (JoinKind::Cross, Some(on)) => (JoinKind::Inner, Some(on)),
        // `natural join` of tables without a common name.
        (JoinKind::Inner, None) => (JoinKind::Cross, None),
        other => other,
    })
}
