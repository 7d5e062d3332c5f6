//! `using` and `natural`: which columns meet, and which one `*` and a bare name show for them, as in Postgres.

use super::types::same;
use super::{Cx, Merged, Scope, Shown, Typed, expr};
use crate::base::{Ident, Span};
use crate::diag::{Code, Diagnostic};
use crate::ir::{JoinKind, Type};

/// `a.x = b.x` for each name; of both columns one is shown, in front of all others.
pub(super) fn using(cx: &Cx<'_>, scope: &mut Scope<'_>, kind: JoinKind, names: &[Ident], second: usize, at: Span) -> Vec<Typed> {
    let mut out = Vec::with_capacity(names.len());
    let (mut left, mut right): (Vec<Shown>, Vec<Shown>) = (scope.shown.clone(), Vec::new());
    right.extend(left.drain(second.min(left.len())..));
    let mut merged: Vec<Shown> = Vec::with_capacity(names.len());
    for name in names {
        let (Some(l), Some(r)) = (holder(cx, scope, &left, name, at), holder(cx, scope, &right, name, at)) else { continue };
        let (a, b) = (expr::shown(cx, scope, &l, at), expr::shown(cx, scope, &r, at));
        let types = (a.expr.ty.clone(), b.expr.ty.clone());
        out.push(expr::equal(cx, a, b));
        merged.push(one_of(cx, kind, (&l, &types.0), (&r, &types.1)));
        left.retain(|s| s.name() != name);
        right.retain(|s| s.name() != name);
        hide(scope, &[l, r], merged.last());
    }
    merged.extend(left);
    merged.extend(right);
    scope.shown = merged;
    out
}

/// The column shown for two that are equal: the first that is there in a full join, else the one of the side whose rows are all kept; in
/// the type both have in common.
fn one_of(cx: &Cx<'_>, kind: JoinKind, (left, a): (&Shown, &Type), (right, b): (&Shown, &Type)) -> Shown {
    let ty = expr::common_type(cx, a, b).unwrap_or(Type::Error);
    let fits = |of: &Type| same(of, &ty);
    let (chosen, of) = match kind {
        JoinKind::Full => {
            let parts = [left.parts(), right.parts()].concat();
            return Shown::Merged(Merged { name: left.name().clone(), parts, ty });
        }
        JoinKind::Right => (right, b),
        JoinKind::Inner | JoinKind::Cross if !fits(a) && fits(b) => (right, b),
        _ => (left, a),
    };
    if fits(of) { chosen.clone() } else { Shown::Merged(Merged { name: chosen.name().clone(), parts: chosen.parts(), ty }) }
}

/// Takes both columns away from bare names, but the one that is shown itself.
fn hide(scope: &mut Scope<'_>, both: &[Shown], shown: Option<&Shown>) {
    for (relation, name) in both.iter().flat_map(Shown::parts) {
        if matches!(shown, Some(Shown::Column(r, n)) if *r == relation && *n == name) {
            continue;
        }
        if let Some(found) = scope.relations.iter_mut().find(|r| r.alias == relation).filter(|r| !r.hidden.contains(&name)) {
            found.hidden.push(name);
        }
    }
}

/// The one column of this name that a side shows.
fn holder(cx: &Cx<'_>, scope: &Scope<'_>, side: &[Shown], name: &Ident, at: Span) -> Option<Shown> {
    let mut fits = side.iter().filter(|s| s.name() == name);
    match (fits.next(), fits.next()) {
        (Some(found), None) => Some(found.clone()),
        (Some(a), Some(b)) => {
            let owner = |s: &Shown| s.parts().first().map(|(relation, _)| relation.clone()).unwrap_or_default();
            let message = format!("`{name}` is a column of both `{}` and `{}` on this side of the join", owner(a), owner(b));
            cx.error(Diagnostic::error(Code::AmbiguousName, at, message).help("join with `on` and qualified names"));
            None
        }
        (None, _) => {
            if !scope.relations.iter().any(|r| r.open) {
                let names = side.iter().map(|s| s.name().as_str());
                cx.error(
                    Diagnostic::error(Code::UnknownColumn, at, format!("one side of the join has no column `{name}`"))
                        .suggest(name.as_str(), names),
                );
            }
            None
        }
    }
}

/// Names both sides show, in the left side's order.
pub(super) fn common_names(scope: &Scope<'_>, second: usize) -> Vec<Ident> {
    let (left, right) = scope.shown.split_at(second.min(scope.shown.len()));
    let mut out: Vec<Ident> = Vec::new();
    for s in left {
        if right.iter().any(|r| r.name() == s.name()) && !out.contains(s.name()) {
            out.push(s.name().clone());
        }
    }
    out
}
