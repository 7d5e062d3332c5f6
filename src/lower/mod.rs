//! Bodies to IR. A declarative body becomes the tokens of a SQL query (`pipe.rs`), so that one parser and one lowering serve both fronts;
//! every column gets type, nullability, label and lineage while it is built. The only folder that knows sqlparser.

mod another;
mod apart;
mod arrived;
mod asked;
mod asked_rows;
mod assertions;
mod bearer;
mod bodies;
mod checks;
mod chosen;
mod clauses;
mod condition;
mod constraints;
mod contract;
mod cte;
mod cx;
mod discriminator;
mod drops;
mod elements;
mod equal;
mod equality;
mod expr;
mod firsts;
mod flow;
mod from;
mod graph;
mod group;
mod grouped;
mod history;
mod holes;
mod items;
mod join;
mod kept;
mod kin;
mod loaded;
mod masked;
mod metrics;
mod model;
mod names;
mod numbered;
mod once;
mod order;
mod order_by;
mod owned;
mod parse;
mod pipe;
mod policies;
mod proven;
mod pure;
mod query;
mod ran;
mod remarks;
mod row_condition;
mod rows_of;
mod scan;
mod scope;
mod select;
mod set;
mod shape;
mod shares;
mod slim;
mod srf;
mod statements;
mod sugar;
#[cfg(test)]
mod tests;
mod this_block;
mod tokens;
mod told_by_keys;
mod twins;
mod types;
mod unit_tests;
mod using;
mod walk;
mod whose;
mod words;
mod writer;

pub(crate) use cx::Cx;
pub use scope::{Facts, Merged, Scope, ScopeRelation, Shown, Typed};
pub use statements::{DeclaredColumn, DeclaredTable, DottedName, Statement, StatementKind, dotted_names, named_type, statements};
use walk::same;

use crate::base::{Ident, Sources};
use crate::diag::Diagnostics;
use crate::ir::{
    Assertion, Category, CategoryId, Counted, DatedMask, Discriminator, MetricCells, Program, SmallestGroup, Table, TableId, TableKind,
    Unwithheld,
};
use crate::resolve::{Generator, PendingModel, Resolved, Slot};
use cx::Finished;
use model::Shared;
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Puts the models in order, lowers every body, and fills in what depends on columns.
pub fn lower(resolved: Resolved<'_>, generator: &Generator<'_>, sources: &Sources, diagnostics: &mut Diagnostics) -> Program {
    lower_doubting(resolved, generator, sources, &BTreeSet::new(), diagnostics)
}

/// The same, where nothing is believed of what some models assert of themselves: that columns are unique, reference others, or are shared by so many.
pub fn lower_doubting(
    resolved: Resolved<'_>,
    generator: &Generator<'_>,
    sources: &Sources,
    doubted: &BTreeSet<Ident>,
    diagnostics: &mut Diagnostics,
) -> Program {
    let Resolved { mut program, slots, policies, maskings, metrics, tests, checks, asked_rows } = resolved;
    bodies::check(&program, diagnostics);
    let (built, maskings, described, policies, checks, unit_tests, asked_rows) = {
        let mut shared = Shared::new(&program, sources, generator, &metrics);
        shared.doubted = doubted.clone();
        let read = masked::maskings(&shared, &maskings, diagnostics);
        shared.maskings = read.iter().cloned().zip(maskings.iter().map(|m| m.env.clone())).collect();
        let mut done = finished(&shared, &slots, diagnostics);
        policies::entitlements(&program, &done, diagnostics);
        let policies = policies::policies(&shared, &policies, &done, diagnostics);
        let checks = checks::checks(&shared, &checks, &done, diagnostics);
        let twins = twins::twins(&shared, &mut done, diagnostics);
        let unit_tests = unit_tests::read(&shared, &tests, &done, diagnostics);
        let asked_rows = asked_rows::asked_rows(&shared, &asked_rows, &done, diagnostics);
        metrics::idle(&shared, &slots, &done, diagnostics);
        let built = tables(&shared, &slots, done, twins, diagnostics);
        (built, read, metrics::metrics(&shared, &metrics, diagnostics), policies, checks, unit_tests, asked_rows)
    };
    program.order = order(&built.tables);
    program.tables = built.tables;
    checks::place(&mut program, checks);
    twins::place(&mut program, built.twins);
    program.open = built.open;
    program.counted = built.counted;
    program.dated = built.dated;
    program.grouped = built.grouped;
    program.facts = built.facts;
    program.unwithheld = built.unwithheld;
    program.maskings = maskings;
    program.discriminators = built.discriminators;
    program.metrics = described;
    program.policies = policies;
    program.unit_tests = unit_tests;
    asked_rows::place(&mut program, asked_rows);
    policies::export_columns(&mut program, diagnostics);
    generator.refuse_hidden(&program, diagnostics);
    program
}

