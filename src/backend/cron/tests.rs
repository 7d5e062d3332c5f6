use super::super::testing::{Built, column, emit, file, keep, try_emit};
use super::Cron;
use crate::ir::{Materialization, StepAction, TableKind, Type};

fn clinic() -> Built {
    let mut built = Built::new();
    let source = built.source("patient_raw", vec![column("id", Type::TEXT), column("Family Name", Type::TEXT)]);
    let patient = built.copy("patient", 1, Materialization::Table, source);
    let anon = built.bucket("anon");
    built.export("anon_daily", anon, &[patient]);
    built.nightly();
    built.0.project.emit = vec!["dbt".into(), "cron".into()];
    built
}

#[test]
fn the_crontab_calls_scripts_only() {
    let files = emit(&Cron, clinic());
    let crontab = file(&files, "cron/crontab");
    assert!(crontab.contains("\nCRON_TZ=UTC\n0 2 * * * bash \"$PIPEC_HOME/cron/daily.sh\" >/dev/null\n"), "{crontab}");
    assert!(!crontab.contains('%'));
}

#[test]
fn an_export_lists_its_columns() {
    let files = emit(&Cron, clinic());
    let sql = file(&files, "cron/export_anon_daily.sql");
    let copied = sql.split_once("copy (").unwrap().1;
    assert!(copied.contains("\"Family Name\"") && !copied.contains('*'), "{sql}");
}

#[test]
fn an_export_asks_for_the_marks_of_incremental_tables_behind_it() {
    let mut built = clinic();
    assert!(!file(&emit(&Cron, clinic()), "cron/export_anon_daily.sql").contains("is_stale"));
    built.0.tables.iter_mut().filter(|t| t.name.as_str() == "patient").for_each(|t| {
        if let TableKind::Model(model) = &mut t.kind {
            model.materialization =
                Materialization::Incremental { key: vec!["id".into()], cursor: None, id: None, batch: None, history: false, because: None };
        }
    });
    let sql = file(&emit(&Cron, built), "cron/export_anon_daily.sql");
    let (asks, copies) = (sql.find("('clinic_marts', 'patient', 'pipec: rows made under "), sql.find("copy ("));
    assert!(asks.is_some() && asks < copies, "{sql}");
}

#[test]
fn a_step_that_cannot_be_written_is_an_error() {
    let mut built = clinic();
    let pod = crate::ir::Container {
        image: "a:1".into(),
        command: Vec::new(),
        environment: Vec::new(),
        account: None,
        namespace: Some("data".into()),
    };
    built.0.pipelines[0].steps[0].action = StepAction::Container(Box::new(pod));
    let (_, diagnostics) = try_emit(&Cron, built);
    assert!(diagnostics.has_errors());
}

#[test]
fn scripts_are_written_for_every_pipeline_and_export() {
    let files = emit(&Cron, clinic());
    keep("clinic", &files);
    let script = file(&files, "cron/daily.sh");
    assert!(script.contains("slack_alert \"${SLACK_URL:-}\" \"$1\""), "{script}");
    assert!(script.contains("step export_anon_daily bash \"$here/export_anon_daily.sh\""), "{script}");
}

/// A view, a view of it, and a table of that; the pipeline builds the table by name.
fn by_name() -> Built {
    let mut built = Built::new();
    let source = built.source("raw", vec![column("id", Type::TEXT)]);
    let low = built.copy("low", 0, Materialization::View, source);
    let high = built.copy("high", 0, Materialization::View, low);
    let mart = built.copy("mart", 1, Materialization::Table, high);
    built.nightly();
    built.0.pipelines[0].steps[0].action = StepAction::Build(vec![mart]);
    built.0.project.emit = vec!["dbt".into(), "cron".into()];
    built
}

#[test]
fn a_build_by_name_builds_what_nobody_else_does() {
    let line = |built: Built| {
        let script = file(&emit(&Cron, built), "cron/daily.sh");
        script.lines().find(|l| l.contains("dbt_build")).unwrap().trim().to_owned()
    };
    assert_eq!(line(by_name()), "step models dbt_build '--select' mart low high");

    // What another pipeline names is that one's, with what it reads.
    let mut shared = by_name();
    let mut other = shared.0.pipelines[0].clone();
    let high = shared.0.tables().find(|(_, t)| t.name.as_str() == "high").unwrap().0;
    other.name = "views".into();
    other.steps.truncate(1);
    other.steps[0].action = StepAction::Build(vec![high]);
    shared.0.pipelines.push(other.clone());
    assert_eq!(line(shared), "step models dbt_build '--select' mart");

    // Somebody builds all.
    let mut all = by_name();
    other.steps[0].action = StepAction::Build(vec![]);
    all.0.pipelines.push(other);
    assert_eq!(line(all), "step models dbt_build '--select' mart");
}

#[test]
fn of_several_steps_the_first_builds_what_both_need() {
    let mut built = by_name();
    let mut second = built.0.pipelines[0].steps[0].clone();
    let high = built.0.tables().find(|(_, t)| t.name.as_str() == "high").unwrap().0;
    let more = built.copy("more", 1, Materialization::Table, high);
    second.name = "second".into();
    second.action = StepAction::Build(vec![more]);
    built.0.pipelines[0].steps.push(second);
    let script = file(&emit(&Cron, built), "cron/daily.sh");
    assert!(script.contains("step models dbt_build '--select' mart low high\n"), "{script}");
    assert!(script.contains("step second dbt_build '--select' more\n"), "{script}");
}

