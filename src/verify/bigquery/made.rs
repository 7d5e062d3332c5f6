//! What fills tables and views, word by word as the project builds it; of a view that hides rows, its condition by what it means.

use super::super::condition;
use super::super::report::{Rows, Side};
use super::lex::{Statement, Token, same};
use super::read::Step;
use super::{Comparing, Item, written};
use std::collections::{BTreeMap, BTreeSet};

/// Statements about one thing, in their order.
type About<'i> = BTreeMap<String, Vec<&'i Statement>>;

/// Compares everything that is not about access.
pub(super) fn compare(comparing: &mut Comparing<'_, '_>, found: &[Item], wanted: &[Item]) {
    let (there, here) = (about(wanted), about(found));
    let mut differ = false;
    for key in there.keys().chain(here.keys()).collect::<BTreeSet<_>>() {
        let nothing = Vec::new();
        let (wanted, found) = (there.get(key).unwrap_or(&nothing), here.get(key).unwrap_or(&nothing));
        for pair in 0..wanted.len().max(found.len()) {
            differ |= statement(comparing, key, found.get(pair).copied(), wanted.get(pair).copied());
        }
    }
    if differ {
        return;
    }
    let order = |all: &[Item]| all.iter().filter_map(key).collect::<Vec<_>>();
    let moved = order(found).into_iter().zip(order(wanted)).zip(found.iter().filter(|i| key(i).is_some())).find(|((a, b), _)| a != b);
    if let Some(((what, _), (_, statement))) = moved {
        let says =
            format!("{what} is made in another order than the project builds in: what it reads may not be there yet, or be of another day");
        comparing.push(statement.at, Side::Differs, ("", ""), says, None);
    }
}

/// What a statement is about; `None` where that is access.
fn key((step, statement): &Item) -> Option<String> {
    match step {
        Step::Made { name, .. } | Step::Fills(Some(name)) => Some(format!("`{}`", written(name))),
        Step::Fills(None) => {
            let words: Vec<String> = statement.tokens.iter().take(7).map(|t| t.kind.to_string()).collect();
            let words = words.join(" ");
            // Assertions are told apart by what they are called; anything else by how it begins.
            Some(format!("`{words}`"))
        }
        _ => None,
    }
}

fn about(items: &[Item]) -> About<'_> {
    let mut out: About<'_> = BTreeMap::new();
    for item in items {
        if let Some(key) = key(item) {
            out.entry(key).or_default().push(&item.1);
        }
    }
    out
}

/// Compares two of the same thing; whether they differ.
fn statement(comparing: &mut Comparing<'_, '_>, key: &str, found: Option<&Statement>, wanted: Option<&Statement>) -> bool {
    let object = key.trim_matches('`');
    match (found, wanted) {
        (Some(found), Some(wanted)) => {
            if same(&found.tokens, &wanted.tokens) {
                return false;
            }
            if let (Some((head, filter)), Some((as_head, as_filter))) = (filtered(found), filtered(wanted))
                && same(head, as_head)
                && let (Some(a), Some(b)) = (condition::in_bigquery(&filter), condition::in_bigquery(&as_filter))
            {
                if a == b {
                    return false;
                }
                let side = if b.implies(&a) {
                    Side::ArtifactHasMore
                } else if a.implies(&b) {
                    Side::ProgramHasMore
                } else {
                    Side::Differs
                };
                let rows = Rows::new(Some(&a), Some(&b));
                comparing.push(found.at, side, ("", object), format!("{key} shows other rows than the program says"), rows);
                return true;
            }
            let at = found.tokens.iter().zip(&wanted.tokens).find(|(a, b)| !same(std::slice::from_ref(a), std::slice::from_ref(b)));
            let at = at.map_or(found.at, |(a, _)| a.at);
            let what = if object.contains(' ') { "the statement" } else { "what makes" };
            comparing.push(at, Side::Differs, ("", object), format!("{what} {key} is not what the project builds"), None);
        }
        (Some(found), None) => {
            let says = format!("{key} is made or filled by a statement that the project does not build");
            comparing.push(found.at, Side::NotUnderstood, ("", object), says, None);
        }
        (None, _) => {
            let says = format!("a statement about {key} that the project builds is not run");
            comparing.push(crate::base::Span::default(), Side::ProgramHasMore, ("", object), says, None);
        }
    }
    true
}

/// A statement up to its last `where` outside of brackets, and the condition behind that, where nothing else follows.
fn filtered(statement: &Statement) -> Option<(&[Token], String)> {
    let mut depth = 0usize;
    let mut last = None;
    for (place, token) in statement.tokens.iter().enumerate() {
        match () {
            () if token.kind.is("(") || token.kind.is("[") => depth += 1,
            () if token.kind.is(")") || token.kind.is("]") => depth = depth.checked_sub(1)?,
            () if depth == 0 && token.kind.is("where") => last = Some(place),
            () => {}
        }
    }
    let head = statement.tokens.get(..=last?)?;
    let from = statement.tokens.get(last? + 1)?.at.start.checked_sub(statement.at.start)?;
    Some((head, statement.text.get(from as usize..)?.to_owned()))
}
