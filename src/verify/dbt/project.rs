//! dbt's files, read and rendered.

use super::super::dbt_files::{BY_HEART, CLEAR, SETUP_HEAD, SETUP_TAIL, Settings, is_clear, words};
use super::super::jinja::{self, Value};
use super::super::world::Name;
use crate::base::{FileId, Ident, Sources, Span};
use crate::ir::Dialect;
use crate::sql;
use std::cell::Cell;
use std::collections::BTreeMap;

/// dbt's project, rendered into texts of their own: same paths, same lines.
#[derive(Default)]
pub(in super::super) struct Project {
    pub(super) settings: Settings,
    pub(super) macros: BTreeMap<String, (FileId, String)>,
    /// The set-up's statements.
    pub(super) setup: Option<(FileId, String)>,
    pub(super) models: Vec<Model>,
    pub(super) tests: Vec<(FileId, String)>,
    pub(super) seeds: Vec<(String, FileId)>,
    pub(super) unread: Vec<(Span, String)>,
    pub(super) found: bool,
}

pub(super) struct Model {
    pub(super) name: String,
    pub(super) relation: Name,
    pub(super) config: Vec<(String, Value)>,
    pub(super) file: FileId,
    /// As the run that makes it reads it.
    pub(super) first: FileId,
}

/// Reads and renders every file of the project.
pub(in super::super) fn prepare(sources: &mut Sources, files: &BTreeMap<String, FileId>) -> Project {
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
            // Nothing is left to read where the file may not differ by a byte.
            "models" if ends("/_unit_tests.yml") => {}
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

pub(super) fn text_of<'c>(config: &'c [(String, Value)], key: &str) -> Option<&'c str> {
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
        if path == CLEAR {
            if !is_clear(&text) {
                self.unread.push((at, format!("the macros in `{path}`, which are not the ones that are known,")));
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
