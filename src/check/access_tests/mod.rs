//! What tests say of access, decided from the matrix.

mod masks;
mod rows;

use crate::access::{Carry, Entry, Matrix};
use crate::base::Ident;
use crate::check::values::Values;
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::ir::{AccessAsked, AccessTest, Program, Table, TableId};

/// Decides what tests say of access from the matrix.
pub(super) fn check(program: &Program, carry: &Carry, diagnostics: &mut Diagnostics) {
    if program.access_tests.is_empty() {
        return;
    }
    let matrix = Matrix::new(program, carry);
    // What columns are made of is read where somebody asks.
    let masks = program.access_tests.iter().any(|t| matches!(t.about, AccessAsked::Masked(_)));
    let values = masks.then(|| Values::of(program));
    for test in &program.access_tests {
        let Some((id, table, column)) = named(program, test, diagnostics) else { continue };
        // What a table that could not be read has is unknown, and that has been said.
        if program.open.contains(&id) && (column.is_some() || !matches!(test.about, AccessAsked::Any)) {
            continue;
        }
        let position = match column.map(|column| position(table, column, test)) {
            None => None,
            Some(Ok(position)) => Some(position),
            Some(Err(problem)) => {
                diagnostics.push(problem);
                continue;
            }
        };
        let what = column.map_or_else(|| table.name.to_string(), |c| format!("{}.{c}", table.name));
        let asked = Question { program, matrix: &matrix, test, table: id, column: position, what };
        let failure = match (&test.about, &values) {
            (AccessAsked::Any, _) => asked.any(),
            (AccessAsked::Rows(rows), _) => rows::failure(&asked, rows),
            (AccessAsked::Masked(by), Some(values)) => masks::failure(&asked, by, values),
            (AccessAsked::Masked(_), None) | (AccessAsked::Unread, _) => None,
        };
        if let Some(failure) = failure {
            diagnostics.push(failure);
        }
    }
}

/// A test with what it names.
struct Question<'q> {
    program: &'q Program,
    matrix: &'q Matrix,
    test: &'q AccessTest,
    table: TableId,
    column: Option<u32>,
    /// As messages call it.
    what: String,
}

impl<'q> Question<'q> {
    fn any(&self) -> Option<Diagnostic> {
        let found = self.matrix.allows(&self.test.role, self.test.verb, self.table, self.column);
        match (found, self.test.can) {
            (Some(found), false) => Some(self.because(self.failed(&self.can("can", "")), [found])),
            (None, true) => Some(self.failed(&self.can("cannot", ""))),
            _ => None,
        }
    }

    /// The lines by which its role does with a table, or with the column of it, what the test asks.
    fn ways(&self, table: TableId, column: Option<u32>) -> Vec<&'q Entry> {
        let has = |e: &&Entry| column.is_none_or(|c| e.columns.iter().any(|cell| cell.column == c));
        self.matrix.ways(&self.test.role, self.test.verb, table).filter(has).collect()
    }

    /// ``role `r` can read `t` masked``
    fn can(&self, can: &str, more: &str) -> String {
        format!("role `{}` {can} {} `{}`{more}", self.test.role, self.test.verb.name(), self.what)
    }

    fn failed(&self, says: &str) -> Diagnostic {
        let problem = Diagnostic::error(Code::AccessTestFailed, self.test.at, format!("test `{}`: {says}", self.test.title));
        problem.help(format!("`pipec access --role {}` shows all that it can read, and why", self.test.role))
    }

    fn because<'e>(&self, problem: Diagnostic, entries: impl IntoIterator<Item = &'e Entry>) -> Diagnostic {
        let mut places: Vec<_> = entries.into_iter().flat_map(|e| &e.because).collect();
        places.sort_unstable();
        places.dedup();
        places.into_iter().fold(problem, |problem, place| problem.mark(*place, "because of this"))
    }
}

fn position(table: &Table, column: &Ident, test: &AccessTest) -> Result<u32, Diagnostic> {
    (0u32..).zip(&table.columns).find(|(_, c)| c.name == *column).map(|(position, _)| position).ok_or_else(|| {
        let problem = Diagnostic::error(Code::UnknownColumn, test.at, format!("`{}` has no column `{column}`", table.name));
        problem.suggest(column.as_str(), table.columns.iter().map(|c| c.name.as_str()))
    })
}

type Named<'p> = (TableId, &'p Table, Option<&'p Ident>);

/// The table, or the column of one, that a test names. `None` after reporting that there is none.
fn named<'p>(program: &'p Program, test: &'p AccessTest, diagnostics: &mut Diagnostics) -> Option<Named<'p>> {
    let joined = |parts: &[Ident]| parts.iter().map(Ident::as_str).collect::<Vec<_>>().join(".");
    let written = joined(&test.path);
    if let Some((id, table)) = program.table_named(&written) {
        return Some((id, table, None));
    }
    let column_of = test.path.split_last().and_then(|(column, path)| Some((program.table_named(&joined(path))?, column)));
    if let Some(((id, table), column)) = column_of {
        return Some((id, table, Some(column)));
    }
    let problem = Diagnostic::error(Code::UnknownName, test.at, format!("no table or column is named `{written}`"));
    diagnostics.push(problem.suggest(&written, program.table_names.keys().map(Ident::as_str)));
    None
}
