//! Functions that yield rows, in the select list: `select id, unnest(tags) from …`. Postgres multiplies the rows of the block, after `where`
//! and grouping and before `distinct` and `order by`; several of them run side by side, the shorter ones filled up with NULL. Here they
//! become one more element of `from`, which means the same; a block that groups or numbers its rows first becomes a derived table.
//!
//! Where Postgres refuses them (`case`, `coalesce`, aggregates, conditions) they are refused here.

use super::group::is_input;
use super::names::{ident, output_name, span_of, unsupported};
use super::{Cx, Scope, rows_of};
use crate::base::Ident;
use crate::diag::{Code, Diagnostic};
use crate::ir::FunctionKind;
use sqlparser::ast::{self, Expr as E, Visit, VisitMut, Visitor, VisitorMut};
use std::ops::ControlFlow;

/// What to do with a block.
pub(super) enum Spread {
    /// It stays as it is.
    Nothing,
    /// It was refused, and that is reported.
    Refused,
    /// The block with the calls replaced, and the calls under the names of their columns.
    Beside(Box<(ast::Select, Vec<ast::OrderByExpr>)>, Ident, Vec<(ast::Function, Ident)>),
    /// The block to lower instead.
    Around(Box<ast::Select>),
}

/// Whether a call yields rows.
fn yields_rows(cx: &Cx<'_>, f: &ast::Function) -> bool {
    let [ast::ObjectNamePart::Identifier(name)] = f.name.0.as_slice() else { return false };
    let name = ident(name);
    rows_of::takes_array(name.as_str()) || has_kind(cx, name.as_str(), FunctionKind::Table)
}

fn has_kind(cx: &Cx<'_>, name: &str, kind: FunctionKind) -> bool {
    let ids = cx.program.function_names.get(name);
    ids.into_iter().flatten().any(|id| cx.program.function(*id).is_some_and(|f| f.kind == kind))
}

/// What an expression holds, queries inside it left out.
#[derive(Default)]
struct Holds {
    rows: Vec<ast::Function>,
    aggregates: bool,
    windows: bool,
    depth: usize,
}

struct Look<'c, 'a> {
    cx: &'c Cx<'a>,
    found: Holds,
}

impl Visitor for Look<'_, '_> {
    type Break = ();

    fn pre_visit_query(&mut self, _: &ast::Query) -> ControlFlow<()> {
        self.found.depth += 1;
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &ast::Query) -> ControlFlow<()> {
        self.found.depth -= 1;
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, e: &E) -> ControlFlow<()> {
        if self.found.depth > 0 {
            return ControlFlow::Continue(());
        }
        if let E::Function(f) = e {
            let name = f.name.0.last().and_then(|p| p.as_ident()).map(ident).unwrap_or_default();
            if f.over.is_some() {
                self.found.windows = true;
            } else if has_kind(self.cx, name.as_str(), FunctionKind::Aggregate) {
                self.found.aggregates = true;
            } else if yields_rows(self.cx, f) {
                self.found.rows.push(f.clone());
            }
        }
        ControlFlow::Continue(())
    }
}

fn look<T: Visit>(cx: &Cx<'_>, node: &T) -> Holds {
    let mut look = Look { cx, found: Holds::default() };
    let _: ControlFlow<()> = node.visit(&mut look);
    look.found
}

/// Reports a function that yields rows in a clause that cannot take rows.
pub(super) fn refused_in(cx: &Cx<'_>, e: &E, clause: &str) -> bool {
    let found = look(cx, e).rows;
    if let Some(call) = found.first() {
        refuse(cx, call, &format!("in `{clause}`"), "put it into `from`: `cross join lateral …`, and compare its column");
    }
    !found.is_empty()
}

fn refuse(cx: &Cx<'_>, call: &ast::Function, place: &str, help: &str) {
    let message = format!("`{}` yields rows and cannot stand {place}", call.name.to_string().to_lowercase());
    cx.error(Diagnostic::error(Code::SqlUnsupported, span_of(cx, &call.name), message).help(help));
}

/// Whether the select list holds a function that yields rows.
pub(super) fn holds_rows(cx: &Cx<'_>, s: &ast::Select) -> bool {
    !look(cx, &s.projection).rows.is_empty()
}

