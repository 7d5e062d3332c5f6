use super::Schemas;
use super::names::{Own, Relations};
use crate::base::{FileId, Ident, Sources, Span, VPath};
use crate::diag::Diagnostic;
use crate::lower::{DeclaredTable, StatementKind};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// A query of a surveyed file.
#[derive(Debug)]
pub(super) struct Unit {
    /// The file.
    pub(super) file: FileId,
    /// Its query there, or the whole statement when it is `skipped`.
    pub(super) at: Span,
    /// The relation it defines, in parts; empty for a plain query.
    pub(super) defines: Vec<Ident>,
    /// What it is instead of a query: its first words.
    pub(super) skipped: Option<String>,
}

impl Unit {
    /// A statement that is no declaration of a table.
    pub(super) fn of(file: FileId, kind: StatementKind, whole: &Span) -> Option<Unit> {
        Some(match kind {
            StatementKind::Query(at) => Unit { file, at, defines: Vec::new(), skipped: None },
            StatementKind::Relation(defines, at) => Unit { file, at, defines, skipped: None },
            StatementKind::Other(words) => Unit { file, at: *whole, defines: Vec::new(), skipped: Some(words) },
            StatementKind::Table(_) => return None,
        })
    }
}

/// The project made of surveyed files.
pub(super) struct Project {
    /// Its texts: the library, a declaration of the tables, and per unit a model and its query.
    pub(super) sources: Sources,
    /// What tables are called in the files beside their own names.
    pub(super) names: BTreeMap<Ident, Ident>,
    /// The name of each unit's model.
    pub(super) models: Vec<Ident>,
    /// Which unit a text belongs to.
    units: BTreeMap<FileId, usize>,
}

impl Project {
    pub(super) fn new(user: &Sources, units: &[Unit], schemas: &Schemas) -> Project {
        let mut project = Project { sources: Sources::new(), names: BTreeMap::new(), models: Vec::new(), units: BTreeMap::new() };
        for (path, text) in crate::stdlib::files() {
            project.add(path, (*text).to_owned());
        }
        let relations = Relations::new(user, units, schemas);
        let own = relations.own.values().flatten().map(|own| &own.table);
        project.add("declared.pipe", declarations(schemas.tables.iter().chain(own)));
        for (index, unit) in units.iter().enumerate() {
            let name = relations.models.get(index).cloned().unwrap_or_default();
            if unit.skipped.is_none() {
                let text = renamed(user, unit.at, relations.own.get(&index).map_or(&[], Vec::as_slice));
                let model = format!("model {} in surveyed from sql \"{index}.sql\"\n", quoted(name.as_str()));
                for (path, text) in [(format!("{index}.pipe"), model), (format!("{index}.sql"), text)] {
                    if let Some(id) = project.add(&path, text) {
                        project.units.insert(id, index);
                    }
                }
            }
            project.models.push(name);
        }
        project.names = relations.names;
        project
    }

    fn add(&mut self, path: &str, text: String) -> Option<FileId> {
        VPath::new(path).ok().map(|path| self.sources.add(path, text))
    }

    /// The unit a diagnostic is about, and the diagnostic with the user's places.
    pub(super) fn placed(&self, units: &[Unit], diagnostic: &Diagnostic) -> Option<(usize, Diagnostic)> {
        let index = *self.units.get(&diagnostic.at.file)?;
        let mut placed = diagnostic.clone();
        placed.at = self.place(units, diagnostic.at)?;
        placed.marks.retain_mut(|mark| self.place(units, mark.at).map(|at| mark.at = at).is_some());
        Some((index, placed))
    }

    /// The user's place for one in the project.
    pub(super) fn place(&self, units: &[Unit], at: Span) -> Option<Span> {
        let unit = units.get(*self.units.get(&at.file)?)?;
        let is_sql = self.sources.get(at.file).is_some_and(|f| f.path.extension() == "sql");
        let moved = |offset: u32| offset.saturating_add(unit.at.start);
        Some(if is_sql {
            Span { file: unit.file, start: moved(at.start), end: moved(at.end) }
        } else {
            Span { end: unit.at.start, ..unit.at }
        })
    }
}

/// A text of the language.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace("${", "$${"))
}

/// A query with other names for what its unit makes itself: as long as it is written.
fn renamed(user: &Sources, at: Span, own: &[Own]) -> String {
    let mut text = user.slice(at).to_owned();
    for own in own {
        let (start, end) = (own.at.start.saturating_sub(at.start) as usize, own.at.end.saturating_sub(at.start) as usize);
        let (Some(name), Some(written)) = (own.table.name.last(), text.get(start..end)) else { continue };
        let name = if written.starts_with('"') { format!("\"{}\"", name.as_str().replace('"', "\"\"")) } else { name.as_str().to_owned() };
        if name.len() == written.len() {
            text.replace_range(start..end, &name);
        }
    }
    text
}

/// Every declared table, one source per database and schema.
fn declarations<'t>(tables: impl Iterator<Item = &'t DeclaredTable>) -> String {
    let mut out = String::from(
        "project survey { warehouse postgres { database = env(\"DATABASE\") } }\nlayer surveyed schema \"surveyed\" as view\n",
    );
    let mut sources: BTreeMap<&[Ident], Vec<&DeclaredTable>> = BTreeMap::new();
    for table in tables {
        if let Some((_, schema)) = table.name.split_last() {
            let of_schema = sources.entry(schema).or_default();
            if !of_schema.iter().any(|t| t.name == table.name) {
                of_schema.push(table);
            }
        }
    }
    for (schema, tables) in sources {
        let _ = writeln!(out, "source {} on warehouse schema \"declared\" {{", quoted(source_name(schema).as_str()));
        for table in tables {
            let Some(name) = table.name.last() else { continue };
            let _ = writeln!(out, "  table {} {{", quoted(name.as_str()));
            let mut seen = BTreeSet::new();
            for column in table.columns.iter().filter(|c| seen.insert(&c.name)) {
                // A type nobody knows is no type's name: the column is there, and whatever is computed from it is not typed.
                let ty = column.ty.as_ref().map_or("unknown_type".to_owned(), ToString::to_string);
                let _ = writeln!(out, "    {} {ty}{} @public", quoted(column.name.as_str()), if column.nullable { "?" } else { "" });
            }
            out.push_str("  }\n");
        }
        out.push_str("}\n");
    }
    out
}

/// The source that stands for a database and schema.
pub(super) fn source_name(schema: &[Ident]) -> Ident {
    let joined: Vec<&str> = schema.iter().map(Ident::as_str).collect();
    Ident::exact(&format!("declared in {}", joined.join(".")))
}
