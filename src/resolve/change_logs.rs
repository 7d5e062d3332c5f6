//! `audit changes in audit_log`: the table that every change of an own table's rows is written to, made by the build and filled by its triggers.

use super::load_tables::{Made, Place, Tells, place_of};
use super::reader::Reader;
use super::words::{Read, Words, wrong};
use super::{Slot, table_id_of_slot};
use crate::base::{Ident, Span};
use crate::diag::{Code, Diagnostic};
use crate::ir::{Assertion, AssertionKind, Fill, Label, OwnTable, Table, TableId, TableKind, Type};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A table whose changes are written down, and the name of the table that they are written to.
pub(super) struct Audited {
    table: TableId,
    log: Ident,
    at: Span,
}

/// What a change is written as. The moment of one, and who made it, may be a patient's day and a patient: so all but the first three tell what the rows tell.
fn changes() -> [Made; 9] {
    [
        ("id", Type::BigInt, false, Tells::Nothing, "Counts changes, in the order in which they were made."),
        ("table_name", Type::TEXT, false, Tells::Nothing, "The table, with its schema."),
        ("operation", Type::TEXT, false, Tells::Nothing, "`insert`, `update`, `delete`, or `truncate`, which has no rows."),
        ("changed_at", Type::Timestamptz, false, Tells::Anything, "When."),
        ("changed_by", Type::TEXT, false, Tells::Anything, "The login that connected."),
        ("acting_as", Type::TEXT, true, Tells::Anything, "The role that it had taken by `set role`, where it had."),
        ("row_key", Type::JSON, true, Tells::Anything, "The declared key, by column: that of before, of a row that changed it."),
        ("old_row", Type::JSON, true, Tells::Anything, "The declared columns as they were; of an update or delete."),
        ("new_row", Type::JSON, true, Tells::Anything, "The declared columns as they are; of an insert or update."),
    ]
}

impl Reader<'_, '_> {
    /// `audit changes in audit_log`
    pub(super) fn audit_of(&mut self, words: &mut Words<'_>) -> Read<()> {
        if !(words.take("changes") && words.take("in")) {
            return Err(wrong(words.here(), "`audit` says where changes of rows are written").help("such as `audit changes in audit_log`"));
        }
        let (log, at) = words.name("a new table")?;
        self.audits.push(Audited { table: table_id_of_slot(self.out.slots.len()), log, at });
        Ok(())
    }

    /// Makes those tables, once all that are declared have names: each lies beside the tables it is told by, and those of one layer may share it.
    pub(super) fn change_logs(&mut self) {
        let mut made: BTreeMap<Ident, TableId> = BTreeMap::new();
        for Audited { table, log, at } in std::mem::take(&mut self.audits) {
            let Some(Slot::Ready(beside)) = self.out.slots.get(table.0 as usize) else { continue };
            let (beside, place) = (beside.as_ref().clone(), place_of(beside, &log));
            let id = match made.get(&place) {
                Some(id) => *id,
                None if self.declared("tables", &place) => {
                    let problem = Diagnostic::error(Code::DuplicateName, at, format!("the table `{log}` is declared already"));
                    self.diagnostics
                        .push(problem.help("the build makes it itself: choose a name that is free, or take the declaration out"));
                    continue;
                }
                None => {
                    self.declare("tables", &place, at);
                    let id = self.change_log(&beside, (log, at));
                    made.insert(place, id);
                    id
                }
            };
            self.own_mut(table, |own| own.audit = Some(id));
            self.own_mut(id, |own| own.changes_of.push(table));
        }
    }

    fn change_log(&mut self, beside: &Table, place: (Ident, Span)) -> TableId {
        let at = place.1;
        let id = self.made(Place::beside(beside), place, "Every change of the rows of audited tables, as triggers write it.", &changes());
        if let Some(Slot::Ready(table)) = self.out.slots.get_mut(id.0 as usize) {
            table.key = vec![0];
            table.assertions.push(Assertion { name: Arc::from("unique_id"), kind: AssertionKind::Unique(vec![0]), warn: false, at });
        }
        self.own_mut(id, |own| own.defaults.push((0, Fill::Identity)));
        id
    }

    /// A change holds whole rows: what it tells is what all columns of all its tables tell.
    pub(super) fn label_change_logs(&mut self) {
        let logs = self.out.slots.iter().enumerate().filter_map(|(slot, one)| match one {
            Slot::Ready(table) => table.own().filter(|own| !own.changes_of.is_empty()).map(|own| (slot, own.changes_of.clone())),
            Slot::Pending(_) => None,
        });
        let logs: Vec<(usize, Vec<TableId>)> = logs.collect();
        for (slot, tables) in logs {
            let columns = tables.iter().filter_map(|id| self.made_as(*id)).flat_map(|t| &t.columns);
            let told = columns.fold(Label::PUBLIC, |all, c| all.join(&c.label));
            let Some(Slot::Ready(log)) = self.out.slots.get_mut(slot) else { continue };
            for (column, (.., tells, _)) in log.columns.iter_mut().zip(changes()) {
                if tells != Tells::Nothing {
                    column.label = column.label.join(&told);
                }
            }
        }
    }

    fn own_mut(&mut self, id: TableId, change: impl FnOnce(&mut OwnTable)) {
        if let Some(Slot::Ready(table)) = self.out.slots.get_mut(id.0 as usize)
            && let TableKind::Source(source) = &mut table.kind
            && let Some(own) = source.own.as_deref_mut()
        {
            change(own);
        }
    }
}
