//! Ways as people read them: the steps of a diagnostic.

use super::body::Means;
use super::json_path;
use super::path::{self, ControlWay, Hop};
use super::sinks::Sink;
use crate::base::Span;
use crate::diag::FlowStep;
use crate::ir::{CategoryId, Edge, Origin, Program, TableId};
use std::collections::{BTreeMap, VecDeque};

/// The steps of a value from its source, each with what it went through and, where that changes, what is left.
pub(super) fn value(program: &Program, hops: &[Hop<'_>], category: CategoryId) -> Vec<FlowStep> {
    let mut before = None;
    let step = |hop: &Hop<'_>| {
        let level = path::level_of(program, (hop.table, hop.column), category);
        let mut text = format!("`{}`", path::called(program, hop));
        if hop.equal {
            text.push_str(", which a condition says is equal");
        }
        for means in hop.means.iter().rev() {
            text.push_str(&through(means));
        }
        if let Some(level) = level.filter(|l| before != Some(*l)) {
            // Of a whole JSON value: where in it that stands.
            let inside = inside(program, hop, category).map(|path| format!(" whose `{path}`")).unwrap_or_default();
            text.push_str(&format!(",{inside} tells {}", path::told_as(program, category, level)));
        }
        before = level;
        FlowStep { at: path::place(program, hop.table, hop.column), text }
    };
    hops.iter().map(step).collect()
}

/// `.name[*].family`, where a whole JSON value gets further.
fn inside(program: &Program, hop: &Hop<'_>, category: CategoryId) -> Option<String> {
    let (_, column) = path::column_of(program, hop.table, hop.column)?;
    let found = json_path::telling(program, &column.ty, &hop.steps, category)?;
    (!found.path.is_empty()).then_some(found.path)
}

/// `` , masked by `zip3` ``
fn through(means: &Means<'_>) -> String {
    match means {
        Means::Mask(mask, _) => format!(", masked by `{}`", mask.name),
        Means::Release(release) => format!(", released because \"{}\"", release.because),
    }
}

/// The steps of a condition: the value it asks about, the condition, the tables whose rows it decides.
pub(super) fn control(program: &Program, way: &ControlWay<'_>, category: CategoryId) -> Vec<FlowStep> {
    let mut steps = value(program, &way.value, category);
    let name = |at: usize| way.tables.get(at).and_then(|t| program.table(*t)).map(path::table_name).unwrap_or_default();
    if let Some(condition) = &way.condition {
        steps.push(FlowStep { at: condition.at, text: format!("a condition on it decides which rows `{}` has", name(0)) });
    }
    for (i, id) in way.tables.iter().enumerate().skip(1) {
        let at = program.table(*id).map(|t| t.at).unwrap_or_default();
        steps.push(FlowStep { at, text: format!("`{}` has rows of `{}`", name(i), name(i - 1)) });
    }
    steps
}

/// The steps of rows from the table they are stored in, of which `first` says what is the matter with them, to another that is made of it.
pub(super) fn rows(program: &Program, (from, to): (TableId, TableId), first: &str) -> Vec<FlowStep> {
    let step = |(before, id): (Option<TableId>, TableId)| {
        let table = program.table(id)?;
        let name = path::table_name(table);
        let text = match before.and_then(|b| program.table(b)) {
            Some(before) => format!("`{name}` has rows of `{}`", path::table_name(before)),
            None => format!("`{name}`{first}"),
        };
        Some(FlowStep { at: table.at, text })
    };
    let tables = between(program, from, to);
    let before = std::iter::once(None).chain(tables.iter().copied().map(Some));
    before.zip(tables.iter().copied()).filter_map(step).collect()
}

/// The tables from one to another that reads it, the fewest; none where it does not.
fn between(program: &Program, from: TableId, to: TableId) -> Vec<TableId> {
    let mut next: BTreeMap<TableId, TableId> = BTreeMap::new();
    let mut queue = VecDeque::from([to]);
    while let Some(here) = queue.pop_front() {
        if here == from {
            let way = std::iter::successors(Some(from), |t| next.get(t).copied().filter(|_| *t != to));
            return way.collect();
        }
        for read in program.table(here).into_iter().flat_map(|t| &t.reads) {
            if *read != to && !next.contains_key(read) {
                next.insert(*read, here);
                queue.push_back(*read);
            }
        }
    }
    Vec::new()
}

/// The steps of a column from where it is stored: what it is computed from first, and what that is.
pub(super) fn column(program: &Program, end: (TableId, u32)) -> Vec<FlowStep> {
    let mut way = vec![end];
    while let Some(here) = way.last().copied() {
        let origins = path::column_of(program, here.0, here.1).into_iter().flat_map(|(_, c)| c.from.iter());
        let mut values = origins.filter(|o| o.edge == Edge::Value && o.column != Origin::ROWS).map(|o| (o.table, o.column));
        let Some(before) = values.find(|at| !way.contains(at)) else { break };
        way.push(before);
    }
    let step = |(table, column): (TableId, u32)| FlowStep {
        at: path::place(program, table, column),
        text: format!("`{}`", path::qualified(program, table, column)),
    };
    way.into_iter().rev().map(step).collect()
}

/// The last step of every way.
pub(super) fn arrival(sink: &Sink<'_>, sent: Span) -> FlowStep {
    FlowStep { at: sent, text: format!("{}, {}", sink.what.trim_end_matches(','), cleared(sink)) }
}

/// `` clearance `safe_harbor` ``
pub(super) fn cleared(sink: &Sink<'_>) -> String {
    sink.clearance.map_or("no clearance".to_owned(), |c| format!("clearance `{}`", c.name))
}
