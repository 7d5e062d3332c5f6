use super::group::{Keys, is_aggregate};
use super::items::reference;
use super::walk::{in_query, same};
use super::{Cx, Scope};
use crate::base::Ident;
use crate::diag::{Code, Diagnostic};
use crate::ir::{Expr, ExprKind, Query, query_of};
use std::collections::BTreeSet;

/// Checks that what an aggregated block yields is a group key, an aggregate, or fixed by a grouped primary key.
/// Columns of the last kind become keys themselves, because warehouses don't know the keys of models.
pub(super) struct Check<'c, 'a, 's> {
    cx: &'c Cx<'a>,
    scope: &'c Scope<'s>,
    keys: &'c mut Keys,
    written: usize,
    reported: BTreeSet<(Ident, Ident)>,
}

impl<'c, 'a, 's> Check<'c, 'a, 's> {
    pub(super) fn new(cx: &'c Cx<'a>, scope: &'c Scope<'s>, keys: &'c mut Keys) -> Self {
        let written = keys.keys.len();
        Check { cx, scope, keys, written, reported: BTreeSet::new() }
    }

    /// Checks one expression.
    pub(super) fn expr(&mut self, e: &Expr) {
        if is_aggregate(e) || self.keys.keys.iter().any(|k| same(&k.expr, e)) {
            return;
        }
        if let ExprKind::Grouping(keys) = &e.kind {
            self.grouping(keys);
            return;
        }
        if let ExprKind::Column { relation, name } = &e.kind {
            self.column(relation, name, e);
            return;
        }
        let mut operands = Vec::new();
        crate::ir::operands(e, &mut |operand| operands.push(operand));
        for operand in operands {
            self.expr(operand);
        }
        if let Some(q) = query_of(e) {
            self.query(q);
        }
    }

    /// The arguments of `grouping` are keys as they are written.
    fn grouping(&mut self, keys: &[Expr]) {
        for key in keys {
            if !self.keys.keys.iter().take(self.written).any(|k| same(&k.expr, key)) {
                let problem = Diagnostic::error(Code::NotGrouped, key.at, "`grouping` takes keys of `group by`");
                self.cx.error(problem.help("write the key as it stands in `group by`"));
            }
        }
    }

    /// Columns of this block inside a subquery.
    fn query(&mut self, q: &Query) {
        let mut correlated: Vec<&Expr> = Vec::new();
        in_query(q, &mut |e, hidden| {
            if let ExprKind::Column { relation, .. } = &e.kind
                && !hidden.contains(relation)
            {
                correlated.push(e);
            }
        });
        for e in correlated {
            self.expr(e);
        }
    }

    fn column(&mut self, relation: &Ident, name: &Ident, e: &Expr) {
        let Some(found) = self.scope.relations.iter().find(|r| r.alias == *relation) else { return };
        let Some(c) = found.columns.iter().find(|c| c.name == *name) else { return };
        if self.keys.sets.is_empty() && self.fixed_by_key(relation) {
            self.keys.keys.push(reference(self.cx, found, c, e.at));
            return;
        }
        if self.reported.insert((relation.clone(), name.clone())) {
            let message = format!("column `{relation}.{name}` is neither grouped nor aggregated");
            let problem = Diagnostic::error(Code::NotGrouped, e.at, message);
            self.cx.error(problem.help(format!("add `{relation}.{name}` to `group by`, or aggregate it, e.g. `max({relation}.{name})`")));
        }
    }

    /// Whether the whole declared key of the table behind an alias is grouped.
    fn fixed_by_key(&self, relation: &Ident) -> bool {
        let Some(found) = self.scope.relations.iter().find(|r| r.alias == *relation) else { return false };
        let Some(table) = found.table.and_then(|t| self.cx.finished(t)) else { return false };
        let key = &table.table.key;
        !key.is_empty()
            && key.iter().all(|k| {
                let name = table.table.columns.get(*k as usize).map(|c| &c.name);
                let grouped = |e: &Expr| matches!(&e.kind, ExprKind::Column { relation: r, name: n } if r == relation && Some(n) == name);
                self.keys.keys.iter().take(self.written).any(|k| grouped(&k.expr))
            })
    }
}
