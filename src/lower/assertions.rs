use super::Cx;
use super::contract::declared;
use super::cx::Finished;
use super::model::{Shared, rest};
use super::parse::parse_query;
use super::query::lower_query;
use super::tokens::{Start, tokens};
use super::words::{boolean_word, literal, name_of, text_of};
use crate::base::{Ident, Span};
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::ir::{Assertion, AssertionKind, Literal, Materialization, Query, Table, TableId};
use crate::resolve::PendingModel;
use crate::syntax::ast::{Assert, AssertKind, ClauseKind, RawText, Snippet, Word, WordKind};
use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{Token, TokenWithSpan};
use std::sync::Arc;

/// Key columns of a model: of its materialization, else of `columns { … key }`, else of its first `assert unique(…)`.
pub(super) fn key_of(cx: &Cx<'_>, shared: &Shared<'_>, model: &PendingModel<'_>, table: &Table) -> Vec<u32> {
    let position = |name: &Ident| table.columns.iter().position(|c| c.name == *name).and_then(|p| u32::try_from(p).ok());
    if let Materialization::Incremental { key, cursor, history, .. } = &model.materialization {
        let what = if *history { "a history" } else { "incremental" };
        for name in key.iter().chain(cursor).filter(|n| position(n).is_none() && !table.columns.is_empty()) {
            let problem = Diagnostic::error(
                Code::UnknownColumn,
                model.pending.at,
                format!("`{}` is {what} by `{name}`, which it does not yield", table.name),
            );
            cx.error(problem.suggest(name.as_str(), table.columns.iter().map(|c| c.name.as_str())));
        }
    }
    let found: Option<Vec<u32>> = key_names(shared, model).iter().map(position).collect();
    found.unwrap_or_default()
}

/// The names of the columns that a model declares as its key: `incremental(key: …)` or its `id: …`, `key` in its contract, or its first `unique (…)`
/// that fails the build: what only warns may be otherwise, and promises nothing that flow could stand on.
pub(super) fn key_names(shared: &Shared<'_>, model: &PendingModel<'_>) -> Vec<Ident> {
    if let Materialization::Incremental { key, id, .. } = &model.materialization {
        // Each key has its number: it is by the number that others refer to the row.
        return id.as_ref().map_or_else(|| key.clone(), |id| vec![id.clone()]);
    }
    let env = &model.pending.env;
    let named = |part| shared.generator.name(part, env, &mut Diagnostics::new());
    if shared.doubted.contains(&model.pending.name) {
        return Vec::new();
    }
    let says_key = |w: &Word| matches!(&w.kind, WordKind::Name(n) if name_of(shared, env, n).as_ref().map(Ident::as_str) == Some("key"));
    let keys: Vec<Ident> = declared(model).filter(|d| d.constraints.iter().any(says_key)).filter_map(|d| named(&d.name)).collect();
    if !keys.is_empty() {
        return keys;
    }
    let warns = |w: &Word| matches!(&w.kind, WordKind::Name(n) if name_of(shared, env, n).as_ref().map(Ident::as_str) == Some("warn"));
    let uniques = rest(model).clauses.iter().filter_map(|c| match &c.kind {
        ClauseKind::Assert(Assert { what: AssertKind::Call { name, args }, tail, .. })
            if name.as_str() == "unique" && !tail.iter().any(warns) =>
        {
            Some(args)
        }
        _ => None,
    });
    for args in uniques {
        let columns: Option<Vec<Ident>> = args
            .iter()
            .map(|arg| match arg.as_slice() {
                [Word { kind: WordKind::Name(n), .. }] => name_of(shared, env, n),
                _ => None,
            })
            .collect();
        if let Some(columns) = columns {
            return columns;
        }
    }
    Vec::new()
}

