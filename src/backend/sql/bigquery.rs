use super::super::text;
use super::host::apart_from_run_date;
use super::{Keeper, On};
use crate::base::Ident;
use crate::ir::{Dialect, Index, Materialization, Model, Program, SeedTable, Table, TableKind, Type};
use crate::sql::{self, Gap};
use std::collections::BTreeSet;
use std::sync::Arc;

/// BigQuery, run by `bq query`: schemas are datasets of one project, and every statement takes its effect whole.
pub(super) struct BigQuery;

const DIALECT: Dialect = Dialect::BigQuery;
/// What `bq query` takes at once.
const LONGEST: usize = 1_000_000;
/// What a column's name may be long, in characters.
const LONGEST_NAME: usize = 300;
/// Beginnings of names that BigQuery keeps for itself.
const KEPT: [&str; 6] = ["_table_", "_file_", "_partition", "_row_timestamp", "__root__", "_colidentifier"];

impl Keeper for BigQuery {
    fn dialect(&self) -> Dialect {
        DIALECT
    }

    fn refuses(&self, program: &Program, table: &Table) -> Option<Gap> {
        refuses(program, table)
    }

    fn schemas(&self, program: &Program) -> Option<String> {
        let built = program.tables.iter().filter(|t| !t.is_foreign());
        let schemas: BTreeSet<&Ident> = built.map(|t| text::schema_of(program, t)).collect();
        let statements: Vec<String> = schemas.iter().map(|s| format!("create schema if not exists {};\n", ident(s))).collect();
        (!statements.is_empty()).then(|| statements.concat())
    }

    fn model(&self, on: &On<'_>, model: &Model, query: &str) -> String {
        match &model.materialization {
            Materialization::View | Materialization::Ephemeral => format!("create or replace view {} as\n{query};\n", on.name),
            // A materialized view of BigQuery's takes few queries only; as on Postgres, its rows are those of the last build.
            Materialization::Table | Materialization::MaterializedView => {
                format!("create or replace table {}{} as\n{query};\n", on.name, clustering(on.table, &model.indexes))
            }
            Materialization::Incremental { key, cursor, .. } => incremental(on, model, key, cursor.as_ref(), query),
        }
    }

    fn seed(&self, on: &On<'_>, seed: &SeedTable) -> String {
        let define = |c: &crate::ir::Column| format!("{} {}", ident(&c.name), type_of(&c.ty));
        let columns: Vec<String> = on.table.columns.iter().map(define).collect();
        let row = |row: &Vec<Option<Arc<str>>>| {
            let values: Vec<String> = row.iter().zip(&on.table.columns).map(|(v, c)| value(v.as_deref(), &c.ty)).collect();
            // A struct of one field is not a value in brackets.
            if values.len() == 1 { format!("    struct({})", values.concat()) } else { format!("    ({})", values.join(", ")) }
        };
        let rows: Vec<String> = seed.rows.iter().map(row).collect();
        format!(
            "create or replace table {} as\nselect *\nfrom unnest(array<struct<{}>>[\n{}\n]);\n",
            on.name,
            columns.join(", "),
            rows.join(",\n")
        )
    }

    fn run_date_preamble(&self) -> &'static str {
        ""
    }
}

/// What BigQuery cannot keep of a table, whoever makes it there.
pub(in super::super) fn refuses(program: &Program, table: &Table) -> Option<Gap> {
    let gap = |what: String| Some(Gap { what: format!("{what}, in `{}`", table.name), at: table.at });
    let schema = text::schema_of(program, table);
    if !is_word(schema.as_str()) || schema.as_str().len() > 1024 {
        return gap(format!("the schema `{schema}`, since a dataset's name holds letters, digits and `_` only"));
    }
    let mut names = BTreeSet::new();
    for column in &table.columns {
        let (name, folded) = (column.name.as_str(), column.name.as_str().to_lowercase());
        if name.chars().count() > LONGEST_NAME {
            return gap(format!("a column's name of more than {LONGEST_NAME} characters"));
        }
        if name.contains(|c: char| c.is_control() || "!\"$()*,./;?@[\\]^`{}~".contains(c)) {
            return gap(format!("the column name `{}`: it has a character that no name may have", name.escape_default()));
        }
        if KEPT.iter().any(|kept| folded.starts_with(kept)) {
            return gap(format!("the column name `{name}`: BigQuery keeps such names for itself"));
        }
        if !names.insert(folded) {
            return gap(format!("two columns named `{name}`: BigQuery's names differ in more than case"));
        }
        if matches!(&column.ty, Type::Array(of) if matches!(**of, Type::Array(_))) {
            return gap("arrays of arrays".to_owned());
        }
    }
    match &table.kind {
        TableKind::Model(model) if model.indexes.iter().any(|i| i.unique) => gap("a unique index".to_owned()),
        TableKind::Seed(seed) if too_long(seed) => gap("a seed of more than a million bytes".to_owned()),
        _ => None,
    }
}

