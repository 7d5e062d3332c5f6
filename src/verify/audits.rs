//! Triggers that write changes of rows beside them: read, and held against what the program audits.

use super::bodies::fits;
use super::compare::{Comparing, object};
use super::known::{WRITER, WRITER_CLOSED, WRITER_HEAD};
use super::lex::{Cursor, Kind, Token, tokens};
use super::report::Side;
use super::world::{Name, Right, World};
use crate::base::Span;
use crate::ir::Table;

/// The triggers that builds make, with when they run and for what.
const TRIGGERS: [(&str, &str, &str); 2] =
    [("pipec_audit", "insert or update or delete", "row"), ("pipec_audit_truncate", "truncate", "statement")];

/// A function that writes changes.
pub(super) struct Writer {
    /// Where it writes.
    log: Name,
    owner: Option<String>,
    rights: Vec<Right>,
    /// Whether what default privileges gave is taken back.
    closed: bool,
    at: Span,
}

/// A trigger.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Trigger {
    when: String,
    each: String,
    function: Name,
    told: Vec<String>,
    /// Whether it runs in sessions that replay changes, too.
    always: bool,
    at: Span,
}

/// Reads what follows the name of a function that writes changes.
pub(super) fn writer(rest: &[Token], at: Span) -> Option<Writer> {
    let (body, head) = rest.split_last()?;
    let Kind::Body(body) = &body.kind else { return None };
    fits(WRITER_HEAD, head)?;
    let holes = fits(WRITER, &tokens(body, at)?)?;
    let one = |label: &str| holes.get(label)?.first().cloned();
    // Whoever may call a function that is made is everybody, until it is taken back.
    let everybody = Right { to: "public".to_owned(), verb: "execute".to_owned(), column: None, at };
    Some(Writer { log: (one("schema")?, one("log")?), owner: None, rights: vec![everybody], closed: false, at })
}

/// The function that a `do` block takes from everybody but its owner.
pub(super) fn closes(body: &[Token], at: Span) -> Option<Name> {
    let holes = fits(WRITER_CLOSED, body)?;
    let written = tokens(holes.get("function")?.first()?, at)?;
    let mut cursor = Cursor::new(&written);
    let name = cursor.qualified()?;
    cursor.must("( )")?;
    cursor.end()?;
    Some(name)
}

impl Writer {
    /// Where it writes.
    pub(super) fn log(&self) -> &Name {
        &self.log
    }

    /// Notes its owner.
    pub(super) fn belongs_to(&mut self, owner: String) {
        self.owner = Some(owner);
    }

    /// Notes that nobody else may call it, as far as somebody gave that before.
    pub(super) fn close(&mut self) {
        self.closed = true;
    }

    /// Who may call it.
    pub(super) fn rights(&mut self) -> &mut Vec<Right> {
        &mut self.rights
    }
}

/// `create or replace trigger t after … on s.t for each row execute function s.f(…)`, behind `trigger`.
pub(super) fn made(world: &mut World, mut cursor: Cursor<'_>, at: Span) -> Option<()> {
    let name = cursor.name()?;
    cursor.must("after")?;
    let mut when = Vec::new();
    while !cursor.is("on") {
        when.push(cursor.name()?);
    }
    let on = cursor.qualified()?;
    cursor.must("for each")?;
    let each = cursor.name()?;
    cursor.must("execute function")?;
    let function = cursor.qualified()?;
    let mut inside = Cursor::new(cursor.bracketed()?);
    cursor.end()?;
    let mut told = vec![inside.text()?];
    while inside.is(",") {
        told.push(inside.text()?);
    }
    inside.end()?;
    world.writers.get(&function)?;
    let relation = super::run::secured(world, &on, at)?;
    relation.triggers.insert(name, Some(Trigger { when: when.join(" "), each, function, told, always: false, at }));
    Some(())
}

/// `drop trigger if exists t on s.t`, behind `trigger`.
pub(super) fn gone(world: &mut World, mut cursor: Cursor<'_>, at: Span) -> Option<()> {
    cursor.must("if exists")?;
    let name = cursor.name()?;
    cursor.must("on")?;
    let on = cursor.qualified()?;
    cursor.end()?;
    super::run::secured(world, &on, at)?.triggers.insert(name, None);
    Some(())
}

