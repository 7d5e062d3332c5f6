//! The names of a block: relations with their columns, and `with` entries.

use super::super::values::{Made, Tolds};
use crate::base::Ident;
use crate::ir::TableId;

/// Columns by name, and which masks are behind the rows.
#[derive(Clone, PartialEq, Eq, Default)]
pub(super) struct Named {
    pub(super) columns: Vec<(Ident, Tolds)>,
    pub(super) rows: Tolds,
}

/// Relations of a block, and of those around it.
pub(super) struct Scope<'s> {
    pub(super) relations: Vec<Known>,
    /// The masks behind the rows of all of them.
    pub(super) rows: Tolds,
    pub(super) outer: Option<&'s Scope<'s>>,
}

impl<'s> Scope<'s> {
    pub(super) fn new(outer: Option<&'s Scope<'s>>) -> Self {
        Scope { relations: Vec::new(), rows: Tolds::NONE, outer }
    }
}

pub(super) struct Known {
    pub(super) alias: Ident,
    pub(super) table: Option<TableId>,
    pub(super) columns: Vec<(Ident, Tolds)>,
}

/// `with` entries, and those of the queries around.
pub(super) struct With<'w> {
    pub(super) entries: Vec<(Ident, Named)>,
    pub(super) outer: Option<&'w With<'w>>,
}

pub(super) fn named(names: Vec<Ident>, mut made: Made) -> Named {
    made.columns.resize(names.len().max(made.columns.len()), Tolds::NONE);
    Named { columns: names.into_iter().zip(made.columns).collect(), rows: made.rows }
}

pub(super) fn together(columns: &[Tolds]) -> Tolds {
    columns.iter().fold(Tolds::NONE, |all, one| all.union(one))
}

pub(super) fn beside(mut left: Vec<Tolds>, right: Vec<Tolds>) -> Vec<Tolds> {
    left.resize(left.len().max(right.len()), Tolds::NONE);
    left.iter_mut().zip(right).for_each(|(l, r)| *l = l.union(&r));
    left
}

pub(super) fn entry_named<'w>(with: &'w With<'_>, name: &Ident) -> Option<&'w Named> {
    let own = with.entries.iter().rev().find(|(n, _)| n == name).map(|(_, columns)| columns);
    own.or_else(|| with.outer.and_then(|outer| entry_named(outer, name)))
}

pub(super) fn find_relation<'s>(scope: &'s Scope<'_>, alias: &Ident) -> Option<&'s Known> {
    let own = scope.relations.iter().find(|r| r.alias == *alias);
    own.or_else(|| scope.outer.and_then(|outer| find_relation(outer, alias)))
}

pub(super) fn column<'s>(scope: &'s Scope<'_>, relation: &Ident, name: &Ident) -> Option<&'s Tolds> {
    find_relation(scope, relation)?.columns.iter().find(|(n, _)| n == name).map(|(_, told)| told)
}
