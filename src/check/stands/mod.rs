//! How many people the rows of a table stand for. A row of a table that names a patient stands for one; a row for each group of which `having
//! count(distinct patient_id) >= 11` is asked, and whose counts count no part of the group, stands for eleven; a row of a table that nothing of is
//! about a patient stands for everybody. It is read off the queries, table by table: each column says whose its rows are, where all that the query reads of
//! patients is, by equal columns, the patient's that the column names.
//!
//! Conditions may choose rows by anything that labels allow, of what is the counted ones' own: those that are counted are still eleven.

mod asked;
mod block;
mod counts;
mod query;

pub(super) use counts::{is_list, is_spread};

use super::trace;
use crate::base::Ident;
use crate::diag::FlowStep;
use crate::ir::{AssertionKind, Category, CategoryId, Edge, MetricCells, Program, Subject, Table, TableId, TableKind};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

/// Of rows in which nothing is about a subject.
pub(super) const ALL: u32 = u32::MAX;

/// A column of a table.
type Node = (TableId, u32);

/// What rows stand for.
#[derive(Clone, PartialEq, Eq)]
struct Rows {
    /// Each row for at least so many of the subject.
    k: u32,
    columns: Vec<Said>,
    /// Columns that only together say whose a row is: a visit that names a patient and who referred him.
    together: BTreeSet<usize>,
}

/// What a column says of whose its row is.
#[derive(Clone, PartialEq, Eq)]
struct Said {
    /// How many those stand for, at least, who are behind the row and whom the column does not name; 0: it names nobody.
    rest: u32,
    /// The stored columns that it is, unchanged, and those that these reference; `None`: any.
    names: Option<Arc<BTreeSet<Node>>>,
    /// Whether it is, unchanged, a column that is filled from outside: no flag that somebody computes, which a sum would count.
    stored: bool,
    /// How many those stand for, at least, of whose rows it was computed beside its own person's: a window's rows. [`ALL`]: nobody else's.
    others: u32,
}

impl Said {
    fn nothing() -> Said {
        Said { rest: 0, names: Some(Arc::default()), stored: false, others: ALL }
    }

    fn anything() -> Said {
        Said { rest: ALL, names: None, stored: true, others: ALL }
    }

    fn alike(&self, other: &Said) -> bool {
        match (&self.names, &other.names) {
            (Some(a), Some(b)) => a.iter().any(|n| b.contains(n)),
            _ => true,
        }
    }

    /// What a column says that holds the one or the other.
    fn either(&self, other: &Said) -> Said {
        let names = match (&self.names, &other.names) {
            (Some(a), Some(b)) => Some(Arc::new(a.intersection(b).copied().collect())),
            (a, b) => a.clone().or_else(|| b.clone()),
        };
        Said { rest: self.rest.min(other.rest), names, stored: self.stored && other.stored, others: self.others.min(other.others) }
    }
}

/// What says of a row that it is of a place, or of who provides care. Whatever else a row tells, a name, a day of service, a diagnosis, what nobody has
/// classified, one person has, so that the row is somebody's.
const NOBODYS: [&str; 6] = ["state", "country", "provider_name", "provider_contact", "provider_id", "organization"];

/// What the rows of some tables stand for, of one subject.
pub(super) struct Stands(BTreeMap<TableId, Rows>);

impl Stands {
    /// Reads these tables, and what they are made of.
    pub(super) fn of(program: &Program, subject: &Subject, wanted: &BTreeSet<TableId>) -> Stands {
        let key = key_of(program, subject);
        let told = key.and_then(|(id, at)| program.table(id)?.columns.get(at as usize)).map(|c| c.label.values());
        let theirs = |(_, c): &(CategoryId, &Category)| !NOBODYS.contains(&c.name.as_str());
        let people = (0u32..).map(CategoryId).zip(&program.categories).filter(theirs);
        let categories = told.into_iter().flatten().map(|(category, _)| *category).chain(people.map(|(id, _)| id)).collect();
        Stands::read(Reader { program, key, categories, done: BTreeMap::new() }, wanted)
    }

    /// The same of somebody who is no declared subject: only what names him is his.
    pub(super) fn of_named(program: &Program, who: &Subject, wanted: &BTreeSet<TableId>) -> Stands {
        Stands::read(Reader { program, key: key_of(program, who), categories: BTreeSet::new(), done: BTreeMap::new() }, wanted)
    }

    fn read(mut reader: Reader<'_>, wanted: &BTreeSet<TableId>) -> Stands {
        let program = reader.program;
        let mut needed = BTreeSet::new();
        let mut next: Vec<TableId> = wanted.iter().copied().collect();
        while let Some(id) = next.pop() {
            if needed.insert(id) {
                let table = program.table(id);
                next.extend(table.into_iter().flat_map(|t| &t.reads));
                next.extend(program.facts.get(&id).into_iter().flatten().map(|cells| cells.table));
            }
        }
        for id in program.order.iter().filter(|id| needed.contains(id)) {
            let Some(table) = program.table(*id) else { continue };
            reader.read(*id, table);
        }
        Stands(reader.done)
    }

