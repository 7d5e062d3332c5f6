use super::principals::{self, Principal, Reads};
use super::seen::{column_at, column_name};
use crate::base::{Ident, Span};
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::ir::{AsOf, CategoryId, Column, DatedMask, Form, Level, Link, Materialization, Program, StepAction, Table, TableId, TableKind};
use std::collections::{BTreeMap, BTreeSet};

/// The categories whose masks keep ages over 89 together, 45 CFR 164.514(b)(2)(i)(C).
const AGES: [&str; 2] = ["birth_date", "age"];
/// The age from which on all count as one.
const TOGETHER: i32 = 90;

/// Refuses ages and years of birth that are counted on a day of a year that is over: who was 88 then and is 91 today stands there with a year of
/// birth, or an age, that tells an age over 89. A `cap` that is lower by the years since makes up for it; a clearance that admits `partial` of a birth, as
/// an Expert Determination may, admits this. The same project gets there by itself as years pass, so the host says which day it is, as for
/// determinations; a day that nobody can read off is refused whatever the day. Rows that are kept from build to build stand there with what was left
/// on the day they came, so that a mask in them counts on a day that will be over. So does a constant in what a pipeline makes again and again: it is
/// right until the year ends, and artifacts go on without anybody who checks.
pub fn check(program: &Program, today: Option<&str>, diagnostics: &mut Diagnostics) {
    let now: Option<i32> = today.and_then(|t| t.split_once('-')).and_then(|(year, _)| year.parse().ok());
    let over = over(program, now);
    if over.is_empty() {
        return;
    }
    let again = Again::of(program);
    let mut said: BTreeSet<(&str, TableId, u32)> = BTreeSet::new();
    let principals = principals::of(program);
    for principal in &principals {
        for reads in &principal.reads {
            let found = over.get(&(reads.table, reads.column)).filter(|told| !admits(principal, told.category));
            let Some(told) = found else { continue };
            let made = if told.is_over(now) { None } else { again.at(reads) };
            if (told.is_over(now) || made.is_some()) && said.insert((&principal.what, reads.table, told.mask.at.start)) {
                let column = column_name(program, reads);
                let problem = match made {
                    Some(at) => lasting(principal, told, &column).mark(at, "made again and again by this step"),
                    None => refusal(program, principal, told, &column, now),
                };
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
        (AsOf::Daily | AsOf::Yearly, _) | (AsOf::Fixed { .. }, None) => false,
        (AsOf::Fixed { year, cap }, Some(now)) => {
            let since = now.saturating_sub(year);
            since > 0 && cap.is_none_or(|cap| cap > TOGETHER.saturating_sub(since))
        }
        (AsOf::Unclear, _) => true,
    }
}

/// What pipelines make again and again.
struct Again<'p> {
    /// The first step that builds: a view over a table that is built shows what it holds, so any build will do.
    built: Option<Span>,
    /// By bucket and table, the step that sends it; `None`: it is sent by hand alone, on a day somebody chose.
    sent: BTreeMap<(&'p Ident, TableId), Option<Span>>,
    /// The first step that runs a container, which may carry anything into a bucket.
    carried: Option<Span>,
}

impl<'p> Again<'p> {
    fn of(program: &'p Program) -> Again<'p> {
        let steps = || program.pipelines.iter().flat_map(|p| &p.steps);
        let first = |fits: fn(&StepAction) -> bool| steps().find(|s| fits(&s.action)).map(|s| s.at);
        let mut sent: BTreeMap<(&Ident, TableId), Option<Span>> = BTreeMap::new();
        for (index, export) in (0u32..).zip(&program.exports) {
            let Some(bucket) = program.buckets.get(export.bucket as usize) else { continue };
            let sends = |action: &StepAction| matches!(action, StepAction::Export(exports) if exports.contains(&index));
            let step = steps().find(|s| sends(&s.action)).map(|s| s.at);
            for table in &export.tables {
                let known = sent.entry((&bucket.name, table.table)).or_insert(step);
                *known = known.or(step);
            }
        }
        Again { built: first(|a| matches!(a, StepAction::Build(_))), sent, carried: first(|a| matches!(a, StepAction::Container(_))) }
    }

    /// The step that makes what is read again.
    fn at(&self, reads: &Reads) -> Option<Span> {
        if reads.place.as_str() == Link::WAREHOUSE {
            return self.built;
        }
        let sent = self.sent.get(&(&reads.place, reads.table)).copied();
        sent.unwrap_or(self.carried)
    }
}

/// What a column tells of ages.
#[derive(Clone, Copy)]
struct Told<'p> {
    mask: &'p DatedMask,
    category: CategoryId,
    /// The table whose kept rows make the day one that is over.
    kept: Option<TableId>,
}

impl Told<'_> {
    fn is_over(&self, now: Option<i32>) -> bool {
        self.kept.is_some() || is_over(self.mask.day, now)
    }

    /// How much there is to say of it: that it is over, that it will be, nothing.
    fn weight(&self, now: Option<i32>) -> u8 {
        match self.mask.day {
            _ if self.is_over(now) => 2,
            AsOf::Fixed { .. } => 1,
            AsOf::Daily | AsOf::Yearly | AsOf::Unclear => 0,
        }
    }
}

/// The columns that tell what such a mask leaves, as a value or by a condition, in the model that calls it and in all that are made from it: those that
/// are over, and those of a constant day, which will be.
fn over(program: &Program, now: Option<i32>) -> BTreeMap<(TableId, u32), Told<'_>> {
    let mut found: BTreeMap<(TableId, u32), Told<'_>> = BTreeMap::new();
    let ages: Vec<CategoryId> = AGES.iter().filter_map(|name| known(program, name)).collect();
    let mut calls: BTreeMap<TableId, Vec<&DatedMask>> = BTreeMap::new();
    let of_ages = program.dated.iter().filter(|d| d.lowers.iter().any(|c| ages.contains(c)));
    of_ages.for_each(|d| calls.entry(d.table).or_default().push(d));
    if calls.is_empty() {
        return found;
    }
    for id in &program.order {
        let Some(table) = program.table(*id) else { continue };
        let own = calls.remove(id).unwrap_or_default();
        let rows: Vec<Told<'_>> = table.rows.iter().filter_map(|o| found.get(&(o.table, o.column))).copied().collect();
        let kept = is_kept(table).then_some(*id);
        for (position, column) in (0u32..).zip(&table.columns) {
            let of = |mask: &&'_ DatedMask| mask.lowers.iter().copied().find(|c| ages.contains(c) && told(column, *c));
            let called = own.iter().filter_map(|mask| Some(Told { mask, category: of(mask)?, kept: None }));
            let read = column.from.iter().filter_map(|o| found.get(&(o.table, o.column))).copied();
            let handed = read.chain(rows.iter().copied()).filter(|t| told(column, t.category));
            // A condition says of a kept row only that it held on that day.
            let value = |t: &Told<'_>| column.label.values().iter().any(|(c, _)| *c == t.category);
            let all = called.chain(handed).map(|t| Told { kept: t.kept.or(kept).filter(|_| value(&t)), ..t });
            // One that is over hides none that is not.
            if let Some(told) = all.reduce(|a, b| if a.weight(now) >= b.weight(now) { a } else { b }) {
                found.insert((*id, position), told);
            }
        }
    }
    found.retain(|_, told| told.weight(now) > 0);
    found
}

