//! Runs statements in the model of the server. What it does not know it does not pass over: the statement is reported.

use super::bodies::{self, Done};
use super::known::PROCEDURES;
use super::lex::{Cursor, Kind, Statement, Token, names_of};
use super::world::{Function, Guard, Kept, Member, Name, Policy, Relation, Right, Schema, TakenBack, World, revoke};
use crate::base::Span;

/// Verbs of a right with the columns it names.
type Verbs = Vec<(String, Option<Vec<String>>)>;

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
        return grant(world, cursor, at);
    }
    if cursor.is("revoke") {
        return take_back(world, cursor, at);
    }
    if cursor.is("do") {
        let body = cursor.body()?;
        cursor.end()?;
        return match bodies::done(&body, at)? {
            Done::Role(name) => {
                world.roles.entry(name).or_insert(at);
                Some(())
            }
            Done::Reference => Some(()),
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
    if cursor.is("comment on") {
        // Nobody's rights hang on a comment.
        return matches!(statement.tokens.last().map(|t| &t.kind), Some(Kind::Text(_))).then_some(());
    }
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
        world.schemas.entry(name).or_insert(Schema { rights: Vec::new(), cleared: false, at });
        return Some(());
    }
    if cursor.is("policy") {
        return policy(world, cursor, at);
    }
    if cursor.is("or replace procedure") {
        let name = cursor.qualified()?;
        // What they remember by has to be there, or a call of them fails.
        let same = world.remembers.contains_key(&name.0) && bodies::is_procedure(&name, cursor.rest(), at);
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
        let bodies::LookUp { table, by, yields, found } = known?;
        world.functions.insert(name, Function { table, by, yields, found, owner: None, rights: vec![everybody], at });
        return Some(());
    }
    if cursor.is("unique index") || cursor.is("index") {
        // Which rows there are does not hang on an index.
        if cursor.is("if not exists") {
            cursor.name()?;
        }
        cursor.must("on")?;
        let name = cursor.qualified()?;
        world.relations.get(&name)?;
        names_of(cursor.bracketed()?)?;
        return cursor.end();
    }
    relation(world, cursor, statement)
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
fn secured<'w>(world: &'w mut World, name: &Name, at: Span) -> Option<&'w mut Relation> {
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
        cursor.must("( name ) owner to")?;
        let owner = cursor.name()?;
        cursor.end()?;
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

fn policy(world: &mut World, mut cursor: Cursor<'_>, at: Span) -> Option<()> {
    let name = cursor.name()?;
    cursor.must("on")?;
    let on = cursor.qualified()?;
    let mut made = Policy { name, permissive: true, verb: "all".to_owned(), to: Vec::new(), using: None, check: None, at };
    if cursor.is("as") {
        made.permissive = cursor.is("permissive");
        if !made.permissive {
            cursor.must("restrictive")?;
        }
    }
    if cursor.is("for") {
        made.verb = cursor.name()?;
        matches!(made.verb.as_str(), "all" | "select" | "insert" | "update" | "delete").then_some(())?;
    }
    if cursor.is("to") {
        made.to = cursor.names()?;
    }
    if cursor.is("using") {
        made.using = Some(inside(&mut cursor)?);
    }
    if cursor.is("with check") {
        made.check = Some(inside(&mut cursor)?);
    }
    cursor.end()?;
    // What Postgres takes: `using` is not for insert, `with check` not for select and delete.
    let fits = match made.verb.as_str() {
        "insert" => made.using.is_none(),
        "select" | "delete" => made.check.is_none(),
        _ => true,
    };
    let relation = secured(world, &on, at)?;
    if !fits || relation.policies.iter().any(|p| p.name == made.name) {
        return None;
    }
    relation.policies.push(made);
    Some(())
}

/// The place of what stands in brackets.
fn inside(cursor: &mut Cursor<'_>) -> Option<Span> {
    let tokens = cursor.bracketed()?;
    Some(tokens.first()?.at.to(tokens.last()?.at))
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

/// What rights are about.
enum Object {
    Relation(Name),
    Schema(String),
    Function(Name),
    Procedure(Name),
}

fn object(cursor: &mut Cursor<'_>) -> Option<Object> {
    if cursor.is("schema") {
        return Some(Object::Schema(cursor.name()?));
    }
    if cursor.is("function") {
        let name = cursor.qualified()?;
        cursor.must("( name )")?;
        return Some(Object::Function(name));
    }
    if cursor.is("procedure") {
        let name = cursor.qualified()?;
        let (.., types) = PROCEDURES.iter().find(|(n, ..)| *n == name.1)?;
        cursor.must(types)?;
        return Some(Object::Procedure(name));
    }
    if cursor.is("all") {
        return None;
    }
    cursor.is("table");
    Some(Object::Relation(cursor.qualified()?))
}

fn verbs(cursor: &mut Cursor<'_>) -> Option<Verbs> {
    let mut verbs = Vec::new();
    loop {
        let verb = cursor.name()?;
        if verb == "all" {
            cursor.is("privileges");
        }
        let columns = match cursor.clone().is("(") {
            true => Some(names_of(cursor.bracketed()?)?),
            false => None,
        };
        verbs.push((verb, columns));
        if !cursor.is(",") {
            return Some(verbs);
        }
    }
}

fn grant(world: &mut World, mut cursor: Cursor<'_>, at: Span) -> Option<()> {
    if let Some(member) = membership(cursor.clone()) {
        world.members.push(Member { at, ..member });
        return Some(());
    }
    let verbs = verbs(&mut cursor)?;
    cursor.must("on")?;
    let object = object(&mut cursor)?;
    cursor.must("to")?;
    let to = cursor.names()?;
    cursor.end()?;
    let rights = rights_of(world, &object, at)?;
    for (verb, columns) in &verbs {
        for to in &to {
            let columns = columns.as_ref().map_or(vec![None], |c| c.iter().cloned().map(Some).collect());
            rights.extend(columns.into_iter().map(|column| Right { to: to.clone(), verb: verb.clone(), column, at }));
        }
    }
    Some(())
}

/// `grant a to b`
fn membership(mut cursor: Cursor<'_>) -> Option<Member> {
    let of = cursor.name()?;
    cursor.must("to")?;
    let who = cursor.name()?;
    Some(Member { who, of, at: Span::default() })
}

fn take_back(world: &mut World, mut cursor: Cursor<'_>, at: Span) -> Option<()> {
    let verbs = verbs(&mut cursor)?;
    cursor.must("on")?;
    let object = object(&mut cursor)?;
    cursor.must("from")?;
    let from = cursor.names()?;
    cursor.end()?;
    if let Object::Schema(name) = &object
        && let Some(schema) = world.schemas.get_mut(name)
        && from.iter().any(|f| f == "public")
        && verbs.iter().any(|(v, _)| v == "all")
    {
        schema.cleared = true;
    }
    revoke(rights_of(world, &object, at)?, &verbs, &from);
    Some(())
}

fn rights_of<'w>(world: &'w mut World, object: &Object, at: Span) -> Option<&'w mut Vec<Right>> {
    Some(match object {
        Object::Relation(name) => &mut secured(world, name, at)?.rights,
        Object::Schema(name) => &mut world.schemas.get_mut(name)?.rights,
        Object::Function(name) => &mut world.functions.get_mut(name)?.rights,
        Object::Procedure(name) => world.procedures.get_mut(name)?,
    })
}
