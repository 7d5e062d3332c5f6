//! The report as a comment on a pull request: what there is first, everything foldable, never longer than a comment may be.

use crate::plan::format::sections::{Line, Most, sections};
use crate::plan::format::summary::summary;
use crate::plan::format::text::is_invisible;
use crate::plan::gates::Judged;
use crate::plan::report::Plan;
use std::fmt::Write as _;

/// The first line: whoever writes the comment finds the one of last time by it.
pub const MARKER: &str = "<!-- pipec-plan -->";
/// GitHub takes 65,536 characters; a little is left for what others put around it.
const MOST: usize = 60_000;
/// Names in one line.
const FEW_NAMES: usize = 12;

/// The comment.
pub fn markdown(plan: &Plan, project: &str, against: &str, judged: &Judged) -> String {
    let mut out = format!("{MARKER}\n## pipec plan: {}\n\n", shortened(project, 200));
    if plan.is_empty() {
        let _ = writeln!(out, "No changes against {}.", text(against));
        return out;
    }
    let _ = writeln!(out, "Compared with {}.\n\n| | |\n|---:|---|", text(against));
    for count in summary(plan) {
        let _ = writeln!(out, "| {} | {} |", count.n, count.words());
    }
    gates(&mut out, judged);
    let all = sections(plan, Most(FEW_NAMES), true);
    let (head, tail) = (out.chars().count(), "\n".len());
    // Each section may have its share of what is left, the first ones what the short ones do not need.
    let mut left = MOST.saturating_sub(head + tail + 200 * all.len());
    for (i, section) in all.iter().enumerate() {
        let open = if i < 2 { " open" } else { "" };
        let lines: Vec<String> = section.lines.iter().map(line).collect();
        let share = left / (all.len() - i).max(1) * if i < 2 { 2 } else { 1 };
        let kept = elided(&lines, share.min(left));
        left = left.saturating_sub(kept.chars().count());
        let _ = write!(out, "\n<details{open}><summary>{} ({})</summary>\n\n{kept}\n</details>\n", section.title, section.lines.len());
    }
    out
}

/// Which gates are closed, what somebody let pass, and approvals that fit nothing.
fn gates(out: &mut String, judged: &Judged) {
    if !judged.open.is_empty() {
        out.push_str("\n**Closed gates**\n\n");
        for gate in crate::plan::gates::Gate::ALL {
            let n = judged.open.iter().filter(|f| f.gate == gate).count();
            if n > 0 {
                let _ = writeln!(out, "* `{}`: {n}, since {}", gate.name(), gate.title());
            }
        }
    }
    if !judged.approved.is_empty() {
        out.push_str("\n**Approved**\n\n");
        for approved in judged.approved.iter().take(FEW_NAMES) {
            // Twelve of these have room above the sections, however much of them is escaped.
            let _ = writeln!(out, "* {}: {}", shortened(&approved.finding.message, 300), shortened(&approved.because, 200));
        }
        if let Some(more) = judged.approved.len().checked_sub(FEW_NAMES).filter(|n| *n > 0) {
            let _ = writeln!(out, "* and {more} more");
        }
    }
    if !judged.stale.is_empty() {
        let lines: Vec<String> = judged.stale.iter().map(|e| (e.lines.start + 1).to_string()).collect();
        let _ =
            writeln!(out, "\nEntries of `{}` that fit no change any more: line {}.", crate::plan::APPROVALS, Most(FEW_NAMES).list(&lines));
    }
}

/// As many lines as fit, left out in the middle: the first say what matters most, the last that nothing was cut off.
fn elided(lines: &[String], most: usize) -> String {
    let size = |l: &String| l.chars().count();
    if lines.iter().map(size).sum::<usize>() <= most {
        return lines.concat();
    }
    let (mut first, mut last, mut used) = (0, lines.len(), 0);
    while first < last {
        let at = if first <= (lines.len() - last) * 3 { first } else { last - 1 };
        used += lines.get(at).map_or(0, size);
        if used > most {
            break;
        }
        if at == first { first += 1 } else { last -= 1 }
    }
    let part = |range: std::ops::Range<usize>| lines.get(range).map_or(String::new(), <[String]>::concat);
    format!("{}* *… {} more left out here; `pipec plan --verbose` shows them …*\n{}", part(0..first), last - first, part(last..lines.len()))
}

fn line(line: &Line) -> String {
    let mut out = format!("* {} {}\n", line.sign.text().replace('-', "−"), text(&line.text));
    for note in &line.notes {
        let _ = writeln!(out, "  * {}", text(note));
    }
    for place in line.places.iter().take(3) {
        let _ = writeln!(out, "  * at {}", text(place));
    }
    out
}

/// Text that Markdown and HTML show as it is, on one line, and that calls nobody by `@name` and closes nothing.
fn text(text: &str) -> String {
    shortened(text, 1_500)
}

fn shortened(text: &str, longest: usize) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars().take(longest) {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '@' => out.push_str("&#64;"),
            '#' => out.push_str("&#35;"),
            ':' => out.push_str("&#58;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '!' | '(' | ')' | '$' => {
                out.push('\\');
                out.push(c);
            }
            c if c.is_control() || is_invisible(c) => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    if text.chars().count() > longest {
        out.push('…');
    }
    out
}
