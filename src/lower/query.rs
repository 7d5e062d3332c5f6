use super::flow::{structure, through};
use super::names::{span_of, unsupported};
use super::set::{Block, block, retype};
use super::shape::Shape;
use super::walk::column;
use super::{Cx, Facts, Scope, cte, expr, order_by};
use crate::base::Ident;
use crate::diag::{Code, Diagnostic};
use crate::ir::{Expr, ExprKind, Query, SetExpr, Type};
use sqlparser::ast;
use std::sync::Arc;

/// A query with what its columns don't show.
pub(super) struct Lowered {
    /// The query.
    pub(super) query: Query,
    /// What decided which rows there are.
    pub(super) control: Facts,
    /// As [`Rows::numbers`](super::cx::Rows).
    pub(super) numbers: Vec<Ident>,
    /// As [`Rows::shaped`](super::cx::Rows).
    pub(super) shaped: Shape,
    /// As [`Rows::open`](super::cx::Rows).
    pub(super) open: bool,
    /// Output positions nobody named.
    pub(super) unnamed: Vec<usize>,
    /// `///` per output position; empty when there is none.
    pub(super) docs: Vec<Option<Arc<str>>>,
}

/// Lowers a query below an enclosing block. The facts are what decided which rows there are; the columns carry them too.
pub(crate) fn query(cx: &Cx<'_>, outer: Option<&Scope<'_>>, q: &ast::Query) -> (Query, Facts) {
    let lowered = lower_query(cx, outer, q);
    (lowered.query, lowered.control)
}

/// As [`query`], with everything known.
pub(super) fn lower_query(cx: &Cx<'_>, outer: Option<&Scope<'_>>, q: &ast::Query) -> Lowered {
    let visible = cx.ctes.borrow().len();
    let with = q.with.as_ref().map(|w| cte::with(cx, outer, w)).unwrap_or_default();
    let lowered = below_with(cx, outer, q, with);
    cx.ctes.borrow_mut().truncate(visible);
    lowered
}

fn below_with(cx: &Cx<'_>, outer: Option<&Scope<'_>>, q: &ast::Query, with: Vec<crate::ir::Cte>) -> Lowered {
    refuse(cx, q);
    let keys = order_keys(cx, q);
    let Block { mut set, mut columns, mut control, numbers, shaped, open, unnamed, docs, order, order_facts } =
        block(cx, outer, &q.body, keys);
    let (limit, offset, count) = limits(cx, outer, q);
    // Rows kept in an order show who ranks before whom. The order of `distinct on` picks a row per key, which `select` has judged.
    let ranking = order_facts.as_control();
    if !ranking.label.is_public() && !picks_per_key(&set) {
        columns = columns.into_iter().map(|c| through(c, &ranking)).collect();
    }
    control = control.join(&structure(&order_facts));
    if limit.is_some() || offset.is_some() {
        let cut = order_facts.join(&count).as_control();
        columns = columns.into_iter().map(|c| through(c, &cut)).collect();
        control = control.join(&cut);
    }
    for (i, c) in columns.iter_mut().enumerate() {
        if c.ty == Type::Unknown {
            retype(cx, &mut set, i, &Type::TEXT);
            c.ty = Type::TEXT;
        }
    }
    Lowered { query: Query { with, body: set, order, limit, offset, columns }, control, numbers, shaped, open, unnamed, docs }
}

fn picks_per_key(body: &SetExpr) -> bool {
    matches!(body, SetExpr::Select(select) if matches!(select.distinct, crate::ir::Distinct::On(_)))
}

fn refuse(cx: &Cx<'_>, q: &ast::Query) {
    // Every field is named, so that a construct a newer parser reads cannot slip through unread.
    let ast::Query { with: _, body: _, order_by: _, limit_clause: _, fetch, locks, for_clause, settings, format_clause, pipe_operators } =
        q;
    let at = || span_of(cx, q);
    if fetch.as_ref().is_some_and(|f| f.with_ties || f.percent) {
        unsupported(cx, at(), "`fetch … with ties` or `percent`");
    }
    if !locks.is_empty() {
        unsupported(cx, at(), "`for update` and `for share`");
    }
    if for_clause.is_some() || settings.is_some() || format_clause.is_some() || !pipe_operators.is_empty() {
        unsupported(cx, at(), "a `for xml`, `settings`, `format` or `|>` clause");
    }
}

fn order_keys<'q>(cx: &Cx<'_>, q: &'q ast::Query) -> &'q [ast::OrderByExpr] {
    let Some(order) = &q.order_by else { return &[] };
    if order.interpolate.is_some() {
        unsupported(cx, span_of(cx, q), "`interpolate`");
    }
    match &order.kind {
        ast::OrderByKind::Expressions(keys) => keys,
        ast::OrderByKind::All(_) => {
            unsupported(cx, span_of(cx, q), "`order by all`");
            &[]
        }
    }
}

