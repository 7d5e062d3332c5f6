use super::super::testing::{Built, column, emit, file};
use super::Sql;
use crate::ir::{Materialization, Type};

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
