use super::page::Link;
use super::site::Site;
use crate::ir::{Assertion, AssertionKind, Dialect, Form, Level, Literal, Materialization, Table, TableKind};
use serde::Serialize;

/// A category and how much of it a column tells.
#[derive(Clone, Serialize)]
pub(super) struct Tells {
    pub(super) category: String,
    pub(super) form: String,
    pub(super) href: String,
}

/// What a label says, by category.
pub(super) fn tells(site: &Site<'_>, levels: &[(crate::ir::CategoryId, Level)]) -> Vec<Tells> {
    let one = |(category, level): &(crate::ir::CategoryId, Level)| Tells {
        category: site.program.category(*category).map_or_else(String::new, |c| c.name.to_string()),
        form: form(*level),
        href: format!("glossary.html#category-{}", category.0),
    };
    levels.iter().map(one).collect()
}

/// `partial`, `aggregate over 11`
pub(super) fn form(level: Level) -> String {
    match (level.form, level.aggregate) {
        (Form::Public, Some(k)) => format!("aggregate over {k}"),
        (form, Some(k)) => format!("{} and aggregate over {k}", form.name()),
        (form, None) => form.name().to_owned(),
    }
}

/// A documentation comment as it is read: lines run on, but after an empty one, and before what looks like a list or a table.
pub(super) fn prose(doc: &str) -> String {
    let mut out = String::new();
    for line in doc.trim().lines().map(str::trim_end) {
        let apart = line.is_empty() || line.starts_with([' ', '-', '*', '|', '\t']) || out.ends_with('\n');
        if !out.is_empty() {
            out.push(if apart { '\n' } else { ' ' });
        }
        out.push_str(line);
    }
    out
}

/// How a table is kept.
pub(super) fn kept(table: &Table) -> String {
    match &table.kind {
        TableKind::Source(source) if source.own.is_some() => "table that applications fill".to_owned(),
        TableKind::Source(_) => "table of a source".to_owned(),
        TableKind::Seed(seed) => format!("seed, {} rows of {}", seed.rows.len(), seed.path),
        TableKind::Model(model) => match (model.role, &model.materialization) {
            (crate::ir::ModelRole::Query, _) => "query, checked and never built".to_owned(),
            (role, how) => {
                let what = if role == crate::ir::ModelRole::Fact { "fact" } else { "model" };
                format!("{what}, {}", materialized(how))
            }
        },
    }
}

fn materialized(how: &Materialization) -> String {
    let keys = |key: &[crate::base::Ident]| key.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    match how {
        Materialization::View => "view".to_owned(),
        Materialization::Table => "table".to_owned(),
        Materialization::Incremental { key, history: true, .. } => format!("history of {}", keys(key)),
        Materialization::Incremental { key, cursor, batch, .. } => {
            let past = cursor.as_ref().map(|c| format!(", rows past the last {c}")).unwrap_or_default();
            let batch = batch.map(|rows| format!(", {rows} new rows at once, which stay as they are")).unwrap_or_default();
            format!("incremental by {}{past}{batch}", keys(key))
        }
        Materialization::MaterializedView => "materialized view".to_owned(),
        Materialization::Ephemeral => "inlined where it is read".to_owned(),
    }
}

/// What must hold, in words, and the column it is about.
pub(super) fn assertion(site: &Site<'_>, table: &Table, one: &Assertion) -> (Vec<u32>, String, Option<Link>) {
    let name = |position: u32| table.columns.get(position as usize).map_or("", |c| c.name.as_str());
    let value = |literal: &Literal| crate::sql::literal(literal, Dialect::Postgres);
    let (columns, text, link) = match &one.kind {
        AssertionKind::NotNull(c) => (vec![*c], "is never NULL".to_owned(), None),
        AssertionKind::Unique(all) => {
            let with: Vec<&str> = all.iter().map(|c| name(*c)).collect();
            let text = if all.len() == 1 { "is unique".to_owned() } else { format!("is unique together: {}", with.join(", ")) };
            (all.clone(), text, None)
        }
        AssertionKind::OneOf(c, values) => {
            let shown: Vec<String> = values.iter().take(12).map(value).collect();
            let rest = values.len().saturating_sub(12);
            let rest = if rest > 0 { format!(" and {rest} more") } else { String::new() };
            (vec![*c], format!("is one of {}{rest}", shown.join(", ")), None)
        }
        AssertionKind::References(c, other, at) => (vec![*c], "is one of".to_owned(), Some(site.column_link(*other, *at))),
        AssertionKind::Matches(c, pattern) => (vec![*c], format!("matches {pattern}"), None),
        AssertionKind::Between(c, low, high) => (vec![*c], format!("lies between {} and {}", value(low), value(high)), None),
        AssertionKind::KAnonymous(k, all) => (all.clone(), format!("is shared by at least {k} rows, together with the others"), None),
        AssertionKind::Sql(_) => (Vec::new(), format!("{} (a condition over the table)", one.name), None),
    };
    (columns, if one.warn { format!("{text} (warns only)") } else { text }, link)
}
