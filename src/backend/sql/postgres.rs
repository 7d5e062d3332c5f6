use super::super::access::in_dollars;
use super::super::stands::{Upon, Wanted, make_procedure, make_way, mark, procedure};
use super::super::{residue, text};
use super::{Keeper, On};
use crate::base::Ident;
use crate::ir::{Dialect, Index, Literal, Materialization, Model, Program, SeedTable, Table};
use crate::sql;
use std::collections::BTreeSet;

/// Postgres, run by psql.
pub(super) struct Postgres;

const DIALECT: Dialect = Dialect::Postgres;
/// What a table is called until it takes its place.
const NEW: &str = "pipec_new";

impl On<'_> {
    /// Makes way for what is made next.
    fn way(&self, wanted: Wanted) -> String {
        make_way(Upon::Called(self.upon), &self.name, wanted)
    }
}

impl Keeper for Postgres {
    fn dialect(&self) -> Dialect {
        DIALECT
    }

    fn upon(&self, program: &Program) -> String {
        procedure(program)
    }

    fn schemas(&self, program: &Program) -> Option<String> {
        let built = program.tables.iter().filter(|t| !t.is_foreign());
        let schemas: BTreeSet<&Ident> = built.map(|t| text::schema_of(program, t)).collect();
        let statements: Vec<String> = schemas.iter().map(|s| format!("create schema if not exists {};\n", ident(s))).collect();
        (!statements.is_empty()).then(|| format!("{}{}", statements.concat(), make_procedure(program)))
    }

    fn model(&self, on: &On<'_>, model: &Model, query: &str) -> String {
        match &model.materialization {
            // What dbt would inline is a view here.
            Materialization::View | Materialization::Ephemeral => {
                let (way, made) = (on.way(Wanted::View), mark("view", &on.name));
                format!("begin;\n{way}create view {0} as\n{query};\n{made}commit;\n", on.name)
            }
            Materialization::MaterializedView => materialized_view(on, model, query),
            Materialization::Table => {
                let indexes = indexes(on, &model.indexes);
                swap(on, &format!("create table {}{NEW} as\n{query};\n", on.schema), &indexes)
            }
            Materialization::Incremental { key, cursor, .. } => incremental(on, model, key, cursor.as_ref(), query),
        }
    }

    fn seed(&self, on: &On<'_>, seed: &SeedTable) -> String {
        let new = format!("{}{NEW}", on.schema);
        let mut make = format!("create table {new} (\n{}\n);\n", on.definitions(false));
        make.push_str(&insert(&new, &on.columns(), seed));
        swap(on, &make, "")
    }

    fn run_date_preamble(&self) -> &'static str {
        "\\if :{?run_date}\n\\else\n\\getenv run_date PIPEC_RUN_DATE\n\\endif\n"
    }
}

/// Rows of a seed; Postgres reads each text as the column's type.
fn insert(into: &str, columns: &str, seed: &SeedTable) -> String {
    let value = |value: &Option<std::sync::Arc<str>>| {
        sql::literal(&value.as_ref().map_or(Literal::Null, |text| Literal::Text(text.clone())), DIALECT)
    };
    let rows: Vec<String> = seed.rows.iter().map(|row| format!("    ({})", row.iter().map(value).collect::<Vec<_>>().join(", "))).collect();
    if rows.is_empty() { String::new() } else { format!("insert into {into} ({columns}) values\n{};\n", rows.join(",\n")) }
}

/// Builds under another name and swaps within one transaction, so that readers see the old rows or the new ones.
/// Views upon the old table go with it; they come later in the order, and are built anew. Both wait until the rows are made, so that nobody waits for that.
fn swap(on: &On<'_>, make: &str, indexes: &str) -> String {
    let own = ident(&Ident::exact(text::physical_name(on.table)));
    format!(
        "begin;\ndrop table if exists {0}{NEW};\n{make}{way}alter table {0}{NEW} rename to {own};\n{indexes}{made}commit;\n",
        on.schema,
        way = on.way(Wanted::Table),
        made = mark("table", &on.name),
    )
}

/// Made anew when it is not there as it is written here, which its comment tells; else refreshed, with nobody waiting where a unique index allows it.
fn materialized_view(on: &On<'_>, model: &Model, query: &str) -> String {
    let indexes = indexes(on, &model.indexes);
    let written = text::literal_text(&text::definition(&[query, &indexes]));
    format!(
        "select exists (\n    select 1 from pg_catalog.pg_class\n    where oid = to_regclass({named}) and relkind = 'm' and obj_description(oid, 'pg_class') = {written}\n) as is_there \\gset\nbegin;\n\\if :is_there\n{refresh};\n\\else\n{way}create materialized view {name} as\n{query};\n{indexes}comment on materialized view {name} is {written};\n\\endif\ncommit;\n",
        named = text::literal_text(&on.name),
        refresh = refresh(&on.name, model),
        way = on.way(Wanted::Materialized),
        name = on.name,
    )
}

