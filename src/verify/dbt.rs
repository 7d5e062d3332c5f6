//! dbt's project as dbt runs it on Postgres: what goes before all, then each seed and model in a transaction with its hooks.

use super::bodies::same;
use super::dbt_files::{self, BY_HEART, SETUP_HEAD, SETUP_TAIL, Settings, words};
use super::expected::{Expected, Keeping};
use super::jinja::{self, Value};
use super::lex::{Item, Kind, Statement, Token, items};
use super::script::one;
use super::world::{Kept, Name, Relation, Schema};
use super::{Artifacts, Reading, content, refresh};
use crate::base::{FileId, Ident, Sources, Span};
use crate::ir::{Dialect, Materialization, Table, TableKind};
use crate::sql;
use std::cell::Cell;
use std::collections::BTreeMap;

/// dbt's project, rendered into texts of their own: same paths, same lines.
#[derive(Default)]
pub(super) struct Project {
    settings: Settings,
    macros: BTreeMap<String, (FileId, String)>,
    /// The set-up's statements.
    setup: Option<(FileId, String)>,
    models: Vec<Model>,
    tests: Vec<(FileId, String)>,
    seeds: Vec<(String, FileId)>,
    unread: Vec<(Span, String)>,
    found: bool,
}

struct Model {
    name: String,
    relation: Name,
    config: Vec<(String, Value)>,
    file: FileId,
    /// As the run that makes it reads it.
    first: FileId,
}

/// Reads and renders every file of the project.
pub(super) fn prepare(sources: &mut Sources, files: &BTreeMap<String, FileId>) -> Project {
    let mut project = Project { found: files.contains_key("dbt/dbt_project.yml"), ..Project::default() };
    let here: Vec<(&String, FileId)> =
        files.range("dbt/".to_owned()..).take_while(|(p, _)| p.starts_with("dbt/")).map(|(p, f)| (p, *f)).collect();
    let mut queries = Vec::new();
    for (path, file) in here {
        let (folder, ends) = (path.split('/').nth(1).unwrap_or(""), |with: &str| path.ends_with(with));
        match folder {
            "target" | "logs" | ".user.yml" => {}
            "macros" if ends(".sql") => project.macros_of(path, file, sources),
            "models" | "tests" if ends(".sql") => queries.push((path.clone(), file, folder == "tests")),
            "seeds" if ends(".csv") => project.seeds.push((stem(path), file)),
            "dbt_project.yml" | "profiles.yml" => project.settings.read(path, file, sources),
            "models" | "seeds" if ends(".yml") => project.settings.read(path, file, sources),
            _ => project.unread.push((Span::new(file, 0, 0), format!("the file `{path}`"))),
        }
    }
    let names = project.names(&queries, sources);
    for (path, file, is_test) in queries {
        project.query(&path, file, is_test, sources, &names);
    }
    project
}

/// Adds a rendered text under the path of its file.
fn beside(sources: &mut Sources, file: FileId, text: String) -> FileId {
    match sources.get(file).map(|f| f.path.clone()) {
        Some(path) => sources.add(path, text),
        None => file,
    }
}

fn stem(path: &str) -> String {
    let file = path.rsplit('/').next().unwrap_or(path);
    file.rsplit_once('.').map_or(file, |(stem, _)| stem).to_owned()
}

fn quoted(name: &Name) -> String {
    let ident = |name: &str| sql::ident(&Ident::exact(name), Dialect::Postgres);
    format!("{}.{}", ident(&name.0), ident(&name.1))
}

/// A model's settings, which stand in its one expression that begins so.
fn config_of(text: &str) -> Option<Vec<(String, Value)>> {
    let start = text.find("{{\n  config(")?;
    let inside = text.get(start + 2..)?;
    let end = inside.find("\n}}")?;
    jinja::config(inside.get(..end)?.trim())
}

fn text_of<'c>(config: &'c [(String, Value)], key: &str) -> Option<&'c str> {
    config.iter().find(|(k, _)| k == key).and_then(|(_, v)| match v {
        Value::Text(text) => Some(text.as_str()),
        Value::List(_) | Value::Other(_) => None,
    })
}

