//! Runs statements in the model of the server. What it does not know it does not pass over: the statement is reported.

mod policy;
mod rights;

use super::audits;
use super::bodies::{self, Done};
use super::known::{DROP_UPON, LOCK};
use super::lex::{Cursor, Kind, Statement, Token, names_of};
use super::partitions;
use super::world::{Function, Guard, Kept, Name, Relation, Right, Schema, TakenBack, World};
use crate::base::Span;

/// Runs one statement.
pub(super) fn run(world: &mut World, statement: &Statement) {
    if step(world, statement).is_none() {
        world.unread(statement.at, "the statement");
    }
}

fn step(world: &mut World, statement: &Statement) -> Option<()> {
    let at = statement.at;
    let mut cursor = Cursor::new(&statement.tokens);
    if cursor.is("begin") || cursor.is("start transaction") {
        cursor.end()?;
        if world.transaction.is_some() {
            return None;
        }
        world.transactions += 1;
        world.transaction = Some(world.transactions);
        return Some(());
    }
    if cursor.is("commit") {
        cursor.end()?;
        return world.transaction.take().map(|_| ());
    }
    if cursor.is("create") {
        return create(world, cursor, statement);
    }
    if cursor.is("alter") {
        return alter(world, cursor, at);
    }
    if cursor.is("drop") {
        return drop(world, cursor, at);
    }
    if cursor.is("grant") {
        return rights::grant(world, cursor, at);
    }
    if cursor.is("revoke") {
        return rights::take_back(world, cursor, at);
    }
    if cursor.is("do") {
        let body = cursor.body()?;
        cursor.end()?;
        return match bodies::done(&body, at)? {
            Done::Role(name) => {
                world.roles.entry(name).or_insert(at);
                Some(())
            }
            Done::Nothing => Some(()),
            Done::Partitions { whole, parts } => partitions::made(world, &whole, parts, at),
            Done::Closes(writer) => {
                world.writers.get_mut(&writer)?.close();
                Some(())
            }
            Done::MakesWay { of: name, access } => {
                if access.is_some_and(|schema| !world.procedures.contains_key(&(schema, DROP_UPON.to_owned()))) {
                    return None;
                }
                // For what is made next, and not for what was just made.
                (!world.relations.contains_key(&name)).then(|| world.ways.insert(name, at)).map(|_| ())
            }
            Done::Remembers { access, owner } => {
                world.schemas.get(&access)?;
                world.remembers.insert(access, owner);
                Some(())
            }
            Done::Guard { owner, readers } => {
                world.guards.push(Guard { owner, readers: readers.into_iter().collect() });
                Some(())
            }
        };
    }
    if cursor.is("call") {
        return call(world, cursor, at);
    }
    if bodies::fits(LOCK, &statement.tokens).is_some() {
        return world.transaction.map(|_| ());
    }
    // A comment holds the mark of a table's rows, which holds exports back: what writes one is known by its place in a script.
    if cursor.is("insert into") || cursor.is("delete from") {
        let words: Vec<Token> = statement.tokens.iter().take(2).cloned().collect();
        let name = cursor.qualified()?;
        let relation = world.relations.get_mut(&name)?;
        // What the temporary table holds goes where it is taken from.
        relation.content.append(&mut world.pending);
        relation.content.push((words.into_iter().chain(cursor.rest().iter().cloned()).collect(), at));
        return Some(());
    }
    None
}

fn create(world: &mut World, mut cursor: Cursor<'_>, statement: &Statement) -> Option<()> {
    let at = statement.at;
    if cursor.is("schema if not exists") {
        let name = cursor.name()?;
        cursor.end()?;
        world.schemas.entry(name).or_insert(Schema { rights: Vec::new(), cleared: false, closed_to: Default::default(), at });
        return Some(());
    }
    // pgvector's, which gives nobody anything.
    if cursor.is("extension if not exists vector") {
        return cursor.end();
    }
    if cursor.is("policy") {
        return policy::made(world, cursor, at);
    }
    if cursor.is("or replace procedure") {
        let name = cursor.qualified()?;
        // What they remember by has to be there, or a call of them fails; one remembers nothing.
        let there = if name.1 == DROP_UPON { world.schemas.contains_key(&name.0) } else { world.remembers.contains_key(&name.0) };
        let same = there && bodies::is_procedure(&name, cursor.rest(), at);
        world.procedures.remove(&name);
        // Whoever may call a procedure that is made is everybody, until it is taken back.
        let everybody = Right { to: "public".to_owned(), verb: "execute".to_owned(), column: None, at };
        return same.then(|| world.procedures.insert(name, vec![everybody])).map(|_| ());
    }
    if cursor.is("or replace function") {
        let name = cursor.qualified()?;
        let everybody = Right { to: "public".to_owned(), verb: "execute".to_owned(), column: None, at };
        let known = bodies::look_up(cursor.rest(), at);
        world.functions.remove(&name);
        world.writers.remove(&name);
        if let Some(writer) = audits::writer(cursor.rest(), at) {
            world.relations.get(writer.log())?;
            world.writers.insert(name, writer);
            return Some(());
        }
        let bodies::LookUp { table, by, yields, found } = known?;
        world.functions.insert(name, Function { table, by, yields, found, owner: None, rights: vec![everybody], at });
        return Some(());
    }
    if cursor.is("or replace trigger") {
        return audits::made(world, cursor, at);
    }
    if cursor.is("unique index") || cursor.is("index") {
        // Which rows there are does not hang on an index.
        if cursor.is("if not exists") {
            cursor.name()?;
        }
        cursor.must("on")?;
        let name = cursor.qualified()?;
        world.relations.get(&name)?;
        return indexed(&mut cursor);
    }
    relation(world, cursor, statement)
}

