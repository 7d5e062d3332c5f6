use super::super::text;
use super::quote;
use crate::diag::{Code, Diagnostic};
use crate::ir::{Alert, Pipeline, Program, Setting, Step, StepAction, TableId};
use serde::Serialize;
use std::collections::BTreeMap;

/// What a pipeline's script is made of.
#[derive(Serialize)]
pub(super) struct Script {
    header: Vec<String>,
    name: String,
    timezone: String,
    retries: u32,
    retry_minutes: u32,
    /// 0: no end.
    timeout_minutes: u32,
    alert: Telling,
    steps: Vec<Command>,
}

/// Where failures are told: a kind, and the destination as a shell word.
#[derive(Serialize)]
struct Telling {
    kind: &'static str,
    value: String,
}

/// A step: a command of `lib.sh` or of this folder, and words for it.
#[derive(Serialize)]
struct Command {
    name: String,
    command: String,
    words: Vec<String>,
}

/// A pipeline in the crontab.
#[derive(Serialize)]
pub(super) struct Line {
    name: String,
    says: String,
    cron: String,
    timezone: String,
    script: String,
    /// Both day fields say something: cron then takes either.
    either_day: bool,
}

impl Line {
    pub(super) fn new(pipeline: &Pipeline, script: String) -> Line {
        let fields: Vec<&str> = pipeline.schedule.cron.split_whitespace().collect();
        let says_something = |i: usize| fields.get(i).is_some_and(|f| *f != "*");
        let one_line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        Line {
            name: pipeline.name.as_str().to_owned(),
            says: format!("{} {}", pipeline.name, one_line(&pipeline.doc)).trim_end().to_owned(),
            either_day: says_something(2) && says_something(4),
            cron: fields.join(" "),
            timezone: pipeline.timezone.to_string(),
            script,
        }
    }
}

/// The script of a pipeline.
pub(super) fn script(
    program: &Program,
    pipeline: &Pipeline,
    exports: &BTreeMap<u32, String>,
    names: &[String],
) -> Result<Script, Box<Diagnostic>> {
    let mut steps = Vec::new();
    for step in &pipeline.steps {
        steps.extend(commands(program, step, exports, names)?);
    }
    Ok(Script {
        header: text::header(&pipeline.doc, &text::whole_project(program)),
        name: pipeline.name.as_str().to_owned(),
        timezone: pipeline.timezone.to_string(),
        retries: pipeline.retries,
        retry_minutes: pipeline.retry_minutes,
        timeout_minutes: pipeline.timeout_minutes.unwrap_or(0),
        alert: telling(pipeline)?,
        steps,
    })
}

fn commands(program: &Program, step: &Step, exports: &BTreeMap<u32, String>, names: &[String]) -> Result<Vec<Command>, Box<Diagnostic>> {
    let name = step.name.as_str().to_owned();
    let one = |name: String, command: &str, words: Vec<String>| vec![Command { name, command: command.to_owned(), words }];
    let needs_dbt = || {
        if program.project.emit.iter().any(|e| **e == *"dbt") {
            return Ok(());
        }
        let problem =
            Diagnostic::error(Code::MissingSetting, step.at, "pipelines on cron build with dbt, and the project does not emit it");
        Err(Box::new(problem.label("this step").help("add `dbt` to `emit`")))
    };
    match &step.action {
        StepAction::GitPull => Ok(one(name, "git_pull", Vec::new())),
        StepAction::Build(tables) => needs_dbt().map(|()| one(name, "dbt_build", selection(tables, names))),
        StepAction::Test(tables) => needs_dbt().map(|()| one(name, "dbt_test", selection(tables, names))),
        StepAction::Export(chosen) => {
            let scripts = chosen.iter().filter_map(|e| exports.get(e));
            Ok(scripts
                .map(|stem| Command { name: stem.clone(), command: format!("bash \"$here/{stem}.sh\""), words: Vec::new() })
                .collect())
        }
        StepAction::Other(keyword) => {
            let problem =
                Diagnostic::error(Code::NotEmittedYet, step.at, format!("the cron back end does not write `{keyword}` steps yet"));
            Err(Box::new(problem.label("this step").help("take the step out, or leave `cron` out of `emit`")))
        }
    }
}

/// dbt's words for some models; none: all.
fn selection(tables: &[TableId], names: &[String]) -> Vec<String> {
    let chosen: Vec<String> = tables.iter().filter_map(|id| names.get(id.0 as usize)).filter(|n| !n.is_empty()).cloned().collect();
    if chosen.is_empty() { chosen } else { std::iter::once("--select".to_owned()).chain(chosen).collect() }
}

fn telling(pipeline: &Pipeline) -> Result<Telling, Box<Diagnostic>> {
    let (kind, setting) = match &pipeline.alert {
        None => return Ok(Telling { kind: "none", value: String::new() }),
        Some(Alert::Slack(setting)) => ("slack", setting),
        Some(Alert::Email(setting)) => ("email", setting),
    };
    match setting {
        Setting::Text(text) => Ok(Telling { kind, value: quote::word(text) }),
        Setting::Env(name) | Setting::Secret(name) if is_variable(name) => Ok(Telling { kind, value: format!("\"${{{name}:-}}\"") }),
        Setting::Env(name) | Setting::Secret(name) => {
            let problem =
                Diagnostic::error(Code::TargetName, pipeline.at, format!("`{name}` cannot be the name of an environment variable"));
            Err(Box::new(problem.help("use letters, digits and `_`")))
        }
    }
}

fn is_variable(name: &str) -> bool {
    !name.is_empty() && !name.starts_with(|c: char| c.is_ascii_digit()) && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// The variable that says where failures are told.
pub(super) fn alert_variable(pipeline: &Pipeline) -> Option<String> {
    match &pipeline.alert {
        Some(Alert::Slack(Setting::Env(name) | Setting::Secret(name)) | Alert::Email(Setting::Env(name) | Setting::Secret(name))) => {
            Some(name.to_string())
        }
        _ => None,
    }
}
