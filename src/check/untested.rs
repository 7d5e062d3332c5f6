use super::{flow, groups, sinks, subjects};
use crate::access::Carry;
use crate::base::{Ident, Span};
use crate::diag::{Code, Diagnostic, Diagnostics, Severity};
use crate::ir::{Assertion, AssertionKind, Export, Pipeline, Program, StepAction, Table, TableId, TableKind};
use std::collections::BTreeSet;

/// An export that may stand on what nothing has tested before.
struct Waits<'p> {
    export: &'p Export,
    /// The pipeline that makes it, and the step; `None`: somebody makes it by hand.
    made: Option<(&'p Pipeline, Span)>,
    /// The models whose assertions are not tested before.
    untested: Vec<TableId>,
}

/// The models of whose own assertions the exports that nothing tests before may stand on; mostly none.
pub fn believed(program: &Program) -> BTreeSet<Ident> {
    let ids = waiting(program).into_iter().flat_map(|w| w.untested);
    ids.filter_map(|id| program.table(id)).map(|t| t.name.clone()).collect()
}

/// Warns where an export would not be let through but for what models assert of themselves, and nothing has tested that before: that a column is unique,
/// that it references another, that so many rows share a combination is believed by the rules of flow and of crowds, and is only so while the tests say
/// it. `doubting` is the same program lowered without that belief, and `refused` what was wrong with it. What may be received as it is stands on nothing;
/// what a source declares is its owner's word.
pub fn check(program: &Program, doubting: &Program, refused: Diagnostics, diagnostics: &mut Diagnostics) {
    let mut problems = refused;
    let sinks = sinks::of(doubting);
    let found = flow::check(doubting, &sinks, &mut problems);
    groups::check(doubting, &sinks, found, &mut problems);
    subjects::check(doubting, &mut problems);
    super::together(doubting, &Carry::new(doubting), &mut problems);
    subjects::exports(doubting, &mut problems);
    let sent: BTreeSet<Span> = sinks.iter().flat_map(|s| s.receives.iter().map(|(_, _, at)| *at)).collect();
    let at: BTreeSet<Span> = problems.iter().filter(|p| p.severity == Severity::Error).map(|p| p.at).collect();
    // What is wrong in the middle may be wrong at each end.
    let anywhere = at.iter().any(|at| !sent.contains(at));
    for waits in waiting(program) {
        if anywhere || waits.export.tables.iter().any(|t| at.contains(&t.at)) {
            warning(program, &waits).into_iter().for_each(|w| diagnostics.push(w));
        }
    }
}

fn waiting(program: &Program) -> Vec<Waits<'_>> {
    let steps = || program.pipelines.iter().flat_map(|p| p.steps.iter().enumerate().map(move |(at, step)| (p, at, step)));
    let mut made: BTreeSet<u32> = BTreeSet::new();
    let mut found = Vec::new();
    for (pipeline, at, step) in steps() {
        let StepAction::Export(exports) = &step.action else { continue };
        let tested = Tested::before(pipeline, at);
        made.extend(exports);
        let exports = exports.iter().filter_map(|e| program.exports.get(*e as usize));
        found.extend(exports.filter_map(|export| waits(program, export, Some((pipeline, step.at)), &tested)));
    }
    let by_hand = (0u32..).zip(&program.exports).filter(|(id, _)| !made.contains(id));
    found.extend(by_hand.filter_map(|(_, export)| waits(program, export, None, &Tested(Vec::new()))));
    found
}

fn waits<'p>(program: &'p Program, export: &'p Export, made: Option<(&'p Pipeline, Span)>, tested: &Tested<'_>) -> Option<Waits<'p>> {
    let bucket = program.buckets.get(export.bucket as usize);
    if bucket.and_then(|b| program.clearance(b.clearance.as_str())).is_some_and(|c| c.everything) {
        return None;
    }
    let vouching = |id: &TableId| {
        let model = program.table(*id).filter(|t| matches!(t.kind, TableKind::Model(_)));
        !tested.has(*id) && model.is_some_and(|t| t.assertions.iter().any(Assertion::vouches))
    };
    let untested: Vec<TableId> = upstream(program, export.tables.iter().map(|t| t.table)).into_iter().filter(vouching).collect();
    (!untested.is_empty()).then_some(Waits { export, made, untested })
}

