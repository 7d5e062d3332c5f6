//! The same sources give the same bytes: at any time, in any place, on any number of threads, and however the declarations are
//! spread over files. The one trace a file may leave is its own name, in the header of what was written from it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::disallowed_methods,
    reason = "a failing test panics"
)]

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use support::{Project, Random, arg, as_map, compile, copy, differences, example, files_of, fingerprint, pipec_in, scratch, tree};

const EXAMPLE: &str = "engage-analytics";

type Files = BTreeMap<String, Vec<u8>>;

fn compiled(project: &Project) -> Files {
    let sources = project.sources();
    as_map(&files_of(EXAMPLE, compile(&sources), &sources))
}

#[track_caller]
fn same(expected: &Files, actual: &Files, when: &str) {
    let found = differences(expected, actual);
    assert!(found.is_empty(), "the output changes {when}:\n{found}");
}

#[test]
fn two_compilations_are_equal_on_any_number_of_threads() {
    let project = Project::read(&example(EXAMPLE));
    let first = compiled(&project);
    for threads in [1, 2, 7] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        same(&first, &pool.install(|| compiled(&project)), &format!("on {threads} threads"));
    }
}

#[test]
fn the_order_of_files_means_nothing() {
    let mut project = Project::read(&example(EXAMPLE));
    let first = compiled(&project);
    let mut random = Random::new(1);
    for round in 0..5 {
        random.shuffle(&mut project.0);
        same(&first, &compiled(&project), &format!("with the files in another order (round {round})"));
    }
}

/// Renamed so that the order of paths is the reverse. What names the new file must then be equal to what named the old one.
#[test]
fn the_names_of_files_mean_nothing_but_in_headers() {
    let project = Project::read(&example(EXAMPLE));
    let first = compiled(&project);
    let mut renamed = Project::default();
    let mut names = Vec::new();
    for (i, (path, bytes)) in project.0.iter().enumerate() {
        let new = if path.ends_with(".pipe") { format!("moved/{:03}/{path}", 999 - i) } else { path.clone() };
        names.push((new.clone(), path.clone()));
        renamed.0.push((new, bytes.clone()));
    }
    renamed.0.sort();
    same(&first, &in_headers(compiled(&renamed), &names), "with the files renamed");
}

#[test]
fn one_declaration_per_file_means_nothing_but_in_headers() {
    let project = Project::read(&example(EXAMPLE));
    let first = compiled(&project);
    let (mut split, mut names) = (Project::default(), Vec::new());
    for (path, bytes) in &project.0 {
        let Some(stem) = path.strip_suffix(".pipe") else {
            split.0.push((path.clone(), bytes.clone()));
            continue;
        };
        for (i, part) in declarations(std::str::from_utf8(bytes).unwrap()).into_iter().enumerate() {
            let new = format!("{stem}_{i:03}_part.pipe");
            names.push((new.clone(), path.clone()));
            split.0.push((new, part.into_bytes()));
        }
    }
    assert!(split.0.len() > 2 * project.0.len(), "there was nothing to split");
    let mut random = Random::new(2);
    random.shuffle(&mut split.0);
    same(&first, &in_headers(compiled(&split), &names), "with the files split");
}

/// Replaces new file names by old ones, but only in lines that are comments.
fn in_headers(files: Files, names: &[(String, String)]) -> Files {
    let line = |line: &str| {
        let comment = ["--", "#", "//"].iter().any(|c| line.starts_with(c));
        let named = names.iter().find(|(new, _)| comment && line.contains(new.as_str()));
        named.map_or_else(|| line.to_owned(), |(new, old)| line.replace(new.as_str(), old))
    };
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).split_inclusive('\n').map(line).collect::<String>().into_bytes();
    files.into_iter().map(|(path, bytes)| (path, text(&bytes))).collect()
}

