//! Gains that somebody let pass: a file in the repository, read by people in the same review as the change.
//!
//! ```text
//! # What this is, in lines that are not read.
//! approve new-access because the care team calls patients (ticket 123)
//!   ▲ nurse can read further columns of patient: phone (phone direct)
//!   all rows
//! ```
//!
//! An entry holds the gain itself, word by word and in full, and not a number that stands for it: what a reviewer reads is what is compared. It
//! holds for one change: entries that the base has already are spent, so that a gain that was taken back cannot return by an old approval, and
//! nobody has to clean up. An entry that is new and fits nothing is reported.

use crate::plan::gates::{Finding, Gate};
use std::ops::Range;

/// The file's name, in the project's folder.
pub const APPROVALS: &str = "pipec.approvals";

const HEADING: &str =
    "# Gains that were let pass, with their reasons. An entry holds for the change that brings it, and for nothing after it.
# `pipec plan --fail-on … --approve \"reason\"` writes entries; whoever may decide reviews this file.
";

/// An entry.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Approval {
    /// The gate.
    pub gate: Gate,
    /// Why; never empty.
    pub because: String,
    /// What, as [`Finding::gain`].
    pub gain: Vec<String>,
    /// Its lines in the file, from 0.
    pub lines: Range<usize>,
}

/// A finding that is let pass.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Approved {
    /// The change.
    pub finding: Finding,
    /// Why.
    pub because: String,
}

/// What goes against gates, after approvals were looked at.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Judged {
    /// What nobody let pass.
    pub open: Vec<Finding>,
    /// What somebody did.
    pub approved: Vec<Approved>,
    /// New entries that fit no change.
    pub stale: Vec<Approval>,
}

/// Reads a file; its first fault, with its line from 1.
///
/// # Errors
/// A line that is no entry, an unknown gate, a missing reason, an entry without a gain.
pub fn read(text: &str) -> Result<Vec<Approval>, (usize, String)> {
    let mut all: Vec<Approval> = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let content = line.trim();
        if content.is_empty() || line.starts_with('#') {
            continue;
        }
        if line.starts_with([' ', '\t']) {
            let Some(entry) = all.last_mut().filter(|e| e.lines.end == at) else {
                return Err((at + 1, "a gain stands below its `approve` line, without lines between".to_owned()));
            };
            entry.gain.push(content.to_owned());
            entry.lines.end = at + 1;
            continue;
        }
        let (gate, because) = header(line).map_err(|what| (at + 1, what))?;
        all.push(Approval { gate, because, gain: Vec::new(), lines: at..at + 1 });
    }
    match all.iter().find(|e| e.gain.is_empty()) {
        Some(entry) => Err((entry.lines.start + 1, "it does not say what is approved".to_owned())),
        None => Ok(all),
    }
}

fn header(line: &str) -> Result<(Gate, String), String> {
    let rest = line.strip_prefix("approve ").ok_or("an entry begins with `approve <gate> because <reason>`")?;
    let (name, because) = rest.split_once(" because ").ok_or("`because` and a reason are missing")?;
    let gate = Gate::from_name(name.trim()).ok_or_else(|| {
        let all: Vec<&str> = Gate::ALL.into_iter().map(Gate::name).collect();
        format!("there is no gate `{}`; there are {}", name.trim(), all.join(", "))
    })?;
    let because = because.trim();
    if because.is_empty() { Err("the reason is empty".to_owned()) } else { Ok((gate, because.to_owned())) }
}

/// The entries that are new: each entry of the base spends one that is the same.
fn fresh<'a>(base: &[Approval], head: &'a [Approval]) -> Vec<&'a Approval> {
    let same = |a: &Approval, b: &Approval| (a.gate, &a.because, &a.gain) == (b.gate, &b.because, &b.gain);
    let mut spent: Vec<&Approval> = base.iter().collect();
    let mut new = Vec::new();
    for entry in head {
        match spent.iter().position(|s| same(s, entry)) {
            Some(at) => {
                spent.swap_remove(at);
            }
            None => new.push(entry),
        }
    }
    new
}

