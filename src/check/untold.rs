use super::path::{self, table_name};
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::ir::{Assertion, AssertionKind, CategoryId, Column, Edge, Form, Label, Level, Origin, Program, Table, TableId, TableKind};
use std::collections::BTreeSet;

/// A column that references another holds nothing but its values, and tells what they tell. Refuses declarations that say less: of sources, seeds and
/// own tables, and, where a model asserts it, of the stored column that one side is a copy of, or of the computed one that it is: what the other one is a
/// copy of, or, where that is computed, what it tells, is in it.
pub(super) fn check(program: &Program, diagnostics: &mut Diagnostics) {
    // A declaration is told once, however many models assert the same of it.
    let mut known: BTreeSet<[At; 2]> = BTreeSet::new();
    for (id, table) in program.tables() {
        for assertion in table.assertions.iter().filter(|a| !a.warn) {
            let AssertionKind::References(column, other, theirs) = assertion.kind else { continue };
            let to = stored(program, (other, theirs)).unwrap_or((other, theirs));
            let Some(from) = stored(program, (id, column)) else {
                computed(program, (table, assertion), [(id, column), to]).into_iter().for_each(|problem| diagnostics.push(problem));
                continue;
            };
            // A model's own annotation may have said it.
            let said = table.columns.get(column as usize).map_or(Label::PUBLIC, |c| c.label.clone());
            if let Some(problem) = untold(program, (table, assertion, &said), [from, to]).filter(|_| known.insert([from, to])) {
                diagnostics.push(problem);
            }
        }
    }
}

/// A column, by table and position.
type At = (TableId, u32);

fn untold(
    program: &Program,
    (table, assertion, said): (&Table, &Assertion, &Label),
    [(id, column), (other, theirs)]: [At; 2],
) -> Option<Diagnostic> {
    let (from, to) = (path::column_of(program, id, column)?.1, path::column_of(program, other, theirs)?.1);
    let missing = less(&from.label.join(said), &to.label);
    if missing.is_empty() {
        return None;
    }
    Some(saying_less(program, (table, assertion), ((id, column), from), ((other, theirs), to), &missing))
}

fn saying_less(
    program: &Program,
    (table, assertion): (&Table, &Assertion),
    (at, from): (At, &Column),
    (other, to): (At, &Column),
    missing: &[CategoryId],
) -> Diagnostic {
    let (own, target) = (path::qualified(program, at.0, at.1), path::qualified(program, other.0, other.1));
    let categories: Vec<&str> = missing.iter().filter_map(|c| Some(program.category(*c)?.name.as_str())).collect();
    let told: Vec<String> = categories.iter().map(|c| format!("`{c}`")).collect();
    let message = if missing.contains(&CategoryId::UNCLASSIFIED) {
        format!("`{own}` holds values of `{target}`, of which nobody has said what it tells, and says that it tells less")
    } else {
        format!("`{own}` holds values of `{target}`, which tells {}, and says that it tells less", told.join(", "))
    };
    let mut problem = Diagnostic::error(Code::ReferenceUntold, from.at, message).mark(to.at, format!("`{target}`"));
    if matches!(table.kind, TableKind::Model(_)) {
        problem = problem.mark(assertion.at, format!("`{}` asserts it", table_name(table)));
    }
    problem.help(annotation(program, from, &target, missing))
}

/// What is computed and holds values of a column tells what they tell, too, unless it is made of what tells that: a mask or a release left less of it.
fn computed(program: &Program, (table, assertion): (&Table, &Assertion), [from, to]: [At; 2]) -> Option<Diagnostic> {
    let (own, theirs) = (path::column_of(program, from.0, from.1)?.1, path::column_of(program, to.0, to.1)?.1);
    let lowered = |category: &CategoryId| made_of(program, from).iter().any(|at| path::level_of(program, *at, *category).is_some());
    let missing: Vec<CategoryId> = less(&own.label, &theirs.label).into_iter().filter(|c| !lowered(c)).collect();
    (!missing.is_empty()).then(|| saying_less(program, (table, assertion), (from, own), (to, theirs), &missing))
}

/// The columns that a column is computed from, and those these are.
fn made_of(program: &Program, at: At) -> BTreeSet<At> {
    let mut found = BTreeSet::new();
    let mut next = vec![at];
    while let Some(here) = next.pop() {
        let origins = path::column_of(program, here.0, here.1).into_iter().flat_map(|(_, c)| c.from.iter());
        let values = origins.filter(|o| o.edge != Edge::Control && o.column != Origin::ROWS).map(|o| (o.table, o.column));
        next.extend(values.filter(|at| found.insert(*at)));
    }
    found
}

/// The stored column that a column is a copy of: itself, or, in models, the one it was taken from as it is. What a mask or a release left of one tells
/// less with good reason.
fn stored(program: &Program, mut at: At) -> Option<At> {
    // Each step goes to a table that is built before.
    loop {
        let (table, column) = path::column_of(program, at.0, at.1)?;
        if !matches!(table.kind, TableKind::Model(_)) {
            return Some(at);
        }
        at = column.intact.filter(|o| o.edge == Edge::Value).map(|o| (o.table, o.column))?;
    }
}

/// The categories that the first label does not say as the second does; nobody having said anything says all.
fn less(said: &Label, wanted: &Label) -> Vec<CategoryId> {
    let covers = |category: CategoryId, level: Level| {
        said.values().iter().any(|(c, have)| (*c == category || *c == CategoryId::UNCLASSIFIED) && have.join(level) == *have)
    };
    // How many people are behind an aggregate is no part of what a stored value tells.
    let told = wanted.values().iter().filter(|(_, level)| level.form > Form::Public);
    told.filter(|(c, level)| !covers(*c, Level::of(level.form))).map(|(c, _)| *c).collect()
}

/// What has to be written: all categories that the values tell.
fn annotation(program: &Program, from: &Column, target: &str, missing: &[CategoryId]) -> String {
    if missing.contains(&CategoryId::UNCLASSIFIED) {
        return format!(
            "say what `{target}` tells with `@category`, or `@public` if it tells nothing, and here the same; `pipec classify` proposes one"
        );
    }
    let name = |c: &CategoryId| program.category(*c).map(|c| format!("@{}", c.name));
    let annotations: Vec<String> = missing.iter().filter_map(name).collect();
    if from.label.values().is_empty() {
        format!("annotate it `{}` in place of `@public`", annotations.join(" "))
    } else {
        format!("annotate it `{}`, too", annotations.join(" "))
    }
}
