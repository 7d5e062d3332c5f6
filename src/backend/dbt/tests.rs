use super::super::testing::{Built, column, emit, file, keep, text, try_emit};
use super::Dbt;
use crate::base::Ident;
use crate::ir::*;
use proptest::prelude::*;
use std::sync::Arc;

/// A text that each of dbt, Jinja, YAML and SQL would like to read as its own.
const NASTY: &str = "it's {{ 1 + 1 }} {% raw %} {# no #} {{{ \"q\" \\ : # yes ünï";

fn clinic() -> Built {
    let mut built = Built::new();
    let raw = built.source(
        "patient",
        vec![
            column("id", Type::TEXT),
            Column { nullable: true, ..column("sex", Type::TEXT) },
            column("order", Type::Integer),
            column("Odd {{ name", Type::TEXT),
            column("loaded_at", Type::Timestamptz),
        ],
    );
    if let TableKind::Source(source) = &mut built.0.tables[raw.0 as usize].kind {
        source.freshness = Some(Freshness { by: "loaded_at".into(), warn_minutes: Some(1440), error_minutes: Some(90) });
    }
    built.0.tables[raw.0 as usize].columns[1].label = Label::direct(CategoryId(1));
    let incremental = Materialization::Incremental {
        key: vec!["id".into()],
        cursor: Some("loaded_at".into()),
        id: None,
        batch: None,
        history: false,
        because: None,
    };
    let staged = built.copy("stg_patient", 0, incremental, raw);
    let patient = built.copy("patient", 1, Materialization::Table, staged);
    let col = |name: &str, ty: Type| {
        (Ident::exact(name), super::super::testing::expr(ExprKind::Column { relation: "t".into(), name: Ident::exact(name) }, ty), false)
    };
    let nasty = built.model(
        "nasty",
        1,
        Materialization::View,
        patient,
        vec![
            col("id", Type::TEXT),
            (Ident::exact("note"), text(NASTY), false),
            (Ident::exact("built_on"), super::super::testing::expr(ExprKind::RunDate, Type::Date), false),
        ],
    );
    built.tokens(patient);
    let codes = built.seed(
        "codes",
        vec![column("code", Type::TEXT), Column { nullable: true, ..column("rank", Type::Integer) }],
        &[&[Some("a, \"b\""), Some("1")], &[Some("007"), None]],
    );
    built.0.tables[nasty.0 as usize].doc = Arc::from(NASTY);
    built.0.tables[patient.0 as usize].doc = Arc::from("yes: no # 1.0\nsecond line\n  - indented");
    built.0.tables[patient.0 as usize].column_docs = vec![Some(Arc::from(NASTY)), Some(Arc::from("1.0"))];
    if let TableKind::Model(model) = &mut built.0.tables[patient.0 as usize].kind {
        model.indexes = vec![Index { columns: vec!["id".into()], unique: true, search: None }];
        model.tags = vec![Arc::from("daily")];
        model.owner = Some(Arc::from("Data {{ team }}"));
    }
    built.assert(patient, "not_null_id", AssertionKind::NotNull(0));
    built.assert(patient, "unique_id", AssertionKind::Unique(vec![0]));
    built.assert(patient, "unique_id_order", AssertionKind::Unique(vec![0, 2]));
    built.assert(patient, "not_null_order", AssertionKind::NotNull(2));
    built.assert(patient, "sex_one_of", AssertionKind::OneOf(1, vec![lit("M"), lit("F")]));
    built.assert(patient, "sex_one_of_odd", AssertionKind::OneOf(1, vec![lit("M"), lit("F"), lit("it's {{ x }}")]));
    built.assert(patient, "id_known", AssertionKind::References(0, raw, 0));
    built.assert(patient, "odd_known", AssertionKind::References(3, raw, 3));
    built.assert(patient, "id_matches", AssertionKind::Matches(0, Arc::from("^p[0-9]{1,}$")));
    built.assert(patient, "order_between", AssertionKind::Between(2, Literal::Number(Arc::from("1")), Literal::Number(Arc::from("9"))));
    built.assert(patient, "groups", AssertionKind::KAnonymous(1, vec![1]));
    built.assert(raw, "raw_id", AssertionKind::NotNull(0));
    built.assert(codes, "code_unique", AssertionKind::Unique(vec![0]));
    let bucket = built.bucket("anon");
    built.export("anon_daily", bucket, &[patient, nasty]);
    built.nightly();
    built.0.project.emit = vec![Arc::from("dbt"), Arc::from("cron")];
    built
}

#[test]
fn functions_that_masks_call_are_made_before_the_first_model() {
    let files = emit(&Dbt, clinic());
    assert!(file(&files, "dbt/dbt_project.yml").contains("on-run-start:\n"));
    assert!(file(&files, "dbt/macros/pipec_setup.sql").contains("create table if not exists pipec_secret.key"));
    let mut plain = Built::new();
    plain.source("patient", vec![column("id", Type::TEXT)]);
    assert!(emit(&Dbt, plain).get("dbt/macros/pipec_setup.sql").is_none());
}

fn lit(text: &str) -> Literal {
    Literal::Text(Arc::from(text))
}

#[test]
fn a_project_is_complete() {
    let files = emit(&Dbt, clinic());
    keep("clinic", &files);
    keep("clinic", &emit(&super::super::cron::Cron, clinic()));
    keep("clinic", &emit(&super::super::sql::Sql, clinic()));
    keep("clinic", &emit(&super::super::iam::Iam, clinic()));
    for path in [
        "dbt_project.yml",
        "profiles.yml",
        "macros/generate_schema_name.sql",
        "macros/run_date.sql",
        "models/_sources.yml",
        "models/_exposures.yml",
    ] {
        assert!(files.get(&format!("dbt/{path}")).is_some(), "{path}");
    }
}

