//! What a build by name builds besides: dbt makes a table or a view by dropping the old one, and with it goes every view that reads it. So those are
//! made again in the same step.

use crate::ir::{Materialization, ModelRole, Pipeline, Program, Step, StepAction, TableId, TableKind};
use std::collections::BTreeSet;

/// The models of a step, and the views that read them, but for those that a later step of the pipeline makes anyway; none: all.
pub(super) fn with_views(program: &Program, pipeline: &Pipeline, step: &Step, tables: &[TableId]) -> Vec<TableId> {
    let mut all = tables.to_vec();
    let later = later(pipeline, step);
    if tables.is_empty() || later.iter().any(|made| made.is_empty()) {
        return all;
    }
    let made: BTreeSet<TableId> = later.into_iter().flatten().copied().collect();
    let mut gone: BTreeSet<TableId> = tables.iter().copied().collect();
    for id in &program.order {
        let Some(table) = program.table(*id).filter(|t| !gone.contains(id) && t.reads.iter().any(|r| gone.contains(r))) else { continue };
        let TableKind::Model(model) = &table.kind else { continue };
        match (model.role, &model.materialization) {
            // What dbt inlines hands on what it reads.
            (_, Materialization::Ephemeral) | (ModelRole::Query, _) => drop(gone.insert(*id)),
            (_, Materialization::View | Materialization::MaterializedView) => {
                gone.insert(*id);
                if !made.contains(id) {
                    all.push(*id);
                }
            }
            _ => {}
        }
    }
    all
}

/// What the steps that wait for this one build.
fn later<'p>(pipeline: &'p Pipeline, step: &Step) -> Vec<&'p Vec<TableId>> {
    let mut waiting: BTreeSet<u32> = BTreeSet::new();
    let own = |index: u32| pipeline.steps.get(index as usize).is_some_and(|s| s.name == step.name);
    let mut found = Vec::new();
    for (index, next) in (0u32..).zip(&pipeline.steps) {
        if next.after.iter().any(|a| own(*a) || waiting.contains(a)) {
            waiting.insert(index);
            if let StepAction::Build(made) = &next.action {
                found.push(made);
            }
        }
    }
    found
}