    /// How many each row of a table stands for, at least; [`ALL`] where nothing of it is about the subject.
    pub(super) fn least(&self, table: TableId) -> u32 {
        self.0.get(&table).map_or(0, |rows| rows.k)
    }

    /// A stored table behind another, of which nobody has said whose its rows are, and that is taken for the subject's.
    pub(super) fn unsaid<'p>(&self, program: &'p Program, table: TableId, subject: &Subject) -> Option<&'p Table> {
        let own = behind(program, subject.table);
        let unsaid = |id: &TableId| {
            let stored = program.table(*id).filter(|t| !matches!(t.kind, TableKind::Model(_)));
            stored.filter(|t| self.least(*id) != ALL && !own.contains(id) && references(t).next().is_none())
        };
        behind(program, table).iter().find_map(unsaid)
    }

    /// The way of rows from a stored table that is about the subject, the nearest one, to a table whose rows stand for too few.
    pub(super) fn way(&self, program: &Program, table: TableId, subject: &Subject) -> Vec<FlowStep> {
        let mut seen = BTreeSet::from([table]);
        let mut queue = VecDeque::from([table]);
        let mut stored = None;
        while let Some(here) = queue.pop_front().filter(|_| stored.is_none()) {
            let Some(read) = program.table(here) else { continue };
            if !matches!(read.kind, TableKind::Model(_)) {
                stored = Some(here);
            }
            queue.extend(read.reads.iter().filter(|id| self.least(**id) != ALL && seen.insert(**id)));
        }
        let first = format!(", whose rows are about a `{}`", subject.name);
        stored.map_or_else(Vec::new, |from| trace::rows(program, (from, table), &first))
    }
}

fn key_of(program: &Program, subject: &Subject) -> Option<Node> {
    let at = program.table(subject.table)?.columns.iter().position(|c| c.name == subject.key)?;
    Some((subject.table, u32::try_from(at).ok()?))
}

/// Whether rows of a table are about a subject, as its columns say.
pub(super) fn is_about(program: &Program, subject: &Subject, id: TableId) -> bool {
    let reader = Reader { program, key: key_of(program, subject), categories: BTreeSet::new(), done: BTreeMap::new() };
    let table = program.table(id);
    table.is_some_and(|table| !reader.naming(id, table).is_empty() || !reader.things(id, table).is_empty())
}

/// Whether a column is, or references, a subject's key.
pub(super) fn leads_to(program: &Program, subject: &Subject, column: Node) -> bool {
    let reader = Reader { program, key: None, categories: BTreeSet::new(), done: BTreeMap::new() };
    key_of(program, subject).is_some_and(|key| reader.reached(column).contains(&key))
}

struct Reader<'r> {
    program: &'r Program,
    /// The subject's key.
    key: Option<Node>,
    /// What that tells, and what else numbers people.
    categories: BTreeSet<CategoryId>,
    done: BTreeMap<TableId, Rows>,
}

