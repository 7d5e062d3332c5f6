//! The example on real engines: dbt and psql on Postgres, terraform, checkov, an IAM simulator, ShellCheck and a real run of the
//! cron scripts, and its rows against an independent computation in Python. The judges are in `tests/real`, the expectations in
//! `tests/real/checks`; one build of the example serves all. `PIPEC_FAST=1` leaves them out, and says so.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a failing test panics"
)]

#[path = "real/queries.rs"]
mod queries;
mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::Instant;
use support::{arg, differences, example, pipec_in, root, tell, tree};

const RUN_DATE: &str = "2025-06-30";
/// The key that the embedded engine uses where nobody gives one, so that pseudonyms can be compared.
const KEY: &str = "pipec-throw-away-key";
/// Models, facts included, that the example builds: 12 + 3 + 9 + 36 + 36 + 3 + 4 + 1.
const MODELS: &str = "104";
const STORE_KEY: &str = "insert into pipec_secret.key (name, value) values (%(name)s, convert_to(%(value)s, 'UTF8')) on conflict (name) do update set value = excluded.value";
const BUCKETS: [(&str, &str, &str); 3] = [
    ("anon", "engage-analytics-exports-anon", "patient_anon|qr_\\w+_anon|encounters_anon|practitioners_anon|organizations"),
    (
        "pii",
        "engage-analytics-exports-pii",
        "patient|qr_\\w+(?<!_anon)|encounters|practitioners|organizations|locations|care_plans|care_teams|tasks|observations",
    ),
    ("metrics", "engage-analytics-exports-metrics", "fct_metrics_long"),
];
const READERS: [(&str, &str); 3] = [("analyst", "anon"), ("privacy_officer", "pii"), ("reporting", "metrics")];

/// Where reports, dumps and the shared build are.
fn work() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("real")
}

/// Where judges keep what they measured, for `docs/results.md`.
fn recorded() -> PathBuf {
    std::env::var_os("PIPEC_RESULTS").map_or_else(|| Path::new(env!("CARGO_TARGET_TMPDIR")).join("results"), PathBuf::from)
}

/// Whether to leave out the real engines; loudly, for nobody should take their silence for a pass.
fn left_out(test: &str) -> bool {
    let fast = std::env::var_os("PIPEC_FAST").is_some_and(|v| v == "1");
    if fast {
        tell(&format!("real: NOT RUN because of PIPEC_FAST=1: {test}"));
    }
    fast
}

/// Runs a judge; its verdict goes to the terminal, and what it rejects fails the test.
fn judge(script: &str, arguments: &[&str]) -> Result<(), String> {
    let done = Command::new("python3")
        .arg(root().join("tests/real").join(script))
        .args(arguments)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("PIPEC_RUN_DATE", RUN_DATE)
        .env("PIPEC_RESULTS", recorded())
        .env("PIPEC_JUDGED", env!("CARGO_BIN_EXE_pipec"))
        .env("SOURCE_DATE_EPOCH", "1782777600")
        .output()
        .map_err(|e| format!("python3 cannot be started, and the real-engine tests need it: {e}"))?;
    let said = String::from_utf8_lossy(&done.stdout).into_owned();
    tell(&format!("real: {}", said.lines().next().unwrap_or("")));
    if done.status.success() { Ok(()) } else { Err(format!("{script} {arguments:?}\n{said}{}", String::from_utf8_lossy(&done.stderr))) }
}

#[track_caller]
fn accepted(script: &str, arguments: &[&str]) {
    judge(script, arguments).unwrap_or_else(|said| panic!("{said}"));
}

/// Something several tests need, made once; when it fails, all of them do.
struct Once(OnceLock<Result<PathBuf, String>>);

impl Once {
    const fn new() -> Once {
        Once(OnceLock::new())
    }

    #[track_caller]
    fn get(&self, make: impl FnOnce() -> Result<PathBuf, String>) -> &Path {
        self.0.get_or_init(make).as_deref().unwrap_or_else(|said| panic!("{said}"))
    }
}

fn data() -> PathBuf {
    example("engage-analytics").join("data")
}

fn metadata() -> PathBuf {
    example("engage-analytics").join("seeds/questionnaire_metadata.csv")
}

/// The example's artifacts.
fn built() -> &'static Path {
    static BUILT: Once = Once::new();
    BUILT.get(|| {
        let out = work().join("out");
        let _ = fs::remove_dir_all(work());
        let ran = pipec_in(&root(), &["build", "examples/engage-analytics", "-o", arg(&out)]);
        if ran.code == Some(0) { Ok(out) } else { Err(format!("the example does not build:\n{}", ran.all())) }
    })
}

/// Airbyte's tables have no key: a changed resource comes as one more row.
fn tables() -> PathBuf {
    let columns = [["id", "text"], ["resource", "jsonb"], ["_airbyte_extracted_at", "timestamptz"]];
    let names = tree(&data()).into_keys().filter_map(|p| p.strip_suffix(".ndjson").filter(|n| !n.contains('/')).map(str::to_owned));
    let described: serde_json::Map<_, _> = names.map(|n| (n, serde_json::json!({ "schema": "airbyte", "columns": columns }))).collect();
    let path = work().join(format!("tables-{:?}.json", std::thread::current().id()));
    fs::create_dir_all(work()).unwrap();
    fs::write(&path, serde_json::to_vec(&described).unwrap()).unwrap();
    path
}

/// Runs a judge over the sample data in Postgres, with the set-up's key in its place.
fn on_postgres(script: &str, more: &[&str]) -> Result<(), String> {
    let (tables, setup) = (tables(), root().join("stdlib/setup/postgres.sql"));
    let (data, secret) = (data(), format!("PSEUDONYM_KEY={KEY}"));
    let shared = ["--data", arg(&data), "--schema", arg(&tables), "--prepare", arg(&setup), "--secret", &secret, "--secret-sql", STORE_KEY];
    judge(script, &[more, &shared].concat())
}

