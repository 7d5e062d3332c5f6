//! People whom rows of somebody else name, and who are no declared subject: the patients of the visits of eleven providers, where only providers are
//! protected. They may be one patient, so that they are counted, too.

use super::stands::{behind, is_about, leads_to};
use crate::base::Span;
use crate::ir::{AssertionKind, CategoryId, Clearance, Column, Form, Level, Program, Subject, Table, TableId, TableKind};
use std::collections::{BTreeMap, BTreeSet};

/// Somebody of whom nobody has said that he is protected.
pub(super) struct Bystander {
    /// The stored column that numbers them all, as if it were a subject's key.
    pub(super) who: Subject,
    /// The column by which rows of somebody else name him.
    pub(super) by: (TableId, u32),
}

impl Bystander {
    /// Whether a clearance hides who he is.
    pub(super) fn is_hidden(&self, program: &Program, clearance: &Clearance) -> bool {
        let columns = || program.table(self.who.table).into_iter().flat_map(|t| &t.columns).filter(|c| names_people(program, c));
        let hidden = |c: &Column| c.label.values().iter().any(|(category, _)| !clearance.admits(*category, Level::of(Form::Pseudonym)));
        match columns().find(|c| c.name == self.who.key) {
            Some(key) => hidden(key),
            None => columns().any(hidden),
        }
    }
}

/// Text that somebody wrote names people, and nothing can be counted by it.
const UNCOUNTED: [&str; 1] = ["free_text"];

/// Those whom stored tables behind these name.
pub(super) fn of(program: &Program, tables: &BTreeSet<TableId>) -> Vec<Bystander> {
    let mut found: BTreeMap<(TableId, u32), Bystander> = BTreeMap::new();
    let behind: BTreeSet<TableId> = tables.iter().flat_map(|table| behind(program, *table)).collect();
    for id in behind {
        let Some(table) = program.table(id).filter(|t| !matches!(t.kind, TableKind::Model(_))) else { continue };
        let own: Vec<&Subject> = program.subjects.iter().filter(|s| is_about(program, s, id)).collect();
        // Of rows that are nobody's who is declared, everything is asked already.
        if own.is_empty() {
            continue;
        }
        let referenced = (0u32..).zip(&table.columns).filter_map(|(at, _)| Some((at, elsewhere(program, (id, at))?)));
        let named = own_number(program, (id, table), &own).map(|at| (at, (id, at)));
        for (by, key) in referenced.chain(named) {
            let who = subject(program, key, table.at);
            found.extend(who.map(|who| (key, Bystander { who, by: (id, by) })));
        }
    }
    found.into_values().collect()
}

fn subject(program: &Program, (table, key): (TableId, u32), at: Span) -> Option<Subject> {
    let of = program.table(table)?;
    let key = of.columns.get(key as usize)?;
    Some(Subject { name: of.name.clone(), table, key: key.name.clone(), at })
}

/// The key that a column references, of people of whom no subject is declared.
fn elsewhere(program: &Program, start: (TableId, u32)) -> Option<(TableId, u32)> {
    let mut here = start;
    let mut seen = BTreeSet::from([start]);
    while let Some(next) = referenced(program, here).filter(|next| seen.insert(*next)) {
        here = next;
    }
    let table = program.table(here.0)?;
    let key = table.columns.get(here.1 as usize)?;
    // A doctor's number is no patient's, whatever else is known of him; a number that tells nothing is of whom its table tells.
    let people =
        if key.label.values().is_empty() { table.columns.iter().any(|c| names_people(program, c)) } else { names_people(program, key) };
    let declared = || program.subjects.iter().any(|s| leads_to(program, s, start) || is_about(program, s, here.0));
    (here.0 != start.0 && people && !declared()).then_some(here)
}

fn referenced(program: &Program, (id, column): (TableId, u32)) -> Option<(TableId, u32)> {
    let failing = program.table(id)?.assertions.iter().filter(|a| !a.warn);
    failing.into_iter().find_map(|a| match a.kind {
        AssertionKind::References(from, to, key) if from == column => Some((to, key)),
        _ => None,
    })
}

/// The column that numbers, or else names, people in rows of subjects of which none is known by what people are known by: of visits that only name who
/// gave care, the patient's number.
fn own_number(program: &Program, (id, table): (TableId, &Table), own: &[&Subject]) -> Option<u32> {
    let known = |s: &&Subject| {
        let key = program.table(s.table).and_then(|t| t.columns.iter().find(|c| c.name == s.key));
        s.table == id || key.is_some_and(|key| names_people(program, key))
    };
    if own.iter().any(known) {
        return None;
    }
    let free = |at: &u32| referenced(program, (id, *at)).is_none() && !own.iter().any(|s| leads_to(program, s, (id, *at)));
    let named = |is: &dyn Fn(&Column) -> bool| (0u32..).zip(&table.columns).find(|(at, c)| is(c) && free(at)).map(|(at, _)| at);
    let number = |c: &Column| letters(program, c).any(|letter| matches!(letter, 'G' | 'H' | 'R'));
    named(&number).or_else(|| named(&|c| names_people(program, c)))
}

/// Whether a column holds what Safe Harbor lists under (A) or (D) to (R), but for texts.
fn names_people(program: &Program, column: &Column) -> bool {
    letters(program, column).next().is_some()
}

fn letters<'p>(program: &'p Program, column: &'p Column) -> impl Iterator<Item = char> + 'p {
    let letter = |(id, _): &(CategoryId, _)| {
        let category = program.category(*id).filter(|c| !UNCOUNTED.contains(&c.name.as_str()))?;
        category.safe_harbor.filter(|letter| matches!(letter, 'A' | 'D'..='R'))
    };
    column.label.values().iter().filter_map(letter)
}
