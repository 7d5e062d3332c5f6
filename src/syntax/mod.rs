//! Text to tree: a total, lossless parse and the typed tree later phases read. `parser.rs` is the only file that knows pest.

pub mod ast;
mod build;
mod cursor;
mod explain;
mod keywords;
mod parser;
mod scan;
mod symbols;
mod token;

pub use token::{Bracket, Quote, Token, TokenKind, Tokens, tokens};

use crate::base::{FileId, Span};
use crate::diag::{Code, Diagnostic, Diagnostics};
use parser::Rule;
use std::borrow::Cow;

/// The largest file that is read, in bytes.
pub const MAX_BYTES: usize = 8 << 20;

/// More mistakes than anyone reads; further ones of the same file are not reported.
const MAX_MISTAKES: usize = 100;

/// Parses a file. Never fails: what is broken is reported and left out, the rest is kept.
pub fn parse(file: FileId, text: &str, diagnostics: &mut Diagnostics) -> ast::File {
    let mut tree = ast::File::default();
    if text.len() > MAX_BYTES {
        let problem = Diagnostic::error(
            Code::FileTooLarge,
            Span::new(file, 0, 0),
            format!("the file has {} bytes, more than {MAX_BYTES}", text.len()),
        );
        diagnostics.push(problem.label("this file").help("split it: files of a project share one namespace"));
        return tree;
    }
    if let Some(at) = text.find('\0') {
        let problem = Diagnostic::error(Code::NotText, Span::new(file, at, at + 1), "the file holds a NUL character");
        diagnostics.push(problem.help("no warehouse and no file format takes one: remove it"));
        return tree;
    }
    let mut found = Vec::new();
    for range in scan::stretches(file, text, &mut found) {
        let stretch = text.get(range.clone()).unwrap_or("");
        match parser::parse(Rule::file, stretch) {
            Ok(root) => build::Builder::new(file, range.start, &mut found).file(root, &mut tree),
            Err(failure) => found.push(explain::stretch(file, range.start, stretch, &failure)),
        }
        if found.len() > MAX_MISTAKES {
            break;
        }
    }
    found.into_iter().take(MAX_MISTAKES).for_each(|problem| diagnostics.push(problem));
    tree
}

/// Parses the expression inside a `${…}`. `at` is the place of `text`.
///
/// # Errors
/// When it is no generation expression.
pub fn parse_hole(text: &str, at: Span) -> Result<ast::GenExpr, Diagnostic> {
    build::hole(text, at)
}

/// A snippet's text as SQL: `//` comments, which may stand in its brackets and between its lines, become `--`.
/// Every byte keeps its place.
pub fn as_sql(snippet: &str) -> Cow<'_, str> {
    if !snippet.contains("//") {
        return Cow::Borrowed(snippet);
    }
    let mut sql = String::with_capacity(snippet.len());
    for token in tokens(snippet) {
        let text = snippet.get(token.start..token.end).unwrap_or("");
        match text.strip_prefix("//") {
            Some(comment) if matches!(token.kind, TokenKind::Comment | TokenKind::Doc) => {
                sql.push_str("--");
                sql.push_str(comment);
            }
            _ => sql.push_str(text),
        }
    }
    Cow::Owned(sql)
}
