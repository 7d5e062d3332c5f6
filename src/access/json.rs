use super::exporter::exporter_role;
use super::matrix::{Entry, Matrix, Path};
use super::reasons::{condition, reason};
use super::shown::connection_role;
use super::table::{Show, place};
use crate::base::{Ident, Span};
use crate::ir::{Program, TableKind};
use serde::Serialize;

/// The format of `pipec access --format json`; a field is never taken away or given another meaning without another number.
const VERSION: u32 = 1;

#[derive(Serialize)]
struct Document<'a> {
    format: &'static str,
    version: u32,
    roles: Vec<Role<'a>>,
    entries: Vec<Line<'a>>,
    everybody: Vec<Line<'a>>,
    service_accounts: Vec<Account<'a>>,
    entitlements: Vec<Entitled<'a>>,
    policy_releases: Vec<Released<'a>>,
    entitlement_releases: Vec<ReleasedTo<'a>>,
}

#[derive(Serialize)]
struct Role<'a> {
    name: &'a str,
    clearance: Option<&'a str>,
    postgres: Option<&'a str>,
    aws_group: Option<&'a str>,
    google_group: Option<&'a str>,
    tableau_group: Option<&'a str>,
    /// What it is there for, where nobody declares it: `tableau_connection`, `exporter`.
    serves: Option<&'static str>,
}

/// A service account at Google, and what it reads there.
#[derive(Serialize)]
struct Account<'a> {
    name: &'a str,
    clearance: Option<&'a str>,
    entries: Vec<Line<'a>>,
}

#[derive(Serialize)]
struct Line<'a> {
    role: &'a str,
    verb: &'static str,
    schema: Option<&'a str>,
    table: &'a str,
    path: Where<'a>,
    columns: Vec<Column<'a>>,
    rows: Vec<Rule<'a>>,
    masked: Option<Masked<'a>>,
    because: Vec<Reason>,
}

#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Where<'a> {
    Warehouse,
    /// Datasets and buckets, by Google's own roles.
    Google,
    /// Files: their keys are those that begin with `prefix`.
    Export {
        export: &'a str,
        bucket: &'a str,
        cloud: Option<&'a str>,
        bucket_name: &'a str,
        prefix: &'a str,
    },
    DataSource {
        data_source: &'a str,
    },
    /// Over HTTP; `anonymous`: to whoever asks.
    Api {
        api: &'a str,
        anonymous: bool,
    },
}

#[derive(Serialize)]
struct Column<'a> {
    name: &'a str,
    mask: Option<&'a str>,
}

#[derive(Serialize)]
struct Masked<'a> {
    of: &'a str,
    by: &'a str,
}

/// A condition: as it is written, for which table, and what its columns are called in this one.
#[derive(Serialize)]
struct Rule<'a> {
    policy: &'a str,
    declared_on: &'a str,
    r#where: String,
    columns: std::collections::BTreeMap<&'a str, &'a str>,
    entitlement: Option<&'a str>,
    at: String,
}

#[derive(Serialize)]
struct Entitled<'a> {
    name: &'a str,
    table: &'a str,
    by: &'a str,
}

#[derive(Serialize)]
struct Released<'a> {
    policy: &'a str,
    table: &'a str,
    because: &'a str,
    at: String,
}

#[derive(Serialize)]
struct ReleasedTo<'a> {
    entitlement: &'a str,
    role: &'a str,
    because: &'a str,
    at: String,
}

#[derive(Serialize)]
struct Reason {
    says: String,
    at: String,
}

/// The matrix for programs; the pages of the reference describe it.
pub fn json(matrix: &Matrix, show: &Show<'_>) -> String {
    let Show { program, sources, .. } = *show;
    let at = |span: Span| place(sources, span);
    let table = |id| program.table(id).map_or("", |t| t.name.as_str());
    let machines = [(connection_role(program), "tableau_connection"), (exporter_role(program), "exporter")];
    let document = Document {
        format: "pipec-access",
        version: VERSION,
        roles: program.roles.iter().filter(|r| show.shows_role(&r.name)).map(role).chain(made(matrix, show, &machines)).collect(),
        entries: matrix.entries.iter().filter(|e| show.shows(e)).map(|e| line(e, show)).collect(),
        everybody: matrix.open.iter().filter(|e| show.shows(e)).map(|e| line(e, show)).collect(),
        service_accounts: program.platform.accounts.iter().filter(|a| show.shows_role(&a.name)).map(|a| account(a, matrix, show)).collect(),
        entitlements: program
            .entitlements
            .iter()
            .map(|e| Entitled { name: e.name.as_str(), table: table(e.table), by: e.by.as_str() })
            .collect(),
        policy_releases: program
            .policy_releases
            .iter()
            .map(|r| Released { policy: r.policy.as_str(), table: table(r.table), because: &r.because, at: at(r.at) })
            .collect(),
        entitlement_releases: program
            .entitlement_releases
            .iter()
            .map(|r| ReleasedTo {
                entitlement: program.entitlements.get(r.entitlement as usize).map_or("", |e| e.name.as_str()),
                role: r.role.as_str(),
                because: &r.because,
                at: at(r.at),
            })
            .collect(),
    };
    // Writing texts and numbers into a string cannot fail.
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    text
}

