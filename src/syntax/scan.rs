use super::keywords::ITEM_KEYWORDS;
use super::token::{Bracket, Quote, Token, TokenKind, tokens};
use crate::base::{FileId, Span};
use crate::diag::{Code, Diagnostic};
use std::ops::Range;

/// The deepest nesting of brackets and blocks a file may have, and the deepest of `case` in `case`: the parser goes down a level of the
/// stack for each.
pub(super) const MAX_DEPTH: usize = 64;

/// Why a stretch cannot go to the parser.
#[derive(Clone, Copy, Debug)]
enum Problem {
    TooDeep { at: usize },
    TooManyCases { at: usize },
    OpenQuote { quote: Quote, at: usize },
    OpenBracket { bracket: Bracket, at: usize, closer: Option<usize> },
    Stray { bracket: Bracket, at: usize },
}

/// The stretches of a file whose brackets and texts close, cut between items. What does not close is reported and left out:
/// so the parser never looks for a closer that is not there, which is what keeps it linear.
pub(super) fn stretches(file: FileId, text: &str, found: &mut Vec<Diagnostic>) -> Vec<Range<usize>> {
    match balanced(text, 0) {
        Ok(parts) => parts,
        Err(_) => {
            let mut parts = Vec::new();
            for piece in pieces(text) {
                let slice = text.get(piece.clone()).unwrap_or("");
                match balanced(slice, piece.start) {
                    Ok(good) => parts.extend(good),
                    Err(problem) => found.push(problem.diagnostic(file, text)),
                }
            }
            parts
        }
    }
}

/// Cuts a balanced text before every item that starts a line outside brackets.
fn balanced(text: &str, base: usize) -> Result<Vec<Range<usize>>, Problem> {
    let mut open: Vec<(Bracket, usize)> = Vec::new();
    let mut cases = Cases::default();
    let mut starts = vec![base];
    let mut line_start = false;
    let mut after_doc = false;
    for Token { kind, start, end } in tokens(text) {
        let at = base + start;
        match kind {
            TokenKind::Word | TokenKind::Doc if line_start && open.is_empty() && !after_doc && starts_item(text, start) => {
                starts.push(at);
                cases = Cases::default();
            }
            TokenKind::Word => cases.word(text.get(start..end).unwrap_or(""), text.get(end..).unwrap_or("")),
            TokenKind::Open(_) if open.len() >= MAX_DEPTH => return Err(Problem::TooDeep { at }),
            TokenKind::Open(bracket) => {
                open.push((bracket, at));
                cases.outside.push(cases.here);
            }
            TokenKind::Close(bracket) => match open.pop() {
                Some((opened, _)) if opened == bracket => cases.here = cases.outside.pop().unwrap_or(0),
                Some((opened, from)) => return Err(Problem::OpenBracket { bracket: opened, at: from, closer: Some(at) }),
                None => return Err(Problem::Stray { bracket, at }),
            },
            TokenKind::Unclosed(quote) => return Err(Problem::OpenQuote { quote, at }),
            _ => {}
        }
        if cases.here > MAX_DEPTH {
            return Err(Problem::TooManyCases { at });
        }
        line_start = kind == TokenKind::Newline;
        after_doc = match kind {
            TokenKind::Doc => true,
            TokenKind::Newline | TokenKind::Blank | TokenKind::Comment | TokenKind::BlockComment => after_doc,
            _ => false,
        };
    }
    if let Some((bracket, at)) = open.first().copied() {
        return Err(Problem::OpenBracket { bracket, at, closer: None });
    }
    let ends = starts.iter().copied().skip(1).chain([base + text.len()]);
    Ok(starts.iter().copied().zip(ends).map(|(a, b)| a..b).collect())
}

/// How many `case`s are open: here, and outside of each open bracket.
#[derive(Default)]
struct Cases {
    here: usize,
    outside: Vec<usize>,
}

