//! The evidence report: per sink what it receives, from where, and by which mask, release or clearance each column is admissible, as HTML and JSON.

mod checklist;
mod made;
mod report;
mod sinks;
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
    match (templates.render(template, data), serde_json::to_value(data)) {
        (Ok(html), Ok(value)) => {
            let mut json = String::new();
            lines(&value, 0, &mut json);
            json.push('\n');
            text::put(out, diagnostics, &format!("evidence/{stem}.html"), at, html);
            text::put(out, diagnostics, &format!("evidence/{stem}.json"), at, json);
        }
        (Err(problem), _) => diagnostics.push(broken(program, &problem.to_string())),
        (_, Err(problem)) => diagnostics.push(broken(program, &problem.to_string())),
    }
}

/// JSON with a line per column: what changed between two versions is seen line by line, and an object deep inside is not spread over twenty.
fn lines(value: &serde_json::Value, depth: usize, out: &mut String) {
    const DEEPEST: usize = 4;
    let (open, close, parts): (char, char, Vec<(String, &serde_json::Value)>) = match value {
        serde_json::Value::Array(items) if depth < DEEPEST && !items.is_empty() => {
            ('[', ']', items.iter().map(|v| (String::new(), v)).collect())
        }
        serde_json::Value::Object(fields) if depth < DEEPEST && !fields.is_empty() => {
            ('{', '}', fields.iter().map(|(k, v)| (format!("{}: ", serde_json::Value::from(k.as_str())), v)).collect())
        }
        flat => return out.push_str(&flat.to_string()),
    };
    out.push(open);
    for (i, (name, part)) in parts.iter().enumerate() {
        out.push_str(if i == 0 { "\n" } else { ",\n" });
        out.push_str(&"  ".repeat(depth + 1));
        out.push_str(name);
        lines(part, depth + 1, out);
    }
    out.push('\n');
    out.push_str(&"  ".repeat(depth));
    out.push(close);
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
