//! Metrics, pipelines and exports: what else is declared and means something else.

use crate::base::{Ident, Span};
use crate::ir::{
    Alert, DataSource, Export, ExportOrder, ExportedTable, FieldName, Load, Metric, MetricSource, Pipeline, Runner, Setting, Step,
    StepAction,
};
use crate::plan::access::Both;
use crate::plan::common::names::Common;
use crate::plan::common::words::{by_name, differs};
use crate::plan::declared::assertions::change;
use crate::plan::format::counted;
use crate::plan::report::{Change, Detail, Edit};
use std::collections::BTreeMap;

/// What a declaration says, part by part, in order; and where.
type Parts = (Vec<(&'static str, String)>, Span);

/// Declarations of one kind on both sides, part by part.
fn compared(both: &Both<'_>, kind: &str, was: BTreeMap<String, Parts>, is: BTreeMap<String, Parts>) -> Vec<Change> {
    let mut found = Vec::new();
    by_name(was, is, |edit, name, before, after| {
        let details: Vec<Detail> = match (&before, &after) {
            (Some(b), Some(a)) => {
                let pairs = b.0.iter().zip(&a.0);
                pairs.filter_map(|((what, before), (_, after))| differs(what, before.as_str(), after.as_str())).collect()
            }
            _ => Vec::new(),
        };
        if edit != Edit::Changed || !details.is_empty() {
            found.push(change(both, edit, (kind, name), details, (before.map(|b| b.1), after.map(|a| a.1))));
        }
    });
    found.sort_by(|a, b| (a.edit, &a.name).cmp(&(b.edit, &b.name)));
    found
}

fn names<'n>(all: impl IntoIterator<Item = &'n Ident>) -> String {
    all.into_iter().map(Ident::as_str).collect::<Vec<_>>().join(", ")
}

/// Metrics whose meaning changed, by their own words or because what they read is computed otherwise.
pub(in crate::plan) fn metrics(both: &Both<'_>) -> Vec<Change> {
    let all = |common: &Common<'_>| -> BTreeMap<String, Parts> {
        common.program.metrics.iter().map(|m| (m.name.to_string(), (metric(common, m), m.at))).collect()
    };
    let mut found = compared(both, "metric", all(&both.pairs.base), all(&both.pairs.head));
    let own: Vec<String> = found.iter().map(|c| c.name.clone()).collect();
    for m in both.head.program.metrics.iter().filter(|m| !own.iter().any(|n| *n == *m.name.as_str())) {
        let MetricSource::Table(table) = &m.source else { continue };
        let Some(read) = both.head.program.table(*table) else { continue };
        let word = |name: &Ident| m.value.split(' ').any(|w| w == name.as_str()) || m.dimensions.contains(name);
        let columns = (0u32..).zip(&read.columns).filter(|(p, c)| both.tables.column_affected(*table, *p) && word(&c.name));
        let mut moved: Vec<String> = columns.map(|(_, c)| format!("`{}` is computed otherwise", c.name)).collect();
        if both.tables.rows_affected(*table) {
            moved.push("its rows are chosen otherwise".to_owned());
        }
        if !moved.is_empty() {
            let what = format!("reads {}", both.pairs.head.table(*table));
            let detail = Detail { what, before: String::new(), after: moved.join(", ") };
            found.push(change(both, Edit::Changed, ("metric", m.name.to_string()), vec![detail], (None, Some(m.at))));
        }
    }
    found.sort_by(|a, b| (a.edit, &a.name).cmp(&(b.edit, &b.name)));
    found
}

// Fields are named one by one: one that is new does not compile before somebody has said how it compares.
fn metric(common: &Common<'_>, m: &Metric) -> Vec<(&'static str, String)> {
    let Metric { name: _, doc, unit, grain, dimensions, version, source, value, at: _ } = m;
    let source = match source {
        MetricSource::Table(id) => common.table(*id).to_owned(),
        MetricSource::Metrics(all) => names(all),
    };
    vec![
        ("from", source),
        ("value", value.to_string()),
        ("grain", grain.as_deref().unwrap_or("all time").to_owned()),
        ("by", names(dimensions)),
        ("unit", unit.to_string()),
        ("version", version.as_deref().unwrap_or("").to_owned()),
        ("documentation", doc.to_string()),
    ]
}