/// The references that a model asserts and that fail its tests, as they are known when only the tables it reads are done: its column, the other table
/// and that one's column by name. What is wrong with them is reported when all are done.
pub(super) fn references_of(shared: &Shared<'_>, model: &PendingModel<'_>, table: &Table) -> Vec<(u32, TableId, Ident)> {
    let env = &model.pending.env;
    let mut found = Vec::new();
    for clause in &rest(model).clauses {
        let ClauseKind::Assert(Assert { what: AssertKind::Call { name, args }, tail, .. }) = &clause.kind else { continue };
        let ([column, target], "references", true) = (args.as_slice(), name.as_str(), tail.is_empty()) else { continue };
        let ([Word { kind: WordKind::Name(column), .. }], [Word { kind: WordKind::Name(target), .. }]) =
            (column.as_slice(), target.as_slice())
        else {
            continue;
        };
        let mut unheard = Diagnostics::new();
        let parts: Option<Vec<Ident>> = target.parts.iter().map(|p| shared.generator.name(p, env, &mut unheard)).collect();
        let Some((last, path)) = parts.as_deref().and_then(<[Ident]>::split_last) else { continue };
        let other = path.iter().map(Ident::as_str).collect::<Vec<_>>().join(".");
        let column = name_of(shared, env, column).and_then(|c| table.columns.iter().position(|own| own.name == c));
        let column = column.and_then(|at| u32::try_from(at).ok());
        if let (Some(column), Some(id)) = (column, shared.program.table_names.get(other.as_str())) {
            found.push((column, *id, last.clone()));
        }
    }
    found
}

/// Reads what must hold of a model, after all models are done (an assertion may read any of them).
pub(super) fn assertions(
    shared: &Shared<'_>,
    tables: &[Option<Finished>],
    model: &PendingModel<'_>,
    table: &Table,
    open: bool,
) -> (Vec<Assertion>, Diagnostics) {
    let cx = shared.cx(model.pending.at, tables);
    let mut out = Vec::new();
    if open {
        return (out, Diagnostics::new());
    }
    let reader = Reader { cx: &cx, shared, model, table };
    for clause in &rest(model).clauses {
        if let ClauseKind::Assert(assert) = &clause.kind {
            out.extend(reader.assert(assert));
        }
    }
    for decl in declared(model) {
        out.extend(reader.constraints(decl));
    }
    (out, cx.diagnostics.take())
}

pub(super) struct Reader<'r, 'a> {
    pub(super) cx: &'r Cx<'a>,
    pub(super) shared: &'r Shared<'a>,
    pub(super) model: &'r PendingModel<'r>,
    pub(super) table: &'r Table,
}

impl Reader<'_, '_> {
    fn assert(&self, assert: &Assert) -> Vec<Assertion> {
        match &assert.what {
            // One assertion per column, so that a failure names it.
            AssertKind::Call { name, args } if name.as_str() == "not_null" && args.len() > 1 && assert.name.is_none() => {
                let one =
                    |arg: &Vec<Word>| Assert { what: AssertKind::Call { name: name.clone(), args: vec![arg.clone()] }, ..assert.clone() };
                args.iter().filter_map(|arg| self.single_assert(&one(arg))).collect()
            }
            _ => self.single_assert(assert).into_iter().collect(),
        }
    }

    fn single_assert(&self, assert: &Assert) -> Option<Assertion> {
        let (warn, share) = self.tail(&assert.tail)?;
        let (kind, made) = match &assert.what {
            AssertKind::Call { name, args } => self.shared_call(name, args, share, assert.at)?,
            _ if share.is_some() => {
                self.cx.error(
                    Diagnostic::error(Code::BadAssertion, assert.at, "a query says itself how many rows may fail")
                        .help("a share stands behind `not_null`, `one_of`, `matches`, `between` and `within`"),
                );
                return None;
            }
            AssertKind::Sql(RawText { at }) => (AssertionKind::Sql(Box::new(self.sql(*at)?)), "sql".to_owned()),
            AssertKind::That(condition) => (AssertionKind::Sql(Box::new(self.that(*condition)?)), "that".to_owned()),
        };
        let written = assert
            .name
            .as_ref()
            .and_then(|n| self.shared.generator.text(n, &self.model.pending.env, &mut self.cx.diagnostics.borrow_mut()));
        let name = written.unwrap_or_else(|| Arc::from(format!("{}_{made}", self.table.name)));
        Some(Assertion { name, kind, warn, at: assert.at })
    }

    /// `in 95%` and `severity warn`: whether it only warns, and the share of rows that is enough.
    fn tail(&self, tail: &[Word]) -> Option<(bool, Option<u32>)> {
        let (mut warn, mut share) = (None, None);
        let mut rest = tail;
        while let [key, value, after @ ..] = rest {
            match (self.word(key).as_deref(), self.word(value).as_deref()) {
                (Some("severity"), Some(severity @ ("warn" | "error"))) if warn.is_none() => warn = Some(severity == "warn"),
                (Some("in"), None) if share.is_none() && self.share(value).is_some() => share = self.share(value),
                _ => break,
            }
            rest = after;
        }
        let Some(at) = rest.iter().map(|w| w.at).reduce(Span::to) else { return Some((warn == Some(true), share)) };
        self.cx.error(
            Diagnostic::error(Code::BadAssertion, at, "this part of the assertion is not understood")
                .help("known: `severity warn`, `severity error`, `in 95%`"),
        );
        None
    }

