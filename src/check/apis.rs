use crate::access::{NoKey, Shows, shows};
use crate::base::{Ident, Span};
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::ir::{Api, Creates, Dialect, Fill, Program, Role, Table, Verb};
use std::collections::BTreeMap;

/// Refuses APIs that would show more than their role reads, or tell of what they do not show; and those that nothing could serve.
pub(super) fn check(program: &Program, diagnostics: &mut Diagnostics) {
    let mut schemas: BTreeMap<&Ident, &Api> = BTreeMap::new();
    for api in &program.apis {
        served(program, api, diagnostics);
        if let Some(first) = schemas.insert(&api.schema, api) {
            let message = format!("the views of two APIs lie in one schema `{}`", api.schema);
            let problem = Diagnostic::error(Code::ApiUnserved, api.at, message).mark(first.at, "the first");
            diagnostics.push(problem.help("give each a schema of its own: `schema \"…\"`"));
        }
        one_token(program, api).into_iter().for_each(|d| diagnostics.push(d));
        for one in shows(program, api) {
            shown(program, api, &one, diagnostics);
        }
        for one in &api.creates {
            created(program, api, one).into_iter().for_each(|d| diagnostics.push(d));
        }
        anonymous(api).into_iter().for_each(|d| diagnostics.push(d));
    }
}

/// A token names whom it is for by its audience (RFC 7519, 4.1.3): where two APIs have that and the key in common, who may ask the one asks both.
fn one_token(program: &Program, api: &Api) -> Option<Diagnostic> {
    let both = |a: &Api, b: &Api| a.token.key == b.token.key && a.token.audience == b.token.audience;
    let issued = |a: &Api, b: &Api| a.token.issuer.is_none() || b.token.issuer.is_none() || a.token.issuer == b.token.issuer;
    let earlier = program.apis.iter().take_while(|a| a.at != api.at);
    let other = earlier.filter(|a| a.role != api.role || a.clearance != api.clearance).find(|a| both(a, api) && issued(a, api))?;
    let message = format!("APIs `{}` and `{}` take the same tokens: whoever may ask the one asks the other", other.name, api.name);
    let problem = Diagnostic::error(Code::ApiSharesTokens, api.at, message).mark(other.at, "the same key and audience");
    Some(problem.help("give each an `audience` of its own, or a key, or name in both the `issuer` of their tokens"))
}

/// Whether there is a server that could do what the API says.
fn served(program: &Program, api: &Api, diagnostics: &mut Diagnostics) {
    let project = &program.project;
    if !project.emit.iter().any(|e| &**e == "api") {
        let problem = Diagnostic::warning(Code::NotEmittedYet, api.at, format!("API `{}` is checked and not served", api.name));
        diagnostics.push(problem.help("add `api` to `emit`"));
        return;
    }
    let unserved = |message: String| Diagnostic::error(Code::ApiUnserved, api.at, message);
    if project.warehouse.as_ref().is_none_or(|w| w.dialect != Dialect::Postgres) {
        diagnostics.push(unserved("APIs are served from Postgres only".to_owned()).help("leave `api` out of `emit` for this warehouse"));
    }
    if !project.emit.iter().any(|e| matches!(&**e, "dbt" | "sql")) {
        diagnostics.push(unserved(format!("nothing makes the views of API `{}`", api.name)).help("add `dbt` or `sql` to `emit`"));
    }
    if let Some(role) = role(program, api).filter(|r| r.postgres.is_none()) {
        let message = format!("API `{}` runs as role `{}`, which has no name in Postgres", api.name, role.name);
        diagnostics.push(unserved(message).mark(role.at, "declared here").help("write `postgres \"…\"` in the role"));
    }
    // What others fill or read would lie among what anybody may ask for.
    if let Some(layer) = program.layers.iter().find(|l| l.schema == api.schema && l.at != api.at && l.name.as_str() != "tableau") {
        let message = format!("the views of API `{}` would lie in schema `{}` beside layer `{}`", api.name, api.schema, layer.name);
        if program.apis.iter().all(|a| a.at != layer.at) {
            diagnostics.push(unserved(message).mark(layer.at, "the layer").help("give the API a schema of its own: `schema \"…\"`"));
        }
    }
}

fn role<'p>(program: &'p Program, api: &Api) -> Option<&'p Role> {
    program.roles.iter().find(|r| r.name == api.role)
}

