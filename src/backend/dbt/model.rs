use super::super::sql::clusters;
use super::super::text;
use super::{Emission, access, jinja};
use crate::base::Ident;
use crate::ir::{Column, Dialect, Materialization, Model, Table, TableId, Type};
use crate::sql::{self, Gap};

/// A model's file: what it is, how dbt keeps it, its query.
pub(super) fn print(emission: &Emission<'_>, id: TableId, table: &Table, model: &Model) -> Result<String, Gap> {
    let query = sql::query(emission.program, &model.query, emission.dialect, &emission.nodes)?;
    let query = query.trim_end().to_owned();
    let guard = |text: String| jinja::guard(&text).into_owned();
    let query = match (&emission.access, &emission.bigquery) {
        (Some(access), _) => access.filtered(id, query, guard)?,
        (None, Some(written)) => written.filtered(id, query, guard)?,
        (None, None) => query,
    };
    let query = numbers_cast(emission, table, query);
    let query = query.as_str();
    let header = text::comment("--", &text::header(&table.doc, model.written_in.as_str()));
    let mut out = jinja::guard(&header).into_owned();
    // dbt sees no reference in the name of a table that is looked up.
    for asked in emission.bigquery.iter().flat_map(|written| written.asked(id)) {
        out.push_str(&format!("-- depends_on: {{{{ {} }}}}\n", emission.nodes.reference(asked)));
    }
    out.push_str(&config(emission, id, table, model, query));
    match &model.materialization {
        Materialization::Incremental { key, history: true, .. } => {
            let (columns, run_date) = (table.columns.iter().map(|c| &c.name).collect(), sql::Host::run_date(&emission.nodes));
            let history = sql::History { columns, key, query, kept: "{{ this }}", run_date: &run_date };
            let changes = history.changes(emission.dialect, &|name| jinja::guard(&sql::ident(name, emission.dialect)).into_owned());
            out.push_str(&format!("{{% if is_incremental() %}}\n{changes}\n{{% else %}}\n{query}\n{{% endif %}}"));
        }
        Materialization::Incremental { cursor, id, .. } if cursor.is_some() || id.is_some() => {
            out.push_str(&new_rows(emission, query, table, cursor.as_ref()));
        }
        _ => out.push_str(query),
    }
    out.push('\n');
    Ok(out)
}

/// A contract of BigQuery's tells `numeric` and `bignumeric` apart, and what an expression yields depends on what it is made of: such columns are cast.
pub(super) fn numbers_cast(emission: &Emission<'_>, table: &Table, query: String) -> String {
    let is_number = |c: &Column| matches!(c.ty, Type::Numeric(_));
    if emission.dialect != Dialect::BigQuery || !table.columns.iter().any(is_number) {
        return query;
    }
    let column = |c: &Column| {
        let name = jinja::guard(&sql::ident(&c.name, emission.dialect)).into_owned();
        let ty = sql::type_name(&c.ty, emission.dialect);
        if is_number(c) { format!("    cast(made.{name} as {ty}) as {name}") } else { format!("    made.{name}") }
    };
    let columns: Vec<String> = table.columns.iter().map(column).collect();
    format!("select\n{}\nfrom (\n\n{query}\n\n) as made", columns.join(",\n"))
}

