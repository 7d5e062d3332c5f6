use super::Files;
use super::page::{Link, More, Page, Pages, cut, more, nth};
use super::site::Site;
use crate::access::{Entry, Path, conditions, exporter_role, reason};
use crate::base::Ident;
use crate::ir::{Role, TableId};
use serde::Serialize;
use std::collections::BTreeMap;

/// What a role may do with a table on one path, and why.
#[derive(Serialize)]
pub(super) struct Line {
    role: Link,
    verb: &'static str,
    table: Link,
    path: Link,
    /// `all 12 columns`
    columns: String,
    masked_columns: Vec<String>,
    rows: Vec<Because>,
    masked: Option<Link>,
    masking: String,
    because: Vec<Because>,
}

#[derive(Serialize)]
struct Because {
    says: String,
    place: String,
}

pub(super) fn line(site: &Site<'_>, entry: &Entry) -> Line {
    let table = site.program.table(entry.table);
    let all = table.map_or(0, |t| t.columns.len());
    let name = |c: u32| table.and_then(|t| t.columns.get(c as usize)).map_or("", |c| c.name.as_str());
    let masked = entry.columns.iter().filter_map(|c| Some(format!("{} by {}", name(c.column), c.mask.as_ref()?)));
    Line {
        role: site.role_link(&entry.role),
        verb: entry.verb.name(),
        table: site.table_link(entry.table),
        path: path(site, entry.path),
        columns: if entry.columns.len() == all {
            format!("all {all} columns")
        } else {
            format!("{} of {all} columns", entry.columns.len())
        },
        masked_columns: masked.collect(),
        rows: conditions(site.program, site.sources, entry).into_iter().map(|(says, place)| Because { says, place }).collect(),
        masked: entry.masked.as_ref().map(|(base, _)| site.table_link(*base)),
        masking: entry.masked.as_ref().map(|(_, m)| m.to_string()).unwrap_or_default(),
        because: entry
            .because
            .iter()
            .map(|at| Because { says: reason(site.program, site.sources, entry, *at), place: site.place(*at) })
            .collect(),
    }
}

fn path(site: &Site<'_>, path: Path) -> Link {
    match path {
        Path::Warehouse => Link { text: "warehouse".to_owned(), href: String::new() },
        Path::Google => Link { text: "Google Cloud".to_owned(), href: String::new() },
        Path::DataSource(index) => {
            let name = site.program.shown.get(index as usize).map_or("", |s| s.name.as_str());
            Link { text: format!("Tableau, {name}"), href: String::new() }
        }
        Path::Api(index) => {
            let api = site.program.apis.get(index as usize);
            let open = if api.is_some_and(|a| a.anonymous.is_some()) { ", open to everybody" } else { "" };
            Link { text: format!("API {}{open}", api.map_or("", |a| a.name.as_str())), href: String::new() }
        }
        Path::Export(index) => {
            let name = site.program.exports.get(index as usize).map_or("", |e| e.name.as_str());
            Link { text: format!("files of {name}"), href: format!("buckets.html#export-{index}") }
        }
    }
}

#[derive(Serialize)]
struct Matrix {
    roles: Vec<RoleLine>,
    heads: Vec<Link>,
    objects: Vec<Object>,
    more: Option<More>,
}

#[derive(Serialize)]
struct RoleLine {
    link: Link,
    doc: String,
    clearance: Link,
    objects: usize,
}

#[derive(Serialize)]
struct Object {
    link: Link,
    cells: Vec<Cell>,
}

#[derive(Serialize)]
struct Cell {
    /// `read, extract`; empty: nothing
    verbs: String,
    masked: bool,
    some_rows: bool,
}

#[derive(Serialize)]
struct RolePage {
    doc: String,
    clearance: Link,
    known_as: Vec<Known>,
    evidence: String,
    lines: Vec<Line>,
    more: Option<More>,
}

#[derive(Serialize)]
struct Known {
    system: &'static str,
    name: String,
}

