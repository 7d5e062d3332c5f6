//! The conditions on a relation: of its policies, or of a view that hides rows.

use super::super::condition::{Scope, read};
use super::super::functions;
use super::super::lex::tokens;
use super::super::predicate::Predicate;
use super::super::world::{Kept, Name, Policy, Relation};
use super::Comparing;
use crate::base::Span;
use std::collections::BTreeSet;

pub(super) fn applies(policy: &Policy, reach: &BTreeSet<String>, verb: &str) -> bool {
    let whom = policy.to.is_empty() || policy.to.iter().any(|r| reach.contains(r));
    whom && (policy.verb == verb || policy.verb == "all")
}

/// The conditions on a relation, read.
pub(super) struct Conditions {
    /// Of each policy: `using` and `with check`.
    policies: Vec<(Option<Predicate>, Option<Predicate>)>,
    /// Of a view that hides rows.
    filter: Option<Predicate>,
    pub(super) unread: Vec<Span>,
    /// Look-ups that are called: by which policy, or by the view.
    pub(super) calls: Vec<(Option<usize>, BTreeSet<Name>)>,
}

impl Conditions {
    pub(super) fn of(
        comparing: &Comparing<'_>,
        relation: &Relation,
        filter: Option<Span>,
        own: &str,
        columns: &BTreeSet<String>,
    ) -> Conditions {
        let sources = comparing.artifacts.sources;
        let mut out = Conditions { policies: Vec::new(), filter: None, unread: Vec::new(), calls: Vec::new() };
        let alias = if relation.kept == Kept::Table { own } else { "seen" };
        let scope = Scope { alias, columns, world: comparing.world() };
        let mut one = |at: Option<Span>, policy: Option<usize>| {
            let at = at?;
            let text = sources.slice(at);
            let called = tokens(text, at).map(|t| functions::called(comparing.world(), &t)).unwrap_or_default();
            out.calls.push((policy, called));
            let condition = read(text, &scope);
            if condition.is_none() {
                out.unread.push(at);
            }
            // What is not read shows everything: no reader is thought to see less than they may.
            Some(condition.unwrap_or(Predicate::Yes))
        };
        let policies: Vec<_> = relation.policies.iter().enumerate().map(|(i, p)| (one(p.using, Some(i)), one(p.check, Some(i)))).collect();
        let filter = one(filter, None);
        Conditions { policies, filter, ..out }
    }

    /// The rows that somebody meets with a verb.
    pub(super) fn rows(&self, relation: &Relation, reach: &BTreeSet<String>, verb: &str, owns: bool) -> Predicate {
        if relation.kept != Kept::Table {
            return self.filter.as_ref().map_or(Predicate::Yes, |f| f.seen_by(reach));
        }
        if !relation.enabled || (owns && !relation.forced) {
            return Predicate::Yes;
        }
        let (mut open, mut narrow) = (Vec::new(), Vec::new());
        for (policy, (using, check)) in relation.policies.iter().zip(&self.policies).filter(|(p, _)| applies(p, reach, verb)) {
            // New rows are held against `with check`, or `using` where there is none.
            let condition = match verb {
                "insert" => check.as_ref().or(using.as_ref()).cloned(),
                "update" => using.as_ref().map(|u| Predicate::all([u.clone(), check.clone().unwrap_or(Predicate::Yes)])),
                _ => using.clone(),
            };
            match (condition, policy.permissive) {
                (Some(condition), true) => open.push(condition),
                (Some(condition), false) => narrow.push(condition),
                (None, _) => {}
            }
        }
        let seen = Predicate::all([Predicate::any(open), Predicate::all(narrow)]);
        seen.seen_by(reach)
    }
}
