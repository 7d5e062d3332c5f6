use crate::ir::{AggregateCall, Expr, ExprKind, FrameBound, JsonStep, OrderKey, Over, WindowCall};

/// Whether some part of an expression, itself included, fits. Does not enter subqueries.
pub(super) fn any(e: &Expr, fits: &dyn Fn(&Expr) -> bool) -> bool {
    fits(e) || parts(e).into_iter().any(|p| any(p, fits))
}

/// The direct parts of an expression, in order of writing; subqueries are left out.
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
        ExprKind::And(all)
        | ExprKind::Or(all)
        | ExprKind::Common(_, all)
        | ExprKind::Array(all)
        | ExprKind::Grouping(all)
        | ExprKind::Row(all) => all.iter().collect(),
        ExprKind::Not(a) | ExprKind::IsNull(a, _) | ExprKind::IsBool(a, ..) | ExprKind::Cast(a) | ExprKind::Release(a, _) => vec![a],
        ExprKind::InQuery(a, ..) => vec![a],
        ExprKind::IsDistinct(a, b, _) | ExprKind::Like(a, b, ..) | ExprKind::Subscript(a, b) => vec![a, b],
        ExprKind::Slice(a, low, high) => std::iter::once(a.as_ref()).chain(low.as_deref()).chain(high.as_deref()).collect(),
        ExprKind::Quantified(q) => match &q.over {
            Over::Array(array) => vec![&q.left, array],
            Over::Query(_) => vec![&q.left],
        },
        ExprKind::InList(a, list, _) => std::iter::once(a.as_ref()).chain(list).collect(),
        ExprKind::Between(a, b, c, _) => vec![a, b, c],
        ExprKind::Case { operand, arms, otherwise } => {
            let arms = arms.iter().flat_map(|(when, then)| [when, then]);
            operand.as_deref().into_iter().chain(arms).chain(otherwise.as_deref()).collect()
        }
        ExprKind::Aggregate(call) => aggregate_parts(call),
        ExprKind::Window(call) => window_parts(call),
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
    call.args.iter().chain(keys(&call.order)).chain(&call.filter).collect()
}

fn window_parts(call: &WindowCall) -> Vec<&Expr> {
    let bounds = call.frame.iter().flat_map(|f| std::iter::once(&f.start).chain(&f.end)).filter_map(|b| match b {
        FrameBound::Preceding(n) | FrameBound::Following(n) => Some(n),
        _ => None,
    });
    aggregate_parts(&call.call).into_iter().chain(&call.partition).chain(keys(&call.order)).chain(bounds).collect()
}

fn keys(order: &[OrderKey]) -> impl Iterator<Item = &Expr> {
    order.iter().map(|k| &k.expr)
}
