use super::{Cx, Scope, Typed, expr};
use crate::base::Ident;
use crate::ir::{AggregateCall, Column, Expr, ExprKind, Label, Literal, Origin, Program};

/// Aggregates that pick one of the values they see, unchanged.
const PICKS: [&str; 4] = ["max", "min", "bool_or", "bool_and"];

/// `max(a.answer) filter (where a.linkid = '…') @name`, where `answer` is declared to tell what `linkid` says: tells what the annotation says,
/// in place of everything any answer may tell, and still counts as one column's own value. Whether it was such a pick.
pub(super) fn settle(cx: &Cx<'_>, scope: &Scope<'_>, typed: &mut Typed, said: &Label) -> bool {
    let Some(origin) = picked(cx, scope, &typed.expr) else { return false };
    let control = typed.facts.label.control_part();
    typed.facts.label = said.join(&control);
    typed.facts.intact = Some(origin);
    typed.expr.ty = expr::bake(typed.expr.ty.clone(), &typed.facts.label);
    true
}

fn picked(cx: &Cx<'_>, scope: &Scope<'_>, e: &Expr) -> Option<Origin> {
    let ExprKind::Aggregate(call) = &e.kind else { return None };
    let AggregateCall { function, args, star: false, distinct: _, order, filter: Some(filter) } = call.as_ref() else { return None };
    let name = &cx.program.function(*function)?.name;
    let [Expr { kind: ExprKind::Column { relation, name: column }, .. }] = args.as_slice() else { return None };
    if !order.is_empty() || !PICKS.contains(&&**name) {
        return None;
    }
    let value = in_scope(scope, relation, column)?.intact?;
    let by = constant_equality(cx.program, filter).filter(|(alias, _)| *alias == relation)?;
    let key = in_scope(scope, by.0, by.1)?.intact?;
    let declared = &cx.finished(value.table)?.discriminators;
    let fits = key.table == value.table && declared.iter().any(|d| d.by == key.column && d.columns.contains(&value.column));
    fits.then_some(value)
}

fn in_scope<'s>(scope: &'s Scope<'_>, relation: &Ident, column: &Ident) -> Option<&'s Column> {
    scope.relations.iter().find(|r| r.alias == *relation)?.columns.iter().find(|c| c.name == *column)
}

/// `alias.column = 'constant'`, either way round, and nothing else.
fn constant_equality<'e>(program: &Program, e: &'e Expr) -> Option<(&'e Ident, &'e Ident)> {
    let ExprKind::Operator { function, args } = &e.kind else { return None };
    if &*program.function(*function)?.name != "=" {
        return None;
    }
    match args.as_slice() {
        [Expr { kind: ExprKind::Column { relation, name }, .. }, constant] | [constant, Expr { kind: ExprKind::Column { relation, name }, .. }] => {
            matches!(constant.kind, ExprKind::Literal(Literal::Text(_) | Literal::Number(_))).then_some((relation, name))
        }
        _ => None,
    }
}
