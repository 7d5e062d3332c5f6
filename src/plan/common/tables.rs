//! What became of each table: its rows and columns by its own body, and what of that reaches tables built from it.

use crate::base::Ident;
use crate::ir::{JsonShape, JsonTypeId, Materialization, Model, Origin, Program, Query, SeedTable, Table, TableId, TableKind, Type};
use crate::plan::common::canon::{self, Canonical, MaskCall};
use crate::plan::common::names::Pairs;
use crate::plan::models::refreshes::{is_stored, kept_otherwise};
use rayon::prelude::*;
use std::collections::BTreeSet;

/// How a table of the head differs from the base's, by its own body.
#[derive(Debug, Default)]
pub(in crate::plan) struct Diff {
    /// Whether which rows there are is decided otherwise.
    pub(in crate::plan) rows: bool,
    /// By position in the head.
    pub(in crate::plan) columns: Vec<ColumnDiff>,
    /// Columns of the base that are gone, by position.
    pub(in crate::plan) gone: Vec<u32>,
}

/// How a column differs.
#[derive(Debug, Default)]
pub(in crate::plan) struct ColumnDiff {
    /// The base's column, by position.
    pub(in crate::plan) base: Option<u32>,
    /// Whether its value is computed otherwise.
    pub(in crate::plan) value: bool,
    /// The masks in what it is computed from, before and after, where they differ.
    pub(in crate::plan) masks: Option<(BTreeSet<MaskCall>, BTreeSet<MaskCall>)>,
}

/// A table of the head.
#[derive(Debug)]
pub(in crate::plan) enum State {
    /// Not in the base.
    New,
    /// The same body; columns at the same places.
    Same,
    /// Another one.
    Differs(Box<Diff>),
}

/// What became of every table of the head.
pub(in crate::plan) struct Tables {
    states: Vec<State>,
    /// Tables whose rows are others, by their own body or by what they read.
    rows: Vec<bool>,
    /// The same of columns, by position.
    columns: Vec<Vec<bool>>,
    /// Tables that are kept otherwise, so that other rows stay.
    kept: Vec<bool>,
    /// Tables whose rows were as they are when read, and are as of a build now, or the other way round, or that are built from such.
    late: Vec<bool>,
    /// Columns of sources and seeds that are said to tell something else than before, by name.
    reclassified: BTreeSet<String>,
}

impl Tables {
    /// Compares bodies; finds columns that only have another name.
    pub(in crate::plan) fn new(pairs: &mut Pairs<'_>) -> Tables {
        let head = pairs.head.program;
        let changed_json = changed_json(pairs);
        let ids: Vec<TableId> = head.tables().map(|(id, _)| id).collect();
        // Most tables are as they were, and that is seen without looking at columns.
        let same: Vec<bool> = ids.par_iter().map(|id| is_same(pairs, &changed_json, *id)).collect();
        let mut states: Vec<State> = ids.iter().map(|_| State::New).collect();
        for id in &head.order {
            let (Some(base), Some(place)) = (pairs.base_of(*id), states.get_mut(id.0 as usize)) else { continue };
            *place = match same.get(id.0 as usize) {
                Some(true) => State::Same,
                _ => State::Differs(Box::new(diff(pairs, &changed_json, base, *id))),
            };
        }
        let none = vec![false; ids.len()];
        let mut tables = Tables {
            states,
            rows: none.clone(),
            columns: vec![Vec::new(); ids.len()],
            kept: none.clone(),
            late: none,
            reclassified: BTreeSet::new(),
        };
        head.order.iter().for_each(|id| tables.reach(pairs, *id));
        tables.reclassified = tables.relabelled(pairs, &changed_json);
        tables
    }

    /// Columns of sources and seeds that are said to tell something else than before: `source.table.column`.
    pub(in crate::plan) fn reclassified(&self) -> &BTreeSet<String> {
        &self.reclassified
    }

    fn relabelled(&self, pairs: &Pairs<'_>, changed_json: &BTreeSet<JsonTypeId>) -> BTreeSet<String> {
        let head = pairs.head.program;
        let mut found = BTreeSet::new();
        for (id, table) in head.tables().filter(|(_, t)| !matches!(t.kind, TableKind::Model(_))) {
            let Some(was) = pairs.base_of(id).and_then(|b| pairs.base.program.table(b)) else { continue };
            for (position, column) in (0u32..).zip(&table.columns) {
                let before = self.base_column(id, position).and_then(|p| was.columns.get(p as usize));
                let other = |b: &crate::ir::Column| pairs.base.label(&b.label) != pairs.head.label(&column.label);
                if before.is_some_and(other) || holds(head, &column.ty, changed_json, &mut BTreeSet::new()) {
                    found.insert(format!("{}.{}", pairs.head.table(id), column.name));
                }
            }
        }
        found
    }

