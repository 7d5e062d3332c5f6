//! Rule 12 on Postgres: a table's comment says under which masks and labels its rows were made. It goes with the table, everybody may
//! read it, and no grant is needed for it.

use super::text;
use crate::base::Ident;
use crate::check::residue::Marks;
use crate::ir::{Dialect, Literal, Program, TableId};
use crate::sql;

/// The comment of a table whose rows were all made under one mark.
pub(super) fn comment(mark: &str) -> String {
    format!("pipec: rows made under {mark}")
}

/// The comment of a table of which nobody knows.
pub(super) const UNKNOWN: &str = "pipec: rows made under other masks or labels";

/// Statements for psql that end a script when a table behind these holds rows made under other masks or labels; empty where none is incremental.
pub(super) fn refusal(program: &Program, marks: &Marks, tables: impl IntoIterator<Item = TableId>) -> String {
    let text = |text: &str| sql::literal(&Literal::Text(text.into()), Dialect::Postgres);
    let row = |(id, mark): (TableId, &str)| {
        let table = program.table(id)?;
        let (schema, name) = (text::schema_of(program, table), Ident::exact(text::physical_name(table)));
        Some(format!("    ({}, {}, {})", text(schema.as_str()), text(name.as_str()), text(&comment(mark))))
    };
    let expected: Vec<String> = marks.behind(program, tables).into_iter().filter_map(row).collect();
    if expected.is_empty() {
        return String::new();
    }
    format!(
        "\n-- Incremental tables keep rows made before a mask or a label changed: such rows are not sent.\nselect count(*) > 0 as is_stale, coalesce(string_agg(expected.table_name, ', ' order by expected.table_name), '') as stale\nfrom (values\n{}\n) as expected(schema_name, table_name, comment)\nwhere not exists (\n    select 1\n    from pg_catalog.pg_class as c\n    join pg_catalog.pg_namespace as n on n.oid = c.relnamespace\n    join pg_catalog.pg_description as d on d.objoid = c.oid and d.objsubid = 0 and d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass\n    where n.nspname = expected.schema_name and c.relname = expected.table_name and d.description = expected.comment\n)\n\\gset\n\\if :is_stale\n\\warn 'rows made under other masks or labels, to be built anew with a full refresh:' :stale\ndo $$ begin raise exception 'residue' using errcode = 'object_not_in_prerequisite_state'; end $$;\n\\endif\n",
        expected.join(",\n")
    )
}
