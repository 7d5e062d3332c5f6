//! Whether a stored row names somebody beside the bearer of a key: then its days may be theirs. A patient's latest visit is the patient's, who else it names; a surgeon's
//! is that of whichever patient, a birthday in a row that names a mother is the child's.

use super::arrived::DAYS;
use super::flow::find;
use super::walk::column;
use super::whose::{self, Node};
use super::{Cx, Scope, bearer, chosen};
use crate::ir::{CategoryId, Column, Edge, Expr, Origin, Subject, Table, TableId, TableKind, Type};
use std::collections::BTreeSet;

/// Whether the rows that a column stands in name another person than a key does.
pub(super) fn is_named(cx: &Cx<'_>, scope: &Scope<'_>, key: &Expr, by: &Expr) -> bool {
    let (bearers, days) = (behind(cx, scope, key), behind(cx, scope, by));
    let life = is_of_life(cx, scope, by);
    // Nobody knows whose a birthday is that is one of several.
    if life && (are_many(cx, scope, by) || days.iter().any(|day| is_model(cx, *day))) {
        return true;
    }
    let tables: BTreeSet<TableId> = days.into_iter().filter(|day| !is_model(cx, *day)).map(|(id, _)| id).collect();
    tables.into_iter().any(|id| in_row(cx, id, &bearers, life))
}

/// Whether one row may hold several of a day of somebody's life: those of the children in a document.
pub(super) fn are_many(cx: &Cx<'_>, scope: &Scope<'_>, by: &Expr) -> bool {
    let json = |(id, at): Node| of(cx, (id, at)).and_then(|t| t.columns.get(at as usize)).is_some_and(|c| matches!(c.ty, Type::Json(_)));
    is_of_life(cx, scope, by) && behind(cx, scope, by).into_iter().any(json)
}

fn in_row(cx: &Cx<'_>, id: TableId, bearers: &BTreeSet<Node>, life: bool) -> bool {
    let Some(table) = of(cx, (id, 0)) else { return false };
    let others: Vec<u32> = (0u32..)
        .zip(&table.columns)
        .filter(|(at, c)| !matches!(c.ty, Type::Json(_)) && !is_own(cx, (id, *at), bearers))
        .map(|(at, _)| at)
        .collect();
    let subjects = |node: Node| !whose::subjects(cx, node).is_empty();
    let named: Vec<u32> = others.iter().copied().filter(|at| subjects((id, *at))).collect();
    let alike = |at: u32| tells(cx, (id, at)).iter().any(|c| bearers.iter().any(|b| tells(cx, *b).contains(c)));
    if let Some(whom) = named.iter().find(|at| whose::is_key(cx, (id, **at))) {
        // Whom the row's own key names, its other numbers are of, but for those that name one like him.
        return alike(*whom) || bearers.iter().any(|b| subjects(*b));
    }
    let is_key = |at: u32| whose::is_key(cx, (id, at));
    let of_subject = (0u32..).zip(&table.columns).any(|(at, _)| is_key(at) && subjects((id, at)));
    if of_subject {
        return false;
    }
    if life && others.iter().any(|at| tells(cx, (id, *at)).iter().any(|c| is_identifier(cx, *c))) {
        return true;
    }
    if !named.is_empty() {
        // All rows of an encounter are of one patient.
        return !is_thing(cx, bearers);
    }
    let referenced = |node: Node| whose::reached(cx, node, true).into_iter().any(|to| to.0 != node.0 && whose::is_key(cx, to));
    let own = (0u32..).zip(&table.columns).map(|(at, _)| at).filter(|at| !others.contains(at));
    if bearers.iter().copied().chain(own.map(|at| (id, at))).any(referenced) {
        return others.iter().any(|at| meets(cx, (id, *at), bearers));
    }
    // A document names whom its paths name; a number beside it is that of the document.
    let document = |b: &Node| b.0 == id && table.columns.get(b.1 as usize).is_some_and(|c| matches!(c.ty, Type::Json(_)));
    !bearers.iter().any(document) && others.into_iter().any(|at| alike(at) && !is_key(at) && !referenced((id, at)))
}

/// Whether a column of a row is one of those a key is made of, or names what it names and the key stands elsewhere.
fn is_own(cx: &Cx<'_>, node: Node, bearers: &BTreeSet<Node>) -> bool {
    let here = bearers.iter().any(|b| b.0 == node.0);
    bearers.contains(&node) || (!here && meets(cx, node, bearers))
}

fn meets(cx: &Cx<'_>, node: Node, bearers: &BTreeSet<Node>) -> bool {
    let reached = whose::reached(cx, node, true);
    bearers.iter().any(|b| !whose::reached(cx, *b, true).is_disjoint(&reached))
}

/// Whether a key is that of a thing whose row says whose it is: all rows of an encounter are of one patient.
fn is_thing(cx: &Cx<'_>, bearers: &BTreeSet<Node>) -> bool {
    let subjects: Vec<&Subject> = cx.program.subjects.iter().collect();
    let of_somebody = |node: Node| {
        whose::is_key(cx, node)
            && (!whose::naming(cx, node.0, &subjects).is_empty() || whose::has_things(cx, node.0, &subjects))
            && whose::subjects(cx, node).is_empty()
    };
    bearers.iter().any(|b| whose::reached(cx, *b, true).into_iter().any(of_somebody))
}

/// The columns that a value is made of, itself among them where it is one of a table.
fn behind(cx: &Cx<'_>, scope: &Scope<'_>, e: &Expr) -> BTreeSet<Node> {
    let values = |c: &Column| -> Vec<Node> {
        c.from.iter().filter(|o| o.edge == Edge::Value && o.column != Origin::ROWS).map(|o| (o.table, o.column)).collect()
    };
    let of_scope = || column(e).and_then(|(alias, name)| find(scope, alias, name)).map_or_else(Vec::new, |(_, c)| values(c));
    let mut found = BTreeSet::new();
    let mut next = bearer::node(cx, scope, e).map_or_else(of_scope, |node| vec![node]);
    while let Some(node) = next.pop() {
        let Some(table) = of(cx, node).filter(|_| found.insert(node)) else { continue };
        next.extend(table.columns.get(node.1 as usize).map(values).unwrap_or_default());
    }
    found
}

fn is_model(cx: &Cx<'_>, node: Node) -> bool {
    of(cx, node).is_some_and(|t| matches!(t.kind, TableKind::Model(_)))
}

fn of<'c>(cx: &'c Cx<'_>, node: Node) -> Option<&'c Table> {
    cx.finished(node.0).map(|f| &f.table)
}

/// The categories that a column tells.
fn tells(cx: &Cx<'_>, node: Node) -> Vec<CategoryId> {
    let label = of(cx, node).and_then(|t| t.columns.get(node.1 as usize)).map(|c| chosen::of_column(cx, c)).unwrap_or_default();
    label.values().iter().map(|(c, _)| *c).collect()
}

fn is_identifier(cx: &Cx<'_>, category: CategoryId) -> bool {
    matches!(cx.program.category(category).and_then(|c| c.safe_harbor), Some('A' | 'D'..='R'))
}

/// Whether a value is a day of somebody's life, and none of care: that of one whom the row names, as its own key does.
fn is_of_life(cx: &Cx<'_>, scope: &Scope<'_>, by: &Expr) -> bool {
    let day = |category: CategoryId| cx.program.category(category).is_some_and(|c| c.safe_harbor == Some('C') && c.name.as_str() != DAYS);
    chosen::label(cx, scope, by).values().iter().any(|(category, _)| day(*category))
}
