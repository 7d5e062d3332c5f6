//! Bodies of functions that a project declares: each is one expression over its parameters and nothing else, or a body could read any table
//! and hand on what it found without a label. Bodies of the standard library are reviewed with it.

use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::ir::{Dialect, Function, Program};
use sqlparser::ast::{Expr, Visit, Visitor};
use sqlparser::dialect::{BigQueryDialect, DuckDbDialect, PostgreSqlDialect, SQLiteDialect};
use sqlparser::parser::Parser;
use sqlparser::tokenizer::Token;
use std::ops::ControlFlow;

const HOLE: &str = "pipec_hole";

/// Refuses bodies that are no expression over their parameters.
pub(super) fn check(program: &Program, diagnostics: &mut Diagnostics) {
    for function in program.functions.iter().filter(|f| !f.standard) {
        let bodies =
            function.bodies.iter().map(|(d, text)| (*d, text)).chain(function.generic.iter().map(|text| (Dialect::Postgres, text)));
        if let Some(why) = bodies.filter_map(|(dialect, text)| fault(dialect, text)).next() {
            diagnostics.push(refusal(function, &why));
        }
    }
}

fn refusal(function: &Function, why: &str) -> Diagnostic {
    Diagnostic::error(Code::SqlUnsupported, function.at, format!("a body of `{}` {why}", function.name))
        .help("a function sees its parameters only, each where a value stands: `upper({x})`; what reads tables is a model")
}

fn fault(dialect: Dialect, body: &str) -> Option<String> {
    let spelt = body.replace("{{", "\u{1}").replace("}}", "\u{2}");
    let holes = spelt.matches('{').count();
    let spelt = spelt.replace('{', HOLE).replace('}', " ").replace('\u{1}', "{").replace('\u{2}', "}");
    let parser: &dyn sqlparser::dialect::Dialect = match dialect {
        Dialect::Postgres => &PostgreSqlDialect {},
        Dialect::Sqlite => &SQLiteDialect {},
        Dialect::DuckDb => &DuckDbDialect {},
        Dialect::BigQuery => &BigQueryDialect {},
    };
    let parsed =
        Parser::new(parser).with_recursion_limit(60).try_with_sql(&spelt).and_then(|mut p| Ok((p.parse_expr()?, p.peek_token().token)));
    let Ok((expr, Token::EOF)) = parsed else { return Some("is not one SQL expression".to_owned()) };
    let mut seen = Seen::default();
    let _ = expr.visit(&mut seen);
    match seen.fault {
        None if seen.holes != holes => Some("has a parameter where no value stands".to_owned()),
        fault => fault,
    }
}

#[derive(Default)]
struct Seen {
    holes: usize,
    fault: Option<String>,
}

impl Visitor for Seen {
    type Break = ();

    fn pre_visit_query(&mut self, _: &sqlparser::ast::Query) -> ControlFlow<()> {
        self.fault = Some("reads a query".to_owned());
        ControlFlow::Break(())
    }

    fn pre_visit_expr(&mut self, e: &Expr) -> ControlFlow<()> {
        let name = match e {
            Expr::Identifier(name) => name,
            Expr::CompoundIdentifier(parts) if !parts.is_empty() => {
                self.fault = Some(format!("reads `{}`", parts.iter().map(|p| p.value.as_str()).collect::<Vec<_>>().join(".")));
                return ControlFlow::Break(());
            }
            _ => return ControlFlow::Continue(()),
        };
        if name.quote_style.is_none() && name.value.starts_with(HOLE) {
            self.holes += 1;
            return ControlFlow::Continue(());
        }
        self.fault = Some(format!("reads `{}`", name.value));
        ControlFlow::Break(())
    }
}
