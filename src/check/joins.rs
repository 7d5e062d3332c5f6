//! Which tables of one reader can be brought together, row by row: by columns of one origin that find a row, whatever these tell, and by where the
//! warehouse keeps rows that are made of the same stored ones.

use super::matching::Matching;
use super::principals::{Principal, Reads};
use super::rows_of::RowsOf;
use super::stands::behind;
use super::values::{Call, Value, Values};
use crate::base::Ident;
use crate::ir::{AssertionKind, Link, Materialization, Program, Table, TableId, TableKind};
use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// What rows are found by, over all readers; read when somebody asks.
pub(super) struct Joins<'p> {
    program: &'p Program,
    /// What columns tell.
    told: &'p Values,
    /// The tables that somebody reads, and what they are made of.
    tables: BTreeSet<TableId>,
    read: OnceCell<Read>,
}

struct Read {
    /// What columns are made of, whether it tells anything or not.
    values: Values,
    rows: RowsOf,
    /// Columns of which no two rows of a table hold the same.
    keys: BTreeMap<TableId, Vec<Vec<u32>>>,
    /// The tables whose rows hold a stored column's values, as they are or masked.
    holders: BTreeMap<Stored, BTreeSet<TableId>>,
}

/// A stored column.
type Stored = (TableId, u32);

/// What finds rows, with a column for each table that has it.
type Shown<'r> = BTreeMap<Value, BTreeMap<Option<Call<'r>>, BTreeMap<TableId, &'r Reads>>>;

/// That rows of one table find rows of another.
struct Edge<'r> {
    tables: [TableId; 2],
    /// The columns of both that do; none: the order of the rows does.
    by: Vec<&'r Reads>,
}

/// The tables of one reader that can be brought together.
pub(super) struct Together<'r> {
    edges: Vec<Edge<'r>>,
    groups: BTreeMap<TableId, TableId>,
}

/// What is asked of the tables of one reader.
pub(super) struct Asked<'a> {
    pub(super) principal: &'a Principal<'a>,
    /// The values of people that joins bring together: what has nothing to do with these is many people's, as their clinic is.
    pub(super) about: &'a BTreeSet<Value>,
    /// Columns that name somebody, and match.
    pub(super) matching: &'a [Matching<'a>],
    /// The columns by which rows that are made of the same stored ones are found, too, though several may hold one value.
    pub(super) narrows: &'a dyn Fn(&Reads) -> bool,
}

impl<'p> Joins<'p> {
    pub(super) fn new(program: &'p Program, told: &'p Values, principals: &[&Principal<'_>]) -> Joins<'p> {
        let tables: BTreeSet<TableId> = principals.iter().flat_map(|p| &p.reads).map(|r| r.table).collect();
        Joins { program, told, tables, read: OnceCell::new() }
    }

    fn read(&self) -> &Read {
        self.read.get_or_init(|| {
            let program = self.program;
            let tables = self.tables.iter().fold(BTreeSet::new(), |mut all, id| {
                if !all.contains(id) {
                    all.extend(behind(program, *id));
                }
                all
            });
            let values = self.told.with_public(program, &tables);
            let mut holders: BTreeMap<Stored, BTreeSet<TableId>> = BTreeMap::new();
            for (id, column) in tables.iter().flat_map(|id| (0..width(program, *id)).map(move |column| (*id, column))) {
                for stored in values.told(id, column).iter().flat_map(|t| names(&values, &t.value)) {
                    holders.entry(stored).or_default().insert(id);
                }
            }
            let keys = tables.iter().map(|id| (*id, keys(program, *id))).collect();
            Read { rows: RowsOf::of(program, &tables), keys, values, holders }
        })
    }

    /// The tables of whose rows each decides one of these values: it holds it, or a key of a row that does.
    pub(super) fn decide(&self, about: &BTreeSet<Value>) -> BTreeSet<TableId> {
        let read = self.read();
        let holding = |stored: &BTreeSet<Stored>| -> BTreeSet<TableId> {
            stored.iter().filter_map(|s| read.holders.get(s)).flatten().copied().collect()
        };
        let mut found = holding(&about.iter().flat_map(|v| names(&read.values, v)).collect());
        let mut next: Vec<TableId> = found.iter().copied().collect();
        while let Some(table) = next.pop() {
            for key in read.keys.get(&table).into_iter().flatten() {
                let column = |c: &u32| holding(&read.values.told(table, *c).iter().flat_map(|t| names(&read.values, &t.value)).collect());
                let finding = key.iter().map(column).reduce(|a, b| &a & &b).unwrap_or_default();
                next.extend(finding.into_iter().filter(|id| found.insert(*id)));
            }
        }
        found
    }

    pub(super) fn among<'r>(&'r self, asked: &Asked<'r>) -> Together<'r> {
        let deciding = self.decide(asked.about);
        let mut together = Together { edges: Vec::new(), groups: BTreeMap::new() };
        for matching in asked.matching {
            together.star(&matching.by_table());
        }
        let shown = self.shown(asked.principal);
        for (table, keys) in self.read().keys.iter().filter(|(table, _)| deciding.contains(table)) {
            keys.iter().flat_map(|key| self.by_key(&shown, (*table, key))).for_each(|found| together.star(&found));
        }
        self.by_rows(asked, &shown, &deciding, &mut together);
        together
    }

    /// What a reader gets, by value and mask.
    fn shown<'r>(&'r self, principal: &'r Principal<'_>) -> Shown<'r> {
        let values = &self.read().values;
        let mut shown: Shown<'r> = BTreeMap::new();
        for reads in &principal.reads {
            for told in values.told(reads.table, reads.column) {
                let call = told.masked.as_deref().map(|m| m.call(self.program));
                shown.entry(values.root(&told.value)).or_default().entry(call).or_default().entry(reads.table).or_insert(reads);
            }
        }
        shown
    }

