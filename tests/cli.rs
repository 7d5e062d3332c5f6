//! The command line as a person or a script meets it: exit codes, what goes to which output, and what it does to a folder.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a failing test panics"
)]

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::mpsc;
use std::time::{Duration, Instant};
use support::{arg, binary, copy, fingerprint, pipec_fed, pipec_in, root, scratch, tree};

const COMMANDS: [&str; 14] =
    ["new", "check", "build", "run", "test", "survey", "fmt", "lineage", "plan", "classify", "docs", "verify", "explain", "completions"];
const GOOD: i32 = 0;
const ERRORS: i32 = 1;
const USAGE: i32 = 64;

/// A new project in a folder of its own.
fn clinic() -> (tempfile::TempDir, PathBuf) {
    let here = scratch();
    pipec_in(here.path(), &["new", "clinic"]).gives(GOOD);
    let project = here.path().join("clinic");
    (here, project)
}

fn edit(project: &Path, from: &str, to: &str) {
    let path = project.join("platform.pipe");
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "the template has no `{from}`");
    fs::write(path, text.replace(from, to)).unwrap();
}

// --- usage ----------------------------------------------------------------------------------------------------------------------

#[test]
fn every_command_explains_itself() {
    let top = pipec_in(&root(), &["--help"]).gives(GOOD);
    for command in COMMANDS {
        assert!(top.stdout.contains(command), "`pipec --help` does not name `{command}`");
        let help = pipec_in(&root(), &[command, "--help"]).gives(GOOD);
        assert!(help.stdout.contains(&format!("Usage: pipec {command}")), "{}", help.stdout);
        assert!(help.stdout.lines().next().unwrap().len() > 10, "`{command}` begins without a sentence:\n{}", help.stdout);
        assert_eq!(help.stderr, "");
    }
    let version = pipec_in(&root(), &["--version"]).gives(GOOD);
    assert_eq!(version.stdout, format!("pipec {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn wrong_usage_is_64() {
    for arguments in [
        &["frobnicate"][..],
        &[],
        &["build", "--frobnicate"],
        &["check", "a", "b"],
        &["completions", "tcsh"],
        &["build", "--target", "fax"],
        &["build", "--check", "--force"],
    ] {
        let ran = pipec_in(&root(), arguments).gives(USAGE);
        assert!(!ran.stderr.is_empty() && ran.stdout.is_empty(), "{arguments:?}: {ran:?}");
    }
    let unknown = pipec_in(&root(), &["build", "--target", "fax"]).gives(USAGE);
    assert!(unknown.stderr.contains("terraform"), "the targets there are should be named: {}", unknown.stderr);
    pipec_in(scratch().path(), &["new", "Not A Name"]).gives(USAGE);
}

#[test]
fn errors_are_1() {
    let here = scratch();
    pipec_in(here.path(), &["check", "nowhere"]).gives(ERRORS);
    pipec_in(here.path(), &["check"]).gives(ERRORS); // no project in an empty folder
    let (_here, project) = clinic();
    edit(&project, "p.name; ", "p.nmae; ");
    let ran = pipec_in(&project, &["check"]).gives(ERRORS);
    assert!(ran.stderr.contains("P0205") && ran.stderr.contains("platform.pipe:") && ran.stderr.contains("`name`"), "{}", ran.stderr);
    assert_eq!(ran.stdout, "", "an error belongs on standard error");
    pipec_in(&project, &["build"]).gives(ERRORS);
    pipec_in(&project, &["run"]).gives(ERRORS);
    assert!(!project.join("out").exists(), "a failed build wrote something");
}

// --- from nothing to artifacts --------------------------------------------------------------------------------------------------

#[test]
fn a_new_project_checks_builds_and_runs() {
    let (here, project) = clinic();
    let again = pipec_in(here.path(), &["new", "clinic"]).gives(ERRORS);
    assert!(again.stderr.contains("there already"), "{}", again.stderr);
    let check = pipec_in(here.path(), &["check", "clinic"]).gives(GOOD);
    assert!(check.stdout.contains("`clinic` is fine: 2 models"), "{}", check.stdout);
    pipec_in(here.path(), &["build", "clinic"]).gives(GOOD);
    pipec_in(here.path(), &["build", "clinic", "--check"]).gives(GOOD);
    let made = tree(&project.join("out"));
    for folder in ["dbt/", "sql/", "terraform/", "iam/", "cron/"] {
        assert!(made.keys().any(|p| p.starts_with(folder)), "nothing was written to {folder}");
    }
    let ran = pipec_in(here.path(), &["run", "clinic", "--run-date", "2025-06-30"]).gives(GOOD);
    assert!(ran.stdout.contains("patient_anon"), "{}", ran.stdout);
    let shown = pipec_in(here.path(), &["run", "clinic", "--run-date", "2025-06-30", "--show", "patient_anon"]).gives(GOOD);
    assert!(shown.stdout.contains("age_band") && shown.stdout.contains("REDACTED"), "{}", shown.stdout);
    assert!(pipec_in(here.path(), &["run", "clinic", "--run-date", "2025-06-30"]).stdout == ran.stdout, "two runs differ");
}

// --- lineage --------------------------------------------------------------------------------------------------------------------

/// `from kind to`, of every edge.
fn edges(json: &str) -> Vec<String> {
    let read: serde_json::Value = serde_json::from_str(json).unwrap();
    assert_eq!(read["version"], 1);
    let word = |e: &serde_json::Value, k: &str| e[k].as_str().unwrap().to_owned();
    read["edges"].as_array().unwrap().iter().map(|e| format!("{} {} {}", word(e, "from"), word(e, "kind"), word(e, "to"))).collect()
}

#[test]
fn lineage_goes_up_and_down() {
    let (_here, project) = clinic();
    let up = pipec_in(&project, &["lineage", "patient_anon.age_band"]).gives(GOOD);
    for part in ["patient_anon.age_band  text?", "patient.birth_date", "clinic.patients.birth_date"] {
        assert!(up.stdout.contains(part), "`{part}` is missing:\n{}", up.stdout);
    }
    assert!(!up.stdout.contains('\x1b'), "colours go to terminals only");
    assert!(pipec_in(&project, &["lineage", "patient_anon.age_band", "--color", "always"]).stdout.contains("\x1b["));
    let one = pipec_in(&project, &["lineage", "patient_anon.age_band", "--depth", "1"]).gives(GOOD);
    assert!(one.stdout.contains("patient.birth_date") && !one.stdout.contains("clinic.patients"), "{}", one.stdout);
    let down = pipec_in(&project, &["lineage", "clinic.patients.birth_date", "--downstream", "--format", "json"]).gives(GOOD);
    let found = edges(&down.stdout);
    assert!(found.contains(&"clinic.patients.birth_date value patient.birth_date".to_owned()), "{found:?}");
    assert!(found.contains(&"patient.birth_date value patient_anon.age_band".to_owned()), "{found:?}");
    let control = pipec_in(&project, &["lineage", "patient_anon.age_band", "--control"]).gives(GOOD);
    assert!(
        control.stdout.contains("when clinic.visits.patient_id") && !up.stdout.contains("when clinic.visits.patient_id"),
        "{}",
        control.stdout
    );
    for (format, begins, part) in [
        ("dot", "digraph lineage {", "label=\"age_band\""),
        ("mermaid", "flowchart LR\n", "[\"age_band\"]"),
        ("openlineage", "{\"eventTime\":\"1970-01-01T00:00:00Z\"", "\"masking\":true"),
    ] {
        let drawn = pipec_in(&project, &["lineage", "patient_anon.age_band", "--format", format]).gives(GOOD);
        assert!(drawn.stdout.starts_with(begins) && drawn.stdout.contains(part), "{format}:\n{}", drawn.stdout);
        assert_eq!(drawn.stdout, pipec_in(&project, &["lineage", "patient_anon.age_band", "--format", format]).stdout, "two runs differ");
    }
    let whole = pipec_in(&project, &["lineage", "--format", "json"]).gives(GOOD);
    assert!(edges(&whole.stdout).len() > found.len());
    assert!(pipec_in(&project, &["lineage"]).gives(GOOD).stdout.contains("patient_anon  model in marts"));
}

#[test]
fn lineage_says_what_it_does_not_know() {
    let (_here, project) = clinic();
    for (name, near) in [("patiet_anon", "`patient_anon`"), ("patient.birthdate", "`birth_date`"), ("./models", "--project ./models")] {
        let ran = pipec_in(&project, &["lineage", name]).gives(USAGE);
        assert!(ran.stderr.contains(near) && ran.stdout.is_empty(), "{name}: {}", ran.stderr);
    }
    pipec_in(&project, &["lineage", "--downstream"]).gives(USAGE);
}

/// Who looks for a leak asks a project that does not pass.
#[test]
fn lineage_is_shown_while_a_flow_is_refused() {
    let (_here, project) = clinic();
    edit(&project, "  patient_anon\n  format", "  patient\n  format");
    let ran = pipec_in(&project, &["lineage", "patient.name", "--format", "json"]);
    assert!(ran.code == Some(ERRORS) && ran.stderr.contains("P0301"), "{}", ran.all());
    assert!(ran.stdout.contains("\"checked\":false") && edges(&ran.stdout).contains(&"clinic.patients.name value patient.name".to_owned()));
    edit(&project, "p.name; ", "p.nmae; ");
    let ran = pipec_in(&project, &["lineage", "patient"]).gives(ERRORS);
    assert_eq!(ran.stdout, "", "half a lineage is none");
}

#[test]
fn a_failing_unit_test_says_which_rows_differ() {
    let (_here, project) = clinic();
    let tests = "test \"right\" { expect FIRST [] }\ntest \"<wrong & \\\"quoted\\\">\" { given FIRST [ {} ]; expect FIRST [] }\n";
    let model = "patient".to_owned();
    fs::write(project.join("unit_tests.pipe"), tests.replace("FIRST", &model)).unwrap();
    let report = project.join("report.xml");
    let ran = pipec_in(&project, &["test", "--junit", arg(&report)]).gives(ERRORS);
    assert!(ran.stdout.contains("ok      right"), "{}", ran.stdout);
    assert!(ran.stdout.contains(&format!("{model}: 0 rows missing, 1 row unexpected")), "{}", ran.stdout);
    assert!(ran.stdout.ends_with("1 failed\n"), "{}", ran.stdout);
    let xml = fs::read_to_string(report).unwrap();
    assert!(xml.contains("failures=\"1\"") && xml.contains("&lt;wrong &amp; &quot;quoted&quot;&gt;"), "{xml}");
    pipec_in(&project, &["test", "--filter", "right"]).gives(GOOD);
    let mistyped = pipec_in(&project, &["test", "--filter", "rihgt"]).gives(ERRORS);
    assert!(mistyped.stderr.contains("no test's title holds `rihgt`"), "{}", mistyped.stderr);
    let json = pipec_in(&project, &["test", "--filter", "wrong", "--message-format", "json"]).gives(ERRORS);
    let told: serde_json::Value = serde_json::from_str(json.stdout.lines().last().unwrap()).unwrap();
    assert_eq!(told["passed"], false);
    assert_eq!(told["differences"][0]["table"], model.as_str());
}

#[test]
fn run_refuses_what_it_cannot_take() {
    let (here, project) = clinic();
    for wrong in ["yesterday", "2025-02-30", "2025-6-1", "30.06.2025", ""] {
        let ran = pipec_in(here.path(), &["run", "clinic", "--run-date", wrong]);
        assert!(matches!(ran.code, Some(ERRORS | USAGE)), "`--run-date {wrong}`: {ran:?}");
    }
    let unknown = pipec_in(here.path(), &["run", "clinic", "--show", "patent"]);
    assert!(matches!(unknown.code, Some(ERRORS | USAGE)) && unknown.stderr.contains("`patient`"), "{unknown:?}");
    fs::write(project.join("data/patients.ndjson"), "{\"id\": \"p1\"\n").unwrap();
    let broken = pipec_in(here.path(), &["run", "clinic"]).gives(ERRORS);
    assert!(broken.stderr.contains("patients.ndjson"), "{}", broken.stderr);
}

// --- what a build does to its folder --------------------------------------------------------------------------------------------

#[test]
fn a_file_of_somebody_else_is_never_touched() {
    let (_here, project) = clinic();
    pipec_in(&project, &["build", "-o", "sample"]).gives(GOOD);
    let path = tree(&project.join("sample")).into_keys().find(|p| p.ends_with("patient.sql")).unwrap();
    let theirs = project.join("out").join(&path);
    fs::create_dir_all(theirs.parent().unwrap()).unwrap();
    fs::write(&theirs, "-- mine\n").unwrap();
    let refused = pipec_in(&project, &["build"]).gives(ERRORS);
    assert!(refused.stderr.contains("P0704") && refused.stderr.contains(&path) && refused.stderr.contains("--force"), "{}", refused.stderr);
    assert_eq!(fs::read_to_string(&theirs).unwrap(), "-- mine\n");
    assert_eq!(tree(&project.join("out")).len(), 1, "something was written beside it");
    pipec_in(&project, &["build", "--force"]).gives(GOOD);
    assert_eq!(fs::read(&theirs).unwrap(), fs::read(project.join("sample").join(&path)).unwrap());
}

/// An edit that changes nobody's access is mentioned (P0924); one that does is told with its place, and fails.
#[test]
fn verify_tells_an_edit_from_a_difference() {
    let (_here, project) = clinic();
    pipec_in(&project, &["build"]).gives(GOOD);
    let same = pipec_in(&project, &["verify"]).gives(GOOD);
    let misplaced = pipec_in(&project, &["verify", "."]).gives(USAGE);
    assert!(misplaced.stderr.contains("pipec verify -p ."), "{}", misplaced.stderr);
    assert!(same.stdout.contains("cells") && !same.stderr.contains("P0924"), "{}", same.all());
    let path = tree(&project.join("out")).into_keys().find(|p| p.starts_with("sql/postgres/") && p.ends_with("patient.sql")).unwrap();
    let file = project.join("out").join(&path);
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, format!("-- by hand\n{text}")).unwrap();
    let noted = pipec_in(&project, &["verify"]).gives(GOOD);
    assert!(noted.stderr.contains("P0924") && noted.stderr.contains(&path), "{}", noted.all());
    fs::write(&file, format!("{text}alter default privileges grant select on tables to public;\n")).unwrap();
    let found = pipec_in(&project, &["verify"]).gives(ERRORS);
    assert!(found.stderr.contains("P0923") && found.stderr.contains("not understood"), "{}", found.all());
    let json = pipec_in(&project, &["verify", "--format", "json"]).gives(ERRORS);
    let document: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!((&document["format"], &document["version"], &document["same"]), (&"pipec-verify".into(), &1.into(), &false.into()));
    assert!(document["differences"][0]["file"] == path.as_str() && document["edited"][0] == path.as_str(), "{document}");
    pipec_in(&project, &["verify", "nowhere"]).gives(USAGE);
}

/// Nobody has touched them, so an alarm here is a false one. What no model reads is P0925 and no pass.
#[test]
fn verify_has_nothing_to_say_of_the_examples() {
    for name in support::examples() {
        let here = support::scratch();
        let (project, out) = (support::example(&name), here.path().join("out"));
        let (project, out) = (project.to_str().unwrap(), out.to_str().unwrap());
        pipec_in(here.path(), &["build", project, "-o", out]).gives(GOOD);
        let said = pipec_in(here.path(), &["verify", out, "--project", project]);
        assert!(!said.gives(GOOD).stderr.contains("P092"), "{name}");
    }
}

#[test]
fn a_folder_in_the_way_of_a_file_is_never_touched() {
    let (_here, project) = clinic();
    fs::create_dir_all(project.join("out/dbt/dbt_project.yml")).unwrap();
    for arguments in [&["build"][..], &["build", "--force"]] {
        let refused = pipec_in(&project, arguments).gives(ERRORS);
        assert!(refused.stderr.contains("P0704"), "{}", refused.stderr);
    }
    assert!(tree(&project.join("out")).is_empty());
}

#[test]
fn files_no_longer_made_are_removed_unless_somebody_edited_them() {
    let (_here, project) = clinic();
    pipec_in(&project, &["build"]).gives(GOOD);
    let out = project.join("out");
    let iam: Vec<String> = tree(&out).into_keys().filter(|p| p.starts_with("iam/")).collect();
    assert!(iam.len() > 1);
    // Left by a build that was stopped.
    fs::write(out.join("iam/.pipec-aB3dE6"), "half").unwrap();
    fs::write(out.join(&iam[0]), "edited by hand").unwrap();
    fs::write(out.join("iam/notes.txt"), "by hand").unwrap();
    edit(&project, "emit dbt, sql, terraform, iam, cron", "emit dbt, sql, terraform, cron");
    let ran = pipec_in(&project, &["build"]).gives(GOOD);
    assert!(ran.stdout.contains(&format!("{} removed", iam.len() - 1)), "{}", ran.stdout);
    assert!(ran.stderr.contains("P0704") && ran.stderr.contains(&format!("`{}` is no longer made, and stays", iam[0])), "{}", ran.stderr);
    let left: Vec<String> = tree(&out).into_keys().filter(|p| p.starts_with("iam/")).collect();
    assert_eq!(left, {
        let mut l = vec![iam[0].clone(), "iam/notes.txt".to_owned()];
        l.sort();
        l
    });
    edit(&project, "emit dbt, sql, terraform, cron", "emit dbt, sql, cron");
    pipec_in(&project, &["build"]).gives(GOOD);
    assert!(!out.join("terraform").exists(), "an empty folder is left");
    pipec_in(&project, &["build", "--check"]).gives(GOOD);
}

#[test]
fn an_edit_is_told_of_when_it_is_written_over() {
    let (_here, project) = clinic();
    pipec_in(&project, &["build"]).gives(GOOD);
    let out = project.join("out");
    let path = tree(&out).into_keys().find(|p| p.ends_with("patient.sql")).unwrap();
    let whole = fs::read(out.join(&path)).unwrap();
    fs::write(out.join(&path), "-- mine\n").unwrap();
    let ran = pipec_in(&project, &["build"]).gives(GOOD);
    assert!(ran.stderr.contains("P0704") && ran.stderr.contains(&format!("`{path}` was changed since pipec wrote it")), "{}", ran.stderr);
    assert_eq!(fs::read(out.join(&path)).unwrap(), whole);
    assert!(!pipec_in(&project, &["build"]).gives(GOOD).stderr.contains("P0704"));
}

/// What a build leaves that is killed between its journal and its last file: `complete: false`, some files old, some half the tree.
#[test]
fn an_interrupted_build_is_finished_by_the_next() {
    let (_here, project) = clinic();
    pipec_in(&project, &["build"]).gives(GOOD);
    let out = project.join("out");
    let whole = tree(&out);
    let journal = String::from_utf8(whole["manifest.json"].clone()).unwrap().replace("\"complete\": true", "\"complete\": false");
    assert!(journal.contains("false"));
    for (i, path) in whole.keys().filter(|p| *p != "manifest.json").enumerate() {
        match i % 3 {
            0 => fs::remove_file(out.join(path)).unwrap(),
            1 => fs::write(out.join(path), "from the build before").unwrap(),
            _ => {}
        }
    }
    fs::write(out.join("manifest.json"), journal).unwrap();
    pipec_in(&project, &["build", "--check"]).gives(ERRORS);
    pipec_in(&project, &["build"]).gives(GOOD);
    assert_eq!(tree(&out), whole);
}

/// Killed for real, at many moments: a file is old or new, never half; the next build needs no `--force` and leaves nothing behind.
#[test]
fn a_killed_build_leaves_whole_files() {
    let (_here, project) = clinic();
    pipec_in(&project, &["build", "-o", "first"]).gives(GOOD);
    edit(&project, "/// One row per patient,", "/// A row per patient,");
    edit(&project, "project clinic", "/// Changes every file.\nproject clinic");
    pipec_in(&project, &["build", "-o", "second"]).gives(GOOD);
    let (first, second) = (tree(&project.join("first")), tree(&project.join("second")));
    let started = Instant::now();
    pipec_in(&project, &["build", "-o", "second"]).gives(GOOD);
    let whole = started.elapsed();
    for k in 0..24 {
        let _ = fs::remove_dir_all(project.join("out"));
        copy(&project.join("first"), &project.join("out"));
        let mut child = binary(&["build"]).current_dir(&project).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(whole * (12 + k) / 28);
        let _ = child.kill();
        child.wait().unwrap();
        for (path, bytes) in tree(&project.join("out")).iter().filter(|(p, _)| *p != "manifest.json" && !p.contains(".pipec-")) {
            assert!([first.get(path), second.get(path)].contains(&Some(bytes)), "`{path}` is neither old nor new");
        }
        pipec_in(&project, &["build"]).gives(GOOD);
        let mut after = tree(&project.join("out"));
        after.retain(|p, _| !p.contains(".pipec-"));
        let paths: BTreeSet<&String> = after.keys().chain(second.keys()).collect();
        let differ: Vec<_> = paths.into_iter().filter(|p| after.get(*p) != second.get(*p)).collect();
        assert!(differ.is_empty(), "after a kill at {k}/28 the next build does not give the whole tree: {differ:?}");
    }
}

/// What a target cannot express is known only when it is printed, and said by `check --targets` all the same.
#[test]
fn a_check_of_targets_says_what_a_build_says() {
    let (_here, project) = clinic();
    let model = "\nmodel seen in marts as incremental(key: id, cursor: birth_date, batch: 500) {\n  from clinic.patients as p\n  select { p.id; p.birth_date; day = run_date }\n}\n";
    let path = project.join("platform.pipe");
    fs::write(&path, fs::read_to_string(&path).unwrap() + model).unwrap();
    let said = |command: &[&str]| {
        let ran = pipec_in(&project, &[command, &["--message-format", "json"]].concat()).gives(ERRORS);
        ran.stdout.lines().filter(|l| l.contains("\"code\"")).map(str::to_owned).collect::<Vec<_>>()
    };
    let built = said(&["build"]);
    assert!(built.iter().any(|l| l.contains("P0701")), "{built:?}");
    assert_eq!(said(&["check", "--targets"]), built);
    assert!(!project.join("out").exists(), "a check writes nothing");
}

// --- messages -------------------------------------------------------------------------------------------------------------------

/// Every line is an object as `docs/reference/json-diagnostics.md` describes it, and nothing goes to standard error.
#[test]
fn json_messages_are_one_object_per_line() {
    let (_here, project) = clinic();
    edit(&project, "p.name; ", "p.nmae; ");
    edit(&project, "zip        -> zip3", "zop        -> zip3");
    let ran = pipec_in(&project, &["check", "--message-format", "json"]).gives(ERRORS);
    assert_eq!(ran.stderr, "");
    let lines: Vec<serde_json::Value> = ran.stdout.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert!(!lines.is_empty());
    let text = fs::read_to_string(project.join("platform.pipe")).unwrap();
    for line in &lines {
        let code = line["code"].as_str().unwrap();
        assert!(pipec::diag::Code::from_id(code).is_some(), "{code}");
        assert!(["error", "warning"].contains(&line["severity"].as_str().unwrap()));
        assert!(!line["message"].as_str().unwrap().is_empty());
        assert!(line["label"].is_string());
        let number = |key: &str| usize::try_from(line[key].as_u64().unwrap()).unwrap();
        if line["path"] == "platform.pipe" {
            let (start, end) = (number("start"), number("end"));
            let before = text.get(..start).expect("`start` is a byte offset between characters");
            assert!(text.get(start..end).is_some());
            assert_eq!(number("line"), before.matches('\n').count() + 1);
            assert_eq!(number("column"), before.rsplit('\n').next().unwrap().chars().count() + 1);
            assert!((number("end_line"), number("end_column")) >= (number("line"), number("column")));
        }
        let known = [
            "code",
            "severity",
            "message",
            "label",
            "path",
            "line",
            "column",
            "end_line",
            "end_column",
            "start",
            "end",
            "marks",
            "help",
            "trace",
        ];
        for key in line.as_object().unwrap().keys() {
            assert!(known.contains(&key.as_str()), "`{key}` is not documented");
        }
    }
    let reference = root().join("docs/reference/json-diagnostics.md");
    let page = fs::read_to_string(&reference).expect("docs/reference/json-diagnostics.md describes the lines");
    for key in [
        "code",
        "severity",
        "message",
        "label",
        "path",
        "line",
        "column",
        "end_line",
        "end_column",
        "start",
        "end",
        "marks",
        "help",
        "trace",
    ] {
        assert!(page.contains(&format!("`{key}`")), "docs/reference/json-diagnostics.md does not describe `{key}`");
    }
}

#[test]
fn json_results_are_json_too() {
    let (_here, project) = clinic();
    for arguments in [&["build"][..], &["build", "--check"], &["check"], &["build", "-o", "platform.pipe"], &["check", "nowhere"]] {
        let ran = pipec_in(&project, &[arguments, &["--message-format", "json"]].concat());
        assert_eq!(ran.stderr, "", "{arguments:?}");
        for line in ran.stdout.lines() {
            let value: serde_json::Value = serde_json::from_str(line).unwrap_or_else(|e| panic!("{arguments:?}: {e}: {line}"));
            assert!(value.is_object());
        }
    }
}

#[test]
fn nothing_is_coloured_in_a_pipe_unless_asked() {
    let (_here, project) = clinic();
    edit(&project, "p.name; ", "p.nmae; ");
    for arguments in
        [&["check"][..], &["build"], &["--help"], &["explain"], &["explain", "P0301"], &["check", "--color", "never"], &["frobnicate"]]
    {
        let ran = pipec_in(&project, arguments);
        assert!(!ran.all().contains('\u{1b}'), "{arguments:?}: {:?}", ran.all());
    }
    assert!(pipec_in(&project, &["check", "--color", "always"]).stderr.contains('\u{1b}'));
}

#[test]
fn a_reader_that_leaves_is_no_crash() {
    let mut child = binary(&["explain"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let ended = child.wait_with_output().unwrap();
    assert!(!String::from_utf8_lossy(&ended.stderr).contains("panicked"));
}

#[test]
fn explain_knows_every_code_and_guesses_the_others() {
    let all = pipec_in(&root(), &["explain"]).gives(GOOD);
    assert_eq!(all.stdout.lines().count(), pipec::diag::Code::ALL.len());
    for code in pipec::diag::Code::ALL {
        let page = pipec_in(&root(), &["explain", &code.id().to_lowercase()]).gives(GOOD);
        assert!(page.stdout.starts_with(&format!("# {}: ", code.id())), "{}", page.stdout);
    }
    let near = pipec_in(&root(), &["explain", "P0311"]).gives(ERRORS);
    assert!(near.stderr.contains("did you mean P0301?") || near.stderr.contains("did you mean P0111?"), "{}", near.stderr);
    let far = pipec_in(&root(), &["explain", "nonsense"]).gives(ERRORS);
    assert!(!far.stderr.contains("did you mean"), "{}", far.stderr);
}

// --- fmt ------------------------------------------------------------------------------------------------------------------------

// --- what expires -----------------------------------------------------------------------------------------------------------------

#[test]
fn an_expired_determination_stops_even_a_build_that_changed_nothing() {
    let (_here, project) = clinic();
    pipec_in(&project, &["build", "--as-of", "2027-12-31"]).gives(GOOD);
    let files = tree(&project.join("out"));
    pipec_in(&project, &["build", "--as-of", "2027-11-30"]).gives(GOOD);
    assert_eq!(files, tree(&project.join("out")), "the day is in no artifact");
    for command in ["build", "check"] {
        let ran = pipec_in(&project, &[command, "--as-of", "2028-01-01"]).gives(ERRORS);
        assert!(ran.stderr.contains("P0330") && ran.stderr.contains("ED-0000-00"), "{}", ran.all());
    }
    let with = |day: &str| binary(&["check"]).current_dir(&project).env("SOURCE_DATE_EPOCH", day).output().unwrap().status.code();
    assert_eq!((with("1830297599"), with("1830297600")), (Some(GOOD), Some(ERRORS)), "2027-12-31 ends at midnight, UTC");
    assert_eq!(with("soon"), Some(USAGE));
    pipec_in(&project, &["check", "--as-of", "2028-13-01"]).gives(USAGE);
}

#[test]
fn explain_shows_the_ways_of_a_flow() {
    let (_here, project) = clinic();
    let ran = pipec_in(&project, &["explain", "--flow", "clinic.patients.phone -> analysis"]).gives(GOOD);
    for words in ["as value", "masked by `keep_last`", "{phone: partial}", "admitted"] {
        assert!(ran.stdout.contains(words), "{words} is missing in\n{}", ran.stdout);
    }
    let ran = pipec_in(&project, &["explain", "--flow", "clinic.visits.reason -> analysis"]).gives(2);
    assert!(ran.stdout.starts_with("nothing flows from `clinic.visits.reason` to bucket `analysis`"), "{}", ran.stdout);
    let ran = pipec_in(&project, &["explain", "--flow", "clinic.patients.phone -> analysis", "--format", "json"]).gives(GOOD);
    let said: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(said["to"], "bucket `analysis`");
    // While a check refuses the project, the answer is still given.
    edit(&project, "phone      -> keep_last(4)\n", "");
    pipec_in(&project, &["check"]).gives(ERRORS);
    let ran = pipec_in(&project, &["explain", "--flow", "clinic.patients.phone -> role analyst"]).gives(GOOD);
    assert!(ran.stdout.contains("refused: `phone` as `direct`"), "{}", ran.stdout);
    for wrong in
        ["clinic.patients.phone", "clinic.patients.fone -> analysis", "clinic.patients -> analysis", "clinic.patients.phone -> nowhere"]
    {
        pipec_in(&project, &["explain", "--flow", wrong]).gives(USAGE);
    }
}

#[test]
fn fmt_checks_then_formats_then_has_nothing_to_do() {
    let (_here, project) = clinic();
    pipec_in(&project, &["fmt", "--check"]).gives(GOOD);
    let path = project.join("platform.pipe");
    let neat = fs::read_to_string(&path).unwrap();
    fs::write(&path, neat.replace("\n  ", "\n       ")).unwrap();
    let before = fingerprint(&project);
    let refused = pipec_in(&project, &["fmt", "--check"]).gives(ERRORS);
    assert!(refused.all().contains("platform.pipe"), "{refused:?}");
    assert_eq!(before, fingerprint(&project), "`fmt --check` wrote something");
    pipec_in(&project, &["fmt"]).gives(GOOD);
    assert_eq!(fs::read_to_string(&path).unwrap(), neat);
    pipec_in(&project, &["fmt", "--check", "platform.pipe"]).gives(GOOD);
}

#[test]
fn fmt_reads_standard_input() {
    let template = fs::read_to_string(root().join("stdlib/new/platform.pipe")).unwrap();
    let ran = pipec_fed(&["fmt", "-"], template.as_bytes()).gives(GOOD);
    assert_eq!(ran.stdout, template);
    pipec_fed(&["fmt", "--check", "-"], template.as_bytes()).gives(GOOD);
    let crooked = template.replace("\n  ", "\n      ");
    assert_eq!(pipec_fed(&["fmt", "-"], crooked.as_bytes()).gives(GOOD).stdout, template);
    pipec_fed(&["fmt", "--check", "-"], crooked.as_bytes()).gives(ERRORS);
    let broken = pipec_fed(&["fmt", "-"], b"model patient in {").gives(ERRORS);
    assert!(broken.stderr.contains("P01") && broken.stdout.is_empty(), "{broken:?}");
    pipec_fed(&["fmt", "-"], b"\xff\xfe").gives(ERRORS);
}

#[test]
fn fmt_leaves_a_broken_file_alone() {
    let (_here, project) = clinic();
    let path = project.join("platform.pipe");
    fs::write(&path, "project clinic {\n      emit").unwrap();
    pipec_in(&project, &["fmt"]).gives(ERRORS);
    assert_eq!(fs::read_to_string(&path).unwrap(), "project clinic {\n      emit");
}

// --- completions and watching ---------------------------------------------------------------------------------------------------

#[test]
fn completions_name_every_command() {
    for shell in ["bash", "zsh", "fish"] {
        let ran = pipec_in(&root(), &["completions", shell]).gives(GOOD);
        for command in COMMANDS {
            assert!(ran.stdout.contains(command), "{shell} does not complete `{command}`");
        }
    }
}

#[test]
fn check_watch_sees_an_edit() {
    let (_here, project) = clinic();
    let mut child = binary(&["check", "--watch"]).current_dir(&project).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let (sender, lines) = mpsc::channel();
    let outputs: [Box<dyn std::io::Read + Send>; 2] = [Box::new(child.stdout.take().unwrap()), Box::new(child.stderr.take().unwrap())];
    for output in outputs {
        let sender = sender.clone();
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
    }
    // Standard output and errors come by two ways: which arrives first says nothing.
    let wait_for = |texts: &[&str]| {
        let deadline = Instant::now() + Duration::from_secs(30);
        let mut missing = texts.to_vec();
        while !missing.is_empty() {
            match lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(line) => missing.retain(|text| !line.contains(text)),
                Err(_) => return false,
            }
        }
        true
    };
    let first = wait_for(&["watching for changes"]);
    edit(&project, "p.name; ", "p.nmae; ");
    let broken = wait_for(&["P0205", "watching for changes"]);
    edit(&project, "p.nmae; ", "p.name; ");
    let mended = wait_for(&["is fine"]);
    child.kill().unwrap();
    child.wait().unwrap();
    assert!((first, broken, mended) == (true, true, true), "first check, error, mended: {:?}", (first, broken, mended));
}

#[test]
fn arguments_name_a_project_anywhere() {
    let (here, project) = clinic();
    pipec_in(&root(), &["check", arg(&project)]).gives(GOOD);
    pipec_in(here.path(), &["check", "./clinic/"]).gives(GOOD);
    pipec_in(&project, &["check", "../clinic"]).gives(GOOD);
}

// --- survey ---------------------------------------------------------------------------------------------------------------------

/// A folder of SQL as other tools keep it: a compiled dbt project, its catalog, and a dump of the schema.
fn foreign_folder() -> tempfile::TempDir {
    let here = scratch();
    let models = here.path().join("models");
    fs::create_dir_all(models.join("staging/stg.yml")).unwrap();
    fs::write(here.path().join("dump.sql"), "\\restrict x\nCREATE TABLE raw.visits (id integer NOT NULL, minutes integer);\n").unwrap();
    let catalog = r#"{"nodes": {}, "sources": {"source.p.raw.codes": {"metadata": {"database": "db", "schema": "raw", "name": "codes"},
        "columns": {"code": {"type": "character varying(3)", "index": 1}}}}}"#;
    fs::write(here.path().join("catalog.json"), catalog).unwrap();
    fs::write(models.join("staging/stg.sql"), "-- staging\nselect id, minutes / 60.0 as hours from \"db\".\"raw\".\"visits\"\n").unwrap();
    fs::write(models.join("staging/stg.yml/not_null_stg_id.sql"), "select id from nowhere").unwrap();
    fs::write(models.join("mart.sql"), "select s.id, c.code from \"db\".\"dev\".\"stg\" as s cross join \"db\".\"raw\".\"codes\" as c")
        .unwrap();
    here
}

