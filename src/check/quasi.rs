//! Which columns of a table an assertion of `k_anonymous` has to be over: those that tell the categories asked about, and those whose values say of a row
//! that such a value was asked for. Where all rows passed the same condition no column says which did, and the rows that share anything are as many behind
//! it as before; where only some of them did (a `union`, the side of a join that may be missing, groups), every column may say so.

use crate::base::Ident;
use crate::ir::{
    CategoryId, Column, Distinct, Expr, ExprKind, Form, FromItem, JoinKind, KAnonymity, Level, Materialization, Origin, Program, Query,
    Relation, RelationSource, Select, SetExpr, TableId, TableKind, Type, find, query_of,
};
use std::collections::{BTreeMap, BTreeSet};

/// The categories of one `k_anonymous`, to be looked for.
pub(super) struct Quasi<'a> {
    pub(super) program: &'a Program,
    pub(super) wanted: &'a KAnonymity,
}

impl Quasi<'_> {
    /// Whether the values of a column tell any of them, outside aggregates.
    pub(super) fn is_value(&self, column: &Column) -> bool {
        self.any(column.label.values())
    }

    /// Whether conditions over any of them are behind a column.
    pub(super) fn is_chosen(&self, column: &Column) -> bool {
        self.any(column.label.controls())
    }

    /// Whether a label's part tells any of them.
    pub(super) fn any(&self, part: &[(CategoryId, Level)]) -> bool {
        part.iter().any(|(c, level)| level.form > Form::Public && self.wanted.over.contains(c))
    }

    /// Those of these columns that an assertion has to be over; `None` where neither they nor the rows of the table tell anything of this.
    pub(super) fn needed(&self, id: TableId, columns: &BTreeSet<u32>) -> Option<BTreeSet<u32>> {
        let table = self.program.table(id)?;
        let of = |at: &u32| table.columns.get(*at as usize);
        if !columns.iter().filter_map(of).any(|c| self.is_value(c) || self.is_chosen(c)) {
            return None;
        }
        let alike = self.rows_are_alike(id);
        Some(columns.iter().filter(|at| self.tells(id, **at, alike)).copied().collect())
    }

    fn tells(&self, id: TableId, at: u32, alike: bool) -> bool {
        let Some(column) = self.program.table(id).and_then(|t| t.columns.get(at as usize)) else { return true };
        let asks = |o: &Origin| o.column == Origin::ROWS || self.tells(o.table, o.column, self.rows_are_alike(o.table));
        self.is_value(column) || matches!(column.ty, Type::Json(_)) || (self.is_chosen(column) && (!alike || column.from.iter().any(asks)))
    }

    /// Whether every row passed whatever conditions over these categories there are.
    fn rows_are_alike(&self, id: TableId) -> bool {
        let Some(table) = self.program.table(id) else { return false };
        let TableKind::Model(model) = &table.kind else { return true };
        !table.columns.iter().any(|c| self.is_chosen(c))
            || (!matches!(model.materialization, Materialization::Incremental { .. })
                && self.block(&model.query).is_some_and(|s| self.is_alike(s)))
    }

    /// The one block of a query that is no more than that.
    fn block<'q>(&self, query: &'q Query) -> Option<&'q Select> {
        match &query.body {
            SetExpr::Select(select) if query.with.is_empty() => Some(select),
            _ => None,
        }
    }

    fn is_alike(&self, select: &Select) -> bool {
        let mut relations = BTreeMap::new();
        matches!(select.distinct, Distinct::No)
            && !select.group.aggregated
            && select.from.iter().all(|item| self.is_met(item, &mut relations))
            && !select.items.iter().any(|i| find(&i.expr, &|e| query_of(e).is_some()).is_some())
    }

    /// Whether each row of a block has a row of this that passed the same conditions as all others; notes its relations.
    fn is_met<'q>(&self, item: &'q FromItem, relations: &mut BTreeMap<&'q Ident, TableId>) -> bool {
        match item {
            FromItem::Relation(relation) => {
                let RelationSource::Table(id) = relation.source else { return false };
                relations.insert(&relation.alias, id);
                self.rows_are_alike(id)
            }
            FromItem::Join { kind, left, right, on } => {
                let met = self.is_met(left, relations) && self.is_met(right, relations);
                let free = || on.iter().all(|on| !self.asks(on, relations)) && self.is_unasked(right);
                met && match kind {
                    JoinKind::Inner | JoinKind::Cross => true,
                    JoinKind::Left => free(),
                    JoinKind::Right | JoinKind::Full => false,
                }
            }
        }
    }

    /// Whether a condition is over any of these categories, or over what no table of the block holds.
    fn asks(&self, condition: &Expr, relations: &BTreeMap<&Ident, TableId>) -> bool {
        let free = |e: &Expr| match &e.kind {
            ExprKind::Column { relation, name } => {
                let table = relations.get(relation).and_then(|id| self.program.table(*id));
                let column = table.and_then(|t| t.columns.iter().find(|c| c.name == *name));
                column.is_some_and(|c| !self.is_value(c) && !self.is_chosen(c) && !matches!(c.ty, Type::Json(_)))
            }
            _ => query_of(e).is_none(),
        };
        find(condition, &|e| !free(e)).is_some()
    }

    /// Whether that a row of this is there says nothing of these categories.
    fn is_unasked(&self, item: &FromItem) -> bool {
        let FromItem::Relation(Relation { source: RelationSource::Table(id), .. }) = item else { return false };
        self.program.table(*id).is_some_and(|t| !t.columns.iter().any(|c| self.is_chosen(c)))
    }
}
