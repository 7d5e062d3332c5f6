//! Who reads a table, or what is built from it.

use crate::ir::{Program, TableId};
use crate::plan::access::{Key, Line};
use crate::plan::report::Principal;
use std::collections::{BTreeMap, BTreeSet};

/// The readers of every table of a program, as sets of places in one list of principals.
pub(in crate::plan) struct Readers {
    principals: Vec<Principal>,
    own: Vec<Bits>,
    all: Vec<Bits>,
}

type Bits = Vec<u64>;

impl Readers {
    pub(in crate::plan) fn new(program: &Program, lines: &BTreeMap<Key, Line>) -> Readers {
        let unique: BTreeSet<&Principal> = lines.keys().map(|k| &k.0).collect();
        let principals: Vec<Principal> = unique.into_iter().cloned().collect();
        let empty = vec![0; principals.len().div_ceil(64)];
        let mut own: Vec<Bits> = vec![empty; program.tables.len()];
        for (key, line) in lines {
            let Ok(place) = principals.binary_search(&key.0) else { continue };
            if let Some(word) = own.get_mut(line.table.0 as usize).and_then(|bits| bits.get_mut(place / 64)) {
                *word |= 1 << (place % 64);
            }
        }
        let mut all = own.clone();
        for id in program.order.iter().rev() {
            let Some(bits) = all.get(id.0 as usize).cloned() else { continue };
            if bits.iter().all(|w| *w == 0) {
                continue;
            }
            for read in program.table(*id).into_iter().flat_map(|t| &t.reads) {
                if let Some(theirs) = all.get_mut(read.0 as usize) {
                    theirs.iter_mut().zip(&bits).for_each(|(t, b)| *t |= b);
                }
            }
        }
        Readers { principals, own, all }
    }

    /// Who reads the table itself.
    pub(in crate::plan) fn of(&self, table: TableId) -> Vec<Principal> {
        self.named(self.own.get(table.0 as usize))
    }

    /// Who reads it or something built from it.
    pub(in crate::plan) fn reached(&self, table: TableId) -> Vec<Principal> {
        self.named(self.all.get(table.0 as usize))
    }

    fn named(&self, bits: Option<&Bits>) -> Vec<Principal> {
        let has = |place: usize| bits.and_then(|b| b.get(place / 64)).is_some_and(|w| w >> (place % 64) & 1 == 1);
        self.principals.iter().enumerate().filter(|(place, _)| has(*place)).map(|(_, p)| p.clone()).collect()
    }
}
