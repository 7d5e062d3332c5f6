//! The cells of a sum, written as SQL.

use super::super::writer::{Part, TokenWriter};
use super::Fact;
use super::cells::{coordinate, write_groups, write_own_coordinates, write_periods};
use super::counts::write_count;
use super::definition::Shape as Source;
use super::shown::{position_of, total, write_coarser, write_coordinates};
use super::summed::{Here, Of, Weight};
use super::sums::Sum;
use crate::base::{Ident, Span};
use sqlparser::tokenizer::Token;

/// Of one or two values a sum always says how many rows hold which, however few people are asked for.
const SEVERAL: u32 = 3;

impl Fact<'_, '_> {
    /// `select coordinates, sum(cost) as value from table group by coordinates having count(distinct subject) >= k`
    pub(super) fn write_sums(&self, writer: &mut TokenWriter<'_, '_>, here: &Here<'_>) -> Option<()> {
        let (at, cut) = (here.at, here.cut);
        let count = here.family.conditions.get(cut.class)?;
        writer.words("select", at);
        write_own_coordinates(writer, cut, at);
        writer.sql("cast(", &[], at);
        write_measure(writer, here.sum.measure.aggregate(), here.sum, at);
        count.write_filter(writer, at);
        writer.sql("as numeric) as value", &[], at);
        if let Some(column) = &here.sum.measure.column {
            writer.sql(", count(distinct $1)", &[Part::Column("m", column)], at);
            count.write_filter(writer, at);
            writer.sql("as kinds", &[], at);
        }
        self.write_table(writer, here)?;
        write_periods(writer, cut, "where", at);
        write_groups(writer, cut, at);
        writer.words("having", at);
        write_count(writer, &here.family.subject, &[count], at);
        writer.sql(">= $1", &[Part::Number(self.threshold.as_ref()?.k)], at);
        Some(())
    }

    /// `select coordinates, people, whole, most from (select coordinates, subject, sum(cost) as net … group by …) group by coordinates`
    pub(super) fn write_shares(&self, writer: &mut TokenWriter<'_, '_>, here: &Here<'_>) -> Option<()> {
        let (at, cut) = (here.at, here.cut);
        let count = here.family.conditions.get(cut.class)?;
        writer.words("select", at);
        write_coordinates(writer, "h", cut, at);
        // Who adds nothing hides nobody.
        writer.sql("count(case when h.net <> 0 then h.person end) as people", &[], at);
        for weight in here.weights() {
            self.write_weight(writer, &weight, at)?;
        }
        writer.sql("from (select", &[], at);
        write_own_coordinates(writer, cut, at);
        writer.sql("$1 as person, cast(", &[Part::Column("m", &here.family.subject)], at);
        write_measure(writer, here.sum.measure.share(), here.sum, at);
        writer.sql("as numeric) as net", &[], at);
        for weight in here.weights() {
            let [name, _] = weight.columns();
            match weight.of {
                Of::Amount => {}
                Of::Rows => writer.sql(", cast(count(*) as numeric) as $1", &[Part::Name(name)], at),
                Of::Beside(other, sign) => {
                    writer.sql(", cast(", &[], at);
                    write_measure(writer, here.sum.measure.share(), here.sum, at);
                    writer.sql(sign, &[], at);
                    self.write_other(writer, here, other)?;
                    writer.sql("as numeric) as $1", &[Part::Name(name)], at);
                }
            }
        }
        self.write_table(writer, here)?;
        let lead = write_periods(writer, cut, "where", at);
        if !count.is_of_all() {
            writer.words(lead, at);
            writer.push(Token::LParen, at);
            count.write(writer, at);
            writer.push(Token::RParen, at);
        }
        write_groups(writer, cut, at);
        writer.sql(if cut.shape.0.is_empty() { "group by $1" } else { ", $1" }, &[Part::Column("m", &here.family.subject)], at);
        writer.sql(") as h", &[], at);
        for position in 0..cut.shape.0.len() {
            writer.sql(if position == 0 { "group by $1" } else { ", $1" }, &[Part::Column("h", &coordinate(position))], at);
        }
        Some(())
    }

