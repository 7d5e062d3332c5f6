//! The tutorial as its reader follows it: every listing is written to its file, every command is run, and what it prints is what the page shows.
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

use std::fs;
use std::path::Path;
use std::process::Command;
use support::{root, scratch};

/// What stands between two fences.
struct Block<'t> {
    line: usize,
    /// `pipe project.pipe append`
    info: Vec<&'t str>,
    text: String,
}

fn blocks(page: &str) -> Vec<Block<'_>> {
    let mut found: Vec<Block<'_>> = Vec::new();
    let mut open = false;
    for (number, line) in page.lines().enumerate() {
        match (line.strip_prefix("```"), open) {
            (Some(info), false) => {
                found.push(Block { line: number + 1, info: info.split_whitespace().collect(), text: String::new() });
                open = true;
            }
            (Some(_), true) => open = false,
            (None, true) => {
                let block = found.last_mut().unwrap();
                block.text.push_str(line);
                block.text.push('\n');
            }
            (None, false) => {}
        }
    }
    assert!(!open, "a fence is left open");
    found
}

/// Replaces the lines with `-` by those with `+`; what neither has stands around them.
fn patched(before: &str, diff: &str) -> Option<String> {
    let side = |skip: char| -> String {
        diff.lines().filter(|l| !l.starts_with(skip)).map(|l| format!("{}\n", l.get(1..).unwrap_or(""))).collect()
    };
    let (old, new) = (side('+'), side('-'));
    (before.matches(&old).count() == 1).then(|| before.replacen(&old, &new, 1))
}

/// What a command prints, on both outputs in the order a terminal shows them, and how it ended.
fn shown(folder: &Path, command: &str) -> String {
    let path =
        format!("{}:{}", Path::new(env!("CARGO_BIN_EXE_pipec")).parent().unwrap().display(), std::env::var("PATH").unwrap_or_default());
    let author = [("GIT_AUTHOR_NAME", "a"), ("GIT_AUTHOR_EMAIL", "a@b"), ("GIT_COMMITTER_NAME", "a"), ("GIT_COMMITTER_EMAIL", "a@b")];
    let done = Command::new("sh")
        .args(["-c", &format!("exec 2>&1\n{command}")])
        .current_dir(folder)
        .env("PATH", path)
        .env("LC_ALL", "C.UTF-8")
        .env_remove("SOURCE_DATE_EPOCH")
        .envs(author)
        .output()
        .unwrap();
    let text = String::from_utf8(done.stdout).unwrap();
    match done.status.code() {
        Some(0) => text,
        code => format!("{text}[exit {}]\n", code.unwrap_or(-1)),
    }
}

/// Whether a text is what a page shows of it: a line `…` stands for any lines, `…` at the end or in the middle of a line for any letters.
fn fits(shown: &[&str], real: &[&str]) -> bool {
    match shown.split_first() {
        None => real.is_empty(),
        Some((&"…", rest)) => (0..=real.len()).any(|skip| fits(rest, &real[skip..])),
        Some((line, rest)) => real.split_first().is_some_and(|(first, after)| line_fits(line, first) && fits(rest, after)),
    }
}

fn line_fits(shown: &str, real: &str) -> bool {
    // pipec itself cuts long values with `…`; a page may leave out more.
    let mut parts = shown.split('…');
    let first = parts.next().unwrap();
    let Some(mut rest) = real.strip_prefix(first) else { return false };
    let parts: Vec<&str> = parts.collect();
    for (index, part) in parts.iter().enumerate() {
        let last = index + 1 == parts.len();
        let found = if last && !part.is_empty() { rest.strip_suffix(part).map(str::len) } else { rest.find(part) };
        let Some(at) = found else { return false };
        rest = &rest[at + part.len()..];
    }
    parts.last().is_some_and(|p| p.is_empty()) || rest.is_empty()
}

fn console(folder: &Path, block: &Block<'_>) -> usize {
    let mut commands: Vec<(&str, Vec<&str>)> = Vec::new();
    for line in block.text.lines() {
        match line.strip_prefix("$ ") {
            Some(command) => commands.push((command, Vec::new())),
            None => commands.last_mut().expect("a console begins with a command").1.push(line),
        }
    }
    for (command, expected) in &commands {
        let real = shown(folder, command);
        let lines: Vec<&str> = real.lines().collect();
        assert!(fits(expected, &lines), "line {}: `{command}` prints\n{real}\nand the page shows\n{}", block.line, expected.join("\n"));
    }
    commands.len()
}

