//! Conditions over one row of a table and of an entitlement: what policies say of rows, and what tests ask of them.

use super::condition::{Place, condition, conjunction};
use super::from::scan;
use super::model::Shared;
use super::parse::parse_query;
use super::tokens::{Start, selected_where, tokens};
use super::{Cx, Scope, ScopeRelation, Shown};
use crate::base::{Ident, Span};
use crate::diag::{Code, Diagnostic};
use crate::ir::{Asked, Entitlement, Expr, ExprKind, Label, Literal, Policy, TableId, Type, operands, query_of};
use crate::resolve::Env;
use sqlparser::ast as sql;
use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{Token, TokenWithSpan};
use std::collections::{BTreeMap, BTreeSet};

/// Who asks, for messages.
#[derive(Clone, Copy)]
pub(super) enum Asker<'n> {
    Policy(&'n Ident),
    Test(&'n Ident),
}

impl Asker<'_> {
    fn kind(self) -> &'static str {
        match self {
            Asker::Policy(_) => "a policy",
            Asker::Test(_) => "a test",
        }
    }
}

impl std::fmt::Display for Asker<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Asker::Policy(name) => write!(f, "policy `{name}`"),
            Asker::Test(title) => write!(f, "test `{title}`"),
        }
    }
}

/// A condition as it was read.
pub(super) struct RowCondition {
    /// A boolean over the table's columns, under the table's name, and an entitlement's row, under [`Policy::ENTITLED`].
    pub(super) filter: Expr,
    pub(super) label: Label,
    /// The columns of the table it reads.
    pub(super) columns: Vec<u32>,
    pub(super) asks: Option<Asked>,
}

pub(super) struct Reading<'r, 'a, 'p> {
    pub(super) cx: &'r Cx<'a>,
    pub(super) shared: &'r Shared<'p>,
    pub(super) env: &'r Env,
    /// The condition.
    pub(super) written: Span,
    pub(super) table: TableId,
    pub(super) asker: Asker<'r>,
}

impl Reading<'_, '_, '_> {
    /// Reads it; `None` after reporting why it cannot be, or where its table could not be and that has been said.
    pub(super) fn condition(&self) -> Option<RowCondition> {
        let finished = self.cx.finished(self.table).filter(|f| !f.open)?;
        let cut = tokens(self.cx, self.shared.generator, self.env, self.written, Start::Value)?;
        let entitlement = self.entitlement(&cut)?;
        let alias = finished.table.name.clone();
        let mut scope = Scope {
            shown: finished.table.columns.iter().map(|c| Shown::Column(alias.clone(), c.name.clone())).collect(),
            ..Scope::default()
        };
        let relation = ScopeRelation {
            alias: alias.clone(),
            columns: scan(self.table, finished).columns,
            table: Some(self.table),
            ..Default::default()
        };
        scope.relations.push(relation);
        if let Some((_, entitlement, word)) = &entitlement {
            scope.relations.push(self.entitled(entitlement, word)?);
        }
        let query = parse_query(self.cx, selected_where(in_arrays(cut, &scope)))?;
        let sql::SetExpr::Select(select) = *query.body else { return None };
        let parts = condition(self.cx, &scope, select.selection.as_ref()?, Place::Rows(self.asker.kind()));
        let label = parts.iter().fold(Label::PUBLIC, |all, p| all.join(&p.facts.label));
        let mut filter = conjunction(parts).filter(|f| f.ty != Type::Error)?;
        let word = entitlement.as_ref().map(|(_, _, word)| word.clone());
        self.refuse(&filter)?;
        let columns = read_of(&filter, &alias, |name| finished.table.columns.iter().position(|c| c.name == *name));
        let asks = match &entitlement {
            None => None,
            Some((index, declared, word)) => {
                let table = &self.cx.finished(declared.table)?.table;
                let columns = read_of(&filter, word, |name| table.columns.iter().position(|c| c.name == *name));
                Some(Asked { entitlement: *index, columns })
            }
        };
        if let Some(word) = word.filter(|w| w.as_str() != Policy::ENTITLED) {
            rename(&mut filter, &word, &Ident::exact(Policy::ENTITLED));
        }
        Some(RowCondition { filter, label, columns, asks })
    }

    /// The entitlement the condition asks, and the word it is called by: `entitled` where there is one only, else its name.
    /// The outer `None` after reporting that it cannot be told.
    fn entitlement(&self, cut: &[TokenWithSpan]) -> Option<Option<(u32, Entitlement, Ident)>> {
        let all = &self.shared.program.entitlements;
        let mut asked: BTreeMap<Ident, Span> = BTreeMap::new();
        for (before, pair) in std::iter::once(None).chain(cut.iter().map(Some)).zip(cut.windows(2)) {
            if let [word, dot] = pair
                && let (Token::Word(name), Token::Period) = (&word.token, &dot.token)
                && before.is_none_or(|b| b.token != Token::Period)
            {
                let name = if name.quote_style.is_some() { Ident::exact(&name.value) } else { Ident::folded(&name.value) };
                if name.as_str() == Policy::ENTITLED || all.iter().any(|e| e.name == name) {
                    asked.entry(name).or_insert(self.cx.span(word.span));
                }
            }
        }
        let mut asked = asked.into_iter();
        let Some((word, at)) = asked.next() else { return Some(None) };
        if let Some((other, at)) = asked.next() {
            let problem = Diagnostic::error(
                Code::UnclearEntitlement,
                at,
                format!("{} asks one entitlement, and this one asks `{word}` and `{other}`", self.asker.kind()),
            );
            self.cx.error(problem.help(match self.asker {
                Asker::Policy(_) => "write two policies: both have to hold",
                Asker::Test(_) => "write two sentences: both have to hold",
            }));
            return None;
        }
        let named = (0u32..).zip(all).find(|(_, e)| e.name == word);
        let only = match all.as_slice() {
            [only] => Some((0, only)),
            _ => None,
        };
        if let Some((index, found)) = named.or(only) {
            return Some(Some((index, found.clone(), word)));
        }
        let message = match all.len() {
            0 => "no entitlement is declared that `entitled` could mean".to_owned(),
            n => format!("`entitled` may mean any of {n} entitlements"),
        };
        let names: Vec<String> = all.iter().map(|e| format!("`{}.…`", e.name)).collect();
        let help = if names.is_empty() {
            "declare `entitlement authorizations from <table> by <column with the login>`".to_owned()
        } else {
            format!("write the entitlement's name: {}", names.join(" or "))
        };
        self.cx.error(Diagnostic::error(Code::UnclearEntitlement, at, message).help(help));
        None
    }

    /// The row of the entitlement: found by its name only, so that bare names are the table's own.
    fn entitled(&self, entitlement: &Entitlement, word: &Ident) -> Option<ScopeRelation> {
        let finished = self.cx.finished(entitlement.table).filter(|f| !f.open)?;
        let columns = scan(entitlement.table, finished).columns;
        let hidden = columns.iter().map(|c| c.name.clone()).collect();
        Some(ScopeRelation { alias: word.clone(), columns, hidden, ..Default::default() })
    }

    /// What a reader's own session could not or must not compute. `None` after reporting it.
    fn refuse(&self, filter: &Expr) -> Option<()> {
        let fault = |e: &Expr| match &e.kind {
            _ if query_of(e).is_some() => Some("reads a query"),
            ExprKind::RunDate => Some("asks for the run date, which nobody gives when rows are read"),
            ExprKind::Literal(Literal::Secret(_)) => Some("needs a key, which no reader may use"),
            ExprKind::Error => Some("cannot be read"),
            _ => None,
        };
        let found = crate::ir::find(filter, &|e| fault(e).is_some());
        let Some((found, what)) = found.and_then(|e| Some((e, fault(e)?))) else { return Some(()) };
        let problem = Diagnostic::error(Code::PolicyCondition, found.at, format!("the condition of {} {what}", self.asker));
        self.cx.error(problem.help(format!(
            "{} compares columns of its table with constants and with `entitled.<column>`; compute the rest in the model",
            self.asker.kind()
        )));
        None
    }
}

