//! Which stored values a column is made of, and through which masks: what labels do not say, since `zip: general` may be three digits of a
//! code or whether there is one.

use super::compared::{Compared, alike, is_document, is_matched};
use super::reading::Reading;
use crate::ir::{AssertionKind, Column, Edge, Form, FunctionId, Program, TableId, TableKind, Type};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A stored value: a column that is filled from outside, or a path into one.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Value {
    /// Its table.
    pub(super) table: TableId,
    /// Its column, by position.
    pub(super) column: u32,
    /// `.subject.reference`; empty for the whole. Elements of an array are one value, `.telecom[*].value`: nobody knows that two indexes or two
    /// filters do not find the same one.
    pub(super) part: Arc<str>,
}

/// Which element of a value is meant, where steps into arrays, or a discriminator, say so.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Default, Debug)]
pub(super) struct Element {
    /// The path as it is written, with its indexes and filters.
    pub(super) written: String,
    /// The constants that fields of an element are compared with, by the length of the path before it;
    /// those that a discriminator picks rows by after all paths.
    pub(super) picked: BTreeMap<(usize, Arc<str>), Arc<str>>,
}

/// A mask as it is called, without what it is called on.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Masked {
    /// Which overload.
    pub(super) mask: FunctionId,
    /// Its further arguments: names, and their texts.
    pub(super) args: Vec<(Arc<str>, Arc<str>)>,
}

/// A mask by name, with its further arguments: overloads leave alike what is alike, a token of a number is that of its digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Call<'c> {
    pub(super) mask: &'c str,
    pub(super) args: &'c [(Arc<str>, Arc<str>)],
    /// Whether it leaves a stable stand-in: a pseudonym, or a number drawn for the value and kept in a crosswalk. That one tells less of the value,
    /// and matches as well.
    pub(super) stands_in: bool,
    /// Whether it changes a value by what is drawn for an entity, so that what it leaves of one value is the same wherever that is drawn for the same one.
    pub(super) drawn_for: bool,
}

impl Masked {
    pub(super) fn call<'c>(&'c self, program: &'c Program) -> Call<'c> {
        let function = program.function(self.mask);
        let leaves = |to: Form| function.and_then(|f| f.transition.as_ref()).is_some_and(|t| t.to == to);
        let drawn = function.is_some_and(|f| f.params.iter().any(|p| &*p.name == "crosswalk"));
        let mut beside = function.and_then(|f| f.transition.as_ref()).into_iter().flat_map(|t| &t.with);
        Call {
            mask: function.map_or("", |f| &*f.name),
            args: &self.args,
            stands_in: drawn || leaves(Form::Pseudonym),
            drawn_for: beside.any(|(_, form)| *form == Form::Pseudonym),
        }
    }
}

/// That a column tells of a value: as it is, or what a mask leaves of it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Told {
    /// Of what.
    pub(super) value: Value,
    /// Which element of it; `None`: the whole.
    pub(super) element: Option<Arc<Element>>,
    /// Through which mask; `None`: as it is, or computed from it otherwise.
    pub(super) masked: Option<Arc<Masked>>,
    /// Whether what the mask leaves is only asked about: compared, counted, or a condition that chooses the rows.
    pub(super) asked: bool,
    /// Whether somebody released it: labels tell less of it, and it is the value all the same.
    pub(super) released: bool,
}

impl Told {
    /// Whether these are never of one element: one field of it is another text for the one than for the other.
    pub(super) fn apart(&self, other: &Told) -> bool {
        let (Some(a), Some(b)) = (&self.element, &other.element) else { return false };
        let same = (self.value.table, self.value.column) == (other.value.table, other.value.column);
        same && a.picked.iter().any(|(field, text)| b.picked.get(field).is_some_and(|theirs| theirs != text))
    }

    /// The path as it is written.
    pub(super) fn written(&self) -> &str {
        self.element.as_ref().map_or(&*self.value.part, |e| &e.written)
    }
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
    /// Values that references or equalities say are the same, each under the least of them.
    same: BTreeMap<Value, Value>,
}

impl Values {
    /// Reads every query once.
    pub(super) fn of(program: &Program) -> Values {
        let (read, equal) = read(program, Wanted::Told);
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
        values.unite(program, equal);
        values
    }

