use super::*;
use crate::base::VPath;
use std::collections::BTreeSet;

const DECLARED: &str =
    "create table raw.patients (id integer primary key, name text, mood mood, born date, \"Odd\"\"Name\" numeric(10, 2));
create table visits (id bigint not null, patient_id integer, at timestamptz);";

/// Files against declarations; per query `name: rtT` (a dot for what fails), its columns, and its reasons.
fn look(files: &[(&str, &str)], schemas: Schemas) -> (Vec<String>, Report) {
    let mut sources = Sources::new();
    let ids: Vec<FileId> = files.iter().map(|(path, text)| sources.add(VPath::new(path).unwrap(), *text)).collect();
    let declared = sources.add(VPath::new("schemas/0.sql").unwrap(), DECLARED);
    let report = survey(&sources, &ids, &[declared], schemas);
    let line = |q: &UnitReport| {
        let columns: Vec<String> = q
            .columns
            .iter()
            .map(|c| format!("{} {}{}", c.name, c.ty.as_deref().unwrap_or("?"), if c.nullable { " null" } else { "" }))
            .collect();
        let reasons: String = q.reasons.iter().map(|r| format!(" | {} {} {}", r.place, r.code, r.message)).collect();
        let flag = |holds: bool, sign: char| if holds { sign } else { '.' };
        format!("{}: {}{}{} ({}){reasons}", q.name, flag(q.read, 'r'), flag(q.typed, 't'), flag(q.traced, 'T'), columns.join(", "))
    };
    (report.files.iter().flat_map(|f| f.queries.iter().map(line)).collect(), report)
}

fn lines(files: &[(&str, &str)]) -> Vec<String> {
    look(files, Schemas::default()).0
}

#[test]
fn files_read_each_other_and_declared_tables_by_any_name() {
    assert_eq!(
        lines(&[
            ("stg.sql", "select id, name as who, \"Odd\"\"Name\" as odd from \"db\".\"raw\".\"patients\""),
            (
                "b/mart.sql",
                "create or replace view marts.mart as select s.who, count(*) as n from analytics.stg s join visits on visits.patient_id = s.id group by 1;"
            ),
            ("top.sql", "select m.n, 1 as one from db.marts.mart as m"),
            ("patients.sql", "select id from patients"),
        ]),
        [
            "stg: rtT (id integer, who text null, odd numeric(10, 2) null)",
            "mart: rtT (who text null, n bigint)",
            "top: rtT (n bigint, one integer)",
            "patients.sql: rtT (id integer)",
        ]
    );
}

#[test]
fn a_reason_names_the_place_in_the_users_file() {
    assert_eq!(
        lines(&[
            ("a.sql", "-- ü\n/* Ω */ drop table x;\n/* Ω */ select id,\n  frobnicate(name) as f\nfrom raw.patients;"),
            ("b.sql", "select * from a"),
            ("c.sql", "select nope from raw.nowhere"),
            ("d.sql", "select 'x"),
        ]),
        [
            "a: ... (id integer, f ? null) | a.sql:4:3 P0206 no function `frobnicate`",
            "b: r.T (id integer, f ? null) | b.sql:1:8  `f` has no type: it comes from a column whose type is not known",
            "c: ... (nope ? null) | c.sql:1:18 P0201 no table, model or `with` entry is called `raw.nowhere`",
            "d: ... () | d.sql:1:8 P0110 the SQL cannot be cut into words: unterminated string literal",
        ]
    );
}

#[test]
fn a_type_nobody_knows_is_said_where_it_comes_out() {
    let (lines, report) = look(&[("a.sql", "select id, mood from raw.patients"), ("b.sql", "select id from a")], Schemas::default());
    assert_eq!(
        lines,
        [
            "a: r.T (id integer, mood ? null) | a.sql:1:12  `mood` has no type: it comes from a column whose type is not known",
            "b: rtT (id integer)",
        ]
    );
    let Share { files, read, typed, traced, passed, refused, without_query } = report.totals;
    assert_eq!([files, read, typed, traced, passed, refused, without_query], [2, 2, 1, 2, 1, 0, 0]);
}

