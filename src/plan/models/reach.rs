//! Which columns of other tables are computed from what changed in one.

use crate::ir::{Origin, Program, TableId};
use std::collections::{BTreeMap, BTreeSet};

/// More tables than this, all searches together, are not looked at: a plan that changes everything needs no list of what it reaches.
const MOST_STEPS: usize = 400_000;

/// Who reads whom, forward.
pub(in crate::plan) struct Reach<'p> {
    program: &'p Program,
    /// Tables that read each table.
    readers: Vec<Vec<TableId>>,
    /// The place of each table in the order of building.
    place: Vec<usize>,
    steps: usize,
}

/// What of a table is reached.
#[derive(Default)]
struct Hit {
    rows: bool,
    columns: BTreeSet<u32>,
}

impl<'p> Reach<'p> {
    pub(in crate::plan) fn new(program: &'p Program) -> Reach<'p> {
        let mut readers: Vec<Vec<TableId>> = vec![Vec::new(); program.tables.len()];
        for (id, table) in program.tables() {
            for read in &table.reads {
                if let Some(list) = readers.get_mut(read.0 as usize) {
                    list.push(id);
                }
            }
        }
        let mut place = vec![0; program.tables.len()];
        for (at, id) in program.order.iter().enumerate() {
            if let Some(p) = place.get_mut(id.0 as usize) {
                *p = at;
            }
        }
        Reach { program, readers, place, steps: 0 }
    }

    /// What rows and columns of a table reach, in tables that read it and in further ones, in order of building.
    pub(in crate::plan) fn from(&mut self, table: TableId, rows: bool, columns: &BTreeSet<u32>) -> (Vec<String>, Vec<String>) {
        let (mut direct, mut further) = (Vec::new(), Vec::new());
        if !rows && columns.is_empty() {
            return (direct, further);
        }
        let mut hits: BTreeMap<TableId, Hit> = BTreeMap::from([(table, Hit { rows, columns: columns.clone() })]);
        let mut waiting: BTreeSet<(usize, TableId)> = self.readers_of(table);
        while let Some((_, id)) = waiting.pop_first() {
            self.steps += 1;
            if self.steps > MOST_STEPS {
                break;
            }
            let Some(found) = self.program.table(id) else { continue };
            let is_hit = |o: &Origin| {
                hits.get(&o.table).is_some_and(|h| if o.column == Origin::ROWS { h.rows } else { h.columns.contains(&o.column) })
            };
            let rows = found.rows.iter().any(is_hit);
            let columns: BTreeSet<u32> =
                (0u32..).zip(&found.columns).filter(|(_, c)| rows || c.from.iter().any(is_hit)).map(|(p, _)| p).collect();
            if !rows && columns.is_empty() {
                continue;
            }
            let names: Vec<String> = if columns.len() == found.columns.len() {
                vec![found.name.to_string()]
            } else {
                columns.iter().filter_map(|p| found.columns.get(*p as usize)).map(|c| format!("{}.{}", found.name, c.name)).collect()
            };
            if found.reads.contains(&table) {
                direct.extend(names)
            } else {
                further.extend(names)
            }
            hits.insert(id, Hit { rows, columns });
            waiting.extend(self.readers_of(id));
        }
        (direct, further)
    }

    fn readers_of(&self, table: TableId) -> BTreeSet<(usize, TableId)> {
        let list = self.readers.get(table.0 as usize).map_or(&[][..], |l| l);
        list.iter().map(|id| (self.place.get(id.0 as usize).copied().unwrap_or(0), *id)).collect()
    }
}
