use super::Cli;
use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

/// Prints a completion script: `pipec completions bash > ~/.local/share/bash-completion/completions/pipec`.
#[derive(Args, Debug)]
pub(super) struct Completions {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

impl Completions {
    pub(super) fn run(&self) -> u8 {
        clap_complete::generate(self.shell, &mut Cli::command(), "pipec", &mut std::io::stdout());
        0
    }
}