#[test]
fn every_step_of_the_tutorial_is_as_it_says() {
    let page = fs::read_to_string(root().join("docs/tutorial/README.md")).unwrap();
    let here = scratch();
    let folder = here.path().join("efiche");
    fs::create_dir_all(folder.join("data")).unwrap();
    let mut ran = 0;
    for block in blocks(&page) {
        match block.info.as_slice() {
            ["console"] => ran += console(&folder, &block),
            ["pipe" | "json", file] => fs::write(folder.join(file), &block.text).unwrap(),
            ["pipe", file, "append"] => {
                let before = fs::read_to_string(folder.join(file)).unwrap();
                fs::write(folder.join(file), format!("{before}{}", block.text)).unwrap();
            }
            ["diff", file] => {
                let before = fs::read_to_string(folder.join(file)).unwrap();
                let after = patched(&before, &block.text).unwrap_or_else(|| panic!("line {}: the change does not fit", block.line));
                fs::write(folder.join(file), after).unwrap();
            }
            other => panic!("line {}: a listing of no known kind: {other:?}", block.line),
        }
    }
    assert!(ran >= 20, "only {ran} commands were run");
}

/// Commands of a README: without `cargo run --release --`, which stands for the binary, and without the remark behind them.
fn commands(readme: &str) -> Vec<Vec<&str>> {
    let of = |block: &str| -> Vec<String> { block.lines().map(str::to_owned).collect() };
    let told: Vec<String> = blocks(readme).iter().filter(|b| b.info == ["sh"]).flat_map(|b| of(&b.text)).collect();
    let asked = readme.lines().filter(|l| told.iter().any(|t| t == l));
    let own = asked.filter_map(|l| l.strip_prefix("cargo run --release -- "));
    own.map(|l| l.split('#').next().unwrap().split_whitespace().collect()).collect()
}

/// What a README runs on real engines, `tests/real.rs` runs: here each judge has to be there, and to know the words it is given.
fn judges_are_asked_rightly(name: &str, readme: &str) {
    let asked: Vec<&str> = readme.lines().filter(|l| l.starts_with("python3 tests/real/")).collect();
    let folder = format!("examples/{name}");
    assert!(asked.len() >= 2, "{name} says of too few engines how it runs on them: {asked:?}");
    for command in asked {
        let words: Vec<&str> = command.split("      #").next().unwrap().split_whitespace().skip(1).collect();
        let judge = fs::read_to_string(root().join(words[0])).unwrap_or_else(|_| panic!("{name}: {} is not there", words[0]));
        for option in words.iter().filter(|w| w.starts_with("--")) {
            assert!(judge.contains(&format!("\"{option}\"")), "{name}: {} has no {option}", words[0]);
        }
        assert!(words.windows(2).any(|w| w == ["--example", folder.as_str()]), "{name}: {command}");
        for (_, file) in words.iter().filter_map(|w| w.split_once('=')) {
            assert!(root().join(file).is_file(), "{name}: there is no {file}");
        }
    }
}

/// Every page and folder that a README points to.
fn links_lead_somewhere(name: &str, readme: &str) {
    for target in readme.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next()).filter(|t| !t.contains("://")) {
        assert!(root().join("examples").join(name).join(target).exists(), "{name}: {target} is not there");
    }
}

#[test]
fn every_command_of_the_examples_is_carried_out() {
    for name in support::examples() {
        let readme = fs::read_to_string(root().join("examples").join(&name).join("README.md")).unwrap();
        judges_are_asked_rightly(&name, &readme);
        links_lead_somewhere(&name, &readme);
        let here = scratch();
        support::copy(&support::example(&name), &here.path().join("examples").join(&name));
        let commands = commands(&readme);
        assert!(commands.iter().any(|c| c[0] == "docs") && commands.iter().any(|c| c[0] == "run"), "{name}: {commands:?}");
        for command in commands {
            let ran = support::pipec_in(here.path(), &command);
            assert_eq!(ran.code, Some(0), "{name}: {command:?}\n{}", ran.all());
        }
        let site = here.path().join("examples").join(&name).join("target/docs");
        assert!(fs::read_to_string(site.join("index.html")).unwrap().contains("<svg"), "{name} has no picture");
        // The table of files names each file, and no other.
        for path in support::tree(&support::example(&name)).into_keys().filter(|p| p.ends_with(".pipe")) {
            assert!(readme.contains(&format!("`{path}`")), "{name}: the README does not name {path}");
        }
    }
}

#[test]
fn what_is_left_out_is_all_that_may_differ() {
    assert!(fits(&["a", "…", "d"], &["a", "b", "c", "d"]));
    assert!(fits(&["…"], &[]));
    assert!(!fits(&["a", "…", "d"], &["a", "b", "c"]));
    assert!(!fits(&["a"], &["a", "b"]));
    assert!(line_fits("named like …", "named like `x`"));
    assert!(line_fits("Compared with HEAD (…):", "Compared with HEAD (abc):"));
    assert!(!line_fits("Compared with HEAD (…):", "Compared with HEAD (abc)"));
    assert!(!line_fits("4 models", "4 models built"));
    assert_eq!(patched("a\nb\n", "-b\n+c\n").unwrap(), "a\nc\n");
    assert!(patched("a\n", "-b\n+c\n").is_none());
}
