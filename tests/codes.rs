//! Every diagnostic code has a page with an example that raises it, and a way out that compiles.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::disallowed_methods,
    reason = "tests stop at the first surprise, and the pages are files"
)]

#[path = "spec/blocks.rs"]
mod blocks;

use blocks::{blocks, check_all, compiled, pages, shown};
use pipec::diag::Code;
use pipec::engine::{RunOptions, run};
use std::collections::BTreeSet;

/// Codes that no text in memory can raise, and what tests them instead.
const NEEDS_A_HOST: &[(&str, &str, &str)] = &[
    ("P0103", "bytes that are not UTF-8 never become a source text", "tests/hostile.rs"),
    ("P0104", "an example of eight megabytes helps nobody", "tests/syntax.rs"),
    ("P0612", "an example of twenty thousand characters helps nobody", "src/backend/iam/tests.rs"),
    ("P0704", "needs files on disk", "tests/cli.rs"),
    ("P0705", "needs files on disk", "tests/determinism.rs"),
    ("P0903", "needs the embedded engine", "tests/codes.rs"),
    ("P0904", "needs files on disk", "tests/hostile.rs"),
    ("P0920", "needs artifacts", "src/verify/tests.rs"),
    ("P0921", "needs artifacts", "src/verify/tests.rs"),
    ("P0922", "needs artifacts", "src/verify/tests.rs"),
    ("P0923", "needs artifacts", "src/verify/tests.rs"),
    ("P0924", "needs files on disk", "tests/cli.rs"),
    ("P0925", "needs artifacts", "src/verify/tests/forms.rs"),
    ("P1001", "needs git", "tests/plan.rs"),
    ("P1002", "needs git", "tests/plan.rs"),
    ("P1003", "needs two programs", "tests/plan.rs"),
    ("P1004", "needs two programs", "tests/plan.rs"),
    ("P1005", "needs two programs", "tests/plan.rs"),
    ("P1010", "needs two programs", "tests/history.rs"),
    ("P1011", "needs two programs", "tests/history.rs"),
];

/// Warnings that examples of a page give besides, since they need a construct that is not emitted yet.
const BESIDES: &[(&str, &str)] = &[("P0402", "P0702"), ("P0410", "P0702")];

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
    let excepted = NEEDS_A_HOST.iter().any(|(c, ..)| *c == id);
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
    let besides: BTreeSet<&str> = BESIDES.iter().filter(|(page, _)| *page == id).map(|(_, code)| *code).collect();
    let mut said = BTreeSet::new();
    for block in &blocks {
        let expected: BTreeSet<&str> = match block.info.as_str() {
            "pipe" => BTreeSet::from([id]),
            "pipe fixed" => BTreeSet::new(),
            _ => continue,
        };
        let (sources, compilation) = compiled("", &block.text);
        let all: BTreeSet<&str> = compilation.diagnostics.iter().map(|d| d.code.id()).collect();
        said.extend(all.intersection(&besides).copied());
        let found: BTreeSet<&str> = all.difference(&besides).copied().collect();
        if found != expected {
            let all: Vec<String> = compilation.diagnostics.iter().map(|d| shown(d, &sources)).collect();
            problems.push(format!("the `{}` block of line {} gives\n  {}", block.info, block.line, all.join("\n  ")));
        }
    }
    problems.extend(besides.difference(&said).map(|code| format!("no block gives {code}, so it is no exception")));
    problems
}

/// The list above must not rot: each exception is tested where it says.
#[test]
fn exceptions_are_tested_elsewhere() {
    for (id, why, file) in NEEDS_A_HOST {
        let code = Code::from_id(id).unwrap();
        let text = std::fs::read_to_string(file).unwrap();
        assert!(text.contains(id) || text.contains(&format!("Code::{code:?}")), "{file} does not test {id} ({why})");
    }
}

/// P0903: a sum that PostgreSQL takes and SQLite does not.
#[test]
fn the_engine_says_what_it_refuses() {
    let (sources, compilation) = compiled("", ENGINE_REFUSES);
    let program = compilation.program.expect("the project compiles");
    let options = RunOptions { run_date: "2026-01-31".into(), throwaway_key: "0123456789abcdef".into(), preview: 0 };
    let (_, report) = run(program.program(), &sources, &options, &mut |_| ()).expect("the seed is loaded");
    let codes: Vec<Code> = report.problems.iter().map(|p| p.code).collect();
    assert_eq!(codes, [Code::EngineFailed], "{:?}", report.problems);
}

const ENGINE_REFUSES: &str = r#"
project demo { warehouse sqlite }
layer marts schema "marts" as table
seed big from "big.csv" { n bigint @public }
model total in marts {
  from big as b
  select { n = abs(b.n) }
}
// data: big.csv
n
-9223372036854775808
"#;
