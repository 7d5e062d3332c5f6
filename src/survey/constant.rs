//! Whether an output column without origins is a constant indeed: an own look at the query, so that an origin that got lost shows.

use crate::base::Ident;
use crate::ir::{Expr, ExprKind, FromItem, Over, Query, Relation, RelationSource, RowsOf, SetExpr, Type, operands};

/// What names mean inside a query: `with` entries and relations, inner ones last.
#[derive(Clone, Default)]
struct Scope<'q> {
    ctes: Vec<(&'q Ident, &'q Query, usize)>,
    relations: Vec<(&'q Relation, usize)>,
}

/// Names seen on the way, so that a recursive `with` entry ends.
type Seen<'q> = Vec<(*const Query, usize)>;

/// Whether an output column is computed from no table's column.
pub(super) fn is_constant(query: &Query, position: usize) -> bool {
    column(query, position, &Scope::default(), &mut Vec::new())
}

fn column<'q>(query: &'q Query, position: usize, scope: &Scope<'q>, seen: &mut Seen<'q>) -> bool {
    let key = (std::ptr::from_ref(query), position);
    if seen.contains(&key) {
        return true;
    }
    seen.push(key);
    let mut scope = scope.clone();
    for cte in &query.with {
        let depth = scope.ctes.len();
        scope.ctes.push((&cte.name, &cte.query, if cte.recursive { depth + 1 } else { depth }));
    }
    body(&query.body, position, &scope, seen)
}

fn body<'q>(set: &'q SetExpr, position: usize, scope: &Scope<'q>, seen: &mut Seen<'q>) -> bool {
    match set {
        SetExpr::Select(select) => {
            let mut scope = scope.clone();
            let depth = scope.relations.len();
            for item in &select.from {
                relations(item, depth, &mut scope);
            }
            select.items.get(position).is_some_and(|item| expr(&item.expr, &scope, seen))
        }
        SetExpr::Values(rows) => rows.iter().all(|row| row.get(position).is_some_and(|e| expr(e, scope, seen))),
        SetExpr::Set { left, right, .. } => body(left, position, scope, seen) && body(right, position, scope, seen),
        SetExpr::Query(inner) => column(inner, position, scope, seen),
    }
}

fn relations<'q>(item: &'q FromItem, depth: usize, scope: &mut Scope<'q>) {
    match item {
        FromItem::Relation(relation) => scope.relations.push((relation, depth)),
        FromItem::Join { left, right, .. } => {
            relations(left, depth, scope);
            relations(right, depth, scope);
        }
    }
}

fn expr<'q>(e: &'q Expr, scope: &Scope<'q>, seen: &mut Seen<'q>) -> bool {
    let own = match &e.kind {
        ExprKind::Column { relation, name } => reference(relation, name, scope, seen),
        ExprKind::Scalar(query) => column(query, 0, scope, seen),
        // Rows decide these, and a table has rows.
        ExprKind::Exists(..) | ExprKind::InQuery(..) | ExprKind::ArrayQuery(_) => false,
        ExprKind::Quantified(q) => matches!(q.over, Over::Array(_)),
        // What is refused on purpose has a type and comes from no column.
        ExprKind::Error => e.ty != Type::Error,
        _ => true,
    };
    let mut all = own;
    operands(e, &mut |child| all = all && expr(child, scope, seen));
    all
}

fn reference<'q>(alias: &Ident, name: &Ident, scope: &Scope<'q>, seen: &mut Seen<'q>) -> bool {
    let Some((relation, depth)) = scope.relations.iter().rev().find(|(r, _)| r.alias == *alias) else { return false };
    let outer = Scope { ctes: scope.ctes.clone(), relations: scope.relations.iter().take(*depth).copied().collect() };
    match &relation.source {
        RelationSource::Table(_) => false,
        RelationSource::Derived(query) => query.position(name).is_some_and(|p| column(query, p, &outer, seen)),
        RelationSource::Cte(cte) => scope.ctes.iter().rev().find(|(n, _, _)| *n == cte).is_some_and(|(_, query, visible)| {
            let outer = Scope { ctes: scope.ctes.iter().take(*visible).copied().collect(), relations: Vec::new() };
            query.position(name).is_some_and(|p| column(query, p, &outer, seen))
        }),
        RelationSource::Unnest { expr: list, .. } => expr(list, scope, seen),
        RelationSource::Function { args, .. } => args.iter().all(|arg| expr(arg, scope, seen)),
        RelationSource::Zip { rows, .. } => rows.iter().flat_map(RowsOf::parts).all(|arg| expr(arg, scope, seen)),
    }
}
