//! Cuts a script into statements as BigQuery does: its quotes, names in backticks, and three kinds of comments.

use crate::base::{FileId, Span};

/// A token; comments and blanks are none.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// A bare word, as written.
    Word(String),
    /// A name in backticks.
    Name(String),
    /// A text in simple quotes of either kind.
    Text(String),
    /// Digits.
    Number(String),
    /// An operator, or any other character.
    Sign(String),
    /// A text of another form, as written.
    Other(String),
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Kind::Word(word) => f.write_str(&word.to_ascii_lowercase()),
            Kind::Name(text) | Kind::Text(text) | Kind::Number(text) | Kind::Sign(text) | Kind::Other(text) => f.write_str(text),
        }
    }
}

#[derive(Clone, Debug)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) at: Span,
}

/// Up to its semicolon.
#[derive(Clone, Debug)]
pub(super) struct Statement {
    pub(super) tokens: Vec<Token>,
    pub(super) at: Span,
    /// As written.
    pub(super) text: String,
}

/// What takes another meaning when it is written in capitals is no word of these.
const KEYWORDS: &str = "\
    access all and any array as asc between by case cast cluster coalesce count create cross delete desc distinct drop else end \
    execute exists false filter from full grant group having if ignore immediate in inner insert into is join lateral left like limit \
    matched max merge min not null nulls offset on or order outer over partition policies policy qualify recursive replace revoke \
    right row schema select set some struct sum table then to true union unnest update using values view when where window with";

impl Kind {
    /// Whether it is this keyword, in whatever case.
    pub(super) fn is(&self, keyword: &str) -> bool {
        match self {
            Kind::Word(word) => word.eq_ignore_ascii_case(keyword),
            Kind::Sign(sign) => sign == keyword,
            _ => false,
        }
    }

    /// Whether it means the same. Names of tables tell capitals apart, so only keywords may differ in that.
    fn same(&self, other: &Kind) -> bool {
        match (self, other) {
            (Kind::Word(a), Kind::Word(b)) if a != b => a.eq_ignore_ascii_case(b) && KEYWORDS.split(' ').any(|k| k.eq_ignore_ascii_case(a)),
            _ => self == other,
        }
    }
}

/// Whether two stretches say the same, whatever their blanks, comments and kind of quotes.
pub(super) fn same(a: &[Token], b: &[Token]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.kind.same(&b.kind))
}

/// The statements of a file.
///
/// # Errors
/// Where a quote or a comment is open, or a comment says how all of it is to be read.
pub(super) fn statements(file: FileId, text: &str) -> Result<Vec<Statement>, Span> {
    let mut lexer = Lexer { chars: text.char_indices().collect(), at: 0, text, file };
    let (mut out, mut tokens) = (Vec::new(), Vec::<Token>::new());
    while lexer.blank()? {
        let start = lexer.position();
        let kind = lexer.token().ok_or_else(|| lexer.span(start))?;
        if kind == Kind::Sign(";".to_owned()) {
            finish(text, &mut out, &mut tokens);
        } else {
            tokens.push(Token { kind, at: lexer.span(start) });
        }
    }
    finish(text, &mut out, &mut tokens);
    Ok(out)
}

/// The tokens of a text that stands in no file.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    statements(FileId::default(), text).ok().and_then(|mut all| all.pop()).map(|s| s.tokens).unwrap_or_default()
}

fn finish(text: &str, out: &mut Vec<Statement>, tokens: &mut Vec<Token>) {
    if let (Some(first), Some(last)) = (tokens.first(), tokens.last()) {
        let at = first.at.to(last.at);
        let written = text.get(at.start as usize..at.end as usize).unwrap_or("").to_owned();
        out.push(Statement { tokens: std::mem::take(tokens), at, text: written });
    }
}

struct Lexer<'t> {
    chars: Vec<(usize, char)>,
    at: usize,
    text: &'t str,
    file: FileId,
}

