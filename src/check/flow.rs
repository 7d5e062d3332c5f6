use super::path::{self, Hop};
use super::sinks::Sink;
use super::{fixes, trace};
use crate::base::Span;
use crate::diag::{Code, Diagnostic, Diagnostics, Severity};
use crate::ir::{CategoryId, Clearance, Column, Level, Program, Table, TableId, Type};
use std::collections::{BTreeMap, BTreeSet};

/// More columns of one table than this are one message.
const MOST_APART: usize = 6;

/// A column that tells a sink more than it may learn.
struct Leak<'p> {
    table: TableId,
    position: u32,
    column: &'p Column,
    excess: Vec<(CategoryId, Level)>,
}

impl Leak<'_> {
    /// Whether all that is wrong with it is that nobody has said what it tells.
    fn unclassified(&self) -> bool {
        self.excess.iter().all(|(c, _)| *c == CategoryId::UNCLASSIFIED)
    }
}

/// Refuses every column that tells a sink more than its clearance admits, as value or through the conditions that shaped its rows; each once per
/// sink, however often it is sent there. Which tables are refused where.
pub(super) fn check<'s>(program: &Program, sinks: &'s [Sink<'_>], diagnostics: &mut Diagnostics) -> BTreeSet<(&'s str, TableId)> {
    let mut said: BTreeSet<(&str, TableId, u32)> = BTreeSet::new();
    let mut chosen: BTreeSet<(&str, TableId)> = BTreeSet::new();
    for sink in sinks {
        for (id, columns, sent) in &sink.receives {
            let Some(table) = program.table(*id) else { continue };
            let mut leaks = Vec::new();
            let mut control: BTreeSet<CategoryId> = BTreeSet::new();
            for position in columns {
                let Some(column) = table.columns.get(*position as usize).filter(|c| c.ty != Type::Error) else { continue };
                let excess = refused(sink.clearance, column.label.values());
                control.extend(refused(sink.clearance, column.label.controls()).into_iter().map(|(c, _)| c));
                if !excess.is_empty() && said.insert((&sink.what, *id, *position)) {
                    leaks.push(Leak { table: *id, position: *position, column, excess });
                }
            }
            report(program, (sink, *sent), table, leaks, diagnostics);
            if !control.is_empty() && chosen.insert((&sink.what, *id)) {
                let problem = control_leak(program, (sink, *sent), (*id, table), &control);
                let warns = sink.clearance.is_some_and(|c| c.control_warns);
                diagnostics.push(if warns { warned(problem) } else { problem });
            }
        }
    }
    said.into_iter().map(|(sink, table, _)| (sink, table)).chain(chosen).collect()
}

type To<'s, 'p> = (&'s Sink<'p>, Span);

fn refused(clearance: Option<&Clearance>, told: &[(CategoryId, Level)]) -> Vec<(CategoryId, Level)> {
    let admitted = |(category, level): &&(CategoryId, Level)| clearance.is_some_and(|c| c.admits(*category, *level));
    told.iter().filter(|t| !admitted(t)).copied().collect()
}

/// A message per column, or one for all of them where they are many.
fn report(program: &Program, to: To<'_, '_>, table: &Table, leaks: Vec<Leak<'_>>, diagnostics: &mut Diagnostics) {
    let (unclassified, told): (Vec<_>, Vec<_>) = leaks.into_iter().partition(Leak::unclassified);
    for group in [told, unclassified] {
        if group.len() > MOST_APART {
            diagnostics.extend(together(program, to, table, &group));
        } else {
            group.iter().for_each(|one| diagnostics.push(leak(program, to, table, one)));
        }
    }
}

fn leak(program: &Program, (sink, sent): To<'_, '_>, table: &Table, leak: &Leak<'_>) -> Diagnostic {
    let told: Vec<String> = leak.excess.iter().map(|(c, l)| path::told_as(program, *c, *l)).collect();
    let code = if leak.unclassified() { Code::Unclassified } else { sink.code };
    let (name, clearance) = (format!("{}.{}", table.name, leak.column.name), trace::cleared(sink));
    let message = if leak.unclassified() {
        format!("`{name}` reaches {} with {clearance}, and nobody has said what it tells about a person", sink.what)
    } else {
        format!("`{name}` tells {} to {} with {clearance}", told.join(", "), sink.what)
    };
    let mut diagnostic = Diagnostic::error(code, sent, message)
        .label(format!("sends `{}`", table.name))
        .mark(leak.column.at, format!("`{name}`"))
        .mark(sink.declared, "may receive only what its clearance admits");
    let first = leak.excess.first().map_or(CategoryId::UNCLASSIFIED, |(c, _)| *c);
    let way = path::value_way(program, (leak.table, leak.position), first);
    if let Some(source) = way.first().filter(|h| h.table != leak.table) {
        diagnostic = diagnostic.mark(at(program, source), format!("comes from `{}`", path::called(program, source)));
    }
    for help in fixes::for_value(program, sink.clearance, (leak.table, leak.position), &leak.excess) {
        diagnostic = diagnostic.help(help);
    }
    let mut steps = trace::value(program, &way, first);
    steps.push(trace::arrival(sink, sent));
    diagnostic.trace(steps)
}

