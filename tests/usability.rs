//! What the rules of information flow cost who writes models: how much of the five examples had to be released, how many conditions that tell
//! nothing were taken for ones that do, how many columns got to their sinks without either.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::disallowed_methods,
    reason = "a failing test panics, and the page is a file"
)]

mod support;

use pipec::check::releases;
use pipec::driver::{Options, compile};
use pipec::host::{self, Wants};
use pipec::ir::{Distinct, ExprKind, FromItem, Program, Query, RelationSource, SetExpr, every_expr};
use serde_json::Value;
use std::collections::BTreeSet;
use support::{example, examples, root, shown};

const EXPECTED: [&str; 5] = ["efiche", "emr-analytics", "engage-analytics", "medilink", "mytomorrows"];

/// What an example comes to.
struct Numbers {
    name: String,
    /// Columns of tables that sinks receive which may not know everything.
    columns: usize,
    alarms: usize,
    joins: usize,
    nulls: usize,
    firsts: usize,
    releases: Vec<String>,
}

#[test]
fn examples_reach_their_sinks_with_few_releases_and_no_alarm() {
    assert_eq!(examples(), EXPECTED, "an example more, or less: the issue's numbers are over these five");
    let all: Vec<Numbers> = EXPECTED.iter().map(|name| numbers(name)).collect();
    for one in &all {
        assert!(one.columns > 10, "`{}` sends {} columns: nothing can be said", one.name, one.columns);
        assert!(one.releases.len() * 10 <= one.columns, "`{}` has {} releases for {} columns", one.name, one.releases.len(), one.columns);
        assert_eq!(one.alarms, 0, "`{}` has conditions that are refused or warned of", one.name);
    }
    for (what, count) in [
        ("joins", count(&all, |n| n.joins)),
        ("tests for NULL", count(&all, |n| n.nulls)),
        ("first rows per key", count(&all, |n| n.firsts)),
    ] {
        assert!(count >= 5, "the examples have {count} {what}: nothing is shown by no alarm at them");
    }
    let made = written(&all);
    let path = root().join("docs/reference/assurance.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = page.split_once("<!-- usability -->\n").expect("a place for the table");
    let (there, after) = rest.split_once("<!-- /usability -->").expect("its end");
    if std::env::var_os("PIPEC_UPDATE_GOLDEN").is_some_and(|v| v == "1") {
        std::fs::write(&path, format!("{before}<!-- usability -->\n{made}<!-- /usability -->{after}")).unwrap();
    } else {
        assert_eq!(there, made, "the table is stale: PIPEC_UPDATE_GOLDEN=1 cargo test --test usability");
    }
}

fn count(all: &[Numbers], of: impl Fn(&Numbers) -> usize) -> usize {
    all.iter().map(of).sum()
}

fn numbers(name: &str) -> Numbers {
    let loaded = host::load(&example(name), pipec::stdlib::files(), Wants::Compile);
    let made = compile(&loaded.sources, &Options { emit: true, targets: vec!["evidence".into()], ..Options::default() });
    assert!(!made.diagnostics.has_errors(), "`{name}` does not compile:\n{}", shown(&made, &loaded.sources));
    let mut columns: BTreeSet<(String, String)> = BTreeSet::new();
    for (path, bytes) in made.files.iter().filter(|(path, _)| path.as_str().contains("_") && path.as_str().ends_with(".json")) {
        let sink: Value = serde_json::from_slice(bytes).unwrap_or_else(|e| panic!("{path}: {e}"));
        if sink["clearance"]["everything"].as_bool() == Some(true) {
            continue;
        }
        for table in sink["tables"].as_array().unwrap() {
            let text = |v: &Value| v["name"].as_str().unwrap().to_owned();
            columns.extend(table["columns"].as_array().unwrap().iter().map(|c| (text(table), text(c))));
        }
    }
    let alarms = made.diagnostics.iter().filter(|d| ["P0303", "P0307"].contains(&d.code.id())).count();
    let program = made.program.expect("it compiles");
    let program = program.program();
    let releases =
        releases::of(program).iter().map(|r| format!("{} on {}: {}, because {}", r.kind.name(), r.subject, r.says, r.because)).collect();
    let (joins, nulls, firsts) = structure(program);
    Numbers { name: name.to_owned(), columns: columns.len(), alarms, joins, nulls, firsts, releases }
}

/// Joins, tests for NULL, and first rows per key of all models.
fn structure(program: &Program) -> (usize, usize, usize) {
    let (mut joins, mut nulls, mut firsts) = (0, 0, 0);
    for (_, _, model) in program.models() {
        in_query(&model.query, &mut joins, &mut firsts);
        every_expr(&model.query, &mut |e| match &e.kind {
            ExprKind::IsNull(..) => nulls += 1,
            ExprKind::Window(w)
                if program.function(w.call.function).is_some_and(|f| &*f.name == "row_number") && !w.partition.is_empty() =>
            {
                firsts += 1
            }
            _ => {}
        });
    }
    (joins, nulls, firsts)
}

fn in_query(query: &Query, joins: &mut usize, firsts: &mut usize) {
    query.with.iter().for_each(|entry| in_query(&entry.query, joins, firsts));
    in_set(&query.body, joins, firsts);
}

fn in_set(set: &SetExpr, joins: &mut usize, firsts: &mut usize) {
    match set {
        SetExpr::Select(select) => {
            *firsts += usize::from(matches!(select.distinct, Distinct::On(_)));
            select.from.iter().for_each(|item| in_item(item, joins, firsts));
        }
        SetExpr::Set { left, right, .. } => {
            in_set(left, joins, firsts);
            in_set(right, joins, firsts);
        }
        SetExpr::Query(inner) => in_query(inner, joins, firsts),
        SetExpr::Values(_) => {}
    }
}

fn in_item(item: &FromItem, joins: &mut usize, firsts: &mut usize) {
    match item {
        FromItem::Relation(relation) => {
            if let RelationSource::Derived(query) = &relation.source {
                in_query(query, joins, firsts);
            }
        }
        FromItem::Join { left, right, .. } => {
            *joins += 1;
            in_item(left, joins, firsts);
            in_item(right, joins, firsts);
        }
    }
}

fn written(all: &[Numbers]) -> String {
    let mut out = String::from(
        "| example | columns sent | releases | columns per release | joins | tests for NULL | first rows per key | alarms at these |\n|---|---|---|---|---|---|---|---|\n",
    );
    for n in all {
        let per = n.columns.checked_div(n.releases.len()).map_or_else(|| "—".to_owned(), |per| per.to_string());
        let row = [
            &n.name,
            &n.columns.to_string(),
            &n.releases.len().to_string(),
            &per,
            &n.joins.to_string(),
            &n.nulls.to_string(),
            &n.firsts.to_string(),
            &n.alarms.to_string(),
        ];
        out.push_str(&format!("| {} |\n", row.map(String::as_str).join(" | ")));
    }
    out.push_str("\nEvery release in them, as `pipec access --releases` lists it:\n\n");
    for n in all {
        for release in &n.releases {
            out.push_str(&format!("* `{}`: {release}\n", n.name));
        }
    }
    out
}
