//! The two tables that a load makes: rows that could not be read, and a row for every file of every run.

use super::Slot;
use super::reader::Reader;
use super::words::Read;
use crate::base::{Ident, Span, VPath};
use crate::diag::{Code, Diagnostic};
use crate::ir::{
    Assertion, AssertionKind, CategoryId, Column, Fill, Filled, Label, Load, Origins, OwnTable, SourceTable, Table, TableId, TableKind,
    Type,
};
use std::sync::Arc;

/// What a column that a load makes tells.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Tells {
    /// Nothing: a number, a moment, the name of a load.
    Nothing,
    /// What became of values: what all columns of the file tell, and what they were compared with.
    Outcome,
    /// The file's name.
    Name,
    /// Anything that a file can hold, declared or not.
    Anything,
}

/// A column, its type, whether it may be NULL, what it tells, and what it is.
pub(super) type Made = (&'static str, Type, bool, Tells, &'static str);

/// Where a table lies that is made with a shape of pipec's.
pub(super) struct Place {
    pub(super) layer: Option<u32>,
    /// The layer's name, or the schema where there is none.
    pub(super) source: Ident,
    pub(super) schema: Ident,
    pub(super) written_in: VPath,
}

impl Place {
    /// Beside a table of the platform's own; there is no other that loads fill.
    pub(super) fn beside(table: &Table) -> Option<Place> {
        let (TableKind::Source(source), Some(own)) = (&table.kind, table.own()) else { return None };
        Some(Place { layer: own.layer, source: source.source.clone(), schema: source.schema.clone(), written_in: own.written_in.clone() })
    }
}

/// What a load tells.
#[derive(Default)]
struct Told {
    /// All columns of its files.
    columns: Label,
    /// The same, and what they were compared with, as what decides which rows there are.
    control: Label,
    /// What nobody has declared, too.
    anything: Label,
    /// The names of its files.
    name: Label,
}

fn quarantined() -> [Made; 8] {
    [
        ("batch_id", Type::BigInt, false, Tells::Nothing, "The load of one file, as in the audit table."),
        ("file", Type::TEXT, false, Tells::Name, "Its name."),
        ("line", Type::BigInt, false, Tells::Nothing, "The line that the row begins on."),
        ("reason", Type::TEXT, false, Tells::Outcome, "Why: one of a closed list, no value."),
        ("place", Type::TEXT, true, Tells::Outcome, "The column or condition, where there is one."),
        ("content", Type::TEXT, false, Tells::Anything, "The line as it came; of a very long one its beginning."),
        ("characters", Type::BigInt, false, Tells::Anything, "How long it is."),
        ("quarantined_at", Type::Timestamptz, false, Tells::Nothing, "When."),
    ]
}

fn audited() -> [Made; 15] {
    let count = "Rows of the file.";
    [
        ("id", Type::BigInt, false, Tells::Nothing, "The load of one file in one run."),
        ("load", Type::TEXT, false, Tells::Nothing, "Which load."),
        ("run_date", Type::Date, false, Tells::Nothing, "The day of the run."),
        ("file", Type::TEXT, false, Tells::Name, "The name of the file."),
        ("sha256", Type::TEXT, false, Tells::Anything, "The hash of its bytes (FIPS 180-4)."),
        ("bytes", Type::BigInt, false, Tells::Outcome, "How many those are."),
        ("status", Type::TEXT, false, Tells::Nothing, "`loaded`; `known` where the same bytes were loaded before; `failed`."),
        ("error", Type::TEXT, true, Tells::Outcome, "The code of what failed (SQLSTATE), no text: that may quote a row."),
        ("rows_read", Type::BigInt, false, Tells::Outcome, count),
        ("rows_inserted", Type::BigInt, false, Tells::Outcome, "Those that are new."),
        ("rows_updated", Type::BigInt, false, Tells::Outcome, "Those that replaced one."),
        ("rows_duplicate", Type::BigInt, false, Tells::Outcome, "Those whose key was there, and that were left out."),
        ("rows_quarantined", Type::BigInt, false, Tells::Outcome, "Those in quarantine."),
        ("started_at", Type::Timestamptz, false, Tells::Nothing, "When it began."),
        ("finished_at", Type::Timestamptz, false, Tells::Nothing, "When it ended."),
    ]
}

/// The name of a table beside another, among all tables.
pub(super) fn place_of(beside: &Table, name: &Ident) -> Ident {
    match &beside.kind {
        TableKind::Source(source) => super::own_tables::qualified(&source.source, name),
        TableKind::Seed(_) | TableKind::Model(_) => name.clone(),
    }
}

impl Reader<'_, '_> {
    /// A new table, beside the one that is filled.
    pub(super) fn quarantine(&mut self, beside: &Table, (name, at): (Ident, Span), load: &Ident) -> Option<TableId> {
        if !self.declare("tables", &place_of(beside, &name), at) {
            return None;
        }
        let doc = format!("Rows that the load {load} could not take, with the reason.");
        Some(self.made(Place::beside(beside), (name, at), &doc, &quarantined()))
    }

    /// The table for what was loaded: loads that name the same one share it.
    pub(super) fn audit(&mut self, beside: &Table, (name, at): (Ident, Span)) -> Read<TableId> {
        let made = self.loads.iter().map(|(l, _)| l.audit).find(|id| self.made_as(*id).is_some_and(|t| t.name == name));
        if let Some(id) = made {
            return Ok(id);
        }
        if self.declared("tables", &place_of(beside, &name)) {
            let problem = Diagnostic::error(Code::DuplicateName, at, format!("the table `{name}` is declared already"));
            return Err(problem.help("a load makes its audit table itself: choose a name that is free, or take the declaration out"));
        }
        self.declare("tables", &place_of(beside, &name), at);
        let id = self.made(Place::beside(beside), (name, at), "A row for every file that a load came by, in every run.", &audited());
        self.numbered(id, at);
        Ok(id)
    }

