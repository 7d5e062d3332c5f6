//! What a statement does to who reads a table of BigQuery's: one form of each is known, and whatever else looks like it is not understood.

use super::lex::{Kind, Statement, Token, same, tokens};
use crate::base::Span;

/// A dataset and a table in it.
pub(super) type Name = (String, String);

/// A statement, as far as access goes.
#[derive(Clone, Debug)]
pub(super) enum Step {
    /// It makes a table or view anew.
    Made { name: Name, view: bool },
    /// It says what is there, or fills it.
    Fills(Option<Name>),
    /// It takes back what anybody was granted.
    Reset(Name),
    /// It drops all row access policies.
    NoPolicies(Name),
    /// It drops one.
    NoPolicy(Name, String),
    /// It lets who builds see all rows.
    Builder(Name),
    /// It lets these see rows.
    Policy { on: Name, name: String, to: Vec<String>, filter: Span },
    /// It gives these a right.
    Grant { on: Name, view: bool, roles: Vec<String>, to: Vec<String> },
    /// It is about access, and not of a form that is known.
    Unread,
}

/// Reads one.
pub(super) fn read(statement: &Statement, region: &str) -> Step {
    let tokens = statement.tokens.as_slice();
    let starts = |words: &str| Cursor(tokens).is(words);
    if starts("grant") {
        return grant(tokens).unwrap_or(Step::Unread);
    }
    if starts("execute") {
        return executed(tokens, region).unwrap_or(Step::Unread);
    }
    if starts("create row") {
        return policy(tokens).unwrap_or(Step::Unread);
    }
    if starts("drop") {
        return dropped(tokens).unwrap_or(Step::Unread);
    }
    let mut cursor = Cursor(tokens);
    for (words, view) in [("create or replace table", false), ("create or replace view", true)] {
        if cursor.is(words) {
            return cursor.qualified().map_or(Step::Unread, |name| Step::Made { name, view });
        }
    }
    if ["create table if not exists", "merge into", "insert into", "delete from", "update"].iter().any(|words| cursor.is(words)) {
        return Step::Fills(cursor.qualified());
    }
    let harmless = ["select", "with", "create schema if not exists", "create or replace function", "create function if not exists"];
    if harmless.iter().any(|words| starts(words)) { Step::Fills(None) } else { Step::Unread }
}

/// ``grant `roles/bigquery.dataViewer` on table t to 'group:a', 'group:b'``
fn grant(tokens: &[Token]) -> Option<Step> {
    let mut cursor = Cursor(tokens);
    cursor.is("grant").then_some(())?;
    let roles = cursor.list(|c| match c.next()? {
        Kind::Name(role) => Some(role.clone()),
        _ => None,
    })?;
    cursor.is("on").then_some(())?;
    let view = cursor.is("view");
    (view || cursor.is("table")).then_some(())?;
    let on = cursor.qualified()?;
    cursor.is("to").then_some(())?;
    let to = cursor.list(Cursor::text)?;
    cursor.0.is_empty().then_some(Step::Grant { on, view, roles, to })
}

/// `create row access policy p on t grant to ('group:a') filter using (…)`
fn policy(tokens: &[Token]) -> Option<Step> {
    let mut cursor = Cursor(tokens);
    cursor.is("create row access policy").then_some(())?;
    let name = cursor.name()?;
    cursor.is("on").then_some(())?;
    let on = cursor.qualified()?;
    cursor.is("grant to (").then_some(())?;
    let to = cursor.list(Cursor::text)?;
    cursor.is(") filter using (").then_some(())?;
    let (last, inside) = cursor.0.split_last()?;
    let filter = inside.first()?.at.to(inside.last()?.at);
    // The bracket that closes is the one that was opened here.
    let mut depth = 0usize;
    for token in inside {
        depth = if token.kind.is("(") {
            depth + 1
        } else if token.kind.is(")") {
            depth.checked_sub(1)?
        } else {
            depth
        };
    }
    (last.kind.is(")") && depth == 0).then_some(Step::Policy { on, name, to, filter })
}