/// A cell as a constant of its column's type.
fn value(text: Option<&str>, ty: &Type) -> String {
    let Some(text) = text else { return "null".to_owned() };
    let quoted = sql::literal(&crate::ir::Literal::Text(text.into()), DIALECT);
    let quoted = apart_from_run_date(&quoted);
    match ty {
        Type::Text(_) | Type::Unknown | Type::Uuid => quoted.into_owned(),
        Type::Boolean => text.to_ascii_lowercase(),
        Type::Json(_) => format!("json {quoted}"),
        _ => format!("cast({quoted} as {})", type_of(ty)),
    }
}

fn too_long(seed: &SeedTable) -> bool {
    seed.rows.iter().flatten().map(|cell| cell.as_ref().map_or(0, |text| text.len()) + 24).sum::<usize>() > LONGEST
}

fn type_of(ty: &Type) -> String {
    sql::type_name(if *ty == Type::Unknown { &Type::TEXT } else { ty }, DIALECT)
}

/// BigQuery has no indexes; sorting the blocks by the first one's columns serves the same readers.
pub(in super::super) fn clusters<'i>(table: &Table, indexes: &'i [Index]) -> &'i [Ident] {
    let sorts = |name: &Ident| {
        let ty = table.columns.iter().find(|c| c.name == *name).map(|c| &c.ty);
        !matches!(ty, None | Some(Type::Real | Type::Double | Type::Json(_) | Type::Array(_) | Type::Interval | Type::Time | Type::Bytea))
    };
    match indexes.first() {
        Some(index) if index.columns.iter().all(sorts) => index.columns.get(..4).unwrap_or(&index.columns),
        _ => &[],
    }
}

fn clustering(table: &Table, indexes: &[Index]) -> String {
    let keys: Vec<String> = clusters(table, indexes).iter().map(ident).collect();
    if keys.is_empty() { String::new() } else { format!("\ncluster by {}", keys.join(", ")) }
}

/// Rows with the key of a new row take its values. Two new rows of one key are an error, never two rows.
fn incremental(on: &On<'_>, model: &Model, key: &[Ident], cursor: Option<&Ident>, query: &str) -> String {
    let same: Vec<String> = key.iter().map(|k| format!("old_rows.{0} = pipec_new.{0}", ident(k))).collect();
    let others: Vec<String> = on.table.columns.iter().map(|c| &c.name).filter(|c| !key.contains(c)).map(ident).collect();
    let set: Vec<String> = others.iter().map(|c| format!("    {c} = pipec_new.{c}")).collect();
    let update =
        if same.is_empty() || set.is_empty() { String::new() } else { format!("when matched then update set\n{}\n", set.join(",\n")) };
    format!(
        "create table if not exists {name} (\n{definitions}\n){clustering};\nmerge into {name} as old_rows\nusing (\n\n{new_rows}\n\n) as pipec_new\non {on}\n{update}when not matched then insert ({columns}) values ({columns});\n",
        name = on.name,
        definitions = on.definitions(true),
        clustering = clustering(on.table, &model.indexes),
        new_rows = on.new_rows(query, cursor),
        on = if same.is_empty() { "false".to_owned() } else { same.join(" and ") },
        columns = on.columns(),
    )
}

fn is_word(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

fn ident(name: &Ident) -> String {
    sql::ident(name, DIALECT)
}