/// dbt's two builds and the one after the late delivery; the folder holds `dump` and `late`.
fn dbt() -> &'static Path {
    static DBT: Once = Once::new();
    DBT.get(|| {
        let (project, here, late) = (built().join("dbt"), work().join("dbt"), data().join("late"));
        let (dump, dump_late, report) = (here.join("dump"), here.join("late"), here.join("report.json"));
        let vars = format!("{{run_date: {RUN_DATE}}}");
        let arguments =
            ["--project", arg(&project), "--vars", &vars, "--late", arg(&late), "--dump", arg(&dump), "--dump-late", arg(&dump_late)];
        let hidden = ["--without", "pipec", "--without", "pipec_secret", "--without", "engage_analytics_access", "--out", arg(&report)];
        on_postgres("dbt_build.py", &[&arguments[..], &hidden].concat())?;
        Ok(here)
    })
}

/// The same for plain SQL.
fn sql() -> &'static Path {
    static SQL: Once = Once::new();
    SQL.get(|| {
        let (files, here, late) = (built().join("sql/postgres"), work().join("sql"), data().join("late"));
        let (dump, dump_late, report) = (here.join("dump"), here.join("late"), here.join("report.json"));
        let arguments = ["--sql", arg(&files), "--late", arg(&late), "--dump", arg(&dump), "--dump-late", arg(&dump_late)];
        let hidden = ["--without", "pipec", "--without", "pipec_secret", "--without", "engage_analytics_access", "--out", arg(&report)];
        on_postgres("sql_run.py", &[&arguments[..], &hidden].concat())?;
        Ok(here)
    })
}

/// Every model as the embedded engine makes it.
fn embedded() -> &'static Path {
    static EMBEDDED: Once = Once::new();
    EMBEDDED.get(|| {
        let here = work().join("embedded");
        built();
        let started = Instant::now();
        let ran = pipec_in(&root(), &["run", "examples/engage-analytics", "--run-date", RUN_DATE, "--dump", arg(&here)]);
        tell(&format!("real: pipec run of the example, {:.1} s", started.elapsed().as_secs_f64()));
        if ran.code == Some(0) { Ok(here) } else { Err(format!("the example does not run:\n{}", ran.all())) }
    })
}

/// The expectations about access, as options: they are written here and not read from what is judged.
fn who_reads_what() -> Vec<String> {
    let buckets = BUCKETS.iter().flat_map(|(bucket, name, _)| ["--bucket".to_owned(), format!("{bucket}={name}")]);
    let readers = READERS.iter().flat_map(|(role, bucket)| ["--reads".to_owned(), format!("{role}={bucket}")]);
    buckets.chain(readers).collect()
}

fn report(path: &Path) -> serde_json::Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

// --- the warehouse --------------------------------------------------------------------------------------------------------------

#[test]
fn dbt_builds_everything_on_postgres_twice_and_after_a_late_delivery() {
    if left_out("dbt on Postgres") {
        return;
    }
    let report = report(&dbt().join("report.json"));
    for build in ["build", "second build", "late build"] {
        let nodes = report["facts"]["nodes"][build].as_object().unwrap();
        let tests = nodes.keys().filter(|n| n.starts_with("test.")).count();
        let models = nodes.keys().filter(|n| n.starts_with("model.")).count();
        assert!(models.to_string() == MODELS && tests > 100, "{build}: {models} models and {tests} tests");
    }
    assert!(report["facts"]["warned"].is_null(), "dbt warns: {}", report["facts"]["warned"]);
    let nodes = report["facts"]["nodes"]["build"].as_object().unwrap();
    tell(&format!("real: dbt: {} models, {} tests, three times", MODELS, nodes.len() - MODELS.parse::<usize>().unwrap()));
}

#[test]
fn dbt_and_plain_sql_make_the_same_rows() {
    if left_out("dbt against plain SQL") {
        return;
    }
    let (dbt, sql) = (dbt(), sql());
    for state in ["dump", "late"] {
        accepted("checks/compare_dumps.py", &[arg(&dbt.join(state)), arg(&sql.join(state)), "--expect", MODELS]);
    }
}

/// Everybody logs in and tries every table, column and row; the matrix says what should come of it.
#[test]
fn postgres_gives_each_login_what_the_matrix_says() {
    if left_out("access on Postgres") {
        return;
    }
    let places = ["engage-analytics", "mytomorrows", "medilink", "efiche"].map(example);
    let places: Vec<&str> = places.iter().flat_map(|p| ["--example", arg(p)]).collect();
    accepted("access_check.py", &[&["--pipec", env!("CARGO_BIN_EXE_pipec")], &places[..]].concat());
}

/// Commands of the page on operations, as they are written there.
#[test]
fn operations_can_be_followed_to_the_letter() {
    if left_out("operations on Postgres") {
        return;
    }
    accepted("operations_check.py", &[env!("CARGO_BIN_EXE_pipec")]);
}

/// The services of APIs run, and whoever asks them gets the rows and columns of the matrix.
#[test]
fn apis_tell_what_the_matrix_says() {
    if left_out("APIs on Postgres") {
        return;
    }
    accepted("api_check.py", &["--pipec", env!("CARGO_BIN_EXE_pipec")]);
    accepted("api_example.py", &["--pipec", env!("CARGO_BIN_EXE_pipec"), "--example", arg(&example("medilink"))]);
}

/// Rows that are taken in by batches: through kills, each once, and as they were.
#[test]
fn batches_outlive_whoever_takes_them_in() {
    if left_out("rows in batches on Postgres") {
        return;
    }
    accepted("batches_check.py", &["--pipec", env!("CARGO_BIN_EXE_pipec")]);
}

/// A model that is kept otherwise takes its place, and what no build made keeps its own.
#[test]
fn postgres_keeps_a_model_as_it_is_declared_now() {
    if left_out("models kept otherwise on Postgres") {
        return;
    }
    accepted("kinds_check.py", &["--pipec", env!("CARGO_BIN_EXE_pipec")]);
}

/// Tests with rows, as dbt runs them in the warehouse.
#[test]
fn dbt_runs_unit_tests_and_they_notice_what_is_wrong() {
    if left_out("unit tests in dbt") {
        return;
    }
    accepted("unit_tests_check.py", &["--pipec", env!("CARGO_BIN_EXE_pipec")]);
}

/// What changes for those who log in is what `pipec plan` says.
#[test]
fn plans_say_what_postgres_gives_before_and_after() {
    if left_out("plans on Postgres") {
        return;
    }
    accepted("plan_check.py", &["--pipec", env!("CARGO_BIN_EXE_pipec")]);
}

