use super::Proposal;
use crate::base::{FileId, Sources, Span};
use crate::diag::Diagnostics;
use crate::syntax;
use crate::syntax::ast::{ColumnDecl, File, Item, ItemKind, Sentence, Template, Word, WordKind};
use std::collections::BTreeMap;

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
        let tree = syntax::parse(file, &source.text, &mut Diagnostics::new());
        let (ends, mut seeds) = (type_ends(&tree), seeds(&tree, &source.text));
        let mut places: BTreeMap<u32, String> = BTreeMap::new();
        for one in list {
            let category = format!(" @{}", one.category);
            match (&one.declare, ends.get(&one.at), seeds.get_mut(&one.at)) {
                (None, Some(end), _) if !places.contains_key(end) => _ = places.insert(*end, category),
                (Some(declared), _, Some(seed)) => seed.lines.push(format!("{declared}{category}")),
                _ => by_hand.push(one.column.clone()),
            }
        }
        for seed in seeds.into_values().filter(|s| !s.lines.is_empty()) {
            places.entry(seed.end).or_default().push_str(&seed.text());
        }
        let after = inserted(&source.text, &places);
        if after != *source.text {
            files.push(Edited { path: source.path.to_string(), before: source.text.to_string(), after: as_formatted(&source.text, after) });
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    (files, by_hand)
}

fn inserted(text: &str, places: &BTreeMap<u32, String>) -> String {
    let mut out = String::with_capacity(text.len() + places.len() * 16);
    let mut done = 0usize;
    for (end, more) in places {
        let end = *end as usize;
        out.push_str(text.get(done..end).unwrap_or_default());
        out.push_str(more);
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
fn type_ends(tree: &File) -> BTreeMap<Span, u32> {
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
        ItemKind::Type(json) => columns(&json.fields),
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
    match &name.kind {
        WordKind::Name(written) => _ = written.parts.first().filter(|_| written.parts.len() == 1).map(|part| ends.insert(part.at, end)),
        WordKind::Text(Template::Plain(_)) => _ = ends.insert(name.at, end),
        _ => {}
    }
}

/// A seed whose block is to name more columns.
struct Seed {
    /// Where they are written.
    end: u32,
    how: How,
    lines: Vec<String>,
}

enum How {
    /// There is no block yet.
    Opens,
    /// In lines of their own, before that of the closing bracket, which is indented so far.
    Lines(String),
    /// Behind what stands in the line, or in brackets with nothing in them.
    Behind(bool),
}

impl Seed {
    fn text(&self) -> String {
        match &self.how {
            How::Opens => format!(" {{\n  {}\n}}", self.lines.join("\n  ")),
            How::Lines(indent) => self.lines.iter().map(|l| format!("{indent}  {l}\n")).collect(),
            How::Behind(true) => format!(" {} ", self.lines.join("; ")),
            How::Behind(false) => format!("; {}", self.lines.join("; ")),
        }
    }
}

/// The seeds of a file by the place of their name.
fn seeds(tree: &File, text: &str) -> BTreeMap<Span, Seed> {
    tree.items.iter().filter_map(|item| if let ItemKind::Sentence(s) = &item.kind { seed(s, text) } else { None }).collect()
}

fn seed(sentence: &Sentence, text: &str) -> Option<(Span, Seed)> {
    let [Word { kind: WordKind::Name(keyword), .. }, Word { kind: WordKind::Name(name), .. }, ..] = sentence.words.as_slice() else {
        return None;
    };
    let ([keyword], [name]) = (keyword.parts.as_slice(), name.parts.as_slice()) else { return None };
    let (Template::Plain(word), Template::Plain(_)) = (&keyword.text, &name.text) else { return None };
    if word != "seed" {
        return None;
    }
    let (end, how) = match &sentence.block {
        None => (sentence.words.last()?.at.end, How::Opens),
        Some(inner) => {
            let bracket =
                sentence.at.start + u32::try_from(text.get(sentence.at.start as usize..sentence.at.end as usize)?.rfind('}')?).ok()?;
            let line = text.get(..bracket as usize)?.rfind('\n').map_or(0, |at| at + 1);
            let before = text.get(line..bracket as usize)?;
            match inner.last() {
                _ if before.trim().is_empty() && line > 0 => (u32::try_from(line).ok()?, How::Lines(before.to_owned())),
                Some(last) => (last.at.end, How::Behind(false)),
                None => (bracket, How::Behind(true)),
            }
        }
    };
    Some((name.at, Seed { end, how, lines: Vec::new() }))
}
