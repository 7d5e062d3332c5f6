//! What columns tell where they are read before and after alike, which sources' values reach them, and what newly lies in a bucket.

use crate::ir::{CategoryId, Form, Label, Level, Program, TableId};
use crate::plan::access::Both;
use crate::plan::common::names::Common;
use crate::plan::common::sources::{Sources, not_in};
use crate::plan::common::words::{causes, told};
use crate::plan::report::{Direction, FlowChange, Principal, PrincipalKind, Via, Which};
use std::collections::{BTreeMap, BTreeSet};

/// A column of a table in one program.
type At = (TableId, u32);

/// What is read at sinks, by common names of table and column.
type Read = BTreeMap<(String, String), BTreeMap<Principal, At>>;

/// Everything that changed about what is told.
pub(in crate::plan) fn flows(both: &Both<'_>) -> Vec<FlowChange> {
    let read = |lines: &BTreeMap<crate::plan::access::Key, crate::plan::access::Line>, common: &Common<'_>| {
        let mut all: Read = BTreeMap::new();
        // Who is shown a table by Tableau reads that table.
        let shown: BTreeSet<TableId> = common.program.shown.iter().map(|s| s.view).collect();
        for ((principal, _, via, object), line) in lines.iter().filter(|(_, line)| !shown.contains(&line.table)) {
            for (name, (position, _)) in &line.columns {
                let sinks = all.entry((object.clone(), name.clone())).or_default();
                sinks.insert(principal.clone(), (line.table, *position));
                if let Via::Export { bucket, .. } = via {
                    sinks.insert(Principal { kind: PrincipalKind::Bucket, name: bucket.clone() }, (line.table, *position));
                }
            }
        }
        in_buckets(common, &mut all);
        all
    };
    let (was, mut is) = (read(&both.was, &both.pairs.base), read(&both.is, &both.pairs.head));
    let mut change = Changes { both, sources: None, found: Vec::new() };
    for (key, before) in was {
        let after = is.remove(&key).unwrap_or_default();
        change.column(&key, before, after);
    }
    for (key, after) in is {
        change.column(&key, BTreeMap::new(), after);
    }
    change.found.sort_by(|a, b| (a.direction, &a.object, &a.column, a.arrives).cmp(&(b.direction, &b.object, &b.column, b.arrives)));
    change.found
}

/// Buckets hold what is exported to them, whoever reads them.
fn in_buckets(common: &Common<'_>, all: &mut Read) {
    for export in &common.program.exports {
        let Some(bucket) = common.program.buckets.get(export.bucket as usize) else { continue };
        let principal = Principal { kind: PrincipalKind::Bucket, name: bucket.name.to_string() };
        for table in &export.tables {
            for position in &table.columns {
                let key = (common.table(table.table).to_owned(), common.column_at(table.table, *position).to_owned());
                all.entry(key).or_default().insert(principal.clone(), (table.table, *position));
            }
        }
    }
}

struct Changes<'b, 'a> {
    both: &'b Both<'a>,
    /// What is looked up only when something may have changed.
    sources: Option<(Sources<'b>, Sources<'b>)>,
    found: Vec<FlowChange>,
}