    /// All of a weight in a cell, and the largest share.
    fn write_weight(&self, writer: &mut TokenWriter<'_, '_>, weight: &Weight<'_>, at: Span) -> Option<()> {
        let [whole, most] = weight.columns();
        let (own, names) = (Part::Column("h", whole), [Part::Name(whole), Part::Name(most)]);
        match weight.of {
            Of::Amount => writer.sql(", sum(abs(h.net)) as $1, max(abs(h.net)) as $2, sum(h.net) as net", &names, at),
            Of::Rows => {
                let [whole, most] = names;
                writer.sql(", sum($1) as $2, max($1) as $3", &[own, whole, most], at);
            }
            // The difference of fewer than `k` people hides nobody, told or withheld.
            Of::Beside(..) => {
                let [whole, most] = names;
                let k = Part::Number(self.threshold.as_ref()?.k);
                writer.sql(
                    ", case when count(case when $1 <> 0 then h.person end) >= $2 then sum(abs($1)) else 0 end as $3, max(abs($1)) as $4",
                    &[own, k, whole, most],
                    at,
                );
            }
        }
        Some(())
    }

    /// What another sum takes of the rows that this one is of.
    fn write_other(&self, writer: &mut TokenWriter<'_, '_>, here: &Here<'_>, other: &Sum) -> Option<()> {
        let (at, class) = (here.at, here.family.cuts.get(other.cut)?.class);
        if class == here.cut.class {
            write_measure(writer, other.measure.share(), other, at);
            return Some(());
        }
        writer.sql("sum(case when", &[], at);
        here.family.conditions.get(class)?.write(writer, at);
        match &other.measure.column {
            Some(column) => writer.sql("then $1 else 0 end)", &[Part::Column("m", column)], at),
            None => writer.sql("then 1 else 0 end)", &[], at),
        }
        Some(())
    }

    fn write_table(&self, writer: &mut TokenWriter<'_, '_>, here: &Here<'_>) -> Option<()> {
        let need = self.needs.get(here.sum.need)?;
        let Source::Over { source, .. } = &need.definition.shape else { return None };
        writer.words("from", here.at);
        writer.snippet(*source, &need.pending.env);
        writer.words("as m", here.at);
        Some(())
    }

    /// Every cell with its shares, which part of which total it is, and whether it may be told as far as its siblings are not looked at.
    pub(super) fn write_sum_parts(&self, writer: &mut TokenWriter<'_, '_>, here: &Here<'_>) -> Option<()> {
        let (at, cut) = (here.at, here.cut);
        writer.words("select", at);
        write_coordinates(writer, "h", cut, at);
        let parent = here.sum.parent.and_then(|p| here.family.sums.get(p));
        let whole = parent.and_then(|p| Some((p, self.needs.get(p.need)?, here.family.shape_of(p)?)));
        for (i, (column, grain)) in whole.iter().flat_map(|(_, _, shape)| shape.0.iter()).enumerate() {
            write_coarser(writer, "h", &position_of(cut, column)?, (cut.shape.0.get(column).copied()?, *grain), at);
            writer.sql("as $1,", &[Part::Name(&total(i))], at);
        }
        writer.sql("h.people,", &[], at);
        for name in here.weights().iter().flat_map(Weight::columns) {
            writer.sql("$1,", &[Part::Column("h", name)], at);
        }
        writer.sql("h.net,", &[], at);
        writer.sql("h.value, h.safe from (select", &[], at);
        self.write_beside(writer, here)?;
        writer.sql(") as h", &[], at);
        let Some((_, need, shape)) = whole else { return Some(()) };
        writer.words(if shape.0.is_empty() { "cross join" } else { "join" }, at);
        writer.sql("$1 as p", &[Part::Name(&need.pending.name)], at);
        for (i, (column, grain)) in shape.0.iter().enumerate() {
            let dimension = need.definition.dimensions.iter().any(|(d, _)| d == column);
            let told = if dimension { column.clone() } else { Ident::from("period_date") };
            writer.words(if i == 0 { "on" } else { "and" }, at);
            write_coarser(writer, "h", &position_of(cut, column)?, (cut.shape.0.get(column).copied()?, *grain), at);
            writer.sql("is not distinct from $1", &[Part::Column("p", &told)], at);
        }
        Some(())
    }

