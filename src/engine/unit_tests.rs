//! Unit tests: what models make of given rows, in a database of their own for each test.

use super::{Engine, Failed, Row, RunOptions, build, gap, load, rows};
use crate::base::Ident;
use crate::diag::{Code, Diagnostic};
use crate::ir::{Column, Dialect, Program, Table, TableId, TableKind, TestRows, UnitTest};
use crate::sql;
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

/// A test that runs longer has a query that does not end.
const LIMIT: Duration = Duration::from_secs(30);
/// Of SQLite's virtual machine, between two looks at the clock.
const INSTRUCTIONS: i32 = 100_000;

/// How a test went.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Tables whose rows are others than expected; none: it passed.
    pub differences: Vec<Difference>,
}

/// A table with other rows than expected.
#[derive(Clone, Debug)]
pub struct Difference {
    /// Which.
    pub table: TableId,
    /// The columns compared.
    pub columns: Vec<u32>,
    /// Expected, and not there.
    pub missing: Vec<Row>,
    /// There, and not expected.
    pub unexpected: Vec<Row>,
}

/// Runs one test: tables that are not given are empty, seeds keep their rows, a model that is given is not built. Only what the expected tables read is built.
///
/// # Errors
/// P0230 when it asks for the run date and nobody names one; P0701 for what SQLite can't express; P0903 for a statement it refuses, or that does not end.
pub fn test(program: &Program, test: &UnitTest, run_date: Option<&str>, throwaway_key: &str) -> Result<Outcome, Failed> {
    let day = test.run_date.as_deref().or(run_date);
    let options = RunOptions { run_date: day.unwrap_or("2000-01-01").to_owned(), throwaway_key: throwaway_key.to_owned(), preview: 0 };
    let mut engine = Engine::open(program, &options)?;
    let end = Instant::now() + LIMIT;
    let stops = move || Instant::now() > end;
    if engine.connection.progress_handler(INSTRUCTIONS, Some(stops)).is_err() {
        return Err(Box::new(Diagnostic::error(Code::EngineFailed, test.at, "the embedded engine takes no time limit")));
    }
    run(&engine, test, day).map_err(|problem| if stops() { too_long(test) } else { problem })
}

/// P0903: a query that does not end.
fn too_long(test: &UnitTest) -> Failed {
    let message = format!("test `{}` takes longer than {} seconds", test.title, LIMIT.as_secs());
    Box::new(
        Diagnostic::error(Code::EngineFailed, test.at, message).help("look for a recursive query that does not end, or give fewer rows"),
    )
}

fn run(engine: &Engine<'_>, test: &UnitTest, day: Option<&str>) -> Result<Outcome, Failed> {
    let program = engine.program;
    let given: BTreeMap<TableId, &TestRows> = test.given.iter().map(|g| (g.table, g)).collect();
    let needed = needed(program, test, &given);
    for id in program.order.iter().filter(|id| needed.contains(id)) {
        let Some(table) = program.table(*id) else { continue };
        let dated = match (given.get(id), &table.kind) {
            (Some(rows), _) => fill(engine, *id, table, rows).map(|()| false)?,
            (None, TableKind::Model(model)) => build::make(engine, *id, table, model)?,
            (None, TableKind::Seed(seed)) => {
                load::create(engine, *id, table)?;
                load::fill_seed(engine, *id, table, seed).map(|_| false)?
            }
            (None, TableKind::Source(_)) => load::create(engine, *id, table).map(|()| false)?,
        };
        if dated && day.is_none() {
            let message = format!("test `{}` builds `{}`, which asks for the run date", test.title, table.name);
            let problem = Diagnostic::error(Code::BadTest, test.at, message).mark(table.at, "built here");
            return Err(Box::new(problem.help("add `run_date '2026-01-01'` to the test, so that its outcome stays the same")));
        }
    }
    let compare = |rows: &TestRows| compare(engine, program.table(rows.table)?, rows).transpose();
    let differences = test.expect.iter().filter_map(compare).collect::<Result<_, _>>()?;
    Ok(Outcome { differences })
}

/// The tables a test builds: those it expects rows of, and what they read, up to what is given. A table that is given and expected is there as it was given.
fn needed(program: &Program, test: &UnitTest, given: &BTreeMap<TableId, &TestRows>) -> BTreeSet<TableId> {
    let mut needed = BTreeSet::new();
    let mut waiting: Vec<TableId> = test.expect.iter().map(|e| e.table).collect();
    while let Some(id) = waiting.pop() {
        if needed.insert(id) && !given.contains_key(&id) {
            waiting.extend(program.table(id).into_iter().flat_map(|t| &t.reads));
        }
    }
    needed
}

/// Creates a table and puts the given rows in; columns that a row does not name are NULL.
fn fill(engine: &Engine<'_>, id: TableId, table: &Table, given: &TestRows) -> Result<(), Failed> {
    load::create(engine, id, table)?;
    put(engine, &engine.name(id), table, given)
}

fn put(engine: &Engine<'_>, into: &str, table: &Table, rows: &TestRows) -> Result<(), Failed> {
    let what = format!("the test's rows of `{}`", table.name);
    for row in &rows.rows {
        let column = |position: u32| table.columns.get(position as usize).map(|c| sql::ident(&c.name, Dialect::Sqlite));
        let names: Vec<String> = row.iter().filter_map(|(position, _)| column(*position)).collect();
        let host = engine.host();
        let value = |(_, cell): &(u32, _)| sql::expr(engine.program, cell, Dialect::Sqlite, &host).map_err(|g| gap(&g, &what));
        let values: Vec<String> = row.iter().map(value).collect::<Result<_, _>>()?;
        let statement = match names.is_empty() {
            true => format!("insert into {into} default values"),
            false => format!("insert into {into} ({}) values ({})", names.join(", "), values.join(", ")),
        };
        engine.execute(&statement, &what, rows.at)?;
    }
    Ok(())
}

/// Compares the columns that the expected rows name (all, where no row is expected), rows in any order. Expected rows go through a table of the same
/// types, so that both are told alike.
fn compare(engine: &Engine<'_>, table: &Table, expected: &TestRows) -> Result<Option<Difference>, Failed> {
    let named: Vec<u32> = match expected.rows.first() {
        Some(row) => row.iter().map(|(position, _)| *position).collect(),
        None => (0u32..).take(table.columns.len()).collect(),
    };
    let columns: Vec<&Column> = named.iter().filter_map(|position| table.columns.get(*position as usize)).collect();
    let wanted = sql::ident(&Ident::exact("expected:"), Dialect::Sqlite);
    let definitions: Vec<String> = table
        .columns
        .iter()
        .map(|c| format!("{} {}", sql::ident(&c.name, Dialect::Sqlite), sql::type_name(&c.ty, Dialect::Sqlite)))
        .collect();
    let what = "the rows a test expects";
    engine.execute(&format!("create temporary table {wanted} ({})", definitions.join(", ")), what, expected.at)?;
    put(engine, &wanted, table, expected)?;
    let mut missing = rows::of(engine, &wanted, &columns, table)?;
    let found = rows::of(engine, &engine.name(expected.table), &columns, table)?;
    engine.execute(&format!("drop table {wanted}"), what, expected.at)?;
    let mut unexpected = Vec::new();
    for row in found {
        match missing.iter().position(|m| *m == row) {
            Some(at) => drop(missing.remove(at)),
            None => unexpected.push(row),
        }
    }
    let same = missing.is_empty() && unexpected.is_empty();
    missing.sort();
    unexpected.sort();
    Ok((!same).then_some(Difference { table: expected.table, columns: named, missing, unexpected }))
}
