//! What tables that are kept from build to build tell by the rows they have. In an incremental one, rows of one key replace each other, and a row
//! arrives or not as its cursor says. A history has a row for each change of any column, so how many there are of a key tells what changed.

use super::chosen::names_a_thing;
use super::query::Lowered;
use super::{Cx, Facts, flow, told_by_keys};
use crate::diag::{Code, Diagnostic};
use crate::ir::{Column, Edge, Kin, Materialization};
use crate::resolve::PendingModel;

/// Puts it on all rows. A key that names a thing is structure, and so is the key that numbers are given to where a reason is given. Unlike in a
/// `group by`, a key fixes nothing beside it: `(id, name)` has a row more for whoever changed the name.
pub(super) fn apply(cx: &Cx<'_>, model: &PendingModel<'_>, lowered: &mut Lowered) {
    let Materialization::Incremental { key, cursor, because, history, .. } = &model.materialization else { return };
    // A history says so itself.
    for column in lowered.query.columns.iter().filter(|c| !history && c.nullable && key.contains(&c.name)) {
        let message = format!("`{}` takes in rows by `{}`, which may be NULL", model.pending.name, column.name);
        let problem = Diagnostic::error(Code::BadSetting, model.pending.at, message);
        let help = "rows without a key are never there, and come in again with every build: leave them out with `where … is not null`, or give them one with `coalesce`";
        cx.error(problem.help(help));
    }
    let alone = |c: &Column| key.len() == 1 && key.contains(&c.name) && !lowered.shaped.collected.contains(&c.name) && is_thing(cx, c);
    let mut told = Facts::default();
    for c in &lowered.query.columns {
        let in_key = key.contains(&c.name);
        let here = if alone(c) {
            continue;
        } else if (in_key && because.is_none()) || cursor.as_ref() == Some(&c.name) {
            told_by_keys::of_column(cx, c)
        } else if *history && !in_key {
            flow::column_facts(c).as_control()
        } else {
            continue;
        };
        if !here.label.is_public() {
            told = told.join(&here);
        }
    }
    if told.label.is_public() {
        return;
    }
    lowered.control = lowered.control.join(&told);
    lowered.query.columns = std::mem::take(&mut lowered.query.columns).into_iter().map(|c| flow::through(c, &told)).collect();
}

/// Whether a model's only key names what its rows are: it is read unchanged, and tells one category that names things.
fn is_thing(cx: &Cx<'_>, key: &Column) -> bool {
    !key.chosen
        && key.kin != Kin::Mixed
        && key.intact.is_some_and(|o| o.edge == Edge::Value)
        && key.label.values().len() == 1
        && names_a_thing(cx, &key.label.value_part())
}
