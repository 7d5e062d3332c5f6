//! Which columns of what it reads a block asks for.

use crate::base::Ident;
use crate::ir::{Distinct, Expr, ExprKind, OrderKey, Query, Relation, Select, SelectItem, SetExpr, every_operand, from_exprs};
use std::collections::{BTreeMap, BTreeSet};

/// What a relation's readers ask of the query behind it.
pub(super) struct Asked {
    /// Which columns, by position; `None`: all.
    pub(super) need: Option<BTreeSet<usize>>,
    /// The names they are read by.
    pub(super) seen: Vec<Ident>,
    /// Whether those are the names that its select list writes.
    pub(super) by_name: bool,
}

impl Asked {
    pub(super) fn of(query: &Query, r: &Relation, asked: Option<&BTreeSet<Ident>>) -> Asked {
        let own = names(query).unwrap_or_default();
        let seen: Vec<Ident> = if r.columns.is_empty() { own.clone() } else { r.columns.iter().map(|c| c.name.clone()).collect() };
        // Values and sets have places, and only a select has names.
        let by_name = matches!(query.body, SetExpr::Select(_)) && own == seen;
        let need = asked.map(|asked| (0..).zip(&seen).filter(|(_, n)| asked.contains(*n)).map(|(i, _)| i).collect());
        Asked { need, seen, by_name }
    }

    pub(super) fn rows_of(r: &Relation) -> Asked {
        Asked { need: None, seen: r.columns.iter().map(|c| c.name.clone()).collect(), by_name: false }
    }
}

/// Which columns a block reads of each alias, for its conditions and these of its items; columns of blocks around it, too.
pub(super) fn asked(s: &Select, items: &[(usize, &SelectItem)], order: &[OrderKey]) -> BTreeMap<Ident, BTreeSet<Ident>> {
    let on = if let Distinct::On(keys) = &s.distinct { keys.as_slice() } else { &[] };
    let conditions = on.iter().chain(&s.filter).chain(&s.group.keys).chain(&s.having).chain(&s.qualify);
    let mut found = asked_by(conditions.chain(items.iter().map(|(_, i)| &i.expr)).chain(order.iter().map(|k| &k.expr)));
    s.from.iter().for_each(|item| from_exprs(item, &mut |e| every_operand(e, &mut |e| note(e, &mut found))));
    found
}

pub(super) fn asked_by<'e>(all: impl IntoIterator<Item = &'e Expr>) -> BTreeMap<Ident, BTreeSet<Ident>> {
    let mut found = BTreeMap::new();
    all.into_iter().for_each(|e| every_operand(e, &mut |e| note(e, &mut found)));
    found
}

fn note(e: &Expr, found: &mut BTreeMap<Ident, BTreeSet<Ident>>) {
    if let ExprKind::Column { relation, name } = &e.kind {
        found.entry(relation.clone()).or_default().insert(name.clone());
    }
}

/// The names of what a query yields.
fn names(q: &Query) -> Option<Vec<Ident>> {
    let mut body = &q.body;
    loop {
        match body {
            SetExpr::Select(select) => return Some(select.items.iter().map(|i| i.name.clone()).collect()),
            SetExpr::Set { left, .. } => body = left,
            SetExpr::Query(inner) => return names(inner),
            SetExpr::Values(_) => return (!q.columns.is_empty()).then(|| q.columns.iter().map(|c| c.name.clone()).collect()),
        }
    }
}
