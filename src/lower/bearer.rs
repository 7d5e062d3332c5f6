//! Whether all rows of one key are one person's. A patient's latest visit is structure; the eldest patient of a provider says whose birthday is before
//! whose. Numbers of records, of social security and of medical records, (R), (H), (G) of Safe Harbor, have one bearer, and so has what names a subject.
//! Families share an account, plans and devices have many bearers, and providers many patients. What nobody can tell has several. And the day has to be the
//! bearer's: a visit that names a surgeon beside its patient has days of the patient (see `another`).

use super::another;
use super::chosen;
use super::flow::find;
use super::numbered::keys_of;
use super::walk::column;
use super::whose::{self, Node};
use super::{Cx, Scope};
use crate::ir::{CategoryId, Edge, Expr, ExprKind, Label, Subject, Table, TableId, TableKind};
use std::collections::BTreeSet;

/// Whether the order of rows of one key may be told: they are one person's, or versions of one row, or what they are ordered by is nobody's.
pub(super) fn orders(cx: &Cx<'_>, scope: &Scope<'_>, key: &Expr, by: &Expr) -> bool {
    (one(cx, scope, key) && !another::is_named(cx, scope, key, by)) || one_row(cx, scope, key, by) || is_nobodys(cx, scope, by)
}

/// Whether a key has one bearer.
fn one(cx: &Cx<'_>, scope: &Scope<'_>, key: &Expr) -> bool {
    let label = chosen::label(cx, scope, key);
    let node = node(cx, scope, key);
    if node.is_some_and(|node| !whose::subjects(cx, node).is_empty()) {
        return true;
    }
    // The key of wards is none of a patient, whatever is said of it.
    let of_nobody = |(id, at): Node| whose::is_key(cx, (id, at)) && !is_about(cx, id);
    if node.is_some_and(|node| whose::reached(cx, node, true).into_iter().any(of_nobody)) {
        return false;
    }
    let number = |category: &CategoryId| matches!(letter(cx, *category), Some('G' | 'H' | 'R'));
    let told = label.values();
    if told.is_empty() { node.is_some() } else { told.iter().all(|(category, _)| number(category)) }
}

/// Whether a key is, unchanged, all of the declared key of the stored row that the other column stands in.
fn one_row(cx: &Cx<'_>, scope: &Scope<'_>, key: &Expr, by: &Expr) -> bool {
    let (Some(key), Some(of)) = (node(cx, scope, key), node(cx, scope, by)) else { return false };
    let alone = |table: &Table| keys_of(table).any(|own| *own.columns == [key.1]);
    key.0 == of.0 && !another::are_many(cx, scope, by) && cx.finished(key.0).is_some_and(|f| alone(&f.table))
}

/// Whether a value is the number of somebody who gives care or of an institution, or stands in a stored row that tells nothing of any person.
fn is_nobodys(cx: &Cx<'_>, scope: &Scope<'_>, e: &Expr) -> bool {
    let label = chosen::label(cx, scope, e);
    if chosen::names_a_thing(cx, &label) && label.values().iter().all(|(category, _)| letter(cx, *category).is_none()) {
        return true;
    }
    let Some((id, _)) = node(cx, scope, e) else { return false };
    let Some(table) = cx.finished(id).map(|f| &f.table) else { return false };
    let of_people = |label: &Label| {
        label
            .values()
            .iter()
            .any(|(category, _)| *category == CategoryId::UNCLASSIFIED || matches!(letter(cx, *category), Some('A' | 'C'..='R')))
    };
    let subjects: Vec<&Subject> = cx.program.subjects.iter().collect();
    !matches!(table.kind, TableKind::Model(_))
        && !table.columns.iter().any(|c| of_people(&chosen::of_column(cx, c)))
        && whose::naming(cx, id, &subjects).is_empty()
        && whose::things(cx, id, table, &subjects).is_empty()
}

/// Whether the rows of a table are about a person: they name a subject, a thing of one, or tell what people are told apart by.
pub(super) fn is_about(cx: &Cx<'_>, id: TableId) -> bool {
    let Some(table) = cx.finished(id).map(|f| &f.table) else { return true };
    let subjects: Vec<&Subject> = cx.program.subjects.iter().collect();
    let keys: BTreeSet<CategoryId> = subjects.iter().flat_map(|s| told_by_key(cx, s)).collect();
    let theirs = |category: CategoryId| match letter(cx, category) {
        Some('R') => keys.is_empty() || keys.contains(&category),
        Some('A' | 'D'..='Q') => true,
        _ => category == CategoryId::UNCLASSIFIED || keys.contains(&category),
    };
    table.columns.iter().any(|c| chosen::of_column(cx, c).values().iter().any(|(category, _)| theirs(*category)))
        || !whose::naming(cx, id, &subjects).is_empty()
        || !whose::things(cx, id, table, &subjects).is_empty()
}

/// What the key of a subject tells, as far as that is known yet.
fn told_by_key(cx: &Cx<'_>, subject: &Subject) -> Vec<CategoryId> {
    let column = cx.finished(subject.table).and_then(|f| f.table.columns.iter().find(|c| c.name == subject.key));
    column.map_or_else(Vec::new, |c| c.label.values().iter().map(|(category, _)| *category).collect())
}

fn letter(cx: &Cx<'_>, category: CategoryId) -> Option<char> {
    cx.program.category(category).and_then(|c| c.safe_harbor)
}

/// Where a column, or what a path leads into, is stored.
pub(super) fn node(cx: &Cx<'_>, scope: &Scope<'_>, e: &Expr) -> Option<Node> {
    if let ExprKind::Json(access) = &e.kind {
        return node(cx, scope, &access.base);
    }
    let (alias, name) = column(e)?;
    let (relation, found) = find(scope, alias, name)?;
    let stored = found.intact.filter(|o| o.edge == Edge::Value).map(|o| (o.table, o.column));
    let own = || {
        let id = relation.table?;
        let at = cx.finished(id)?.table.columns.iter().position(|c| c.name == *name)?;
        Some((id, u32::try_from(at).ok()?))
    };
    stored.or_else(own).map(|node| whose::root(cx, node))
}