/// What lowering all bodies gives.
struct Built {
    tables: Vec<Table>,
    twins: twins::Twins,
    open: BTreeSet<TableId>,
    discriminators: Vec<Discriminator>,
    counted: Vec<Counted>,
    dated: Vec<DatedMask>,
    grouped: BTreeMap<TableId, SmallestGroup>,
    facts: BTreeMap<TableId, Vec<MetricCells>>,
    unwithheld: Vec<Unwithheld>,
}

/// Every table with its columns, by id; `None`: a model on a circle.
fn finished(shared: &Shared<'_>, slots: &[Slot<'_>], diagnostics: &mut Diagnostics) -> Vec<Option<Finished>> {
    let plan = order::plan(shared, slots, shared.metrics, diagnostics);
    let mut done: Vec<Option<Finished>> = slots.iter().map(ready).collect();
    let things = Arc::new(things(shared.program, slots));
    loaded::apply(shared.program, &things, &mut done);
    for wave in plan.waves {
        let lowered: Vec<(usize, Finished, Diagnostics)> = wave
            .par_iter()
            .filter_map(|index| match slots.get(*index)? {
                Slot::Pending(model) => {
                    let (finished, found) = model::lower_model(shared, &done, &things, model);
                    Some((*index, finished, found))
                }
                Slot::Ready(_) => None,
            })
            .collect();
        for (index, finished, found) in lowered {
            diagnostics.extend(found);
            if let Some(slot) = done.get_mut(index) {
                *slot = Some(finished);
            }
        }
    }
    done
}