fn warning(program: &Program, waits: &Waits<'_>) -> Option<Diagnostic> {
    let tables: Vec<&Table> = waits.untested.iter().filter_map(|id| program.table(*id)).collect();
    let (table, assertion) = tables.iter().find_map(|t| Some((*t, t.assertions.iter().find(|a| a.vouches())?)))?;
    let said = format!("`{}` of `{}`", written(program, table, assertion), table.name);
    let names: Vec<&str> = tables.iter().map(|t| t.name.as_str()).collect();
    let (at, message, help) = match waits.made {
        Some((pipeline, at)) => (
            at,
            format!("pipeline `{}` exports `{}` without having tested {said}", pipeline.name, waits.export.name),
            format!("let the export wait for a test: `checks = test {}` and `after checks`", names.join(", ")),
        ),
        None => (
            waits.export.at,
            format!("no pipeline makes export `{}`, so nothing tests {said} before", waits.export.name),
            format!("let a pipeline make it, behind `checks = test {}`", names.join(", ")),
        ),
    };
    let problem = Diagnostic::warning(Code::Untested, at, message).label("would not be let through without what is asserted");
    Some(problem.mark(assertion.at, "believed here").help(help))
}

/// What a pipeline has tested before a step, and not made anew since.
struct Tested<'p>(Vec<Test<'p>>);

/// A test that is done before: of which models, and which steps may make some of them anew behind it.
struct Test<'p> {
    tables: &'p [TableId],
    again: Vec<&'p [TableId]>,
}

impl<'p> Tested<'p> {
    fn before(pipeline: &'p Pipeline, step: usize) -> Tested<'p> {
        let builds = pipeline.steps.iter().enumerate().filter_map(|(at, other)| match &other.action {
            StepAction::Build(tables) if !waited_for(pipeline, at).contains(&step) => Some((at, tables.as_slice())),
            _ => None,
        });
        let builds: Vec<(usize, &[TableId])> = builds.collect();
        let tests = waited_for(pipeline, step).into_iter().filter_map(|at| match &pipeline.steps.get(at)?.action {
            StepAction::Test(tables) => {
                let sooner = waited_for(pipeline, at);
                let again = builds.iter().filter(|(build, _)| !sooner.contains(build)).map(|(_, tables)| *tables).collect();
                Some(Test { tables, again })
            }
            _ => None,
        });
        Tested(tests.collect())
    }

    fn has(&self, id: TableId) -> bool {
        // None named are all.
        let among = |tables: &[TableId]| tables.is_empty() || tables.contains(&id);
        self.0.iter().any(|test| among(test.tables) && !test.again.iter().any(|build| among(build)))
    }
}

/// The steps that are over when a step begins.
fn waited_for(pipeline: &Pipeline, step: usize) -> BTreeSet<usize> {
    let mut seen = BTreeSet::new();
    let after = |at: usize| pipeline.steps.get(at).into_iter().flat_map(|s| s.after.iter().map(|s| *s as usize));
    let mut next: Vec<usize> = after(step).collect();
    while let Some(at) = next.pop() {
        if seen.insert(at) {
            next.extend(after(at));
        }
    }
    seen
}

/// These tables and all they are made from.
fn upstream(program: &Program, tables: impl Iterator<Item = TableId>) -> BTreeSet<TableId> {
    let mut seen: BTreeSet<TableId> = BTreeSet::new();
    let mut next: Vec<TableId> = tables.collect();
    while let Some(id) = next.pop() {
        if seen.insert(id) {
            next.extend(program.table(id).into_iter().flat_map(|t| t.reads.iter().copied()));
        }
    }
    seen
}

/// As it is written.
fn written(program: &Program, table: &Table, assertion: &Assertion) -> String {
    let name = |table: &Table, at: u32| table.columns.get(at as usize).map_or_else(Ident::default, |c| c.name.clone());
    let names = |all: &[u32]| all.iter().map(|c| name(table, *c).to_string()).collect::<Vec<_>>().join(", ");
    match &assertion.kind {
        AssertionKind::Unique(columns) => format!("assert unique({})", names(columns)),
        AssertionKind::KAnonymous(k, by) => format!("assert k_anonymous({k}, by: ({}))", names(by)),
        AssertionKind::References(from, other, to) => {
            let other = program.table(*other);
            let to = other.map_or_else(Ident::default, |t| name(t, *to));
            format!("assert {} references {}.{to}", name(table, *from), other.map_or("", |t| t.name.as_str()))
        }
        _ => format!("assert {}", assertion.name),
    }
}
