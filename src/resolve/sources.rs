use super::collect::Found;
use super::project::schema_name;
use super::reader::Reader;
use super::types::{Place, whole_label};
use super::words::{Key, Read, Words, wrong};
use super::{Slot, table_id};
use crate::base::{Ident, Span, VPath};
use crate::diag::{Code, Diagnostic};
use crate::ir::{Assertion, AssertionKind, CategoryId, Column, Freshness, Label, Literal, Origins, SourceTable, Table, TableId, TableKind, Type};
use crate::syntax::ast::{self, ColumnDecl, ItemKind};
use std::collections::BTreeSet;
use std::sync::Arc;

const SOURCE: [&str; 2] = ["freshness", "sample"];
const TABLE: [&str; 3] = ["unique", "freshness", "sample"];
const COLUMN: [&str; 10] = ["key", "unique", "not_null", "references", "one_of", "matches", "between", "measure", "default", "check"];

/// Settings of tables that are read but that no back end prints yet.
const LATER: [&str; 16] = [
    "index", "primary", "foreign", "partition", "cluster", "check", "subject", "tags", "owner", "audit", "history", "grain", "retain", "description", "append_only",
    "meta",
];

/// A column whose values are another table's.
pub(super) struct Reference {
    slot: usize,
    column: u32,
    to: Vec<Ident>,
    /// Looked into first: `references facilities.id` means the source's own table.
    source: Ident,
    at: Span,
}

/// What a source says for all its tables.
struct Head {
    source: Ident,
    schema: Ident,
    freshness: Option<Freshness>,
    sample: Option<(Arc<str>, Span)>,
}

