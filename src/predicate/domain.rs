//! What variables may hold, cut down to finitely many values: the constants they meet, and enough points in each gap between.

use super::formula::{Formula, Operand, Truths, Variable};
use super::search::{Domain, Space, array, compared};
use super::sort::{Family, Sort};
use super::time::DAY;
use super::value::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Variables compared with each other that one gap is cut for. Between neighbours of a coarser kind there are at least nine finer points, so
/// that with up to this many the finer ones find their places whichever points the coarser ones take.
const MOST_TOGETHER: usize = 8;

/// Variables that meet each other in comparisons.
#[derive(Default)]
struct Group {
    members: Vec<u32>,
    constants: BTreeSet<Value>,
}

/// Why there are no domains.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Uncut {
    /// More variables are compared with each other than are looked at.
    Together,
    /// Constants that differ in blanks at their end only, beside a column that may be a `char(n)`, which takes them for equal.
    Blanks,
}

/// The domains of variables that these formulas are about.
pub(super) fn cut(variables: &[Variable], formulas: &[&Formula]) -> Result<Space, Uncut> {
    let mut groups =
        Groups { of: (0u32..).take(variables.len()).collect(), alone: vec![true; variables.len()], constants: BTreeMap::new() };
    let mut atoms: BTreeMap<u32, Vec<&Formula>> = BTreeMap::new();
    for formula in formulas {
        formula.atoms(&mut |atom| groups.note(atom, &mut atoms));
    }
    let mut domains: Vec<Domain> = Vec::with_capacity(variables.len());
    let grouped = groups.all();
    for (index, variable) in (0u32..).zip(variables) {
        let group = groups.root(index);
        let empty = Group::default();
        let group = grouped.get(&group).unwrap_or(&empty);
        let mut values = values(variable, group, variables)?;
        let many = matches!(variable.sort, Sort::Line { .. } | Sort::Text(_) | Sort::Uuid);
        if many && groups.alone.get(index as usize) == Some(&true) {
            values = apart(values, atoms.get(&index).map_or(&[], Vec::as_slice));
        }
        let values: Vec<Option<Value>> = values.into_iter().map(Some).chain([None]).collect();
        let certain = if variable.present { values.len() - 1 } else { values.len() };
        domains.push(Domain { values, certain, free: variable.is_free() });
    }
    Ok(Space { domains })
}

struct Groups {
    of: Vec<u32>,
    /// Whether it meets constants only.
    alone: Vec<bool>,
    constants: BTreeMap<u32, BTreeSet<Value>>,
}

impl Groups {
    fn root(&self, v: u32) -> u32 {
        let mut at = v;
        while let Some(up) = self.of.get(at as usize).filter(|up| **up != at) {
            at = *up;
        }
        at
    }

    fn join(&mut self, a: u32, b: u32) {
        let (low, high) = (self.root(a).min(self.root(b)), self.root(a).max(self.root(b)));
        if let Some(up) = self.of.get_mut(high as usize) {
            *up = low;
        }
        for v in [a, b] {
            if let Some(alone) = self.alone.get_mut(v as usize) {
                *alone = false;
            }
        }
    }

    fn note<'f>(&mut self, atom: &'f Formula, atoms: &mut BTreeMap<u32, Vec<&'f Formula>>) {
        let mut constant = |v: u32, value: &Value| {
            self.constants.entry(v).or_default().insert(value.clone());
        };
        match atom {
            Formula::Compare(v, _, Operand::Constant(value)) => constant(*v, value),
            Formula::In(v, list) => list.iter().for_each(|value| constant(*v, value)),
            Formula::Member(Operand::Constant(value), array) => constant(*array, value),
            Formula::Compare(a, _, Operand::Variable(b)) | Formula::Member(Operand::Variable(a), b) => self.join(*a, *b),
            _ => {}
        }
        if let Formula::Compare(v, ..) | Formula::In(v, _) = atom {
            atoms.entry(*v).or_default().push(atom);
        }
    }

    fn all(&self) -> BTreeMap<u32, Group> {
        let mut all: BTreeMap<u32, Group> = BTreeMap::new();
        for v in (0u32..).take(self.of.len()) {
            let group = all.entry(self.root(v)).or_default();
            group.members.push(v);
            group.constants.extend(self.constants.get(&v).into_iter().flatten().cloned());
        }
        all
    }
}

/// One value of each kind that the comparisons with constants tell apart.
fn apart(values: Vec<Value>, atoms: &[&Formula]) -> Vec<Value> {
    let mut seen: BTreeSet<Vec<bool>> = BTreeSet::new();
    let told = |value: &Value| {
        let answer = |atom: &&Formula| match atom {
            Formula::Compare(_, op, Operand::Constant(constant)) => compared(value, *op, constant) == Truths::TRUE,
            Formula::In(_, list) => list.contains(value),
            _ => false,
        };
        atoms.iter().map(answer).collect::<Vec<bool>>()
    };
    values.into_iter().filter(|value| seen.insert(told(value))).collect()
}

