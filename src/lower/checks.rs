//! Conditions that rows of the platform's own tables keep: each becomes a constraint of the table, and an assertion over its rows.

use super::condition::{Place, condition, conjunction};
use super::cx::Finished;
use super::from::scan;
use super::model::Shared;
use super::parse::parse_query;
use super::tokens::{Start, selected_where, tokens};
use super::{Scope, ScopeRelation, Shown};
use crate::base::Ident;
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::ir::{
    Assertion, AssertionKind, Check, Distinct, Expr, ExprKind, FromItem, Grouping, Literal, Program, Query, Relation, RelationSource,
    Select, SelectItem, SetExpr, TableId, TableKind, Type, query_of,
};
use crate::resolve::PendingCheck;
use sqlparser::ast as sql;
use std::sync::Arc;

/// Reads the conditions; what cannot be read is reported.
pub(super) fn checks(
    shared: &Shared<'_>,
    pending: &[PendingCheck],
    done: &[Option<Finished>],
    diagnostics: &mut Diagnostics,
) -> Vec<(TableId, Check)> {
    let mut out: Vec<(TableId, Check)> = Vec::new();
    for one in pending {
        let number = 1 + out.iter().filter(|(table, _)| *table == one.table).count();
        let condition = read(shared, one, done, diagnostics);
        out.extend(condition.map(|condition| (one.table, Check { name: Arc::from(format!("check_{number}")), condition, at: one.at })));
    }
    out
}

fn read(shared: &Shared<'_>, one: &PendingCheck, done: &[Option<Finished>], diagnostics: &mut Diagnostics) -> Option<Expr> {
    let cx = shared.cx(one.at, done);
    let read =
        || {
            let finished = cx.finished(one.table)?;
            let alias = finished.table.name.clone();
            let cut = tokens(&cx, shared.generator, &one.env, one.at, Start::Value)?;
            let mut scope = Scope {
                shown: finished.table.columns.iter().map(|c| Shown::Column(alias.clone(), c.name.clone())).collect(),
                ..Scope::default()
            };
            let columns = scan(one.table, finished).columns;
            scope.relations.push(ScopeRelation { alias, columns, table: Some(one.table), ..Default::default() });
            let query = parse_query(&cx, selected_where(cut))?;
            let sql::SetExpr::Select(select) = *query.body else { return None };
            let parts = condition(&cx, &scope, select.selection.as_ref()?, Place::Rows("a check"));
            let condition = conjunction(parts).filter(|c| c.ty != Type::Error)?;
            let fault = |e: &Expr| match &e.kind {
                _ if query_of(e).is_some() => Some("reads a query"),
                ExprKind::RunDate => Some("asks for the run date, which nobody gives when a row is written"),
                ExprKind::Literal(Literal::Secret(_)) => Some("needs a key"),
                ExprKind::Error => Some("cannot be read"),
                _ => None,
            };
            if let Some((found, what)) = crate::ir::find(&condition, &|e| fault(e).is_some()).and_then(|e| Some((e, fault(e)?))) {
                let problem = Diagnostic::error(Code::BadAssertion, found.at, format!("a check {what}"));
                cx.error(problem.help(
                    "a check compares columns of one row with constants and with each other; ask for more in an assertion of a model",
                ));
                return None;
            }
            Some(condition)
        };
    let condition = read();
    diagnostics.extend(cx.diagnostics.take());
    condition
}

/// Puts them where they belong: into the table, and among its assertions.
pub(super) fn place(program: &mut Program, checks: Vec<(TableId, Check)>) {
    for (id, check) in checks {
        let Some(table) = program.tables.get_mut(id.0 as usize) else { continue };
        let broken = broken(id, &table.name, &check);
        table.assertions.push(Assertion {
            name: check.name.clone(),
            kind: AssertionKind::Sql(Box::new(broken)),
            warn: false,
            at: check.at,
        });
        if let TableKind::Source(source) = &mut table.kind
            && let Some(own) = &mut source.own
        {
            own.checks.push(check);
        }
    }
}

/// The rows that break it: NULL is no failure.
fn broken(table: TableId, alias: &Ident, check: &Check) -> Query {
    let at = check.at;
    let expr = |kind, ty| Expr { kind, ty, nullable: true, at };
    let one = expr(ExprKind::Literal(Literal::Number("1".into())), Type::Integer);
    let relation = Relation { source: RelationSource::Table(table), alias: alias.clone(), lateral: false, columns: Vec::new(), at };
    let select = Select {
        distinct: Distinct::No,
        items: vec![SelectItem { expr: one, name: Ident::exact("failure") }],
        from: vec![FromItem::Relation(relation)],
        filter: Some(expr(ExprKind::Not(Box::new(check.condition.clone())), Type::Boolean)),
        group: Grouping::default(),
        having: None,
        qualify: None,
    };
    Query { with: Vec::new(), body: SetExpr::Select(Box::new(select)), order: Vec::new(), limit: None, offset: None, columns: Vec::new() }
}
