use crate::check::body::{self, Means};
use crate::check::path;
use crate::ir::{Edge, Program, TableId};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// What a column is made of, down to the sources.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Made {
    /// Columns of sources and seeds, as values.
    pub(super) sources: BTreeSet<(TableId, u32)>,
    /// Masks on any of the ways.
    pub(super) masks: BTreeSet<String>,
    /// Reasons of releases on any of the ways.
    pub(super) releases: BTreeSet<String>,
}

/// Looks columns up, each once.
pub(super) struct Lookup<'p> {
    program: &'p Program,
    known: BTreeMap<(TableId, u32), Rc<Made>>,
}

impl<'p> Lookup<'p> {
    pub(super) fn new(program: &'p Program) -> Self {
        Lookup { program, known: BTreeMap::new() }
    }

    /// What a column is made of. Tables read each other in an order, so this ends.
    pub(super) fn made(&mut self, at: (TableId, u32)) -> Rc<Made> {
        if let Some(made) = self.known.get(&at) {
            return made.clone();
        }
        // A broken program could lead back here.
        self.known.insert(at, Rc::default());
        let made = Rc::new(self.compute(at));
        self.known.insert(at, made.clone());
        made
    }

    fn compute(&mut self, at: (TableId, u32)) -> Made {
        let mut made = Made::default();
        let Some((table, column)) = path::column_of(self.program, at.0, at.1) else { return made };
        for read in body::reads(self.program, table, at.1) {
            for means in &read.means {
                match means {
                    Means::Mask(mask, _) => made.masks.insert(mask.name.to_string()),
                    Means::Release(release) => made.releases.insert(release.because.to_string()),
                };
            }
        }
        let values: Vec<(TableId, u32)> = column.from.iter().filter(|o| o.edge == Edge::Value).map(|o| (o.table, o.column)).collect();
        if values.is_empty() && matches!(table.kind, crate::ir::TableKind::Source(_) | crate::ir::TableKind::Seed(_)) {
            made.sources.insert(at);
        }
        for value in values {
            let before = self.made(value);
            made.sources.extend(before.sources.iter().copied());
            made.masks.extend(before.masks.iter().cloned());
            made.releases.extend(before.releases.iter().cloned());
        }
        made
    }
}
