use crate::access::told;
use crate::base::{Ident, Span};
use crate::ir::google::{About, ServiceAccount};
use crate::ir::{Api, Clearance, Export, Load, Program, Role, TableId};
use std::collections::{BTreeMap, BTreeSet};

/// A place or a principal that receives something, over all ways.
pub(super) struct Sink<'p> {
    /// `bucket`, `role`, `service_account`, `api`: files and JSON call it so.
    pub(super) kind: &'static str,
    /// The same for people.
    pub(super) called: &'static str,
    /// Its name.
    pub(super) name: &'p Ident,
    /// What its author says of it.
    pub(super) doc: &'p str,
    /// What it may receive.
    pub(super) clearance: Option<&'p Clearance>,
    /// What gets there, and how.
    pub(super) receives: Receives,
    /// The keys of files among it.
    pub(super) paths: Vec<&'p str>,
}

/// By table the columns, by position, and the ways they take.
type Receives = BTreeMap<TableId, (BTreeSet<u32>, BTreeSet<String>)>;

/// Buckets, then who reads: roles, service accounts, and APIs, which are a reader of their own where they ask for no login or admit less than their role. What an API
/// shows to everybody, every reader may have.
pub(super) fn of(program: &Program) -> Vec<Sink<'_>> {
    let mut all: Vec<Sink<'_>> = (0u32..).zip(&program.buckets).filter_map(|(index, _)| bucket(program, index)).collect();
    let readers = program.file_readers();
    let mut who: Vec<Sink<'_>> = Vec::new();
    who.extend(program.roles.iter().map(|one| {
        let read = program.exports.iter().zip(&readers).filter(|(_, r)| r.iter().any(|r| r.role == one.name)).map(|(e, _)| e);
        role(program, one, read)
    }));
    who.extend(program.platform.accounts.iter().map(|one| account(program, one)));
    let apis = program.apis.iter().filter(|a| a.anonymous.is_some() || a.clearance.is_some());
    who.extend(apis.map(|one| api(program, one)));
    let everybody = everybody(program);
    for sink in who.iter_mut().filter(|s| !s.receives.is_empty()) {
        for (of, id, columns) in everybody.iter().filter(|(of, ..)| sink.kind != "api" || *of != sink.name) {
            add(&mut sink.receives, *id, columns.iter().copied(), &format!("API `{of}`, for everybody"));
        }
    }
    all.extend(who);
    all
}

fn add(receives: &mut Receives, id: TableId, columns: impl Iterator<Item = u32>, by: &str) {
    let (have, ways) = receives.entry(id).or_default();
    have.extend(columns);
    ways.insert(by.to_owned());
}

fn whole(program: &Program, id: TableId) -> impl Iterator<Item = u32> + use<> {
    (0u32..).take(program.table(id).map_or(0, |t| t.columns.len()))
}

fn export(one: &Export, receives: &mut Receives) {
    for table in &one.tables {
        add(receives, table.table, table.columns.iter().copied(), &format!("export `{}`", one.name));
    }
}

/// What is read from a bucket lies there, and in its archive.
fn load(one: &Load, receives: &mut Receives) {
    add(receives, one.table, one.told().into_iter(), &format!("load `{}`", one.name));
}

fn bucket(program: &Program, index: u32) -> Option<Sink<'_>> {
    let bucket = program.buckets.get(index as usize)?;
    let (mut receives, mut paths) = (Receives::new(), Vec::new());
    for one in program.exports.iter().filter(|e| e.bucket == index) {
        export(one, &mut receives);
        paths.push(&*one.path);
    }
    program.loads.iter().filter(|l| l.bucket == Some(index)).for_each(|one| load(one, &mut receives));
    for one in program.platform.externals.iter().filter(|e| e.bucket == index) {
        add(&mut receives, one.table, whole(program, one.table), "files of a table outside");
    }
    let clearance = program.clearance(bucket.clearance.as_str());
    Some(Sink { kind: "bucket", called: "bucket", name: &bucket.name, doc: &bucket.doc, clearance, receives, paths })
}

fn role<'p>(program: &'p Program, role: &'p Role, exports: impl Iterator<Item = &'p Export>) -> Sink<'p> {
    let (mut receives, mut paths) = (Receives::new(), Vec::new());
    for grant in program.grants.iter().filter(|g| g.role == role.name) {
        grant.tables.iter().for_each(|id| add(&mut receives, *id, whole(program, *id), "grant"));
    }
    for one in exports {
        export(one, &mut receives);
        paths.push(&*one.path);
    }
    let reads = |l: &&Load| l.bucket.and_then(|b| program.buckets.get(b as usize)).is_some_and(|b| b.readers.contains(&role.name));
    program.loads.iter().filter(reads).for_each(|one| load(one, &mut receives));
    let clearance = role.clearance.as_ref().and_then(|c| program.clearance(c.as_str()));
    Sink { kind: "role", called: "role", name: &role.name, doc: &role.doc, clearance, receives, paths }
}

/// What a service account reads at Google, through its roles and through the accounts it may be.
fn account<'p>(program: &'p Program, account: &'p ServiceAccount) -> Sink<'p> {
    let mut receives = Receives::new();
    let way = |at: Span| match account.rights.iter().find(|r| r.at == at) {
        Some(right) if right.role.about == About::Accounts => format!("{}, being another account", right.role.name),
        Some(right) => right.role.name.to_owned(),
        None => "roles at Google".to_owned(),
    };
    for (id, columns, at) in program.read_by_account(account) {
        add(&mut receives, id, columns.into_iter(), &way(at));
    }
    let paths = program.exports_read_by_account(account).into_iter().map(|e| &*e.path).collect();
    let clearance = account.clearance.as_ref().and_then(|c| program.clearance(c.as_str()));
    Sink { kind: "service_account", called: "service account", name: &account.name, doc: &account.doc, clearance, receives, paths }
}

/// What an API tells: whoever asks, where it asks for no login.
fn api<'p>(program: &'p Program, api: &'p Api) -> Sink<'p> {
    let mut receives = Receives::new();
    for (id, columns, at) in told(program, api) {
        let path = api.exposed.iter().find(|e| e.at == at).map_or("", |e| &*e.path);
        add(&mut receives, id, columns.into_iter(), &format!("path `{path}`"));
    }
    let role = || program.roles.iter().find(|r| r.name == api.role).and_then(|r| r.clearance.as_ref());
    let clearance = api.clearance.as_ref().or_else(role).and_then(|c| program.clearance(c.as_str()));
    let called = if api.anonymous.is_some() { "whoever asks API" } else { "API" };
    Sink { kind: "api", called, name: &api.name, doc: &api.doc, clearance, receives, paths: Vec::new() }
}

/// What APIs tell without a login, by API.
fn everybody(program: &Program) -> Vec<(&Ident, TableId, Vec<u32>)> {
    let open = program.apis.iter().filter(|a| a.anonymous.is_some());
    open.flat_map(|a| told(program, a).into_iter().map(move |(id, columns, _)| (&a.name, id, columns))).collect()
}
