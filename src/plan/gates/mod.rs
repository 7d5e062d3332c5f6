//! What a merge may not do without somebody's say: gates, and what of a plan goes against them.

mod approvals;

pub use approvals::{APPROVALS, Approval, Approved, Judged, judge, read as approvals};

use crate::plan::format::plain;
use crate::plan::format::{Line, Most, Sign, sections};
use crate::plan::report::{AccessChange, AccessKind, Action, Cause, Direction, Edit, Impact, Plan, Which};

/// What a gate is closed for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Gate {
    /// Somebody may read what they could not read.
    NewAccess,
    /// A value reaches a reader or a bucket that it did not reach, or tells more there.
    NewFlow,
    /// A table that somebody reads may have rows that it did not have.
    NewRows,
    /// An exception is written, has another reason, or lets another value past.
    Release,
    /// A mask, clearance, classification or smallest group protects less.
    WeakerMask,
    /// Something outside is destroyed or replaced.
    Destroy,
    /// Readers of a table find something gone or otherwise.
    Breaking,
}

impl Gate {
    /// All of them, in the order of the report.
    pub const ALL: [Gate; 7] =
        [Gate::NewAccess, Gate::NewFlow, Gate::NewRows, Gate::Release, Gate::WeakerMask, Gate::Destroy, Gate::Breaking];

    /// The word of the command line.
    pub fn name(self) -> &'static str {
        match self {
            Gate::NewAccess => "new-access",
            Gate::NewFlow => "new-flow",
            Gate::NewRows => "new-rows",
            Gate::Release => "release",
            Gate::WeakerMask => "weaker-mask",
            Gate::Destroy => "destroy",
            Gate::Breaking => "breaking",
        }
    }

    /// What it is closed for, in a sentence without a full stop.
    pub fn title(self) -> &'static str {
        match self {
            Gate::NewAccess => "somebody may read what they could not read",
            Gate::NewFlow => "a value reaches where it did not reach, or tells more there",
            Gate::NewRows => "a table that somebody reads may have rows it did not have",
            Gate::Release => "an exception is written, has another reason, or lets another value past",
            Gate::WeakerMask => "a mask, clearance, classification or smallest group protects less",
            Gate::Destroy => "something outside is destroyed or replaced",
            Gate::Breaking => "readers of a table find something gone or otherwise",
        }
    }

    /// The gate with this name.
    pub fn from_name(name: &str) -> Option<Gate> {
        Gate::ALL.into_iter().find(|g| g.name() == name)
    }
}

/// A change that goes against a gate.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// Which.
    pub gate: Gate,
    /// The change, as the report says it.
    pub message: String,
    /// The same in full, line by line: what an approval holds for. Examples of rows are left out, they are no part of the change.
    pub gain: Vec<String>,
    /// Where it is written, in the new program first.
    pub causes: Vec<Cause>,
}

/// What goes against these gates, in the order of the report.
pub fn findings(plan: &Plan, gates: &[Gate]) -> Vec<Finding> {
    let mut all = Vec::new();
    for gate in Gate::ALL.into_iter().filter(|g| gates.contains(g)) {
        all.extend(against(plan, gate));
    }
    all
}

/// The part of a plan that a gate looks at.
fn against(plan: &Plan, gate: Gate) -> Vec<Finding> {
    let mut part = Plan::default();
    match gate {
        Gate::NewAccess => part.access = plan.access.iter().filter(|c| c.direction.gains()).cloned().collect(),
        Gate::NewFlow => {
            part.access = plan.access.iter().filter(|c| tells_newly(c)).cloned().collect();
            part.flows = plan.flows.iter().filter(|c| c.direction.gains()).cloned().collect();
        }
        Gate::NewRows => part.rows = plan.rows.iter().filter(|c| c.direction.gains()).cloned().collect(),
        Gate::Release => part.releases = plan.releases.iter().filter(|c| c.edit != Edit::Removed).cloned().collect(),
        Gate::WeakerMask => part.protections = plan.protections.iter().filter(|c| c.direction.gains()).cloned().collect(),
        Gate::Destroy => {
            let gone = |a: Action| matches!(a, Action::Destroy | Action::Replace);
            part.resources = plan.resources.iter().filter(|c| gone(c.action)).cloned().collect();
        }
        Gate::Breaking => {
            part.models = plan.models.iter().filter(|c| c.impact == Impact::Breaking).cloned().collect();
        }
    }
    let causes = causes(&part);
    let lines = |part: &Plan, most| sections(part, Most(most), false).into_iter().flat_map(|s| s.lines).collect::<Vec<Line>>();
    let short = lines(&part, 4);
    part.access.iter_mut().filter_map(|c| c.verdict.as_mut()).for_each(|v| v.witness = None);
    part.rows.iter_mut().for_each(|c| c.verdict.witness = None);
    // Two expressions may be written alike.
    part.releases.iter_mut().filter(|c| !c.identity.is_empty()).for_each(|c| c.value = format!("{} [{}]", c.value, c.identity));
    let full = lines(&part, usize::MAX);
    let said = |line: &Line| {
        let sign = if line.sign == Sign::Either { "may be a gain: " } else { "" };
        let notes = if line.notes.is_empty() { String::new() } else { format!("; {}", line.notes.join("; ")) };
        format!("{sign}{}{notes}", line.text)
    };
    let gain = |line: &Line| {
        let first = format!("{} {}", line.sign.text(), line.text);
        std::iter::once(first).chain(line.notes.iter().cloned()).map(|l| plain(&l).trim().to_owned()).filter(|l| !l.is_empty()).collect()
    };
    short
        .iter()
        .zip(&full)
        .zip(causes)
        .map(|((short, full), causes)| Finding { gate, message: said(short), gain: gain(full), causes })
        .collect()
}

/// A gain of columns that tell something.
fn tells_newly(c: &AccessChange) -> bool {
    matches!(c.kind, AccessKind::Columns | AccessKind::OldFiles)
        && c.direction == Direction::Gain
        && c.columns.iter().any(|c| !c.tells.is_empty())
}

/// The places of every change of a part, in the order of its lines.
fn causes(part: &Plan) -> Vec<Vec<Cause>> {
    let access = part.access.iter().map(|c| &c.caused_by);
    let told = part.rows.iter().map(|c| &c.caused_by).chain(part.flows.iter().map(|c| &c.caused_by));
    let let_past = part.releases.iter().map(|c| &c.caused_by).chain(part.protections.iter().map(|c| &c.caused_by));
    let rest = part.models.iter().map(|c| &c.caused_by).chain(part.resources.iter().map(|c| &c.caused_by));
    let all = access.chain(told).chain(let_past).chain(rest);
    all.map(|causes| {
        let mut causes = causes.clone();
        causes.sort_by_key(|c| c.side != Which::Head);
        causes
    })
    .collect()
}