/// The workflow and the hooks of `pipec new --ci github`, read by others.
#[test]
fn the_workflow_is_accepted() {
    if left_out("the workflow for GitHub") {
        return;
    }
    let here = support::scratch();
    let made = support::pipec_in(here.path(), &["new", "clinic", "--ci", "github"]);
    assert_eq!(made.code, Some(0), "{}", made.stderr);
    accepted("workflow_check.py", &[arg(&here.path().join("clinic"))]);
}

/// Plain SQL, dbt and the embedded engine, against what `checks/<name>_expected.py` computes in Python.
#[test]
fn examples_come_to_what_python_says() {
    if left_out("examples on their engines") {
        return;
    }
    for name in ["mytomorrows", "medilink", "efiche"] {
        accepted("example_check.py", &["--pipec", env!("CARGO_BIN_EXE_pipec"), "--example", arg(&example(name))]);
    }
    // The size of the original: 5,000 patients, 27,000 encounters.
    if support::full() {
        let (pipec, efiche) = (env!("CARGO_BIN_EXE_pipec"), example("efiche"));
        accepted("example_check.py", &["--pipec", pipec, "--example", arg(&efiche), "--generate=--full"]);
    }
}

/// Deployed to dev and production, changed and rolled back over what is there; every example, by dbt as well, with `PIPEC_FULL=1`.
#[test]
fn examples_live_through_a_change_and_the_way_back() {
    if left_out("deployed, changed, rolled back") {
        return;
    }
    let names: &[&str] = if support::full() {
        &["mytomorrows", "medilink", "efiche", "engage-analytics", "emr-analytics"]
    } else {
        &["mytomorrows", "medilink"]
    };
    let places: Vec<PathBuf> = names.iter().map(|name| example(name)).collect();
    let places = places.iter().flat_map(|p| ["--example", arg(p)]);
    let ways: &[&str] = if support::full() { &["--way", "plain", "--way", "dbt", "--thorough"] } else { &[] };
    let arguments: Vec<&str> = ["--pipec", env!("CARGO_BIN_EXE_pipec")].into_iter().chain(places).chain(ways.iter().copied()).collect();
    accepted("life_check.py", &arguments);
}

/// Data sources for Tableau: each user sees what the matrix and row-level security say, and what is published is what the manifest says.
#[test]
fn tableau_shows_each_group_what_the_matrix_says() {
    if left_out("data sources of Tableau") {
        return;
    }
    accepted("tableau_check.py", &["--pipec", env!("CARGO_BIN_EXE_pipec")]);
}

/// The embedded engine, DuckDB and GoogleSQL from one source.
#[test]
fn the_emr_example_comes_to_what_python_says_on_three_engines() {
    if left_out("EMR analytics on DuckDB and GoogleSQL") {
        return;
    }
    accepted("emr_check.py", &["--pipec", env!("CARGO_BIN_EXE_pipec"), "--example", arg(&example("emr-analytics"))]);
}

/// Versions of rows, refreshed views, and what declared tables refuse, from build to build; with dbt, too, with `PIPEC_FULL=1`.
#[test]
fn what_is_kept_from_build_to_build_is_what_python_keeps() {
    if left_out("histories and materialized views") {
        return;
    }
    let ways: &[&str] = if support::full() { &["--way", "plain", "--way", "dbt"] } else { &["--way", "plain"] };
    accepted("history_check.py", &[&[env!("CARGO_BIN_EXE_pipec")], ways].concat());
}

/// What becomes of rows is written down, whoever tries to get around it.
#[test]
fn changes_of_own_tables_are_written_down() {
    if left_out("changes of own tables on Postgres") {
        return;
    }
    let ways: &[&str] = if support::full() { &[] } else { &["--without-dbt"] };
    accepted("changes_check.py", &[&["--pipec", env!("CARGO_BIN_EXE_pipec")], ways].concat());
}

/// Every row in its partition, and nobody at a partition by itself.
#[test]
fn partitions_hold_their_rows_and_let_nobody_in() {
    if left_out("partitions on Postgres") {
        return;
    }
    let ways: &[&str] = if support::full() { &[] } else { &["--without-dbt"] };
    accepted("partitions_check.py", &[&["--pipec", env!("CARGO_BIN_EXE_pipec")], ways].concat());
}

#[test]
fn vectors_are_kept_found_and_hidden() {
    if left_out("vectors on Postgres") {
        return;
    }
    let ways: &[&str] = if support::full() { &[] } else { &["--without-dbt"] };
    accepted("vectors_check.py", &[&["--pipec", env!("CARGO_BIN_EXE_pipec")], ways].concat());
}

#[test]
fn the_period_before_is_the_same_on_every_engine() {
    if left_out("the period before on every engine") {
        return;
    }
    accepted("previous_check.py", &["--pipec", env!("CARGO_BIN_EXE_pipec")]);
}

#[test]
fn shares_and_recent_days_are_counted_alike_on_every_engine() {
    if left_out("assertions of shares on every engine") {
        return;
    }
    accepted("shares_check.py", &["--pipec", env!("CARGO_BIN_EXE_pipec")]);
}

#[test]
fn exports_have_their_rows_in_order() {
    if left_out("the order of exports") {
        return;
    }
    accepted("order_check.py", &["--pipec", env!("CARGO_BIN_EXE_pipec")]);
}

#[test]
fn nothing_is_sent_or_read_after_the_last_day_of_a_determination() {
    if left_out("the last day of a determination") {
        return;
    }
    accepted("ends_check.py", &["--pipec", env!("CARGO_BIN_EXE_pipec")]);
}

#[test]
fn a_run_pulls_before_it_builds() {
    if left_out("git pull before a run") {
        return;
    }
    accepted("pull_check.py", &["--pipec", env!("CARGO_BIN_EXE_pipec")]);
}

