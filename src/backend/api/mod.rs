//! APIs: what each lists and creates as data, an OpenAPI document, a small service that is the same for all of them, and the role it logs in as.
//!
//! The views that requests read are models of the program: whoever builds the tables makes them. The service knows no rule of access: it takes
//! the API's role for one transaction, and Postgres does the rest.

mod config;
mod openapi;
mod schema;

use super::{Backend, FileTree, text};
use crate::access::{Shows, service_role, shows};
use crate::base::Ident;
use crate::check::Checked;
use crate::diag::Diagnostics;
use crate::ir::{Api, Column, Creates, Dialect, Fill, Program, Table, TableId, Verb};
use crate::sql;

/// The back end.
pub(super) struct Served;

/// Serves what the other files say; the same for every API.
const SERVICE: &str = include_str!("service.py");
/// What it runs with.
const REQUIREMENTS: &str = include_str!("requirements.txt");

impl Backend for Served {
    fn id(&self) -> &'static str {
        "api"
    }

    fn emit(&self, program: &Checked, out: &mut FileTree, diagnostics: &mut Diagnostics) {
        let program = program.program();
        let mut stems = text::Stems::default();
        for api in &program.apis {
            let described = Described::new(program, api);
            let folder = format!("api/{}", stems.claim(api.name.as_str()));
            let files = [
                ("api.json", config::json(&described)),
                ("openapi.json", openapi::json(&described)),
                ("authenticator.sql", authenticator(program, api)),
                ("service.py", SERVICE.to_owned()),
                ("requirements.txt", REQUIREMENTS.to_owned()),
            ];
            for (name, content) in files {
                text::put(out, diagnostics, &format!("{folder}/{name}"), api.at, content);
            }
        }
    }
}

/// An API with all that its files say of it looked up once.
struct Described<'p> {
    program: &'p Program,
    api: &'p Api,
    lists: Vec<List<'p>>,
    creates: Vec<Create<'p>>,
}

/// A path that lists.
struct List<'p> {
    shows: Shows<'p>,
    /// The table that is shown.
    table: &'p Table,
    /// The view that is read.
    view: &'p Table,
    /// Its name where only letters, digits and `_` may stand.
    stem: String,
}

impl List<'_> {
    fn column(&self, at: u32) -> Option<&Column> {
        self.table.columns.get(at as usize)
    }

    fn columns<'c>(&'c self, places: &'c [u32]) -> impl Iterator<Item = (u32, &'c Column)> {
        places.iter().filter_map(|at| Some((*at, self.column(*at)?)))
    }

    fn key(&self) -> &[u32] {
        self.shows.key.as_deref().unwrap_or(&[])
    }
}

/// A path that creates.
struct Create<'p> {
    creates: &'p Creates,
    table: &'p Table,
    /// The columns a row may say, by position.
    columns: Vec<u32>,
    /// The key that is told back: its columns, where the role may read them.
    returns: Vec<u32>,
    /// Whether what is made can be looked up below the same path.
    found: bool,
    stem: String,
}

impl<'p> Described<'p> {
    fn new(program: &'p Program, api: &'p Api) -> Described<'p> {
        let mut stems = text::Stems::default();
        // Schemas that every document has.
        for taken in ["problem", "health"] {
            stems.claim(taken);
        }
        let mut lists = Vec::new();
        for shows in shows(program, api) {
            let found = shows.table.and_then(|id| program.table(id)).zip(shows.exposed.view.and_then(|id| program.table(id)));
            let Some((table, view)) = found else { continue };
            lists.push(List { stem: stems.claim(&shows.exposed.path), shows, table, view });
        }
        let creates = api.creates.iter().filter_map(|c| Some(create(program, api, c, program.table(c.table)?, &mut stems, &lists)));
        let creates = creates.collect();
        Described { program, api, lists, creates }
    }
}

fn create<'p>(
    program: &'p Program,
    api: &Api,
    creates: &'p Creates,
    table: &'p Table,
    stems: &mut text::Stems,
    lists: &[List<'p>],
) -> Create<'p> {
    let fill = |at: u32| table.own().and_then(|own| own.defaults.iter().find(|(of, _)| *of == at)).map(|(_, fill)| fill);
    let numbered = |at: u32| matches!(fill(at), Some(Fill::Identity | Fill::Uuid));
    let taken = |at: u32, column: &Column| match &creates.only {
        Some(only) => only.iter().any(|(name, _)| *name == column.name),
        None => !numbered(at),
    };
    let columns = (0u32..).zip(&table.columns).filter(|(at, c)| taken(*at, c)).map(|(at, _)| at).collect();
    let read = |id: TableId| program.grants.iter().any(|g| g.verb == Verb::Read && g.role == api.role && g.tables.contains(&id));
    let returns = if read(creates.table) { table.key.clone() } else { Vec::new() };
    let listed = lists.iter().find(|l| l.shows.exposed.path == creates.path && l.shows.table == Some(creates.table));
    let found = !returns.is_empty() && listed.is_some_and(|l| l.key() == returns);
    Create { creates, table, columns, returns, found, stem: stems.claim(&format!("new_{}", creates.path)) }
}

/// The role in Postgres that requests run as; checks ask for one.
fn role<'p>(program: &'p Program, api: &Api) -> &'p str {
    program.role(&api.role).and_then(|r| r.postgres.as_deref()).unwrap_or("")
}

/// The role that the service logs in as: it has nothing, and may become the API's role.
fn authenticator(program: &Program, api: &Api) -> String {
    let name = service_role(program, api);
    let says = format!(
        "The role that the service of the API {} logs in as. It has no rights of its own and may take those of the API's role, for one transaction at a time.\nRun once by an administrator, who gives it a way to log in: alter role … login password …",
        api.name
    );
    let mut out = text::comment("--", &text::header(&says, &text::whole_project(program)));
    if api.login.is_some() {
        let says = "Requests run as the login that their token names: grant each of them to this role, with inherit false, and the API's role to each.";
        out.push_str(&text::comment("--", &[says.to_owned()]));
    }
    let ident = |name: &str| sql::ident(&Ident::exact(name), Dialect::Postgres);
    let role = role(program, api);
    for (made, how) in [(role, "nologin"), (name.as_str(), "nologin noinherit")] {
        let there = text::literal_text(made);
        let body = format!(
            "begin\n    if not exists (select 1 from pg_catalog.pg_roles where rolname = {there}) then\n        create role {} {how};\n    end if;\nend",
            ident(made)
        );
        out.push_str(&format!("do {};\n", super::access::in_dollars(&body)));
    }
    let name = ident(name.as_str());
    out.push_str(&format!("alter role {name} noinherit nosuperuser nobypassrls nocreaterole nocreatedb noreplication;\n"));
    if api.login.is_none() {
        out.push_str(&format!("grant {} to {name};\n", ident(role)));
    }
    out
}
