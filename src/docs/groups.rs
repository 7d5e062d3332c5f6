use super::page::{Link, More, Page, Pages, cut, more, nth};
use super::site::{Group, Site};
use super::{Files, lineage, words};
use crate::ir::{TableId, TableKind};
use serde::Serialize;

#[derive(Serialize)]
struct Index {
    doc: String,
    counts: Vec<Count>,
    warehouse: String,
    emit: Vec<String>,
    groups: Vec<Listed>,
    picture: String,
}

#[derive(Serialize)]
struct Count {
    text: String,
    href: String,
}

#[derive(Serialize)]
struct Listed {
    link: Link,
    doc: String,
    schema: String,
    tables: usize,
}

#[derive(Serialize)]
struct Whole {
    doc: String,
    schema: String,
    tables: Vec<Entry>,
    more: Option<More>,
}

#[derive(Serialize)]
struct Entry {
    link: Link,
    kept: String,
    columns: usize,
    readers: usize,
    doc: String,
}

/// The first page, and one per source and layer.
pub(super) fn pages(site: &Site<'_>, pages: &Pages) -> Result<Files, String> {
    let project = &site.program.project;
    let data = Index {
        doc: super::words::prose(&project.doc),
        counts: counts(site),
        warehouse: project.warehouse.as_ref().map_or("", |w| w.dialect.name()).to_owned(),
        emit: project.emit.iter().map(ToString::to_string).collect(),
        groups: site.groups.iter().map(|g| listed(site, g)).collect(),
        picture: lineage::overview(site).map(|p| p.svg("")).unwrap_or_default(),
    };
    let page = Page { path: "index.html".to_owned(), title: project.name.to_string(), template: "index" };
    let mut files = vec![pages.fill(site, page, &data)?];
    for group in &site.groups {
        for (number, tables) in cut(&group.tables).into_iter().enumerate() {
            let data = Whole {
                doc: super::words::prose(&group.doc),
                schema: group.schema.clone(),
                tables: tables.iter().filter_map(|id| entry(site, *id)).collect(),
                more: more(&group.path, number, group.tables.len()),
            };
            let page = Page { path: nth(&group.path, number), title: site.group_link(group).text, template: "group" };
            files.push(pages.fill(site, page, &data)?);
        }
    }
    Ok(files)
}

/// `1 model`, `2 models`
pub(super) fn counted(n: usize, noun: &str) -> String {
    if n == 1 { format!("1 {noun}") } else { format!("{n} {noun}s") }
}

fn counts(site: &Site<'_>) -> Vec<Count> {
    let program = site.program;
    let of = |fits: fn(&TableKind) -> bool| program.tables.iter().filter(|t| fits(&t.kind)).count();
    let columns: usize = program.tables.iter().map(|t| t.columns.len()).sum();
    let assertions: usize = program.tables.iter().map(|t| t.assertions.len()).sum();
    let all = [
        (of(|k| matches!(k, TableKind::Source(_))), "table of sources", "tables of sources", ""),
        (of(|k| matches!(k, TableKind::Seed(_))), "seed", "seeds", ""),
        (of(|k| matches!(k, TableKind::Model(_))), "model", "models", ""),
        (columns, "column", "columns", ""),
        (assertions, "assertion", "assertions", ""),
        (program.unit_tests.len(), "unit test", "unit tests", "tests.html"),
        (program.roles.len(), "role", "roles", "access.html"),
        (program.policies.len(), "row policy", "row policies", "access.html"),
        (program.metrics.len(), "metric", "metrics", "metrics.html"),
        (program.exports.len(), "export", "exports", "buckets.html"),
        (program.pipelines.len(), "pipeline", "pipelines", "pipelines.html"),
        (program.apis.len(), "API", "APIs", "outside.html"),
        (program.exposures.len(), "exposure", "exposures", "outside.html"),
    ];
    let shown = all.into_iter().filter(|(n, ..)| *n > 0);
    shown.map(|(n, one, many, href)| Count { text: format!("{n} {}", if n == 1 { one } else { many }), href: href.to_owned() }).collect()
}

fn listed(site: &Site<'_>, group: &Group) -> Listed {
    Listed { link: site.group_link(group), doc: super::words::prose(&group.doc), schema: group.schema.clone(), tables: group.tables.len() }
}

fn entry(site: &Site<'_>, id: TableId) -> Option<Entry> {
    let table = site.program.table(id)?;
    Some(Entry {
        link: site.table_link(id),
        kept: words::kept(table),
        columns: table.columns.len(),
        readers: site.read_by(id).len(),
        doc: super::words::prose(&table.doc),
    })
}
