//! `grant` and `revoke`.

use super::super::known::PROCEDURES;
use super::super::lex::{Cursor, names_of};
use super::super::world::{Member, Name, Right, World, revoke};
use super::secured;
use crate::base::Span;

/// Verbs of a right with the columns it names.
type Verbs = Vec<(String, Option<Vec<String>>)>;

/// What rights are about.
enum Object {
    Relation(Name),
    Schema(String),
    Function(Name),
    Writer(Name),
    Procedure(Name),
}

fn object(cursor: &mut Cursor<'_>) -> Option<Object> {
    if cursor.is("schema") {
        return Some(Object::Schema(cursor.name()?));
    }
    if cursor.is("function") {
        let name = cursor.qualified()?;
        if cursor.is("( )") {
            return Some(Object::Writer(name));
        }
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

pub(super) fn grant(world: &mut World, mut cursor: Cursor<'_>, at: Span) -> Option<()> {
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
    if let Object::Relation(name) = &object {
        world.held.remove(name);
    }
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

pub(super) fn take_back(world: &mut World, mut cursor: Cursor<'_>, at: Span) -> Option<()> {
    let verbs = verbs(&mut cursor)?;
    cursor.must("on")?;
    let object = object(&mut cursor)?;
    cursor.must("from")?;
    let from = cursor.names()?;
    // What a holder passed on goes, too.
    cursor.is("cascade");
    cursor.end()?;
    if let Object::Schema(name) = &object
        && let Some(schema) = world.schemas.get_mut(name)
    {
        schema.cleared |= from.iter().any(|f| f == "public") && verbs.iter().any(|(v, _)| v == "all");
        if verbs.iter().any(|(v, _)| v == "all" || v == "create") {
            schema.closed_to.extend(from.iter().cloned());
        }
    }
    revoke(rights_of(world, &object, at)?, &verbs, &from);
    Some(())
}

fn rights_of<'w>(world: &'w mut World, object: &Object, at: Span) -> Option<&'w mut Vec<Right>> {
    Some(match object {
        Object::Relation(name) => &mut secured(world, name, at)?.rights,
        Object::Schema(name) => &mut world.schemas.get_mut(name)?.rights,
        Object::Function(name) => &mut world.functions.get_mut(name)?.rights,
        Object::Writer(name) => world.writers.get_mut(name)?.rights(),
        Object::Procedure(name) => world.procedures.get_mut(name)?,
    })
}