/// The values of a variable, those of its whole group that it may hold.
fn values(variable: &Variable, group: &Group, variables: &[Variable]) -> Result<Vec<Value>, Uncut> {
    let members: Vec<&Variable> = group.members.iter().filter_map(|m| variables.get(*m as usize)).collect();
    Ok(match variable.sort {
        Sort::Flag => vec![Value::Flag(true), Value::Flag(false)],
        Sort::Other => vec![Value::Point(0)],
        Sort::Array(_) => vec![array::FULL, array::EMPTY, array::HOLED],
        Sort::Text(limit) => {
            blanks(&members, &group.constants)?;
            let fits = |value: &Value| matches!(value, Value::Word(text) if limit.is_none_or(|n| text.chars().count() <= n as usize));
            words(&members, &group.constants).into_iter().filter(fits).collect()
        }
        Sort::Uuid => {
            let made = (1u32..).map(|n| Value::Word(format!("00000000-0000-4000-8000-{n:012x}")));
            let fresh = made.filter(|v| !group.constants.contains(v)).take(members.len());
            group.constants.iter().cloned().chain(fresh).collect()
        }
        Sort::Line { family, step, low, high } => {
            let inside = |p: &i128| p.rem_euclid(step) == 0 && low.is_none_or(|l| l <= *p) && high.is_none_or(|h| *p <= h);
            let (constants, mut others): (Vec<i128>, Vec<i128>) = points(family, &members, &group.constants)?
                .into_iter()
                .filter(inside)
                .partition(|p| group.constants.contains(&Value::Point(*p)));
            // Ends of a type's range come last: true, and of no use to a reader.
            others.sort_by_key(|p| (low == Some(*p) || high == Some(*p), p.unsigned_abs()));
            constants.into_iter().chain(others).map(Value::Point).collect()
        }
    })
}

fn blanks(members: &[&Variable], constants: &BTreeSet<Value>) -> Result<(), Uncut> {
    let padded = members.iter().any(|m| matches!(m.sort, Sort::Text(Some(_))));
    let mut seen = BTreeSet::new();
    let twice = constants.iter().any(|c| matches!(c, Value::Word(text) if !seen.insert(text.trim_end_matches(' '))));
    if padded && twice { Err(Uncut::Blanks) } else { Ok(()) }
}

/// Constants, and as many other texts as there are variables.
fn words(members: &[&Variable], constants: &BTreeSet<Value>) -> Vec<Value> {
    let shortest = members.iter().filter_map(|m| if let Sort::Text(limit) = m.sort { limit } else { None }).min();
    let named = std::iter::once("other".to_owned()).chain((2u32..=100).map(|n| format!("other {n}")));
    let letters = ('a'..='z').chain('0'..='9').chain('\u{4e00}'..='\u{9fff}').map(String::from);
    let fits = |text: &String| shortest.is_none_or(|n| text.chars().count() <= n as usize);
    let fresh = named.chain(letters).filter(fits).map(Value::Word).filter(|v| !constants.contains(v)).take(members.len());
    constants.iter().cloned().chain(fresh).collect()
}

/// Constants and ends, and in every gap as many points as there are variables: first of the coarsest kind, then in the gaps left of the next.
fn points(family: Family, members: &[&Variable], constants: &BTreeSet<Value>) -> Result<BTreeSet<i128>, Uncut> {
    let many = members.len();
    let mut steps = BTreeSet::new();
    let mut all: BTreeSet<i128> = constants.iter().filter_map(|c| if let Value::Point(p) = c { Some(*p) } else { None }).collect();
    for member in members {
        if let Sort::Line { step, low, high, .. } = member.sort {
            steps.insert(step);
            all.extend(low.into_iter().chain(high));
        }
    }
    if many > MOST_TOGETHER && steps.len() > 1 || many > 64 {
        return Err(Uncut::Together);
    }
    if constants.is_empty() {
        all.insert(if family == Family::Moment || family == Family::Utc { 10_957 * DAY } else { 0 });
    }
    for step in steps.into_iter().rev() {
        let mut found = Vec::new();
        let edges: Vec<i128> = all.iter().copied().collect();
        if let (Some(first), Some(last)) = (edges.first(), edges.last()) {
            let coarse = nice(family, step).next().unwrap_or(step);
            found.extend((1..).map_while(|n: i128| last.div_euclid(coarse).checked_add(n)?.checked_mul(coarse)).take(many));
            found.extend((1..).map_while(|n: i128| (first - 1).div_euclid(coarse).checked_sub(n - 1)?.checked_mul(coarse)).take(many));
        }
        for pair in edges.windows(2) {
            if let [low, high] = pair {
                // Beside an end of the type's range, points next to the constant say more to a reader.
                let from_above = !constants.contains(&Value::Point(*low)) && constants.contains(&Value::Point(*high));
                found.extend(between((*low, *high), from_above, family, step, many));
            }
        }
        all.extend(found);
    }
    Ok(all)
}

/// Up to `many` points in a gap, of the roundest kind that has so many.
fn between((low, high): (i128, i128), from_above: bool, family: Family, step: i128, many: usize) -> Vec<i128> {
    let inside = |step: i128| {
        if from_above {
            let last = (high - 1).div_euclid(step);
            return (0..).map_while(|n: i128| (last - n).checked_mul(step)).take_while(|p| *p > low).take(many).collect::<Vec<i128>>();
        }
        let first = low.div_euclid(step) + 1;
        (0..).map_while(move |n: i128| (first + n).checked_mul(step)).take_while(move |p| *p < high).take(many).collect::<Vec<i128>>()
    };
    nice(family, step).map(inside).find(|found| found.len() >= many).unwrap_or_else(|| inside(step))
}

/// Round steps that are multiples of a step, coarsest first.
fn nice(family: Family, step: i128) -> impl Iterator<Item = i128> {
    let tens: Vec<i128> = match family {
        Family::Number => (0u32..=12).rev().map(|n| 10i128.pow(n)).collect(),
        Family::Moment | Family::Utc | Family::Time => vec![DAY, 3_600_000_000, 60_000_000, 1_000_000],
        _ => Vec::new(),
    };
    tens.into_iter().filter(move |t| *t >= step && t % step == 0).chain([step])
}
