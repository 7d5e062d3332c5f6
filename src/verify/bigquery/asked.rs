//! Who asks BigQuery, and whose views read for them, worked out from the matrix anew.

use crate::access::{Carry, Matrix, Path};
use crate::base::Ident;
use crate::ir::{Materialization, Program, TableId, TableKind, Verb};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What is asked.
#[derive(Default)]
pub(in crate::verify) struct Asked {
    /// Groups that read a table that is built.
    pub(in crate::verify) groups: BTreeSet<Arc<str>>,
    /// A dataset that is read, and the one whose views read it.
    pub(in crate::verify) authorized: BTreeSet<(Ident, Ident)>,
}

impl Asked {
    pub(in crate::verify) fn of(program: &Program) -> Asked {
        let mut asked = Asked::default();
        let matrix = Matrix::new(program, &Carry::new(program));
        let foreign = |id: TableId| program.table(id).is_none_or(|t| matches!(t.kind, TableKind::Source(_)));
        // By table: the tables that policies on it look their readers up in.
        let mut waiting: BTreeMap<TableId, BTreeSet<TableId>> = BTreeMap::new();
        for entry in matrix.entries.iter().filter(|e| e.path == Path::Warehouse && e.verb == Verb::Read && !foreign(e.table)) {
            let Some(group) = program.role(&entry.role).and_then(|r| r.google_group.clone()) else { continue };
            asked.groups.insert(group);
            let policies = entry.rows.iter().filter_map(|rule| program.policies.get(rule.policy as usize)).filter_map(|p| p.asks.as_ref());
            let tables = policies.filter_map(|a| program.entitlements.get(a.entitlement as usize)).map(|e| e.table);
            waiting.entry(entry.table).or_default().extend(tables);
        }
        let mut done: BTreeSet<TableId> = BTreeSet::new();
        while let Some((id, looked_up)) = waiting.pop_first() {
            let Some(table) = program.table(id).filter(|_| done.insert(id)) else { continue };
            let TableKind::Model(model) = &table.kind else { continue };
            if !matches!(model.materialization, Materialization::View | Materialization::Ephemeral) {
                continue;
            }
            for read in table.reads.iter().copied().chain(looked_up) {
                if let (Some(from), Some(by)) = (program.dataset_of(read), program.dataset_of(id)) {
                    asked.authorized.insert((from.clone(), by.clone()));
                }
                if !done.contains(&read) {
                    waiting.entry(read).or_default();
                }
            }
        }
        asked
    }
}
