use super::super::steps::{Audit, Command, Pod, Scripts, Telling, audit, built, commands, pod, telling, waits};
use super::super::{secrets, text};
use crate::diag::Diagnostic;
use crate::ir::{Alert, Pipeline, Program, SecretStore, Step, StepAction, TableId, TableKind};
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
    pub(super) alerts: Vec<Telling>,
    /// Where runs are written down.
    audit: Option<Audit>,
    pub(super) alert_script: String,
    pub(super) tasks: Vec<Task>,
    /// Whether a task makes an asset, or the DAG waits for some.
    assets: bool,
    /// The assets it runs after; empty: by the clock.
    waits: Vec<String>,
    /// Whether scripts, pods, and models by Cosmos are among its tasks.
    scripts: bool,
    pods: bool,
    /// Whether one of the pods stands on a determination with a last day.
    held: bool,
    cosmos: bool,
    /// What dbt calls the project.
    dbt_project: String,
    secrets: Option<Secrets>,
}

/// What is asked of Airflow when a task runs.
#[derive(Serialize)]
struct Secrets {
    /// What the names of its variables begin with.
    prefix: String,
    /// The secrets that say where failures are told.
    told: Vec<String>,
    /// What writes down how tasks stand logs in with.
    written: Option<String>,
}

impl Secrets {
    fn of(program: &Program, pipeline: &Pipeline) -> Option<Secrets> {
        if program.project.secrets == SecretStore::Environment {
            return None;
        }
        Some(Secrets {
            prefix: secrets::prefix(program),
            told: pipeline.alerts.iter().filter_map(Alert::secret).map(ToString::to_string).collect(),
            written: pipeline.audit.and_then(|_| program.building_secret()).map(|s| s.to_string()),
        })
    }
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
    /// The secrets that Airflow gives it.
    secrets: Vec<String>,
    /// Set where Kubernetes runs it.
    pod: Option<Pod>,
    /// Set where Cosmos makes a task of each of its models.
    cosmos: Option<Cosmos>,
}

/// The models of a group of tasks.
#[derive(Serialize)]
struct Cosmos {
    /// Their names; empty: all.
    select: Vec<String>,
}

impl Task {
    /// Whether a script of its own does it.
    pub(super) fn has_script(&self) -> bool {
        self.pod.is_none() && self.cosmos.is_none()
    }
}

/// What a task's script is made of.
#[derive(Serialize)]
pub(super) struct Script<'a> {
    pub(super) header: &'a [String],
    pub(super) timezone: &'a str,
    /// Where failures are told by mail: words of the shell.
    pub(super) mails: Vec<&'a str>,
    pub(super) task: &'a Task,
}