    /// What became of a table of the head.
    pub(in crate::plan) fn state(&self, head: TableId) -> &State {
        self.states.get(head.0 as usize).unwrap_or(&State::New)
    }

    /// The base's column of a head's, by position.
    pub(in crate::plan) fn base_column(&self, head: TableId, position: u32) -> Option<u32> {
        match self.state(head) {
            State::New => None,
            State::Same => Some(position),
            State::Differs(diff) => diff.columns.get(position as usize)?.base,
        }
    }

    /// Whether a table's rows are others than before, or may be.
    pub(in crate::plan) fn rows_affected(&self, head: TableId) -> bool {
        self.rows.get(head.0 as usize).copied().unwrap_or(true)
    }

    /// Whether a column's values are, whatever rows there are.
    pub(in crate::plan) fn column_affected(&self, head: TableId, position: u32) -> bool {
        self.columns.get(head.0 as usize).and_then(|c| c.get(position as usize)).copied().unwrap_or(true)
    }

    /// Whether anything of a table is.
    pub(in crate::plan) fn affected(&self, head: TableId) -> bool {
        self.rows_affected(head) || self.columns.get(head.0 as usize).is_some_and(|c| c.contains(&true))
    }

    fn hit(&self, origin: &Origin) -> bool {
        if origin.column == Origin::ROWS { self.rows_affected(origin.table) } else { self.column_affected(origin.table, origin.column) }
    }

    /// Whether a table is kept otherwise, so that other rows stay in it.
    pub(in crate::plan) fn kept(&self, head: TableId) -> bool {
        self.kept.get(head.0 as usize).copied().unwrap_or(false)
    }

    /// Whether what happens at the source shows in a table later than before, or earlier.
    pub(in crate::plan) fn late(&self, head: TableId) -> bool {
        self.late.get(head.0 as usize).copied().unwrap_or(false)
    }

    fn reach(&mut self, pairs: &Pairs<'_>, id: TableId) {
        let Some(table) = pairs.head.program.table(id) else { return };
        let (kept, stored) = match (pairs.base_of(id).and_then(|b| pairs.base.program.table(b)).map(|t| &t.kind), &table.kind) {
            (Some(TableKind::Model(a)), TableKind::Model(b)) => {
                let stored = is_stored(&a.materialization) != is_stored(&b.materialization);
                // A version begins where a column changes: which columns there are decides which rows there are.
                let columns = |d: &Diff| !d.gone.is_empty() || d.columns.iter().any(|c| c.value || c.base.is_none());
                let versions = matches!(b.materialization, Materialization::Incremental { history: true, .. })
                    && matches!(self.state(id), State::Differs(d) if columns(d));
                (versions || kept_otherwise(&a.materialization, &b.materialization).is_some(), stored)
            }
            _ => (false, false),
        };
        let late = stored || table.reads.iter().any(|r| self.late(*r));
        let (own_rows, own): (bool, Vec<bool>) = match self.state(id) {
            State::New => (true, vec![true; table.columns.len()]),
            State::Same => (false, vec![false; table.columns.len()]),
            State::Differs(diff) => (diff.rows, diff.columns.iter().map(|c| c.value || c.base.is_none()).collect()),
        };
        let rows = own_rows || kept || table.rows.iter().any(|o| self.hit(o));
        let columns = table.columns.iter().zip(own).map(|(c, own)| own || c.from.iter().any(|o| self.hit(o))).collect();
        if let (Some(r), Some(c)) = (self.rows.get_mut(id.0 as usize), self.columns.get_mut(id.0 as usize)) {
            (*r, *c) = (rows, columns);
        }
        if let (Some(k), Some(l)) = (self.kept.get_mut(id.0 as usize), self.late.get_mut(id.0 as usize)) {
            (*k, *l) = (kept, late);
        }
    }
}