/// Looks at a block with such a function whose `from` has been lowered.
pub(super) fn plan(cx: &Cx<'_>, scope: &Scope<'_>, s: &ast::Select, order: &[ast::OrderByExpr]) -> Spread {
    let items = look(cx, &s.projection);
    if misplaced(cx, &s.projection) {
        return Spread::Refused;
    }
    let later = [look(cx, &s.having), look(cx, &s.qualify), look(cx, &order.to_vec())];
    let aggregates = items.aggregates || later.iter().any(|l| l.aggregates);
    let windows = items.windows || later.iter().any(|l| l.windows);
    let grouped = aggregates || s.having.is_some() || !matches!(&s.group_by, ast::GroupByExpr::Expressions(keys, _) if keys.is_empty());
    let spread: Vec<usize> = s
        .projection
        .iter()
        .enumerate()
        .filter(|(_, p)| value_of(p).is_some_and(|e| !look(cx, e).rows.is_empty()))
        .map(|(i, _)| i)
        .collect();
    let keys = spread.iter().filter(|i| is_key(scope, s, **i)).count();
    match (grouped, windows) {
        (false, false) => beside(cx, scope, s, order),
        (true, false) if keys == spread.len() => beside(cx, scope, s, order),
        _ if keys == 0 => around(cx, s, order),
        _ => {
            let first = items.rows.first().map_or(cx.here, |f| span_of(cx, &f.name));
            unsupported(cx, first, "a mix of row-yielding functions before and behind `group by`");
            Spread::Refused
        }
    }
}

fn value_of(item: &ast::SelectItem) -> Option<&E> {
    match item {
        ast::SelectItem::UnnamedExpr(e) | ast::SelectItem::ExprWithAlias { expr: e, .. } => Some(e),
        _ => None,
    }
}

/// Whether an output column is grouped by: by position, by name, or written again.
fn is_key(scope: &Scope<'_>, s: &ast::Select, index: usize) -> bool {
    let ast::GroupByExpr::Expressions(keys, _) = &s.group_by else { return false };
    let Some(item) = s.projection.get(index) else { return false };
    let alias = if let ast::SelectItem::ExprWithAlias { alias, .. } = item { Some(ident(alias)) } else { None };
    keys.iter().any(|key| match key {
        E::Value(v) => matches!(&v.value, ast::Value::Number(n, _) if n.parse() == Ok(index + 1)),
        E::Identifier(name) => Some(ident(name)) == alias && !is_input(scope, key),
        other => value_of(item) == Some(other),
    })
}

/// Reports calls inside `case`, `coalesce`, aggregates, windows and each other.
fn misplaced(cx: &Cx<'_>, projection: &Vec<ast::SelectItem>) -> bool {
    struct Inside<'c, 'a> {
        cx: &'c Cx<'a>,
        around: Vec<Option<String>>,
        depth: usize,
        found: bool,
    }
    impl Visitor for Inside<'_, '_> {
        type Break = ();

        fn pre_visit_query(&mut self, _: &ast::Query) -> ControlFlow<()> {
            self.depth += 1;
            ControlFlow::Continue(())
        }

        fn post_visit_query(&mut self, _: &ast::Query) -> ControlFlow<()> {
            self.depth -= 1;
            ControlFlow::Continue(())
        }

        fn pre_visit_expr(&mut self, e: &E) -> ControlFlow<()> {
            if self.depth > 0 {
                return ControlFlow::Continue(());
            }
            let inside = match e {
                E::Case { .. } => Some("in `case`".to_owned()),
                E::Function(f) => {
                    let name = f.name.to_string().to_lowercase();
                    let rows = yields_rows(self.cx, f);
                    if rows && let Some(place) = self.around.iter().flatten().next() {
                        refuse(self.cx, f, place, "yield the rows in `from` or in a `with` entry first, then compute with them");
                        self.found = true;
                    }
                    let aggregate = f.over.is_some() || has_kind(self.cx, &name, FunctionKind::Aggregate);
                    match name.as_str() {
                        "coalesce" => Some("in `coalesce`".to_owned()),
                        _ if rows || aggregate => Some(format!("inside `{name}`")),
                        _ => None,
                    }
                }
                _ => None,
            };
            self.around.push(inside);
            ControlFlow::Continue(())
        }

        fn post_visit_expr(&mut self, _: &E) -> ControlFlow<()> {
            if self.depth == 0 {
                self.around.pop();
            }
            ControlFlow::Continue(())
        }
    }
    let mut inside = Inside { cx, around: Vec::new(), depth: 0, found: false };
    let _: ControlFlow<()> = projection.visit(&mut inside);
    inside.found
}

