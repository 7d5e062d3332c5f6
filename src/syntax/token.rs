use super::cursor::Cursor;

/// A piece of the text: every byte belongs to exactly one token, so tokens concatenate back to the file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

/// Kinds of tokens.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TokenKind {
    /// Blanks and tabs; the carriage return of a line end.
    Blank,
    /// `\n`
    Newline,
    /// `// …` or `-- …`
    Comment,
    /// `/// …`
    Doc,
    /// `/* … */`
    BlockComment,
    /// Letters, digits, `_`.
    Word,
    /// `"text"`
    Text,
    /// `'SQL text'`
    SqlText,
    /// `$$ … $$`
    Dollar,
    /// `"""…"""`
    Raw,
    /// `(`, `[`, `{`, `${`
    Open(Bracket),
    /// `)`, `]`, `}`
    Close(Bracket),
    /// `->`, `=`, `,` and other signs.
    Sign,
    /// A text or comment that is never closed.
    Unclosed(Quote),
}

/// Kinds of brackets.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Bracket {
    Round,
    Square,
    Curly,
}

impl Bracket {
    /// The sign that closes it.
    pub fn closer(self) -> &'static str {
        match self {
            Bracket::Round => ")",
            Bracket::Square => "]",
            Bracket::Curly => "}",
        }
    }
}

/// What was opened and never closed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Quote {
    Text,
    SqlText,
    Dollar,
    Raw,
    Comment,
}

impl Quote {
    /// The sign that closes it.
    pub fn closer(self) -> &'static str {
        match self {
            Quote::Text => "\"",
            Quote::SqlText => "'",
            Quote::Dollar => "$$",
            Quote::Raw => "\"\"\"",
            Quote::Comment => "*/",
        }
    }
}

/// The tokens of a text, one by one.
#[derive(Clone, Debug)]
pub struct Tokens<'a> {
    cursor: Cursor<'a>,
}

/// The tokens of a text. They cover it without a gap, whatever it holds.
pub fn tokens(text: &str) -> Tokens<'_> {
    Tokens { cursor: Cursor::new(text) }
}

impl Iterator for Tokens<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        let start = self.cursor.at();
        let first = self.cursor.peek()?;
        let kind = self.cursor.token(first);
        Some(Token { kind, start, end: self.cursor.at() })
    }
}

impl Cursor<'_> {
    fn token(&mut self, first: u8) -> TokenKind {
        match first {
            b'\n' => self.take(1, TokenKind::Newline),
            b' ' | b'\t' | b'\r' => self.take_while(|b| matches!(b, b' ' | b'\t' | b'\r'), TokenKind::Blank),
            b'"' if self.starts_with("\"\"\"") => self.take_until(3, "\"\"\"", TokenKind::Raw, Quote::Raw),
            b'"' => self.take_text(),
            b'\'' => self.take_sql_text(),
            b'$' if self.starts_with("${") => self.take(2, TokenKind::Open(Bracket::Curly)),
            b'$' if self.starts_with("$$") && !self.starts_with("$${") => self.take_until(2, "$$", TokenKind::Dollar, Quote::Dollar),
            b'/' if self.starts_with("/*") => self.take_until(2, "*/", TokenKind::BlockComment, Quote::Comment),
            b'/' if self.starts_with("///") && !self.starts_with("////") => self.take_line(TokenKind::Doc),
            b'/' if self.starts_with("//") => self.take_line(TokenKind::Comment),
            b'-' if self.starts_with("--") => self.take_line(TokenKind::Comment),
            b'(' => self.take(1, TokenKind::Open(Bracket::Round)),
            b'[' => self.take(1, TokenKind::Open(Bracket::Square)),
            b'{' => self.take(1, TokenKind::Open(Bracket::Curly)),
            b')' => self.take(1, TokenKind::Close(Bracket::Round)),
            b']' => self.take(1, TokenKind::Close(Bracket::Square)),
            b'}' => self.take(1, TokenKind::Close(Bracket::Curly)),
            b if is_word(b) => self.take_while(is_word, TokenKind::Word),
            _ => self.take_sign(),
        }
    }

    fn take_sign(&mut self) -> TokenKind {
        const LONG: [&str; 11] = ["->>", "->", "=>", "==", "!=", "<=", ">=", "<>", "::", "..", "||"];
        let length = LONG.iter().find(|s| self.starts_with(s)).map_or(1, |s| s.len());
        self.take(length, TokenKind::Sign)
    }

    fn take_text(&mut self) -> TokenKind {
        self.skip(1);
        while let Some(b) = self.peek() {
            match b {
                b'"' => return self.take(1, TokenKind::Text),
                b'\n' => break,
                b'\\' => {
                    self.skip(1);
                    if self.peek() == Some(b'\n') {
                        break;
                    }
                    self.skip(1);
                }
                _ => self.skip(1),
            }
        }
        TokenKind::Unclosed(Quote::Text)
    }

    fn take_sql_text(&mut self) -> TokenKind {
        self.skip(1);
        self.skip_while(|b| b != b'\'' && b != b'\n');
        if self.peek() == Some(b'\'') { self.take(1, TokenKind::SqlText) } else { TokenKind::Unclosed(Quote::SqlText) }
    }
}

/// Bytes of a word: letters, digits, `_`, and whatever is not ASCII.
pub(crate) fn is_word(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b == b'_' || b >= 0x80
}
