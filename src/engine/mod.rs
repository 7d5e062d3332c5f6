//! The embedded engine: SQLite in the process, behind `run` and `test`. The only folder that knows rusqlite.
//!
//! What printed SQL relies on: dates and times are texts in PostgreSQL's form (`timestamptz` in UTC with `+00`; see `stdlib/core/operators.pipe`), booleans 1 and 0, JSON and arrays
//! JSON texts, `like` tells upper from lower case, and the functions of `functions/` exist.

mod assertions;
mod build;
mod functions;
mod late;
mod load;
mod rows;
mod unit_tests;

#[cfg(test)]
mod tests;

pub use unit_tests::{Difference, Outcome, test};

use crate::base::{Ident, Sources, Span};
use crate::diag::{Code, Diagnostic};
use crate::ir::{Dialect, Program, TableId, TableKind};
use crate::sql::{self, Host};
use rusqlite::Connection;
use rusqlite::config::DbConfig;
use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

/// Why a run stopped.
pub type Failed = Box<Diagnostic>;

/// What a run is given from outside.
#[derive(Clone, Debug)]
pub struct RunOptions {
    /// The day the platform is built for, `YYYY-MM-DD`.
    pub run_date: String,
    /// Stands in for every secret; nothing made with it may leave the machine.
    pub throwaway_key: String,
    /// How many rows of a model [`TableReport::preview`] holds.
    pub preview: usize,
}

/// Progress of a run; times are told here only, never in results.
#[derive(Clone, Debug)]
pub enum Event<'e> {
    /// A source's table or a seed is filled.
    Loaded {
        /// Which.
        table: &'e str,
        /// With how many rows.
        rows: u64,
    },
    /// A model is built.
    Built {
        /// Which.
        table: &'e str,
        /// With how many rows.
        rows: u64,
        /// How long it took.
        took: Duration,
    },
    /// An assertion has been counted.
    Asserted {
        /// Of which table.
        table: &'e str,
        /// Which.
        assertion: &'e str,
        /// Rows that break it.
        failures: u64,
    },
}

/// What a run made.
#[derive(Clone, Debug, Default)]
pub struct RunReport {
    /// Tables in the order they were filled.
    pub tables: Vec<TableReport>,
    /// Assertions in the same order; none when a model could not be built.
    pub assertions: Vec<AssertionReport>,
    /// Why models could not be built; those that read them are left out without a word.
    pub problems: Vec<Diagnostic>,
}

/// A filled table.
#[derive(Clone, Debug)]
pub struct TableReport {
    /// Which.
    pub table: TableId,
    /// How many rows it has.
    pub rows: u64,
    /// Its first rows by key, else by all columns, as [`Engine::rows`] gives them; empty for sources.
    pub preview: Vec<Row>,
}

/// A counted assertion.
#[derive(Clone, Debug)]
pub struct AssertionReport {
    /// Whose.
    pub table: TableId,
    /// Its name.
    pub name: Arc<str>,
    /// Rows (or groups) that break it.
    pub failures: u64,
    /// Only a warning.
    pub warn: bool,
    /// Where written.
    pub at: Span,
}

/// A row as canonical texts; `None` is NULL.
pub type Row = Vec<Option<String>>;

/// A program's tables in memory.
pub struct Engine<'p> {
    program: &'p Program,
    connection: Connection,
    options: RunOptions,
}

/// Names tables in the engine and writes the run date.
struct EngineHost<'o> {
    options: &'o RunOptions,
    /// The tables that what it printed reads.
    reads: RefCell<BTreeSet<TableId>>,
    /// Whether what it printed asks for the run date.
    dated: Cell<bool>,
}

impl Host for EngineHost<'_> {
    fn table(&self, program: &Program, table: TableId) -> String {
        self.reads.borrow_mut().insert(table);
        let Some(table) = program.table(table) else { return String::new() };
        match &table.kind {
            // A source's table may share its name with a model, and SQLite has no schemas. A colon: after a dot the printer would
            // take the last part for the name the table goes by, and leave out its alias.
            TableKind::Source(source) => sql::ident(&Ident::exact(&format!("{}:{}", source.source, table.name)), Dialect::Sqlite),
            _ => sql::ident(&table.name, Dialect::Sqlite),
        }
    }

    fn run_date(&self) -> String {
        self.dated.set(true);
        sql::literal(&crate::ir::Literal::Text(self.options.run_date.as_str().into()), Dialect::Sqlite)
    }
}

