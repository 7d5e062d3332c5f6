use super::stands::Stands;
use super::trace;
use crate::base::{Ident, Span};
use crate::diag::{Code, Diagnostic, Diagnostics, FlowStep};
use crate::ir::{
    AssertionKind, Column, Counted, Edge, Expr, ExprKind, Form, FunctionKind, Origin, Program, SetExpr, SmallestGroup, Subject, Table,
    TableId, TableKind, Unwithheld,
};
use std::collections::BTreeSet;

/// Refuses groups that are counted by a column that is not proven to name the subject. A count of visits is no count of patients.
pub(super) fn check(program: &Program, diagnostics: &mut Diagnostics) {
    for subject in &program.subjects {
        let Some(table) = program.table(subject.table) else { continue };
        if !table.columns.iter().any(|c| c.name == subject.key) {
            let message = format!("`{}` has no column `{}`", table.name, subject.key);
            let problem = Diagnostic::error(Code::UnknownColumn, subject.at, message).label("should name each of them once");
            diagnostics.push(problem.suggest(subject.key.as_str(), table.columns.iter().map(|c| c.name.as_str())));
        }
    }
    for counted in &program.counted {
        let said = counted.subject.as_ref();
        let known = said.is_none_or(|name| program.subjects.iter().any(|s| s.name == *name));
        // An unknown subject has been reported where its name was read.
        if known && !names(program, said, (counted.table, counted.column)) {
            diagnostics.push(refusal(program, said, counted));
        }
    }
    for told in &program.unwithheld {
        let columns = program.table(told.table).map_or(0, |t| t.columns.len());
        let naming = (0u32..).take(columns).find(|c| names(program, Some(&told.subject), (told.table, *c)));
        if let Some(column) = naming {
            diagnostics.push(not_withheld(program, told, column));
        }
    }
}

/// Refuses an export whose tables are not proven to be grouped as it asks: by a fact's own smallest group, by `having` (see `stands`), or, for rows of
/// people, by an assertion that fails the build.
pub(super) fn exports(program: &Program, diagnostics: &mut Diagnostics) {
    for export in &program.exports {
        let Some(asked) = &export.min_group else { continue };
        let Some(subject) = program.subjects.iter().find(|s| s.name == asked.subject) else {
            let problem = Diagnostic::error(Code::UnknownName, asked.at, format!("no subject is called `{}`", asked.subject));
            diagnostics.push(problem.suggest(asked.subject.as_str(), program.subjects.iter().map(|s| s.name.as_str())));
            continue;
        };
        let tables = export.tables.iter().map(|t| t.table).collect();
        let stands = Stands::of(program, subject, &tables);
        for exported in &export.tables {
            let Some(table) = program.table(exported.table) else { continue };
            let fact = program.grouped.get(&exported.table).is_some_and(|g| g.k >= asked.k && g.subject == asked.subject);
            let proven = || fact || rows_of_groups(program, asked, exported.table, table) || stands.least(exported.table) >= asked.k;
            if !proven() {
                let mut steps = stands.way(program, exported.table, subject);
                steps.push(FlowStep { at: exported.at, text: format!("export `{}`", export.name) });
                diagnostics.push(ungrouped(asked, table, exported.at).trace(steps));
            }
        }
    }
}

/// Whether each row is one person, and at least `k` rows share what an assertion lists.
fn rows_of_groups(program: &Program, asked: &SmallestGroup, id: TableId, table: &Table) -> bool {
    let one_each = |columns: &[u32]| matches!(columns, [column] if names(program, Some(&asked.subject), (id, *column)));
    let failing = || table.assertions.iter().filter(|a| !a.warn);
    let people = one_each(&table.key) || failing().any(|a| matches!(&a.kind, AssertionKind::Unique(columns) if one_each(columns)));
    people && failing().any(|a| matches!(a.kind, AssertionKind::KAnonymous(k, _) if k >= asked.k))
}

fn ungrouped(asked: &SmallestGroup, table: &Table, sent: Span) -> Diagnostic {
    let message = format!("nothing proves that rows of `{}` stand for at least {} of `{}`", table.name, asked.k, asked.subject);
    Diagnostic::error(Code::SmallGroups, sent, message)
        .mark(asked.at, "asked for here")
        .help(format!("an export withholds nothing: send a fact with `min_group {} of subject {}`, which does", asked.k, asked.subject))
        .help(format!("or groups that `having count(distinct …) >= {}` of the column that names each `{}` keeps", asked.k, asked.subject))
        .help(format!(
            "or, where a row is a person, assert `unique(…)` of the column that names them, and `k_anonymous({}, by: (…))`",
            asked.k
        ))
}

