//! Every diagnostic code has a page with an example that raises it, and a way out that compiles.

#[path = "spec/blocks.rs"]
mod blocks;

use blocks::{blocks, check_all, compiled, pages, shown};
use pipec::diag::Code;
use std::collections::BTreeSet;
use std::path::Path;

/// Codes that no text in memory can raise, and what tests them instead.
const NEEDS_A_HOST: &[(&str, &str)] = &[
    ("P0103", "bytes that are not UTF-8 never become a source text: tests/hostile.rs"),
    ("P0104", "an example of eight megabytes helps nobody: src/syntax/tests.rs"),
    ("P0704", "needs files on disk: src/host/write.rs"),
    ("P0705", "needs files on disk: tests/cli.rs"),
    ("P0903", "needs the embedded engine: src/engine/"),
    ("P0904", "needs files on disk: src/host/write.rs"),
];

#[test]
fn each_code_has_one_page() {
    let ids: BTreeSet<String> = Code::ALL.iter().map(|c| format!("{}.md", c.id())).collect();
    let there: BTreeSet<String> = pages("docs/codes").iter().map(|(p, _)| p.file_name().unwrap().to_string_lossy().into_owned()).collect();
    assert_eq!(ids, there);
}

#[test]
fn examples_raise_their_code_and_fixes_compile() {
    check_all(&pages("docs/codes"), |path, text| {
        let id = path.file_stem().unwrap().to_string_lossy().into_owned();
        page(&id, text).into_iter().map(|problem| format!("{}: {problem}", path.display())).collect()
    });
}

fn page(id: &str, text: &str) -> Vec<String> {
    let mut problems = Vec::new();
    let Some(code) = Code::from_id(id) else { return vec!["no such code".to_owned()] };
    if !text.starts_with(&format!("# {id}: {}\n", code.title())) {
        problems.push("the first line is not the code and its title".to_owned());
    }
    if text.lines().skip(1).filter(|l| !l.trim().is_empty()).count() < 3 {
        problems.push("the page says nothing".to_owned());
    }
    let excepted = NEEDS_A_HOST.iter().any(|(c, _)| *c == id);
    let blocks = blocks(text);
    let count = |info: &str| blocks.iter().filter(|b| b.info == info).count();
    if excepted {
        if count("pipe") > 0 {
            problems.push("it has an example, so it is no exception".to_owned());
        }
        return problems;
    }
    if count("pipe") == 0 || count("pipe fixed") == 0 {
        problems.push("it lacks a `pipe` block or a `pipe fixed` block".to_owned());
    }
    for block in &blocks {
        let expected: BTreeSet<&str> = match block.info.as_str() {
            "pipe" => BTreeSet::from([id]),
            "pipe fixed" => BTreeSet::new(),
            _ => continue,
        };
        let (sources, compilation) = compiled("", &block.text);
        let found: BTreeSet<&str> = compilation.diagnostics.iter().map(|d| d.code.id()).collect();
        if found != expected {
            let all: Vec<String> = compilation.diagnostics.iter().map(|d| shown(d, &sources)).collect();
            problems.push(format!("the `{}` block of line {} gives\n  {}", block.info, block.line, all.join("\n  ")));
        }
    }
    problems
}

/// The list above must not rot: an exception names a code that exists.
#[test]
fn exceptions_are_codes() {
    for (id, why) in NEEDS_A_HOST {
        assert!(Code::from_id(id).is_some() && Path::new("docs/codes").join(format!("{id}.md")).exists(), "{id}: {why}");
    }
}
