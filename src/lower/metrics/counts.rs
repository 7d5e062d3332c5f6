//! What a withheld metric counts: the distinct values of its subject, under conditions.

use super::super::writer::{Part, TokenWriter};
use super::definition::Shape;
use super::sums::Measure;
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
    pub(super) fn write(&self, writer: &mut TokenWriter<'_, '_>, at: Span) {
        for (i, (_, tokens)) in self.conditions.iter().enumerate() {
            writer.sql(if i == 0 { "($1)" } else { "and ($1)" }, &[Part::Tokens(tokens)], at);
        }
    }
}

impl Count {
    /// Whether every row counts.
    pub(super) fn is_of_all(&self) -> bool {
        self.conditions.is_empty()
    }

    /// Whether one condition is `column is not null`, or begins with it and has nothing but `and`.
    pub(super) fn asks_for(&self, column: &Ident) -> bool {
        let word = |t: &TokenWithSpan, text: &str| matches!(&t.token, Token::Word(w) if w.quote_style.is_none() && w.value.eq_ignore_ascii_case(text));
        self.conditions.iter().any(|(_, tokens)| match tokens.as_slice() {
            [name, is, not, null, rest @ ..] if names(name, column) && word(is, "is") && word(not, "not") && word(null, "null") => {
                rest.first().is_none_or(|t| word(t, "and")) && !rest.iter().any(|t| word(t, "or"))
            }
            _ => false,
        })
    }

    /// Whether a condition that the other does not have names a column.
    pub(super) fn names_besides(&self, column: &Ident, other: &Count) -> bool {
        let shared = other.keys();
        self.conditions.iter().filter(|(key, _)| !shared.contains(key.as_str())).any(|(_, tokens)| tokens.iter().any(|t| names(t, column)))
    }

    /// ` filter (where …)`, where there is a condition.
    pub(super) fn write_filter(&self, writer: &mut TokenWriter<'_, '_>, at: Span) {
        if !self.is_of_all() {
            writer.sql("filter (where", &[], at);
            self.write(writer, at);
            writer.push(Token::RParen, at);
        }
    }
}

fn names(token: &TokenWithSpan, column: &Ident) -> bool {
    match &token.token {
        Token::Word(w) if w.quote_style.is_some() => Ident::exact(&w.value) == *column,
        Token::Word(w) => Ident::folded(&w.value) == *column,
        _ => false,
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
    /// Whom a metric with a subject counts, and what it sums up of them. `None` after reporting that it does neither, so that no cell size can be
    /// proven.
    pub(super) fn count(&self, need: &Need<'_>, subject: &(Ident, Span)) -> Option<(Count, Option<Measure>)> {
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
        let Some((measure, own)) = read(&value, &subject.0) else {
            let message = format!("metric `{}` neither counts its subject nor sums up what is theirs", need.pending.name);
            let problem = Diagnostic::error(Code::MetricShape, subject.1, message);
            self.cx.error(problem.help(format!(
                "a metric with `subject {0}` has the value `count(distinct {0})`, `count(*)`, or `sum(…)` or `avg(…)` of one column, with a `filter (…)` if need be",
                subject.0
            )));
            return None;
        };
        let parts = [own, &writer.out].into_iter().filter(|tokens| !tokens.is_empty()).map(<[_]>::to_vec);
        Some((Count::new(parts.collect()), measure))
    }
}

/// What `count(distinct subject)`, `count(*)`, `sum(column)` or `avg(column)` sums up, nothing for the first, and the condition of its
/// `filter (where …)`, empty without one. `None`: the value is something else.
fn read<'t>(value: &'t [TokenWithSpan], subject: &Ident) -> Option<(Option<Measure>, &'t [TokenWithSpan])> {
    let word = |t: &TokenWithSpan, text: &str| matches!(&t.token, Token::Word(w) if w.value.eq_ignore_ascii_case(text));
    let is = |t: &TokenWithSpan, token: &Token| t.token == *token;
    let (measure, rest) = match value {
        [name, open, distinct, column, close, rest @ ..]
            if word(name, "count") && is(open, &Token::LParen) && word(distinct, "distinct") && word(column, subject.as_str()) =>
        {
            (is(close, &Token::RParen).then_some(None)?, rest)
        }
        [name, open, argument, close, rest @ ..] if is(open, &Token::LParen) && is(close, &Token::RParen) => {
            (Some(Measure::of(&name.token, &argument.token)?), rest)
        }
        _ => return None,
    };
    match rest {
        [] => Some((measure, &[])),
        [filter, open, first, condition @ .., close]
            if word(filter, "filter") && is(open, &Token::LParen) && word(first, "where") && is(close, &Token::RParen) =>
        {
            balanced(condition).then_some((measure, condition))
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
