use super::ProjectArgs;
use super::output::Output;
use clap::Args;

/// Builds all models in the embedded engine (SQLite, in the process) over the project's sample data: no service, no Python.
#[derive(Args, Debug)]
pub(super) struct Run {
    #[command(flatten)]
    project: ProjectArgs,

    /// The day the platform is built for, as YYYY-MM-DD [default: today]
    #[arg(long)]
    run_date: Option<String>,

    /// Show the first rows of this model
    #[arg(long)]
    show: Option<String>,
}

impl Run {
    pub(super) fn run(&self, _output: &Output) -> u8 {
        0
    }
}
