//! Rows that came first of their key, as a patient's latest visit. Which one that is may be told (see `bearer`). But whoever asks of other rows whether
//! they are such a first, by what its row alone decides, can leave it out, take the first of the rest, and go on: that puts all of them in order. So that is a
//! condition on what they were ordered by; asking by the key, whose patient has such a visit, is none. A join that keeps the firsts keeps what they are.

use super::equal::are_equal;
use super::flow::{self, equality, is_number};
use super::items::Item;
use super::shape::Shape;
use super::walk::{column, same};
use super::whose::Node;
use super::{Cx, Facts, Scope, ScopeRelation, Typed, bearer, chosen, told_by_keys};
use crate::base::Ident;
use crate::ir::{Column, CommonFunction, Distinct, Expr, ExprKind, FromItem, Label, OrderKey, Type, conjuncts, find, operands, query_of};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What is known of rows that came first.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Firsts {
    /// The columns that which row came first decides.
    columns: Vec<Ident>,
    /// Where the keys they are the first of are stored.
    keys: Vec<Node>,
    /// What they were ordered by, as control.
    order: Label,
    /// Whether rows are only numbered, and the first ones not yet chosen.
    numbered: bool,
}

impl Firsts {
    /// The same under other names, by position.
    pub(super) fn renamed(&self, before: &[Column], after: &[Column]) -> Firsts {
        let new = |name: &Ident| before.iter().position(|c| c.name == *name).and_then(|p| after.get(p)).map(|c| c.name.clone());
        Firsts { columns: self.columns.iter().filter_map(new).collect(), ..self.clone() }
    }

    fn join(self, other: &Firsts) -> Firsts {
        Firsts {
            columns: self.columns.into_iter().chain(other.columns.iter().cloned()).collect::<BTreeSet<_>>().into_iter().collect(),
            keys: self.keys.into_iter().chain(other.keys.iter().copied()).collect::<BTreeSet<_>>().into_iter().collect(),
            order: self.order.join(&other.order),
            numbered: self.numbered && other.numbered,
        }
    }

    fn told(self) -> Option<Arc<Firsts>> {
        (!self.columns.is_empty() && !self.order.is_public()).then(|| Arc::new(self))
    }
}

/// Both sides of a `union`, by the position of columns.
pub(super) fn of_union(columns: &[Column], (left, right): (&Shape, &Shape), rights: &[Ident]) -> Option<Arc<Firsts>> {
    let place = |name: &Ident| rights.iter().position(|n| n == name).and_then(|p| columns.get(p)).map(|c| c.name.clone());
    let right = right.firsts.as_ref().map(|f| Firsts { columns: f.columns.iter().filter_map(place).collect(), ..(**f).clone() });
    match (&left.firsts, right) {
        (Some(left), Some(right)) => (**left).clone().join(&right).told(),
        (Some(left), None) => Some(left.clone()),
        (None, right) => right.and_then(Firsts::told),
    }
}

/// What rows of a block are firsts of: of its own `distinct on` or numbers, and of those in the relations that it shows.
pub(super) fn of_block(
    cx: &Cx<'_>,
    scope: &Scope<'_>,
    items: &[Item],
    (distinct, order): (&Distinct, &[OrderKey]),
    qualify: &[Typed],
) -> Option<Arc<Firsts>> {
    let mut all: Option<Firsts> = None;
    let mut add = |firsts: Firsts| all = Some(all.take().map_or_else(|| firsts.clone(), |all| all.join(&firsts)));
    if let Distinct::On(keys) = distinct {
        add(picked(cx, scope, items, (keys, order), false));
    }
    let numbers = items.iter().map(|i| (&i.typed.expr, true)).chain(qualify.iter().map(|q| (&q.expr, false)));
    for (e, numbered) in numbers {
        let mut windows = Vec::new();
        windows_in(e, &mut windows);
        for e in windows.into_iter().filter(|e| is_number(cx, scope, e)) {
            if let ExprKind::Window(window) = &e.kind {
                add(picked(cx, scope, items, (&window.partition, &window.order), numbered));
            }
        }
    }
    let conditions = held(scope);
    for relation in &scope.relations {
        let Some(firsts) = &relation.shaped.firsts else { continue };
        let shown = |i: &&Item| shows(cx, scope, (relation, firsts), &i.typed.expr);
        let columns: Vec<Ident> = items.iter().filter(shown).map(|i| i.name.clone()).collect();
        add(Firsts { columns, numbered: !are_chosen(cx, scope, (relation, firsts), conditions.iter().copied()), ..(**firsts).clone() });
    }
    all.and_then(Firsts::told)
}