#[test]
fn a_pipeline_that_mails_asks_for_mail_first() {
    let mut built = clinic();
    built.0.pipelines[0].alerts = vec![crate::ir::Alert::Email(crate::ir::Setting::Text("it's@example.org".into()))];
    let files = emit(&Cron, built);
    keep("mails", &files);
    assert!(file(&files, "cron/daily.sh").contains("alert_ready() {\n  email_ready 'it'\\''s@example.org'\n}"));
    assert!(file(&files, "cron/README.md").contains("`mail`"));
    assert!(!file(&emit(&Cron, clinic()), "cron/README.md").contains("`mail`"));
}

#[test]
fn rows_of_an_export_come_in_the_order_it_says_and_then_in_their_own() {
    let mut built = clinic();
    let key =
        |name: &str, column, descending| crate::ir::ExportOrder { name: name.into(), column, descending, at: crate::base::Span::default() };
    built.0.exports[0].tables[0].order = vec![key("Family Name", 1, true)];
    let sql = file(&emit(&Cron, built), "cron/export_anon_daily.sql");
    assert!(sql.contains("order by \"Family Name\" collate \"C\" desc nulls last, id collate \"C\"\n"), "{sql}");
}

#[test]
fn every_alert_is_told() {
    let mut built = clinic();
    let text = |text: &str| crate::ir::Setting::Text(text.into());
    built.0.pipelines[0].alerts.push(crate::ir::Alert::Email(text("a@example.org")));
    built.0.pipelines[0].alerts.push(crate::ir::Alert::Email(text("b@example.org")));
    let script = file(&emit(&Cron, built), "cron/daily.sh");
    let told = "  slack_alert \"${SLACK_URL:-}\" \"$1\"\n  email_alert 'a@example.org' \"$1\"\n  email_alert 'b@example.org' \"$1\"\n}";
    assert!(script.contains(told), "{script}");
    assert!(script.contains("  email_ready 'a@example.org'\n  email_ready 'b@example.org'\n}"), "{script}");
}

/// The clinic, whose runs are written down in its raw table.
fn audited() -> Built {
    let mut built = clinic();
    let table = built.0.tables().find(|(_, t)| t.name.as_str() == "patient_raw").map(|(id, _)| id);
    built.0.pipelines[0].audit = table;
    built
}

#[test]
fn runs_are_written_down_where_the_pipeline_says_so() {
    let files = emit(&Cron, audited());
    keep("audited", &files);
    let (script, lib) = (file(&files, "cron/daily.sh"), file(&files, "cron/lib.sh"));
    assert!(script.contains("PIPEC_PIPELINE=daily PIPEC_AUDIT_SCHEMA=raw PIPEC_AUDIT_TABLE=patient_raw\n"), "{script}");
    assert!(lib.contains("record \"$name\" failed \"$began\"\n"), "{lib}");
    assert!(file(&files, "cron/record.sql").contains("\\ir tables.sql\n"));
    let plain = emit(&Cron, clinic());
    assert!(!file(&plain, "cron/lib.sh").contains("record") && !file(&plain, "cron/daily.sh").contains("PIPEC_AUDIT"));
    assert!(plain.iter().all(|(path, _)| !path.as_str().ends_with("record.sql")));
}

#[test]
fn what_is_done_by_hand_is_no_line_of_the_crontab() {
    let mut built = clinic();
    built.0.pipelines[0].schedule = crate::ir::Schedule::at("".into());
    let files = emit(&Cron, built);
    assert!(!file(&files, "cron/crontab").contains("daily.sh"));
    assert!(file(&files, "cron/README.md").contains("| daily | by hand, with `PIPEC_ENV_FILE` set | `cron/daily.sh` |"));
    assert!(file(&files, "cron/daily.sh").contains("dbt_test"));
}

#[test]
fn a_workbook_is_written_from_rows_in_postgresql_s_own_format() {
    let mut built = clinic();
    built.0.exports[0].format = crate::ir::ExportFormat::Xlsx;
    let files = emit(&Cron, built);
    keep("xlsx", &files);
    let sql = file(&files, "cron/export_anon_daily.sql");
    assert!(sql.contains("\\o 'patient.rows'\n") && sql.contains(") to stdout with (format text);"), "{sql}");
    assert!(file(&files, "cron/export_anon_daily.sh").contains("\nas_xlsx \"$here\"/export_anon_daily.types.json\n"));
    assert!(file(&files, "cron/README.md").contains("`XlsxWriter`") && !file(&emit(&Cron, clinic()), "cron/lib.sh").contains("xlsx"));
}

#[test]
fn an_export_asks_for_the_last_day_of_its_determination_before_it_reads() {
    let mut built = clinic();
    built.0.clearances.push(crate::ir::Clearance {
        name: "internal".into(),
        admits: std::collections::BTreeMap::new(),
        aggregated: None,
        everything: true,
        control_warns: false,
        determination: Some(crate::ir::Determination { id: "ED-1's \"b\" $(c)".into(), expires: "2026-12-31".into() }),
        standard: false,
        base: None,
        because: None,
        widens: Vec::new(),
        k_anonymous: Vec::new(),
        at: crate::base::Span::default(),
    });
    let files = emit(&Cron, built);
    keep("ends", &files);
    let sql = file(&files, "cron/export_anon_daily.sql");
    let (asks, copies) = (sql.find("today > cast('2026-12-31' as date)"), sql.find("copy ("));
    assert!(asks.is_some() && asks < copies, "{sql}");
    assert!(sql.contains("'determination ED-1''s \"b\" $(c) held until 2026-12-31: nothing is sent on '"), "{sql}");
    let script = file(&files, "cron/export_anon_daily.sh");
    let (asks, takes) = (script.find("\nstill_holds "), script.find("\ntake "));
    assert!(asks.is_some() && asks < takes, "{script}");
    assert!(file(&files, "cron/lib.sh").contains("still_holds() {"));
    let without = emit(&Cron, clinic());
    assert!(!file(&without, "cron/lib.sh").contains("still_holds"));
}
