use crate::base::Span;
use crate::diag::FlowStep;
use crate::ir::{CategoryId, Column, Edge, Program, Table, TableId, TableKind};
use std::collections::BTreeSet;

/// The source column a category came from.
pub(super) struct SourceColumn {
    /// `airbyte.patient.resource`
    pub(super) name: String,
    /// Where it is declared.
    pub(super) at: Span,
}

/// Walks a column back to a source column that brought a category in; the steps come back from source to sink.
/// Of several ways the first in order of table and column is taken, so that the same program gives the same message.
pub(super) fn to_source(program: &Program, from: (TableId, u32), category: CategoryId) -> (Option<SourceColumn>, Vec<FlowStep>) {
    let mut steps = Vec::new();
    let mut seen = BTreeSet::new();
    let mut here = Some(from);
    let mut origin = None;
    while let Some((id, position)) = here.filter(|h| seen.insert(*h)) {
        let Some((table, column)) = column_of(program, id, position) else { break };
        let name = qualified(table, column);
        steps.push(FlowStep { at: column.at, text: format!("`{name}`") });
        if let TableKind::Source(_) | TableKind::Seed(_) = table.kind {
            origin = Some(SourceColumn { name, at: column.at });
        }
        let of = |edge: Edge| column.from.iter().filter(move |o| o.edge == edge);
        here = of(Edge::Value)
            .chain(of(Edge::Equal))
            .find(|o| {
                column_of(program, o.table, o.column).is_some_and(|(_, c)| c.label.values().iter().any(|(have, _)| *have == category))
            })
            .map(|o| (o.table, o.column));
    }
    steps.reverse();
    (origin, steps)
}

fn column_of(program: &Program, table: TableId, position: u32) -> Option<(&Table, &Column)> {
    let table = program.table(table)?;
    Some((table, table.columns.get(position as usize)?))
}

fn qualified(table: &Table, column: &Column) -> String {
    match &table.kind {
        TableKind::Source(source) => format!("{}.{}.{}", source.source, table.name, column.name),
        _ => format!("{}.{}", table.name, column.name),
    }
}
