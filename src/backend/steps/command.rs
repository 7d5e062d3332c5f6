//! The commands of a step.

use super::{Scripts, built};
use crate::diag::{Code, Diagnostic};
use crate::ir::{Pipeline, Program, Step, StepAction, TableId};
use serde::Serialize;
use std::collections::BTreeMap;

/// A step as a command of a shell: of `lib.sh` or of the folder it lies in, and words for it.
#[derive(Serialize)]
pub(in crate::backend) struct Command {
    pub(in crate::backend) name: String,
    pub(in crate::backend) command: String,
    pub(in crate::backend) words: Vec<String>,
}

/// The commands of a step; an export each where it has several.
///
/// # Errors
/// P0132 when it needs dbt and the project does not emit it, P0664 for a pod where no Kubernetes is asked.
pub(in crate::backend) fn commands(
    program: &Program,
    pipeline: &Pipeline,
    step: &Step,
    written: &Scripts,
    names: &[String],
) -> Result<Vec<Command>, Box<Diagnostic>> {
    let name = step.name.as_str().to_owned();
    let one = |name: String, command: &str, words: Vec<String>| vec![Command { name, command: command.to_owned(), words }];
    let needs_dbt = || {
        if program.project.emit.iter().any(|e| **e == *"dbt") {
            return Ok(());
        }
        let problem = Diagnostic::error(Code::MissingSetting, step.at, "pipelines build with dbt, and the project does not emit it");
        Err(Box::new(problem.label("this step").help("add `dbt` to `emit`")))
    };
    match &step.action {
        StepAction::GitPull => Ok(one(name, "git_pull", Vec::new())),
        StepAction::Build(tables) => {
            needs_dbt().map(|()| one(name, "dbt_build", selection(&built(program, pipeline, step, tables), names)))
        }
        StepAction::Test(tables) => needs_dbt().map(|()| one(name, "dbt_test", selection(tables, names))),
        StepAction::Export(chosen) => Ok(run(&written.exports, chosen)),
        StepAction::Load(chosen) => Ok(run(&written.loads, chosen)),
        StepAction::Freshness => needs_dbt().map(|()| one(name, "dbt_freshness", Vec::new())),
        StepAction::Refresh(what, all) => {
            let words = std::iter::once(what.name().to_owned()).chain(all.iter().map(ToString::to_string)).collect();
            Ok(one(name, "tableau_refresh", words))
        }
        StepAction::Container(_) => {
            let Some(stem) = written.containers.get(&(pipeline.name.clone(), step.name.clone())) else {
                let problem = Diagnostic::error(Code::ContainerStep, step.at, "cron starts no pods of Kubernetes");
                return Err(Box::new(problem.label("this step").help("run the pipeline `on airflow`, or the container `on docker`")));
            };
            Ok(one(name, &format!("bash \"$here/{stem}.sh\""), Vec::new()))
        }
    }
}

/// A command per script.
fn run(scripts: &BTreeMap<u32, String>, chosen: &[u32]) -> Vec<Command> {
    let stems = chosen.iter().filter_map(|i| scripts.get(i));
    stems.map(|stem| Command { name: stem.clone(), command: format!("bash \"$here/{stem}.sh\""), words: Vec::new() }).collect()
}

/// dbt's words for some models; none: all.
fn selection(tables: &[TableId], names: &[String]) -> Vec<String> {
    let chosen: Vec<String> = tables.iter().filter_map(|id| names.get(id.0 as usize)).filter(|n| !n.is_empty()).cloned().collect();
    if chosen.is_empty() { chosen } else { std::iter::once("--select".to_owned()).chain(chosen).collect() }
}
