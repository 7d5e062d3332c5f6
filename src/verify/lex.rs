//! Cuts a script into statements as `psql` and Postgres do: quotes, dollar quotes, nested comments, commands of psql.

use crate::base::{FileId, Span};

/// A token; comments and blanks are none.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) at: Span,
}

/// What a token is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// A bare word, folded as Postgres folds it.
    Word(String),
    /// A name in double quotes.
    Name(String),
    /// A text in single quotes.
    Text(String),
    /// What stands between dollar quotes.
    Body(String),
    /// Digits.
    Number(String),
    /// An operator, or any other character.
    Sign(String),
    /// A text with escapes or of bits, as written: nothing here asks what it says.
    Other(String),
}

/// A stretch of a script.
#[derive(Clone, Debug)]
pub(super) enum Item {
    /// Up to its semicolon.
    Statement(Statement),
    /// A line of psql's own: `\if …`. With what was typed before it, it has sent that.
    Meta(String, Span),
    /// A quote that nothing closes.
    Broken(Span),
}

/// A statement.
#[derive(Clone, Debug)]
pub(super) struct Statement {
    pub(super) tokens: Vec<Token>,
    /// Without the semicolon.
    pub(super) at: Span,
}

/// Cuts a text that begins at `offset` of a file.
pub(super) fn items(file: FileId, text: &str, offset: usize) -> Vec<Item> {
    let mut lexer = Lexer { chars: text.char_indices().collect(), at: 0, text, file, offset };
    let mut items = Vec::new();
    let mut tokens: Vec<Token> = Vec::new();
    while lexer.blank() {
        let start = lexer.position();
        match lexer.token() {
            Some(Kind::Sign(sign)) if sign == ";" => finish(&mut items, &mut tokens),
            Some(Kind::Sign(sign)) if sign == "\\" => {
                finish(&mut items, &mut tokens);
                let line = lexer.rest_of_line();
                items.push(Item::Meta(line, lexer.span(start)));
            }
            Some(kind) => tokens.push(Token { kind, at: lexer.span(start) }),
            None => {
                tokens.clear();
                items.push(Item::Broken(lexer.span(start)));
                return items;
            }
        }
    }
    finish(&mut items, &mut tokens);
    items
}

/// The tokens of a text whose place does not matter, such as the body of a function; `None` where a quote is open.
pub(super) fn tokens(text: &str, at: Span) -> Option<Vec<Token>> {
    let mut lexer = Lexer { chars: text.char_indices().collect(), at: 0, text, file: at.file, offset: at.start as usize };
    let mut tokens = Vec::new();
    while lexer.blank() {
        tokens.push(Token { kind: lexer.token()?, at });
    }
    Some(tokens)
}

fn finish(items: &mut Vec<Item>, tokens: &mut Vec<Token>) {
    if let (Some(first), Some(last)) = (tokens.first(), tokens.last()) {
        let at = first.at.to(last.at);
        items.push(Item::Statement(Statement { tokens: std::mem::take(tokens), at }));
    }
}

struct Lexer<'t> {
    chars: Vec<(usize, char)>,
    at: usize,
    text: &'t str,
    file: FileId,
    offset: usize,
}

