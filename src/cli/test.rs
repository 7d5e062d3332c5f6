use super::check::compile_folder;
use super::output::{Output, counted};
use super::run::{THROWAWAY_KEY, cell, failed, iso_date};
use super::{ERRORS, ProjectArgs};
use crate::diag::render::place;
use crate::driver::Options;
use crate::engine::{self, Difference, Failed, Outcome, Row};
use crate::host::{self, Wants};
use crate::ir::{Program, UnitTest};
use clap::Args;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// Runs the unit tests of a project in the embedded engine (SQLite, in the process): no service, no Python.
///
/// A test gives rows, and expects rows of models; what it does not give is empty. What tests say of access (`role r cannot read t.c`) is decided
/// whenever the project is checked.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  pipec test                          all tests
  pipec test --filter \"ZIP code\"     those whose title holds this text
  pipec test --junit report.xml       and a report that CI systems read

Exit codes: 0 all passed, 1 a test failed, no test fits the filter, or the project has errors.")]
pub(super) struct Test {
    #[command(flatten)]
    project: ProjectArgs,

    /// Only tests whose title holds this text
    #[arg(long, value_name = "TEXT")]
    filter: Option<String>,

    /// The day for tests that name none, as YYYY-MM-DD
    #[arg(long, value_parser = iso_date)]
    run_date: Option<String>,

    /// Write a report in JUnit's form, too
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    junit: Option<PathBuf>,
}

/// A test that was run.
struct Ran<'p> {
    test: &'p UnitTest,
    outcome: Result<Outcome, Failed>,
    took: Duration,
}

impl Ran<'_> {
    fn passed(&self) -> bool {
        self.outcome.as_ref().is_ok_and(|o| o.differences.is_empty())
    }
}

impl Test {
    pub(super) fn run(&self, output: &Output) -> u8 {
        let (sources, compilation) = compile_folder(&self.project.project, Wants::Rows, &Options::default());
        output.diagnostics(&compilation.diagnostics, &sources);
        let Some(checked) = compilation.program else { return ERRORS };
        let program = checked.program();
        let wanted = |test: &&UnitTest| self.filter.as_ref().is_none_or(|f| test.title.as_str().contains(f.as_str()));
        let mut ran = Vec::new();
        for test in program.unit_tests.iter().filter(wanted) {
            output.progress(&format!("test {}", test.title));
            let started = Instant::now();
            let outcome = engine::test(program, test, self.run_date.as_deref(), THROWAWAY_KEY);
            let one = Ran { test, outcome, took: started.elapsed() };
            output.progress_done();
            let at = place(test.at, &sources);
            output.say(&format!("{}  {} ({at})", if one.passed() { "ok    " } else { "FAILED" }, test.title));
            match &one.outcome {
                Ok(outcome) => outcome.differences.iter().for_each(|d| output.say(told(program, d).trim_end())),
                Err(problem) => failed(output, &[(**problem).clone()], &sources),
            }
            output.json(&json(program, &one, &at));
            ran.push(one);
        }
        if let (true, Some(filter)) = (ran.is_empty(), &self.filter) {
            output.fail(&format!("no test's title holds `{filter}`"));
            return ERRORS;
        }
        let fell = ran.iter().filter(|r| !r.passed()).count();
        output.say(&format!("{} passed, {fell} failed", counted(ran.len() - fell, "test")));
        if let Some(file) = &self.junit
            && let Err(message) = host::write_file(file, junit(program, &ran).as_bytes(), true)
        {
            output.fail(&message);
            return ERRORS;
        }
        if fell > 0 { ERRORS } else { 0 }
    }
}

/// The rows that differ: `-` expected and not there, `+` there and not expected.
fn told(program: &Program, difference: &Difference) -> String {
    let Some(table) = program.table(difference.table) else { return String::new() };
    let names: Vec<&str> = difference.columns.iter().filter_map(|c| table.columns.get(*c as usize)).map(|c| c.name.as_str()).collect();
    let row = |row: &Row| {
        let cells = names.iter().zip(row).map(|(name, value)| format!("{name}: {}", value.as_deref().map_or("null".to_owned(), cell)));
        format!("{{ {} }}", cells.collect::<Vec<_>>().join(", "))
    };
    let mut out = format!(
        "        {}: {} missing, {} unexpected\n",
        table.name,
        counted(difference.missing.len(), "row"),
        counted(difference.unexpected.len(), "row")
    );
    for missing in &difference.missing {
        let _ = writeln!(out, "        - {}", row(missing));
    }
    for unexpected in &difference.unexpected {
        let _ = writeln!(out, "        + {}", row(unexpected));
    }
    out
}

fn json(program: &Program, ran: &Ran<'_>, at: &str) -> serde_json::Value {
    let table = |d: &Difference| {
        let table = program.table(d.table);
        let column = |c: &u32| table.and_then(|t| t.columns.get(*c as usize)).map_or("", |c| c.name.as_str());
        serde_json::json!({
            "table": table.map_or("", |t| t.name.as_str()),
            "columns": d.columns.iter().map(column).collect::<Vec<_>>(),
            "missing": d.missing,
            "unexpected": d.unexpected,
        })
    };
    let (differences, message) = match &ran.outcome {
        Ok(outcome) => (outcome.differences.iter().map(table).collect(), None),
        Err(problem) => (Vec::new(), Some(&problem.message)),
    };
    serde_json::json!({ "test": ran.test.title.as_str(), "at": at, "passed": ran.passed(), "differences": differences, "message": message })
}

/// JUnit's form, as CI systems read it: <https://github.com/testmoapp/junitxml>.
fn junit(program: &Program, ran: &[Ran<'_>]) -> String {
    let failed = ran.iter().filter(|r| !r.passed()).count();
    let head = format!("<testsuite name=\"{}\" tests=\"{}\" failures=\"{failed}\">\n", xml(program.project.name.as_str()), ran.len());
    let mut out = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{head}");
    for one in ran {
        let (title, seconds) = (xml(one.test.title.as_str()), one.took.as_secs_f64());
        let _ = write!(out, "  <testcase classname=\"{}\" name=\"{title}\" time=\"{seconds:.3}\"", xml(program.project.name.as_str()));
        let said = match &one.outcome {
            Ok(outcome) => outcome.differences.iter().map(|d| told(program, d)).collect(),
            Err(problem) => problem.message.clone(),
        };
        let _ = match one.passed() {
            true => writeln!(out, "/>"),
            false => writeln!(out, "><failure message=\"rows differ\">{}</failure></testcase>", xml(&said)),
        };
    }
    out + "</testsuite>\n"
}

/// XML 1.0 knows no control characters but tab and line ends.
fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' => out.push(c),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}
