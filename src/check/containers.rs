//! Containers are programs that nobody here reads: what one may reach through its account may come out wherever it may write.

use super::sinks::{Sink, of_bucket};
use crate::base::Span;
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::ir::google::{About, Reach, Right, ServiceAccount};
use crate::ir::{Container, Program, Step, StepAction, TableId};
use std::collections::{BTreeMap, BTreeSet};

/// Steps that run containers as somebody.
fn steps(program: &Program) -> impl Iterator<Item = (&Step, &Container, &ServiceAccount)> {
    program.pipelines.iter().flat_map(|p| &p.steps).filter_map(|step| {
        let StepAction::Container(container) = &step.action else { return None };
        let name = container.account.as_ref()?;
        Some((step, container.as_ref(), program.platform.accounts.iter().find(|a| a.name == *name)?))
    })
}

/// Roles that let write.
fn writes(role: &str) -> bool {
    !role.ends_with("Viewer") && !role.ends_with("User") || role == "roles/storage.objectUser"
}

/// What containers may write into buckets: all that their accounts may read, what other containers brought there included.
pub(super) struct Brought<'p> {
    program: &'p Program,
    /// By bucket and table the columns, and the first step that brings some.
    buckets: BTreeMap<u32, BTreeMap<TableId, (BTreeSet<u32>, Span)>>,
}

impl<'p> Brought<'p> {
    pub(super) fn of(program: &'p Program) -> Brought<'p> {
        let mut brought = Brought { program, buckets: BTreeMap::new() };
        // What a container brings another one may carry further.
        while steps(program).fold(false, |more, (step, _, account)| brought.carries(step, account) || more) {}
        brought
    }

    fn carries(&mut self, step: &Step, account: &ServiceAccount) -> bool {
        let read = self.read_by(account);
        let mut more = false;
        for bucket in written(self.program, account) {
            let tables = self.buckets.entry(bucket).or_default();
            for (table, columns, _) in &read {
                let (known, _) = tables.entry(*table).or_insert((BTreeSet::new(), step.at));
                columns.iter().for_each(|column| more |= known.insert(*column));
            }
        }
        more
    }

    /// Tables that may come to lie in a bucket so, with the step that is the first to bring each.
    pub(super) fn carried_into(&self, bucket: u32) -> Vec<(TableId, Vec<u32>, Span)> {
        let tables = self.buckets.get(&bucket).into_iter().flatten();
        tables.map(|(table, (columns, at))| (*table, columns.iter().copied().collect(), *at)).collect()
    }

    /// What an account may read, in the files of containers, too: tables with the words that let it, each once.
    pub(super) fn read_by(&self, account: &ServiceAccount) -> Vec<(TableId, Vec<u32>, Span)> {
        let read = self.program.read_by_account(account);
        let mut found: BTreeMap<TableId, (BTreeSet<u32>, Span)> =
            read.into_iter().map(|(table, columns, at)| (table, (columns.into_iter().collect(), at))).collect();
        for (bucket, at) in self.program.buckets_read_by_account(account) {
            for (table, columns, _) in self.carried_into(bucket) {
                found.entry(table).or_insert((BTreeSet::new(), at)).0.extend(columns);
            }
        }
        found.into_iter().map(|(table, (columns, at))| (table, columns.into_iter().collect(), at)).collect()
    }

    /// Buckets that a container may write into, and who reads them, with what it may bring.
    pub(super) fn sinks(&self) -> Vec<Sink<'p>> {
        let mut sinks = Vec::new();
        for (step, _, account) in steps(self.program) {
            let receives: Vec<_> = self.read_by(account).into_iter().map(|(table, columns, _)| (table, columns, step.at)).collect();
            for bucket in written(self.program, account).filter_map(|b| self.program.buckets.get(b as usize)) {
                let what = format!("bucket `{}`, by the container `{}`,", bucket.name, step.name);
                sinks.extend(of_bucket(self.program, bucket, what, &receives));
            }
        }
        sinks
    }
}

/// The buckets that an account may write into itself.
pub fn written<'p>(program: &'p Program, account: &'p ServiceAccount) -> impl Iterator<Item = u32> + use<'p> {
    let here = |bucket: u32| move |r: &Right| r.role.about == About::Files && writes(r.role.name) && r.on == Reach::Bucket(bucket);
    (0u32..).zip(&program.buckets).map(|(bucket, _)| bucket).filter(move |bucket| account.rights.iter().any(here(*bucket)))
}

/// Refuses containers whose account could change what models make, or is somebody else, too: no label would hold.
pub(super) fn check(program: &Program, diagnostics: &mut Diagnostics) {
    for (step, container, account) in steps(program) {
        for right in account.rights.iter().filter(|r| writes(r.role.name) && r.role.about != About::Nothing) {
            let built = |name: &crate::base::Ident| program.layers.iter().any(|l| l.schema == *name);
            let what = match &right.on {
                Reach::Project => "everything in the project at Google".to_owned(),
                Reach::Dataset(name) if built(name) => format!("dataset `{name}`, which models fill"),
                Reach::Bucket(index) if program.exports.iter().any(|e| e.bucket == *index) => "a bucket that exports go to".to_owned(),
                _ => continue,
            };
            let message = format!("the container `{}` may write {what}, as service account `{}`", step.name, account.name);
            let problem = Diagnostic::error(Code::ContainerStep, step.at, message).mark(right.at, "by this role");
            diagnostics.push(problem.help("run it as an account that writes only what nobody else makes"));
        }
        let others = account.rights.iter().find(|r| r.role.about == About::Accounts);
        if let Some(right) = others {
            let message =
                format!("the container `{}` ({}) may be another service account than `{}`", step.name, container.image, account.name);
            let problem = Diagnostic::error(Code::ContainerStep, step.at, message).mark(right.at, "by this role");
            diagnostics.push(problem.help("run it as an account that is nobody else"));
        }
    }
}
