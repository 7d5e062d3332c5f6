//! Expressions that a statement of a person stands beside: releases, and output columns.

use super::query::behind;
use super::{Entry, value};
use crate::base::Ident;
use crate::ir::{
    Distinct, Expr, ExprKind, FromItem, OrderKey, Query, RelationSource, RowsOf, Select, SetExpr, TableId, every_operand, operands,
    query_of,
};
use crate::plan::common::names::Common;
use std::collections::BTreeSet;

/// An expression that a statement of a person stands beside: the argument of a `release`, or an output column of a block.
pub(in crate::plan) struct Stated<'q> {
    /// The statement of a release; none of an output column.
    pub(in crate::plan) release: Option<&'q crate::ir::Release>,
    /// The block it stands in.
    pub(in crate::plan) select: &'q Select,
    /// The output column, where it is one of the whole body or of a part.
    pub(in crate::plan) name: Option<&'q Ident>,
    /// Whether the block is the body itself.
    pub(in crate::plan) outermost: bool,
    /// The expression.
    pub(in crate::plan) expr: &'q Expr,
    entries: Vec<Entry<'q>>,
}

impl Stated<'_> {
    /// What the expression comes to, whatever else the body reads: its text, and the columns of tables that are in it.
    pub(in crate::plan) fn value(&self, common: &Common<'_>) -> (String, BTreeSet<(TableId, Ident)>) {
        value(common, &self.entries, self.select, self.expr)
    }
}

/// Where an expression begins and ends with all its parts: places of expressions may be of a name only.
pub(in crate::plan) fn extent(e: &Expr) -> crate::base::Span {
    let mut at = e.at;
    every_operand(e, &mut |inner| {
        if inner.at.file == at.file && inner.at.start < inner.at.end {
            at.start = at.start.min(inner.at.start);
            at.end = at.end.max(inner.at.end);
        }
    });
    at
}

/// The tables behind the aliases of a block.
pub(in crate::plan) fn table_behind(select: &Select, alias: &Ident) -> Option<TableId> {
    fn find(item: &FromItem, alias: &Ident) -> Option<TableId> {
        match item {
            FromItem::Relation(r) => behind(r).filter(|_| r.alias == *alias),
            FromItem::Join { left, right, .. } => find(left, alias).or_else(|| find(right, alias)),
        }
    }
    select.from.iter().find_map(|item| find(item, alias))
}

/// Visits the arguments of releases, and output columns for which `picks` says so, with the block each stands in.
pub(in crate::plan) fn stated<'q>(query: &'q Query, picks: &dyn Fn(&Select, &Expr) -> bool, f: &mut dyn FnMut(Stated<'q>)) {
    Blocks { picks, f }.query(query, &[], true);
}

struct Blocks<'v, 'q> {
    picks: &'v dyn Fn(&Select, &Expr) -> bool,
    f: &'v mut dyn FnMut(Stated<'q>),
}

impl<'q> Blocks<'_, 'q> {
    fn query(&mut self, query: &'q Query, around: &[Entry<'q>], outermost: bool) {
        let mut entries = around.to_vec();
        for cte in &query.with {
            let own = Entry { cte, scope: 0, open: true };
            let inner: Vec<Entry<'q>> = entries.iter().cloned().chain(cte.recursive.then_some(own)).collect();
            self.query(&cte.query, &inner, false);
            entries.push(Entry { cte, scope: 0, open: false });
        }
        self.set(&query.body, &query.order, &entries, outermost);
    }

    fn set(&mut self, set: &'q SetExpr, order: &'q [OrderKey], entries: &[Entry<'q>], outermost: bool) {
        match set {
            SetExpr::Select(select) => self.select(select, order, entries, outermost),
            SetExpr::Query(inner) => self.query(inner, entries, outermost),
            SetExpr::Values(_) => {}
            SetExpr::Set { left, right, .. } => {
                self.set(left, &[], entries, outermost);
                self.set(right, &[], entries, outermost);
            }
        }
    }

    fn select(&mut self, select: &'q Select, order: &'q [OrderKey], entries: &[Entry<'q>], outermost: bool) {
        for item in &select.items {
            if (self.picks)(select, &item.expr) {
                let name = Some(&item.name);
                (self.f)(Stated { release: None, select, name, outermost, expr: &item.expr, entries: entries.to_vec() });
            }
            self.expr(&item.expr, select, entries);
        }
        let on = if let Distinct::On(keys) = &select.distinct { keys.as_slice() } else { &[] };
        let rest = on.iter().chain(&select.filter).chain(&select.group.keys).chain(&select.having).chain(&select.qualify);
        rest.chain(order.iter().map(|k| &k.expr)).for_each(|e| self.expr(e, select, entries));
        select.from.iter().for_each(|item| self.from(item, select, entries));
    }

    fn from(&mut self, item: &'q FromItem, select: &'q Select, entries: &[Entry<'q>]) {
        match item {
            FromItem::Relation(r) => match &r.source {
                RelationSource::Table(_) | RelationSource::Cte(_) => {}
                RelationSource::Derived(query) => self.query(query, entries, false),
                RelationSource::Unnest { expr, .. } => self.expr(expr, select, entries),
                RelationSource::Function { args, .. } => args.iter().for_each(|e| self.expr(e, select, entries)),
                RelationSource::Zip { rows, .. } => rows.iter().flat_map(RowsOf::parts).for_each(|e| self.expr(e, select, entries)),
            },
            FromItem::Join { left, right, on, .. } => {
                self.from(left, select, entries);
                self.from(right, select, entries);
                on.iter().for_each(|e| self.expr(e, select, entries));
            }
        }
    }

    fn expr(&mut self, e: &'q Expr, select: &'q Select, entries: &[Entry<'q>]) {
        if let ExprKind::Release(inner, release) = &e.kind {
            let release = Some(release.as_ref());
            (self.f)(Stated { release, select, name: None, outermost: false, expr: inner, entries: entries.to_vec() });
        }
        operands(e, &mut |inner| self.expr(inner, select, entries));
        if let Some(query) = query_of(e) {
            self.query(query, entries, false);
        }
    }
}
