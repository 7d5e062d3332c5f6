//! Plain SQL as `psql` runs it: the files of `sql/postgres/index.txt` in their order.

use super::bodies::{Done, done};
use super::lex::{Cursor, Item, Kind, Statement, Token, items};
use super::refresh;
use super::run::run;
use super::setup::Setup;
use super::world::Name;
use super::{Artifacts, Reading};
use crate::base::{FileId, Span, VPath};
use std::collections::{BTreeMap, BTreeSet};

/// psql's lines that change nothing but how psql goes on.
const ASKS_RUN_DATE: [&str; 2] = ["if :{?run_date}", "getenv run_date PIPEC_RUN_DATE"];
const FULL_REFRESH: &str = "if :{?full_refresh}";
const IS_NEW: &str = "if :is_new";

/// The mark of what every build makes anew: the next one drops it where it is to be of another kind.
const MADE_ANEW: &str = "pipec: made anew by every build";

/// What psql goes on under.
#[derive(PartialEq, Eq)]
enum Under {
    /// The run date is given, or not.
    RunDate,
    /// Every row is made anew.
    FullRefresh,
    /// This table is not there yet.
    IsNew(Name),
    /// None of these, or the opposite.
    Other,
}

/// Marks of tables' rows, as the program has them: what holds exports back that would send rows made under other masks.
pub(super) type Marks = BTreeSet<(Name, String)>;

/// The marks in what the program builds now.
pub(super) fn marks(built: &BTreeMap<VPath, Vec<u8>>) -> Marks {
    let files = built.iter().filter(|(p, _)| p.as_str().starts_with(FOLDER)).filter_map(|(_, bytes)| std::str::from_utf8(bytes).ok());
    let items = files.filter(|text| text.contains("comment on ")).flat_map(|text| items(FileId::default(), text, 0));
    items.filter_map(|item| if let Item::Statement(s) = item { marked(&s.tokens) } else { None }).collect()
}

/// `comment on table t is 'pipec: rows made under …'`, `comment on view v is 'pipec: made anew by every build'`
fn marked(tokens: &[Token]) -> Option<(Name, String)> {
    let mut cursor = Cursor::new(tokens);
    if !cursor.is("comment on view") {
        cursor.must("comment on table")?;
    }
    let name = cursor.qualified()?;
    cursor.must("is")?;
    let text = cursor.text()?;
    cursor.end()?;
    Some((name, text))
}

const FOLDER: &str = "sql/postgres/";

/// Runs all of it.
pub(super) fn read(artifacts: &Artifacts<'_>, marks: &Marks, reading: &mut Reading) {
    let Some(index) = artifacts.file("sql/postgres/index.txt") else {
        reading.missing.push("sql/postgres/index.txt".to_owned());
        return;
    };
    let mut listed = Vec::new();
    for line in artifacts.sources.text(index).lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#')) {
        let path = format!("{FOLDER}{line}");
        match artifacts.file(&path) {
            Some(file) => file_of(artifacts, file, marks, reading),
            None => reading.missing.push(path.clone()),
        }
        listed.push(path);
    }
    refresh::between(artifacts, artifacts.file(refresh::BETWEEN).filter(|_| !listed.iter().any(|l| l == refresh::BETWEEN)), reading);
    listed.push(refresh::BETWEEN.to_owned());
    for (path, file) in artifacts.under(FOLDER).filter(|(p, _)| p.ends_with(".sql") && !listed.iter().any(|l| l == *p)) {
        reading.world.unread(Span::new(file, 0, 0), format!("`{path}` is not in the index, so nobody says when it is run"));
    }
}

