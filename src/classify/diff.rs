use super::Edited;
use std::fmt::Write as _;

/// Lines around a change.
const CONTEXT: usize = 3;
/// Lines of one file before and after, multiplied: past this, all that lies between the first and the last change is one change.
const MOST_COMPARED: usize = 16_000_000;

/// A line of a file: kept, taken away or added.
type Line<'t> = (char, &'t str);

/// A unified diff that `patch -p1` and `git apply` take.
pub fn diff(file: &Edited) -> String {
    let (before, after): (Vec<&str>, Vec<&str>) = (file.before.split_inclusive('\n').collect(), file.after.split_inclusive('\n').collect());
    let lines = compared(&before, &after);
    let changed: Vec<usize> = lines.iter().enumerate().filter(|(_, (sign, _))| *sign != ' ').map(|(i, _)| i).collect();
    let mut out = format!("--- a/{0}\n+++ b/{0}\n", file.path);
    let mut next = changed.iter().copied().peekable();
    while let Some(first) = next.next() {
        let mut last = first;
        while let Some(more) = next.next_if(|n| *n <= last + 2 * CONTEXT) {
            last = more;
        }
        let (from, to) = (first.saturating_sub(CONTEXT), (last + CONTEXT + 1).min(lines.len()));
        let count =
            |until: usize, start: usize, other: char| lines.iter().take(until).skip(start).filter(|(sign, _)| *sign != other).count();
        let (old, new) = (count(to, from, '+'), count(to, from, '-'));
        let start = |other: char, length: usize| count(from, 0, other) + usize::from(length > 0);
        let _ = writeln!(out, "@@ -{},{old} +{},{new} @@", start('+', old), start('-', new));
        lines.iter().take(to).skip(from).for_each(|(sign, text)| line(&mut out, *sign, text));
    }
    out
}

/// The lines of both, by their longest common subsequence; what is taken away stands before what is added.
fn compared<'t>(before: &[&'t str], after: &[&'t str]) -> Vec<Line<'t>> {
    let start = before.iter().zip(after).take_while(|(b, a)| b == a).count();
    let (old, new) = (before.get(start..).unwrap_or_default(), after.get(start..).unwrap_or_default());
    let end = old.iter().rev().zip(new.iter().rev()).take_while(|(b, a)| b == a).count();
    let middle = |all: &[&'t str]| -> Vec<&'t str> { all.iter().take(all.len() - end).copied().collect() };
    let mut lines: Vec<Line<'t>> = before.iter().take(start).map(|l| (' ', *l)).collect();
    lines.extend(changed(&middle(old), &middle(new)));
    lines.extend(old.iter().skip(old.len() - end).map(|l| (' ', *l)));
    lines
}

fn changed<'t>(old: &[&'t str], new: &[&'t str]) -> Vec<Line<'t>> {
    let mut lines = Vec::new();
    let (mut gone, mut come): (Vec<Line<'t>>, Vec<Line<'t>>) = (Vec::new(), Vec::new());
    let lengths = if old.len().saturating_mul(new.len()) <= MOST_COMPARED { common(old, new) } else { Vec::new() };
    let length = |i: usize, j: usize| lengths.get(i * (new.len() + 1) + j).copied().unwrap_or(0);
    let (mut i, mut j) = (0, 0);
    while let (Some(a), Some(b)) = (old.get(i), new.get(j)) {
        if a == b && length(i, j) > 0 {
            lines.append(&mut gone);
            lines.append(&mut come);
            lines.push((' ', *a));
            (i, j) = (i + 1, j + 1);
        } else if length(i + 1, j) >= length(i, j + 1) {
            gone.push(('-', *a));
            i += 1;
        } else {
            come.push(('+', *b));
            j += 1;
        }
    }
    gone.extend(old.iter().skip(i).map(|l| ('-', *l)));
    come.extend(new.iter().skip(j).map(|l| ('+', *l)));
    lines.append(&mut gone);
    lines.append(&mut come);
    lines
}

/// For each pair of ends, how many lines they have in common, in order.
fn common(old: &[&str], new: &[&str]) -> Vec<u32> {
    let width = new.len() + 1;
    let mut lengths = vec![0u32; (old.len() + 1) * width];
    for (i, a) in old.iter().enumerate().rev() {
        for (j, b) in new.iter().enumerate().rev() {
            let at = |i: usize, j: usize| lengths.get(i * width + j).copied().unwrap_or(0);
            let best = if a == b { at(i + 1, j + 1) + 1 } else { at(i + 1, j).max(at(i, j + 1)) };
            if let Some(slot) = lengths.get_mut(i * width + j) {
                *slot = best;
            }
        }
    }
    lengths
}

fn line(out: &mut String, sign: char, text: &str) {
    out.push(sign);
    out.push_str(text);
    if !text.ends_with('\n') {
        out.push_str("\n\\ No newline at end of file\n");
    }
}