fn picked(cx: &Cx<'_>, scope: &Scope<'_>, items: &[Item], (keys, order): (&[Expr], &[OrderKey]), numbered: bool) -> Firsts {
    let stored: Vec<Node> = keys.iter().filter_map(|k| bearer::node(cx, scope, k)).collect();
    let plain: Vec<(&Ident, &Ident)> = keys.iter().filter_map(column).collect();
    let own = |e: &Expr| {
        let mut all = Vec::new();
        columns_of(e, &mut all);
        let is_key = |c: &Expr| keys.iter().any(|k| same(k, c)) || bearer::node(cx, scope, c).is_some_and(|n| stored.contains(&n));
        find(e, &|e| query_of(e).is_some()).is_none()
            && all.into_iter().all(|(.., c)| is_key(c) || told_by_keys::fixed(cx, scope, &plain, c))
    };
    let order = order.iter().filter(|o| !keys.iter().any(|k| same(k, &o.expr)));
    Firsts {
        columns: items.iter().filter(|i| !own(&i.typed.expr)).map(|i| i.name.clone()).collect(),
        order: order.fold(Label::PUBLIC, |all, o| all.join(&chosen::label(cx, scope, &o.expr).as_control())),
        keys: stored,
        numbered,
    }
}

fn windows_in<'e>(e: &'e Expr, out: &mut Vec<&'e Expr>) {
    if matches!(e.kind, ExprKind::Window(_)) {
        out.push(e);
    }
    operands(e, &mut |child| windows_in(child, out));
}

/// The conditions that hold for all rows of a block.
fn held<'s>(scope: &'s Scope<'_>) -> Vec<&'s Expr> {
    let mut all: Vec<&Expr> = scope.filter.iter().flat_map(conjuncts).collect();
    let mut waiting: Vec<&FromItem> = scope.from.iter().collect();
    while let Some(item) = waiting.pop() {
        if let FromItem::Join { left, right, on, .. } = item {
            all.extend(on.iter().flat_map(conjuncts));
            waiting.extend([&**left, &**right]);
        }
    }
    all
}

/// Whether only the first rows of a relation are there.
fn are_chosen<'e>(
    cx: &Cx<'_>,
    scope: &Scope<'_>,
    (relation, firsts): (&ScopeRelation, &Firsts),
    mut conditions: impl Iterator<Item = &'e Expr>,
) -> bool {
    let number = |e: &Expr| column(e).is_some_and(|(alias, _)| *alias == relation.alias);
    !firsts.numbered
        || conditions.any(|c| match equality(cx, c) {
            Some((a, b)) => (number(a) && flow::latest(cx, scope, a, b)) || (number(b) && flow::latest(cx, scope, b, a)),
            None => false,
        })
}

/// Whether an expression shows what the first row decides, or a column of a row that an equality found by that.
fn shows(cx: &Cx<'_>, scope: &Scope<'_>, (relation, firsts): (&ScopeRelation, &Firsts), e: &Expr) -> bool {
    let place = |name: &Ident| (relation.alias.clone(), name.clone());
    let equal = |alias: &Ident, name: &Ident| firsts.columns.iter().any(|c| are_equal(scope, &place(c), &(alias.clone(), name.clone())));
    let met = |r: &ScopeRelation| r.columns.iter().any(|c| equal(&r.alias, &c.name));
    let mut all = Vec::new();
    columns_of(e, &mut all);
    all.into_iter().any(|(alias, name, e)| {
        if *alias == relation.alias {
            return firsts.columns.contains(name);
        }
        let key = bearer::node(cx, scope, e).is_some_and(|n| firsts.keys.contains(&n));
        !key && scope.relations.iter().any(|r| r.alias == *alias && met(r))
    })
}

