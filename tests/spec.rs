//! The language by example: `tests/spec/*.md`, and every block of the language reference.
//!
//! A ```` ```pipe ```` block is compiled. `// error[P0208]: part of the message` behind a line says what is reported there, a
//! block without such comments compiles without a word. A ```` ```columns ```` block behind it lists columns of the
//! compiled program: `model.column: type [not null|null] {category: form} when {category: form}`, what is in the second braces
//! being what the choice of rows tells.
//!
//! Unit tests in a block are run: they pass, but where `// fails: part of what is said` stands behind the test's first line.
//!
//! A ```` ```told ```` block is all that a person reads of the errors of the block before it: code and message, the way hop by hop, what would do.
//! `PIPEC_UPDATE_GOLDEN=1` writes it. On a page with such blocks every refused block has one.
//!
//! A ```` ```lineage ```` block lists every edge into a column, or into the rows of a table (`model.*`):
//! `model.column <- value, value = equal, equal when control, control`, the parts that are there in this order.
//! A ```` ```json lineage ```` block is what `pipec lineage --format json` prints, a ```` ```text lineage ```` block the tree of its first word.

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
#[path = "spec/operands.rs"]
mod operands;

use blocks::{Block, blocks, check_all, compiled, line_of, pages, severity, shown};
use pipec::base::Sources;
use pipec::diag::Diagnostic;
use pipec::driver::Compilation;
use pipec::engine::{self, Difference};
use pipec::ir::{CategoryId, Edge, Form, FunctionKind, Level, Literal, Program};
use pipec::lineage::{self, Graph};
use std::path::Path;

#[test]
fn the_specification_holds() {
    check_all(&pages("tests/spec"), page);
}

#[test]
fn every_example_of_the_reference_compiles() {
    check_all(&pages("docs/reference"), page);
}

/// The table of masks in the reference is made of the library; `PIPEC_UPDATE_GOLDEN=1` writes it.
#[test]
fn the_table_of_masks_is_the_librarys() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/reference/masks-and-clearances.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = page.split_once("<!-- masks -->\n").unwrap();
    let (there, after) = rest.split_once("<!-- /masks -->").unwrap();
    let (_, compilation) = compiled("", "project p { warehouse postgres { database = env(\"D\") } }\nuse std.hipaa\n");
    let made = masks(compilation.program.unwrap().program());
    if std::env::var_os("PIPEC_UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, format!("{before}<!-- masks -->\n{made}<!-- /masks -->{after}")).unwrap();
    } else {
        assert_eq!(there, made, "the table is stale: PIPEC_UPDATE_GOLDEN=1 cargo test --test spec the_table");
    }
}

fn masks(program: &Program) -> String {
    let safe_harbor = program.clearance("safe_harbor").unwrap();
    let mut out = String::from("| mask | what it leaves | form | of | Safe Harbor | not on |\n|---|---|---|---|---|---|\n");
    for f in program.functions.iter().filter(|f| f.kind == FunctionKind::Mask) {
        let transition = f.transition.as_ref().unwrap();
        let name = |c: &CategoryId| format!("`{}`", program.category(*c).unwrap().name);
        let of: Vec<String> = transition.lowers.iter().map(name).collect();
        let of = if of.is_empty() { "all".into() } else { of.join(" ") };
        let all: Vec<CategoryId> = (1u32..).take(program.categories.len() - 1).map(CategoryId).collect();
        let lowered = if transition.lowers.is_empty() { &all } else { &transition.lowers };
        let fits = lowered.iter().all(|c| safe_harbor.admits(*c, Level::of(transition.to)));
        let shown = f.params.iter().filter(|p| &*p.name != "areas").map(|p| {
            let default = match &p.default {
                Some(Literal::Text(t)) => format!(" = '{t}'"),
                Some(Literal::Number(n)) => format!(" = {n}"),
                _ => String::new(),
            };
            format!("{}: {}{}{default}", p.name, p.ty, if p.variadic { " ..." } else { "" })
        });
        let signature = format!("`{}({})`", f.name, shown.collect::<Vec<_>>().join(", "));
        let doc = f.doc.replace('\n', " ");
        let first = doc.split_once(". ").map_or(doc.trim_end_matches('.'), |(first, _)| first).replace('|', "\\|");
        let missing: Vec<&str> = f.unsupported.iter().map(|d| d.name()).collect();
        let form = transition.to.name();
        let row = format!("{signature} | {first} | {form} | {of} | {} | {}", if fits { "yes" } else { "no" }, missing.join(", "));
        out.push_str(&format!("| {} |\n", row.trim_end()));
    }
    out
}

