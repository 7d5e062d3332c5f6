//! Policies of row-level security.

use super::super::lex::Cursor;
use super::super::world::{Policy, World};
use super::secured;
use crate::base::Span;

/// `create policy …`
pub(super) fn made(world: &mut World, mut cursor: Cursor<'_>, at: Span) -> Option<()> {
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
