//! Whether emitted files are what their names say: SQL that can be tokenized, YAML, HCL, JSON, CSV and shell that can be parsed.

use sqlparser::dialect::{PostgreSqlDialect, SQLiteDialect};
use sqlparser::tokenizer::{Token, Tokenizer, Whitespace};
use std::process::{Command, Stdio};

/// What is wrong with a file; `None` when nothing is.
pub(crate) fn broken(path: &str, bytes: &[u8]) -> Option<String> {
    let Ok(text) = std::str::from_utf8(bytes) else { return Some("it is not UTF-8".to_owned()) };
    if text.contains('\0') {
        return Some("it holds a NUL".to_owned());
    }
    let told = |problem: &dyn std::fmt::Display| Some(problem.to_string());
    match path.rsplit_once('.').map(|(_, extension)| extension) {
        Some("sql") if path.starts_with("dbt/macros/") => None,
        Some("sql") if path.starts_with("dbt/") => {
            rendered(text).map_or_else(|| Some("its Jinja is not closed".to_owned()), |sql| untokenizable(&sql, false))
        }
        Some("sql") => untokenizable(&without_psql(text), path.contains("sqlite")),
        Some("yml" | "yaml") => serde_saphyr::from_str::<serde_json::Value>(text).err().and_then(|e| told(&e)),
        Some("tf") => hcl::parse(text).err().and_then(|e| told(&e)),
        Some("json") => serde_json::from_str::<serde_json::Value>(text).err().and_then(|e| told(&e)),
        Some("csv") => csv::ReaderBuilder::new().from_reader(bytes).records().find_map(Result::err).and_then(|e| told(&e)),
        Some("sh") => unreadable_for_bash(bytes),
        _ => None,
    }
}

/// SQL whose brackets match once its strings and comments are told apart: an unescaped quote would upset both.
fn untokenizable(sql: &str, sqlite: bool) -> Option<String> {
    let tokens =
        if sqlite { Tokenizer::new(&SQLiteDialect {}, sql).tokenize() } else { Tokenizer::new(&PostgreSqlDialect {}, sql).tokenize() };
    let tokens = match tokens {
        Ok(tokens) => tokens,
        Err(problem) => return Some(problem.to_string()),
    };
    let mut open = Vec::new();
    for token in tokens {
        match token {
            Token::LParen => open.push(Token::RParen),
            Token::LBracket => open.push(Token::RBracket),
            Token::LBrace => open.push(Token::RBrace),
            Token::RParen | Token::RBracket | Token::RBrace if open.pop().as_ref() != Some(&token) => {
                return Some(format!("a `{token}` too many"));
            }
            Token::Whitespace(Whitespace::MultiLineComment(_)) => return Some("a comment that pipec does not write".to_owned()),
            _ => {}
        }
    }
    open.pop().map(|t| format!("a `{t}` is missing"))
}

/// psql's own lines.
fn without_psql(text: &str) -> String {
    text.split_inclusive('\n').filter(|l| !l.starts_with('\\')).collect()
}

/// What dbt would make of it, roughly: `{{ 'literal' }}` becomes its text, any other expression a name, statements and comments nothing.
/// `None` when something is not closed.
fn rendered(text: &str) -> Option<String> {
    let (mut out, mut rest) = (String::new(), text);
    while let Some(at) = rest.find("{{").into_iter().chain(rest.find("{%")).chain(rest.find("{#")).min() {
        out.push_str(&rest[..at]);
        let (open, tail) = rest[at..].split_at(2);
        let close = if open == "{{" {
            "}}"
        } else if open == "{%" {
            "%}"
        } else {
            "#}"
        };
        let end = closing(tail, close)?;
        if open == "{{" {
            let inner = tail[..end].trim();
            match inner.strip_prefix('\'').and_then(|i| i.strip_suffix('\'')) {
                Some(literal) if !literal.contains('\'') => out.push_str(literal),
                _ => out.push_str(" x "),
            }
        }
        rest = &tail[end + 2..];
    }
    out.push_str(rest);
    Some(out)
}

/// Where an expression closes, strings skipped.
fn closing(text: &str, close: &str) -> Option<usize> {
    let mut quote = None;
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match quote {
            Some(q) => {
                if !escaped && c == q {
                    quote = None;
                }
                escaped = c == '\\' && !escaped;
            }
            None if text[at..].starts_with(close) => return Some(at),
            None if c == '\'' || c == '"' => (quote, escaped) = (Some(c), false),
            None => {}
        }
    }
    None
}

fn unreadable_for_bash(script: &[u8]) -> Option<String> {
    use std::io::Write as _;
    let mut child = Command::new("bash").arg("-n").stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let _ = child.stdin.take().unwrap().write_all(script);
    let done = child.wait_with_output().unwrap();
    (!done.status.success()).then(|| String::from_utf8_lossy(&done.stderr).into_owned())
}