fn is_same(pairs: &Pairs<'_>, changed_json: &BTreeSet<JsonTypeId>, id: TableId) -> bool {
    let Some(base) = pairs.base_of(id) else { return false };
    let (Some(was), Some(is)) = (pairs.base.program.table(base), pairs.head.program.table(id)) else { return false };
    let shaped = |t: &Table| t.columns.len();
    let columns = || {
        let both = was.columns.iter().zip(&is.columns);
        both.into_iter().all(|(a, b)| *pairs.base.column(base, &a.name) == b.name && pairs.base.ty(&a.ty) == pairs.head.ty(&b.ty))
    };
    if shaped(was) != shaped(is) || !columns() {
        return false;
    }
    match (&was.kind, &is.kind) {
        (TableKind::Model(a), TableKind::Model(b)) => {
            number(&pairs.base, base, a) == number(&pairs.head, id, b)
                && canon::whole(&pairs.base, &a.query) == canon::whole(&pairs.head, &b.query)
        }
        (TableKind::Seed(a), TableKind::Seed(b)) => a.rows == b.rows,
        (TableKind::Source(a), TableKind::Source(b)) => {
            a.schema == b.schema && is.columns.iter().all(|c| !holds(pairs.head.program, &c.ty, changed_json, &mut BTreeSet::new()))
        }
        _ => false,
    }
}

fn diff(pairs: &mut Pairs<'_>, changed_json: &BTreeSet<JsonTypeId>, base: TableId, head: TableId) -> Diff {
    let (Some(was), Some(is)) = (pairs.base.program.table(base), pairs.head.program.table(head)) else { return Diff::default() };
    match (&was.kind, &is.kind) {
        (TableKind::Model(a), TableKind::Model(b)) => models(pairs, (base, was, a), (head, is, b)),
        (TableKind::Seed(a), TableKind::Seed(b)) => seeds(pairs, (base, was, a), (is, b)),
        (TableKind::Source(a), TableKind::Source(b)) => {
            let moved = a.schema != b.schema;
            let mut diff = by_name(pairs, base, was, is);
            diff.rows = moved;
            for (column, d) in is.columns.iter().zip(&mut diff.columns) {
                let before = d.base.and_then(|p| was.columns.get(p as usize));
                let retyped = before.is_some_and(|b| pairs.base.ty(&b.ty) != pairs.head.ty(&column.ty));
                d.value = moved || retyped || holds(pairs.head.program, &column.ty, changed_json, &mut BTreeSet::new());
            }
            diff
        }
        _ => {
            let mut diff = by_name(pairs, base, was, is);
            diff.rows = true;
            diff.columns.iter_mut().for_each(|c| c.value = true);
            diff
        }
    }
}

fn by_name(pairs: &Pairs<'_>, base: TableId, was: &Table, is: &Table) -> Diff {
    let names: Vec<_> = was.columns.iter().map(|c| pairs.base.column(base, &c.name)).collect();
    let place = |p: usize| u32::try_from(p).ok();
    let columns: Vec<ColumnDiff> = is
        .columns
        .iter()
        .map(|c| ColumnDiff { base: names.iter().position(|n| **n == c.name).and_then(place), ..ColumnDiff::default() })
        .collect();
    let found: BTreeSet<u32> = columns.iter().filter_map(|c| c.base).collect();
    let gone = (0u32..).take(was.columns.len()).filter(|p| !found.contains(p)).collect();
    Diff { rows: false, columns, gone }
}

fn seeds(pairs: &Pairs<'_>, (base, was, a): (TableId, &Table, &SeedTable), (is, b): (&Table, &SeedTable)) -> Diff {
    let mut diff = by_name(pairs, base, was, is);
    diff.rows = a.rows.len() != b.rows.len();
    for (place, d) in diff.columns.iter_mut().enumerate() {
        let Some(before) = d.base else { continue };
        let mut rows = a.rows.iter().zip(b.rows.iter());
        d.value = diff.rows || rows.any(|(x, y)| x.get(before as usize) != y.get(place));
    }
    diff
}

/// A column's computation: with its rows, and by itself.
struct Computed {
    full: Canonical,
    item: Option<String>,
}

fn computed(common: &crate::plan::common::names::Common<'_>, query: &Query, position: usize) -> Computed {
    Computed { full: canon::column(common, query, position), item: canon::item(common, query, position) }
}

