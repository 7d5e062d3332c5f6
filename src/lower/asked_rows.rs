//! Rows that tests ask of access, read when every table has its columns, masked twins too.

use super::cx::Finished;
use super::model::Shared;
use super::row_condition::{Asker, Reading};
use crate::base::Ident;
use crate::diag::Diagnostics;
use crate::ir::{AccessAsked, AskedRows, Program, TableId};
use crate::resolve::{PendingRows, table_id};

/// Reads the conditions, each with its test; those that cannot be read are reported.
pub(super) fn asked_rows(
    shared: &Shared<'_>,
    pending: &[PendingRows],
    done: &[Option<Finished>],
    diagnostics: &mut Diagnostics,
) -> Vec<(usize, AskedRows)> {
    let mut read = Vec::with_capacity(pending.len());
    for one in pending {
        let Some(test) = shared.program.access_tests.get(one.test) else { continue };
        // That there is no such table is said where the test is decided.
        let Some(table) = named(shared.program, done, &test.path) else { continue };
        let cx = shared.cx(one.at, done);
        let reading = Reading { cx: &cx, shared, env: &one.env, written: one.at, table, asker: Asker::Test(&test.title) };
        let found = reading.condition();
        let said = cx.diagnostics.take();
        // What is wrong with a condition is said once: it is not compared, too.
        let found = found.filter(|_| !said.has_errors());
        diagnostics.extend(said);
        read.extend(found.map(|f| (one.test, AskedRows { only: one.only, filter: f.filter, asks: f.asks, written: one.at })));
    }
    read
}

/// Puts them where they belong.
pub(super) fn place(program: &mut Program, read: Vec<(usize, AskedRows)>) {
    for (index, rows) in read {
        if let Some(test) = program.access_tests.get_mut(index) {
            test.about = AccessAsked::Rows(rows);
        }
    }
}

/// A table or a masked twin, or the one that a column is of.
fn named(program: &Program, done: &[Option<Finished>], path: &[Ident]) -> Option<TableId> {
    let twin = |name: &Ident| {
        let found = done.iter().position(|f| f.as_ref().is_some_and(|f| f.table.name == *name))?;
        u32::try_from(found).ok().map(TableId)
    };
    let table = |parts: &[Ident]| match parts {
        [name] => table_id(program, parts).or_else(|| twin(name)),
        _ => table_id(program, parts),
    };
    table(path).or_else(|| table(path.split_last()?.1))
}
