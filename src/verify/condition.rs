//! Reads conditions, written in SQL or taken from the program, as [`Predicate`]s.

use super::predicate::Predicate;
use super::world::{Name, World};
use crate::ir::Dialect;
use sqlparser::ast::{
    self, BinaryOperator, Expr, FunctionArg, FunctionArgExpr, FunctionArguments, ObjectName, ObjectNamePart, Query, SetExpr, TableFactor,
    UnaryOperator, Value, VisitMut as _, VisitorMut,
};
use sqlparser::dialect::{BigQueryDialect, PostgreSqlDialect};
use sqlparser::parser::Parser;
use sqlparser::tokenizer::{Token, Tokenizer};
use std::collections::BTreeSet;
use std::ops::ControlFlow;

/// How deep brackets may nest.
const DEPTH: usize = 60;

/// What names in a condition mean.
pub(super) struct Scope<'a> {
    /// What the row is called.
    pub(super) alias: &'a str,
    /// The row's columns.
    pub(super) columns: &'a BTreeSet<String>,
    /// The server, with its look-ups.
    pub(super) world: &'a World,
}

/// A condition in a file; `None` where it is no SQL.
pub(super) fn read(text: &str, scope: &Scope<'_>) -> Option<Predicate> {
    Some(predicate(&parse(text, Dialect::Postgres)?, &Inside { scope, asked: None }))
}

/// A condition of BigQuery's over a row of a table; `None` where it is no SQL.
pub(super) fn over_bigquery(text: &str, columns: &BTreeSet<String>) -> Option<Predicate> {
    let scope = Scope { alias: "", columns, world: &World::default() };
    Some(predicate(&parse(text, Dialect::BigQuery)?, &Inside { scope: &scope, asked: None }))
}

/// A condition of BigQuery's, whose columns stay as they are written.
pub(super) fn in_bigquery(text: &str) -> Option<Predicate> {
    over_bigquery(text, &BTreeSet::new())
}

/// A comparison that the program was printed as, whose columns are called `row.x` and `entitled.x`.
pub(super) fn printed(text: &str, dialect: Dialect) -> Option<Predicate> {
    let mut expr = parse(text, dialect)?;
    let _ = expr.visit(&mut Split);
    Some(Predicate::Atom(one_form(expr).to_string()))
}

/// Parses an expression; bare words are folded first, as Postgres does. In BigQuery both kinds of quotes make a text, and names of tables, which
/// tell capitals apart, are in no condition of a policy.
fn parse(text: &str, dialect: Dialect) -> Option<Expr> {
    let bigquery = dialect == Dialect::BigQuery;
    let dialect: &dyn sqlparser::dialect::Dialect = if bigquery { &BigQueryDialect {} } else { &PostgreSqlDialect {} };
    // Where a line ends that only this ends is not left to somebody else's reading.
    if text.contains('\r') {
        return None;
    }
    let mut tokens = Tokenizer::new(dialect, text).tokenize().ok()?;
    for token in &mut tokens {
        if let Token::Word(word) = token
            && word.quote_style.is_none()
        {
            word.value = word.value.to_ascii_lowercase();
        }
        if let Token::DoubleQuotedString(text) = token {
            *token = Token::SingleQuotedString(std::mem::take(text));
        }
    }
    let mut parser = Parser::new(dialect).with_recursion_limit(DEPTH).with_tokens(tokens);
    let expr = parser.parse_expr().ok()?;
    matches!(parser.peek_token().token, Token::EOF).then_some(expr)
}

/// Where an expression stands: over a row, or in a look-up's rows beside it.
struct Inside<'a> {
    scope: &'a Scope<'a>,
    /// The alias of the look-up's row and its columns.
    asked: Option<(String, BTreeSet<String>)>,
}

fn predicate(e: &Expr, inside: &Inside<'_>) -> Predicate {
    match e {
        Expr::Nested(inner) => predicate(inner, inside),
        Expr::BinaryOp { left, op: BinaryOperator::And, right } => Predicate::all([predicate(left, inside), predicate(right, inside)]),
        Expr::BinaryOp { left, op: BinaryOperator::Or, right } => Predicate::any([predicate(left, inside), predicate(right, inside)]),
        Expr::UnaryOp { op: UnaryOperator::Not, expr } => predicate(expr, inside).not(),
        Expr::Value(value) => match &value.value {
            Value::Boolean(true) => Predicate::Yes,
            Value::Boolean(false) => Predicate::No,
            _ => Predicate::Atom(e.to_string()),
        },
        Expr::Function(function) => match has(function) {
            Some(role) => Predicate::Has(role),
            None => atom(e, inside),
        },
        Expr::Exists { subquery, negated } => match asks(subquery, inside) {
            Some(asks) if *negated => asks.not(),
            Some(asks) => asks,
            None => atom(e, inside),
        },
        _ => atom(e, inside),
    }
}

fn names(name: &ObjectName) -> Option<Vec<&str>> {
    let part = |p: &'_ ObjectNamePart| match p {
        ObjectNamePart::Identifier(_) => Some(()),
        ObjectNamePart::Function(_) => None,
    };
    name.0.iter().map(part).collect::<Option<Vec<()>>>()?;
    Some(name.0.iter().filter_map(|p| p.as_ident()).map(|i| i.value.as_str()).collect())
}

