//! The search for a row: variables get values one by one, only those that the formula asks for, until it is TRUE or nothing is left to try.

use super::formula::{Formula, Op, Operand, Truths};
use super::value::Value;
use std::collections::BTreeMap;

/// Parts of formulas that one search may look at. About a tenth of a second.
pub(super) const BUDGET: u64 = 1_000_000;

/// States of an array that is not NULL.
pub(super) mod array {
    use super::Value;

    pub(in crate::predicate) const EMPTY: Value = Value::Point(0);
    /// With elements, none of them NULL.
    pub(in crate::predicate) const FULL: Value = Value::Point(1);
    /// With elements, one of them NULL.
    pub(in crate::predicate) const HOLED: Value = Value::Point(2);
}

/// What gets a value.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Slot {
    Variable(u32),
    /// Whether an array holds a value.
    Member(u32, Value),
}

/// `None`: NULL.
pub(super) type Chosen = BTreeMap<Slot, Option<Value>>;

/// The variables of a search.
pub(super) struct Space {
    /// What each may hold.
    pub(super) domains: Vec<Domain>,
}

pub(super) struct Domain {
    /// In the order they are tried.
    pub(super) values: Vec<Option<Value>>,
    /// Values after these stand on an assumption: NULL where a declaration says never.
    pub(super) certain: usize,
    /// Whether any value of its sort is possible, whatever the others hold.
    pub(super) free: bool,
}

/// How a search ends.
#[derive(Debug)]
pub(super) enum Found {
    Row(Chosen),
    Nothing,
    /// Opaque variables decide; only where they were left out.
    Stuck,
    /// The budget is used up.
    TooMuch,
}

/// What a formula may be, and what would tell more.
struct Seen {
    truths: Truths,
    free: Option<Slot>,
    bound: Option<Slot>,
}

impl Seen {
    fn done(truths: Truths) -> Seen {
        Seen { truths, free: None, bound: None }
    }

    fn after(truths: Truths, parts: &[&Seen]) -> Seen {
        if truths.decided() {
            return Seen::done(truths);
        }
        let asks = |f: fn(&Seen) -> &Option<Slot>| parts.iter().filter(|s| !s.truths.decided()).find_map(|s| f(s).clone());
        Seen { truths, free: asks(|s| &s.free), bound: asks(|s| &s.bound) }
    }
}

pub(super) struct Search<'s> {
    pub(super) space: &'s Space,
    /// Whether opaque variables get values, and declarations that something is never NULL are doubted.
    pub(super) doubting: bool,
    pub(super) budget: u64,
    stuck: bool,
}

