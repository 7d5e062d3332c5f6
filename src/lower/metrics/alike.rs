//! Sums of one fact that tell of the same: what one of them leaves out is their difference. What is summed up is called by where it is stored, so that a
//! column is one under all its names, and in every model that takes it along. Counts of rows are of the same where the rows are; and a sum and a mean of
//! one column are a count of rows, too.

use super::super::apart;
use super::super::whose::{is_key, root};
use super::cuts::Family;
use super::shape::{Grain, Shape};
use super::sums::Sum;
use super::{Fact, Need};
use crate::base::Ident;
use crate::diag::{Code, Diagnostic};
use crate::ir::TableId;
use std::collections::BTreeSet;

/// A stored column.
pub(super) type Stored = (TableId, u32);

/// Two sums that are held against each other: each with its own metric, to be named.
struct Pair<'f, 'n> {
    family: &'f Family,
    sum: &'f Sum,
    other: &'f Sum,
    names: [&'f Need<'n>; 2],
}

impl Family {
    /// Whether both are sums of one stored column, or counts of rows.
    pub(super) fn is_of_one(a: &Sum, b: &Sum) -> bool {
        a.stored == b.stored
    }

    /// Whether it tells, with what else is told, how many rows there are: a sum by the mean in its own cells is their number, and so are the sums of all
    /// parts by the mean of the whole. A total is none by the means of its parts: those say of the parts how many rows they have.
    pub(super) fn counts_rows(&self, sum: &Sum) -> bool {
        let Some(own) = self.shape_of(sum) else { return true };
        let beside = |other: &&Sum| {
            let reaches = |shape: &Shape| if sum.measure.is_mean() { own.holds(shape) } else { own == shape };
            Self::is_of_one(other, sum) && other.measure.is_mean() != sum.measure.is_mean() && self.shape_of(other).is_none_or(reaches)
        };
        sum.stored.is_none() || self.sums.iter().any(|other| beside(&other))
    }

    fn class_of(&self, sum: &Sum) -> Option<usize> {
        self.cuts.get(sum.cut).map(|c| c.class)
    }
}

impl Fact<'_, '_> {
    /// Where a column is stored.
    pub(super) fn stored(&self, table: TableId, column: &Ident) -> Stored {
        let position = self.cx.finished(table).and_then(|f| f.table.columns.iter().position(|c| c.name == *column));
        // One that is not there is refused where it is read.
        root(self.cx, (table, position.and_then(|p| u32::try_from(p).ok()).unwrap_or(u32::MAX)))
    }

    /// Looks at two sums of one family. `None` after reporting that what is left of one beside the other is not seen.
    pub(super) fn held_against(&self, family: &Family, sum: &Sum, other: &Sum) -> Option<()> {
        let one = Family::is_of_one(sum, other);
        if !(one || family.counts_rows(sum) && family.counts_rows(other)) {
            return Some(());
        }
        let pair = Pair { family, sum, other, names: [self.needs.get(sum.need)?, self.needs.get(other.need)?] };
        self.nested(&pair, one)?;
        for (wide, narrow) in [(sum, other), (other, sum)].into_iter().filter(|(wide, narrow)| self.holds(family, wide, narrow)) {
            if !one {
                self.beside_its_own(&pair, wide, narrow)?;
            }
            self.of_the_same_periods(&pair, wide, narrow)?;
        }
        Some(())
    }

    fn nested(&self, pair: &Pair<'_, '_>, one: bool) -> Option<()> {
        let Pair { family, sum, other, names: [name, first] } = pair;
        let one_in_the_other = self.holds(family, sum, other) || self.holds(family, other, sum);
        if family.class_of(sum) == family.class_of(other) && one_in_the_other {
            return Some(());
        }
        let (what, help) = if one_in_the_other {
            ("under two conditions", "list the condition as a dimension, `by …`: then what is left of the total is seen")
        } else {
            ("crosswise", "list one of them, or give one all dimensions of the other")
        };
        let (told, help) = if one {
            ("sum up the same", help.to_owned())
        } else {
            (
                "tell numbers of the same rows",
                format!("a sum and a mean of one column tell how many rows there are: leave the mean out, or {help}"),
            )
        };
        let message = format!("metrics `{}` and `{}` {told} {what}", first.pending.name, name.pending.name);
        self.overlap(pair, message, help)
    }

