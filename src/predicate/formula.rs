use super::sort::Sort;
use super::value::Value;
use std::collections::BTreeSet;

/// A set of truth values: what a condition may still be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Truths(pub(super) u8);

impl Truths {
    pub(super) const TRUE: Truths = Truths(1);
    pub(super) const FALSE: Truths = Truths(2);
    pub(super) const NULL: Truths = Truths(4);
    pub(super) const ANY: Truths = Truths(7);
    const EACH: [Truths; 3] = [Truths::TRUE, Truths::FALSE, Truths::NULL];

    pub(super) fn of(flag: bool) -> Truths {
        if flag { Truths::TRUE } else { Truths::FALSE }
    }

    pub(super) fn has(self, other: Truths) -> bool {
        self.0 & other.0 != 0
    }

    pub(super) fn with(self, other: Truths) -> Truths {
        Truths(self.0 | other.0)
    }

    pub(super) fn without(self, other: Truths) -> Truths {
        Truths(self.0 & !other.0)
    }

    /// Whether nothing is left to find out.
    pub(super) fn decided(self) -> bool {
        self.0.count_ones() <= 1
    }

    pub(super) fn negated(self) -> Truths {
        Truths((self.0 & 4) | ((self.0 & 1) << 1) | ((self.0 & 2) >> 1))
    }

    /// What an operation may yield of any pair of them.
    pub(super) fn pairwise(self, other: Truths, f: impl Fn(Truths, Truths) -> Truths) -> Truths {
        let mut all = Truths(0);
        for a in Truths::EACH.into_iter().filter(|t| self.has(*t)) {
            for b in Truths::EACH.into_iter().filter(|t| other.has(*t)) {
                all = all.with(f(a, b));
            }
        }
        all
    }

    pub(super) fn and(self, other: Truths) -> Truths {
        self.pairwise(other, |a, b| {
            if a == Truths::FALSE || b == Truths::FALSE {
                Truths::FALSE
            } else if a == Truths::NULL || b == Truths::NULL {
                Truths::NULL
            } else {
                Truths::TRUE
            }
        })
    }
}

/// How two values are compared; the others are these with sides changed, or negated.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Op {
    Equal,
    Less,
    LessOrEqual,
}

/// What a variable is compared with.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Operand {
    Constant(Value),
    Variable(u32),
}

/// A condition over numbered variables.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Formula {
    Constant(Truths),
    /// A boolean variable.
    Flag(u32),
    /// NULL when either side is.
    Compare(u32, Op, Operand),
    /// `x in (…)` over constants.
    In(u32, BTreeSet<Value>),
    /// `x is null`
    Null(u32),
    /// `x = any (array)`
    Member(Operand, u32),
    Not(Box<Formula>),
    And(Vec<Formula>),
    Or(Vec<Formula>),
    /// The first that is not NULL.
    First(Vec<Formula>),
    /// Whether a condition is one of these; never NULL.
    Is(Box<Formula>, Truths),
    /// `a = b` of conditions.
    Same(Box<Formula>, Box<Formula>),
    /// `a is not distinct from b` of conditions.
    Alike(Box<Formula>, Box<Formula>),
    /// The second where the first is TRUE, else the third.
    If(Box<Formula>, Box<Formula>, Box<Formula>),
}

impl Formula {
    pub(super) const TRUE: Formula = Formula::Constant(Truths::TRUE);
    pub(super) const FALSE: Formula = Formula::Constant(Truths::FALSE);
    pub(super) const UNKNOWN: Formula = Formula::Constant(Truths::NULL);

    pub(super) fn not(self) -> Formula {
        match self {
            Formula::Constant(truths) => Formula::Constant(truths.negated()),
            Formula::Not(inner) => *inner,
            other => Formula::Not(Box::new(other)),
        }
    }

    pub(super) fn is(self, truths: Truths) -> Formula {
        Formula::Is(Box::new(self), truths)
    }

    pub(super) fn either(condition: Formula, then: Formula, otherwise: Formula) -> Formula {
        if then == otherwise { then } else { Formula::If(Box::new(condition), Box::new(then), Box::new(otherwise)) }
    }

    /// The same over other variables.
    pub(super) fn renumbered(&self, of: &dyn Fn(u32) -> u32) -> Formula {
        use Formula as F;
        let boxed = |f: &Formula| Box::new(f.renumbered(of));
        let operand = |o: &Operand| match o {
            Operand::Constant(value) => Operand::Constant(value.clone()),
            Operand::Variable(v) => Operand::Variable(of(*v)),
        };
        match self {
            F::Constant(t) => F::Constant(*t),
            F::Flag(v) => F::Flag(of(*v)),
            F::Compare(v, op, other) => F::Compare(of(*v), *op, operand(other)),
            F::In(v, list) => F::In(of(*v), list.clone()),
            F::Null(v) => F::Null(of(*v)),
            F::Member(element, array) => F::Member(operand(element), of(*array)),
            F::Not(a) => F::Not(boxed(a)),
            F::And(parts) => F::And(parts.iter().map(|p| p.renumbered(of)).collect()),
            F::Or(parts) => F::Or(parts.iter().map(|p| p.renumbered(of)).collect()),
            F::First(parts) => F::First(parts.iter().map(|p| p.renumbered(of)).collect()),
            F::Is(a, truths) => F::Is(boxed(a), *truths),
            F::Same(a, b) => F::Same(boxed(a), boxed(b)),
            F::Alike(a, b) => F::Alike(boxed(a), boxed(b)),
            F::If(a, b, c) => F::If(boxed(a), boxed(b), boxed(c)),
        }
    }

    /// Visits its parts that are no conditions over conditions.
    pub(super) fn atoms<'f>(&'f self, f: &mut dyn FnMut(&'f Formula)) {
        use Formula as F;
        match self {
            F::Constant(_) => {}
            F::Flag(_) | F::Compare(..) | F::In(..) | F::Null(_) | F::Member(..) => f(self),
            F::Not(a) | F::Is(a, _) => a.atoms(f),
            F::And(parts) | F::Or(parts) | F::First(parts) => parts.iter().for_each(|p| p.atoms(f)),
            F::Same(a, b) | F::Alike(a, b) => {
                a.atoms(f);
                b.atoms(f);
            }
            F::If(a, b, c) => {
                a.atoms(f);
                b.atoms(f);
                c.atoms(f);
            }
        }
    }
}

/// What a condition asks about.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Variable {
    pub(super) what: What,
    pub(super) sort: Sort,
    /// Whether a declaration says that it is never NULL. No more than a declaration: see [`Side::Perhaps`](super::Side).
    pub(super) present: bool,
}

/// Kinds of variables.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum What {
    /// A column of the row.
    Column(String),
    /// A column of the entitlement's row.
    Entitled(String),
    /// Anything else, by its text.
    Opaque(super::name::Name),
}
