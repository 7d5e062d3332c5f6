use super::{Keeper, On};
use crate::base::Ident;
use crate::ir::{Dialect, Index, Literal, Materialization, Model, Program, SeedTable, Table, Type};
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
                swap(on, &format!("create table {NEW} as\n{query};\n"), &indexes(on, &model.indexes))
            }
            Materialization::Incremental { key, cursor } => incremental(on, model, key, cursor.as_ref(), query),
        }
    }

    fn seed(&self, on: &On<'_>, seed: &SeedTable) -> String {
        let mut make = format!("create table {NEW} (\n{}\n);\n", definitions(on.table));
        let value = |value: &Option<std::sync::Arc<str>>| sql::literal(&value.as_ref().map_or(Literal::Null, |t| Literal::Text(t.clone())), DIALECT);
        for row in seed.rows.iter() {
            let row: Vec<String> = row.iter().map(value).collect();
            make.push_str(&format!("insert into {NEW} ({}) values ({});\n", column_list(on.table), row.join(", ")));
        }
        swap(on, &make, "")
    }

    fn run_date_preamble(&self) -> &'static str {
        ""
    }
}

fn swap(on: &On<'_>, make: &str, indexes: &str) -> String {
    format!("begin;\ndrop table if exists {NEW};\n{make}drop table if exists {0};\nalter table {NEW} rename to {0};\n{indexes}commit;\n", on.name)
}

fn incremental(on: &On<'_>, model: &Model, key: &[Ident], cursor: Option<&Ident>, query: &str) -> String {
    let columns = column_list(on.table);
    let filter = cursor.map_or_else(String::new, |cursor| {
        let nullable = on.table.columns.iter().any(|c| c.name == *cursor && c.nullable);
        let cursor = ident(cursor);
        let missing = if nullable { format!("new_rows.{cursor} is null\n   or ") } else { String::new() };
        format!("\nwhere {missing}new_rows.{cursor} >= coalesce((select max(old_rows.{cursor}) from {} as old_rows), new_rows.{cursor})", on.name)
    });
    let same: Vec<String> = key.iter().map(|k| format!("{0}.{1} = {NEW}.{1}", on.name, ident(k))).collect();
    let delete = if same.is_empty() {
        String::new()
    } else {
        format!("delete from {} where exists (select 1 from {NEW} where {});\n", on.name, same.join(" and "))
    };
    let taken: Vec<String> = on.table.columns.iter().map(|c| format!("new_rows.{}", ident(&c.name))).collect();
    format!(
        "begin;\ncreate table if not exists {name} (\n{definitions}\n);\n{indexes}drop table if exists temp.{NEW};\ncreate temporary table {NEW} as\nwith new_rows as (\n\n{query}\n\n)\nselect\n    {taken}\nfrom new_rows{filter};\n{delete}insert into {name} ({columns}) select {columns} from {NEW};\ndrop table temp.{NEW};\ncommit;\n",
        name = on.name,
        definitions = definitions(on.table),
        indexes = indexes(on, &model.indexes),
        taken = taken.join(",\n    "),
    )
}

fn ident(name: &Ident) -> String {
    sql::ident(name, DIALECT)
}

fn column_list(table: &Table) -> String {
    table.columns.iter().map(|c| ident(&c.name)).collect::<Vec<_>>().join(", ")
}

fn definitions(table: &Table) -> String {
    let define = |c: &crate::ir::Column| format!("    {} {}", ident(&c.name), sql::type_name(if c.ty == Type::Unknown { &Type::TEXT } else { &c.ty }, DIALECT));
    table.columns.iter().map(define).collect::<Vec<_>>().join(",\n")
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