    /// A number of rows that follows from a sum and a mean is held against others where its column has a total of its own: parts are told by that.
    fn beside_its_own(&self, pair: &Pair<'_, '_>, wide: &Sum, narrow: &Sum) -> Option<()> {
        let Pair { family, names: [name, first], .. } = pair;
        let there = |s: &&Sum| {
            Family::is_of_one(s, narrow) && family.shape_of(s) == family.shape_of(wide) && family.class_of(s) == family.class_of(wide)
        };
        if family.sums.iter().any(|s| there(&s)) {
            return Some(());
        }
        let message = format!(
            "metrics `{}` and `{}` tell numbers of the same rows, one of them by a sum and a mean",
            first.pending.name, name.pending.name
        );
        self.overlap(pair, message, "leave the mean out, or list the sum in the cells of the other, too".to_owned())
    }

    /// A row without a day is in the total and in no month: what is left of the total would be of such rows.
    fn of_the_same_periods(&self, pair: &Pair<'_, '_>, wide: &Sum, narrow: &Sum) -> Option<()> {
        let Pair { family, names: [name, first], .. } = pair;
        let (wide, narrow) = (family.shape_of(wide)?, family.shape_of(narrow)?);
        let columns = &self.cx.finished(family.table)?.table.columns;
        let nullable = |column: &Ident| columns.iter().find(|c| c.name == *column).is_none_or(|c| c.nullable);
        let asked = |column: &Ident| family.class_of(pair.sum).and_then(|c| family.conditions.get(c)).is_some_and(|c| c.asks_for(column));
        let mut periods = narrow.0.iter().filter(|(column, grain)| **grain != Grain::Exact && !wide.0.contains_key(*column));
        let Some((column, _)) = periods.find(|(column, _)| nullable(column) && !asked(column)) else { return Some(()) };
        let message = format!(
            "metrics `{}` and `{}` sum up the same, and one of them leaves out rows without a `{column}`",
            first.pending.name, name.pending.name
        );
        self.overlap(pair, message, format!("write `where {column} is not null` in all of them: then they are of the same rows"))
    }

    fn overlap(&self, pair: &Pair<'_, '_>, message: String, help: String) -> Option<()> {
        let [name, first] = pair.names;
        let problem = Diagnostic::error(Code::CellsOverlap, name.pending.at, message).mark(first.pending.at, "the first");
        self.cx.error(problem.help(help));
        None
    }

    /// Looks at sums of two families: over two models, or of two subjects. Nothing withheld in one is seen in the other. `None` after reporting two of
    /// one stored column, or of the same rows.
    pub(super) fn apart(&self, families: &[Family]) -> Option<()> {
        for (position, family) in families.iter().enumerate() {
            for other in families.iter().take(position) {
                self.nothing_in_common(family, other)?;
            }
        }
        Some(())
    }

    fn nothing_in_common(&self, family: &Family, other: &Family) -> Option<()> {
        let same_rows = self.of_the_same_rows(family, other);
        for sum in &family.sums {
            let alike = |o: &&Sum| {
                let rows = || same_rows && family.counts_rows(sum) && other.counts_rows(o);
                (sum.stored.is_some() && Family::is_of_one(sum, o)) || rows()
            };
            let Some(first) = other.sums.iter().find(alike) else { continue };
            let pair = Pair { family, sum, other: first, names: [self.needs.get(sum.need)?, self.needs.get(first.need)?] };
            let [name, first] = pair.names;
            let (what, help) = if family.table == other.table {
                ("of two subjects", "name one subject in both")
            } else {
                (
                    "from two tables",
                    "take both from one model, and the condition as a dimension, `by …`: then what is left of the total is seen",
                )
            };
            let message = format!("metrics `{}` and `{}` sum up the same {what}", first.pending.name, name.pending.name);
            return self.overlap(&pair, message, help.to_owned());
        }
        Some(())
    }

    /// Whether the rows of two families may be the same: one table, one column that names whose they are, one key, or rows of one stored table, whatever is
    /// taken along of them.
    fn of_the_same_rows(&self, a: &Family, b: &Family) -> bool {
        let keys = |family: &Family| -> BTreeSet<Stored> {
            let count = self.cx.finished(family.table).map_or(0, |f| f.table.columns.len());
            let all = (0..count).filter_map(|c| Some((family.table, u32::try_from(c).ok()?)));
            all.filter(|c| is_key(self.cx, *c)).map(|c| root(self.cx, c)).collect()
        };
        let subject = |family: &Family| self.stored(family.table, &family.subject);
        let rows = |family: &Family| apart::stored_rows(self.cx, family.table);
        a.table == b.table || subject(a) == subject(b) || !keys(a).is_disjoint(&keys(b)) || !rows(a).is_disjoint(&rows(b))
    }
}
