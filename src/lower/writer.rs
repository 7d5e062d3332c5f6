use super::Cx;
use super::tokens::{Start, tokens};
use crate::base::{Ident, Span};
use crate::resolve::{Env, Generator};
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{Location, Token, TokenWithSpan, Tokenizer, Word};

/// What stands for `$1`, `$2`, … in [`TokenWriter::sql`].
#[derive(Clone, Copy)]
pub(super) enum Part<'p> {
    /// `alias."column"`
    Column(&'p str, &'p Ident),
    /// `"name"`
    Name(&'p Ident),
    /// A number.
    Number(u32),
    /// Tokens as they are.
    Tokens(&'p [TokenWithSpan]),
}

/// Writes the tokens of a SQL query: words and signs that nobody wrote point to the declaration they stand for,
/// written snippets keep their own places. Nothing is ever turned back into text.
pub(super) struct TokenWriter<'c, 'a> {
    pub(super) cx: &'c Cx<'a>,
    pub(super) generator: &'c Generator<'c>,
    pub(super) out: Vec<TokenWithSpan>,
    /// Set when a snippet could not be read; the problem is reported.
    pub(super) failed: bool,
}

impl<'c, 'a> TokenWriter<'c, 'a> {
    pub(super) fn new(cx: &'c Cx<'a>, generator: &'c Generator<'c>) -> Self {
        TokenWriter { cx, generator, out: Vec::new(), failed: false }
    }

    /// Key words and plain names, one blank between them.
    pub(super) fn words(&mut self, words: &str, at: Span) {
        for word in words.split(' ') {
            self.push(Token::make_keyword(word), at);
        }
    }

    /// A name that is never read as a key word.
    pub(super) fn name(&mut self, name: &Ident, at: Span) {
        self.push(Token::Word(Word { value: name.as_str().to_owned(), quote_style: Some('"'), keyword: Keyword::NoKeyword }), at);
    }

    /// `alias."column"`
    pub(super) fn column(&mut self, alias: &str, column: &Ident, at: Span) {
        self.name(&Ident::exact(alias), at);
        self.push(Token::Period, at);
        self.name(column, at);
    }

    /// A text constant.
    pub(super) fn text(&mut self, text: &str, at: Span) {
        self.push(Token::SingleQuotedString(text.to_owned()), at);
    }

    /// A stretch of SQL that pipec itself words; `$1`, `$2`, … are put in as tokens, so that no name is ever read as SQL.
    pub(super) fn sql(&mut self, text: &'static str, parts: &[Part<'_>], at: Span) {
        let Ok(tokens) = Tokenizer::new(&PostgreSqlDialect {}, text).tokenize() else {
            self.failed = true;
            return;
        };
        for token in tokens {
            let Token::Placeholder(placeholder) = &token else {
                if !matches!(token, Token::Whitespace(_)) {
                    self.push(token, at);
                }
                continue;
            };
            let number = placeholder.trim_start_matches('$').parse::<usize>().ok();
            match number.and_then(|n| parts.get(n.wrapping_sub(1))) {
                Some(Part::Column(alias, column)) => self.column(alias, column, at),
                Some(Part::Name(name)) => self.name(name, at),
                Some(Part::Number(number)) => self.push(Token::Number(number.to_string(), false), at),
                Some(Part::Tokens(tokens)) => self.out.extend(tokens.iter().cloned()),
                None => self.failed = true,
            }
        }
    }

    /// What an author wrote.
    pub(super) fn snippet(&mut self, at: Span, env: &Env) {
        match tokens(self.cx, self.generator, env, at, Start::Value) {
            Some(tokens) => self.out.extend(tokens),
            None => self.failed = true,
        }
    }

    pub(super) fn push(&mut self, token: Token, at: Span) {
        let span = place(self.cx, at);
        self.out.push(TokenWithSpan { token, span });
    }
}

/// Where a token that nobody wrote points to.
pub(super) fn place(cx: &Cx<'_>, at: Span) -> sqlparser::tokenizer::Span {
    let start = cx.sources.get(at.file).map(|f| f.line_col(at.start));
    let start =
        start.map_or(Location { line: 0, column: 0 }, |l| Location { line: u64::from(l.line) + 1, column: u64::from(l.column) + 1 });
    sqlparser::tokenizer::Span { start, end: start }
}
