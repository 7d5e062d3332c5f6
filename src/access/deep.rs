use crate::ir::{Distinct, Expr, ExprKind, FromItem, Query, RelationSource, RowsOf, SetExpr, operands, query_of};

/// Visits every expression of a query, those of the queries inside it too.
pub fn every_expr<'q>(query: &'q Query, f: &mut dyn FnMut(&'q Expr)) {
    for cte in &query.with {
        every_expr(&cte.query, f);
    }
    set(&query.body, f);
    let keys = query.order.iter().map(|k| &k.expr);
    keys.chain(&query.limit).chain(&query.offset).for_each(|e| deep(e, f));
}

fn set<'q>(body: &'q SetExpr, f: &mut dyn FnMut(&'q Expr)) {
    match body {
        SetExpr::Select(select) => {
            select.from.iter().for_each(|item| from(item, f));
            let on = if let Distinct::On(keys) = &select.distinct { keys.as_slice() } else { &[] };
            let items = select.items.iter().map(|i| &i.expr);
            let rest = items.chain(on).chain(&select.filter).chain(&select.group.keys).chain(&select.having).chain(&select.qualify);
            rest.for_each(|e| deep(e, f));
        }
        SetExpr::Values(rows) => rows.iter().flatten().for_each(|e| deep(e, f)),
        SetExpr::Set { left, right, .. } => {
            set(left, f);
            set(right, f);
        }
        SetExpr::Query(inner) => every_expr(inner, f),
    }
}

fn from<'q>(item: &'q FromItem, f: &mut dyn FnMut(&'q Expr)) {
    match item {
        FromItem::Relation(r) => match &r.source {
            RelationSource::Table(_) | RelationSource::Cte(_) => {}
            RelationSource::Derived(q) => every_expr(q, f),
            RelationSource::Unnest { expr, .. } => deep(expr, f),
            RelationSource::Function { args, .. } => args.iter().for_each(|e| deep(e, f)),
            RelationSource::Zip { rows, .. } => rows.iter().flat_map(RowsOf::parts).for_each(|e| deep(e, f)),
        },
        FromItem::Join { left, right, on, .. } => {
            from(left, f);
            from(right, f);
            on.iter().for_each(|e| deep(e, f));
        }
    }
}

fn deep<'q>(e: &'q Expr, f: &mut dyn FnMut(&'q Expr)) {
    f(e);
    operands(e, &mut |inner| deep(inner, f));
    if let Some(query) = query_of(e) {
        every_expr(query, f);
    }
}

/// Whether two conditions of plain shapes (columns, constants, comparisons, lists) are the same; false for any other shape.
pub fn is_same(a: &Expr, b: &Expr) -> bool {
    use ExprKind as K;
    let all = |a: &[Expr], b: &[Expr]| a.len() == b.len() && a.iter().zip(b).all(|(a, b)| is_same(a, b));
    if a.ty != b.ty {
        return false;
    }
    match (&a.kind, &b.kind) {
        (K::Column { relation: r, name: n }, K::Column { relation: s, name: m }) => r == s && n == m,
        (K::Literal(a), K::Literal(b)) => a == b,
        (K::Operator { function: f, args: x }, K::Operator { function: g, args: y })
        | (K::Call { function: f, args: x }, K::Call { function: g, args: y }) => f == g && all(x, y),
        (K::And(x), K::And(y)) | (K::Or(x), K::Or(y)) => all(x, y),
        (K::Not(x), K::Not(y)) | (K::Cast(x), K::Cast(y)) => is_same(x, y),
        (K::IsNull(x, n), K::IsNull(y, m)) => n == m && is_same(x, y),
        (K::InList(x, l, n), K::InList(y, k, m)) => n == m && is_same(x, y) && all(l, k),
        _ => false,
    }
}
