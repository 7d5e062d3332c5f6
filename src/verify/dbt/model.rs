//! A model: what makes it, and whether its settings are the program's.

use super::super::bodies::same;
use super::super::expected::{Expected, Keeping};
use super::super::jinja::{self, Value};
use super::super::lex::{Kind, Token};
use super::super::world::Kept;
use super::super::{Artifacts, Reading, content, refresh};
use super::project::{Model, Project, text_of};
use super::{make, query_in};
use crate::base::{FileId, Span};
use crate::ir::{Dialect, Materialization, TableKind};
use crate::sql;

pub(super) fn built(project: &Project, model: &Model, artifacts: &Artifacts<'_>, expected: &Expected<'_>, reading: &mut Reading) {
    let at = Span::new(model.file, 0, 0);
    let known = [
        "materialized",
        "schema",
        "alias",
        "unique_key",
        "incremental_strategy",
        "on_schema_change",
        "pre_hook",
        "post_hook",
        "indexes",
        "tags",
        "meta",
    ];
    for (key, _) in model.config.iter().filter(|(k, _)| !known.contains(&k.as_str())) {
        reading.world.unread(at, format!("the setting `{key}` of `{}`", model.name));
    }
    let kept = match text_of(&model.config, "materialized") {
        Some("table") | Some("incremental") => Kept::Table,
        Some("view") => Kept::View,
        Some("materialized_view") => Kept::Materialized,
        Some("ephemeral") if hooks(&model.config, "post_hook").is_empty() && hooks(&model.config, "pre_hook").is_empty() => {
            if !is_inlined_as_said(model, artifacts, expected) {
                reading.world.unread(at, format!("the query of `{}`, which is not what the program says,", model.name));
            }
            return;
        }
        _ => {
            reading.world.unread(at, format!("how `{}` is kept", model.name));
            return;
        }
    };
    if !replaces_as_said(model, expected) {
        reading.world.unread(at, format!("how `{}` takes new rows, which is not what the program says,", model.name));
    }
    let before = hooks(&model.config, "pre_hook");
    if before.iter().any(|h| h != "{{ pipec_rows_before(this) }}") {
        reading.world.unread(at, format!("a hook before `{}`", model.name));
    }
    let mut after: Vec<String> = hooks(&model.config, "post_hook").into_iter().filter(|h| !marks(h)).collect();
    let meta = model.config.iter().find(|(k, _)| k == "meta").map(|(_, v)| v);
    if !refresh::marked(meta, kept, &mut after) {
        reading.world.unread(at, format!("how `{}` tells that its query is another one", model.name));
    }
    if !indexed_as_said(model, expected) {
        reading.world.unread(at, format!("an index of `{}`, which is not what the program says,", model.name));
    }
    let (Some((query, place)), Some((first, _))) = (query_in(artifacts, model.file), query_in(artifacts, model.first)) else {
        reading.world.unread(at, format!("the query of `{}`", model.name));
        return;
    };
    let made = |query: Vec<Token>| std::iter::once(Token { kind: Kind::Word("as".to_owned()), at: place }).chain(query).collect::<Vec<_>>();
    let (content, first) = (made(query), made(first));
    let incremental = text_of(&model.config, "materialized") == Some("incremental");
    if !incremental && !same(&content, &first) {
        reading.world.unread(place, format!("a branch of `{}`, which is never incremental,", model.name));
    }
    let filled = (content, incremental.then_some(first));
    make(project, reading, artifacts, (model.relation.clone(), kept, filled, place), &after);
}

/// Whether what is inlined where it is read is what the program says, whenever it is.
fn is_inlined_as_said(model: &Model, artifacts: &Artifacts<'_>, expected: &Expected<'_>) -> bool {
    let Some((_, table)) = expected.built().find(|(_, t)| expected.name(t) == model.relation) else { return false };
    let wanted = content::of(expected, table, content::Form::Dbt).and_then(|c| c.whole.into_iter().next());
    let says = |file: FileId| match (&wanted, query_in(artifacts, file)) {
        (Some(wanted), Some((found, _))) => wanted.get(1..).is_some_and(|w| same(w, &found)),
        _ => false,
    };
    expected.kept(table) == Keeping::Inlined && says(model.file) && says(model.first)
}

/// Whether a model has the program's indexes: dbt writes what it is given as columns into a statement.
fn indexed_as_said(model: &Model, expected: &Expected<'_>) -> bool {
    let written = match model.config.iter().find(|(k, _)| k == "indexes") {
        None => return true,
        Some((_, Value::List(written))) => written,
        Some(_) => return false,
    };
    let Some((_, table)) = expected.built().find(|(_, t)| expected.name(t) == model.relation) else { return false };
    let TableKind::Model(said) = &table.kind else { return false };
    let same = |value: &Value, index: &crate::ir::Index| match value {
        Value::Other(text) => jinja::index(text).is_some_and(|(columns, unique)| {
            unique == index.unique
                && columns.len() == index.columns.len()
                && columns.iter().zip(&index.columns).all(|(a, b)| a == b.as_str())
        }),
        Value::Text(_) | Value::List(_) => false,
    };
    written.len() == said.indexes.len() && written.iter().zip(&said.indexes).all(|(value, index)| same(value, index))
}

/// The hook that marks under which masks rows were made: nobody's rights hang on it.
fn marks(hook: &str) -> bool {
    let mark = hook.strip_prefix("{{ pipec_rows_after(this, '").and_then(|h| h.strip_suffix("') }}"));
    mark.is_some_and(|m| m.chars().all(|c| c.is_ascii_alphanumeric()))
}

fn hooks(config: &[(String, Value)], key: &str) -> Vec<String> {
    match config.iter().find(|(k, _)| k == key) {
        None => Vec::new(),
        Some((_, Value::Text(text))) => vec![text.clone()],
        Some((_, Value::List(parts))) => parts.iter().map(|p| if let Value::Text(t) = p { t.clone() } else { "?".to_owned() }).collect(),
        Some((_, Value::Other(_))) => vec!["?".to_owned()],
    }
}

/// Whether an incremental model replaces rows by the program's key, and no other model does.
fn replaces_as_said(model: &Model, expected: &Expected<'_>) -> bool {
    let Some((_, table)) = expected.built().find(|(_, t)| expected.name(t) == model.relation) else { return true };
    let TableKind::Model(kept) = &table.kind else { return true };
    let is = text_of(&model.config, "materialized") == Some("incremental");
    let Materialization::Incremental { key, .. } = &kept.materialization else { return !is };
    let key: Vec<Value> = key.iter().map(|k| Value::Text(sql::ident(k, Dialect::Postgres))).collect();
    let strategy = text_of(&model.config, "incremental_strategy") == Some("delete+insert");
    is && strategy && model.config.iter().any(|(k, v)| k == "unique_key" && *v == Value::List(key.clone()))
}