/// Every table with its assertions, twins last, and what their bodies declare beside.
fn tables(
    shared: &Shared<'_>,
    slots: &[Slot<'_>],
    mut done: Vec<Option<Finished>>,
    twins: twins::Twins,
    diagnostics: &mut Diagnostics,
) -> Built {
    let asserted = assertions_of(shared, slots, &done, diagnostics);
    let discriminators = done.iter().flatten().flat_map(|f| f.discriminators.iter().cloned()).collect();
    let counted = done.iter().flatten().flat_map(|f| f.counted.iter().cloned()).collect();
    let dated = done.iter().flatten().flat_map(|f| f.dated.iter().cloned()).collect();
    let grouped = (0u32..).map(TableId).zip(&done).filter_map(|(id, f)| Some((id, f.as_ref()?.grouped.clone()?))).collect();
    let told = (0u32..).map(TableId).zip(&done).filter_map(|(id, f)| Some((id, f.as_ref()?.cells.clone())));
    let facts = told.filter(|(_, cells)| !cells.is_empty()).collect();
    let unwithheld = done.iter().flatten().flat_map(|f| f.unwithheld.iter().cloned()).collect();
    let open = (0u32..).map(TableId).zip(&done).filter(|(_, f)| f.as_ref().is_none_or(|f| f.open)).map(|(id, _)| id).collect();
    let made = done.split_off(slots.len());
    let tables = done.into_iter().zip(slots).map(|(finished, slot)| finished.map_or_else(|| unread(slot), |f| f.table));
    let tables = tables.zip(asserted).map(|(mut table, more)| {
        table.assertions.extend(more);
        table
    });
    let tables = tables.chain(made.into_iter().flatten().map(|f| f.table)).collect();
    Built { tables, twins, open, discriminators, counted, dated, grouped, facts, unwithheld }
}

/// The categories that name things, so that one row per value is one row per thing: a declaration of what they mean, and no guess from how many
/// values there are today. Unique codes, (R) of Safe Harbor, but free text, and the numbers of those who give care and of institutions do always. The
/// other numbers, (G) to (M), do where a source has one for its key: families share an account. What is left (names, places,
/// dates, phones, addresses, faces, whatever has no letter) is shared by people or tells of their state, whatever is asserted of it.
fn things(program: &Program, slots: &[Slot<'_>]) -> BTreeSet<CategoryId> {
    let key_of = |slot: &Slot<'_>| match slot {
        Slot::Ready(table) => match (&table.kind, table.key.as_slice()) {
            (TableKind::Source(_), [key]) => match table.columns.get(*key as usize)?.label.values() {
                [(category, _)] => Some(*category),
                _ => None,
            },
            _ => None,
        },
        Slot::Pending(_) => None,
    };
    let keys: BTreeSet<CategoryId> = slots.iter().filter_map(key_of).collect();
    let names = |(id, category): &(CategoryId, &Category)| match category.safe_harbor {
        Some('R') => category.name.as_str() != "free_text",
        Some('G'..='M') => keys.contains(id),
        Some(_) => false,
        None => matches!(category.name.as_str(), "provider_id" | "organization"),
    };
    (0u32..).map(CategoryId).zip(&program.categories).filter(names).map(|(id, _)| id).collect()
}

fn ready(slot: &Slot<'_>) -> Option<Finished> {
    match slot {
        Slot::Ready(table) => Some(Finished {
            table: (**table).clone(),
            control: Facts { label: table.own().map(|own| own.rows_tell.clone()).unwrap_or_default(), ..Facts::default() },
            numbers: Vec::new(),
            shaped: shape::Shape::default(),
            open: false,
            discriminators: Vec::new(),
            references: Vec::new(),
            counted: Vec::new(),
            dated: Vec::new(),
            ran: None,
            grouped: None,
            cells: Vec::new(),
            unwithheld: Vec::new(),
        }),
        Slot::Pending(_) => None,
    }
}

fn assertions_of(shared: &Shared<'_>, slots: &[Slot<'_>], done: &[Option<Finished>], diagnostics: &mut Diagnostics) -> Vec<Vec<Assertion>> {
    let pairs: Vec<(&Slot<'_>, &Option<Finished>)> = slots.iter().zip(done).collect();
    let found: Vec<(Vec<Assertion>, Diagnostics)> = pairs
        .par_iter()
        .map(|(slot, finished)| match (slot, finished) {
            (Slot::Pending(model), Some(f)) => {
                let (mut found, problems) = assertions::assertions(shared, done, model, &f.table, f.open);
                found.retain(|a| !a.vouches() || !shared.doubted.contains(&f.table.name));
                (found, problems)
            }
            _ => (Vec::new(), Diagnostics::new()),
        })
        .collect();
    found
        .into_iter()
        .map(|(list, problems)| {
            diagnostics.extend(problems);
            list
        })
        .collect()
}

/// A model on a circle: its name, and nothing else.
fn unread(slot: &Slot<'_>) -> Table {
    match slot {
        Slot::Ready(table) => (**table).clone(),
        Slot::Pending(model) => model::unread(model as &PendingModel<'_>),
    }
}

/// All tables, each after those it reads; ties by id.
fn order(tables: &[Table]) -> Vec<TableId> {
    let mut waiting: Vec<usize> = tables.iter().map(|t| t.reads.len()).collect();
    let mut readers: Vec<Vec<usize>> = vec![Vec::new(); tables.len()];
    for (index, table) in tables.iter().enumerate() {
        for read in &table.reads {
            if let Some(list) = readers.get_mut(read.0 as usize) {
                list.push(index);
            }
        }
    }
    let mut free: BTreeSet<usize> = waiting.iter().enumerate().filter(|(_, n)| **n == 0).map(|(i, _)| i).collect();
    let mut out = Vec::with_capacity(tables.len());
    while let Some(next) = free.pop_first() {
        out.extend(u32::try_from(next).ok().map(TableId));
        for reader in readers.get(next).into_iter().flatten() {
            if let Some(left) = waiting.get_mut(*reader) {
                *left -= 1;
                if *left == 0 {
                    free.insert(*reader);
                }
            }
        }
    }
    out
}
