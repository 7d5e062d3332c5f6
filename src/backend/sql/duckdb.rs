use super::super::text;
use super::{Keeper, On, host};
use crate::base::Ident;
use crate::ir::{Dialect, Index, Literal, Materialization, Model, Program, SeedTable};
use crate::sql;
use std::collections::BTreeSet;

/// DuckDB, run by its command line or any client; the run date is its variable `run_date`. Its views name tables and do not hang on them, so a
/// table is replaced in one statement.
pub(super) struct DuckDb;

const DIALECT: Dialect = Dialect::DuckDb;
const NEW: &str = "pipec_new";

impl Keeper for DuckDb {
    fn dialect(&self) -> Dialect {
        DIALECT
    }

    fn schemas(&self, program: &Program) -> Option<String> {
        let built = program.tables.iter().filter(|t| !t.is_foreign());
        let schemas: BTreeSet<&Ident> = built.map(|t| text::schema_of(program, t)).collect();
        let statements: Vec<String> = schemas.iter().map(|s| format!("create schema if not exists {};\n", ident(s))).collect();
        (!statements.is_empty()).then(|| statements.concat())
    }

    fn model(&self, on: &On<'_>, model: &Model, query: &str) -> String {
        match &model.materialization {
            // A view would look the variable up whenever it is read, where nobody has set it: these rows are kept.
            Materialization::View | Materialization::Ephemeral if !query.contains(host::DUCKDB_RUN_DATE) => {
                format!("create or replace view {} as\n{query};\n", on.name)
            }
            Materialization::View | Materialization::Ephemeral | Materialization::Table | Materialization::MaterializedView => {
                whole(&format!("create or replace table {} as\n{query};\n", on.name), &indexes(on, &model.indexes))
            }
            Materialization::Incremental { key, cursor, .. } => incremental(on, model, key, cursor.as_ref(), query),
        }
    }

    fn seed(&self, on: &On<'_>, seed: &SeedTable) -> String {
        let value = |value: &Option<std::sync::Arc<str>>| {
            sql::literal(&value.as_ref().map_or(Literal::Null, |text| Literal::Text(text.clone())), DIALECT)
        };
        let row = |row: &Vec<Option<std::sync::Arc<str>>>| format!("    ({})", row.iter().map(value).collect::<Vec<_>>().join(", "));
        let rows: Vec<String> = seed.rows.iter().map(row).collect();
        let fill = if rows.is_empty() {
            String::new()
        } else {
            format!("insert into {} ({}) values\n{};\n", on.name, on.columns(), rows.join(",\n"))
        };
        whole(&format!("create or replace table {} (\n{}\n);\n", on.name, on.definitions(false)), &fill)
    }

    fn run_date_preamble(&self) -> &'static str {
        "select case when getvariable('run_date') is null then error('pipec: set variable run_date = ''YYYY-MM-DD'' first') end as run_date_is_set;\n"
    }
}

/// What belongs to a table is seen together with it.
fn whole(make: &str, more: &str) -> String {
    if more.is_empty() { make.to_owned() } else { format!("begin;\n{make}{more}commit;\n") }
}

/// Rows with the key of a new row make way for it.
fn incremental(on: &On<'_>, model: &Model, key: &[Ident], cursor: Option<&Ident>, query: &str) -> String {
    let columns = on.columns();
    let same: Vec<String> = key.iter().map(|k| format!("old_rows.{0} = {NEW}.{0}", ident(k))).collect();
    let delete = if same.is_empty() {
        String::new()
    } else {
        format!("delete from {} as old_rows using {NEW} where {};\n", on.name, same.join(" and "))
    };
    format!(
        "begin;\ncreate table if not exists {name} (\n{definitions}\n);\n{indexes}create or replace temporary table {NEW} as\n{new_rows};\n{delete}insert into {name} ({columns}) select {columns} from {NEW};\ndrop table {NEW};\ncommit;\n",
        name = on.name,
        definitions = on.definitions(true),
        indexes = indexes(on, &model.indexes),
        new_rows = on.new_rows(query, cursor),
    )
}

fn ident(name: &Ident) -> String {
    sql::ident(name, DIALECT)
}

fn indexes(on: &On<'_>, indexes: &[Index]) -> String {
    let one = |i: &Index| {
        let columns: Vec<&str> = i.columns.iter().map(Ident::as_str).collect();
        let name = ident(&Ident::exact(&format!("{}_{}_idx", on.table.name, columns.join("_"))));
        let keys: Vec<String> = i.columns.iter().map(ident).collect();
        format!("create {}index if not exists {name} on {} ({});\n", if i.unique { "unique " } else { "" }, on.name, keys.join(", "))
    };
    indexes.iter().map(one).collect()
}