/// Replaces calls by columns of the rows beside the block.
struct Replace<'c> {
    alias: &'c Ident,
    calls: &'c [(ast::Function, Ident)],
    depth: usize,
}

impl VisitorMut for Replace<'_> {
    type Break = ();

    fn pre_visit_query(&mut self, _: &mut ast::Query) -> ControlFlow<()> {
        self.depth += 1;
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &mut ast::Query) -> ControlFlow<()> {
        self.depth -= 1;
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, e: &mut E) -> ControlFlow<()> {
        if let E::Function(f) = e
            && self.depth == 0
            && let Some((call, name)) = self.calls.iter().find(|(call, _)| call == f)
        {
            let span = ast::Spanned::span(&call.name);
            *e = E::CompoundIdentifier(vec![placed(self.alias, span), placed(name, span)]);
        }
        ControlFlow::Continue(())
    }
}

/// A name that stands where something else was written.
fn placed(name: &Ident, span: sqlparser::tokenizer::Span) -> ast::Ident {
    ast::Ident::with_quote_and_span('"', span, name.as_str())
}

fn beside(cx: &Cx<'_>, scope: &Scope<'_>, s: &ast::Select, order: &[ast::OrderByExpr]) -> Spread {
    let mut calls: Vec<(ast::Function, Ident)> = Vec::new();
    for item in &s.projection {
        let Some(e) = value_of(item) else { continue };
        for call in look(cx, e).rows {
            // The same call written twice still runs once, side by side with itself.
            if !calls.iter().any(|(known, _)| *known == call) {
                let alias =
                    if let ast::SelectItem::ExprWithAlias { alias, expr: E::Function(_) } = item { Some(ident(alias)) } else { None };
                let wanted = alias.unwrap_or_else(|| output_name(&E::Function(call.clone())).0);
                let taken: Vec<&Ident> = calls.iter().map(|(_, name)| name).collect();
                calls.push((call, free(&wanted, |name| taken.contains(&name))));
            }
        }
    }
    let in_order: Vec<ast::Function> = order.iter().flat_map(|k| look(cx, &k.expr).rows).collect();
    if let Some(other) = in_order.iter().find(|f| !calls.iter().any(|(call, _)| call == *f)) {
        refuse(cx, other, "in `order by` alone", "select it too, and order by its name");
        return Spread::Refused;
    }
    let first = calls.first().map(|(_, name)| name.clone()).unwrap_or_default();
    let wanted = if calls.len() == 1 { first } else { Ident::folded("rows_of") };
    let alias = free(&wanted, |name| known(scope, name));
    let (mut s, mut order) = (s.clone(), order.to_vec());
    let mut replace = Replace { alias: &alias, calls: &calls, depth: 0 };
    // A bare call keeps the name Postgres gives it.
    for item in &mut s.projection {
        if let ast::SelectItem::UnnamedExpr(e @ E::Function(_)) = item
            && !look(cx, e).rows.is_empty()
        {
            let name = output_name(e).0;
            *item = ast::SelectItem::ExprWithAlias { expr: e.clone(), alias: ast::Ident::with_quote('"', name.as_str()) };
        }
    }
    let _: ControlFlow<()> = VisitMut::visit(&mut s.projection, &mut replace);
    let _: ControlFlow<()> = VisitMut::visit(&mut s.group_by, &mut replace);
    let _: ControlFlow<()> = VisitMut::visit(&mut s.distinct, &mut replace);
    let _: ControlFlow<()> = VisitMut::visit(&mut order, &mut replace);
    Spread::Beside(Box::new((s, order)), alias, calls)
}

/// Whether a relation or column of this block or an enclosing one has the name.
fn known(scope: &Scope<'_>, name: &Ident) -> bool {
    let here = scope.relations.iter().any(|r| r.alias == *name || r.columns.iter().any(|c| c.name == *name));
    here || scope.outer.is_some_and(|outer| known(outer, name))
}

/// The name, or the next of it with a number that is not taken.
fn free(wanted: &Ident, taken: impl Fn(&Ident) -> bool) -> Ident {
    let mut name = wanted.clone();
    let mut number = 2;
    while taken(&name) {
        name = Ident::exact(&format!("{wanted}_{number}"));
        number += 1;
    }
    name
}

