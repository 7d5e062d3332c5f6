//! The fact itself: one block per metric, and what tells its cells apart.

use super::super::parse::parse_query;
use super::super::query::{Lowered, lower_query};
use super::super::writer::{Part, TokenWriter};
use super::Fact;
use crate::base::{Ident, Span};
use crate::diag::{Code, Diagnostic};
use crate::ir::Materialization;
use crate::resolve::{Pending, PendingModel};
use crate::syntax::ast;
use sqlparser::tokenizer::Token;

impl Fact<'_, '_> {
    /// One block per metric: its name, unit, grain, period, every dimension any metric has, value.
    pub(super) fn union(&self, listed: &[&Pending<'_, ast::Metric>], at: Span) -> Option<Lowered> {
        let dimensions = self.dimensions(listed);
        let mut writer = TokenWriter::new(self.cx, self.shared.generator);
        for (i, metric) in listed.iter().enumerate() {
            let definition = &self.named(&metric.name)?.definition;
            if i > 0 {
                writer.words("union all", at);
            }
            writer.words("select", at);
            labelled_text(&mut writer, metric.name.as_str(), "metric_id", metric.at);
            labelled_text(&mut writer, &definition.unit, "unit", metric.at);
            labelled_text(&mut writer, definition.grain.as_ref().map_or("all", |(g, _)| g), "grain", metric.at);
            writer.column(metric.name.as_str(), &Ident::from("period_date"), metric.at);
            writer.push(Token::Comma, at);
            for dimension in &dimensions {
                if definition.dimensions.iter().any(|(d, _)| d == dimension) {
                    writer.column(metric.name.as_str(), dimension, metric.at);
                } else {
                    writer.sql("null as $1", &[Part::Name(dimension)], metric.at);
                }
                writer.push(Token::Comma, at);
            }
            writer.column(metric.name.as_str(), &Ident::from("value"), metric.at);
            writer.words("from", metric.at);
            writer.name(&metric.name, metric.at);
        }
        let query = parse_query(self.cx, writer.out)?;
        Some(lower_query(self.cx, None, &query))
    }

    /// Every dimension that any of these metrics has.
    fn dimensions(&self, listed: &[&Pending<'_, ast::Metric>]) -> Vec<Ident> {
        let mut dimensions: Vec<Ident> = Vec::new();
        for need in listed.iter().filter_map(|m| self.named(&m.name)) {
            let new = need.definition.dimensions.iter().map(|(d, _)| d).filter(|d| !dimensions.contains(d));
            dimensions.extend(new.cloned().collect::<Vec<_>>());
        }
        dimensions
    }

    /// Refuses a fact that is kept by a key that several of its cells share: one would take the other's place.
    pub(super) fn is_keyed(&self, listed: &[&Pending<'_, ast::Metric>], model: &PendingModel<'_>) {
        let Materialization::Incremental { key, .. } = &model.materialization else { return };
        let dated = |m: &&Pending<'_, ast::Metric>| self.named(&m.name).is_some_and(|need| need.definition.period.is_some());
        let metric = (listed.len() > 1).then(|| Ident::from("metric_id"));
        let period = listed.iter().any(dated).then(|| Ident::from("period_date"));
        let asked = metric.into_iter().chain(period).chain(self.dimensions(listed));
        let lacking: Vec<Ident> = asked.filter(|column| !key.contains(column)).collect();
        if lacking.is_empty() {
            return;
        }
        let list = |names: &mut dyn Iterator<Item = &Ident>| names.map(Ident::as_str).collect::<Vec<_>>().join(", ");
        let message = format!("`{}` has several cells of one key, which lacks {}", model.pending.name, list(&mut lacking.iter()));
        let whole = list(&mut key.iter().chain(&lacking));
        self.cx.error(
            Diagnostic::error(Code::BadSetting, model.pending.at, message)
                .help(format!("write `key: ({whole})`: cells of one key take each other's place, and which of them is left nobody knows")),
        );
    }
}

fn labelled_text(writer: &mut TokenWriter<'_, '_>, text: &str, name: &str, at: Span) {
    writer.text(text, at);
    writer.sql("as $1,", &[Part::Name(&Ident::from(name))], at);
}