/// The text cut after every block that closes at the start of a line; comments stay with what follows.
fn declarations(text: &str) -> Vec<String> {
    let (mut parts, mut part) = (Vec::new(), String::new());
    for line in text.split_inclusive('\n') {
        part.push_str(line);
        if line.trim_end() == "}" {
            parts.push(std::mem::take(&mut part));
        }
    }
    if !part.trim().is_empty() {
        parts.push(part);
    }
    parts
}

#[test]
fn the_place_of_the_folder_means_nothing() {
    let here = scratch();
    let (one, two) = (here.path().join("a"), here.path().join("some/where else/déjà vu"));
    for place in [&one, &two] {
        copy(&example(EXAMPLE), place);
        let _ = fs::remove_dir_all(place.join("out"));
    }
    pipec_in(here.path(), &["build", "a"]).gives(0);
    pipec_in(&two, &["build"]).gives(0);
    same(&tree(&one.join("out")), &tree(&two.join("out")), "in another folder");
    let shifted = here.path().join("elsewhere");
    pipec_in(&one, &["build", "-o", arg(&shifted)]).gives(0);
    same(&tree(&one.join("out")), &tree(&shifted), "when it is written elsewhere");
}

#[test]
fn a_second_build_touches_nothing() {
    let here = scratch();
    copy(&example(EXAMPLE), here.path());
    pipec_in(here.path(), &["build"]).gives(0);
    let before = fingerprint(&here.path().join("out"));
    let again = pipec_in(here.path(), &["build"]).gives(0);
    assert_eq!(before, fingerprint(&here.path().join("out")), "a second build touched files");
    assert!(again.stdout.contains("(0 written"), "{}", again.stdout);
}

/// `build --check`: 0 on a fresh tree, 1 with the path and P0705 on each way it can be off; it never writes.
#[test]
fn build_check_sees_every_difference() {
    let here = scratch();
    pipec_in(here.path(), &["new", "clinic"]).gives(0);
    let project = here.path().join("clinic");
    let out = project.join("out");
    pipec_in(&project, &["build"]).gives(0);
    pipec_in(&project, &["build", "--check"]).gives(0);
    let fresh = tree(&out);
    let first = fresh.keys().find(|p| p.ends_with(".sql")).unwrap().clone();

    fs::write(out.join(&first), "edited").unwrap();
    refused(&project, &["~ ", &first]);
    restore(&out, &fresh);

    fs::remove_file(out.join(&first)).unwrap();
    refused(&project, &["+ ", &first]);
    restore(&out, &fresh);

    fs::write(out.join("nobody's.txt"), "not pipec's").unwrap();
    pipec_in(&project, &["build", "--check"]).gives(0);

    let declarations = fs::read_to_string(project.join("platform.pipe")).unwrap();
    fs::write(project.join("platform.pipe"), declarations.replace("/// One row per patient,", "/// A row per patient,")).unwrap();
    refused(&project, &["~ ", "patient.sql"]);
    fs::write(project.join("platform.pipe"), declarations.replace("emit dbt, sql, terraform, iam, cron", "emit dbt, sql, terraform, cron"))
        .unwrap();
    refused(&project, &["- ", "iam/"]);
    fs::write(project.join("platform.pipe"), &declarations).unwrap();
    pipec_in(&project, &["build", "--check"]).gives(0);

    fs::write(out.join("manifest.json"), "{}").unwrap();
    refused(&project, &["~ ", "manifest.json"]);
    fs::remove_dir_all(&out).unwrap();
    refused(&project, &["+ "]);
    assert!(!out.exists(), "`build --check` wrote something");
}

#[track_caller]
fn refused(project: &Path, says: &[&str]) {
    let before = fingerprint(&project.join("out"));
    let ran = pipec_in(project, &["build", "--check"]).gives(1);
    assert_eq!(before, fingerprint(&project.join("out")), "`build --check` wrote something");
    for word in says.iter().chain(&["P0705"]) {
        assert!(ran.all().contains(word), "`{word}` is not in:\n{}", ran.all());
    }
}

fn restore(out: &Path, files: &Files) {
    for (path, bytes) in files {
        fs::write(out.join(path), bytes).unwrap();
    }
}
