//! On which day a kept row came. A table that keeps its rows, built each day, holds of each row the day it was first there when it writes down
//! the run date or from when to when a version held: for a visit that is the day of the visit, for a patient's row the day of admission. Dates directly
//! related to an individual are an identifier of their own, 45 CFR 164.514(b)(2)(i)(C), however public the columns beside them are.

use super::query::Lowered;
use super::{Cx, whose};
use crate::base::Ident;
use crate::ir::{
    CategoryId, Expr, ExprKind, Form, FromItem, FunctionKind, Label, Level, Materialization, Query, RelationSource, RowsOf, SetExpr,
    Subject, TableId,
};
use crate::ir::{operands, query_of};
use crate::resolve::PendingModel;
use std::collections::{BTreeMap, BTreeSet};

/// The category of days on which something happened to somebody, as `std.hipaa` declares it.
const DAYS: &str = "service_date";

/// Gives the columns of an incremental model that write down the run date the label of what that tells. A history's days get it where they are made.
pub(super) fn apply(cx: &Cx<'_>, model: &PendingModel<'_>, lowered: &mut Lowered) {
    if !matches!(model.materialization, Materialization::Incremental { .. }) {
        return;
    }
    let written = written(cx, &lowered.query, &Known::default());
    if !written.iter().any(|(_, asks)| *asks) {
        return;
    }
    let Some(told) = label(cx) else { return };
    for (column, _) in lowered.query.columns.iter_mut().zip(&written).filter(|(_, (_, asks))| *asks) {
        column.label = column.label.join(&told);
    }
}

/// What the day on which a row of the model came tells; `None` where its rows are nobody's, or the project knows no such days.
pub(super) fn label(cx: &Cx<'_>) -> Option<Label> {
    let known = (0u32..).map(CategoryId).zip(&cx.program.categories).find(|(_, c)| c.name.as_str() == DAYS);
    let (day, _) = known?;
    let reads: Vec<TableId> = cx.reads.borrow().iter().copied().collect();
    is_somebodys(cx, reads).then(|| Label::value(day, Level::of(Form::Direct)))
}

/// Whether a row of one of these tables, or of what they are made from, is of one of the declared subjects, or tells something of somebody where none is.
fn is_somebodys(cx: &Cx<'_>, mut todo: Vec<TableId>) -> bool {
    let subjects: Vec<&Subject> = cx.program.subjects.iter().collect();
    let mut seen = BTreeSet::new();
    while let Some(here) = todo.pop() {
        let Some(finished) = cx.finished(here).filter(|_| seen.insert(here)) else { continue };
        let table = &finished.table;
        let of_subject = || !whose::naming(cx, here, &subjects).is_empty() || whose::has_things(cx, here, &subjects);
        let tells = || table.columns.iter().any(|c| !c.label.is_public());
        if if subjects.is_empty() { tells() } else { of_subject() } {
            return true;
        }
        todo.extend(&table.reads);
    }
    false
}

/// The columns of a relation, and whether each holds the run date or what is computed from it.
type Written = Vec<(Ident, bool)>;

/// What is known while a query is read: its `with` entries, and the relations in scope.
#[derive(Clone, Default)]
struct Known {
    entries: BTreeMap<Ident, Written>,
    aliases: BTreeMap<Ident, BTreeSet<Ident>>,
}

/// Which columns of a query write down the run date, outside masks: these say themselves which day they count by.
fn written(cx: &Cx<'_>, query: &Query, outer: &Known) -> Written {
    let mut known = outer.clone();
    for entry in &query.with {
        let none = entry.query.columns.iter().map(|c| (c.name.clone(), false)).collect();
        known.entries.insert(entry.name.clone(), none);
        // A recursive entry reads itself: what it writes down grows until nothing is added.
        loop {
            let found = written(cx, &entry.query, &known);
            let grown = known.entries.get(&entry.name) != Some(&found);
            known.entries.insert(entry.name.clone(), found);
            if !grown || !entry.recursive {
                break;
            }
        }
    }
    let found = of_body(cx, &query.body, &known);
    query.columns.iter().enumerate().map(|(i, c)| (c.name.clone(), found.contains(&i))).collect()
}

/// The same by position.
fn of_body(cx: &Cx<'_>, body: &SetExpr, known: &Known) -> BTreeSet<usize> {
    let those = |asked: &mut dyn Iterator<Item = bool>| asked.enumerate().filter(|(_, asks)| *asks).map(|(i, _)| i).collect();
    match body {
        SetExpr::Select(select) => {
            let mut known = known.clone();
            select.from.iter().for_each(|item| relations(cx, item, &mut known));
            those(&mut select.items.iter().map(|i| asks(cx, &i.expr, &known)))
        }
        SetExpr::Set { left, right, .. } => &of_body(cx, left, known) | &of_body(cx, right, known),
        SetExpr::Query(query) => those(&mut written(cx, query, known).into_iter().map(|(_, asks)| asks)),
        SetExpr::Values(rows) => {
            rows.iter().flat_map(|row| row.iter().enumerate()).filter(|(_, e)| asks(cx, e, known)).map(|(i, _)| i).collect()
        }
    }
}

/// Takes what is read into scope, in order: a lateral one sees those before it.
fn relations(cx: &Cx<'_>, item: &FromItem, known: &mut Known) {
    let relation = match item {
        FromItem::Relation(relation) => relation,
        FromItem::Join { left, right, .. } => {
            relations(cx, left, known);
            return relations(cx, right, known);
        }
    };
    let renamed = |found: Written| {
        let names = relation.columns.iter().map(|c| Some(c.name.clone())).chain(std::iter::repeat(None));
        found.into_iter().zip(names).filter(|((_, asks), _)| *asks).map(|((name, _), other)| other.unwrap_or(name)).collect()
    };
    let all = |asks: bool| if asks { relation.columns.iter().map(|c| c.name.clone()).collect() } else { BTreeSet::new() };
    let found = match &relation.source {
        RelationSource::Table(_) => BTreeSet::new(),
        RelationSource::Cte(name) => renamed(known.entries.get(name).cloned().unwrap_or_default()),
        RelationSource::Derived(query) => renamed(written(cx, query, known)),
        RelationSource::Unnest { expr, .. } => all(asks(cx, expr, known)),
        RelationSource::Function { args, .. } => all(args.iter().any(|a| asks(cx, a, known))),
        RelationSource::Zip { rows, .. } => all(rows.iter().flat_map(RowsOf::parts).any(|e| asks(cx, e, known))),
    };
    known.aliases.insert(relation.alias.clone(), found);
}

fn asks(cx: &Cx<'_>, e: &Expr, known: &Known) -> bool {
    match &e.kind {
        ExprKind::RunDate => return true,
        ExprKind::Column { relation, name } => return known.aliases.get(relation).is_some_and(|names| names.contains(name)),
        ExprKind::Call { function, .. } if cx.program.function(*function).is_some_and(|f| f.kind == FunctionKind::Mask) => return false,
        _ => {}
    }
    let mut found = query_of(e).is_some_and(|q| written(cx, q, known).iter().any(|(_, asks)| *asks));
    operands(e, &mut |operand| found = found || asks(cx, operand, known));
    found
}
