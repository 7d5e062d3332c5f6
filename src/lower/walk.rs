use crate::base::Ident;
use crate::ir::{
    AggregateCall, Distinct, Expr, ExprKind, FromItem, JsonStep, Literal, OrderKey, Over, Query, RelationSource, RowsOf, SetExpr, find,
    operands, query_of,
};

/// Whether an aggregate call stands in the expression (a window call's own function is none).
pub(super) fn aggregate_in(e: &Expr) -> Option<&Expr> {
    find(e, &|e| matches!(e.kind, ExprKind::Aggregate(_)))
}

/// Whether a window call stands in the expression.
pub(super) fn window_in(e: &Expr) -> Option<&Expr> {
    find(e, &|e| matches!(e.kind, ExprKind::Window(_)))
}

/// Whether two expressions of one block mean the same by form: what `group by` and `order by` compare. Queries inside never do.
pub(super) fn same(a: &Expr, b: &Expr) -> bool {
    same_head(a, b) && {
        let (mut left, mut right) = (Vec::new(), Vec::new());
        operands(a, &mut |e| left.push(e));
        operands(b, &mut |e| right.push(e));
        left.len() == right.len() && left.iter().zip(&right).all(|(a, b)| same(a, b))
    }
}

fn same_head(a: &Expr, b: &Expr) -> bool {
    use ExprKind as K;
    match (&a.kind, &b.kind) {
        (K::Column { relation: r, name: n }, K::Column { relation: s, name: m }) => r == s && n == m,
        (K::Literal(l), K::Literal(m)) => *l == *m && (*l != Literal::Null || a.ty == b.ty),
        (K::RunDate, K::RunDate)
        | (K::Array(_), K::Array(_))
        | (K::Row(_), K::Row(_))
        | (K::Grouping(_), K::Grouping(_))
        | (K::Not(_), K::Not(_))
        | (K::And(_), K::And(_))
        | (K::Or(_), K::Or(_)) => true,
        (K::Subscript(..), K::Subscript(..)) => true,
        (K::Slice(_, l, h), K::Slice(_, m, i)) => l.is_some() == m.is_some() && h.is_some() == i.is_some(),
        (K::Quantified(q), K::Quantified(r)) => {
            q.operator == r.operator && q.all == r.all && matches!((&q.over, &r.over), (Over::Array(_), Over::Array(_)))
        }
        (K::Call { function: f, .. }, K::Call { function: g, .. }) | (K::Operator { function: f, .. }, K::Operator { function: g, .. }) => {
            f == g
        }
        (K::Common(f, _), K::Common(g, _)) => f == g,
        (K::IsNull(_, x), K::IsNull(_, y)) | (K::InList(_, _, x), K::InList(_, _, y)) => x == y,
        (K::Between(.., x), K::Between(.., y)) | (K::IsDistinct(.., x), K::IsDistinct(.., y)) => x == y,
        (K::IsBool(_, v, x), K::IsBool(_, w, y)) => (v, x) == (w, y),
        (K::Like(_, _, i, x), K::Like(_, _, j, y)) => (i, x) == (j, y),
        (K::Case { operand: o, otherwise: e, .. }, K::Case { operand: p, otherwise: g, .. }) => {
            o.is_some() == p.is_some() && e.is_some() == g.is_some()
        }
        (K::Cast(_), K::Cast(_)) => a.ty == b.ty,
        (K::Aggregate(c), K::Aggregate(d)) => same_call(c, d),
        (K::Window(v), K::Window(w)) => {
            same_call(&v.call, &w.call)
                && v.partition.len() == w.partition.len()
                && same_order(&v.order, &w.order)
                && v.frame.is_none()
                && w.frame.is_none()
        }
        (K::Json(j), K::Json(k)) => {
            j.scalar == k.scalar
                && a.ty == b.ty
                && j.steps.len() == k.steps.len()
                && j.steps.iter().zip(&k.steps).all(|(s, t)| same_step(s, t))
        }
        (K::Release(_, r), K::Release(_, s)) => r.label == s.label,
        _ => false,
    }
}

fn same_call(a: &AggregateCall, b: &AggregateCall) -> bool {
    a.function == b.function
        && a.star == b.star
        && a.distinct == b.distinct
        && a.args.len() == b.args.len()
        && same_order(&a.order, &b.order)
        && a.filter.is_some() == b.filter.is_some()
}

