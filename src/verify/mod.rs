//! Translation validation: reads emitted artifacts back as their targets would, rebuilds the access matrix from them alone, and compares it
//! with the program's, cell by cell. Shares nothing with what writes them, and what it does not understand is a difference.

mod audits;
mod batches;
mod bigquery;
mod bodies;
mod built;
mod compare;
mod condition;
mod content;
mod dbt;
mod dbt_files;
mod expected;
mod files;
mod functions;
mod google;
mod history;
mod iam;
mod jinja;
mod known;
mod lex;
mod partitions;
mod predicate;
mod refresh;
mod report;
mod run;
mod script;
mod setup;
mod tableau;
mod terraform;
mod world;

#[cfg(test)]
mod tests;

pub use report::{Difference, Report, Rows, Side, diagnostics, json};

use crate::access::{Carry, Matrix};
use crate::base::{FileId, Sources, Span, VPath};
use crate::ir::{Dialect, Program};
use content::Form;
use expected::Expected;
use lex::Token;
use setup::Setup;
use std::collections::{BTreeMap, BTreeSet};
use world::World;

/// The files of an output folder, put beside the project's texts so that messages can point into them.
struct Artifacts<'a> {
    sources: &'a Sources,
    files: BTreeMap<String, FileId>,
}

impl Artifacts<'_> {
    fn file(&self, path: &str) -> Option<FileId> {
        self.files.get(path).copied()
    }

    /// Files below a folder, in order of path.
    fn under<'s>(&'s self, folder: &'s str) -> impl Iterator<Item = (&'s String, FileId)> {
        self.files.range(folder.to_owned()..).take_while(move |(p, _)| p.starts_with(folder)).map(|(p, f)| (p, *f))
    }
}

/// What reading one target's files came to.
struct Reading {
    target: &'static str,
    form: Form,
    world: World,
    setup: Setup,
    /// Queries that only ask.
    checks: Vec<(Vec<Token>, Span)>,
    /// Files that should be there.
    missing: Vec<String>,
}

impl Reading {
    fn new(target: &'static str, form: Form) -> Reading {
        Reading { target, form, world: World::default(), setup: Setup::new(), checks: Vec::new(), missing: Vec::new() }
    }
}

/// Compares what is in an output folder with what a program says. The files are added to `sources`, under their paths in the folder. `built` is
/// what the program makes now: what no model here reads has to be just that.
pub fn verify(program: &Program, sources: &mut Sources, files: &BTreeMap<VPath, Vec<u8>>, built: &BTreeMap<VPath, Vec<u8>>) -> Report {
    let mut report = Report { project: program.project.at, ..Report::default() };
    let mut known = BTreeMap::new();
    for (path, bytes) in files {
        match std::str::from_utf8(bytes) {
            Ok(text) => {
                known.insert(path.to_string(), sources.add(path.clone(), text));
            }
            Err(_) => report.unread(sources.add(path.clone(), ""), path.as_str(), "the file is no text"),
        }
    }
    let folders: BTreeSet<String> = known.keys().map(|path| folder(path)).collect();
    let dbt_project = dbt::prepare(sources, &known);
    let artifacts = Artifacts { sources, files: known };
    let carry = Carry::new(program);
    let matrix = Matrix::new(program, &carry);
    let expected = Expected::new(program, &matrix, &carry);
    let emits = |target: &str| program.project.emit.iter().any(|e| **e == *target);
    let kept_in = |dialect: Dialect| program.project.warehouse.as_ref().is_some_and(|w| w.dialect == dialect);
    let (postgres, bigquery) = (kept_in(Dialect::Postgres), kept_in(Dialect::BigQuery));
    if postgres && emits("sql") {
        let mut reading = Reading::new("sql", Form::Sql);
        script::read(&artifacts, &script::marks(built), &mut reading);
        reading.world.close();
        compare::compare(&expected, &artifacts, reading, &mut report);
    }
    if bigquery && emits("sql") {
        bigquery::compare(&expected, &artifacts, built, &mut report);
    }
    if !program.shown.is_empty() && emits("tableau") {
        tableau::compare(program, &artifacts, &mut report);
        report.sort();
    }
    if postgres && emits("dbt") {
        let mut reading = Reading::new("dbt", Form::Dbt);
        dbt::read(dbt_project, &artifacts, &expected, &mut reading);
        reading.world.close();
        compare::compare(&expected, &artifacts, reading, &mut report);
    }
    if program.buckets.iter().any(|b| b.lies_in(program, "aws")) {
        if emits("iam") {
            files::json(program, &artifacts, &mut report);
        }
        if emits("terraform") {
            files::hcl(program, &artifacts, &mut report);
        }
    }
    if emits("terraform") && program.project.clouds.iter().any(|c| *c.provider == *"gcp") && artifacts.under("terraform/").next().is_some()
    {
        google::compare(program, &artifacts, &mut report);
    }
    // Plain SQL is that of the warehouse here.
    let plain = if bigquery { "sql/bigquery" } else { "sql/postgres" };
    let read: BTreeSet<&str> = report.targets.iter().map(|t| if *t == "sql" { plain } else { t }).collect();
    report.as_built = folders.into_iter().filter(|f| !read.contains(f.as_str())).collect();
    built::compare(program, &artifacts, (files, built), &mut report);
    report
}

/// The folder that a target's files lie in: each dialect of plain SQL has one of its own.
fn folder(path: &str) -> String {
    let parts: Vec<&str> = path.split('/').collect();
    match parts.as_slice() {
        ["sql", dialect, _, ..] => format!("sql/{dialect}"),
        [folder, ..] => (*folder).to_owned(),
        [] => String::new(),
    }
}
