use super::Cx;
use super::flow::through;
use super::model::{Shared, rest};
use super::query::Lowered;
use crate::base::Ident;
use crate::diag::{Code, Diagnostic};
use crate::ir::{Distinct, Query, SetExpr};
use crate::resolve::PendingModel;
use crate::syntax::ast::{ClauseKind, ModelBody};

/// `drop a, b`: takes output columns away. A masked model handles its own.
pub(super) fn apply(cx: &Cx<'_>, shared: &Shared<'_>, model: &PendingModel<'_>, lowered: &mut Lowered) {
    if matches!(model.pending.syntax.body, ModelBody::Masked { .. }) {
        return;
    }
    let drops = rest(model).clauses.iter().filter_map(|c| if let ClauseKind::Drop(names) = &c.kind { Some(names) } else { None });
    for name in drops.flatten() {
        let Some(part) = name.parts.last() else { continue };
        let Some(column) = shared.generator.name(part, &model.pending.env, &mut cx.diagnostics.borrow_mut()) else { continue };
        let Some(position) = lowered.query.columns.iter().position(|c| c.name == column) else {
            unknown(cx, &lowered.query, &column, name.at);
            continue;
        };
        if !removable(&lowered.query.body) {
            let problem = Diagnostic::error(
                Code::SqlUnsupported,
                name.at,
                "`drop` cannot take a column from rows compared as a whole (`distinct`, `union`, `values`)",
            );
            cx.error(problem.help("leave the column out of the select list"));
            continue;
        }
        let told = lowered.query.columns.get(position).map(|c| lowered.shaped.without(cx, c)).unwrap_or_default();
        lowered.control = lowered.control.join(&told);
        lowered.query.columns = std::mem::take(&mut lowered.query.columns).into_iter().map(|c| through(c, &told)).collect();
        remove(&mut lowered.query, position);
        lowered.numbers.retain(|n| *n != column);
        lowered.unnamed.retain(|p| *p != position);
        lowered.unnamed.iter_mut().filter(|p| **p > position).for_each(|p| *p -= 1);
        if position < lowered.docs.len() {
            lowered.docs.remove(position);
        }
    }
}

fn unknown(cx: &Cx<'_>, query: &Query, column: &Ident, at: crate::base::Span) {
    let problem = Diagnostic::error(Code::UnknownColumn, at, format!("there is no output column `{column}` to drop"));
    cx.error(problem.suggest(column.as_str(), query.columns.iter().map(|c| c.name.as_str())));
}

fn removable(body: &SetExpr) -> bool {
    match body {
        SetExpr::Select(select) => !matches!(select.distinct, Distinct::All),
        SetExpr::Set { all: true, operator: crate::ir::SetOperator::Union, left, right } => removable(left) && removable(right),
        SetExpr::Query(inner) => removable(&inner.body),
        SetExpr::Set { .. } | SetExpr::Values(_) => false,
    }
}

fn remove(query: &mut Query, position: usize) {
    if position < query.columns.len() {
        query.columns.remove(position);
    }
    remove_from(&mut query.body, position);
}

fn remove_from(body: &mut SetExpr, position: usize) {
    match body {
        SetExpr::Select(select) if position < select.items.len() => {
            select.items.remove(position);
        }
        SetExpr::Set { left, right, .. } => {
            remove_from(left, position);
            remove_from(right, position);
        }
        SetExpr::Query(inner) => remove(inner, position),
        SetExpr::Select(_) | SetExpr::Values(_) => {}
    }
}