impl<'a> Reader<'a, '_> {
    /// `source airbyte on warehouse schema "airbyte" { … }` and tables of the platform's own, outside all sources.
    pub(super) fn sources(&mut self, found: &[Found<'a>]) {
        for one in found {
            let read = match &one.item.kind {
                ItemKind::Source(source) => self.source(one, source),
                ItemKind::Table(table) => self.own_table(one, table),
                _ => continue,
            };
            self.keep(read);
        }
    }

    fn source(&mut self, one: &Found<'a>, source: &'a ast::Source) -> Read<()> {
        let name = self.generator.name_of(&source.name, &one.env)?;
        if !self.declare("sources", &name, source.name.at) {
            return Ok(());
        }
        let mut head = Head { schema: name.clone(), source: name, freshness: None, sample: None };
        let mut words = Words::of(self.generator, &one.env, &source.head, source.name.at);
        self.settings(&mut words, |_, words, key| {
            match key.text {
                "on" if words.take("warehouse") => {}
                "on" => {
                    return Err(wrong(words.here(), "a source lies `on warehouse`").help("files in buckets cannot be read as a source yet"));
                }
                "schema" => head.schema = schema_name(words)?,
                _ => return Err(key.unknown("source", &["on", "schema"])),
            }
            Ok(())
        });
        for sentence in &source.settings {
            let mut words = Words::new(self.generator, &one.env, sentence);
            self.phrase(&mut words, &mut |_, words, key| match key.text {
                "freshness" => freshness(words).map(|f| head.freshness = Some(f)),
                "sample" => sample(words).map(|s| head.sample = Some(s)),
                _ => Err(key.unknown("source", &SOURCE)),
            });
        }
        let mut names: BTreeSet<Ident> = BTreeSet::new();
        for table in &source.tables {
            let name = self.generator.name_of(&table.name, &one.env);
            let Some(name) = self.keep(name) else { continue };
            if !names.insert(name.clone()) {
                self.diagnostics.push(Diagnostic::error(Code::DuplicateName, table.name.at, format!("two tables of `{}` are named `{name}`", head.source)));
                continue;
            }
            self.table(one, table, name, &head);
        }
        Ok(())
    }

    /// A table the platform keeps itself is read like a source's; nobody creates it yet.
    fn own_table(&mut self, one: &Found<'a>, table: &'a ast::Table) -> Read<()> {
        let name = self.generator.name_of(&table.name, &one.env)?;
        if !self.declare("tables", &name, table.name.at) {
            return Ok(());
        }
        let mut schema = None;
        let mut words = Words::of(self.generator, &one.env, &table.head, table.name.at);
        self.settings(&mut words, |reader, words, key| {
            match key.text {
                "schema" => schema = Some(schema_name(words)?),
                "in" => {
                    let (layer, at) = words.name("a layer")?;
                    schema = Some(reader.layer(&layer, at).map(|l| l.1)?);
                }
                _ => return Err(key.unknown("table", &["in", "schema"])),
            }
            Ok(())
        });
        let schema = schema.unwrap_or_else(|| Ident::exact("public"));
        self.later("table", &name, table.name.at);
        self.table(one, table, name, &Head { source: schema.clone(), schema, freshness: None, sample: None });
        Ok(())
    }

    fn table(&mut self, one: &Found<'a>, decl: &'a ast::Table, name: Ident, head: &Head) {
        let doc = match &decl.doc {
            Some(_) => self.doc(decl.doc.as_ref(), &one.env),
            None => self.doc(one.item.doc.as_ref().filter(|_| matches!(one.item.kind, ItemKind::Table(_))), &one.env),
        };
        let source = SourceTable { source: head.source.clone(), schema: head.schema.clone(), freshness: head.freshness.clone(), sample: None };
        let mut table = Table {
            name,
            kind: TableKind::Source(source.clone()),
            columns: Vec::new(),
            column_docs: Vec::new(),
            doc,
            assertions: Vec::new(),
            key: Vec::new(),
            reads: Vec::new(),
            at: decl.name.at,
        };
        for column in &decl.columns {
            let read = self.column(one, column, &mut table, &head.source);
            self.keep(read);
        }
        if !table.key.is_empty() {
            table.assertions.push(assertion(&table, "unique", &table.key, AssertionKind::Unique(table.key.clone()), decl.name.at));
        }
        let mut source = source;
        let mut own_sample = head.sample.clone();
        for sentence in &decl.settings {
            let mut words = Words::new(self.generator, &one.env, sentence);
            self.phrase(&mut words, &mut |reader, words, key| reader.table_setting(words, key, &mut table, &mut source.freshness, &mut own_sample));
        }
        if let Some((path, at)) = own_sample {
            let path = path.replace("{table}", table.name.as_str());
            match VPath::new(&path) {
                Ok(path) => source.sample = Some(path),
                Err(_) => self.diagnostics.push(wrong(at, format!("`{path}` is no path inside the project"))),
            }
        }
        table.kind = TableKind::Source(source);
        self.out.slots.push(Slot::Ready(Box::new(table)));
    }

    fn table_setting(
        &mut self,
        words: &mut Words<'_>,
        key: Key<'_>,
        table: &mut Table,
        fresh: &mut Option<Freshness>,
        own_sample: &mut Option<(Arc<str>, Span)>,
    ) -> Read<()> {
        match key.text {
            "unique" => {
                let columns = words.names("a column")?;
                let places: Vec<u32> = columns.iter().map(|(name, at)| column_at(table, name, *at)).collect::<Read<_>>()?;
                let unique = assertion(table, "unique", &places, AssertionKind::Unique(places.clone()), key.at);
                table.assertions.push(unique);
            }
            "freshness" => *fresh = Some(freshness(words)?),
            "sample" => *own_sample = Some(sample(words)?),
            other if LATER.contains(&other) => {
                while words.next().is_some() {}
                words.block();
                self.diagnostics.push(Diagnostic::warning(Code::NotEmittedYet, key.at, format!("`{other}` of table `{}` is checked but not emitted yet", table.name)));
            }
            _ => return Err(key.unknown("table", &TABLE)),
        }
        Ok(())
    }

    /// `first_name text? @name references x.y`
    pub(super) fn column(&mut self, one: &Found<'a>, decl: &'a ColumnDecl, table: &mut Table, source: &Ident) -> Read<()> {
        let name = self.generator.name_of(&decl.name, &one.env)?;
        if let Some(first) = table.columns.iter().find(|c| c.name == name) {
            return Err(Diagnostic::error(Code::DuplicateName, decl.name.at, format!("two columns of `{}` are named `{name}`", table.name)).mark(first.at, "the first"));
        }
        let (ty, label) = self.typed(one, decl, Place::Column);
        let label = self.column_label(&ty, label);
        let at = decl.name.at;
        let place = u32::try_from(table.columns.len()).unwrap_or(u32::MAX);
        table.columns.push(Column { name, ty, nullable: decl.ty.nullable, label, from: Origins::NONE, intact: None, at });
        if let Some(doc) = &decl.doc {
            let doc = self.doc(Some(doc), &one.env);
            table.column_docs.resize(table.columns.len(), None);
            if let Some(last) = table.column_docs.last_mut() {
                *last = Some(doc);
            }
        }
        let mut words = Words::of(self.generator, &one.env, &decl.constraints, decl.at);
        self.constraints(&mut words, place, table, source);
        if table.key.contains(&place) {
            if let Some(column) = table.columns.get_mut(place as usize) {
                column.nullable = false;
            }
        }
        if table.columns.get(place as usize).is_some_and(|c| !c.nullable) {
            let not_null = assertion(table, "not_null", &[place], AssertionKind::NotNull(place), at);
            table.assertions.push(not_null);
        }
        Ok(())
    }

    /// What a source's column tells: its annotation, or every path of its typed JSON together, or nobody knows.
    pub(super) fn column_label(&self, ty: &Type, label: Option<Label>) -> Label {
        match (label, ty) {
            (Some(label), _) => label,
            (None, Type::Json(shape)) => whole_label(&self.out.program, shape),
            (None, _) => Label::direct(CategoryId::UNCLASSIFIED),
        }
    }

    pub(super) fn constraints(&mut self, words: &mut Words<'_>, place: u32, table: &mut Table, source: &Ident) {
        self.phrase(words, &mut |reader, words, key| {
            let (kind, what) = match key.text {
                "key" => {
                    table.key.push(place);
                    return Ok(());
                }
                "measure" | "not_null" => {
                    if let (Some(column), "not_null") = (table.columns.get_mut(place as usize), key.text) {
                        column.nullable = false;
                    }
                    return Ok(());
                }
                "default" | "check" => {
                    words.next();
                    return Ok(());
                }
                "references" => {
                    let (to, at) = words.path("a column of another table")?;
                    let slot = reader.out.slots.len();
                    reader.references.push(Reference { slot, column: place, to, source: source.clone(), at });
                    return Ok(());
                }
                "unique" => (AssertionKind::Unique(vec![place]), "unique"),
                "one_of" => (AssertionKind::OneOf(place, words.list(|w| w.literal("a value"))?), "one_of"),
                "matches" => (AssertionKind::Matches(place, words.text("a regular expression")?), "matches"),
                "between" => {
                    let (low, high) = bounds(words)?;
                    (AssertionKind::Between(place, low, high), "between")
                }
                _ => return Err(key.unknown("column", &COLUMN)),
            };
            let assertion = assertion(table, what, &[place], kind, key.at);
            table.assertions.push(assertion);
            Ok(())
        });
    }

    /// Columns that refer to other sources' tables, once all have names.
    pub(super) fn references(&mut self) {
        for reference in std::mem::take(&mut self.references) {
            let found = self.referred(&reference);
            let Some((target, column)) = self.keep(found) else { continue };
            let Some(Slot::Ready(table)) = self.out.slots.get_mut(reference.slot) else { continue };
            let kind = AssertionKind::References(reference.column, target, column);
            let assertion = assertion(table, "references", &[reference.column], kind, reference.at);
            table.assertions.push(assertion);
        }
    }

    fn referred(&self, reference: &Reference) -> Read<(TableId, u32)> {
        let Some((column, table)) = reference.to.split_last().filter(|(_, t)| !t.is_empty()) else {
            return Err(wrong(reference.at, "`references` names a table and its column, such as `facilities.id`"));
        };
        let own = match table {
            [name] => table_id(&self.out.program, &[reference.source.clone(), name.clone()]),
            _ => None,
        };
        let written = table.iter().map(Ident::as_str).collect::<Vec<_>>().join(".");
        let id = own.or_else(|| table_id(&self.out.program, table)).ok_or_else(|| {
            super::words::unknown("table", &written, reference.at, self.out.program.table_names.keys().map(Ident::as_str))
        })?;
        match self.out.slots.get(id.0 as usize) {
            Some(Slot::Ready(table)) => {
                let place = table.columns.iter().position(|c| c.name == *column).and_then(|p| u32::try_from(p).ok());
                place.map(|p| (id, p)).ok_or_else(|| {
                    Diagnostic::error(Code::UnknownColumn, reference.at, format!("`{written}` has no column `{column}`")).suggest(column.as_str(), table.columns.iter().map(|c| c.name.as_str()))
                })
            }
            _ => Err(Diagnostic::error(Code::BadAssertion, reference.at, format!("`{written}` is a model, and a source cannot refer to what is built from it"))),
        }
    }

    /// Says that a declaration is checked but not emitted, and keeps it in the list.
    pub(super) fn later(&mut self, keyword: &str, name: &Ident, at: Span) {
        self.diagnostics.push(Diagnostic::warning(Code::NotEmittedYet, at, format!("{keyword} `{name}` is checked but not emitted yet")));
        self.out.program.unemitted.push(crate::ir::Unemitted { keyword: Arc::from(keyword), name: Some(name.clone()), at });
    }

    /// A layer's index and schema.
    pub(super) fn layer(&self, name: &Ident, at: Span) -> Read<(u32, Ident)> {
        let layers = &self.out.program.layers;
        let found = (0_u32..).zip(layers).find(|(_, l)| l.name == *name).map(|(i, l)| (i, l.schema.clone()));
        found.ok_or_else(|| super::words::unknown("layer", name.as_str(), at, layers.iter().map(|l| l.name.as_str())))
    }
}

