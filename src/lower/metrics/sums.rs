//! Metrics that sum up what belongs to the people of a cell: `count(*)`, `sum(cost)`, `avg(cost)`.
//!
//! A sum is told over `k` people and more. Where counts of the same people are told beside it, it is told where the number of those it sums up could
//! be, too ([`super::cuts`]): where everybody has one row, `count(*)` is that number. Counted are those whose part is not zero: a sum of zeros and ones is
//! a number of people itself, and a sum that is zero tells everybody's part. And two more things hold, which a number of people does not ask for:
//! 1. *Dominance.* No one person has more than half of it, or the sum is about his value (the (n, k) rule with n = 1: Hundepool et al., Statistical
//!    Disclosure Control, 2012, 4.2).
//! 2. *What is left of a total.* People may stand in several parts of a total, so that the count of a total less those of its parts says nothing of
//!    whose values the rest is made of. Parts are told from the one of most people down, as long as the parts that are withheld are none, or hold
//!    `k` people of whom nobody can have more than half. Counted is from one side: the people of the largest part that is withheld, of each
//!    part its largest share, and where there are charges and refunds, what the withheld parts come to: in one part and in another they may be one person's,
//!    and come to nothing.
//!
//! Where two columns are summed up, what one tells of the other is held to the same: nobody has more than half of their difference, or of both together, and
//! those who have a part in it are `k`, or nobody.
//!
//! A cell of fewer different values than `k` says how many rows hold which: its sum is a count that nothing here holds against others, and is withheld.

use super::Fact;
use super::alike::Stored;
use super::cuts::Family;
use super::shape::Shape;
use crate::base::Ident;
use sqlparser::tokenizer::Token;
use std::collections::BTreeSet;

/// How it is summed up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum How {
    Rows,
    Sum,
    Mean,
}

/// What is summed up.
#[derive(Clone, Debug)]
pub(super) struct Measure {
    how: How,
    /// The column; none where rows are counted.
    pub(super) column: Option<Ident>,
}

impl Measure {
    /// `sum(cost)`, by its function and its one argument.
    pub(super) fn of(function: &Token, argument: &Token) -> Option<Measure> {
        let Token::Word(function) = function else { return None };
        let column = match argument {
            Token::Word(w) if w.quote_style.is_some() => Some(Ident::exact(&w.value)),
            Token::Word(w) => Some(Ident::folded(&w.value)),
            Token::Mul => None,
            _ => return None,
        };
        let how = match (function.value.to_ascii_lowercase().as_str(), &column) {
            ("count", None) => How::Rows,
            ("sum", Some(_)) => How::Sum,
            ("avg", Some(_)) => How::Mean,
            _ => return None,
        };
        Some(Measure { how, column })
    }

    pub(super) fn is_mean(&self) -> bool {
        self.how == How::Mean
    }

    /// `sum($1)`, the column put in for `$1`.
    pub(super) fn aggregate(&self) -> &'static str {
        match self.how {
            How::Rows => "count(*)",
            How::Sum => "sum($1)",
            How::Mean => "avg($1)",
        }
    }

    /// What of it is one person's: whose charges and refunds come to nothing adds nothing.
    pub(super) fn share(&self) -> &'static str {
        match self.how {
            How::Rows => "count(*)",
            How::Sum | How::Mean => "sum($1)",
        }
    }
}

/// A metric that sums up.
pub(super) struct Sum {
    pub(super) need: usize,
    /// The cut whose people it is about, among the family's.
    pub(super) cut: usize,
    pub(super) measure: Measure,
    /// Where what is summed up is stored; none where rows are counted.
    pub(super) stored: Option<Stored>,
    /// The closest coarser sum of the same column, or of any where there is none, among the family's.
    pub(super) parent: Option<usize>,
    /// Its `with` entries: sums over `k` people and more, everybody's shares, both with what decides.
    pub(super) names: [Ident; 3],
}

impl Sum {
    pub(super) fn new(need: usize, cut: usize, measure: Measure, stored: Option<Stored>) -> Sum {
        Sum { need, cut, measure, stored, parent: None, names: std::array::from_fn(|_| Ident::default()) }
    }
}

impl Family {
    /// Whether a count of these people is told.
    pub(super) fn is_counted(&self) -> bool {
        self.cuts.iter().any(|c| c.listed)
    }

    /// The sums of other columns whose difference from this one is told, too: one of a column, over the same rows or a part of them, in cells that hold each
    /// other. Of two columns one weighs it.
    pub(super) fn beside(&self, sum: &Sum) -> Vec<&Sum> {
        let place = |s: &Sum| Some((self.cuts.get(s.cut)?.class, s.stored?));
        let Some((class, stored)) = place(sum) else { return Vec::new() };
        let mut seen = BTreeSet::new();
        let mut differs = |other: &&Sum| {
            let (Some((of, column)), Some(own), Some(shape)) = (place(other), self.shape_of(sum), self.shape_of(other)) else {
                return false;
            };
            let part = if of == class { column < stored } else { column != stored && self.implies(of, class) };
            part && (own.holds(shape) || shape.holds(own)) && seen.insert((of, column))
        };
        self.sums.iter().filter(|other| differs(other)).collect()
    }

    pub(super) fn shape_of(&self, sum: &Sum) -> Option<&Shape> {
        self.cuts.get(sum.cut).map(|c| &c.shape)
    }

    /// Sums, each after the one it is a part of.
    pub(super) fn sums_in_order(&self) -> Vec<usize> {
        let depth =
            |of: &usize| std::iter::successors(Some(*of), |i| self.sums.get(*i).and_then(|s| s.parent)).take(self.sums.len()).count();
        let mut order: Vec<usize> = (0..self.sums.len()).collect();
        order.sort_by_key(|i| (depth(i), *i));
        order
    }
}

impl Fact<'_, '_> {
    /// Finds of each sum the one it is a part of. `None` after reporting two of one column, or counts of rows, that are no part
    /// of each other.
    pub(super) fn nest_sums(&self, family: &mut Family) -> Option<()> {
        let here = &*family;
        let mut parents = Vec::new();
        for (position, sum) in here.sums.iter().enumerate() {
            for other in here.sums.iter().take(position) {
                self.held_against(here, sum, other)?;
            }
            let class = |s: &Sum| here.cuts.get(s.cut).map(|c| c.class);
            let coarser = |o: &Sum| here.shape_of(o) != here.shape_of(sum) && class(o) == class(sum) && self.holds(here, o, sum);
            let above = here.sums.iter().enumerate().filter(|(_, o)| coarser(o));
            let own = |o: &Sum| Family::is_of_one(o, sum);
            parents.push(above.max_by_key(|(i, o)| (own(o), self.depth(here, o), std::cmp::Reverse(*i))).map(|(i, _)| i));
        }
        for (sum, parent) in family.sums.iter_mut().zip(parents) {
            sum.parent = parent;
        }
        Some(())
    }

    pub(super) fn holds(&self, family: &Family, wide: &Sum, narrow: &Sum) -> bool {
        family.shape_of(wide).zip(family.shape_of(narrow)).is_some_and(|(wide, narrow)| wide.holds(narrow))
    }

    /// How finely a sum divides.
    fn depth(&self, family: &Family, of: &Sum) -> usize {
        let shapes: BTreeSet<_> = family.sums.iter().filter(|o| self.holds(family, o, of)).filter_map(|o| family.shape_of(o)).collect();
        shapes.len()
    }
}
