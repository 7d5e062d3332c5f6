//! What a query is made of: its expressions, its relations, and the names it brings itself.

use crate::base::Ident;
use crate::ir::{Distinct, Expr, ExprKind, FromItem, Query, Relation, RelationSource, RowsOf, Select, SetExpr, operands, query_of};

/// Every column of an expression, those of its subqueries too.
pub(super) fn columns(e: &Expr, seen: &mut dyn FnMut(&Ident)) {
    if let ExprKind::Column { relation, .. } = &e.kind {
        seen(relation);
    }
    operands(e, &mut |part| columns(part, seen));
    if let Some(query) = query_of(e) {
        expressions(query, &mut |inner| columns(inner, seen));
    }
}

/// Every expression that stands in a query by itself, at any depth.
pub(super) fn expressions(query: &Query, seen: &mut dyn FnMut(&Expr)) {
    query.with.iter().for_each(|cte| expressions(&cte.query, seen));
    body(&query.body, seen);
    query.order.iter().for_each(|key| seen(&key.expr));
    query.limit.iter().chain(&query.offset).for_each(seen);
}

fn body(set: &SetExpr, seen: &mut dyn FnMut(&Expr)) {
    match set {
        SetExpr::Select(select) => block(select, seen),
        SetExpr::Values(rows) => rows.iter().flatten().for_each(seen),
        SetExpr::Set { left, right, .. } => {
            body(left, seen);
            body(right, seen);
        }
        SetExpr::Query(query) => expressions(query, seen),
    }
}

fn block(select: &Select, seen: &mut dyn FnMut(&Expr)) {
    if let Distinct::On(keys) = &select.distinct {
        keys.iter().for_each(&mut *seen);
    }
    select.items.iter().for_each(|item| seen(&item.expr));
    for item in &select.from {
        from(item, seen);
    }
    select.filter.iter().chain(&select.group.keys).chain(&select.having).chain(&select.qualify).for_each(seen);
}

fn from(item: &FromItem, seen: &mut dyn FnMut(&Expr)) {
    match item {
        FromItem::Relation(relation) => match &relation.source {
            RelationSource::Derived(query) => expressions(query, seen),
            RelationSource::Unnest { expr, .. } => seen(expr),
            RelationSource::Function { args, .. } => args.iter().for_each(seen),
            RelationSource::Zip { rows, .. } => rows.iter().flat_map(RowsOf::parts).for_each(seen),
            RelationSource::Table(_) | RelationSource::Cte(_) => {}
        },
        FromItem::Join { left, right, on, .. } => {
            from(left, seen);
            from(right, seen);
            on.iter().for_each(seen);
        }
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
