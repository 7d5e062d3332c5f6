use super::{Env, Generator};
use crate::base::{Ident, Span};
use crate::diag::{Code, Diagnostic, nearest};
use crate::ir::{Literal, Setting};
use crate::syntax::ast::{Name, NamePart, Sentence, Word, WordKind};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What reading a piece of a sentence gives: a value, or the one thing wrong with it.
pub(super) type Read<T> = Result<T, Diagnostic>;

/// A setting of the wrong shape.
pub(super) fn wrong(at: Span, message: impl Into<String>) -> Diagnostic {
    Diagnostic::error(Code::BadSetting, at, message)
}

/// A setting that is not there.
pub(super) fn missing(at: Span, message: impl Into<String>) -> Diagnostic {
    Diagnostic::error(Code::MissingSetting, at, message)
}

/// A name nothing has.
pub(super) fn unknown<'c>(what: &str, name: &str, at: Span, candidates: impl IntoIterator<Item = &'c str>) -> Diagnostic {
    Diagnostic::error(Code::UnknownName, at, format!("no {what} is named `{name}`")).suggest(name, candidates)
}

/// One of a closed list of words.
pub(super) fn choice<'c>(what: &str, key: Key<'_>, allowed: impl IntoIterator<Item = &'c str> + Clone) -> Diagnostic {
    let list: Vec<String> = allowed.clone().into_iter().map(|w| format!("`{w}`")).collect();
    let diagnostic = wrong(key.at, format!("`{}` is no {what}", key.text)).suggest(key.text, allowed);
    diagnostic.help(format!("it is one of {}", list.join(", ")))
}

/// A keyword with its place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Key<'w> {
    pub(super) text: &'w str,
    pub(super) at: Span,
}

impl Key<'_> {
    /// A setting this declaration does not have.
    pub(super) fn unknown(self, declaration: &str, allowed: &[&str]) -> Diagnostic {
        let diagnostic = Diagnostic::error(Code::UnknownSetting, self.at, format!("a {declaration} has no setting `{}`", self.text));
        match nearest(self.text, allowed.iter().copied()) {
            Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
            None => diagnostic.help(format!("it has {}", allowed.iter().map(|a| format!("`{a}`")).collect::<Vec<_>>().join(", "))),
        }
    }
}

/// Settings that add to what was said before; every other one counts once, and the first would be lost without a word.
const MANY: [&str; 31] = [
    "adopt",
    "alert",
    "allow",
    "because",
    "captions",
    "check",
    "cloud",
    "create",
    "describe",
    "dimensions",
    "discriminate",
    "emit",
    "env",
    "expose",
    "filter",
    "folder",
    "hide",
    "index",
    "k_anonymous",
    "labels",
    "measures",
    "moved",
    "on",
    "reads",
    "roles",
    "runs",
    "secret",
    "tags",
    "unique",
    "uses",
    "warehouse",
];

/// The settings that one declaration has named so far.
#[derive(Debug, Default)]
pub(super) struct Once<'w>(BTreeMap<&'w str, Span>);

impl<'w> Once<'w> {
    /// A setting that is named here.
    pub(super) fn named(&mut self, key: Key<'w>) -> Read<()> {
        match self.0.insert(key.text, key.at) {
            Some(first) if !MANY.contains(&key.text) => Err(wrong(key.at, format!("`{}` is said twice", key.text))
                .label("the second")
                .mark(first, "the first")
                .help("one of them would not count: leave it out")),
            _ => Ok(()),
        }
    }
}

/// A cursor over the words of one sentence.
#[derive(Clone)]
pub(super) struct Words<'w> {
    pub(super) generator: &'w Generator<'w>,
    pub(super) env: &'w Env,
    rest: &'w [Word],
    block: Option<&'w [Sentence]>,
    at: Span,
}

impl<'w> Words<'w> {
    /// Over a sentence.
    pub(super) fn new(generator: &'w Generator<'w>, env: &'w Env, sentence: &'w Sentence) -> Self {
        Words { generator, env, rest: &sentence.words, block: sentence.block.as_deref(), at: sentence.at }
    }

    /// Over bare words that stand at `at`.
    pub(super) fn of(generator: &'w Generator<'w>, env: &'w Env, words: &'w [Word], at: Span) -> Self {
        Words { generator, env, rest: words, block: None, at }
    }

    fn inner(&self, words: &'w [Word], at: Span) -> Self {
        Words::of(self.generator, self.env, words, at)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The sentence's block, once.
    pub(super) fn block(&mut self) -> Option<&'w [Sentence]> {
        self.block.take()
    }

    /// The place of the next word, or of the whole sentence at its end.
    pub(super) fn here(&self) -> Span {
        self.rest.first().map_or(self.at, |w| w.at)
    }