impl Lexer<'_> {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.at + ahead).map(|(_, c)| *c)
    }

    fn position(&self) -> usize {
        self.chars.get(self.at).map_or(self.text.len(), |(i, _)| *i)
    }

    fn span(&self, start: usize) -> Span {
        Span::new(self.file, self.offset + start, self.offset + self.position())
    }

    fn slice(&self, start: usize) -> &str {
        self.text.get(start..self.position()).unwrap_or("")
    }

    /// Skips what Postgres takes for blanks, and comments; whether anything is left.
    fn blank(&mut self) -> bool {
        loop {
            match (self.peek(0), self.peek(1)) {
                (Some(' ' | '\t' | '\n' | '\r' | '\x0b' | '\x0c'), _) => self.at += 1,
                (Some('-'), Some('-')) => {
                    // Either of them ends a line for Postgres.
                    while self.peek(0).is_some_and(|c| c != '\n' && c != '\r') {
                        self.at += 1;
                    }
                }
                (Some('/'), Some('*')) => self.comment(),
                (found, _) => return found.is_some(),
            }
        }
    }

    /// Comments of this kind nest in Postgres.
    fn comment(&mut self) {
        let mut depth = 0usize;
        loop {
            match (self.peek(0), self.peek(1)) {
                (Some('/'), Some('*')) => (depth, self.at) = (depth + 1, self.at + 2),
                (Some('*'), Some('/')) => {
                    (depth, self.at) = (depth.saturating_sub(1), self.at + 2);
                    if depth == 0 {
                        return;
                    }
                }
                (Some(_), _) => self.at += 1,
                (None, _) => return,
            }
        }
    }

    fn rest_of_line(&mut self) -> String {
        let start = self.position();
        while self.peek(0).is_some_and(|c| c != '\n') {
            self.at += 1;
        }
        self.slice(start).trim_end().to_owned()
    }

    fn token(&mut self) -> Option<Kind> {
        let c = self.peek(0)?;
        match c {
            '\'' => self.quoted('\'', false).map(Kind::Text),
            '"' => self.quoted('"', false).map(Kind::Name),
            '$' => self.dollar(),
            _ if c.is_ascii_digit() => {
                let start = self.position();
                while self.peek(0).is_some_and(|c| c.is_ascii_alphanumeric() || c == '.') {
                    self.at += 1;
                }
                Some(Kind::Number(self.slice(start).to_owned()))
            }
            // Whatever is no ASCII is a letter to Postgres, an unbreakable blank, too.
            _ if c.is_alphabetic() || c == '_' || !c.is_ascii() => self.word(),
            _ => Some(Kind::Sign(self.sign())),
        }
    }

    /// Postgres takes the longest operator that is there; one that ends in `+` or `-` has to have a character in it that no number follows.
    fn sign(&mut self) -> String {
        let operator = |c: char| "+-*/<>=~!@#%^&|`?".contains(c);
        let mut sign = String::new();
        while let Some(c) = self.peek(0).filter(|c| operator(*c)) {
            if !sign.is_empty() && matches!((c, self.peek(1)), ('-', Some('-')) | ('/', Some('*'))) {
                break;
            }
            sign.push(c);
            self.at += 1;
        }
        while sign.len() > 1 && sign.ends_with(['+', '-']) && !sign.contains(|c: char| "~!@#%^&|`?".contains(c)) {
            sign.pop();
            self.at -= 1;
        }
        if sign.is_empty() {
            sign.extend(self.peek(0));
            self.at += 1;
        }
        sign
    }

    fn word(&mut self) -> Option<Kind> {
        let start = self.position();
        while self.peek(0).is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '$' || !c.is_ascii()) {
            self.at += 1;
        }
        let word = self.slice(start).to_ascii_lowercase();
        let prefixed = matches!(word.as_str(), "e" | "b" | "x" | "n") && self.peek(0) == Some('\'');
        let unicode = word == "u" && self.peek(0) == Some('&') && matches!(self.peek(1), Some('\'' | '"'));
        if prefixed || unicode {
            self.at += usize::from(unicode);
            let quote = self.peek(0)?;
            self.quoted(quote, word == "e")?;
            return Some(Kind::Other(self.slice(start).to_owned()));
        }
        Some(Kind::Word(word))
    }

    /// From an opening quote past its closing one; `None` where there is none.
    fn quoted(&mut self, quote: char, escapes: bool) -> Option<String> {
        let mut out = String::new();
        self.at += 1;
        loop {
            let c = self.peek(0)?;
            self.at += 1;
            if escapes && c == '\\' {
                out.push(self.peek(0)?);
                self.at += 1;
            } else if c != quote {
                out.push(c);
            } else if self.peek(0) == Some(quote) {
                out.push(quote);
                self.at += 1;
            } else {
                return Some(out);
            }
        }
    }

    /// `$tag$ … $tag$`, or a lone `$` as in `$1`.
    fn dollar(&mut self) -> Option<Kind> {
        let start = self.position();
        let rest = self.text.get(start + 1..)?;
        let tag: &str = rest.split('$').next().unwrap_or("");
        let is_tag =
            !tag.starts_with(|c: char| c.is_ascii_digit()) && tag.chars().all(|c| c.is_alphanumeric() || c == '_' || !c.is_ascii());
        if !is_tag || rest.get(tag.len()..).is_none_or(|r| !r.starts_with('$')) {
            self.at += 1;
            return Some(Kind::Sign("$".to_owned()));
        }
        let mark = format!("${tag}$");
        let inside = self.text.get(start + mark.len()..)?;
        let length = inside.find(&mark)?;
        let body = inside.get(..length)?.to_owned();
        self.at += mark.chars().count() * 2 + body.chars().count();
        Some(Kind::Body(body))
    }
}

