//! Metrics computed from metrics, cell by cell.

use super::super::model::Shared;
use super::super::parse::parse_query;
use super::super::query::lower_query;
use super::super::writer::{Part, TokenWriter};
use super::definition::{Definition, Shape, says};
use super::shape::Grain;
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
        let earlier = substitute(writer, &written, &parts, expr);
        writer.sql("), 4) as value from $1", &[Part::Name(head)], expr);
        for other in others {
            writer.sql("join $1", &[Part::Name(other)], expr);
            for (i, key) in keys.iter().enumerate() {
                writer.words(if i == 0 { "on" } else { "and" }, expr);
                let same = [Part::Column(other.as_str(), key), Part::Column(head.as_str(), key)];
                writer.sql("$1 is not distinct from $2", &same, expr);
            }
        }
        for part in &earlier {
            self.write_before(writer, need, (head, part), expr);
        }
        self.write_far_apart(writer, &parts, expr);
    }

    /// `join a as a_before on its period is the one before, in the same cells`
    fn write_before(&self, writer: &mut TokenWriter<'_, '_>, need: &Need<'_>, (head, part): (&Ident, &Ident), at: Span) {
        let grain = need.definition.grain.as_ref().and_then(|(grain, _)| Grain::from_name(grain));
        let Some(step) = grain.and_then(Grain::step) else {
            let problem =
                Diagnostic::error(Code::MetricShape, at, format!("`{}` has no periods, and asks for the one before", need.pending.name));
            self.cx.error(problem.help("`previous(…)` takes a metric with `over … grain …`"));
            writer.failed = true;
            return;
        };
        let alias = before(part);
        writer.sql("join $1 as $2 on", &[Part::Name(part), Part::Name(&alias)], at);
        let period = Ident::from("period_date");
        writer.sql(
            "$1 = cast(cast($2 as timestamp) - interval",
            &[Part::Column(alias.as_str(), &period), Part::Column(head.as_str(), &period)],
            at,
        );
        writer.text(step, at);
        writer.sql("as date)", &[], at);
        for (dimension, _) in &need.definition.dimensions {
            let same = [Part::Column(alias.as_str(), dimension), Part::Column(head.as_str(), dimension)];
            writer.sql("and $1 is not distinct from $2", &same, at);
        }
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

/// The name of a metric's cells of the period before.
fn before(metric: &Ident) -> Ident {
    Ident::folded(&format!("{metric}_before"))
}

/// Metric names become their values, and `previous(…)` of one the value of the period before; one that divides is guarded against zero. The metrics whose
/// period before is asked for.
fn substitute(writer: &mut TokenWriter<'_, '_>, written: &[TokenWithSpan], parts: &[Ident], at: Span) -> BTreeSet<Ident> {
    let value = Ident::from("value");
    let metric = |token: &TokenWithSpan| match &token.token {
        Token::Word(w) => parts.iter().find(|p| p.as_str().eq_ignore_ascii_case(&w.value)),
        _ => None,
    };
    let previous = |token: &TokenWithSpan| matches!(&token.token, Token::Word(w) if w.value.eq_ignore_ascii_case("previous"));
    let mut earlier = BTreeSet::new();
    let (mut rest, mut divides) = (written, false);
    while let [token, after @ ..] = rest {
        if let Some((inner, after)) = divides.then(|| bracketed(rest)).flatten() {
            writer.sql("nullif((", &[], at);
            earlier.extend(substitute(writer, inner, parts, at));
            writer.sql("), 0)", &[], at);
            (rest, divides) = (after, false);
            continue;
        }
        let guarded = if divides { "nullif($1, 0)" } else { "$1" };
        let asked = match rest {
            [word, open, named, close, after @ ..] if previous(word) && open.token == Token::LParen && close.token == Token::RParen => {
                metric(named).map(|m| (m, after))
            }
            _ => None,
        };
        rest = after;
        if let Some((metric, after)) = asked {
            earlier.insert(metric.clone());
            writer.sql(guarded, &[Part::Column(before(metric).as_str(), &value)], at);
            rest = after;
        } else if let Some(metric) = metric(token) {
            writer.sql(guarded, &[Part::Column(metric.as_str(), &value)], at);
        } else {
            writer.out.push(token.clone());
        }
        divides = token.token == Token::Div || (divides && matches!(token.token, Token::Minus | Token::Plus));
    }
    earlier
}

/// What stands in the bracket that opens first, and what follows it.
fn bracketed(tokens: &[TokenWithSpan]) -> Option<(&[TokenWithSpan], &[TokenWithSpan])> {
    let mut depth = 0usize;
    for (place, token) in tokens.iter().enumerate() {
        match token.token {
            Token::LParen => depth += 1,
            Token::RParen => depth = depth.checked_sub(1)?,
            _ => {}
        }
        if depth == 0 {
            return (place > 0).then_some((tokens.get(1..place)?, tokens.get(place + 1..)?));
        }
    }
    None
}