impl Cases {
    /// A word, and what stands behind it: a `case` before a sign is a column, as in the grammar.
    fn word(&mut self, word: &str, behind: &str) {
        if word.eq_ignore_ascii_case("case") {
            let is_name = behind.trim_start_matches([' ', '\t', '\r']).starts_with(['=', '<', '>', '!', ',', '.', ':', ')', '}', ';', '@']);
            self.here += usize::from(!is_name);
        } else if word.eq_ignore_ascii_case("end") {
            self.here = self.here.saturating_sub(1);
        }
    }
}

/// Whether documentation or an item's keyword stands here; the `for r` of a policy is none.
fn starts_item(text: &str, at: usize) -> bool {
    let line = text.get(at..).and_then(|rest| rest.lines().next()).unwrap_or("");
    let mut words = line.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|w| !w.is_empty());
    match words.next() {
        _ if line.starts_with("///") => true,
        Some("for") => words.nth(1) == Some("in"),
        first => first.is_some_and(|word| line.starts_with(word) && ITEM_KEYWORDS.contains(&word)),
    }
}

/// Cuts a text before every line that starts with an item's keyword, blind to brackets: where to go on after a mistake.
fn pieces(text: &str) -> Vec<Range<usize>> {
    let mut starts = vec![0];
    let mut docs_from = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if line.starts_with("///") {
            docs_from = docs_from.or(Some(at));
        } else if starts_item(line, 0) {
            starts.push(docs_from.take().unwrap_or(at));
        } else {
            docs_from = None;
        }
        at += line.len();
    }
    starts.dedup();
    let ends = starts.iter().copied().skip(1).chain([text.len()]);
    starts.iter().copied().zip(ends).map(|(a, b)| a..b).collect()
}

impl Problem {
    fn diagnostic(self, file: FileId, text: &str) -> Diagnostic {
        let span = |at: usize, length: usize| Span::new(file, at, at + length);
        match self {
            Problem::TooDeep { at } => {
                Diagnostic::error(Code::TooDeep, span(at, 1), format!("brackets are nested more than {MAX_DEPTH} deep"))
                    .label("the bracket that is one too many")
                    .help("move the inner part into a `let` or a model of its own")
            }
            Problem::TooManyCases { at } => {
                Diagnostic::error(Code::TooDeep, span(at, 4), format!("`case` is nested more than {MAX_DEPTH} deep"))
                    .label("the one too many")
                    .help("end each `case` with `end`, or move the inner part into a `let` or a model of its own")
            }
            Problem::OpenQuote { quote, at } => {
                let opener = match quote {
                    Quote::Comment => "/*",
                    other => other.closer(),
                };
                let help = match quote {
                    Quote::Text => "a text ends on the line it begins: close it with `\"`, or use `\"\"\"` for several lines".to_owned(),
                    Quote::SqlText => {
                        "a text ends on the line it begins: close it with `'`; an apostrophe inside is written twice".to_owned()
                    }
                    _ => format!("close it with `{}`", quote.closer()),
                };
                Diagnostic::error(Code::UnclosedBlock, span(at, opener.len()), format!("`{opener}` is never closed"))
                    .label("opened here")
                    .help(help)
            }
            Problem::OpenBracket { bracket, at, closer } => {
                let end = text.get(at..).and_then(|t| t.find(['(', '[', '{'])).map_or(1, |n| n + 1);
                let opener = text.get(at..at + end).unwrap_or("{");
                let problem = Diagnostic::error(Code::UnclosedBlock, span(at, end), format!("`{opener}` is never closed"))
                    .label("opened here")
                    .help(format!("close it with `{}`", bracket.closer()));
                match closer.and_then(|c| Some((c, text.get(c..c + 1)?))) {
                    Some((c, sign)) => problem.mark(span(c, 1), format!("this `{sign}` closes nothing")),
                    None => problem,
                }
            }
            Problem::Stray { bracket, at } => {
                let closer = bracket.closer();
                Diagnostic::error(Code::Syntax, span(at, 1), format!("nothing is open here that `{closer}` could close"))
                    .label("closes nothing")
                    .help(format!("remove this `{closer}`, or look for one too many above"))
            }
        }
    }
}
