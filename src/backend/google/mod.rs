//! Access in Google's cloud: which groups read which tables of BigQuery, through which views, and which files. A library of the `sql` and
//! `terraform` back ends, no back end itself.

use super::text::schema_of;
use crate::access::{Carry, Entry, Matrix, Path};
use crate::base::Ident;
use crate::ir::{Bucket, Dialect, Export, Materialization, Program, Setting, Table, TableId, TableKind, Verb};
use std::collections::{BTreeMap, BTreeSet};

/// The provider this module is about.
pub(super) const GCP: &str = "gcp";

/// A setting of the project's cloud at Google.
pub(super) fn setting<'p>(program: &'p Program, name: &str) -> Option<&'p Setting> {
    program.project.clouds.iter().find(|c| *c.provider == *GCP)?.settings.get(name)
}

/// The buckets that lie there, with their index.
pub(super) fn buckets(program: &Program) -> impl Iterator<Item = (u32, &Bucket)> {
    (0u32..).zip(&program.buckets).filter(|(_, b)| b.lies_in(program, GCP))
}

/// Which groups read what of a bucket.
#[derive(Default)]
pub(super) struct BucketAccess {
    /// Groups that read every export of it.
    pub(super) whole: BTreeSet<String>,
    /// Folders, and the groups that read what is in them.
    pub(super) folders: BTreeMap<String, BTreeSet<String>>,
}

impl BucketAccess {
    /// Reads it off a program.
    pub(super) fn of(program: &Program, index: u32) -> BucketAccess {
        let readers = program.file_readers();
        let here: Vec<(&Export, BTreeSet<&Ident>)> = (program.exports.iter().zip(&readers))
            .filter(|(e, _)| e.bucket == index)
            .map(|(e, r)| (e, r.iter().map(|r| &r.role).collect()))
            .collect();
        let mut access = BucketAccess::default();
        for role in &program.roles {
            let Some(group) = role.google_group.as_deref() else { continue };
            let read: Vec<&Export> = here.iter().filter(|(_, r)| r.contains(&role.name)).map(|(e, _)| *e).collect();
            if read.len() == here.len() && !read.is_empty() {
                access.whole.insert(group.to_owned());
                continue;
            }
            for export in read {
                access.folders.entry(export.prefix().to_owned()).or_default().insert(group.to_owned());
            }
        }
        access
    }
}

/// Access in a BigQuery warehouse.
pub(super) struct Access<'p> {
    pub(super) program: &'p Program,
    carry: Carry,
    matrix: Matrix,
    /// The lines of the matrix that BigQuery enforces, by table.
    lines: BTreeMap<TableId, Vec<usize>>,
}

impl<'p> Access<'p> {
    /// `None` for a program that names nobody in BigQuery. Without a grant it still takes back what was granted before.
    pub(super) fn new(program: &'p Program) -> Option<Access<'p>> {
        let bigquery = program.project.warehouse.as_ref().is_some_and(|w| w.dialect == Dialect::BigQuery);
        let named: BTreeSet<&Ident> = program.roles.iter().filter(|r| r.google_group.is_some()).map(|r| &r.name).collect();
        if !bigquery || named.is_empty() {
            return None;
        }
        let carry = Carry::new(program);
        let matrix = Matrix::new(program, &carry);
        let mut lines: BTreeMap<TableId, Vec<usize>> = BTreeMap::new();
        for (index, entry) in matrix.entries.iter().enumerate() {
            let built = program.table(entry.table).is_some_and(|t| !matches!(t.kind, TableKind::Source(_)));
            if built && entry.path == Path::Warehouse && entry.verb == Verb::Read && named.contains(&entry.role) {
                lines.entry(entry.table).or_default().push(index);
            }
        }
        Some(Access { program, carry, matrix, lines })
    }

    /// The lines of the matrix that BigQuery enforces on a table, with the group of each.
    pub(super) fn lines(&self, id: TableId) -> Vec<(&'p str, &Entry)> {
        let here = self.lines.get(&id).into_iter().flatten().filter_map(|i| self.matrix.entries.get(*i));
        here.filter_map(|e| Some((self.program.role(&e.role)?.google_group.as_deref()?, e))).collect()
    }

    /// Whether a policy reaches a table: then everybody who reads it is told apart.
    pub(super) fn is_narrowed(&self, id: TableId) -> bool {
        !self.carry.of(id).is_empty()
    }

    /// Groups that read any table, in order.
    pub(super) fn groups(&self) -> BTreeSet<&'p str> {
        self.lines.keys().flat_map(|id| self.lines(*id)).map(|(group, _)| group).collect()
    }

    /// Datasets whose tables the views of another dataset may read: views are authorized so, and their readers need no right to what lies
    /// below. Pairs of the dataset that is read and the one that reads; in each, no other views lie than this project's.
    pub(super) fn authorized(&self) -> BTreeSet<(&'p Ident, &'p Ident)> {
        let mut pairs = BTreeSet::new();
        let mut waiting: Vec<TableId> = self.lines.keys().copied().collect();
        let mut seen: BTreeSet<TableId> = waiting.iter().copied().collect();
        while let Some(id) = waiting.pop() {
            let Some(table) = view(self.program, id) else { continue };
            let asked =
                self.lines(id).into_iter().flat_map(|(_, e)| &e.rows).filter_map(|rule| self.program.policies.get(rule.policy as usize));
            let asked = asked.filter_map(|p| p.asks.as_ref()).filter_map(|a| self.program.entitlements.get(a.entitlement as usize));
            let below: BTreeSet<TableId> = table.reads.iter().copied().chain(asked.map(|e| e.table)).collect();
            for read in below {
                let Some(found) = self.program.table(read) else { continue };
                pairs.insert((schema_of(self.program, found), schema_of(self.program, table)));
                if seen.insert(read) {
                    waiting.push(read);
                }
            }
        }
        pairs
    }
}

/// A view, which runs when it is read. Plain SQL writes an inlined model as one, too.
fn view(program: &Program, id: TableId) -> Option<&Table> {
    let table = program.table(id)?;
    match &table.kind {
        TableKind::Model(model) if matches!(model.materialization, Materialization::View | Materialization::Ephemeral) => Some(table),
        _ => None,
    }
}
