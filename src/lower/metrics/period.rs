//! Periods and the small pieces that every cell's query is written with.

use super::super::writer::{Part, TokenWriter};
use super::definition::Definition;
use super::shape::Grain;
use crate::base::{Ident, Span};
use crate::resolve::Env;
use sqlparser::tokenizer::{Token, TokenWithSpan};

/// `date_trunc('month', m."encounter_date"::timestamp)::date`; a column by its values stands as it is.
pub(super) fn truncated(writer: &mut TokenWriter<'_, '_>, alias: &str, column: &Ident, grain: Grain, at: Span) {
    if grain == Grain::Exact {
        return writer.column(alias, column, at);
    }
    writer.sql("cast(date_trunc(", &[], at);
    writer.text(grain.name(), at);
    writer.sql(", cast($1 as timestamp)) as date)", &[Part::Column(alias, column)], at);
}

/// The period a row lies in, or nothing where the metric has none.
pub(super) fn period(writer: &mut TokenWriter<'_, '_>, definition: &Definition) {
    match (&definition.period, definition.grain.as_ref().and_then(|(g, _)| Grain::from_name(g))) {
        (Some((column, at)), Some(grain)) => truncated(writer, "m", column, grain, *at),
        _ => writer.sql("cast(null as date)", &[], definition.at),
    }
}

pub(super) fn cast_numeric(writer: &mut TokenWriter<'_, '_>, value: &[TokenWithSpan], at: Span) {
    writer.sql("cast($1 as numeric)", &[Part::Tokens(value)], at);
}

/// `where period is not null and (filter)`
pub(super) fn conditions(writer: &mut TokenWriter<'_, '_>, definition: &Definition, filter: Option<(Span, &Env)>, at: Span) {
    let mut lead = "where";
    if let Some((column, at)) = &definition.period {
        writer.words(lead, *at);
        writer.sql("$1 is not null", &[Part::Column("m", column)], *at);
        lead = "and";
    }
    if let Some((filter, env)) = filter {
        writer.words(lead, at);
        writer.push(Token::LParen, at);
        writer.snippet(filter, env);
        writer.push(Token::RParen, at);
    }
}

pub(super) fn group(writer: &mut TokenWriter<'_, '_>, definition: &Definition, at: Span) {
    let mut lead = "group by";
    if definition.period.is_some() {
        writer.words(lead, at);
        period(writer, definition);
        lead = "";
    }
    for (dimension, at) in &definition.dimensions {
        if lead.is_empty() {
            writer.push(Token::Comma, *at);
        } else {
            writer.words(lead, *at);
            lead = "";
        }
        writer.column("m", dimension, *at);
    }
}
