use super::access::{Line, line};
use super::columns::{self, Row};
use super::page::{Link, Page, Pages};
use super::site::Site;
use super::{Files, erd, lineage, words};
use crate::ir::{Dialect, Program, StepAction, Table, TableId, TableKind};
use crate::sql::Host;
use rayon::prelude::*;
use serde::Serialize;

/// The data of a table's page.
#[derive(Serialize)]
struct Data {
    name: String,
    doc: String,
    kept: String,
    group: Option<Link>,
    group_kind: String,
    schema: String,
    owner: String,
    tags: Vec<String>,
    place: String,
    key: Vec<String>,
    freshness: String,
    loads: Vec<String>,
    twin_of: Option<Link>,
    masking: String,
    twins: Vec<Link>,
    columns: Vec<Row>,
    access: Vec<Line>,
    policies: Vec<Policy>,
    deciding: Vec<Link>,
    chosen: Vec<words::Tells>,
    reads: Vec<Link>,
    read_by: Vec<Link>,
    lineage: String,
    lineage_cut: bool,
    erd: String,
    tests: Vec<String>,
    unit_tests: Vec<UnitTest>,
    exports: Vec<Link>,
    pipelines: Vec<Link>,
    metrics: Vec<Link>,
    sql: String,
    dialect: &'static str,
}

#[derive(Serialize)]
struct Policy {
    name: String,
    roles: Vec<Link>,
    condition: String,
    place: String,
}

#[derive(Serialize)]
struct UnitTest {
    title: String,
    place: String,
}

/// A page per table.
pub(super) fn pages(site: &Site<'_>, pages: &Pages) -> Result<Files, String> {
    let tables: Vec<(TableId, &Table)> = site.program.tables().collect();
    let beside = Beside::new(site);
    tables
        .par_iter()
        .map(|(id, table)| {
            let title = site.table_link(*id).text;
            pages.fill(site, Page { path: site.table_path(*id), title, template: "table" }, &data(site, &beside, *id, table))
        })
        .collect()
}

/// What is looked up by table, once for all pages.
struct Beside {
    exports: Vec<Vec<Link>>,
    metrics: Vec<Vec<Link>>,
    pipelines: Vec<Vec<Link>>,
}

impl Beside {
    fn new(site: &Site<'_>) -> Beside {
        let program = site.program;
        let empty = || vec![Vec::new(); program.tables.len()];
        let (mut exports, mut metrics, mut pipelines) = (empty(), empty(), empty());
        let put = |all: &mut Vec<Vec<Link>>, id: TableId, link: Link| {
            if let Some(links) = all.get_mut(id.0 as usize).filter(|l| l.last() != Some(&link)) {
                links.push(link);
            }
        };
        for (index, export) in program.exports.iter().enumerate() {
            for table in &export.tables {
                put(&mut exports, table.table, Link { text: export.name.to_string(), href: format!("buckets.html#export-{index}") });
            }
        }
        for (index, metric) in program.metrics.iter().enumerate() {
            if let crate::ir::MetricSource::Table(id) = metric.source {
                put(&mut metrics, id, Link { text: metric.name.to_string(), href: format!("metrics.html#metric-{index}") });
            }
        }
        for (index, pipeline) in program.pipelines.iter().enumerate() {
            let link = Link { text: pipeline.name.to_string(), href: format!("pipelines.html#pipeline-{index}") };
            for step in &pipeline.steps {
                let StepAction::Build(built) = &step.action else { continue };
                // An empty list stands for all models.
                let all = || program.models().map(|(id, _, _)| id).collect();
                let built: Vec<TableId> = if built.is_empty() { all() } else { built.clone() };
                built.into_iter().for_each(|id| put(&mut pipelines, id, link.clone()));
            }
        }
        Beside { exports, metrics, pipelines }
    }
}

