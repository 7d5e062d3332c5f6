use super::output::{Output, counted};
use super::{ERRORS, ProjectArgs};
use crate::base::Sources;
use crate::classify::{Edited, Proposals, diff, edited, propose};
use crate::diag::Diagnostics;
use crate::diag::render::place;
use crate::driver;
use crate::host::{self, Wants};
use clap::Args;
use std::collections::BTreeMap;

/// Proposes what unclassified source columns tell about a person.
///
/// From names and types, and with `--values` from the sample rows and seeds, too; no value is ever printed. Proposals are a diff to read: nothing is
/// classified until you accept it. `@public` is never proposed: that a column tells nothing is for a person to say.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  pipec classify                    the diff on standard output, the reasons on standard error
  pipec classify --values           look at the sample data, too
  pipec classify | git apply        accept all of it
  pipec classify --write            the same, and files stay formatted")]
pub(super) struct Classify {
    #[command(flatten)]
    project: ProjectArgs,

    /// Look at the values of sample rows and seeds, too
    #[arg(long)]
    values: bool,

    /// Write the proposals into the files
    #[arg(long)]
    write: bool,
}

impl Classify {
    pub(super) fn run(&self, output: &Output) -> u8 {
        let wants = if self.values { Wants::Rows } else { Wants::Compile };
        let loaded = host::load(&self.project.project, crate::stdlib::files(), wants);
        let mut diagnostics = Diagnostics::new();
        let program = driver::front(&loaded.sources, &BTreeMap::new(), &mut diagnostics);
        diagnostics.extend(loaded.diagnostics);
        if diagnostics.has_errors() {
            output.diagnostics(&diagnostics.sorted(&loaded.sources), &loaded.sources);
            return ERRORS;
        }
        let proposals = propose(&program, &loaded.sources, self.values);
        let (files, by_hand) = edited(&proposals.proposed, &loaded.sources);
        tell(&proposals, &by_hand, &loaded.sources, output);
        if self.write { self.accept(&files, output) } else { show(&files, output) }
    }

    fn accept(&self, files: &[Edited], output: &Output) -> u8 {
        for file in files {
            if let Err(message) = host::write_file(&self.project.project.join(&file.path), file.after.as_bytes(), false) {
                output.fail(&message);
                return ERRORS;
            }
            output.say(&format!("wrote {}", file.path));
        }
        0
    }
}

fn show(files: &[Edited], output: &Output) -> u8 {
    for file in files {
        output.say(diff(file).trim_end_matches('\n'));
    }
    0
}

/// The reasons, one line each; in JSON one object each.
fn tell(proposals: &Proposals, by_hand: &[String], sources: &Sources, output: &Output) {
    let columns = proposals.proposed.iter().map(|p| p.column.chars().count()).max().unwrap_or(0);
    let categories = proposals.proposed.iter().map(|p| p.category.chars().count()).max().unwrap_or(0);
    for p in &proposals.proposed {
        let (at, why) = (place(p.at, sources), p.reasons.join("; "));
        output.note(&format!("{:<columns$}  @{:<categories$}  {:<6}  {why}", p.column, p.category, p.confidence.name()));
        output.json(&serde_json::json!({
            "column": p.column, "category": p.category, "confidence": p.confidence.name(), "reasons": p.reasons, "at": at
        }));
    }
    for column in by_hand {
        output.note(&format!("{column} is made by a loop: write its category there by hand"));
    }
    for column in &proposals.open {
        output.json(&serde_json::json!({ "column": column, "category": null }));
    }
    let open = proposals.open.len();
    if open > 0 {
        output.note(&format!("{} left open: {}", counted(open, "column"), few(&proposals.open)));
    }
    if open == 0 && proposals.proposed.is_empty() {
        output.note("every column of every source and seed is classified");
    }
}

fn few(names: &[String]) -> String {
    const MOST: usize = 8;
    let shown: Vec<&str> = names.iter().take(MOST).map(String::as_str).collect();
    let more = if names.len() > MOST { format!(", and {} more", names.len() - MOST) } else { String::new() };
    format!("{}{more}", shown.join(", "))
}
