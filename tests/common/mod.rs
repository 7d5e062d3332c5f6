//! What the text tests share: the corpus and parsing one text.

use pipec::base::{Sources, VPath};
use pipec::diag::{Diagnostic, Diagnostics};
use pipec::syntax::ast::File;
use std::fs;
use std::path::{Path, PathBuf};

/// Every file below a folder with this extension, in order.
pub(crate) fn files(folder: &str, extension: &str) -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let walk = walkdir::WalkDir::new(root).sort_by_file_name().into_iter().filter_map(Result::ok);
    walk.map(|e| e.into_path()).filter(|p| p.extension().is_some_and(|e| e == extension)).collect()
}

/// The ```` ```pipe ```` blocks of a Markdown text, with the line each starts on.
pub(crate) fn blocks(markdown: &str) -> Vec<(usize, String)> {
    let mut blocks = Vec::new();
    let mut open: Option<(usize, String)> = None;
    for (number, line) in markdown.lines().enumerate() {
        match &mut open {
            None if line.trim() == "```pipe" => open = Some((number + 2, String::new())),
            Some(_) if line.trim() == "```" => blocks.extend(open.take()),
            Some((_, text)) => {
                text.push_str(line);
                text.push('\n');
            }
            None => {}
        }
    }
    blocks
}

/// Parses a text; the diagnostics come with their line, from 0.
pub(crate) fn parse(text: &str) -> (File, Vec<(usize, Diagnostic)>) {
    let mut sources = Sources::new();
    let id = sources.add(VPath::new("test.pipe").unwrap(), text);
    let mut diagnostics = Diagnostics::new();
    let file = pipec::syntax::parse(id, text, &mut diagnostics);
    let diagnostics = diagnostics.sorted(&sources);
    let line = |d: &Diagnostic| sources.get(id).unwrap().line_col(d.at.start).line as usize;
    (file, diagnostics.iter().map(|d| (line(d), d.clone())).collect())
}

/// Everything that parses without an error: the examples, the standard library, the blocks of the specs.
pub(crate) fn corpus() -> Vec<(String, String)> {
    let mut texts = Vec::new();
    for path in files("examples", "pipe").into_iter().chain(files("stdlib", "pipe")) {
        texts.push((path.display().to_string(), fs::read_to_string(&path).unwrap()));
    }
    for path in files("tests/spec/syntax", "md") {
        for (line, block) in blocks(&fs::read_to_string(&path).unwrap()) {
            if !block.contains("// error[") {
                texts.push((format!("{}:{line}", path.display()), block));
            }
        }
    }
    texts
}