    /// Makes the first column the key, and gives out its numbers.
    pub(super) fn numbered(&mut self, id: TableId, at: Span) {
        let Some(Slot::Ready(table)) = self.out.slots.get_mut(id.0 as usize) else { return };
        table.key = vec![0];
        table.assertions.push(Assertion { name: Arc::from("unique_id"), kind: AssertionKind::Unique(vec![0]), warn: false, at });
        if let TableKind::Source(source) = &mut table.kind
            && let Some(own) = source.own.as_deref_mut()
        {
            own.defaults.push((0, Fill::Identity));
        }
    }

    /// What these tables tell, once it is known what columns refer to.
    ///
    /// Which lines are in quarantine says which values were refused: that is control over every row and column there. A line itself can hold what nobody
    /// has declared: a cell too many is what it is there for. So it is unclassified, and so is the name of a file, unless a column that it fills says
    /// what names of files are.
    pub(super) fn label_loads(&mut self) {
        let loads: Vec<(TableId, TableId, Told)> = self.loads.iter().map(|(l, _)| (l.quarantine, l.audit, self.of_load(l))).collect();
        for (quarantine, audit, told) in loads {
            self.label(quarantine, &quarantined(), &told, true);
            self.label(audit, &audited(), &told, false);
        }
    }

    fn of_load(&self, load: &Load) -> Told {
        let (Some(table), read) = (self.made_as(load.table), load.told()) else { return Told::default() };
        let label = |of: &mut dyn Iterator<Item = &Column>| of.fold(Label::PUBLIC, |all, c| all.join(&c.label));
        let at = |place: &u32| table.columns.get(*place as usize);
        let columns = label(&mut read.iter().filter_map(at));
        // A row whose value another table lacks goes to quarantine, which so says what that table has.
        let asked = table.assertions.iter().filter_map(|a| match &a.kind {
            AssertionKind::References(c, other, theirs) if read.contains(c) => self.made_as(*other)?.columns.get(*theirs as usize),
            _ => None,
        });
        let control = columns.join(&label(&mut asked.into_iter())).as_control();
        let anything = columns.join(&Label::direct(CategoryId::UNCLASSIFIED));
        let mut named = load.columns.iter().filter(|(_, f)| *f == Filled::File).filter_map(|(c, _)| at(c)).peekable();
        let name = if named.peek().is_some() { label(&mut named) } else { anything.clone() };
        Told { columns, control, anything, name }
    }

    /// Several loads may tell of one table.
    fn label(&mut self, id: TableId, made: &[Made], told: &Told, rows: bool) {
        let Some(Slot::Ready(table)) = self.out.slots.get_mut(id.0 as usize) else { return };
        for (column, (.., tells, _)) in table.columns.iter_mut().zip(made) {
            let label = match tells {
                Tells::Nothing => Label::PUBLIC,
                Tells::Outcome => told.columns.join(&told.control),
                Tells::Name => told.name.clone(),
                Tells::Anything => told.anything.join(&told.control),
            };
            column.label = column.label.join(&label);
            if rows {
                column.label = column.label.join(&told.control);
            }
        }
        if let TableKind::Source(source) = &mut table.kind
            && let Some(own) = source.own.as_deref_mut().filter(|_| rows)
        {
            own.rows_tell = own.rows_tell.join(&told.control);
        }
    }

    pub(super) fn made_as(&self, id: TableId) -> Option<&Table> {
        match self.out.slots.get(id.0 as usize) {
            Some(Slot::Ready(table)) => Some(table),
            _ => None,
        }
    }

    /// A table of the platform's own, without labels: all its columns tell nothing yet.
    pub(super) fn made(&mut self, place: Option<Place>, (name, at): (Ident, Span), doc: &str, columns: &[Made]) -> TableId {
        let (source, schema) = place.as_ref().map_or_else(Default::default, |p| (p.source.clone(), p.schema.clone()));
        let own = place.map(|place| {
            Box::new(OwnTable {
                layer: place.layer,
                defaults: Vec::new(),
                checks: Vec::new(),
                indexes: Vec::new(),
                partitions: None,
                audit: None,
                changes_of: Vec::new(),
                rows_tell: Label::PUBLIC,
                written_in: place.written_in,
            })
        });
        let assertions = (0_u32..).zip(columns).filter(|(_, c)| !c.2).map(|(place, c)| Assertion {
            name: Arc::from(format!("not_null_{}", c.0)),
            kind: AssertionKind::NotNull(place),
            warn: false,
            at,
        });
        let assertions = assertions.collect();
        let column = |(name, ty, nullable, ..): &Made| Column {
            name: Ident::exact(name),
            ty: ty.clone(),
            nullable: *nullable,
            label: Label::PUBLIC,
            from: Origins::NONE,
            intact: None,
            chosen: false,
            kin: crate::ir::Kin::OWN,
            at,
        };
        let table = Table {
            name,
            kind: TableKind::Source(SourceTable { source, schema, freshness: None, sample: None, own }),
            columns: columns.iter().map(column).collect(),
            column_docs: columns.iter().map(|c| Some(Arc::from(c.4))).collect(),
            doc: Arc::from(doc),
            assertions,
            key: Vec::new(),
            rows: Origins::NONE,
            reads: Vec::new(),
            at,
        };
        let id = super::table_id_of_slot(self.out.slots.len());
        self.out.slots.push(Slot::Ready(Box::new(table)));
        id
    }
}
