use super::collect::Found;
use super::globs::{Use, Written};
use super::reader::Reader;
use super::schedule::{schedule, surprises};
use super::tagged::label;
use super::words::{Key, Once, Read, Words, choice, missing, unknown, wrong};
use super::zones::check_zone;
use crate::base::{Ident, Span};
use crate::diag::{Code, Diagnostic};
use crate::ir::{Alert, Pipeline, Refreshed, Runner, Schedule, Setting, Step, StepAction, TableId};
use crate::syntax::ast::{Sentence, Word, WordKind};
use std::collections::BTreeMap;
use std::sync::Arc;

pub(super) const SETTINGS: [&str; 10] = ["schedule", "timezone", "retries", "timeout", "alert", "audit", "pool", "owner", "tags", "dbt"];
const STEPS: [&str; 8] = ["build", "test", "export", "load", "freshness", "git", "container", "refresh"];

/// What a pipeline says beside its steps.
#[derive(Default)]
struct Head {
    schedule: Option<Arc<str>>,
    after: Vec<(Ident, Span)>,
    cosmos: bool,
    timezone: Option<Arc<str>>,
    retries: Option<(u32, u32)>,
    timeout_minutes: Option<u32>,
    alerts: Vec<Alert>,
    audit: Option<TableId>,
    pool: Option<Arc<str>>,
    owner: Option<Arc<str>>,
    tags: Vec<Arc<str>>,
}

/// A step before the names it waits for are known.
struct Draft {
    step: Step,
    after: Option<Vec<(Ident, Span)>>,
    /// Written without a name: such steps run in sequence.
    bare: bool,
}