/// Mutants of the artifacts: what means something to Postgres, the simulator or Tableau's formulas has to be caught. Several hundred with `PIPEC_FULL=1`.
#[test]
fn verify_catches_what_changes_anybodys_access() {
    if left_out("mutants of artifacts") {
        return;
    }
    let places = ["mytomorrows", "engage-analytics"].map(example);
    let full = ["--mutants", "60", "--generated", "4", "--least", "400", "--example", arg(&places[0]), "--example", arg(&places[1])];
    let small = ["--mutants", "14", "--generated", "1", "--untouched", "4", "--least", "90"];
    let size: &[&str] = if support::full() { &full } else { &small };
    accepted("verify_check.py", &[&["--pipec", env!("CARGO_BIN_EXE_pipec")], size].concat());
}

/// The samples are in `tests/real/library`; what Postgres says to the original expressions is the truth.
#[test]
fn the_library_means_the_same_on_every_engine() {
    if left_out("the standard library on every engine") {
        return;
    }
    accepted("library_check.py", &["--pipec", env!("CARGO_BIN_EXE_pipec")]);
}

/// The calls are in `tests/real/masks`; what an independent computation in Python says is the truth.
#[test]
fn masks_leave_the_same_on_every_engine_and_keys_are_seen_nowhere() {
    if left_out("masks on every engine") {
        return;
    }
    let count = if std::env::var_os("PIPEC_FULL").is_some() { "40" } else { "12" };
    accepted("masks_check.py", &["--pipec", env!("CARGO_BIN_EXE_pipec"), "--keys", "--count", count]);
}

#[test]
fn sqlite_and_postgres_make_the_same_rows() {
    if left_out("SQLite against Postgres") {
        return;
    }
    accepted("checks/compare_dumps.py", &[arg(embedded()), arg(&dbt().join("dump")), "--expect", MODELS]);
}

#[test]
fn python_makes_the_same_rows() {
    if left_out("an independent computation") {
        return;
    }
    let (dbt, data, metadata) = (dbt(), data(), metadata());
    let shared = ["--metadata", arg(&metadata), "--run-date", RUN_DATE, "--key", KEY];
    let (before, after, late) = (dbt.join("dump"), dbt.join("late"), data.join("late"));
    accepted("checks/engage_compare.py", &[&["--dump", arg(&before), "--data", arg(&data)][..], &shared].concat());
    let arguments = ["--dump", arg(&after), "--before", arg(&before), "--data", arg(&data), "--data", arg(&late)];
    accepted("checks/engage_compare.py", &[&arguments[..], &shared].concat());
}

#[test]
fn nothing_sensitive_is_in_what_analysts_see() {
    if left_out("the search for sensitive values") {
        return;
    }
    let (data, metadata) = (data(), metadata());
    let late = data.join("late");
    for (state, deliveries) in [("dump", &["--data", arg(&data)][..]), ("late", &["--data", arg(&data), "--data", arg(&late)])] {
        let dump = dbt().join(state);
        let shared = ["--dump", arg(&dump), "--metadata", arg(&metadata), "--key", KEY];
        accepted("checks/engage_anonymous.py", &[&shared[..], deliveries].concat());
    }
}

/// What a check would let pass proves nothing: each of them has to see a small falsification of what it has just accepted.
#[test]
fn the_checks_reject_what_is_false() {
    if left_out("the checks' own tests") {
        return;
    }
    let (dump, data, metadata, iam) = (dbt().join("dump"), data(), metadata(), built().join("iam"));
    let who = who_reads_what();
    let shared = [
        "--dump",
        arg(&dump),
        "--data",
        arg(&data),
        "--metadata",
        arg(&metadata),
        "--run-date",
        RUN_DATE,
        "--key",
        KEY,
        "--iam",
        arg(&iam),
    ];
    accepted("checks/checks_selftest.py", &[&shared[..], &who.iter().map(String::as_str).collect::<Vec<_>>()].concat());
}

/// The example's models in BigQuery's dialect, understood by GoogleSQL's own analyzer, one on top of the other.
#[test]
fn bigquery_understands_every_model_of_the_example() {
    if left_out("GoogleSQL's analyzer") {
        return;
    }
    let here = support::scratch();
    let folder = here.path().join("engage");
    for (path, bytes) in tree(&example("engage-analytics")) {
        let file = folder.join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, bytes).unwrap();
    }
    let project = folder.join("project.pipe");
    let text = fs::read_to_string(&project).unwrap();
    let (warehouse, emit) = ("warehouse postgres { database = env(\"DBT_DATABASE\") }", "emit dbt, sql, terraform, iam, cron");
    assert!(text.contains(warehouse) && text.contains(emit));
    let text =
        text.replace(warehouse, "warehouse bigquery { project = env(\"GCP_PROJECT\"); location = \"EU\" }").replace(emit, "emit sql");
    fs::write(&project, text).unwrap();
    let out = here.path().join("out");
    let ran = pipec_in(&root(), &["build", arg(&folder), "-o", arg(&out)]);
    assert_eq!(ran.code, Some(0), "{}", ran.all());
    accepted("bigquery_check.py", &["--sql", arg(&out.join("sql/bigquery")), "--schema", arg(&tables())]);
}

/// Made-up projects, whose statements of access are carried out as BigQuery would; fifty of them with `PIPEC_FULL=1`.
#[test]
fn bigquery_shows_each_group_what_the_matrix_says() {
    if left_out("access in BigQuery") {
        return;
    }
    let full = std::env::var_os("PIPEC_FULL").is_some_and(|v| v == "1");
    accepted("bigquery_access_check.py", &[env!("CARGO_BIN_EXE_pipec"), "--count", if full { "50" } else { "4" }]);
}

/// Mutants of what plain SQL says on BigQuery: what GoogleSQL's evaluator notices of them has to be caught.
#[test]
fn verify_catches_what_changes_who_reads_in_bigquery() {
    if left_out("mutants of BigQuery's SQL") {
        return;
    }
    let size: &[&str] = if support::full() { &["--count", "4", "--mutants", "60"] } else { &["--count", "1", "--mutants", "12"] };
    accepted("verify_bigquery.py", &[&[env!("CARGO_BIN_EXE_pipec")], size].concat());
}

/// Everybody and every key, in made-up projects: two hundred of them with `PIPEC_FULL=1`.
#[test]
fn files_in_the_clouds_are_read_by_whom_the_matrix_says() {
    if left_out("access to files in the clouds") {
        return;
    }
    let full = std::env::var_os("PIPEC_FULL").is_some_and(|v| v == "1");
    let (aws, google) = if full { ("200", "20") } else { ("12", "3") };
    accepted("cloud_check.py", &[env!("CARGO_BIN_EXE_pipec"), "--count", aws, "--google", google]);
}

