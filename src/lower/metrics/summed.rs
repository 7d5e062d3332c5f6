//! The cells of a sum that are told.

use super::super::equal::Place;
use super::super::parse::parse_query;
use super::super::query::{Lowered, lower_query};
use super::super::writer::TokenWriter;
use super::super::{once, owned};
use super::cuts::{Cut, Family};
use super::definition::Shape as Source;
use super::sums::Sum;
use super::{Fact, of_groups};
use crate::base::{Ident, Span};
use crate::diag::{Code, Diagnostic};
use crate::ir::{SetExpr, TableId};

/// What the queries of one sum are written from.
pub(super) struct Here<'h> {
    pub(super) family: &'h Family,
    pub(super) sum: &'h Sum,
    pub(super) cut: &'h Cut,
    pub(super) at: Span,
}

/// What people weigh in a sum, as `with` entries call it.
pub(super) struct Weight<'h> {
    pub(super) of: Of<'h>,
    /// All of it, the largest share of one person, and both of what is left of a total.
    pub(super) names: [Ident; 4],
}

#[derive(Clone, Copy)]
pub(super) enum Of<'h> {
    /// What is summed up, signs left out.
    Amount,
    /// How many rows there are.
    Rows,
    /// What is told of the sum by another one beside it: their difference, or what both are together.
    Beside(&'h Sum, &'static str),
}

impl<'h> Weight<'h> {
    fn new(of: Of<'h>, names: [String; 4]) -> Weight<'h> {
        Weight { of, names: names.map(|name| Ident::from(name.as_str())) }
    }

    pub(super) fn columns(&self) -> [&Ident; 2] {
        let [whole, most, ..] = &self.names;
        [whole, most]
    }
}

impl<'h> Here<'h> {
    /// A sum and a mean of one column tell how many rows there are: nobody's rows may be most of them, either. And of two columns the difference is told.
    pub(super) fn weights(&self) -> Vec<Weight<'h>> {
        let named = |names: [&str; 4]| names.map(str::to_owned);
        let mut all = vec![Weight::new(Of::Amount, named(["whole", "most", "left_whole", "left_most"]))];
        if self.sum.stored.is_some() && self.family.counts_rows(self.sum) {
            all.push(Weight::new(Of::Rows, named(["entries", "widest", "left_entries", "left_widest"])));
        }
        let beside = self.family.beside(self.sum).into_iter().flat_map(|other| [(other, "-"), (other, "+")]);
        for (i, (other, sign)) in beside.enumerate() {
            let name = |stem: &str| format!("{stem}_{}", i + 1);
            all.push(Weight::new(Of::Beside(other, sign), ["gap", "widest_gap", "left_gap", "left_widest_gap"].map(name)));
        }
        all
    }

    /// Whether a column is summed up: of few different values, its sum says how many rows hold which, beside their number, and is a count of them.
    pub(super) fn is_of_values(&self) -> bool {
        self.sum.stored.is_some()
    }
}

impl Fact<'_, '_> {
    /// Every `with` entry of a family's sums.
    pub(super) fn sums(&mut self, family: usize) -> Option<()> {
        for sum in self.families.get(family)?.sums_in_order() {
            let here = self.of(family, sum)?;
            let (need, at, names, k) = (here.sum.need, here.at, here.sum.names.clone(), self.threshold.as_ref()?.k);
            let [sums, shares, weighed] = names;
            let made = self.summed(&here)?;
            for (name, lowered) in [sums, shares].into_iter().zip(made) {
                self.keep(name, lowered, at);
            }
            let here = self.of(family, sum)?;
            let parts = self.lowered(|writer| self.write_sum_parts(writer, &here))?;
            self.keep(weighed, parts, at);
            let here = self.of(family, sum)?;
            let mut told = self.lowered(|writer| self.write_told_sums(writer, &here))?;
            of_groups(&mut told, k);
            self.keep(self.needs.get(need)?.pending.name.clone(), told, at);
            self.done.insert(need);
        }
        Some(())
    }

    fn of(&self, family: usize, sum: usize) -> Option<Here<'_>> {
        let family = self.families.get(family)?;
        let sum = family.sums.get(sum)?;
        Some(Here { family, sum, cut: family.cuts.get(sum.cut)?, at: self.needs.get(sum.need)?.pending.at })
    }

    /// The sums of `k` people and more, proven to be no less than that tells, and everybody's shares.
    fn summed(&self, here: &Here<'_>) -> Option<[Lowered; 2]> {
        let need = self.needs.get(here.sum.need)?;
        let Source::Over { table, .. } = &need.definition.shape else { return None };
        let k = self.threshold.as_ref()?.k;
        let sums = self.of_table(*table, &need.pending.name, here.at, |writer| self.write_sums(writer, here))?;
        let value = sums.query.columns.iter().find(|c| c.name.as_str() == "value")?;
        let told = value.label.value_part();
        if told.aggregated(k) != told || !self.holds_each_row_once(*table, &sums) {
            let name = &need.pending.name;
            let message = format!("nothing proves that metric `{name}` sums up only what belongs to those who are counted");
            self.cx.error(Diagnostic::error(Code::UnprovenSum, here.at, message).help(
                "what is summed up is a stored column that its source declares `measure`, never NULL, in a row of the person's own that no join repeats; conditions ask stored columns of that row",
            ));
            return None;
        }
        let shares = self.of_table(*table, &need.pending.name, here.at, |writer| self.write_shares(writer, here))?;
        Some([sums, shares])
    }

    /// Whether every row is a stored one, there once: how often another is repeated could spell out a value. A column that is never NULL says so
    /// by where it is stored.
    fn holds_each_row_once(&self, table: TableId, sums: &Lowered) -> bool {
        let SetExpr::Select(select) = &sums.query.body else { return false };
        let Some(columns) = self.cx.finished(table).map(|f| &f.table.columns) else { return false };
        let groups: Vec<Place> = select.group.keys.iter().filter_map(owned::plain).collect();
        let place = |name: &Ident| (Ident::from("m"), name.clone());
        let once = |name: &Ident| once::once(self.cx, &select.from, select.filter.as_ref(), &groups, &place(name));
        columns.iter().any(|c| !c.nullable && once(&c.name))
    }

    fn of_table(
        &self,
        table: TableId,
        name: &Ident,
        at: Span,
        write: impl FnOnce(&mut TokenWriter<'_, '_>) -> Option<()>,
    ) -> Option<Lowered> {
        let mut writer = TokenWriter::new(self.cx, self.shared.generator);
        write(&mut writer)?;
        let tokens = (!writer.failed).then_some(writer.out)?;
        let query = parse_query(self.cx, tokens)?;
        // Shares are added up in a query of their own, under the conditions that the sums were looked at with.
        if query.body.as_select().is_some_and(|s| s.having.is_some()) {
            self.asks_nothing_else(&query, name, at)?;
        }
        let lowered = lower_query(self.cx, None, &query);
        self.cx.reads.borrow_mut().insert(table);
        Some(lowered)
    }
}
