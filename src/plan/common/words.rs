//! What every family needs to say things: places, labels, kinds of tables, and lists of things told by name.

use crate::base::{Sources, Span};
use crate::ir::{CategoryId, Label, Level, Materialization, ModelRole, Program, Table, TableId, TableKind};
use crate::plan::Side;
use crate::plan::report::{Cause, Detail, Edit, Told, Which};
use std::collections::{BTreeMap, BTreeSet};

/// Places of one of the programs.
pub(in crate::plan) fn causes(which: Which, side: Side<'_>, at: impl IntoIterator<Item = Span>) -> Vec<Cause> {
    let unique: BTreeSet<Span> = at.into_iter().collect();
    let one = |at: Span| {
        let file = side.sources.get(at.file)?;
        let start = file.line_col(at.start);
        Some(Cause {
            side: which,
            path: file.path.to_string(),
            line: start.line + 1,
            column: start.column + 1,
            says: says(side.sources, at),
        })
    };
    let mut all: Vec<Cause> = unique.into_iter().filter_map(one).collect();
    all.sort();
    all
}

/// The whole line a declaration begins on: spans are often of a name only.
fn says(sources: &Sources, at: Span) -> String {
    let text = sources.text(at.file);
    let start = text.get(..at.start as usize).and_then(|t| t.rfind('\n')).map_or(0, |n| n + 1);
    let line = text.get(start..).unwrap_or("").lines().next().unwrap_or("").trim();
    const MOST: usize = 160;
    if line.chars().count() > MOST { line.chars().take(MOST - 1).chain(['…']).collect() } else { line.to_owned() }
}

/// What is written at a place, on one line.
pub(in crate::plan) fn written(sources: &Sources, at: Span) -> String {
    sources.slice(at).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What is written from a place on, on one line: to the end of the brackets that are open in it, and of an argument to the comma behind it.
pub(in crate::plan) fn written_whole(sources: &Sources, at: Span, argument: bool) -> String {
    let rest = sources.text(at.file).get(at.start as usize..).unwrap_or("");
    let least = at.end.saturating_sub(at.start) as usize;
    let (mut open, mut quoted) = (0_i64, false);
    let ends = |(place, c): &(usize, char)| {
        let over = *place >= least && open <= 0 && !quoted;
        if over && (!argument || matches!(c, ',' | ')' | ';')) {
            return true;
        }
        match c {
            '\'' => quoted = !quoted,
            '(' | '[' | '{' if !quoted => open += 1,
            ')' | ']' | '}' if !quoted => open -= 1,
            _ => {}
        }
        false
    };
    let end = rest.char_indices().find(ends).map_or(rest.len(), |(place, _)| place);
    rest.get(..end).unwrap_or("").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A label in words, by name of category.
pub(in crate::plan) fn told(program: &Program, label: &Label) -> Vec<Told> {
    let one = |control: bool| {
        move |(category, level): &(CategoryId, Level)| Told {
            category: program.category(*category).map_or("unclassified", |c| c.name.as_str()).to_owned(),
            form: level.form.name().to_owned(),
            aggregate: level.aggregate,
            control,
        }
    };
    let mut all: Vec<Told> = label.values().iter().map(one(false)).chain(label.controls().iter().map(one(true))).collect();
    all.sort();
    all
}

/// What kind of table it is, in the words of the language.
pub(in crate::plan) fn kind(program: &Program, id: TableId, table: &Table) -> &'static str {
    match &table.kind {
        TableKind::Source(source) if source.own.is_some() => "table",
        TableKind::Source(_) => "source",
        TableKind::Seed(_) => "seed",
        TableKind::Model(_) if program.twins.iter().any(|t| t.table == id) => "masked twin",
        TableKind::Model(_) if program.shown.iter().any(|s| s.view == id) => "Tableau view",
        TableKind::Model(_) if program.apis.iter().any(|a| a.exposed.iter().any(|e| e.view == Some(id))) => "API view",
        TableKind::Model(model) => match model.role {
            ModelRole::Model => "model",
            ModelRole::Fact => "fact",
            ModelRole::Query => "query",
        },
    }
}

/// How a table is kept.
pub(in crate::plan) fn materialized(materialization: &Materialization) -> String {
    match materialization {
        Materialization::View => "view".to_owned(),
        Materialization::Table => "table".to_owned(),
        Materialization::MaterializedView => "materialized_view".to_owned(),
        Materialization::Ephemeral => "ephemeral".to_owned(),
        Materialization::Incremental { key, history: true, .. } => {
            let key = key.iter().map(crate::base::Ident::as_str).filter(|k| *k != Materialization::VALID_FROM);
            format!("history(key: {})", key.collect::<Vec<_>>().join(", "))
        }
        Materialization::Incremental { key, cursor, id, batch, .. } => {
            let key: Vec<&str> = key.iter().map(crate::base::Ident::as_str).collect();
            let cursor = cursor.as_ref().map_or(String::new(), |c| format!(", cursor: {c}"));
            let id = id.as_ref().map_or(String::new(), |id| format!(", id: {id}"));
            let batch = batch.map_or(String::new(), |rows| format!(", batch: {rows}"));
            format!("incremental(key: {}{cursor}{batch}{id})", key.join(", "))
        }
    }
}

/// A detail where two texts differ.
pub(in crate::plan) fn differs(what: &str, before: impl Into<String>, after: impl Into<String>) -> Option<Detail> {
    let (before, after) = (before.into(), after.into());
    (before != after).then(|| Detail { what: what.to_owned(), before, after })
}

/// Declarations of one kind by name, on both sides: what was added, removed, or says something else.
pub(in crate::plan) fn by_name<T>(
    base: BTreeMap<String, T>,
    mut head: BTreeMap<String, T>,
    mut f: impl FnMut(Edit, String, Option<T>, Option<T>),
) {
    let mut all: BTreeMap<String, (Option<T>, Option<T>)> = BTreeMap::new();
    for (name, was) in base {
        let is = head.remove(&name);
        all.insert(name, (Some(was), is));
    }
    all.extend(head.into_iter().map(|(name, is)| (name, (None, Some(is)))));
    for (name, (was, is)) in all {
        let edit = match (&was, &is) {
            (None, _) => Edit::Added,
            (_, None) => Edit::Removed,
            _ => Edit::Changed,
        };
        f(edit, name, was, is);
    }
}