#[test]
fn random_queries_yield_the_same_rows_on_googlesql() {
    if left_out("random queries on GoogleSQL") {
        return;
    }
    accepted("bigquery_random.py", &[env!("CARGO_BIN_EXE_pipec"), "--count", "60"]);
}

/// Ten thousand queries with `PIPEC_FULL=1`; each run takes the same ones.
#[test]
fn random_queries_yield_the_same_rows_on_every_engine() {
    if left_out("random queries") {
        return;
    }
    let full = std::env::var_os("PIPEC_FULL").is_some_and(|v| v == "1");
    accepted("differential.py", &[env!("CARGO_BIN_EXE_pipec"), "--count", if full { "10000" } else { "400" }]);
}

// --- information flow -------------------------------------------------------------------------------------------------------------

/// A thousand programs with `PIPEC_FULL=1`; each run takes the same ones.
#[test]
fn what_a_sink_may_not_know_does_not_change_what_it_gets() {
    if left_out("noninterference") {
        return;
    }
    let full = std::env::var_os("PIPEC_FULL").is_some_and(|v| v == "1");
    let (programs, queries) = if full { ("1000", "2000") } else { ("100", "200") };
    accepted("noninterference.py", &[env!("CARGO_BIN_EXE_pipec"), "--count", programs, "--queries", queries]);
}

/// All five examples; with `PIPEC_FULL=1` each place by itself, else those together that the same sinks may not know.
#[test]
fn what_a_sink_may_not_know_does_not_change_what_it_gets_of_the_examples() {
    if left_out("perturbation of the examples") {
        return;
    }
    let full = std::env::var_os("PIPEC_FULL").is_some_and(|v| v == "1");
    let how: &[&str] = if full { &[] } else { &["--together"] };
    for example in ["efiche", "emr-analytics", "engage-analytics", "medilink", "mytomorrows"] {
        let folder = root().join("examples").join(example);
        accepted("perturbation.py", &[&[env!("CARGO_BIN_EXE_pipec"), "--example", arg(&folder)], how].concat());
    }
}

/// Three thousand mutants with `PIPEC_FULL=1`; each run takes the same ones.
#[test]
fn every_mutant_that_leaks_is_refused() {
    if left_out("mutants of accepted programs") {
        return;
    }
    let full = std::env::var_os("PIPEC_FULL").is_some_and(|v| v == "1");
    let size: &[&str] = if full { &["--count", "3000", "--least", "1000"] } else { &["--count", "300", "--least", "150"] };
    accepted("mutation.py", &[&[env!("CARGO_BIN_EXE_pipec")], size].concat());
}

// --- lineage ----------------------------------------------------------------------------------------------------------------------

#[test]
fn sqlglot_finds_the_same_lineage() {
    if left_out("lineage against sqlglot") {
        return;
    }
    accepted("lineage_check.py", &["--pipec", env!("CARGO_BIN_EXE_pipec")]);
}

#[test]
fn lineage_is_read_by_the_programs_it_is_written_for() {
    if left_out("the formats of lineage") {
        return;
    }
    accepted("lineage_formats.py", &["--pipec", env!("CARGO_BIN_EXE_pipec")]);
}

// --- evidence ---------------------------------------------------------------------------------------------------------------------

/// Names, reasons and ids that would like to leave their cells.
const HOSTILE: &str = r#"project demo { warehouse postgres { database = env("DATABASE") }; emit evidence }
use std.hipaa
source clinic on warehouse schema "clinic" {
  table patients { id text key @record_id; name text @name; "</td><script>alert(1)</script>" text @demographic; "{{this}} & <b" text @public }
}
layer marts schema "marts" as table
model person in marts {
  from clinic.patients as p
  select {
    token = hmac_token(p.id, key => secret('K'), domain => 'd')
    named = release(p.name is not null, name general, because "</table><img src=x onerror=y> & done")
    odd   = p."</td><script>alert(1)</script>"
    curly = p."{{this}} & <b"
  }
}
/// </p></main> & "quoted" 'twice'
bucket study { name "demo-study"; clearance expert('<ED>&"1"', expires '2099-12-31') }
role reader  { clearance internal; postgres "reader" }
export a to study { person; path "a_{timestamp}.csv" }
grant read on person to reader
model counted in marts { from clinic.patients as p; select { curly = p."{{this}} & <b" }; assert unique(curly) }
role web { clearance safe_harbor; postgres "web" }
grant read on counted to web
/// </p><script>alert(2)</script>
api open { role web; expose counted at "figures"; anonymous because "</td></tr></table> for all" }
"#;

#[test]
fn the_evidence_report_is_html_that_says_what_its_json_says() {
    if left_out("the pages of the evidence report") {
        return;
    }
    let hostile = work().join("hostile-evidence");
    fs::create_dir_all(&hostile).unwrap();
    fs::write(hostile.join("main.pipe"), HOSTILE).unwrap();
    // One with service accounts, one with an API that asks for no login.
    for project in [&root().join("examples/engage-analytics"), &root().join("examples/emr-analytics"), &hostile] {
        let out = work().join("evidence").join(project.file_name().unwrap());
        let ran = pipec_in(&root(), &["build", arg(project), "-o", arg(&out), "--target", "evidence"]);
        assert_eq!(ran.code, Some(0), "{}", ran.all());
        accepted("evidence_check.py", &[arg(&out.join("evidence"))]);
    }
    let folder = work().join("evidence/hostile-evidence/evidence");
    let page = folder.join("bucket_study.html");
    let text = fs::read_to_string(&page).unwrap();
    let mutants = [
        ("<caption>", "<p>"),
        ("&lt;/td&gt;", "</td>"),
        (" scope=\"row\"", ""),
        ("<li>record_id: pseudonym", "<li>record_id: general"),
        ("(b)(2)(ii)", "(b)"),
    ];
    for (from, to) in mutants {
        assert!(text.contains(from), "{from}");
        fs::write(&page, text.replacen(from, to, 1)).unwrap();
        assert!(judge("evidence_check.py", &[arg(&folder)]).is_err(), "`{from}` as `{to}` passes");
    }
}

