//! Elements of stored arrays as values of their own: `unnest d.phones as p`, `d.doc.ids[0].value` of each row of it, `d.phones[1]`. Masks take one like a column: it
//! came in as it is. To the rules of one reader all elements of an array are one value, whichever of them is meant.

use super::flow::{find, is_stored};
use super::{Cx, Facts, Scope};
use crate::ir::{Edge, Expr, ExprKind, JsonStep, RowsOf};

/// Whether rows are the elements of an array that is one column's own, or a path into one.
pub(super) fn are_stored(cx: &Cx<'_>, scope: &Scope<'_>, rows: &RowsOf, array: &Facts) -> bool {
    matches!(rows, RowsOf::Unnest(e) if is_stored(cx, scope, e)) && array.intact.is_some_and(|o| o.edge == Edge::Value)
}

/// Whether an expression is one such element, or a path into one. What a condition made equal to something else tells of that, too, and no mask is declared for
/// both.
pub(super) fn is_one(cx: &Cx<'_>, scope: &Scope<'_>, e: &Expr) -> bool {
    match &e.kind {
        ExprKind::Column { relation, name } => find(scope, relation, name).is_some_and(|(r, c)| {
            let before = r.element.as_deref().filter(|before| before.name == c.name);
            before.is_some_and(|before| !c.chosen && before.label == c.label && before.from == c.from && before.ty == c.ty)
        }),
        ExprKind::Json(access) => {
            access.steps.iter().all(|s| matches!(s, JsonStep::Field(_) | JsonStep::Index(_))) && is_one(cx, scope, &access.base)
        }
        ExprKind::Subscript(array, index) => {
            let own = |relation, name| find(scope, relation, name).is_some_and(|(_, c)| c.intact.is_some_and(|o| o.edge == Edge::Value));
            let of_column = matches!(&array.kind, ExprKind::Column { relation, name } if own(relation, name));
            of_column && is_stored(cx, scope, array) && matches!(index.kind, ExprKind::Literal(_))
        }
        _ => false,
    }
}