#[test]
fn incremental_runs_take_rows_at_or_after_the_greatest_cursor() {
    let model = file(&emit(&Dbt, clinic()), "dbt/models/staging/stg_patient.sql");
    assert!(model.contains("unique_key=['id']"), "{model}");
    assert!(model.contains(
        "{% if is_incremental() %}\nwhere new_rows.loaded_at >= coalesce((select max(old_rows.loaded_at) from {{ this }} as old_rows), new_rows.loaded_at)\n{% endif %}"
    ));
}

#[test]
fn an_incremental_table_is_marked_with_what_its_rows_are_made_under() {
    let files = emit(&Dbt, clinic());
    let model = file(&files, "dbt/models/staging/stg_patient.sql");
    assert!(model.contains("pre_hook=\"{{ pipec_rows_before(this) }}\""), "{model}");
    let mark =
        |model: &str| model.split_once("pipec_rows_after(this, '").and_then(|(_, rest)| rest.split_once('\'')).map(|(m, _)| m.to_owned());
    let before = mark(&model).unwrap();
    let mut changed = clinic();
    for table in changed.0.tables.iter_mut().filter(|t| t.name.as_str() == "stg_patient") {
        table.columns[1].label = Label::direct(CategoryId(1));
    }
    let after = mark(&file(&emit(&Dbt, changed), "dbt/models/staging/stg_patient.sql")).unwrap();
    assert_ne!(before, after);
    assert!(!file(&files, "dbt/models/marts/patient.sql").contains("pipec_rows"));
}

#[test]
fn rows_that_break_a_test_are_kept_nowhere() {
    let project = file(&emit(&Dbt, clinic()), "dbt/dbt_project.yml");
    assert!(project.contains("data_tests:\n  +store_failures: false\n"), "{project}");
}

#[test]
fn categories_stand_in_the_columns_meta() {
    let sources = file(&emit(&Dbt, clinic()), "dbt/models/_sources.yml");
    assert!(sources.contains("pii:\n            name: direct"), "{sources}");
    assert!(sources.contains("warn_after:\n          count: 1\n          period: day"), "{sources}");
}

#[test]
fn values_that_dbt_would_misread_become_tests_in_sql() {
    let files = emit(&Dbt, clinic());
    let models = file(&files, "dbt/models/marts/_models.yml");
    assert!(models.contains("- accepted_values:\n        arguments:\n          values:\n          - M\n          - F"), "{models}");
    assert!(file(&files, "dbt/tests/patient__sex_one_of_odd.sql").contains("'it''s {{ '{' }}{ x }}'"));
}

#[test]
fn a_seed_that_dbt_would_misread_is_an_error() {
    let mut built = Built::new();
    built.seed("codes", vec![column("code", Type::TEXT)], &[&[Some("NULL")]]);
    let (_, diagnostics) = try_emit(&Dbt, built);
    assert!(diagnostics.has_errors());
}

/// What Jinja makes of guarded text: expressions that are one quoted text yield it, everything else stays.
fn render(mut template: &str) -> String {
    let mut out = String::new();
    while let Some((before, rest)) = template.split_once("{{ '") {
        let (inner, after) = rest.split_once("' }}").unwrap();
        for mark in ["{{", "{%", "{#"] {
            assert!(!before.contains(mark), "{mark} is live in {before:?}");
        }
        // `{{{` begins an expression that begins with a dictionary.
        assert!(!before.ends_with('{'), "{before:?} runs into an expression");
        out.push_str(before);
        out.push_str(if inner == "\\r" { "\r" } else { inner });
        template = after;
    }
    assert!(!["{{", "{%", "{#"].iter().any(|m| template.contains(m)) && !template.ends_with('{') && !template.contains('\r'));
    out + template
}

proptest! {
    #[test]
    fn guarded_text_renders_to_itself(text in "[{}%#' a\r\n\\\\]{0,16}") {
        prop_assert_eq!(render(&super::jinja::guard(&text)), text);
    }

    #[test]
    fn yaml_reads_back_any_text(text in r#"([:#'"\-?&*!|>%@`{}\[\], \n\t0-9a-zA-Zé]|yes|no|null|~|\PC){0,24}"#) {
        let map = std::collections::BTreeMap::from([("description", text.clone())]);
        let yaml = serde_saphyr::to_string(&map).unwrap();
        let back: std::collections::BTreeMap<String, String> = serde_saphyr::from_str(&yaml).unwrap();
        prop_assert_eq!(&back["description"], &text, "{}", yaml);
    }
}

#[test]
#[ignore = "a measurement, not a test"]
fn ten_thousand_models() {
    let mut built = Built::new();
    let columns: Vec<Column> = (0..12).map(|i| column(&format!("column_{i}"), Type::TEXT)).collect();
    let raw = built.source("raw", columns);
    for i in 0..10_000 {
        let model = built.copy(&format!("model_{i}"), 1, Materialization::Table, raw);
        built.assert(model, "n", AssertionKind::NotNull(0));
        built.assert(model, "u", AssertionKind::Unique(vec![0, 1]));
    }
    let mut diagnostics = crate::diag::Diagnostics::new();
    let checked = crate::check::seal(built.0, &mut diagnostics, &mut |_| {}).unwrap();
    for backend in super::super::registry() {
        let started = std::time::Instant::now();
        let mut files = super::super::FileTree::new();
        backend.emit(&checked, &mut files, &mut diagnostics);
        eprintln!("{}: {} files, {:?}", backend.id(), files.len(), started.elapsed());
    }
}