    /// The tables that show a key, all its columns under the same masks.
    fn by_key<'r>(&'r self, shown: &Shown<'r>, (table, key): (TableId, &[u32])) -> Vec<BTreeMap<TableId, Vec<&'r Reads>>> {
        let mut found: Option<Vec<BTreeMap<TableId, Vec<&Reads>>>> = None;
        for column in key {
            let variants = self.variants(shown, (table, *column));
            let with = |before: &BTreeMap<TableId, Vec<&'r Reads>>, variant: &BTreeMap<TableId, &'r Reads>| {
                let both = variant.iter().filter_map(|(id, reads)| Some((*id, before.get(id)?.iter().copied().chain([*reads]).collect())));
                both.collect::<BTreeMap<TableId, Vec<&'r Reads>>>()
            };
            let next: Vec<_> = match &found {
                None => variants.iter().map(|v| v.iter().map(|(id, reads)| (*id, vec![*reads])).collect()).collect(),
                Some(found) => found.iter().flat_map(|before| variants.iter().map(|v| with(before, v))).collect(),
            };
            found = Some(next.into_iter().filter(|tables| tables.len() > 1).collect());
        }
        found.unwrap_or_default()
    }

    /// The tables that show a column of a key: as it is, or by stand-ins of one domain.
    fn variants<'r>(&'r self, shown: &Shown<'r>, (table, column): Stored) -> Vec<BTreeMap<TableId, &'r Reads>> {
        let values = &self.read().values;
        let told = values.told(table, column);
        let [told] = told else {
            // Computed from several: all that shows one of them.
            let any =
                told.iter().filter_map(|t| shown.get(&values.root(&t.value))?.get(&t.masked.as_deref().map(|m| m.call(self.program))));
            return vec![any.flatten().map(|(id, reads)| (*id, *reads)).collect()];
        };
        let Some(all) = shown.get(&values.root(&told.value)) else { return Vec::new() };
        let own = told.masked.as_deref().map(|m| m.call(self.program));
        let one_each = |call: &Option<Call<'_>>| call.is_none_or(|call| call.stands_in);
        all.iter().filter(|(call, _)| **call == own || (own.is_none() && one_each(call))).map(|(_, tables)| tables.clone()).collect()
    }

    /// Tables whose rows are made of the same stored ones: in the warehouse they lie in one order, elsewhere what both hold narrows which is which.
    fn by_rows<'r>(&'r self, asked: &Asked<'r>, shown: &Shown<'r>, deciding: &BTreeSet<TableId>, together: &mut Together<'r>) {
        let warehouse = Ident::exact(Link::WAREHOUSE);
        let mut rows: BTreeMap<TableId, BTreeSet<TableId>> = BTreeMap::new();
        let tables: BTreeSet<TableId> = asked.principal.reads.iter().map(|r| r.table).collect();
        for table in &tables {
            for stored in self.read().rows.behind(&BTreeSet::from([*table])).intersection(deciding) {
                rows.entry(*stored).or_default().insert(*table);
            }
        }
        let kept: BTreeSet<TableId> = asked.principal.reads.iter().filter(|r| r.place == warehouse).map(|r| r.table).collect();
        for tables in rows.into_values().filter(|tables| tables.len() > 1) {
            together.star(&tables.intersection(&kept).map(|id| (*id, Vec::new())).collect());
            for columns in shown.values().flat_map(BTreeMap::values) {
                let narrows = columns.iter().filter(|(id, reads)| tables.contains(*id) && (asked.narrows)(reads));
                together.star(&narrows.map(|(id, reads)| (*id, vec![*reads])).collect());
            }
        }
    }
}

