use super::check::compile_loaded;
use super::output::{Output, counted};
use super::{ERRORS, ProjectArgs, USAGE};
use crate::base::Sources;
use crate::driver::Options;
use crate::host::{self, Difference, Memory, Wants, WriteReport};
use crate::plan::APPROVALS;
use clap::Args;
use std::path::{Path, PathBuf};

/// Checks a project and writes its artifacts: dbt, SQL, Terraform, IAM, cron.
///
/// Files are written atomically; those that did not change are not touched; those pipec did not write are never touched.
#[derive(Args, Debug)]
pub(super) struct Build {
    #[command(flatten)]
    project: ProjectArgs,

    #[command(flatten)]
    as_of: super::as_of::AsOf,

    /// Where to write [default: `out` in the project folder]
    #[arg(short, long, value_hint = clap::ValueHint::DirPath)]
    out: Option<PathBuf>,

    /// Only these targets, instead of the project's `emit` list
    #[arg(long = "target", value_delimiter = ',')]
    targets: Vec<String>,

    /// Write nothing; fail if the output is not what the sources give
    #[arg(long)]
    check: bool,

    /// Overwrite files that pipec did not write
    #[arg(long, conflicts_with = "check")]
    force: bool,
}

impl Build {
    pub(super) fn run(&self, output: &Output) -> u8 {
        let known: Vec<&str> = crate::backend::registry().iter().map(|b| b.id()).collect();
        if let Some(unknown) = self.targets.iter().find(|t| !known.contains(&t.as_str())) {
            output.fail(&format!("there is no target `{unknown}`; there are {}", known.join(", ")));
            return USAGE;
        }
        let folder = &self.project.project;
        let out = self.out.clone().unwrap_or_else(|| folder.join("out"));
        let loaded = host::load(folder, crate::stdlib::files(), Wants::Compile);
        let today = match self.as_of.day(output) {
            Ok(day) => day,
            Err(code) => return code,
        };
        let memory = Memory::new(folder, &out, &loaded.sources, &self.targets, &today);
        if !self.check
            && !loaded.diagnostics.has_errors()
            && let Some(files) = memory.still_holds(&out)
        {
            done(output, (files, &out), WriteReport { unchanged: files, ..WriteReport::default() });
            return 0;
        }
        let options = Options { emit: true, targets: self.targets.clone(), today: Some(today) };
        let (sources, compilation) = compile_loaded(loaded, &options);
        output.diagnostics(&compilation.diagnostics, &sources);
        if compilation.program.is_none() {
            return ERRORS;
        }
        if self.check {
            return report_differences(output, &host::compare(&compilation.files, &out));
        }
        memory.forget();
        let code = match host::write(&compilation.files, &out, self.force) {
            Ok(report) => {
                output.diagnostics(&report.warnings(), &Sources::new());
                let approvals = host::read_text(&folder.join(APPROVALS)).unwrap_or_default();
                Memory::keep_sources(folder, &out, &host::snapshot(&sources, crate::stdlib::files(), approvals));
                // A build that warns is made anew each time, so that its warnings are seen.
                if compilation.diagnostics.is_empty() {
                    memory.keep(&out);
                }
                done(output, (compilation.files.len(), &out), report);
                0
            }
            Err(problems) => {
                output.diagnostics(&problems, &Sources::new());
                ERRORS
            }
        };
        super::leave((sources, compilation));
        code
    }
}

fn done(output: &Output, (files, out): (usize, &Path), report: WriteReport) {
    let WriteReport { written, unchanged, removed, .. } = report;
    output.say(&format!("{} in `{}` ({written} written, {unchanged} unchanged, {removed} removed)", counted(files, "file"), out.display()));
    output.json(&serde_json::json!({ "written": written, "unchanged": unchanged, "removed": removed }));
}

fn report_differences(output: &Output, differences: &[Difference]) -> u8 {
    if differences.is_empty() {
        output.say("the output is what the sources give");
        return 0;
    }
    for difference in differences {
        let (sign, path) = match difference {
            Difference::Missing(path) => ('+', path),
            Difference::Changed(path) => ('~', path),
            Difference::Stale(path) => ('-', path),
        };
        output.say(&format!("{sign} {path}"));
        output.json(&serde_json::json!({ "difference": sign.to_string(), "path": path }));
    }
    output
        .fail(&format!("P0705: the output is not what the sources give: {}; run `pipec build`", counted(differences.len(), "difference")));
    ERRORS
}
