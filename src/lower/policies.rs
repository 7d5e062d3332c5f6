//! Row policies: conditions over the rows of one table and of an entitlement, lowered like those of any `where`.

use super::condition::{Place, condition, conjunction};
use super::cx::Finished;
use super::from::scan;
use super::model::Shared;
use super::parse::parse_query;
use super::tokens::{Start, selected_where, tokens};
use super::{Cx, Scope, ScopeRelation, Shown};
use crate::base::{Ident, Span};
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::ir::{Asked, Entitlement, Export, Expr, ExprKind, Label, Literal, Policy, Program, TableId, Type, operands, query_of};
use crate::resolve::{Pending, table_id};
use crate::syntax::ast;
use sqlparser::ast as sql;
use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{Token, TokenWithSpan};
use std::collections::{BTreeMap, BTreeSet};

/// Reads row policies; what cannot be read is reported, and its program is never sealed.
pub(super) fn policies(
    shared: &Shared<'_>,
    policies: &[Pending<'_, ast::Policy>],
    done: &[Option<Finished>],
    diagnostics: &mut Diagnostics,
) -> Vec<Policy> {
    let mut taken: BTreeMap<(Ident, TableId), Span> = BTreeMap::new();
    let mut read = Vec::new();
    for policy in policies {
        let Some(table) = object(shared, policy, diagnostics) else { continue };
        let roles = roles(shared, policy, diagnostics);
        if let Some(first) = taken.insert((policy.name.clone(), table), policy.at) {
            let problem =
                Diagnostic::error(Code::DuplicateName, policy.at, format!("two policies on one table are named `{}`", policy.name));
            diagnostics.push(problem.mark(first, "the first").help("write one condition, or give one of them another name"));
            continue;
        }
        let cx = shared.cx(policy.syntax.filter.at, done);
        let lowered = Reading { cx: &cx, shared, policy, table }.policy(roles);
        diagnostics.extend(cx.diagnostics.take());
        read.extend(lowered);
    }
    read
}

fn object(shared: &Shared<'_>, policy: &Pending<'_, ast::Policy>, diagnostics: &mut Diagnostics) -> Option<TableId> {
    let on = &policy.syntax.on;
    let parts: Vec<Ident> = on.parts.iter().map(|p| shared.generator.name(p, &policy.env, diagnostics)).collect::<Option<_>>()?;
    let table = table_id(shared.program, &parts);
    if table.is_none() {
        let written = parts.iter().map(Ident::as_str).collect::<Vec<_>>().join(".");
        let problem = Diagnostic::error(Code::UnknownName, on.at, format!("no table or model is called `{written}`"));
        diagnostics.push(problem.suggest(&written, shared.program.table_names.keys().map(Ident::as_str)));
    }
    table
}

/// The roles a policy is for, which have been found to exist; none: `*`.
fn roles(shared: &Shared<'_>, policy: &Pending<'_, ast::Policy>, diagnostics: &mut Diagnostics) -> Vec<Ident> {
    let names = policy.syntax.roles.iter().filter_map(|r| shared.generator.name(r.parts.last()?, &policy.env, diagnostics));
    let mut roles: Vec<Ident> = names.collect();
    if roles.iter().any(|r| r.as_str() == "*") {
        roles.clear();
    }
    roles.sort_unstable();
    roles.dedup();
    roles
}

struct Reading<'r, 'a, 'p> {
    cx: &'r Cx<'a>,
    shared: &'r Shared<'p>,
    policy: &'r Pending<'r, ast::Policy>,
    table: TableId,
}

impl Reading<'_, '_, '_> {
    fn policy(&self, roles: Vec<Ident>) -> Option<Policy> {
        let written = self.policy.syntax.filter.at;
        let finished = self.cx.finished(self.table).filter(|f| !f.open)?;
        let cut = tokens(self.cx, self.shared.generator, &self.policy.env, written, Start::Value)?;
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
        let parts = condition(self.cx, &scope, select.selection.as_ref()?, Place::Rows("a policy"));
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
        Some(Policy { name: self.policy.name.clone(), table: self.table, roles, filter, label, columns, asks, written, at: self.policy.at })
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
                format!("a policy asks one entitlement, and this one asks `{word}` and `{other}`"),
            );
            self.cx.error(problem.help("write two policies: both have to hold"));
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
        let problem = Diagnostic::error(Code::PolicyCondition, found.at, format!("the condition of policy `{}` {what}", self.policy.name));
        self.cx.error(
            problem
                .help("a policy compares columns of its table with constants and with `entitled.<column>`; compute the rest in the model"),
        );
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

/// Entitlements name their user by a text column of their table.
pub(super) fn entitlements(program: &Program, done: &[Option<Finished>], diagnostics: &mut Diagnostics) {
    for entitlement in &program.entitlements {
        let Some(Some(finished)) = done.get(entitlement.table.0 as usize) else { continue };
        if finished.open {
            continue;
        }
        let table = &finished.table;
        match table.columns.iter().find(|c| c.name == entitlement.by) {
            Some(by) if matches!(by.ty, Type::Text(_) | Type::Error) => {}
            Some(by) => {
                let message = format!("`{}.{}` is {}, and a login is a text", table.name, by.name, by.ty);
                diagnostics.push(Diagnostic::error(Code::TypeMismatch, entitlement.at, message).mark(by.at, "declared here"));
            }
            None => {
                let problem =
                    Diagnostic::error(Code::UnknownColumn, entitlement.at, format!("`{}` has no column `{}`", table.name, entitlement.by));
                diagnostics.push(problem.suggest(entitlement.by.as_str(), table.columns.iter().map(|c| c.name.as_str())));
            }
        }
    }
}

/// Lists the columns of every exported table, exports never say `*`, and finds those that its rows are ordered by.
pub(super) fn export_columns(program: &mut Program, diagnostics: &mut Diagnostics) {
    let Program { exports, tables, .. } = program;
    for Export { tables: exported, .. } in exports {
        for entry in exported {
            let Some(table) = tables.get(entry.table.0 as usize) else { continue };
            entry.columns = (0u32..).take(table.columns.len()).collect();
            for key in &mut entry.order {
                let found = (0u32..).zip(&table.columns).find(|(_, c)| c.name == key.name).map(|(i, _)| i);
                key.column = found.unwrap_or_default();
                // A table that failed has no columns, and is reported already.
                if found.is_none() && !table.columns.is_empty() {
                    let message = format!("`{}` has no column `{}` to order by", table.name, key.name);
                    let problem = Diagnostic::error(Code::UnknownColumn, key.at, message);
                    let problem = problem.suggest(key.name.as_str(), table.columns.iter().map(|c| c.name.as_str()));
                    diagnostics.push(problem.help("rows are ordered by columns that are exported: an order tells what it goes by"));
                }
            }
        }
    }
}