/// `specialty in entitled.specialties` → `specialty = any (entitled.specialties)`, where that is an array; `not in` → `<> all`.
fn in_arrays(cut: Vec<TokenWithSpan>, scope: &Scope<'_>) -> Vec<TokenWithSpan> {
    let mut out: Vec<TokenWithSpan> = Vec::with_capacity(cut.len());
    let mut rest = cut.as_slice();
    while let Some((first, after)) = rest.split_first() {
        let keyword = |t: &TokenWithSpan, k: Keyword| matches!(&t.token, Token::Word(w) if w.keyword == k && w.quote_style.is_none());
        if let (true, [alias, dot, name, ..]) = (keyword(first, Keyword::IN), after)
            && let (Token::Word(a), Token::Period, Token::Word(_)) = (&alias.token, &dot.token, &name.token)
            && scope.relations.iter().any(|r| r.alias == Ident::folded(&a.value))
        {
            let negated = out.pop_if(|t| keyword(t, Keyword::NOT)).is_some();
            let token = |token| TokenWithSpan { token, span: first.span };
            let (sign, word) = if negated { (Token::Neq, "all") } else { (Token::Eq, "any") };
            out.extend([sign, Token::make_keyword(word), Token::LParen].map(token));
            out.extend([alias.clone(), dot.clone(), name.clone(), token(Token::RParen)]);
            rest = after.get(3..).unwrap_or_default();
            continue;
        }
        out.push(first.clone());
        rest = after;
    }
    out
}

/// The columns of a relation that an expression reads, by position.
fn read_of(e: &Expr, alias: &Ident, position: impl Fn(&Ident) -> Option<usize>) -> Vec<u32> {
    let mut found = BTreeSet::new();
    let mut waiting = vec![e];
    while let Some(e) = waiting.pop() {
        if let ExprKind::Column { relation, name } = &e.kind
            && relation == alias
        {
            found.extend(position(name).and_then(|p| u32::try_from(p).ok()));
        }
        operands(e, &mut |inner| waiting.push(inner));
    }
    found.into_iter().collect()
}

fn rename(e: &mut Expr, from: &Ident, to: &Ident) {
    if let ExprKind::Column { relation, .. } = &mut e.kind
        && relation == from
    {
        *relation = to.clone();
    }
    crate::ir::operands_mut(e, &mut |inner| rename(inner, from, to));
}
