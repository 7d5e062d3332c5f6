//! Which columns are made with a key.

use crate::ir::{Expr, ExprKind, Literal, Model, Origin, SetExpr, Table, TableId, every_expr, every_operand};
use std::collections::{BTreeMap, BTreeSet};

/// Of some models, each after those it reads, the columns whose values depend on a key; [`Origin::ROWS`] where the rows do. Where a key stands anywhere but in
/// a column of a plain `select`, all of them.
pub(super) fn columns<'p>(models: impl Iterator<Item = (TableId, &'p Table, &'p Model)>) -> BTreeMap<TableId, BTreeSet<u32>> {
    let mut found: BTreeMap<TableId, BTreeSet<u32>> = BTreeMap::new();
    for (id, table, model) in models {
        let from_keyed = |o: &Origin| found.get(&o.table).is_some_and(|columns| columns.contains(&o.column));
        let all = || (0u32..).zip(&table.columns).map(|(position, _)| position).chain([Origin::ROWS]);
        let mut keyed: BTreeSet<u32> = match written(model) {
            Some(columns) if !table.rows.iter().any(from_keyed) => columns,
            _ => all().collect(),
        };
        keyed.extend((0u32..).zip(&table.columns).filter(|(_, c)| c.from.iter().any(from_keyed)).map(|(position, _)| position));
        found.insert(id, keyed);
    }
    found
}

/// The columns whose own expressions name a key; `None` where one stands elsewhere.
fn written(model: &Model) -> Option<BTreeSet<u32>> {
    let is_key = |e: &Expr| matches!(e.kind, ExprKind::Literal(Literal::Secret(_)));
    let (mut everywhere, mut in_columns, mut columns) = (0, 0, BTreeSet::new());
    every_expr(&model.query, &mut |e| everywhere += usize::from(is_key(e)));
    if let SetExpr::Select(select) = &model.query.body {
        for (position, item) in (0u32..).zip(&select.items) {
            let before = in_columns;
            every_operand(&item.expr, &mut |e| in_columns += usize::from(is_key(e)));
            if in_columns > before {
                columns.insert(position);
            }
        }
    }
    (in_columns == everywhere).then_some(columns)
}
