//! The report for a terminal.

use crate::plan::format::sections::{Line, Most, Section, Sign, sections};
use crate::plan::format::summary::summary;
use crate::plan::report::Plan;
use std::fmt::Write as _;

/// What is shown, and how.
#[derive(Clone, Copy, Debug, Default)]
pub struct Look {
    /// With colours.
    pub colour: bool,
    /// All of everything, with the places that cause it.
    pub verbose: bool,
}

/// Lines of a section that are shown when not all are.
const FEW: usize = 12;
/// Names in one line that are shown when not all are.
const FEW_NAMES: usize = 6;

/// The report; `against` says what the program is compared with.
pub fn text(plan: &Plan, against: &str, look: Look) -> String {
    let mut out = String::new();
    if plan.is_empty() {
        let _ = writeln!(out, "No changes against {against}.");
        return out;
    }
    let _ = writeln!(out, "Compared with {against}:");
    let most = if look.verbose { usize::MAX } else { FEW_NAMES };
    for section in sections(plan, Most(most), !look.verbose) {
        one(&mut out, &section, look);
    }
    let counts: Vec<String> = summary(plan).iter().map(|c| format!("{} {}", c.n, c.words())).collect();
    let _ = writeln!(out, "\nPlan: {}.", counts.join(", "));
    out
}

fn one(out: &mut String, section: &Section, look: Look) {
    let title = if look.colour { format!("\x1b[1m{}\x1b[0m", section.title) } else { section.title.to_owned() };
    let _ = writeln!(out, "\n{title}");
    let shown = if look.verbose { usize::MAX } else { FEW };
    for line in section.lines.iter().take(shown) {
        written(out, line, look);
    }
    if let Some(more) = section.lines.len().checked_sub(shown).filter(|n| *n > 0) {
        let _ = writeln!(out, "      … and {more} more (`--verbose`)");
    }
}

fn written(out: &mut String, line: &Line, look: Look) {
    let sign = format!("{:>4}", line.sign.text());
    let sign = if look.colour { format!("\x1b[{}m{sign}\x1b[0m", colour(line.sign)) } else { sign };
    let _ = writeln!(out, "{sign} {}", plain(&line.text));
    for note in &line.notes {
        let _ = writeln!(out, "       {}", plain(note));
    }
    if look.verbose {
        for place in &line.places {
            let _ = writeln!(out, "       at {}", plain(place));
        }
    }
}

fn colour(sign: Sign) -> &'static str {
    match sign {
        Sign::Gain | Sign::Remove | Sign::Replace => "31",
        Sign::Either | Sign::Change => "33",
        Sign::Loss | Sign::Add => "32",
        Sign::Same => "36",
    }
}

/// One line, whatever somebody wrote into a name: control characters could rewrite what a reviewer has read.
pub(in crate::plan) fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() || is_invisible(c) { '\u{fffd}' } else { c }).collect()
}

/// Marks that turn the direction of writing, which no honest name needs.
pub(in crate::plan) fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}
