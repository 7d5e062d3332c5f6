//! The latest row of a thing, found for each row of an enclosing block: `cross join lateral (select … where v.patient_id = p.id order by v.day desc limit 1)`
//! is `distinct on (v.patient_id)` joined by that key. Only while nothing else hangs on the enclosing row: what changes from row to row there would ask for the
//! latest of other visits each time, and put all of them in order.

use super::flow::picks_versions;
use super::{Cx, Scope};
use crate::ir::{Expr, ExprKind, FromItem, Literal, OrderKey, RelationSource, conjuncts, every, query_of};

/// Whether the first row by this order is such a row, in a block that reads tables and no other query.
pub(super) fn of_outer_row(cx: &Cx<'_>, scope: &Scope<'_>, order: &[OrderKey]) -> bool {
    let (Some(_), Some(filter)) = (scope.outer, &scope.filter) else { return false };
    if !scope.from.iter().all(|item| reads_tables(scope, item)) || !order.iter().all(|k| is_of_block(scope, &k.expr)) {
        return false;
    }
    let asked = conjuncts(filter).into_iter().filter(|part| !is_of_block(scope, part));
    let Some(keys) = asked.map(|part| key(cx, scope, part)).collect::<Option<Vec<&Expr>>>() else { return false };
    !order.is_empty() && picks_versions(cx, scope, &[], keys.into_iter(), order.iter().map(|k| &k.expr))
}

/// `limit 1`, and no row left out before.
pub(super) fn is_first(limit: Option<&Expr>, offset: Option<&Expr>) -> bool {
    offset.is_none() && limit.is_some_and(|e| matches!(&e.kind, ExprKind::Literal(Literal::Number(n)) if &**n == "1"))
}

fn reads_tables(scope: &Scope<'_>, item: &FromItem) -> bool {
    match item {
        FromItem::Relation(relation) => matches!(relation.source, RelationSource::Table(_)),
        FromItem::Join { left, right, on, .. } => {
            reads_tables(scope, left) && reads_tables(scope, right) && on.iter().all(|e| is_of_block(scope, e))
        }
    }
}

/// Whether an expression reads columns of this block and nothing else.
fn is_of_block(scope: &Scope<'_>, e: &Expr) -> bool {
    every(e, &|e| match &e.kind {
        ExprKind::Column { relation, .. } => scope.relations.iter().any(|r| r.alias == *relation),
        _ => query_of(e).is_none(),
    })
}

/// The block's column that a condition equates with one of an enclosing row.
fn key<'e>(cx: &Cx<'_>, scope: &Scope<'_>, condition: &'e Expr) -> Option<&'e Expr> {
    let ExprKind::Operator { function, args } = &condition.kind else { return None };
    if !cx.program.function(*function).is_some_and(|f| f.standard && &*f.name == "=") {
        return None;
    }
    let is_column = |e: &Expr| matches!(e.kind, ExprKind::Column { .. });
    match args.as_slice() {
        [a, b] if is_column(a) && is_column(b) => match (is_of_block(scope, a), is_of_block(scope, b)) {
            (true, false) => Some(a),
            (false, true) => Some(b),
            _ => None,
        },
        _ => None,
    }
}
