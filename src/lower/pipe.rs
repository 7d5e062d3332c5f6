use super::Cx;
use super::clauses::{Part, Parts, parts};
use super::cx::{EntryNote, Notes};
use super::tokens::{Start, tokens};
use crate::base::{Ident, Span};
use crate::ir::Label;
use crate::resolve::{Env, Generator, Place, TypeReader};
use crate::syntax::ast::{Annotation, Body, SelectEntry, Snippet};
use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{Location, Token, TokenWithSpan, Word};

/// Turns a declarative body into the tokens of one SQL query, and what it says beside SQL. `None` after reporting why not.
pub(super) fn compose(cx: &Cx<'_>, generator: &Generator<'_>, env: &Env, body: &Body) -> Option<(Vec<TokenWithSpan>, Notes)> {
    let mut composer = Composer { cx, generator, out: Vec::new(), notes: Notes::new(), failed: false };
    composer.body(body, env);
    (!composer.failed).then_some((composer.out, composer.notes))
}

struct Composer<'c, 'a> {
    cx: &'c Cx<'a>,
    generator: &'c Generator<'c>,
    out: Vec<TokenWithSpan>,
    notes: Notes,
    failed: bool,
}

impl Composer<'_, '_> {
    fn body(&mut self, body: &Body, env: &Env) {
        let Some(parts) = parts(self.cx, body) else {
            self.failed = true;
            return;
        };
        self.lets(&parts, env);
        // `intersect` binds tighter than `union` in SQL, but a body reads from top to bottom.
        let brackets = if parts.sets.iter().skip(1).any(|s| s.operator == "intersect") { parts.sets.len() - 1 } else { 0 };
        for _ in 0..brackets {
            self.push(Token::LParen, body.at);
        }
        self.block(&parts, env, body);
        for (done, set) in parts.sets.iter().enumerate() {
            self.words(set.operator, set.at);
            if set.all {
                self.words("all", set.at);
            }
            self.push(Token::LParen, set.at);
            self.body(set.body, env);
            self.push(Token::RParen, set.at);
            if done < brackets {
                self.push(Token::RParen, set.at);
            }
        }
        self.clause("order by", parts.order, env);
        self.clause("limit", parts.limit, env);
    }

    fn lets(&mut self, parts: &Parts<'_>, env: &Env) {
        for (index, entry) in parts.lets.iter().enumerate() {
            if index == 0 {
                self.words("with", entry.at);
            } else {
                self.push(Token::Comma, entry.at);
            }
            match self.generator.name(entry.name, env, &mut self.cx.diagnostics.borrow_mut()) {
                Some(name) => self.name(&name, entry.name.at),
                None => self.failed = true,
            }
            self.words("as", entry.at);
            self.push(Token::LParen, entry.at);
            match &entry.rows {
                Part::Body(body) => self.body(body, env),
                Part::Sql(text) => self.snippet(Snippet { at: text.at }, env, Start::Value),
            }
            self.push(Token::RParen, entry.at);
        }
    }

    fn block(&mut self, parts: &Parts<'_>, env: &Env, body: &Body) {
        let at = parts.select.as_ref().map_or(body.at, |s| s.at);
        self.words("select", at);
        if let Some(on) = parts.distinct_on {
            self.words("distinct on", on.at);
            self.bracketed(on, env);
        } else if parts.select.as_ref().is_some_and(|s| s.distinct) {
            self.words("distinct", at);
        }
        match &parts.select {
            None => self.push(Token::Mul, at),
            Some(select) => {
                let mut notes = Vec::new();
                self.entries(select.entries, env, &mut notes);
                if notes.iter().any(|n| n.annotated || n.doc.is_some()) {
                    self.notes.insert(self.place(at).start, notes);
                }
            }
        }
        if let Some(from) = parts.from {
            self.words("from", from.at);
            self.snippet(from, env, Start::Table);
        }
        for join in &parts.joins {
            match join {
                super::clauses::Joined::Join(snippet) => self.snippet(*snippet, env, Start::Value),
                super::clauses::Joined::Unnest(snippet) => self.unnest(*snippet, env),
            }
        }
        self.condition("where", parts.filter, env);
        self.clause("group by", parts.group, env);
        self.condition("having", parts.having, env);
        self.condition("qualify", parts.qualify, env);
    }

    fn entries(&mut self, entries: &[SelectEntry], env: &Env, notes: &mut Vec<EntryNote>) {
        for entry in entries {
            match entry {
                SelectEntry::For(rounds) => {
                    let envs = self.generator.rounds(rounds, env, &mut self.cx.diagnostics.borrow_mut());
                    for env in &envs {
                        self.entries(&rounds.body, env, notes);
                    }
                }
                SelectEntry::Column { doc, name, expr, annotations, at } => {
                    if !notes.is_empty() {
                        self.push(Token::Comma, *at);
                    }
                    let first = self.out.len();
                    self.snippet(*expr, env, Start::Value);
                    self.bracket(first, expr.at);
                    if let Some(name) = name {
                        self.words("as", name.at);
                        match self.generator.name(name, env, &mut self.cx.diagnostics.borrow_mut()) {
                            Some(made) => self.name(&made, name.at),
                            None => self.failed = true,
                        }
                    }
                    let doc = doc.as_ref().and_then(|d| self.generator.text(&d.text, env, &mut self.cx.diagnostics.borrow_mut()));
                    notes.push(EntryNote { raises: self.raises(annotations, env), annotated: !annotations.is_empty(), doc });
                }
            }
        }
    }

