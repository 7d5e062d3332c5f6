use super::{Colour, MessageFormat};
use crate::base::Sources;
use crate::diag::render::{Style, render};
use crate::diag::{Diagnostics, Severity};
use std::io::{IsTerminal as _, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Where and how a command speaks: diagnostics and progress on standard error, results on standard output;
/// JSON diagnostics go to standard output.
pub(super) struct Output {
    format: MessageFormat,
    colour: bool,
    colour_results: bool,
    progress: bool,
}

impl Output {
    #[expect(clippy::disallowed_methods, reason = "NO_COLOR and TERM decide about colour, https://no-color.org")]
    pub(super) fn new(format: MessageFormat, colour: Colour) -> Self {
        let terminal = std::io::stderr().is_terminal();
        let dumb = std::env::var("TERM").is_ok_and(|t| t == "dumb");
        let unwanted = std::env::var("NO_COLOR").is_ok_and(|v| !v.is_empty());
        let on = |terminal: bool| match colour {
            Colour::Always => true,
            Colour::Never => false,
            Colour::Auto => terminal && !dumb && !unwanted,
        };
        Output {
            format,
            colour: on(terminal),
            colour_results: on(std::io::stdout().is_terminal()),
            progress: terminal && !dumb && format == MessageFormat::Human,
        }
    }

    /// Writes diagnostics and, for people, a closing line that counts them.
    pub(super) fn diagnostics(&self, diagnostics: &Diagnostics, sources: &Sources) {
        match self.format {
            MessageFormat::Json => print_out(&render(diagnostics, sources, Style::Json)),
            MessageFormat::Human => {
                let style = Style::Human { colour: self.colour, width: 110 };
                print_err(&render(diagnostics, sources, style));
                let errors = diagnostics.iter().filter(|d| d.severity == Severity::Error).count();
                let warnings = diagnostics.len() - errors;
                if errors + warnings > 0 {
                    print_err(&format!("{}, {}\n", counted(errors, "error"), counted(warnings, "warning")));
                }
            }
        }
    }

    /// Whether results on standard output may be coloured.
    pub(super) fn colours_results(&self) -> bool {
        self.colour_results
    }

    /// A result line for people; silent in JSON mode.
    pub(super) fn say(&self, line: &str) {
        if self.format == MessageFormat::Human {
            print_out(&format!("{line}\n"));
        }
    }

    /// A remark beside the result, on standard error; silent in JSON mode.
    pub(super) fn note(&self, line: &str) {
        if self.format == MessageFormat::Human {
            print_err(&format!("{line}\n"));
        }
    }

    /// How long phases took, and all of them: for people on standard error, as JSON one line each.
    pub(super) fn timings(&self, phases: &[(&'static str, Duration)]) {
        match self.format {
            MessageFormat::Human => {
                let total = phases.iter().map(|(_, took)| *took).sum();
                let line = |(phase, took): &(&str, Duration)| format!("{:>9.3} s  {phase}\n", took.as_secs_f64());
                print_err(&phases.iter().chain(&[("all", total)]).map(line).collect::<String>());
            }
            MessageFormat::Json => {
                for (phase, took) in phases {
                    print_out(&format!("{}\n", serde_json::json!({ "phase": phase, "seconds": took.as_secs_f64() })));
                }
            }
        }
    }

    /// A result as JSON; silent for people.
    pub(super) fn json(&self, value: &serde_json::Value) {
        if self.format == MessageFormat::Json {
            print_out(&format!("{value}\n"));
        }
    }

    /// A line about work under way, overwritten by the next; only on a terminal.
    pub(super) fn progress(&self, line: &str) {
        if self.progress {
            print_err(&format!("\r\x1b[2K{line}"));
        }
    }

    /// Clears the progress line.
    pub(super) fn progress_done(&self) {
        if self.progress {
            print_err("\r\x1b[2K");
        }
    }

    /// A failure outside any source file.
    pub(super) fn fail(&self, message: &str) {
        match self.format {
            MessageFormat::Human => print_err(&format!("pipec: {message}\n")),
            MessageFormat::Json => print_out(&format!("{}\n", serde_json::json!({ "severity": "error", "message": message }))),
        }
    }
}

/// Whether something that was to be told is lost: then no command may end well, or an empty plan on a full disk passes for no changes.
static LOST: AtomicBool = AtomicBool::new(false);

/// Prints to standard output; a reader that went away (`| head`) is no error.
pub(super) fn print_out(text: &str) {
    let mut out = std::io::stdout();
    if let Err(problem) = out.write_all(text.as_bytes()).and_then(|()| out.flush())
        && problem.kind() != std::io::ErrorKind::BrokenPipe
        && !LOST.swap(true, Ordering::Relaxed)
    {
        print_err(&format!("pipec: standard output cannot be written: {problem}\n"));
    }
}

/// Whether [`print_out`] could not write everything.
pub(super) fn lost() -> bool {
    LOST.load(Ordering::Relaxed)
}

fn print_err(text: &str) {
    let _ = std::io::stderr().write_all(text.as_bytes());
}

/// `1 model`, `2 models`.
pub(super) fn counted(n: usize, noun: &str) -> String {
    if n == 1 { format!("1 {noun}") } else { format!("{n} {noun}s") }
}