    pub(super) fn peek(&self) -> Option<&'w Word> {
        self.rest.first()
    }

    pub(super) fn next(&mut self) -> Option<&'w Word> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(first)
    }

    /// The next word when it is a plain, unquoted name.
    pub(super) fn peek_key(&self) -> Option<Key<'w>> {
        let word = self.peek()?;
        plain(word).map(|text| Key { text, at: word.at })
    }

    /// A keyword.
    pub(super) fn key(&mut self, what: &str) -> Read<Key<'w>> {
        let key = self.peek_key().ok_or_else(|| wrong(self.here(), format!("{what} is missing here")))?;
        self.next();
        Ok(key)
    }

    /// Whether the next word is this keyword; takes it then.
    pub(super) fn take(&mut self, keyword: &str) -> bool {
        let there = self.peek_key().is_some_and(|k| k.text == keyword);
        if there {
            self.next();
        }
        there
    }

    /// A keyword that must stand here.
    pub(super) fn expect(&mut self, keyword: &str) -> Read<()> {
        if self.take(keyword) { Ok(()) } else { Err(wrong(self.here(), format!("`{keyword}` is missing here"))) }
    }

    /// Whether the next word is this symbol; takes it then.
    pub(super) fn symbol(&mut self, symbol: &str) -> bool {
        let there = matches!(self.peek(), Some(Word { kind: WordKind::Symbol(s), .. }) if s == symbol);
        if there {
            self.next();
        }
        there
    }

    /// A name without dots.
    pub(super) fn name(&mut self, what: &str) -> Read<(Ident, Span)> {
        let at = self.here();
        match self.next().map(|w| &w.kind) {
            Some(WordKind::Name(name)) => match name.parts.as_slice() {
                [part] => Ok((self.generator.name_of(part, self.env)?, part.at)),
                _ => Err(wrong(at, format!("{what} is a name without dots"))),
            },
            _ => Err(wrong(at, format!("{what} is missing here"))),
        }
    }

    /// A possibly dotted name or glob; one in quotes is a name as well.
    pub(super) fn path(&mut self, what: &str) -> Read<(Vec<Ident>, Span)> {
        let at = self.here();
        match self.next().map(|w| &w.kind) {
            Some(WordKind::Name(name)) => Ok((self.parts(name)?, at)),
            Some(WordKind::Text(text)) => {
                let part = NamePart { text: text.clone(), quoted: true, at };
                Ok((vec![self.generator.name_of(&part, self.env)?], at))
            }
            _ => Err(wrong(at, format!("{what} is missing here"))),
        }
    }

    pub(super) fn parts(&self, name: &Name) -> Read<Vec<Ident>> {
        name.parts.iter().map(|p| self.generator.name_of(p, self.env)).collect()
    }

    /// `a, b` or `(a, b)`, each read by `read`.
    pub(super) fn list<T>(&mut self, mut read: impl FnMut(&mut Words<'w>) -> Read<T>) -> Read<Vec<T>> {
        let mut items = Vec::new();
        if let Some(Word { kind: WordKind::List(elements), at }) = self.peek() {
            self.next();
            for element in elements {
                let mut words = self.inner(element, *at);
                items.push(read(&mut words)?);
                words.end()?;
            }
            return Ok(items);
        }
        loop {
            items.push(read(self)?);
            if !self.symbol(",") {
                return Ok(items);
            }
        }
    }

    /// `a, b` or `(a, b)`.
    pub(super) fn names(&mut self, what: &str) -> Read<Vec<(Ident, Span)>> {
        self.list(|w| w.name(what))
    }

    /// `"text"` or `'text'`
    pub(super) fn text(&mut self, what: &str) -> Read<Arc<str>> {
        let at = self.here();
        match self.next().map(|w| &w.kind) {
            Some(WordKind::Text(t) | WordKind::SqlText(t)) => self.generator.text_of(t, self.env),
            _ => Err(wrong(at, format!("{what} is a text in quotes"))),
        }
    }

    /// A whole number without a unit.
    pub(super) fn number(&mut self, what: &str) -> Read<u32> {
        let at = self.here();
        match self.next().map(|w| &w.kind) {
            Some(WordKind::Number { value, unit }) if unit.is_empty() => value.parse().ok(),
            _ => None,
        }
        .ok_or_else(|| wrong(at, format!("{what} is a whole number")))
    }

    /// `5m`, `24h`, `2d`, `1w`, in minutes.
    pub(super) fn minutes(&mut self, what: &str) -> Read<u32> {
        self.amount(what, "a time such as `5m`, `2h` or `1d`", |unit| match unit {
            "m" | "min" => Some(1),
            "h" => Some(60),
            "d" => Some(24 * 60),
            "w" => Some(7 * 24 * 60),
            _ => None,
        })
    }

    /// `90d`, `2w`, `7y`, in days; a year is 365 of them.
    pub(super) fn days(&mut self, what: &str) -> Read<u32> {
        self.amount(what, "a time such as `90d`, `2w` or `7y`", |unit| match unit {
            "d" => Some(1),
            "w" => Some(7),
            "y" => Some(365),
            _ => None,
        })
    }

    fn amount(&mut self, what: &str, shape: &str, factor: impl Fn(&str) -> Option<u32>) -> Read<u32> {
        let at = self.here();
        let amount = match self.next().map(|w| &w.kind) {
            Some(WordKind::Number { value, unit }) => value.parse::<u32>().ok().zip(factor(unit)).and_then(|(n, f)| n.checked_mul(f)),
            _ => None,
        };
        amount.filter(|n| *n > 0).ok_or_else(|| wrong(at, format!("{what} is {shape}")))
    }

    /// A text, a number, `env("X")` or `secret("x")`.
    pub(super) fn setting(&mut self, what: &str) -> Read<Setting> {
        let at = self.here();
        match self.next().map(|w| &w.kind) {
            Some(WordKind::Text(t) | WordKind::SqlText(t)) => Ok(Setting::Text(self.generator.text_of(t, self.env)?)),
            Some(WordKind::Number { value, unit }) => Ok(Setting::Text(Arc::from(format!("{value}{unit}")))),
            Some(WordKind::Call { name, args }) if name == "env" || name == "secret" => {
                let [arg] = args.as_slice() else { return Err(wrong(at, format!("`{name}` takes one text"))) };
                let mut words = self.inner(arg, at);
                let text = words.text(&format!("the name in `{name}(…)`"))?;
                words.end()?;
                Ok(if name == "env" { Setting::Env(text) } else { Setting::Secret(text) })
            }
            _ => Err(wrong(at, format!("{what} is a text, `env(\"…\")` or `secret(\"…\")`"))),
        }
    }

    /// A setting, or `var("region")`.
    pub(super) fn setting_or_variable(&mut self, what: &str) -> Read<Setting> {
        let mut ahead = self.clone();
        match ahead.call() {
            Some((key, mut args)) if key.text == "var" => {
                let [inner] = args.as_mut_slice() else { return Err(wrong(key.at, "`var` takes one text")) };
                let name = inner.text("the name in `var(…)`")?;
                inner.end()?;
                *self = ahead;
                Ok(Setting::Variable(name))
            }
            _ => self.setting(what),
        }
    }

    /// `f(a, b)`: its name and the words of each argument.
    pub(super) fn call(&mut self) -> Option<(Key<'w>, Vec<Words<'w>>)> {
        let Some(Word { kind: WordKind::Call { name, args }, at }) = self.peek() else { return None };
        self.next();
        Some((Key { text: name, at: *at }, args.iter().map(|a| self.inner(a, *at)).collect()))
    }

    /// A constant: text, number, `true`, `false`, `null`.
    pub(super) fn literal(&mut self, what: &str) -> Read<Literal> {
        let at = self.here();
        let word = self.next().ok_or_else(|| wrong(at, format!("{what} is missing here")))?;
        match (&word.kind, plain(word)) {
            (WordKind::Text(t) | WordKind::SqlText(t), _) => Ok(Literal::Text(self.generator.text_of(t, self.env)?)),
            (WordKind::Number { value, unit }, _) if unit.is_empty() => Ok(Literal::Number(Arc::from(value.as_str()))),
            (_, Some("true")) => Ok(Literal::Boolean(true)),
            (_, Some("false")) => Ok(Literal::Boolean(false)),
            (_, Some("null")) => Ok(Literal::Null),
            _ => Err(wrong(at, format!("{what} is a text, a number, `true`, `false` or `null`"))),
        }
    }

    /// Nothing may be left.
    pub(super) fn end(&mut self) -> Read<()> {
        if let Some(word) = self.peek() {
            return Err(wrong(word.at, "this word is not understood here"));
        }
        match self.block.take() {
            Some(_) => Err(wrong(self.at, "this takes no block")),
            None => Ok(()),
        }
    }
}

/// The text of an unquoted name without dots and holes.
pub(super) fn plain(word: &Word) -> Option<&str> {
    let WordKind::Name(name) = &word.kind else { return None };
    match name.parts.as_slice() {
        [part] if !part.quoted => match &part.text {
            crate::syntax::ast::Template::Plain(text) => Some(text),
            crate::syntax::ast::Template::Mixed(_) => None,
        },
        _ => None,
    }
}