/// Whether rows stay from build to build.
fn is_kept(table: &Table) -> bool {
    matches!(&table.kind, TableKind::Model(m) if matches!(m.materialization, Materialization::Incremental { .. }))
}

fn known(program: &Program, name: &str) -> Option<CategoryId> {
    (0u32..).map(CategoryId).zip(&program.categories).find(|(_, c)| c.name.as_str() == name).map(|(id, _)| id)
}

/// Whether a column tells what a mask leaves of a category: all of it is another rule's.
fn told(column: &Column, category: CategoryId) -> bool {
    let labels = column.label.values().iter().chain(column.label.controls());
    labels.into_iter().any(|(c, level)| *c == category && level.form > Form::Public && level.form < Form::Direct)
}

const DETERMINED: &str = "where an Expert Determination covers it, its clearance says `birth_date partial because \"…\"`";
const YEARLY: &str = "count on the year of the build: `as_of => year_start(run_date)`";

/// A constant day in what is made again and again.
fn lasting(principal: &Principal<'_>, told: &Told<'_>, column: &str) -> Diagnostic {
    let day = match told.mask.day {
        AsOf::Fixed { year, cap } => {
            let left = cap.map_or(1, |cap| TOGETHER.saturating_sub(cap).saturating_add(1).max(1));
            format!("as of {year} for good: from {} on", year.saturating_add(left))
        }
        _ => "on one day for good: in years to come".to_owned(),
    };
    let clearance = principal.clearance.map_or("no clearance".to_owned(), |c| format!("clearance `{}`", c.name));
    let message = format!("`{column}` counts ages {day} a pipeline tells ages over 89 to {} with {clearance}", principal.what);
    let problem = Diagnostic::error(Code::AgesOfThePast, told.mask.at, message).label("the day on which ages are counted, in every run");
    problem.help(YEARLY).help(DETERMINED)
}

fn refusal(program: &Program, principal: &Principal<'_>, told: &Told<'_>, column: &str, now: Option<i32>) -> Diagnostic {
    let clearance = principal.clearance.map_or("no clearance".to_owned(), |c| format!("clearance `{}`", c.name));
    let whom = format!("{} with {clearance}", principal.what);
    if let Some(table) = told.kept.and_then(|id| program.table(id)).filter(|_| !is_over(told.mask.day, now)) {
        let message = format!("rows of `{}` stay as they came: in years to come `{column}` tells ages over 89 to {whom}", table.name);
        return Diagnostic::error(Code::AgesOfThePast, told.mask.at, message)
            .label("the day on which ages are counted, of the build that took a row in")
            .mark(table.at, "keeps its rows")
            .help(format!("keep the date itself in `{}`, and mask it in a model that reads this one and is made anew", table.name))
            .help(DETERMINED);
    }
    let message = match (told.mask.day, now) {
        (AsOf::Fixed { year, .. }, Some(now)) => format!("`{column}` counts ages as of {year}: in {now} it tells ages over 89 to {whom}"),
        _ => format!("`{column}` counts ages on a day that may be over: it may tell ages over 89 to {whom}"),
    };
    let mut problem = Diagnostic::error(Code::AgesOfThePast, told.mask.at, message).label("the day on which ages are counted").help(YEARLY);
    if let (AsOf::Fixed { year, cap: Some(_) }, Some(now)) = (told.mask.day, now) {
        let cap = TOGETHER.saturating_sub(now.saturating_sub(year));
        if cap > 0 {
            problem = problem.help(format!("for the ages of {year}, keep all from {cap} on together: `cap => {cap}`, one less each year"));
        }
    }
    problem.help(DETERMINED)
}
