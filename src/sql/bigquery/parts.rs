//! What a query is made of: its columns, its relations, and the names it brings itself.

use crate::base::Ident;
use crate::ir::{Expr, ExprKind, FromItem, Query, Relation, RelationSource, SetExpr, clause_exprs, operands, query_of};

/// Every column of an expression, those of its subqueries too.
pub(super) fn columns(e: &Expr, seen: &mut dyn FnMut(&Ident)) {
    if let ExprKind::Column { relation, .. } = &e.kind {
        seen(relation);
    }
    operands(e, &mut |part| columns(part, seen));
    if let Some(query) = query_of(e) {
        clause_exprs(query, &mut |inner| columns(inner, seen));
    }
}

/// Every relation a query brings, at any depth but inside expressions.
pub(super) fn relations<'q>(query: &'q Query, seen: &mut dyn FnMut(&'q Relation)) {
    query.with.iter().for_each(|cte| relations(&cte.query, seen));
    set_relations(&query.body, seen);
}

fn set_relations<'q>(set: &'q SetExpr, seen: &mut dyn FnMut(&'q Relation)) {
    match set {
        SetExpr::Select(select) => select.from.iter().for_each(|item| item_relations(item, seen)),
        SetExpr::Values(_) => {}
        SetExpr::Set { left, right, .. } => {
            set_relations(left, seen);
            set_relations(right, seen);
        }
        SetExpr::Query(query) => relations(query, seen),
    }
}

/// The relations of one element of `from`, and those inside its queries.
pub(super) fn item_relations<'q>(item: &'q FromItem, seen: &mut dyn FnMut(&'q Relation)) {
    match item {
        FromItem::Relation(relation) => {
            seen(relation);
            if let RelationSource::Derived(query) = &relation.source {
                relations(query, seen);
            }
        }
        FromItem::Join { left, right, .. } => {
            item_relations(left, seen);
            item_relations(right, seen);
        }
    }
}