fn shown(program: &Program, api: &Api, one: &Shows<'_>, diagnostics: &mut Diagnostics) {
    let declared = program.table(one.exposed.table);
    let name = declared.map_or("", |t| t.name.as_str());
    let at = one.exposed.at;
    // A table that could not be read as a whole has been reported.
    let shown = one.table.unwrap_or(one.exposed.table);
    if program.open.contains(&shown) || program.table(shown).is_none_or(|t| t.columns.is_empty()) {
        return;
    }
    for (unknown, place) in one.unknown.iter().map(|f| (&f.0, f.1)) {
        let names = declared.into_iter().flat_map(|t| &t.columns).map(|c| c.name.as_str());
        let problem = Diagnostic::error(Code::UnknownColumn, place, format!("`{name}` has no column `{unknown}`"));
        diagnostics.push(problem.suggest(unknown.as_str(), names));
    }
    if one.table.is_none() {
        let message = format!("API `{}` shows `{name}`, which its role `{}` may not read", api.name, api.role);
        let help = if declared.is_some_and(Table::is_foreign) {
            "a source's tables are their loader's: expose a model over it".to_owned()
        } else {
            format!("write `grant read on {name} to {}`, or leave the table out", api.role)
        };
        let problem = Diagnostic::error(Code::ApiNotGranted, at, message).label("exposed here");
        let problem = role(program, api).into_iter().fold(problem, |p, r| p.mark(r.at, "an API reads what its role reads"));
        diagnostics.push(problem.help(help));
        return;
    }
    for field in &one.hidden {
        let message = format!("who asks for a `{}` of `{name}` learns it, and API `{}` does not show it", field.0, api.name);
        let problem = Diagnostic::error(Code::ApiHiddenColumn, field.1, message).mark(at, "what is shown");
        diagnostics.push(problem.help("show the column, or leave the filter out"));
    }
    for field in one.exposed.filters.iter().filter(|f| matches!(f.0.as_str(), "limit" | "after")) {
        let message = format!("an address cannot ask for `{}`: every list has a parameter of this name", field.0);
        diagnostics.push(Diagnostic::error(Code::ApiUnserved, field.1, message).help("give the column another name in a model"));
    }
    for field in &one.unfit {
        let message = format!("`{}` of `{name}` is of a type that no address can ask for", field.0);
        diagnostics
            .push(Diagnostic::error(Code::ApiUnserved, field.1, message).help("filter by texts, numbers, days, times, booleans or UUIDs"));
    }
    if let Err(why) = &one.key {
        diagnostics.push(without_key(api, (name, at), declared.map(|t| t.at), why));
    }
}

fn without_key(api: &Api, (name, at): (&str, Span), declared: Option<Span>, why: &NoKey) -> Diagnostic {
    let (what, help) = match why {
        NoKey::Undeclared => {
            ("has no declared key".to_owned(), format!("write `assert unique(…)` in `{name}`, over columns that are never NULL"))
        }
        NoKey::Hidden(column) => (
            format!("is ordered by `{column}`, which is not shown: its order would tell it"),
            format!("show `{column}`, or expose a model with another key"),
        ),
        NoKey::Unfit(column) => (
            format!("has `{column}` in its key, which may be NULL or cannot be written into an address"),
            format!("write `assert not_null({column})` where that is so, or expose a model with another key"),
        ),
    };
    let problem = Diagnostic::error(Code::ApiWithoutKey, at, format!("API `{}` cannot page through `{name}`: it {what}", api.name));
    declared.into_iter().fold(problem.label("exposed here"), |p, d| p.mark(d, "declared here")).help(help)
}

fn created(program: &Program, api: &Api, one: &Creates) -> Vec<Diagnostic> {
    let Some(table) = program.table(one.table) else { return Vec::new() };
    let problem = |message: String| Diagnostic::error(Code::ApiCreate, one.at, message).label("created here");
    let Some(own) = table.own() else {
        let message = format!("API `{}` cannot add rows to `{}`, which others fill", api.name, table.name);
        let help = "declare a table of the platform's own (`table … in …` outside a source) for what comes in, and build models from it";
        return vec![problem(message).mark(table.at, "filled by its build or its loader").help(help)];
    };
    let mut found = Vec::new();
    if !program.grants.iter().any(|g| g.verb == Verb::Write && g.role == api.role && g.tables.contains(&one.table)) {
        let message = format!("API `{}` adds rows to `{}`, which its role `{}` may not write", api.name, table.name, api.role);
        found.push(problem(message).help(format!("write `grant write on {} to {}`", table.name, api.role)));
    }
    let Some(only) = &one.only else { return found };
    for (field, at) in only.iter().filter(|(f, _)| table.columns.iter().all(|c| c.name != *f)) {
        let unknown = Diagnostic::error(Code::UnknownColumn, *at, format!("`{}` has no column `{field}`", table.name));
        found.push(unknown.suggest(field.as_str(), table.columns.iter().map(|c| c.name.as_str())));
    }
    for (at, column) in (0u32..).zip(&table.columns).filter(|(_, c)| !c.nullable && only.iter().all(|(f, _)| *f != c.name)) {
        if own.defaults.iter().all(|(of, _): &(u32, Fill)| *of != at) {
            let message = format!("every row of `{}` needs a `{}`, which API `{}` does not take", table.name, column.name, api.name);
            found.push(
                problem(message).mark(column.at, "never NULL, and without a default").help("name it behind `only`, or give it a default"),
            );
        }
    }
    found
}

/// Whoever does not say who asks has no rows of their own, and leaves nothing.
fn anonymous(api: &Api) -> Option<Diagnostic> {
    let (_, at) = api.anonymous.as_ref()?;
    let what = match (&api.login, api.creates.first()) {
        (Some(_), _) => "shows each login its own rows",
        (None, Some(_)) => "adds rows",
        (None, None) => return None,
    };
    let message = format!("API `{}` is open to everybody and {what}", api.name);
    Some(Diagnostic::error(Code::ApiAnonymous, *at, message).help("leave `anonymous` out, or make two APIs of it"))
}
