use super::super::steps::{Command, Scripts, Telling, commands, telling};
use super::super::text;
use crate::diag::Diagnostic;
use crate::ir::{Pipeline, Program, Step, StepAction, TableId, TableKind};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// What a DAG file is made of.
#[derive(Serialize)]
pub(super) struct Dag {
    pub(super) id: String,
    name: String,
    header: Vec<String>,
    /// Airflow's major version.
    version: u32,
    says: String,
    cron: String,
    pub(super) timezone: String,
    retries: u32,
    retry_minutes: u32,
    /// 0: no end.
    timeout_minutes: u32,
    pool: Option<String>,
    owner: Option<String>,
    tags: Vec<String>,
    alert: Telling,
    pub(super) alert_script: String,
    pub(super) tasks: Vec<Task>,
    /// Whether a task makes an asset.
    assets: bool,
}

/// A task: one script.
#[derive(Serialize)]
pub(super) struct Task {
    id: String,
    pub(super) script: String,
    pub(super) header: Vec<String>,
    /// Tasks it waits for.
    after: Vec<String>,
    /// Where what it writes lies.
    outlets: Vec<String>,
    command: Command,
}

/// What a task's script is made of.
#[derive(Serialize)]
pub(super) struct Script<'a> {
    pub(super) header: &'a [String],
    pub(super) timezone: &'a str,
    pub(super) task: &'a Task,
}

/// The DAG of a pipeline.
///
/// # Errors
/// As [`commands`] and [`telling`].
pub(super) fn dag(program: &Program, pipeline: &Pipeline, stem: &str, written: &Scripts, names: &[String]) -> Result<Dag, Box<Diagnostic>> {
    let id = format!("{}_{stem}", text::Stems::default().claim(program.project.name.as_str()));
    let mut made = Tasks { program, pipeline, dag: stem, stems: text::Stems::default(), tasks: Vec::new(), ends: Vec::new() };
    for step in &pipeline.steps {
        made.step(step, written, names)?;
    }
    let header = text::header(&pipeline.doc, &text::whole_project(program));
    Ok(Dag {
        id,
        name: pipeline.name.as_str().to_owned(),
        version: program.project.airflow,
        says: pipeline.doc.trim().to_owned(),
        cron: pipeline.schedule.cron.split_whitespace().collect::<Vec<_>>().join(" "),
        timezone: pipeline.timezone.to_string(),
        retries: pipeline.retries,
        retry_minutes: pipeline.retry_minutes,
        timeout_minutes: pipeline.timeout_minutes.unwrap_or(0),
        pool: pipeline.pool.as_deref().map(str::to_owned),
        owner: pipeline.owner.as_deref().map(str::to_owned),
        tags: std::iter::once(program.project.name.as_str()).chain(pipeline.tags.iter().map(|t| &**t)).map(str::to_owned).collect(),
        alert: telling(pipeline)?,
        alert_script: format!("{stem}_alert.sh"),
        assets: made.tasks.iter().any(|t| !t.outlets.is_empty()),
        tasks: made.tasks,
        header,
    })
}

struct Tasks<'p> {
    program: &'p Program,
    pipeline: &'p Pipeline,
    dag: &'p str,
    stems: text::Stems,
    tasks: Vec<Task>,
    /// By step: the tasks that end it.
    ends: Vec<Vec<String>>,
}

