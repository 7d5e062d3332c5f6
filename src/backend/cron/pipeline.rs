use super::super::steps::{Audit, Command, Scripts, Telling, audit, commands, telling};
use super::super::text;
use crate::diag::Diagnostic;
use crate::ir::{Pipeline, Program};
use serde::Serialize;

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
    /// Where runs are written down.
    audit: Option<Audit>,
    alerts: Vec<Telling>,
    /// Where failures are told by mail: words of the shell.
    mails: Vec<String>,
    /// The secrets that say where failures are told.
    secrets: Vec<String>,
    steps: Vec<Command>,
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
pub(super) fn script(program: &Program, pipeline: &Pipeline, written: &Scripts, names: &[String]) -> Result<Script, Box<Diagnostic>> {
    let mut steps = Vec::new();
    for step in &pipeline.steps {
        steps.extend(commands(program, pipeline, step, written, names)?);
    }
    let alerts = telling(program, pipeline)?;
    Ok(Script {
        header: text::header(&pipeline.doc, &text::whole_project(program)),
        name: pipeline.name.as_str().to_owned(),
        timezone: pipeline.timezone.to_string(),
        retries: pipeline.retries,
        retry_minutes: pipeline.retry_minutes,
        timeout_minutes: pipeline.timeout_minutes.unwrap_or(0),
        audit: audit(program, pipeline),
        mails: alerts.iter().filter(|a| a.kind == "email").map(|a| a.value.clone()).collect(),
        secrets: alerts.iter().filter_map(|a| a.secret.clone()).collect(),
        alerts,
        steps,
    })
}