/// What of the findings of the closed gates is let pass. Entries are stale when they fit none of all findings, whichever gates are closed.
pub fn judge(closed: Vec<Finding>, all: &[Finding], base: &[Approval], head: &[Approval]) -> Judged {
    let fresh = fresh(base, head);
    let fits = |entry: &Approval, finding: &Finding| entry.gate == finding.gate && entry.gain == finding.gain;
    let mut judged = Judged::default();
    for finding in closed {
        match fresh.iter().find(|entry| fits(entry, &finding)) {
            Some(entry) => judged.approved.push(Approved { because: entry.because.clone(), finding }),
            None => judged.open.push(finding),
        }
    }
    judged.stale = fresh.into_iter().filter(|entry| !all.iter().any(|f| fits(entry, f))).cloned().collect();
    judged
}

impl Judged {
    /// The file with entries for what is open, and without those that fit nothing. Everything else stays as it is.
    pub fn written(&self, text: &str, because: &str) -> String {
        let mut out = String::new();
        if text.trim().is_empty() {
            out.push_str(HEADING);
        }
        for (at, line) in text.lines().enumerate() {
            if !self.stale.iter().any(|entry| entry.lines.contains(&at)) {
                out.push_str(line);
                out.push('\n');
            }
        }
        let mut written: Vec<(Gate, &Vec<String>)> = Vec::new();
        for finding in &self.open {
            if written.contains(&(finding.gate, &finding.gain)) {
                continue;
            }
            written.push((finding.gate, &finding.gain));
            out.push_str(&format!("\napprove {} because {}\n", finding.gate.name(), because.trim()));
            finding.gain.iter().for_each(|line| out.push_str(&format!("  {line}\n")));
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(gain: &[&str]) -> Finding {
        let gain: Vec<String> = gain.iter().map(|l| (*l).to_owned()).collect();
        Finding { gate: Gate::NewAccess, message: gain.join("; "), gain, causes: Vec::new() }
    }

    #[test]
    fn what_is_written_is_read_and_holds_for_exactly_that() {
        let (one, two) = (finding(&["▲ a can read t: x", "all rows"]), finding(&["▲ b can read t: x", "rows where r = 'n'"]));
        let all = [one.clone(), two.clone()];
        let open = judge(all.to_vec(), &all, &[], &[]);
        let text = open.written("", "asked for");
        let entries = read(&text).unwrap();
        assert_eq!(judge(all.to_vec(), &all, &[], &entries).open, []);
        // Other rows are another gain, and the entry fits nothing any more.
        let wider = [one.clone(), finding(&["▲ b can read t: x", "all rows"])];
        let judged = judge(wider.to_vec(), &wider, &[], &entries);
        assert_eq!((judged.open.len(), judged.approved.len(), judged.stale.len()), (1, 1, 1));
        let again = judged.written(&text, "asked again");
        assert!(!again.contains("r = 'n'") && again.contains("asked again"), "{again}");
        assert_eq!(judge(wider.to_vec(), &wider, &[], &read(&again).unwrap()).open, []);
        // What the base has is spent, and no fault; the same once more is an entry of its own.
        let judged = judge(all.to_vec(), &all, &entries, &entries);
        assert_eq!((judged.open.len(), judged.stale.len()), (2, 0));
        let twice = judged.written(&text, "asked for");
        assert_eq!(judge(all.to_vec(), &all, &entries, &read(&twice).unwrap()).open, []);
    }

    #[test]
    fn faults_are_named_by_line() {
        for (text, line) in [
            ("approve new-access because x\n", 1),
            ("# c\nlet new-access pass\n", 2),
            ("approve everything because x\n  a\n", 1),
            ("approve new-access because  \n  a\n", 1),
            ("approve new-access\n  a\n", 1),
            ("  a\n", 1),
            ("approve new-access because x\n  a\n\n  b\n", 4),
        ] {
            assert_eq!(read(text).map_err(|(at, _)| at), Err(line), "{text}");
        }
    }
}