impl<'s> Search<'s> {
    pub(super) fn new(space: &'s Space, doubting: bool, budget: u64) -> Search<'s> {
        Search { space, doubting, budget, stuck: false }
    }

    /// Looks for values under which the goal is TRUE.
    pub(super) fn run(&mut self, goal: &Formula) -> Found {
        let mut chosen = Chosen::new();
        match self.step(goal, &mut chosen) {
            None => Found::TooMuch,
            Some(true) => {
                self.slim(goal, &mut chosen);
                Found::Row(chosen)
            }
            Some(false) if self.stuck => Found::Stuck,
            Some(false) => Found::Nothing,
        }
    }

    /// `None`: beyond the budget.
    fn step(&mut self, goal: &Formula, chosen: &mut Chosen) -> Option<bool> {
        let seen = self.eval(goal, chosen)?;
        if !seen.truths.has(Truths::TRUE) {
            return Some(false);
        }
        if seen.truths == Truths::TRUE {
            return Some(true);
        }
        let Some(slot) = seen.free.or(if self.doubting { seen.bound } else { None }) else {
            self.stuck = true;
            return Some(false);
        };
        let space = self.space;
        let both = [Some(Value::Flag(true)), Some(Value::Flag(false))];
        let values: &[Option<Value>] = match &slot {
            Slot::Member(..) => &both,
            Slot::Variable(v) => space
                .domains
                .get(*v as usize)
                .map_or(&[], |d| if self.doubting { &d.values } else { d.values.get(..d.certain).unwrap_or_default() }),
        };
        for value in values {
            chosen.insert(slot.clone(), value.clone());
            if self.step(goal, chosen)? {
                return Some(true);
            }
        }
        chosen.remove(&slot);
        Some(false)
    }

    /// Leaves out what does not matter.
    fn slim(&mut self, goal: &Formula, chosen: &mut Chosen) {
        let slots: Vec<Slot> = chosen.keys().rev().cloned().collect();
        for slot in slots {
            let Some(value) = chosen.remove(&slot) else { continue };
            if self.eval(goal, chosen).is_none_or(|seen| seen.truths != Truths::TRUE) {
                chosen.insert(slot, value);
            }
        }
    }

    fn eval(&mut self, f: &Formula, chosen: &Chosen) -> Option<Seen> {
        use Formula as F;
        self.budget = self.budget.checked_sub(1)?;
        Some(match f {
            F::Constant(truths) => Seen::done(*truths),
            F::Flag(v) => self.of(*v, chosen, |value| match value {
                Some(Value::Flag(flag)) => Truths::of(*flag),
                _ => Truths::NULL,
            }),
            F::Null(v) => {
                let seen = self.of(*v, chosen, |value| Truths::of(value.is_none()));
                Seen { truths: seen.truths.without(Truths::NULL), ..seen }
            }
            F::In(v, list) => self.of(*v, chosen, |value| value.as_ref().map_or(Truths::NULL, |v| Truths::of(list.contains(v)))),
            F::Compare(v, op, operand) => self.compare(*v, *op, operand, chosen),
            F::Member(element, array) => self.member(element, *array, chosen),
            F::Not(a) => {
                let seen = self.eval(a, chosen)?;
                Seen { truths: seen.truths.negated(), ..seen }
            }
            F::Is(a, wanted) => {
                let seen = self.eval(a, chosen)?;
                let mut truths = Truths(0);
                if seen.truths.has(*wanted) {
                    truths = truths.with(Truths::TRUE);
                }
                if seen.truths.without(*wanted) != Truths(0) {
                    truths = truths.with(Truths::FALSE);
                }
                if truths.decided() { Seen::done(truths) } else { Seen { truths, ..seen } }
            }
            F::And(parts) => return self.all(parts, chosen, false),
            F::Or(parts) => return self.all(parts, chosen, true),
            F::First(parts) => return self.first(parts, chosen),
            F::Same(a, b) | F::Alike(a, b) => {
                let (left, right) = (self.eval(a, chosen)?, self.eval(b, chosen)?);
                let nulls = matches!(f, F::Same(..));
                let truths = left.truths.pairwise(right.truths, |a, b| {
                    if nulls && (a == Truths::NULL || b == Truths::NULL) { Truths::NULL } else { Truths::of(a == b) }
                });
                Seen::after(truths, &[&left, &right])
            }
            F::If(condition, then, otherwise) => {
                let asked = self.eval(condition, chosen)?;
                if asked.truths == Truths::TRUE {
                    return self.eval(then, chosen);
                }
                if !asked.truths.has(Truths::TRUE) {
                    return self.eval(otherwise, chosen);
                }
                let (then, otherwise) = (self.eval(then, chosen)?, self.eval(otherwise, chosen)?);
                Seen::after(then.truths.with(otherwise.truths), &[&asked, &then, &otherwise])
            }
        })
    }

    /// `and`; `or` as its mirror.
    fn all(&mut self, parts: &[Formula], chosen: &Chosen, mirrored: bool) -> Option<Seen> {
        let turn = |t: Truths| if mirrored { t.negated() } else { t };
        let mut all = Seen::done(turn(Truths::TRUE));
        for part in parts {
            let seen = self.eval(part, chosen)?;
            let truths = turn(turn(all.truths).and(turn(seen.truths)));
            if turn(truths) == Truths::FALSE {
                return Some(Seen::done(truths));
            }
            let (free, bound) = if seen.truths.decided() { (None, None) } else { (seen.free, seen.bound) };
            all = Seen { truths, free: all.free.or(free), bound: all.bound.or(bound) };
        }
        Some(all)
    }

    fn first(&mut self, parts: &[Formula], chosen: &Chosen) -> Option<Seen> {
        let mut all = Seen::done(Truths::NULL);
        for part in parts {
            let seen = self.eval(part, chosen)?;
            let (free, bound) = if seen.truths.decided() { (None, None) } else { (seen.free, seen.bound) };
            let truths = all.truths.without(Truths::NULL).with(seen.truths);
            all = Seen { truths, free: all.free.or(free), bound: all.bound.or(bound) };
            if !seen.truths.has(Truths::NULL) {
                break;
            }
        }
        Some(all)
    }

    fn value<'c>(&self, v: u32, chosen: &'c Chosen) -> Option<&'c Option<Value>> {
        chosen.get(&Slot::Variable(v))
    }

    fn ask(&self, v: u32, slot: Slot) -> Seen {
        let free = self.space.domains.get(v as usize).is_some_and(|d| d.free);
        let (free, bound) = if free { (Some(slot), None) } else { (None, Some(slot)) };
        Seen { truths: Truths::ANY, free, bound }
    }

    fn of(&self, v: u32, chosen: &Chosen, f: impl Fn(&Option<Value>) -> Truths) -> Seen {
        match self.value(v, chosen) {
            Some(value) => Seen::done(f(value)),
            None => self.ask(v, Slot::Variable(v)),
        }
    }

    fn compare(&self, v: u32, op: Op, operand: &Operand, chosen: &Chosen) -> Seen {
        let Some(left) = self.value(v, chosen) else { return self.ask(v, Slot::Variable(v)) };
        let Some(left) = left else { return Seen::done(Truths::NULL) };
        let right = match operand {
            Operand::Constant(value) => value,
            Operand::Variable(other) => match self.value(*other, chosen) {
                None => return self.ask(*other, Slot::Variable(*other)),
                Some(None) => return Seen::done(Truths::NULL),
                Some(Some(value)) => value,
            },
        };
        Seen::done(compared(left, op, right))
    }

    fn member(&self, element: &Operand, of: u32, chosen: &Chosen) -> Seen {
        let Some(state) = self.value(of, chosen) else { return self.ask(of, Slot::Variable(of)) };
        let Some(state) = state else { return Seen::done(Truths::NULL) };
        if *state == array::EMPTY {
            return Seen::done(Truths::FALSE);
        }
        let element = match element {
            Operand::Constant(value) => value,
            Operand::Variable(v) => match self.value(*v, chosen) {
                None => return self.ask(*v, Slot::Variable(*v)),
                Some(None) => return Seen::done(Truths::NULL),
                Some(Some(value)) => value,
            },
        };
        let slot = Slot::Member(of, element.clone());
        match chosen.get(&slot) {
            None => self.ask(of, slot),
            Some(Some(Value::Flag(true))) => Seen::done(Truths::TRUE),
            Some(_) if *state == array::HOLED => Seen::done(Truths::NULL),
            Some(_) => Seen::done(Truths::FALSE),
        }
    }
}

pub(super) fn compared(left: &Value, op: Op, right: &Value) -> Truths {
    Truths::of(match op {
        Op::Equal => left == right,
        Op::Less => left < right,
        Op::LessOrEqual => left <= right,
    })
}
