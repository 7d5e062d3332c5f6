//! Rows of which a condition asks whether they are there. That visit 7 took more than 85 minutes is told by eleven patients as well as by one, where a ward
//! is there because of it. So what is asked is of whom the groups are counted by, joined as if it stood beside them; or it stands for enough people itself.

use super::block::{Block, Place, plain_column};
use super::query::With;
use super::{ALL, Reader};
use crate::ir::{Distinct, Expr, ExprKind, Query, Select, SetExpr};
use std::collections::BTreeSet;

/// What `exists (…)` or `in (…)` reads.
pub(super) struct Asked<'b, 'q> {
    /// How many those stand for who are behind its rows.
    pub(super) k: u32,
    blocks: Vec<Inner<'b, 'q>>,
}

/// A block of it, beside what is around it.
struct Inner<'b, 'q> {
    block: Block<'b, 'q>,
    /// How many of the block's relations are its own: the first ones.
    own: usize,
    /// How many those stand for of whom other queries tell inside.
    told: u32,
}

impl Asked<'_, '_> {
    /// How many those stand for, at least, of whom it asks and whom these columns of the block around do not name.
    pub(super) fn rest(&self, classes: &[BTreeSet<Place<'_>>]) -> u32 {
        let rest = |inner: &Inner<'_, '_>| {
            let classes: Vec<_> = classes.iter().map(|class| inner.block.grown(class.clone())).collect();
            inner.block.rest_of_first(inner.own, &classes).min(inner.told)
        };
        self.k.max(self.blocks.iter().map(rest).min().unwrap_or(0))
    }
}

impl<'b> Reader<'b> {
    /// Reads what the conditions of a block ask, when all of it is known that stands beside them.
    pub(super) fn ask<'q>(&'b self, block: &mut Block<'b, 'q>, with: &With<'_>) {
        let asks = std::mem::take(&mut block.asks);
        let asked: Vec<Asked<'b, 'q>> = asks.into_iter().map(|(query, operand)| self.asked(query, operand, block, with)).collect();
        block.asked = asked;
    }

    fn asked<'q>(&'b self, query: &'q Query, operand: Option<&'q Expr>, around: &Block<'b, 'q>, with: &With<'_>) -> Asked<'b, 'q> {
        let k = self.query(query, Some(with)).k;
        let mut blocks = Vec::new();
        // What nobody is behind needs no second look.
        let all = k == ALL || self.blocks(query, operand, (around, with), &mut blocks).is_some();
        if !all {
            blocks.clear();
        }
        Asked { k, blocks }
    }

    /// The blocks of a query; `None` where one cannot be set beside what is around it.
    fn blocks<'q>(
        &'b self,
        query: &'q Query,
        operand: Option<&'q Expr>,
        (around, outer): (&Block<'b, 'q>, &With<'_>),
        found: &mut Vec<Inner<'b, 'q>>,
    ) -> Option<()> {
        let with = self.entries(query, Some(outer));
        let told: Vec<&Expr> = query.order.iter().map(|k| &k.expr).chain(&query.limit).chain(&query.offset).collect();
        let told = told.into_iter().map(|e| self.inside(e, &with)).min().unwrap_or(ALL);
        // Of all who are there the first ones are taken, and then looked through.
        let operand = operand.filter(|_| query.limit.is_none() && query.offset.is_none());
        self.parts(&query.body, operand, told, (around, &with), found)
    }

    fn parts<'q>(
        &'b self,
        body: &'q SetExpr,
        operand: Option<&'q Expr>,
        told: u32,
        (around, with): (&Block<'b, 'q>, &With<'_>),
        found: &mut Vec<Inner<'b, 'q>>,
    ) -> Option<()> {
        match body {
            SetExpr::Values(_) => None,
            SetExpr::Query(query) => self.blocks(query, operand, (around, with), found),
            SetExpr::Set { left, right, .. } => {
                self.parts(left, operand, told, (around, with), found)?;
                self.parts(right, operand, told, (around, with), found)
            }
            SetExpr::Select(select) => {
                let mut block = self.block(select, &[], with);
                let told = block.told.iter().copied().chain(&select.group.keys).map(|e| self.inside(e, with)).fold(told, u32::min);
                let own = block.relations.len();
                if block.relations.iter().any(|r| around.relation(r.alias).is_some()) {
                    return None;
                }
                block.relations.extend(around.relations.iter().cloned());
                block.equal.extend(&around.equal);
                let whole = !matches!(select.distinct, Distinct::On(_)) && select.qualify.is_none();
                block.equal.extend(operand.filter(|_| whole).into_iter().flat_map(|operand| looked_for(operand, select)));
                self.ask(&mut block, with);
                found.push(Inner { told: told.min(block.beside), block, own });
                Some(())
            }
        }
    }
}

/// The columns of the block around that are looked for, each with the one that it is looked for in.
fn looked_for<'q>(operand: &'q Expr, select: &'q Select) -> Vec<(Place<'q>, Place<'q>)> {
    let operands = match &operand.kind {
        ExprKind::Row(all) => all.as_slice(),
        _ => std::slice::from_ref(operand),
    };
    operands.iter().zip(&select.items).filter_map(|(one, item)| Some((plain_column(one)?, plain_column(&item.expr)?))).collect()
}