fn models(pairs: &mut Pairs<'_>, (base, was, a): (TableId, &Table, &Model), (head, is, b): (TableId, &Table, &Model)) -> Diff {
    let mut diff = by_name(pairs, base, was, is);
    diff.rows = canon::rows(&pairs.base, &a.query).text != canon::rows(&pairs.head, &b.query).text;
    let old: Vec<Computed> = (0..was.columns.len()).map(|p| computed(&pairs.base, &a.query, p)).collect();
    let new: Vec<Computed> = (0..is.columns.len()).map(|p| computed(&pairs.head, &b.query, p)).collect();
    // Where the rows are others, what is computed per row is compared.
    let rows = diff.rows;
    let alike = |x: &Computed, y: &Computed| if rows { x.item.is_some() && x.item == y.item } else { x.full.text == y.full.text };
    let mut gone = std::mem::take(&mut diff.gone);
    for (place, d) in diff.columns.iter_mut().enumerate() {
        let (Some(column), Some(now)) = (is.columns.get(place), new.get(place)) else { continue };
        if d.base.is_none() {
            let told = |c: &crate::ir::Column, common: &crate::plan::common::names::Common<'_>| {
                (common.ty(&c.ty), c.nullable, common.label(&c.label))
            };
            let found = gone.iter().position(|g| {
                let (Some(before), Some(then)) = (was.columns.get(*g as usize), old.get(*g as usize)) else { return false };
                alike(then, now) && told(before, &pairs.base) == told(column, &pairs.head)
            });
            if let Some(at) = found {
                let position = gone.remove(at);
                d.base = Some(position);
                if let Some(before) = was.columns.get(position as usize) {
                    pairs.rename_column(base, &before.name, &column.name);
                }
            }
        }
        let Some(then) = d.base.and_then(|p| old.get(p as usize)) else { continue };
        d.value = !alike(then, now) && !(rows && (then.item.is_none() || now.item.is_none()));
        if then.full.masks != now.full.masks {
            d.masks = Some((then.full.masks.clone(), now.full.masks.clone()));
        }
    }
    diff.gone = gone;
    // What a key got once and keeps is another value than what each build gives it.
    let (old, new) = (number(&pairs.base, base, a), number(&pairs.head, head, b));
    if old != new {
        let told = is.columns.iter().zip(&mut diff.columns).filter(|(c, _)| [&old, &new].contains(&&Some(c.name.clone())));
        told.for_each(|(_, d)| d.value = true);
    }
    diff
}

/// The column with numbers that are given out once.
fn number(common: &crate::plan::common::names::Common<'_>, table: TableId, model: &Model) -> Option<Ident> {
    model.number().map(|name| common.column(table, name).clone())
}

/// JSON types of the head that have other fields than in the base.
fn changed_json(pairs: &Pairs<'_>) -> BTreeSet<JsonTypeId> {
    let fields = |common: &crate::plan::common::names::Common<'_>, t: &crate::ir::JsonType| {
        let one = |f: &crate::ir::JsonField| {
            (f.name.clone(), common.ty(&f.ty), f.nullable, f.label.as_ref().map(|l| common.label(l)), f.by.clone())
        };
        t.fields.iter().map(one).collect::<BTreeSet<_>>()
    };
    let mut known = std::collections::BTreeMap::new();
    for (id, t) in (0u32..).map(JsonTypeId).zip(&pairs.base.program.json_types).filter(|(_, t)| t.module.is_empty()) {
        known.insert(pairs.base.json(id), fields(&pairs.base, t));
    }
    // The library's are those of the pipec that runs, on both sides.
    let own = (0u32..).map(JsonTypeId).zip(&pairs.head.program.json_types).filter(|(_, t)| t.module.is_empty());
    own.filter(|(id, t)| known.get(&pairs.head.json(*id)) != Some(&fields(&pairs.head, t))).map(|(id, _)| id).collect()
}

/// Whether a type has one of these JSON types in it.
fn holds(program: &Program, ty: &Type, changed: &BTreeSet<JsonTypeId>, seen: &mut BTreeSet<JsonTypeId>) -> bool {
    if changed.is_empty() {
        return false;
    }
    match ty {
        Type::Array(of) => holds(program, of, changed, seen),
        Type::Json(shape) => match innermost(shape) {
            JsonShape::Object(id, _) => {
                changed.contains(id)
                    || (seen.insert(*id)
                        && program.json_type(*id).is_some_and(|t| t.fields.iter().any(|f| holds(program, &f.ty, changed, seen))))
            }
            JsonShape::Scalar(ty, _) => holds(program, ty, changed, seen),
            JsonShape::Any | JsonShape::Array(_) => false,
        },
        _ => false,
    }
}

fn innermost(mut shape: &JsonShape) -> &JsonShape {
    while let JsonShape::Array(of) = shape {
        shape = of;
    }
    shape
}
