use super::*;
use crate::base::VPath;

fn read(text: &str) -> (Vec<String>, Vec<String>) {
    let mut sources = Sources::new();
    let file = sources.add(VPath::new("a.sql").unwrap(), text);
    let mut found = Diagnostics::new();
    let shown = statements(&sources, file, &mut found).into_iter().map(|s| match s.kind {
        StatementKind::Query(at) => format!("query {}", sources.slice(at)),
        StatementKind::Relation(name, at) => format!("{name:?} {}", sources.slice(at)),
        StatementKind::Table(t) => {
            let columns = t.columns.iter().map(|c| match &c.ty {
                Some(ty) => format!("{} {ty}{}", c.name, if c.nullable { "?" } else { "" }),
                None => format!("{} ({})", c.name, c.written),
            });
            format!("{:?}: {}", t.name, columns.collect::<Vec<_>>().join(", "))
        }
        StatementKind::Other(words) => format!("other {words}"),
    });
    (shown.collect(), found.iter().map(|d| format!("{} {} at `{}`", d.code.id(), d.message, sources.slice(d.at))).collect())
}

fn shown(text: &str) -> Vec<String> {
    let (statements, problems) = read(text);
    assert_eq!(problems, Vec::<String>::new());
    statements
}

#[test]
fn queries_stand_alone_or_inside_definitions() {
    assert_eq!(
        shown(
            "-- a; comment\nselect ';' as a; (select 1 union select 2); values (1);
             create or replace view \"S\".v as with data as (select 1 as x) select x from data;
             create materialized view if not exists a.b.c as select 1 as x with no data;
             CREATE TEMP TABLE t AS (SELECT 1 AS x) WITH DATA;
             insert into t (x) select 1 on conflict do nothing; insert into t values (1)"
        ),
        [
            "query select ';' as a",
            "query (select 1 union select 2)",
            "query values (1)",
            "[`S`, `v`] with data as (select 1 as x) select x from data",
            "[`a`, `b`, `c`] select 1 as x",
            "[`t`] (SELECT 1 AS x)",
            "query select 1",
            "other insert into t",
        ]
    );
}

#[test]
fn tables_are_declared_with_types_and_keys() {
    assert_eq!(
        shown(
            "create table if not exists public.\"Odd Name\" (
               id serial, a bigint not null, b character varying(20) default 'x', c timestamp with time zone, d text[], e mood,
               f numeric(10,2) check (f > 0), g uuid primary key, constraint k primary key (id, a));"
        ),
        ["[`public`, `Odd Name`]: id integer, a bigint, b varchar(20)?, c timestamptz?, d text[]?, e (mood), f numeric(10, 2)?, g uuid"]
    );
}

#[test]
fn what_psql_reads_itself_is_no_statement() {
    let dump = "\\restrict abc\nset x = 1;\ncopy public.t (a) from stdin;\nit's; a row\n\\.\ncreate index i on t (a);\ncreate function f() returns int language sql as $$ select 1; $$;\n";
    assert_eq!(shown(dump), ["other set x", "other copy public", "other create index i", "other create function f"]);
}

#[test]
fn one_broken_statement_costs_no_other() {
    let (statements, problems) = read("create table t (a int, , b int); select 1 as x; create view v (a) as select 1");
    assert_eq!(statements, ["other create table t", "query select 1 as x", "other create view v"]);
    assert_eq!(problems.len(), 2, "{problems:?}");
    assert!(problems[0].starts_with("P0110 the declaration of a table cannot be read"), "{problems:?}");
    assert!(problems[1].starts_with("P0111 a list of column names after the name of a view is not supported at `(`"), "{problems:?}");
    let (statements, problems) = read("select 'open");
    assert!(statements.is_empty() && problems[0].starts_with("P0110"), "{problems:?}");
}

#[test]
fn dotted_names_are_found_wherever_they_stand() {
    let text = "select a.b from \"Db\".s.t as a join s.\"T u\" on 'x.y' = a.b -- c.d\n";
    let mut sources = Sources::new();
    let file = sources.add(VPath::new("a.sql").unwrap(), text);
    let names = dotted_names(&sources, file);
    let shown: Vec<String> = names.iter().map(|n| format!("{:?} {}", n.parts, sources.slice(n.last))).collect();
    assert_eq!(shown, ["[`a`, `b`] b", "[`Db`, `s`, `t`] t", "[`s`, `T u`] \"T u\"", "[`a`, `b`] b"]);
}

#[test]
fn types_by_name() {
    for (text, ty) in [
        ("character varying(20)[]", "varchar(20)[]"),
        ("timestamp without time zone", "timestamp"),
        ("VARCHAR", "text"),
        ("bigserial", "bigint"),
    ] {
        assert_eq!(named_type(text).unwrap().to_string(), ty);
    }
    assert!(named_type("mood").is_none() && named_type("text; drop").is_none());
}
