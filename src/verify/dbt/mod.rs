//! dbt's project as dbt runs it on Postgres: what goes before all, then each seed and model in a transaction with its hooks.

mod model;
mod project;
mod seed;

pub(super) use project::{Project, prepare};

use super::dbt_files;
use super::expected::{Expected, Keeping};
use super::lex::{Item, Kind, Statement, Token, items};
use super::script::one;
use super::world::{Kept, Name, Relation, Schema};
use super::{Artifacts, Reading};
use crate::base::{FileId, Span};

/// Runs all of it.
pub(super) fn read(project: Project, artifacts: &Artifacts<'_>, expected: &Expected<'_>, reading: &mut Reading) {
    if !project.found {
        reading.missing.push("dbt/dbt_project.yml".to_owned());
        return;
    }
    // Without the first, dbt puts tables into other schemas; without the second, it drops what others made; without the third, it goes on with what a
    // view was made of once.
    let refreshes = expected.built().any(|(_, t)| expected.kept(t) == Keeping::Other);
    for (path, needed) in [
        (dbt_files::SCHEMA_NAME, !project.models.is_empty()),
        (dbt_files::CLEAR, !project.models.is_empty()),
        (dbt_files::REFRESH, refreshes),
    ] {
        if needed && artifacts.file(path).is_none() {
            reading.missing.push(path.to_owned());
        }
    }
    for (at, what) in project.unread.iter().chain(&project.settings.unread) {
        reading.world.unread(*at, what.clone());
    }
    for hook in &project.settings.on_run_start {
        let name = hook.strip_prefix("{{ ").and_then(|h| h.strip_suffix("() }}")).unwrap_or(hook);
        let found = if name == "pipec_setup" { project.setup.as_ref() } else { project.macros.get(name) };
        match found {
            Some((file, _)) => in_transaction(reading, |reading| statements(artifacts, *file, reading)),
            None => reading.world.unread(Span::default(), format!("`{hook}` in `on-run-start`")),
        }
    }
    for (name, file) in &project.seeds {
        seed::seed(&project, name, *file, artifacts, expected, reading);
    }
    for model in &project.models {
        model::built(&project, model, artifacts, expected, reading);
    }
    for (file, _) in &project.tests {
        if let Some((tokens, at)) = query_in(artifacts, *file) {
            reading.checks.push((tokens, at));
        }
    }
}

fn in_transaction(reading: &mut Reading, run: impl FnOnce(&mut Reading)) {
    reading.world.transactions += 1;
    reading.world.transaction = Some(reading.world.transactions);
    run(reading);
    reading.world.transaction = None;
}

fn statements(artifacts: &Artifacts<'_>, file: FileId, reading: &mut Reading) {
    for item in items(file, artifacts.sources.text(file), 0) {
        match item {
            Item::Statement(statement) if ends_transaction(&statement) => {
                reading.world.unread(statement.at, "the end of dbt's transaction")
            }
            Item::Statement(statement) => one(reading, &statement),
            Item::Meta(_, at) => reading.world.unread(at, "a command of psql"),
            Item::Broken(at) => reading.world.unread(at, "a quote that nothing closes"),
        }
    }
}

fn ends_transaction(statement: &Statement) -> bool {
    let word = statement.tokens.first().map(|t| &t.kind);
    matches!(word, Some(Kind::Word(w)) if matches!(w.as_str(), "commit" | "begin" | "rollback" | "end" | "start" | "abort"))
}

/// A model's only query, with its place.
fn query_in(artifacts: &Artifacts<'_>, file: FileId) -> Option<(Vec<Token>, Span)> {
    let all = items(file, artifacts.sources.text(file), 0);
    match all.as_slice() {
        [Item::Statement(query)] => Some((query.tokens.clone(), query.at)),
        _ => None,
    }
}

/// What makes a relation: its name, how it is kept, what fills it, where.
type Made = (Name, Kept, Filled, Span);

/// What fills it, and what does when it is an incremental model that is made.
type Filled = (Vec<Token>, Option<Vec<Token>>);

fn make(project: &Project, reading: &mut Reading, artifacts: &Artifacts<'_>, (name, kept, (content, first), at): Made, hooks: &[String]) {
    in_transaction(reading, |reading| {
        // dbt makes the schemas it needs.
        reading.world.schemas.entry(name.0.clone()).or_insert(Schema {
            rights: Vec::new(),
            cleared: false,
            closed_to: Default::default(),
            at,
        });
        let mut relation = Relation::new(kept, reading.world.transaction, at);
        relation.content.push((content, at));
        relation.first = first;
        if reading.world.relations.insert(name.clone(), relation).is_some() {
            reading.world.unread(at, "a relation that is made twice");
        }
        for hook in hooks {
            let called = hook.strip_prefix("{{ ").and_then(|h| h.strip_suffix("() }}")).and_then(|n| project.macros.get(n));
            match called {
                Some((file, _)) => statements(artifacts, *file, reading),
                None => reading.world.unread(at, format!("the hook `{hook}`")),
            }
        }
    });
}