/// What tells that a pipeline is done.
fn asset(program: &Program, pipeline: &Pipeline) -> String {
    let mut stems = text::Stems::default();
    format!("pipec://{}/{}", stems.claim(program.project.name.as_str()), text::Stems::default().claim(pipeline.name.as_str()))
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
    made.finished();
    let header = text::header(&pipeline.doc, &text::whole_project(program));
    let waits: Vec<String> =
        pipeline.schedule.after.iter().filter_map(|i| program.pipelines.get(*i as usize)).map(|p| asset(program, p)).collect();
    let told = program.told_of_project().and(pipeline.owner.as_deref(), pipeline.tags.iter().map(|t| &**t));
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
        owner: told.owner.map(str::to_owned),
        tags: std::iter::once(program.project.name.as_str()).chain(told.tags).map(str::to_owned).collect(),
        alerts: telling(program, pipeline)?,
        audit: audit(program, pipeline),
        alert_script: format!("{stem}_alert.sh"),
        assets: made.tasks.iter().any(|t| !t.outlets.is_empty()) || !waits.is_empty(),
        waits,
        scripts: made.tasks.iter().any(Task::has_script),
        pods: made.tasks.iter().any(|t| t.pod.is_some()),
        held: made.tasks.iter().any(|t| t.pod.as_ref().is_some_and(|p| p.until.is_some())),
        cosmos: made.tasks.iter().any(|t| t.cosmos.is_some()),
        secrets: Secrets::of(program, pipeline),
        dbt_project: text::Stems::default().claim(program.project.name.as_str()),
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
        let first = self.tasks.len();
        self.tasks_of(step, written, names)?;
        if self.program.project.secrets != SecretStore::Environment {
            let secrets: Vec<String> = self.program.secrets_of_step(step).iter().map(ToString::to_string).collect();
            self.tasks.iter_mut().skip(first).for_each(|task| task.secrets.clone_from(&secrets));
        }
        Ok(())
    }

    fn tasks_of(&mut self, step: &Step, written: &Scripts, names: &[String]) -> Result<(), Box<Diagnostic>> {
        let after = self.after(step);
        let parts = match &step.action {
            StepAction::Build(tables) if self.pipeline.cosmos => {
                let select = built(self.program, self.pipeline, step, tables);
                let select = select.iter().filter_map(|id| names.get(id.0 as usize)).filter(|n| !n.is_empty()).cloned().collect();
                commands(self.program, self.pipeline, step, written, names)?;
                let id = self.special(step, after, None, Some(Cosmos { select }));
                self.ends.push(vec![id]);
                return Ok(());
            }
            StepAction::Container(container) => match &container.namespace {
                Some(namespace) => {
                    let id = self.special(step, after, Some(pod(self.program, container, namespace)), None);
                    self.ends.push(vec![id]);
                    return Ok(());
                }
                None => Vec::new(),
            },
            StepAction::Build(tables) => by_layer(self.program, &built(self.program, self.pipeline, step, tables), names),
            _ => Vec::new(),
        };
        let ends = if parts.len() > 1 { self.layers(step, &after, parts) } else { self.each(step, &after, written, names)? };
        // A step that does nothing (exports, and there are none) hands on what it waits for.
        self.ends.push(if ends.is_empty() { after } else { ends });
        Ok(())
    }

    /// The tasks a step waits for.
    fn after(&self, step: &Step) -> Vec<String> {
        let carriers = waits(self.program, self.pipeline, step);
        let mut after: Vec<String> =
            step.after.iter().chain(&carriers).filter_map(|s| self.ends.get(*s as usize)).flatten().cloned().collect();
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
        let made = commands(self.program, self.pipeline, step, written, names)?;
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

    /// A task that is no script.
    fn special(&mut self, step: &Step, after: Vec<String>, pod: Option<Pod>, cosmos: Option<Cosmos>) -> String {
        let command = Command { name: step.name.as_str().to_owned(), command: String::new(), words: Vec::new() };
        let id = self.task(command, after, Vec::new());
        if let Some(task) = self.tasks.last_mut() {
            (task.pod, task.cosmos) = (pod, cosmos);
        }
        id
    }

    /// Where others run after this one: a last task, which waits for all that nothing waits for.
    fn finished(&mut self) {
        let own = self.program.pipelines.iter().position(|p| p.name == self.pipeline.name).and_then(|i| u32::try_from(i).ok());
        if !self.program.pipelines.iter().any(|p| own.is_some_and(|own| p.schedule.after.contains(&own))) {
            return;
        }
        let waited: BTreeSet<&String> = self.tasks.iter().flat_map(|t| &t.after).collect();
        let last: Vec<String> = self.tasks.iter().map(|t| &t.id).filter(|id| !waited.contains(id)).cloned().collect();
        let command = Command { name: "finished".to_owned(), command: ":".to_owned(), words: Vec::new() };
        self.task(command, last, vec![asset(self.program, self.pipeline)]);
    }

    fn task(&mut self, command: Command, after: Vec<String>, outlets: Vec<String>) -> String {
        let id = self.stems.claim(&command.name);
        let says = format!("The task {id} of {}.", self.pipeline.name);
        let header = text::header(&says, &text::whole_project(self.program));
        // Two underscores: no task of `a` and alert of `a_b` share a name.
        let script = format!("{}__{id}.sh", self.dag);
        self.tasks.push(Task { id: id.clone(), script, header, after, outlets, command, secrets: Vec::new(), pod: None, cosmos: None });
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
    // By table: the layers of what is chosen among what it reads, directly or through what is not chosen (dbt inlines some of that).
    let mut below: BTreeMap<TableId, BTreeSet<Option<u32>>> = BTreeMap::new();
    for id in &program.order {
        let of = |read: &TableId| match layer(*read).filter(|_| chosen.contains(read)) {
            Some(own) => BTreeSet::from([own]),
            None => below.get(read).cloned().unwrap_or_default(),
        };
        let read: BTreeSet<Option<u32>> = program.table(*id).into_iter().flat_map(|t| &t.reads).flat_map(of).collect();
        if let Some(own) = layer(*id).filter(|_| chosen.contains(id)) {
            members.entry(own).or_default().push(*id);
            reads.entry(own).or_default().extend(read.iter().copied().filter(|l| *l != own));
        }
        below.insert(*id, read);
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
