//! Rows that stand for values. `select distinct name`, `group by name` and `union` make one row per value: as long as the value is shown, the
//! rows tell nothing beside it. A reader that leaves it out (`select count(*) from (select distinct name …)`) learns from their number what it
//! no longer sees: then it is control.
//!
//! One row per *thing* (a category that a declared key tells) stays structure when the thing's key is left out, until rows are counted.

use super::chosen::names_a_thing;
use super::equal::{are_equal, fixes, is_found};
use super::firsts::{self, Firsts};
use super::flow::column_facts;
use super::group::Keys;
use super::items::Item;
use super::told_by_keys::own;
use super::walk::same;
use super::{Cx, Facts, Scope, types};
use crate::base::Ident;
use crate::ir::{Column, Distinct, Expr, ExprKind, Form, Label, Query, SetExpr, SetOperator, find as part, query_of};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What the rows of a query stand for.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Shape {
    /// Columns of which there is one row per value.
    pub(super) columns: Vec<Ident>,
    /// Those among them that are unique because a query collected their values (`select distinct name`, `group by name`): no sign of a thing, as
    /// the first or latest row per key is.
    pub(super) collected: Vec<Ident>,
    /// What keys of things told that are left out: their number is still that of the rows.
    pub(super) gone: Label,
    /// What they are the first of.
    pub(super) firsts: Option<Arc<Firsts>>,
}

impl Shape {
    /// The same under other names, by position.
    pub(super) fn renamed(&self, before: &[Column], after: &[Column]) -> Shape {
        let new = |name: &Ident| before.iter().position(|c| c.name == *name).and_then(|p| after.get(p)).map(|c| c.name.clone());
        let all = |names: &[Ident]| names.iter().filter_map(new).collect();
        let firsts = self.firsts.as_ref().map(|f| Arc::new(f.renamed(before, after)));
        Shape { columns: all(&self.columns), collected: all(&self.collected), gone: self.gone.clone(), firsts }
    }

    /// What is left when a column is dropped, and what that tells.
    pub(super) fn without(&mut self, cx: &Cx<'_>, c: &Column) -> Facts {
        if !self.columns.contains(&c.name) {
            return Facts::default();
        }
        self.columns.retain(|n| *n != c.name);
        let facts = column_facts(c);
        if !names_a_thing(cx, &facts.label) {
            return facts.as_control();
        }
        if self.collected.contains(&c.name) {
            self.gone = self.gone.join(&facts.label.as_control());
        }
        Facts::default()
    }
}

/// What the rows of a block stand for, and what those of its relations stood for that it does not show.
pub(super) fn of_block(
    cx: &Cx<'_>,
    scope: &Scope<'_>,
    items: &[Item],
    (keys, aggregated): (&Keys, bool),
    distinct: &Distinct,
) -> (Shape, Facts) {
    let mut block = Block { cx, scope, items, shape: Shape::default(), hidden: Facts::default() };
    let mut found: BTreeSet<&Ident> = BTreeSet::new();
    for relation in &scope.relations {
        let stands = |other: &Ident| !found.contains(other);
        let by_key = |name: &Ident| is_found(scope, &(relation.alias.clone(), name.clone()), &stands);
        // Joined by what its rows stand for, a relation has one row at most for each of the other's.
        if !relation.shaped.columns.is_empty() && relation.shaped.columns.iter().all(by_key) {
            found.insert(&relation.alias);
            continue;
        }
        for c in relation.columns.iter().filter(|c| relation.shaped.columns.contains(&c.name)) {
            let collected = relation.shaped.collected.contains(&c.name);
            block.inherited(&(relation.alias.clone(), c.name.clone()), c, collected, aggregated);
        }
        let gone = &relation.shaped.gone;
        if aggregated {
            block.hidden.label = block.hidden.label.join(gone);
        } else {
            block.shape.gone = block.shape.gone.join(gone);
        }
    }
    if keys.written {
        // A set that leaves the deciding key out decides nothing.
        let fixed = if keys.sets.is_empty() { block.fixed(keys.keys.iter().map(|k| &k.expr)) } else { Fixed::new() };
        for key in &keys.keys {
            block.one_per(&key.expr, &key.facts.label, &fixed, true);
        }
    }
    match distinct {
        Distinct::No => {}
        Distinct::All => {
            let fixed = block.fixed(items.iter().map(|i| &i.typed.expr));
            items.iter().for_each(|i| block.one_per(&i.typed.expr, &i.typed.facts.label, &fixed, true));
        }
        // The first row per thing is structure; per any other value, as long as that is shown.
        Distinct::On(on) => {
            let own = own(cx, items, on.iter());
            for key in on.iter().filter(|k| !own.iter().any(|o| same(o, k))) {
                let Some(item) = items.iter().find(|i| same(&i.typed.expr, key)) else { continue };
                if !names_a_thing(cx, &item.typed.facts.label) {
                    block.one_per(key, &item.typed.facts.label, &BTreeSet::new(), false);
                }
            }
        }
    }
    (block.shape, block.hidden)
}

struct Block<'b> {
    cx: &'b Cx<'b>,
    scope: &'b Scope<'b>,
    items: &'b [Item],
    shape: Shape,
    hidden: Facts,
}

type Fixed = BTreeSet<(Ident, Ident)>;

