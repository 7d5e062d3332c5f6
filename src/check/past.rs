use super::principals::{self, Principal};
use super::seen::{column_at, column_name};
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::ir::{AsOf, CategoryId, Column, DatedMask, Form, Level, Program, TableId};
use std::collections::{BTreeMap, BTreeSet};

/// The categories whose masks keep ages over 89 together, 45 CFR 164.514(b)(2)(i)(C).
const AGES: [&str; 2] = ["birth_date", "age"];
/// The age from which on all count as one.
const TOGETHER: i32 = 90;

/// Refuses ages and years of birth that are counted on a day of a year that is over: who was 88 then and is 91 today stands there with a year of
/// birth, or an age, that tells an age over 89. A `cap` that is lower by the years since makes up for it; a clearance that admits `partial` of a birth, as
/// an Expert Determination may, admits this. The same project gets there by itself as years pass, so the host says which day it is, as for
/// determinations; a day that nobody can read off is refused whatever the day.
pub fn check(program: &Program, today: Option<&str>, diagnostics: &mut Diagnostics) {
    let now: Option<i32> = today.and_then(|t| t.split_once('-')).and_then(|(year, _)| year.parse().ok());
    let over = over(program, now);
    if over.is_empty() {
        return;
    }
    let mut said: BTreeSet<(&str, TableId, u32)> = BTreeSet::new();
    let principals = principals::of(program);
    for principal in &principals {
        for reads in &principal.reads {
            let found = over.get(&(reads.table, reads.column)).filter(|(_, category)| !admits(principal, *category));
            let Some((mask, _)) = found else { continue };
            if said.insert((&principal.what, reads.table, mask.at.start)) {
                let problem = refusal(principal, mask, &column_name(program, reads), now);
                diagnostics.push(problem.mark(column_at(program, reads), "tells of it").mark(reads.at, "sent here"));
            }
        }
    }
}

fn admits(principal: &Principal<'_>, category: CategoryId) -> bool {
    principal.clearance.is_some_and(|k| k.admits(category, Level::of(Form::Partial)))
}

/// Whether ages counted on that day may tell one over 89 in the year it is.
fn is_over(day: AsOf, now: Option<i32>) -> bool {
    match (day, now) {
        (AsOf::Daily, _) | (AsOf::Fixed { .. }, None) => false,
        (AsOf::Fixed { year, cap }, Some(now)) => {
            let since = now.saturating_sub(year);
            since > 0 && cap.is_none_or(|cap| cap > TOGETHER.saturating_sub(since))
        }
        (AsOf::Unclear, _) => true,
    }
}

/// The columns that tell what such a mask leaves, as a value or by a condition, in the model that calls it and in all that are made from it.
fn over(program: &Program, now: Option<i32>) -> BTreeMap<(TableId, u32), (&DatedMask, CategoryId)> {
    let mut found: BTreeMap<(TableId, u32), (&DatedMask, CategoryId)> = BTreeMap::new();
    let mut calls: BTreeMap<TableId, Vec<&DatedMask>> = BTreeMap::new();
    program.dated.iter().filter(|d| is_over(d.day, now)).for_each(|d| calls.entry(d.table).or_default().push(d));
    if calls.is_empty() {
        return found;
    }
    let ages: Vec<CategoryId> = AGES.iter().filter_map(|name| known(program, name)).collect();
    for id in &program.order {
        let Some(table) = program.table(*id) else { continue };
        let own = calls.remove(id).unwrap_or_default();
        let rows: Vec<(&DatedMask, CategoryId)> = table.rows.iter().filter_map(|o| found.get(&(o.table, o.column))).copied().collect();
        for (position, column) in (0u32..).zip(&table.columns) {
            let called = own.iter().find_map(|d| Some((*d, d.lowers.iter().copied().find(|c| ages.contains(c) && told(column, *c))?)));
            let read = column.from.iter().filter_map(|o| found.get(&(o.table, o.column))).copied();
            let handed = || read.chain(rows.iter().copied()).find(|(_, c)| told(column, *c));
            if let Some(mask) = called.or_else(handed) {
                found.insert((*id, position), mask);
            }
        }
    }
    found
}

fn known(program: &Program, name: &str) -> Option<CategoryId> {
    (0u32..).map(CategoryId).zip(&program.categories).find(|(_, c)| c.name.as_str() == name).map(|(id, _)| id)
}

/// Whether a column tells what a mask leaves of a category: all of it is another rule's.
fn told(column: &Column, category: CategoryId) -> bool {
    let labels = column.label.values().iter().chain(column.label.controls());
    labels.into_iter().any(|(c, level)| *c == category && level.form > Form::Public && level.form < Form::Direct)
}

fn refusal(principal: &Principal<'_>, mask: &DatedMask, column: &str, now: Option<i32>) -> Diagnostic {
    let clearance = principal.clearance.map_or("no clearance".to_owned(), |c| format!("clearance `{}`", c.name));
    let message = match (mask.day, now) {
        (AsOf::Fixed { year, .. }, Some(now)) => {
            format!("`{column}` counts ages as of {year}: in {now} it tells ages over 89 to {} with {clearance}", principal.what)
        }
        _ => format!("`{column}` counts ages on a day that may be over: it may tell ages over 89 to {} with {clearance}", principal.what),
    };
    let mut problem = Diagnostic::error(Code::AgesOfThePast, mask.at, message)
        .label("the day on which ages are counted")
        .help("count on the year of the build: `as_of => year_start(run_date)`");
    if let (AsOf::Fixed { year, cap: Some(_) }, Some(now)) = (mask.day, now) {
        let cap = TOGETHER.saturating_sub(now.saturating_sub(year));
        if cap > 0 {
            problem = problem.help(format!("for the ages of {year}, keep all from {cap} on together: `cap => {cap}`, one less each year"));
        }
    }
    problem.help("where an Expert Determination covers it, its clearance says `birth_date partial because \"…\"`")
}
