//! What a query is made of: its expressions, its relations, and the names it brings itself.

use crate::base::Ident;
use crate::ir::{
    AggregateCall, Distinct, Expr, ExprKind, FrameBound, FromItem, JsonStep, Over, Query, Relation, RelationSource, RowsOf, Select, SetExpr,
};

/// The direct parts of an expression; what subqueries are made of is left out.
pub(super) fn parts(e: &Expr) -> Vec<&Expr> {
    match &e.kind {
        ExprKind::Column { .. }
        | ExprKind::Literal(_)
        | ExprKind::RunDate
        | ExprKind::Exists(..)
        | ExprKind::Scalar(_)
        | ExprKind::ArrayQuery(_)
        | ExprKind::Error => Vec::new(),
        ExprKind::Call { args, .. } | ExprKind::Operator { args, .. } => args.iter().collect(),
        ExprKind::And(all) | ExprKind::Or(all) | ExprKind::Common(_, all) | ExprKind::Array(all) | ExprKind::Row(all) => {
            all.iter().collect()
        }
        ExprKind::Not(a) | ExprKind::IsNull(a, _) | ExprKind::IsBool(a, ..) | ExprKind::Cast(a) | ExprKind::Release(a, _) => vec![a],
        ExprKind::InQuery(a, ..) => vec![a],
        ExprKind::Grouping(keys) => keys.iter().collect(),
        ExprKind::Slice(a, low, high) => std::iter::once(a.as_ref()).chain(low.as_deref()).chain(high.as_deref()).collect(),
        ExprKind::Quantified(quantified) => match &quantified.over {
            Over::Query(_) => vec![&quantified.left],
            Over::Array(array) => vec![&quantified.left, array],
        },
        ExprKind::IsDistinct(a, b, _) | ExprKind::Like(a, b, ..) | ExprKind::Subscript(a, b) => vec![a, b],
        ExprKind::InList(a, list, _) => std::iter::once(a.as_ref()).chain(list).collect(),
        ExprKind::Between(a, b, c, _) => vec![a, b, c],
        ExprKind::Case { operand, arms, otherwise } => {
            let arms = arms.iter().flat_map(|(when, then)| [when, then]);
            operand.as_deref().into_iter().chain(arms).chain(otherwise.as_deref()).collect()
        }
        ExprKind::Aggregate(call) => aggregate_parts(call),
        ExprKind::Window(call) => {
            let bounds = call.frame.iter().flat_map(|f| std::iter::once(&f.start).chain(&f.end)).filter_map(|b| match b {
                FrameBound::Preceding(n) | FrameBound::Following(n) => Some(n),
                _ => None,
            });
            let keys = call.order.iter().map(|k| &k.expr);
            aggregate_parts(&call.call).into_iter().chain(&call.partition).chain(keys).chain(bounds).collect()
        }
        ExprKind::Json(access) => {
            let computed = access.steps.iter().filter_map(|s| match s {
                JsonStep::Computed(key) => Some(key.as_ref()),
                _ => None,
            });
            std::iter::once(&access.base).chain(computed).collect()
        }
    }
}

fn aggregate_parts(call: &AggregateCall) -> Vec<&Expr> {
    call.args.iter().chain(call.order.iter().map(|k| &k.expr)).chain(&call.filter).collect()
}

/// The query inside an expression of this shape.
fn subquery(e: &Expr) -> Option<&Query> {
    match &e.kind {
        ExprKind::Exists(query, _) | ExprKind::Scalar(query) | ExprKind::ArrayQuery(query) | ExprKind::InQuery(_, query, _) => Some(query),
        ExprKind::Quantified(quantified) => match &quantified.over {
            Over::Query(query) => Some(query),
            Over::Array(_) => None,
        },
        _ => None,
    }
}

/// Every column of an expression, those of its subqueries too.
pub(super) fn columns(e: &Expr, seen: &mut dyn FnMut(&Ident)) {
    if let ExprKind::Column { relation, .. } = &e.kind {
        seen(relation);
    }
    parts(e).into_iter().for_each(|part| columns(part, seen));
    if let Some(query) = subquery(e) {
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
