use super::ERRORS;
use super::output::Output;
use crate::host;
use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// Starts a project: two sources, two models, a mask, a bucket and sample data, ready for `pipec run`.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  pipec new clinic                  a project in the folder `clinic`
  pipec new clinic --ci github      the same, checked on GitHub
  pipec new . --ci github           checks for the project that is here")]
pub(super) struct New {
    /// The folder to make; its name becomes the project's
    folder: PathBuf,

    /// Also write what checks every change: a workflow that plans, comments and closes gates, and hooks for pre-commit
    #[arg(long, value_enum)]
    ci: Option<Ci>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Ci {
    /// GitHub Actions
    Github,
}

const GITHUB: [(&str, &str); 2] = [
    (".github/workflows/pipec.yml", include_str!("../../stdlib/new/github/pipec.yml")),
    (".pre-commit-config.yaml", include_str!("../../stdlib/new/github/pre-commit-config.yaml")),
];

const FILES: [(&str, &str); 4] = [
    ("platform.pipe", include_str!("../../stdlib/new/platform.pipe")),
    ("data/patients.ndjson", include_str!("../../stdlib/new/patients.ndjson")),
    ("data/visits.ndjson", include_str!("../../stdlib/new/visits.ndjson")),
    (".gitignore", "/out\n/target\n"),
];

impl New {
    pub(super) fn run(&self, output: &Output) -> u8 {
        if self.ci.is_some() && !host::pipe_files(&self.folder).is_empty() {
            return self.checks(output);
        }
        // `.` has no name of its own.
        let place = self.folder.canonicalize().unwrap_or_else(|_| self.folder.clone());
        let name = place.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        if !is_project_name(&name) {
            output.fail(&format!(
                "`{name}` cannot be a project's name: use up to {LONGEST_NAME} lower-case letters, digits and `_`, starting with a letter"
            ));
            return super::USAGE;
        }
        let is_empty = || self.folder.read_dir().is_ok_and(|mut entries| entries.next().is_none());
        if self.folder.exists() && !is_empty() {
            output.fail(&format!("`{}` is there already; nothing was written", self.folder.display()));
            return ERRORS;
        }
        for (path, text) in FILES {
            let text = text.replace("my_platform", &name);
            if let Err(message) = host::write_file(&self.folder.join(path), text.as_bytes(), false) {
                output.fail(&message);
                return ERRORS;
            }
        }
        if self.ci.is_some() && self.checks(output) != 0 {
            return ERRORS;
        }
        output.say(&format!("made `{}`; next: `pipec run {}`", self.folder.display(), self.folder.display()));
        0
    }
}

impl New {
    /// Writes what checks changes; what is there stays as it is, and then nothing is written.
    fn checks(&self, output: &Output) -> u8 {
        let there = GITHUB.iter().map(|(path, _)| self.folder.join(path)).find(|p| p.exists());
        if let Some(path) = there {
            output.fail(&format!("`{}` is there already; nothing was written", path.display()));
            return ERRORS;
        }
        for (path, text) in GITHUB {
            if let Err(message) = host::write_file(&self.folder.join(path), text.as_bytes(), false) {
                output.fail(&message);
                return ERRORS;
            }
            output.say(&format!("wrote `{}`", self.folder.join(path).display()));
        }
        0
    }
}

/// Schemas and roles are named after the project, and PostgreSQL keeps 63 bytes of a name.
const LONGEST_NAME: usize = 40;

fn is_project_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|b| b.is_ascii_lowercase())
        && bytes.all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        && name.len() <= LONGEST_NAME
}
