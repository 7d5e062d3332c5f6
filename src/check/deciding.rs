use super::writing::Hidden;
use crate::base::{Ident, Span};
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::ir::{
    Column, Edge, ExprKind, FromItem, Grant, Origin, Policy, PolicyWriter, Program, RelationSource, Select, SetExpr, Table, TableId,
    TableKind, find, query_of,
};
use std::collections::BTreeSet;

/// Refuses roles that may write what a policy goes by that narrows them: who writes what its columns are computed from gives itself rows.
pub(super) fn check(program: &Program, hidden: &Hidden<'_>, writes: &[&Grant], diagnostics: &mut Diagnostics) {
    let mut said: BTreeSet<(&Ident, &Ident, TableId)> = BTreeSet::new();
    let mut used: BTreeSet<(&Ident, &Ident)> = BTreeSet::new();
    for (role, policy) in hidden.iter().filter_map(|(role, index)| Some((*role, program.policies.get(*index as usize)?))) {
        let mine = writes.iter().filter(|g| g.role == *role).flat_map(|g| g.tables.iter().map(|t| (*t, g.at)));
        for (table, at) in mine.filter(|(t, _)| !holds(program, policy, role, *t) && goes_by(program, policy, *t)) {
            if program.policy_writers.iter().any(|r| r.policy == policy.name && r.role == *role) {
                used.insert((&policy.name, role));
            } else if said.insert((role, &policy.name, table)) {
                diagnostics.push(gives_itself(program, role, policy, (table, at)));
            }
        }
    }
    releases(program, used, diagnostics);
}

/// Whether a policy of this name holds the role on the very table, for the rows that it writes as for those that it reads.
fn holds(program: &Program, policy: &Policy, role: &Ident, table: TableId) -> bool {
    program.policies.iter().any(|p| p.table == table && p.name == policy.name && p.narrows(role))
}

fn goes_by(program: &Program, policy: &Policy, written: TableId) -> bool {
    policy.columns.iter().any(|column| is_decided_by(program, (policy.table, *column), written))
}

/// Whether what stands in a table has a part in what a column holds, or beside which rows it stands.
pub(super) fn is_decided_by(program: &Program, column: (TableId, u32), written: TableId) -> bool {
    let mut waiting: Vec<(TableId, u32)> = vec![column];
    let mut seen: BTreeSet<(TableId, u32)> = BTreeSet::new();
    while let Some((id, position)) = waiting.pop() {
        if id == written {
            return true;
        }
        let Some(table) = program.table(id).filter(|_| seen.insert((id, position))) else { continue };
        let changes = table.own().into_iter().flat_map(|own| &own.changes_of);
        waiting.extend(changes.map(|of| (*of, Origin::ROWS)));
        let column = table.columns.get(position as usize);
        match column.and_then(|c| own_row(table, c, written)) {
            Some(stored) => waiting.push((stored.table, stored.column)),
            None => {
                let from = column.into_iter().flat_map(|c| c.from.iter()).chain(table.rows.iter());
                waiting.extend(from.map(|o| (o.table, o.column)));
            }
        }
    }
    false
}

/// The stored column that a column is, where each row is made of a single row of its table and of what `written` holds, and of nothing else:
/// conditions choose among such rows, and bring the column beside no other one.
fn own_row(table: &Table, column: &Column, written: TableId) -> Option<Origin> {
    let stored = column.intact?;
    let TableKind::Model(model) = &table.kind else { return None };
    let SetExpr::Select(select) = &model.query.body else { return None };
    let mut values = table.columns.iter().flat_map(|c| c.from.iter()).filter(|o| o.edge == Edge::Value);
    let alone = model.query.with.is_empty() && !select.group.aggregated && is_row_by_row(select) && is_each_once(select);
    (alone && values.all(|o| o.table == stored.table || o.table == written)).then_some(stored)
}

/// Whether no expression looks at other rows than its own.
fn is_row_by_row(select: &Select) -> bool {
    let looks = |e: &crate::ir::Expr| matches!(e.kind, ExprKind::Window(_)) || query_of(e).is_some();
    select.items.iter().all(|item| find(&item.expr, &looks).is_none())
}

/// Whether a block reads tables alone, and none twice.
fn is_each_once(select: &Select) -> bool {
    let mut seen: BTreeSet<TableId> = BTreeSet::new();
    let mut waiting: Vec<&FromItem> = select.from.iter().collect();
    while let Some(item) = waiting.pop() {
        match item {
            FromItem::Join { left, right, .. } => waiting.extend([&**left, &**right]),
            FromItem::Relation(relation) => match &relation.source {
                RelationSource::Table(id) if seen.insert(*id) => {}
                _ => return false,
            },
        }
    }
    true
}

fn gives_itself(program: &Program, role: &Ident, policy: &Policy, (table, at): (TableId, Span)) -> Diagnostic {
    let name = |id: TableId| program.table(id).map_or("", |t| t.name.as_str());
    let message = format!(
        "role `{role}` may write `{}`, which decides what policy `{}` goes by in `{}`, and so give itself the rows that it hides",
        name(table),
        policy.name,
        name(policy.table)
    );
    Diagnostic::error(Code::WritesOwnRights, at, message)
        .mark(policy.at, "hides them")
        .help("let a role write it that the policy does not narrow, or leave this role out of the policy")
        .help(format!("or, where this is meant, `release policy {} to {role} because \"…\"`", policy.name))
}

/// Releases that release nothing.
fn releases<'p>(program: &'p Program, mut used: BTreeSet<(&'p Ident, &'p Ident)>, diagnostics: &mut Diagnostics) {
    for PolicyWriter { policy, role, at, .. } in &program.policy_writers {
        // What is said a second time finds its use gone.
        if !used.remove(&(policy, role)) {
            let message = format!("role `{role}` writes nothing more that policy `{policy}` goes by and that would give it rows");
            diagnostics.push(Diagnostic::error(Code::NothingReleased, *at, message).help("remove this release"));
        }
    }
}
