use super::output::{Output, counted};
use super::{ERRORS, ProjectArgs};
use crate::base::Sources;
use crate::diag::Diagnostics;
use crate::driver::Options;
use crate::host::{self, Wants, WriteReport};
use clap::Args;
use std::path::PathBuf;

/// Writes a site about a project: what each column is, where it comes from, who sees it, and in which form.
///
/// The pages need no server, no network and, but for the search, no script: open `index.html`. The same sources give the same bytes, so the site
/// can be published by whatever publishes files.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  pipec docs examples/efiche                    the site in examples/efiche/target/docs
  pipec docs examples/efiche --out public       somewhere else

`docs/reference/docs.md` says what is on which page.")]
pub(super) struct Docs {
    #[command(flatten)]
    project: ProjectArgs,

    #[command(flatten)]
    as_of: super::as_of::AsOf,

    /// Where to write [default: `target/docs` in the project folder]
    #[arg(short, long, value_hint = clap::ValueHint::DirPath)]
    out: Option<PathBuf>,

    /// Overwrite files that pipec did not write
    #[arg(long)]
    force: bool,
}

impl Docs {
    pub(super) fn run(&self, output: &Output) -> u8 {
        let folder = &self.project.project;
        let today = match self.as_of.day(output) {
            Ok(day) => day,
            Err(code) => return code,
        };
        let options = Options { today: Some(today), ..Options::default() };
        let (sources, compilation) = super::check::compile_folder(folder, Wants::Compile, &options);
        // Warnings are `check`'s business.
        if compilation.diagnostics.has_errors() {
            output.diagnostics(&compilation.diagnostics, &sources);
        }
        let Some(program) = &compilation.program else { return ERRORS };
        let mut problems = Diagnostics::new();
        let files = crate::docs::site(program, &sources, &mut problems);
        if problems.has_errors() {
            output.diagnostics(&problems, &sources);
            return ERRORS;
        }
        let out = self.out.clone().unwrap_or_else(|| folder.join("target").join("docs"));
        match host::write(&files, &out, self.force) {
            Ok(report) => {
                output.diagnostics(&report.warnings(), &Sources::new());
                let WriteReport { written, unchanged, removed, .. } = report;
                let pages = files.iter().filter(|(path, _)| path.as_str().ends_with(".html")).count();
                output.say(&format!(
                    "{} in `{}` ({written} written, {unchanged} unchanged, {removed} removed); open `{}`",
                    counted(pages, "page"),
                    out.display(),
                    out.join("index.html").display()
                ));
                output.json(&serde_json::json!({ "pages": pages, "written": written, "unchanged": unchanged, "removed": removed }));
                0
            }
            Err(problems) => {
                output.diagnostics(&problems, &Sources::new());
                ERRORS
            }
        }
    }
}
