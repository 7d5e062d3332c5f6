use super::super::testing::{Built, column, emit, file, keep, try_emit};
use super::Airflow;
use crate::ir::{Materialization, Runner, Type};

fn clinic() -> Built {
    let mut built = Built::new();
    let source = built.source("patient_raw", vec![column("id", Type::TEXT), column("Family Name", Type::TEXT)]);
    let patient = built.copy("patient", 1, Materialization::Table, source);
    let anon = built.bucket("anon");
    built.export("anon_daily", anon, &[patient]);
    built.nightly();
    built.0.pipelines.iter_mut().for_each(|p| p.runner = Runner::Airflow);
    built.0.project.emit = vec!["dbt".into(), "airflow".into()];
    built.0.project.airflow = 3;
    built
}

#[test]
fn the_version_decides_what_is_imported() {
    let dag = file(&emit(&Airflow, clinic()), "airflow/dags/clinic_daily.py");
    assert!(dag.contains("from airflow.sdk import DAG, Asset\n") && !dag.contains("airflow.operators"), "{dag}");
    let mut built = clinic();
    built.0.project.airflow = 2;
    let dag = file(&emit(&Airflow, built), "airflow/dags/clinic_daily.py");
    assert!(dag.contains("from airflow.operators.bash import BashOperator\n") && !dag.contains("airflow.sdk"), "{dag}");
}

#[test]
fn exports_wait_for_tests() {
    let files = emit(&Airflow, clinic());
    keep("airflow", &files);
    let dag = file(&files, "airflow/dags/clinic_daily.py");
    assert!(dag.contains("] >> task_export_anon_daily\n"), "{dag}");
    assert!(dag.contains("outlets=[Asset(\"s3://"), "{dag}");
    let script = file(&files, "airflow/steps/daily__export_anon_daily.sh");
    assert!(script.contains("bash \"$here/export_anon_daily.sh\""), "{script}");
    assert!(!file(&files, "airflow/steps/lib.sh").contains("flock"));
}

#[test]
fn texts_of_a_project_stay_texts_of_python() {
    let mut built = clinic();
    built.0.pipelines[0].doc = "Says \"\"\"{{ x }}\"\"\"\\\nand 'more'".into();
    built.0.pipelines[0].tags = vec!["a\"b".into()];
    let dag = file(&emit(&Airflow, built), "airflow/dags/clinic_daily.py");
    assert!(dag.contains(r#"description="Says \"\"\"{{ x }}\"\"\"\\\nand 'more'","#), "{dag}");
    assert!(dag.contains(r#""a\"b"]"#), "{dag}");
}

#[test]
fn a_step_that_cannot_be_written_is_an_error() {
    let mut built = clinic();
    built.0.project.emit = vec!["airflow".into()];
    let (_, diagnostics) = try_emit(&Airflow, built);
    assert!(diagnostics.has_errors());
}

#[test]
fn tasks_are_written_down_by_callbacks_and_by_hand_is_no_schedule() {
    let mut built = clinic();
    let table = built.0.tables().find(|(_, t)| t.name.as_str() == "patient_raw").map(|(id, _)| id);
    built.0.pipelines[0].audit = table;
    built.0.pipelines[0].schedule = crate::ir::Schedule::at("".into());
    let files = emit(&Airflow, built);
    keep("airflow_audited", &files);
    let dag = file(&files, "airflow/dags/clinic_daily.py");
    assert!(dag.contains("\"on_failure_callback\": [record(\"failed\"), tell],\n"), "{dag}");
    assert!(dag.contains("    schedule=None,\n") && !dag.contains("CronTriggerTimetable"), "{dag}");
    assert!(file(&files, "airflow/steps/record.sh").contains("record \"$5\""));
    assert!(!file(&emit(&Airflow, clinic()), "airflow/dags/clinic_daily.py").contains("record"));
}