impl Lexer<'_> {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.at + ahead).map(|(_, c)| *c)
    }

    fn position(&self) -> usize {
        self.chars.get(self.at).map_or(self.text.len(), |(i, _)| *i)
    }

    fn span(&self, start: usize) -> Span {
        Span::new(self.file, start, self.position())
    }

    fn slice(&self, start: usize) -> &str {
        self.text.get(start..self.position()).unwrap_or("")
    }

    /// Skips blanks and comments; whether anything is left.
    fn blank(&mut self) -> Result<bool, Span> {
        loop {
            let start = self.position();
            match (self.peek(0), self.peek(1)) {
                (Some(' ' | '\t' | '\n' | '\r'), _) => self.at += 1,
                (Some('#'), _) | (Some('-'), Some('-')) => {
                    // Which of these ends a line is not left to somebody else's reading.
                    while self.peek(0).is_some_and(|c| !matches!(c, '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}')) {
                        self.at += 1;
                    }
                    let said = self.slice(start).to_ascii_lowercase();
                    let directive = said.starts_with('#') && said.ends_with("sql");
                    if directive || !matches!(self.peek(0), None | Some('\n')) {
                        return Err(self.span(start));
                    }
                }
                (Some('/'), Some('*')) => {
                    let rest = self.text.get(start + 2..).unwrap_or("");
                    let end = rest.find("*/").ok_or_else(|| self.span(start))?;
                    // Comments do not nest there; one that looks as if it did is not left to anybody's reading.
                    if rest.get(..end).is_some_and(|inside| inside.contains("/*")) {
                        return Err(self.span(start));
                    }
                    self.at += 2 + rest.get(..end).unwrap_or("").chars().count() + 2;
                }
                (found, _) => return Ok(found.is_some()),
            }
        }
    }

    fn token(&mut self) -> Option<Kind> {
        let (start, c) = (self.position(), self.peek(0)?);
        match c {
            '\'' | '"' => self.quoted(start, c),
            '`' => self.simple('`').map(Kind::Name),
            _ if c.is_ascii_digit() => {
                while self.peek(0).is_some_and(|c| c.is_ascii_alphanumeric() || c == '.' || c == '_') {
                    self.at += 1;
                }
                Some(Kind::Number(self.slice(start).to_owned()))
            }
            _ if c.is_ascii_alphabetic() || c == '_' || c == '@' => {
                self.at += 1;
                while self.peek(0).is_some_and(|c| c.is_ascii_alphanumeric() || c == '_') {
                    self.at += 1;
                }
                let word = self.slice(start).to_owned();
                match self.peek(0) {
                    // `r'…'`, `b"…"`: read as they are written.
                    Some(quote @ ('\'' | '"')) if matches!(word.to_ascii_lowercase().as_str(), "r" | "b" | "rb" | "br") => {
                        self.raw(quote)?;
                        Some(Kind::Other(self.slice(start).to_owned()))
                    }
                    _ => Some(Kind::Word(word)),
                }
            }
            // Letters of other alphabets stand in backticks, and a blank that is none to BigQuery is no blank.
            _ if !c.is_ascii() || c.is_ascii_control() => None,
            _ => {
                self.at += 1;
                let two =
                    matches!((c, self.peek(0)), ('<', Some('=' | '>')) | ('>' | '!', Some('=')) | ('=', Some('>')) | ('|', Some('|')));
                self.at += usize::from(two);
                Some(Kind::Sign(self.slice(start).to_owned()))
            }
        }
    }

    fn quoted(&mut self, start: usize, quote: char) -> Option<Kind> {
        if self.peek(1) == Some(quote) && self.peek(2) == Some(quote) {
            self.raw(quote)?;
            return Some(Kind::Other(self.slice(start).to_owned()));
        }
        let before = self.at;
        match self.simple(quote) {
            Some(text) => Some(Kind::Text(text)),
            None => {
                self.at = before;
                self.raw(quote)?;
                Some(Kind::Other(self.slice(start).to_owned()))
            }
        }
    }

    /// A text on one line with the common escapes; `None` where it has others.
    fn simple(&mut self, quote: char) -> Option<String> {
        let mut out = String::new();
        self.at += 1;
        loop {
            let c = self.peek(0)?;
            self.at += 1;
            match c {
                _ if c == quote => return Some(out),
                '\n' | '\r' => return None,
                '\\' => {
                    let escaped = self.peek(0)?;
                    self.at += 1;
                    out.push(match escaped {
                        '\\' | '\'' | '"' | '`' | '?' => escaped,
                        'n' => '\n',
                        'r' => '\r',
                        't' => '\t',
                        'u' => self.code(4)?,
                        'U' => self.code(8)?,
                        'x' => self.code(2)?,
                        _ => return None,
                    });
                }
                _ => out.push(c),
            }
        }
    }

    fn code(&mut self, digits: usize) -> Option<char> {
        let start = self.position();
        self.at += digits;
        u32::from_str_radix(self.slice(start), 16).ok().and_then(char::from_u32)
    }

    /// Skips a text as written, in one or three quotes.
    fn raw(&mut self, quote: char) -> Option<()> {
        let three = self.peek(1) == Some(quote) && self.peek(2) == Some(quote);
        self.at += if three { 3 } else { 1 };
        loop {
            match self.peek(0)? {
                '\\' => self.at += 2,
                c if c == quote && !three => {
                    self.at += 1;
                    return Some(());
                }
                c if c == quote && self.peek(1) == Some(quote) && self.peek(2) == Some(quote) => {
                    self.at += 3;
                    return Some(());
                }
                '\n' | '\r' if !three => return None,
                _ => self.at += 1,
            }
        }
    }
}
