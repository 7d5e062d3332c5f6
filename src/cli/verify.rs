use super::check::compile_folder;
use super::output::{Output, counted, print_out};
use super::{ERRORS, USAGE};
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::driver::Options;
use crate::host::{self, Wants};
use crate::verify::{diagnostics, json, verify};
use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// Reads artifacts back and compares who may read what in them with what the project says.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  pipec verify                          the artifacts in `out`
  pipec verify dist --project platform  those of another folder
  pipec verify --format json            for programs

The SQL is read as Postgres would run it, from the files alone: grants, row-level security, views, look-ups. Whatever differs from the
project's access matrix is told with the role, table, columns and rows, and what is not understood counts as a difference. Files that are
not read have to be as the project builds them. An edit that changes nobody's access is only mentioned.

Exit codes: 0 the same, 1 differences, nothing that can be compared, or an error in the project, 64 wrong usage.
`docs/reference/verify.md` says what is compared, and describes the format.")]
pub(super) struct Verify {
    /// The folder of the artifacts [default: `out` in the project folder]
    #[arg(value_name = "OUT", value_hint = clap::ValueHint::DirPath)]
    out: Option<PathBuf>,

    /// How to write it
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,

    /// The folder that holds the `.pipe` files
    #[arg(long, short, default_value = ".", value_name = "FOLDER", value_hint = clap::ValueHint::DirPath)]
    project: PathBuf,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// Versioned
    Json,
}

impl Verify {
    pub(super) fn run(&self, output: &Output) -> u8 {
        let out = self.out.clone().unwrap_or_else(|| self.project.join("out"));
        let (mut sources, compilation) = compile_folder(&self.project, Wants::Compile, &Options { emit: true, ..Options::default() });
        let Some(program) = compilation.program else {
            output.diagnostics(&compilation.diagnostics, &sources);
            return ERRORS;
        };
        let files = match host::artifacts(&out) {
            Ok(files) => files,
            Err(problem) => {
                output.fail(&problem);
                return USAGE;
            }
        };
        if files.keys().any(|path| path.as_str().ends_with(".pipe")) {
            let project = out.display();
            output.fail(&format!("`{project}` holds `.pipe` files: write `pipec verify -p {project}` for the artifacts in its `out`"));
            return USAGE;
        }
        let built = compilation.files.iter().map(|(path, bytes)| (path.clone(), bytes.to_vec())).collect();
        let report = verify(program.program(), &mut sources, &files, &built);
        if self.format == Format::Json {
            print_out(&json(&report, &sources));
            return if report.is_same() { 0 } else { ERRORS };
        }
        let mut all = Diagnostics::new();
        for path in &report.edited {
            all.push(edited(path, &sources));
        }
        all.extend(diagnostics(&report));
        output.diagnostics(&all, &sources);
        if report.is_same() {
            let targets = report.targets.join(", ");
            output.say(&format!("the artifacts give what the project says: {} in {targets}", counted(report.cells, "cell")));
            if let Some(folders) = report.held_to_the_build() {
                output.say(&format!("held to the build, byte for byte: {folders}"));
            }
            return 0;
        }
        ERRORS
    }
}

fn edited(path: &str, sources: &crate::base::Sources) -> Diagnostic {
    let file = crate::base::VPath::new(path).ok().and_then(|p| sources.find(&p)).unwrap_or_default();
    let at = crate::base::Span::new(file, 0, 0);
    Diagnostic::warning(Code::ArtifactEdited, at, format!("`{path}` is not as the build wrote it"))
        .help("an edit is lost with the next build: change the project instead")
}
