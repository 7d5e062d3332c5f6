//! Which stored values a column is made of, and through which masks: what labels do not say, since `zip: general` may be three digits of a
//! code or whether there is one.

use super::reading::Reading;
use crate::ir::{AssertionKind, Column, Form, FunctionId, Program, TableId, TableKind, Type};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A stored value: a column that is filled from outside, or a path into one.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Value {
    /// Its table.
    pub(super) table: TableId,
    /// Its column, by position.
    pub(super) column: u32,
    /// `.subject.reference`; empty for the whole.
    pub(super) part: Arc<str>,
}

/// A mask as it is called, without what it is called on.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Masked {
    /// Which overload.
    pub(super) mask: FunctionId,
    /// Its further arguments: names, and their texts.
    pub(super) args: Vec<(Arc<str>, Arc<str>)>,
}

/// That a column tells of a value: as it is, or what a mask leaves of it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Told {
    /// Of what.
    pub(super) value: Value,
    /// Through which mask; `None`: as it is, or computed from it otherwise.
    pub(super) masked: Option<Arc<Masked>>,
    /// Whether what the mask leaves is only asked about: compared, counted, or a condition that chooses the rows.
    pub(super) asked: bool,
    /// Whether somebody released it: labels tell less of it, and it is the value all the same.
    pub(super) released: bool,
}

/// A sorted set; the empty one costs nothing.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(super) struct Tolds(Option<Arc<[Told]>>);

impl Tolds {
    pub(super) const NONE: Tolds = Tolds(None);

    pub(super) fn of(mut all: Vec<Told>) -> Tolds {
        all.sort_unstable();
        all.dedup();
        if all.is_empty() { Tolds::NONE } else { Tolds(Some(all.into())) }
    }

    pub(super) fn as_slice(&self) -> &[Told] {
        self.0.as_deref().unwrap_or(&[])
    }

    /// What masks leave of values, as where it is only asked about. Values as they are in conditions are for labels.
    pub(super) fn asked(&self) -> Tolds {
        let masked = self.as_slice().iter().filter(|t| t.masked.is_some());
        Tolds::of(masked.map(|t| Told { asked: true, ..t.clone() }).collect())
    }

    /// The same, by somebody's release.
    pub(super) fn released(&self) -> Tolds {
        let released = |t: &Told| Told { released: true, ..t.clone() };
        Tolds::of(self.as_slice().iter().map(released).collect())
    }

    /// Those for which something holds.
    fn keep(&self, holds: impl Fn(&Told) -> bool) -> Tolds {
        if self.as_slice().iter().all(&holds) {
            return self.clone();
        }
        Tolds::of(self.as_slice().iter().filter(|t| holds(t)).cloned().collect())
    }

    /// Those that are told, or those that are only asked about.
    fn only(&self, asked: bool) -> Tolds {
        self.keep(|t| t.asked == asked)
    }

    #[must_use]
    pub(super) fn union(&self, other: &Tolds) -> Tolds {
        match (&self.0, &other.0) {
            (_, None) => self.clone(),
            (None, _) => other.clone(),
            (Some(a), Some(b)) if Arc::ptr_eq(a, b) || b.iter().all(|t| a.binary_search(t).is_ok()) => self.clone(),
            (Some(a), Some(b)) => Tolds::of(a.iter().chain(b.iter()).cloned().collect()),
        }
    }
}

/// What the columns of a table or a query are made of, and which masks are asked about by what chooses its rows.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(super) struct Made {
    /// By position.
    pub(super) columns: Vec<Tolds>,
    /// The same for all of them.
    pub(super) rows: Tolds,
}

/// What every column of a program is made of.
pub(super) struct Values {
    columns: Vec<Vec<Tolds>>,
    /// Values as they are that a release hands out although labels tell nothing of them any more.
    released: Vec<Vec<Tolds>>,
    /// The masks that each column's expressions ask about, and those behind its table's rows.
    asked: Vec<Made>,
    /// Values that references say are the same, each under the least of them.
    same: BTreeMap<Value, Value>,
}

impl Values {
    /// Reads every query once.
    pub(super) fn of(program: &Program) -> Values {
        let read = read(program, false);
        let columns = |(id, made): (usize, &Made)| {
            let labels = program.tables.get(id).map_or(&[][..], |t| t.columns.as_slice());
            let all = made.columns.iter().zip(labels);
            all.map(|(told, column)| if tells(column) { told.only(false) } else { Tolds::NONE }).collect()
        };
        let columns = read.iter().enumerate().map(columns).collect();
        let released = |table: &Made| table.columns.iter().map(|c| c.keep(|t| t.released && !t.asked)).collect();
        let released = read.iter().map(released).collect();
        let asked = |table: Made| Made { columns: table.columns.iter().map(|c| c.only(true)).collect(), rows: table.rows };
        let mut values = Values { columns, released, asked: read.into_iter().map(asked).collect(), same: BTreeMap::new() };
        values.unite(program);
        values
    }

