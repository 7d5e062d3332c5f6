//! Small groups at sinks that are cleared for aggregates over enough people: how many rows there are of patients is a count of patients, whatever the rows
//! tell, and no label is on `count(*)`.

use super::bystanders::{self, Bystander};
use super::path;
use super::sinks::Sink;
use super::stands::{Stands, behind, is_list, is_spread};
use super::trace;
use crate::base::{Ident, Span};
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::ir::{
    AggregateCall, CategoryId, Clearance, Expr, ExprKind, Form, Level, Program, SetExpr, Subject, Table, TableId, TableKind, every_expr,
    find,
};
use std::collections::BTreeSet;

/// Refuses every table that a sink cleared for `aggregated(k)` receives, and whose rows are not proven to stand for at least `k` of a subject, or for none.
/// What was `refused` there is one message already. Where the clearance admits pseudonyms of the subject, or its key tells nothing, its rows may be anybody's.
pub(super) fn check<'s>(program: &Program, sinks: &'s [Sink<'_>], refused: BTreeSet<(&'s str, TableId)>, diagnostics: &mut Diagnostics) {
    let mut said = refused;
    if program.subjects.is_empty() {
        nobody_said(program, sinks, &said, diagnostics);
    }
    declared(program, sinks, &mut said, diagnostics);
    bystanding(program, sinks, &mut said, diagnostics);
}

type Said<'s> = BTreeSet<(&'s str, TableId)>;