/// Reads along the tokens of a statement.
#[derive(Clone)]
pub(super) struct Cursor<'t> {
    tokens: &'t [Token],
    at: usize,
}

impl<'t> Cursor<'t> {
    pub(super) fn new(tokens: &'t [Token]) -> Cursor<'t> {
        Cursor { tokens, at: 0 }
    }

    pub(super) fn peek(&self) -> Option<&'t Token> {
        self.tokens.get(self.at)
    }

    pub(super) fn next(&mut self) -> Option<&'t Token> {
        let token = self.tokens.get(self.at)?;
        self.at += 1;
        Some(token)
    }

    pub(super) fn is_end(&self) -> bool {
        self.at >= self.tokens.len()
    }

    pub(super) fn end(&self) -> Option<()> {
        self.is_end().then_some(())
    }

    /// Whether these words come next; then it is past them.
    pub(super) fn is(&mut self, words: &str) -> bool {
        let here = self.at;
        for word in words.split(' ') {
            let fits = match self.next().map(|t| &t.kind) {
                Some(Kind::Word(w)) => w == word,
                Some(Kind::Sign(sign)) => sign == word,
                _ => false,
            };
            if !fits {
                self.at = here;
                return false;
            }
        }
        true
    }

    /// These words, or nothing of it is understood.
    pub(super) fn must(&mut self, words: &str) -> Option<()> {
        self.is(words).then_some(())
    }

    pub(super) fn name(&mut self) -> Option<String> {
        match &self.next()?.kind {
            Kind::Word(name) | Kind::Name(name) => Some(name.clone()),
            _ => None,
        }
    }

    pub(super) fn text(&mut self) -> Option<String> {
        match &self.next()?.kind {
            Kind::Text(text) => Some(text.clone()),
            _ => None,
        }
    }

    pub(super) fn body(&mut self) -> Option<String> {
        match &self.next()?.kind {
            Kind::Body(text) | Kind::Text(text) => Some(text.clone()),
            _ => None,
        }
    }

    /// `schema.name`
    pub(super) fn qualified(&mut self) -> Option<(String, String)> {
        let schema = self.name()?;
        self.must(".")?;
        Some((schema, self.name()?))
    }

    /// `a, b, c`
    pub(super) fn names(&mut self) -> Option<Vec<String>> {
        let mut names = vec![self.name()?];
        while self.is(",") {
            names.push(self.name()?);
        }
        Some(names)
    }

    /// Past an opening bracket: the tokens up to the one that closes it.
    pub(super) fn bracketed(&mut self) -> Option<&'t [Token]> {
        self.must("(")?;
        let (start, mut depth) = (self.at, 1usize);
        while depth > 0 {
            match &self.next()?.kind {
                Kind::Sign(sign) if sign == "(" => depth += 1,
                Kind::Sign(sign) if sign == ")" => depth -= 1,
                _ => {}
            }
        }
        self.tokens.get(start..self.at - 1)
    }

    pub(super) fn rest(&self) -> &'t [Token] {
        self.tokens.get(self.at..).unwrap_or(&[])
    }
}

/// The names in a list that nothing else stands in.
pub(super) fn names_of(tokens: &[Token]) -> Option<Vec<String>> {
    let mut cursor = Cursor::new(tokens);
    let names = cursor.names()?;
    cursor.end()?;
    Some(names)
}
