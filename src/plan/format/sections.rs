//! The report in lines, in the order it is told in: what the terminal and Markdown have in common.

use crate::plan::format::lines::{declared, model, refresh, release, resource, rows};
use crate::plan::format::together::{access_key, accesses, alike, flow_key, flows, protection_key, protections};
use crate::plan::report::*;

/// A family of changes.
pub(in crate::plan) struct Section {
    /// Its heading.
    pub(in crate::plan) title: &'static str,
    /// What changed, the weightiest first.
    pub(in crate::plan) lines: Vec<Line>,
}

/// A change.
pub(in crate::plan) struct Line {
    /// What kind of change it is.
    pub(in crate::plan) sign: Sign,
    /// What.
    pub(in crate::plan) text: String,
    /// What belongs to it.
    pub(in crate::plan) notes: Vec<String>,
    /// Where it is written.
    pub(in crate::plan) places: Vec<String>,
}

/// Kinds of lines.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::plan) enum Sign {
    Gain,
    Loss,
    Either,
    Same,
    Add,
    Change,
    Remove,
    Replace,
}

impl Sign {
    pub(in crate::plan) fn text(self) -> &'static str {
        match self {
            Sign::Gain => "▲",
            Sign::Loss => "▼",
            Sign::Either => "▲?",
            Sign::Same => "=",
            Sign::Add => "+",
            Sign::Change => "~",
            Sign::Remove => "-",
            Sign::Replace => "-/+",
        }
    }
}

impl From<Direction> for Sign {
    fn from(direction: Direction) -> Sign {
        match direction {
            Direction::Gain => Sign::Gain,
            Direction::Loss => Sign::Loss,
            Direction::Either => Sign::Either,
            Direction::Same => Sign::Same,
        }
    }
}

impl From<Edit> for Sign {
    fn from(edit: Edit) -> Sign {
        match edit {
            Edit::Added => Sign::Add,
            Edit::Removed => Sign::Remove,
            Edit::Changed | Edit::Renamed => Sign::Change,
        }
    }
}

/// How many things of one kind are named in a line.
#[derive(Clone, Copy)]
pub(in crate::plan) struct Most(pub(in crate::plan) usize);

impl Most {
    pub(in crate::plan) fn list(self, all: &[String]) -> String {
        let shown = all.iter().take(self.0).cloned().collect::<Vec<_>>().join(", ");
        match all.len().saturating_sub(self.0) {
            0 => shown,
            more => format!("{shown} and {more} more"),
        }
    }
}

/// Every section that has something to say; with `together`, changes that differ in the table or column only share a line.
pub(in crate::plan) fn sections(plan: &Plan, most: Most, together: bool) -> Vec<Section> {
    let least = if together { 3 } else { usize::MAX };
    let all = [
        ("Access", alike(&plan.access, least, access_key).iter().map(|g| accesses(g, most)).collect::<Vec<_>>()),
        ("Rows", plan.rows.iter().map(|c| rows(c, most)).collect()),
        ("Flows", alike(&plan.flows, least, flow_key).iter().map(|g| flows(g, most)).collect()),
        ("Releases", plan.releases.iter().map(release).collect()),
        ("Protection", alike(&plan.protections, least, protection_key).iter().map(|g| protections(g, most)).collect()),
        ("Models", plan.models.iter().map(|c| model(c, most)).collect()),
        ("Full refresh", plan.refreshes.iter().filter(|r| !r.by_hand).map(refresh).collect()),
        ("By hand", plan.refreshes.iter().filter(|r| r.by_hand).map(refresh).collect()),
        ("Tests and contracts", plan.tests.iter().map(declared).collect()),
        ("Metrics", plan.metrics.iter().map(declared).collect()),
        ("Pipelines", plan.pipelines.iter().map(declared).collect()),
        ("Resources", plan.resources.iter().map(resource).collect()),
        ("Loads and exports", plan.exports.iter().map(declared).collect()),
    ];
    all.into_iter().filter(|(_, lines)| !lines.is_empty()).map(|(title, lines)| Section { title, lines }).collect()
}
