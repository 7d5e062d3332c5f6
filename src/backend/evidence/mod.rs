//! The evidence report: per sink what it receives, from where, and by which mask, release or clearance each column is admissible, as HTML and JSON.

mod checklist;
mod made;
mod report;
#[cfg(test)]
mod tests;

use super::{Backend, FileTree, text};
use crate::check::Checked;
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::ir::Program;
use handlebars::Handlebars;
use report::{Index, Report};
use serde::Serialize;

/// The back end.
pub(super) struct Evidence;

/// Rises when a field of the JSON changes its meaning or goes away; new fields don't raise it.
const VERSION: u32 = 1;

impl Backend for Evidence {
    fn id(&self) -> &'static str {
        "evidence"
    }

    fn emit(&self, program: &Checked, out: &mut FileTree, diagnostics: &mut Diagnostics) {
        let program = program.program();
        let reports = report::of(program);
        if reports.is_empty() {
            return;
        }
        let mut templates = Handlebars::new();
        templates.set_strict_mode(true);
        let parts = [("style", include_str!("style.hbs")), ("report", include_str!("report.hbs")), ("index", include_str!("index.hbs"))];
        let parsed: Result<Vec<()>, _> = parts.iter().map(|(name, text)| templates.register_template_string(name, text)).collect();
        if let Err(problem) = parsed {
            diagnostics.push(broken(program, &problem.to_string()));
            return;
        }
        for report in &reports {
            write(program, &templates, ("report", &report.stem), report, (out, diagnostics));
        }
        write(program, &templates, ("index", "index"), &Index::of(program, &reports), (out, diagnostics));
    }
}

/// One page and its data.
fn write<T: Serialize>(
    program: &Program,
    templates: &Handlebars<'_>,
    (template, stem): (&str, &str),
    data: &T,
    (out, diagnostics): (&mut FileTree, &mut Diagnostics),
) {
    let at = program.project.at;
    // Both are made of the same values; templates only place them.
    match (templates.render(template, data), serde_json::to_vec_pretty(data)) {
        (Ok(html), Ok(mut json)) => {
            json.push(b'\n');
            text::put(out, diagnostics, &format!("evidence/{stem}.html"), at, html);
            text::put(out, diagnostics, &format!("evidence/{stem}.json"), at, json);
        }
        (Err(problem), _) => diagnostics.push(broken(program, &problem.to_string())),
        (_, Err(problem)) => diagnostics.push(broken(program, &problem.to_string())),
    }
}

fn broken(program: &Program, problem: &str) -> Diagnostic {
    Diagnostic::error(Code::TargetName, program.project.at, format!("the evidence report cannot be written: {problem}"))
}

impl Report {
    /// The version of its JSON.
    fn version() -> u32 {
        VERSION
    }
}
