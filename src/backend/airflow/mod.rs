//! Pipelines run by Airflow: a static DAG file per pipeline, a script per task, and the functions those share. Nothing is read or computed when Airflow loads a file.
//! Shape lives in `templates/`.

mod dag;

#[cfg(test)]
mod tests;

use super::secrets::{self, keys, kind};
use super::steps::{Audit, Writer, alert_variables, mails};
use super::{Backend, FileTree, text};
use crate::check::Checked;
use crate::diag::Diagnostics;
use crate::ir::{ExportFormat, Pipeline, Runner, StepAction};
use serde::Serialize;
use std::collections::BTreeSet;

/// The back end.
pub(super) struct Airflow;

const STEPS: &str = "airflow/steps";
const TEMPLATES: [(&str, &str); 8] = [
    ("README.md", include_str!("templates/README.md.tera")),
    ("alert.sh", include_str!("templates/alert.sh.tera")),
    ("dag.py", include_str!("templates/dag.py.tera")),
    ("dbt_quiet.sh", include_str!("templates/dbt_quiet.sh.tera")),
    ("manifest.sh", include_str!("templates/manifest.sh.tera")),
    ("record.sh", include_str!("templates/record.sh.tera")),
    ("secrets.cfg", include_str!("templates/secrets.cfg.tera")),
    ("task.sh", include_str!("templates/task.sh.tera")),
];

impl Backend for Airflow {
    fn id(&self) -> &'static str {
        "airflow"
    }

    fn emit(&self, program: &Checked, out: &mut FileTree, diagnostics: &mut Diagnostics) {
        let Some(mut writer) = Writer::new(program, (Runner::Airflow, STEPS), &TEMPLATES, out, diagnostics) else { return };
        let pipelines = writer.pipelines();
        if pipelines.is_empty() {
            return;
        }
        let written = writer.scripts(&pipelines);
        let names = text::node_names(writer.program);
        let mut stems = text::Stems::default();
        // Other scripts lie beside those of tasks.
        written.taken().for_each(|taken| _ = stems.claim(taken));
        let mut dags = Vec::new();
        for pipeline in &pipelines {
            let stem = stems.claim(pipeline.name.as_str());
            match dag::dag(writer.program, pipeline, &stem, &written, &names) {
                Ok(made) => {
                    files(&mut writer, pipeline, &made);
                    dags.push(made);
                }
                Err(problem) => writer.diagnostics.push(*problem),
            }
        }
        writer.shared("../..");
        if pipelines.iter().any(|p| p.audit.is_some()) {
            callback(&mut writer);
        }
        if pipelines.iter().any(|p| p.cosmos) {
            cosmos(&mut writer);
        }
        if pipelines.iter().any(|p| !writer.program.secrets_of_pipeline(p).is_empty()) {
            backends(&mut writer);
        }
        readme(&mut writer, &dags, &pipelines);
    }
}

/// The DAG, a script per task, and the alert.
fn files(writer: &mut Writer<'_>, pipeline: &Pipeline, dag: &dag::Dag) {
    writer.render("dag.py", &format!("airflow/dags/{}.py", dag.id), pipeline.at, dag);
    for task in dag.tasks.iter().filter(|t| t.has_script()) {
        let mails = dag.alerts.iter().filter(|a| a.kind == "email").map(|a| a.value.as_str()).collect();
        let context = dag::Script { header: &task.header, timezone: &dag.timezone, mails, task };
        writer.render("task.sh", &format!("{STEPS}/{}", task.script), pipeline.at, &context);
    }
    writer.render("alert.sh", &format!("{STEPS}/{}", dag.alert_script), pipeline.at, dag);
}

/// What DAG files call to write down how a task stands.
fn callback(writer: &mut Writer<'_>) {
    #[derive(Serialize)]
    struct Callback {
        header: Vec<String>,
    }
    let header = text::header("Writes down how a task stands.", &text::whole_project(writer.program));
    writer.render("record.sh", &format!("{STEPS}/record.sh"), writer.program.project.at, &Callback { header });
}

/// Which backend Airflow keeps secrets in: its operators' settings, and no DAG's.
fn backends(writer: &mut Writer<'_>) {
    #[derive(Serialize)]
    struct Settings {
        header: Vec<String>,
        backend: secrets::Backend,
    }
    for backend in secrets::backends(writer.program) {
        let path = format!("airflow/secrets{}.cfg", backend.ending);
        let header = text::header(
            "Where Airflow reads secrets from: for its airflow.cfg. No secret stands here.",
            &text::whole_project(writer.program),
        );
        writer.render("secrets.cfg", &path, writer.program.project.at, &Settings { header, backend });
    }
}

/// What Cosmos needs: dbt with a log of its own, and the manifest that tells it which models there are.
fn cosmos(writer: &mut Writer<'_>) {
    #[derive(Serialize)]
    struct Quiet {
        header: Vec<String>,
    }
    let at = writer.program.project.at;
    for (name, says) in [
        ("dbt_quiet.sh", "dbt as Cosmos runs it: what it says about rows goes to a log of its own."),
        ("manifest.sh", "Writes the manifest that DAG files with Cosmos read: run it when the project is deployed."),
    ] {
        let header = text::header(says, &text::whole_project(writer.program));
        writer.render(name, &format!("{STEPS}/{name}"), at, &Quiet { header });
    }
}

fn readme(writer: &mut Writer<'_>, dags: &[dag::Dag], pipelines: &[&Pipeline]) {
    #[derive(Serialize)]
    struct Readme<'a> {
        header: Vec<String>,
        project: &'a str,
        version: u32,
        dags: &'a [dag::Dag],
        pools: BTreeSet<&'a str>,
        variables: BTreeSet<String>,
        parquet: bool,
        xlsx: bool,
        mail: bool,
        cosmos: bool,
        pods: bool,
        containers: bool,
        tableau: bool,
        bigquery: bool,
        environments: Vec<&'a str>,
        audits: Vec<Audit>,
        store: &'static str,
        keys: BTreeSet<String>,
    }
    let program = writer.program;
    let context = Readme {
        header: text::header("", &text::whole_project(program)),
        project: program.project.name.as_str(),
        version: program.project.airflow,
        dags,
        pools: pipelines.iter().filter_map(|p| p.pool.as_deref()).collect(),
        variables: pipelines.iter().flat_map(|p| alert_variables(program, p)).chain(writer.container_variables()).collect(),
        parquet: writer.writes(pipelines, ExportFormat::Parquet),
        xlsx: writer.writes(pipelines, ExportFormat::Xlsx),
        mail: mails(pipelines),
        cosmos: pipelines.iter().any(|p| p.cosmos),
        pods: writer.has(|a| matches!(a, StepAction::Container(c) if c.namespace.is_some())),
        containers: writer.has(|a| matches!(a, StepAction::Container(c) if c.namespace.is_none())),
        tableau: writer.has(|a| matches!(a, StepAction::Refresh(..))),
        bigquery: writer.bigquery(),
        environments: writer.environments(),
        audits: writer.audits(pipelines),
        store: kind(&program.project.secrets),
        keys: keys(program, pipelines),
    };
    writer.render("README.md", "airflow/README.md", program.project.at, &context);
}
