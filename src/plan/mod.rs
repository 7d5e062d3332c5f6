//! What a change does: two programs compared as values (names, types, labels, rows; not texts and places), access first. Pure; one file per family.

mod access;
mod common;
mod declared;
mod flow;
mod format;
mod gates;
mod models;
mod report;

pub use access::rows::{Condition, Rows, compare as compare_rows};
pub use format::{Compared, Look, MARKER, github, json, markdown, sarif, sql, text};
pub use gates::{APPROVALS, Approval, Approved, Finding, Gate, Judged, approvals, findings, judge};
pub use report::*;

use crate::base::Sources;
use crate::ir::Program;
use access::Both;
use common::names::Pairs;
use common::readers::Readers;
use common::tables::Tables;
use declared::{assertions, declarations, resources};
use flow::{flows, protections, releases};
use models::{other_rows, refreshes};
use std::collections::BTreeMap;

/// One of the two programs, with its texts.
#[derive(Clone, Copy, Debug)]
pub struct Side<'a> {
    /// The program.
    pub program: &'a Program,
    /// Its texts.
    pub sources: &'a Sources,
}

impl Plan {
    /// Says how many rows a full refresh makes anew, by table.
    pub fn counted(&mut self, rows: &BTreeMap<String, u64>) {
        for refresh in &mut self.refreshes {
            refresh.rows = rows.get(&refresh.table).copied();
        }
    }
}

/// What the way from `base` to `head` changes.
pub fn compare(base: Side<'_>, head: Side<'_>) -> Plan {
    let mut pairs = Pairs::new(base.program, head.program);
    let tables = Tables::new(&mut pairs);
    let both = Both::new(base, head, &pairs, &tables);
    let readers = Readers::new(both.head.program, &both.is);
    Plan {
        access: both.access(),
        rows: other_rows::rows(&both, &readers),
        flows: flows::flows(&both),
        releases: releases::releases(&both),
        protections: protections::protections(&both, &readers),
        models: models::models(&both),
        refreshes: refreshes::refreshes(&both),
        tests: assertions::tests(&both),
        metrics: declarations::metrics(&both),
        pipelines: declarations::pipelines(&both),
        resources: resources::resources(&both),
        exports: declarations::exports(&both),
    }
}
