//! Files that lie there from before: a path or the name of a bucket that changes hands gives those who newly read there what others wrote.

use crate::access::Path;
use crate::base::Span;
use crate::ir::{Bucket, Export, Program};
use crate::plan::access::{Both, Line, column_seen, via};
use crate::plan::common::words::causes;
use crate::plan::report::{AccessChange, AccessKind, Direction, Principal, PrincipalKind, Via, Which};
use std::collections::BTreeMap;

/// A bucket outside: its cloud and its name there.
type Outside = (String, String);

/// What somebody reads: everything whose key begins so.
struct Place {
    bucket: Outside,
    prefix: String,
    because: Vec<Span>,
}

impl Place {
    /// Whether all files of an export lie there.
    fn holds(&self, bucket: &Outside, prefix: &str) -> bool {
        self.bucket == *bucket && prefix.starts_with(&self.prefix)
    }

    /// Whether some may: what follows a prefix differs from file to file.
    fn meets(&self, bucket: &Outside, prefix: &str) -> bool {
        self.bucket == *bucket && (prefix.starts_with(&self.prefix) || self.prefix.starts_with(prefix))
    }
}

fn outside(program: &Program, bucket: &Bucket) -> Outside {
    (bucket.cloud(program).map_or(String::new(), |c| c.provider.to_string()), bucket.bucket_name.to_string())
}

/// Who reads where: roles, and whoever reads a bucket without readers.
fn places(program: &Program) -> BTreeMap<Principal, Vec<Place>> {
    let mut all: BTreeMap<Principal, Vec<Place>> = BTreeMap::new();
    for bucket in &program.buckets {
        let whole = || Place { bucket: outside(program, bucket), prefix: String::new(), because: vec![bucket.at] };
        if bucket.readers.is_empty() {
            all.entry(Principal { kind: PrincipalKind::Bucket, name: bucket.name.to_string() }).or_default().push(whole());
        }
        for role in &bucket.readers {
            all.entry(Principal { kind: PrincipalKind::Role, name: role.to_string() }).or_default().push(whole());
        }
    }
    for (export, readers) in program.exports.iter().zip(program.file_readers()) {
        let Some(bucket) = program.buckets.get(export.bucket as usize) else { continue };
        for reader in readers.into_iter().filter(|r| !r.of_bucket) {
            let because = reader.because.into_iter().chain([export.at]).collect();
            let place = Place { bucket: outside(program, bucket), prefix: export.prefix().to_owned(), because };
            all.entry(Principal { kind: PrincipalKind::Role, name: reader.role.to_string() }).or_default().push(place);
        }
    }
    all
}

/// What an export's table holds, in the base.
type Lines<'l> = BTreeMap<(&'l Via, &'l str), &'l Line>;

/// Files of the base's exports that lie where somebody reads who did not.
pub(in crate::plan) fn old_files(both: &Both<'_>) -> Vec<AccessChange> {
    let base = both.base.program;
    let (was, is) = (places(base), places(both.head.program));
    // Everybody who read a file in the base tells what was in it.
    let lines: Lines<'_> = both.was.iter().map(|((_, _, via, object), line)| ((via, object.as_str()), line)).collect();
    let mut found = Vec::new();
    for (index, export) in (0u32..).zip(&base.exports) {
        let Some(bucket) = base.buckets.get(export.bucket as usize) else { continue };
        let (lies, prefix) = (outside(base, bucket), export.prefix());
        for (principal, places) in &is {
            let knew = was.get(principal).is_some_and(|all| all.iter().any(|p| p.holds(&lies, prefix)));
            let Some(place) = places.iter().find(|p| p.meets(&lies, prefix)).filter(|_| !knew) else { continue };
            found.extend(files(both, &lines, (index, export), (principal, place)));
        }
    }
    found
}

/// The tables in them, without those that the principal newly reads in this export in any case.
fn files(
    both: &Both<'_>,
    lines: &Lines<'_>,
    (index, export): (u32, &Export),
    (principal, place): (&Principal, &Place),
) -> Vec<AccessChange> {
    let via = via(both.base.program, Path::Export(index));
    let mut found = Vec::new();
    let mut tables: Vec<_> = export.tables.iter().map(|t| t.table).collect();
    tables.dedup();
    for table in tables {
        let object = both.pairs.base.table(table).to_owned();
        let Some(line) = lines.get(&(&via, object.as_str())).copied() else { continue };
        let key = (principal.clone(), "extract".to_owned(), via.clone(), object.clone());
        let known = both.is.get(&key);
        let columns = line.columns.keys().filter(|c| known.is_none_or(|l| !l.columns.contains_key(*c)));
        let mut columns: Vec<_> =
            columns.filter_map(|c| Some((line.columns.get(c)?.0, column_seen(both.base.program, line, c)?))).collect();
        columns.sort_by_key(|(position, _)| *position);
        if columns.is_empty() {
            continue;
        }
        let mut caused_by = causes(Which::Base, both.base, [export.at]);
        caused_by.extend(causes(Which::Head, both.head, place.because.iter().copied()));
        found.push(AccessChange {
            direction: Direction::Gain,
            kind: AccessKind::OldFiles,
            principal: principal.clone(),
            verb: key.1,
            via: via.clone(),
            object,
            columns: columns.into_iter().map(|(_, c)| c).collect(),
            before: None,
            after: Some(both.seen(Which::Base, line)),
            verdict: None,
            caused_by,
        });
    }
    found
}