fn columns_of<'e>(e: &'e Expr, out: &mut Vec<(&'e Ident, &'e Ident, &'e Expr)>) {
    if let ExprKind::Column { relation, name } = &e.kind {
        out.push((relation, name, e));
    }
    operands(e, &mut |child| columns_of(child, out));
}

/// What it tells that these parts of `where`, or of an `on` that pads these relations, hold: a row's own columns are compared with those of a first.
pub(super) fn asked(cx: &Cx<'_>, scope: &Scope<'_>, parts: &[Typed], padded: &BTreeSet<Ident>) -> Facts {
    let here = |alias: &Ident| scope.relations.iter().any(|r| r.alias == *alias);
    let mut label = Label::PUBLIC;
    for part in parts {
        // Rows that equal a first are its own, where both are there.
        let sides = equality(cx, &part.expr).and_then(|(a, b)| Some((column(a)?.0, column(b)?.0)));
        let meets = |alias: &Ident| sides.is_some_and(|(a, b)| here(a) && here(b)) && !padded.contains(alias);
        label = label.join(&compared(cx, scope, &part.expr, &meets, parts.iter().map(|p| &p.expr)));
    }
    Facts { label, ..Facts::default() }
}

/// What a value tells that compares a row's own columns with those of a first: `v.id = latest.id as is_latest`.
pub(super) fn answered(cx: &Cx<'_>, scope: &Scope<'_>, e: &Expr) -> Label {
    let compares = match &e.kind {
        ExprKind::Operator { .. } | ExprKind::Call { .. } => e.ty == Type::Boolean,
        ExprKind::Common(CommonFunction::Nullif, _)
        | ExprKind::IsDistinct(..)
        | ExprKind::InList(..)
        | ExprKind::Between(..)
        | ExprKind::Like(..)
        | ExprKind::Case { operand: Some(_), .. } => true,
        _ => false,
    };
    let own = if compares { compared(cx, scope, e, &|_| false, held(scope).into_iter()) } else { Label::PUBLIC };
    let mut all = own;
    operands(e, &mut |child| all = all.join(&answered(cx, scope, child)));
    all
}

fn compared<'e>(
    cx: &Cx<'_>,
    scope: &Scope<'_>,
    e: &Expr,
    free: &dyn Fn(&Ident) -> bool,
    held: impl Iterator<Item = &'e Expr> + Clone,
) -> Label {
    if scope.relations.iter().all(|r| r.shaped.firsts.is_none()) {
        return Label::PUBLIC;
    }
    let mut all = Vec::new();
    columns_of(e, &mut all);
    let mut label = Label::PUBLIC;
    for relation in &scope.relations {
        let Some(firsts) = relation.shaped.firsts.as_ref().filter(|_| !free(&relation.alias)) else { continue };
        let own = all.iter().any(|(alias, name, _)| **alias == relation.alias && firsts.columns.contains(name));
        let other = all.iter().any(|(alias, ..)| **alias != relation.alias);
        if own && other && are_chosen(cx, scope, (relation, firsts), held.clone()) {
            label = label.join(&firsts.order);
        }
    }
    label
}

/// What it tells of other rows that they are, or are not, among those of a query, on the columns that they are looked up in.
pub(super) fn looked_up(shape: &Shape, columns: &mut [Column]) {
    let Some(firsts) = shape.firsts.as_ref().filter(|f| !f.numbered) else { return };
    for c in columns.iter_mut().filter(|c| firsts.columns.contains(&c.name)) {
        c.label = c.label.join(&firsts.order);
    }
}