/// `pg_catalog.pg_has_role(current_user, 'x', 'usage')`
fn has(function: &ast::Function) -> Option<String> {
    let FunctionArguments::List(list) = &function.args else { return None };
    let args: Vec<&Expr> = list
        .args
        .iter()
        .filter_map(|a| match a {
            FunctionArg::Unnamed(FunctionArgExpr::Expr(e)) => Some(e),
            _ => None,
        })
        .collect();
    let [_, role, _] = args.as_slice() else { return None };
    let Expr::Value(role) = role else { return None };
    let Value::SingleQuotedString(role) = &role.value else { return None };
    // What is written has to be this and nothing besides.
    let quoted = role.replace('\'', "''");
    let whole = parse(&format!("pg_catalog.pg_has_role(current_user, '{quoted}', 'usage')"), Dialect::Postgres)?;
    (whole == Expr::Function(function.clone())).then(|| role.clone())
}

/// `exists (select 1 as found from f(current_user) as entitled where …)`, with `f` a look-up that the server knows.
fn asks(query: &Query, inside: &Inside<'_>) -> Option<Predicate> {
    if inside.asked.is_some() {
        return None;
    }
    let mut bare = query.clone();
    let SetExpr::Select(select) = bare.body.as_mut() else { return None };
    let filter = select.selection.take();
    let [from] = select.from.as_slice() else { return None };
    let TableFactor::Table { name, alias: Some(alias), .. } = &from.relation else { return None };
    let written = names(name)?;
    let [schema, function] = written.as_slice() else { return None };
    let known: Name = ((*schema).to_owned(), (*function).to_owned());
    let called = inside.scope.world.functions.get(&known)?;
    let (name, alias) = (name.to_string(), alias.name.clone());
    let whole = parse(&format!("exists (select 1 as found from {name}(current_user) as {alias})"), Dialect::Postgres)?;
    let Expr::Exists { subquery, .. } = whole else { return None };
    if *subquery != bare {
        return None;
    }
    let columns = if called.found { BTreeSet::new() } else { called.yields.iter().map(|(n, _)| n.clone()).collect() };
    let within = Inside { scope: inside.scope, asked: Some((alias.value, columns)) };
    let inner = filter.as_ref().map_or(Predicate::Yes, |f| predicate(f, &within));
    let inner = if inner == Predicate::No { return Some(Predicate::No) } else { inner };
    Some(Predicate::Asks(asked(&called.table, &called.by), Box::new(inner)))
}

/// How an entitlement is called in a [`Predicate`].
pub(super) fn asked(table: &Name, by: &str) -> String {
    format!("`{}.{}` by `{by}`", table.0, table.1)
}

fn atom(e: &Expr, inside: &Inside<'_>) -> Predicate {
    let mut e = e.clone();
    let _ = e.visit(&mut Resolve(inside));
    Predicate::Atom(one_form(e).to_string())
}

/// Gives every column of the row or of the look-up its full name.
struct Resolve<'a>(&'a Inside<'a>);

impl VisitorMut for Resolve<'_> {
    type Break = ();

    fn post_visit_expr(&mut self, e: &mut Expr) -> ControlFlow<()> {
        let asked = self.0.asked.as_ref();
        let column = |name: &ast::Ident, qualifier: Option<&str>| {
            let of_asked = asked.filter(|(alias, _)| qualifier.is_none_or(|q| q == alias));
            let of_row = qualifier.is_none_or(|q| q == self.0.scope.alias);
            // A bare name is the look-up's first: the inner scope hides the outer one.
            if of_asked.is_some_and(|(_, columns)| columns.contains(&name.value)) {
                Some(full("entitled", &name.value))
            } else if of_row && self.0.scope.columns.contains(&name.value) {
                Some(full("row", &name.value))
            } else {
                None
            }
        };
        let found = match e {
            Expr::Identifier(name) => column(name, None),
            Expr::CompoundIdentifier(parts) => match parts.as_slice() {
                [qualifier, name] => column(name, Some(&qualifier.value)),
                _ => None,
            },
            _ => None,
        };
        if let Some(found) = found {
            *e = found;
        }
        ControlFlow::Continue(())
    }
}

/// Splits `"row.x"`, as the program's conditions are printed.
struct Split;

impl VisitorMut for Split {
    type Break = ();

    fn post_visit_expr(&mut self, e: &mut Expr) -> ControlFlow<()> {
        if let Expr::Identifier(name) = e {
            let found = name.value.split_once('.').filter(|(of, _)| matches!(*of, "row" | "entitled")).map(|(of, name)| full(of, name));
            if let Some(found) = found {
                *e = found;
            }
        }
        ControlFlow::Continue(())
    }
}

fn full(of: &str, name: &str) -> Expr {
    let plain = name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    let name = if plain { ast::Ident::new(name) } else { ast::Ident::with_quote('"', name) };
    Expr::CompoundIdentifier(vec![ast::Ident::new(of), name])
}

/// Comparisons that say the same are written the same: `b = a` as `a = b`, `a > b` as `b < a`, lists in order.
fn one_form(e: Expr) -> Expr {
    use BinaryOperator as O;
    let bare = |e: Box<Expr>| match *e {
        Expr::Nested(inner) => inner,
        other => Box::new(other),
    };
    match e {
        Expr::BinaryOp { left, op, right } => {
            let (left, right) = (bare(left), bare(right));
            let (left, op, right) = match op {
                O::Gt => (right, O::Lt, left),
                O::GtEq => (right, O::LtEq, left),
                O::Eq | O::NotEq if left.to_string() > right.to_string() => (right, op, left),
                _ => (left, op, right),
            };
            Expr::BinaryOp { left, op, right }
        }
        Expr::InList { expr, mut list, negated } => {
            list.sort_by_key(ToString::to_string);
            list.dedup();
            Expr::InList { expr, list, negated }
        }
        other => other,
    }
}
