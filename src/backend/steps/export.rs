use super::super::ends::Until;
use super::super::{residue, text};
use super::{parquet, quote, xlsx};
use crate::access::exporter_role;
use crate::check::residue::Marks;
use crate::diag::{Code, Diagnostic};
use crate::ir::{AssertionKind, Column, Dialect, Export, ExportFormat, ExportOrder, ExportedTable, Program, Table, Type};
use crate::sql;
use serde::Serialize;
use serde_json::Value;

/// A part of the run date: a name, where it begins, and how long it is.
type DatePart = (&'static str, u32, u32);

/// What an export's script is made of.
#[derive(Serialize)]
pub(super) struct Script {
    header: Vec<String>,
    name: String,
    bucket: String,
    /// What each environment puts behind the bucket's name, as a shell word.
    suffixes: Vec<(String, String)>,
    /// The environments, for a message.
    known: String,
    /// A shell word: path tokens are variables in it.
    key: String,
    /// The parts of the run date in the key.
    dated: Vec<DatePart>,
    /// The file of the queries, beside the script.
    sql: String,
    packed: &'static str,
    /// The determination that lets it be sent, and its last day.
    until: Option<Until>,
    /// The function that writes its tables anew, and the file of the columns' types, beside the script, where the export is no CSV.
    written: Option<(&'static str, String)>,
}

/// The files of an export: the script is made of the first.
pub(super) struct Files {
    pub(super) script: Script,
    pub(super) queries: String,
    pub(super) types: Option<String>,
}

/// The script of an export, and what it reads.
///
/// # Errors
/// P0701 where its warehouse or bucket is not one that exports are written for.
pub(super) fn files(
    program: &Program,
    marks: &Marks,
    (export, until): (&Export, Option<Until>),
    stem: &str,
) -> Result<Files, Box<Diagnostic>> {
    let dialect = program.project.warehouse.as_ref().map(|w| w.dialect);
    if dialect != Some(Dialect::Postgres) {
        let problem = Diagnostic::error(Code::DialectGap, export.at, "exports read from postgres only");
        return Err(Box::new(problem.help("use `warehouse postgres`, or take the export out of the pipeline")));
    }
    if program.buckets.get(export.bucket as usize).is_some_and(|b| b.lies_in(program, "gcp")) {
        let problem = Diagnostic::error(Code::DialectGap, export.at, "exports are copied to S3 only, and this bucket lies at Google");
        return Err(Box::new(problem.help("put the bucket `on aws`, or leave `cron` and `airflow` out of `emit`")));
    }
    let bucket = program.buckets.get(export.bucket as usize).map_or("", |b| &*b.bucket_name);
    let (key, dated) = key(&export.path);
    let (written, types) = match export.format {
        ExportFormat::Csv => (None, None),
        ExportFormat::Parquet => (Some("as_parquet"), Some(columns(program, export, parquet::column))),
        ExportFormat::Xlsx => (Some("as_xlsx"), Some(columns(program, export, xlsx::column))),
    };
    let environments = &program.platform.environments;
    let script = Script {
        header: text::header(&export.doc, &text::whole_project(program)),
        name: export.name.as_str().to_owned(),
        bucket: bucket.to_owned(),
        suffixes: environments.iter().map(|e| (e.name.to_string(), text::shell_word(&e.suffix))).collect(),
        known: environments.iter().map(|e| e.name.as_str()).collect::<Vec<_>>().join(", "),
        key,
        dated,
        sql: format!("{stem}.sql"),
        packed: if export.zipped { "zip" } else { "plain" },
        written: written.map(|function| (function, format!("{stem}.types.json"))),
        until: until.clone(),
    };
    Ok(Files { script, queries: queries(program, marks, export, until.as_ref()), types })
}

/// The path as a shell word, and the parts of the run date in it.
fn key(path: &str) -> (String, Vec<DatePart>) {
    const TOKENS: [(&str, &str, Option<DatePart>); 4] = [
        ("{yyyy}", "\"$yyyy\"", Some(("yyyy", 0, 4))),
        ("{mm}", "\"$mm\"", Some(("mm", 5, 2))),
        ("{dd}", "\"$dd\"", Some(("dd", 8, 2))),
        ("{timestamp}", "\"$PIPEC_TIMESTAMP\"", None),
    ];
    let (mut out, mut dated, mut rest) = (String::new(), Vec::new(), path);
    let next = |rest: &str| TOKENS.iter().filter_map(|t| Some((rest.find(t.0)?, t))).min_by_key(|(at, _)| *at);
    while let Some((_, (token, variable, part))) = next(rest) {
        let Some((before, after)) = rest.split_once(token) else { break };
        if !before.is_empty() {
            out.push_str(&quote::word(before));
        }
        out.push_str(variable);
        dated.extend(part.filter(|p| !dated.contains(p)));
        rest = after;
    }
    if !rest.is_empty() || out.is_empty() {
        out.push_str(&quote::word(rest));
    }
    (out, dated)
}

/// One transaction that sees one state of the warehouse and writes each table to a file of its own: columns listed, rows in order.
fn queries(program: &Program, marks: &Marks, export: &Export, until: Option<&Until>) -> String {
    let mut out = text::comment("--", &text::header(&format!("The tables of the export {}.", export.name), &text::whole_project(program)));
    out.push_str("begin transaction isolation level repeatable read read only;\n");
    // Whoever logs in: a member of this role reads what exports list, under the policies of the tables, and nothing else.
    out.push_str(&format!("set local role {};\n", sql::ident(&exporter_role(program), Dialect::Postgres)));
    out.push_str("set local datestyle = 'ISO';\nset local timezone = 'UTC';\nset local intervalstyle = 'iso_8601';\nset local bytea_output = 'hex';\nset local client_encoding = 'UTF8';\n");
    out.push_str(&until.map(over).unwrap_or_default());
    let tables: Vec<_> = export.tables.iter().map(|t| t.table).collect();
    out.push_str(&residue::refusal(program, marks, &tables));
    let mut stems = text::Stems::default();
    // Only PostgreSQL's own format tells NULL from the empty text without a look at quotes.
    let (suffix, format) = if export.format == ExportFormat::Xlsx { ("rows", "text") } else { ("csv", "csv, header") };
    for exported in &export.tables {
        let Some(table) = program.table(exported.table) else { continue };
        let columns: Vec<String> = chosen(table, exported).map(|c| format!("        {}", sql::ident(&c.name, Dialect::Postgres))).collect();
        let (schema, name) = (text::schema_of(program, table), crate::base::Ident::exact(text::physical_name(table)));
        out.push_str(&format!(
            "\n\\o '{}.{suffix}'\ncopy (\n    select\n{}\n    from {}.{}\n    order by {}\n) to stdout with (format {format});\n",
            stems.claim(text::physical_name(table)),
            columns.join(",\n"),
            sql::ident(schema, Dialect::Postgres),
            sql::ident(&name, Dialect::Postgres),
            order(table, exported)
        ));
    }
    out.push_str("\n\\o\ncommit;\n");
    out
}

/// Statements for psql that end a script after the last day of a determination: by the server's own day, or the day that the run is for.
fn over(until: &Until) -> String {
    let day = text::literal_text(&until.day);
    let says = text::literal_text(&format!("determination {} held until {}: nothing is sent on ", until.id, until.day));
    format!(
        "
-- Nobody has said that this may be sent after the last day of its determination.
\\set pipec_run_date ''
\\getenv pipec_run_date PIPEC_RUN_DATE
select today > cast({day} as date) as is_over, {says} || today as over
from (select greatest(cast(now() at time zone 'UTC' as date), cast(nullif(:'pipec_run_date', '') as date)) as today) as days
\\gset
\\if :is_over
\\warn :over
do $$ begin raise exception 'determination' using errcode = 'object_not_in_prerequisite_state'; end $$;
\\endif
"
    )
}

/// By the name of each table's file: its columns in order, as a format knows them.
fn columns(program: &Program, export: &Export, known: fn(&Column) -> Value) -> String {
    let mut stems = text::Stems::default();
    let of = |exported: &ExportedTable| {
        let table = program.table(exported.table)?;
        let columns: Vec<Value> = chosen(table, exported).map(known).collect();
        Some((stems.claim(text::physical_name(table)), Value::Array(columns)))
    };
    format!("{:#}\n", Value::Object(export.tables.iter().filter_map(of).collect()))
}

fn chosen<'t>(table: &'t Table, exported: &'t ExportedTable) -> impl Iterator<Item = &'t Column> {
    exported.columns.iter().filter_map(|c| table.columns.get(*c as usize))
}

/// By what the export says, rows without a value last, then by the key where there is one, else by every column: equal rows give equal files. Text is
/// ordered by bytes, whatever the database's language.
fn order(table: &Table, exported: &ExportedTable) -> String {
    let unique = table.assertions.iter().find_map(|a| match &a.kind {
        AssertionKind::Unique(columns) => Some(columns.clone()),
        _ => None,
    });
    let key = if table.key.is_empty() { unique.unwrap_or_default() } else { table.key.clone() };
    let key: Vec<&Column> = key.iter().filter_map(|c| table.columns.get(*c as usize)).collect();
    // A key that may be NULL does not settle the order of rows.
    let settled = !key.is_empty() && key.iter().all(|c| !c.nullable);
    let by: Vec<&Column> = if settled { key } else { chosen(table, exported).collect() };
    let term = |column: &Column| {
        let name = sql::ident(&column.name, Dialect::Postgres);
        if matches!(column.ty, Type::Text(_) | Type::Unknown) { format!("{name} collate \"C\"") } else { name }
    };
    let column = |key: &ExportOrder| table.columns.get(key.column as usize);
    let said = exported.order.iter().filter_map(|key| Some((column(key)?, key.descending)));
    let said: Vec<String> = said.map(|(c, down)| format!("{}{}", term(c), if down { " desc nulls last" } else { "" })).collect();
    let rest = by.into_iter().filter(|c| !exported.order.iter().filter_map(column).any(|said| said.name == c.name)).map(term);
    said.into_iter().chain(rest).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn path_tokens_become_variables() {
        let (key, dated) = key("{yyyy}/{mm}/{dd}/a b_{timestamp}.zip");
        assert_eq!(key, r#""$yyyy"/"$mm"/"$dd"'/a b_'"$PIPEC_TIMESTAMP".zip"#);
        assert_eq!(dated, [("yyyy", 0, 4), ("mm", 5, 2), ("dd", 8, 2)]);
        assert_eq!(super::key("{mm}/{mm}").1, [("mm", 5, 2)]);
    }

    #[test]
    fn a_path_without_tokens_is_a_word() {
        assert_eq!(super::key("latest.zip"), ("latest.zip".to_owned(), Vec::new()));
    }
}
