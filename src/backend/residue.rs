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

/// Statements for psql that end a script when a table behind these holds rows made under other masks or labels.
pub(super) fn refusal(program: &Program, marks: &Marks, tables: &[TableId]) -> String {
    let kept = expected(program, marks.behind(program, tables.iter().copied()));
    let sent = expected(program, marks.standing(program, tables.iter().copied()));
    let kept = refused(
        &kept,
        ("is_stale", "stale", "= 0"),
        "Incremental tables keep rows made before a mask or a label changed: such rows are not sent.",
        "rows made under other masks or labels, to be built anew with a full refresh:",
    );
    let sent = refused(
        &sent,
        ("is_older", "older", "> 0"),
        "Tables and views are as the last build left them, which may have been one under other masks or labels.",
        "not made by a build under the masks and labels of today, to be built before this export:",
    );
    format!("{kept}{sent}")
}

/// Schema, name and comment of each, as rows.
fn expected(program: &Program, marked: Vec<(TableId, &str)>) -> Vec<String> {
    let text = |text: &str| sql::literal(&Literal::Text(text.into()), Dialect::Postgres);
    let row = |(id, mark): (TableId, &str)| {
        let table = program.table(id)?;
        let (schema, name) = (text::schema_of(program, table), Ident::exact(text::physical_name(table)));
        Some(format!("    ({}, {}, {})", text(schema.as_str()), text(name.as_str()), text(&comment(mark))))
    };
    marked.into_iter().filter_map(row).collect()
}

/// Ends a script where one of these lacks its comment, on the relation itself (`= 0`) or on a column of it (`> 0`).
fn refused(expected: &[String], (is, which, on): (&str, &str, &str), why: &str, says: &str) -> String {
    if expected.is_empty() {
        return String::new();
    }
    format!(
        "\n-- {why}\nselect count(*) > 0 as {is}, coalesce(string_agg(expected.table_name, ', ' order by expected.table_name), '') as {which}\nfrom (values\n{}\n) as expected(schema_name, table_name, comment)\nwhere not exists (\n    select 1\n    from pg_catalog.pg_class as c\n    join pg_catalog.pg_namespace as n on n.oid = c.relnamespace\n    join pg_catalog.pg_description as d on d.objoid = c.oid and d.objsubid {on} and d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass\n    where n.nspname = expected.schema_name and c.relname = expected.table_name and d.description = expected.comment\n)\n\\gset\n\\if :{is}\n\\warn '{says}' :{which}\ndo $$ begin raise exception 'residue' using errcode = 'object_not_in_prerequisite_state'; end $$;\n\\endif\n",
        expected.join(",\n")
    )
}
