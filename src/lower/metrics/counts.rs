//! What a withheld metric counts: the distinct values of its subject, under conditions.

use super::super::writer::{Part, TokenWriter};
use super::definition::Shape;
use super::{Fact, Need};
use crate::base::{Ident, Span};
use crate::diag::{Code, Diagnostic};
use sqlparser::tokenizer::{Token, TokenWithSpan};
use std::collections::BTreeSet;

/// The conditions a count stands under, each in the author's own tokens; all have to hold.
#[derive(Clone, Debug)]
pub(super) struct Count {
    conditions: Vec<(String, Vec<TokenWithSpan>)>,
}

impl Count {
    /// The conditions as text: two that read alike are one.
    pub(super) fn keys(&self) -> BTreeSet<&str> {
        self.conditions.iter().map(|(key, _)| key.as_str()).collect()
    }

    fn new(parts: Vec<Vec<TokenWithSpan>>) -> Count {
        let key = |tokens: &[TokenWithSpan]| tokens.iter().map(|t| t.token.to_string()).collect::<Vec<_>>().join(" ");
        let mut conditions: Vec<_> = parts.into_iter().map(|tokens| (key(&tokens), tokens)).collect();
        conditions.sort_by(|a, b| a.0.cmp(&b.0));
        conditions.dedup_by(|a, b| a.0 == b.0);
        Count { conditions }
    }

    /// `(a) and (b)`
    fn write(&self, writer: &mut TokenWriter<'_, '_>, at: Span) {
        for (i, (_, tokens)) in self.conditions.iter().enumerate() {
            writer.sql(if i == 0 { "($1)" } else { "and ($1)" }, &[Part::Tokens(tokens)], at);
        }
    }
}

/// `count(distinct subject) filter (where …)`: whom one condition counts, or, of several, any of them.
pub(super) fn write_count(writer: &mut TokenWriter<'_, '_>, subject: &Ident, any: &[&Count], at: Span) {
    writer.sql("count(distinct $1)", &[Part::Column("m", subject)], at);
    if any.iter().any(|c| c.conditions.is_empty()) {
        return;
    }
    writer.sql("filter (where", &[], at);
    for (i, count) in any.iter().enumerate() {
        if i > 0 {
            writer.words("or", at);
        }
        writer.push(Token::LParen, at);
        count.write(writer, at);
        writer.push(Token::RParen, at);
    }
    writer.push(Token::RParen, at);
}

impl Fact<'_, '_> {
    /// What a metric with a subject counts. `None` after reporting that it counts something else, so that no cell size can be proven.
    pub(super) fn count(&self, need: &Need<'_>, subject: &(Ident, Span)) -> Option<Count> {
        let Shape::Over { value, filter, .. } = &need.definition.shape else { return None };
        let mut writer = TokenWriter::new(self.cx, self.shared.generator);
        writer.snippet(*value, &need.pending.env);
        let value = std::mem::take(&mut writer.out);
        if let Some(filter) = filter {
            writer.snippet(*filter, &need.pending.env);
        }
        if writer.failed {
            return None;
        }
        let Some(own) = own_filter(&value, &subject.0) else {
            let message = format!("metric `{}` does not count its subject, so no cell size can be proven", need.pending.name);
            let problem = Diagnostic::error(Code::MetricShape, subject.1, message);
            self.cx.error(problem.help(format!(
                "a metric with `subject {0}` has the value `count(distinct {0})`, with a `filter (…)` if need be",
                subject.0
            )));
            return None;
        };
        let parts = [own, &writer.out].into_iter().filter(|tokens| !tokens.is_empty()).map(<[_]>::to_vec);
        Some(Count::new(parts.collect()))
    }
}

/// The condition of `count(distinct subject) filter (where …)`; empty without a filter. `None`: the value is something else.
fn own_filter<'t>(value: &'t [TokenWithSpan], subject: &Ident) -> Option<&'t [TokenWithSpan]> {
    let word = |t: &TokenWithSpan, text: &str| matches!(&t.token, Token::Word(w) if w.value.eq_ignore_ascii_case(text));
    let [count, open, distinct, column, close, rest @ ..] = value else { return None };
    let counts = word(count, "count")
        && open.token == Token::LParen
        && word(distinct, "distinct")
        && word(column, subject.as_str())
        && close.token == Token::RParen;
    match rest {
        _ if !counts => None,
        [] => Some(&[]),
        [filter, open, first, condition @ .., close]
            if word(filter, "filter") && open.token == Token::LParen && word(first, "where") && close.token == Token::RParen =>
        {
            balanced(condition).then_some(condition)
        }
        _ => None,
    }
}

/// Whether no bracket closes that was not opened here: nothing follows the count but its filter.
fn balanced(tokens: &[TokenWithSpan]) -> bool {
    let mut depth = 0i32;
    let closes = tokens.iter().all(|t| {
        depth += i32::from(t.token == Token::LParen) - i32::from(t.token == Token::RParen);
        depth >= 0
    });
    closes && depth == 0
}
