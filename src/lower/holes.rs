use super::Cx;
use super::tokens::{Start, hole_index};
use crate::base::Span;
use crate::diag::{Code, Diagnostic};
use crate::resolve::Value;
use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{Token, TokenWithSpan, Word};

/// A `${…}` and what it yields.
#[derive(Clone, Debug)]
pub(super) struct Hole {
    /// Its value; `None` for `$${`, which is the text `${`.
    pub(super) value: Option<Value>,
    /// Characters it takes in the text.
    pub(super) width: usize,
    /// Where written.
    pub(super) at: Span,
}

/// Fills holes into tokens. A hole that is a whole word where a value may stand becomes a literal; one in a name, beside a dot,
/// before `(`, after `as` or where a table stands becomes a quoted name; one inside quotes becomes text.
pub(super) fn fill(cx: &Cx<'_>, tokens: Vec<TokenWithSpan>, holes: &[Hole], start: Start) -> Option<Vec<TokenWithSpan>> {
    if holes.is_empty() {
        return Some(tokens);
    }
    let mut filler = Filler { cx, holes, out: Vec::with_capacity(tokens.len() + 4), frames: vec![start == Start::Table], failed: false };
    let mut rest = tokens.into_iter().peekable();
    while let Some(token) = rest.next() {
        let next = rest.peek().map(|t| &t.token);
        let before_name = matches!(next, Some(Token::Period | Token::LParen));
        filler.token(token, before_name, start);
    }
    (!filler.failed).then_some(filler.out)
}

struct Filler<'f, 'a> {
    cx: &'f Cx<'a>,
    holes: &'f [Hole],
    out: Vec<TokenWithSpan>,
    /// Per open bracket: whether it holds a query, where `from` begins a clause (and not `extract(year from …)`).
    frames: Vec<bool>,
    failed: bool,
}

impl Filler<'_, '_> {
    fn token(&mut self, token: TokenWithSpan, before_name: bool, start: Start) {
        let TokenWithSpan { token, span } = token;
        let filled = match token {
            Token::Word(word) if has_hole(&word.value) => self.word(word, before_name, start),
            Token::SingleQuotedString(t) => self.text(&t).map(Token::SingleQuotedString),
            Token::EscapedStringLiteral(t) => self.text(&t).map(Token::EscapedStringLiteral),
            Token::NationalStringLiteral(t) => self.text(&t).map(Token::NationalStringLiteral),
            Token::UnicodeStringLiteral(t) => self.text(&t).map(Token::UnicodeStringLiteral),
            Token::DollarQuotedString(mut quoted) => self.text(&quoted.value).map(|t| {
                quoted.value = t;
                Token::DollarQuotedString(quoted)
            }),
            Token::LParen => {
                self.frames.push(false);
                Some(Token::LParen)
            }
            Token::RParen => {
                if self.frames.len() > 1 {
                    self.frames.pop();
                }
                Some(Token::RParen)
            }
            Token::Word(word) => {
                if matches!(word.keyword, Keyword::SELECT | Keyword::WITH)
                    && let Some(frame) = self.frames.last_mut()
                {
                    *frame = true;
                }
                Some(Token::Word(word))
            }
            Token::Number(..) | Token::Comma | Token::Period | Token::Eq => Some(token),
            other => {
                if has_hole(&other.to_string()) {
                    self.refuse(0, "a `${…}` cannot stand inside this token");
                }
                Some(other)
            }
        };
        match filled {
            Some(Token::Number(digits, long)) if digits.starts_with('-') => {
                let digits = digits.trim_start_matches('-').to_owned();
                for token in [Token::LParen, Token::Minus, Token::Number(digits, long), Token::RParen] {
                    self.out.push(TokenWithSpan { token, span });
                }
            }
            Some(token) => self.out.push(TokenWithSpan { token, span }),
            None => self.failed = true,
        }
    }

