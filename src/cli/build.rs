use super::check::compile_folder;
use super::output::{Output, counted};
use super::{ERRORS, ProjectArgs, USAGE};
use crate::base::Sources;
use crate::driver::Options;
use crate::host::{self, Difference, Wants};
use clap::Args;
use std::path::PathBuf;

/// Checks a project and writes its artifacts: dbt, SQL, Terraform, IAM, cron.
///
/// Files are written atomically; those that did not change are not touched; those pipec did not write are never touched.
#[derive(Args, Debug)]
pub(super) struct Build {
    #[command(flatten)]
    project: ProjectArgs,

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
        let options = Options { emit: true, targets: self.targets.clone() };
        let (sources, compilation) = compile_folder(&self.project.project, Wants::Compile, &options);
        output.diagnostics(&compilation.diagnostics, &sources);
        let Some(program) = compilation.program else { return ERRORS };
        let out = self.out.clone().unwrap_or_else(|| self.project.project.join("out"));
        if self.check {
            return report_differences(output, &host::compare(&compilation.files, &out));
        }
        match host::write(&compilation.files, &out, self.force) {
            Ok(report) => {
                output.say(&format!(
                    "`{}`: {} in `{}` ({} written, {} unchanged, {} removed)",
                    program.program().project.name,
                    counted(compilation.files.len(), "file"),
                    out.display(),
                    report.written,
                    report.unchanged,
                    report.removed
                ));
                output.json(&serde_json::json!({ "written": report.written, "unchanged": report.unchanged, "removed": report.removed }));
                0
            }
            Err(problems) => {
                output.diagnostics(&problems, &Sources::new());
                ERRORS
            }
        }
    }
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
    output.fail(&format!("P0705: the output is not what the sources give: {}; run `pipec build`", counted(differences.len(), "difference")));
    ERRORS
}