/// The columns of an index, or how it searches the one that holds vectors.
fn indexed(cursor: &mut Cursor<'_>) -> Option<()> {
    if !(cursor.is("using hnsw") || cursor.is("using ivfflat")) {
        names_of(cursor.bracketed()?)?;
        return cursor.end();
    }
    let mut column = Cursor::new(cursor.bracketed()?);
    column.name()?;
    ["vector_cosine_ops", "vector_l2_ops", "vector_ip_ops", "vector_l1_ops"].contains(&column.name()?.as_str()).then_some(())?;
    column.end()?;
    if cursor.is("with") {
        let mut settings = Cursor::new(cursor.bracketed()?);
        loop {
            ["m", "ef_construction", "lists"].contains(&settings.name()?.as_str()).then_some(())?;
            settings.must("=")?;
            matches!(settings.next()?.kind, Kind::Number(_)).then_some(())?;
            if !settings.is(",") {
                break;
            }
        }
        settings.end()?;
    }
    cursor.end()
}

fn relation(world: &mut World, mut cursor: Cursor<'_>, statement: &Statement) -> Option<()> {
    let at = statement.at;
    let temporary = cursor.is("temporary table");
    let kept = if temporary || cursor.is("table") {
        Kept::Table
    } else if cursor.is("view") {
        Kept::View
    } else {
        cursor.must("materialized view")?;
        Kept::Materialized
    };
    cursor.is("if not exists");
    let name = if temporary { (String::new(), cursor.name()?) } else { cursor.qualified()? };
    if temporary {
        // Gone with its transaction, so nobody else ever sees it.
        world.pending.push((cursor.rest().to_vec(), at));
        return world.transaction.map(|_| ());
    }
    // It would fail, or take what is there.
    (!world.relations.contains_key(&name) && world.schemas.contains_key(&name.0)).then_some(())?;
    let mut made = Relation::new(kept, world.transaction, at);
    made.content.push((cursor.rest().to_vec(), at));
    made.reads = reads(world, cursor.rest());
    world.ways.remove(&name);
    world.relations.insert(name, made);
    Some(())
}

/// The relations of the model that tokens name.
fn reads(world: &World, tokens: &[Token]) -> std::collections::BTreeSet<Name> {
    let mut out = std::collections::BTreeSet::new();
    for index in 0..tokens.len() {
        if let Some(name) = tokens.get(index..).and_then(|t| Cursor::new(t).qualified())
            && world.relations.contains_key(&name)
        {
            out.insert(name);
        }
    }
    out
}

/// A relation that is there, for a statement about who may do what with it: in the transaction that made it, or there was a moment without.
pub(super) fn secured<'w>(world: &'w mut World, name: &Name, at: Span) -> Option<&'w mut Relation> {
    let now = world.transaction;
    let made = world.relations.get(name)?.transaction;
    if now.is_none() || now != made {
        world.unread.push((at, format!("a statement about `{}.{}` outside of the transaction that makes it", name.0, name.1)));
    }
    world.relations.get_mut(name)
}

