use super::Files;
use super::page::{Link, Page, Pages};
use super::site::Site;
use crate::check::releases;
use crate::ir::{Alert, Export, ExportFormat, MetricSource, Pipeline, Runner, Setting, StepAction};
use serde::Serialize;

#[derive(Serialize)]
struct Metrics {
    metrics: Vec<Metric>,
}

#[derive(Serialize)]
struct Metric {
    id: String,
    name: String,
    doc: String,
    unit: String,
    grain: String,
    dimensions: Vec<String>,
    version: String,
    owner: String,
    tags: String,
    value: String,
    from: Vec<Link>,
    place: String,
}

#[derive(Serialize)]
struct Pipelines {
    pipelines: Vec<Scheduled>,
}

#[derive(Serialize)]
struct Scheduled {
    id: String,
    name: String,
    doc: String,
    runner: &'static str,
    cron: String,
    timezone: String,
    tries: String,
    alert: String,
    owner: String,
    tags: Vec<String>,
    steps: Vec<Step>,
}

#[derive(Serialize)]
struct Step {
    name: String,
    does: String,
    on: Vec<Link>,
    more: usize,
    after: Vec<String>,
}

#[derive(Serialize)]
struct Buckets {
    buckets: Vec<Bucket>,
}

#[derive(Serialize)]
struct Bucket {
    name: String,
    bucket_name: String,
    doc: String,
    cloud: String,
    clearance: Link,
    readers: Vec<Link>,
    kept: String,
    evidence: String,
    exports: Vec<Exported>,
}

#[derive(Serialize)]
struct Exported {
    id: String,
    name: String,
    doc: String,
    format: String,
    path: String,
    readers: Vec<Link>,
    tables: Vec<ExportedTable>,
}

#[derive(Serialize)]
struct ExportedTable {
    link: Link,
    columns: Vec<String>,
}

#[derive(Serialize)]
struct Releases {
    releases: Vec<Release>,
}

#[derive(Serialize)]
struct Release {
    kind: &'static str,
    subject: String,
    says: String,
    because: String,
    place: String,
}

/// Metrics, pipelines, buckets and releases: a page each, where there are any.
pub(super) fn pages(site: &Site<'_>, pages: &Pages) -> Result<Files, String> {
    let page = |stem: &str, title: &str| (format!("{stem}.html"), title.to_owned());
    let mut files = Files::new();
    if !site.program.metrics.is_empty() {
        let (path, title) = page("metrics", "Metrics");
        files.push(pages.fill(site, Page { path, title, template: "metrics" }, &metrics(site))?);
    }
    if !site.program.pipelines.is_empty() {
        let (path, title) = page("pipelines", "Pipelines");
        let all = (0usize..).zip(&site.program.pipelines).map(|(i, p)| pipeline(site, i, p)).collect();
        files.push(pages.fill(site, Page { path, title, template: "pipelines" }, &Pipelines { pipelines: all })?);
    }
    if !site.program.buckets.is_empty() {
        let (path, title) = page("buckets", "Buckets");
        files.push(pages.fill(site, Page { path, title, template: "buckets" }, &Buckets { buckets: buckets(site) })?);
    }
    let (path, title) = page("releases", "Releases");
    files.push(pages.fill(site, Page { path, title, template: "releases" }, &released(site))?);
    Ok(files)
}

fn metrics(site: &Site<'_>) -> Metrics {
    let all = &site.program.metrics;
    let named = |name: &crate::base::Ident| {
        let index = all.iter().position(|m| m.name == *name).unwrap_or_default();
        Link { text: name.to_string(), href: format!("metrics.html#metric-{index}") }
    };
    let told = |m: &crate::ir::Metric| site.program.told_of(crate::ir::Thing::Metric, &m.name);
    let one = |(index, m): (usize, &crate::ir::Metric)| Metric {
        id: format!("metric-{index}"),
        owner: told(m).owner.unwrap_or("").to_owned(),
        tags: told(m).tags.join(", "),
        name: m.name.to_string(),
        doc: super::words::prose(&m.doc),
        unit: m.unit.to_string(),
        grain: m.grain.as_deref().unwrap_or("").to_owned(),
        dimensions: m.dimensions.iter().map(ToString::to_string).collect(),
        version: m.version.as_deref().unwrap_or("").to_owned(),
        value: m.value.to_string(),
        from: match &m.source {
            MetricSource::Table(id) => vec![site.table_link(*id)],
            MetricSource::Metrics(names) => names.iter().map(named).collect(),
        },
        place: site.place(m.at),
    };
    Metrics { metrics: all.iter().enumerate().map(one).collect() }
}

const MOST_LINKS: usize = 40;