/// An assertion named after its kind and columns: `not_null_id`.
pub(super) fn assertion(table: &Table, what: &str, columns: &[u32], kind: AssertionKind, at: Span) -> Assertion {
    let mut name = what.to_owned();
    for column in columns.iter().filter_map(|c| table.columns.get(*c as usize)) {
        name.push('_');
        name.push_str(column.name.as_str());
    }
    Assertion { name: Arc::from(name), kind, warn: false, at }
}

pub(super) fn column_at(table: &Table, name: &Ident, at: Span) -> Read<u32> {
    let place = table.columns.iter().position(|c| c.name == *name).and_then(|p| u32::try_from(p).ok());
    place.ok_or_else(|| {
        Diagnostic::error(Code::UnknownColumn, at, format!("`{}` has no column `{name}`", table.name)).suggest(name.as_str(), table.columns.iter().map(|c| c.name.as_str()))
    })
}

/// `(0, 120)` or `0 and 120`
fn bounds(words: &mut Words<'_>) -> Read<(Literal, Literal)> {
    let at = words.here();
    let mut values = words.list(|w| w.literal("a bound"))?;
    if values.len() == 1 && words.take("and") {
        values.push(words.literal("a bound")?);
    }
    let [low, high] = <[Literal; 2]>::try_from(values).map_err(|_| wrong(at, "`between` takes two bounds: `between 0 and 120`"))?;
    Ok((low, high))
}

/// `by _airbyte_extracted_at warn 24h error 48h`
fn freshness(words: &mut Words<'_>) -> Read<Freshness> {
    let at = words.here();
    words.expect("by")?;
    let (by, _) = words.name("the column with the time of loading")?;
    let warn_minutes = if words.take("warn") { Some(words.minutes("`warn`")?) } else { None };
    let error_minutes = if words.take("error") { Some(words.minutes("`error`")?) } else { None };
    if warn_minutes.is_none() && error_minutes.is_none() {
        return Err(wrong(at, "freshness says how old the data may be").help("add `warn 24h`, `error 48h` or both"));
    }
    Ok(Freshness { by, warn_minutes, error_minutes })
}

fn sample(words: &mut Words<'_>) -> Read<(Arc<str>, Span)> {
    let at = words.here();
    words.text("the path of the sample").map(|path| (path, at))
}
