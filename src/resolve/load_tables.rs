//! The two tables that a load makes: rows that could not be read, and a row for every file of every run.

use super::Slot;
use super::reader::Reader;
use super::words::Read;
use crate::base::{Ident, Span};
use crate::diag::{Code, Diagnostic};
use crate::ir::{Assertion, AssertionKind, Column, Fill, Label, Origins, OwnTable, SourceTable, Table, TableId, TableKind, Type};
use std::sync::Arc;

/// A column, its type, whether it may be NULL, whether it tells of the file, and what it is.
type Made = (&'static str, Type, bool, bool, &'static str);

fn quarantined() -> [Made; 8] {
    [
        ("batch_id", Type::BigInt, false, false, "The load of one file, as in the audit table."),
        ("file", Type::TEXT, false, true, "Its name."),
        ("line", Type::BigInt, false, false, "The line that the row begins on."),
        ("reason", Type::TEXT, false, true, "Why: one of a closed list, no value."),
        ("place", Type::TEXT, true, true, "The column or condition, where there is one."),
        ("content", Type::TEXT, false, true, "The line as it came; of a very long one its beginning."),
        ("characters", Type::BigInt, false, true, "How long it is."),
        ("quarantined_at", Type::Timestamptz, false, false, "When."),
    ]
}

fn audited() -> [Made; 15] {
    let count = "Rows of the file.";
    [
        ("id", Type::BigInt, false, false, "The load of one file in one run."),
        ("load", Type::TEXT, false, false, "Which load."),
        ("run_date", Type::Date, false, false, "The day of the run."),
        ("file", Type::TEXT, false, true, "The name of the file."),
        ("sha256", Type::TEXT, false, true, "The hash of its bytes (FIPS 180-4)."),
        ("bytes", Type::BigInt, false, true, "How many those are."),
        ("status", Type::TEXT, false, false, "`loaded`; `known` where the same bytes were loaded before; `failed`."),
        ("error", Type::TEXT, true, false, "The code of what failed (SQLSTATE), no text: that may quote a row."),
        ("rows_read", Type::BigInt, false, true, count),
        ("rows_inserted", Type::BigInt, false, true, "Those that are new."),
        ("rows_updated", Type::BigInt, false, true, "Those that replaced one."),
        ("rows_duplicate", Type::BigInt, false, true, "Those whose key was there, and that were left out."),
        ("rows_quarantined", Type::BigInt, false, true, "Those in quarantine."),
        ("started_at", Type::Timestamptz, false, false, "When it began."),
        ("finished_at", Type::Timestamptz, false, false, "When it ended."),
    ]
}

/// The name of a table beside another, among all tables.
fn place_of(beside: &Table, name: &Ident) -> Ident {
    match &beside.kind {
        TableKind::Source(source) => super::own_tables::qualified(&source.source, name),
        TableKind::Seed(_) | TableKind::Model(_) => name.clone(),
    }
}

impl Reader<'_, '_> {
    /// A new table, beside the one that is filled. Whoever may read it may read all that the files hold.
    pub(super) fn quarantine(&mut self, beside: &Table, (name, at): (Ident, Span), load: &Ident, label: Label) -> Option<TableId> {
        if !self.declare("tables", &place_of(beside, &name), at) {
            return None;
        }
        let doc = format!("Rows that the load {load} could not take, with the reason.");
        Some(self.made(beside, (name, at), &doc, &quarantined(), &label))
    }

    /// The table for what was loaded: loads that name the same one share it, and it tells what the files of all of them tell.
    pub(super) fn audit(&mut self, beside: &Table, (name, at): (Ident, Span), label: &Label) -> Read<TableId> {
        let made = self.loads.iter().map(|(l, _)| l.audit).find(|id| self.made_as(*id).is_some_and(|t| t.name == name));
        if let Some(id) = made {
            if let Some(Slot::Ready(table)) = self.out.slots.get_mut(id.0 as usize) {
                for (column, (.., told, _)) in table.columns.iter_mut().zip(audited()) {
                    if told {
                        column.label = column.label.join(label);
                    }
                }
            }
            return Ok(id);
        }
        if self.declared("tables", &place_of(beside, &name)) {
            let problem = Diagnostic::error(Code::DuplicateName, at, format!("the table `{name}` is declared already"));
            return Err(problem.help("a load makes its audit table itself: choose a name that is free, or take the declaration out"));
        }
        self.declare("tables", &place_of(beside, &name), at);
        let id = self.made(beside, (name, at), "A row for every file that a load came by, in every run.", &audited(), label);
        if let Some(Slot::Ready(table)) = self.out.slots.get_mut(id.0 as usize) {
            table.key = vec![0];
            table.assertions.push(Assertion { name: Arc::from("unique_id"), kind: AssertionKind::Unique(vec![0]), warn: false, at });
            if let TableKind::Source(source) = &mut table.kind
                && let Some(own) = source.own.as_deref_mut()
            {
                own.defaults.push((0, Fill::Identity));
            }
        }
        Ok(id)
    }

    fn made_as(&self, id: TableId) -> Option<&Table> {
        match self.out.slots.get(id.0 as usize) {
            Some(Slot::Ready(table)) => Some(table),
            _ => None,
        }
    }

    fn made(&mut self, beside: &Table, (name, at): (Ident, Span), doc: &str, columns: &[Made], label: &Label) -> TableId {
        let own = beside.own();
        let (source, schema) = match &beside.kind {
            TableKind::Source(s) => (s.source.clone(), s.schema.clone()),
            TableKind::Seed(_) | TableKind::Model(_) => (Ident::default(), Ident::default()),
        };
        let own = own.map(|own| {
            Box::new(OwnTable {
                layer: own.layer,
                defaults: Vec::new(),
                checks: Vec::new(),
                indexes: Vec::new(),
                written_in: own.written_in.clone(),
            })
        });
        let assertions = (0_u32..).zip(columns).filter(|(_, c)| !c.2).map(|(place, c)| Assertion {
            name: Arc::from(format!("not_null_{}", c.0)),
            kind: AssertionKind::NotNull(place),
            warn: false,
            at,
        });
        let assertions = assertions.collect();
        let column = |(name, ty, nullable, told, _): &Made| Column {
            name: Ident::exact(name),
            ty: ty.clone(),
            nullable: *nullable,
            label: if *told { label.clone() } else { Label::PUBLIC },
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
