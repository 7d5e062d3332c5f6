//! Rows made one: by `group by`, `distinct`, `distinct on`, `union`. How many are left tells how many values the keys have, whether a
//! reader is shown the keys or a later block dropped or masked them. So what keys tell stays on the rows, at the form they have.

use super::chosen::{is_plain, label, names_a_thing};
use super::equal::fixes;
use super::flow::structure;
use super::items::Item;
use super::kin::is_own;
use super::walk::{column, same};
use super::{Cx, Facts, Scope, Typed};
use crate::base::Ident;
use crate::ir::{Column, Edge, Expr, ExprKind, Kin, find, operands, query_of};

/// What keys leave on the rows. One row per thing (a patient, a visit) is structure, and so is what a thing's key fixes: `group by p.id, p.name`.
/// The key that the model gives numbers to is one, too, where it says why.
pub(super) fn control<'k>(cx: &Cx<'_>, scope: &Scope<'_>, items: &[Item], keys: impl Iterator<Item = &'k Typed> + Clone) -> Facts {
    let own = own(cx, items, keys.clone().map(|k| &k.expr));
    let plain: Vec<(&Ident, &Ident)> = keys.clone().filter_map(|k| column(&k.expr)).collect();
    let own = |e: &Expr| is_plain(cx, scope, e) && own.iter().any(|o| same(o, e));
    let left = |k: &Typed| {
        if own(&k.expr) || thing(cx, scope, &k.expr) || fixed(cx, scope, &plain, &k.expr) {
            structure(&k.facts)
        } else {
            k.facts.as_control()
        }
    };
    keys.fold(Facts::default(), |all, k| all.join(&left(k)))
}

/// What stands in the columns that together name the model's rows, where all of them are among these keys.
pub(super) fn own<'i, 'k>(cx: &Cx<'_>, items: &'i [Item], keys: impl Iterator<Item = &'k Expr> + Clone) -> Vec<&'i Expr> {
    let expr = |name: &Ident| items.iter().find(|i| i.name == *name).map(|i| &i.typed.expr);
    let whole: Option<Vec<&'i Expr>> = cx.own_key.iter().map(expr).collect();
    let asked = |own: &Vec<&Expr>| own.iter().all(|o| keys.clone().any(|k| same(o, k)));
    whole.filter(asked).unwrap_or_default()
}

/// The same for a column of a set, of which only what it tells is known.
pub(super) fn of_column(cx: &Cx<'_>, c: &Column) -> Facts {
    let facts = super::flow::column_facts(c);
    if !c.chosen && c.kin != Kin::Mixed && c.intact.is_some_and(|o| o.edge == Edge::Value) && names_a_thing(cx, &c.label.value_part()) {
        structure(&facts)
    } else {
        facts.as_control()
    }
}

fn thing(cx: &Cx<'_>, scope: &Scope<'_>, e: &Expr) -> bool {
    is_own(cx, scope, e) && names_a_thing(cx, &label(cx, scope, e))
}

/// Whether an expression is made of columns of tables whose whole declared key is among the keys, or equal to one of them.
pub(super) fn fixed(cx: &Cx<'_>, scope: &Scope<'_>, keys: &[(&Ident, &Ident)], e: &Expr) -> bool {
    if find(e, &|e| query_of(e).is_some() || matches!(e.kind, ExprKind::Aggregate(_) | ExprKind::Window(_))).is_some() {
        return false;
    }
    if let ExprKind::Column { relation, .. } = &e.kind {
        return key_is_known(cx, scope, keys, relation);
    }
    let mut all = true;
    operands(e, &mut |operand| all = all && fixed(cx, scope, keys, operand));
    all
}

fn key_is_known(cx: &Cx<'_>, scope: &Scope<'_>, keys: &[(&Ident, &Ident)], relation: &Ident) -> bool {
    let Some(found) = scope.relations.iter().find(|r| r.alias == *relation) else { return false };
    let Some(table) = found.table.and_then(|t| cx.finished(t)).map(|f| &f.table) else { return false };
    let known = |alias: &Ident, name: &Ident| keys.iter().any(|(r, n)| *r == alias && *n == name);
    let equal = |name: &Ident| keys.iter().any(|(r, n)| fixes(scope, &((*r).clone(), (*n).clone()), &(relation.clone(), name.clone())));
    let names = || table.key.iter().map(|k| table.columns.get(*k as usize).map(|c| &c.name));
    // A key that a left join filled in is missing where its condition failed: the rows without one are a group, too.
    if found.columns.iter().any(|c| c.chosen && c.nullable && names().any(|n| n == Some(&c.name))) {
        return false;
    }
    !table.key.is_empty() && names().all(|n| n.is_some_and(|n| known(relation, n) || equal(n)))
}
