//! Bodies of functions that a project declares: each is one expression over its parameters and nothing else, or a body could read any table
//! and hand on what it found without a label. So it calls functions that do nothing else either (see `pure`): others are a release, with a reason. Bodies
//! of the standard library are reviewed with it.

use super::pure::is_pure;
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::ir::{Dialect, Function, Program};
use sqlparser::ast::{AccessExpr, BinaryOperator, DataType, Expr, FunctionArguments, ObjectNamePart, Value, Visit, Visitor};
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
        if let Some(why) = bodies.filter_map(|(dialect, text)| fault(dialect, text, !function.because.is_empty())).next() {
            diagnostics.push(refusal(function, &why));
        }
    }
}

fn refusal(function: &Function, why: &str) -> Diagnostic {
    Diagnostic::error(Code::SqlUnsupported, function.at, format!("a body of `{}` {why}", function.name))
        .help("a function sees its parameters only, each where a value stands, and calls what computes: `upper({x})`; what reads tables is a model")
        .help("where what is called reads nothing else, say so: `because \"…\"` behind the result")
}

fn fault(dialect: Dialect, body: &str, released: bool) -> Option<String> {
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
    let mut seen = Seen { dialect, released, holes: 0, fault: None };
    let _ = expr.visit(&mut seen);
    match seen.fault {
        None if seen.holes != holes => Some("has a parameter where no value stands".to_owned()),
        fault => fault,
    }
}

struct Seen {
    dialect: Dialect,
    /// Whether somebody says why what is called may be.
    released: bool,
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
        if let Some(why) = self.called(e) {
            self.fault = Some(why);
            return ControlFlow::Break(());
        }
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

impl Seen {
    /// What an expression calls beside the functions that only compute.
    fn called(&self, e: &Expr) -> Option<String> {
        let other = match e {
            Expr::Function(f) => {
                let plain = f.within_group.is_empty() && f.filter.is_none() && f.over.is_none() && f.null_treatment.is_none();
                if !plain
                    || matches!(&f.args, FunctionArguments::List(list) if list.duplicate_treatment.is_some() || !list.clauses.is_empty())
                {
                    return Some(format!("looks at other rows with `{}`", f.name));
                }
                let name = match (self.dialect, f.name.0.as_slice()) {
                    (_, [name]) => Some(name),
                    (Dialect::BigQuery, [safe, name]) if safe.to_string().eq_ignore_ascii_case("safe") => Some(name),
                    _ => None,
                };
                let called = matches!(f.args, FunctionArguments::List(_));
                let pure =
                    matches!(name, Some(ObjectNamePart::Identifier(name)) if called && is_pure(self.dialect, &name.value.to_lowercase()));
                (!pure).then(|| format!("calls `{}`", f.name))
            }
            Expr::Cast { data_type: ty @ (DataType::Custom(..) | DataType::Regclass), .. } => Some(format!("makes a `{ty}`")),
            Expr::TypedString(typed) if matches!(typed.data_type, DataType::Custom(..) | DataType::Regclass) => {
                Some(format!("makes a `{}`", typed.data_type))
            }
            Expr::BinaryOp { op: op @ (BinaryOperator::Custom(_) | BinaryOperator::PGCustomBinaryOperator(_)), .. } => {
                Some(format!("calls the operator `{op}`"))
            }
            Expr::CompoundFieldAccess { access_chain, .. } => {
                let dot = access_chain.iter().any(|a| matches!(a, AccessExpr::Dot(_)));
                dot.then(|| "reads a field with a dot".to_owned())
            }
            Expr::Value(value) => match &value.value {
                Value::SingleQuotedString(text) if MOMENTS.contains(&text.trim().to_lowercase().as_str()) => {
                    Some(format!("asks the clock with `'{text}'`"))
                }
                Value::Placeholder(name) => Some(format!("reads `{name}`")),
                _ => None,
            },
            _ => None,
        };
        other.filter(|_| !self.released)
    }
}

/// Texts that are today, or a day beside it, where they are made a date.
const MOMENTS: [&str; 4] = ["now", "today", "tomorrow", "yesterday"];