/// Pipelines, their schedules and steps.
pub(in crate::plan) fn pipelines(both: &Both<'_>) -> Vec<Change> {
    let all = |common: &Common<'_>| -> BTreeMap<String, Parts> {
        common.program.pipelines.iter().map(|p| (p.name.to_string(), (pipeline(common, p), p.at))).collect()
    };
    compared(both, "pipeline", all(&both.pairs.base), all(&both.pairs.head))
}

fn pipeline(common: &Common<'_>, p: &Pipeline) -> Vec<(&'static str, String)> {
    let Pipeline {
        name: _,
        runner,
        schedule,
        timezone,
        retries,
        retry_minutes,
        timeout_minutes,
        alerts,
        audit,
        pool,
        owner,
        cosmos,
        tags,
        steps,
        doc,
        at: _,
    } = p;
    let runner = match runner {
        Runner::Airflow => "airflow",
        Runner::Cron => "cron",
    };
    let alert = |alert: &Alert| match alert {
        Alert::Slack(s) => format!("slack {}", setting(s)),
        Alert::Email(s) => format!("email {}", setting(s)),
    };
    let mut alerts: Vec<String> = alerts.iter().map(alert).collect();
    alerts.sort();
    let mut steps: Vec<String> = steps.iter().map(|s| step(common, p, s)).collect();
    steps.sort();
    vec![
        ("runner", runner.to_owned()),
        ("schedule", if schedule.is_by_hand() { "by hand".to_owned() } else { schedule.cron.to_string() }),
        ("after", names(schedule.after.iter().filter_map(|i| common.program.pipelines.get(*i as usize)).map(|p| &p.name))),
        ("dbt", if *cosmos { "cosmos".to_owned() } else { String::new() }),
        ("timezone", timezone.to_string()),
        ("retries", format!("{retries} every {}", counted(*retry_minutes, "minute", "minutes"))),
        ("timeout", timeout_minutes.map_or(String::new(), |m| counted(m, "minute", "minutes"))),
        ("alert", alerts.join(", ")),
        ("audit", audit.map_or(String::new(), |t| common.table(t).to_owned())),
        ("pool", pool.as_deref().unwrap_or("").to_owned()),
        ("owner", owner.as_deref().unwrap_or("").to_owned()),
        ("tags", tags.join(", ")),
        ("steps", steps.join("; ")),
        ("documentation", doc.to_string()),
    ]
}

fn step(common: &Common<'_>, pipeline: &Pipeline, step: &Step) -> String {
    let tables = |all: &[crate::ir::TableId]| {
        let mut names: Vec<&str> = all.iter().map(|t| common.table(*t)).collect();
        names.sort_unstable();
        if names.is_empty() { "*".to_owned() } else { names.join(", ") }
    };
    let action = match &step.action {
        StepAction::Build(all) => format!("build {}", tables(all)),
        StepAction::Test(all) => format!("test {}", tables(all)),
        StepAction::Export(all) => {
            let exports = all.iter().filter_map(|i| common.program.exports.get(*i as usize));
            let mut names: Vec<&str> = exports.map(|e| e.name.as_str()).collect();
            names.sort_unstable();
            format!("export {}", names.join(", "))
        }
        StepAction::Load(all) => {
            let loads = all.iter().filter_map(|i| common.program.loads.get(*i as usize));
            format!("load {}", names(loads.map(|l| &l.name)))
        }
        StepAction::Freshness => "freshness *".to_owned(),
        StepAction::GitPull => "git pull".to_owned(),
        StepAction::Container(c) => {
            let crate::ir::Container { image, command, environment, account, namespace } = c.as_ref();
            let told: Vec<String> = environment.iter().map(|(n, v)| format!("{n} = {}", passed(common.program, v))).collect();
            let of_account = account.as_ref().map_or(String::new(), |a| format!(" as {a}"));
            let place = namespace.as_ref().map_or(String::new(), |n| format!(" on kubernetes {n:?}"));
            format!("container {image:?}{of_account}{place} run {command:?} env {}", told.join(", "))
        }
        StepAction::Refresh(what, names) => format!("refresh {} {names:?}", what.name()),
    };
    let mut after: Vec<&str> = step.after.iter().filter_map(|i| pipeline.steps.get(*i as usize)).map(|s| s.name.as_str()).collect();
    after.sort_unstable();
    let after = if after.is_empty() { String::new() } else { format!(" after {}", after.join(", ")) };
    format!("{}: {action}{after}", step.name)
}

