use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::ir::{
    AsOf, CategoryId, Clearance, DatedMask, Edge, Form, Level, Materialization, Origin, Program, StepAction, Table, TableId, TableKind,
    Verb,
};
use std::collections::{BTreeMap, BTreeSet};

/// Refuses ages and years of birth that change by the day where a pipeline makes them again and again: in what it exports, and in the tables it
/// builds for a role to read. Whoever keeps two of them side by side sees the birthday; so he does where rows come and go with the age, or a version of
/// them begins. Sinks that may receive the value itself are told nothing new.
pub(super) fn check(program: &Program, diagnostics: &mut Diagnostics) {
    let moving = moving(program);
    if moving.columns.is_empty() && moving.rows.is_empty() {
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
    moving: &Moving<'_>,
    clearance: Option<&Clearance>,
    (id, columns): (TableId, &[u32]),
    what: &str,
) -> Option<Diagnostic> {
    let withheld = |c: &CategoryId| !clearance.is_some_and(|k| k.admits(*c, Level::of(Form::Direct)));
    let hidden = |mask: &&DatedMask| mask.lowers.iter().any(withheld);
    let table = program.table(id)?;
    let of = |c: &u32| moving.columns.get(&(id, *c)).copied().filter(hidden).zip(table.columns.get(*c as usize));
    let (mask, message) = match columns.iter().find_map(of) {
        Some((mask, column)) => (mask, format!("`{}.{}` is counted by the day, and {what}", table.name, column.name)),
        None => {
            let mask = moving.rows.get(&id).copied().filter(hidden).filter(|_| !columns.is_empty())?;
            (mask, format!("which rows `{}` has is decided by an age that is counted by the day, and {what}", table.name))
        }
    };
    let problem = Diagnostic::error(Code::DailyAge, mask.at, message).label("moves every day");
    Some(problem.help("give the mask `as_of => year_start(run_date)`: two of them would else show on which day an age goes up"))
}

type Place = (TableId, u32);

/// What such masks move, in the model that calls one and in all that are made from it.
#[derive(Default)]
struct Moving<'p> {
    /// The columns that hold what one leaves.
    columns: BTreeMap<Place, &'p DatedMask>,
    /// The tables whose rows it decides, or the versions of these.
    rows: BTreeMap<TableId, &'p DatedMask>,
}

fn moving(program: &Program) -> Moving<'_> {
    let mut found = Moving::default();
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
            let handed =
                values.filter_map(|o| found.columns.get(&(o.table, o.column))).find(|d| d.lowers.iter().any(|c| masked(*c))).copied();
            if let Some(mask) = called.or(handed) {
                found.columns.insert((*id, position), mask);
            }
        }
        if let Some(mask) = rows(&found, *id, table, &own) {
            found.rows.insert(*id, mask);
        }
    }
    found
}

/// The mask that decides which rows a table has: a condition asks it, or rows that it decides are read, or a version begins when what it leaves changes.
fn rows<'p>(found: &Moving<'p>, id: TableId, table: &Table, own: &[&'p DatedMask]) -> Option<&'p DatedMask> {
    let controls = || table.columns.iter().flat_map(|c| c.label.controls());
    let decides = |d: &&'p DatedMask| {
        let of = |c: &CategoryId| controls().any(|(have, level)| have == c && Form::Public < level.form && level.form < Form::Direct);
        d.lowers.iter().any(of)
    };
    let handed = |o: &Origin| match o.column {
        Origin::ROWS => found.rows.get(&o.table),
        _ => found.columns.get(&(o.table, o.column)).filter(|_| o.edge != Edge::Value),
    };
    let read = table.columns.iter().flat_map(|c| c.from.iter()).chain(table.rows.iter()).filter_map(handed).copied().find(decides);
    own.iter().copied().find(decides).or(read).or_else(|| versions(found, id, table))
}

/// The mask of a column whose changes are kept.
fn versions<'p>(found: &Moving<'p>, id: TableId, table: &Table) -> Option<&'p DatedMask> {
    let TableKind::Model(model) = &table.kind else { return None };
    let Materialization::Incremental { key, history, .. } = &model.materialization else { return None };
    let kept = (0u32..).zip(&table.columns).filter(|(_, c)| *history || key.contains(&c.name));
    kept.filter_map(|(position, _)| found.columns.get(&(id, position))).copied().next()
}