fn declared<'s>(program: &Program, sinks: &'s [Sink<'_>], said: &mut Said<'s>, diagnostics: &mut Diagnostics) {
    for subject in &program.subjects {
        let asking: Vec<(&Sink<'_>, u32)> = sinks.iter().filter_map(|s| Some((s, asked(program, s.clearance?, subject)?))).collect();
        let wanted: BTreeSet<TableId> = asking.iter().flat_map(|(s, _)| s.receives.iter().map(|(table, ..)| *table)).collect();
        if wanted.is_empty() {
            continue;
        }
        let stands = Stands::of(program, subject, &wanted);
        for (sink, k) in asking {
            for (table, _, sent) in &sink.receives {
                if stands.least(*table) < k
                    && !program.open.contains(table)
                    && said.insert((&sink.what, *table))
                    && let Some(problem) = refusal(program, (sink, k), (*table, *sent), &subject.name)
                {
                    let mut steps = stands.way(program, *table, subject);
                    steps.push(trace::arrival(sink, *sent));
                    let ways = ways_out(program, &stands, (*table, subject), k);
                    diagnostics.push(ways.into_iter().fold(problem, Diagnostic::help).trace(steps));
                }
            }
        }
    }
}

/// Refuses what is told of fewer of somebody whom rows name beside a subject, and who is none himself.
fn bystanding<'s>(program: &Program, sinks: &'s [Sink<'_>], said: &mut Said<'s>, diagnostics: &mut Diagnostics) {
    let asking = |s: &'s Sink<'_>| Some((s, s.clearance?.aggregated.filter(|_| s.clearance.is_some_and(|c| !c.everything))?));
    let asking: Vec<(&Sink<'_>, u32)> = sinks.iter().filter_map(asking).collect();
    let wanted: BTreeSet<TableId> = asking.iter().flat_map(|(s, _)| s.receives.iter().map(|(table, ..)| *table)).collect();
    for bystander in bystanders::of(program, &wanted) {
        let stands = Stands::of_named(program, &bystander.who, &wanted);
        for (sink, k) in &asking {
            for (id, _, sent) in &sink.receives {
                if stands.least(*id) < *k
                    && sink.clearance.is_some_and(|clearance| bystander.is_hidden(program, clearance))
                    && !program.open.contains(id)
                    && said.insert((&sink.what, *id))
                    && let Some(problem) = also_named(program, (sink, *k), (*id, *sent), &bystander)
                {
                    let mut steps = stands.way(program, *id, &bystander.who);
                    steps.push(trace::arrival(sink, *sent));
                    diagnostics.push(problem.trace(steps));
                }
            }
        }
    }
}

fn also_named(program: &Program, (sink, k): (&Sink<'_>, u32), (id, sent): (TableId, Span), bystander: &Bystander) -> Option<Diagnostic> {
    let (table, by) = (program.table(id)?, program.table(bystander.by.0)?);
    let column = &by.columns.get(bystander.by.1 as usize)?.name;
    let message = format!(
        "nothing proves that rows of `{}` stand for at least {k} of those whom `{}.{column}` names, as {} with {} asks",
        table.name,
        by.name,
        sink.what,
        trace::cleared(sink)
    );
    let key = format!("{}.{}", program.table(bystander.who.table).map_or_else(String::new, path::table_name), bystander.who.key);
    Some(
        Diagnostic::error(Code::SmallGroups, sent, message)
            .label(format!("sends `{}`", table.name))
            .mark(by.at, "its rows name somebody who is no declared subject, too")
            .mark(sink.declared, "may receive only what its clearance admits")
            .help(format!("say who that is: declare `subject <name> key {key}`, or write `references` at the column where it names a subject that is declared"))
            .help(format!("then keep groups of enough of them, too: `and count(distinct …) >= {k}` of `{column}`")),
    )
}

/// Without a subject nothing says whose rows are counted: refuses what is made of tables that name somebody.
fn nobody_said(program: &Program, sinks: &[Sink<'_>], said: &BTreeSet<(&str, TableId)>, diagnostics: &mut Diagnostics) {
    for sink in sinks {
        let Some(k) = sink.clearance.and_then(|c| c.aggregated.filter(|_| !c.everything)) else { continue };
        let open = |table: &TableId| said.contains(&(&*sink.what, *table)) || program.open.contains(table);
        let found = sink
            .receives
            .iter()
            .filter(|(table, ..)| !open(table))
            .find_map(|(table, _, sent)| Some((*table, *sent, naming(program, *table)?)));
        let Some((id, sent, (of, column))) = found else { continue };
        let (Some(table), Some(named)) = (program.table(id), program.table(of)) else { continue };
        let message = format!(
            "nobody has said who is protected: rows of `{}` are counts of whoever `{}.{column}` names, and {} is cleared for groups of {k}",
            table.name, named.name, sink.what
        );
        let problem =
            Diagnostic::error(Code::SmallGroups, sent, message).label(format!("sends `{}`", table.name)).mark(named.at, "names somebody");
        diagnostics.push(problem.mark(sink.declared, "may receive only what its clearance admits").help(format!(
            "declare whom: `subject patient key {}.<column>`, the column that names each of them once; the groups are held to {k} of them then",
            named.name
        )));
    }
}

/// The first table behind another that names somebody, and the column.
fn naming(program: &Program, table: TableId) -> Option<(TableId, &Ident)> {
    let mut seen = BTreeSet::from([table]);
    let mut next = vec![table];
    while let Some(here) = next.pop() {
        let read = program.table(here)?;
        let names = |category: &CategoryId| {
            let letter = program.category(*category).and_then(|c| c.safe_harbor);
            *category == CategoryId(0) || matches!(letter, Some('A' | 'D'..='R'))
        };
        let column = read.columns.iter().find(|c| c.label.values().iter().any(|(category, _)| names(category)));
        if let (Some(column), false) = (column, matches!(read.kind, TableKind::Model(_))) {
            return Some((here, &column.name));
        }
        next.extend(read.reads.iter().filter(|id| seen.insert(**id)));
    }
    None
}

/// How many of a subject what a clearance admits has to stand for, if any.
fn asked(program: &Program, clearance: &Clearance, subject: &Subject) -> Option<u32> {
    let k = clearance.aggregated.filter(|_| !clearance.everything)?;
    let key = program.table(subject.table)?.columns.iter().find(|c| c.name == subject.key)?;
    let hidden = |(category, _): &(_, Level)| !clearance.admits(*category, Level::of(Form::Pseudonym));
    key.label.values().iter().any(hidden).then_some(k)
}

fn refusal(program: &Program, (sink, k): (&Sink<'_>, u32), (id, sent): (TableId, Span), subject: &Ident) -> Option<Diagnostic> {
    let table = program.table(id)?;
    let clearance = trace::cleared(sink);
    let message = format!(
        "nothing proves that rows of `{}` stand for at least {k} of `{subject}`, as {} with {clearance} asks",
        table.name, sink.what
    );
    let problem = Diagnostic::error(Code::SmallGroups, sent, message)
        .label(format!("sends `{}`", table.name))
        .mark(table.at, format!("`{}`", table.name))
        .mark(sink.declared, "may receive only what its clearance admits");
    let problem = if adds_up(table) {
        problem.help(format!("a sum or a mean is of them all where its column is stored in rows of people and holds {k} values in each group, or it says how many rows hold which of few: add `and count(distinct …) >= {k}` of that column, and group by what finds a number in a list"))
    } else {
        problem
    };
    Some(if program.facts.contains_key(&id) {
        problem.help(format!(
            "withhold its small cells: write `min_group {k} of subject {subject}` behind the fact, and name the subject in each metric"
        ))
    } else {
        problem
            .help(format!("keep groups of enough people only, `having count(distinct …) >= {k}` of the column that names each `{subject}`, and count no part of them; of groups that share rows, as trailing windows do, that proves nothing"))
            .help(format!("or make a fact of metrics with `min_group {k} of subject {subject}`, or `release(…)` what is counted with a reason"))
    })
}

/// What else would mend it: of tables of which nobody said whose rows they are, and of aggregates that show rows.
fn ways_out(program: &Program, stands: &Stands, (id, subject): (TableId, &Subject), k: u32) -> Vec<String> {
    let unsaid = stands.unsaid(program, id, subject).map(|table| {
        let key = format!("{}.{}", program.table(subject.table).map_or_else(String::new, path::table_name), subject.key);
        format!("nobody has said whose the rows of `{}` are: write `references {key}` at the column that names the `{}`, or classify what is of no person", path::table_name(table), subject.name)
    });
    let lists = calls(program, id, is_list).map(|name| {
        format!("`{name}` shows rows of a group one by one: group by the value, too, so that each has {k} behind it, or tell its `min`, its `max`, or how many there are")
    });
    let spreads = calls(program, id, is_spread)
        .map(|name| format!("`{name}` is a second sum, of squares, and spells which values rows hold: tell the mean, or `release({name}(…), …)` with a reason"));
    unsaid.into_iter().chain(lists).chain(spreads).collect()
}

/// Whether a table's own groups tell more than how many rows they have.
fn adds_up(table: &Table) -> bool {
    let TableKind::Model(model) = &table.kind else { return false };
    let SetExpr::Select(select) = &model.query.body else { return false };
    let sums = |e: &Expr| matches!(&e.kind, ExprKind::Aggregate(call) if !call.star && !call.distinct);
    select.having.is_some() && select.items.iter().any(|i| find(&i.expr, &sums).is_some())
}

/// The first aggregate of a kind behind a table.
fn calls(program: &Program, table: TableId, is: fn(&Program, &AggregateCall) -> bool) -> Option<&str> {
    let of_table = |id: &TableId| {
        let TableKind::Model(model) = &program.table(*id)?.kind else { return None };
        let mut found = None;
        every_expr(&model.query, &mut |e| {
            let ExprKind::Aggregate(call) = &e.kind else { return };
            found = found.or_else(|| is(program, call).then(|| program.function(call.function)).flatten());
        });
        found.map(|function| &*function.name)
    };
    behind(program, table).iter().find_map(of_table)
}