// --- documentation ----------------------------------------------------------------------------------------------------------------

/// A project whose names would like to be more than names; Rust keeps characters that turn text round out of its own.
fn hostile_names() -> String {
    HOSTILE.replace("emit evidence", "").replace("token = ", "\"\u{202e}gnp.exe & 'x' <\" = ")
}

/// Every page in a headless Chromium, against what `lineage` and `access` say; with `PIPEC_FULL=1` axe looks at every example, else at the smallest.
#[test]
fn the_documentation_is_read_in_a_browser() {
    if left_out("the pages of `pipec docs`") {
        return;
    }
    let pipec = ["--pipec", env!("CARGO_BIN_EXE_pipec"), "--project"];
    for name in support::examples() {
        let axe = support::full() || name == "medilink";
        let less: &[&str] = if axe { &[] } else { &["--without-axe"] };
        accepted("docs_check.py", &[&pipec[..], &[arg(&example(&name))], less].concat());
    }
    let hostile = work().join("hostile-docs");
    fs::create_dir_all(&hostile).unwrap();
    fs::write(hostile.join("main.pipe"), hostile_names()).unwrap();
    let shows = [
        "--shows",
        "</td><script>alert(1)</script>",
        "--shows",
        "{{this}} & <b",
        "--shows",
        "\u{202e}gnp.exe & 'x' <",
        "--search",
        "alert(1)",
    ];
    accepted("docs_check.py", &[&pipec[..], &[arg(&hostile)], &shows].concat());
    let made = work().join("hostile-site");
    let ran = pipec_in(&root(), &["docs", arg(&hostile), "--out", arg(&made)]);
    assert_eq!(ran.code, Some(0), "{}", ran.all());
    let mutants = [
        ("tables/person.html", "../tables/clinic.patients.html#", "../tables/nobody.html#"),
        ("tables/person.html", "<h1>", "<script>window.pwned = 1</script><h1>"),
        ("tables/person.html", "<h1>", "<img src=\"https://example.org/x.png\" alt=\"\"><h1>"),
        ("tables/person.html", ">record_id</a>: pseudonym", ">record_id</a>: general"),
        ("tables/clinic.patients.html", ">text, key<", ">integer, key<"),
        ("search.js", "textContent = hit[0]", "textContent = hit[2]"),
    ];
    for (file, from, to) in mutants {
        let path = made.join(file);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{from} is not in {file}");
        fs::write(&path, text.replacen(from, to, 1)).unwrap();
        let said = judge("docs_check.py", &[&pipec[..], &[arg(&hostile), "--site", arg(&made), "--without-axe"]].concat());
        assert!(said.is_err(), "`{from}` as `{to}` in {file} passes");
        fs::write(&path, text).unwrap();
    }
}

#[test]
fn names_and_texts_come_back_from_every_engine() {
    if left_out("awkward names and texts") {
        return;
    }
    accepted("names_check.py", &[env!("CARGO_BIN_EXE_pipec")]);
}

/// A mask changes: incremental tables keep rows of the old one, and exports refuse them.
#[test]
fn rows_made_under_another_mask_are_not_exported() {
    if left_out("rows made under another mask") {
        return;
    }
    accepted("residue_check.py", &[env!("CARGO_BIN_EXE_pipec")]);
}

/// Every type goes to a bucket as Parquet, and comes back as it was.
#[test]
fn parquet_holds_what_postgres_held() {
    if left_out("exports as Parquet") {
        return;
    }
    accepted("parquet_check.py", &["--pipec", env!("CARGO_BIN_EXE_pipec")]);
}

/// The same as workbooks: what Excel gives back as it is, else the text; and no text is a formula.
#[test]
fn workbooks_hold_what_postgres_held() {
    if left_out("exports as workbooks") {
        return;
    }
    accepted("xlsx_check.py", &["--pipec", env!("CARGO_BIN_EXE_pipec")]);
}

/// TPC-H and TPC-DS, against the page that says how much of them stands.
/// Facts with totals, parts and shares, attacked with linear programs: on Postgres and in the embedded engine.
#[test]
fn what_is_withheld_cannot_be_computed_from_what_is_told() {
    if left_out("small cells under attack") {
        return;
    }
    accepted("cells_check.py", &[env!("CARGO_BIN_EXE_pipec")]);
}

#[test]
fn queries_of_two_benchmarks_mean_the_same_on_every_engine() {
    if left_out("TPC-H and TPC-DS") {
        return;
    }
    accepted("tpc.py", &["--pipec", env!("CARGO_BIN_EXE_pipec")]);
}

/// Good, bad and hostile files, runs that are killed, and a file that is one line: of a gigabyte in a full run.
#[test]
fn loads_lose_no_row_and_double_none() {
    if left_out("loads") {
        return;
    }
    let megabytes = if support::full() { "1000" } else { "50" };
    accepted("load_check.py", &[env!("CARGO_BIN_EXE_pipec"), "--megabytes", megabytes]);
}

// --- the cloud ------------------------------------------------------------------------------------------------------------------

/// All of them.
fn examples() -> Vec<PathBuf> {
    let found: Vec<PathBuf> = fs::read_dir(root().join("examples")).unwrap().map(|e| e.unwrap().path()).filter(|p| p.is_dir()).collect();
    assert!(found.len() >= 5, "{found:?}");
    found
}

/// Every example in each of its environments, planned, applied, and with nothing left to do; and made-up platforms in theirs, changed, renamed and
/// taken back; more of these with `PIPEC_FULL=1`.
#[test]
fn terraform_makes_platforms_and_loses_nothing() {
    if left_out("infrastructure") {
        return;
    }
    let full = std::env::var_os("PIPEC_FULL").is_some_and(|v| v == "1");
    let count = if full { "30" } else { "1" };
    let folders = examples();
    let mut arguments = vec![env!("CARGO_BIN_EXE_pipec"), "--count", count];
    folders.iter().for_each(|folder| arguments.extend(["--example", arg(folder)]));
    accepted("infrastructure_check.py", &arguments);
}