fn passed(program: &crate::ir::Program, value: &crate::ir::Passed) -> String {
    use crate::ir::Passed;
    match value {
        Passed::Text(text) => format!("{text:?}"),
        Passed::Bucket(index) => format!("bucket.{}.name", program.buckets.get(*index as usize).map_or("", |b| b.name.as_str())),
        Passed::Variable(name) => format!("env({name:?})"),
        Passed::Secret(name) => format!("secret({name:?})"),
        Passed::Environment => "environment".to_owned(),
    }
}

/// A setting as it is written: what comes from outside is a name.
pub(in crate::plan) fn setting(setting: &Setting) -> String {
    match setting {
        Setting::Text(text) => format!("{text:?}"),
        Setting::Env(name) => format!("env({name:?})"),
        Setting::Secret(name) => format!("secret({name:?})"),
        Setting::Variable(name) => format!("var({name:?})"),
    }
}

/// Exports, loads and what Tableau shows: where to, what, and how.
pub(in crate::plan) fn exports(both: &Both<'_>) -> Vec<Change> {
    let all = |common: &Common<'_>| -> BTreeMap<String, Parts> {
        common.program.exports.iter().map(|e| (e.name.to_string(), (export(common, e), e.at))).collect()
    };
    let mut found = compared(both, "export", all(&both.pairs.base), all(&both.pairs.head));
    let loads = |common: &Common<'_>| -> BTreeMap<String, Parts> {
        common.program.loads.iter().map(|l| (l.name.to_string(), (load(common, l), l.at))).collect()
    };
    found.extend(compared(both, "load", loads(&both.pairs.base), loads(&both.pairs.head)));
    let sources = |common: &Common<'_>| -> BTreeMap<String, Parts> {
        common.program.shown.iter().map(|s| (s.name.to_string(), (data_source(common, s), s.at))).collect()
    };
    found.extend(compared(both, "data source", sources(&both.pairs.base), sources(&both.pairs.head)));
    let apis = |common: &Common<'_>| -> BTreeMap<String, Parts> {
        common.program.apis.iter().map(|a| (a.name.to_string(), (api(common, a), a.at))).collect()
    };
    found.extend(compared(both, "api", apis(&both.pairs.base), apis(&both.pairs.head)));
    found
}

/// Files that are read: from where, into what, and what happens to each row.
fn load(common: &Common<'_>, l: &Load) -> Vec<(&'static str, String)> {
    let Load {
        name: _,
        bucket,
        folder,
        pattern,
        table,
        columns,
        delimiter,
        encoding,
        ignores_unknown,
        key,
        duplicate,
        quarantine,
        audit,
        archive,
        doc,
        at: _,
    } = l;
    let place = bucket.and_then(|b| common.program.buckets.get(b as usize)).map_or("a folder".to_owned(), |b| format!("bucket {}", b.name));
    let filled = columns.iter().map(|(c, with)| format!("{} = {with:?}", common.column_at(*table, *c)));
    let key = key.iter().map(|c| common.column_at(*table, *c)).collect::<Vec<_>>().join(", ");
    vec![
        ("from", format!("{place}: {folder}{pattern}")),
        ("into", common.table(*table).to_owned()),
        ("columns", filled.collect::<Vec<_>>().join(", ")),
        ("written as", format!("{}, between fields {delimiter:?}", encoding.name())),
        ("unknown columns", if *ignores_unknown { "left out" } else { "refused" }.to_owned()),
        ("key", key),
        ("a row that is there", format!("{duplicate:?}").to_lowercase()),
        ("quarantine", common.table(*quarantine).to_owned()),
        ("audit", common.table(*audit).to_owned()),
        ("archive", archive.as_deref().unwrap_or("").to_owned()),
        ("documentation", doc.to_string()),
    ]
}

