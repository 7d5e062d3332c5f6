//! Finds the counts in a query, and what each of them counts.

use super::super::text::text_of;
use super::rows::{Block, MOST_DEEP, With};
use super::{By, Cell, Stored};
use crate::ir::{
    AggregateCall, Expr, ExprKind, FromItem, OrderKey, Program, Query, Relation, RelationSource, Select, SetExpr, TableId, conjuncts,
    operands, query_of,
};
use std::collections::{BTreeMap, BTreeSet};

pub(super) struct Reader<'p> {
    pub(super) program: &'p Program,
    pub(super) table: TableId,
    pub(super) found: BTreeSet<Cell>,
}

impl<'p> Reader<'p> {
    pub(super) fn query(&mut self, query: &'p Query, outer: &With<'p, '_>) {
        for (position, cte) in query.with.iter().enumerate() {
            let before = query.with.get(..position).unwrap_or_default();
            self.query(&cte.query, &With { entries: before, outer: Some(outer) });
        }
        let with = With { entries: &query.with, outer: Some(outer) };
        self.set(&query.body, &query.order, &with);
        query.limit.iter().chain(&query.offset).for_each(|e| self.inside(e, &with));
    }

    fn set(&mut self, set: &'p SetExpr, order: &'p [OrderKey], with: &With<'p, '_>) {
        match set {
            SetExpr::Select(select) => self.select(select, order, with),
            SetExpr::Set { left, right, .. } => {
                self.set(left, &[], with);
                self.set(right, &[], with);
            }
            SetExpr::Query(inner) => self.query(inner, with),
            SetExpr::Values(rows) => rows.iter().flatten().for_each(|e| self.inside(e, with)),
        }
    }

    /// Queries inside an expression count, too.
    fn inside(&mut self, e: &'p Expr, with: &With<'p, '_>) {
        if let Some(query) = query_of(e) {
            self.query(query, with);
        }
        operands(e, &mut |part| self.inside(part, with));
    }

    fn from(&mut self, item: &'p FromItem, with: &With<'p, '_>) {
        match item {
            FromItem::Relation(Relation { source: RelationSource::Derived(query), .. }) => self.query(query, with),
            FromItem::Relation(_) => {}
            FromItem::Join { left, right, on, .. } => {
                self.from(left, with);
                self.from(right, with);
                on.iter().for_each(|e| self.inside(e, with));
            }
        }
    }

    fn select(&mut self, select: &'p Select, order: &'p [OrderKey], with: &With<'p, '_>) {
        select.from.iter().for_each(|item| self.from(item, with));
        select.shows(order).chain(select.asks()).chain(&select.filter).for_each(|e| self.inside(e, with));
        if !select.group.aggregated {
            return;
        }
        let block = Block::of(self.program, select, with, MOST_DEEP);
        let mut calls = Vec::new();
        select.shows(order).for_each(|e| aggregates(e, &mut calls));
        let shown = !calls.is_empty();
        select.asks().for_each(|e| aggregates(e, &mut calls));
        let least = if shown { None } else { least(self.program, select) };
        let counts = calls.iter().filter_map(|call| block.counts(call));
        let counted: BTreeMap<Option<Stored>, Option<By>> = counts.collect();
        // Within the block an alias is a name.
        let here = |e: &Expr| text_of(self.program, e, &|relation, name| Some(format!("{relation:?}.{name:?}")));
        // Filters that cannot be compared are each a filter of its own.
        let filter = |(at, c): (usize, &&'p AggregateCall)| {
            let text = c.filter.as_ref().and_then(&here);
            let own = (c.filter.is_some() && text.is_none()).then_some(at);
            ((own, text), c.filter.as_ref())
        };
        let filters: BTreeMap<(Option<usize>, Option<String>), Option<&Expr>> = calls.iter().enumerate().map(filter).collect();
        for (stored, by) in &counted {
            for filter in filters.values() {
                for set in sets(select) {
                    let cell = block.cell((*stored, by.clone()), select.filter.iter().chain(*filter), &set);
                    let alone = Some((self.table, self.found.len()));
                    self.found.insert(match cell {
                        Ok(cell) => Cell { least, ..cell },
                        Err(cell) => Cell { least, alone, ..cell },
                    });
                }
            }
        }
    }
}

/// The number of people that `having` asks for, where all that it asks is whether a group holds as many.
fn least(program: &Program, select: &Select) -> Option<u32> {
    let asks = |e: &&Expr| {
        let mut calls = Vec::new();
        aggregates(e, &mut calls);
        !calls.is_empty()
    };
    let asked: Option<BTreeSet<u32>> = select
        .having
        .iter()
        .flat_map(conjuncts)
        .chain(&select.qualify)
        .filter(asks)
        .map(|e| Some(program.threshold(e).filter(|t| t.alone)?.least))
        .collect();
    asked.filter(|asked| asked.len() == 1)?.pop_first()
}

/// The keys of each grouping set.
fn sets(select: &Select) -> Vec<Vec<&Expr>> {
    if select.group.sets.is_empty() {
        return vec![select.group.keys.iter().collect()];
    }
    let of = |set: &Vec<usize>| set.iter().filter_map(|i| select.group.keys.get(*i)).collect();
    select.group.sets.iter().map(of).collect()
}

fn aggregates<'e>(e: &'e Expr, found: &mut Vec<&'e AggregateCall>) {
    if let ExprKind::Aggregate(call) = &e.kind {
        found.push(call);
        return;
    }
    operands(e, &mut |inner| aggregates(inner, found));
}
