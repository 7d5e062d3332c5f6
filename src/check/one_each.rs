//! Relations that have one row for each value of a column: whoever is joined to one by it stands there as often as before.

use super::stands::is_key;
use crate::base::Ident;
use crate::ir::{
    Distinct, Expr, ExprKind, FromItem, Materialization, Program, Query, Relation, RelationSource, Select, SetExpr, TableKind,
};

/// The queries of `with` entries in scope, by name.
pub(super) type Entries<'e> = &'e dyn Fn(&Ident) -> Option<&'e Query>;

/// Models and queries are looked through so far.
const MOST_DEEP: usize = 16;

/// Whether a relation has one row for each value of a column: by a key, or as a query's groups, its different values, the first of each.
pub(super) fn one_each(program: &Program, relation: &Relation, name: &Ident, entries: Entries<'_>) -> bool {
    of_relation(program, relation, name, entries, MOST_DEEP)
}

fn of_relation(program: &Program, relation: &Relation, name: &Ident, entries: Entries<'_>, deep: usize) -> bool {
    let renamed = || relation.columns.iter().position(|c| c.name == *name);
    let of = |query: &Query| {
        let own = || query.position(name);
        let at = if relation.columns.is_empty() { own() } else { renamed() };
        at.is_some_and(|at| of_query(program, query, at, entries, deep))
    };
    match &relation.source {
        RelationSource::Table(id) => {
            let Some(table) = program.table(*id) else { return false };
            let at = renamed().or_else(|| table.columns.iter().position(|c| c.name == *name));
            let key = |at: usize| u32::try_from(at).is_ok_and(|at| is_key(program, (*id, at)));
            let made = |at: usize| match &table.kind {
                TableKind::Model(model) if !matches!(model.materialization, Materialization::Incremental { .. }) => {
                    of_query(program, &model.query, at, &|_| None, deep)
                }
                _ => false,
            };
            at.is_some_and(|at| key(at) || made(at))
        }
        RelationSource::Derived(query) => of(query),
        RelationSource::Cte(entry) => entries(entry).is_some_and(of),
        RelationSource::Unnest { .. } | RelationSource::Function { .. } | RelationSource::Zip { .. } => false,
    }
}

fn of_query(program: &Program, query: &Query, at: usize, entries: Entries<'_>, deep: usize) -> bool {
    let Some(deep) = deep.checked_sub(1) else { return false };
    let own = |name: &Ident| query.with.iter().find(|cte| cte.name == *name).map(|cte| &*cte.query).or_else(|| entries(name));
    match &query.body {
        SetExpr::Query(inner) => of_query(program, inner, at, &own, deep),
        SetExpr::Select(select) => of_select(program, select, at, &own, deep),
        SetExpr::Set { all, .. } => !all && query.names().count() == 1,
        SetExpr::Values(_) => false,
    }
}

fn of_select(program: &Program, select: &Select, at: usize, entries: Entries<'_>, deep: usize) -> bool {
    let Some(told) = select.items.get(at).and_then(|item| column(&item.expr)) else { return false };
    let alone = |keys: Vec<&Expr>| matches!(keys.as_slice(), [key] if column(key) == Some(told));
    match &select.distinct {
        Distinct::On(keys) if alone(keys.iter().collect()) => return true,
        Distinct::All if alone(select.items.iter().map(|i| &i.expr).collect()) => return true,
        Distinct::On(_) | Distinct::All | Distinct::No => {}
    }
    let group = &select.group;
    if group.aggregated {
        return group.sets.is_empty() && alone(group.keys.iter().collect());
    }
    let own = |relation: &Relation| relation.alias == *told.0 && of_relation(program, relation, told.1, entries, deep);
    matches!(select.from.as_slice(), [FromItem::Relation(relation)] if own(relation))
}

fn column(e: &Expr) -> Option<(&Ident, &Ident)> {
    match &e.kind {
        ExprKind::Column { relation, name } => Some((relation, name)),
        _ => None,
    }
}
