//! What clearances admit, and who has which.

use crate::base::{Ident, Span};
use crate::ir::{Clearance, Form, Program};
use crate::plan::access::Both;
use crate::plan::common::names::Common;
use crate::plan::common::words::by_name;
use crate::plan::flow::protections::{change, direction};
use crate::plan::report::{Principal, PrincipalKind, ProtectionChange, ProtectionKind};
use std::collections::{BTreeMap, BTreeSet};

/// What clearances admit, in words.
fn admits(common: &Common<'_>, c: &Clearance) -> String {
    let mut parts = Vec::new();
    if c.everything {
        parts.push("everything".to_owned());
    }
    let mut forms: Vec<String> = c.admits.iter().map(|(k, form)| format!("{} {}", common.category(*k), form.name())).collect();
    forms.sort();
    parts.extend(forms);
    parts.extend(c.aggregated.map(|k| format!("aggregated {k}")));
    if c.control_warns {
        parts.push("control warn".to_owned());
    }
    let mut crowds: Vec<String> =
        c.k_anonymous.iter().map(|k| format!("k_anonymous {} over {}", k.k, over(common, &k.over).join(", "))).collect();
    crowds.sort();
    parts.extend(crowds);
    parts.extend(c.determination.as_ref().map(|d| format!("expert {} until {}", d.id, d.expires)));
    parts.join("; ")
}

/// What of two lists is not in the other one.
fn differing((before, after): (String, String)) -> (String, String) {
    let only = |a: &str, b: &str| {
        let known: BTreeSet<&str> = b.split("; ").collect();
        a.split("; ").filter(|part| !known.contains(part)).collect::<Vec<_>>().join("; ")
    };
    let (gone, new) = (only(&before, &after), only(&after, &before));
    // The same parts in another way: all of it.
    if gone.is_empty() && new.is_empty() { (before, after) } else { (gone, new) }
}

fn over<'p>(common: &Common<'p>, categories: &[crate::ir::CategoryId]) -> Vec<&'p str> {
    let mut names: Vec<&str> = categories.iter().map(|c| common.category(*c)).collect();
    names.sort_unstable();
    names
}

/// Whether a clearance admits no more than another one, and asks no less.
fn no_wider(a: (&Common<'_>, Option<&Clearance>), b: (&Common<'_>, Option<&Clearance>)) -> bool {
    let Some(x) = a.1 else { return true };
    let Some(y) = b.1 else { return !x.everything && x.admits.values().all(|f| *f == Form::Public) && x.aggregated.is_none() };
    if y.everything && !x.everything {
        return true;
    }
    let form = |c: &Clearance, common: &Common<'_>, name: &str| {
        c.admits.iter().find(|(k, _)| common.category(**k) == name).map_or(Form::Public, |(_, f)| *f)
    };
    let forms = x.admits.iter().all(|(k, f)| *f <= form(y, b.0, a.0.category(*k)));
    let aggregated = x.aggregated.is_none_or(|k| y.aggregated.is_some_and(|other| k >= other));
    let crowds = y
        .k_anonymous
        .iter()
        .all(|need| x.k_anonymous.iter().any(|have| have.k >= need.k && over(a.0, &have.over) == over(b.0, &need.over)));
    (y.everything || !x.everything) && forms && aggregated && (y.control_warns || !x.control_warns) && crowds
}

pub(in crate::plan) fn clearances(both: &Both<'_>) -> Vec<ProtectionChange> {
    let all = |p: &Program| p.clearances.iter().map(|c| (c.name.to_string(), c.clone())).collect::<BTreeMap<_, _>>();
    let mut found = Vec::new();
    let (base, head) = (&both.pairs.base, &both.pairs.head);
    by_name(all(both.base.program), all(both.head.program), |_, name, was, is| {
        let (Some(was), Some(is)) = (&was, &is) else { return };
        let texts = (admits(base, was), admits(head, is));
        if texts.0 == texts.1 {
            return;
        }
        let more = !no_wider((head, Some(is)), (base, Some(was)));
        let less = !no_wider((base, Some(was)), (head, Some(is)));
        let texts = differing(texts);
        let mut one = change(both, (direction(more, less), ProtectionKind::Clearance), name.clone(), texts, (Some(was.at), Some(is.at)));
        one.readers = cleared_for(both.head.program, &name);
        found.push(one);
    });
    found
}

/// Roles, buckets and service accounts with a clearance.
fn cleared_for(program: &Program, name: &str) -> Vec<Principal> {
    let roles = program.roles.iter().filter(|r| r.clearance.as_ref().is_some_and(|c| c.as_str() == name));
    let buckets = program.buckets.iter().filter(|b| b.clearance.as_str() == name);
    let roles = roles.map(|r| Principal { kind: PrincipalKind::Role, name: r.name.to_string() });
    let buckets = buckets.map(|b| Principal { kind: PrincipalKind::Bucket, name: b.name.to_string() });
    let accounts = program.platform.accounts.iter().filter(|a| a.clearance.as_ref().is_some_and(|c| c.as_str() == name));
    let accounts = accounts.map(|a| Principal { kind: PrincipalKind::ServiceAccount, name: a.name.to_string() });
    let mut all: Vec<Principal> = roles.chain(buckets).chain(accounts).collect();
    all.sort();
    all
}

/// Roles, buckets and service accounts that have another clearance.
pub(in crate::plan) fn cleared(both: &Both<'_>) -> Vec<ProtectionChange> {
    let all = |p: &Program| {
        let roles = p.roles.iter().map(|r| (format!("role {}", r.name), (r.clearance.clone(), r.at)));
        let buckets = p.buckets.iter().map(|b| (format!("bucket {}", b.name), (Some(b.clearance.clone()), b.at)));
        let accounts = p.platform.accounts.iter().map(|a| (format!("service account {}", a.name), (a.clearance.clone(), a.at)));
        roles.chain(buckets).chain(accounts).collect::<BTreeMap<String, (Option<Ident>, Span)>>()
    };
    let mut found = Vec::new();
    let (base, head) = (&both.pairs.base, &both.pairs.head);
    by_name(all(both.base.program), all(both.head.program), |_, name, was, is| {
        let (Some((before, was_at)), Some((after, at))) = (was, is) else { return };
        if before == after {
            return;
        }
        let of = |p: &Program, name: &Option<Ident>| name.as_ref().and_then(|n| p.clearance(n.as_str())).cloned();
        let (was, is) = (of(both.base.program, &before), of(both.head.program, &after));
        let more = !no_wider((head, is.as_ref()), (base, was.as_ref()));
        let less = !no_wider((base, was.as_ref()), (head, is.as_ref()));
        let text = |c: Option<Ident>| c.map_or_else(|| "no clearance".to_owned(), |c| c.to_string());
        let texts = (text(before), text(after));
        found.push(change(both, (direction(more, less), ProtectionKind::Cleared), name, texts, (Some(was_at), Some(at))));
    });
    found
}
