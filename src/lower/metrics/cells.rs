//! All cells of a cut, small ones too: never told, only looked at by the steps that follow.

use super::super::parse::parse_query;
use super::super::query::lower_query;
use super::super::writer::{Part, TokenWriter};
use super::Fact;
use super::counts::write_count;
use super::cuts::{Cut, Family};
use super::definition::Shape as Source;
use super::period::truncated;
use super::shape::Grain;
use crate::base::{Ident, Span};
use sqlparser::tokenizer::Token;

/// The column of a cut's `n`th coordinate.
pub(super) fn coordinate(position: usize) -> Ident {
    Ident::folded(&format!("by_{}", position + 1))
}

impl Fact<'_, '_> {
    /// `select coordinates, value, whether it may be told from table group by coordinates having value > 0`
    pub(super) fn all_cells(&mut self, family: usize, cut: usize) -> Option<()> {
        let family = self.families.get(family)?;
        let index = cut;
        let cut = family.cuts.get(index)?;
        let need = self.needs.get(cut.need.or_else(|| family.cuts.first().and_then(|c| c.need))?)?;
        let Source::Over { table, source, .. } = &need.definition.shape else { return None };
        let at = need.pending.at;
        let k = self.threshold.as_ref()?.k;
        let count = family.conditions.get(cut.class)?;
        let mut writer = TokenWriter::new(self.cx, self.shared.generator);
        writer.words("select", at);
        write_own_coordinates(&mut writer, cut, at);
        writer.sql("cast(", &[], at);
        write_count(&mut writer, &family.subject, &[count], at);
        writer.sql("as numeric) as value, case when", &[], at);
        write_count(&mut writer, &family.subject, &[count], at);
        writer.sql(">= $1", &[Part::Number(k)], at);
        self.write_differences(&mut writer, family, index, at);
        writer.sql("then 1 else 0 end as safe from", &[], at);
        writer.snippet(*source, &need.pending.env);
        writer.words("as m", at);
        write_periods(&mut writer, cut, "where", at);
        write_groups(&mut writer, cut, at);
        writer.words("having", at);
        write_count(&mut writer, &family.subject, &[count], at);
        writer.sql("> 0", &[], at);
        let tokens = (!writer.failed).then_some(writer.out)?;
        let query = parse_query(self.cx, tokens)?;
        self.asks_nothing_else(&query, &need.pending.name, at)?;
        let lowered = lower_query(self.cx, None, &query);
        self.cx.reads.borrow_mut().insert(*table);
        let [name, ..] = cut.names.clone();
        self.keep(name, lowered, at);
        Some(())
    }

    /// `and …`, for each other condition that is counted in the same cells: who is counted here may be all but a few of those there. Nested
    /// word for word, or in the data.
    pub(super) fn write_differences(&self, writer: &mut TokenWriter<'_, '_>, family: &Family, index: usize, at: Span) {
        let (Some(cut), Some(threshold)) = (family.cuts.get(index), &self.threshold) else { return };
        let Some(own) = family.conditions.get(cut.class) else { return };
        for (class, other) in family.conditions.iter().enumerate() {
            let alike = family.cuts.iter().any(|c| c.class == class && c.shape == cut.shape);
            if class == cut.class || !alike || family.implies(class, cut.class) {
                continue;
            }
            writer.words("and not", at);
            writer.push(Token::LParen, at);
            if !family.implies(cut.class, class) {
                write_count(writer, &family.subject, &[own, other], at);
                writer.push(Token::Eq, at);
                write_count(writer, &family.subject, &[other], at);
                writer.words("and", at);
            }
            write_count(writer, &family.subject, &[other], at);
            writer.push(Token::Minus, at);
            write_count(writer, &family.subject, &[own], at);
            writer.sql("between 1 and $1)", &[Part::Number(threshold.k - 1)], at);
        }
    }
}

/// Columns of a cut, out of the table they are counted in.
pub(super) fn write_own_coordinates(writer: &mut TokenWriter<'_, '_>, cut: &Cut, at: Span) {
    for (position, (column, grain)) in cut.shape.0.iter().enumerate() {
        truncated(writer, "m", column, *grain, at);
        writer.sql("as $1,", &[Part::Name(&coordinate(position))], at);
    }
}

/// `where day is not null`, of each period; what the next condition begins with.
pub(super) fn write_periods(writer: &mut TokenWriter<'_, '_>, cut: &Cut, mut lead: &'static str, at: Span) -> &'static str {
    for (column, _) in cut.shape.0.iter().filter(|(_, grain)| **grain != Grain::Exact) {
        writer.words(lead, at);
        writer.sql("$1 is not null", &[Part::Column("m", column)], at);
        lead = "and";
    }
    lead
}

pub(super) fn write_groups(writer: &mut TokenWriter<'_, '_>, cut: &Cut, at: Span) {
    for (i, (column, grain)) in cut.shape.0.iter().enumerate() {
        if i == 0 {
            writer.words("group by", at);
        } else {
            writer.push(Token::Comma, at);
        }
        truncated(writer, "m", column, *grain, at);
    }
}
