//! Fenced blocks of Markdown pages as projects, for `tests/codes.rs` and `tests/spec.rs`.
//!
//! A ```` ```pipe ```` block is a project: `// file: models/x.sql` or `// data: seeds/x.csv` starts another file, and what stands
//! before is `main.pipe`. A ```` ```pipe prelude ```` block is added to every later project of its page as `prelude.pipe`.

use pipec::base::{Sources, VPath};
use pipec::diag::{Diagnostic, Severity};
use pipec::driver::{Compilation, Options, compile};
use std::fs;
use std::path::{Path, PathBuf};

/// A fenced block.
pub(crate) struct Block {
    /// What stands behind the backticks.
    pub(crate) info: String,
    /// What stands between them.
    pub(crate) text: String,
    /// Line of the opening fence, from 1.
    pub(crate) line: usize,
}

/// The fenced blocks of a page, in order.
pub(crate) fn blocks(page: &str) -> Vec<Block> {
    let mut found = Vec::new();
    let mut open: Option<Block> = None;
    for (number, line) in (1..).zip(page.lines()) {
        match (line.strip_prefix("```"), open.take()) {
            (Some(info), None) => open = Some(Block { info: info.trim().to_owned(), text: String::new(), line: number }),
            (Some(_), Some(block)) => found.push(block),
            (None, Some(mut block)) => {
                block.text.push_str(line);
                block.text.push('\n');
                open = Some(block);
            }
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "a block is never closed");
    found
}

/// The files of a block: path, text, whether it is data.
fn files(text: &str) -> Vec<(String, String, bool)> {
    let mut files = vec![("main.pipe".to_owned(), String::new(), false)];
    for line in text.lines() {
        if let Some(path) = line.strip_prefix("// file: ") {
            files.push((path.trim().to_owned(), String::new(), false));
        } else if let Some(path) = line.strip_prefix("// data: ") {
            files.push((path.trim().to_owned(), String::new(), true));
        } else if let Some((_, text, _)) = files.last_mut() {
            text.push_str(line);
            text.push('\n');
        }
    }
    files
}

/// A block as a project, with the standard library.
pub(crate) fn sources(prelude: &str, block: &str) -> Sources {
    let mut sources = Sources::new();
    // The FHIR types are a thousand lines: parsed only where they are used.
    let wants_fhir = prelude.contains("std.fhir") || block.contains("std.fhir");
    for (path, text) in pipec::stdlib::files() {
        if wants_fhir || !path.contains("fhir") {
            sources.add(VPath::new(path).unwrap(), *text);
        }
    }
    let mut add = |path: &str, text: String, data: bool| {
        let path = VPath::new(path).unwrap();
        if data { sources.add_data(path, text.into_bytes()) } else { _ = sources.add(path, text) }
    };
    for (path, text, data) in files(block) {
        add(&path, text, data);
    }
    if !prelude.is_empty() {
        add("prelude.pipe", prelude.to_owned(), false);
    }
    sources
}

/// The day it is in every page.
pub(crate) const TODAY: &str = "2026-06-30";

/// Compiles a block, and emits its targets.
pub(crate) fn compiled(prelude: &str, block: &str) -> (Sources, Compilation) {
    let sources = sources(prelude, block);
    let compilation = compile(&sources, &Options { emit: true, today: Some(TODAY.to_owned()), ..Options::default() });
    (sources, compilation)
}

/// `main.pipe:3: error[P0208]: the message`
pub(crate) fn shown(diagnostic: &Diagnostic, sources: &Sources) -> String {
    let path = sources.get(diagnostic.at.file).map_or("?", |f| f.path.as_str());
    format!("{path}:{}: {}[{}]: {}", line_of(diagnostic, sources), severity(diagnostic), diagnostic.code.id(), diagnostic.message)
}

/// Line of a diagnostic, from 1.
pub(crate) fn line_of(diagnostic: &Diagnostic, sources: &Sources) -> usize {
    sources.get(diagnostic.at.file).map_or(0, |f| f.line_col(diagnostic.at.start).line as usize + 1)
}

/// `error` or `warning`
pub(crate) fn severity(diagnostic: &Diagnostic) -> &'static str {
    match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

/// The Markdown files of a folder, in order of name.
pub(crate) fn pages(folder: &str) -> Vec<(PathBuf, String)> {
    let all = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path());
    let mut found: Vec<PathBuf> = all.filter(|p| p.extension().is_some_and(|e| e == "md")).collect();
    found.sort();
    assert!(!found.is_empty(), "no pages in {folder}");
    found.into_iter().map(|path| (path.clone(), read(&path))).collect()
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap().replace("\r\n", "\n")
}

/// Runs a check over pages on all cores and fails with everything found.
pub(crate) fn check_all(pages: &[(PathBuf, String)], check: impl Fn(&Path, &str) -> Vec<String> + Sync) {
    let check = &check;
    let problems: Vec<String> = std::thread::scope(|scope| {
        let running: Vec<_> = pages.iter().map(|(path, text)| scope.spawn(move || check(path, text))).collect();
        running.into_iter().flat_map(|r| r.join().unwrap()).collect()
    });
    assert!(problems.is_empty(), "{} problems\n\n{}", problems.len(), problems.join("\n\n"));
}