impl Reader<'_> {
    /// A model that reads itself is followed by induction, as a recursive entry is.
    fn read(&mut self, id: TableId, table: &Table) {
        if table.reads.contains(&id) {
            self.done.insert(id, Rows { k: ALL, columns: vec![Said::anything(); table.columns.len()], together: BTreeSet::new() });
        }
        for _ in 0..table.columns.len() * 3 + 3 {
            let rows = self.table(id, table);
            let settled = self.done.get(&id).is_none_or(|before| *before == rows);
            self.done.insert(id, rows);
            if settled {
                return;
            }
        }
        self.done.insert(id, Rows { k: 0, columns: vec![Said::nothing(); table.columns.len()], together: BTreeSet::new() });
    }

    fn table(&self, id: TableId, table: &Table) -> Rows {
        let names = |at: u32| Some(Arc::new(self.reached((id, at))));
        let own = || {
            (0u32..)
                .zip(&table.columns)
                .map(|(at, _)| Said { names: names(at), stored: !matches!(table.kind, TableKind::Model(_)), ..Said::nothing() })
                .collect::<Vec<_>>()
        };
        let mut rows = match (&table.kind, self.program.facts.get(&id)) {
            (TableKind::Model(_), Some(cells)) => {
                let least = |table: TableId| self.done.get(&table).map_or(0, |rows| rows.k);
                let stand = |cells: &MetricCells| match &cells.withheld {
                    _ if cells.released => ALL,
                    Some((k, subject)) if self.is_subject(subject) => *k,
                    _ => least(cells.table),
                };
                return Rows { k: cells.iter().map(stand).min().unwrap_or(0), columns: own(), together: BTreeSet::new() };
            }
            (TableKind::Model(model), None) => {
                let read = self.query(&model.query, None);
                let said = |(at, column): (u32, Said)| Said { names: names(at), ..column };
                let mut columns: Vec<Said> = (0u32..).zip(read.columns).map(said).collect();
                columns.resize(table.columns.len(), Said::nothing());
                Rows { columns, ..read }
            }
            (TableKind::Source(_) | TableKind::Seed(_), _) => Rows { k: ALL, columns: own(), together: BTreeSet::new() },
        };
        let is_subjects = self.key.is_some_and(|(of, _)| of == id);
        if rows.k == ALL || is_subjects {
            self.declared(id, table, &mut rows);
        }
        rows
    }

    fn is_subject(&self, name: &Ident) -> bool {
        self.program.subjects.iter().any(|s| s.name == *name && self.key.is_some_and(|(table, _)| table == s.table))
    }

    /// What is declared of whose the rows of a table are: by the columns that name the subject, of which the key alone is enough; for want of one, by the
    /// one column that references a thing whose row does; for want of that, by anything, where a column tells what the subject's key tells.
    fn declared(&self, id: TableId, table: &Table, rows: &mut Rows) {
        let naming = self.naming(id, table);
        let things = || self.things(id, table);
        let told = || table.columns.iter().any(|c| c.label.values().iter().any(|(category, _)| self.categories.contains(category)));
        let says: BTreeSet<u32> = if !naming.is_empty() {
            naming
        } else if let things = things()
            && !things.is_empty()
        {
            things
        } else if told() {
            rows.k = 1;
            rows.columns.iter_mut().for_each(|c| c.rest = ALL);
            return;
        } else {
            return;
        };
        rows.k = 1;
        // Each thing that a key names has one mother: as many mothers are as many children at least.
        let alone = says.len() == 1 || says.iter().any(|at| is_key(self.program, (id, *at)));
        let says: BTreeSet<usize> = says.into_iter().map(|at| at as usize).collect();
        if alone {
            let named = rows.columns.iter_mut().enumerate().filter(|(at, _)| says.contains(at));
            named.for_each(|(_, said)| said.rest = ALL);
        } else {
            rows.together = says;
        }
    }

    /// The columns of a table that name the subject.
    fn naming(&self, id: TableId, table: &Table) -> BTreeSet<u32> {
        let Some(key) = self.key else { return BTreeSet::new() };
        (0u32..).zip(&table.columns).map(|(at, _)| at).filter(|at| self.reached((id, *at)).contains(&key)).collect()
    }

    /// The columns of a table by which its rows are of a thing whose row is the subject's.
    fn things(&self, id: TableId, table: &Table) -> BTreeSet<u32> {
        let is_theirs = |to: TableId| {
            let mut seen = BTreeSet::from([id]);
            let mut next = vec![to];
            while let Some(here) = next.pop() {
                let Some(table) = self.program.table(here).filter(|_| seen.insert(here)) else { continue };
                if !self.naming(here, table).is_empty() {
                    return true;
                }
                next.extend(references(table).map(|(_, (to, _))| to));
            }
            false
        };
        references(table).filter(|(_, (to, _))| is_theirs(*to)).map(|(from, _)| from).collect()
    }

    /// The stored columns that a column is, unchanged, and those that these reference.
    fn reached(&self, start: Node) -> BTreeSet<Node> {
        let mut found = BTreeSet::new();
        let mut next = vec![start];
        while let Some(node) = next.pop() {
            let Some(table) = self.program.table(node.0).filter(|_| found.insert(node)) else { continue };
            let origin = table.columns.get(node.1 as usize).and_then(|c| c.intact).filter(|o| o.edge == Edge::Value);
            next.extend(origin.map(|o| (o.table, o.column)));
            next.extend(references(table).filter(|(from, _)| *from == node.1).map(|(_, to)| to));
        }
        found
    }
}

/// A table, and all that it is built of.
pub(super) fn behind(program: &Program, table: TableId) -> BTreeSet<TableId> {
    let (mut seen, mut next) = (BTreeSet::from([table]), vec![table]);
    while let Some(here) = next.pop() {
        next.extend(program.table(here).into_iter().flat_map(|t| &t.reads).filter(|id| seen.insert(**id)));
    }
    seen
}

fn references(table: &Table) -> impl Iterator<Item = (u32, Node)> + '_ {
    table.assertions.iter().filter(|a| !a.warn).filter_map(|a| match a.kind {
        AssertionKind::References(from, to, column) => Some((from, (to, column))),
        _ => None,
    })
}

/// Whether a stored column alone is a key of its table.
pub(super) fn is_key(program: &Program, (id, column): Node) -> bool {
    let Some(table) = program.table(id) else { return false };
    let name = table.columns.get(column as usize).map(|c| &c.name);
    let unique = |kind: &AssertionKind| matches!(kind, AssertionKind::Unique(columns) if *columns == [column]);
    program.subjects.iter().any(|s| s.table == id && Some(&s.key) == name)
        || table.key == [column]
        || matches!(&table.kind, TableKind::Model(model) if model.number() == name)
        || table.assertions.iter().any(|a| !a.warn && unique(&a.kind))
}
