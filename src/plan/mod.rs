//! What a change does: two programs compared as values (names, types, labels, rows; not texts and places), access first. Pure; one file per family.

mod report;
mod rows;

pub use report::*;
pub use rows::{Condition, Rows, compare as compare_rows};

use crate::base::Sources;
use crate::ir::Program;

/// One of the two programs, with its texts.
#[derive(Clone, Copy, Debug)]
pub struct Side<'a> {
    /// The program.
    pub program: &'a Program,
    /// Its texts.
    pub sources: &'a Sources,
}

/// What the way from `base` to `head` changes.
pub fn compare(base: Side<'_>, head: Side<'_>) -> Plan {
    let _ = (base, head);
    Plan::default()
}
