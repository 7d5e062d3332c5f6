//! Counts whose cells lie in each other in ways that no total decides: by region beside by country, by week beside by month, `kind = 'phone'` beside by kind.
//! Who knows that a region lies in one country subtracts the regions that are told from the country, and has the one that is withheld. No rule on the
//! totals that both share ([`super::cuts`]) sees that, and whether one dimension decides another no compiler knows. So either the counts are listed by
//! both, where the cells that both share are decided like all others, or the fact's author says that neither decides the other.

use super::Fact;
use super::cuts::{Cut, Family};
use super::shape::Shape;
use crate::base::Ident;
use crate::diag::{Code, Diagnostic};

impl Fact<'_, '_> {
    /// `None` after reporting two cuts of a family that cross.
    pub(super) fn crosswise(&self, family: &Family) -> Option<()> {
        let counts: Vec<&Cut> =
            (0..).zip(&family.cuts).filter(|(position, cut)| family.counts(*position, cut)).map(|(_, cut)| cut).collect();
        for (position, one) in counts.iter().enumerate() {
            for other in counts.iter().take(position) {
                self.crossed(family, one, other)?;
            }
        }
        Some(())
    }

    fn crossed(&self, family: &Family, one: &Cut, other: &Cut) -> Option<()> {
        if family.holds_cut(one, other) || family.holds_cut(other, one) {
            return Some(());
        }
        let Some(finest) = one.shape.join(&other.shape) else {
            return self.refuse(one, other, "weeks lie in no month, quarter or year, and overlap with each", &[WEEKS]);
        };
        let listed = |class: usize| family.cuts.iter().any(|c| c.class == class && c.shape == finest);
        if listed(one.class) && listed(other.class) {
            return Some(());
        }
        let by = finest.0.keys().map(|c| format!("`{c}`")).collect::<Vec<_>>().join(", ");
        let both = format!("list both by {by}");
        let asks = [(one, other), (other, one)].into_iter().filter(|(narrow, _)| !listed(narrow.class));
        if let Some(column) = asks.into_iter().find_map(|(narrow, wide)| family.asks_for_a_part(narrow, &wide.shape, wide.class)) {
            return self.refuse(one, other, &format!("one is told by `{column}`, and the other asks for it"), &[&both]);
        }
        if self.threshold.as_ref().is_some_and(|t| t.crosswise.is_some()) {
            return Some(());
        }
        let says = "write `crosswise because \"…\"` behind `min_group …`, where no value of one decides a value of the other, as a region decides its country";
        self.refuse(one, other, "where one decides the other, what is withheld follows", &[&both, says])
    }

    fn refuse(&self, one: &Cut, other: &Cut, why: &str, helps: &[&str]) -> Option<()> {
        let need = |cut: &Cut| self.needs.get(cut.need?);
        let (first, second) = (need(other)?, need(one)?);
        let message = format!("metrics `{}` and `{}` count the same people crosswise: {why}", first.pending.name, second.pending.name);
        let problem = Diagnostic::error(Code::CellsOverlap, second.pending.at, message).mark(first.pending.at, "the first");
        let problem = helps.iter().fold(problem, |problem, help| problem.help(*help));
        self.cx.error(problem.help("or take one of them out, into a fact that nobody reads who reads this one"));
        None
    }
}

const WEEKS: &str = "tell both by the week, or both by the month";

impl Family {
    /// Whether a number of its people, or of their rows, is told. What is summed up besides is no number of anybody.
    fn counts(&self, position: usize, cut: &Cut) -> bool {
        cut.listed || self.sums.iter().any(|sum| sum.cut == position && self.counts_rows(sum))
    }

    /// Whether each cell of the other is a part of one of this: of a coarser cut, or the same one, under no condition that the other is not under.
    fn holds_cut(&self, wide: &Cut, narrow: &Cut) -> bool {
        let same = wide.shape == narrow.shape;
        same || (wide.shape.holds(&narrow.shape) && (wide.class == narrow.class || self.implies(narrow.class, wide.class)))
    }

    /// A column of a shape that a cut's own condition asks for, where that shape is not told under it.
    fn asks_for_a_part(&self, cut: &Cut, shape: &Shape, class: usize) -> Option<Ident> {
        let (own, other) = (self.conditions.get(cut.class)?, self.conditions.get(class)?);
        shape.0.keys().find(|column| own.names_besides(column, other)).cloned()
    }
}