fn data(site: &Site<'_>, beside: &Beside, id: TableId, table: &Table) -> Data {
    let program = site.program;
    let model = match &table.kind {
        TableKind::Model(model) => Some(model),
        _ => None,
    };
    let told = program.told_of_table(table);
    let group = site.group_of(id);
    let twin = program.twins.iter().find(|t| t.table == id);
    let of = |all: &Vec<Vec<Link>>| all.get(id.0 as usize).cloned().unwrap_or_default();
    let (picture, cut) = lineage::picture(site, id).map(|(p, cut)| (p.svg("../"), cut)).unwrap_or_default();
    Data {
        name: site.table_link(id).text,
        doc: words::prose(&table.doc),
        kept: words::kept(table),
        group: group.map(|g| site.group_link(g)),
        group_kind: group.map(|g| if g.kind == "seeds" { "Lies in" } else { "Part of" }).unwrap_or("").to_owned(),
        schema: schema(program, table),
        owner: told.owner.unwrap_or("").to_owned(),
        tags: told.tags.iter().map(ToString::to_string).collect(),
        place: site.place(table.at),
        key: table.key.iter().filter_map(|c| table.columns.get(*c as usize)).map(|c| c.name.to_string()).collect(),
        freshness: freshness(table),
        loads: program.loads.iter().filter(|l| l.table == id).map(|l| loaded(program, l)).collect(),
        twin_of: twin.map(|t| site.table_link(t.base)),
        masking: twin.map(|t| t.masking.to_string()).unwrap_or_default(),
        twins: site.twins(id).iter().map(|t| site.table_link(*t)).collect(),
        columns: columns::of(site, id, table),
        access: site.entries(id).map(|e| line(site, e)).collect(),
        policies: policies(site, id),
        deciding: lineage::deciding(site, id),
        chosen: words::tells(site, columns::chosen_by(table)),
        reads: table.reads.iter().map(|t| site.table_link(*t)).collect(),
        read_by: site.read_by(id).iter().map(|t| site.table_link(*t)).collect(),
        lineage: picture,
        lineage_cut: cut,
        erd: erd::around(site, id).map(|p| p.svg("../")).unwrap_or_default(),
        tests: table
            .assertions
            .iter()
            .filter_map(|a| Some(words::assertion(site, table, a)).filter(|(c, _, _)| c.is_empty()))
            .map(|(_, t, _)| t)
            .collect(),
        unit_tests: unit_tests(site, id),
        exports: of(&beside.exports),
        pipelines: of(&beside.pipelines),
        metrics: of(&beside.metrics),
        sql: model.map(|m| sql(program, m)).unwrap_or_default(),
        dialect: dialect(program).name(),
    }
}

fn schema(program: &Program, table: &Table) -> String {
    match &table.kind {
        TableKind::Source(source) => source.schema.to_string(),
        TableKind::Seed(seed) => seed.schema.to_string(),
        TableKind::Model(model) => program.layer(model.layer).map(|l| l.schema.to_string()).unwrap_or_default(),
    }
}

fn freshness(table: &Table) -> String {
    let TableKind::Source(source) = &table.kind else { return String::new() };
    let Some(fresh) = &source.freshness else { return String::new() };
    let hours = |minutes: u32| if minutes.is_multiple_of(60) { format!("{} h", minutes / 60) } else { format!("{minutes} min") };
    let after = |what: &str, minutes: Option<u32>| minutes.map(|m| format!(", {what} after {}", hours(m))).unwrap_or_default();
    format!("by {}{}{}", fresh.by, after("warns", fresh.warn_minutes), after("fails", fresh.error_minutes))
}

fn loaded(program: &Program, load: &crate::ir::Load) -> String {
    let bucket = load.bucket.and_then(|b| program.buckets.get(b as usize));
    let from = bucket.map_or("a folder of the machine that loads".to_owned(), |b| format!("bucket {}", b.name));
    format!("load {}, of {}{} in {from}", load.name, load.folder, load.pattern)
}

fn policies(site: &Site<'_>, id: TableId) -> Vec<Policy> {
    let one = |p: &crate::ir::Policy| Policy {
        name: p.name.to_string(),
        roles: p.roles.iter().map(|r| site.role_link(r)).collect(),
        condition: crate::access::condition(site.program, site.sources, p).unwrap_or_else(|written| written),
        place: site.place(p.at),
    };
    site.program.policies.iter().filter(|p| p.table == id).map(one).collect()
}

fn unit_tests(site: &Site<'_>, id: TableId) -> Vec<UnitTest> {
    let about = site.program.unit_tests.iter().filter(|t| t.expect.iter().any(|rows| rows.table == id));
    about.map(|t| UnitTest { title: t.title.to_string(), place: site.place(t.at) }).collect()
}

fn dialect(program: &Program) -> Dialect {
    program.project.warehouse.as_ref().map_or(Dialect::Postgres, |w| w.dialect)
}

/// Names for a reader, not for a server.
struct Shown(Dialect);

impl Host for Shown {
    fn table(&self, program: &Program, table: TableId) -> String {
        let Some(table) = program.table(table) else { return String::new() };
        let name = table.name.as_str();
        let bare = match &table.kind {
            TableKind::Source(s) => name.strip_prefix(s.source.as_str()).and_then(|n| n.strip_prefix('.')).unwrap_or(name),
            _ => name,
        };
        let ident = |text: &str| crate::sql::ident(&crate::base::Ident::exact(text), self.0);
        format!("{}.{}", ident(&schema(program, table)), ident(bare))
    }

    fn run_date(&self) -> String {
        "run_date".to_owned()
    }
}

fn sql(program: &Program, model: &crate::ir::Model) -> String {
    let dialect = dialect(program);
    match crate::sql::query(program, &model.query, dialect, &Shown(dialect)) {
        Ok(sql) => sql.trim_end().to_owned(),
        Err(gap) => format!("-- {} cannot express {}", dialect.name(), gap.what.replace('\n', " ")),
    }
}
