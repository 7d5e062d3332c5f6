//! Look-ups of entitlements: whether they yield what conditions ask, under whose rights they read, and who may call them. Also which
//! functions a check may call.

use super::compare::{Comparing, object, qualified};
use super::lex::{Kind, Token, tokens};
use super::report::Side;
use super::world::{Name, World};
use crate::base::Span;
use crate::ir::Dialect;
use std::collections::BTreeSet;

/// Words of SQL that stand before a bracket, and functions that pipec's own assertions call.
const WORDS: &str = "all and any array as between case cast check coalesce count distinct else exists filter from gen_random_uuid group having in is join key lateral like not now nullif numeric on or over range select then unique using varchar vector when where";

/// Look-ups that a text names.
pub(super) fn called(world: &World, tokens: &[Token]) -> BTreeSet<Name> {
    qualified(tokens).into_iter().filter(|n| world.functions.contains_key(n)).collect()
}

/// Whether a text calls a function of the set-up.
pub(super) fn calls_setup(tokens: &[Token]) -> bool {
    qualified(tokens).iter().any(|(schema, _)| schema == "pipec")
}

/// Compares them.
pub(super) fn compare(comparing: &mut Comparing<'_>) {
    let mut found: Vec<(Span, Side, String, String, String)> = Vec::new();
    for (name, function) in &comparing.world().functions {
        let written = object(name);
        for (column, ty) in function.yields.iter().filter(|_| !function.found) {
            let wanted = comparing.expected.type_of(&function.table, column).and_then(|t| tokens(&t, function.at));
            if !wanted.is_some_and(|w| super::bodies::same(&w, ty)) {
                let says =
                    format!("the look-up `{written}` yields `{column}`, which `{}` does not have like this", object(&function.table));
                found.push((function.at, Side::Differs, String::new(), written.clone(), says));
            }
        }
        let owner = if comparing.expected.is_foreign(&function.table) { None } else { comparing.owner.clone() };
        if function.owner != owner {
            let whose = function.owner.clone().unwrap_or_else(|| "whoever builds".to_owned());
            let says = format!("the look-up `{written}` runs with the rights of `{whose}`");
            found.push((function.at, Side::Differs, whose, written.clone(), says));
        }
        let needed = comparing.calls.get(name).cloned().unwrap_or_default();
        let may: BTreeSet<&String> = function.rights.iter().filter(|r| r.verb == "execute" || r.verb == "all").map(|r| &r.to).collect();
        for right in function.rights.iter().filter(|r| !needed.contains(&r.to) && Some(&r.to) != function.owner.as_ref()) {
            let says = format!("`{}` may call the look-up `{written}`, and reads nothing that asks it", right.to);
            found.push((right.at, Side::ArtifactHasMore, right.to.clone(), written.clone(), says));
        }
        for who in needed.iter().filter(|n| !comparing.world().reaches(n).iter().any(|r| may.contains(r))) {
            let says = format!("`{who}` may not call the look-up `{written}`, so that what asks it cannot be read");
            found.push((function.at, Side::ProgramHasMore, who.clone(), written.clone(), says));
        }
    }
    for (name, rights) in &comparing.world().procedures {
        for right in rights {
            let says = format!("`{}` may call `{}`", right.to, object(name));
            found.push((right.at, Side::ArtifactHasMore, right.to.clone(), object(name), says));
        }
    }
    let known = known(comparing);
    for (query, at) in &comparing.reading.checks {
        for name in unknown(query, &known) {
            found.push((*at, Side::NotUnderstood, String::new(), name.clone(), format!("a check calls `{name}`, which is not understood")));
        }
    }
    for (at, side, who, name, says) in found {
        comparing.push(at, side, &who, "execute", &name, says, None);
    }
}

/// Words that the library's functions are printed with.
pub(super) fn known(comparing: &Comparing<'_>) -> BTreeSet<String> {
    let mut words: BTreeSet<String> = WORDS.split(' ').map(str::to_owned).collect();
    for function in &comparing.expected.program.functions {
        words.insert(function.name.to_string());
        for body in function.bodies.get(&Dialect::Postgres).into_iter().chain(&function.generic) {
            words.extend(body.split(|c: char| !(c.is_alphanumeric() || c == '_')).map(str::to_owned));
        }
    }
    words
}

/// What a query calls beside what is known.
pub(super) fn unknown(query: &[Token], known: &BTreeSet<String>) -> Vec<String> {
    let mut out = Vec::new();
    for pair in query.windows(2) {
        let [name, bracket] = pair else { continue };
        let (Kind::Word(name), Kind::Sign(sign)) = (&name.kind, &bracket.kind) else { continue };
        if sign == "(" && !known.contains(name) {
            out.push(name.clone());
        }
    }
    out
}
