use super::joins::{Asked, Joins};
use super::matching;
use super::principals::{Principal, Reads};
use super::seen::{ByValue, Seen, column_name};
use super::values::{Masked, Value, Values};
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::ir::{AssertionKind, CategoryId, Form, KAnonymity, Program, TableId};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Refuses a combination of values that nothing shows to be shared by enough people, where a clearance asks for that (`k_anonymous 5 over zip,
/// birth_date`): a table that tells any of these needs an assertion over its columns of them; tables that one reader can join need one table
/// whose assertion covers what they tell together.
pub(super) fn check(
    program: &Program,
    (values, joins): (&Values, &Joins<'_>),
    principal: &Principal<'_>,
    seen: &ByValue<'_>,
    diagnostics: &mut Diagnostics,
) {
    for wanted in principal.clearance.iter().flat_map(|c| &c.k_anonymous) {
        let mut by_table: BTreeMap<TableId, Vec<&Reads>> = BTreeMap::new();
        for reads in principal.reads.iter().filter(|r| is_quasi(wanted, r)) {
            by_table.entry(reads.table).or_default().push(reads);
        }
        let alone: Vec<&Vec<&Reads>> = by_table.values().filter(|columns| !covered(program, wanted, columns)).collect();
        for columns in &alone {
            report(refusal(program, principal, wanted, columns, None), diagnostics);
        }
        if alone.is_empty() && by_table.len() > 1 {
            joined(program, (values, joins), principal, (wanted, &by_table), seen, diagnostics);
        }
    }
}

fn report(problem: Option<Diagnostic>, diagnostics: &mut Diagnostics) {
    if let Some(problem) = problem {
        diagnostics.push(problem);
    }
}

fn is_quasi(wanted: &KAnonymity, reads: &Reads) -> bool {
    reads.label.values().iter().any(|(c, level)| level.form > Form::Public && wanted.over.contains(c))
}

/// Whether an assertion of the table, failing and not only warning, is over these columns at least.
fn covered(program: &Program, wanted: &KAnonymity, columns: &[&Reads]) -> bool {
    let table = columns.first().and_then(|c| program.table(c.table));
    table.is_some_and(|t| {
        t.assertions.iter().filter(|a| !a.warn).any(|a| match &a.kind {
            AssertionKind::KAnonymous(k, by) => *k >= wanted.k && columns.iter().all(|c| by.contains(&c.column)),
            _ => false,
        })
    })
}

type Told = BTreeSet<(Value, Option<Arc<Masked>>)>;

/// What columns tell, by value and mask: the same wherever it stands.
fn told(values: &Values, columns: impl Iterator<Item = (TableId, u32)>) -> Told {
    let of = |(table, column): (TableId, u32)| {
        values.told(table, column).iter().map(|t| (values.root(&t.value), t.masked.clone())).collect::<Vec<_>>()
    };
    columns.flat_map(of).collect()
}

/// Tables that can be joined.
fn joined<'a>(
    program: &'a Program,
    (values, joins): (&Values, &'a Joins<'_>),
    principal: &'a Principal<'_>,
    (wanted, by_table): (&KAnonymity, &BTreeMap<TableId, Vec<&Reads>>),
    seen: &'a ByValue<'a>,
    diagnostics: &mut Diagnostics,
) {
    let identifies =
        |_: &Seen<'_>, c: CategoryId, _: Form| !wanted.over.contains(&c) && program.category(c).is_none_or(|c| c.safe_harbor.is_some());
    let matching = matching::of(program, seen, &identifies);
    let about = told(values, by_table.values().flatten().map(|c| (c.table, c.column))).into_iter().map(|(value, _)| value).collect();
    let narrows = |reads: &Reads| !is_quasi(wanted, reads);
    let together = joins.among(&Asked { principal, about: &about, matching: &matching, narrows: &narrows });
    let mut groups: BTreeMap<TableId, BTreeSet<TableId>> = BTreeMap::new();
    for table in by_table.keys() {
        groups.entry(together.group(*table)).or_default().insert(*table);
    }
    for tables in groups.into_values() {
        let columns: Vec<&Reads> = tables.iter().filter_map(|t| by_table.get(t)).flatten().copied().collect();
        let all = told(values, columns.iter().map(|c| (c.table, c.column)));
        let asserted = |id: &TableId| {
            let assertions = program.table(*id).into_iter().flat_map(|t| &t.assertions).filter(|a| !a.warn);
            assertions.into_iter().any(|a| match &a.kind {
                AssertionKind::KAnonymous(k, by) => *k >= wanted.k && told(values, by.iter().map(|c| (*id, *c))).is_superset(&all),
                _ => false,
            })
        };
        if !tables.iter().any(asserted) {
            report(refusal(program, principal, wanted, &columns, Some(&together.by(program, &tables))), diagnostics);
            return;
        }
    }
}

fn refusal(
    program: &Program,
    principal: &Principal<'_>,
    wanted: &KAnonymity,
    columns: &[&Reads],
    joined: Option<&str>,
) -> Option<Diagnostic> {
    let first = columns.first()?;
    let names: Vec<String> = columns.iter().map(|c| format!("`{}`", column_name(program, c))).collect();
    let by: Vec<&str> =
        columns.iter().filter_map(|c| program.table(c.table)?.columns.get(c.column as usize)).map(|c| c.name.as_str()).collect();
    let message = format!(
        "nothing says that at least {} people share each combination of {}{} as {} may only receive",
        wanted.k,
        names.join(", "),
        if joined.is_some() { ", which can be joined," } else { "" },
        principal.what
    );
    let help = match joined {
        None => format!("add `assert k_anonymous({}, by: ({}))` to the table, or drop columns", wanted.k, by.join(", ")),
        Some(joined) => {
            format!("they can be joined {joined}: put them into one table with an assertion over all of them, or leave out what joins them")
        }
    };
    let table = program.table(first.table)?;
    Some(
        Diagnostic::error(Code::Crowd, first.at, message)
            .mark(table.at, format!("`{}`", table.name))
            .mark(wanted.at, "wanted here")
            .help(help),
    )
}