    pub(super) fn call(&self, name: &str, args: &[Vec<Word>], at: Span) -> Option<(AssertionKind, String)> {
        let shape = |expected: &str| {
            self.cx.error(
                Diagnostic::error(Code::BadAssertion, at, format!("`{name}` has another shape")).help(format!("write `{expected}`")),
            );
        };
        let named = |columns: &[u32]| {
            let names = columns.iter().filter_map(|c| self.table.columns.get(*c as usize)).map(|c| c.name.as_str());
            std::iter::once(name).chain(names).collect::<Vec<_>>().join("_")
        };
        match (name, args) {
            ("unique", [_, ..]) => {
                let columns: Vec<u32> = args.iter().map(|a| self.column(a)).collect::<Option<_>>()?;
                let made = named(&columns);
                Some((AssertionKind::Unique(columns), made))
            }
            ("not_null", [column]) => self.column(column).map(|c| (AssertionKind::NotNull(c), named(&[c]))),
            ("one_of", [column, values]) => {
                let column = self.column(column)?;
                let Some(values) = self.literals(values) else {
                    shape("one_of(column, ('a', 'b'))");
                    return None;
                };
                Some((AssertionKind::OneOf(column, values), named(&[column])))
            }
            ("matches", [column, pattern]) => {
                let column = self.column(column)?;
                let Some(pattern) = self.single(pattern).and_then(|w| text_of(self.shared, &self.model.pending.env, w)) else {
                    shape("matches(column, '^[0-9]+$')");
                    return None;
                };
                Some((AssertionKind::Matches(column, pattern), named(&[column])))
            }
            ("between", [column, low, high]) => {
                let column = self.column(column)?;
                let bound = |words: &[Word]| self.single(words).and_then(|w| literal(self.shared, &self.model.pending.env, w));
                let (Some(low), Some(high)) = (bound(low), bound(high)) else {
                    shape("between(column, 0, 120)");
                    return None;
                };
                Some((AssertionKind::Between(column, low, high), named(&[column])))
            }
            ("references", [column, target]) => {
                let column = self.column(column)?;
                let kind = self.references(column, target, at)?;
                Some((kind, named(&[column])))
            }
            ("k_anonymous", [k, by @ ..]) => self
                .k_anonymous(k, by)
                .map(|(k, by)| {
                    let made = named(&by);
                    (AssertionKind::KAnonymous(k, by), made)
                })
                .or_else(|| {
                    shape("k_anonymous(5, by: (zip3, age_band))");
                    None
                }),
            ("unique" | "not_null" | "one_of" | "matches" | "between" | "references" | "k_anonymous", _) => {
                self.cx.error(Diagnostic::error(Code::BadAssertion, at, format!("`{name}` does not take {} arguments", args.len())));
                None
            }
            _ => {
                let known = ["unique", "not_null", "one_of", "matches", "between", "within", "references", "k_anonymous"];
                self.cx.error(
                    Diagnostic::error(Code::BadAssertion, at, format!("there is no assertion `{name}`"))
                        .suggest(name, known)
                        .help("anything else: `assert \"name\" sql \"\"\"select …\"\"\"`, whose rows are failures"),
                );
                None
            }
        }
    }

    /// A column of this table, by its name.
    pub(super) fn column(&self, words: &[Word]) -> Option<u32> {
        let [Word { kind: WordKind::Name(name), at }] = words else {
            let at = words.first().map_or(self.table.at, |w| w.at);
            self.cx.error(Diagnostic::error(Code::BadAssertion, at, "a column's name belongs here"));
            return None;
        };
        let column = name_of(self.shared, &self.model.pending.env, name)?;
        self.position(self.table, &column, *at)
    }

    pub(super) fn position(&self, table: &Table, column: &Ident, at: Span) -> Option<u32> {
        let found = table.columns.iter().position(|c| c.name == *column).and_then(|p| u32::try_from(p).ok());
        if found.is_none() {
            let problem = Diagnostic::error(Code::UnknownColumn, at, format!("`{}` has no column `{column}`", table.name));
            self.cx.error(problem.suggest(column.as_str(), table.columns.iter().map(|c| c.name.as_str())));
        }
        found
    }

