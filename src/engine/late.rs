//! A late delivery: the second day of a pipeline.

use super::{Engine, Event, Failed, TableReport, build, load};
use crate::base::{Ident, Sources};
use crate::ir::{Dialect, Materialization, Model, Table, TableId, TableKind};
use crate::sql;
use std::time::Instant;

/// Loads the late samples (under the paths of the first ones; a source without one stays as it is), then brings every model up to date.
pub(super) fn deliver(engine: &Engine<'_>, late: &Sources, progress: &mut dyn FnMut(Event<'_>)) -> Result<Vec<TableReport>, Failed> {
    for (id, table) in engine.program.tables() {
        let TableKind::Source(source) = &table.kind else { continue };
        if let Some(path) = source.sample.as_ref().filter(|p| late.data(p).is_some()) {
            let rows = replace(engine, id, table, |engine| load::fill(engine, id, table, path, late))?;
            progress(Event::Loaded { table: table.name.as_str(), rows });
        }
    }
    let mut reports = Vec::new();
    for (id, table, model) in build::built(engine) {
        let started = Instant::now();
        match &model.materialization {
            Materialization::Incremental { key, history, .. } => {
                let query = build::text(engine, table, model)?;
                let query = if *history { changes(engine, id, table, key, &query) } else { query };
                add(engine, id, table, model, &query)?;
            }
            _ => {
                engine.execute(&format!("drop table {}", engine.name(id)), &format!("`{}`", table.name), table.at)?;
                build::make(engine, id, table, model)?;
            }
        }
        reports.push(build::report(engine, id, table, started, progress)?);
    }
    Ok(reports)
}

/// Fills the table anew and puts back the rows whose key the new ones do not have.
fn replace(engine: &Engine<'_>, id: TableId, table: &Table, fill: impl FnOnce(&Engine<'_>) -> Result<u64, Failed>) -> Result<u64, Failed> {
    let (name, what) = (engine.name(id), format!("the late rows of `{}`", table.name));
    let keys: Vec<&Ident> = table.key.iter().filter_map(|i| table.columns.get(*i as usize)).map(|c| &c.name).collect();
    engine.execute(&format!("create temp table pipec_before as select * from {name}; delete from {name}"), &what, table.at)?;
    let rows = fill(engine)?;
    let kept = if keys.is_empty() { String::new() } else { format!(" where {} not in (select {} from {name})", row(&keys), list(&keys)) };
    engine.execute(&format!("insert into {name} select * from temp.pipec_before{kept}; drop table temp.pipec_before"), &what, table.at)?;
    Ok(rows)
}

/// Adds to an incremental model what is not older than its newest row; rows of the same key give way.
fn add(engine: &Engine<'_>, id: TableId, table: &Table, model: &Model, query: &str) -> Result<(), Failed> {
    let Materialization::Incremental { key, cursor, batch, .. } = &model.materialization else { return Ok(()) };
    let (name, what) = (engine.name(id), format!("`{}`", table.name));
    let keys: Vec<&Ident> = key.iter().collect();
    let fresh = cursor
        .as_ref()
        .map(|c| sql::ident(c, Dialect::Sqlite))
        .map_or(String::new(), |c| format!(" where {c} >= (select max({c}) from {name}) or not exists (select 1 from {name})"));
    let mut steps = vec![format!("create temp table pipec_new as select * from (\n{query}\n){fresh}")];
    if batch.is_some() {
        // What is there stays as it is; how many rows go in at once is nothing to a table in memory.
        steps.push(format!("delete from temp.pipec_new where {} in (select {} from {name})", row(&keys), list(&keys)));
    }
    if let Some(number) = model.number().map(|n| sql::ident(n, Dialect::Sqlite)) {
        let same: Vec<String> = keys.iter().map(|k| sql::ident(k, Dialect::Sqlite)).map(|k| format!("old.{k} = pipec_new.{k}")).collect();
        let mine = format!("(select old.{number} from {name} as old where {})", same.join(" and "));
        let next = format!("(select coalesce(max(old.{number}), 0) from {name} as old) + {number}");
        steps.push(format!("update temp.pipec_new set {number} = coalesce({mine}, {next})"));
    }
    if !keys.is_empty() {
        steps.push(format!("delete from {name} where {} in (select {} from temp.pipec_new)", row(&keys), list(&keys)));
    }
    steps.push(format!("insert into {name} select * from temp.pipec_new; drop table temp.pipec_new"));
    engine.execute(&steps.join(";\n"), &what, table.at)
}

/// What a history takes in of the day's rows.
fn changes(engine: &Engine<'_>, id: TableId, table: &Table, key: &[Ident], query: &str) -> String {
    let (columns, kept, day) = (table.columns.iter().map(|c| &c.name).collect(), engine.name(id), sql::Host::run_date(&engine.host()));
    let history = sql::History { columns, key, query, kept: &kept, run_date: &day };
    history.changes(Dialect::Sqlite, &|name| sql::ident(name, Dialect::Sqlite))
}

fn list(names: &[&Ident]) -> String {
    names.iter().map(|n| sql::ident(n, Dialect::Sqlite)).collect::<Vec<_>>().join(", ")
}

fn row(names: &[&Ident]) -> String {
    format!("({})", list(names))
}