    /// A cell's shares, its sum, and whether its people are told, run together in one row. Joins would have to keep cells that have no sum, by
    /// coordinates that may be NULL, which not every warehouse can.
    fn write_beside(&self, writer: &mut TokenWriter<'_, '_>, here: &Here<'_>) -> Option<()> {
        let (at, cut, [sums, shares, _]) = (here.at, here.cut, &here.sum.names);
        write_coordinates(writer, "n", cut, at);
        let mut weights: Vec<Ident> = here.weights().iter().flat_map(Weight::columns).cloned().collect();
        weights.push(Ident::from("net"));
        let kinds = here.is_of_values();
        // One that says how many rows hold which of a few values hides nobody, told or withheld.
        let enough = Part::Number(SEVERAL.max(self.threshold.as_ref()?.k));
        writer.sql(
            if kinds { "case when max(n.kinds) >= $1 then max(n.people) else 0 end as people," } else { "max(n.people) as people," },
            &[enough],
            at,
        );
        for name in &weights {
            writer.sql("max($1) as $2,", &[Part::Column("n", name), Part::Name(name)], at);
        }
        writer.sql("max(n.value) as value, case when max(n.proven) = 1 and max(n.counted) = 1", &[], at);
        if kinds {
            writer.sql("and max(n.kinds) >= $1", &[enough], at);
        }
        writer.sql("and max(n.people) >= $1", &[Part::Number(self.threshold.as_ref()?.k)], at);
        for weight in here.weights() {
            let [whole, most] = weight.columns();
            writer.sql("and 2 * max($1) <= max($2)", &[Part::Column("n", most), Part::Column("n", whole)], at);
        }
        writer.sql("then 1 else 0 end as safe from (select", &[], at);
        write_coordinates(writer, "f", cut, at);
        writer.sql("f.people,", &[], at);
        weights.iter().for_each(|name| writer.sql("$1,", &[Part::Column("f", name)], at));
        let counted = Part::Number(u32::from(!here.family.is_counted()));
        writer.sql("cast(null as numeric) as value,", &[], at);
        writer.sql(
            if kinds { "0 as kinds, 0 as proven, $1 as counted from $2 as f" } else { "0 as proven, $1 as counted from $2 as f" },
            &[counted, Part::Name(shares)],
            at,
        );
        writer.words("union all select", at);
        write_coordinates(writer, "f", cut, at);
        write_nobody(writer, &weights, at);
        writer.sql(if kinds { "f.value, f.kinds, 1 as proven" } else { "f.value, 1 as proven" }, &[], at);
        writer.sql(", 0 as counted from $1 as f", &[Part::Name(sums)], at);
        if here.family.is_counted() {
            let [.., counted] = &cut.names;
            writer.words("union all select", at);
            for column in cut.shape.0.keys() {
                writer.sql("$1 as $2,", &[Part::Column("f", &self.told_as(cut, column)?), Part::Name(&position_of(cut, column)?)], at);
            }
            write_nobody(writer, &weights, at);
            writer.sql(if kinds { "cast(null as numeric) as value, 0 as kinds" } else { "cast(null as numeric) as value" }, &[], at);
            writer.sql(", 0 as proven, 1 as counted from $1 as f", &[Part::Name(counted)], at);
        }
        writer.sql(") as n", &[], at);
        for position in 0..cut.shape.0.len() {
            writer.sql(if position == 0 { "group by $1" } else { ", $1" }, &[Part::Column("n", &coordinate(position))], at);
        }
        Some(())
    }