fn dropped(tokens: &[Token]) -> Option<Step> {
    let mut cursor = Cursor(tokens);
    if cursor.is("drop all row access policies on") {
        let on = cursor.qualified()?;
        return cursor.0.is_empty().then_some(Step::NoPolicies(on));
    }
    cursor.is("drop row access policy").then_some(())?;
    let name = cursor.name()?;
    cursor.is("on").then_some(())?;
    let on = cursor.qualified()?;
    cursor.0.is_empty().then_some(Step::NoPolicy(on, name))
}

/// Statements that a query writes: the two that are known, word by word.
fn executed(found: &[Token], region: &str) -> Option<Step> {
    let texts: Vec<&String> = found.iter().filter_map(|t| if let Kind::Text(text) = &t.kind { Some(text) } else { None }).collect();
    let named = |text: &str| {
        let all = tokens(text);
        let mut cursor = Cursor(&all);
        let name = cursor.qualified()?;
        cursor.0.is_empty().then_some(name)
    };
    let name = texts.iter().find_map(|text| named(text))?;
    let written = texts.iter().find(|text| named(text).is_some())?;
    if same(found, &tokens(&reset(written, &name, region))) {
        return Some(Step::Reset(name));
    }
    same(found, &tokens(&builder(written))).then_some(Step::Builder(name))
}

/// Takes every right that is told of a table from whoever has it.
fn reset(written: &str, (schema, own): &Name, region: &str) -> String {
    format!(
        "execute immediate (select coalesce(format('revoke %s on %s %s from %s', \
         string_agg(distinct format('`%s`', given.privilege_type), ', '), max(given.object_type), {}, \
         string_agg(distinct format('\"%s\"', given.grantee), ', ')), 'select 1') \
         from `{region}`.INFORMATION_SCHEMA.OBJECT_PRIVILEGES as given \
         where given.object_schema = {} and given.object_name = {})",
        quoted(written),
        quoted(schema),
        quoted(own)
    )
}

/// A policy for who runs this.
fn builder(written: &str) -> String {
    format!(
        "execute immediate (select format('create row access policy pipec_builder on %s grant to (\"%s:%s\") filter using (true)', {}, \
         if(ends_with(session_user(), '.gserviceaccount.com'), 'serviceAccount', 'user'), session_user()))",
        quoted(written)
    )
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}

/// What is left of a statement.
struct Cursor<'t>(&'t [Token]);

impl<'t> Cursor<'t> {
    fn next(&mut self) -> Option<&'t Kind> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(&first.kind)
    }

    /// Takes these words where they stand next, all or none.
    fn is(&mut self, words: &str) -> bool {
        let before = self.0;
        let all = words.split(' ').all(|word| self.next().is_some_and(|kind| kind.is(word)));
        if !all {
            self.0 = before;
        }
        all
    }

    fn name(&mut self) -> Option<String> {
        match self.next()? {
            Kind::Word(name) | Kind::Name(name) => Some(name.clone()),
            _ => None,
        }
    }

    fn text(&mut self) -> Option<String> {
        match self.next()? {
            Kind::Text(text) => Some(text.clone()),
            _ => None,
        }
    }

    /// `marts.patient`, or that in one pair of backticks; a third part would be another project's.
    fn qualified(&mut self) -> Option<Name> {
        let first = self.name()?;
        if self.is(".") {
            let second = self.name()?;
            return (!self.is(".") && !first.contains('.') && !second.contains('.')).then_some((first, second));
        }
        let (schema, own) = first.split_once('.')?;
        (!own.contains('.')).then(|| (schema.to_owned(), own.to_owned()))
    }

    fn list<T>(&mut self, one: impl Fn(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let mut out = vec![one(self)?];
        while self.is(",") {
            out.push(one(self)?);
        }
        Some(out)
    }
}
