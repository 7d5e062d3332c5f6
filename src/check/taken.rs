use crate::base::Ident;
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::ir::{AssertionKind, Clearance, Creates, Fill, Program, Table};
use std::collections::BTreeSet;

/// What may be there once is asked for by adding it: an API that is cleared for less than the columns of a key, of `unique` or of a unique index
/// adds no rows that could clash there (P0416, as of a foreign key).
pub(super) fn check(program: &Program, diagnostics: &mut Diagnostics) {
    for api in &program.apis {
        let Some(clearance) = api.clearance.as_ref().and_then(|c| program.clearance(c.as_str())) else { continue };
        for one in &api.creates {
            let Some(table) = program.table(one.table) else { continue };
            let Some(columns) = once(table).into_iter().find(|set| clashes(table, one, set) && !admits(table, clearance, set)) else {
                continue;
            };
            let names: Vec<String> =
                columns.iter().filter_map(|c| table.columns.get(*c as usize)).map(|c| format!("`{}`", c.name)).collect();
            let message = format!(
                "who adds rows to `{}` through API `{}` is told whether {} of a row is taken, and the API's clearance admits less",
                table.name,
                api.name,
                names.join(", ")
            );
            let declared = columns.first().and_then(|c| table.columns.get(*c as usize)).map_or(table.at, |c| c.at);
            diagnostics.push(
                Diagnostic::error(Code::ReferenceAnswers, one.at, message)
                    .mark(declared, "there is no second row with the same")
                    .help("leave a column of it out that may be NULL or gets a number of its own: `create … only …`")
                    .help("or take rows into a table with a number for its key, and find those that are there already in a model over it"),
            );
        }
    }
}

/// The sets of columns that no two rows have in common, by position.
fn once(table: &Table) -> BTreeSet<Vec<u32>> {
    let place = |name: &Ident| (0u32..).zip(&table.columns).find(|(_, c)| c.name == *name).map(|(at, _)| at);
    let indexes = table.own().into_iter().flat_map(|own| &own.indexes).filter(|i| i.unique);
    let indexed = indexes.map(|i| i.columns.iter().filter_map(place).collect());
    let asserted = table.assertions.iter().filter_map(|a| match &a.kind {
        AssertionKind::Unique(columns) => Some(columns.clone()),
        _ => None,
    });
    indexed.chain(asserted).chain([table.key.clone()]).filter(|set: &Vec<u32>| !set.is_empty()).collect()
}

/// Whether a row that is added may be refused for these columns: all are said by the request, or by a default that is the same again. A number or an
/// identifier of its own is a new one, and NULL equals none.
fn clashes(table: &Table, one: &Creates, set: &[u32]) -> bool {
    set.iter().all(|position| {
        let Some(column) = table.columns.get(*position as usize) else { return false };
        let default = table.own().and_then(|own| own.defaults.iter().find(|(of, _)| of == position)).map(|(_, fill)| fill);
        let generated = matches!(default, Some(Fill::Identity | Fill::Uuid));
        let said = one.only.as_ref().map_or(!generated, |only| only.iter().any(|(field, _)| *field == column.name));
        said || (default.is_some() && !generated)
    })
}

fn admits(table: &Table, clearance: &Clearance, set: &[u32]) -> bool {
    let columns = set.iter().filter_map(|position| table.columns.get(*position as usize));
    columns.flat_map(|c| c.label.values()).all(|(category, level)| clearance.admits(*category, *level))
}
