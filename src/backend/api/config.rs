//! `api.json`: what the service reads.

use super::super::text::{physical_name, schema_of};
use super::{Create, Described, List, role, schema};
use crate::ir::{Column, Dialect, Program, Setting, Table};
use crate::sql;
use serde::Serialize;
use std::sync::Arc;

/// The format of `api.json`; a field is never taken away or given another meaning without another number.
const VERSION: u32 = 1;
/// The longest statement, the largest body and the most connections of one service.
const TIMEOUT_MS: u32 = 5_000;
const BODY_BYTES: u32 = 65_536;
const POOL: u32 = 4;

#[derive(Serialize)]
struct Config<'a> {
    format: &'static str,
    version: u32,
    api: &'a str,
    /// The role in Postgres that requests run as.
    role: &'a str,
    /// The claim with the login that they run as instead.
    login: Option<&'a str>,
    anonymous: bool,
    token: Token<'a>,
    page: u32,
    most: u32,
    statement_timeout_ms: u32,
    body_bytes: u32,
    pool: u32,
    lists: Vec<Lists<'a>>,
    creates: Vec<Makes<'a>>,
}

#[derive(Serialize)]
struct Token<'a> {
    algorithm: &'a str,
    audience: &'a str,
    issuer: Option<&'a str>,
    /// The variable of the environment that holds the key.
    key: &'a str,
}

#[derive(Serialize)]
struct Lists<'a> {
    path: &'a str,
    relation: [&'a str; 2],
    columns: Vec<Typed<'a>>,
    key: Vec<&'a str>,
    /// Whether parts of the key may be NULL: then rows are listed, and not looked up.
    nulls: bool,
    filters: Vec<&'a str>,
}

#[derive(Serialize)]
struct Makes<'a> {
    path: &'a str,
    relation: [&'a str; 2],
    columns: Vec<Typed<'a>>,
    /// The key that is told back.
    returns: Vec<&'a str>,
    /// Whether it can be looked up below the same path.
    found: bool,
    /// Its schema among those of `openapi.json`.
    schema: &'a str,
}

#[derive(Serialize)]
struct Typed<'a> {
    name: &'a str,
    r#type: String,
    form: &'static str,
}

/// `api.json`
pub(super) fn json(described: &Described<'_>) -> String {
    let (program, api) = (described.program, described.api);
    let variable = |setting: &'_ Setting| match setting {
        Setting::Text(name) | Setting::Env(name) | Setting::Secret(name) | Setting::Variable(name) => Arc::clone(name),
    };
    let key = variable(&api.token.key);
    let config = Config {
        format: "pipec-api",
        version: VERSION,
        api: api.name.as_str(),
        role: role(program, api),
        login: api.login.as_deref(),
        anonymous: api.anonymous.is_some(),
        token: Token { algorithm: &api.token.algorithm, audience: &api.token.audience, issuer: api.token.issuer.as_deref(), key: &key },
        page: api.page,
        most: api.most,
        statement_timeout_ms: TIMEOUT_MS,
        body_bytes: BODY_BYTES,
        pool: POOL,
        lists: described.lists.iter().map(|l| lists(program, l)).collect(),
        creates: described.creates.iter().map(|c| makes(program, c)).collect(),
    };
    serde_json::to_string_pretty(&config).map(|text| text + "\n").unwrap_or_default()
}

fn lists<'a>(program: &'a Program, list: &'a List<'_>) -> Lists<'a> {
    let named = |places: &'a [u32]| list.columns(places).map(|(_, c)| c.name.as_str()).collect();
    Lists {
        path: &list.shows.exposed.path,
        relation: relation(program, list.view),
        columns: list.columns(&list.shows.columns).map(|(_, c)| typed(c)).collect(),
        key: named(list.key()),
        nulls: list.shows.fact,
        filters: named(&list.shows.filters),
    }
}

fn makes<'a>(program: &'a Program, create: &'a Create<'_>) -> Makes<'a> {
    let column = |at: &u32| create.table.columns.get(*at as usize);
    Makes {
        path: &create.creates.path,
        relation: relation(program, create.table),
        columns: create.columns.iter().filter_map(column).map(typed).collect(),
        returns: create.returns.iter().filter_map(column).map(|c| c.name.as_str()).collect(),
        found: create.found,
        schema: &create.stem,
    }
}

fn relation<'a>(program: &'a Program, table: &'a Table) -> [&'a str; 2] {
    [schema_of(program, table).as_str(), physical_name(table)]
}

fn typed(column: &Column) -> Typed<'_> {
    Typed {
        name: column.name.as_str(),
        r#type: sql::type_name(&schema::bare(&column.ty), Dialect::Postgres),
        form: schema::form(&column.ty),
    }
}