#[test]
fn a_file_of_many_statements_passes_when_all_its_queries_do() {
    let (lines, report) = look(
        &[
            ("all.sql", "begin; create table t (x integer); select count(*) from t; insert into t select 1; select x, x from t; commit"),
            ("ddl.sql", "drop table y"),
        ],
        Schemas::default(),
    );
    assert_eq!(lines, ["all#1: rtT (count bigint)", "all#2: rtT (?column? integer)", "all#3: rtT (x integer null, x integer null)"]);
    assert_eq!(report.files[0].skipped, ["begin", "commit"]);
    assert_eq!((report.totals.files, report.totals.without_query), (1, 1));
}

#[test]
fn models_on_a_circle_do_not_pass() {
    let lines = lines(&[("a.sql", "select x from b"), ("b.sql", "select x from a"), ("c.sql", "select x from a")]);
    assert!(lines[0].starts_with("a: ... ()") && lines[1].starts_with("b: ... ()") && lines[2].starts_with("c: "), "{lines:?}");
    assert!(lines.iter().all(|l| !l.contains("rtT")), "{lines:?}");
    assert!(
        lines[0].contains("P0204") && lines[1].contains("it lies on a circle") && lines[2].contains("whose columns are not known"),
        "{lines:?}"
    );
}

#[test]
fn dbt_knows_types_and_where_models_are_built() {
    let catalog = r#"{"nodes": {
        "seed.p.codes": {"metadata": {"database": "db", "schema": "dev_seeds", "name": "codes"},
          "columns": {"b": {"type": "character varying(3)", "index": 2, "name": "b"}, "a": {"type": "integer", "index": 1, "name": "a"}}},
        "model.p.stg_a": {"metadata": {"database": "db", "schema": "dev", "name": "stg_alias"}, "columns": {"a": {"type": "integer", "index": 1}}},
        "model.other.helper": {"metadata": {"database": "db", "schema": "dev", "name": "helper"}, "columns": {"h": {"type": "date", "index": 1}}}},
      "sources": {}}"#;
    let manifest = r#"{"nodes": {"model.p.stg_a": {"path": "staging/stg_a.sql", "database": "db", "schema": "dev", "alias": "stg_alias", "columns": {}},
        "test.p.x": {"columns": {}}},
      "sources": {"source.p.raw.t": {"database": "db", "schema": "raw", "identifier": "T", "name": "t", "columns": {"x": {"data_type": "uuid"}, "y": {}}}}}"#;
    let surveyed = BTreeSet::from(["stg_a".to_owned(), "mart".to_owned()]);
    let mut schemas = Schemas::default();
    from_json(catalog, &surveyed, &mut schemas).unwrap();
    from_json(manifest, &surveyed, &mut schemas).unwrap();
    assert_eq!(
        look(
            &[
                (
                    "models/staging/stg_a.sql",
                    "select c.a, c.b, t.x, t.y from \"db\".\"dev_seeds\".\"codes\" c cross join \"db\".\"raw\".\"T\" t"
                ),
                ("models/mart.sql", "select s.a, s.x, h.h from \"db\".\"dev\".\"stg_alias\" s cross join \"db\".\"dev\".\"helper\" h"),
            ],
            schemas
        )
        .0,
        [
            "stg_alias: r.T (a integer null, b varchar(3) null, x uuid null, y ? null) | models/staging/stg_a.sql:1:23  `y` has no type: it comes from a column whose type is not known",
            "mart: rtT (a integer null, x uuid null, h date null)",
        ]
    );
    for (text, why) in [("{", "is not JSON"), ("{}", "is neither")] {
        assert!(from_json(text, &surveyed, &mut Schemas::default()).unwrap_err().starts_with(why));
    }
}

