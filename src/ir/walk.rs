//! The operands of an expression and the expressions of a query, listed once: to be read, and operands to be changed in place.

use super::{AggregateCall, Distinct, Expr, ExprKind, FrameBound, FromItem, JsonStep, Over, Query, RelationSource, RowsOf, SetExpr};

/// One list for both ways of visiting. `$as_ref` makes an optional operand's reference, `$iter` goes over a list of operands.
macro_rules! visitor {
    ($(#[$doc:meta])+ $name:ident, $of_call:ident, ($($mutable:tt)?), $iter:ident) => {
        $(#[$doc])+
        pub fn $name<'e>(expr: &'e $($mutable)? Expr, f: &mut dyn FnMut(&'e $($mutable)? Expr)) {
            match &$($mutable)? expr.kind {
                ExprKind::Column { .. }
                | ExprKind::Literal(_)
                | ExprKind::RunDate
                | ExprKind::Exists(..)
                | ExprKind::Scalar(_)
                | ExprKind::ArrayQuery(_)
                | ExprKind::Error => {}
                ExprKind::Call { args, .. }
                | ExprKind::Operator { args, .. }
                | ExprKind::And(args)
                | ExprKind::Or(args)
                | ExprKind::Common(_, args)
                | ExprKind::Array(args)
                | ExprKind::Grouping(args)
                | ExprKind::Row(args) => args.$iter().for_each(f),
                ExprKind::Not(a)
                | ExprKind::IsNull(a, _)
                | ExprKind::IsBool(a, _, _)
                | ExprKind::Cast(a)
                | ExprKind::Release(a, _)
                | ExprKind::InQuery(a, _, _) => f(a),
                ExprKind::IsDistinct(a, b, _) | ExprKind::Like(a, b, _, _) | ExprKind::Subscript(a, b) => {
                    f(a);
                    f(b);
                }
                ExprKind::Slice(array, low, high) => {
                    f(array);
                    low.$iter().chain(high.$iter()).for_each(|e| f(e));
                }
                ExprKind::Quantified(q) => {
                    f(&$($mutable)? q.left);
                    if let Over::Array(array) = &$($mutable)? q.over {
                        f(array);
                    }
                }
                ExprKind::InList(a, list, _) => {
                    f(a);
                    list.$iter().for_each(f);
                }
                ExprKind::Between(a, low, high, _) => {
                    f(a);
                    f(low);
                    f(high);
                }
                ExprKind::Case { operand, arms, otherwise } => {
                    operand.$iter().for_each(|e| f(e));
                    for (when, then) in arms {
                        f(when);
                        f(then);
                    }
                    otherwise.$iter().for_each(|e| f(e));
                }
                ExprKind::Aggregate(call) => $of_call(call, f),
                ExprKind::Window(window) => {
                    $of_call(&$($mutable)? window.call, f);
                    window.partition.$iter().for_each(&mut *f);
                    window.order.$iter().for_each(|k| f(&$($mutable)? k.expr));
                    for frame in window.frame.$iter() {
                        for bound in std::iter::once(&$($mutable)? frame.start).chain(frame.end.$iter()) {
                            if let FrameBound::Preceding(e) | FrameBound::Following(e) = bound {
                                f(e);
                            }
                        }
                    }
                }
                ExprKind::Json(access) => {
                    f(&$($mutable)? access.base);
                    for step in access.steps.$iter() {
                        if let JsonStep::Computed(e) = step {
                            f(e);
                        }
                    }
                }
            }
        }

        fn $of_call<'e>(call: &'e $($mutable)? AggregateCall, f: &mut dyn FnMut(&'e $($mutable)? Expr)) {
            call.args.$iter().for_each(&mut *f);
            call.order.$iter().for_each(|k| f(&$($mutable)? k.expr));
            call.filter.$iter().for_each(|e| f(e));
        }
    };
}

visitor!(
    /// Visits the operands of an expression, not the queries inside it.
    operands, of_call, (), iter
);
visitor!(
    /// Visits the operands of an expression to change them, not the queries inside it.
    operands_mut, of_call_mut, (mut), iter_mut
);

/// The query an expression asks.
pub fn query_of(e: &Expr) -> Option<&Query> {
    match &e.kind {
        ExprKind::Exists(q, _) | ExprKind::Scalar(q) | ExprKind::ArrayQuery(q) | ExprKind::InQuery(_, q, _) => Some(q),
        ExprKind::Quantified(quantified) => match &quantified.over {
            Over::Query(q) => Some(q),
            Over::Array(_) => None,
        },
        _ => None,
    }
}

/// Visits every expression of a query with all its operands, those of the queries inside it too.
pub fn every_expr<'q>(query: &'q Query, f: &mut dyn FnMut(&'q Expr)) {
    clause_exprs(query, &mut |e| every_operand(e, f));
}

/// Visits an expression with all its operands, those of the queries inside it too.
pub fn every_operand<'q>(e: &'q Expr, f: &mut dyn FnMut(&'q Expr)) {
    f(e);
    operands(e, &mut |inner| every_operand(inner, f));
    if let Some(query) = query_of(e) {
        every_expr(query, f);
    }
}

/// Visits every expression that stands in a clause of a query by itself, or in one of the queries it reads from; operands and the queries inside
/// expressions are left to the visitor.
pub fn clause_exprs<'q>(query: &'q Query, f: &mut dyn FnMut(&'q Expr)) {
    query.with.iter().for_each(|cte| clause_exprs(&cte.query, f));
    set_exprs(&query.body, f);
    query.order.iter().map(|k| &k.expr).chain(&query.limit).chain(&query.offset).for_each(f);
}

fn set_exprs<'q>(set: &'q SetExpr, f: &mut dyn FnMut(&'q Expr)) {
    match set {
        SetExpr::Select(select) => {
            select.from.iter().for_each(|item| from_exprs(item, f));
            let on = if let Distinct::On(keys) = &select.distinct { keys.as_slice() } else { &[] };
            let items = select.items.iter().map(|i| &i.expr).chain(on);
            items.chain(&select.filter).chain(&select.group.keys).chain(&select.having).chain(&select.qualify).for_each(f);
        }
        SetExpr::Values(rows) => rows.iter().flatten().for_each(f),
        SetExpr::Set { left, right, .. } => {
            set_exprs(left, f);
            set_exprs(right, f);
        }
        SetExpr::Query(inner) => clause_exprs(inner, f),
    }
}

/// The same of something in `from`: its conditions, arguments, and the clauses of queries it reads from.
pub fn from_exprs<'q>(item: &'q FromItem, f: &mut dyn FnMut(&'q Expr)) {
    match item {
        FromItem::Relation(relation) => match &relation.source {
            RelationSource::Table(_) | RelationSource::Cte(_) => {}
            RelationSource::Derived(query) => clause_exprs(query, f),
            RelationSource::Unnest { expr, .. } => f(expr),
            RelationSource::Function { args, .. } => args.iter().for_each(f),
            RelationSource::Zip { rows, .. } => rows.iter().flat_map(RowsOf::parts).for_each(f),
        },
        FromItem::Join { left, right, on, .. } => {
            from_exprs(left, f);
            from_exprs(right, f);
            on.iter().for_each(f);
        }
    }
}

/// The parts of a condition that all have to hold.
pub fn conjuncts(e: &Expr) -> Vec<&Expr> {
    match &e.kind {
        ExprKind::And(parts) => parts.iter().flat_map(conjuncts).collect(),
        _ => vec![e],
    }
}

/// The first expression inside (itself included) that fits, queries inside not searched.
pub fn find<'e>(e: &'e Expr, fits: &dyn Fn(&Expr) -> bool) -> Option<&'e Expr> {
    if fits(e) {
        return Some(e);
    }
    let mut found = None;
    operands(e, &mut |operand| {
        if found.is_none() {
            found = find(operand, fits);
        }
    });
    found
}

/// Whether an expression and all its operands fit, queries inside not searched.
pub fn every(e: &Expr, fits: &dyn Fn(&Expr) -> bool) -> bool {
    find(e, &|e| !fits(e)).is_none()
}
