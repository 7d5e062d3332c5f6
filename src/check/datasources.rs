use super::rows::tells;
use crate::access::{Carry, connection_role};
use crate::base::{Ident, Span};
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::ir::{DataSource, Dialect, Program, Sees, Shown, Verb};
use std::collections::{BTreeMap, BTreeSet};

/// What every Tableau site has: the group that holds everybody.
const EVERYBODY: &str = "all users";

/// Refuses data sources that Tableau would not show as declared, and files through which somebody would have rows that a policy hides.
pub(super) fn check(program: &Program, carry: &Carry, diagnostics: &mut Diagnostics) {
    let mut tables: BTreeMap<_, Span> = BTreeMap::new();
    for source in &program.data_sources {
        if let Some(first) = tables.insert(source.table, source.at) {
            let table = program.table(source.table).map_or("", |t| t.name.as_str());
            let problem = unclear(source.at, format!("two data sources show `{table}`"));
            diagnostics.push(problem.mark(first, "the first").help("who sees it, grants say: put both into one"));
        }
        declared(program, source, diagnostics);
    }
    if program.shown.is_empty() {
        return;
    }
    groups(program, diagnostics);
    published(program, diagnostics);
    for shown in &program.shown {
        taken(program, shown, diagnostics);
        told(program, carry, shown, diagnostics);
    }
}

fn unclear(at: Span, message: String) -> Diagnostic {
    Diagnostic::error(Code::UnclearDataSource, at, message)
}

fn declared(program: &Program, source: &DataSource, diagnostics: &mut Diagnostics) {
    let Some(table) = program.table(source.table).filter(|_| !program.open.contains(&source.table)) else { return };
    for (name, at) in source.fields() {
        if !table.columns.iter().any(|c| c.name == *name) {
            let problem = Diagnostic::error(Code::UnknownColumn, *at, format!("`{}` has no column `{name}`", table.name));
            diagnostics.push(problem.suggest(name.as_str(), table.columns.iter().map(|c| c.name.as_str())));
        }
    }
    let twice = |fields: Vec<(&Ident, Span)>, what: &str, diagnostics: &mut Diagnostics| {
        let mut seen = BTreeMap::new();
        for (name, at) in fields {
            if let Some(first) = seen.insert(name, at) {
                diagnostics.push(unclear(at, format!("`{name}` is {what} twice")).mark(first, "the first time"));
            }
        }
    };
    twice(source.folders.iter().flat_map(|(_, f)| f).map(|(n, at)| (n, *at)).collect(), "put into a folder", diagnostics);
    twice(source.captions.iter().map(|((n, at), _)| (n, *at)).collect(), "given a caption", diagnostics);
    twice(source.measures.iter().map(|((n, at), _)| (n, *at)).collect(), "said to be a measure or a dimension", diagnostics);
    let captions = source.captions.iter().map(|((_, at), text)| (text, *at));
    let folders = source.folders.iter().map(|(text, _)| (text, source.at));
    let own = source.caption.iter().chain(&source.project).map(|text| (text, source.at));
    for (text, at) in captions.chain(folders).chain(own) {
        if is_unwritable(text) {
            diagnostics.push(
                unclear(at, format!("`{}` cannot be a name in Tableau", text.escape_debug()))
                    .help("a name has at least one character, no blank at its ends and no control characters"),
            );
        }
    }
    let emitted = program.project.emit.iter().any(|e| &**e == "tableau");
    let seen = program.shown.iter().any(|s| s.settings(program).is_some_and(|d| d.table == source.table));
    let elsewhere = program.project.warehouse.as_ref().map(|w| w.dialect).filter(|d| *d != Dialect::Postgres);
    if let Some(dialect) = elsewhere.filter(|_| emitted) {
        let message = format!(
            "data source `{}` cannot be shown in Tableau: that reads views of Postgres, and this warehouse is {}",
            source.name,
            dialect.name()
        );
        let instead = match dialect {
            Dialect::BigQuery => {
                "connect Tableau to BigQuery itself, each viewer under their own account: what `grant read` and policies give their `google group` holds there"
            }
            _ => "keep what is shown in a project on Postgres: this warehouse knows no users, so nobody would be held to their rows",
        };
        diagnostics.push(unclear(source.at, message).help("take `tableau` out of `emit`").help(instead));
    } else if emitted && !seen {
        let problem = unclear(source.at, format!("nobody may see data source `{}`", source.name));
        let help = format!("write `grant view on {} to <role>`, and `tableau group \"…\"` in the role", table.name);
        diagnostics.push(problem.help(help));
    }
}