/// `alter table s.t enable always trigger t`, behind `trigger`.
pub(super) fn always(world: &mut World, on: &Name, mut cursor: Cursor<'_>) -> Option<()> {
    let name = cursor.name()?;
    cursor.end()?;
    world.relations.get_mut(on)?.triggers.get_mut(&name)?.as_mut()?.always = true;
    Some(())
}

/// Compares them.
pub(super) fn compare(comparing: &mut Comparing<'_>) {
    let mut found: Vec<(Span, Side, Name, String)> = Vec::new();
    for (_, table) in comparing.expected.built() {
        let name = comparing.expected.name(table);
        found.extend(of_table(comparing, table, &name).into_iter().map(|(at, side, says)| (at, side, name.clone(), says)));
    }
    for (name, writer) in &comparing.world().writers {
        let written = object(name);
        let mut tell = |at, side, says: String| found.push((at, side, name.clone(), says));
        if writer.owner != comparing.owner {
            tell(writer.at, Side::Differs, format!("`{written}`, which writes changes, does not have the rights of their table's owner"));
        }
        for right in &writer.rights {
            let says = format!("`{}` may call `{written}`, and so write changes that nobody made", right.to);
            tell(right.at, Side::ArtifactHasMore, says);
        }
        if !writer.closed {
            tell(writer.at, Side::ArtifactHasMore, format!("rights to call `{written}` that somebody gave before are not taken back"));
        }
        let called = |t: &Option<Trigger>| t.as_ref().is_some_and(|t| t.function == *name);
        if !comparing.world().relations.values().any(|r| r.triggers.values().any(called)) {
            tell(writer.at, Side::ArtifactHasMore, format!("`{written}` writes changes, and no trigger calls it"));
        }
    }
    for (at, side, name, says) in found {
        comparing.push(at, side, "", "", &object(&name), says, None);
    }
}

fn of_table(comparing: &Comparing<'_>, table: &Table, name: &Name) -> Vec<(Span, Side, String)> {
    let Some(relation) = comparing.world().relations.get(name) else { return Vec::new() };
    let written = object(name);
    let log = table.own().and_then(|own| own.audit).and_then(|id| comparing.expected.program.table(id));
    let mut out = Vec::new();
    for (trigger, made) in &relation.triggers {
        let at = made.as_ref().map_or(relation.at, |t| t.at);
        if !TRIGGERS.iter().any(|(t, ..)| t == trigger) {
            out.push((at, Side::NotUnderstood, format!("the trigger `{trigger}` of `{written}` is not understood")));
        }
    }
    for (trigger, when, each) in TRIGGERS {
        let made = relation.triggers.get(trigger);
        match (log, made) {
            (None, Some(Some(made))) => {
                out.push((
                    made.at,
                    Side::ArtifactHasMore,
                    format!("changes of `{written}` are written down, and the program says nothing of it"),
                ));
            }
            (None, None) if table.own().is_some() => {
                let says = format!("a trigger of an earlier build, `{trigger}` of `{written}`, is not taken away");
                out.push((relation.at, Side::Differs, says));
            }
            (None, _) => {}
            (Some(_), None | Some(None)) => {
                out.push((
                    relation.at,
                    Side::ProgramHasMore,
                    format!("changes of `{written}` are not written down: `{trigger}` is missing"),
                ));
            }
            (Some(log), Some(Some(made))) => {
                let into = comparing.world().writers.get(&made.function).map(|w| &w.log);
                let as_said = into == Some(&comparing.expected.name(log))
                    && (made.when.as_str(), made.each.as_str()) == (when, each)
                    && made.told == told(table, name);
                if !as_said || !made.always {
                    let why = if as_said { "not in every session" } else { "not as the program says" };
                    out.push((made.at, Side::ProgramHasMore, format!("changes of `{written}` are written down, but {why}")));
                }
            }
        }
    }
    out
}

/// What a trigger is told: the table, its key, its columns.
fn told(table: &Table, name: &Name) -> Vec<String> {
    let listed = |names: Vec<&str>| serde_json::Value::from(names).to_string();
    let key = table.key.iter().filter_map(|c| table.columns.get(*c as usize)).map(|c| c.name.as_str()).collect();
    vec![object(name), listed(key), listed(table.columns.iter().map(|c| c.name.as_str()).collect())]
}
