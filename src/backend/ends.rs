//! When sending and reading end: the last day of the Expert Determinations that they stand on. A check holds it against the day of the build; what a build
//! wrote goes on running, so the day stands in that, too.

use crate::access::{Entry, Path, connection_role};
use crate::base::Ident;
use crate::check::buckets_written;
use crate::ir::{Container, Determination, Program};
use serde::Serialize;

/// A determination, and its last day.
#[derive(Clone, Serialize)]
pub(super) struct Until {
    /// Its id in the covered entity's files.
    pub(super) id: String,
    /// ISO.
    pub(super) day: String,
}

impl Until {
    /// The one that ends first among those that some clearances stand on.
    fn first<'p>(program: &'p Program, clearances: impl Iterator<Item = &'p Ident>) -> Option<Until> {
        let all = clearances.filter_map(|c| program.clearance(c.as_str())?.determination.as_ref());
        let first: &Determination = all.min_by_key(|d| (&*d.expires, &*d.id))?;
        Some(Until { id: first.id.to_string(), day: first.expires.to_string() })
    }

    /// Of an export, by index: its bucket's clearance, and those of all who read its files.
    pub(super) fn of_export(program: &Program, index: u32) -> Option<Until> {
        let export = program.exports.get(index as usize)?;
        let bucket = program.buckets.get(export.bucket as usize)?;
        let readers = program.file_readers();
        let readers = readers.get(index as usize).into_iter().flatten();
        let read = readers.filter_map(|r| program.role(&r.role)?.clearance.as_ref());
        Until::first(program, std::iter::once(&bucket.clearance).chain(read))
    }

    /// Of a container: what its account may know, what may lie in the buckets that it writes into, and what their readers may know.
    pub(super) fn of_container(program: &Program, container: &Container) -> Option<Until> {
        let name = container.account.as_ref()?;
        let account = program.platform.accounts.iter().find(|a| a.name == *name)?;
        let buckets: Vec<_> = buckets_written(program, account).filter_map(|b| program.buckets.get(b as usize)).collect();
        let read = buckets.iter().flat_map(|b| &b.readers).filter_map(|r| program.role(r)?.clearance.as_ref());
        let all = account.clearance.iter().chain(buckets.iter().map(|b| &b.clearance)).chain(read);
        Until::first(program, all)
    }

    /// Of what Tableau is shown and copies: all roles that look there.
    pub(super) fn of_tableau(program: &Program) -> Option<Until> {
        let viewers = program.shown.iter().flat_map(|s| &s.readers);
        Until::first(program, viewers.filter_map(|v| program.role(&v.role)?.clearance.as_ref()))
    }

    /// Of a line of the matrix in the warehouse: its role's clearance, with the API's that it serves; of Tableau's connection, those of all who look.
    pub(super) fn of_line(program: &Program, line: &Entry) -> Option<Until> {
        if !program.shown.is_empty() && line.role == connection_role(program) {
            let shown = program.shown.iter().filter(|s| s.view == line.table).flat_map(|s| &s.readers);
            return Until::first(program, shown.filter_map(|v| program.role(&v.role)?.clearance.as_ref()));
        }
        let api = match line.path {
            Path::Api(index) => program.apis.get(index as usize).and_then(|a| a.clearance.as_ref()),
            _ => None,
        };
        let own = program.role(&line.role).and_then(|r| r.clearance.as_ref());
        Until::first(program, own.into_iter().chain(api))
    }
}