impl<'r> Together<'r> {
    /// Brings all of these together, by the first of them.
    fn star(&mut self, tables: &BTreeMap<TableId, Vec<&'r Reads>>) {
        let mut tables = tables.iter();
        let Some((first, own)) = tables.next() else { return };
        for (other, theirs) in tables {
            let (a, b) = (self.group(*first), self.group(*other));
            if a != b {
                self.groups.insert(a.max(b), a.min(b));
                self.edges.push(Edge { tables: [*first, *other], by: own.iter().chain(theirs).copied().collect() });
            }
        }
    }

    /// One name for all tables that can be brought together with this one.
    pub(super) fn group(&self, table: TableId) -> TableId {
        let mut group = table;
        // Each step goes to a lesser table.
        while let Some(next) = self.groups.get(&group) {
            group = *next;
        }
        group
    }

    /// How messages tell what brings two tables together, or several.
    pub(super) fn by(&self, program: &Program, tables: &BTreeSet<TableId>) -> String {
        let ways = tables.iter().skip(1).filter_map(|to| self.way(*tables.first()?, *to));
        let edges: BTreeSet<usize> = ways.flatten().collect();
        let edges: Vec<&Edge<'_>> = edges.into_iter().filter_map(|e| self.edges.get(e)).collect();
        let columns: BTreeSet<String> =
            edges.iter().flat_map(|e| &e.by).map(|r| format!("`{}`", super::seen::column_name(program, r))).collect();
        let ordered = edges.iter().filter(|e| e.by.is_empty()).flat_map(|e| e.tables).filter_map(|id| program.table(id));
        let ordered: BTreeSet<String> = ordered.map(|t| format!("`{}`", t.name)).collect();
        let list = |all: BTreeSet<String>| all.into_iter().collect::<Vec<_>>().join(", ");
        let columns = (!columns.is_empty()).then(|| format!("by {}", list(columns)));
        let order =
            (!ordered.is_empty()).then(|| format!("by the order of rows: those of {} are made of the same stored ones", list(ordered)));
        columns.into_iter().chain(order).collect::<Vec<_>>().join(", and ")
    }

    /// The edges from one table to another; there is one way at most.
    fn way(&self, from: TableId, to: TableId) -> Option<Vec<usize>> {
        let mut queue = VecDeque::from([(from, Vec::new())]);
        let mut known = BTreeSet::from([from]);
        while let Some((here, way)) = queue.pop_front() {
            if here == to {
                return Some(way);
            }
            for (at, edge) in self.edges.iter().enumerate().filter(|(_, e)| e.tables.contains(&here)) {
                let further = edge.tables.into_iter().filter(|id| known.insert(*id));
                queue.extend(further.map(|id| (id, way.iter().copied().chain([at]).collect())));
            }
        }
        None
    }
}

fn width(program: &Program, table: TableId) -> u32 {
    program.table(table).and_then(|t| u32::try_from(t.columns.len()).ok()).unwrap_or(0)
}

/// The stored columns that a value is called by: its own, and the one whose values it holds.
fn names(values: &Values, value: &Value) -> [Stored; 2] {
    let root = values.root(value);
    [(value.table, value.column), (root.table, root.column)]
}

/// What is declared to find one row of a table, whether a test of it fails or only warns.
fn keys(program: &Program, id: TableId) -> Vec<Vec<u32>> {
    let Some(table) = program.table(id) else { return Vec::new() };
    let at = |name: &Ident| table.columns.iter().position(|c| c.name == *name).and_then(|at| u32::try_from(at).ok());
    let named = |names: &[Ident]| names.iter().map(at).collect::<Option<Vec<u32>>>();
    let unique = table.assertions.iter().filter_map(|a| match &a.kind {
        AssertionKind::Unique(columns) => Some(columns.clone()),
        _ => None,
    });
    let subjects = program.subjects.iter().filter(|s| s.table == id).filter_map(|s| Some(vec![at(&s.key)?]));
    let kept = kept_by(table).into_iter().filter_map(|names| named(&names));
    let all = std::iter::once(table.key.clone()).chain(unique).chain(subjects).chain(kept);
    all.filter(|key| !key.is_empty()).collect::<BTreeSet<_>>().into_iter().collect()
}

/// The columns by which a model keeps its rows, and those of its unique indexes.
fn kept_by(table: &Table) -> Vec<Vec<Ident>> {
    let TableKind::Model(model) = &table.kind else { return Vec::new() };
    let kept = match &model.materialization {
        Materialization::Incremental { key, history: false, .. } => vec![key.clone()],
        _ => Vec::new(),
    };
    let number = model.number().map(|number| vec![number.clone()]);
    let indexes = model.indexes.iter().filter(|i| i.unique).map(|i| i.columns.clone());
    kept.into_iter().chain(number).chain(indexes).collect()
}