/// `select x.a, unnest(x.b) from (select … as a, … as b from … group by …) as x`
fn around(cx: &Cx<'_>, s: &ast::Select, order: &[ast::OrderByExpr]) -> Spread {
    let outputs = |key: &ast::OrderByExpr| matches!(&key.expr, E::Identifier(_) | E::Value(_));
    if let Some(key) = order.iter().find(|k| !outputs(k)) {
        unsupported(cx, span_of(cx, &key.expr), "ordering rows that a function yields by an expression");
        return Spread::Refused;
    }
    if matches!(s.distinct, Some(ast::Distinct::On(_))) {
        unsupported(cx, span_of(cx, s), "`distinct on` with a function that yields rows behind `group by` or a window");
        return Spread::Refused;
    }
    let alias = Ident::folded("grouped");
    let mut inner: Vec<ast::SelectItem> = Vec::new();
    let mut outer: Vec<ast::SelectItem> = Vec::new();
    let mut names: Vec<Ident> = Vec::new();
    let mut keep = |e: &E, wanted: &Ident| {
        let name = free(wanted, |n| names.contains(n));
        names.push(name.clone());
        inner.push(ast::SelectItem::ExprWithAlias { expr: e.clone(), alias: ast::Ident::with_quote('"', name.as_str()) });
        let span = ast::Spanned::span(e);
        E::CompoundIdentifier(vec![placed(&alias, span), placed(&name, span)])
    };
    for item in &s.projection {
        let (Some(e), named) = (value_of(item), if let ast::SelectItem::ExprWithAlias { alias, .. } = item { Some(alias) } else { None })
        else {
            unsupported(cx, span_of(cx, item), "`*` beside a function that yields rows behind `group by` or a window");
            return Spread::Refused;
        };
        let name = named.map_or_else(|| output_name(e).0, ident);
        let value = match e {
            E::Function(call) if yields_rows(cx, call) => {
                let mut call = call.clone();
                let ast::FunctionArguments::List(list) = &mut call.args else { return Spread::Refused };
                for arg in &mut list.args {
                    if let ast::FunctionArg::Unnamed(ast::FunctionArgExpr::Expr(e)) = arg {
                        *e = keep(e, &Ident::exact(&format!("{name}_of")));
                    }
                }
                E::Function(call)
            }
            e if look(cx, e).rows.is_empty() => keep(e, &name),
            e => {
                unsupported(cx, span_of(cx, e), "computing with a function that yields rows behind `group by` or a window");
                return Spread::Refused;
            }
        };
        outer.push(ast::SelectItem::ExprWithAlias { expr: value, alias: ast::Ident::with_quote('"', name.as_str()) });
    }
    let grouped = ast::Select { projection: inner, distinct: None, select_token: empty_select().select_token, ..s.clone() };
    let table = ast::TableFactor::Derived {
        lateral: false,
        subquery: Box::new(query_of(grouped)),
        alias: Some(ast::TableAlias { explicit: true, name: ast::Ident::with_quote('"', alias.as_str()), columns: Vec::new(), at: None }),
        sample: None,
    };
    Spread::Around(Box::new(ast::Select {
        select_token: s.select_token.clone(),
        distinct: s.distinct.clone(),
        projection: outer,
        from: vec![ast::TableWithJoins { relation: table, joins: Vec::new() }],
        ..empty_select()
    }))
}

/// `select` and nothing else.
pub(super) fn empty_select() -> ast::Select {
    ast::Select {
        select_token: ast::helpers::attached_token::AttachedToken::empty(),
        optimizer_hints: Vec::new(),
        distinct: None,
        select_modifiers: None,
        top: None,
        top_before_distinct: false,
        projection: Vec::new(),
        exclude: None,
        into: None,
        from: Vec::new(),
        lateral_views: Vec::new(),
        prewhere: None,
        selection: None,
        connect_by: Vec::new(),
        group_by: ast::GroupByExpr::Expressions(Vec::new(), Vec::new()),
        cluster_by: Vec::new(),
        distribute_by: Vec::new(),
        sort_by: Vec::new(),
        having: None,
        named_window: Vec::new(),
        qualify: None,
        window_before_qualify: false,
        value_table_mode: None,
        flavor: ast::SelectFlavor::Standard,
    }
}

/// A block as a query.
pub(super) fn query_of(select: ast::Select) -> ast::Query {
    ast::Query {
        with: None,
        body: Box::new(ast::SetExpr::Select(Box::new(select))),
        order_by: None,
        limit_clause: None,
        fetch: None,
        locks: Vec::new(),
        for_clause: None,
        settings: None,
        format_clause: None,
        pipe_operators: Vec::new(),
    }
}
