//! Row policies: conditions over the rows of one table and of an entitlement, lowered like those of any `where`.

use super::cx::Finished;
use super::model::Shared;
use super::row_condition::{Asker, Reading, RowCondition};
use crate::base::{Ident, Span};
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::ir::{Export, Policy, Program, TableId, Type};
use crate::resolve::{Pending, table_id};
use crate::syntax::ast;
use std::collections::BTreeMap;

/// Reads row policies; what cannot be read is reported, and its program is never sealed.
pub(super) fn policies(
    shared: &Shared<'_>,
    policies: &[Pending<'_, ast::Policy>],
    done: &[Option<Finished>],
    diagnostics: &mut Diagnostics,
) -> Vec<Policy> {
    let mut taken: BTreeMap<(Ident, TableId), Span> = BTreeMap::new();
    let mut read = Vec::new();
    for policy in policies {
        let Some(table) = object(shared, policy, diagnostics) else { continue };
        let roles = roles(shared, policy, diagnostics);
        if let Some(first) = taken.insert((policy.name.clone(), table), policy.at) {
            let problem =
                Diagnostic::error(Code::DuplicateName, policy.at, format!("two policies on one table are named `{}`", policy.name));
            diagnostics.push(problem.mark(first, "the first").help("write one condition, or give one of them another name"));
            continue;
        }
        let written = policy.syntax.filter.at;
        let cx = shared.cx(written, done);
        let asker = Asker::Policy(&policy.name);
        let found = Reading { cx: &cx, shared, env: &policy.env, written, table, asker }.condition();
        diagnostics.extend(cx.diagnostics.take());
        let name = policy.name.clone();
        read.extend(found.map(|RowCondition { filter, label, columns, asks }| Policy {
            name,
            table,
            roles,
            filter,
            label,
            columns,
            asks,
            written,
            at: policy.at,
        }));
    }
    read
}

fn object(shared: &Shared<'_>, policy: &Pending<'_, ast::Policy>, diagnostics: &mut Diagnostics) -> Option<TableId> {
    let on = &policy.syntax.on;
    let parts: Vec<Ident> = on.parts.iter().map(|p| shared.generator.name(p, &policy.env, diagnostics)).collect::<Option<_>>()?;
    let table = table_id(shared.program, &parts);
    if table.is_none() {
        let written = parts.iter().map(Ident::as_str).collect::<Vec<_>>().join(".");
        let problem = Diagnostic::error(Code::UnknownName, on.at, format!("no table or model is called `{written}`"));
        diagnostics.push(problem.suggest(&written, shared.program.table_names.keys().map(Ident::as_str)));
    }
    table
}

/// The roles a policy is for, which have been found to exist; none: `*`.
fn roles(shared: &Shared<'_>, policy: &Pending<'_, ast::Policy>, diagnostics: &mut Diagnostics) -> Vec<Ident> {
    let names = policy.syntax.roles.iter().filter_map(|r| shared.generator.name(r.parts.last()?, &policy.env, diagnostics));
    let mut roles: Vec<Ident> = names.collect();
    if roles.iter().any(|r| r.as_str() == "*") {
        roles.clear();
    }
    roles.sort_unstable();
    roles.dedup();
    roles
}

/// Entitlements name their user by a text column of their table.
pub(super) fn entitlements(program: &Program, done: &[Option<Finished>], diagnostics: &mut Diagnostics) {
    for entitlement in &program.entitlements {
        let Some(Some(finished)) = done.get(entitlement.table.0 as usize) else { continue };
        if finished.open {
            continue;
        }
        let table = &finished.table;
        match table.columns.iter().find(|c| c.name == entitlement.by) {
            Some(by) if matches!(by.ty, Type::Text(_) | Type::Error) => {}
            Some(by) => {
                let message = format!("`{}.{}` is {}, and a login is a text", table.name, by.name, by.ty);
                diagnostics.push(Diagnostic::error(Code::TypeMismatch, entitlement.at, message).mark(by.at, "declared here"));
            }
            None => {
                let problem =
                    Diagnostic::error(Code::UnknownColumn, entitlement.at, format!("`{}` has no column `{}`", table.name, entitlement.by));
                diagnostics.push(problem.suggest(entitlement.by.as_str(), table.columns.iter().map(|c| c.name.as_str())));
            }
        }
    }
}

/// Lists the columns of every exported table, exports never say `*`, and finds those that its rows are ordered by.
pub(super) fn export_columns(program: &mut Program, diagnostics: &mut Diagnostics) {
    let Program { exports, tables, .. } = program;
    for Export { tables: exported, .. } in exports {
        for entry in exported {
            let Some(table) = tables.get(entry.table.0 as usize) else { continue };
            entry.columns = (0u32..).take(table.columns.len()).collect();
            for key in &mut entry.order {
                let found = (0u32..).zip(&table.columns).find(|(_, c)| c.name == key.name).map(|(i, _)| i);
                key.column = found.unwrap_or_default();
                // A table that failed has no columns, and is reported already.
                if found.is_none() && !table.columns.is_empty() {
                    let message = format!("`{}` has no column `{}` to order by", table.name, key.name);
                    let problem = Diagnostic::error(Code::UnknownColumn, key.at, message);
                    let problem = problem.suggest(key.name.as_str(), table.columns.iter().map(|c| c.name.as_str()));
                    diagnostics.push(problem.help("rows are ordered by columns that are exported: an order tells what it goes by"));
                }
            }
        }
    }
}
