//! The command line: one file per command. Exit codes: 0 fine, 1 errors, 2 changes and 3 a closed gate (`plan`), 64 wrong
//! usage, 70 internal, 74 output that could not be written.

mod access;
mod as_of;
mod build;
mod check;
mod classify;
mod completions;
mod docs;
mod explain;
mod fmt;
mod lineage;
mod new;
mod output;
mod plan;
mod run;
mod survey;
mod test;
mod verify;

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;
use std::process::ExitCode;

/// Something is wrong with the project.
const ERRORS: u8 = 1;
/// Something is wrong with the command.
const USAGE: u8 = 64;
/// What was to be told could not be written (`EX_IOERR` of sysexits.h).
const UNWRITTEN: u8 = 74;
/// Something is wrong with pipec.
const INTERNAL: u8 = 70;

/// A compiler for declarative data platforms that refuses to leak.
#[derive(Parser, Debug)]
#[command(
    name = "pipec",
    version,
    propagate_version = true,
    after_help = "Start with `pipec new my_platform`, then `pipec run my_platform`.\nA code in a message is explained by `pipec explain P0301`, a way by `pipec explain --flow`."
)]
struct Cli {
    #[command(subcommand)]
    command: Command,

    /// How messages are written
    #[arg(long, global = true, value_enum, default_value_t = MessageFormat::Human)]
    message_format: MessageFormat,

    /// When to colour
    #[arg(long, global = true, value_enum, default_value_t = Colour::Auto)]
    color: Colour,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum MessageFormat {
    /// Frames and underlines
    Human,
    /// One JSON object per line on standard output
    Json,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Colour {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Start a project that builds and runs
    New(new::New),
    /// Check a project: names, types, flow; writes nothing
    Check(check::Check),
    /// Check a project and write its artifacts
    Build(build::Build),
    /// Build all models in the embedded engine, over the project's sample data
    Run(run::Run),
    /// Run the unit tests of a project in the embedded engine
    Test(test::Test),
    /// Report how much of a folder of SQL is read, typed and traced
    Survey(survey::Survey),
    /// Format `.pipe` files
    Fmt(fmt::Fmt),
    /// Show where columns come from, and what comes of them
    Lineage(lineage::Lineage),
    /// Show who may read what, and why
    Access(access::Access),
    /// Write a site about a project: columns, lineage, access
    Docs(docs::Docs),
    /// Compare artifacts with what the project says
    Verify(verify::Verify),
    /// Show what a change does: who may newly read what, first
    Plan(plan::Plan),
    /// Propose what unclassified source columns tell about a person
    Classify(classify::Classify),
    /// Explain a diagnostic code, or how a column gets to a sink
    Explain(explain::Explain),
    /// Print a completion script for a shell
    Completions(completions::Completions),
}

/// The project folder, for all commands that read one.
#[derive(Args, Debug)]
struct ProjectArgs {
    /// The folder that holds the `.pipe` files
    #[arg(default_value = ".", value_hint = clap::ValueHint::DirPath)]
    project: PathBuf,
}

/// Bytes of stack for each thread: expressions nest as deep as an operator may follow another. Only what is used takes memory.
const STACK: usize = 256 << 20;

/// Parses the arguments, runs the command, and gives the exit code.
pub fn main() -> ExitCode {
    // Where threads of this size cannot be had, those that are there do for all but the longest expressions.
    rayon::ThreadPoolBuilder::new().stack_size(STACK).build_global().ok();
    match std::thread::Builder::new().stack_size(STACK).spawn(run) {
        Ok(running) => running.join().unwrap_or(ExitCode::from(INTERNAL)),
        Err(_) => run(),
    }
}

/// Leaves to the end of the process what a command is done with: freeing ten thousand models piece by piece takes a fortieth of a check.
fn leave<T>(done: T) {
    std::mem::forget(done);
}

fn run() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(problem) => {
            let _ = problem.print();
            let code = if problem.use_stderr() { USAGE } else { 0 };
            return ExitCode::from(code);
        }
    };
    let output = output::Output::new(cli.message_format, cli.color);
    let code = match cli.command {
        Command::New(command) => command.run(&output),
        Command::Check(command) => command.run(&output),
        Command::Build(command) => command.run(&output),
        Command::Run(command) => command.run(&output),
        Command::Test(command) => command.run(&output),
        Command::Survey(command) => command.run(&output),
        Command::Fmt(command) => command.run(&output),
        Command::Lineage(command) => command.run(&output),
        Command::Classify(command) => command.run(&output),
        Command::Access(command) => command.run(&output),
        Command::Docs(command) => command.run(&output),
        Command::Verify(command) => command.run(&output),
        Command::Plan(command) => command.run(&output),
        Command::Explain(command) => command.run(&output),
        Command::Completions(command) => command.run(),
    };
    ExitCode::from(if code == 0 && output::lost() { UNWRITTEN } else { code })
}
