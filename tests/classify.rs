//! `pipec classify` over schemas that others made: Synthea's CSV files, the OMOP CDM 5.4, and tables as hospitals' own teams write them.
//! MIMIC-IV's tables are apart: the table of names was not made with them in view.
//! What each column should be called is written in `tests/classify/*.csv` (`-`: nothing, `a|b`: either); precision and recall are printed per category.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::disallowed_methods,
    reason = "a failing test panics, and the tables are files"
)]

mod support;

use pipec::classify::by_name;
use pipec::ir::Type;
use std::collections::BTreeMap;
use std::fs;
use support::{root, scratch, tell};

#[derive(Default)]
struct Score {
    right: usize,
    wrong: usize,
    missed: usize,
}

fn type_of(name: &str) -> Type {
    match name {
        "text" => Type::TEXT,
        "integer" => Type::Integer,
        "bigint" => Type::BigInt,
        "numeric" => Type::Numeric(None),
        "date" => Type::Date,
        "timestamp" => Type::Timestamp,
        "timestamptz" => Type::Timestamptz,
        "uuid" => Type::Uuid,
        "boolean" => Type::Boolean,
        other => panic!("no type {other}"),
    }
}

fn scored(file: &str, scores: &mut BTreeMap<String, Score>) -> Vec<String> {
    let mut mistakes = Vec::new();
    let text = fs::read_to_string(root().join("tests/classify").join(file)).unwrap();
    for line in text.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let [table, column, ty, truth] = cells.as_slice() else { panic!("{line}") };
        let said = by_name(table, column, &type_of(ty)).map_or("-", |(c, _)| c);
        let fits = truth.split('|').any(|t| t == said);
        let mut count = |category: &str, add: fn(&mut Score)| add(scores.entry(category.to_owned()).or_default());
        match (fits, said) {
            (true, "-") => {}
            (true, _) => count(said, |s| s.right += 1),
            (false, _) => {
                if said != "-" {
                    count(said, |s| s.wrong += 1);
                }
                if *truth != "-" {
                    count(truth, |s| s.missed += 1);
                }
                mistakes.push(format!("{table}.{column}: {said}, not {truth}"));
            }
        }
    }
    mistakes
}

#[test]
fn names_say_what_columns_tell() {
    let mut all = BTreeMap::new();
    for (file, least) in [("synthea.csv", (960, 850)), ("omop.csv", (960, 850)), ("by_hand.csv", (960, 850)), ("mimic.csv", (850, 300))] {
        let mut scores = BTreeMap::new();
        let mistakes = scored(file, &mut scores);
        let sum = |f: fn(&Score) -> usize| scores.values().map(f).sum::<usize>();
        let (right, wrong, missed) = (sum(|s| s.right), sum(|s| s.wrong), sum(|s| s.missed));
        let (precision, recall) = (right * 1000 / (right + wrong), right * 1000 / (right + missed));
        tell(&format!("classify: {file}: {right} right, {wrong} wrong, {missed} missed: precision {precision} ‰, recall {recall} ‰"));
        mistakes.iter().for_each(|m| tell(&format!("  {m}")));
        assert!(precision >= least.0 && recall >= least.1, "{file}: precision {precision} ‰, recall {recall} ‰");
        for (category, score) in scores {
            let have: &mut Score = all.entry(category).or_default();
            have.right += score.right;
            have.wrong += score.wrong;
            have.missed += score.missed;
        }
    }
    for (category, Score { right, wrong, missed }) in &all {
        tell(&format!("classify: {category}: {right} right, {wrong} wrong, {missed} missed"));
    }
}

const PROJECT: &str = "project demo { warehouse postgres { database = env(\"DATABASE\") } }

use std.hipaa

source clinic on warehouse schema \"clinic\" {
  sample \"data/{table}.ndjson\"
  table patients {
    id          text    key
    dob         date?         // when born
    mail        text?
    postal_code text?
    region      text    @public
    colour      text?
  }
}
";

fn project() -> tempfile::TempDir {
    let folder = scratch();
    fs::write(folder.path().join("main.pipe"), PROJECT).unwrap();
    fs::create_dir(folder.path().join("data")).unwrap();
    let rows: String = (0..20).map(|i| format!("{{\"id\":\"{i}\",\"mail\":\"secret{i}@example.org\",\"colour\":\"blue\"}}\n")).collect();
    fs::write(folder.path().join("data/patients.ndjson"), rows).unwrap();
    folder
}

