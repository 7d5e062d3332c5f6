//! Written exceptions: new ones, those that are gone, and those with another reason.

use super::access::Both;
use super::report::{Edit, ReleaseChange, Which};
use super::words::causes;
use crate::check::releases::{self, Listed};
use std::collections::BTreeMap;

/// Everything that changed about what is let past the rules.
pub(super) fn releases(both: &Both<'_>) -> Vec<ReleaseChange> {
    let renamed: BTreeMap<&str, &str> =
        both.pairs.renamed.iter().filter_map(|(id, was)| Some((was.as_str(), both.pairs.head.table(both.pairs.head_of(*id)?)))).collect();
    let subject = |listed: &Listed| match listed.subject.strip_prefix("model ").and_then(|name| renamed.get(name)) {
        Some(name) => format!("model {name}"),
        None => listed.subject.clone(),
    };
    type Said = (&'static str, String, String);
    let mut was: BTreeMap<Said, Vec<Listed>> = BTreeMap::new();
    for one in releases::of(both.base.program) {
        was.entry((one.kind.name(), subject(&one), one.says.clone())).or_default().push(one);
    }
    let mut is: BTreeMap<Said, Vec<Listed>> = BTreeMap::new();
    for one in releases::of(both.head.program) {
        let said = (one.kind.name(), one.subject.clone(), one.says.clone());
        // One with the same reason is the same, wherever it is written.
        let known = was.get_mut(&said).and_then(|all| all.iter().position(|w| w.because == one.because).map(|at| (all, at)));
        match known {
            Some((all, at)) => drop(all.remove(at)),
            None => is.entry(said).or_default().push(one),
        }
    }
    let mut found = Vec::new();
    let mut said = |edit, key: &Said, one: &Listed, was_because: Option<String>| {
        let (which, side) = if edit == Edit::Removed { (Which::Base, both.base) } else { (Which::Head, both.head) };
        found.push(ReleaseChange {
            edit,
            kind: key.0.to_owned(),
            subject: key.1.clone(),
            says: key.2.clone(),
            because: one.because.to_string(),
            was_because,
            caused_by: causes(which, side, [one.at]),
        });
    };
    for (key, all) in &is {
        let mut old = was.remove(key).unwrap_or_default().into_iter();
        for one in all {
            match old.next() {
                Some(before) => said(Edit::Changed, key, one, Some(before.because.to_string())),
                None => said(Edit::Added, key, one, None),
            }
        }
        old.for_each(|gone| said(Edit::Removed, key, &gone, None));
    }
    for (key, all) in &was {
        all.iter().for_each(|gone| said(Edit::Removed, key, gone, None));
    }
    found.sort_by(|a, b| (a.edit, &a.kind, &a.subject, &a.says, &a.because).cmp(&(b.edit, &b.kind, &b.subject, &b.says, &b.because)));
    found
}