/// A count of visits in which one visit is one patient is a count of patients, however it is written.
fn not_withheld(program: &Program, told: &Unwithheld, column: u32) -> Diagnostic {
    let table = program.table(told.table);
    let column = table.and_then(|t| t.columns.get(column as usize)).map_or("", |c| c.name.as_str());
    let message = format!("metric `{}` is told however few a `{}` its cells stand for", told.metric, told.subject);
    Diagnostic::error(Code::NotWithheld, told.at, message)
        .help(format!("count people, with `subject {column}`: `value = count(distinct {column})`"))
        .help("or put the metric into a fact of its own, or `release(…)` its value with a reason")
}

/// Whether the distinct values of a column are at most as many as the subjects behind them: then at least `k` values are at least `k` people.
/// That holds for the subject's key; for a column that references such a column by an assertion that fails the build; for one that comes from
/// such a column unchanged, through any number of models; and for a pseudonym of one, made with the same key and domain in every row.
/// NULL is never counted. `None` as subject: any declared one.
pub(super) fn names(program: &Program, subject: Option<&Ident>, column: (TableId, u32)) -> bool {
    let subjects: Vec<&Subject> = program.subjects.iter().filter(|s| subject.is_none_or(|name| s.name == *name)).collect();
    let mut seen = BTreeSet::new();
    let mut todo = vec![column];
    while let Some(here) = todo.pop() {
        let Some(table) = program.table(here.0) else { continue };
        let Some(column) = table.columns.get(here.1 as usize) else { continue };
        if !seen.insert(here) {
            continue;
        }
        if subjects.iter().any(|s| s.table == here.0 && s.key == column.name) {
            return true;
        }
        let referenced = table.assertions.iter().filter_map(|a| match a.kind {
            AssertionKind::References(from, other, to) if from == here.1 && !a.warn => Some((other, to)),
            _ => None,
        });
        todo.extend(referenced);
        todo.extend(column.intact.map(|o| (o.table, o.column)));
        todo.extend(pseudonym_of(program, table, column, here.1));
    }
    false
}

/// The column that a pseudonym stands for. A mask takes one column as it is, so with constants beside it there are never more pseudonyms
/// than values; a domain that changes from row to row would give one person several.
fn pseudonym_of(program: &Program, table: &Table, column: &Column, position: u32) -> Option<(TableId, u32)> {
    let TableKind::Model(model) = &table.kind else { return None };
    let SetExpr::Select(select) = &model.query.body else { return None };
    let item = select.items.get(position as usize)?;
    let ExprKind::Call { function, args } = &item.expr.kind else { return None };
    let function = program.function(*function)?;
    let to = function.transition.as_ref().map(|t| t.to);
    let (_, others) = args.split_first()?;
    if function.kind != FunctionKind::Mask || to != Some(Form::Pseudonym) || !others.iter().all(constant) {
        return None;
    }
    let mut values = column.from.iter().filter(|o| o.edge == Edge::Value && o.column != Origin::ROWS);
    let origin = values.next()?;
    values.next().is_none().then_some((origin.table, origin.column))
}

fn constant(argument: &Expr) -> bool {
    match &argument.kind {
        ExprKind::Literal(_) => true,
        ExprKind::Cast(inner) => constant(inner),
        _ => false,
    }
}

fn refusal(program: &Program, subject: Option<&Ident>, counted: &Counted) -> Diagnostic {
    let table = program.table(counted.table);
    let name = table.map_or("", |t| t.name.as_str());
    let column = table.and_then(|t| t.columns.get(counted.column as usize)).map_or("", |c| c.name.as_str());
    let subject = subject.map_or(program.subjects.first(), |name| program.subjects.iter().find(|s| s.name == *name));
    let Some(subject) = subject else {
        let message = format!("nothing says whom `{name}.{column}` names, so its counts prove no group size");
        return Diagnostic::error(Code::MetricShape, counted.at, message)
            .help("declare whom the platform protects: `subject patient key <table>.<column>`");
    };
    let key = format!("{}.{}", program.table(subject.table).map_or("", |t| t.name.as_str()), subject.key);
    Diagnostic::error(
        Code::MetricShape,
        counted.at,
        format!("nothing proves that `{name}.{column}` names a `{}`, so its counts prove no cell size", subject.name),
    )
    .mark(subject.at, format!("each `{}` is named once here", subject.name))
    .help(format!("add `assert {column} references {key}` to `{name}`, or count by a column that comes unchanged from `{key}`"))
    .trace(trace::column(program, (counted.table, counted.column)))
}
