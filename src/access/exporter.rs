//! The role that runs exports: it reads what they list, and nothing else. Like Tableau's connection it is a principal of the matrix.

use crate::base::{Ident, Span};
use crate::ir::{Dialect, Program, StepAction, TableId};
use std::collections::{BTreeMap, BTreeSet};

/// The name in Postgres of the role as which exports read.
pub fn exporter_role(program: &Program) -> Ident {
    Ident::exact(&format!("{}_exporter", program.project.name))
}

/// What that role reads, by table: the columns that the exports list which a pipeline runs, by position, and the declarations that list them. Of others no script is written, so nobody has to read for them.
pub fn exported(program: &Program) -> BTreeMap<TableId, (BTreeSet<u32>, Vec<Span>)> {
    let mut all: BTreeMap<TableId, (BTreeSet<u32>, Vec<Span>)> = BTreeMap::new();
    if program.project.warehouse.as_ref().is_none_or(|w| w.dialect != Dialect::Postgres) {
        return all;
    }
    let steps = program.pipelines.iter().flat_map(|p| &p.steps);
    let run: BTreeSet<u32> =
        steps.filter_map(|s| if let StepAction::Export(e) = &s.action { Some(e) } else { None }).flatten().copied().collect();
    for exported in run.iter().filter_map(|e| program.exports.get(*e as usize)).flat_map(|e| &e.tables) {
        let (columns, because) = all.entry(exported.table).or_default();
        columns.extend(&exported.columns);
        because.push(exported.at);
    }
    all
}