impl<'a> Reader<'a, '_> {
    /// `pipeline daily on airflow { … }`, and the named schedules pipelines refer to.
    pub(super) fn pipelines(&mut self, found: &[Found<'a>]) {
        self.each(found, "schedule", |reader, _, words| {
            let (name, at) = words.name("the name of the schedule")?;
            words.symbol("=");
            let cron = schedule(words, &reader.schedules)?;
            words.end()?;
            if reader.declare("schedules", &name, at) {
                reader.schedules.insert(name, cron);
            }
            Ok(())
        });
        let mut after: BTreeMap<Ident, Vec<(Ident, Span)>> = BTreeMap::new();
        self.each(found, "pipeline", |reader, one, words| reader.pipeline(one, words, &mut after));
        self.follow(&after);
    }

    /// Pipelines that run after others, once all have names.
    fn follow(&mut self, after: &BTreeMap<Ident, Vec<(Ident, Span)>>) {
        let all: Vec<(Ident, Runner)> = self.out.program.pipelines.iter().map(|p| (p.name.clone(), p.runner)).collect();
        for index in 0..all.len() {
            let Some((own, _)) = all.get(index) else { continue };
            let mut places = Vec::new();
            for (name, at) in after.get(own).into_iter().flatten() {
                let place = (0_u32..).zip(&all).find(|(_, (n, _))| n == name);
                match place {
                    Some((place, (_, Runner::Airflow))) => places.push(place),
                    Some(_) => {
                        let problem =
                            Diagnostic::error(Code::BadSchedule, *at, format!("`{name}` runs on cron, which tells nobody when it is done"));
                        self.diagnostics.push(problem.help("run both on airflow, or give this one a time"));
                    }
                    None if self.declared("pipelines", name) => {}
                    None => {
                        let problem = unknown("pipeline", name.as_str(), *at, self.names_of("pipelines"));
                        self.diagnostics.push(problem);
                    }
                }
            }
            if let Some(pipeline) = self.out.program.pipelines.get_mut(index) {
                pipeline.schedule.after = places;
            }
        }
        let waits: Vec<Vec<u32>> = self.out.program.pipelines.iter().map(|p| p.schedule.after.clone()).collect();
        if let Some(stuck) = first_stuck(&waits).and_then(|i| self.out.program.pipelines.get(i)) {
            let problem = Diagnostic::error(Code::Cycle, stuck.at, format!("the pipeline `{}` waits for itself", stuck.name));
            self.diagnostics.push(problem);
        }
    }

    fn pipeline(&mut self, one: &Found<'a>, words: &mut Words<'_>, after: &mut BTreeMap<Ident, Vec<(Ident, Span)>>) -> Read<()> {
        let (name, at) = words.name("the name of the pipeline")?;
        if !self.declare("pipelines", &name, at) {
            return Ok(());
        }
        words.expect("on")?;
        let key = words.key("`airflow` or `cron`")?;
        let runner = match key.text {
            "airflow" => Runner::Airflow,
            "cron" => Runner::Cron,
            _ => return Err(choice("runner", key, ["airflow", "cron"])),
        };
        let reported = self.diagnostics.len();
        let mut head = Head::default();
        let mut drafts: Vec<Draft> = Vec::new();
        let mut once = Once::default();
        for sentence in words.block().unwrap_or_default() {
            let mut inner = Words::new(words.generator, words.env, sentence);
            if inner.peek_key().is_some_and(|k| SETTINGS.contains(&k.text)) && !is_named(sentence) {
                self.phrase(&mut inner, &mut |reader, words, key| {
                    once.named(key)?;
                    reader.pipeline_setting(words, key, &mut head)
                });
            } else {
                let draft = self.step(&mut inner, sentence, &drafts);
                drafts.extend(self.keep(draft));
            }
        }
        words.end()?;
        if self.diagnostics.len() > reported && self.diagnostics.iter().skip(reported).any(|d| d.severity == crate::diag::Severity::Error) {
            return Ok(());
        }
        if let (Some((_, at)), Runner::Cron) = (head.after.first(), runner) {
            return Err(
                Diagnostic::error(Code::BadSchedule, *at, "cron knows no other pipeline").help("give it a time, or run it on airflow")
            );
        }
        if head.cosmos && runner == Runner::Cron {
            return Err(wrong(at, "Cosmos makes tasks of Airflow, and this runs on cron").help("take `dbt cosmos` out"));
        }
        let cron = if head.after.is_empty() { head.schedule } else { Some(Arc::default()) };
        after.insert(name.clone(), std::mem::take(&mut head.after));
        let cron = cron.ok_or_else(|| missing(at, format!("pipeline `{name}` lacks a schedule")).help("add `schedule daily at 02:00`"))?;
        if drafts.is_empty() {
            return Err(missing(at, format!("pipeline `{name}` has no steps")).help("add `build *; test *; export *`"));
        }
        let steps = connect(drafts)?;
        let timezone = head.timezone.unwrap_or_else(|| Arc::from("UTC"));
        for surprise in surprises(&cron, &timezone, at) {
            self.diagnostics.push(surprise);
        }
        let doc = self.doc(one.item.doc.as_ref(), &one.env);
        let (retries, retry_minutes) = head.retries.unwrap_or((0, 0));
        self.out.program.pipelines.push(Pipeline {
            name,
            runner,
            schedule: Schedule::at(cron),
            timezone,
            retries,
            retry_minutes,
            timeout_minutes: head.timeout_minutes,
            alerts: head.alerts,
            audit: head.audit,
            pool: head.pool,
            owner: head.owner,
            cosmos: head.cosmos,
            tags: head.tags,
            steps,
            doc,
            at,
        });
        Ok(())
    }

    fn pipeline_setting(&mut self, words: &mut Words<'_>, key: Key<'_>, head: &mut Head) -> Read<()> {
        match key.text {
            "schedule" if words.take("after") => head.after = words.names("a pipeline")?,
            "dbt" => {
                let key = words.key("`cosmos` or `layers`")?;
                head.cosmos = match key.text {
                    "cosmos" => true,
                    "layers" => false,
                    _ => return Err(choice("way to run dbt", key, ["layers", "cosmos"])),
                };
            }
            "schedule" if words.take("by") => {
                words.expect("hand")?;
                head.schedule = Some(Arc::default());
            }
            "schedule" => head.schedule = Some(schedule(words, &self.schedules)?),
            "timezone" => {
                let at = words.here();
                let zone = words.text("a time zone")?;
                check_zone(&zone, at)?;
                head.timezone = Some(zone);
            }
            "retries" => {
                let times = words.number("`retries`")?;
                let minutes = if words.take("every") { words.minutes("the time between tries")? } else { 5 };
                head.retries = Some((times, minutes));
            }
            "timeout" => head.timeout_minutes = Some(words.minutes("`timeout`")?),
            "alert" => {
                let at = words.here();
                let told = alert(words)?;
                if head.alerts.contains(&told) {
                    return Err(wrong(at, "this alert is said twice"));
                }
                head.alerts.push(told);
            }
            "audit" => {
                let at = words.here();
                words.path("a table for what was run")?;
                head.audit = self.run_audits.iter().find(|(named, _)| *named == at).map(|(_, id)| *id);
            }
            "pool" => head.pool = Some(words.text("the name of the pool")?),
            "owner" => head.owner = Some(label(words)?),
            "tags" => head.tags.extend(words.list(label)?),
            _ => return Err(key.unknown("pipeline", &SETTINGS)),
        }
        Ok(())
    }

    /// `models = build * after load`, `export a, b after checks`, `git pull`
    fn step(&mut self, words: &mut Words<'_>, sentence: &Sentence, before: &[Draft]) -> Read<Draft> {
        let named = is_named(sentence);
        let name = if named {
            let (name, at) = words.name("the name of the step")?;
            words.symbol("=");
            Some((name, at))
        } else {
            None
        };
        let key = match words.call() {
            Some((key, _)) => key,
            None => words.key("what the step does")?,
        };
        let (action, made) = self.action(words, key)?;
        let after = if words.take("after") { Some(words.names("a step")?) } else { None };
        words.end()?;
        let taken = |name: &str| before.iter().any(|d| d.step.name.as_str() == name);
        let (name, at) = match name {
            Some((name, at)) if taken(name.as_str()) => {
                return Err(Diagnostic::error(Code::DuplicateName, at, format!("two steps are named `{name}`")));
            }
            Some(named) => named,
            None => {
                let numbered = (2_u32..).map(|n| format!("{made}_{n}"));
                let free = std::iter::once(made.to_owned()).chain(numbered).find(|n| !taken(n)).unwrap_or_default();
                (Ident::exact(&free), key.at)
            }
        };
        Ok(Draft { step: Step { name, action, after: Vec::new(), at }, after, bare: !named })
    }

    fn action<'w>(&mut self, words: &mut Words<'w>, key: Key<'w>) -> Read<(StepAction, &'w str)> {
        let action = match key.text {
            "build" | "test" => {
                let written = words.list(Written::read)?;
                let all = written.iter().any(Written::is_all);
                let purpose = if key.text == "build" { Use::Build } else { Use::Access };
                let tables = if all { Vec::new() } else { self.tables(&written, purpose)?.into_iter().map(|(id, _)| id).collect() };
                if key.text == "build" { StepAction::Build(tables) } else { StepAction::Test(tables) }
            }
            "export" => StepAction::Export(self.exported(words)?),
            "load" => StepAction::Load(self.loaded(words)?),
            "freshness" => {
                if words.name("`*`")?.0.as_str() != "*" {
                    return Err(wrong(key.at, "`freshness` asks all sources").help("write `freshness *`"));
                }
                StepAction::Freshness
            }
            "git" => {
                words.expect("pull")?;
                return Ok((StepAction::GitPull, "git_pull"));
            }
            "container" => StepAction::Container(Box::new(self.container(words)?)),
            "refresh" => {
                let kind = words.key("`workbook` or `datasource`")?;
                let what = match kind.text {
                    "workbook" => Refreshed::Workbook,
                    "datasource" => Refreshed::Datasource,
                    _ => return Err(choice("thing that Tableau makes anew", kind, ["workbook", "datasource"])),
                };
                let names = words.list(|words| words.text("a name in Tableau"))?;
                StepAction::Refresh(what, names)
            }
            "copy" | "move" => {
                let problem = Diagnostic::error(Code::UnknownSetting, key.at, format!("there is no step `{}`", key.text));
                return Err(problem
                    .help("`load` reads files into a table, and moves them to its `archive` when they are in; `export` writes files"));
            }
            other => {
                let problem = Diagnostic::error(Code::UnknownSetting, key.at, format!("there is no step `{other}`"));
                let list = STEPS.map(|s| format!("`{s}`")).join(", ");
                return Err(problem.suggest(other, STEPS).help(format!("the steps are {list}")));
            }
        };
        Ok((action, key.text))
    }

    /// `*`, or loads by name.
    fn loaded(&self, words: &mut Words<'_>) -> Read<Vec<u32>> {
        let loads = &self.out.program.loads;
        let mut chosen = Vec::new();
        for (name, at) in words.names("a load or `*`")? {
            if name.as_str() == "*" {
                chosen.extend((0_u32..).zip(loads).map(|(i, _)| i));
                continue;
            }
            match (0_u32..).zip(loads).find(|(_, l)| l.name == name) {
                Some((place, _)) => chosen.push(place),
                None if self.declared("loads", &name) => {}
                None => return Err(unknown("load", name.as_str(), at, self.names_of("loads"))),
            }
        }
        // In the order written: a table that others refer to is filled before them.
        let mut seen = std::collections::BTreeSet::new();
        chosen.retain(|c| seen.insert(*c));
        Ok(chosen)
    }

    /// `*`, or exports by name.
    fn exported(&self, words: &mut Words<'_>) -> Read<Vec<u32>> {
        let exports = &self.out.program.exports;
        let mut chosen = Vec::new();
        for (name, at) in words.names("an export or `*`")? {
            if name.as_str() == "*" {
                chosen.extend((0_u32..).zip(exports).map(|(i, _)| i));
                continue;
            }
            let place = (0_u32..).zip(exports).find(|(_, e)| e.name == name).map(|(i, _)| i);
            match place {
                Some(place) => chosen.push(place),
                // An export that is declared but broken has been reported already.
                None if self.declared("exports", &name) => {}
                None => return Err(unknown("export", name.as_str(), at, self.names_of("exports"))),
            }
        }
        chosen.sort_unstable();
        chosen.dedup();
        Ok(chosen)
    }
}

