//! The cells of a cut that are told, where cells lie in each other.

use super::super::parse::parse_query;
use super::super::query::{Lowered, lower_query};
use super::super::writer::{Part, TokenWriter};
use super::cells::coordinate;
use super::cuts::{Cut, Family};
use super::period::truncated;
use super::shape::{Grain, Shape};
use super::{Fact, of_groups};
use crate::base::{Ident, Span};
use sqlparser::tokenizer::Token;

impl Fact<'_, '_> {
    /// Every `with` entry of a family.
    pub(super) fn family(&mut self, family: usize) -> Option<()> {
        let here = self.families.get(family)?;
        if !here.is_counted() {
            return self.sums(family);
        }
        if here.is_flat() {
            self.flat(family)?;
            return self.sums(family);
        }
        let order = here.in_order()?;
        for cut in 0..here.cuts.len() {
            self.all_cells(family, cut)?;
        }
        for cut in order {
            let here = self.families.get(family)?;
            let told = here.cuts.get(cut)?;
            let (need, [_, parts, name]) = (told.need.filter(|_| told.listed), told.names.clone());
            let at = self.place(here, told)?;
            if told.parent.is_some() {
                let lowered = self.lowered(|writer| self.write_parts(writer, here, cut, at))?;
                self.keep(parts, lowered, at);
            }
            let here = self.families.get(family)?;
            let mut lowered = self.lowered(|writer| self.write_told(writer, here, cut, at))?;
            if let Some(need) = need {
                of_groups(&mut lowered, self.threshold.as_ref()?.k);
                self.done.insert(need);
            }
            self.keep(name, lowered, at);
        }
        self.sums(family)
    }

    fn place(&self, family: &Family, cut: &Cut) -> Option<Span> {
        let need = cut.need.or_else(|| family.cuts.first().and_then(|c| c.need))?;
        Some(self.needs.get(need)?.pending.at)
    }

    pub(super) fn lowered(&self, write: impl FnOnce(&mut TokenWriter<'_, '_>) -> Option<()>) -> Option<Lowered> {
        let mut writer = TokenWriter::new(self.cx, self.shared.generator);
        write(&mut writer)?;
        let tokens = (!writer.failed).then_some(writer.out)?;
        Some(lower_query(self.cx, None, &parse_query(self.cx, tokens)?))
    }

    /// All cells of told parents: which parent's, how many that holds, and whether a cell may be told as far as its siblings are not looked at.
    fn write_parts(&self, writer: &mut TokenWriter<'_, '_>, family: &Family, index: usize, at: Span) -> Option<()> {
        let cut = family.cuts.get(index)?;
        let parent = family.cuts.get(cut.parent?)?;
        writer.words("select", at);
        write_coordinates(writer, "c", cut, at);
        writer.sql("c.value,", &[], at);
        for (i, column) in parent.shape.0.keys().enumerate() {
            writer.sql("$1 as $2,", &[Part::Column("p", &self.told_as(parent, column)?), Part::Name(&total(i))], at);
        }
        writer.sql("p.value as whole, case when", &[], at);
        self.write_safe(writer, cut, at)?;
        writer.sql("then 1 else 0 end as safe", &[], at);
        self.write_sources(writer, family, index, at)
    }

    /// The cells that are told.
    fn write_told(&self, writer: &mut TokenWriter<'_, '_>, family: &Family, index: usize, at: Span) -> Option<()> {
        let cut = family.cuts.get(index)?;
        let from = if cut.parent.is_some() { "s" } else { "c" };
        writer.words("select", at);
        self.write_output(writer, from, cut, at)?;
        writer.sql("$1 as value", &[Part::Column(from, &Ident::from("value"))], at);
        let Some(parent) = cut.parent.and_then(|p| family.cuts.get(p)) else {
            self.write_sources(writer, family, index, at)?;
            writer.words("where", at);
            return self.write_safe(writer, cut, at);
        };
        self.write_from_the_largest(writer, cut, parent.shape.0.len(), at)
    }

