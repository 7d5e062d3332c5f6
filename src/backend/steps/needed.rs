//! What a build by name builds besides: whatever it reads and no pipeline of the project builds, views and seeds above all. Without them, the first run on an empty
//! warehouse finds nothing to read, and a changed view would never be made anew.

use super::above::with_views;
use crate::ir::{Materialization, ModelRole, Pipeline, Program, Step, StepAction, TableId, TableKind};
use std::collections::BTreeSet;

/// All that a step builds: what it names, what that needs and nobody builds, and the views that dbt drops with these; none: all.
pub(in crate::backend) fn built(program: &Program, pipeline: &Pipeline, step: &Step, tables: &[TableId]) -> Vec<TableId> {
    let mut all = tables.to_vec();
    // A view that is made again may need something, too.
    while !all.is_empty() {
        let before = all.len();
        let mut known: BTreeSet<TableId> = all.iter().copied().collect();
        all.extend(carried(program, pipeline, step, &all).0.into_iter().filter(|id| known.insert(*id)));
        all = with_views(program, pipeline, step, &all);
        if all.len() == before {
            break;
        }
    }
    all
}

/// The steps of the pipeline, by index, that build what this one needs and no pipeline names.
pub(in crate::backend) fn waits(program: &Program, pipeline: &Pipeline, step: &Step) -> BTreeSet<u32> {
    match &step.action {
        StepAction::Build(tables) => carried(program, pipeline, step, tables).1,
        _ => BTreeSet::new(),
    }
}

/// What a step needs and no pipeline names: what it has to build itself, and the steps before it that build the rest.
fn carried(program: &Program, pipeline: &Pipeline, step: &Step, tables: &[TableId]) -> (BTreeSet<TableId>, BTreeSet<u32>) {
    let Some(named) = named(program) else { return Default::default() };
    let mut own = unnamed(program, &named, tables);
    let mut others = BTreeSet::new();
    for (index, before) in (0_u32..).zip(pipeline.steps.iter().take_while(|s| s.name != step.name)) {
        let StepAction::Build(tables) = &before.action else { continue };
        if own.is_empty() {
            break;
        }
        let theirs = unnamed(program, &named, tables);
        let left = own.len();
        own.retain(|id| !theirs.contains(id));
        if own.len() < left {
            others.insert(index);
        }
    }
    (own, others)
}

/// What the pipelines of the project build; `None`: one of them builds all.
fn named(program: &Program) -> Option<BTreeSet<TableId>> {
    let mut named = BTreeSet::new();
    for step in program.pipelines.iter().flat_map(|p| &p.steps) {
        if let StepAction::Build(tables) = &step.action {
            if tables.is_empty() {
                return None;
            }
            named.extend(tables);
        }
    }
    Some(named)
}

/// What some tables read, directly or not, and nobody names. What somebody names is that pipeline's, with all that it reads.
fn unnamed(program: &Program, named: &BTreeSet<TableId>, tables: &[TableId]) -> BTreeSet<TableId> {
    let mut seen: BTreeSet<TableId> = BTreeSet::new();
    let mut open = tables.to_vec();
    while let Some(table) = open.pop().and_then(|id| program.table(id)) {
        open.extend(table.reads.iter().filter(|r| !named.contains(r) && seen.insert(**r)));
    }
    seen.retain(|id| program.table(*id).is_some_and(|t| is_built(&t.kind)));
    seen
}

/// Whether it is something in the warehouse that dbt makes.
fn is_built(kind: &TableKind) -> bool {
    match kind {
        TableKind::Source(_) => false,
        TableKind::Seed(_) => true,
        TableKind::Model(model) => model.role != ModelRole::Query && model.materialization != Materialization::Ephemeral,
    }
}