/// `refresh materialized view` for one that is there.
pub(super) fn refresh(name: &str, model: &Model) -> String {
    let concurrently = if model.indexes.iter().any(|i| i.unique) { "concurrently " } else { "" };
    format!("refresh materialized view {concurrently}{name}")
}

/// What stands between a table that is made or found, and what fills it batch by batch.
pub(super) const BATCHES: &str =
    "-- Rows whose key is not there yet, batch by batch: each is a transaction of its own, so that what is in stays in.\n";

/// One statement that takes in a batch, as often as it takes.
fn batches(on: &On<'_>, (rows, key): (u32, &[Ident]), cursor: Option<&Ident>, new_rows: &str) -> String {
    let order: Vec<String> = cursor.into_iter().chain(key).map(|c| format!("new_rows.{}", ident(c))).collect();
    let columns = on.columns();
    let one = format!("insert into {} ({columns})\n{new_rows}\norder by {}\nlimit {rows}", on.name, order.join(", "));
    format!(
        "{BATCHES}select {}\nfrom generate_series(1, (\n    select ceil(count(*) / {rows}.0)::integer from (\n{new_rows}\n    ) as left_rows\n))\n\\gexec\n",
        in_dollars(&one)
    )
}

/// Rows with the key of a new row make way for it.
fn incremental(on: &On<'_>, model: &Model, key: &[Ident], cursor: Option<&Ident>, query: &str) -> String {
    let (columns, new_rows) = (on.columns(), on.new_rows(query, cursor));
    let same: Vec<String> = key.iter().map(|k| format!("old_rows.{0} = {NEW}.{0}", ident(k))).collect();
    let delete = if same.is_empty() {
        String::new()
    } else {
        format!("delete from {} as old_rows using {NEW} where {};\n", on.name, same.join(" and "))
    };
    // A table that is there may hold rows made under other masks: only one that is made here is marked.
    let mark = on.mark.map_or(String::new(), |mark| {
        let text = sql::literal(&Literal::Text(residue::comment(mark).into()), DIALECT);
        format!("\\if :is_new\ncomment on table {} is {text};\n\\endif\n", on.name)
    });
    let fill = match text::batched(on.table) {
        Some(batch) => format!("commit;\n{}", batches(on, batch, cursor, &new_rows)),
        None => format!(
            "create temporary table {NEW} on commit drop as\n{new_rows};\n{delete}insert into {} ({columns}) select {columns} from {NEW};\ncommit;\n",
            on.name
        ),
    };
    format!(
        "-- Given the variable full_refresh, every row is made anew.\nbegin;\n{way}\\if :{{?full_refresh}}\n{anew}\\endif\nselect to_regclass({named}) is null as is_new \\gset\ncreate table if not exists {name} (\n{definitions}\n);\n{mark}{indexes}{fill}",
        name = on.name,
        named = sql::literal(&Literal::Text(on.name.as_str().into()), DIALECT),
        definitions = on.definitions(true),
        indexes = indexes_if_missing(on, &model.indexes),
        way = on.way(Wanted::Kept),
        anew = on.way(Wanted::Anew),
    )
}

fn ident(name: &Ident) -> String {
    sql::ident(name, DIALECT)
}

fn indexes(on: &On<'_>, indexes: &[Index]) -> String {
    indexes.iter().map(|i| format!("create {} on {} ({});\n", kind(i), on.name, keys(i))).collect()
}

fn indexes_if_missing(on: &On<'_>, indexes: &[Index]) -> String {
    let one = |i: &Index| format!("create {} if not exists {} on {} ({});\n", kind(i), ident(&index_name(on.table, i)), on.name, keys(i));
    indexes.iter().map(one).collect()
}

fn kind(index: &Index) -> &'static str {
    if index.unique { "unique index" } else { "index" }
}

fn keys(index: &Index) -> String {
    index.columns.iter().map(ident).collect::<Vec<_>>().join(", ")
}

fn index_name(table: &Table, index: &Index) -> Ident {
    text::index_name(table.name.as_str(), index.columns.iter().map(Ident::as_str))
}