/// `name = …`
pub(super) fn is_named(sentence: &Sentence) -> bool {
    matches!(sentence.words.get(1), Some(Word { kind: WordKind::Symbol(s), .. }) if s == "=")
}

/// Steps by index; a bare step waits for the one before it.
fn connect(drafts: Vec<Draft>) -> Read<Vec<Step>> {
    let names: Vec<Ident> = drafts.iter().map(|d| d.step.name.clone()).collect();
    let mut steps = Vec::with_capacity(drafts.len());
    for (index, draft) in (0_u32..).zip(drafts) {
        let mut step = draft.step;
        match draft.after {
            Some(after) => {
                for (name, at) in after {
                    let place = (0_u32..).zip(&names).find(|(_, n)| **n == name).map(|(i, _)| i);
                    step.after.push(place.ok_or_else(|| unknown("step", name.as_str(), at, names.iter().map(Ident::as_str)))?);
                }
            }
            None if draft.bare => step.after.extend(index.checked_sub(1)),
            None => {}
        }
        step.after.sort_unstable();
        step.after.dedup();
        steps.push(step);
    }
    match circle(&steps) {
        Some(step) => Err(Diagnostic::error(Code::Cycle, step.at, format!("the step `{}` waits for itself", step.name))),
        None => Ok(in_order(steps)),
    }
}

