//! The ways values and conditions take from source columns to a column: the shortest, and of equally short ones the first in order of table and column,
//! so that the same program gives the same message.

use super::body::{self, Condition, Means, Read};
use super::json_path::{self, Step};
use crate::base::Span;
use crate::ir::{CategoryId, Column, Edge, Form, Level, Program, Table, TableId, TableKind};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// A column on the way, and how its value got there from the column before.
#[derive(Clone, Debug)]
pub struct Hop<'p> {
    /// Whose.
    pub table: TableId,
    /// Which, by position.
    pub column: u32,
    /// The steps into it to what goes on, where it is JSON.
    pub steps: Vec<Step<'p>>,
    /// Not computed from the one before: a condition says that the two are equal.
    pub equal: bool,
    /// Masks and releases between the two.
    pub means: Vec<Means<'p>>,
}

/// From the column where a category comes in to the column that tells it; the shortest way.
pub fn value_way<'p>(program: &'p Program, end: (TableId, u32), category: CategoryId) -> Vec<Hop<'p>> {
    way_into(program, end, Vec::new(), category)
}

/// The same to a path into a JSON column.
fn way_into<'p>(program: &'p Program, end: (TableId, u32), steps: Vec<Step<'p>>, category: CategoryId) -> Vec<Hop<'p>> {
    let mut back: BTreeMap<(TableId, u32), ((TableId, u32), Edge)> = BTreeMap::new();
    let mut seen = BTreeSet::from([end]);
    let mut queue = VecDeque::from([end]);
    let mut start = end;
    while let Some(here) = queue.pop_front() {
        let mut before: Vec<_> = origins(program, here).filter(|(at, _)| level_of(program, *at, category).is_some()).collect();
        before.sort_unstable_by_key(|(at, edge)| (*edge, *at));
        if before.is_empty() {
            start = here;
            break;
        }
        for (at, edge) in before {
            if seen.insert(at) {
                back.insert(at, (here, edge));
                queue.push_back(at);
            }
        }
    }
    let mut all = vec![(start, None)];
    let mut here = start;
    while let Some((next, edge)) = back.get(&here).copied() {
        all.push((next, Some(edge)));
        here = next;
    }
    hops(program, &all, steps, category)
}

/// The columns of a way, from its end on: steps into one go on in the one it was taken from as it is.
fn hops<'p>(program: &'p Program, all: &[((TableId, u32), Option<Edge>)], mut steps: Vec<Step<'p>>, category: CategoryId) -> Vec<Hop<'p>> {
    let mut hops = Vec::new();
    for (place, ((table, column), edge)) in all.iter().enumerate().rev() {
        let before = place.checked_sub(1).and_then(|b| all.get(b)).map(|(at, _)| *at);
        let read = before.and_then(|from| between(program, from, (*table, *column), Some(category)));
        let own = std::mem::take(&mut steps);
        if let Some(read) = &read {
            steps = read.steps.clone();
            steps.extend(own.iter().filter(|_| read.whole));
        }
        let means = read.map(|r| r.means).unwrap_or_default();
        hops.push(Hop { table: *table, column: *column, steps: own, equal: *edge == Some(Edge::Equal), means });
    }
    hops.reverse();
    hops
}

fn origins(program: &Program, (table, column): (TableId, u32)) -> impl Iterator<Item = ((TableId, u32), Edge)> {
    let column = column_of(program, table, column).map(|(_, c)| c);
    column.into_iter().flat_map(|c| c.from.iter()).filter(|o| o.edge != Edge::Control).map(|o| ((o.table, o.column), o.edge))
}

/// Masks and releases between two columns next to each other; of several ways the one that lowers least is what tells most.
pub fn means_between<'p>(program: &'p Program, from: (TableId, u32), to: (TableId, u32)) -> Vec<Means<'p>> {
    between(program, from, to, None).map(|r| r.means).unwrap_or_default()
}

/// How a column reads another; of several ways one that tells a category, and of these the one that lowers least.
fn between<'p>(program: &'p Program, from: (TableId, u32), to: (TableId, u32), category: Option<CategoryId>) -> Option<Read<'p>> {
    let reads = body::reads(program, program.table(to.0)?, to.1).into_iter().filter(|r| (r.table, r.column) == from);
    reads.min_by_key(|r| (category.is_some_and(|c| !reads_it(program, r, c)), r.means.len()))
}

/// Whether what is read tells a category: all of a column, or the path into typed JSON.
fn reads_it(program: &Program, read: &Read<'_>, category: CategoryId) -> bool {
    let Some((_, column)) = column_of(program, read.table, read.column) else { return false };
    let tells = column.label.values().iter().any(|(c, _)| *c == category);
    tells && (read.steps.is_empty() || json_path::telling(program, &column.ty, &read.steps, category).is_some())
}

