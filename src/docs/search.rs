use super::Files;
use super::page::{Page, Pages};
use super::site::Site;
use crate::ir::FunctionKind;
use serde::Serialize;
use serde_json::{Value, json};

/// The search page: which files hold the index.
#[derive(Serialize)]
struct Data {
    shards: usize,
}

/// So many columns are in one file of the index.
const PER_SHARD: usize = 12_000;

/// The search page, and its index in parts that are loaded when somebody searches: JSON in a call, because a page that is opened as a file may read no other.
pub(super) fn pages(site: &Site<'_>, pages: &Pages) -> Result<Files, String> {
    let mut shards: Vec<Vec<Value>> = vec![others(site)];
    let mut size = 0usize;
    let mut part: Vec<Value> = Vec::new();
    for (id, table) in site.program.tables() {
        let columns: Vec<&str> = table.columns.iter().map(|c| c.name.as_str()).collect();
        size += columns.len() + 1;
        part.push(json!([site.table_link(id).text, site.table_path(id), columns]));
        if size >= PER_SHARD {
            shards.push(std::mem::take(&mut part));
            size = 0;
        }
    }
    shards.push(part);
    let page = Page { path: "search.html".to_owned(), title: "Search".to_owned(), template: "search" };
    let mut files = vec![pages.fill(site, page, &Data { shards: shards.len() })?];
    for (number, shard) in shards.into_iter().enumerate() {
        files.push((format!("index/{number}.js"), script(&Value::Array(shard))));
    }
    Ok(files)
}

/// What is neither table nor column: `[name, path, kind]`.
fn others(site: &Site<'_>) -> Vec<Value> {
    let program = site.program;
    let mut all: Vec<(String, String, &str)> = Vec::new();
    all.extend(site.groups.iter().map(|g| (g.name.clone(), g.path.clone(), g.kind)));
    all.extend(site.roles().into_iter().map(|r| site.role_link(r)).map(|l| (l.text, l.href, "role")));
    all.extend(program.metrics.iter().enumerate().map(|(i, m)| (m.name.to_string(), format!("metrics.html#metric-{i}"), "metric")));
    all.extend(program.pipelines.iter().enumerate().map(|(i, p)| (p.name.to_string(), format!("pipelines.html#pipeline-{i}"), "pipeline")));
    all.extend(program.apis.iter().enumerate().map(|(i, a)| (a.name.to_string(), format!("outside.html#api-{i}"), "API")));
    all.extend(program.exposures.iter().enumerate().map(|(i, e)| (e.name.to_string(), format!("outside.html#exposure-{i}"), "exposure")));
    all.extend(program.unit_tests.iter().enumerate().map(|(i, t)| (t.title.to_string(), format!("tests.html#test-{i}"), "test")));
    all.extend(program.buckets.iter().map(|b| (b.name.to_string(), "buckets.html".to_owned(), "bucket")));
    all.extend(program.exports.iter().enumerate().map(|(i, e)| (e.name.to_string(), format!("buckets.html#export-{i}"), "export")));
    all.extend(program.policies.iter().map(|p| (p.name.to_string(), format!("{}#rows", site.table_path(p.table)), "row policy")));
    all.extend(program.categories.iter().enumerate().map(|(i, c)| (c.name.to_string(), format!("glossary.html#category-{i}"), "category")));
    let masks = program.functions.iter().filter(|f| f.kind == FunctionKind::Mask && !f.standard);
    all.extend(masks.map(|f| (f.name.to_string(), "glossary.html#masks".to_owned(), "mask")));
    let listed = program.clearances.iter().enumerate();
    all.extend(listed.map(|(i, c)| (c.name.to_string(), format!("glossary.html#clearance-{i}"), "clearance")));
    all.sort();
    all.dedup();
    all.into_iter().map(|(name, path, kind)| json!([name, path, kind])).collect()
}

/// JSON as an argument: nothing in it can end the script, wherever it is put.
fn script(value: &Value) -> String {
    let text = value.to_string().replace('<', "\\u003c").replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029");
    format!("pipecIndex({text});\n")
}