#[test]
fn survey_counts_what_is_read_typed_and_traced() {
    let here = foreign_folder();
    let arguments = ["survey", "models", "--schemas", "dump.sql", "--schemas", "catalog.json", "--min-share", "100"];
    let ran = pipec_in(here.path(), &arguments).gives(GOOD);
    assert!(ran.stdout.contains("yes  yes   yes     staging/stg.sql\n") && ran.stdout.contains("all three     2 100.0%"), "{}", ran.stdout);
    assert!(!ran.stdout.contains("not_null_stg_id"), "dbt's tests are no models: {}", ran.stdout);
    assert_eq!(ran.stderr, "");
}

#[test]
fn survey_says_why_and_fails_below_the_share_asked_for() {
    let here = foreign_folder();
    fs::write(here.path().join("models/odd.sql"), "select id,\n  frobnicate(minutes) as x\nfrom raw.visits").unwrap();
    let asked =
        |share: &str, code: i32| pipec_in(here.path(), &["survey", "models", "--schemas", "dump.sql", "--min-share", share]).gives(code);
    // `mart` reads `codes`, which only the catalog declares.
    let ran = asked("33", GOOD);
    for line in [
        "no   no    no      odd.sql\n",
        "odd.sql:2:3: P0206 no function `frobnicate`\n",
        "all three     1  33.3%\n",
        "    1  P0206  no function `frobnicate`\n",
    ] {
        assert!(ran.stdout.contains(line), "`{line}` is missing:\n{}", ran.stdout);
    }
    assert!(asked("34", ERRORS).stderr.contains("fewer than 34% of the files pass"));
    let shown = pipec_in(here.path(), &["survey", "models", "--schemas", "dump.sql", "--messages"]).gives(GOOD);
    assert!(shown.stderr.contains("frobnicate(minutes)"), "{}", shown.stderr);
}