/// How a message calls what goes on from a hop: `ehr.patient.resource.name[0].family`
pub fn called(program: &Program, hop: &Hop<'_>) -> String {
    format!("{}{}", qualified(program, hop.table, hop.column), json_path::text(&hop.steps))
}

/// How a condition gets to the rows of a table.
#[derive(Debug)]
pub struct ControlWay<'p> {
    /// The way of the value that is asked about; empty when the model's text does not show it.
    pub value: Vec<Hop<'p>>,
    /// The condition.
    pub condition: Option<Condition<'p>>,
    /// From the table that has the condition to the one whose rows are asked about.
    pub tables: Vec<TableId>,
}

/// The nearest condition that makes the rows of a table tell a category.
pub fn control_way<'p>(program: &'p Program, end: TableId, category: CategoryId) -> ControlWay<'p> {
    let mut back: BTreeMap<TableId, TableId> = BTreeMap::new();
    let mut seen = BTreeSet::from([end]);
    let mut queue = VecDeque::from([end]);
    let mut best = ControlWay { value: Vec::new(), condition: None, tables: vec![end] };
    while let Some(here) = queue.pop_front() {
        let Some(table) = program.table(here) else { continue };
        let found = asking(program, table, category);
        let certain = found.as_ref().is_some_and(|(c, ..)| !c.structural);
        if let Some((condition, at, steps)) = found.filter(|_| certain || best.condition.is_none()) {
            best = ControlWay { value: way_into(program, at, steps, category), condition: Some(condition), tables: chain(&back, here) };
        }
        if certain {
            break;
        }
        for read in &table.reads {
            let told =
                program.table(*read).is_some_and(|t| t.columns.iter().any(|c| c.label.controls().iter().any(|(c, _)| *c == category)));
            if told && seen.insert(*read) {
                back.insert(*read, here);
                queue.push_back(*read);
            }
        }
    }
    best
}

fn chain(back: &BTreeMap<TableId, TableId>, from: TableId) -> Vec<TableId> {
    let mut tables = vec![from];
    while let Some(next) = tables.last().and_then(|t| back.get(t)) {
        tables.push(*next);
    }
    tables
}

/// A condition, a column that it reads, and the steps into that.
type Asked<'p> = (Condition<'p>, (TableId, u32), Vec<Step<'p>>);

/// The condition of a table's body that reads a column which tells a category, and that column; one that looks like structure only for want of others.
fn asking<'p>(program: &'p Program, table: &'p Table, category: CategoryId) -> Option<Asked<'p>> {
    let asks = |c: Condition<'p>| {
        let told = c.reads.iter().filter(|r| level_of(program, (r.table, r.column), category).is_some());
        let read = told.min_by_key(|r| (!reads_it(program, r, category), r.means.len()))?;
        let (told, means) = (reads_it(program, read, category), read.means.len());
        Some(((!told, c.structural, means), (read.table, read.column), read.steps.clone(), c))
    };
    let all = body::conditions(program, table).into_iter().filter_map(asks);
    all.min_by_key(|(rank, ..)| *rank).map(|(_, at, steps, c)| (c, at, steps))
}

/// What a column tells of a category, as value.
pub fn level_of(program: &Program, (table, column): (TableId, u32), category: CategoryId) -> Option<Level> {
    let (_, column) = column_of(program, table, column)?;
    column.label.values().iter().find(|(c, _)| *c == category).map(|(_, l)| *l)
}

/// A column by table and position.
pub fn column_of(program: &Program, table: TableId, position: u32) -> Option<(&Table, &Column)> {
    let table = program.table(table)?;
    Some((table, table.columns.get(position as usize)?))
}

/// `airbyte.patient.resource`, `marts_patient.name`
pub fn qualified(program: &Program, table: TableId, position: u32) -> String {
    match column_of(program, table, position) {
        Some((table, column)) => format!("{}.{}", table_name(table), column.name),
        None => String::new(),
    }
}

/// `airbyte.patient`, `marts_patient`
pub fn table_name(table: &Table) -> String {
    match &table.kind {
        TableKind::Source(source) => format!("{}.{}", source.source, table.name),
        TableKind::Seed(_) | TableKind::Model(_) => table.name.as_str().to_owned(),
    }
}

/// Where a column is written.
pub fn place(program: &Program, table: TableId, position: u32) -> Span {
    column_of(program, table, position).map(|(t, c)| if c.at == Span::default() { t.at } else { c.at }).unwrap_or_default()
}

/// `` `name` as `direct` ``, `` `record_id` as an aggregate over 11 ``
pub fn told_as(program: &Program, category: CategoryId, level: Level) -> String {
    let name = program.category(category).map_or("unclassified", |c| c.name.as_str());
    match level {
        Level { form: Form::Public, aggregate: Some(k) } => format!("`{name}` as an aggregate over {k}"),
        Level { form, .. } => format!("`{name}` as `{}`", form.name()),
    }
}
