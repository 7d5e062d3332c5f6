//! The report for programs: the plan as it is, with what it compares and how much there is of each (`docs/reference/plan.md`).

use crate::plan::format::summary::summary;
use crate::plan::gates::Finding;
use crate::plan::gates::{Approval, Judged};
use crate::plan::report::{Cause, Plan};
use serde::Serialize;
use std::collections::BTreeMap;

/// The format of `pipec plan --format json`; a field is never taken away or given another meaning without another number.
const VERSION: u32 = 1;

/// What was compared.
#[derive(Clone, Copy, Debug)]
pub struct Compared<'a> {
    /// The new program's project.
    pub project: &'a str,
    /// What it is compared with, in words: `origin/main (1a2b3c4d5e6f)`.
    pub against: &'a str,
    /// Whether the base compiled and passed its checks.
    pub base_checked: bool,
    /// Whether the new program did.
    pub head_checked: bool,
}

#[derive(Serialize)]
struct Document<'a> {
    format: &'static str,
    version: u32,
    project: &'a str,
    base: &'a str,
    base_checked: bool,
    checked: bool,
    changes: bool,
    summary: BTreeMap<&'static str, usize>,
    #[serde(flatten)]
    plan: &'a Plan,
    closed_gates: Vec<Closed<'a>>,
    approved: Vec<Passed<'a>>,
    stale_approvals: Vec<Stale<'a>>,
}

/// What goes against a gate and was let pass.
#[derive(Serialize)]
struct Passed<'a> {
    gate: &'static str,
    message: &'a str,
    because: &'a str,
}

/// An entry of the file of approvals that fits nothing.
#[derive(Serialize)]
struct Stale<'a> {
    gate: &'static str,
    gain: &'a [String],
    because: &'a str,
    line: usize,
}

#[derive(Serialize)]
struct Closed<'a> {
    gate: &'static str,
    message: &'a str,
    caused_by: &'a [Cause],
}

/// The document, with what closed gates found.
pub fn json(plan: &Plan, compared: Compared<'_>, judged: &Judged) -> String {
    let document = Document {
        format: "pipec-plan",
        version: VERSION,
        project: compared.project,
        base: compared.against,
        base_checked: compared.base_checked,
        checked: compared.head_checked,
        changes: !plan.is_empty(),
        summary: summary(plan).iter().map(|c| (c.key, c.n)).collect(),
        plan,
        closed_gates: judged.open.iter().map(closed).collect(),
        approved: judged
            .approved
            .iter()
            .map(|a| Passed { gate: a.finding.gate.name(), message: &a.finding.message, because: &a.because })
            .collect(),
        stale_approvals: judged.stale.iter().map(stale).collect(),
    };
    // Writing texts and numbers into a string cannot fail.
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    text
}

fn closed(f: &Finding) -> Closed<'_> {
    Closed { gate: f.gate.name(), message: &f.message, caused_by: &f.causes }
}

fn stale(entry: &Approval) -> Stale<'_> {
    Stale { gate: entry.gate.name(), gain: &entry.gain, because: &entry.because, line: entry.lines.start + 1 }
}
