use super::super::Cx;
use super::super::holes::{Hole, fill};
use super::super::parse::parse_query;
use super::super::sugar::sugar;
use super::{Start, blank, cut};
use crate::base::{Sources, Span, VPath};
use crate::ir::Program;
use crate::resolve::Value;
use proptest::prelude::*;
use sqlparser::tokenizer::{Token, TokenWithSpan};

/// The tokens of a text whose holes have these values, in order.
fn filled(text: &str, values: &[Value], start: Start) -> Result<Vec<Token>, Vec<String>> {
    with_tokens(text, values, start, |_, tokens| tokens.into_iter().map(|t| t.token).collect())
}

fn with_tokens<T>(
    text: &str,
    values: &[Value],
    start: Start,
    then: impl FnOnce(&Cx<'_>, Vec<TokenWithSpan>) -> T,
) -> Result<T, Vec<String>> {
    let mut sources = Sources::new();
    let file = sources.add(VPath::new("t.sql").unwrap(), text);
    let program = Program::default();
    let at = Span::new(file, 0, text.len());
    let cx = Cx::new(&program, &[], &sources, at);
    let (blanked, places) = blank(text).map_err(|offset| vec![format!("at {offset}")])?;
    let mut values = values.iter();
    let holes: Vec<Hole> = places
        .iter()
        .map(|p| Hole {
            value: if p.escape { None } else { Some(values.next().unwrap().clone()) },
            width: p.width,
            at: Span::new(file, p.start, p.end),
        })
        .collect();
    let tokens = cut(&cx, &blanked, at).and_then(|tokens| fill(&cx, tokens, &holes, start));
    tokens.map(|t| then(&cx, sugar(t))).ok_or_else(|| cx.diagnostics.take().iter().map(|d| d.message.clone()).collect())
}

fn text(t: &str) -> Value {
    Value::Text(t.into())
}

fn shown(sql: &str, values: &[Value]) -> String {
    let tokens = filled(sql, values, Start::Value).unwrap();
    tokens.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

#[test]
fn a_hole_where_a_value_stands_is_a_literal() {
    assert_eq!(shown("x = ${v}", &[text("it's")]), "x = 'it's'");
    assert_eq!(shown("x = ${v}", &[Value::Number("1.5".into())]), "x = 1.5");
    assert_eq!(shown("x - ${v}", &[Value::Number("-3".into())]), "x - ( - 3 )");
    assert_eq!(shown("x = ${v}", &[Value::Bool(true)]), "x = TRUE");
    assert_eq!(shown("x is ${v}", &[Value::Null]), "x is NULL");
}

#[test]
fn a_hole_where_a_name_stands_is_a_quoted_name() {
    assert_eq!(shown("t.${v}", &[text("Select")]), "t . \"Select\"");
    assert_eq!(shown("${v}.x", &[text("t")]), "\"t\" . x");
    assert_eq!(shown("QR_${v}_x", &[text("A")]), "\"qr_A_x\"");
    assert_eq!(shown("1 as ${v}", &[text("from")]), "1 as \"from\"");
    assert_eq!(shown("select 1 from ${v}", &[text("t")]), "select 1 from \"t\"");
    assert_eq!(shown("${v}(1)", &[text("upper")]), "\"upper\" ( 1 )");
    assert_eq!(shown("extract(year from ${v})", &[text("2026-01-01")]), "extract ( year from '2026-01-01' )");
    assert_eq!(shown("x is distinct from ${v}", &[text("a")]), "x is distinct from 'a'");
    let from = filled("${v} as t", &[text("patient")], Start::Table).unwrap();
    assert_eq!(from[0].to_string(), "\"patient\"");
}

#[test]
fn a_hole_in_quotes_is_text() {
    assert_eq!(shown("'a ${v} b'", &[text("'x")]), "'a 'x b'");
    assert_eq!(shown("\"${v} b\"", &[text("A")]), "\"A b\"");
    assert_eq!(shown("$q$ ${v} $q$", &[text("$q$")]), "$q$ $q$ $q$");
    assert_eq!(shown("'$${v}'", &[]), "'${v}'");
    assert_eq!(shown("1 -- ${v}\n + 2", &[text("x")]), "1 + 2");
}

#[test]
fn a_json_filter_is_put_in_brackets() {
    assert_eq!(shown("t[a = 'x'][0].b", &[]), "t [ ( a = 'x' ) ] [ 0 ] . b");
    assert_eq!(shown("t[a = ${v}]", &[text("x")]), "t [ ( a = 'x' ) ]");
    assert_eq!(shown("t[a = 'x' and b is null]", &[]), "t [ ( a = 'x' and b is null ) ]");
    assert_eq!(shown("array[a = b, c]", &[]), "array [ a = b , c ]");
    assert_eq!(shown("t[i + 1]", &[]), "t [ i + 1 ]");
}

#[test]
fn a_release_is_a_call_with_names() {
    assert_eq!(
        shown("release(f(x, 1), phone general, because \"why\")", &[]),
        "release ( f ( x , 1 ) , phone => 'general' , because => 'why' )"
    );
    assert_eq!(shown("release(x, because 'why')", &[]), "release ( x , because => 'why' )");
}

#[test]
fn what_cannot_be_part_of_sql_is_refused() {
    assert_eq!(
        filled("x = ${v}", &[Value::List(Vec::new().into())], Start::Value).unwrap_err(),
        ["only a text, a number, a truth value or nothing can stand in SQL"]
    );
    assert_eq!(
        filled("t.${v}", &[Value::Null], Start::Value).unwrap_err(),
        ["this `${…}` yields nothing that can be part of a name or text"]
    );
    assert_eq!(filled("x = ${v", &[], Start::Value).unwrap_err(), ["at 4"]);
    assert_eq!(filled("x = \u{F0000}", &[], Start::Value).unwrap_err(), ["at 4"]);
    assert_eq!(
        filled("x = ${v}", &[Value::Number("1; drop table t".into())], Start::Value).unwrap_err(),
        ["only a text, a number, a truth value or nothing can stand in SQL"]
    );
}

#[test]
fn places_stay_right_behind_holes() {
    let at = with_tokens("ä = ${name} and\n  bad", &[text("long long long")], Start::Value, |cx, tokens| {
        let spans: Vec<_> = tokens.iter().map(|t| cx.sources.slice(cx.span(t.span)).to_owned()).collect();
        spans.join("|")
    });
    assert_eq!(at.unwrap(), "ä|=|${name}|and|bad");
}

proptest! {
    /// Whatever a value holds, the query keeps its shape: one literal, one name, one text.
    #[test]
    fn no_value_injects(hostile in any::<String>(), other in "['\"\\\\;$\\-\\*/(){}a-z ]{0,12}") {
        for value in [&hostile, &other] {
            let sql = "select t.a as x_${a}, '<${b}>' from t where c = ${c}";
            let read = |cx: &Cx<'_>, tokens| (parse_query(cx, tokens), cx.diagnostics.borrow().has_errors());
            let (parsed, refused) = with_tokens(sql, &[text(value), text(value), text(value)], Start::Value, read).unwrap();
            let name = format!("x_{value}");
            // No warehouse keeps these names whole.
            prop_assert_eq!(refused, name.len() > 63 || name.chars().any(char::is_control));
            if name.chars().any(char::is_control) {
                prop_assert!(parsed.is_none());
                continue;
            }
            let plain = with_tokens("select t.a as \"y\", 'y' from t where c = 'y'", &[], Start::Value, parse_query).unwrap();
            let shape = |q: Option<sqlparser::ast::Query>| {
                let mut q = q.unwrap();
                let mut literals = Vec::new();
                let _: std::ops::ControlFlow<()> = sqlparser::ast::visit_expressions_mut(&mut q, |e| {
                    if let sqlparser::ast::Expr::Value(v) = e {
                        literals.push(v.value.clone().into_string());
                        v.value = sqlparser::ast::Value::Null;
                    }
                    std::ops::ControlFlow::Continue(())
                });
                if let sqlparser::ast::SetExpr::Select(s) = &mut *q.body
                    && let Some(sqlparser::ast::SelectItem::ExprWithAlias { alias, .. }) = s.projection.first_mut()
                {
                    literals.push(Some(std::mem::take(&mut alias.value)));
                }
                (q, literals)
            };
            let (with_value, literals) = shape(parsed);
            let (without, _) = shape(plain);
            prop_assert_eq!(with_value, without);
            prop_assert_eq!(literals, vec![Some(format!("<{value}>")), Some(value.clone()), Some(format!("x_{value}"))]);
        }
    }
}
