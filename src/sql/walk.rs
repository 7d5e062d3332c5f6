//! The operands of an expression, to be changed in place.

use crate::ir::{AggregateCall, Expr, ExprKind, FrameBound, JsonStep, Over};

/// Visits the operands of an expression, not the queries inside it.
pub(super) fn operands(expr: &mut Expr, f: &mut dyn FnMut(&mut Expr)) {
    match &mut expr.kind {
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
        | ExprKind::Row(args) => args.iter_mut().for_each(f),
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
            low.iter_mut().chain(high).for_each(|e| f(e));
        }
        ExprKind::Quantified(q) => {
            f(&mut q.left);
            if let Over::Array(array) = &mut q.over {
                f(array);
            }
        }
        ExprKind::InList(a, list, _) => {
            f(a);
            list.iter_mut().for_each(f);
        }
        ExprKind::Between(a, low, high, _) => {
            f(a);
            f(low);
            f(high);
        }
        ExprKind::Case { operand, arms, otherwise } => {
            operand.iter_mut().for_each(|e| f(e));
            for (when, then) in arms {
                f(when);
                f(then);
            }
            otherwise.iter_mut().for_each(|e| f(e));
        }
        ExprKind::Aggregate(call) => of_call(call, f),
        ExprKind::Window(window) => {
            of_call(&mut window.call, f);
            window.partition.iter_mut().for_each(&mut *f);
            window.order.iter_mut().for_each(|k| f(&mut k.expr));
            for bound in window.frame.iter_mut().flat_map(|frame| std::iter::once(&mut frame.start).chain(&mut frame.end)) {
                if let FrameBound::Preceding(e) | FrameBound::Following(e) = bound {
                    f(e);
                }
            }
        }
        ExprKind::Json(access) => {
            f(&mut access.base);
            for step in &mut access.steps {
                if let JsonStep::Computed(e) = step {
                    f(e);
                }
            }
        }
    }
}

/// Whether an expression and all its operands fit; queries inside are not searched.
pub(super) fn every(expr: &Expr, fits: &dyn Fn(&Expr) -> bool) -> bool {
    let mut all = fits(expr);
    if all {
        operands(&mut expr.clone(), &mut |inner| all = all && every(inner, fits));
    }
    all
}

fn of_call(call: &mut AggregateCall, f: &mut dyn FnMut(&mut Expr)) {
    call.args.iter_mut().for_each(&mut *f);
    call.order.iter_mut().for_each(|k| f(&mut k.expr));
    call.filter.iter_mut().for_each(f);
}