    /// What `@a @b` add; `@public` adds nothing.
    fn raises(&self, annotations: &[Annotation], env: &Env) -> Label {
        let reader = TypeReader { program: self.cx.program, generator: self.generator, env, module: "", place: Place::Column };
        match reader.label_of(annotations) {
            Ok(label) => label.unwrap_or_default(),
            Err(problem) => {
                self.cx.error(problem);
                Label::PUBLIC
            }
        }
    }

    /// `unnest x as i` → `cross join lateral unnest(x) as i`
    fn unnest(&mut self, snippet: Snippet, env: &Env) {
        let Some(inner) = tokens(self.cx, self.generator, env, snippet.at, Start::Value) else {
            self.failed = true;
            return;
        };
        let mut depth = 0usize;
        let split = inner.iter().position(|t| {
            depth = match t.token {
                Token::LParen | Token::LBracket => depth + 1,
                Token::RParen | Token::RBracket => depth.saturating_sub(1),
                _ => depth,
            };
            depth == 0 && matches!(&t.token, Token::Word(w) if matches!(w.keyword, Keyword::AS | Keyword::WITH))
        });
        let at = snippet.at;
        self.words("cross join lateral unnest", at);
        self.push(Token::LParen, at);
        let mut inner = inner.into_iter();
        self.out.extend(inner.by_ref().take(split.unwrap_or(usize::MAX)));
        self.push(Token::RParen, at);
        self.out.extend(inner);
    }

    fn clause(&mut self, words: &str, snippet: Option<Snippet>, env: &Env) {
        if let Some(snippet) = snippet {
            self.words(words, snippet.at);
            self.snippet(snippet, env, Start::Value);
        }
    }

    fn condition(&mut self, words: &str, snippet: Option<Snippet>, env: &Env) {
        if let Some(snippet) = snippet {
            self.words(words, snippet.at);
            let first = self.out.len();
            self.snippet(snippet, env, Start::Value);
            self.bracket(first, snippet.at);
        }
    }

    /// Keeps an expression one expression: a comma or clause word outside brackets would begin something else.
    fn bracket(&mut self, first: usize, at: Span) {
        let mut depth = 0usize;
        let breaks = self.out.iter().skip(first).any(|t| match &t.token {
            Token::LParen | Token::LBracket => {
                depth += 1;
                false
            }
            Token::RParen | Token::RBracket => {
                depth = depth.saturating_sub(1);
                false
            }
            Token::Comma => depth == 0,
            Token::Word(w) => depth == 0 && ends_expression(w.keyword),
            _ => false,
        });
        if breaks {
            let place = self.place(at);
            self.out.insert(first, TokenWithSpan { token: Token::LParen, span: place });
            self.push(Token::RParen, at);
        }
    }

    fn snippet(&mut self, snippet: Snippet, env: &Env, start: Start) {
        match tokens(self.cx, self.generator, env, snippet.at, start) {
            Some(tokens) => self.out.extend(tokens),
            None => self.failed = true,
        }
    }

    /// A list in brackets, which it may have brought itself: two pairs would make one row of it.
    fn bracketed(&mut self, list: Snippet, env: &Env) {
        let first = self.out.len();
        self.snippet(list, env, Start::Value);
        let mut open = 0usize;
        let closes = self.out.iter().skip(first).position(|t| {
            match t.token {
                Token::LParen => open += 1,
                Token::RParen => open = open.saturating_sub(1),
                _ => {}
            }
            open == 0
        });
        if closes.is_none_or(|last| first + last + 1 < self.out.len() || last == 0) {
            let bracket = TokenWithSpan { token: Token::LParen, span: self.place(list.at) };
            self.out.insert(first, bracket);
            self.push(Token::RParen, list.at);
        }
    }

    fn words(&mut self, words: &str, at: Span) {
        for word in words.split(' ') {
            self.push(Token::make_keyword(word), at);
        }
    }

    fn name(&mut self, name: &Ident, at: Span) {
        self.push(Token::Word(Word { value: name.as_str().to_owned(), quote_style: Some('"'), keyword: Keyword::NoKeyword }), at);
    }

    fn push(&mut self, token: Token, at: Span) {
        let span = self.place(at);
        self.out.push(TokenWithSpan { token, span });
    }

    /// Where a token that nobody wrote points to.
    fn place(&self, at: Span) -> sqlparser::tokenizer::Span {
        let start = self.cx.sources.get(at.file).map(|f| f.line_col(at.start));
        let start =
            start.map_or(Location { line: 0, column: 0 }, |l| Location { line: u64::from(l.line) + 1, column: u64::from(l.column) + 1 });
        sqlparser::tokenizer::Span { start, end: start }
    }
}

fn ends_expression(keyword: Keyword) -> bool {
    use Keyword as K;
    matches!(
        keyword,
        K::AS
            | K::FROM
            | K::WHERE
            | K::GROUP
            | K::HAVING
            | K::ORDER
            | K::LIMIT
            | K::OFFSET
            | K::FETCH
            | K::UNION
            | K::INTERSECT
            | K::EXCEPT
            | K::QUALIFY
            | K::WINDOW
            | K::INTO
    )
}
