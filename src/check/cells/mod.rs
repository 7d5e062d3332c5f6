//! Which counts of people a table tells: of which stored column, over which rows, by what, and under which conditions. Said so that what two models
//! tell can be compared: relations are called by their tables, through models that only choose rows and rename columns.

mod counted;
mod rows;

use super::constants::Constant;
use super::rows_of::RowsOf;
use crate::base::Ident;
use crate::ir::{AssertionKind, Column, Edge, Label, Level, Program, TableId, TableKind};
use counted::Reader;
use rows::With;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// A column of a table, by position.
pub(super) type Stored = (TableId, u32);

/// What a count counts by, as it names it: a table of its block, and a column.
type By = (TableId, Ident);

/// Cells of counts.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Cell {
    /// The stored column whose values are counted; `None`: that is not plain to see.
    pub(super) counted: Option<Stored>,
    /// Whom that column names.
    pub(super) people: Rc<People>,
    /// The table and column as the count names them: metrics of one fact over these are a family, whose cells are withheld together.
    pub(super) by: Option<By>,
    /// The tables whose rows are counted, down to where they are stored; empty: that is not plain to see.
    tables: BTreeSet<TableId>,
    from: String,
    keys: BTreeSet<String>,
    conditions: BTreeSet<String>,
    /// `column = 'constant'`: of two with different constants, no row is in both.
    constants: BTreeMap<String, Constant>,
    /// Only whether they are of so many is told: `having count(distinct …) >= 11` chooses them, and nothing is counted beside. `None`: counts are told.
    pub(super) least: Option<u32>,
    /// What cannot be compared is like nothing else: the table that tells it, and a number.
    alone: Option<(TableId, usize)>,
}

impl Cell {
    /// Whether the two are the same cells: whatever is told of how many these hold, their counts may be.
    pub(super) fn is(&self, other: &Cell) -> bool {
        Cell { by: None, least: None, ..self.clone() } == Cell { by: None, least: None, ..other.clone() }
    }

    /// Whether one of the two only tells which groups of the same people hold as many as it asks for. Where other groups or counts are told by other numbers
    /// (`one`: none are), they would spell counts out; other conditions tell what a part leaves.
    pub(super) fn chosen(&self, other: &Cell, one: bool) -> bool {
        let alike = if one { self.least.or(other.least).is_some() } else { self.least.is_some() && self.least == other.least };
        let any = |cell: &Cell| Cell { by: None, keys: BTreeSet::new(), least: None, ..cell.clone() };
        alike && self.alone.is_none() && any(self) == any(other)
    }

    /// Whether both may be of rows of one table, whose people both count.
    pub(super) fn meets(&self, other: &Cell) -> bool {
        let rows = self.tables.is_empty() || other.tables.is_empty() || !self.tables.is_disjoint(&other.tables);
        rows && self.people.may_be(&other.people)
    }

    /// Whether no row is counted in both.
    pub(super) fn excludes(&self, other: &Cell) -> bool {
        self.from == other.from && self.constants.iter().any(|(column, value)| other.constants.get(column).is_some_and(|v| v != value))
    }
}

/// Whom a counted column names: two columns of one table that reference people may be anybody of them, and one that references another names its people.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Default, Debug)]
pub(super) struct People {
    /// The column, and what it is computed from alone, as a pseudonym is.
    own: BTreeSet<Stored>,
    /// These, and what they reference.
    all: BTreeSet<Stored>,
    /// What is referenced in the end.
    pub(super) tops: BTreeSet<Stored>,
}

impl People {
    fn of(program: &Program, counted: Stored) -> People {
        let mut people = People::default();
        let mut next = vec![(counted, true)];
        while let Some((at, own)) = next.pop() {
            if own {
                people.own.insert(at);
            }
            let Some(table) = program.table(at.0).filter(|_| people.all.insert(at)) else { continue };
            let before = next.len();
            next.extend(table.assertions.iter().filter_map(|a| match a.kind {
                AssertionKind::References(from, to, column) if from == at.1 => Some(((to, column), false)),
                _ => None,
            }));
            next.extend(origin(table.columns.get(at.1 as usize)).map(|from| (from, own)));
            if next.len() == before {
                people.tops.insert(at);
            }
        }
        people
    }

    fn may_be(&self, other: &People) -> bool {
        let any = self.all.is_empty() || other.all.is_empty();
        any || !self.own.is_disjoint(&other.all) || !other.own.is_disjoint(&self.all)
    }
}

/// What a column is computed from, where that is one other column.
fn origin(column: Option<&Column>) -> Option<Stored> {
    let column = column?;
    let mut values = column.from.iter().filter(|o| o.edge == Edge::Value);
    let (one, more) = (values.next(), values.next());
    let origin = column.intact.as_ref().filter(|o| o.edge == Edge::Value).or(one.filter(|_| more.is_none()))?;
    Some((origin.table, origin.column))
}

/// The cells of every table that tells aggregates.
pub(super) struct Cells {
    own: BTreeMap<TableId, BTreeSet<Cell>>,
    behind: BTreeMap<TableId, BTreeSet<TableId>>,
}

impl Cells {
    pub(super) fn of(program: &Program) -> Cells {
        let mut cells = Cells { own: BTreeMap::new(), behind: BTreeMap::new() };
        for id in &program.order {
            let Some(table) = program.table(*id).filter(|t| t.columns.iter().any(|c| aggregated(&c.label).is_some())) else { continue };
            let mut behind: BTreeSet<TableId> = table.reads.iter().filter_map(|r| cells.behind.get(r)).flatten().copied().collect();
            if let TableKind::Model(model) = &table.kind {
                let mut reader = Reader { program, table: *id, found: BTreeSet::new() };
                reader.query(&model.query, &With { entries: &[], outer: None });
                if !reader.found.is_empty() {
                    cells.own.insert(*id, reader.found);
                    behind.insert(*id);
                }
            }
            cells.behind.insert(*id, behind);
        }
        cells.settle(program);
        cells
    }

    /// Calls the rows that are counted by where they are stored, and the counted columns by whom they name.
    fn settle(&mut self, program: &Program) {
        let tables: BTreeSet<TableId> = self.own.values().flatten().flat_map(|c| &c.tables).copied().collect();
        let stored = RowsOf::of(program, &tables);
        let mut people: BTreeMap<Stored, Rc<People>> = BTreeMap::new();
        for own in self.own.values_mut() {
            *own = std::mem::take(own)
                .into_iter()
                .map(|mut cell| {
                    cell.tables = stored.behind(&cell.tables);
                    if let Some(counted) = cell.counted {
                        cell.people = people.entry(counted).or_insert_with(|| Rc::new(People::of(program, counted))).clone();
                    }
                    cell
                })
                .collect();
        }
    }

    /// The cells a table counts itself.
    pub(super) fn own(&self, table: TableId) -> impl Iterator<Item = &Cell> {
        self.own.get(&table).into_iter().flatten()
    }

    /// The tables whose cells a table tells, itself or what it reads.
    pub(super) fn behind(&self, table: TableId) -> impl Iterator<Item = TableId> {
        self.behind.get(&table).into_iter().flatten().copied()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.own.values().map(BTreeSet::len).sum::<usize>() < 2
    }
}

/// The smallest number of people a column's cells hold. How many rows a group has says it as well where the group is told only when it is large enough.
pub(super) fn aggregated(label: &Label) -> Option<u32> {
    label.values().iter().chain(label.controls()).filter_map(|(_, level): &(_, Level)| level.aggregate).min()
}