fn pipec(arguments: &[&str]) -> (String, String, i32) {
    let out = std::process::Command::new(env!("CARGO_BIN_EXE_pipec")).args(arguments).output().unwrap();
    (String::from_utf8(out.stdout).unwrap(), String::from_utf8(out.stderr).unwrap(), out.status.code().unwrap())
}

#[test]
fn a_proposal_is_a_diff_and_never_shows_a_value() {
    let folder = project();
    let path = folder.path().to_str().unwrap();
    let (diff, why, code) = pipec(&["classify", path, "--values"]);
    assert_eq!(code, 0, "{why}");
    for line in [
        "+    id          text @record_id    key",
        "+    dob         date? @birth_date         // when born",
        "+    mail        text? @email",
        "+    postal_code text? @zip",
    ] {
        assert!(diff.contains(line), "{line} is missing in\n{diff}");
    }
    assert!(why.contains("100 % of 20 values look like e-mail addresses"), "{why}");
    assert!(why.contains("1 column left open: clinic.patients.colour"), "{why}");
    let (json, _, _) = pipec(&["classify", path, "--values", "--message-format", "json"]);
    for text in [&diff, &why, &json] {
        assert!(!text.contains("secret") && !text.contains("blue"), "{text}");
    }
    assert_eq!(fs::read_to_string(folder.path().join("main.pipe")).unwrap(), PROJECT, "nothing is written without `--write`");
    // Without the values nobody knows what `mail` is.
    let (diff, ..) = pipec(&["classify", path]);
    assert!(!diff.contains("@email"), "{diff}");
}

#[test]
fn what_is_accepted_checks_and_stays_accepted() {
    let folder = project();
    let path = folder.path().to_str().unwrap();
    let (diff, ..) = pipec(&["classify", path, "--values"]);
    let (_, why, code) = pipec(&["classify", path, "--values", "--write"]);
    assert_eq!(code, 0, "{why}");
    let written = fs::read_to_string(folder.path().join("main.pipe")).unwrap();
    for line in diff.lines().filter(|l| l.starts_with('+') && !l.starts_with("+++")) {
        assert!(written.contains(&line[1..]), "{line}");
    }
    let (_, why, code) = pipec(&["check", path]);
    assert_eq!(code, 0, "{why}");
    let (diff, why, _) = pipec(&["classify", path, "--values"]);
    assert!(!diff.contains("+++"), "{diff}");
    assert!(why.contains("left open"), "{why}");
}

const DOCUMENTS: &str = "project demo { warehouse postgres { database = env(\"DATABASE\") } }

use std.hipaa

type Person {
  family   text
  birth    Birth?
  contacts Contact[]?
  mood     text?
  known    text?     @clinical
}
type Birth   { date date?; weight numeric? }
type Contact { mail text?; number text?; zip text?    /* where */ }
type Unused  { email text }

source ehr on warehouse schema \"ehr\" {
  sample \"data/{table}.ndjson\"
  table people {
    id    text key     @record_id
    doc   json<Person>
    other json<Person>
    whole json<Person> @clinical because \"a test\"
  }
}

seed staff from \"seeds/staff.csv\" {
  id integer key @public
}
seed short from \"seeds/staff.csv\" { id integer key @public }
seed bare from \"seeds/staff.csv\"
seed odd from \"seeds/odd.csv\" {
  // a comment
}
seed none from \"seeds/odd.csv\" {}
";

fn documents() -> tempfile::TempDir {
    let folder = scratch();
    let path = folder.path();
    fs::write(path.join("main.pipe"), DOCUMENTS).unwrap();
    fs::create_dir(path.join("data")).unwrap();
    fs::create_dir(path.join("seeds")).unwrap();
    let row = |i: usize| {
        let contacts = format!("[{{\"mail\": \"secret{i}@example.org\"}}, {{\"number\": \"555-010-99{:02}\"}}]", i % 100);
        // As an object, and as a text that holds one.
        let doc = format!("{{\"family\": \"Secretman\", \"contacts\": {contacts}, \"mood\": \"she said that it hurts since Monday\"}}");
        let written = if i.is_multiple_of(2) { doc } else { serde_json::Value::from(doc.as_str()).to_string() };
        format!("{{\"id\": \"{i}\", \"doc\": {written}}}\n")
    };
    fs::write(path.join("data/people.ndjson"), (0..20).map(row).collect::<String>()).unwrap();
    let rows: String = (0..9).map(|i| format!("{i},Secretman,0{i}000,{}\n", if i == 3 { "" } else { "blue" })).collect();
    fs::write(path.join("seeds/staff.csv"), format!("id,last_name,zip,colour\n{rows}")).unwrap();
    let header = "id,\"First Name\",\"e \"\"mail\"\"\",Zip${Code},\"back\\slash phone\",émail";
    fs::write(path.join("seeds/odd.csv"), format!("{header}\n1,a,b,01234,1,c\n")).unwrap();
    folder
}