/// `limit` and `offset`, with what their counts tell: `limit (select …)` yields as many rows as the subquery says.
fn limits(cx: &Cx<'_>, outer: Option<&Scope<'_>>, q: &ast::Query) -> (Option<Expr>, Option<Expr>, Facts) {
    let mut told = Facts::default();
    let mut count = |e: &ast::Expr| {
        let scope = Scope { outer, ..Scope::default() };
        let typed = expr::expr(cx, &scope, e);
        if column(&typed.expr).is_some() {
            cx.error(Diagnostic::error(
                Code::TypeMismatch,
                typed.expr.at,
                "`limit` and `offset` take a number that is the same for every row",
            ));
        }
        let mut typed = typed;
        if matches!(typed.expr.kind, ExprKind::Literal(_)) && typed.expr.ty == Type::Integer {
            typed.expr.ty = Type::BigInt;
        }
        let typed = if matches!(typed.expr.ty, Type::Error | Type::BigInt) { typed } else { expr::coerce(cx, typed, &Type::BigInt) };
        told = told.join(&typed.facts);
        typed.expr
    };
    let one = ast::Expr::value(ast::Value::Number("1".to_owned(), false));
    let fetched = q.fetch.as_ref().map(|f| f.quantity.as_ref().unwrap_or(&one));
    let (limit, offset) = match &q.limit_clause {
        None => (fetched.map(&mut count), None),
        Some(ast::LimitClause::LimitOffset { limit, offset, limit_by }) => {
            if !limit_by.is_empty() {
                unsupported(cx, span_of(cx, q), "`limit … by`");
            }
            (limit.as_ref().or(fetched).map(&mut count), offset.as_ref().map(|o| count(&o.value)))
        }
        Some(ast::LimitClause::OffsetCommaLimit { offset, limit }) => (Some(count(limit)), Some(count(offset))),
    };
    (limit, offset, told)
}

/// Keys over the output columns of a set operation or `values`: names and positions only.
pub(super) fn output_order(cx: &Cx<'_>, columns: &[crate::ir::Column], keys: &[ast::OrderByExpr]) -> (Vec<crate::ir::OrderKey>, Facts) {
    let mut out = Vec::new();
    let mut facts = Facts::default();
    for key in keys {
        let position = order_by::position(cx, &key.expr, columns.len());
        let found = match (&key.expr, position) {
            (_, Some(position)) => position.ok().and_then(|p| columns.get(p)),
            (ast::Expr::Identifier(name), None) => {
                let name = super::names::ident(name);
                let found = columns.iter().find(|c| c.name == name);
                if found.is_none() {
                    let problem =
                        Diagnostic::error(Code::UnknownColumn, span_of(cx, &key.expr), format!("the result has no column `{name}`"));
                    cx.error(problem.suggest(name.as_str(), columns.iter().map(|c| c.name.as_str())));
                }
                found
            }
            _ => {
                unsupported(cx, span_of(cx, &key.expr), "ordering a set operation by an expression");
                None
            }
        };
        let Some(c) = found else { continue };
        facts = facts.join(&super::flow::column_facts(c));
        let kind = ExprKind::Column { relation: Ident::default(), name: c.name.clone() };
        let expr = Expr { kind, ty: c.ty.clone(), nullable: c.nullable, at: span_of(cx, &key.expr) };
        out.extend(order_by::key(cx, key, expr));
    }
    (out, facts)
}

/// Gives the output new names (`as t(a, b)`, `with t(a, b) as`): fewer names leave the rest; too many are an error.
pub(super) fn rename(cx: &Cx<'_>, lowered: &mut Lowered, names: &[ast::TableAliasColumnDef], at: crate::base::Span) {
    let Lowered { query, numbers, shaped, open, .. } = lowered;
    if names.is_empty() {
        return;
    }
    let before = query.columns.clone();
    if names.len() > query.columns.len() && !*open {
        let message = format!("{} names for {} columns", names.len(), query.columns.len());
        cx.error(Diagnostic::error(Code::ColumnCount, at, message));
    }
    let new: Vec<Ident> = names.iter().map(|n| super::names::ident(&n.name)).collect();
    let numbered: Vec<bool> = query.columns.iter().map(|c| numbers.contains(&c.name)).collect();
    for (c, name) in query.columns.iter_mut().zip(&new) {
        for key in &mut query.order {
            if let ExprKind::Column { relation, name: old } = &mut key.expr.kind
                && relation.as_str().is_empty()
                && *old == c.name
            {
                *old = name.clone();
            }
        }
        c.name = name.clone();
    }
    *numbers = query.columns.iter().zip(numbered).filter(|(_, is)| *is).map(|(c, _)| c.name.clone()).collect();
    *shaped = shaped.renamed(&before, &query.columns);
    rename_body(&mut query.body, &new);
}

fn rename_body(body: &mut SetExpr, names: &[Ident]) {
    match body {
        SetExpr::Select(select) => select.items.iter_mut().zip(names).for_each(|(item, name)| item.name = name.clone()),
        SetExpr::Set { left, .. } => rename_body(left, names),
        SetExpr::Query(inner) => {
            inner.columns.iter_mut().zip(names).for_each(|(c, name)| c.name = name.clone());
            rename_body(&mut inner.body, names);
        }
        SetExpr::Values(_) => {}
    }
}
