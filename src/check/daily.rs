use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::ir::{AsOf, CategoryId, Clearance, DatedMask, Edge, Form, Level, Program, StepAction, TableId, Verb};
use std::collections::{BTreeMap, BTreeSet};

/// Refuses ages and years of birth that change by the day where a pipeline makes them again and again: in what it exports, and in the tables it
/// builds for a role to read. Whoever keeps two of them side by side sees the birthday. Sinks that may receive the value itself are told nothing new.
pub(super) fn check(program: &Program, diagnostics: &mut Diagnostics) {
    let moving = moving(program);
    if moving.is_empty() {
        return;
    }
    let steps = || program.pipelines.iter().flat_map(|p| &p.steps);
    let scheduled: BTreeSet<u32> =
        steps().filter_map(|s| if let StepAction::Export(exports) = &s.action { Some(exports) } else { None }).flatten().copied().collect();
    for export in scheduled.iter().filter_map(|e| program.exports.get(*e as usize)) {
        let clearance = program.buckets.get(export.bucket as usize).and_then(|b| program.clearance(b.clearance.as_str()));
        for sent in &export.tables {
            let what = format!("export `{}` is made on a schedule", export.name);
            let Some(problem) = shown(program, &moving, clearance, (sent.table, &sent.columns), &what) else { continue };
            diagnostics.push(problem.mark(sent.at, "sent here"));
        }
    }
    // A view over a table that is built shows what it holds: any build will do.
    if !steps().any(|s| matches!(s.action, StepAction::Build(_))) {
        return;
    }
    for grant in program.grants.iter().filter(|g| g.verb != Verb::Write) {
        let role = program.roles.iter().find(|r| r.name == grant.role);
        let clearance = role.and_then(|r| r.clearance.as_ref()).and_then(|c| program.clearance(c.as_str()));
        for table in &grant.tables {
            let what = format!("role `{}` reads it after each scheduled build", grant.role);
            let columns = super::principals::columns(program, *table);
            let Some(problem) = shown(program, &moving, clearance, (*table, &columns), &what) else { continue };
            diagnostics.push(problem.mark(grant.at, "granted here"));
        }
    }
}

/// What is wrong with showing these columns to somebody of this clearance again and again.
fn shown(
    program: &Program,
    moving: &BTreeMap<Place, &DatedMask>,
    clearance: Option<&Clearance>,
    (id, columns): (TableId, &[u32]),
    what: &str,
) -> Option<Diagnostic> {
    let withheld = |c: &CategoryId| !clearance.is_some_and(|k| k.admits(*c, Level::of(Form::Direct)));
    let found = columns.iter().filter_map(|c| moving.get(&(id, *c)).map(|mask| (*c, *mask)));
    let (column, mask) = found.into_iter().find(|(_, mask)| mask.lowers.iter().any(withheld))?;
    let table = program.table(id)?;
    let column = table.columns.get(column as usize)?;
    let message = format!("`{}.{}` is counted by the day, and {what}", table.name, column.name);
    let problem = Diagnostic::error(Code::DailyAge, mask.at, message).label("moves every day");
    Some(problem.help("give the mask `as_of => year_start(run_date)`: two of them would else show on which day an age goes up"))
}

type Place = (TableId, u32);

/// The columns that hold what such a mask leaves, in the model that calls it and in all that are made from it.
fn moving(program: &Program) -> BTreeMap<Place, &DatedMask> {
    let mut found: BTreeMap<Place, &DatedMask> = BTreeMap::new();
    let mut calls: BTreeMap<TableId, Vec<&DatedMask>> = BTreeMap::new();
    program.dated.iter().filter(|d| d.day == AsOf::Daily).for_each(|d| calls.entry(d.table).or_default().push(d));
    if calls.is_empty() {
        return found;
    }
    for id in &program.order {
        let Some(table) = program.table(*id) else { continue };
        let own = calls.remove(id).unwrap_or_default();
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
