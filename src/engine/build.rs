//! Building models as tables.

use super::{Engine, Event, Failed, RunReport, TableReport, gap, load, rows};
use crate::ir::{Dialect, Model, ModelRole, Table, TableId};
use crate::sql;
use std::collections::BTreeSet;
use std::time::Instant;

/// Builds every model, in order. One that fails is reported, and what reads it is left out.
pub(super) fn build(engine: &Engine<'_>, progress: &mut dyn FnMut(Event<'_>)) -> Result<RunReport, Failed> {
    let mut out = RunReport::default();
    let mut lost = BTreeSet::new();
    for (id, table, model) in built(engine) {
        let started = Instant::now();
        match make_unless(engine, id, table, model, &lost) {
            Ok(true) => out.tables.push(report(engine, id, table, started, progress)?),
            Ok(false) => {
                lost.insert(id);
            }
            Err(problem) => {
                lost.insert(id);
                out.problems.push(*problem);
            }
        }
    }
    Ok(out)
}

/// [`make`], unless the model reads one that is lost.
fn make_unless(engine: &Engine<'_>, id: TableId, table: &Table, model: &Model, lost: &BTreeSet<TableId>) -> Result<bool, Failed> {
    let Printed { query, reads, .. } = printed(engine, table, model)?;
    let whole = reads.is_disjoint(lost);
    if whole {
        store(engine, id, table, &query)?;
    }
    Ok(whole)
}

/// The models that become tables, each after those it reads.
pub(super) fn built<'p>(engine: &Engine<'p>) -> impl Iterator<Item = (TableId, &'p Table, &'p Model)> {
    engine.program.models().filter(|(_, _, model)| model.role != ModelRole::Query)
}

/// Creates and fills a model's table. Gives whether it asks for the run date.
pub(super) fn make(engine: &Engine<'_>, id: TableId, table: &Table, model: &Model) -> Result<bool, Failed> {
    let Printed { query, dated, .. } = printed(engine, table, model)?;
    store(engine, id, table, &query)?;
    Ok(dated)
}

fn store(engine: &Engine<'_>, id: TableId, table: &Table, query: &str) -> Result<(), Failed> {
    load::create(engine, id, table)?;
    engine.execute(&format!("insert into {}\n{query}", engine.name(id)), &format!("`{}`", table.name), table.at)
}

/// A model's query as SQLite reads it.
pub(super) fn text(engine: &Engine<'_>, table: &Table, model: &Model) -> Result<String, Failed> {
    printed(engine, table, model).map(|p| p.query)
}

/// A model's query, and what it asks for.
struct Printed {
    query: String,
    reads: BTreeSet<TableId>,
    dated: bool,
}

fn printed(engine: &Engine<'_>, table: &Table, model: &Model) -> Result<Printed, Failed> {
    let host = engine.host();
    let query = sql::query(engine.program, &model.query, Dialect::Sqlite, &host).map_err(|g| gap(&g, &format!("`{}`", table.name)))?;
    Ok(Printed { query, reads: host.reads.take(), dated: host.dated.get() })
}

/// Counts a built table's rows and takes the first of them.
pub(super) fn report(
    engine: &Engine<'_>,
    id: TableId,
    table: &Table,
    started: Instant,
    progress: &mut dyn FnMut(Event<'_>),
) -> Result<TableReport, Failed> {
    let rows = engine.number(&format!("select count(*) from {}", engine.name(id)), "a count", table.at)?;
    progress(Event::Built { table: table.name.as_str(), rows, took: started.elapsed() });
    Ok(TableReport { table: id, rows, preview: rows::first(engine, id, table, engine.options.preview)? })
}
