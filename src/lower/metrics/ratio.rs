//! Metrics computed from metrics, cell by cell.

use super::super::model::Shared;
use super::super::parse::parse_query;
use super::super::query::lower_query;
use super::super::writer::{Part, TokenWriter};
use super::definition::{Definition, Shape, says};
use super::{Fact, Need};
use crate::base::{Ident, Span};
use crate::diag::{Code, Diagnostic};
use crate::resolve::Pending;
use crate::syntax::ast;
use sqlparser::tokenizer::{Token, TokenWithSpan};
use std::collections::BTreeSet;

/// Names of other metrics a ratio mentions, in order.
pub(super) fn parts(shared: &Shared<'_>, pending: &Pending<'_, ast::Metric>) -> Vec<Ident> {
    let ast::MetricBody::Ratio { expr, .. } = &pending.syntax.body else { return Vec::new() };
    let words = shared.sources.slice(expr.at).split(|c: char| !c.is_alphanumeric() && c != '_').map(Ident::folded);
    let known = |w: &Ident| shared.metrics.iter().any(|m| m.name == *w);
    let mut seen = BTreeSet::new();
    words.filter(|w| known(w) && seen.insert(w.clone())).collect()
}

impl Fact<'_, '_> {
    /// A ratio has the cells of its parts. `None` after reporting that they differ, or that there are none.
    pub(super) fn as_its_parts(&self, pending: &Pending<'_, ast::Metric>, definition: Definition) -> Option<Definition> {
        let Shape::Ratio { expr } = definition.shape else { return None };
        let parts = parts(self.shared, pending);
        let shapes: Vec<&Definition> = parts.iter().filter_map(|p| self.named(p)).map(|n| &n.definition).collect();
        let Some(first) = shapes.first().copied().cloned() else {
            let problem = Diagnostic::error(Code::MetricShape, expr, format!("`{}` mentions no metric", pending.name));
            let names = self.shared.metrics.iter().map(|m| m.name.as_str());
            self.cx.error(problem.suggest(self.shared.sources.slice(expr), names));
            return None;
        };
        if shapes.iter().any(|s| !s.same_cells(&first)) {
            let problem =
                Diagnostic::error(Code::MetricShape, expr, format!("the metrics of `{}` differ in grain or dimensions", pending.name));
            self.cx.error(problem.help("a ratio is computed cell by cell: give both the same `grain` and `by`"));
            return None;
        }
        Some(Definition { unit: definition.unit, version: definition.version, shape: Shape::Ratio { expr }, ..first })
    }

    /// `select a.period, …, expression from a join b on same period and dimensions`
    pub(super) fn ratio(&mut self, position: usize) -> Option<()> {
        let need = self.needs.get(position)?;
        let Shape::Ratio { expr } = need.definition.shape else { return None };
        let mut writer = TokenWriter::new(self.cx, self.shared.generator);
        self.write_ratio(&mut writer, need, expr);
        let tokens = (!writer.failed).then_some(writer.out)?;
        let query = parse_query(self.cx, tokens)?;
        let lowered = lower_query(self.cx, None, &query);
        let (name, at) = (need.pending.name.clone(), need.pending.at);
        self.keep(name, lowered, at);
        self.done.insert(position);
        Some(())
    }

    fn write_ratio(&self, writer: &mut TokenWriter<'_, '_>, need: &Need<'_>, expr: Span) {
        let percent = matches!(&need.pending.syntax.body, ast::MetricBody::Ratio { settings, .. } if says(settings, "percent"));
        let parts = parts(self.shared, need.pending);
        let Some((head, others)) = parts.split_first() else { return };
        let dimensions = need.definition.dimensions.iter().map(|(d, _)| d.clone());
        let keys: Vec<Ident> = std::iter::once(Ident::from("period_date")).chain(dimensions).collect();
        writer.words("select", expr);
        for key in &keys {
            writer.sql("$1,", &[Part::Column(head.as_str(), key)], expr);
        }
        writer.sql(if percent { "round(100 * (" } else { "round((" }, &[], expr);
        let before = writer.out.len();
        writer.snippet(expr, &need.pending.env);
        let written = writer.out.split_off(before);
        substitute(writer, &written, &parts, expr);
        writer.sql("), 4) as value from $1", &[Part::Name(head)], expr);
        for other in others {
            writer.sql("join $1", &[Part::Name(other)], expr);
            for (i, key) in keys.iter().enumerate() {
                writer.words(if i == 0 { "on" } else { "and" }, expr);
                let same = [Part::Column(other.as_str(), key), Part::Column(head.as_str(), key)];
                writer.sql("$1 is not distinct from $2", &same, expr);
            }
        }
        self.write_far_apart(writer, &parts, expr);
    }

    /// `where …`: two counts from different tables may hold each other, and nothing here can see it. A share of all but a few tells of the few.
    fn write_far_apart(&self, writer: &mut TokenWriter<'_, '_>, parts: &[Ident], at: Span) {
        let Some(threshold) = &self.threshold else { return };
        let family = |name: &Ident| {
            let need = self.needs.iter().position(|n| n.pending.name == *name)?;
            self.families.iter().position(|f| f.holds(need))
        };
        let value = Ident::from("value");
        let mut lead = "where";
        for (i, a) in parts.iter().enumerate() {
            for b in parts.iter().skip(i + 1) {
                if let (Some(x), Some(y)) = (family(a), family(b))
                    && x != y
                {
                    let pair = [Part::Column(a.as_str(), &value), Part::Column(b.as_str(), &value), Part::Number(threshold.k)];
                    writer.words(lead, at);
                    writer.sql("($1 = $2 or abs($1 - $2) >= $3)", &pair, at);
                    lead = "and";
                }
            }
        }
    }
}

/// Metric names become their values; one that divides is guarded against zero.
fn substitute(writer: &mut TokenWriter<'_, '_>, written: &[TokenWithSpan], parts: &[Ident], at: Span) {
    let value = Ident::from("value");
    let mut divides = false;
    for token in written {
        let metric = match &token.token {
            Token::Word(w) => parts.iter().find(|p| p.as_str().eq_ignore_ascii_case(&w.value)),
            _ => None,
        };
        match metric {
            Some(metric) if divides => writer.sql("nullif($1, 0)", &[Part::Column(metric.as_str(), &value)], at),
            Some(metric) => writer.column(metric.as_str(), &value, at),
            None => writer.out.push(token.clone()),
        }
        divides = token.token == Token::Div;
    }
}
