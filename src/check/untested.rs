use crate::base::Ident;
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::ir::{Assertion, AssertionKind, Pipeline, Program, StepAction, Table, TableId, TableKind};
use std::collections::BTreeSet;

/// Warns where a pipeline exports what assertions vouch for without having tested them: that a column is unique, that it references another, that so
/// many rows share a combination is believed by the rules of flow and of crowds, and is only so while the tests say it. What may be received as it is
/// stands on nothing; what a source declares is its owner's word.
pub(super) fn check(program: &Program, diagnostics: &mut Diagnostics) {
    for pipeline in &program.pipelines {
        for (at, step) in pipeline.steps.iter().enumerate() {
            let StepAction::Export(exports) = &step.action else { continue };
            let tested = Tested::before(pipeline, at);
            let limited = exports.iter().filter_map(|e| program.exports.get(*e as usize)).filter(|e| {
                let bucket = program.buckets.get(e.bucket as usize);
                !bucket.and_then(|b| program.clearance(b.clearance.as_str())).is_some_and(|c| c.everything)
            });
            for export in limited {
                let mut believed = upstream(program, export.tables.iter().map(|t| t.table)).into_iter().filter(|id| !tested.has(*id));
                let made = |id| program.table(id).filter(|t| matches!(t.kind, TableKind::Model(_)));
                let found = believed.find_map(|id| made(id).and_then(|t| Some((t, t.assertions.iter().find(|a| vouches(a))?))));
                let Some((table, assertion)) = found else { continue };
                let said = written(program, table, assertion);
                let message =
                    format!("pipeline `{}` exports `{}` without having tested `{said}` of `{}`", pipeline.name, export.name, table.name);
                let problem = Diagnostic::warning(Code::Untested, step.at, message)
                    .label("what it sends may stand on it")
                    .mark(assertion.at, "believed here")
                    .help(format!("let the export wait for a test: `checks = test {}` and `after checks`", table.name));
                diagnostics.push(problem);
            }
        }
    }
}

/// What a pipeline has tested before a step.
struct Tested {
    all: bool,
    tables: BTreeSet<TableId>,
}

impl Tested {
    fn before(pipeline: &Pipeline, step: usize) -> Tested {
        let mut tested = Tested { all: false, tables: BTreeSet::new() };
        let mut seen: BTreeSet<usize> = BTreeSet::new();
        let mut next = vec![step];
        while let Some(at) = next.pop() {
            let Some(step) = pipeline.steps.get(at).filter(|_| seen.insert(at)) else { continue };
            next.extend(step.after.iter().map(|s| *s as usize));
            if let StepAction::Test(tables) = &step.action {
                tested.all |= tables.is_empty();
                tested.tables.extend(tables);
            }
        }
        tested
    }

    fn has(&self, id: TableId) -> bool {
        self.all || self.tables.contains(&id)
    }
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

/// Whether a rule may take an assertion for a proof. One that only warns proves nothing.
fn vouches(assertion: &Assertion) -> bool {
    !assertion.warn && matches!(assertion.kind, AssertionKind::Unique(_) | AssertionKind::References(..) | AssertionKind::KAnonymous(..))
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
