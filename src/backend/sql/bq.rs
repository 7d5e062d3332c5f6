use super::super::{FileTree, text};
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::ir::{Program, Setting};

/// Writes `run.sh`: the files of the index through `bq query`, in the warehouse's project and location.
pub(super) fn script(program: &Program, out: &mut FileTree, diagnostics: &mut Diagnostics) {
    let mut says = vec!["Runs the files of index.txt in order with Google's `bq`, for the day in PIPEC_RUN_DATE.".to_owned()];
    says.extend(text::header("", &text::whole_project(program)));
    let mut places = String::new();
    let settings = program.project.warehouse.iter().flat_map(|w| &w.settings);
    for (name, option) in [("project", "project_id"), ("location", "location")] {
        let Some((_, setting)) = settings.clone().find(|(key, _)| ***key == *name) else { continue };
        match setting {
            Setting::Text(value) => places.push_str(&format!("--{option}={} ", text::shell_word(value))),
            Setting::Env(variable) if is_variable(variable) => places.push_str(&format!("--{option}=\"${{{variable}:?}}\" ")),
            Setting::Env(_) | Setting::Secret(_) | Setting::Variable(_) => {
                let message = format!("`{name}` of a BigQuery warehouse is a text or the name of an environment variable");
                diagnostics.push(Diagnostic::error(Code::TargetName, program.project.at, message).help("write a text or `env(\"NAME\")`"));
                return;
            }
        }
    }
    let script = format!(
        "#!/usr/bin/env bash\n{}{}",
        text::comment("#", &says),
        include_str!("templates/run.sh").replacen("PLACES", places.trim_end(), 1)
    );
    text::put(out, diagnostics, "sql/bigquery/run.sh", program.project.at, script);
}

fn is_variable(name: &str) -> bool {
    !name.is_empty() && !name.starts_with(|c: char| c.is_ascii_digit()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}