/// What a machine that runs a pipeline may do, in made-up projects and in each environment of the examples; more projects with `PIPEC_FULL=1`.
#[test]
fn machines_may_what_their_pipelines_take_and_nothing_else() {
    if left_out("the roles of machines") {
        return;
    }
    let folders = ["medilink", "efiche", "engage-analytics", "mytomorrows"].map(example);
    let mut arguments = vec![env!("CARGO_BIN_EXE_pipec"), "--count", if support::full() { "20" } else { "2" }];
    folders.iter().for_each(|folder| arguments.extend(["--example", arg(folder)]));
    accepted("machine_check.py", &arguments);
}

#[test]
fn checkov_finds_nothing() {
    if left_out("checkov") {
        return;
    }
    // Every example, with its policies in JSON where it has some.
    let outs: Vec<PathBuf> = examples()
        .iter()
        .map(|place| {
            let out = work().join("checkov").join(place.file_name().unwrap());
            let ran = pipec_in(&root(), &["build", arg(place), "-o", arg(&out)]);
            assert_eq!(ran.code, Some(0), "{} does not build:\n{}", place.display(), ran.all());
            out
        })
        .collect();
    let (terraform, iam): (Vec<PathBuf>, Vec<PathBuf>) = outs.iter().map(|o| (o.join("terraform"), o.join("iam"))).unzip();
    assert!(terraform.iter().all(|t| t.is_dir()) && terraform.len() >= 5, "{terraform:?}");
    let mut asked = vec!["--all"];
    iam.iter().filter(|i| i.is_dir()).for_each(|i| asked.extend(["--iam", arg(i)]));
    asked.extend(terraform.iter().map(|t| arg(t)));
    accepted("checkov_check.py", &asked);
}

#[test]
fn each_role_reads_its_own_bucket_and_no_other() {
    if left_out("the IAM simulator") {
        return;
    }
    let iam = built().join("iam");
    let who = who_reads_what();
    accepted("checks/iam_cases.py", &[&[arg(&iam)], &who.iter().map(String::as_str).collect::<Vec<_>>()[..]].concat());
}

/// Containers, pods, models by Cosmos, DAGs that follow others, and extracts of Tableau's, with the real providers of both versions.
#[test]
fn airflow_runs_what_is_no_script() {
    if left_out("airflow's operators") {
        return;
    }
    for version in ["3", "2"] {
        accepted("airflow_operators.py", &["--pipec", env!("CARGO_BIN_EXE_pipec"), "--version", version]);
    }
}

/// Secrets out of stores: where they go, and where they do not. Airflow's operators read them from its own variables in another test.
#[test]
fn secrets_stand_nowhere() {
    if left_out("stores of secrets") {
        return;
    }
    let runners: &[&str] = if support::full() { &[] } else { &["--runner", "cron"] };
    accepted("secrets_check.py", &[&["--pipec", env!("CARGO_BIN_EXE_pipec")], runners].concat());
}

/// What efiche's hospital sends its images in.
fn images() -> String {
    format!("efiche-arrivals-dev/padchest/today.csv={}", arg(&root().join("tests/real/loads/padchest.csv")))
}

/// DAGs of both versions load in the real Airflow, run, fail and are run again; with `PIPEC_FULL=1` all that can happen to them does.
#[test]
fn airflow_loads_and_runs_what_is_emitted() {
    if left_out("Airflow") {
        return;
    }
    let pipec = ["--pipec", env!("CARGO_BIN_EXE_pipec"), "--example"];
    let (efiche, medilink, incoming) = (example("efiche"), example("medilink"), images());
    let happens = |one: &'static str| if support::full() { "all" } else { one };
    for version in ["3", "2"] {
        let run = [
            arg(&efiche),
            "--version",
            version,
            "--dag",
            "efiche_nightly",
            "--takes",
            "operational.patients.date_of_birth",
            "--bucket",
            "efiche-research-dev",
            "--incoming",
            &incoming,
            "--expect",
            "select rows_read, rows_inserted, rows_duplicate, rows_quarantined, status from operational.padchest_files",
            "[(4, 1, 1, 2, 'loaded')]",
            "--expect",
            "select line, reason, place from operational.padchest_quarantine order by line",
            "[(4, 'no date', 'study_date'), (5, 'one_of', 'projection')]",
            "--killed",
        ];
        let more: &[&str] = if version == "3" { &["--trouble", happens("a failing test")] } else { &[] };
        accepted("airflow_run.py", &[&pipec[..], &run[..], more].concat());
    }
    let uploads =
        ["--dag", "medilink_medical_records_etl", "--uploads", "medilink-medical-records-dev", "--bucket", "medilink-research-dev"];
    let killed: &[&str] = if support::full() { &["--killed"] } else { &[] };
    accepted("airflow_run.py", &[&pipec[..], &[arg(&medilink)], &uploads, &["--trouble", happens("a failing load")], killed].concat());
    let mytomorrows = [
        "--dag",
        "mytomorrows_internal_monitoring",
        "--dag",
        "mytomorrows_executive_metrics",
        "--dag",
        "mytomorrows_client_reporting",
        "--bucket",
        "mytomorrows-client-uhc-dev",
        "--bucket",
        "mytomorrows-client-humana-dev",
        "--bucket",
        "mytomorrows-extracts-dev",
    ];
    let daily = ["--dag", "engage_analytics_daily"];
    let buckets: Vec<String> = BUCKETS.iter().map(|(_, name, _)| format!("{name}-dev")).collect();
    let engage: Vec<&str> = daily.into_iter().chain(buckets.iter().flat_map(|name| ["--bucket", name.as_str()])).collect();
    for (name, run) in [("mytomorrows", &mytomorrows[..]), ("engage-analytics", &engage)] {
        let more = if support::full() { [run, &["--trouble", "all"]].concat() } else { Vec::new() };
        accepted("airflow_run.py", &[&pipec[..], &[arg(&example(name))], &more].concat());
    }
}

/// The one example without Postgres: dbt and BigQuery's interface, two deliveries and all that can happen to it. Seven runs take a quarter of an
/// hour: with `PIPEC_FULL=1` only.
#[test]
fn airflow_runs_the_emr_example() {
    if left_out("EMR analytics on Airflow") || !support::full() {
        return;
    }
    let more = ["--declared", "--trouble"];
    let emr = example("emr-analytics");
    accepted("airflow_bigquery.py", &[&["--pipec", env!("CARGO_BIN_EXE_pipec"), "--example", arg(&emr)], &more[..]].concat());
}

