use super::super::testing::{Built, column, emit, expr, file};
use super::Sql;
use crate::ir::{Dialect, ExprKind, Materialization, Type, Warehouse};
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
    built.copy("patient", 1, Materialization::Incremental { key, cursor: None }, staged);
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
