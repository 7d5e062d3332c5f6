//! Whose a stored row is. A visit that names a patient and who referred him is of two people: eleven referrers are no crowd for the costs of the one patient.
//! Where a table has columns that name the subject, one of them alone, or its key, says whose its rows are; where it has none, that is said by the one
//! column that references a thing whose row does.

use super::Cx;
use super::numbered::keys_of;
use crate::base::Ident;
use crate::ir::{AssertionKind, Edge, Subject, Table, TableId, TableKind};
use std::collections::BTreeSet;

/// A column of a table.
pub(super) type Node = (TableId, u32);

/// Which columns of a stored row say whose it is.
pub(super) enum Whose<'w> {
    /// Any.
    Anyone,
    /// The one that names the subject, of these.
    Of(&'w [&'w Subject]),
    /// This one.
    Only(Node),
}

impl Whose<'_> {
    /// Whether this column of a table says whose its rows are.
    pub(super) fn says(&self, cx: &Cx<'_>, id: TableId, column: usize) -> bool {
        let Ok(column) = u32::try_from(column) else { return false };
        let Some(table) = cx.finished(id).map(|f| &f.table) else { return false };
        match self {
            Whose::Anyone => true,
            Whose::Only(node) => matches!(table.kind, TableKind::Model(_)) || *node == (id, column),
            Whose::Of(subjects) => {
                let named = naming(cx, id, subjects);
                // Each thing that a key names has one mother: as many mothers are as many children at least.
                if named.iter().any(|c| is_key(cx, (id, *c))) {
                    return true;
                }
                let alike = |other: &u32| *other == column || root(cx, (id, *other)) == root(cx, (id, column));
                match &table.kind {
                    _ if !named.is_empty() => named.iter().all(alike),
                    TableKind::Model(_) => true,
                    _ => things(cx, id, table, subjects).iter().all(|c| *c == column),
                }
            }
        }
    }
}

/// The subjects that a column names: it is, unchanged, the key of one, or one that references it.
pub(super) fn subjects<'p>(cx: &Cx<'p>, node: Node) -> Vec<&'p Subject> {
    let all = reached(cx, node, true);
    let is = |s: &&Subject| {
        let key = cx.finished(s.table).and_then(|f| f.table.columns.iter().position(|c| c.name == s.key));
        key.and_then(|k| u32::try_from(k).ok()).is_some_and(|key| all.contains(&(s.table, key)))
    };
    cx.program.subjects.iter().filter(is).collect()
}

/// The columns of a table that are said there to name one of these subjects: its key, and what references it.
pub(super) fn naming(cx: &Cx<'_>, id: TableId, wanted: &[&Subject]) -> BTreeSet<u32> {
    let Some(table) = cx.finished(id).map(|f| &f.table) else { return BTreeSet::new() };
    let key = |name: &Ident| table.columns.iter().position(|c| c.name == *name).and_then(|at| u32::try_from(at).ok());
    let own = wanted.iter().filter(|s| s.table == id).filter_map(|s| key(&s.key));
    let referenced =
        references(cx, id).into_iter().filter(|(_, to)| subjects(cx, *to).iter().any(|s| wanted.iter().any(|w| w.name == s.name)));
    own.chain(referenced.map(|(from, _)| from)).collect()
}

/// The columns of a table by which its rows are of a thing whose row says whose it is. The row's own key is none.
pub(super) fn things(cx: &Cx<'_>, id: TableId, table: &Table, wanted: &[&Subject]) -> BTreeSet<u32> {
    let mut found = BTreeSet::new();
    for (from, to) in references(cx, id).into_iter().filter(|(from, _)| table.columns.len() > *from as usize) {
        let mut seen = BTreeSet::from([id]);
        let mut next = vec![to.0];
        while let Some(here) = next.pop() {
            if !seen.insert(here) {
                continue;
            }
            if !naming(cx, here, wanted).is_empty() {
                found.insert(from);
                break;
            }
            next.extend(references(cx, here).into_iter().map(|(_, to)| to.0));
        }
    }
    found
}

/// Whether a row of a table is of a thing that is one of these subjects'.
pub(super) fn has_things(cx: &Cx<'_>, id: TableId, subjects: &[&Subject]) -> bool {
    cx.finished(id).is_some_and(|f| !things(cx, id, &f.table, subjects).is_empty())
}

/// What columns of a table reference, warned of only or not.
fn references(cx: &Cx<'_>, id: TableId) -> Vec<(u32, Node)> {
    let Some(finished) = cx.finished(id) else { return Vec::new() };
    let asserted = finished.table.assertions.iter().filter_map(|a| match a.kind {
        AssertionKind::References(from, table, to) => Some((from, (table, to))),
        _ => None,
    });
    let said = finished.references.iter().filter_map(|(from, table, name)| {
        let place = cx.finished(*table)?.table.columns.iter().position(|c| c.name == *name)?;
        Some((*from, (*table, u32::try_from(place).ok()?)))
    });
    asserted.chain(said).collect()
}

/// Where an unchanged column is stored.
pub(super) fn root(cx: &Cx<'_>, from: Node) -> Node {
    let mut here = from;
    // Each step goes to a table finished before; the bound only guards against a broken program.
    for _ in 0..10_000 {
        let column = cx.finished(here.0).and_then(|f| f.table.columns.get(here.1 as usize));
        match column.and_then(|c| c.intact).filter(|o| o.edge == Edge::Value) {
            Some(next) => here = (next.table, next.column),
            None => break,
        }
    }
    here
}

/// The stored columns that a column is, unchanged; with `references` those, too, that it references.
pub(super) fn reached(cx: &Cx<'_>, start: Node, references: bool) -> BTreeSet<Node> {
    let mut found: BTreeSet<Node> = BTreeSet::new();
    let mut next = vec![start];
    while let Some(node) = next.pop() {
        let Some(finished) = cx.finished(node.0).filter(|_| found.insert(node)) else { continue };
        let table = &finished.table;
        let origin = table.columns.get(node.1 as usize).and_then(|c| c.intact).filter(|o| o.edge == Edge::Value);
        next.extend(origin.map(|o| (o.table, o.column)));
        next.extend(table.assertions.iter().filter(|a| references && !a.warn).filter_map(|a| match a.kind {
            AssertionKind::References(from, table, to) if from == node.1 => Some((table, to)),
            _ => None,
        }));
        next.extend(finished.references.iter().filter(|(from, ..)| references && *from == node.1).filter_map(|(_, table, name)| {
            let place = cx.finished(*table)?.table.columns.iter().position(|c| c.name == *name)?;
            Some((*table, u32::try_from(place).ok()?))
        }));
    }
    found
}

/// Whether a stored column alone is a key of its table.
pub(super) fn is_key(cx: &Cx<'_>, (id, column): Node) -> bool {
    let Some(table) = cx.finished(id).map(|f| &f.table) else { return false };
    let name = table.columns.get(column as usize).map(|c| &c.name);
    let unique = |kind: &AssertionKind| matches!(kind, AssertionKind::Unique(columns) if *columns == [column]);
    cx.program.subjects.iter().any(|s| s.table == id && Some(&s.key) == name)
        || keys_of(table).any(|key| *key.columns == [column])
        || table.assertions.iter().any(|a| !a.warn && unique(&a.kind))
}
