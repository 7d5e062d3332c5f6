//! What a table that loads fill tells by the rows it has. Of two rows with one key the second replaces the first, is left out, or goes to quarantine: which
//! rows there are says whose keys are equal. Which numbers of things are may be told, as in an incremental model; of names it may not.

use super::cx::Finished;
use crate::ir::{AssertionKind, CategoryId, Column, Label, Load, Program, Table, TableKind, Type};
use std::collections::BTreeSet;

/// Puts it on all rows, and on all columns, before any model reads them.
pub(super) fn apply(program: &Program, things: &BTreeSet<CategoryId>, done: &mut [Option<Finished>]) {
    for load in &program.loads {
        let Some(finished) = done.get_mut(load.table.0 as usize).and_then(Option::as_mut) else { continue };
        let told = told_by_keys(&finished.table, load, things);
        if told.is_public() {
            continue;
        }
        finished.control.label = finished.control.label.join(&told);
        for column in &mut finished.table.columns {
            column.label = column.label.join(&told);
        }
        if let TableKind::Source(source) = &mut finished.table.kind
            && let Some(own) = source.own.as_deref_mut()
        {
            own.rows_tell = own.rows_tell.join(&told);
        }
    }
}

/// What the keys of a load and of its table tell that names no things.
fn told_by_keys(table: &Table, load: &Load, things: &BTreeSet<CategoryId>) -> Label {
    let unique = table.assertions.iter().filter_map(|a| match &a.kind {
        AssertionKind::Unique(columns) => Some(columns),
        _ => None,
    });
    let keys = unique.chain([&load.key, &table.key]).flatten().collect::<BTreeSet<_>>();
    let tells = |c: &Column| match c.ty {
        Type::Json(_) => Label::direct(CategoryId::UNCLASSIFIED),
        _ if c.label.values().iter().all(|(category, _)| things.contains(category)) => Label::PUBLIC,
        _ => c.label.value_part(),
    };
    let columns = keys.into_iter().filter_map(|at| table.columns.get(*at as usize));
    columns.fold(Label::PUBLIC, |all, c| all.join(&tells(c).as_control()))
}
