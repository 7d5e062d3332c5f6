//! What BigQuery can turn into joins: it runs no subquery row by row, and its outer joins go by equal values.

use super::super::printer::Printer;
use super::parts::{columns, item_relations, relations};
use crate::base::Ident;
use crate::ir::{Distinct, Expr, ExprKind, FromItem, JoinKind, Query, RelationSource, SetExpr, clause_exprs, conjuncts};
use std::collections::BTreeSet;

/// Whether a subquery in an expression is taken: one that reads tables may look at the rows around it only in its `where`, and there
/// by an equality unless `in` is one already.
pub(super) fn decorrelates(printer: &Printer<'_>, query: &Query, is_in: bool) -> bool {
    let own = own(query);
    let outer = |e: &Expr| mentions(e, &|name| !own.contains(name) && printer.blocks.iter().any(|b| b.aliases.contains(name)));
    let mut correlated = false;
    clause_exprs(query, &mut |e| correlated |= outer(e));
    if !correlated || !reads_tables(query) {
        return true;
    }
    let SetExpr::Select(select) = &query.body else { return false };
    if query.limit.is_some() || query.offset.is_some() || !query.with.is_empty() || matches!(select.distinct, Distinct::On(_)) {
        return false;
    }
    let Some(filter) = &select.filter else { return false };
    let conjuncts = conjuncts(filter);
    // What lies deeper would have to go through two joins.
    let deep = |e: &Expr| has_subquery(e) && outer(e);
    let mut elsewhere = 0_usize;
    clause_exprs(query, &mut |e| elsewhere += usize::from(outer(e)));
    let only_there = elsewhere == 1 && outer(filter) && !conjuncts.iter().any(|e| deep(e));
    let inner = |e: &Expr| mentions(e, &|name| own.contains(name));
    only_there && (is_in || conjuncts.iter().any(|e| equates(printer, e, &outer, &inner)))
}

/// Whether an outer alias that a subquery names is a column of what it reads: BigQuery would look into that column.
pub(super) fn hides(printer: &Printer<'_>, query: &Query) -> bool {
    let own = own(query);
    let mut outer: BTreeSet<Ident> = BTreeSet::new();
    clause_exprs(query, &mut |e| {
        columns(e, &mut |name| {
            if !own.contains(name) && !name.as_str().is_empty() {
                outer.insert(name.clone());
            }
        });
    });
    let mut hidden = false;
    let hides = |name: &Ident| outer.iter().any(|o| o.as_str().to_lowercase() == name.as_str().to_lowercase());
    relations(query, &mut |relation| {
        hidden |= relation.columns.iter().any(|c| hides(&c.name));
        hidden |= match &relation.source {
            RelationSource::Table(id) => printer.program.table(*id).is_some_and(|t| t.columns.iter().any(|c| hides(&c.name))),
            RelationSource::Cte(entry) => printer.entries.iter().any(|(name, columns)| name == entry && columns.iter().any(hides)),
            RelationSource::Derived(query) => query.columns.iter().any(|c| hides(&c.name)),
            _ => false,
        };
    });
    hidden
}

/// Whether an outer join has an equality of both sides; arrays of the left row need none.
pub(super) fn joins(printer: &Printer<'_>, kind: JoinKind, left: &FromItem, right: &FromItem, on: Option<&Expr>) -> bool {
    if !matches!(kind, JoinKind::Left | JoinKind::Right | JoinKind::Full) {
        return true;
    }
    if let FromItem::Relation(relation) = right
        && (matches!(relation.source, RelationSource::Unnest { .. } | RelationSource::Function { .. }) || relation.lateral)
    {
        return kind == JoinKind::Left;
    }
    let (left, right) = (aliases(left), aliases(right));
    let of = |side: &BTreeSet<Ident>, e: &Expr| mentions(e, &|name| side.contains(name));
    on.is_some_and(|on| conjuncts(on).iter().any(|e| equates(printer, e, &|e| of(&left, e), &|e| of(&right, e))))
}

/// `a = b` with one side of each kind alone.
fn equates(printer: &Printer<'_>, e: &Expr, one: &dyn Fn(&Expr) -> bool, other: &dyn Fn(&Expr) -> bool) -> bool {
    let sides = match &e.kind {
        ExprKind::Operator { function, args } if printer.program.function(*function).is_some_and(|f| &*f.name == "=") => args.as_slice(),
        _ => return false,
    };
    let [a, b] = sides else { return false };
    let apart = |a: &Expr, b: &Expr| one(a) && !other(a) && other(b) && !one(b);
    apart(a, b) || apart(b, a)
}

fn mentions(e: &Expr, fits: &dyn Fn(&Ident) -> bool) -> bool {
    let mut found = false;
    columns(e, &mut |name| found |= fits(name));
    found
}

fn has_subquery(e: &Expr) -> bool {
    crate::ir::find(e, &|e| crate::ir::query_of(e).is_some()).is_some()
}

fn own(query: &Query) -> BTreeSet<Ident> {
    let mut own = BTreeSet::new();
    relations(query, &mut |relation| {
        own.insert(relation.alias.clone());
    });
    own
}

fn aliases(item: &FromItem) -> BTreeSet<Ident> {
    let mut all = BTreeSet::new();
    item_relations(item, &mut |relation| {
        all.insert(relation.alias.clone());
    });
    all
}

/// Whether a query reads more than arrays.
pub(super) fn reads_tables(query: &Query) -> bool {
    let mut found = false;
    relations(query, &mut |relation| found |= matches!(relation.source, RelationSource::Table(_) | RelationSource::Cte(_)));
    found
}
