//! What the rows of queries stand for.

use super::block::Block;
use super::{ALL, Reader, Rows, Said};
use crate::base::Ident;
use crate::ir::{Cte, Distinct, Expr, ExprKind, OrderKey, Query, Select, SetExpr, find, operands, query_of};
use std::collections::BTreeSet;

/// `with` entries in scope, with the names of their columns.
pub(super) struct With<'w> {
    pub(super) entries: Vec<(Ident, Vec<Ident>, Rows)>,
    pub(super) outer: Option<&'w With<'w>>,
}

impl With<'_> {
    pub(super) fn find(&self, name: &Ident) -> Option<(&[Ident], &Rows)> {
        let own = self.entries.iter().rev().find(|(n, ..)| n == name).map(|(_, names, rows)| (names.as_slice(), rows));
        own.or_else(|| self.outer.and_then(|outer| outer.find(name)))
    }
}

impl Reader<'_> {
    pub(super) fn query(&self, query: &Query, outer: Option<&With<'_>>) -> Rows {
        let with = self.entries(query, outer);
        let order: Vec<&Expr> = query.order.iter().map(|k| &k.expr).chain(&query.limit).chain(&query.offset).collect();
        let mut rows = self.body(&query.body, &query.order, &with);
        rows.k = order.into_iter().map(|e| self.inside(e, &with)).fold(rows.k, u32::min);
        rows
    }

    pub(super) fn entries<'w>(&self, query: &Query, outer: Option<&'w With<'w>>) -> With<'w> {
        let mut with = With { entries: Vec::new(), outer };
        for cte in &query.with {
            let rows = self.entry(cte, &with);
            with.entries.push((cte.name.clone(), cte.query.names().cloned().collect(), rows));
        }
        with
    }

    /// A recursive entry by induction: its step reads rows that fewer steps made, so that it holds of them what holds of the start and is kept.
    fn entry(&self, cte: &Cte, with: &With<'_>) -> Rows {
        if !cte.recursive {
            return self.query(&cte.query, Some(with));
        }
        let names: Vec<Ident> = cte.query.names().cloned().collect();
        let mut rows = Rows { k: ALL, columns: vec![Said::anything(); names.len()], together: BTreeSet::new() };
        // A column that says less takes at most one more with it each time.
        for _ in 0..names.len() * 3 + 3 {
            let inner = With { entries: vec![(cte.name.clone(), names.clone(), rows.clone())], outer: Some(with) };
            let next = self.query(&cte.query, Some(&inner));
            if next == rows {
                return rows;
            }
            rows = next;
        }
        Rows { k: 0, columns: vec![Said::nothing(); names.len()], together: BTreeSet::new() }
    }

    /// A body, and what its rows are put in order by.
    fn body(&self, body: &SetExpr, order: &[OrderKey], with: &With<'_>) -> Rows {
        match body {
            SetExpr::Values(rows) => {
                let columns = rows.first().map_or(0, Vec::len);
                let k = rows.iter().flatten().map(|e| self.inside(e, with)).min().unwrap_or(ALL);
                Rows { k, columns: vec![Said { rest: ALL, ..Said::nothing() }; columns], together: BTreeSet::new() }
            }
            SetExpr::Query(query) => self.query(query, Some(with)),
            SetExpr::Set { left, right, .. } => {
                let (left, right) = (self.body(left, &[], with), self.body(right, &[], with));
                let columns = left.columns.iter().zip(&right.columns).map(|(a, b)| a.either(b)).collect();
                Rows { k: left.k.min(right.k), columns, together: BTreeSet::new() }
            }
            SetExpr::Select(select) => self.select(select, order, with),
        }
    }

    fn select(&self, select: &Select, order: &[OrderKey], with: &With<'_>) -> Rows {
        let mut block = self.block(select, order, with);
        self.ask(&mut block, with);
        let told = block.told.iter().copied().chain(&select.group.keys);
        let told = told.map(|e| self.inside(e, with)).fold(block.beside, u32::min);
        let distinct = if let Distinct::On(keys) = &select.distinct { keys.as_slice() } else { &[] };
        let deciding = select.group.keys.iter().chain(select.asks()).chain(distinct);
        let grouped = select.group.aggregated;
        let told = deciding.map(|e| block.others(e, grouped)).fold(told, u32::min);
        let keys: BTreeSet<String> = select.group.keys.iter().filter_map(|k| block.text(k)).collect();
        let proven = if released(select, &block.told) { Some(ALL) } else { block.proven(select) };
        let plain = block.relations.iter().map(|r| r.rows.k).chain(block.asked.iter().map(|a| a.k)).min().unwrap_or(ALL);
        let k = proven.map_or(plain, |proven| proven.max(plain)).min(told);
        let key = |e: &Expr| !grouped || block.text(e).is_some_and(|e| keys.contains(&e));
        let others = |e: &Expr| block.others(e, grouped).min(if grouped && windowed(e) { k } else { ALL });
        let said = |e: &Expr| Said { others: others(e), ..if key(e) { block.of_item(e, told) } else { Said::nothing() } };
        Rows { k, columns: select.items.iter().map(|i| said(&i.expr)).collect(), together: BTreeSet::new() }
    }

    /// What a block reads, but for what its conditions ask.
    pub(super) fn block<'b, 'q>(&'b self, select: &'q Select, order: &'q [OrderKey], with: &With<'_>) -> Block<'b, 'q> {
        let mut block = Block::new(self, select.shows(order).chain(select.asks()).collect());
        select.from.iter().for_each(|item| {
            block.from(item, with);
        });
        select.filter.iter().for_each(|e| block.condition(e, None, with));
        block
    }

    /// How many the rows of the queries inside an expression stand for.
    pub(super) fn inside(&self, e: &Expr, with: &With<'_>) -> u32 {
        // A written exception.
        if matches!(e.kind, ExprKind::Release(..)) {
            return ALL;
        }
        let mut least = query_of(e).map_or(ALL, |query| self.query(query, Some(with)).k);
        operands(e, &mut |child| least = least.min(self.inside(child, with)));
        least
    }
}

fn windowed(e: &Expr) -> bool {
    find(e, &|e| matches!(e.kind, ExprKind::Window(_))).is_some()
}

/// Whether all that a block tells beside its keys is released: then its author answers for how many it counts.
fn released(select: &Select, told: &[&Expr]) -> bool {
    let counted = |e: &Expr| find(e, &|e| matches!(e.kind, ExprKind::Aggregate(_))).is_some();
    let free = |e: &Expr| matches!(e.kind, ExprKind::Release(..)) && counted(e);
    let all = || told.iter().all(|e| free(e) || !counted(e));
    select.group.aggregated && select.having.is_none() && select.items.iter().any(|i| free(&i.expr)) && all()
}