/// Loads the samples, builds every model and counts every assertion. The engine is given back for further questions.
///
/// # Errors
/// P0901 and P0902 for data files, P0903 for a database that can't be set up. What can't be built is in the report.
pub fn run<'p>(
    program: &'p Program,
    data: &Sources,
    options: &RunOptions,
    progress: &mut dyn FnMut(Event<'_>),
) -> Result<(Engine<'p>, RunReport), Failed> {
    let engine = Engine::open(program, options)?;
    let mut report = engine.load(data, progress)?;
    let built = engine.build(progress)?;
    report.tables.extend(built.tables);
    report.problems = built.problems;
    if report.problems.is_empty() {
        report.assertions = engine.assertions(progress)?;
    }
    Ok((engine, report))
}

impl<'p> Engine<'p> {
    /// An empty database that knows the functions of the standard library.
    ///
    /// # Errors
    /// P0903 when SQLite can't be set up.
    pub fn open(program: &'p Program, options: &RunOptions) -> Result<Self, Failed> {
        let set_up = || -> rusqlite::Result<Connection> {
            let connection = Connection::open_in_memory()?;
            // A misspelt `"name"` must be an error, not a text.
            connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?;
            connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DDL, false)?;
            connection.execute_batch("pragma case_sensitive_like = on; pragma journal_mode = off; pragma synchronous = off")?;
            functions::register(&connection, &options.throwaway_key)?;
            Ok(connection)
        };
        let connection = set_up().map_err(|e| refused(&e, "the database", Span::default()))?;
        Ok(Engine { program, connection, options: options.clone() })
    }

    /// Fills sources and seeds.
    ///
    /// # Errors
    /// P0901 when a sample is missing, P0902 when a line of it can't be read.
    pub fn load(&self, data: &Sources, progress: &mut dyn FnMut(Event<'_>)) -> Result<RunReport, Failed> {
        load::load(self, data, progress)
    }

    /// Builds every model as a table, in order; incremental ones as on their first day.
    ///
    /// # Errors
    /// P0903 when a built table can't be read. P0701 for what SQLite can't express, and P0903 for a statement it refuses, are in what it gives.
    pub fn build(&self, progress: &mut dyn FnMut(Event<'_>)) -> Result<RunReport, Failed> {
        build::build(self, progress)
    }

    /// A late delivery: rows of sources replace those of the same key, incremental models take what their cursor lets through, the rest is built anew.
    ///
    /// # Errors
    /// As [`load`](Self::load) and [`build`](Self::build).
    pub fn deliver(&self, late: &Sources, progress: &mut dyn FnMut(Event<'_>)) -> Result<Vec<TableReport>, Failed> {
        late::deliver(self, late, progress)
    }

    /// Counts what breaks each assertion.
    ///
    /// # Errors
    /// As [`build`](Self::build).
    pub fn assertions(&self, progress: &mut dyn FnMut(Event<'_>)) -> Result<Vec<AssertionReport>, Failed> {
        assertions::count(self, progress)
    }

    /// Every row of a table as canonical texts, sorted: the same texts as `tests/real/warehouse.py` gives for PostgreSQL.
    ///
    /// # Errors
    /// P0903 when the table was never built.
    pub fn rows(&self, table: TableId) -> Result<Vec<Row>, Failed> {
        rows::all(self, table)
    }

    fn host(&self) -> EngineHost<'_> {
        EngineHost { options: &self.options, reads: RefCell::default(), dated: Cell::new(false) }
    }

    /// A table's name as SQL.
    fn name(&self, table: TableId) -> String {
        self.host().table(self.program, table)
    }

    /// A statement without parameters.
    fn execute(&self, statement: &str, what: &str, at: Span) -> Result<(), Failed> {
        self.connection.execute_batch(statement).map_err(|e| refused(&e, what, at))
    }

    /// The one number a query yields.
    fn number(&self, query: &str, what: &str, at: Span) -> Result<u64, Failed> {
        let count: i64 = self.connection.query_row(query, [], |row| row.get(0)).map_err(|e| refused(&e, what, at))?;
        Ok(count.unsigned_abs())
    }
}

/// P0903. SQLite's message names columns and functions, and ours never hold a value of a row; but of a path into JSON it repeats the text,
/// which may be a cell.
fn refused(error: &rusqlite::Error, what: &str, at: Span) -> Failed {
    let mut said = error.to_string();
    if let Some(cut) = said.to_ascii_lowercase().find("json path").and_then(|at| said.get(..at)) {
        said = format!("{cut}a path into JSON is not well-formed");
    }
    Box::new(Diagnostic::error(Code::EngineFailed, at, format!("the embedded engine could not make {what}: {said}")))
}

/// P0701 for the embedded engine.
fn gap(gap: &sql::Gap, what: &str) -> Failed {
    Box::new(
        Diagnostic::error(Code::DialectGap, gap.at, format!("the embedded engine can't express {}, which {what} needs", gap.what))
            .help("give the function a `sqlite` body, or write it in another way"),
    )
}