    /// Told from the largest down, as long as what is left of the parent is nothing or enough: at least `k`, beside the largest cell that is
    /// withheld although it holds `k`, for its own number must not follow from what is left.
    fn write_from_the_largest(&self, writer: &mut TokenWriter<'_, '_>, cut: &Cut, totals: usize, at: Span) -> Option<()> {
        let k = Part::Number(self.threshold.as_ref()?.k);
        let partition = |writer: &mut TokenWriter<'_, '_>, alias: &str| {
            for i in 0..totals {
                writer.sql(if i == 0 { "partition by $1" } else { ", $1" }, &[Part::Column(alias, &total(i))], at);
            }
        };
        writer.sql("from (select", &[], at);
        write_coordinates(writer, "r", cut, at);
        writer.sql(
            "r.value, r.safe, max(case when r.safe = 1 and (r.remainder = 0 or abs(r.remainder) >= r.least) then 1 else 0 end) over (",
            &[],
            at,
        );
        partition(writer, "r");
        writer.sql("order by r.value) as told from (select", &[], at);
        write_coordinates(writer, "q", cut, at);
        for i in 0..totals {
            writer.sql("$1 as $2,", &[Part::Column("q", &total(i)), Part::Name(&total(i))], at);
        }
        writer.sql("q.value, q.safe, q.whole - sum(case when q.safe = 1 then q.value else 0 end) over (", &[], at);
        partition(writer, "q");
        writer.sql(
            "order by q.value desc) as remainder, $1 + max(case when q.safe = 0 and q.value >= $1 then q.value else 0 end) over (",
            &[k],
            at,
        );
        partition(writer, "q");
        let [_, parts, _] = &cut.names;
        writer.sql(") as least from $1 as q) as r) as s where s.told = 1 and s.safe = 1", &[Part::Name(parts)], at);
        Some(())
    }

    /// `from cells as c join …`: whatever decides a cell.
    fn write_sources(&self, writer: &mut TokenWriter<'_, '_>, family: &Family, index: usize, at: Span) -> Option<()> {
        let cut = family.cuts.get(index)?;
        let [cells, ..] = &cut.names;
        writer.sql("from $1 as c", &[Part::Name(cells)], at);
        if let Some(parent) = cut.parent.and_then(|p| family.cuts.get(p)) {
            self.write_join(writer, (cut, parent), "p", at)?;
        }
        for (i, superset) in cut.supersets.iter().enumerate() {
            self.write_superset(writer, (cut, family.cuts.get(*superset)?), &format!("g{}", i + 1), at)?;
        }
        for (i, side) in cut.sides.iter().enumerate() {
            let alias = format!("x{}", i + 1);
            let side = family.cuts.get(*side)?;
            let [cells, ..] = &side.names;
            writer.words(if side.shape.0.is_empty() { "cross join" } else { "join" }, at);
            writer.sql("$1 as $2", &[Part::Name(cells), Part::Name(&Ident::from(alias.as_str()))], at);
            let names = (0..side.shape.0.len()).map(coordinate).collect::<Vec<_>>();
            write_match(writer, cut, &side.shape, &alias, &names, at);
        }
        for (i, (finer, frame)) in cut.gaps.iter().enumerate() {
            let frame = frame.and_then(|f| family.cuts.get(f)).map(|f| f.shape.clone()).unwrap_or_default();
            self.write_whole(writer, (cut, family.cuts.get(*finer)?), &frame, &format!("w{}", i + 1), at)?;
        }
        Some(())
    }