#[test]
fn paths_of_typed_json_are_classified_at_their_fields() {
    let folder = documents();
    let path = folder.path().to_str().unwrap();
    let (diff, why, code) = pipec(&["classify", path]);
    assert_eq!(code, 0, "{why}");
    for said in ["ehr.people.doc.family", "ehr.people.doc.birth.date", "ehr.people.doc.contacts[*].zip"] {
        assert!(why.lines().any(|l| l.starts_with(said) && l.contains('@')), "{said}: {why}");
    }
    // Each field once, nothing of a type that no column has, nor of a column that says it all.
    assert!(
        !why.contains("people.other") && !why.contains("people.whole") && !why.contains("Unused") && !diff.contains("email text @email"),
        "{why}\n{diff}"
    );
    assert!(why.contains("left open: ") && why.contains("ehr.people.doc.mood"), "{why}");
    assert!(diff.contains("@birth_date"), "{diff}");
    let (_, why, _) = pipec(&["classify", path, "--values"]);
    assert!(
        why.lines().any(|l| l.starts_with("ehr.people.doc.contacts[*].mail") && l.contains("@email") && l.contains("20 values")),
        "{why}"
    );
    assert!(why.lines().any(|l| l.starts_with("ehr.people.doc.contacts[*].number") && l.contains("@phone")), "{why}");
    assert!(why.lines().any(|l| l.starts_with("ehr.people.doc.mood") && l.contains("@free_text")), "{why}");
}

#[test]
fn columns_that_only_a_seeds_header_names_are_declared() {
    let folder = documents();
    let path = folder.path().to_str().unwrap();
    let (diff, why, _) = pipec(&["classify", path]);
    for line in ["+  last_name text @name", "+  zip text @zip", "+seed bare from \"seeds/staff.csv\" {", "+}"] {
        assert!(diff.lines().any(|l| l.split_whitespace().eq(line.split_whitespace())), "{line}: {diff}");
    }
    for name in ["\"first name\"", "\"e \\\"mail\\\"\"", "\"zip$${code}\""] {
        assert_eq!(diff.matches(&format!("{name} ")).count(), 2, "{name}: {diff}");
    }
    assert!(diff.contains("@public; last_name text @name; zip text @zip }"), "{diff}");
    assert!(!why.contains("by a loop"), "{why}");
    assert!(!diff.contains("Secretman") && !why.contains("blue"), "{diff}{why}");
}

/// The diff is what `git apply` takes, and gives what `--write` writes; the project still compiles, but for seeds of which it now says whom they tell of, and
/// nothing is proposed again.
#[test]
fn the_diff_applies_and_is_what_is_written() {
    for folder in [documents(), project()] {
        let path = folder.path().to_str().unwrap();
        let (diff, ..) = pipec(&["classify", path, "--values"]);
        let before = fs::read_to_string(folder.path().join("main.pipe")).unwrap();
        fs::write(folder.path().join("a.diff"), &diff).unwrap();
        let applied = std::process::Command::new("git").args(["apply", "a.diff"]).current_dir(folder.path()).output().unwrap();
        assert!(applied.status.success(), "{}\n{diff}", String::from_utf8_lossy(&applied.stderr));
        let patched = fs::read_to_string(folder.path().join("main.pipe")).unwrap();
        fs::write(folder.path().join("main.pipe"), &before).unwrap();
        let (_, why, code) = pipec(&["classify", path, "--values", "--write"]);
        assert_eq!(code, 0, "{why}");
        assert_eq!(fs::read_to_string(folder.path().join("main.pipe")).unwrap(), patched);
        let (_, why, code) = pipec(&["check", path]);
        let mut codes = why.lines().filter(|line| line.starts_with("P0"));
        assert!(code == 0 || codes.all(|code| code == "P0308"), "{why}\n{patched}");
        let (diff, ..) = pipec(&["classify", path, "--values"]);
        assert!(!diff.contains("+++"), "{diff}");
    }
}