fn at(program: &Program, hop: &Hop<'_>) -> Span {
    path::place(program, hop.table, hop.column)
}

/// Many columns of one table: what they tell, by category; the way of the first.
fn together(program: &Program, (sink, sent): To<'_, '_>, table: &Table, leaks: &[Leak<'_>]) -> Diagnostics {
    let mut found = Diagnostics::new();
    let Some(first) = leaks.first() else { return found };
    let mut by_category: BTreeMap<CategoryId, Vec<&Leak<'_>>> = BTreeMap::new();
    for leak in leaks {
        leak.excess.iter().for_each(|(c, _)| by_category.entry(*c).or_default().push(leak));
    }
    let clearance = trace::cleared(sink);
    let count = leaks.len();
    let (code, message) = if first.unclassified() {
        let message = format!(
            "{count} columns of `{}` reach {} with {clearance}, and nobody has said what they tell about a person",
            table.name, sink.what
        );
        (Code::Unclassified, message)
    } else {
        let names: Vec<String> = by_category.keys().filter_map(|c| Some(format!("`{}`", program.category(*c)?.name))).collect();
        (sink.code, format!("{count} columns of `{}` tell {} to {} with {clearance}", table.name, names.join(", "), sink.what))
    };
    let mut diagnostic = Diagnostic::error(code, sent, message)
        .label(format!("sends `{}`", table.name))
        .mark(sink.declared, "may receive only what its clearance admits");
    for (category, columns) in by_category {
        let names: Vec<String> = columns.iter().map(|l| format!("`{}`", l.column.name)).collect();
        let levels: BTreeSet<String> =
            columns.iter().flat_map(|l| &l.excess).filter(|(c, _)| *c == category).map(|(c, l)| path::told_as(program, *c, *l)).collect();
        let levels: Vec<String> = levels.into_iter().collect();
        let one: Vec<_> = columns.iter().take(1).flat_map(|l| l.excess.iter().filter(|(c, _)| *c == category).copied()).collect();
        let fix = columns.first().and_then(|l| fixes::for_value(program, sink.clearance, (l.table, l.position), &one).into_iter().next());
        diagnostic = diagnostic.help(format!("{} in {}: {}", levels.join(", "), names.join(", "), fix.unwrap_or_default()));
    }
    let category = first.excess.first().map_or(CategoryId::UNCLASSIFIED, |(c, _)| *c);
    let mut steps = trace::value(program, &path::value_way(program, (first.table, first.position), category), category);
    steps.push(trace::arrival(sink, sent));
    found.push(diagnostic.trace(steps));
    found
}

/// `control warn`: the clearance takes conditions upon itself, and is told of each.
fn warned(problem: Diagnostic) -> Diagnostic {
    Diagnostic { code: Code::ControlWarned, severity: Severity::Warning, ..problem }
}

fn control_leak(
    program: &Program,
    (sink, sent): To<'_, '_>,
    (id, table): (TableId, &Table),
    categories: &BTreeSet<CategoryId>,
) -> Diagnostic {
    let name = |c: &CategoryId| program.category(*c).map_or("unclassified", |c| c.name.as_str());
    let names: Vec<String> = categories.iter().map(|c| format!("`{}`", name(c))).collect();
    let clearance = trace::cleared(sink);
    let mut diagnostic = Diagnostic::error(
        Code::ControlLeak,
        sent,
        format!("which rows `{}` has depends on {}, which {} with {clearance} may not learn", table.name, names.join(", "), sink.what),
    )
    .label(format!("sends `{}`", table.name));
    let (mut steps, mut marked, mut fix) = (Vec::new(), BTreeSet::new(), Vec::new());
    for category in categories {
        let way = path::control_way(program, id, *category);
        let Some(condition) = &way.condition else { continue };
        if marked.insert(condition.at) {
            let chosen = way.tables.first().and_then(|t| program.table(*t)).map(path::table_name).unwrap_or_default();
            diagnostic = diagnostic.mark(condition.at, format!("chooses the rows of `{chosen}` by `{}`", name(category)));
        }
        if steps.is_empty() {
            steps = trace::control(program, &way, *category);
            fix = fixes::for_control(program, sink.clearance, &way, *category);
        }
    }
    if marked.is_empty() {
        diagnostic = diagnostic.mark(table.at, "its rows were chosen by a condition on such a value");
    }
    diagnostic = diagnostic.mark(sink.declared, "may receive only what its clearance admits");
    for help in
        fix.into_iter().chain(["choose rows by values the clearance admits, or `release(…)` the condition with a reason".to_owned()])
    {
        diagnostic = diagnostic.help(help);
    }
    steps.push(trace::arrival(sink, sent));
    diagnostic.trace(steps)
}