fn alter(world: &mut World, mut cursor: Cursor<'_>, at: Span) -> Option<()> {
    if cursor.is("function") {
        let name = cursor.qualified()?;
        let writes = cursor.is("( ) owner to");
        if !writes {
            cursor.must("( name ) owner to")?;
        }
        let owner = cursor.name()?;
        cursor.end()?;
        if writes {
            world.writers.get_mut(&name)?.belongs_to(owner);
            return Some(());
        }
        world.functions.get_mut(&name)?.owner = Some(owner);
        return Some(());
    }
    let view = cursor.is("view");
    if !view {
        cursor.must("table")?;
    }
    let name = cursor.qualified()?;
    if cursor.is("rename to") {
        let new = (name.0.clone(), cursor.name()?);
        cursor.end()?;
        if world.relations.contains_key(&new) {
            return None;
        }
        let relation = world.relations.remove(&name)?;
        world.ways.remove(&new);
        world.relations.insert(new, relation);
        return Some(());
    }
    let relation = secured(world, &name, at)?;
    if cursor.is("owner to") {
        let owner = cursor.name()?;
        cursor.end()?;
        relation.owner = Some(owner);
        return Some(());
    }
    if view && cursor.is("set (") {
        let barrier = cursor.is("security_barrier");
        if !barrier {
            cursor.must("security_invoker")?;
        }
        let on = !cursor.is("= false");
        if on {
            cursor.is("= true");
        }
        cursor.must(")")?;
        cursor.end()?;
        *(if barrier { &mut relation.barrier } else { &mut relation.invoker }) = on;
        return Some(());
    }
    if cursor.is("enable always trigger") {
        return audits::always(world, &name, cursor);
    }
    let (enabled, forced) = if cursor.is("enable") {
        (Some(true), None)
    } else if cursor.is("disable") {
        (Some(false), None)
    } else if cursor.is("no force") {
        (None, Some(false))
    } else {
        cursor.must("force")?;
        (None, Some(true))
    };
    cursor.must("row level security")?;
    cursor.end()?;
    if relation.kept != Kept::Table {
        return None;
    }
    relation.enabled = enabled.unwrap_or(relation.enabled);
    relation.forced = forced.unwrap_or(relation.forced);
    Some(())
}

fn drop(world: &mut World, mut cursor: Cursor<'_>, at: Span) -> Option<()> {
    if cursor.is("policy") {
        cursor.is("if exists");
        let policy = cursor.name()?;
        cursor.must("on")?;
        let name = cursor.qualified()?;
        cursor.end()?;
        secured(world, &name, at)?.policies.retain(|p| p.name != policy);
        return Some(());
    }
    if cursor.is("trigger") {
        return audits::gone(world, cursor, at);
    }
    if !(cursor.is("table") || cursor.is("view")) {
        cursor.must("materialized view")?;
    }
    cursor.must("if exists")?;
    let name = cursor.qualified()?;
    cursor.is("cascade");
    cursor.end()?;
    world.drop_relation(&name);
    Some(())
}

fn call(world: &mut World, mut cursor: Cursor<'_>, at: Span) -> Option<()> {
    let name = cursor.qualified()?;
    world.procedures.get(&name)?;
    let written = cursor.bracketed()?;
    cursor.end()?;
    if name.1 == "take_back" {
        let (relations, entered) = bodies::left(written)?;
        world.taken_back.push(TakenBack { relations, entered, at });
        return Some(());
    }
    if name.1 == "refuse_older" {
        let [Token { kind: Kind::Text(on), .. }, Token { kind: Kind::Sign(comma), .. }, Token { kind: Kind::Text(mark), .. }] = written
        else {
            return None;
        };
        let on = super::lex::tokens(on, at).filter(|_| comma == ",").and_then(|on| Cursor::new(&on).qualified())?;
        world.refused.insert((world.transaction, on, mark.clone()));
        return Some(());
    }
    if name.1 == "hold_until" {
        let texts = written.iter().enumerate().map(|(at, token)| match &token.kind {
            Kind::Text(text) if at % 2 == 0 => Some(Some(text.clone())),
            Kind::Sign(comma) if at % 2 == 1 && comma == "," => Some(None),
            _ => None,
        });
        let texts: Vec<String> = texts.collect::<Option<Vec<_>>>()?.into_iter().flatten().collect();
        let [on, role, determination, day] = <[String; 4]>::try_from(texts).ok()?;
        let tokens = super::lex::tokens(&on, at)?;
        let mut cursor = Cursor::new(&tokens);
        let on = cursor.qualified()?;
        cursor.end()?;
        secured(world, &on, at)?;
        world.held.entry(on).or_default().insert((role, determination, day));
        return Some(());
    }
    if name.1 == "mark_rows" {
        let (relation, marked) = bodies::marked(written, at)?;
        world.relations.get(&relation)?;
        return world.marked.insert(relation, (world.transaction, marked)).is_none().then_some(());
    }
    let [Token { kind: Kind::Text(text), .. }] = written else { return None };
    let tokens = super::lex::tokens(text, at)?;
    let mut cursor = Cursor::new(&tokens);
    let on = cursor.qualified()?;
    cursor.end()?;
    let relation = secured(world, &on, at)?;
    relation.policies.clear();
    relation.rights.clear();
    (relation.enabled, relation.forced, relation.cleared) = (false, false, true);
    Some(())
}