    /// All that the columns of these tables are made of, whether it tells anything or not; what is one value here is one there.
    pub(super) fn with_public(&self, program: &Program, tables: &BTreeSet<TableId>) -> Values {
        let of_table = |table: Made| table.columns.iter().map(|c| c.only(false)).collect();
        let (read, equal) = read(program, Wanted::All(tables));
        let columns = read.into_iter().map(of_table).collect();
        let mut values = Values { columns, released: Vec::new(), asked: Vec::new(), same: self.same.clone() };
        values.unite(program, equal);
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

    /// What a reference or a comparison says is equal is one value, wherever it is read: what tells of the one tells of the other.
    fn unite(&mut self, program: &Program, equal: BTreeSet<(Value, Value)>) {
        for (a, b) in equal {
            self.join(&a, &b);
        }
        self.equate(program);
        for (id, table) in program.tables() {
            for assertion in &table.assertions {
                let AssertionKind::References(column, other, key) = assertion.kind else { continue };
                let one = |told: &[Told]| match told {
                    [told] => Some(told.value.clone()),
                    _ => None,
                };
                let (Some(a), Some(b)) = (one(self.told(id, column)), one(self.told(other, key))) else { continue };
                self.join(&a, &b);
            }
        }
    }

    fn join(&mut self, a: &Value, b: &Value) {
        let (a, b) = (self.root(a), self.root(b));
        match a.cmp(&b) {
            std::cmp::Ordering::Less => _ = self.same.insert(b, a),
            std::cmp::Ordering::Greater => _ = self.same.insert(a, b),
            std::cmp::Ordering::Equal => {}
        }
    }

    /// What the conditions of a block make equal, one by the other.
    fn equate(&mut self, program: &Program) {
        let mut pairs = Vec::new();
        for (id, table) in program.tables() {
            for (at, column) in (0u32..).zip(&table.columns) {
                let own = self.told(id, at);
                for equal in column.from.iter().filter(|o| o.edge == Edge::Equal) {
                    let theirs = self.told(equal.table, equal.column);
                    let single = own.len() == 1 && theirs.len() == 1;
                    for their in theirs.iter().filter(|t| is_matched(program, t)) {
                        let same = |o: &&Told| !is_document(program, &o.value) && (single || alike(program, &their.value, &o.value));
                        pairs.extend(own.iter().filter(same).map(|o| (their.value.clone(), o.value.clone())));
                    }
                }
            }
        }
        for (a, b) in pairs {
            self.join(&a, &b);
        }
    }
}

/// What is read of columns.
#[derive(Clone, Copy)]
enum Wanted<'w> {
    /// What tells something.
    Told,
    /// That, with what is only asked about it.
    Asked,
    /// Of these tables, and none besides, what tells nothing as well.
    All(&'w BTreeSet<TableId>),
}

impl Wanted<'_> {
    fn is_of(&self, table: TableId) -> bool {
        if let Wanted::All(tables) = self { tables.contains(&table) } else { true }
    }
}

/// What every column of every table is made of, and which values are compared on the way.
fn read(program: &Program, wanted: Wanted<'_>) -> (Vec<Made>, BTreeSet<(Value, Value)>) {
    let compared = Compared::default();
    let mut done: Vec<Made> = vec![Made::default(); program.tables.len()];
    let (asked, all) = (matches!(wanted, Wanted::Asked), matches!(wanted, Wanted::All(_)));
    let own = |id: TableId, at: u32, column: &Column| if all || tells(column) { stored(id, at) } else { Tolds::NONE };
    for id in program.order.iter().filter(|id| wanted.is_of(**id)) {
        let Some(table) = program.table(*id) else { continue };
        let read = match &table.kind {
            TableKind::Model(model) => {
                let read = Reading { program, done: &done, asked, numbers: all, compared: &compared }.read(&model.query);
                let hidden = |told: Tolds| told.keep(|t| t.asked || (t.released && t.masked.is_none()));
                let kept = |(told, column): (Tolds, &Column)| if asked || all || tells(column) { told } else { hidden(told) };
                let mut told: Vec<Tolds> = read.columns.into_iter().zip(&table.columns).map(kept).collect();
                // A number that is given out once and kept is stored here.
                let number = (0u32..).zip(&table.columns).zip(&mut told).find(|((_, c), _)| model.number() == Some(&c.name));
                if let Some(((at, column), slot)) = number {
                    *slot = own(*id, at, column);
                }
                Made { columns: told, rows: read.rows }
            }
            TableKind::Source(_) | TableKind::Seed(_) => {
                let columns = (0u32..).zip(&table.columns).map(|(at, c)| own(*id, at, c)).collect();
                Made { columns, rows: Tolds::NONE }
            }
        };
        if let Some(slot) = done.get_mut(id.0 as usize) {
            *slot = read;
        }
    }
    for (_, table) in program.tables().filter(|(id, _)| wanted.is_of(*id)) {
        for query in table.assertions.iter().filter_map(|a| if let AssertionKind::Sql(query) = &a.kind { Some(query) } else { None }) {
            Reading { program, done: &done, asked, numbers: all, compared: &compared }.read(query);
        }
    }
    (done, compared.equal())
}

/// Which paths into stored values each column is computed from, with what it only asks about.
pub struct Paths(Vec<Made>);

impl Paths {
    /// Reads every query once.
    pub fn of(program: &Program) -> Paths {
        Paths(read(program, Wanted::Asked).0)
    }

    /// Stored columns, and the path into each as it is written: `.subject.reference`, empty for the whole value. Sorted.
    pub fn of_column(&self, table: TableId, column: u32) -> impl Iterator<Item = (TableId, u32, &str)> {
        let told = self.0.get(table.0 as usize).and_then(|t| t.columns.get(column as usize)).map_or(&[][..], Tolds::as_slice);
        let mut all: Vec<(TableId, u32, &str)> = told.iter().map(|t| (t.value.table, t.value.column, t.written())).collect();
        all.sort_unstable();
        all.into_iter()
    }
}

/// Whether a column's value tells anything outside aggregates. Typed JSON says it path by path.
fn tells(column: &Column) -> bool {
    matches!(column.ty, Type::Json(_)) || column.label.values().iter().any(|(_, level)| level.form > Form::Public)
}

fn stored(table: TableId, position: u32) -> Tolds {
    let value = Value { table, column: position, part: Arc::default() };
    Tolds::of(vec![Told { value, element: None, masked: None, asked: false, released: false }])
}
