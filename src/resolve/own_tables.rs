//! Tables of the platform's own: `table patients in operational { id uuid key default uuid … }`.

use super::collect::Found;
use super::project::schema_name;
use super::reader::Reader;
use super::sources::Head;
use super::words::{Read, Words, missing, wrong};
use super::{PendingCheck, table_id_of_slot};
use crate::base::{Ident, VPath};
use crate::diag::{Code, Diagnostic};
use crate::ir::{Dialect, Distance, Fill, Index, OwnTable, SearchMethod, Table, TableKind};
use crate::syntax::ast::{self, WordKind};

impl<'a> Reader<'a, '_> {
    /// `table patients in operational { … }`: a layer, or a schema of its own.
    pub(super) fn own_table(&mut self, one: &Found<'a>, table: &'a ast::Table) -> Read<()> {
        let at = table.name.at;
        let name = self.generator.name_of(&table.name, &one.env)?;
        let mut place: Option<(Option<u32>, Ident, Ident)> = None;
        let mut words = Words::of(self.generator, &one.env, &table.head, at);
        self.settings(&mut words, |reader, words, key| {
            match key.text {
                "schema" => {
                    let schema = schema_name(words)?;
                    place = Some((None, schema.clone(), schema));
                }
                "in" => {
                    let (layer, at) = words.name("a layer")?;
                    let (index, schema) = reader.layer(&layer, at)?;
                    place = Some((Some(index), layer, schema));
                }
                _ => return Err(key.unknown("table", &["in", "schema"])),
            }
            Ok(())
        });
        let (layer, source, schema) = place.ok_or_else(|| {
            missing(at, format!("table `{name}` does not say where it lies")).help(format!("write `table {name} in <layer>`"))
        })?;
        // As a source's table: a model elsewhere may have the same name.
        if !self.declare("tables", &qualified(&source, &name), at) {
            return Ok(());
        }
        let written_in = self.sources.get(at.file).map(|f| f.path.clone());
        // Every span comes from a file of these sources; the other arm is never taken.
        let Some(written_in) = written_in.or_else(|| VPath::new("project.pipe").ok()) else { return Ok(()) };
        let postgres = self.out.program.project.warehouse.as_ref().is_none_or(|w| w.dialect == Dialect::Postgres);
        if !postgres {
            self.later("table", &name, at);
        }
        let own = OwnTable {
            layer,
            defaults: Vec::new(),
            checks: Vec::new(),
            indexes: Vec::new(),
            partitions: None,
            audit: None,
            changes_of: Vec::new(),
            rows_tell: crate::ir::Label::PUBLIC,
            written_in,
        };
        self.table(one, table, name, &Head { source, schema, freshness: None, sample: None, files: None, own: Some(own) });
        Ok(())
    }

    /// `default uuid`, `default identity`, `default now`, `default today`, or a constant. A source fills its tables itself.
    pub(super) fn default_of(&mut self, words: &mut Words<'_>, place: u32, table: &mut Table) -> Read<()> {
        let at = words.here();
        let fill = match words.peek_key().map(|k| k.text) {
            Some("uuid") => Fill::Uuid,
            Some("identity") => Fill::Identity,
            Some("now") => Fill::Now,
            Some("today") => Fill::Today,
            _ => Fill::Literal(words.literal("a default").map_err(|d| d.help("it is a constant, `uuid`, `identity`, `now` or `today`"))?),
        };
        if !matches!(fill, Fill::Literal(_)) {
            words.next();
        }
        let Some(column) = table.columns.get(place as usize) else { return Ok(()) };
        if !fill.fits(&column.ty) {
            return Err(wrong(at, format!("this default is no value of `{}`, which is `{}`", column.name, column.ty)));
        }
        if let Some(own) = own_of(table) {
            own.defaults.push((place, fill));
        }
        Ok(())
    }

    /// `check (minutes >= 0)`: read when all columns are known.
    pub(super) fn check_of(&mut self, words: &mut Words<'_>, table: &mut Table) -> Read<()> {
        let at = words.here();
        let Some(WordKind::List(_)) = words.next().map(|w| &w.kind) else {
            return Err(wrong(at, "`check` takes a condition in brackets").help("such as `check (ended_at >= started_at)`"));
        };
        if table.own().is_some() {
            let slot = table_id_of_slot(self.out.slots.len());
            self.out.checks.push(PendingCheck { table: slot, at, env: words.env.clone() });
        }
        Ok(())
    }
}

/// The name that an own table has among all tables.
pub(super) fn qualified(layer: &Ident, name: &Ident) -> Ident {
    Ident::exact(&format!("{layer}.{name}"))
}

/// `index (patient_id, day)`, `index (embedding) using hnsw by cosine`
pub(super) fn index_of(words: &mut Words<'_>, table: &mut Table, unique: bool) -> Read<()> {
    let at = words.here();
    let index = super::vectors::index(words, table, unique)?;
    if let Some(own) = own_of(table) {
        // One that is unique beside one that is not would have its name, and stay out.
        if own.indexes.iter().any(|i| i.columns == index.columns && searched(i) == searched(&index)) {
            return Err(Diagnostic::error(Code::DuplicateName, at, "this index is declared twice"));
        }
        own.indexes.push(index);
    }
    Ok(())
}

/// What tells two indexes over one column apart.
fn searched(index: &Index) -> Option<(SearchMethod, Distance)> {
    index.search.as_ref().map(|s| (s.method, s.distance))
}

fn own_of(table: &mut Table) -> Option<&mut OwnTable> {
    match &mut table.kind {
        TableKind::Source(source) => source.own.as_deref_mut(),
        TableKind::Seed(_) | TableKind::Model(_) => None,
    }
}