fn config(emission: &Emission<'_>, id: TableId, table: &Table, model: &Model, query: &str) -> String {
    let mut entries: Vec<(&str, String)> = Vec::new();
    entries.push(("materialized", jinja::literal(materialized(emission.dialect, &model.materialization))));
    entries.push(("schema", jinja::literal(emission.program.layer(model.layer).map_or("", |l| l.schema.as_str()))));
    if emission.nodes.has_alias(id) {
        entries.push(("alias", jinja::literal(table.name.as_str())));
    }
    let mut after: Vec<String> = Vec::new();
    if let Materialization::Incremental { key, .. } = &model.materialization {
        let key: Vec<String> = key.iter().map(|k| sql::ident(k, emission.dialect)).collect();
        entries.push(("unique_key", jinja::list(key.iter().map(String::as_str))));
        let strategy = if emission.dialect == Dialect::BigQuery { "merge" } else { "delete+insert" };
        entries.push(("incremental_strategy", jinja::literal(strategy)));
        entries.push(("on_schema_change", jinja::literal("fail")));
        if let Some(mark) = emission.mark(id) {
            entries.push(("pre_hook", "\"{{ pipec_rows_before(this) }}\"".to_owned()));
            after.push(format!("\"{{{{ pipec_rows_after(this, '{mark}') }}}}\""));
        }
    }
    if model.materialization == Materialization::MaterializedView && emission.dialect == Dialect::Postgres {
        // dbt looks at indexes only: a view whose query has changed would stay what it was.
        let indexes: Vec<String> =
            model.indexes.iter().map(|i| format!("Index {{ columns: {:?}, unique: {} }}", i.columns, i.unique)).collect();
        let written = text::definition(&[query, &format!("[{}]", indexes.join(", "))]);
        entries.push(("meta", format!("{{'pipec_definition': {}}}", jinja::literal(&written))));
        after.push(format!("\"comment on materialized view {{{{ this }}}} is '{written}'\""));
    }
    let clusters: &[Ident] = if emission.dialect == Dialect::BigQuery { clusters(table, &model.indexes) } else { &[] };
    if !clusters.is_empty() && keeps_rows(&model.materialization) {
        entries.push(("cluster_by", jinja::list(clusters.iter().map(Ident::as_str))));
    }
    if !model.indexes.is_empty() && keeps_rows(&model.materialization) && emission.dialect == Dialect::Postgres {
        let indexes: Vec<String> = model.indexes.iter().map(|i| index(&i.columns, i.unique)).collect();
        entries.push(("indexes", format!("[{}]", indexes.join(", "))));
    }
    let tags = emission.program.told_of_table(table).tags;
    if !tags.is_empty() {
        entries.push(("tags", jinja::list(tags)));
    }
    if let Some(before) = access::hook_before(emission, id) {
        entries.push(("pre_hook", jinja::literal(&before)));
    }
    after.extend(access::hook(emission, id).map(|hook| jinja::literal(&hook)));
    match after.as_slice() {
        [] => {}
        [one] => entries.push(("post_hook", one.clone())),
        several => entries.push(("post_hook", format!("[{}]", several.join(", ")))),
    }
    let mut out = String::from("{{\n  config(\n");
    for (i, (key, value)) in entries.iter().enumerate() {
        let comma = if i + 1 < entries.len() { "," } else { "" };
        out.push_str(&format!("    {key}={value}{comma}\n"));
    }
    out.push_str("  )\n}}\n\n");
    out
}

/// dbt's word for a materialization. A materialized view of BigQuery's takes few queries only: there it is a table, as in plain SQL.
pub(super) fn materialized(dialect: Dialect, materialization: &Materialization) -> &'static str {
    match materialization {
        Materialization::View => "view",
        Materialization::MaterializedView if dialect == Dialect::BigQuery => "table",
        Materialization::Table => "table",
        Materialization::Incremental { .. } => "incremental",
        Materialization::MaterializedView => "materialized_view",
        Materialization::Ephemeral => "ephemeral",
    }
}

fn keeps_rows(materialization: &Materialization) -> bool {
    !matches!(materialization, Materialization::View | Materialization::Ephemeral)
}

fn index(columns: &[Ident], unique: bool) -> String {
    let columns = jinja::list(columns.iter().map(Ident::as_str));
    if unique { format!("{{'columns': {columns}, 'unique': true}}") } else { format!("{{'columns': {columns}}}") }
}

/// On runs after the first, only rows at or after the greatest cursor already there: those at it come again, and the key replaces them.
/// An empty table takes every row, and a row without a cursor is always taken.
/// A number that is given out once is taken from the row of the same key, if there is one.
fn new_rows(emission: &Emission<'_>, query: &str, table: &Table, cursor: Option<&Ident>) -> String {
    let name = |name: &Ident| jinja::guard(&sql::ident(name, emission.dialect)).into_owned();
    let kept = text::Kept::of(table, "{{ this }}", name);
    let column = |c: &Column| match kept.column(c) {
        plain if !kept.is_number(c) => format!("    {plain}"),
        numbered => format!("    {{% if is_incremental() %}}{numbered}{{% else %}}new_rows.{}{{% endif %}}", name(&c.name)),
    };
    let columns: Vec<String> = table.columns.iter().map(column).collect();
    let batched = text::batched(table);
    let mut since = kept.join();
    if let Some(cursor) = cursor {
        let nullable = table.columns.iter().any(|c| c.name == *cursor && c.nullable);
        let cursor = name(cursor);
        let missing = if nullable { format!("new_rows.{cursor} is null\n   or ") } else { String::new() };
        let (open, close) = if batched.is_some() && nullable { ("(", ")") } else { ("", "") };
        since.push_str(&format!(
            "\nwhere {open}{missing}new_rows.{cursor} >= coalesce((select max(old_rows.{cursor}) from {{{{ this }}}} as old_rows), new_rows.{cursor}){close}"
        ));
    }
    if let Some((_, key)) = batched {
        since.push_str(&text::not_there(key, "{{ this }}", name));
    }
    format!(
        "with new_rows as (\n\n{query}\n\n)\n\nselect\n{}\nfrom new_rows\n{{% if is_incremental() %}}{since}\n{{% endif %}}",
        columns.join(",\n")
    )
}