fn page(path: &Path, text: &str) -> Vec<String> {
    let mut problems = Vec::new();
    let mut prelude = String::new();
    let mut last: Option<(Sources, Compilation)> = None;
    for block in blocks(text) {
        let found = match block.info.as_str() {
            "pipe prelude" => {
                prelude = block.text;
                continue;
            }
            "pipe" => {
                let (sources, compilation) = compiled(&prelude, &block.text);
                let mut problems = diagnostics(&block, &sources, &compilation);
                problems.extend(unit_tests(&sources, &compilation));
                last = Some((sources, compilation));
                problems
            }
            "told" => told_block(&block, last.as_ref()),
            "columns" => columns(&block, last.as_ref().map(|(_, c)| c)),
            "lineage" => edges(&block, last.as_ref().map(|(_, c)| c)),
            "text lineage" => tree(&block, last.as_ref().map(|(_, c)| c)),
            "json lineage" => json(&block, last.as_ref()),
            _ => continue,
        };
        problems.extend(found.into_iter().map(|p| format!("{}:{}: {p}", path.display(), block.line)));
    }
    problems
}

/// What a comment says is reported on its line.
struct Expected<'t> {
    path: &'t str,
    line: usize,
    /// `error[P0208]`
    what: &'t str,
    /// Part of the message.
    says: &'t str,
}

fn expectations(block: &str) -> Vec<Expected<'_>> {
    let mut found = Vec::new();
    let (mut path, mut number) = ("main.pipe", 0);
    for line in block.lines() {
        if let Some(next) = line.strip_prefix("// file: ").or(line.strip_prefix("// data: ")) {
            (path, number) = (next.trim(), 0);
            continue;
        }
        number += 1;
        let marks = ["// error[", "// warning[", "-- error[", "-- warning["];
        let mut starts: Vec<usize> = marks.iter().flat_map(|m| line.match_indices(m)).map(|(at, _)| at).collect();
        starts.sort_unstable();
        let ends = starts.iter().skip(1).copied().chain([line.len()]);
        for (start, end) in starts.iter().zip(ends) {
            let (what, says) = line[start + 3..end].split_once(':').unwrap_or((&line[start + 3..end], ""));
            found.push(Expected { path, line: number, what: what.trim(), says: says.trim() });
        }
    }
    found
}

fn diagnostics(block: &Block, sources: &Sources, compilation: &Compilation) -> Vec<String> {
    let mut problems = Vec::new();
    let mut left: Vec<&Diagnostic> = compilation.diagnostics.iter().collect();
    for expected in expectations(&block.text) {
        let fits = |d: &&Diagnostic| {
            let path = sources.get(d.at.file).map_or("", |f| f.path.as_str());
            let what = format!("{}[{}]", severity(d), d.code.id());
            path == expected.path && line_of(d, sources) == expected.line && what == expected.what && d.message.contains(expected.says)
        };
        match left.iter().position(fits) {
            Some(at) => _ = left.remove(at),
            None => problems.push(format!("not reported: {}:{}: {}: {}", expected.path, expected.line, expected.what, expected.says)),
        }
    }
    problems.extend(left.iter().map(|d| format!("not expected: {}", shown(d, sources))));
    problems
}

/// Code and message of every problem, each with its way and its helps.
fn told_block(block: &Block, last: Option<&(Sources, Compilation)>) -> Vec<String> {
    let actual = last.map(|(_, c)| told_text(c)).unwrap_or_default();
    if actual == block.text { Vec::new() } else { vec![format!("expected\n{}\n      got\n{actual}", block.text)] }
}

