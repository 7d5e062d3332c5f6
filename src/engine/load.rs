//! Filling sources from their samples and seeds from their rows.

use super::functions::calendar as cal;
use super::functions::convert::{read_boolean, read_number, show_timestamptz};
use super::{Engine, Event, Failed, RunReport, TableReport, refused};
use crate::base::{Ident, Sources, Span, VPath};
use crate::diag::{Code, Diagnostic};
use crate::ir::{Dialect, Literal, SeedTable, Table, TableId, TableKind, Type, vector_text};
use crate::sql;
use rusqlite::params_from_iter;
use rusqlite::types::Value;
use serde_json::{Map, Value as Json};

/// Creates and fills every source's table and seed.
pub(super) fn load(engine: &Engine<'_>, data: &Sources, progress: &mut dyn FnMut(Event<'_>)) -> Result<RunReport, Failed> {
    let mut report = RunReport::default();
    for (id, table) in engine.program.tables() {
        if matches!(table.kind, TableKind::Model(_)) {
            continue;
        }
        create(engine, id, table)?;
        match &table.kind {
            TableKind::Source(source) => match &source.sample {
                Some(path) => fill(engine, id, table, path, data)?,
                None => 0,
            },
            TableKind::Seed(seed) => fill_seed(engine, id, table, seed)?,
            TableKind::Model(_) => 0,
        };
        index(engine, id, table)?;
        let rows = engine.number(&format!("select count(*) from {}", engine.name(id)), "a count", table.at)?;
        progress(Event::Loaded { table: table.name.as_str(), rows });
        report.tables.push(TableReport { table: id, rows, preview: Vec::new() });
    }
    engine.execute("analyze", "the statistics of the samples", Span::default())?;
    Ok(report)
}

/// An index over the declared key, as a warehouse has it: without one, a correlated subquery reads the whole table for each row.
/// Not a unique one: whether samples keep the key is for assertions to say.
fn index(engine: &Engine<'_>, id: TableId, table: &Table) -> Result<(), Failed> {
    let column = |at: &u32| table.columns.get(usize::try_from(*at).ok()?).map(|c| sql::ident(&c.name, Dialect::Sqlite));
    let columns: Vec<String> = table.key.iter().filter_map(column).collect();
    if columns.is_empty() {
        return Ok(());
    }
    let name = sql::ident(&Ident::exact(&format!("key:{}", engine.name(id))), Dialect::Sqlite);
    let statement = format!("create index {name} on {} ({})", engine.name(id), columns.join(", "));
    engine.execute(&statement, &format!("the key of `{}`", table.name), table.at)
}

/// `create table`, with types whose affinity stores the columns right.
pub(super) fn create(engine: &Engine<'_>, id: TableId, table: &Table) -> Result<(), Failed> {
    let columns: Vec<String> = table
        .columns
        .iter()
        .map(|c| format!("{} {}", sql::ident(&c.name, Dialect::Sqlite), sql::type_name(&c.ty, Dialect::Sqlite)))
        .collect();
    engine.execute(&format!("create table {} ({})", engine.name(id), columns.join(", ")), &format!("the table `{}`", table.name), table.at)
}

/// Inserts a seed's rows; gives how many.
pub(super) fn fill_seed(engine: &Engine<'_>, id: TableId, table: &Table, seed: &SeedTable) -> Result<u64, Failed> {
    insert(engine, id, table, &seed.path, seed.rows.iter().map(|row| Ok(texts(row.iter().map(Option::as_deref)))))
}

/// Inserts a sample; gives how many rows it holds.
pub(super) fn fill(engine: &Engine<'_>, id: TableId, table: &Table, path: &VPath, data: &Sources) -> Result<u64, Failed> {
    let Some(file) = data.data(path) else {
        let problem = Diagnostic::error(Code::DataFileMissing, table.at, format!("the sample `{path}` of `{}` is missing", table.name));
        return Err(Box::new(problem.help("add the file, or take `sample` out of the table")));
    };
    let Ok(text) = std::str::from_utf8(&file.bytes) else { return Err(malformed(table, path, 1, "it is not UTF-8 text")) };
    if path.extension() == "csv" {
        return insert(engine, id, table, path, from_csv(table, path, text)?.into_iter().map(Ok));
    }
    let lines = text.lines().zip(1_u64..).filter(|(line, _)| !line.trim().is_empty());
    insert(
        engine,
        id,
        table,
        path,
        lines.map(|(line, number)| match serde_json::from_str::<Map<String, Json>>(line) {
            Ok(object) => Ok(Incoming { number, line: line.to_string(), values: fields(table, object) }),
            // Serde's own message may quote the line, and the line is a patient's.
            Err(error) => Err((number, format!("it is no JSON object (column {})", error.column()))),
        }),
    )
}

/// A row on its way in.
struct Incoming {
    /// Its line in the file.
    number: u64,
    /// The line, for JSON columns: they keep their numbers as written.
    line: String,
    /// By column.
    values: Vec<Json>,
}

