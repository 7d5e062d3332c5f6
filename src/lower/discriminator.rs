use super::{Cx, Scope, Typed, expr};
use crate::base::Ident;
use crate::ir::{AggregateCall, Edge, Expr, ExprKind, Label, Literal, Origin, Program};

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
    let table = scope.relations.iter().find(|r| r.alias == *relation)?.table?;
    let (_, by) = constant_equality(cx.program, filter).filter(|(alias, _)| *alias == relation)?;
    let finished = cx.finished(table)?;
    let position = |name: &Ident| finished.table.columns.iter().position(|c| c.name == *name).and_then(|p| u32::try_from(p).ok());
    let (value, by) = (position(column)?, position(by)?);
    let fits = finished.discriminators.iter().any(|d| d.by == by && d.columns.contains(&value));
    fits.then_some(Origin { table, column: value, edge: Edge::Value })
}

/// `alias.column = 'constant'`, either way round, and nothing else.
fn constant_equality<'e>(program: &Program, e: &'e Expr) -> Option<(&'e Ident, &'e Ident)> {
    let ExprKind::Operator { function, args } = &e.kind else { return None };
    if &*program.function(*function)?.name != "=" {
        return None;
    }
    match args.as_slice() {
        [Expr { kind: ExprKind::Column { relation, name }, .. }, constant]
        | [constant, Expr { kind: ExprKind::Column { relation, name }, .. }] => {
            matches!(constant.kind, ExprKind::Literal(Literal::Text(_) | Literal::Number(_))).then_some((relation, name))
        }
        _ => None,
    }
}