impl Project {
    fn macros_of(&mut self, path: &str, file: FileId, sources: &mut Sources) {
        let text = sources.text(file).to_owned();
        let at = Span::new(file, 0, 0);
        if let Some((_, known)) = BY_HEART.iter().find(|(p, _)| p == &path) {
            if words(&text) != *known {
                self.unread.push((at, format!("the macro in `{path}`, which is not the one that is known,")));
            }
            return;
        }
        let Some(found) = jinja::macros(&text) else {
            self.unread.push((at, format!("what stands between the macros of `{path}`")));
            return;
        };
        for (name, parameters, (start, end)) in found {
            let body = text.get(start..end).unwrap_or("");
            let lines = "\n".repeat(text.get(..start).unwrap_or("").matches('\n').count());
            let (body, is_setup) = match body.trim().strip_prefix(SETUP_HEAD).and_then(|b| b.strip_suffix(SETUP_TAIL)) {
                Some(inner) if name == "pipec_setup" => (inner, true),
                _ => (body, false),
            };
            let known = path == "dbt/macros/pipec_access.sql" || path == "dbt/macros/pipec_tables.sql" || is_setup;
            match jinja::render(body, &jinja::brace) {
                Ok(rendered) if known && parameters.is_empty() => {
                    let added = beside(sources, file, format!("{lines}{rendered}"));
                    if is_setup {
                        self.setup = Some((added, name));
                    } else if self.macros.insert(name.clone(), (added, name.clone())).is_some() {
                        self.unread.push((at, format!("the macro `{name}`, which is there twice,")));
                    }
                }
                Ok(_) => self.unread.push((at, format!("the macro `{name}`"))),
                Err(place) => self.unread.push((Span::new(file, start + place, start + place), format!("Jinja in the macro `{name}`"))),
            }
        }
    }

    /// What nodes are called in the warehouse.
    fn names(&mut self, queries: &[(String, FileId, bool)], sources: &Sources) -> BTreeMap<String, Name> {
        let mut names = BTreeMap::new();
        for (path, file, _) in queries.iter().filter(|(_, _, is_test)| !is_test) {
            let name = stem(path);
            let Some(config) = config_of(sources.text(*file)) else {
                self.unread.push((Span::new(*file, 0, 0), format!("the settings of `{name}`")));
                continue;
            };
            let schema = text_of(&config, "schema").unwrap_or("").trim().to_owned();
            let relation = (schema, text_of(&config, "alias").map_or_else(|| name.clone(), |a| a.trim().to_owned()));
            names.insert(name.clone(), relation.clone());
            self.models.push(Model { name, relation, config, file: *file, first: *file });
        }
        for (name, _) in &self.seeds {
            let properties = self.settings.seeds.get(name).cloned().unwrap_or_default();
            names.insert(name.clone(), (properties.schema.unwrap_or_default(), properties.alias.unwrap_or_else(|| name.clone())));
        }
        names
    }

    fn query(&mut self, path: &str, file: FileId, is_test: bool, sources: &mut Sources, names: &BTreeMap<String, Name>) {
        let text = sources.text(file).to_owned();
        let own = names.get(&stem(path)).map(quoted);
        let known = &self.settings.sources;
        // The settings that count are said once, in every run: dbt would take others wherever they stand.
        let (config, said) = (config_of(&text), Cell::new(0usize));
        let meaning = |inner: &str| {
            if let Some(text) = jinja::brace(inner) {
                return Some(text);
            }
            match inner {
                "run_date()" => return Some("cast(:'run_date' as date)".to_owned()),
                "this" if !is_test => return own.clone(),
                "config(severity='warn')" if is_test => return Some(String::new()),
                _ if !is_test && config.is_some() && jinja::config(inner) == config => {
                    said.set(said.get() + 1);
                    return Some(String::new());
                }
                _ => {}
            }
            let (name, arguments) = jinja::call(inner)?;
            match (name.as_str(), arguments.as_slice()) {
                ("ref", [node]) => names.get(node).map(quoted),
                ("source", [source, table]) => known.get(&(source.clone(), table.clone())).map(quoted),
                _ => None,
            }
        };
        let rendered = if is_test {
            jinja::render(&text, &meaning).map(|test| (test, None))
        } else {
            let run = |incremental: bool| {
                said.set(0);
                let rendered = jinja::render(&jinja::run(&text, incremental)?, &meaning)?;
                if said.get() == 1 { Ok(rendered) } else { Err(0) }
            };
            run(true).and_then(|again| Ok((again, Some(run(false)?))))
        };
        match rendered {
            Ok((test, None)) => {
                let added = beside(sources, file, test);
                self.tests.push((added, path.to_owned()));
            }
            Ok((again, Some(first))) => {
                if let Some(model) = self.models.iter_mut().find(|m| m.file == file) {
                    model.file = beside(sources, file, again);
                    model.first = beside(sources, file, first);
                }
            }
            Err(place) => self.unread.push((Span::new(file, place, place), "Jinja".to_owned())),
        }
    }
}

