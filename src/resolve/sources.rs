use super::Slot;
use super::collect::Found;
use super::columns::{assertion, column_at};
use super::project::{no_secrets, schema_name};
use super::reader::Reader;
use super::words::{Key, Once, Read, Words, wrong};
use crate::base::{Ident, Span, VPath};
use crate::diag::{Code, Diagnostic};
use crate::ir::{AssertionKind, Freshness, OwnTable, SourceTable, Table, TableKind, Tagged, Thing};
use crate::syntax::ast::{self, ItemKind};
use std::collections::BTreeSet;
use std::sync::Arc;

const SOURCE: [&str; 5] = ["freshness", "sample", "files", "owner", "tags"];
const TABLE: [&str; 6] = ["unique", "freshness", "sample", "files", "owner", "tags"];

/// Settings of tables that are read but that no back end prints yet.
const LATER: [&str; 14] = [
    "index",
    "primary",
    "foreign",
    "partition",
    "cluster",
    "check",
    "subject",
    "audit",
    "history",
    "grain",
    "retain",
    "description",
    "append_only",
    "meta",
];

/// What a source says for all its tables.
pub(super) struct Head {
    pub(super) source: Ident,
    pub(super) schema: Ident,
    pub(super) freshness: Option<Freshness>,
    pub(super) sample: Option<(Arc<str>, Span)>,
    pub(super) files: Option<super::external::Files>,
    /// Of a table outside all sources.
    pub(super) own: Option<OwnTable>,
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
        let mut head = Head { schema: name.clone(), source: name, freshness: None, sample: None, files: None, own: None };
        let mut words = Words::of(self.generator, &one.env, &source.head, source.name.at);
        self.settings(&mut words, |_, words, key| {
            match key.text {
                "on" if words.take("warehouse") => {}
                "on" => {
                    return Err(wrong(words.here(), "a source lies `on warehouse`")
                        .help("files of a bucket are a source by `files parquet in <bucket> \"<folder>/\"` in its block"));
                }
                "schema" => head.schema = schema_name(words)?,
                _ => return Err(key.unknown("source", &["on", "schema"])),
            }
            Ok(())
        });
        head.schema = no_secrets(head.schema, source.name.at)?;
        let mut once = Once::default();
        let mut tagged = Tagged::default();
        for sentence in &source.settings {
            let mut words = Words::new(self.generator, &one.env, sentence);
            self.phrase(&mut words, &mut |_, words, key| {
                once.named(key)?;
                match key.text {
                    "freshness" => head.freshness = Some(freshness(words)?),
                    "sample" => head.sample = Some(sample(words)?),
                    "files" => head.files = Some(super::external::files(words, key.at)?),
                    _ if super::tagged::said(words, key, &mut tagged)? => {}
                    _ => return Err(key.unknown("source", &SOURCE)),
                }
                Ok(())
            });
        }
        self.tag(Thing::Source, &head.source, tagged);
        let mut names: BTreeSet<Ident> = BTreeSet::new();
        for table in &source.tables {
            let name = self.generator.name_of(&table.name, &one.env);
            let Some(name) = self.keep(name) else { continue };
            if !names.insert(name.clone()) {
                self.diagnostics.push(Diagnostic::error(
                    Code::DuplicateName,
                    table.name.at,
                    format!("two tables of `{}` are named `{name}`", head.source),
                ));
                continue;
            }
            self.table(one, table, name, &head);
        }
        Ok(())
    }

    pub(super) fn table(&mut self, one: &Found<'a>, decl: &'a ast::Table, name: Ident, head: &Head) {
        let doc = match &decl.doc {
            Some(_) => self.doc(decl.doc.as_ref(), &one.env),
            None => self.doc(one.item.doc.as_ref().filter(|_| matches!(one.item.kind, ItemKind::Table(_))), &one.env),
        };
        let source = SourceTable {
            source: head.source.clone(),
            schema: head.schema.clone(),
            freshness: head.freshness.clone(),
            sample: None,
            own: head.own.clone().map(Box::new),
        };
        let mut table = Table {
            name,
            kind: TableKind::Source(source),
            columns: Vec::new(),
            column_docs: Vec::new(),
            doc,
            assertions: Vec::new(),
            key: Vec::new(),
            rows: crate::ir::Origins::NONE,
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
        let mut fresh = head.freshness.clone();
        let mut own_sample = head.sample.clone();
        let mut files = head.files.clone();
        let mut tagged = Tagged::default();
        let mut once = Once::default();
        for sentence in &decl.settings {
            let mut words = Words::new(self.generator, &one.env, sentence);
            self.phrase(&mut words, &mut |reader, words, key| {
                once.named(key)?;
                match key.text {
                    "owner" | "tags" => super::tagged::said(words, key, &mut tagged).map(|_| ()),
                    "files" if table.own().is_none() => super::external::files(words, key.at).map(|f| files = Some(f)),
                    _ => reader.table_setting(words, key, &mut table, &mut fresh, &mut own_sample),
                }
            });
        }
        self.partition_keys(&table);
        self.tag(Thing::Table, &super::own_tables::qualified(&head.source, &table.name), tagged);
        if let Some(fresh) = &fresh
            && let Err(problem) = column_at(&table, &fresh.by, decl.name.at)
        {
            self.diagnostics.push(problem.help("the freshness of its source is read from this column"));
        }
        let mut lies = None;
        if let Some((path, at)) = own_sample {
            let path = path.replace("{table}", table.name.as_str());
            match VPath::new(&path) {
                Ok(path) => lies = Some(path),
                Err(_) => self.diagnostics.push(wrong(at, format!("`{path}` is no path inside the project"))),
            }
        }
        if let TableKind::Source(source) = &mut table.kind {
            (source.freshness, source.sample) = (fresh, lies);
        }
        if let Some(files) = files {
            let read = self.external(&table, files);
            self.keep(read);
        }
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
            "unique" if table.own().is_some() && words.take("index") => super::own_tables::index_of(words, table, true)?,
            "unique" => {
                let columns = words.names("a column")?;
                let places: Vec<u32> = columns.iter().map(|(name, at)| column_at(table, name, *at)).collect::<Read<_>>()?;
                let unique = assertion(table, "unique", &places, AssertionKind::Unique(places.clone()), key.at);
                table.assertions.push(unique);
            }
            "index" if table.own().is_some() => super::own_tables::index_of(words, table, false)?,
            "check" if table.own().is_some() => self.check_of(words, table)?,
            "partition" if table.own().is_some() => self.partition_of(words, key.at, table)?,
            "audit" if table.own().is_some() => self.audit_of(words)?,
            "freshness" => *fresh = Some(freshness(words)?),
            "sample" => *own_sample = Some(sample(words)?),
            other if LATER.contains(&other) => {
                while words.next().is_some() {}
                words.block();
                self.diagnostics.push(Diagnostic::warning(
                    Code::NotEmittedYet,
                    key.at,
                    format!("`{other}` of table `{}` is checked but not emitted yet", table.name),
                ));
            }
            _ => return Err(key.unknown("table", &TABLE)),
        }
        Ok(())
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