/// Steps behind those they wait for, else as written: whoever runs them goes from first to last.
fn in_order(steps: Vec<Step>) -> Vec<Step> {
    let waits = |index: u32, done: &[u32]| steps.get(index as usize).is_some_and(|s| s.after.iter().all(|a| done.contains(a)));
    let mut open: Vec<u32> = (0_u32..).zip(&steps).map(|(i, _)| i).collect();
    let mut done: Vec<u32> = Vec::new();
    while let Some(next) = open.iter().copied().find(|i| waits(*i, &done)) {
        open.retain(|i| *i != next);
        done.push(next);
    }
    let place: BTreeMap<u32, u32> = done.iter().copied().zip(0_u32..).collect();
    let moved = |step: &Step| {
        let mut step = step.clone();
        step.after = step.after.iter().filter_map(|a| place.get(a)).copied().collect();
        step.after.sort_unstable();
        step
    };
    done.iter().filter_map(|i| steps.get(*i as usize)).map(moved).collect()
}

/// The first step that can never start.
fn circle(steps: &[Step]) -> Option<&Step> {
    let waits: Vec<Vec<u32>> = steps.iter().map(|s| s.after.clone()).collect();
    first_stuck(&waits).and_then(|i| steps.get(i))
}

/// The first of several that can never start, by whom each waits for.
fn first_stuck(waits: &[Vec<u32>]) -> Option<usize> {
    let mut done = vec![false; waits.len()];
    loop {
        let is_done = |i: &u32| done.get(*i as usize).copied().unwrap_or(true);
        let next = waits.iter().enumerate().position(|(i, w)| !done.get(i).copied().unwrap_or(true) && w.iter().all(is_done));
        match next.and_then(|n| done.get_mut(n)) {
            Some(flag) => *flag = true,
            None => return done.iter().position(|done| !done),
        }
    }
}

/// `slack(secret("SLACK_URL"))`, `email("data@example.org")`
fn alert(words: &mut Words<'_>) -> Read<Alert> {
    let at = words.here();
    let shape = || wrong(at, "an alert goes to `slack(…)` or `email(…)`").help("write `alert slack(secret(\"SLACK_URL\"))`");
    let (key, args) = words.call().ok_or_else(shape)?;
    let [mut arg] = <[Words<'_>; 1]>::try_from(args).map_err(|_| shape())?;
    let to = arg.setting("where the alert goes")?;
    arg.end()?;
    match key.text {
        "slack" if matches!(to, Setting::Text(_)) => {
            let problem = wrong(at, "the address of a Slack webhook is written in plain text");
            Err(problem.help("whoever has it may write to the channel: `alert slack(secret(\"SLACK_URL\"))` or `env(\"…\")`"))
        }
        "slack" => Ok(Alert::Slack(to)),
        "email" => Ok(Alert::Email(to)),
        _ => Err(choice("way to alert", key, ["slack", "email"])),
    }
}