#[test]
fn survey_gives_json() {
    let here = foreign_folder();
    let ran = pipec_in(here.path(), &["survey", "models", "--schemas", "dump.sql", "--format", "json"]).gives(GOOD);
    let report: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(
        report["totals"],
        serde_json::json!({ "files": 2, "read": 1, "typed": 1, "traced": 1, "passed": 1, "refused": 0, "without_query": 0 })
    );
    assert_eq!(
        report["files"][1]["queries"][0]["columns"][1],
        serde_json::json!({ "name": "hours", "type": "numeric", "nullable": true, "origins": 1 })
    );
    assert_eq!(report["reasons"][0]["code"], "P0201");
}

#[test]
fn survey_refuses_what_declares_no_tables() {
    let here = foreign_folder();
    fs::write(here.path().join("other.json"), "{}").unwrap();
    for schemas in ["nowhere.sql", "other.json"] {
        let ran = pipec_in(here.path(), &["survey", "models", "--schemas", schemas]).gives(USAGE);
        assert!(ran.stderr.contains(schemas), "{}", ran.stderr);
    }
    pipec_in(here.path(), &["survey", "nowhere"]).gives(ERRORS);
    pipec_in(here.path(), &["survey", "models", "--dialect", "fax"]).gives(USAGE);
}