    fn word(&mut self, word: Word, before_name: bool, start: Start) -> Option<Token> {
        if word.quote_style.is_none()
            && !before_name
            && !self.after_name_word(start)
            && let Some(hole) = self.lone(&word.value)
        {
            return match hole.value.clone()? {
                Value::Null => Some(Token::make_keyword("NULL")),
                Value::Bool(b) => Some(Token::make_keyword(if b { "TRUE" } else { "FALSE" })),
                Value::Text(t) => Some(Token::SingleQuotedString(t.to_string())),
                Value::Number(n) if is_number(&n) => Some(Token::Number(n.to_string(), false)),
                Value::Number(_) | Value::List(_) | Value::Record(_) => {
                    let at = hole.at;
                    self.report(at, "only a text, a number, a truth value or nothing can stand in SQL");
                    None
                }
            };
        }
        // Fixed parts fold as any unquoted name does; what came from data is kept.
        let name = if word.quote_style.is_none() { word.value.to_ascii_lowercase() } else { word.value.clone() };
        let name = self.text(&name)?;
        if name.is_empty() {
            self.refuse_in(&word.value, "this `${…}` makes an empty name");
            return None;
        }
        Some(Token::Word(Word { value: name, quote_style: Some('"'), keyword: Keyword::NoKeyword }))
    }

    /// Whether what stands before takes a name: a dot, `as`, `with`, or the `from` or `join` of a query.
    fn after_name_word(&self, start: Start) -> bool {
        let Some(previous) = self.out.last() else { return start == Start::Table };
        match &previous.token {
            Token::Period => true,
            Token::Word(w) if w.quote_style.is_none() => match w.keyword {
                Keyword::AS | Keyword::JOIN | Keyword::WITH | Keyword::RECURSIVE => true,
                Keyword::FROM => {
                    let distinct =
                        self.out.iter().rev().nth(1).is_some_and(|t| matches!(&t.token, Token::Word(w) if w.keyword == Keyword::DISTINCT));
                    !distinct && self.frames.last().copied().unwrap_or(false)
                }
                _ => false,
            },
            _ => false,
        }
    }

    /// The hole, when the word is nothing else.
    fn lone(&self, word: &str) -> Option<&Hole> {
        let mut chars = word.chars();
        let hole = self.holes.get(hole_index(chars.next()?)?)?;
        (hole.value.is_some() && chars.count() + 1 == hole.width).then_some(hole)
    }

    /// A text with its holes filled and their padding removed.
    fn text(&mut self, text: &str) -> Option<String> {
        if !has_hole(text) {
            return Some(text.to_owned());
        }
        let mut out = String::with_capacity(text.len());
        let mut chars = text.chars();
        while let Some(c) = chars.next() {
            let Some(hole) = hole_index(c).and_then(|i| self.holes.get(i)) else {
                out.push(c);
                continue;
            };
            match &hole.value {
                None => out.push_str("${"),
                Some(Value::Text(t) | Value::Number(t)) => out.push_str(t),
                Some(Value::Bool(b)) => out.push_str(if *b { "true" } else { "false" }),
                Some(Value::Null | Value::List(_) | Value::Record(_)) => {
                    let at = hole.at;
                    self.report(at, "this `${…}` yields nothing that can be part of a name or text");
                    return None;
                }
            }
            for _ in 1..hole.width {
                chars.next();
            }
        }
        Some(out)
    }

    fn refuse_in(&mut self, text: &str, message: &str) {
        let index = text.chars().find_map(hole_index).unwrap_or(0);
        self.refuse(index, message);
    }

    fn refuse(&mut self, index: usize, message: &str) {
        let at = self.holes.get(index).map_or(self.cx.here, |h| h.at);
        self.report(at, message);
    }

    fn report(&mut self, at: Span, message: &str) {
        self.failed = true;
        self.cx.error(Diagnostic::error(Code::BadHole, at, message));
    }
}

fn has_hole(text: &str) -> bool {
    text.chars().any(|c| hole_index(c).is_some())
}

/// Sign, digits, point, exponent: what SQL reads as one number.
fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    digits.starts_with(|c: char| c.is_ascii_digit())
        && digits.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E' | b'-' | b'+'))
        && text.parse::<f64>().is_ok_and(f64::is_finite)
}
