//! On which day a kept row came. A table that keeps its rows, built each day, holds of each row the day it was first there when it writes down
//! the run date or from when to when a version held: for a visit that is the day of the visit, for a patient's row the day of admission. Dates directly
//! related to an individual are an identifier of their own, 45 CFR 164.514(b)(2)(i)(C), however public the columns beside them are.

use super::query::Lowered;
use super::ran::Ran;
use super::{Cx, whose};
use crate::ir::{CategoryId, Form, Label, Level, Materialization, Subject, TableId};
use crate::resolve::PendingModel;
use std::collections::BTreeSet;

/// The category of days on which something happened to somebody, as `std.hipaa` declares it.
pub(super) const DAYS: &str = "service_date";

/// Gives the columns of a model that keeps its rows, where they follow from the run date, the label of what that tells. A history's days get it where they are made.
pub(super) fn apply(cx: &Cx<'_>, model: &PendingModel<'_>, ran: &Ran, lowered: &mut Lowered) {
    if ran.columns.is_empty() || !matches!(model.materialization, Materialization::Incremental { .. }) {
        return;
    }
    let Some(told) = label(cx) else { return };
    for (_, column) in (0u32..).zip(&mut lowered.query.columns).filter(|(at, _)| ran.columns.contains(at)) {
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
pub(super) fn is_somebodys(cx: &Cx<'_>, mut todo: Vec<TableId>) -> bool {
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