    pub(super) fn write_told_sums(&self, writer: &mut TokenWriter<'_, '_>, here: &Here<'_>) -> Option<()> {
        let (at, [.., parts]) = (here.at, &here.sum.names);
        writer.words("select", at);
        self.write_output(writer, "s", here.cut, at)?;
        let totals = here.sum.parent.and_then(|p| here.family.sums.get(p)).and_then(|p| here.family.shape_of(p)).map(|s| s.0.len());
        let Some(totals) = totals else {
            writer.sql("s.value from $1 as s where s.safe = 1", &[Part::Name(parts)], at);
            return Some(());
        };
        writer.sql("s.value from (select", &[], at);
        write_coordinates(writer, "r", here.cut, at);
        let k = Part::Number(self.threshold.as_ref()?.k);
        writer.sql("r.value, r.safe, max(case when r.safe = 1 and (r.left_parts = 0 or", &[], at);
        writer.sql("((r.left_safe > 0 or r.left_people >= $1)", &[k], at);
        for weight in here.weights() {
            let [.., whole, most] = &weight.names;
            let (most, whole) = (Part::Column("r", most), Part::Column("r", whole));
            match weight.of {
                // Of one sign nothing is set off. Else the rest itself is held to `k` of the largest shares, so that as many people are left.
                Of::Amount => {
                    let k = Part::Number(self.threshold.as_ref()?.k);
                    writer.sql("and case when $1 = abs(r.left_net) then 2 else $2 end * $3 <= abs(r.left_net)", &[whole, k, most], at);
                }
                Of::Rows | Of::Beside(..) => writer.sql("and 2 * $1 <= $2", &[most, whole], at),
            }
        }
        writer.sql(")) then 1 else 0 end) over (", &[], at);
        write_partition(writer, "r", totals, at);
        writer.sql("order by r.people) as told from (select", &[], at);
        write_coordinates(writer, "q", here.cut, at);
        for i in 0..totals {
            writer.sql("$1 as $2,", &[Part::Column("q", &total(i)), Part::Name(&total(i))], at);
        }
        writer.sql("q.people, q.value, q.safe, max(case when q.safe = 0 then q.people else 0 end) over (", &[], at);
        write_partition(writer, "q", totals, at);
        writer.sql(") as left_people", &[], at);
        let parts_left = [
            (", count(*) over (", ") - sum(q.safe) over (", "order by q.people desc) as left_parts"),
            (", sum(q.safe) over (", ") - sum(q.safe) over (", "order by q.people desc) as left_safe"),
        ];
        for (all, told, name) in parts_left {
            writer.sql(all, &[], at);
            write_partition(writer, "q", totals, at);
            writer.sql(told, &[], at);
            write_partition(writer, "q", totals, at);
            writer.sql(name, &[], at);
        }
        let weights = here.weights();
        let net = [Ident::from("net"), Ident::from("left_net")];
        let left = weights.iter().flat_map(|weight| {
            let [whole, most, left_whole, left_most] = &weight.names;
            [(most, left_most), (whole, left_whole)]
        });
        let [net, left_net] = &net;
        for (all, left) in left.chain([(net, left_net)]) {
            writer.sql(", sum($1) over (", &[Part::Column("q", all)], at);
            write_partition(writer, "q", totals, at);
            writer.sql(") - sum(case when q.safe = 1 then $1 else 0 end) over (", &[Part::Column("q", all)], at);
            write_partition(writer, "q", totals, at);
            writer.sql("order by q.people desc) as $1", &[Part::Name(left)], at);
        }
        writer.sql("from $1 as q) as r) as s where s.told = 1 and s.safe = 1", &[Part::Name(parts)], at);
        Some(())
    }
}

fn write_partition(writer: &mut TokenWriter<'_, '_>, alias: &str, totals: usize, at: Span) {
    for i in 0..totals {
        writer.sql(if i == 0 { "partition by $1" } else { ", $1" }, &[Part::Column(alias, &total(i))], at);
    }
}

/// A row of nobody's shares.
fn write_nobody(writer: &mut TokenWriter<'_, '_>, weights: &[Ident], at: Span) {
    writer.sql("0 as people,", &[], at);
    weights.iter().for_each(|name| writer.sql("cast(0 as numeric) as $1,", &[Part::Name(name)], at));
}

fn write_measure(writer: &mut TokenWriter<'_, '_>, text: &'static str, sum: &Sum, at: Span) {
    match &sum.measure.column {
        Some(column) => writer.sql(text, &[Part::Column("m", column)], at),
        None => writer.sql(text, &[], at),
    }
}