fn told_text(compilation: &Compilation) -> String {
    let mut out = String::new();
    for d in compilation.diagnostics.iter() {
        out.push_str(&format!("{}[{}]: {}\n", severity(d), d.code.id(), d.message));
        d.trace.iter().for_each(|step| out.push_str(&format!("  → {}\n", step.text)));
        d.help.iter().for_each(|help| out.push_str(&format!("  help: {help}\n")));
    }
    out
}

/// A leak is refused for the right reason, with the way it takes and a way out: on the page of golden failures, all three are looked at.
#[test]
fn every_golden_failure_says_its_way_and_a_way_out() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/spec/golden-failures.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let mut problems = Vec::new();
    let mut prelude = String::new();
    let all = blocks(&page);
    let mut next = all.iter().skip(1);
    let mut written = page.clone();
    for block in &all {
        let told = next.next().filter(|b| b.info == "told");
        if block.info == "pipe prelude" {
            prelude = block.text.clone();
        }
        if block.info != "pipe" || expectations(&block.text).is_empty() {
            continue;
        }
        let (_, compilation) = compiled(&prelude, &block.text);
        let fence = format!("```told\n{}```\n", told_text(&compilation));
        match told {
            Some(told) => written = written.replacen(&format!("```told\n{}```\n", told.text), &fence, 1),
            None => written = written.replacen(&format!("{}```\n", block.text), &format!("{}```\n\n{fence}", block.text), 1),
        }
        for d in compilation.diagnostics.iter() {
            let flows = matches!(d.code.id(), "P0301" | "P0302" | "P0303" | "P0320" | "P0401");
            if d.help.is_empty() || flows && d.trace.len() < 2 {
                problems.push(format!("line {}: says no way, or no way out: {}", block.line, d.message));
            }
        }
        if told.is_none() {
            problems.push(format!("line {}: no `told` block behind it", block.line));
        }
    }
    if std::env::var_os("PIPEC_UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, written).unwrap();
    } else {
        assert!(problems.is_empty(), "{}", problems.join("\n"));
    }
}

/// Runs the unit tests of a block that builds.
fn unit_tests(sources: &Sources, compilation: &Compilation) -> Vec<String> {
    let Some(program) = compilation.program.as_ref().map(|c| c.program()) else { return Vec::new() };
    let mut problems = Vec::new();
    for test in &program.unit_tests {
        let first = sources.text(test.at.file)[test.at.start as usize..].lines().next().unwrap();
        let expected = first.split_once("// fails: ").map(|(_, says)| says.trim());
        let said = match engine::test(program, test, None, "throw-away key") {
            Ok(outcome) => outcome.differences.iter().map(|d| differing(program, d)).collect::<Vec<_>>().join("; "),
            Err(problem) => problem.message.clone(),
        };
        match expected {
            None if said.is_empty() => {}
            None => problems.push(format!("test `{}` fails: {said}", test.title)),
            Some(says) if !said.is_empty() && said.contains(says) => {}
            Some(says) => problems.push(format!("test `{}` should fail with `{says}`, and says `{said}`", test.title)),
        }
    }
    problems
}

/// `long: -[1 ∅] +[2 90]`
fn differing(program: &Program, difference: &Difference) -> String {
    let rows = |sign: char, rows: &[Vec<Option<String>>]| {
        let cells = |row: &Vec<Option<String>>| row.iter().map(|c| c.as_deref().unwrap_or("∅")).collect::<Vec<_>>().join(" ");
        rows.iter().map(|row| format!(" {sign}[{}]", cells(row))).collect::<String>()
    };
    let name = &program.table(difference.table).unwrap().name;
    format!("{name}:{}{}", rows('-', &difference.missing), rows('+', &difference.unexpected))
}

fn columns(block: &Block, compilation: Option<&Compilation>) -> Vec<String> {
    let Some(program) = compilation.and_then(|c| c.program.as_ref()) else {
        return vec!["the block before it has no program, so no columns".to_owned()];
    };
    let lines = block.text.lines().map(str::trim).filter(|l| !l.is_empty());
    lines.filter_map(|line| column(program.program(), line).err()).collect()
}

