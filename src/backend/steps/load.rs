//! A load: what `load.py` has to know of its files, and the statements for each of them.

use super::super::{own_tables, text};
use super::load_sql;
use crate::diag::Diagnostic;
use crate::ir::{Dialect, Load, Program, Table, Type};
use serde::Serialize;
use std::collections::BTreeMap;

/// What a load's script is made of.
#[derive(Serialize)]
pub(super) struct Script {
    header: Vec<String>,
    config: String,
    sql: String,
    /// Whether a store is asked for the password.
    stored: bool,
}

/// A load as `load.py` reads it.
#[derive(Serialize)]
struct Config<'p> {
    name: &'p str,
    bucket: Option<&'p str>,
    /// What each environment puts behind the bucket's name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    suffixes: BTreeMap<&'p str, &'p str>,
    folder: &'p str,
    pattern: &'p str,
    archive: Option<&'p str>,
    delimiter: char,
    encoding: &'static str,
    ignore_unknown: bool,
    columns: Vec<FileColumn<'p>>,
}

#[derive(Serialize)]
struct FileColumn<'p> {
    name: &'p str,
    header: &'p str,
    r#type: &'static str,
    nullable: bool,
    size: Option<u32>,
}

/// The files of a load: its script, what it has to know, and its statements.
///
/// # Errors
/// P0701 for a condition that Postgres cannot ask.
pub(super) fn script(program: &Program, load: &Load, stem: &str, stored: bool) -> Result<(Script, String, String), Box<Diagnostic>> {
    let Some(table) = program.table(load.table) else {
        return Err(Box::new(Diagnostic::error(crate::diag::Code::LoadTarget, load.at, "this load fills no table")));
    };
    let sql = load_sql::statements(program, load, table).map_err(|gap| Box::new(text::gap(gap, Dialect::Postgres)))?;
    let about =
        text::comment("--", &text::header(&format!("What the load {} does with a file.", load.name), &text::whole_project(program)));
    let bucket = load.bucket.and_then(|b| program.buckets.get(b as usize)).map(|b| &*b.bucket_name);
    if load.bucket.and_then(|b| program.buckets.get(b as usize)).is_some_and(|b| b.lies_in(program, "gcp")) {
        let problem =
            Diagnostic::error(crate::diag::Code::DialectGap, load.at, "files are read from S3 only, and this bucket lies at Google");
        return Err(Box::new(problem.help("put the bucket `on aws`, or leave `cron` and `airflow` out of `emit`")));
    }
    let config = Config {
        name: load.name.as_str(),
        bucket,
        suffixes: program.platform.environments.iter().map(|e| (e.name.as_str(), &*e.suffix)).collect(),
        folder: &load.folder,
        pattern: &load.pattern,
        archive: load.archive.as_deref(),
        delimiter: load.delimiter,
        encoding: load.encoding.name(),
        ignore_unknown: load.ignores_unknown,
        columns: columns(load, table),
    };
    let config = serde_json::to_string_pretty(&config).unwrap_or_default() + "\n";
    let header = text::header(&load.doc, &text::whole_project(program));
    Ok((Script { header, config: format!("{stem}.json"), sql: format!("{stem}.sql"), stored }, config, format!("{about}{sql}")))
}

/// The statements that make all own tables: the first load, or the first run, comes before the first build.
///
/// # Errors
/// As [`script`].
pub(super) fn tables(program: &Program) -> Result<String, Box<Diagnostic>> {
    let made = own_tables::tables(program, Dialect::Postgres).map_err(|gap| Box::new(text::gap(gap, Dialect::Postgres)))?;
    let mut made = made.unwrap_or_default();
    let access = super::super::access::Access::new(program);
    made.push_str(&own_tables::given_where_new(program, access.as_ref()).map_err(|gap| Box::new(text::gap(gap, Dialect::Postgres)))?);
    let says = "Tables that loads, runs and applications fill. One that is there already is left as it is, but for indexes and references it lacks.";
    let about = text::comment("--", &text::header(says, &text::whole_project(program)));
    let setup = super::super::setup::statements(Dialect::Postgres).filter(|_| super::super::setup::called_in(&made)).unwrap_or("");
    let lock = load_sql::lock(program);
    Ok(format!("{about}begin;\nset local client_min_messages = error;\n\\o /dev/null\n{lock}\\o\n{setup}{made}commit;\n"))
}

fn columns<'p>(load: &'p Load, table: &'p Table) -> Vec<FileColumn<'p>> {
    let column = |(place, header): (u32, &'p str)| {
        let column = table.columns.get(place as usize)?;
        let size = if let Type::Text(size) = column.ty { size } else { None };
        Some(FileColumn { name: column.name.as_str(), header, r#type: kind(&column.ty), nullable: column.nullable, size })
    };
    load.from_file().filter_map(column).collect()
}

/// What `load.py` knows of a type.
fn kind(ty: &Type) -> &'static str {
    match ty {
        Type::Boolean => "boolean",
        Type::SmallInt => "smallint",
        Type::Integer => "integer",
        Type::BigInt => "bigint",
        Type::Numeric(_) => "numeric",
        Type::Real => "real",
        Type::Double => "double",
        Type::Date => "date",
        Type::Time => "time",
        Type::Timestamp => "timestamp",
        Type::Timestamptz => "timestamptz",
        Type::Uuid => "uuid",
        Type::Json(_) => "json",
        _ => "text",
    }
}
