use super::super::testing::{Built, column, emit, expr, file, try_emit};
use super::Sql;
use crate::ir::{Dialect, ExprKind, Materialization, Setting, Type, Warehouse};
use std::collections::BTreeMap;

#[test]
fn files_are_numbered_in_the_order_of_building() {
    let mut built = Built::new();
    let raw = built.source("patient", vec![column("id", Type::TEXT)]);
    let staged = built.copy("stg_patient", 0, Materialization::View, raw);
    built.copy("patient", 1, Materialization::Table, staged);
    let files = emit(&Sql, built);
    let index = file(&files, "sql/postgres/index.txt");
    let listed: Vec<&str> = index.lines().filter(|l| !l.starts_with('#')).collect();
    assert_eq!(listed, ["000_schemas.sql", "001_clinic_staging_stg_patient.sql", "002_clinic_marts_patient.sql"]);
    assert!(file(&files, "sql/sqlite/000_clinic_staging_stg_patient.sql").contains("\"raw.patient\""));
}

#[test]
fn duckdb_replaces_tables_and_keeps_the_rows_of_what_reads_the_run_date() {
    let mut built = Built::new();
    built.0.project.warehouse = Some(Warehouse { dialect: Dialect::DuckDb, settings: BTreeMap::new() });
    let raw = built.source("patient", vec![column("id", Type::TEXT)]);
    let staged = built.copy("stg_patient", 0, Materialization::View, raw);
    let today = expr(ExprKind::RunDate, Type::Date);
    built.model("dated", 0, Materialization::View, staged, vec![("today".into(), today, false)]);
    let key = vec!["id".into()];
    built.copy(
        "patient",
        1,
        Materialization::Incremental { key, cursor: None, id: None, batch: None, history: false, because: None },
        staged,
    );
    let files = emit(&Sql, built);
    let index = file(&files, "sql/duckdb/index.txt");
    let listed: Vec<&str> = index.lines().filter(|l| !l.starts_with('#')).collect();
    assert_eq!(
        listed,
        ["000_schemas.sql", "001_clinic_staging_stg_patient.sql", "002_clinic_staging_dated.sql", "003_clinic_marts_patient.sql"]
    );
    assert!(file(&files, "sql/duckdb/001_clinic_staging_stg_patient.sql").contains("create or replace view clinic_staging.stg_patient as"));
    let dated = file(&files, "sql/duckdb/002_clinic_staging_dated.sql");
    assert!(dated.contains("create or replace table clinic_staging.dated as") && dated.contains("error('pipec: set variable run_date"));
    let merged = file(&files, "sql/duckdb/003_clinic_marts_patient.sql");
    assert!(merged.contains("delete from clinic_marts.patient as old_rows using pipec_new where old_rows.id = pipec_new.id;"), "{merged}");
}

/// A BigQuery project with a seed, a table made of it and an incremental table.
fn in_bigquery(column_name: &str) -> Built {
    let mut built = Built::new();
    built.0.project.warehouse = Some(Warehouse {
        dialect: Dialect::BigQuery,
        settings: BTreeMap::from([("project".into(), Setting::Env("GCP_PROJECT".into())), ("location".into(), Setting::Text("EU".into()))]),
    });
    let seed =
        built.seed("code", vec![column("id", Type::Integer), column(column_name, Type::TEXT)], &[&[Some("1"), Some("it's @run_date")]]);
    let staged = built.copy("code_table", 1, Materialization::Table, seed);
    built.copy(
        "code_history",
        1,
        Materialization::Incremental { key: vec!["id".into()], cursor: None, id: None, batch: None, history: false, because: None },
        staged,
    );
    built
}

#[test]
fn bigquery_takes_each_table_in_one_statement() {
    let files = emit(&Sql, in_bigquery("label"));
    assert!(
        file(&files, "sql/bigquery/001_seeds_code.sql")
            .contains("array<struct<id int64, label string>>[\n    (cast('1' as int64), 'it\\'s \\u0040run_date')")
    );
    assert!(
        file(&files, "sql/bigquery/002_clinic_marts_code_table.sql").contains("create or replace table clinic_marts.code_table as\nselect")
    );
    let merged = file(&files, "sql/bigquery/003_clinic_marts_code_history.sql");
    assert!(
        merged.contains("on old_rows.id = pipec_new.id\nwhen matched then update set\n    label = pipec_new.label\nwhen not matched"),
        "{merged}"
    );
    let script = file(&files, "sql/bigquery/run.sh");
    assert!(script.contains("where=(--project_id=\"${GCP_PROJECT:?}\" --location=EU)"), "{script}");
}

#[test]
fn bigquery_says_which_names_it_does_not_take() {
    for (name, says) in [("ID", "differ in more than case"), ("_TABLE_x", "keeps such names"), ("a.b", "a character that no name may have")]
    {
        let (_, said) = try_emit(&Sql, in_bigquery(name));
        assert!(format!("{said:?}").contains(says), "{name}: {said:?}");
    }
}
