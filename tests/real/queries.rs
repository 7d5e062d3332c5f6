//! The queries of `queries/*.sql`: read by pipec, refused where they say so, and for the judge of types the rest as JSON: the query as
//! written, as pipec prints it for Postgres, and what pipec says of every output column.
//!
//! A query begins with `-- name`. Below it may stand `-- refused P0111: part of the message`, `-- original: …` (what Postgres runs instead
//! of SQL that is not its own), and `-- differs a: why` (a column whose type is not Postgres's, on purpose).

use pipec::base::{Sources, VPath};
use pipec::diag::Diagnostic;
use pipec::driver::{Options, compile};
use pipec::ir::{Dialect, Program, TableId, TableKind};
use pipec::sql::{self, Host};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// One query of the table.
pub(crate) struct Query {
    pub(crate) name: String,
    text: String,
    refused: Option<(String, String)>,
    original: Option<String>,
    differs: BTreeMap<String, String>,
}

/// Every query of the folder, in order.
pub(crate) fn all(folder: &Path) -> Vec<Query> {
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    paths.retain(|p| p.extension().is_some_and(|e| e == "sql") && p.file_stem().is_some_and(|s| s != "schema"));
    paths.sort();
    paths.iter().flat_map(|p| read(p)).collect()
}

fn read(path: &Path) -> Vec<Query> {
    let stem = path.file_stem().unwrap().to_str().unwrap().to_owned();
    let text = fs::read_to_string(path).unwrap();
    text.split("\n\n").map(|part| query(&stem, part.trim())).collect()
}

fn query(stem: &str, part: &str) -> Query {
    let mut lines = part.lines();
    let name = lines.next().and_then(|l| l.strip_prefix("-- ")).unwrap_or_else(|| panic!("{stem}: a query has no name:\n{part}"));
    let mut query =
        Query { name: format!("{stem}_{}", name.trim()), text: String::new(), refused: None, original: None, differs: BTreeMap::new() };
    for line in lines {
        if let Some(rest) = line.strip_prefix("-- refused ") {
            let (code, says) = rest.split_once(": ").unwrap();
            query.refused = Some((code.to_owned(), says.to_owned()));
        } else if let Some(rest) = line.strip_prefix("-- original: ") {
            query.original = Some(rest.to_owned());
        } else if let Some(rest) = line.strip_prefix("-- differs ") {
            let (column, why) = rest.split_once(": ").unwrap();
            query.differs.insert(column.to_owned(), why.to_owned());
        } else {
            query.text.push_str(line);
            query.text.push('\n');
        }
    }
    query
}

/// What pipec makes of them: problems, and what the judge compares.
pub(crate) fn judged(folder: &Path, queries: &[Query]) -> (Vec<String>, Vec<Value>) {
    let schema = fs::read_to_string(folder.join("schema.pipe")).unwrap();
    let mut problems = Vec::new();
    let everything: Vec<&Query> = queries.iter().collect();
    let (sources, compilation) = compiled(&schema, &everything);
    let mut said: BTreeMap<String, Vec<&Diagnostic>> = BTreeMap::new();
    for d in compilation.diagnostics.iter() {
        said.entry(sources.get(d.at.file).map_or("?", |f| f.path.as_str()).to_owned()).or_default().push(d);
    }
    let mut fine: Vec<&Query> = Vec::new();
    for query in queries {
        let found = said.remove(&file(query)).unwrap_or_default();
        match (&query.refused, found.as_slice()) {
            (None, []) => fine.push(query),
            (Some((code, says)), [only]) if only.code.id() == code && only.message.contains(says.as_str()) => {}
            (wanted, found) => {
                let found: Vec<String> = found.iter().map(|d| format!("{}: {}", d.code.id(), d.message)).collect();
                problems.push(format!("{}: wanted {wanted:?}, said {found:?}", query.name));
            }
        }
    }
    problems.extend(said.iter().flat_map(|(path, all)| all.iter().map(move |d| format!("{path}: {}", d.message))));
    let (_, compilation) = compiled(&schema, &fine);
    match compilation.program {
        Some(program) => (problems.clone(), fine.iter().map(|q| case(program.program(), q, &mut problems)).collect()),
        None => {
            problems.extend(compilation.diagnostics.iter().map(|d| format!("without the refused ones: {}", d.message)));
            (problems, Vec::new())
        }
    }
}

fn file(query: &Query) -> String {
    format!("models/{}.sql", query.name)
}

fn compiled(schema: &str, queries: &[&Query]) -> (Sources, pipec::driver::Compilation) {
    let mut sources = Sources::new();
    for (path, text) in pipec::stdlib::files().iter().filter(|(path, _)| !path.contains("fhir")) {
        sources.add(VPath::new(path).unwrap(), *text);
    }
    let mut main = schema.to_owned();
    for query in queries {
        main.push_str(&format!("model {} in marts from sql \"{}\"\n", query.name, file(query)));
        sources.add(VPath::new(&file(query)).unwrap(), query.text.clone());
    }
    sources.add(VPath::new("main.pipe").unwrap(), main);
    let compilation = compile(&sources, &Options { emit: false, ..Options::default() });
    (sources, compilation)
}

struct Plain;

impl Host for Plain {
    fn table(&self, program: &Program, table: TableId) -> String {
        program.table(table).map_or_else(String::new, |t| format!("app.{}", t.name))
    }

    fn run_date(&self) -> String {
        "date '2025-06-30'".to_owned()
    }
}

fn case(program: &Program, query: &Query, problems: &mut Vec<String>) -> Value {
    let (_, table) = program.table_named(&query.name).unwrap();
    let TableKind::Model(model) = &table.kind else { panic!("`{}` is no model", query.name) };
    let printed = sql::query(program, &model.query, Dialect::Postgres, &Plain).unwrap_or_else(|gap| {
        problems.push(format!("{}: Postgres cannot express {}", query.name, gap.what));
        String::new()
    });
    let columns: Vec<Value> = table
        .columns
        .iter()
        .map(|c| json!({ "name": c.name.as_str(), "type": c.ty.to_string(), "nullable": c.nullable, "differs": query.differs.get(c.name.as_str()) }))
        .collect();
    let known: BTreeSet<&str> = table.columns.iter().map(|c| c.name.as_str()).collect();
    problems.extend(query.differs.keys().filter(|c| !known.contains(c.as_str())).map(|c| format!("{}: no column `{c}`", query.name)));
    json!({ "name": query.name, "original": query.original.as_ref().unwrap_or(&query.text), "printed": printed, "columns": columns })
}