/// The matrix by object, and a page per role.
pub(super) fn pages(site: &Site<'_>, pages: &Pages) -> Result<Files, String> {
    let roles = site.roles();
    let mut by_object: BTreeMap<TableId, BTreeMap<&Ident, Vec<&Entry>>> = BTreeMap::new();
    for entry in &site.matrix.entries {
        by_object.entry(entry.table).or_default().entry(&entry.role).or_default().push(entry);
    }
    let mut objects: Vec<(Link, Vec<Cell>)> = Vec::new();
    for (id, by_role) in &by_object {
        let cells = roles.iter().map(|r| cell(by_role.get(*r).map_or(&[][..], Vec::as_slice))).collect();
        objects.push((site.table_link(*id), cells));
    }
    objects.sort_by(|a, b| a.0.cmp(&b.0));
    let objects: Vec<Object> = objects.into_iter().map(|(link, cells)| Object { link, cells }).collect();
    let all = objects.len();
    let mut files = Files::new();
    let mut rest = objects.into_iter();
    for number in 0..all.div_ceil(super::page::PER_PAGE).max(1) {
        let data = Matrix {
            roles: if number == 0 { roles.iter().map(|r| role_line(site, r)).collect() } else { Vec::new() },
            heads: roles.iter().map(|r| site.role_link(r)).collect(),
            objects: rest.by_ref().take(super::page::PER_PAGE).collect(),
            more: more("access.html", number, all),
        };
        files.push(pages.fill(site, Page { path: nth("access.html", number), title: "Access".to_owned(), template: "access" }, &data)?);
    }
    for role in roles {
        files.extend(role_pages(site, pages, role)?);
    }
    Ok(files)
}

fn cell(entries: &[&Entry]) -> Cell {
    let mut verbs: Vec<&str> = entries.iter().map(|e| e.verb.name()).collect();
    verbs.dedup();
    Cell {
        verbs: verbs.join(", "),
        masked: entries.iter().any(|e| e.masked.is_some()),
        some_rows: entries.iter().any(|e| !e.rows.is_empty()),
    }
}

fn declared<'p>(site: &Site<'p>, role: &Ident) -> Option<&'p Role> {
    site.program.roles.iter().find(|r| r.name == *role)
}

fn clearance(site: &Site<'_>, role: &Ident) -> Link {
    match declared(site, role).map(|r| r.clearance.as_ref()) {
        Some(Some(name)) => super::glossary::clearance_link(site, name),
        Some(None) => Link { text: "none: public columns only".to_owned(), href: String::new() },
        None => Link { text: "made by pipec".to_owned(), href: String::new() },
    }
}

fn role_line(site: &Site<'_>, role: &Ident) -> RoleLine {
    let tables: std::collections::BTreeSet<TableId> = site.matrix.of(role).map(|e| e.table).collect();
    RoleLine { link: site.role_link(role), doc: doc(site, role), clearance: clearance(site, role), objects: tables.len() }
}

fn doc(site: &Site<'_>, role: &Ident) -> String {
    let machine = if *role == exporter_role(site.program) {
        "What exports run as: it reads the tables that they list, and nothing else."
    } else {
        "What Tableau logs in as: it reads the views of data sources."
    };
    super::words::prose(declared(site, role).map_or(machine, |r| &r.doc))
}

fn role_pages(site: &Site<'_>, pages: &Pages, role: &Ident) -> Result<Files, String> {
    let link = site.role_link(role);
    let mut entries: Vec<&Entry> = site.matrix.of(role).collect();
    entries.sort_by_cached_key(|e| (site.table_link(e.table).text, e.verb, e.path));
    let known = |r: &Role| {
        let names = [("Postgres", &r.postgres), ("AWS", &r.aws_group), ("Google", &r.google_group), ("Tableau", &r.tableau_group)];
        names.into_iter().filter_map(|(system, name)| Some(Known { system, name: name.as_ref()?.to_string() })).collect()
    };
    let mut files = Files::new();
    for (number, part) in cut(&entries).into_iter().enumerate() {
        let data = RolePage {
            doc: doc(site, role),
            clearance: clearance(site, role),
            known_as: declared(site, role).map(known).unwrap_or_default(),
            evidence: site.evidence("role", role),
            lines: part.iter().map(|e| line(site, e)).collect(),
            more: more(&link.href, number, entries.len()),
        };
        let page = Page { path: nth(&link.href, number), title: format!("Role {}", link.text), template: "role" };
        files.push(pages.fill(site, page, &data)?);
    }
    Ok(files)
}
