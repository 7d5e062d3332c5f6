//! A metric over a table, and cells that are no part of each other.

use super::super::parse::parse_query;
use super::super::query::{Lowered, lower_query};
use super::super::writer::{Part, TokenWriter};
use super::counts::write_count;
use super::cuts::Family;
use super::definition::Shape;
use super::period::{cast_numeric, conditions, group, period};
use super::{Fact, of_groups};
use sqlparser::tokenizer::{Token, TokenWithSpan};

impl<'f> Fact<'f, '_> {
    /// A metric without a smallest group: `select period, dimensions, value from table where … group by …`
    pub(super) fn plain(&mut self, position: usize) -> Option<()> {
        let need = self.needs.get(position)?;
        let Shape::Over { value, .. } = &need.definition.shape else { return None };
        let mut writer = TokenWriter::new(self.cx, self.shared.generator);
        writer.snippet(*value, &need.pending.env);
        let value = (!writer.failed).then_some(writer.out)?;
        let lowered = self.cells_of(position, &value, true, &[], false)?;
        let (name, at) = (need.pending.name.clone(), need.pending.at);
        self.keep(name, lowered, at);
        self.done.insert(position);
        Some(())
    }

    /// Cuts that are all alike: each cell stands for itself, but for the conditions that may hold one in another.
    pub(super) fn flat(&mut self, family: usize) -> Option<()> {
        let family = self.families.get(family)?;
        let mut made = Vec::new();
        for (index, cut) in family.cuts.iter().enumerate() {
            let position = cut.need?;
            let need = self.needs.get(position)?;
            let Shape::Over { value, filter, .. } = &need.definition.shape else { return None };
            let at = need.pending.at;
            let alone = cut.listed && (family.cuts.len() == 1 || !self.filtered(family));
            let mut writer = TokenWriter::new(self.cx, self.shared.generator);
            if alone {
                writer.snippet(*value, &need.pending.env);
            } else {
                write_count(&mut writer, &family.subject, &[family.conditions.get(cut.class)?], at);
            }
            let value = (!writer.failed).then(|| std::mem::take(&mut writer.out))?;
            let threshold = self.threshold.as_ref()?;
            writer.words("having", at);
            if threshold.zeros {
                writer.sql("($1) = 0 or", &[Part::Tokens(&value)], at);
            }
            writer.sql("($1) >= $2", &[Part::Tokens(&value), Part::Number(threshold.k)], at);
            self.write_differences(&mut writer, family, index, at);
            let mut lowered = self.cells_of(position, &value, alone && filter.is_some(), &writer.out, true)?;
            of_groups(&mut lowered, threshold.k);
            let [.., name] = cut.names.clone();
            made.push((cut.listed.then_some(position), name, lowered, at));
        }
        for (position, name, lowered, at) in made {
            self.keep(name, lowered, at);
            self.done.extend(position);
        }
        Some(())
    }

    /// Whether a metric of a family chooses its rows by a `where` of its own: then what two count is not counted over the same rows.
    fn filtered(&self, family: &Family) -> bool {
        let needs = family.cuts.iter().filter_map(|c| self.needs.get(c.need?));
        needs.into_iter().any(|n| matches!(&n.definition.shape, Shape::Over { filter: Some(_), .. }))
    }

    /// `select period, dimensions, value from table where … group by … having …`
    fn cells_of(
        &self,
        position: usize,
        value: &[TokenWithSpan],
        filtered: bool,
        having: &[TokenWithSpan],
        counted: bool,
    ) -> Option<Lowered> {
        let need = self.needs.get(position)?;
        let (definition, env, at) = (&need.definition, &need.pending.env, need.pending.at);
        let Shape::Over { table, source, filter, .. } = &definition.shape else { return None };
        let mut writer = TokenWriter::new(self.cx, self.shared.generator);
        writer.words("select", at);
        period(&mut writer, definition);
        writer.words("as period_date", at);
        for (dimension, at) in &definition.dimensions {
            writer.push(Token::Comma, *at);
            writer.sql("$1 as $2", &[Part::Column("m", dimension), Part::Name(dimension)], *at);
        }
        writer.push(Token::Comma, at);
        cast_numeric(&mut writer, value, at);
        writer.words("as value from", at);
        writer.snippet(*source, env);
        writer.words("as m", at);
        conditions(&mut writer, definition, filter.filter(|_| filtered).map(|f| (f, env)), at);
        group(&mut writer, definition, at);
        writer.out.extend(having.iter().cloned());
        let tokens = (!writer.failed).then_some(writer.out)?;
        let query = parse_query(self.cx, tokens)?;
        if counted {
            self.asks_nothing_else(&query, &need.pending.name, at)?;
        }
        let lowered = lower_query(self.cx, None, &query);
        self.cx.reads.borrow_mut().insert(*table);
        Some(lowered)
    }
}
