//! How much there is of each kind of change.

use crate::plan::report::*;

/// `1 row`, `2 rows`.
pub(in crate::plan) fn counted(n: impl TryInto<u64>, one: &str, more: &str) -> String {
    let n = n.try_into().unwrap_or(u64::MAX);
    format!("{n} {}", if n == 1 { one } else { more })
}

/// A kind of change: a key for programs, words for people for one and for more, and how many there are.
pub(in crate::plan) struct Count {
    pub(in crate::plan) key: &'static str,
    one: &'static str,
    more: &'static str,
    pub(in crate::plan) n: usize,
}

impl Count {
    /// The words for people.
    pub(in crate::plan) fn words(&self) -> &'static str {
        if self.n == 1 { self.one } else { self.more }
    }
}

/// How much there is of each; only what there is any of, the weightiest first.
pub(in crate::plan) fn summary(plan: &Plan) -> Vec<Count> {
    let mut all = told(plan);
    all.extend(done(plan));
    all.retain(|c| c.n > 0);
    all
}

fn count(key: &'static str, one: &'static str, more: &'static str, n: usize) -> Count {
    Count { key, one, more, n }
}

/// Who reads, and what is told.
fn told(plan: &Plan) -> Vec<Count> {
    let access = |d: Direction| plan.access.iter().filter(|c| c.direction == d).count();
    let rows = |d: Direction| plan.rows.iter().filter(|c| c.direction == d).count();
    let flows = |d: Direction| plan.flows.iter().filter(|c| c.direction == d).count();
    let protections = |d: Direction| plan.protections.iter().filter(|c| c.direction == d).count();
    let written = plan.releases.iter().filter(|r| r.edit == Edit::Added).count();
    let (gain, either, loss) = (Direction::Gain, Direction::Either, Direction::Loss);
    vec![
        count("access_gained", "▲ gain of access", "▲ gains of access", access(gain)),
        count("access_unclear", "▲? change of access that may be a gain", "▲? changes of access that may be gains", access(either)),
        count("access_lost", "▼ loss of access", "▼ losses of access", access(loss)),
        count("access_same", "= access enforced otherwise", "= accesses enforced otherwise", access(Direction::Same)),
        count("rows_wider", "▲ table with more rows", "▲ tables with more rows", rows(gain)),
        count("rows_unclear", "▲? table with other rows", "▲? tables with other rows", rows(either)),
        count("rows_narrower", "▼ table with fewer rows", "▼ tables with fewer rows", rows(loss)),
        count("flows_gained", "▲ flow that tells more", "▲ flows that tell more", flows(gain)),
        count("flows_unclear", "▲? flow that tells something else", "▲? flows that tell something else", flows(either)),
        count("flows_lost", "▼ flow that tells less", "▼ flows that tell less", flows(loss)),
        count("releases_added", "release added", "releases added", written),
        count("releases_changed", "release changed or removed", "releases changed or removed", plan.releases.len() - written),
        count("protection_weaker", "▲ weaker protection", "▲ weaker protections", protections(gain)),
        count("protection_unclear", "▲? other protection", "▲? other protections", protections(either)),
        count("protection_stronger", "▼ stronger protection", "▼ stronger protections", protections(loss)),
    ]
}

/// What is made of it.
fn done(plan: &Plan) -> Vec<Count> {
    let edits = |edit: Edit| plan.models.iter().filter(|m| m.edit == edit).count();
    let action = |action: Action| plan.resources.iter().filter(|r| r.action == action).count();
    vec![
        count("tables_added", "table added", "tables added", edits(Edit::Added)),
        count("tables_changed", "table changed", "tables changed", edits(Edit::Changed) + edits(Edit::Renamed)),
        count("tables_removed", "table removed", "tables removed", edits(Edit::Removed)),
        count("refreshes", "full refresh", "full refreshes", plan.refreshes.iter().filter(|r| !r.by_hand).count()),
        count("altered_by_hand", "table to alter by hand", "tables to alter by hand", plan.refreshes.iter().filter(|r| r.by_hand).count()),
        count("tests", "test or contract changed", "tests and contracts changed", plan.tests.len()),
        count("metrics", "metric changed", "metrics changed", plan.metrics.len()),
        count("pipelines", "pipeline changed", "pipelines changed", plan.pipelines.len()),
        count("resources_created", "resource to create", "resources to create", action(Action::Create)),
        count("resources_updated", "resource to update", "resources to update", action(Action::Update)),
        count("resources_replaced", "resource to replace", "resources to replace", action(Action::Replace)),
        count("resources_destroyed", "resource to destroy", "resources to destroy", action(Action::Destroy)),
        count("exports", "load or export changed", "loads and exports changed", plan.exports.len()),
    ]
}
