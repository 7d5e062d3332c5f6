use super::{Cx, Scope, Typed, expr};
use crate::base::Ident;
use crate::ir::{AggregateCall, CategoryId, Column, Edge, Expr, ExprKind, Label, Literal, Origin, Program, Table};
use std::collections::BTreeSet;

/// Aggregates that pick one of the values they see, unchanged.
const PICKS: [&str; 4] = ["max", "min", "bool_or", "bool_and"];

/// `max(a.answer) filter (where a.linkid = '…') @name`, where `answer` is declared to tell what `linkid` says: tells what the annotation says,
/// in place of everything any answer may tell, and still counts as one column's own value. What `linkid` itself tells stays, as control: by a name,
/// the pick says whether somebody of that name is there. Whether it was such a pick.
pub(super) fn settle(cx: &Cx<'_>, scope: &Scope<'_>, typed: &mut Typed, said: &Label) -> bool {
    let Some((origin, by)) = picked(cx, scope, &typed.expr) else { return false };
    let control = typed.facts.label.control_part().join(&by.as_control());
    typed.facts.label = said.join(&control);
    typed.facts.intact = Some(origin);
    typed.expr.ty = expr::bake(typed.expr.ty.clone(), &typed.facts.label);
    true
}

/// The column that a pick takes its value from, and what the column tells that it is picked by.
fn picked(cx: &Cx<'_>, scope: &Scope<'_>, e: &Expr) -> Option<(Origin, Label)> {
    let ExprKind::Aggregate(call) = &e.kind else { return None };
    let AggregateCall { function, args, star: false, distinct: _, order, filter: Some(filter) } = call.as_ref() else { return None };
    let name = &cx.program.function(*function)?.name;
    let [Expr { kind: ExprKind::Column { relation, name: column }, .. }] = args.as_slice() else { return None };
    if !order.is_empty() || !PICKS.contains(&&**name) {
        return None;
    }
    let table = scope.relations.iter().find(|r| r.alias == *relation)?.table?;
    let side = constant_equality(cx.program, filter)?;
    let by = super::walk::column(side).filter(|(alias, _)| *alias == relation)?.1;
    let finished = cx.finished(table)?;
    let position = |name: &Ident| finished.table.columns.iter().position(|c| c.name == *name).and_then(|p| u32::try_from(p).ok());
    let (value, by) = (position(column)?, position(by)?);
    let fits = finished.discriminators.iter().any(|d| d.by == by && d.columns.contains(&value));
    let told = if one_document(&finished.table, value, by) { Label::PUBLIC } else { super::chosen::label(cx, scope, side) };
    fits.then_some((Origin { table, column: value, edge: Edge::Value }, told))
}

/// Whether nobody has said what the second column tells by itself: it is read from the document that the first is read from, and tells all that this
/// may tell. That its words decide is then what the reason is given for.
fn one_document(table: &Table, value: u32, by: u32) -> bool {
    let (Some(value), Some(by)) = (table.columns.get(value as usize), table.columns.get(by as usize)) else { return false };
    let read = |c: &Column| c.from.iter().filter(|o| o.edge == Edge::Value).map(|o| (o.table, o.column)).collect::<BTreeSet<_>>();
    let (documents, from) = (read(value), read(by));
    let told = |category: &CategoryId| by.label.values().iter().any(|(c, _)| c == category);
    !from.is_empty() && from.is_subset(&documents) && value.label.values().iter().all(|(c, _)| told(c))
}

/// `alias.column = 'constant'`, either way round, and nothing else.
fn constant_equality<'e>(program: &Program, e: &'e Expr) -> Option<&'e Expr> {
    let ExprKind::Operator { function, args } = &e.kind else { return None };
    if &*program.function(*function)?.name != "=" {
        return None;
    }
    match args.as_slice() {
        [side @ Expr { kind: ExprKind::Column { .. }, .. }, constant] | [constant, side @ Expr { kind: ExprKind::Column { .. }, .. }] => {
            matches!(constant.kind, ExprKind::Literal(Literal::Text(_) | Literal::Number(_))).then_some(side)
        }
        _ => None,
    }
}