fn edges(block: &Block, compilation: Option<&Compilation>) -> Vec<String> {
    let Some(program) = compilation.and_then(|c| c.program.as_ref()) else {
        return vec!["the block before it has no program, so no lineage".to_owned()];
    };
    let graph = Graph::new(program.program());
    let lines = block.text.lines().map(str::trim).filter(|l| !l.is_empty());
    lines.filter_map(|line| edge(&graph, line).err()).collect()
}

/// What `pipec lineage --format json` prints.
fn json(block: &Block, last: Option<&(Sources, Compilation)>) -> Vec<String> {
    let Some((sources, Some(program))) = last.map(|(s, c)| (s, c.program.as_ref())) else {
        return vec!["the block before it has no program, so no lineage".to_owned()];
    };
    let graph = Graph::new(program.program());
    let actual = lineage::json(&graph, &graph.whole(), sources, true);
    if actual == block.text { Vec::new() } else { vec![format!("expected {}\n      got {actual}", block.text)] }
}

/// What `pipec lineage NAME` prints.
fn tree(block: &Block, compilation: Option<&Compilation>) -> Vec<String> {
    let Some(program) = compilation.and_then(|c| c.program.as_ref()) else {
        return vec!["the block before it has no program, so no lineage".to_owned()];
    };
    let graph = Graph::new(program.program());
    let Ok(roots) = graph.named(block.text.split_whitespace().next().unwrap()) else {
        return vec!["the first word names no column".to_owned()];
    };
    let shape = lineage::Shape { up: true, depth: None, control: false, paint: lineage::Paint::Plain };
    let actual = lineage::text(&graph, &roots, shape);
    if actual == block.text { Vec::new() } else { vec![format!("expected\n{}\n      got\n{actual}", block.text)] }
}

fn edge(graph: &Graph<'_>, line: &str) -> Result<(), String> {
    let name = line.split(" <- ").next().unwrap().split(" = ").next().unwrap().split(" when ").next().unwrap();
    let node = graph.whole().nodes.into_iter().find(|n| graph.name(*n) == name).ok_or_else(|| format!("there is no `{name}`"))?;
    let mut actual = name.to_owned();
    for (kind, word) in [(Edge::Value, "<-"), (Edge::Equal, "="), (Edge::Control, "when")] {
        let mut names: Vec<String> = graph.into(node).iter().filter(|l| l.kind == kind).map(|l| graph.name(l.from)).collect();
        names.sort();
        if !names.is_empty() {
            actual.push_str(&format!(" {word} {}", names.join(", ")));
        }
    }
    if actual == line { Ok(()) } else { Err(format!("expected {line}\n      got {actual}")) }
}

fn column(program: &Program, line: &str) -> Result<(), String> {
    let (path, _) = line.split_once(':').ok_or_else(|| format!("`{line}` is no column"))?;
    let (table, name) = path.rsplit_once('.').ok_or_else(|| format!("`{path}` is no column"))?;
    let (_, table) = program.table_named(table).ok_or_else(|| format!("there is no table `{table}`"))?;
    let column = table.columns.iter().find(|c| c.name.as_str() == name).ok_or_else(|| format!("there is no column `{path}`"))?;
    let nullable = if column.nullable { "null" } else { "not null" };
    let value = told(program, column.label.values());
    let control = told(program, column.label.controls());
    let mut actual = format!("{path}: {} {nullable}", column.ty);
    if !value.is_empty() {
        actual.push_str(&format!(" {{{value}}}"));
    }
    if !control.is_empty() {
        actual.push_str(&format!(" when {{{control}}}"));
    }
    if actual == line { Ok(()) } else { Err(format!("expected {line}\n      got {actual}")) }
}

/// `birth_date: direct, name: aggregate(11)`, in order of category name.
fn told(program: &Program, levels: &[(CategoryId, Level)]) -> String {
    let level = |l: &Level| match (l.form, l.aggregate) {
        (Form::Public, Some(k)) => format!("aggregate({k})"),
        (form, Some(k)) => format!("{} + aggregate({k})", form.name()),
        (form, None) => form.name().to_owned(),
    };
    let name = |id: &CategoryId| program.category(*id).map_or("?", |c| c.name.as_str());
    let mut all: Vec<String> = levels.iter().map(|(c, l)| format!("{}: {}", name(c), level(l))).collect();
    all.sort();
    all.join(", ")
}