    pub(super) fn references(&self, column: u32, target: &[Word], at: Span) -> Option<AssertionKind> {
        let parts: Vec<Ident> = match target {
            [Word { kind: WordKind::Name(name), .. }] => {
                let mut diagnostics = self.cx.diagnostics.borrow_mut();
                name.parts
                    .iter()
                    .map(|p| self.shared.generator.name(p, &self.model.pending.env, &mut diagnostics))
                    .collect::<Option<_>>()?
            }
            _ => Vec::new(),
        };
        let Some((last, path)) = parts.split_last().filter(|(_, path)| !path.is_empty()) else {
            self.cx.error(
                Diagnostic::error(Code::BadAssertion, at, "`references` needs a table and its column")
                    .help("write `references(column, other_table.column)`"),
            );
            return None;
        };
        let table = path.iter().map(Ident::as_str).collect::<Vec<_>>().join(".");
        let Some(id) = self.shared.program.table_names.get(table.as_str()).copied() else {
            let problem = Diagnostic::error(Code::UnknownName, at, format!("no table is called `{table}`"));
            self.cx.error(problem.suggest(&table, self.shared.program.table_names.keys().map(Ident::as_str)));
            return None;
        };
        let finished = self.cx.finished(id).filter(|f| !f.open)?;
        let position = self.position(&finished.table, last, at)?;
        Some(AssertionKind::References(column, id, position))
    }

    fn k_anonymous(&self, k: &[Word], by: &[Vec<Word>]) -> Option<(u32, Vec<u32>)> {
        let Literal::Number(digits) = literal(self.shared, &self.model.pending.env, self.single(k)?)? else { return None };
        let k: u32 = digits.parse().ok()?;
        let [by] = by else { return None };
        let list = by.iter().find_map(|w| if let WordKind::List(list) = &w.kind { Some(list) } else { None })?;
        let columns: Vec<u32> = list.iter().map(|words| self.column(words)).collect::<Option<_>>()?;
        (!columns.is_empty()).then_some((k, columns))
    }

    /// `("a", "b")`
    pub(super) fn literals(&self, words: &[Word]) -> Option<Vec<Literal>> {
        let WordKind::List(list) = &self.single(words)?.kind else { return None };
        list.iter().map(|words| literal(self.shared, &self.model.pending.env, self.single(words)?)).collect()
    }

    fn single<'w>(&self, words: &'w [Word]) -> Option<&'w Word> {
        match words {
            [word] => Some(word),
            _ => None,
        }
    }

    pub(super) fn word(&self, word: &Word) -> Option<String> {
        boolean_word(self.shared, &self.model.pending.env, word)
    }

    /// The query of `assert … sql """…"""`.
    fn sql(&self, at: Span) -> Option<Query> {
        let cx = self.shared.cx(at, self.cx.tables);
        let query = tokens(&cx, self.shared.generator, &self.model.pending.env, at, Start::Value)
            .and_then(|t| parse_query(&cx, t))
            .map(|q| lower_query(&cx, None, &q).query);
        self.cx.diagnostics.borrow_mut().extend(cx.diagnostics.take());
        query
    }

    /// `that c` as rows that break it: `select * from m where not (c)`. NULL is no failure, as in a check constraint.
    fn that(&self, condition: Snippet) -> Option<Query> {
        let cx = self.shared.cx(condition.at, self.cx.tables);
        let inner = tokens(&cx, self.shared.generator, &self.model.pending.env, condition.at, Start::Value);
        let query = inner.and_then(|inner| {
            let place = inner.first().map_or_else(sqlparser::tokenizer::Span::empty, |t| t.span);
            let keyword = |word: &str| TokenWithSpan { token: Token::make_keyword(word), span: place };
            let other = |token| TokenWithSpan { token, span: place };
            let table = sqlparser::tokenizer::Word {
                value: self.table.name.as_str().to_owned(),
                quote_style: Some('"'),
                keyword: Keyword::NoKeyword,
            };
            let mut all = vec![
                keyword("select"),
                other(Token::Mul),
                keyword("from"),
                other(Token::Word(table)),
                keyword("where"),
                keyword("not"),
                other(Token::LParen),
            ];
            all.extend(inner);
            all.push(other(Token::RParen));
            parse_query(&cx, all)
        });
        let query = query.map(|q| lower_query(&cx, None, &q).query);
        self.cx.diagnostics.borrow_mut().extend(cx.diagnostics.take());
        query
    }
}