impl Tasks<'_> {
    fn step(&mut self, step: &Step, written: &Scripts, names: &[String]) -> Result<(), Box<Diagnostic>> {
        let after = self.after(step);
        let parts = match &step.action {
            StepAction::Build(tables) => by_layer(self.program, tables, names),
            _ => Vec::new(),
        };
        let ends = if parts.len() > 1 { self.layers(step, &after, parts) } else { self.each(step, &after, written, names)? };
        // A step that does nothing (exports, and there are none) hands on what it waits for.
        self.ends.push(if ends.is_empty() { after } else { ends });
        Ok(())
    }

    /// The tasks a step waits for.
    fn after(&self, step: &Step) -> Vec<String> {
        let mut after: Vec<String> = step.after.iter().filter_map(|s| self.ends.get(*s as usize)).flatten().cloned().collect();
        after.sort_unstable();
        after.dedup();
        after
    }

    /// One task per command, side by side.
    fn each(&mut self, step: &Step, after: &[String], written: &Scripts, names: &[String]) -> Result<Vec<String>, Box<Diagnostic>> {
        let chosen: Vec<u32> = match &step.action {
            StepAction::Export(chosen) => chosen.iter().copied().filter(|e| written.exports.contains_key(e)).collect(),
            _ => Vec::new(),
        };
        let made = commands(self.program, step, written, names)?;
        let outlets = |i: usize| chosen.get(i).and_then(|e| self.outlet(*e)).into_iter().collect::<Vec<_>>();
        let made: Vec<(Command, Vec<String>)> = made.into_iter().enumerate().map(|(i, c)| (c, outlets(i))).collect();
        if matches!(step.action, StepAction::Load(_)) {
            // One behind the other, as written: a table that others refer to is filled before them.
            let chain = |ends: Vec<String>, (command, _)| {
                let waits = if ends.is_empty() { after.to_vec() } else { ends };
                vec![self.task(command, waits, Vec::new())]
            };
            return Ok(made.into_iter().fold(Vec::new(), chain));
        }
        Ok(made.into_iter().map(|(command, outlets)| self.task(command, after.to_vec(), outlets)).collect())
    }

    /// One task per layer, each after the layers it reads.
    fn layers(&mut self, step: &Step, after: &[String], parts: Vec<Part>) -> Vec<String> {
        let mut ids: Vec<String> = Vec::new();
        let mut read = BTreeSet::new();
        for part in parts {
            let waits: Vec<String> = part.after.iter().filter_map(|p| ids.get(*p)).cloned().collect();
            read.extend(waits.iter().cloned());
            let command = Command { name: format!("{}_{}", step.name, part.name), command: "dbt_build".to_owned(), words: part.words };
            ids.push(self.task(command, if waits.is_empty() { after.to_vec() } else { waits }, Vec::new()));
        }
        ids.retain(|id| !read.contains(id));
        ids
    }

    fn task(&mut self, command: Command, after: Vec<String>, outlets: Vec<String>) -> String {
        let id = self.stems.claim(&command.name);
        let says = format!("The task {id} of {}.", self.pipeline.name);
        let header = text::header(&says, &text::whole_project(self.program));
        // Two underscores: no task of `a` and alert of `a_b` share a name.
        let script = format!("{}__{id}.sh", self.dag);
        self.tasks.push(Task { id: id.clone(), script, header, after, outlets, command });
        id
    }

    /// Where an export's files lie: the bucket, and the path up to its first part that changes.
    fn outlet(&self, export: u32) -> Option<String> {
        let export = self.program.exports.get(export as usize)?;
        let bucket = self.program.buckets.get(export.bucket as usize)?;
        let fixed = export.path.split('{').next().unwrap_or_default();
        let folder = fixed.rsplit_once('/').map_or("", |(folder, _)| folder);
        let folder: String = folder.chars().filter(|c| c.is_ascii_alphanumeric() || "/_-.".contains(*c)).collect();
        Some(format!("s3://{}/{folder}", bucket.bucket_name).trim_end_matches('/').to_owned())
    }
}

/// The models of a build that one task makes: those of a layer.
struct Part {
    name: String,
    words: Vec<String>,
    /// Parts it reads, by position.
    after: Vec<usize>,
}

/// The models of a build by layer, seeds first, each part after those it reads. Fewer than two parts where layers read each other in a circle, or all is in one.
fn by_layer(program: &Program, tables: &[TableId], names: &[String]) -> Vec<Part> {
    let all = tables.is_empty();
    let chosen: BTreeSet<TableId> = if all { program.tables().map(|(id, _)| id).collect() } else { tables.iter().copied().collect() };
    // `None` is the seeds.
    let layer = |id: TableId| match program.table(id).map(|t| &t.kind) {
        Some(TableKind::Model(model)) => Some(Some(model.layer)),
        Some(TableKind::Seed(_)) => Some(None),
        _ => None,
    };
    let mut members: BTreeMap<Option<u32>, Vec<TableId>> = BTreeMap::new();
    let mut reads: BTreeMap<Option<u32>, BTreeSet<Option<u32>>> = BTreeMap::new();
    for id in program.order.iter().filter(|id| chosen.contains(id)) {
        let Some(own) = layer(*id) else { continue };
        members.entry(own).or_default().push(*id);
        let read = program.table(*id).into_iter().flat_map(|t| &t.reads).filter(|r| chosen.contains(r)).filter_map(|r| layer(*r));
        reads.entry(own).or_default().extend(read.filter(|l| *l != own));
    }
    let mut order: Vec<Option<u32>> = Vec::new();
    while let Some((next, _)) =
        members.iter().find(|(l, _)| !order.contains(l) && reads.get(l).is_none_or(|r| r.iter().all(|x| order.contains(x))))
    {
        order.push(*next);
    }
    if order.len() < members.len() {
        return Vec::new();
    }
    let folders = text::layer_folders(program);
    let part = |own: &Option<u32>| {
        let folder = own.and_then(|l| folders.get(l as usize)).cloned();
        let words = match (&folder, all) {
            (None, true) => vec!["--select".to_owned(), "resource_type:seed".to_owned()],
            (Some(folder), true) => vec!["--select".to_owned(), format!("path:models/{folder}")],
            (_, false) => {
                let named = members.get(own).into_iter().flatten().filter_map(|id| names.get(id.0 as usize)).cloned();
                std::iter::once("--select".to_owned()).chain(named).collect()
            }
        };
        let after = order.iter().enumerate().filter(|(_, l)| reads.get(own).is_some_and(|r| r.contains(l))).map(|(i, _)| i).collect();
        Part { name: folder.unwrap_or_else(|| "seeds".to_owned()), words, after }
    };
    order.iter().map(part).collect()
}
