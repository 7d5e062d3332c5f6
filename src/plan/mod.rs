//! What a change does: two programs compared as values (names, types, labels, rows; not texts and places), access first. Pure; one file per family.

mod access;
mod annotations;
mod approvals;
mod assertions;
mod canon;
mod clearances;
mod declarations;
mod flows;
mod gates;
mod json;
mod lines;
mod logins;
mod markdown;
mod models;
mod names;
mod old_files;
mod other_rows;
mod platform;
mod protections;
mod reach;
mod readers;
mod refreshes;
mod releases;
mod report;
mod resources;
mod rows;
mod sections;
mod sources;
mod sql;
mod summary;
mod tables;
mod text;
mod together;
mod words;

pub use annotations::{github, sarif};
pub use approvals::{APPROVALS, Approval, Approved, Judged, judge, read as approvals};
pub use gates::{Finding, Gate, findings};
pub use json::{Compared, json};
pub use markdown::{MARKER, markdown};
pub use report::*;
pub use rows::{Condition, Rows, compare as compare_rows};
pub use sql::sql;
pub use text::{Look, text};

use crate::base::Sources;
use crate::ir::Program;
use access::Both;
use names::Pairs;
use readers::Readers;
use std::collections::BTreeMap;
use tables::Tables;

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