/// A load fails, a test fails, the connection is lost; with `PIPEC_FULL=1` all of them, and for other examples, too.
#[test]
fn cron_stops_tells_and_completes() {
    if left_out("cron in trouble") {
        return;
    }
    let (efiche, incoming, pipec) = (example("efiche"), images(), ["--pipec", env!("CARGO_BIN_EXE_pipec"), "--example"]);
    let happens = if support::full() { "all" } else { "a lost connection" };
    let run = [arg(&efiche), "--script", "nightly.sh", "--incoming", &incoming, "--trouble", happens];
    accepted("cron_troubles.py", &[&pipec[..], &run].concat());
    if support::full() {
        let engage = example("engage-analytics");
        accepted("cron_troubles.py", &[&pipec[..], &[arg(&engage), "--script", "daily.sh", "--trouble", "all"]].concat());
        let reports = ["--before", "internal_monitoring.sh", "--script", "client_reporting.sh", "--trouble", "all"];
        accepted("cron_troubles.py", &[&pipec[..], &[arg(&example("mytomorrows"))], &reports].concat());
    }
}

#[test]
fn the_nightly_script_fills_three_buckets() {
    if left_out("the cron scripts") {
        return;
    }
    let (downloads, run_date) = (work().join("downloads"), format!("PIPEC_RUN_DATE={RUN_DATE}"));
    let mut arguments =
        vec![arg(built()), "--download", arg(&downloads), "--env-file", "--env", &run_date, "--env", "PIPEC_RETRY_SECONDS=0"];
    arguments.extend(["--env", "PIPEC_ENVIRONMENT=production"]);
    for (_, name, _) in BUCKETS {
        arguments.extend(["--bucket", name]);
    }
    on_postgres("cron_run.py", &arguments).unwrap_or_else(|said| panic!("{said}"));
    let buckets: Vec<String> = BUCKETS.iter().map(|(_, name, tables)| format!("{name}={tables}")).collect();
    let dump = dbt().join("dump");
    let mut arguments = vec![arg(&downloads), "--dump", arg(&dump)];
    for bucket in &buckets {
        arguments.extend(["--bucket", bucket]);
    }
    accepted("checks/export_rows.py", &arguments);
}

/// The page of results, against what pipec says now and what judges recorded of this binary, here or where `PIPEC_RESULTS` says.
#[test]
fn what_was_measured_is_what_the_page_of_results_says() {
    if left_out("the page of results") {
        return;
    }
    let (here, page, folder) = (support::scratch(), root().join("docs/results.md"), recorded());
    let pipec = ["--pipec", env!("CARGO_BIN_EXE_pipec"), "--check", "--results", arg(&folder), "--page"];
    accepted("results.py", &[&pipec[..], &[arg(&page)]].concat());
    let (turned, text) = (here.path().join("results.md"), fs::read_to_string(&page).unwrap());
    fs::write(&turned, text.replacen("| ✓ ", "| ✗ ", 1)).unwrap();
    assert!(judge("results.py", &[&pipec[..], &[arg(&turned)]].concat()).is_err(), "a mark that was turned round passes");
}

// --- the sample data, and the judges themselves ---------------------------------------------------------------------------------

#[test]
fn the_sample_data_is_fhir() {
    if left_out("FHIR validation") {
        return;
    }
    accepted("fhir_validate.py", &[arg(&data())]);
}

#[test]
fn the_sample_data_is_made_anew_to_the_byte() {
    if left_out("the generator of the sample data") {
        return;
    }
    let here = support::scratch();
    for late in [&[][..], &["--late"]] {
        let generator = data().join("generate.py");
        let done = Command::new("python3")
            .arg(&generator)
            .args(["--out", arg(here.path())])
            .args(late)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .status()
            .unwrap();
        assert!(done.success());
    }
    let mut committed = tree(&data());
    committed.retain(|p, _| p.ends_with(".ndjson"));
    let found = differences(&committed, &tree(here.path()));
    assert!(found.is_empty(), "{found}");
    tell(&format!("real: {} data files made anew, equal to the byte", committed.len()));
    for name in ["mytomorrows", "medilink", "efiche", "emr-analytics"] {
        let (here, data) = (support::scratch(), example(name).join("data"));
        let late = data.join("late").is_dir().then(|| (here.path().join("late"), &["--late"][..]));
        for (out, late) in [(here.path().to_owned(), &[][..])].into_iter().chain(late) {
            let mut made = Command::new("python3");
            made.arg(data.join("generate.py")).args(["--out", arg(&out)]).args(late).env("PYTHONDONTWRITEBYTECODE", "1");
            assert!(made.status().unwrap().success());
        }
        let mut committed = tree(&data);
        committed.remove("generate.py");
        let found = differences(&committed, &tree(here.path()));
        assert!(found.is_empty(), "{name}: {found}");
    }
}

#[test]
fn the_judges_accept_good_and_reject_bad() {
    if left_out("the judges' own tests") {
        return;
    }
    let done =
        Command::new("python3").arg(root().join("tests/real/selftest/selftest.py")).env("PYTHONDONTWRITEBYTECODE", "1").output().unwrap();
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{said}");
    tell(&format!("real: the judges: {}", said.lines().rev().find(|l| l.starts_with("Ran ")).unwrap_or("")));
}

/// Types, nullability and rows of every query that `tests/real/queries` lists are those of Postgres.
#[test]
fn queries_have_the_types_and_rows_that_postgres_says() {
    if left_out("types of queries on Postgres") {
        return;
    }
    let folder = root().join("tests/real/queries");
    let (problems, cases) = queries::judged(&folder, &queries::all(&folder));
    fs::create_dir_all(work()).unwrap();
    let (file, schema) = (work().join("queries.json"), folder.join("schema.sql"));
    fs::write(&file, serde_json::to_vec(&cases).unwrap()).unwrap();
    let said = judge("types_check.py", &["--cases", arg(&file), "--schema", arg(&schema)]);
    assert!(problems.is_empty() && said.is_ok(), "{}\n{}", problems.join("\n"), said.err().unwrap_or_default());
}