    /// What a column tells of.
    pub(super) fn told(&self, table: TableId, column: u32) -> &[Told] {
        self.columns.get(table.0 as usize).and_then(|t| t.get(column as usize)).map_or(&[], Tolds::as_slice)
    }

    /// The values that a column holds as they are, by somebody's release.
    pub(super) fn released(&self, table: TableId, column: u32) -> &[Told] {
        self.released.get(table.0 as usize).and_then(|t| t.get(column as usize)).map_or(&[], Tolds::as_slice)
    }

    /// The masks that are asked about where a column is computed or its rows are chosen.
    pub(super) fn asked(&self, table: TableId, column: u32) -> impl Iterator<Item = &Told> {
        let made = self.asked.get(table.0 as usize);
        let own = made.and_then(|t| t.columns.get(column as usize)).map_or(&[][..], Tolds::as_slice);
        own.iter().chain(made.map_or(&[][..], |t| t.rows.as_slice()))
    }

    /// The one name of a value that columns of several tables hold: `visits.patient_id` is `patients.id`.
    pub(super) fn root(&self, value: &Value) -> Value {
        let mut root = value;
        // Each step goes to a lesser value.
        while let Some(next) = self.same.get(root) {
            root = next;
        }
        root.clone()
    }

    fn unite(&mut self, program: &Program) {
        for (id, table) in program.tables() {
            for assertion in &table.assertions {
                let AssertionKind::References(column, other, key) = assertion.kind else { continue };
                let one = |told: &[Told]| match told {
                    [told] => Some(told.value.clone()),
                    _ => None,
                };
                let (Some(a), Some(b)) = (one(self.told(id, column)), one(self.told(other, key))) else { continue };
                let (a, b) = (self.root(&a), self.root(&b));
                match a.cmp(&b) {
                    std::cmp::Ordering::Less => _ = self.same.insert(b, a),
                    std::cmp::Ordering::Greater => _ = self.same.insert(a, b),
                    std::cmp::Ordering::Equal => {}
                }
            }
        }
    }
}

/// What every column of every table is made of; where that is `asked` for, with what it is only asked about.
fn read(program: &Program, asked: bool) -> Vec<Made> {
    let mut done: Vec<Made> = vec![Made::default(); program.tables.len()];
    for id in &program.order {
        let Some(table) = program.table(*id) else { continue };
        let read = match &table.kind {
            TableKind::Model(model) => {
                let read = Reading { program, done: &done, asked }.query(&model.query, None, None);
                let hidden = |told: Tolds| told.keep(|t| t.asked || (t.released && t.masked.is_none()));
                let kept = |(told, column): (Tolds, &Column)| if asked || tells(column) { told } else { hidden(told) };
                let mut told: Vec<Tolds> = read.columns.into_iter().zip(&table.columns).map(kept).collect();
                // A number that is given out once and kept is stored here.
                let number = (0u32..).zip(&table.columns).zip(&mut told).find(|((_, c), _)| model.number() == Some(&c.name));
                if let Some(((at, column), slot)) = number {
                    *slot = stored(*id, at, column);
                }
                Made { columns: told, rows: read.rows }
            }
            TableKind::Source(_) | TableKind::Seed(_) => {
                let columns = (0u32..).zip(&table.columns).map(|(at, c)| stored(*id, at, c)).collect();
                Made { columns, rows: Tolds::NONE }
            }
        };
        if let Some(slot) = done.get_mut(id.0 as usize) {
            *slot = read;
        }
    }
    done
}

/// Which paths into stored values each column is computed from, with what it only asks about.
pub struct Paths(Vec<Made>);

impl Paths {
    /// Reads every query once.
    pub fn of(program: &Program) -> Paths {
        Paths(read(program, true))
    }

    /// Stored columns, and the path into each as it is written in messages: `.subject.reference`, empty for the whole value.
    pub fn of_column(&self, table: TableId, column: u32) -> impl Iterator<Item = (TableId, u32, &str)> {
        let told = self.0.get(table.0 as usize).and_then(|t| t.columns.get(column as usize)).map_or(&[][..], Tolds::as_slice);
        told.iter().map(|t| (t.value.table, t.value.column, &*t.value.part))
    }
}

/// Whether a column's value tells anything outside aggregates. Typed JSON says it path by path.
fn tells(column: &Column) -> bool {
    matches!(column.ty, Type::Json(_)) || column.label.values().iter().any(|(_, level)| level.form > Form::Public)
}

fn stored(table: TableId, position: u32, column: &Column) -> Tolds {
    if !tells(column) {
        return Tolds::NONE;
    }
    Tolds::of(vec![Told { value: Value { table, column: position, part: Arc::default() }, masked: None, asked: false, released: false }])
}
