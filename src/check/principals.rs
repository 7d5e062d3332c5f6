//! Who reads what, over all sinks together.

use super::containers::Brought;
use crate::access::{told, told_to_everybody};
use crate::base::{Ident, Span};
use crate::ir::{Clearance, Export, Label, Link, Program, TableId};
use std::collections::BTreeMap;

/// Somebody who reads, with all that reaches them.
pub struct Principal<'p> {
    /// How messages call them: "role `analyst`", "whoever reads bucket `anon`".
    pub what: String,
    /// The role whose policies narrow what they read in the warehouse; `None`: nobody knows which.
    pub role: Option<&'p Ident>,
    /// What they may learn; `None`: nothing above `public`.
    pub clearance: Option<&'p Clearance>,
    /// Where declared.
    pub at: Span,
    /// Every column they read, in order of place, table and column.
    pub reads: Vec<Reads>,
}

/// A column that a principal reads, and where.
#[derive(Clone, Debug)]
pub struct Reads {
    /// The table.
    pub table: TableId,
    /// Its column, by position.
    pub column: u32,
    /// What it tells.
    pub label: Label,
    /// The bucket it lies in, or `warehouse`.
    pub place: Ident,
    /// The words that let them.
    pub at: Span,
}

/// Every principal of a program: roles in order of declaration, then buckets that no role is said to read, each a reader of its own, since
/// somebody gets the file, service accounts, and APIs that admit less than their role. Who is granted a table `masked by` a masking reads its
/// twin. What an API shows without asking for a token, each of them reads as well.
pub fn of(program: &Program) -> Vec<Principal<'_>> {
    let mut exports: BTreeMap<u32, Vec<&Export>> = BTreeMap::new();
    for export in &program.exports {
        exports.entry(export.bucket).or_default().push(export);
    }
    let containers = Brought::of(program);
    let brought = |position: u32, name: &Ident, reads: &mut Vec<Reads>| {
        containers.carried_into(position).iter().for_each(|(table, columns, at)| add(program, (*table, columns, *at), name, reads));
    };
    let bucket_reads = |position: u32, name: &Ident, reads: &mut Vec<Reads>| {
        let tables = exports.get(&position).into_iter().flatten().flat_map(|e| &e.tables);
        tables.for_each(|t| add(program, (t.table, &t.columns, t.at), name, reads));
        brought(position, name, reads);
    };
    let warehouse = Ident::exact(Link::WAREHOUSE);
    let mut roles: BTreeMap<&Ident, Vec<Reads>> = BTreeMap::new();
    for grant in &program.grants {
        let reads = roles.entry(&grant.role).or_default();
        for id in &grant.tables {
            add(program, (*id, &columns(program, *id), grant.at), &warehouse, reads);
        }
    }
    let readers = program.file_readers();
    for (export, readers) in program.exports.iter().zip(&readers) {
        let Some(bucket) = program.buckets.get(export.bucket as usize) else { continue };
        for reader in readers {
            let reads = roles.entry(&reader.role).or_default();
            export.tables.iter().for_each(|t| add(program, (t.table, &t.columns, t.at), &bucket.name, reads));
        }
    }
    for load in &program.loads {
        let Some(bucket) = load.bucket.and_then(|b| program.buckets.get(b as usize)) else { continue };
        for reader in &bucket.readers {
            add(program, (load.table, &load.told(), load.at), &bucket.name, roles.entry(reader).or_default());
        }
    }
    for (position, bucket) in (0u32..).zip(&program.buckets) {
        bucket.readers.iter().for_each(|reader| brought(position, &bucket.name, roles.entry(reader).or_default()));
    }
    let known = program.roles.iter().filter_map(|role| {
        let clearance = role.clearance.as_ref().and_then(|c| program.clearance(c.as_str()));
        Some(Principal {
            what: format!("role `{}`", role.name),
            role: Some(&role.name),
            clearance,
            at: role.at,
            reads: roles.remove(&role.name)?,
        })
    });
    let mut all: Vec<Principal<'_>> = known.collect();
    for (position, bucket) in (0u32..).zip(&program.buckets).filter(|(_, b)| b.readers.is_empty()) {
        let mut reads = Vec::new();
        bucket_reads(position, &bucket.name, &mut reads);
        let what = format!("whoever reads bucket `{}`", bucket.name);
        all.push(Principal { what, role: None, clearance: program.clearance(bucket.clearance.as_str()), at: bucket.at, reads });
    }
    for account in &program.platform.accounts {
        let mut reads = Vec::new();
        for (table, read, at) in containers.read_by(account) {
            add(program, (table, &read, at), &warehouse, &mut reads);
        }
        let clearance = account.clearance.as_ref().and_then(|c| program.clearance(c.as_str()));
        all.push(Principal { what: format!("service account `{}`", account.name), role: None, clearance, at: account.at, reads });
    }
    for api in &program.apis {
        let Some(clearance) = &api.clearance else { continue };
        let mut reads = Vec::new();
        told(program, api).iter().for_each(|(table, columns, at)| add(program, (*table, columns, *at), &warehouse, &mut reads));
        let what = format!("whoever asks API `{}`", api.name);
        all.push(Principal { what, role: Some(&api.role), clearance: program.clearance(clearance.as_str()), at: api.at, reads });
    }
    all.retain(|p| !p.reads.is_empty());
    let mut open = Vec::new();
    told_to_everybody(program).iter().for_each(|(table, columns, at)| add(program, (*table, columns, *at), &warehouse, &mut open));
    for principal in &mut all {
        let mut reads = std::mem::take(&mut principal.reads);
        reads.extend(open.iter().cloned());
        principal.reads = settled(reads);
    }
    all
}

fn add(program: &Program, (table, columns, at): (TableId, &[u32], Span), place: &Ident, reads: &mut Vec<Reads>) {
    let Some(known) = program.table(table) else { return };
    let read = |column: &u32| {
        let label = known.columns.get(*column as usize)?.label.clone();
        Some(Reads { table, column: *column, label, place: place.clone(), at })
    };
    reads.extend(columns.iter().filter_map(read));
}

/// Each column once per place.
fn settled(mut reads: Vec<Reads>) -> Vec<Reads> {
    reads.sort_by(|a, b| (&a.place, a.table, a.column, a.at).cmp(&(&b.place, b.table, b.column, b.at)));
    reads.dedup_by(|a, b| (&a.place, a.table, a.column) == (&b.place, b.table, b.column));
    reads
}

/// Every column of a table; of a masked grant, of the twin.
pub(super) fn columns(program: &Program, id: TableId) -> Vec<u32> {
    let count = program.table(id).map_or(0, |t| t.columns.len());
    (0u32..).take(count).collect()
}