fn account<'a>(a: &'a crate::ir::google::ServiceAccount, matrix: &'a Matrix, show: &Show<'a>) -> Account<'a> {
    let entries = matrix.accounts.iter().filter(|e| e.role == a.name && show.shows(e));
    Account { name: a.name.as_str(), clearance: a.clearance.as_ref().map(Ident::as_str), entries: entries.map(|e| line(e, show)).collect() }
}

/// The roles that builds make for Tableau and for exports, where they read something.
fn made<'a>(matrix: &Matrix, show: &Show<'_>, machines: &'a [(Ident, &'static str)]) -> Vec<Role<'a>> {
    let reads = |name: &Ident| show.shows_role(name) && matrix.of(name).any(|e| show.shows(e));
    let one = |(name, serves): &'a (Ident, &'static str)| Role {
        name: name.as_str(),
        clearance: None,
        postgres: Some(name.as_str()),
        aws_group: None,
        google_group: None,
        tableau_group: None,
        serves: Some(serves),
    };
    machines.iter().filter(|(name, _)| reads(name)).map(one).collect()
}

fn role(r: &crate::ir::Role) -> Role<'_> {
    Role {
        name: r.name.as_str(),
        clearance: r.clearance.as_ref().map(Ident::as_str),
        postgres: r.postgres.as_deref(),
        aws_group: r.aws_group.as_deref(),
        google_group: r.google_group.as_deref(),
        tableau_group: r.tableau_group.as_deref(),
        serves: None,
    }
}

fn line<'a>(entry: &'a Entry, show: &Show<'a>) -> Line<'a> {
    let Show { program, sources, .. } = *show;
    let table = program.table(entry.table);
    let name_of = |position: u32| table.and_then(|t| t.columns.get(position as usize)).map_or("", |c| c.name.as_str());
    let columns = entry.columns.iter().map(|c| Column { name: name_of(c.column), mask: c.mask.as_deref() });
    let rows = entry.rows.iter().filter_map(|rule| {
        let policy = program.policies.get(rule.policy as usize)?;
        let declared = program.table(policy.table)?;
        let written = policy.columns.iter().filter_map(|c| declared.columns.get(*c as usize)).map(|c| c.name.as_str());
        let asks = policy.asks.as_ref().and_then(|a| program.entitlements.get(a.entitlement as usize));
        Some(Rule {
            policy: policy.name.as_str(),
            declared_on: declared.name.as_str(),
            r#where: condition(program, sources, policy).unwrap_or_else(|written| written),
            columns: written.zip(rule.columns.iter().map(|c| name_of(*c))).collect(),
            entitlement: asks.map(|e| e.name.as_str()),
            at: place(sources, policy.at),
        })
    });
    Line {
        role: entry.role.as_str(),
        verb: entry.verb.name(),
        schema: table.and_then(|t| schema(program, t)),
        table: table.map_or("", |t| t.name.as_str()),
        path: match entry.path {
            Path::Warehouse => Where::Warehouse,
            Path::Google => Where::Google,
            Path::DataSource(index) => Where::DataSource { data_source: program.shown.get(index as usize).map_or("", |s| s.name.as_str()) },
            Path::Api(index) => {
                let api = program.apis.get(index as usize);
                Where::Api { api: api.map_or("", |a| a.name.as_str()), anonymous: api.is_some_and(|a| a.anonymous.is_some()) }
            }
            Path::Export(index) => {
                let export = program.exports.get(index as usize);
                let bucket = export.and_then(|e| program.buckets.get(e.bucket as usize));
                Where::Export {
                    export: export.map_or("", |e| e.name.as_str()),
                    bucket: bucket.map_or("", |b| b.name.as_str()),
                    cloud: bucket.and_then(|b| b.cloud(program)).map(|c| &*c.provider),
                    bucket_name: bucket.map_or("", |b| &*b.bucket_name),
                    prefix: export.map_or("", crate::ir::Export::prefix),
                }
            }
        },
        columns: columns.collect(),
        rows: rows.collect(),
        masked: entry.masked.as_ref().map(|(of, by)| Masked { of: program.table(*of).map_or("", |t| t.name.as_str()), by: by.as_str() }),
        because: entry.because.iter().map(|s| Reason { says: reason(program, sources, entry, *s), at: place(sources, *s) }).collect(),
    }
}

/// The schema a table lies in.
fn schema<'p>(program: &'p Program, table: &'p crate::ir::Table) -> Option<&'p str> {
    match &table.kind {
        TableKind::Source(source) => Some(source.schema.as_str()),
        TableKind::Seed(seed) => Some(seed.schema.as_str()),
        TableKind::Model(model) => program.layer(model.layer).map(|l| l.schema.as_str()),
    }
}