#[test]
fn a_column_without_origins_is_looked_at_again() {
    let text = "with recursive n as (select 1 as i union all select i + 1 from n where i < 3), k as (select 'x' as k, id from raw.patients)
      select n.i, k.k, (select 2) as two, v.column1 as v, g as g, count(*) as c from n, k, (values (1)) as v, generate_series(1, 3) as g group by 1, 2, 3, 4, 5";
    let (lines, _) = look(&[("a.sql", text)], Schemas::default());
    assert!(lines[0].starts_with("a: rtT"), "{lines:?}");
    let mut sources = Sources::new();
    let file = sources.add(
        VPath::new("a.sql").unwrap(),
        "with k as (select id, 1 as one from t) select k.id, k.one, (select id from t limit 1) as s, exists (select 1 from t) as e from k",
    );
    let declared = sources.add(VPath::new("d.sql").unwrap(), "create table t (id integer)");
    let mut schemas = Schemas::default();
    for statement in lower::statements(&sources, declared, &mut Diagnostics::new()) {
        if let StatementKind::Table(table) = statement.kind {
            schemas.tables.push(table);
        }
    }
    let units: Vec<_> = lower::statements(&sources, file, &mut Diagnostics::new())
        .into_iter()
        .filter_map(|s| project::Unit::of(file, s.kind, &s.at))
        .collect();
    let project = project::Project::new(&sources, &units, &schemas);
    let program = crate::driver::front(&project.sources, &project.names, &mut Diagnostics::new());
    let (_, table) = program.table_named("a").unwrap();
    let crate::ir::TableKind::Model(model) = &table.kind else { panic!("no model") };
    let constants: Vec<bool> = (0..4).map(|i| constant::is_constant(&model.query, i)).collect();
    assert_eq!(constants, [false, true, false, false], "what reads a table is no constant, whatever its origins say");
}

#[test]
fn what_is_refused_on_purpose_is_read_typed_and_said() {
    let (lines, report) =
        look(&[("a.sql", "select id, now() as at, age(born) as age, random() < 0.5 as heads from raw.patients")], Schemas::default());
    assert_eq!(lines, ["a: rtT (id integer, at timestamptz, age interval null, heads boolean)"]);
    let refused: Vec<_> = report.files[0].queries[0].refused.iter().map(|r| (r.code, r.place.as_str())).collect();
    assert_eq!(refused, [("P0112", "a.sql:1:12"), ("P0112", "a.sql:1:25"), ("P0112", "a.sql:1:43")]);
    assert_eq!((report.totals.passed, report.totals.refused), (1, 1));
}

#[test]
fn an_incremental_model_reads_what_is_already_there() {
    let catalog = r#"{"nodes": {"model.p.m": {"metadata": {"database": "db", "schema": "dev", "name": "m"},
        "columns": {"id": {"type": "integer", "index": 1}, "at": {"type": "date", "index": 2}}}}, "sources": {}}"#;
    let mut schemas = Schemas::default();
    from_json(catalog, &BTreeSet::from(["m".to_owned()]), &mut schemas).unwrap();
    let text = "select id, born as at, nope from raw.patients where born > (select max(at) from \"db\".\"dev\".\"m\")";
    assert_eq!(
        look(&[("m.sql", text), ("n.sql", "select at from db.dev.m")], schemas).0,
        ["m: ... (id integer, at date, nope ? null) | m.sql:1:24 P0205 no column `nope` here", "n: rtT (at date)"]
    );
}

#[test]
fn relations_of_one_name_in_two_schemas_are_two() {
    let long = "x".repeat(70);
    let reader = format!("select m.id, l.one from marts.orders as m cross join s.{long} as l");
    let files = [
        ("a.sql", "create view marts.orders as select id from staging.orders"),
        ("b.sql", "create view staging.orders as select id, name from raw.patients"),
        ("c.sql", &reader),
        (&format!("{long}.sql"), "select 1 as one"),
    ];
    let kept = long.get(..51).unwrap_or_default();
    assert_eq!(
        lines(&files),
        [
            "orders: rtT (id integer)".to_owned(),
            "orders': rtT (id integer, name text null)".to_owned(),
            "c: rtT (id integer, one integer)".to_owned(),
            format!("{kept}~3: rtT (one integer)"),
        ]
    );
}