fn fields(table: &Table, mut object: Map<String, Json>) -> Vec<Json> {
    table.columns.iter().map(|c| object.get_mut(c.name.as_str()).map_or(Json::Null, Json::take)).collect()
}

fn texts<'t>(row: impl Iterator<Item = Option<&'t str>>) -> Incoming {
    Incoming { number: 0, line: String::new(), values: row.map(|text| text.map_or(Json::Null, Json::from)).collect() }
}

/// Rows of a CSV file with a header; an empty field is NULL.
fn from_csv(table: &Table, path: &VPath, text: &str) -> Result<Vec<Incoming>, Failed> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let headers = reader.headers().map_err(|_| malformed(table, path, 1, "it has no readable header"))?.clone();
    let places: Vec<Option<usize>> = table.columns.iter().map(|c| headers.iter().position(|h| h == c.name.as_str())).collect();
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record
            .map_err(|e| malformed(table, path, e.position().map_or(0, csv::Position::line), "its fields do not match the header"))?;
        let mut row = texts(places.iter().map(|place| place.and_then(|i| record.get(i)).filter(|f| !f.is_empty())));
        row.number = record.position().map_or(0, csv::Position::line);
        rows.push(row);
    }
    Ok(rows)
}

fn insert(
    engine: &Engine<'_>,
    id: TableId,
    table: &Table,
    path: &VPath,
    rows: impl Iterator<Item = Result<Incoming, (u64, String)>>,
) -> Result<u64, Failed> {
    let what = format!("the rows of `{}`", table.name);
    let slots: Vec<String> = table.columns.iter().map(|c| slot(&c.name, &c.ty)).collect();
    let statement = format!("insert into {} values ({})", engine.name(id), slots.join(", "));
    let fail = |e: &rusqlite::Error| refused(e, &what, table.at);
    engine.execute("begin", &what, table.at)?;
    let mut prepared = engine.connection.prepare(&statement).map_err(|e| fail(&e))?;
    let mut count = 0;
    for row in rows {
        let row = row.map_err(|(number, problem)| malformed(table, path, number, &problem))?;
        let mut values = Vec::with_capacity(row.values.len());
        for (column, value) in table.columns.iter().zip(&row.values) {
            // From a line, SQLite takes the JSON out itself; a seed's text is the JSON.
            let from_line = matches!(column.ty, Type::Json(_)) && !row.line.is_empty() && !value.is_null();
            values.push(if from_line {
                Value::Text(row.line.clone())
            } else {
                stored(&column.ty, value)
                    .ok_or_else(|| malformed(table, path, row.number, &format!("its `{}` is no {}", column.name, column.ty)))?
            });
            if matches!(column.ty, Type::Json(_)) {
                values.push(Value::Integer(from_line.into()));
            }
        }
        prepared.execute(params_from_iter(values)).map_err(|e| fail(&e))?;
        count += 1;
    }
    drop(prepared);
    engine.execute("commit", &what, table.at)?;
    Ok(count)
}

/// A parameter; a JSON column's takes its field out of the line when told so.
fn slot(name: &Ident, ty: &Type) -> String {
    if !matches!(ty, Type::Json(_)) {
        return "?".into();
    }
    let path = sql::literal(&Literal::Text(format!("$.{}", Json::from(name.as_str())).into()), Dialect::Sqlite);
    format!("(select case when whole then line -> {path} else line end from (select ? as line, ? as whole))")
}

/// A value as the engine stores its type; `None` when it can't be one.
pub(super) fn stored(ty: &Type, value: &Json) -> Option<Value> {
    let text = match value {
        Json::Null => return Some(Value::Null),
        Json::String(text) => text.clone(),
        other => other.to_string(),
    };
    Some(match ty {
        Type::Boolean => Value::Integer(read_boolean(&text)?.into()),
        Type::SmallInt | Type::Integer | Type::BigInt => Value::Integer(text.trim().parse().ok()?),
        Type::Numeric(_) | Type::Real | Type::Double => Value::Real(read_number(&text)?),
        Type::Date => Value::Text(cal::show_date(cal::read_date(&text)?)),
        Type::Time => Value::Text(cal::show_time(cal::read_time(&text)?)),
        Type::Timestamp => Value::Text(cal::show_timestamp(cal::read_timestamp(&text)?)),
        Type::Timestamptz => Value::Text(show_timestamptz(cal::read_timestamptz(&text)?)),
        Type::Interval => {
            let (months, days, micros) = cal::read_interval(&text)?;
            Value::Text(sql::canonical_interval(months, days, micros))
        }
        Type::Json(_) => {
            serde_json::from_str::<serde::de::IgnoredAny>(&text).ok()?;
            Value::Text(text)
        }
        Type::Vector(length) => Value::Text(vector_text(&text, *length)?.0),
        _ => Value::Text(text),
    })
}

fn malformed(table: &Table, path: &VPath, line: u64, problem: &str) -> Failed {
    let place = if line > 0 { format!("line {line} of `{path}`") } else { format!("a row of `{path}`") };
    Box::new(Diagnostic::error(Code::DataFileMalformed, table.at, format!("{place} can't be read as a row of `{}`: {problem}", table.name)))
}
