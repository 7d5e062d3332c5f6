//! Plain SQL as `psql` runs it: the files of `sql/postgres/index.txt` in their order.

use super::lex::{Cursor, Item, Kind, Statement, Token, items};
use super::refresh;
use super::run::run;
use super::setup::Setup;
use super::{Artifacts, Reading};
use crate::base::{FileId, Span};

/// psql's lines that change nothing but how psql goes on.
const ASKS_RUN_DATE: [&str; 2] = ["if :{?run_date}", "getenv run_date PIPEC_RUN_DATE"];
/// Conditions under which more is taken away.
const CONDITIONS: [&str; 2] = ["if :{?full_refresh}", "if :is_new"];

/// Runs all of it.
pub(super) fn read(artifacts: &Artifacts<'_>, reading: &mut Reading) {
    let folder = "sql/postgres/";
    let Some(index) = artifacts.file("sql/postgres/index.txt") else {
        reading.missing.push("sql/postgres/index.txt".to_owned());
        return;
    };
    let mut listed = Vec::new();
    for line in artifacts.sources.text(index).lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#')) {
        let path = format!("{folder}{line}");
        match artifacts.file(&path) {
            Some(file) => file_of(artifacts, file, reading),
            None => reading.missing.push(path.clone()),
        }
        listed.push(path);
    }
    refresh::between(artifacts, artifacts.file(refresh::BETWEEN).filter(|_| !listed.iter().any(|l| l == refresh::BETWEEN)), reading);
    listed.push(refresh::BETWEEN.to_owned());
    for (path, file) in artifacts.under(folder).filter(|(p, _)| p.ends_with(".sql") && !listed.iter().any(|l| l == *p)) {
        reading.world.unread(Span::new(file, 0, 0), format!("`{path}` is not in the index, so nobody says when it is run"));
    }
}

fn file_of(artifacts: &Artifacts<'_>, file: FileId, reading: &mut Reading) {
    let text = artifacts.sources.text(file);
    let mut conditions: Vec<bool> = Vec::new();
    let mut sent: Option<Statement> = None;
    let all = items(file, text, 0);
    let mut next = all.as_slice();
    while let Some((item, rest)) = next.split_first() {
        if let (true, Some((made, rest))) = (conditions.is_empty(), refresh::block(next)) {
            made.iter().for_each(|statement| one(reading, statement));
            (sent, next) = (None, rest);
            continue;
        }
        next = rest;
        match item {
            Item::Broken(at) => reading.world.unread(*at, "a quote that nothing closes"),
            Item::Meta(line, at) => {
                if !meta(line, &mut conditions, sent.take()) {
                    reading.world.unread(*at, "psql's command");
                }
            }
            Item::Statement(statement) => {
                sent = None;
                if matches!(rest.first(), Some(Item::Meta(line, _)) if line == "gset") {
                    sent = Some(statement.clone());
                } else if conditions.is_empty() {
                    one(reading, statement);
                } else if !may_depend(statement) {
                    reading.world.unread(statement.at, "a statement under a condition");
                }
            }
        }
    }
    if reading.world.transaction.take().is_some() {
        reading.world.unread(Span::new(file, text.len(), text.len()), "the file ends inside a transaction, so nothing of it stays");
    }
    reading.world.pending.clear();
}

/// Runs a statement: one of the set-up, one that only asks, or one that does something.
pub(super) fn one(reading: &mut Reading, statement: &Statement) {
    let Reading { world, setup, checks, .. } = reading;
    if setup.takes(&statement.tokens) {
        return;
    }
    if Setup::is_about(&statement.tokens) {
        world.unread(statement.at, "a statement about the set-up's schemas that is not the set-up's");
        return;
    }
    match asks(&statement.tokens) {
        Some(query) => checks.push((query.to_vec(), statement.at)),
        None => run(world, statement),
    }
}

/// Whether psql goes on as it should after one of its commands.
fn meta(line: &str, conditions: &mut Vec<bool>, sent: Option<Statement>) -> bool {
    match line {
        "endif" => conditions.pop().is_some(),
        "else" => !conditions.is_empty(),
        "gset" => sent.is_some_and(|s| is_new(&s.tokens)),
        _ if CONDITIONS.contains(&line) || ASKS_RUN_DATE.first() == Some(&line) => {
            conditions.push(true);
            true
        }
        _ => ASKS_RUN_DATE.contains(&line) && !conditions.is_empty(),
    }
}

/// `select to_regclass('…') is null as is_new`
fn is_new(tokens: &[Token]) -> bool {
    let mut cursor = Cursor::new(tokens);
    cursor.is("select to_regclass (") && cursor.text().is_some() && cursor.is(") is null as is_new") && cursor.is_end()
}

/// Whether it matters to nobody's rights if a statement runs or not: the table goes first, or has a comment.
fn may_depend(statement: &Statement) -> bool {
    let mut cursor = Cursor::new(&statement.tokens);
    if cursor.is("comment on table") {
        return cursor.qualified().is_some() && cursor.is("is") && cursor.text().is_some() && cursor.is_end();
    }
    cursor.is("drop table if exists") && cursor.qualified().is_some() && cursor.is("cascade") && cursor.is_end()
}

/// A check: `select 't' as model, 'a' as assertion, 'error' as severity, count(*) as failures from (…) as failed having count(*) > 0`.
fn asks(tokens: &[Token]) -> Option<&[Token]> {
    let mut cursor = Cursor::new(tokens);
    cursor.must("select")?;
    for word in ["as model ,", "as assertion ,", "as severity ,"] {
        cursor.text()?;
        cursor.must(word)?;
    }
    cursor.must("count ( * ) as failures from")?;
    let query = cursor.bracketed()?;
    cursor.must("as failed having count ( * ) >")?;
    matches!(&cursor.next()?.kind, Kind::Number(n) if n == "0").then_some(())?;
    cursor.end()?;
    Some(query)
}