/// What an API lists and creates, and how. Who sees it, the matrix says; who may ask, `protections`.
fn api(common: &Common<'_>, api: &crate::ir::Api) -> Vec<(&'static str, String)> {
    let fields = |all: &[crate::ir::FieldName]| all.iter().map(|(f, _)| f.as_str()).collect::<Vec<_>>().join(", ");
    let only = |only: &Option<Vec<crate::ir::FieldName>>| only.as_ref().map_or(String::new(), |o| format!(" ({})", fields(o)));
    let exposed = api.exposed.iter().map(|e| format!("{}{} at {:?}", common.table(e.table), only(&e.only), e.path));
    let filters = api.exposed.iter().filter(|e| !e.filters.is_empty()).map(|e| format!("{} by {}", e.path, fields(&e.filters)));
    let creates = api.creates.iter().map(|c| format!("{}{} at {:?}", common.table(c.table), only(&c.only), c.path));
    vec![
        ("role", api.role.to_string()),
        ("clearance", api.clearance.as_ref().map_or(String::new(), Ident::to_string)),
        ("schema", api.schema.to_string()),
        ("exposes", exposed.collect::<Vec<_>>().join("; ")),
        ("filters", filters.collect::<Vec<_>>().join("; ")),
        ("creates", creates.collect::<Vec<_>>().join("; ")),
        ("page", format!("{} to {}", api.page, api.most)),
        ("anonymous", api.anonymous.as_ref().map_or(String::new(), |(because, _)| because.to_string())),
        ("documentation", api.doc.to_string()),
    ]
}

/// What Tableau shows of a table, and how.
fn data_source(common: &Common<'_>, shown: &crate::ir::Shown) -> Vec<(&'static str, String)> {
    let program = common.program;
    let groups: Vec<String> = shown.readers.iter().map(|r| format!("{} as {:?}", r.role, r.group)).collect();
    let settings = shown.settings(program);
    let fields = |all: &[FieldName]| all.iter().map(|(f, _)| f.as_str()).collect::<Vec<_>>().join(", ");
    let (mut hidden, mut folders, mut captions, mut measures) = (String::new(), String::new(), String::new(), String::new());
    // The table, captions and the project of data sources that nobody wrote are asked of what is shown.
    if let Some(DataSource {
        name: _,
        table: _,
        caption: _,
        project: _,
        extract: _,
        folders: f,
        captions: c,
        hidden: h,
        measures: m,
        doc: _,
        at: _,
    }) = settings
    {
        hidden = fields(h);
        folders = f.iter().map(|(name, all)| format!("{name}: {}", fields(all))).collect::<Vec<_>>().join("; ");
        captions = c.iter().map(|((field, _), text)| format!("{field}: {text}")).collect::<Vec<_>>().join("; ");
        measures = m
            .iter()
            .map(|((field, _), is)| format!("{field}: {}", if *is { "measure" } else { "dimension" }))
            .collect::<Vec<_>>()
            .join("; ");
    }
    vec![
        ("table", common.table(shown.table).to_owned()),
        ("shown to", groups.join(", ")),
        ("kept as", if shown.extract { "extract" } else { "live" }.to_owned()),
        ("caption", shown.caption(program)),
        ("project", shown.project(program)),
        ("folders", folders),
        ("captions", captions),
        ("hidden", hidden),
        ("measures", measures),
        ("documentation", settings.map_or(String::new(), |s| s.doc.to_string())),
    ]
}

fn export(common: &Common<'_>, e: &Export) -> Vec<(&'static str, String)> {
    let Export { name: _, bucket, tables: exported, format, zipped, path, min_group, doc, at: _ } = e;
    let bucket = common.program.buckets.get(*bucket as usize).map_or(String::new(), |b| b.name.to_string());
    let mut tables: Vec<&str> = exported.iter().map(|t| common.table(t.table)).collect();
    tables.sort_unstable();
    let one = |t: &ExportedTable| {
        let names: Vec<&str> = t.columns.iter().map(|c| common.column_at(t.table, *c)).collect();
        format!("{}({})", common.table(t.table), names.join(", "))
    };
    let mut columns: Vec<String> = exported.iter().map(one).collect();
    columns.sort();
    let key = |k: &ExportOrder| format!("{}{}", k.name, if k.descending { " desc" } else { "" });
    let by = |t: &ExportedTable| format!("{} by {}", common.table(t.table), t.order.iter().map(key).collect::<Vec<_>>().join(", "));
    let order: Vec<String> = exported.iter().filter(|t| !t.order.is_empty()).map(by).collect();
    vec![
        ("bucket", bucket),
        ("tables", tables.join(", ")),
        ("columns", columns.join("; ")),
        ("order", order.join("; ")),
        ("format", format!("{format:?}{}", if *zipped { " zip" } else { "" }).to_lowercase()),
        ("path", path.to_string()),
        ("min_group", min_group.as_ref().map_or(String::new(), |g| format!("{} of subject {}", g.k, g.subject))),
        ("documentation", doc.to_string()),
    ]
}
