use super::check::compile_folder;
use super::output::{Output, counted};
use super::{ERRORS, ProjectArgs, USAGE};
use crate::base::Sources;
use crate::diag::{Diagnostic, Diagnostics, nearest};
use crate::driver::Options;
use crate::engine::{self, Engine, Event, RunOptions, RunReport};
use crate::host::{self, Wants};
use crate::ir::{Form, ModelRole, Program, TableId, TableKind};
use clap::Args;
use std::fmt::Write as _;
use std::path::PathBuf;

/// Builds all models in the embedded engine (SQLite, in the process) over the project's sample data: no service, no Python.
///
/// Prints how many rows each model has, which assertions fail, and the first rows of one model. Secrets are stood in for by a marked
/// throw-away key: what it makes must not leave the machine.
#[derive(Args, Debug)]
pub(super) struct Run {
    #[command(flatten)]
    project: ProjectArgs,

    /// The day the platform is built for, as YYYY-MM-DD [default: today]
    #[arg(long, value_parser = iso_date)]
    run_date: Option<String>,

    /// Show the first rows of this model [default: a fact, or a masked model]
    #[arg(long, value_name = "MODEL")]
    show: Option<String>,

    /// How many rows to show
    #[arg(long, default_value_t = 5)]
    rows: usize,

    /// Write every row of every model to this folder, as one NDJSON file per model
    #[arg(long, value_name = "FOLDER", value_hint = clap::ValueHint::DirPath)]
    dump: Option<PathBuf>,
}

/// The throw-away key of `pipec run`; documented, so that a test can compute the same tokens.
pub(super) const THROWAWAY_KEY: &str = "pipec-throw-away-key";
/// Cells wider than this are cut in the preview.
const WIDEST_CELL: usize = 28;

impl Run {
    pub(super) fn run(&self, output: &Output) -> u8 {
        let (sources, compilation) = compile_folder(&self.project.project, Wants::Rows, &Options::default());
        output.diagnostics(&compilation.diagnostics, &sources);
        let Some(checked) = compilation.program else { return ERRORS };
        let program = checked.program();
        let Some(shown) = self.shown(program, output) else { return USAGE };
        let run_date = self.run_date.clone().unwrap_or_else(host::today);
        let options = RunOptions { run_date, throwaway_key: THROWAWAY_KEY.to_owned(), preview: self.rows };
        let total = program.tables.len();
        let mut done = 0usize;
        let built = engine::run(program, &sources, &options, &mut |event| {
            done += usize::from(!matches!(event, Event::Asserted { .. }));
            output.progress(&told(&event, done, total));
        });
        output.progress_done();
        match built {
            Ok((engine, report)) => {
                failed(output, &report.problems, &sources);
                self.report(output, program, (&engine, &report), shown)
            }
            Err(problem) => {
                failed(output, &[*problem], &sources);
                ERRORS
            }
        }
    }

    /// The model to show; `None` after saying that there is none of that name.
    fn shown(&self, program: &Program, output: &Output) -> Option<Option<TableId>> {
        let Some(wanted) = &self.show else { return Some(default_preview(program)) };
        let found = program.table_named(wanted).map(|(id, _)| id);
        if found.is_none() {
            let near = nearest(wanted, program.table_names.keys().map(crate::base::Ident::as_str))
                .map(|n| format!("; did you mean `{n}`?"))
                .unwrap_or_default();
            output.fail(&format!("no table or model is called `{wanted}`{near}"));
        }
        found.map(Some)
    }

