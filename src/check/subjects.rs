use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::ir::{AssertionKind, Counted, Program, Subject, TableId};
use std::collections::BTreeSet;

/// Refuses a fact whose cells are counted by a column that is not proven to name the subject: it is, unchanged, the subject's key, or an
/// assertion says that it references the key. A count of visits is no count of patients.
pub(super) fn check(program: &Program, diagnostics: &mut Diagnostics) {
    for counted in &program.counted {
        let Some(subject) = program.subjects.iter().find(|s| s.name == counted.subject) else { continue };
        if !names(program, subject, (counted.table, counted.column)) {
            diagnostics.push(refusal(program, subject, counted));
        }
    }
}

fn names(program: &Program, subject: &Subject, mut here: (TableId, u32)) -> bool {
    let mut seen = BTreeSet::new();
    while seen.insert(here) {
        let Some(table) = program.table(here.0) else { return false };
        let Some(column) = table.columns.get(here.1 as usize) else { return false };
        let key = program.table(subject.table).and_then(|t| t.columns.iter().position(|c| c.name == subject.key));
        let is_key = |id: TableId, position: u32| id == subject.table && key == Some(position as usize);
        let referenced = table.assertions.iter().any(|a| match a.kind {
            AssertionKind::References(from, other, to) => from == here.1 && is_key(other, to) && !a.warn,
            _ => false,
        });
        if is_key(here.0, here.1) || referenced {
            return true;
        }
        match column.intact {
            Some(origin) => here = (origin.table, origin.column),
            None => return false,
        }
    }
    false
}

fn refusal(program: &Program, subject: &Subject, counted: &Counted) -> Diagnostic {
    let table = program.table(counted.table);
    let name = table.map_or("", |t| t.name.as_str());
    let column = table.and_then(|t| t.columns.get(counted.column as usize)).map_or("", |c| c.name.as_str());
    let key = format!("{}.{}", program.table(subject.table).map_or("", |t| t.name.as_str()), subject.key);
    Diagnostic::error(
        Code::MetricShape,
        counted.at,
        format!("nothing proves that `{name}.{column}` names a `{}`, so its counts prove no cell size", subject.name),
    )
    .mark(subject.at, format!("each `{}` is named once here", subject.name))
    .help(format!("add `assert {column} references {key}` to `{name}`, or count by a column that comes unchanged from `{key}`"))
}
