//! Building models as tables.

use super::{Engine, Event, Failed, TableReport, gap, load, rows};
use crate::ir::{Dialect, Model, ModelRole, Table, TableId};
use crate::sql;
use std::time::Instant;

/// Builds every model, in order.
pub(super) fn build(engine: &Engine<'_>, progress: &mut dyn FnMut(Event<'_>)) -> Result<Vec<TableReport>, Failed> {
    let mut reports = Vec::new();
    for (id, table, model) in built(engine) {
        let started = Instant::now();
        make(engine, id, table, model)?;
        reports.push(report(engine, id, table, started, progress)?);
    }
    Ok(reports)
}

/// The models that become tables, each after those it reads.
pub(super) fn built<'p>(engine: &Engine<'p>) -> impl Iterator<Item = (TableId, &'p Table, &'p Model)> {
    engine.program.models().filter(|(_, _, model)| model.role != ModelRole::Query)
}

/// Creates and fills a model's table.
pub(super) fn make(engine: &Engine<'_>, id: TableId, table: &Table, model: &Model) -> Result<(), Failed> {
    let query = text(engine, table, model)?;
    load::create(engine, id, table)?;
    engine.execute(&format!("insert into {}\n{query}", engine.name(id)), &format!("`{}`", table.name), table.at)
}

/// A model's query as SQLite reads it.
pub(super) fn text(engine: &Engine<'_>, table: &Table, model: &Model) -> Result<String, Failed> {
    sql::query(engine.program, &model.query, Dialect::Sqlite, &engine.host()).map_err(|g| gap(&g, &format!("`{}`", table.name)))
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