    /// What a cell has to be for itself, under its totals and beside those who are counted without its condition.
    fn write_safe(&self, writer: &mut TokenWriter<'_, '_>, cut: &Cut, at: Span) -> Option<()> {
        let k = Part::Number(self.threshold.as_ref()?.k);
        writer.sql("c.safe = 1", &[], at);
        for i in 0..cut.supersets.len() {
            writer.sql("and $1 = 1", &[Part::Column(&format!("g{}", i + 1), &Ident::from("told"))], at);
        }
        let sides = (0..cut.sides.len()).map(|i| format!("x{}", i + 1));
        for alias in sides.clone() {
            writer.sql("and $1 = 1", &[Part::Column(&alias, &Ident::from("safe"))], at);
        }
        for alias in cut.parent.map(|_| "p".to_owned()).into_iter().chain(sides) {
            let value = Ident::from("value");
            let difference = [Part::Column(&alias, &value), Part::Column("c", &value), k];
            writer.sql("and ($1 = $2 or $1 - $2 >= $3)", &difference, at);
        }
        Some(())
    }

    /// `join` with all cells of those who are counted without the condition, and whether they are told.
    fn write_superset(&self, writer: &mut TokenWriter<'_, '_>, (cut, other): (&Cut, &Cut), alias: &str, at: Span) -> Option<()> {
        let [cells, _, told] = &other.names;
        writer.words(if other.shape.0.is_empty() { "cross join" } else { "join" }, at);
        writer.sql("(select", &[], at);
        let names: Vec<Ident> = (0..other.shape.0.len()).map(coordinate).collect();
        for name in &names {
            writer.sql("$1 as $2,", &[Part::Column("n", name), Part::Name(name)], at);
        }
        writer.sql("max(n.told) as told from (select", &[], at);
        write_coordinates(writer, "f", other, at);
        writer.sql("0 as told from $1 as f union all select", &[Part::Name(cells)], at);
        for (column, name) in other.shape.0.keys().zip(&names) {
            writer.sql("$1 as $2,", &[Part::Column("f", &self.told_as(other, column)?), Part::Name(name)], at);
        }
        writer.sql("1 as told from $1 as f) as n", &[Part::Name(told)], at);
        for (i, name) in names.iter().enumerate() {
            writer.sql(if i == 0 { "group by $1" } else { ", $1" }, &[Part::Column("n", name)], at);
        }
        writer.sql(") as $1", &[Part::Name(&Ident::from(alias))], at);
        write_match(writer, cut, &other.shape, alias, &names, at);
        Some(())
    }

    /// `join told as p on the cell lies in p's`
    fn write_join(&self, writer: &mut TokenWriter<'_, '_>, (cut, other): (&Cut, &Cut), alias: &str, at: Span) -> Option<()> {
        let names: Option<Vec<Ident>> = other.shape.0.keys().map(|c| self.told_as(other, c)).collect();
        let [.., told] = &other.names;
        writer.words(if other.shape.0.is_empty() { "cross join" } else { "join" }, at);
        writer.sql("$1 as $2", &[Part::Name(told), Part::Name(&Ident::from(alias))], at);
        write_match(writer, cut, &other.shape, alias, &names?, at);
        Some(())
    }

    /// `join` with the frames in which every cell of a finer cut is told.
    fn write_whole(
        &self,
        writer: &mut TokenWriter<'_, '_>,
        (cut, finer): (&Cut, &Cut),
        frame: &Shape,
        alias: &str,
        at: Span,
    ) -> Option<()> {
        let [cells, _, told] = &finer.names;
        writer.words(if frame.0.is_empty() { "cross join" } else { "join" }, at);
        writer.sql("(select", &[], at);
        let names: Vec<Ident> = (0..frame.0.len()).map(coordinate).collect();
        for name in &names {
            writer.sql("$1 as $2,", &[Part::Column("n", name), Part::Name(name)], at);
        }
        writer.sql("count(*) as entries from (select", &[], at);
        for (from, is_told) in [(cells, false), (told, true)] {
            for ((column, grain), name) in frame.0.iter().zip(&names) {
                let own = if is_told { self.told_as(finer, column)? } else { position_of(finer, column)? };
                write_coarser(writer, "f", &own, (finer.shape.0.get(column).copied()?, *grain), at);
                writer.sql("as $1,", &[Part::Name(name)], at);
            }
            let end = if is_told { "-1 as missing from $1 as f) as n" } else { "1 as missing from $1 as f union all select" };
            writer.sql(end, &[Part::Name(from)], at);
        }
        for (i, name) in names.iter().enumerate() {
            writer.sql(if i == 0 { "group by $1" } else { ", $1" }, &[Part::Column("n", name)], at);
        }
        writer.sql("having sum(n.missing) = 0) as $1", &[Part::Name(&Ident::from(alias))], at);
        write_match(writer, cut, frame, alias, &names, at);
        Some(())
    }

