//! Whatever a name or a text holds, it comes back from SQLite and from a PostgreSQL tokenizer as it went in, and can't end early.

use super::{ident, literal};
use crate::base::Ident;
use crate::ir::{Dialect, Literal};
use proptest::prelude::*;
use rusqlite::Connection;
use sqlparser::ast::{Expr, Value};
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::keywords::{ALL_KEYWORDS, RESERVED_FOR_COLUMN_ALIAS};
use sqlparser::parser::Parser;
use sqlparser::tokenizer::{Token, Tokenizer};

/// Texts that have broken quoting before: quotes, braces, backslashes, comments, line breaks, beyond the first plane, 63 bytes.
fn awkward() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("'"),
        Just("''"),
        Just("\""),
        Just("`"),
        Just("\\"),
        Just("\\'"),
        Just("{{ x }}"),
        Just("{%"),
        Just("{#"),
        Just("--"),
        Just("/*"),
        Just("*/"),
        Just(";"),
        Just("\n"),
        Just("\r\n"),
        Just("$$"),
        Just("$1"),
        Just("?"),
        Just("${x}"),
        Just("%"),
        Just(":a"),
        Just("é"),
        Just("名"),
        Just("🩺"),
        Just("\u{202e}"),
        Just("select"),
        Just("Order"),
        Just("1"),
        Just("_"),
        Just(" "),
        Just("a"),
    ];
    let pieces = proptest::collection::vec(piece, 1..12).prop_map(|p| p.concat());
    prop_oneof![pieces, "[a-zA-Z0-9_ ]{1,63}", "\\PC{1,30}", proptest::sample::select(ALL_KEYWORDS).prop_map(str::to_ascii_lowercase)]
}

fn name_from_sqlite(name: &str) -> String {
    let quoted = ident(&Ident::exact(name), Dialect::Sqlite);
    let connection = Connection::open_in_memory().unwrap();
    connection.execute_batch(&format!("create table {quoted} ({quoted} text); insert into {quoted} ({quoted}) values ('x')")).unwrap();
    let statement =
        connection.prepare(&format!("select t.{quoted} as {quoted} from {quoted} as t where {quoted} = 'x' order by {quoted}")).unwrap();
    statement.column_name(0).unwrap().to_string()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn a_name_is_the_same_name_in_sqlite(name in awkward()) {
        prop_assert_eq!(name_from_sqlite(&name), name);
    }

    #[test]
    fn a_name_is_one_token_in_postgres(name in awkward()) {
        let text = ident(&Ident::exact(&name), Dialect::Postgres);
        let tokens = Tokenizer::new(&PostgreSqlDialect {}, &text).tokenize().unwrap();
        match tokens.as_slice() {
            [Token::Word(word)] => prop_assert_eq!(&word.value, &name),
            other => prop_assert!(false, "{text} is {other:?}"),
        }
    }

    #[test]
    fn a_text_is_the_same_text_in_sqlite(value in awkward()) {
        let text = literal(&Literal::Text(value.as_str().into()), Dialect::Sqlite);
        let back: String = Connection::open_in_memory().unwrap().query_row(&format!("select {text}"), [], |row| row.get(0)).unwrap();
        prop_assert_eq!(back, value);
    }

    #[test]
    fn a_text_is_one_literal_in_postgres(value in awkward()) {
        let text = literal(&Literal::Text(value.as_str().into()), Dialect::Postgres);
        let parsed = Parser::new(&PostgreSqlDialect {}).try_with_sql(&text).unwrap().parse_expr().unwrap();
        match parsed {
            Expr::Value(found) => prop_assert_eq!(found.value, Value::SingleQuotedString(value)),
            other => prop_assert!(false, "{text} is {other:?}"),
        }
    }

    #[test]
    fn bigquery_escapes_end_where_the_text_ends(value in awkward()) {
        for text in [literal(&Literal::Text(value.as_str().into()), Dialect::BigQuery), ident(&Ident::exact(&format!("{value} ")), Dialect::BigQuery)] {
            let quote = text.chars().next().unwrap();
            let mut chars = text.chars();
            chars.next();
            let mut rest = None;
            while let Some(c) = chars.next() {
                prop_assert!(c != '\n' && c != '\r');
                if c == '\\' {
                    chars.next();
                } else if c == quote {
                    rest = Some(chars.as_str().to_string());
                    break;
                }
            }
            prop_assert_eq!(rest.as_deref(), Some(""));
        }
    }
}

#[test]
fn every_keyword_is_a_name_in_sqlite() {
    for word in ALL_KEYWORDS.iter().map(|w| w.to_ascii_lowercase()) {
        assert_eq!(name_from_sqlite(&word), word);
    }
}

#[test]
fn words_a_parser_reserves_are_quoted_for_postgres() {
    for word in RESERVED_FOR_COLUMN_ALIAS.iter().map(|k| format!("{k:?}").to_ascii_lowercase()) {
        // The parser reserves these for other dialects' syntax; PostgreSQL takes them bare, after `as` too.
        let foreign = [
            "qualify",
            "connect",
            "match_recognize",
            "sample",
            "tablesample",
            "pivot",
            "unpivot",
            "prewhere",
            "settings",
            "format",
            "start",
            "view",
            "explain",
        ];
        if !foreign.contains(&word.as_str()) {
            let text = ident(&Ident::exact(&word), Dialect::Postgres);
            let parsed = Parser::parse_sql(&PostgreSqlDialect {}, &format!("select t.{text} as {text} from {text} as t"));
            assert!(parsed.is_ok(), "{text}: {parsed:?}");
        }
    }
}
