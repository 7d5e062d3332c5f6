use super::model::Shared;
use crate::base::{Ident, Span};
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::ir::{Export, Policy, Program};
use crate::resolve::{Pending, table_id};
use crate::syntax::ast;

/// Reads row policies: table and roles; their conditions are read by the back end that enforces them.
pub(super) fn policies(shared: &Shared<'_>, policies: &[Pending<'_, ast::Policy>], diagnostics: &mut Diagnostics) -> Vec<Policy> {
    let mut read = Vec::new();
    for policy in policies {
        let names = |name: &ast::Name, diagnostics: &mut Diagnostics| {
            name.parts.iter().map(|p| shared.generator.name(p, &policy.env, diagnostics)).collect::<Option<Vec<_>>>()
        };
        let Some(parts) = names(&policy.syntax.on, diagnostics) else { continue };
        let Some(table) = table_id(shared.program, &parts) else {
            let written = parts.iter().map(Ident::as_str).collect::<Vec<_>>().join(".");
            let problem = Diagnostic::error(Code::UnknownName, policy.syntax.on.at, format!("no table or model is called `{written}`"));
            diagnostics.push(problem.suggest(&written, shared.program.table_names.keys().map(Ident::as_str)));
            continue;
        };
        let mut roles = Vec::new();
        for role in &policy.syntax.roles {
            let Some(name) = names(role, diagnostics).and_then(|p| p.last().cloned()).filter(|n| n.as_str() != "*") else { continue };
            if shared.program.roles.iter().any(|r| r.name == name) {
                roles.push(name);
            } else {
                let problem = Diagnostic::error(Code::UnknownPrincipal, role.at, format!("no role is called `{name}`"));
                diagnostics.push(problem.suggest(name.as_str(), shared.program.roles.iter().map(|r| r.name.as_str())));
            }
        }
        diagnostics.push(not_enforced("policy", &policy.name, policy.at));
        read.push(Policy { name: policy.name.clone(), table, roles, filter: policy.syntax.filter.at, at: policy.at });
    }
    read
}

/// Unit and access tests are read, and not run yet: said once, at the first.
pub(super) fn tests(tests: &[Pending<'_, ast::Test>], diagnostics: &mut Diagnostics) {
    if let Some(first) = tests.iter().min_by_key(|t| t.at) {
        let message = match tests.len() {
            1 => format!("test `{}` is parsed but not run yet", first.name),
            n => format!("{n} tests are parsed but not run yet; this is the first"),
        };
        let at = Span { end: first.at.start + 4, ..first.at };
        diagnostics.push(Diagnostic::warning(Code::NotEmittedYet, at, message).help("nothing in this build depends on them"));
    }
}

fn not_enforced(what: &str, name: &Ident, at: Span) -> Diagnostic {
    let warning = Diagnostic::warning(Code::NotEmittedYet, at, format!("{what} `{name}` is checked but not emitted yet"));
    warning.help("until it is, do not rely on it: no artifact of this build enforces it")
}

/// Lists the columns of every exported table: exports never say `*`.
pub(super) fn export_columns(program: &mut Program) {
    let Program { exports, tables, .. } = program;
    for Export { tables: exported, .. } in exports {
        for entry in exported {
            let columns = tables.get(entry.table.0 as usize).map_or(0, |t| t.columns.len());
            entry.columns = (0u32..).take(columns).collect();
        }
    }
}
