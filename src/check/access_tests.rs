use crate::access::Matrix;
use crate::base::Ident;
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::ir::{AccessTest, Program, Table, TableId};

/// Decides what tests say of access from the matrix.
pub(super) fn check(program: &Program, matrix: &Matrix, diagnostics: &mut Diagnostics) {
    for test in &program.access_tests {
        let Some((id, table, column)) = named(program, test, diagnostics) else { continue };
        let position = match column {
            None => None,
            // What a table that could not be read has is unknown, and that has been said.
            Some(_) if program.open.contains(&id) => continue,
            Some(column) => match (0u32..).zip(&table.columns).find(|(_, c)| c.name == *column) {
                Some((position, _)) => Some(position),
                None => {
                    let problem = Diagnostic::error(Code::UnknownColumn, test.at, format!("`{}` has no column `{column}`", table.name));
                    diagnostics.push(problem.suggest(column.as_str(), table.columns.iter().map(|c| c.name.as_str())));
                    continue;
                }
            },
        };
        let found = matrix.allows(&test.role, test.verb, id, position);
        if found.is_some() == test.can {
            continue;
        }
        let what = column.map_or_else(|| table.name.to_string(), |c| format!("{}.{c}", table.name));
        let (verb, role) = (test.verb.name(), &test.role);
        let message = match found {
            Some(_) => format!("test `{}`: role `{role}` can {verb} `{what}`", test.title),
            None => format!("test `{}`: role `{role}` cannot {verb} `{what}`", test.title),
        };
        let mut problem = Diagnostic::error(Code::AccessTestFailed, test.at, message);
        for because in found.iter().flat_map(|e| &e.because) {
            problem = problem.mark(*because, "because of this");
        }
        diagnostics.push(problem.help(format!("`pipec access --role {role}` shows all that it can read, and why")));
    }
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
