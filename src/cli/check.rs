use super::output::{Output, counted};
use super::{ERRORS, ProjectArgs};
use crate::base::Sources;
use crate::diag::{Code, Diagnostics};
use crate::driver::{self, Compilation, Options};
use crate::host::{self, Wants};
use clap::Args;
use notify::Watcher as _;
use std::path::Path;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// Checks a project: names, types, information flow. Writes nothing.
#[derive(Args, Debug)]
pub(super) struct Check {
    #[command(flatten)]
    project: ProjectArgs,

    #[command(flatten)]
    as_of: super::as_of::AsOf,

    /// Say how long each phase took, on standard error
    #[arg(long)]
    timings: bool,

    /// Also say what targets cannot express: everything is printed as a build would, and dropped
    #[arg(long)]
    targets: bool,

    /// Check again whenever a file changes
    #[arg(long)]
    watch: bool,
}

impl Check {
    pub(super) fn run(&self, output: &Output) -> u8 {
        if self.watch { self.watch(output) } else { self.once(output) }
    }

    fn once(&self, output: &Output) -> u8 {
        let today = match self.as_of.day(output) {
            Ok(day) => Some(day),
            Err(code) => return code,
        };
        // What a target cannot express is known only when it is printed, which takes about as long again as the check.
        let options = Options { emit: self.targets, today, ..Options::default() };
        let mut clock = Clock::started();
        let loaded = host::load(&self.project.project, crate::stdlib::files(), Wants::Compile);
        clock.done("read");
        let (sources, compilation) = compile_watched(loaded, &options, &mut |phase| clock.done(phase));
        output.diagnostics(&compilation.diagnostics, &sources);
        if self.timings {
            output.timings(&clock.phases);
        }
        let code = match &compilation.program {
            Some(program) => {
                let program = program.program();
                output.say(&format!(
                    "`{}` is fine: {}, {}, {}",
                    program.project.name,
                    counted(program.models().count(), "model"),
                    counted(program.metrics.len(), "metric"),
                    counted(program.exports.len(), "export")
                ));
                0
            }
            None => ERRORS,
        };
        if !self.watch {
            super::leave((sources, compilation));
        }
        code
    }

    fn watch(&self, output: &Output) -> u8 {
        let (sender, receiver) = channel();
        let handler = move |event: notify::Result<notify::Event>| {
            let of_interest = event.is_ok_and(|e| !e.kind.is_access());
            if of_interest {
                let _ = sender.send(());
            }
        };
        let watching = notify::recommended_watcher(handler).and_then(|mut watcher| {
            watcher.watch(&self.project.project, notify::RecursiveMode::Recursive)?;
            Ok(watcher)
        });
        match watching {
            Ok(_watcher) => loop {
                self.once(output);
                output.say("watching for changes; stop with Ctrl-C");
                if !settle(&receiver) {
                    return 0;
                }
            },
            Err(problem) => {
                output.fail(&format!("cannot watch `{}`: {problem}", self.project.project.display()));
                ERRORS
            }
        }
    }
}

/// How long each phase took by the clock on the wall, in order.
struct Clock {
    last: Instant,
    phases: Vec<(&'static str, Duration)>,
}

impl Clock {
    fn started() -> Clock {
        Clock { last: Instant::now(), phases: Vec::new() }
    }

    fn done(&mut self, phase: &'static str) {
        let now = Instant::now();
        self.phases.push((phase, now - self.last));
        self.last = now;
    }
}

/// Waits for a change, then for a quiet moment: editors write a file in several steps.
fn settle(changes: &Receiver<()>) -> bool {
    if changes.recv().is_err() {
        return false;
    }
    while changes.recv_timeout(Duration::from_millis(80)).is_ok() {}
    true
}

/// Reads and compiles a project folder; what could not be read is among the diagnostics.
pub(super) fn compile_folder(folder: &Path, wants: Wants, options: &Options) -> (Sources, Compilation) {
    compile_loaded(host::load(folder, crate::stdlib::files(), wants), options)
}

/// Compiles what was read; what could not be read is among the diagnostics.
pub(super) fn compile_loaded(loaded: host::Loaded, options: &Options) -> (Sources, Compilation) {
    compile_watched(loaded, options, &mut |_| {})
}

fn compile_watched(loaded: host::Loaded, options: &Options, done: &mut dyn FnMut(&'static str)) -> (Sources, Compilation) {
    // Whatever the command, what has expired is refused.
    let today = options.today.clone().or_else(|| Some(host::build_day().unwrap_or_else(|_| host::today())));
    let mut compilation = driver::compile_watched(&loaded.sources, &Options { today, ..options.clone() }, done);
    if loaded.diagnostics.has_errors() {
        let mut all = Diagnostics::new();
        all.extend(loaded.diagnostics);
        // The project may be declared in what could not be read.
        compilation.diagnostics.iter().filter(|d| d.code != Code::MissingProject).for_each(|d| all.push(d.clone()));
        compilation = Compilation { diagnostics: all.sorted(&loaded.sources), ..Compilation::default() };
    }
    (loaded.sources, compilation)
}
