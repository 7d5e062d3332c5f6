//! Changes that differ in the table or column only share a line.

use crate::plan::format::lines::{access, blank, flow, line, named, protection, seen, tells, via};
use crate::plan::format::sections::{Line, Most};
use crate::plan::format::summary::counted;
use crate::plan::report::*;
use std::collections::{BTreeMap, BTreeSet};

/// Changes that have a key in common, in the order of the first; fewer than `least` stand alone.
pub(in crate::plan) fn alike<C>(all: &[C], least: usize, key: fn(&C) -> Option<String>) -> Vec<Vec<&C>> {
    let keys: Vec<Option<String>> = all.iter().map(|c| if least == usize::MAX { None } else { key(c) }).collect();
    let mut count: BTreeMap<&str, usize> = BTreeMap::new();
    keys.iter().flatten().for_each(|k| *count.entry(k).or_default() += 1);
    let mut groups: Vec<Vec<&C>> = Vec::new();
    let mut place: BTreeMap<&str, usize> = BTreeMap::new();
    for (change, key) in all.iter().zip(&keys) {
        match key.as_deref().filter(|k| count.get(k).is_some_and(|n| *n >= least)) {
            None => groups.push(vec![change]),
            Some(key) => match place.get(key).and_then(|at| groups.get_mut(*at)) {
                Some(group) => group.push(change),
                None => {
                    place.insert(key, groups.len());
                    groups.push(vec![change]);
                }
            },
        }
    }
    groups
}

pub(in crate::plan) fn access_key(c: &AccessChange) -> Option<String> {
    let whole = if c.direction == Direction::Gain { &c.before } else { &c.after }.is_none();
    let columns = c.kind == AccessKind::Columns && whole;
    columns.then(|| format!("{:?} {} {} {:?} {:?} {:?}", c.direction, c.principal, c.verb, c.via, c.before, c.after))
}

pub(in crate::plan) fn flow_key(c: &FlowChange) -> Option<String> {
    let (gone, new) = differing(c);
    Some(format!("{:?} {} {:?} {} {} {} {:?} {:?}", c.direction, c.object, c.sinks, c.arrives, gone, new, c.new_sources, c.gone_sources))
}

pub(in crate::plan) fn protection_key(c: &ProtectionChange) -> Option<String> {
    let mask = c.kind == ProtectionKind::Mask;
    mask.then(|| format!("{:?} {} {} {:?}", c.direction, c.before, c.after, c.readers))
}

/// What is told no more, and what is told newly.
fn differing(c: &FlowChange) -> (String, String) {
    let only = |a: &[Told], b: &[Told]| tells(&a.iter().filter(|t| !b.contains(t)).cloned().collect::<Vec<_>>());
    (only(&c.before, &c.after), only(&c.after, &c.before))
}

fn all_causes<'c>(all: impl Iterator<Item = &'c Vec<Cause>>) -> Vec<Cause> {
    let mut causes: Vec<Cause> = all.flatten().cloned().collect();
    causes.sort();
    causes.dedup();
    causes
}

pub(in crate::plan) fn accesses(group: &[&AccessChange], most: Most) -> Line {
    let (Some(first), true) = (group.first(), group.len() > 1) else { return group.first().map_or_else(blank, |c| access(c, most)) };
    let gain = first.direction == Direction::Gain;
    let tables: Vec<String> = group.iter().map(|c| format!("{} ({})", c.object, counted(c.columns.len(), "column", "columns"))).collect();
    let values = group.iter().flat_map(|c| &c.columns).flat_map(|c| &c.tells).filter(|t| !t.control);
    let told: BTreeSet<Told> = values.cloned().collect();
    let told: Vec<String> = told.iter().map(|t| tells(std::slice::from_ref(t))).collect();
    let mut notes = vec![seen(if gain { first.after.as_ref() } else { first.before.as_ref() })];
    if !told.is_empty() {
        notes.push(format!("tells {}", most.list(&told)));
    }
    let can = if gain { "can" } else { "can no more" };
    let text = format!("{} {can} {} {} tables{}: {}", first.principal, first.verb, group.len(), via(&first.via), most.list(&tables));
    line(first.direction, text, notes, &all_causes(group.iter().map(|c| &c.caused_by)))
}

pub(in crate::plan) fn flows(group: &[&FlowChange], most: Most) -> Line {
    let (Some(first), true) = (group.first(), group.len() > 1) else { return group.first().map_or_else(blank, |c| flow(c, most)) };
    let columns: Vec<String> = group.iter().map(|c| c.column.clone()).collect();
    let (gone, new) = differing(first);
    let to = most.list(&named(&first.sinks));
    let what = match (first.arrives, first.direction) {
        (true, Direction::Loss) => format!("no more lie in {to}; each told {gone}"),
        (true, _) => format!("newly lie in {to}; each tells {new}"),
        _ if first.before == first.after => format!("at {to} still tell {}", tells(&first.after)),
        _ if first.before.iter().all(|t| first.after.contains(t)) => format!("at {to}: newly tell {new}"),
        _ if first.after.iter().all(|t| first.before.contains(t)) => format!("at {to}: no more tell {gone}"),
        _ => format!("at {to}: newly tell {new}, no more {gone}"),
    };
    let mut notes = vec![most.list(&columns)];
    for (word, sources) in [("newly from", &first.new_sources), ("no more from", &first.gone_sources)] {
        if !sources.is_empty() {
            notes.push(format!("{word} {}", most.list(sources)));
        }
    }
    let text = format!("{} columns of {} {what}", group.len(), first.object);
    line(first.direction, text, notes, &all_causes(group.iter().map(|c| &c.caused_by)))
}

pub(in crate::plan) fn protections(group: &[&ProtectionChange], most: Most) -> Line {
    let (Some(first), true) = (group.first(), group.len() > 1) else { return group.first().map_or_else(blank, |c| protection(c, most)) };
    let columns: Vec<String> = group.iter().map(|c| c.subject.clone()).collect();
    let text = |t: &str| if t.is_empty() { "nothing".to_owned() } else { t.to_owned() };
    let mut notes = vec![most.list(&columns)];
    if !first.readers.is_empty() {
        notes.push(format!("reaches {}", most.list(&named(&first.readers))));
    }
    let said = format!("mask of {} columns: {} → {}", group.len(), text(&first.before), text(&first.after));
    line(first.direction, said, notes, &all_causes(group.iter().map(|c| &c.caused_by)))
}
