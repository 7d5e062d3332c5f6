use super::graph::{Graph, NodeId};
use super::names::Unknown;
use crate::ir::{Clearance, Program, TableId};

/// Where values may end: a bucket, a role, an export, an API, a service account, a table or a column, with the columns that get there.
pub struct Destination<'p> {
    /// `` bucket `anon` ``
    pub what: String,
    /// What it may receive; `None` for tables, where nothing is judged, and for what has no clearance.
    pub clearance: Option<&'p Clearance>,
    /// Whether it is a sink at all.
    pub sink: bool,
    /// The columns that reach it.
    pub columns: Vec<NodeId>,
    /// The tables they are of, sorted.
    pub tables: Vec<TableId>,
}

const KINDS: [&str; 5] = ["bucket", "export", "role", "api", "service_account"];

/// Finds what a name on the command line means: `anon`, `bucket anon`, `role analyst`, `export daily`, `patient_anon`, `patient_anon.zip`.
///
/// # Errors
/// When nothing has the name, or several things have.
pub fn destination<'p>(graph: &Graph<'p>, written: &str) -> Result<Destination<'p>, Unknown> {
    let written = written.trim();
    let (kind, name) = match written.split_once(char::is_whitespace) {
        Some(("account", name)) => (Some("service_account"), name.trim()),
        Some((kind, name)) if KINDS.contains(&kind) => (Some(kind), name.trim()),
        _ => (None, written),
    };
    let name = name.trim_matches('`');
    let sinks: Vec<(&str, Destination<'p>)> =
        KINDS.iter().filter(|k| kind.is_none_or(|kind| kind == **k)).filter_map(|k| Some((*k, sink(graph, k, name)?))).collect();
    let table = if kind.is_none() { graph.named(name) } else { Err(nothing(graph.program(), written)) };
    match (sinks.len(), table) {
        (0, Ok(columns)) => {
            Ok(Destination { what: format!("`{name}`"), clearance: None, sink: false, tables: tables_of(graph, &columns), columns })
        }
        (0, Err(unknown)) if kind.is_none() && !unknown.word.eq(name) => Err(unknown),
        (0, Err(_)) => Err(nothing(graph.program(), written)),
        (1, Err(_)) => sinks.into_iter().next().map(|(_, found)| found).ok_or_else(|| nothing(graph.program(), written)),
        (_, table) => {
            let mut words: Vec<String> = sinks.iter().map(|(k, _)| format!("`{k} {name}`")).collect();
            if table.is_ok() {
                words.push("the table, by one of its columns".into());
            }
            Err(Unknown {
                message: format!("several things are called `{name}`: say {}", words.join(" or ")),
                word: String::new(),
                words: Vec::new(),
            })
        }
    }
}

fn nothing(program: &Program, written: &str) -> Unknown {
    let sinks = program
        .buckets
        .iter()
        .map(|b| &b.name)
        .chain(program.exports.iter().map(|e| &e.name))
        .chain(program.roles.iter().map(|r| &r.name))
        .chain(program.apis.iter().map(|a| &a.name))
        .chain(program.platform.accounts.iter().map(|a| &a.name));
    let words = sinks.chain(program.tables.iter().map(|t| &t.name)).map(|n| n.as_str().to_owned()).collect();
    Unknown {
        message: format!("no bucket, role, export, API, service account, table or column is called `{written}`"),
        word: written.to_owned(),
        words,
    }
}

fn sink<'p>(graph: &Graph<'p>, kind: &str, name: &str) -> Option<Destination<'p>> {
    let program = graph.program();
    let exported = |wanted: &dyn Fn(&crate::ir::Export) -> bool| -> Vec<NodeId> {
        let tables = program.exports.iter().filter(|e| wanted(e)).flat_map(|e| &e.tables);
        tables.flat_map(|t| t.columns.iter().filter_map(|c| graph.node(t.table, *c))).collect()
    };
    let bucket_of = |e: &crate::ir::Export| program.buckets.get(e.bucket as usize);
    let (clearance, mut columns) = match kind {
        "bucket" => {
            let bucket = program.buckets.iter().find(|b| b.name.as_str() == name)?;
            (Some(&bucket.clearance), exported(&|e| bucket_of(e).is_some_and(|b| b.name == bucket.name)))
        }
        "export" => {
            let export = program.exports.iter().find(|e| e.name.as_str() == name)?;
            (bucket_of(export).map(|b| &b.clearance), exported(&|e| e.name == export.name))
        }
        "api" => {
            let api = program.apis.iter().find(|a| a.name.as_str() == name)?;
            let role = program.roles.iter().find(|r| r.name == api.role)?;
            let views = api.exposed.iter().filter_map(|e| e.view);
            (api.clearance.as_ref().or(role.clearance.as_ref()), views.flat_map(|id| graph.columns_of(id)).collect())
        }
        "service_account" => {
            let account = program.platform.accounts.iter().find(|a| a.name.as_str() == name)?;
            let read = program.read_by_account(account).into_iter();
            let columns = read.flat_map(|(id, all, _)| all.into_iter().filter_map(move |c| graph.node(id, c)));
            (account.clearance.as_ref(), columns.collect())
        }
        _ => {
            let role = program.roles.iter().find(|r| r.name.as_str() == name)?;
            let granted = program.grants.iter().filter(|g| g.role == role.name).flat_map(|g| &g.tables);
            let mut columns: Vec<NodeId> = granted.flat_map(|id| graph.columns_of(*id)).collect();
            columns.extend(exported(&|e| bucket_of(e).is_some_and(|b| b.readers.contains(&role.name))));
            (role.clearance.as_ref(), columns)
        }
    };
    columns.sort_unstable();
    columns.dedup();
    let clearance = clearance.and_then(|c| program.clearance(c.as_str()));
    Some(Destination {
        what: format!("{} `{name}`", kind.replace('_', " ")),
        clearance,
        sink: true,
        tables: tables_of(graph, &columns),
        columns,
    })
}

fn tables_of(graph: &Graph<'_>, columns: &[NodeId]) -> Vec<TableId> {
    let mut tables: Vec<TableId> = columns.iter().filter_map(|n| graph.id_of(*n)).collect();
    tables.sort_unstable();
    tables.dedup();
    tables
}