impl Block<'_> {
    /// A column of which a relation has one row per value.
    fn inherited(&mut self, place: &(Ident, Ident), c: &Column, collected: bool, aggregated: bool) {
        let facts = column_facts(c);
        if facts.label.values().is_empty() {
            return;
        }
        if let Some(item) = self.items.iter().find(|i| self.shows(&i.typed.expr, place)) {
            let name = item.name.clone();
            if !self.shape.columns.contains(&name) {
                self.shape.collected.extend(collected.then(|| name.clone()));
                self.shape.columns.push(name);
            }
        } else if names_a_thing(self.cx, &facts.label) && !collected {
            // The first row per thing is structure.
        } else if names_a_thing(self.cx, &facts.label) && !aggregated {
            self.shape.gone = self.shape.gone.join(&facts.label.as_control());
        } else {
            self.hidden = self.hidden.join(&facts.as_control());
        }
    }

    /// Whether an expression shows each value of a column apart from all others: the column, or a stand-in for it.
    fn shows(&self, e: &Expr, place: &(Ident, Ident)) -> bool {
        match &e.kind {
            ExprKind::Cast(inner) => types::keeps_value(&inner.ty, &e.ty) && self.shows(inner, place),
            ExprKind::Column { relation, name } => are_equal(self.scope, place, &(relation.clone(), name.clone())),
            ExprKind::Call { function, args } => {
                let stand_in =
                    self.cx.program.function(*function).and_then(|f| f.transition.as_ref()).is_some_and(|t| t.to == Form::Pseudonym);
                stand_in && args.first().is_some_and(|a| self.shows(a, place))
            }
            _ => false,
        }
    }

    /// A key of which this block makes one row per value. One that other keys decide makes none.
    fn one_per(&mut self, key: &Expr, label: &Label, fixed: &Fixed, collected: bool) {
        if label.values().is_empty() || self.is_fixed(key, fixed) {
            return;
        }
        if let Some(item) = self.items.iter().find(|i| same(&i.typed.expr, key))
            && !self.shape.columns.contains(&item.name)
        {
            self.shape.columns.push(item.name.clone());
            self.shape.collected.extend(collected.then(|| item.name.clone()));
        }
    }

    /// Columns that are decided by keys of tables among the given ones: `group by p.id, p.name` makes one row per `p.id`.
    fn fixed<'e>(&self, keys: impl Iterator<Item = &'e Expr>) -> Fixed {
        let mut known: Fixed = BTreeSet::new();
        for key in keys {
            if let ExprKind::Column { relation, name } = &key.kind {
                known.insert((relation.clone(), name.clone()));
            }
        }
        let mut decided: Fixed = BTreeSet::new();
        let mut whole: BTreeSet<&Ident> = BTreeSet::new();
        loop {
            let before = whole.len();
            for relation in &self.scope.relations {
                let Some(table) = relation.table.and_then(|t| self.cx.finished(t)) else { continue };
                let key = &table.table.key;
                let mut names =
                    key.iter().filter_map(|k| table.table.columns.get(*k as usize)).map(|c| (relation.alias.clone(), c.name.clone()));
                let has = |place: &(Ident, Ident)| known.iter().any(|k| fixes(self.scope, k, place));
                if key.is_empty() || whole.contains(&relation.alias) || !names.all(|n| has(&n)) {
                    continue;
                }
                whole.insert(&relation.alias);
                let of_key = |c: &&Column| !key.iter().any(|k| table.table.columns.get(*k as usize).is_some_and(|t| t.name == c.name));
                let more: Vec<(Ident, Ident)> =
                    relation.columns.iter().filter(of_key).map(|c| (relation.alias.clone(), c.name.clone())).collect();
                known.extend(more.iter().cloned());
                decided.extend(more);
            }
            if whole.len() == before {
                return decided;
            }
        }
    }

    fn is_fixed(&self, e: &Expr, fixed: &Fixed) -> bool {
        let free = |e: &Expr| match &e.kind {
            ExprKind::Column { relation, name } => !fixed.contains(&(relation.clone(), name.clone())),
            _ => query_of(e).is_some(),
        };
        !fixed.is_empty() && part(e, &free).is_none()
    }
}

/// What the rows of a set operation stand for.
pub(super) fn of_set(operator: SetOperator, all: bool, columns: &[Column], (left, right): (&Shape, &Shape), rights: &[Ident]) -> Shape {
    let gone = left.gone.join(&right.gone);
    let firsts = match operator {
        SetOperator::Union | SetOperator::Intersect => firsts::of_union(columns, (left, right), rights),
        SetOperator::Except => left.firsts.clone(),
    };
    if operator == SetOperator::Union && !all {
        let told: Vec<Ident> = columns.iter().filter(|c| !c.label.values().is_empty()).map(|c| c.name.clone()).collect();
        return Shape { columns: told.clone(), collected: told, gone, firsts };
    }
    let both = |mut names: Vec<Ident>, others: &[Ident]| {
        if operator == SetOperator::Union {
            let place = |name: &Ident| rights.iter().position(|n| n == name).and_then(|p| columns.get(p)).map(|c| c.name.clone());
            names.extend(others.iter().filter_map(place));
            names.sort();
            names.dedup();
        }
        names
    };
    Shape { columns: both(left.columns.clone(), &right.columns), collected: both(left.collected.clone(), &right.collected), gone, firsts }
}

/// What a query tells that is only asked whether it has a row, where that depends on how its rows fall into groups.
pub(super) fn asked(query: &Query, shape: &Shape) -> Label {
    let grouped = |body: &SetExpr| matches!(body, SetExpr::Select(s) if s.having.is_none() && s.qualify.is_none());
    if grouped(&query.body) && query.offset.is_none() {
        return Label::PUBLIC;
    }
    let shaped = query.columns.iter().filter(|c| shape.columns.contains(&c.name));
    shaped.fold(shape.gone.clone(), |all, c| all.join(&c.label.value_part()))
}