fn file_of(artifacts: &Artifacts<'_>, file: FileId, marks: &Marks, reading: &mut Reading) {
    let text = artifacts.sources.text(file);
    let mut psql = Psql { conditions: Vec::new(), sent: None, asked: None };
    let all = items(file, text, 0);
    let mut next = all.as_slice();
    while let Some((item, rest)) = next.split_first() {
        if let (true, Some((made, rest))) = (psql.conditions.is_empty(), refresh::block(next)) {
            made.iter().for_each(|statement| one(reading, statement));
            (psql.sent, next) = (None, rest);
            continue;
        }
        next = rest;
        match item {
            Item::Broken(at) => reading.world.unread(*at, "a quote that nothing closes"),
            Item::Meta(line, at) => {
                if !psql.goes_on(line) {
                    reading.world.unread(*at, "psql's command");
                }
            }
            Item::Statement(statement) => {
                psql.sent = None;
                if matches!(rest.first(), Some(Item::Meta(line, _)) if line == "gset") {
                    psql.sent = Some(statement.clone());
                } else if let (Some(Item::Meta(line, _)), true) = (rest.first(), psql.conditions.is_empty())
                    && line == "gexec"
                {
                    next = rest.get(1..).unwrap_or_default();
                    match super::batches::one(statement) {
                        Some(batch) => one(reading, &batch),
                        None => reading.world.unread(statement.at, "what psql runs of what this yields"),
                    }
                } else if psql.conditions.is_empty() {
                    if !made_anew(statement, marks) {
                        one(reading, statement);
                    }
                } else if !psql.may_depend(statement, marks) {
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

/// Whether it marks what every build makes anew, and nothing else.
fn made_anew(statement: &Statement, marks: &Marks) -> bool {
    marked(&statement.tokens).is_some_and(|mark| mark.1 == MADE_ANEW && marks.contains(&mark))
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

/// Where psql stands in a file.
struct Psql {
    conditions: Vec<Under>,
    /// What was sent to be kept in variables.
    sent: Option<Statement>,
    /// The table of which `is_new` tells.
    asked: Option<Name>,
}

impl Psql {
    /// Whether psql goes on as it should after one of its commands.
    fn goes_on(&mut self, line: &str) -> bool {
        let sent = self.sent.take();
        match line {
            "endif" => self.conditions.pop().is_some(),
            "else" => match self.conditions.last_mut() {
                // With the run date given there is nothing to do, and else it is asked for.
                Some(Under::RunDate) => true,
                Some(under) => {
                    *under = Under::Other;
                    true
                }
                None => false,
            },
            "gset" => {
                self.asked = sent.and_then(|s| is_new(&s));
                self.asked.is_some()
            }
            IS_NEW => {
                let under = self.asked.clone().map(Under::IsNew);
                let known = under.is_some();
                self.conditions.push(under.unwrap_or(Under::Other));
                known
            }
            FULL_REFRESH => {
                self.conditions.push(Under::FullRefresh);
                true
            }
            _ if ASKS_RUN_DATE.first() == Some(&line) => {
                self.conditions.push(Under::RunDate);
                true
            }
            _ => ASKS_RUN_DATE.contains(&line) && self.conditions == [Under::RunDate],
        }
    }

    /// Whether it matters to nobody's rights if a statement runs or not: a table goes first, or one that was not there gets the mark of its rows.
    fn may_depend(&self, statement: &Statement, marks: &Marks) -> bool {
        if let Some(mark) = marked(&statement.tokens) {
            return self.conditions == [Under::IsNew(mark.0.clone())] && marks.contains(&mark);
        }
        let mut cursor = Cursor::new(&statement.tokens);
        let goes = cursor.is("do") && matches!(cursor.body().and_then(|b| done(&b, statement.at)), Some(Done::MakesWay { .. }));
        goes && cursor.is_end() && self.conditions == [Under::FullRefresh]
    }
}

/// `select to_regclass('…') is null as is_new`
fn is_new(statement: &Statement) -> Option<Name> {
    let mut cursor = Cursor::new(&statement.tokens);
    cursor.must("select to_regclass (")?;
    let written = cursor.text()?;
    cursor.must(") is null as is_new")?;
    cursor.end()?;
    let written = super::lex::tokens(&written, statement.at)?;
    let mut named = Cursor::new(&written);
    let name = named.qualified()?;
    named.end()?;
    Some(name)
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