fn is_unwritable(text: &str) -> bool {
    text.trim() != text || text.is_empty() || text.chars().any(|c| c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}'))
}

/// In Tableau, groups are all there is to tell roles apart.
fn groups(program: &Program, diagnostics: &mut Diagnostics) {
    let readers: BTreeSet<&Ident> = program.shown.iter().flat_map(|s| &s.readers).map(|v| &v.role).collect();
    let mut taken: BTreeMap<String, Span> = BTreeMap::new();
    let connection = connection_role(program);
    if let Some(role) = program.roles.iter().find(|r| r.name == connection) {
        diagnostics.push(unclear(role.at, format!("`{connection}` is what Tableau logs in as")).help("choose another name for the role"));
    }
    for role in program.roles.iter().filter(|r| readers.contains(&r.name)) {
        let Some(group) = role.tableau_group.as_deref() else { continue };
        if is_unwritable(group) || group.to_lowercase() == EVERYBODY {
            let problem = unclear(role.at, format!("no reader can be the group `{}` in Tableau", group.escape_debug()));
            diagnostics.push(problem.help("everybody is in `All Users`; another name has no blank at its ends and no control characters"));
        } else if let Some(first) = taken.insert(group.to_lowercase(), role.at) {
            let message = format!("two roles are the group `{group}` in Tableau, where each would see what the other may");
            diagnostics
                .push(unclear(role.at, message).mark(first, "the first").help("give each a group of its own; a user can be in both"));
        }
    }
}

/// Two data sources under one name in one project are one to Tableau: the second replaces the first.
fn published(program: &Program, diagnostics: &mut Diagnostics) {
    let mut taken: BTreeMap<(String, String), Span> = BTreeMap::new();
    for shown in &program.shown {
        let (project, caption) = (shown.project(program), shown.caption(program));
        if let Some(first) = taken.insert((project.to_lowercase(), caption.to_lowercase()), shown.at) {
            let problem = unclear(shown.at, format!("two data sources are called `{caption}` in project `{project}`"));
            diagnostics.push(problem.mark(first, "the first").help("give one of them another `caption`"));
        }
    }
}

/// A filter goes with a data source that Tableau serves. Whoever takes the file of an extract has all of its rows, and those who see what.
fn taken(program: &Program, shown: &Shown, diagnostics: &mut Diagnostics) {
    let table = program.table(shown.table).map_or("", |t| t.name.as_str());
    let Some(taker) = shown.readers.iter().find(|v| v.verbs.contains(&Verb::Extract)) else { return };
    if let Some(narrowed) = shown.readers.iter().find(|v| v.sees != Sees::All) {
        let message =
            format!("the file that role `{}` may take of `{table}` has rows that a policy hides from role `{}`", taker.role, narrowed.role);
        let mut problem =
            Diagnostic::error(Code::ExtractHoldsRows, taker.at, message).mark(narrowed.at, "a policy narrows what this grant shows");
        if taker.role == narrowed.role {
            problem = problem.help(format!("`grant view on {table} to {}`: what is seen through Tableau is filtered", taker.role));
        }
        diagnostics.push(problem.help("grant `extract` on a model of its own, whose `where` says what the policy says"));
        return;
    }
    if !shown.extract {
        let at = shown.settings(program).and_then(|s| s.extract).map_or(shown.at, |(_, at)| at);
        let problem = unclear(at, format!("a live data source has no file that role `{}` could take", taker.role));
        diagnostics.push(problem.mark(taker.at, "granted here").help("leave `live` out, or grant `view`"));
    }
}

/// The columns that the filter asks say of each row that a condition holds, whoever looks.
fn told(program: &Program, carry: &Carry, shown: &Shown, diagnostics: &mut Diagnostics) {
    for carried in carry.of(shown.table) {
        let Some(policy) = program.policies.get(carried.policy as usize) else { continue };
        if !shown.readers.iter().any(|v| carried.roles.contains(&v.role)) {
            continue;
        }
        for viewer in shown.readers.iter().filter(|v| !carried.roles.contains(&v.role)) {
            tells(program, &viewer.role, viewer.at, policy).into_iter().for_each(|d| diagnostics.push(d));
        }
    }
}
