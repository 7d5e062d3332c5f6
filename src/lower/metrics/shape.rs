//! What a metric is told by: columns, some of them by a period only.

use crate::base::Ident;
use std::collections::BTreeMap;

/// How finely a column divides.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Grain {
    /// By its values.
    Exact,
    Day,
    Week,
    Month,
    Quarter,
    Year,
}

impl Grain {
    pub(super) fn from_name(name: &str) -> Option<Grain> {
        let named = [Grain::Day, Grain::Week, Grain::Month, Grain::Quarter, Grain::Year];
        named.into_iter().find(|g| g.name() == name)
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Grain::Exact => "exact",
            Grain::Day => "day",
            Grain::Week => "week",
            Grain::Month => "month",
            Grain::Quarter => "quarter",
            Grain::Year => "year",
        }
    }

    /// How long a period is.
    pub(super) fn step(self) -> Option<&'static str> {
        match self {
            Grain::Exact => None,
            Grain::Day => Some("1 day"),
            Grain::Week => Some("7 days"),
            Grain::Month => Some("1 month"),
            Grain::Quarter => Some("3 months"),
            Grain::Year => Some("1 year"),
        }
    }

    /// Whether each of the other's periods lies in one of these. A week lies in no one month.
    fn holds(self, other: Grain) -> bool {
        self == other || (other < self && other != Grain::Week && (self != Grain::Week || other <= Grain::Day))
    }
}

/// The columns a metric is told by.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub(super) struct Shape(pub(super) BTreeMap<Ident, Grain>);

impl Shape {
    /// Whether each cell of the other lies in one cell of this.
    pub(super) fn holds(&self, other: &Shape) -> bool {
        self.0.iter().all(|(column, grain)| other.0.get(column).is_some_and(|finer| grain.holds(*finer)))
    }

    /// The coarsest shape that both hold: by all columns of either, as finely as the finer. None for weeks and months of one column.
    pub(super) fn join(&self, other: &Shape) -> Option<Shape> {
        let mut both = self.0.clone();
        for (column, grain) in &other.0 {
            let here = both.entry(column.clone()).or_insert(*grain);
            match (here.holds(*grain), grain.holds(*here)) {
                (true, _) => *here = *grain,
                (false, true) => (),
                (false, false) => return None,
            }
        }
        Some(Shape(both))
    }

    /// The finest shape that holds both. Nothing holds a week and a month.
    pub(super) fn meet(&self, other: &Shape) -> Shape {
        let both = self.0.iter().filter_map(|(column, a)| {
            let b = other.0.get(column)?;
            let common = if a.holds(*b) { Some(*a) } else { b.holds(*a).then_some(*b) };
            common.map(|grain| (column.clone(), grain))
        });
        Shape(both.collect())
    }
}

/// The shapes with all that hold two of them; `None` when they are more than anybody reads.
pub(super) fn with_meets(mut shapes: Vec<Shape>) -> Option<Vec<Shape>> {
    const MOST: usize = 32;
    shapes.sort();
    shapes.dedup();
    let mut next = 0;
    while let Some(here) = shapes.get(next).cloned() {
        for other in shapes.clone() {
            let meet = here.meet(&other);
            if !shapes.contains(&meet) {
                shapes.push(meet);
            }
        }
        if shapes.len() > MOST {
            return None;
        }
        next += 1;
    }
    Some(shapes)
}

#[cfg(test)]
mod tests {
    use super::{Grain, Shape, with_meets};
    use crate::base::Ident;

    fn shape(columns: &[(&str, Grain)]) -> Shape {
        Shape(columns.iter().map(|(c, g)| (Ident::folded(c), *g)).collect())
    }

    #[test]
    fn a_month_lies_in_a_year_and_a_week_in_nothing_but_itself() {
        let by = |grain| shape(&[("day", grain)]);
        assert!(
            by(Grain::Year).holds(&by(Grain::Month)) && by(Grain::Month).holds(&by(Grain::Exact)) && by(Grain::Week).holds(&by(Grain::Day))
        );
        assert!(
            !by(Grain::Month).holds(&by(Grain::Week))
                && !by(Grain::Year).holds(&by(Grain::Week))
                && !by(Grain::Week).holds(&by(Grain::Month))
        );
        assert_eq!(by(Grain::Week).meet(&by(Grain::Month)), Shape::default());
        assert_eq!(by(Grain::Quarter).meet(&by(Grain::Month)), by(Grain::Quarter));
    }

    #[test]
    fn what_two_cuts_share_is_a_total_of_both() {
        let rows = shape(&[("month", Grain::Month), ("region", Grain::Exact)]);
        let columns = shape(&[("month", Grain::Month), ("kind", Grain::Exact)]);
        let all = with_meets(vec![rows.clone(), columns.clone()]).unwrap();
        assert_eq!(all.len(), 3);
        assert!(all.contains(&shape(&[("month", Grain::Month)])));
    }
}