fn pipeline(site: &Site<'_>, index: usize, p: &Pipeline) -> Scheduled {
    let name = |i: &u32| p.steps.get(*i as usize).map_or_else(String::new, |s| s.name.to_string());
    let step = |s: &crate::ir::Step| {
        let (does, on): (String, Vec<Link>) = match &s.action {
            StepAction::Build(all) => (acted("builds", "model", all.len()), all.iter().map(|t| site.table_link(*t)).collect()),
            StepAction::Test(all) => (acted("tests", "table", all.len()), all.iter().map(|t| site.table_link(*t)).collect()),
            StepAction::Export(all) => {
                let link = |i: &u32| {
                    let export = site.program.exports.get(*i as usize)?;
                    Some(Link { text: export.name.to_string(), href: format!("buckets.html#export-{i}") })
                };
                (acted("exports", "export", all.len()), all.iter().filter_map(link).collect())
            }
            StepAction::Load(all) => {
                let table = |i: &u32| Some(site.table_link(site.program.loads.get(*i as usize)?.table));
                (format!("loads files into {}", super::groups::counted(all.len(), "table")), all.iter().filter_map(table).collect())
            }
            StepAction::Freshness => ("asks how old the sources are".to_owned(), Vec::new()),
            StepAction::GitPull => ("fetches the repository".to_owned(), Vec::new()),
            StepAction::Container(c) => (format!("runs the container {}", c.image), Vec::new()),
            StepAction::Refresh(what, names) => (format!("has Tableau make each {} anew: {}", what.name(), names.join(", ")), Vec::new()),
        };
        Step {
            name: s.name.to_string(),
            does,
            more: on.len().saturating_sub(MOST_LINKS),
            on: on.into_iter().take(MOST_LINKS).collect(),
            after: s.after.iter().map(name).collect(),
        }
    };
    let told = site.program.told_of_project().and(p.owner.as_deref(), p.tags.iter().map(|t| &**t));
    let mut tries = if p.retries == 0 { "once".to_owned() } else { format!("{} more, {} min apart", p.retries, p.retry_minutes) };
    if let Some(limit) = p.timeout_minutes {
        tries.push_str(&format!("; stopped after {limit} min"));
    }
    Scheduled {
        id: format!("pipeline-{index}"),
        name: p.name.to_string(),
        doc: super::words::prose(&p.doc),
        runner: match p.runner {
            Runner::Airflow => "Airflow",
            Runner::Cron => "cron",
        },
        cron: if p.schedule.is_by_hand() {
            "by hand".to_owned()
        } else if p.schedule.after.is_empty() {
            p.schedule.cron.to_string()
        } else {
            let names = p.schedule.after.iter().filter_map(|i| site.program.pipelines.get(*i as usize)).map(|p| p.name.to_string());
            format!("after {}", names.collect::<Vec<_>>().join(", "))
        },
        timezone: p.timezone.to_string(),
        tries,
        alert: p.alerts.iter().map(alert).collect::<Vec<_>>().join("; "),
        owner: told.owner.unwrap_or("").to_owned(),
        tags: told.tags.iter().map(ToString::to_string).collect(),
        steps: p.steps.iter().map(step).collect(),
    }
}

fn acted(verb: &str, noun: &str, n: usize) -> String {
    if n == 0 { format!("{verb} every {noun}") } else { format!("{verb} {}", super::groups::counted(n, noun)) }
}

/// Where a secret comes from is said, never what it is.
fn alert(alert: &Alert) -> String {
    let setting = |s: &Setting| match s {
        Setting::Text(text) => text.to_string(),
        Setting::Env(name) => format!("the environment variable {name}"),
        Setting::Secret(name) => format!("the secret {name}"),
        Setting::Variable(name) => format!("the variable {name}"),
    };
    match alert {
        Alert::Slack(hook) => format!("Slack, through {}", setting(hook)),
        Alert::Email(address) => setting(address),
    }
}

fn buckets(site: &Site<'_>) -> Vec<Bucket> {
    let readers = site.program.file_readers();
    let days = |what: &str, days: Option<u32>| days.map(|d| format!("{what} after {d} days"));
    let one = |(index, b): (u32, &crate::ir::Bucket)| {
        let kept: Vec<String> = [days("colder storage", b.archive_days), days("removed", b.expire_days)].into_iter().flatten().collect();
        let exports = site.program.exports.iter().enumerate().filter(|(_, e)| e.bucket == index);
        Bucket {
            name: b.name.to_string(),
            bucket_name: b.bucket_name.to_string(),
            doc: super::words::prose(&b.doc),
            cloud: b.cloud(site.program).map(|c| c.provider.to_string()).unwrap_or_default(),
            clearance: super::glossary::clearance_link(site, &b.clearance),
            readers: b.readers.iter().map(|r| site.role_link(r)).collect(),
            kept: kept.join(", "),
            evidence: site.evidence("bucket", &b.name),
            exports: exports
                .map(|(i, e)| {
                    let all = readers.get(i).into_iter().flatten();
                    exported(site, i, e, all.map(|r| site.role_link(&r.role)).collect())
                })
                .collect(),
        }
    };
    (0u32..).zip(&site.program.buckets).map(one).collect()
}

fn exported(site: &Site<'_>, index: usize, export: &Export, readers: Vec<Link>) -> Exported {
    let format = match export.format {
        ExportFormat::Csv => "CSV",
        ExportFormat::Parquet => "Parquet",
        ExportFormat::Xlsx => "Excel",
    };
    let table = |t: &crate::ir::ExportedTable| {
        let of = site.program.table(t.table);
        let name = |c: &u32| Some(of?.columns.get(*c as usize)?.name.to_string());
        ExportedTable { link: site.table_link(t.table), columns: t.columns.iter().filter_map(name).collect() }
    };
    Exported {
        id: format!("export-{index}"),
        name: export.name.to_string(),
        doc: super::words::prose(&export.doc),
        format: if export.zipped { format!("{format}, zipped") } else { format.to_owned() },
        path: export.path.to_string(),
        readers,
        tables: export.tables.iter().map(table).collect(),
    }
}

fn released(site: &Site<'_>) -> Releases {
    let one = |r: releases::Listed| Release {
        kind: r.kind.name(),
        subject: r.subject,
        says: r.says,
        because: r.because.to_string(),
        place: site.place(r.at),
    };
    Releases { releases: releases::of(site.program).into_iter().map(one).collect() }
}
