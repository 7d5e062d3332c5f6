//! Which stored values queries compare, in conditions or not: `q.ref = p.id as same` says that the two are equal where `same` holds, whoever asks for that later,
//! and a hash of the one that equals a hash of the other says it of both. What is computed from one value counts as that value.

use super::values::{Masked, Told, Tolds, Value};
use crate::ir::{Form, Program, Type};
use std::cell::RefCell;
use std::collections::BTreeSet;

/// Pairs of values, the lesser first but where their order was asked.
#[derive(Default)]
pub(super) struct Compared {
    equal: RefCell<BTreeSet<(Value, Value)>>,
    /// The first may be below the second.
    ordered: RefCell<BTreeSet<(Value, Value)>>,
}

impl Compared {
    /// That the first operand was compared with the others.
    pub(super) fn note(&self, program: &Program, operands: &[Tolds]) {
        pairs(program, operands, &|_| true, &mut |a, b| _ = self.equal.borrow_mut().insert((a.min(b).clone(), a.max(b).clone())));
    }

    /// That a number was made of both: their difference is none where they are equal. Numbers of people have no other, days have.
    pub(super) fn note_number(&self, program: &Program, operands: &[Tolds]) {
        let names = |v: &Value| is_identifier(program, v);
        pairs(program, operands, &names, &mut |a, b| _ = self.equal.borrow_mut().insert((a.min(b).clone(), a.max(b).clone())));
    }

    /// That the first operand may be below the second. Two that are compared both ways are equal where neither is below the other; days are compared both
    /// ways to know which came first.
    pub(super) fn note_order(&self, program: &Program, operands: &[Tolds]) {
        let names = |v: &Value| is_identifier(program, v);
        pairs(program, operands, &names, &mut |a, b| _ = self.ordered.borrow_mut().insert((a.clone(), b.clone())));
    }

    /// The values that are equal somewhere.
    pub(super) fn equal(self) -> BTreeSet<(Value, Value)> {
        let ordered = self.ordered.into_inner();
        let both = ordered.iter().filter(|(a, b)| a < b && ordered.contains(&(b.clone(), a.clone()))).cloned();
        self.equal.into_inner().into_iter().chain(both).collect()
    }
}

/// Each value of the first operand with each of the others that may be equal: of one category, or where both are all that is compared.
fn pairs(program: &Program, operands: &[Tolds], wanted: &dyn Fn(&Value) -> bool, found: &mut dyn FnMut(&Value, &Value)) {
    let Some((first, rest)) = operands.split_first() else { return };
    let told = |all: &Tolds| all.as_slice().iter().filter(|t| !t.asked).count();
    for other in rest {
        let single = told(first) == 1 && told(other) == 1;
        for a in first.as_slice().iter().filter(|t| is_matched(program, t) && wanted(&t.value)) {
            for b in other.as_slice().iter().filter(|t| is_matched(program, t) && wanted(&t.value)) {
                let masked = a.masked.is_some() == b.masked.is_some();
                if masked && a.value != b.value && (single || alike(program, &a.value, &b.value)) {
                    found(&a.value, &b.value);
                }
            }
        }
    }
}

/// Whether equal ones are of equal values: those that are as they are, and pseudonyms.
pub(super) fn is_matched(program: &Program, told: &Told) -> bool {
    let leaves = |m: &Masked| program.function(m.mask).and_then(|f| f.transition.as_ref()).map(|t| t.to);
    !told.asked && told.masked.as_deref().is_none_or(|m| leaves(m) == Some(Form::Pseudonym)) && !is_document(program, &told.value)
}

/// Whether this is a whole document: what equates columns does not say which path into one is meant.
pub(super) fn is_document(program: &Program, value: &Value) -> bool {
    let column = program.table(value.table).and_then(|t| t.columns.get(value.column as usize));
    value.part.is_empty() && column.is_none_or(|c| matches!(c.ty, Type::Json(_)))
}

/// Whether two stored columns tell of one category. Those of documents tell of many.
pub(super) fn alike(program: &Program, a: &Value, b: &Value) -> bool {
    let column = |v: &Value| program.table(v.table).and_then(|t| t.columns.get(v.column as usize));
    let (Some(a), Some(b)) = (column(a), column(b)) else { return false };
    ![a, b].iter().any(|c| matches!(c.ty, Type::Json(_)))
        && a.label.values().iter().any(|(c, _)| b.label.values().iter().any(|(d, _)| c == d))
}

/// Whether a stored column tells what people are told apart by, of Safe Harbor's letters all but places and days.
fn is_identifier(program: &Program, value: &Value) -> bool {
    let column = program.table(value.table).and_then(|t| t.columns.get(value.column as usize));
    let letter = |c| program.category(c).and_then(|c| c.safe_harbor);
    column.is_some_and(|c| c.label.values().iter().any(|(c, _)| matches!(letter(*c), Some('A' | 'D'..='R'))))
}