    /// The output of what is told: a metric's as its fact lists it, a total's coordinates as they are.
    pub(super) fn write_output(&self, writer: &mut TokenWriter<'_, '_>, from: &str, cut: &Cut, at: Span) -> Option<()> {
        let Some(need) = cut.need.and_then(|i| self.needs.get(i)) else {
            write_coordinates(writer, from, cut, at);
            return Some(());
        };
        let definition = &need.definition;
        match (&definition.period, definition.grain.as_ref().and_then(|(g, _)| Grain::from_name(g))) {
            (Some((column, _)), Some(grain)) => {
                write_coarser(writer, from, &position_of(cut, column)?, (cut.shape.0.get(column).copied()?, grain), at);
            }
            _ => writer.sql("cast(null as date)", &[], at),
        }
        writer.words("as period_date", at);
        writer.push(Token::Comma, at);
        for (dimension, at) in &definition.dimensions {
            writer.sql("$1 as $2,", &[Part::Column(from, &position_of(cut, dimension)?), Part::Name(dimension)], *at);
        }
        Some(())
    }

    /// What a column of a cut is called where it is told.
    pub(super) fn told_as(&self, cut: &Cut, column: &Ident) -> Option<Ident> {
        let Some(need) = cut.need.and_then(|i| self.needs.get(i)) else { return position_of(cut, column) };
        let dimension = need.definition.dimensions.iter().any(|(d, _)| d == column);
        Some(if dimension { column.clone() } else { Ident::from("period_date") })
    }
}

/// Which part of a total a column of [`Fact::write_parts`] is.
pub(super) fn total(position: usize) -> Ident {
    Ident::folded(&format!("of_{}", position + 1))
}

pub(super) fn position_of(cut: &Cut, column: &Ident) -> Option<Ident> {
    cut.shape.0.keys().position(|c| c == column).map(coordinate)
}

pub(super) fn write_coordinates(writer: &mut TokenWriter<'_, '_>, alias: &str, cut: &Cut, at: Span) {
    for position in 0..cut.shape.0.len() {
        let name = coordinate(position);
        writer.sql("$1 as $2,", &[Part::Column(alias, &name), Part::Name(&name)], at);
    }
}

/// A coordinate that is there in one grain, in a coarser one.
pub(super) fn write_coarser(writer: &mut TokenWriter<'_, '_>, alias: &str, name: &Ident, (has, wanted): (Grain, Grain), at: Span) {
    truncated(writer, alias, name, if has == wanted { Grain::Exact } else { wanted }, at);
}

/// `on the coordinates of c, made as coarse, are those of the other`
fn write_match(writer: &mut TokenWriter<'_, '_>, cut: &Cut, shape: &Shape, alias: &str, names: &[Ident], at: Span) {
    for (i, ((column, grain), name)) in shape.0.iter().zip(names).enumerate() {
        writer.words(if i == 0 { "on" } else { "and" }, at);
        let (Some(own), Some(has)) = (position_of(cut, column), cut.shape.0.get(column)) else {
            writer.failed = true;
            return;
        };
        write_coarser(writer, "c", &own, (*has, *grain), at);
        writer.sql("is not distinct from $1", &[Part::Column(alias, name)], at);
    }
}
