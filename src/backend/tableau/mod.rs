//! Tableau: one `.tds` per data source over the view made for it, with the filter that asks who looks; who may do what with each, as data;
//! a script that publishes both; and the condition of each as text, for a policy of a virtual connection.
//!
//! What is uncleared is absent: the connection reads the views and nothing else. Hidden columns and folders are for convenience.

mod filter;
mod manifest;
mod tds;
#[cfg(test)]
mod tests;
mod xml;

use super::{Backend, FileTree, text};
use crate::check::Checked;
use crate::diag::Diagnostics;
use crate::ir::{Program, Setting, Shown};
use std::collections::BTreeMap;

/// The back end.
pub(super) struct Tableau;

/// Publishes what the other files say; the same for every project.
const PUBLISH: &str = include_str!("publish.py");
/// What it runs with.
const REQUIREMENTS: &str = "tableauserverclient==0.42\n";

impl Backend for Tableau {
    fn id(&self) -> &'static str {
        "tableau"
    }

    fn emit(&self, program: &Checked, out: &mut FileTree, diagnostics: &mut Diagnostics) {
        let program = program.program();
        if program.shown.is_empty() {
            return;
        }
        let mut stems = text::Stems::default();
        let files: Vec<(String, &Shown)> = program.shown.iter().map(|s| (format!("{}.tds", stems.claim(s.name.as_str())), s)).collect();
        for (file, shown) in &files {
            text::put(out, diagnostics, &format!("tableau/{file}"), shown.at, tds::file(program, shown));
        }
        let at = program.project.at;
        text::put(out, diagnostics, "tableau/manifest.json", at, manifest::json(program, &files));
        text::put(out, diagnostics, "tableau/publish.py", at, PUBLISH);
        text::put(out, diagnostics, "tableau/requirements.txt", at, REQUIREMENTS);
        text::put(out, diagnostics, "tableau/virtual_connections.md", at, manifest::virtual_connections(program));
        text::put(out, diagnostics, "tableau/README.md", at, manifest::readme(program, &files));
    }
}

/// What the connection needs to know of the server: settings with what stands for them in a `.tds` until the script fills it in.
fn connection(program: &Program) -> BTreeMap<&'static str, String> {
    let settings = program.project.warehouse.as_ref().map(|w| &w.settings);
    let fill = |name: &str, otherwise: &str| match settings.and_then(|s| s.get(name)) {
        Some(Setting::Text(text)) => text.to_string(),
        Some(Setting::Env(name) | Setting::Secret(name) | Setting::Variable(name)) => format!("${{{name}}}"),
        None => otherwise.to_owned(),
    };
    BTreeMap::from([
        ("dbname", fill("database", "${DBT_DATABASE}")),
        ("port", fill("port", "5432")),
        ("server", fill("host", "${DBT_HOST}")),
    ])
}
