//! Pipelines run by cron: a crontab, a script per pipeline and per export, and the functions they share. Shape lives in `templates/`.

mod pipeline;

#[cfg(test)]
mod tests;

use super::steps::{Audit, Scripts, Writer, alert_variables, mails};
use super::{Backend, FileTree, secrets, text};
use crate::check::Checked;
use crate::diag::Diagnostics;
use crate::ir::{ExportFormat, Pipeline, Runner};
use serde::Serialize;
use std::collections::BTreeSet;

/// The back end.
pub(super) struct Cron;

const TEMPLATES: [(&str, &str); 3] = [
    ("README.md", include_str!("templates/README.md.tera")),
    ("crontab", include_str!("templates/crontab.tera")),
    ("pipeline.sh", include_str!("templates/pipeline.sh.tera")),
];

impl Backend for Cron {
    fn id(&self) -> &'static str {
        "cron"
    }

    fn emit(&self, program: &Checked, out: &mut FileTree, diagnostics: &mut Diagnostics) {
        let Some(mut writer) = Writer::new(program, (Runner::Cron, "cron"), &TEMPLATES, out, diagnostics) else { return };
        let pipelines = writer.pipelines();
        if pipelines.is_empty() {
            return;
        }
        let written = writer.scripts(&pipelines);
        let lines = scripts(&mut writer, &pipelines, &written);
        writer.shared("..");
        table(&mut writer, &lines, &pipelines);
    }
}

/// A script per pipeline, and its line of the crontab.
fn scripts(writer: &mut Writer<'_>, pipelines: &[&Pipeline], written: &Scripts) -> Vec<pipeline::Line> {
    let mut stems = text::Stems::default();
    // Other scripts lie in the same folder.
    written.taken().for_each(|taken| _ = stems.claim(taken));
    let names = text::node_names(writer.program);
    let mut lines = Vec::new();
    for pipeline in pipelines {
        let file = format!("{}.sh", stems.claim(pipeline.name.as_str()));
        match pipeline::script(writer.program, pipeline, written, &names) {
            Ok(script) => {
                writer.render("pipeline.sh", &format!("cron/{file}"), pipeline.at, &script);
                lines.push(pipeline::Line::new(pipeline, file));
            }
            Err(problem) => writer.diagnostics.push(*problem),
        }
    }
    lines
}

/// The crontab, and what it needs.
fn table(writer: &mut Writer<'_>, lines: &[pipeline::Line], pipelines: &[&Pipeline]) {
    #[derive(Serialize)]
    struct Table<'a> {
        header: Vec<String>,
        project: String,
        pipelines: &'a [pipeline::Line],
        variables: BTreeSet<String>,
        parquet: bool,
        xlsx: bool,
        mail: bool,
        audits: Vec<Audit>,
        environments: Vec<&'a str>,
        store: &'static str,
        folder: String,
        keys: BTreeSet<String>,
    }
    let project = text::Stems::default().claim(writer.program.project.name.as_str());
    let variables = pipelines.iter().flat_map(|p| alert_variables(writer.program, p)).collect();
    let at = writer.program.project.at;
    let whole = text::whole_project(writer.program);
    let parquet = writer.writes(pipelines, ExportFormat::Parquet);
    let xlsx = writer.writes(pipelines, ExportFormat::Xlsx);
    let (mail, environments) = (mails(pipelines), writer.environments());
    let header = text::header("When each pipeline runs.", &whole);
    let audits = writer.audits(pipelines);
    let (store, folder) = (secrets::kind(&writer.program.project.secrets), secrets::folder(&writer.program.project.secrets));
    let keys = secrets::keys(writer.program, pipelines);
    let mut shared = Table { store, folder, keys, header, project, pipelines: lines, variables, parquet, xlsx, mail, audits, environments };
    writer.render("crontab", "cron/crontab", at, &shared);
    shared.header = text::header("", &whole);
    writer.render("README.md", "cron/README.md", at, &shared);
}