fn same_order(a: &[OrderKey], b: &[OrderKey]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.descending == b.descending && a.nulls_first == b.nulls_first)
}

fn same_step(a: &JsonStep, b: &JsonStep) -> bool {
    match (a, b) {
        (JsonStep::Field(a), JsonStep::Field(b)) => a == b,
        (JsonStep::Index(a), JsonStep::Index(b)) => a == b,
        (JsonStep::Pick { conditions: c, index: i }, JsonStep::Pick { conditions: d, index: j }) => c == d && i == j,
        (JsonStep::Computed(_), JsonStep::Computed(_)) => true,
        _ => false,
    }
}

/// The column under casts that change nothing but the type.
pub(super) fn column(e: &Expr) -> Option<(&Ident, &Ident)> {
    match &e.kind {
        ExprKind::Column { relation, name } => Some((relation, name)),
        ExprKind::Cast(inner) => column(inner),
        _ => None,
    }
}

/// Visits every expression of a query with the aliases that hide an enclosing block's.
pub(super) fn in_query<'e>(q: &'e Query, f: &mut dyn FnMut(&'e Expr, &[Ident])) {
    nested(q, &mut Vec::new(), f);
}

fn nested<'e>(q: &'e Query, hidden: &mut Vec<Ident>, f: &mut dyn FnMut(&'e Expr, &[Ident])) {
    for cte in &q.with {
        nested(&cte.query, hidden, f);
    }
    set(&q.body, hidden, f);
    let outside = hidden.len();
    if let SetExpr::Select(select) = &q.body {
        select.from.iter().for_each(|item| aliases(item, hidden));
    }
    q.order.iter().for_each(|key| deep(&key.expr, hidden, f));
    hidden.truncate(outside);
    for e in q.limit.iter().chain(&q.offset) {
        deep(e, hidden, f);
    }
}

fn set<'e>(body: &'e SetExpr, hidden: &mut Vec<Ident>, f: &mut dyn FnMut(&'e Expr, &[Ident])) {
    match body {
        SetExpr::Select(select) => {
            let outside = hidden.len();
            select.from.iter().for_each(|item| aliases(item, hidden));
            select.from.iter().for_each(|item| from_item(item, hidden, f));
            let on = if let Distinct::On(keys) = &select.distinct { keys.as_slice() } else { &[] };
            let items = select.items.iter().map(|i| &i.expr);
            for e in items.chain(on).chain(&select.filter).chain(&select.group.keys).chain(&select.having).chain(&select.qualify) {
                deep(e, hidden, f);
            }
            hidden.truncate(outside);
        }
        SetExpr::Values(rows) => rows.iter().flatten().for_each(|e| deep(e, hidden, f)),
        SetExpr::Set { left, right, .. } => {
            set(left, hidden, f);
            set(right, hidden, f);
        }
        SetExpr::Query(inner) => nested(inner, hidden, f),
    }
}

fn aliases(item: &FromItem, out: &mut Vec<Ident>) {
    match item {
        FromItem::Relation(r) => out.push(r.alias.clone()),
        FromItem::Join { left, right, .. } => {
            aliases(left, out);
            aliases(right, out);
        }
    }
}

fn from_item<'e>(item: &'e FromItem, hidden: &mut Vec<Ident>, f: &mut dyn FnMut(&'e Expr, &[Ident])) {
    match item {
        FromItem::Relation(r) => match &r.source {
            RelationSource::Table(_) | RelationSource::Cte(_) => {}
            RelationSource::Derived(q) => nested(q, hidden, f),
            RelationSource::Unnest { expr, .. } => deep(expr, hidden, f),
            RelationSource::Function { args, .. } => args.iter().for_each(|e| deep(e, hidden, f)),
            RelationSource::Zip { rows, .. } => rows.iter().flat_map(RowsOf::parts).for_each(|e| deep(e, hidden, f)),
        },
        FromItem::Join { left, right, on, .. } => {
            from_item(left, hidden, f);
            from_item(right, hidden, f);
            on.iter().for_each(|e| deep(e, hidden, f));
        }
    }
}

fn deep<'e>(e: &'e Expr, hidden: &mut Vec<Ident>, f: &mut dyn FnMut(&'e Expr, &[Ident])) {
    f(e, hidden);
    operands(e, &mut |child| deep(child, hidden, f));
    if let Some(q) = query_of(e) {
        nested(q, hidden, f);
    }
}
