use super::output::{Output, counted, print_out};
use super::{ERRORS, USAGE};
use crate::base::{FileId, VPath};
use crate::diag::Diagnostics;
use crate::host::{self, Wants};
use crate::survey::{FileReport, Report, Schemas, Share, from_json, survey};
use clap::{Args, ValueEnum};
use std::collections::BTreeSet;
use std::path::PathBuf;

/// Reads a folder of SQL that was written without pipec, and reports how much of it is read, typed and traced.
///
/// The folder holds `.sql` files: queries, definitions of views and tables, or the compiled models of a dbt project
/// (`target/compiled/<project>/models`). Every column counts as public: information flow is not judged.
#[derive(Args, Debug)]
pub(super) struct Survey {
    /// The folder that holds the `.sql` files
    #[arg(value_hint = clap::ValueHint::DirPath)]
    folder: PathBuf,

    /// Declared tables: `create table` statements as `pg_dump --schema-only` writes them, or dbt's `catalog.json` or `manifest.json`
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    schemas: Vec<PathBuf>,

    /// Whose SQL it is
    #[arg(long, value_enum, default_value_t = Dialect::Postgres)]
    dialect: Dialect,

    /// How the report is written
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,

    /// Fail when fewer than this share of the files, in percent, passes
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(0..=100))]
    min_share: Option<u8>,

    /// Show every message with its place in the text
    #[arg(long)]
    messages: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Dialect {
    /// PostgreSQL
    Postgres,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Format {
    /// Tables for people
    Text,
    /// One JSON object
    Json,
}

impl Survey {
    pub(super) fn run(&self, output: &Output) -> u8 {
        let Dialect::Postgres = self.dialect;
        let mut loaded = host::load(&self.folder, &[], Wants::Sql);
        if loaded.diagnostics.has_errors() {
            output.diagnostics(&loaded.diagnostics, &loaded.sources);
            return ERRORS;
        }
        let files: Vec<FileId> = loaded.sources.iter().filter(|(_, f)| is_model(f.path.as_str())).map(|(id, _)| id).collect();
        let stems: BTreeSet<String> = files.iter().filter_map(|id| loaded.sources.get(*id)).map(|f| stem(f.path.as_str())).collect();
        let mut schemas = Schemas::default();
        let mut declarations = Vec::new();
        for (index, path) in self.schemas.iter().enumerate() {
            let text = match host::read_text(path) {
                Ok(text) => text,
                Err(problem) => return refuse(output, &problem),
            };
            if path.extension().is_some_and(|e| e.eq_ignore_ascii_case("json")) {
                if let Err(problem) = from_json(&text, &stems, &mut schemas) {
                    return refuse(output, &format!("`{}` {problem}", path.display()));
                }
            } else if let Ok(name) = VPath::new(&format!("schemas/{index}.sql")) {
                declarations.push(loaded.sources.add(name, text));
            }
        }
        let report = survey(&loaded.sources, &files, &declarations, schemas);
        match self.format {
            Format::Json => print_out(&format!("{}\n", serde_json::to_string_pretty(&report).unwrap_or_default())),
            Format::Text => print_out(&text(&report)),
        }
        if self.messages {
            output.diagnostics(&report.diagnostics, &loaded.sources);
        } else {
            output.diagnostics(&Diagnostics::new(), &loaded.sources);
        }
        match self.min_share {
            Some(least) if report.totals.passed * 100 < usize::from(least) * report.totals.files => {
                output.fail(&format!("fewer than {least}% of the files pass"));
                ERRORS
            }
            _ => 0,
        }
    }
}

fn refuse(output: &Output, problem: &str) -> u8 {
    output.fail(problem);
    USAGE
}

/// dbt compiles the tests of `a.yml` into a folder of that name; they are no models.
fn is_model(path: &str) -> bool {
    let test = |part: &str| part.ends_with(".yml") || part.ends_with(".yaml");
    path.ends_with(".sql") && !path.split('/').any(test)
}

fn stem(path: &str) -> String {
    path.rsplit('/').next().and_then(|name| name.strip_suffix(".sql")).unwrap_or_default().to_owned()
}

fn text(report: &Report) -> String {
    let mut out = String::from("read typed traced  file\n");
    for file in report.files.iter().filter(|f| !f.queries.is_empty()) {
        out.push_str(&line(file));
    }
    let Share { files, read, typed, traced, passed, refused, without_query } = report.totals;
    out.push_str(&format!("\n{}, {without_query} more without a query\n", counted(files, "file")));
    for (what, number) in [("read", read), ("typed", typed), ("traced", traced), ("all three", passed)] {
        let tenths = (number * 1_000).checked_div(files).unwrap_or(1_000);
        out.push_str(&format!("{what:>9} {number:>5} {:>3}.{}%\n", tenths / 10, tenths % 10));
    }
    if refused > 0 {
        out.push_str(&format!("{}, understood, with something that is refused on purpose (P0112, P0217)\n", counted(refused, "file")));
    }
    if !report.reasons.is_empty() {
        out.push_str("\nfiles  code   reason\n");
    }
    for reason in &report.reasons {
        out.push_str(&format!("{:>5}  {:<5}  {}\n", reason.files, reason.code, reason.reason));
    }
    out
}

fn line(file: &FileReport) -> String {
    let all = |holds: &dyn Fn(&crate::survey::UnitReport) -> bool| if file.queries.iter().all(holds) { "yes" } else { "no" };
    let mut out = format!("{:<4} {:<5} {:<6}  {}\n", all(&|q| q.read), all(&|q| q.typed), all(&|q| q.traced), file.path);
    for reason in file.queries.iter().flat_map(|q| &q.reasons) {
        let code = if reason.code.is_empty() { String::new() } else { format!("{} ", reason.code) };
        out.push_str(&format!("                   {}: {code}{}\n", reason.place, reason.message));
    }
    out
}