    fn report(&self, output: &Output, program: &Program, (engine, report): (&Engine<'_>, &RunReport), shown: Option<TableId>) -> u8 {
        output.say(&counts(program, report));
        if let Some(table) = report.tables.iter().find(|t| Some(t.table) == shown) {
            output.say(&preview(program, table));
        }
        let failures: Vec<_> = report.assertions.iter().filter(|a| a.failures > 0).collect();
        for failure in &failures {
            let table = program.table(failure.table).map_or("", |t| t.name.as_str());
            let word = if failure.warn { "warning" } else { "failed" };
            output.say(&format!(
                "{word}: `{}` of `{table}`: {}",
                failure.name,
                counted(usize::try_from(failure.failures).unwrap_or(usize::MAX), "row")
            ));
        }
        let broken = failures.iter().filter(|f| !f.warn).count();
        let models = report.tables.iter().filter(|t| is_model(program, t.table)).count();
        output.say(&format!(
            "{} built, {} checked, {broken} failed",
            counted(models, "model"),
            counted(report.assertions.len(), "assertion")
        ));
        output.json(&json(program, report));
        if let Some(folder) = &self.dump
            && let Err(message) = dump(program, engine, report, folder)
        {
            output.fail(&message);
            return ERRORS;
        }
        if broken > 0 || !report.problems.is_empty() { ERRORS } else { 0 }
    }
}

pub(super) fn iso_date(text: &str) -> Result<String, String> {
    let number = |part: Option<&str>, digits: usize| {
        part.filter(|p| p.len() == digits && p.bytes().all(|b| b.is_ascii_digit())).and_then(|p| p.parse::<u32>().ok())
    };
    let mut parts = text.split('-');
    let (year, month, day) = (number(parts.next(), 4), number(parts.next(), 2), number(parts.next(), 2));
    let (Some(year), Some(month), Some(day), None) = (year, month, day, parts.next()) else {
        return Err("a date is written YYYY-MM-DD".to_owned());
    };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    if year > 0 && (1..=days).contains(&day) { Ok(text.to_owned()) } else { Err("there is no such day".to_owned()) }
}

/// Tells what went wrong in the engine.
pub(super) fn failed(output: &Output, problems: &[Diagnostic], sources: &Sources) {
    let mut diagnostics = Diagnostics::new();
    for problem in problems {
        diagnostics.push(problem.clone());
    }
    output.diagnostics(&diagnostics, sources);
}

fn told(event: &Event<'_>, done: usize, total: usize) -> String {
    match event {
        Event::Loaded { table, rows } => format!("[{done}/{total}] loaded {table}: {rows} rows"),
        Event::Built { table, rows, took } => format!("[{done}/{total}] built {table}: {rows} rows in {} ms", took.as_millis()),
        Event::Asserted { table, assertion, .. } => format!("checked {table}: {assertion}"),
    }
}

fn is_model(program: &Program, id: TableId) -> bool {
    program.table(id).is_some_and(|t| matches!(t.kind, TableKind::Model(_)))
}

/// A fact, else the first exported table without direct identifiers, else the last such model: a terminal is a sink, too, and others are shown
/// only to who asks for them by name.
fn default_preview(program: &Program) -> Option<TableId> {
    let fact = program.models().find(|(_, _, m)| m.role == ModelRole::Fact).map(|(id, _, _)| id);
    let hides = |id: &TableId| {
        program.table(*id).is_some_and(|t| t.columns.iter().all(|c| c.label.values().iter().all(|(_, level)| level.form < Form::Direct)))
    };
    let exported = || program.exports.iter().flat_map(|e| &e.tables).map(|t| t.table).find(hides);
    fact.or_else(exported).or_else(|| program.models().map(|(id, _, _)| id).filter(hides).last())
}

fn counts(program: &Program, report: &RunReport) -> String {
    let place = |id: TableId| match program.table(id).map(|t| &t.kind) {
        Some(TableKind::Source(s)) => s.source.as_str(),
        Some(TableKind::Seed(_)) => "seed",
        Some(TableKind::Model(m)) => program.layer(m.layer).map_or("", |l| l.name.as_str()),
        None => "",
    };
    let name = |id: TableId| program.table(id).map_or("", |t| t.name.as_str());
    let wide = |f: &dyn Fn(TableId) -> usize| report.tables.iter().map(|t| f(t.table)).max().unwrap_or(0);
    let (places, names) = (wide(&|id| place(id).chars().count()), wide(&|id| name(id).chars().count()));
    let mut out = String::new();
    for table in &report.tables {
        let _ = writeln!(out, "{:<places$}  {:<names$}  {:>8}", place(table.table), name(table.table), table.rows);
    }
    out
}

fn preview(program: &Program, report: &engine::TableReport) -> String {
    let Some(table) = program.table(report.table) else { return String::new() };
    let header: Vec<String> = table.columns.iter().map(|c| c.name.as_str().to_owned()).collect();
    let rows: Vec<Vec<String>> =
        report.preview.iter().map(|r| r.iter().map(|c| c.as_deref().map_or("∅".to_owned(), cell)).collect()).collect();
    let width = |i: usize| rows.iter().chain([&header]).filter_map(|r| r.get(i)).map(|c| c.chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..header.len()).map(width).collect();
    let line =
        |cells: &[String]| cells.iter().zip(&widths).map(|(c, w)| format!("{c:<w$}")).collect::<Vec<_>>().join("  ").trim_end().to_owned();
    let mut out =
        format!("{} ({} of {})\n", table.name, report.preview.len(), counted(usize::try_from(report.rows).unwrap_or(usize::MAX), "row"));
    let rule: Vec<String> = widths.iter().map(|w| "─".repeat(*w)).collect();
    for row in [&header, &rule].into_iter().chain(&rows) {
        let _ = writeln!(out, "  {}", line(row));
    }
    out
}

/// One line, cut where it gets wide, control characters shown.
pub(super) fn cell(text: &str) -> String {
    let clean: String = text.chars().map(|c| if c.is_control() { '␤' } else { c }).collect();
    if clean.chars().count() <= WIDEST_CELL { clean } else { clean.chars().take(WIDEST_CELL - 1).chain(['…']).collect() }
}

fn json(program: &Program, report: &RunReport) -> serde_json::Value {
    let name = |id: TableId| program.table(id).map_or("", |t| t.name.as_str());
    let tables: Vec<_> = report
        .tables
        .iter()
        .map(|t| serde_json::json!({ "table": name(t.table), "model": is_model(program, t.table), "rows": t.rows }))
        .collect();
    let assertions: Vec<_> = report
        .assertions
        .iter()
        .map(|a| serde_json::json!({ "table": name(a.table), "assertion": &*a.name, "failures": a.failures, "severity": if a.warn { "warn" } else { "error" } }))
        .collect();
    serde_json::json!({ "tables": tables, "assertions": assertions })
}

/// One file per model that was built: a JSON object per row, every value as the text all engines agree on.
fn dump(program: &Program, engine: &Engine<'_>, report: &RunReport, folder: &std::path::Path) -> Result<(), String> {
    for (id, table, _) in program.models().filter(|(id, ..)| report.tables.iter().any(|t| t.table == *id)) {
        let rows = engine.rows(id).map_err(|problem| problem.message.clone())?;
        let mut text = String::new();
        for row in rows {
            let fields = table
                .columns
                .iter()
                .zip(row)
                .map(|(c, v)| (c.name.as_str().to_owned(), v.map_or(serde_json::Value::Null, serde_json::Value::String)));
            let object: serde_json::Map<String, serde_json::Value> = fields.collect();
            let _ = writeln!(text, "{}", serde_json::Value::Object(object));
        }
        host::write_file(&folder.join(format!("{}.ndjson", table.name)), text.as_bytes(), false)?;
    }
    Ok(())
}
