use super::Proposal;
use crate::base::{FileId, Sources, Span};
use crate::diag::Diagnostics;
use crate::syntax;
use crate::syntax::ast::{ColumnDecl, Item, ItemKind, Sentence, Template, Word, WordKind};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// A file with the proposals written into it.
#[derive(Clone, Debug)]
pub struct Edited {
    /// Its path in the project.
    pub path: String,
    /// As it was.
    pub before: String,
    /// With `@category` behind the types of its columns.
    pub after: String,
}

/// The files that proposals change, in order of path, and the columns that have to be written by hand: those made by a loop.
pub fn edited(proposals: &[Proposal], sources: &Sources) -> (Vec<Edited>, Vec<String>) {
    let mut by_file: BTreeMap<FileId, Vec<&Proposal>> = BTreeMap::new();
    for one in proposals {
        by_file.entry(one.at.file).or_default().push(one);
    }
    let (mut files, mut by_hand) = (Vec::new(), Vec::new());
    for (file, list) in by_file {
        let Some(source) = sources.get(file) else { continue };
        let ends = type_ends(file, &source.text);
        let mut places: BTreeMap<u32, &str> = BTreeMap::new();
        for one in list {
            match ends.get(&one.at) {
                Some(end) if !places.contains_key(end) => _ = places.insert(*end, &one.category),
                _ => by_hand.push(one.column.clone()),
            }
        }
        let after = inserted(&source.text, &places);
        if after != *source.text {
            files.push(Edited { path: source.path.to_string(), before: source.text.to_string(), after: as_formatted(&source.text, after) });
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    (files, by_hand)
}

fn inserted(text: &str, places: &BTreeMap<u32, &str>) -> String {
    let mut out = String::with_capacity(text.len() + places.len() * 16);
    let mut done = 0usize;
    for (end, category) in places {
        let end = *end as usize;
        out.push_str(text.get(done..end).unwrap_or_default());
        let _ = write!(out, " @{category}");
        done = end;
    }
    out.push_str(text.get(done..).unwrap_or_default());
    out
}

/// A file that `pipec fmt` had nothing to do with stays one: its columns are aligned anew.
fn as_formatted(before: &str, after: String) -> String {
    match (crate::fmt::format(before), crate::fmt::format(&after)) {
        (Ok(was), Ok(now)) if was == before => now,
        _ => after,
    }
}

/// Where the type of each declared column ends, by the place of the column's name.
fn type_ends(file: FileId, text: &str) -> BTreeMap<Span, u32> {
    let tree = syntax::parse(file, text, &mut Diagnostics::new());
    let mut ends = BTreeMap::new();
    tree.items.iter().for_each(|item| of_item(item, &mut ends));
    ends
}

fn of_item(item: &Item, ends: &mut BTreeMap<Span, u32>) {
    let mut columns = |list: &[ColumnDecl]| {
        for column in list.iter().filter(|c| matches!(c.name.text, Template::Plain(_))) {
            ends.insert(column.name.at, column.ty.at.end);
        }
    };
    match &item.kind {
        ItemKind::Source(source) => source.tables.iter().for_each(|t| columns(&t.columns)),
        ItemKind::Table(table) => columns(&table.columns),
        ItemKind::Sentence(sentence) => sentence.block.iter().flatten().for_each(|s| of_seed(s, ends)),
        _ => {}
    }
}

/// `zip text?` in a seed's block: words, of which the second is the type.
fn of_seed(sentence: &Sentence, ends: &mut BTreeMap<Span, u32>) {
    let mut words = sentence.words.iter().peekable();
    let (Some(name), Some(ty)) = (words.next(), words.next()) else { return };
    let mut end = ty.at.end;
    let goes_on = |w: &&Word| match &w.kind {
        WordKind::Symbol(s) => s == "?",
        WordKind::Name(n) => matches!(n.parts.as_slice(), [p] if matches!(&p.text, Template::Plain(t) if t == "precision")),
        _ => false,
    };
    while let Some(word) = words.next_if(goes_on) {
        end = word.at.end;
    }
    if let WordKind::Name(written) = &name.kind
        && let [part] = written.parts.as_slice()
    {
        ends.insert(part.at, end);
    }
}

/// Lines around a change.
const CONTEXT: usize = 3;

/// A unified diff that `patch -p1` and `git apply` take.
pub fn diff(file: &Edited) -> String {
    let (before, after): (Vec<&str>, Vec<&str>) = (file.before.split_inclusive('\n').collect(), file.after.split_inclusive('\n').collect());
    if before.len() != after.len() {
        return whole(file, &before, &after);
    }
    let changed: Vec<usize> = before.iter().zip(&after).enumerate().filter(|(_, (b, a))| b != a).map(|(i, _)| i).collect();
    let mut out = format!("--- a/{0}\n+++ b/{0}\n", file.path);
    let mut next = changed.iter().copied().peekable();
    while let Some(first) = next.next() {
        let mut last = first;
        while let Some(more) = next.next_if(|n| *n <= last + 2 * CONTEXT) {
            last = more;
        }
        let (from, to) = (first.saturating_sub(CONTEXT), (last + CONTEXT + 1).min(before.len()));
        let _ = writeln!(out, "@@ -{0},{1} +{0},{1} @@", from + 1, to - from);
        let mut lines = before.iter().zip(&after).skip(from).take(to - from).peekable();
        while let Some((old, new)) = lines.next() {
            if old == new {
                line(&mut out, ' ', old);
                continue;
            }
            let mut added = vec![*new];
            line(&mut out, '-', old);
            while let Some((old, new)) = lines.next_if(|(o, n)| o != n) {
                line(&mut out, '-', old);
                added.push(new);
            }
            added.into_iter().for_each(|new| line(&mut out, '+', new));
        }
    }
    out
}

/// Where lines came or went, all of them.
fn whole(file: &Edited, before: &[&str], after: &[&str]) -> String {
    let mut out = format!("--- a/{0}\n+++ b/{0}\n@@ -1,{1} +1,{2} @@\n", file.path, before.len(), after.len());
    before.iter().for_each(|l| line(&mut out, '-', l));
    after.iter().for_each(|l| line(&mut out, '+', l));
    out
}

fn line(out: &mut String, sign: char, text: &str) {
    out.push(sign);
    out.push_str(text);
    if !text.ends_with('\n') {
        out.push_str("\n\\ No newline at end of file\n");
    }
}
