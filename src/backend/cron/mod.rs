//! Pipelines run by cron: a crontab, a script per pipeline and per export, and the functions they share. Shape lives in `templates/`.

mod export;
mod pipeline;
mod quote;

#[cfg(test)]
mod tests;

use super::{Backend, FileTree, text};
use crate::base::Span;
use crate::check::{Checked, residue::Marks};
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::ir::{Pipeline, Program, Runner, StepAction};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use tera::{Context, Tera};

/// The back end.
pub(super) struct Cron;

const TEMPLATES: [(&str, &str); 5] = [
    ("README.md", include_str!("templates/README.md.tera")),
    ("crontab", include_str!("templates/crontab.tera")),
    ("export.sh", include_str!("templates/export.sh.tera")),
    ("lib.sh", include_str!("templates/lib.sh.tera")),
    ("pipeline.sh", include_str!("templates/pipeline.sh.tera")),
];

impl Backend for Cron {
    fn id(&self) -> &'static str {
        "cron"
    }

    fn emit(&self, program: &Checked, out: &mut FileTree, diagnostics: &mut Diagnostics) {
        let checked = program;
        let program = program.program();
        let pipelines: Vec<&Pipeline> = program.pipelines.iter().filter(|p| p.runner == Runner::Cron).collect();
        if pipelines.is_empty() {
            return;
        }
        let mut tera = Tera::new();
        tera.autoescape_on(Vec::<&str>::new());
        quote::register(&mut tera);
        if let Err(error) = tera.add_raw_templates(TEMPLATES) {
            diagnostics.push(broken(program.project.at, &error));
            return;
        }
        let mut writer = Writer { program, marks: Marks::of(checked), tera, out, diagnostics };
        let exports = writer.exports(&pipelines);
        let scripts = writer.pipelines(&pipelines, &exports);
        writer.shared(&scripts, &pipelines);
    }
}

fn broken(at: Span, error: &tera::Error) -> Diagnostic {
    Diagnostic::error(Code::HostFailed, at, format!("a template of the cron back end is broken: {error}"))
}

struct Writer<'a> {
    program: &'a Program,
    marks: Marks,
    tera: Tera,
    out: &'a mut FileTree,
    diagnostics: &'a mut Diagnostics,
}

impl Writer<'_> {
    fn render(&mut self, template: &str, path: &str, at: Span, context: &impl Serialize) {
        let rendered = Context::from_serialize(context).and_then(|context| self.tera.render(template, &context));
        match rendered {
            Ok(text) => text::put(self.out, self.diagnostics, path, at, text),
            Err(error) => self.diagnostics.push(broken(at, &error)),
        }
    }

    /// Writes the exports that some pipeline runs; the stem of each one's script, by index.
    fn exports(&mut self, pipelines: &[&Pipeline]) -> BTreeMap<u32, String> {
        let mut wanted: BTreeSet<u32> = BTreeSet::new();
        for step in pipelines.iter().flat_map(|p| &p.steps) {
            if let StepAction::Export(exports) = &step.action {
                wanted.extend(exports);
            }
        }
        let mut stems = text::Stems::default();
        let mut scripts = BTreeMap::new();
        for index in wanted {
            let Some(export) = self.program.exports.get(index as usize) else { continue };
            let stem = format!("export_{}", stems.claim(export.name.as_str()));
            match export::script(self.program, &self.marks, export, &stem) {
                Ok((script, sql)) => {
                    self.render("export.sh", &format!("cron/{stem}.sh"), export.at, &script);
                    text::put(self.out, self.diagnostics, &format!("cron/{stem}.sql"), export.at, sql);
                    scripts.insert(index, stem);
                }
                Err(problem) => self.diagnostics.push(*problem),
            }
        }
        scripts
    }

    fn pipelines(&mut self, pipelines: &[&Pipeline], exports: &BTreeMap<u32, String>) -> Vec<pipeline::Line> {
        let mut stems = text::Stems::default();
        // `lib.sh` and the exports' scripts lie in the same folder.
        stems.claim("lib");
        exports.values().for_each(|e| _ = stems.claim(e));
        let names = text::node_names(self.program);
        let mut lines = Vec::new();
        for pipeline in pipelines {
            let file = format!("{}.sh", stems.claim(pipeline.name.as_str()));
            match pipeline::script(self.program, pipeline, exports, &names) {
                Ok(script) => {
                    self.render("pipeline.sh", &format!("cron/{file}"), pipeline.at, &script);
                    lines.push(pipeline::Line::new(pipeline, file));
                }
                Err(problem) => self.diagnostics.push(*problem),
            }
        }
        lines
    }

    fn shared(&mut self, lines: &[pipeline::Line], pipelines: &[&Pipeline]) {
        #[derive(Serialize)]
        struct Shared<'a> {
            header: Vec<String>,
            project: String,
            pipelines: &'a [pipeline::Line],
            variables: BTreeSet<String>,
        }
        let project = text::Stems::default().claim(self.program.project.name.as_str());
        let variables = pipelines.iter().filter_map(|p| pipeline::alert_variable(p)).collect();
        let header = |says: &str| text::header(says, &text::whole_project(self.program));
        let at = self.program.project.at;
        let mut shared = Shared { header: header("What the scripts of this folder share."), project, pipelines: lines, variables };
        self.render("lib.sh", "cron/lib.sh", at, &shared);
        shared.header = text::header("When each pipeline runs.", &text::whole_project(self.program));
        self.render("crontab", "cron/crontab", at, &shared);
        shared.header = text::header("", &text::whole_project(self.program));
        self.render("README.md", "cron/README.md", at, &shared);
    }
}
