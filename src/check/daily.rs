use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::ir::{CategoryId, DailyMask, Edge, Form, Level, Program, StepAction, TableId};
use std::collections::{BTreeMap, BTreeSet};

/// Refuses ages and years of birth that change by the day in exports that a pipeline makes again and again: whoever keeps two of them side
/// by side sees the birthday. Sinks that may receive the value itself are told nothing new.
pub(super) fn check(program: &Program, diagnostics: &mut Diagnostics) {
    if program.daily.is_empty() {
        return;
    }
    let moving = moving(program);
    let steps = program.pipelines.iter().flat_map(|p| &p.steps);
    let scheduled: BTreeSet<u32> =
        steps.filter_map(|s| if let StepAction::Export(exports) = &s.action { Some(exports) } else { None }).flatten().copied().collect();
    for export in scheduled.iter().filter_map(|e| program.exports.get(*e as usize)) {
        let clearance = program.buckets.get(export.bucket as usize).and_then(|b| program.clearance(b.clearance.as_str()));
        for sent in &export.tables {
            let shown = sent.columns.iter().filter_map(|c| moving.get(&(sent.table, *c)).map(|mask| (*c, *mask)));
            let secret = |mask: &DailyMask| {
                let withheld = |c: &&CategoryId| !clearance.is_some_and(|k| k.admits(**c, Level::of(Form::Direct)));
                mask.lowers.iter().any(|c| withheld(&c))
            };
            let Some((column, mask)) = shown.into_iter().find(|(_, mask)| secret(mask)) else { continue };
            let Some((table, column)) = program.table(sent.table).and_then(|t| Some((t, t.columns.get(column as usize)?))) else {
                continue;
            };
            let message =
                format!("`{}.{}` is counted by the day, and export `{}` is made on a schedule", table.name, column.name, export.name);
            diagnostics.push(
                Diagnostic::error(Code::DailyAge, mask.at, message)
                    .label("moves every day")
                    .mark(sent.at, format!("sends `{}`", table.name))
                    .help("give the mask `as_of => year_start(run_date)`: two exports would else show on which day an age goes up"),
            );
        }
    }
}

type Place = (TableId, u32);

/// The columns that hold what such a mask leaves, in the model that calls it and in all that are made from it.
fn moving(program: &Program) -> BTreeMap<Place, &DailyMask> {
    let mut found: BTreeMap<Place, &DailyMask> = BTreeMap::new();
    for id in &program.order {
        let Some(table) = program.table(*id) else { continue };
        let own: Vec<&DailyMask> = program.daily.iter().filter(|d| d.table == *id).collect();
        for (position, column) in (0u32..).zip(&table.columns) {
            let masked = |c: CategoryId| column.label.values().iter().any(|(have, level)| *have == c && level.form < Form::Direct);
            let called = own.iter().find(|d| d.lowers.iter().any(|c| masked(*c))).copied();
            let values = column.from.iter().filter(|o| o.edge == Edge::Value);
            let handed = values.filter_map(|o| found.get(&(o.table, o.column))).find(|d| d.lowers.iter().any(|c| masked(*c))).copied();
            if let Some(mask) = called.or(handed) {
                found.insert((*id, position), mask);
            }
        }
    }
    found
}