/// Runs all of it.
pub(super) fn read(project: Project, artifacts: &Artifacts<'_>, expected: &Expected<'_>, reading: &mut Reading) {
    if !project.found {
        reading.missing.push("dbt/dbt_project.yml".to_owned());
        return;
    }
    // Without the first, dbt puts tables into other schemas; without the second, it goes on with what a view was made of once.
    let refreshes = expected.built().any(|(_, t)| expected.kept(t) == Keeping::Other);
    for (path, needed) in [(dbt_files::SCHEMA_NAME, !project.models.is_empty()), (dbt_files::REFRESH, refreshes)] {
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
        seed(&project, name, *file, artifacts, expected, reading);
    }
    for model in &project.models {
        built(&project, model, artifacts, expected, reading);
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

fn seed(project: &Project, name: &str, file: FileId, artifacts: &Artifacts<'_>, expected: &Expected<'_>, reading: &mut Reading) {
    let properties = project.settings.seeds.get(name).cloned().unwrap_or_default();
    let relation: Name = (properties.schema.unwrap_or_default(), properties.alias.unwrap_or_else(|| name.to_owned()));
    let at = Span::new(file, 0, 0);
    let same = expected.built().any(|(_, table)| match &table.kind {
        TableKind::Seed(seed) => {
            expected.name(table) == relation && rows(artifacts.sources.text(file)).is_some_and(|r| holds(table, seed, &r))
        }
        TableKind::Model(_) | TableKind::Source(_) => false,
    });
    let content = if same { Vec::new() } else { vec![Token { kind: Kind::Other("other rows".to_owned()), at }] };
    make(project, reading, artifacts, (relation, Kept::Table, (content, None), at), properties.hook.as_slice());
}

/// Whether a file's rows are a seed's.
fn holds(table: &Table, seed: &crate::ir::SeedTable, rows: &[Vec<String>]) -> bool {
    let Some((head, body)) = rows.split_first() else { return false };
    let named = head.len() == table.columns.len() && head.iter().zip(&table.columns).all(|(h, c)| h == c.name.as_str());
    let same = |row: &Vec<Option<std::sync::Arc<str>>>, found: &Vec<String>| {
        row.len() == found.len() && row.iter().zip(found).all(|(value, text)| value.as_deref().unwrap_or("") == text)
    };
    named && body.len() == seed.rows.len() && seed.rows.iter().zip(body).all(|(row, found)| same(row, found))
}

/// The records of a file of comma-separated values (RFC 4180).
fn rows(text: &str) -> Option<Vec<Vec<String>>> {
    let (mut out, mut row, mut field) = (Vec::new(), Vec::new(), String::new());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if field.is_empty() => loop {
                match chars.next()? {
                    '"' if chars.peek() == Some(&'"') => {
                        chars.next();
                        field.push('"');
                    }
                    '"' => break,
                    c => field.push(c),
                }
            },
            ',' => row.push(std::mem::take(&mut field)),
            '\n' => {
                row.push(std::mem::take(&mut field));
                out.push(std::mem::take(&mut row));
            }
            '\r' if chars.peek() == Some(&'\n') => {}
            c => field.push(c),
        }
    }
    (row.is_empty() && field.is_empty()).then_some(out)
}

/// What makes a relation: its name, how it is kept, what fills it, where.
type Made = (Name, Kept, Filled, Span);

/// What fills it, and what does when it is an incremental model that is made.
type Filled = (Vec<Token>, Option<Vec<Token>>);

fn make(project: &Project, reading: &mut Reading, artifacts: &Artifacts<'_>, (name, kept, (content, first), at): Made, hooks: &[String]) {
    in_transaction(reading, |reading| {
        // dbt makes the schemas it needs.
        reading.world.schemas.entry(name.0.clone()).or_insert(Schema { rights: Vec::new(), cleared: false, at });
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

fn built(project: &Project, model: &Model, artifacts: &Artifacts<'_>, expected: &Expected<'_>, reading: &mut Reading) {
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