impl<'b> Changes<'b, '_> {
    fn column(&mut self, key: &(String, String), before: BTreeMap<Principal, At>, mut after: BTreeMap<Principal, At>) {
        let mut kept: Option<(At, At)> = None;
        let (mut sinks, mut left, mut arrived) = (Vec::new(), Vec::new(), Vec::new());
        for (principal, was) in before {
            match after.remove(&principal) {
                Some(is) => {
                    kept = Some((was, is));
                    sinks.push(principal);
                }
                None => left.push((principal, was)),
            }
        }
        arrived.extend(after);
        if let Some(pair) = kept {
            self.kept(key, pair, sinks);
        }
        let in_bucket = |all: Vec<(Principal, At)>| {
            let mut all = all.into_iter().filter(|(p, _)| p.kind == PrincipalKind::Bucket).peekable();
            let at = all.peek().map(|(_, at)| *at);
            at.map(|at| (at, all.map(|(p, _)| p).collect::<Vec<_>>()))
        };
        if let Some((at, sinks)) = in_bucket(arrived) {
            self.arrives(key, at, sinks, Which::Head);
        }
        if let Some((at, sinks)) = in_bucket(left) {
            self.arrives(key, at, sinks, Which::Base);
        }
    }

    fn arrives(&mut self, key: &(String, String), at: At, sinks: Vec<Principal>, which: Which) {
        let (program, side) = match which {
            Which::Base => (self.both.base.program, self.both.base),
            Which::Head => (self.both.head.program, self.both.head),
        };
        let tells = label_of(program, at).map_or_else(Vec::new, |l| told(program, l));
        let names: Vec<String> = {
            let (base, head) = self.sources();
            let from = if which == Which::Head { head } else { base };
            from.of(at).into_iter().collect()
        };
        let exported = program.exports.iter().flat_map(|e| &e.tables).filter(|t| t.table == at.0 && t.columns.contains(&at.1));
        let caused_by = causes(which, side, exported.map(|t| t.at));
        let gain = which == Which::Head;
        let (before, after) = if gain { (Vec::new(), tells) } else { (tells, Vec::new()) };
        let (new_sources, gone_sources) = if gain { (names, Vec::new()) } else { (Vec::new(), names) };
        self.found.push(FlowChange {
            direction: if gain { Direction::Gain } else { Direction::Loss },
            object: key.0.clone(),
            column: key.1.clone(),
            sinks,
            before,
            after,
            arrives: true,
            new_sources,
            gone_sources,
            caused_by,
        });
    }

    fn kept(&mut self, key: &(String, String), (was, is): (At, At), sinks: Vec<Principal>) {
        let (base, head) = (self.both.base.program, self.both.head.program);
        let (Some(before), Some(after)) = (label_of(base, was), label_of(head, is)) else { return };
        let relabelled = self.both.pairs.base.label(before) != self.both.pairs.head.label(after);
        let affected = self.both.tables.rows_affected(is.0) || self.both.tables.column_affected(is.0, is.1);
        if !relabelled && !affected {
            return;
        }
        let declared = self.both.tables.reclassified();
        let (old, new, by_declaration) = {
            let (base, head) = self.sources();
            let named = head.columns_of(is).iter().chain(base.columns_of(was).iter()).any(|n| declared.contains(n));
            (base.of(was), head.of(is), named)
        };
        let (new_sources, gone_sources) = (not_in(&new, &old), not_in(&old, &new));
        if !relabelled && new_sources.is_empty() && gone_sources.is_empty() {
            return;
        }
        // What only says something else, because its source does, stands there with all its readers.
        if by_declaration && !affected && new_sources.is_empty() && gone_sources.is_empty() {
            return;
        }
        let more = !within(&self.both.pairs.head, after, &self.both.pairs.base, before) || !new_sources.is_empty();
        let less = !within(&self.both.pairs.base, before, &self.both.pairs.head, after) || !gone_sources.is_empty();
        let direction = match (more, less) {
            // A value that is what it was, or that is called something else, tells no less for being labelled so.
            _ if by_declaration || !affected => Direction::Either,
            // Rows of earlier builds are still there.
            _ if self.both.tables.kept(is.0) => Direction::Either,
            (true, false) => Direction::Gain,
            (false, true) => Direction::Loss,
            _ => Direction::Either,
        };
        let mut caused_by = causes(Which::Head, self.both.head, column_place(head, is));
        caused_by.extend(causes(Which::Base, self.both.base, column_place(base, was)));
        caused_by.sort();
        self.found.push(FlowChange {
            direction,
            object: key.0.clone(),
            column: key.1.clone(),
            sinks,
            before: told(base, before),
            after: told(head, after),
            arrives: false,
            new_sources,
            gone_sources,
            caused_by,
        });
    }

    fn sources(&mut self) -> (&Sources<'b>, &Sources<'b>) {
        let both = self.both;
        let (base, head) = self.sources.get_or_insert_with(|| {
            let declared = both.tables.reclassified();
            (Sources::new(&both.pairs.base, declared), Sources::new(&both.pairs.head, declared))
        });
        (base, head)
    }
}

fn label_of(program: &Program, (table, column): At) -> Option<&Label> {
    Some(&program.table(table)?.columns.get(column as usize)?.label)
}

fn column_place(program: &Program, (table, column): At) -> Option<crate::base::Span> {
    Some(program.table(table)?.columns.get(column as usize)?.at)
}

/// Whether a label tells no more than another one.
pub(in crate::plan) fn within(common: &Common<'_>, label: &Label, other_common: &Common<'_>, other: &Label) -> bool {
    let part = |part: &[(CategoryId, Level)], other: &[(CategoryId, Level)]| {
        part.iter().all(|(category, level)| {
            let name = common.category(*category);
            other.iter().any(|(c, l)| other_common.category(*c) == name && below(*level, *l))
        })
    };
    part(label.values(), other.values()) && part(label.controls(), other.controls())
}

/// Whether a level tells no more than another one.
fn below(a: Level, b: Level) -> bool {
    a.form <= b.form && a.aggregate.is_none_or(|k| b.form == Form::Direct || b.aggregate.is_some_and(|other| k >= other))
}
