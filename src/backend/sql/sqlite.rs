use super::{Keeper, On};
use crate::base::Ident;
use crate::ir::{Dialect, Index, Literal, Materialization, Model, Program, SeedTable};
use crate::sql;

/// SQLite: a schema is the first part of a table's name, and `:run_date` is a bound parameter. Some functions of the standard library
/// are pipec's own (`pipec_…`); its embedded engine has them.
pub(super) struct Sqlite;

const DIALECT: Dialect = Dialect::Sqlite;
const NEW: &str = "pipec_new";

impl Keeper for Sqlite {
    fn dialect(&self) -> Dialect {
        DIALECT
    }

    fn schemas(&self, _program: &Program) -> Option<String> {
        None
    }

    fn model(&self, on: &On<'_>, model: &Model, query: &str) -> String {
        match &model.materialization {
            Materialization::View | Materialization::Ephemeral => {
                format!("begin;\ndrop view if exists {0};\ncreate view {0} as\n{query};\ncommit;\n", on.name)
            }
            Materialization::Table | Materialization::MaterializedView => {
                anew(on, &format!("create table {} as\n{query};\n", on.name), &indexes(on, &model.indexes))
            }
            Materialization::Incremental { key, cursor, .. } => incremental(on, model, key, cursor.as_ref(), query),
        }
    }

    fn seed(&self, on: &On<'_>, seed: &SeedTable) -> String {
        let mut make = format!("create table {} (\n{}\n);\n", on.name, on.definitions(false));
        let value = |value: &Option<std::sync::Arc<str>>| {
            sql::literal(&value.as_ref().map_or(Literal::Null, |t| Literal::Text(t.clone())), DIALECT)
        };
        for row in seed.rows.iter() {
            let row: Vec<String> = row.iter().map(value).collect();
            make.push_str(&format!("insert into {} ({}) values ({});\n", on.name, on.columns(), row.join(", ")));
        }
        anew(on, &make, "")
    }

    fn run_date_preamble(&self) -> &'static str {
        ""
    }
}

/// SQLite checks views on a renaming, so there is no swap: the transaction alone keeps readers from seeing half a table.
fn anew(on: &On<'_>, make: &str, indexes: &str) -> String {
    format!("begin;\ndrop table if exists {};\n{make}{indexes}commit;\n", on.name)
}

fn incremental(on: &On<'_>, model: &Model, key: &[Ident], cursor: Option<&Ident>, query: &str) -> String {
    let columns = on.columns();
    let same: Vec<String> = key.iter().map(|k| format!("{0}.{1} = {NEW}.{1}", on.name, ident(k))).collect();
    let delete = if same.is_empty() {
        String::new()
    } else {
        format!("delete from {} where exists (select 1 from {NEW} where {});\n", on.name, same.join(" and "))
    };
    format!(
        "begin;\ncreate table if not exists {name} (\n{definitions}\n);\n{indexes}drop table if exists temp.{NEW};\ncreate temporary table {NEW} as\n{new_rows};\n{delete}insert into {name} ({columns}) select {columns} from {NEW};\ndrop table temp.{NEW};\ncommit;\n",
        name = on.name,
        definitions = on.definitions(false),
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
