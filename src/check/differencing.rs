use super::cells::{Cell, Cells, aggregated};
use super::principals::Principal;
use super::seen::value_name;
use super::values::Value;
use crate::base::Span;
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::ir::{ModelRole, Program, TableId, TableKind};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Refuses counts of one stored column's people over the rows of one table to one reader, where one count may be a part of the other: their difference
/// is a count that no smallest group protects. Metrics of one fact over one table are looked at together when the fact is lowered, and cells are withheld there
/// until differences are protected, too; nobody withholds anything elsewhere. Groups that are told where they are large enough, without a count, are counts
/// all the same: there in one table and not in the other, a group has just as many. Shown to be in order: the same cells, groups of the same people chosen by
/// one number, and counts under conditions that exclude each other. Of two tables nothing is known: patients, and those who have a visit; nor of a model that joins or groups, and what it reads.
pub(super) fn check(program: &Program, cells: &Cells, principal: &Principal<'_>, diagnostics: &mut Diagnostics) {
    let mut read: BTreeMap<TableId, Span> = BTreeMap::new();
    for reads in principal.reads.iter().filter(|r| aggregated(&r.label).is_some()) {
        for counted in cells.behind(reads.table) {
            read.entry(counted).or_insert(reads.at);
        }
    }
    let told: Vec<Told<'_>> = read.keys().flat_map(|table| cells.own(*table).map(|cell| (*table, cell))).collect();
    let mut by_base: BTreeMap<_, Vec<Told<'_>>> = BTreeMap::new();
    for one in &told {
        by_base.entry(one.1.counted).or_default().push(*one);
    }
    let unknown = by_base.get(&None).cloned().unwrap_or_default();
    for (base, mut all) in by_base {
        if base.is_some() {
            all.extend(&unknown);
        }
        let pairs = all.iter().enumerate().flat_map(|(i, a)| all.iter().skip(i + 1).map(move |b| (*a, *b)));
        let one = all.iter().filter_map(|(_, cell)| cell.least).collect::<BTreeSet<u32>>().len() == 1;
        let harmless = |a: &Cell, b: &Cell| !a.meets(b) || a.is(b) || a.excludes(b) || a.chosen(b, one);
        let found = pairs.into_iter().find(|(a, b)| !harmless(a.1, b.1) && !withheld_together(program, *a, *b));
        let Some(((one, _), (other, _))) = found else { continue };
        let at = read.get(&other).copied().unwrap_or(principal.at);
        let base = base.map(|(table, column)| value_name(program, &Value { table, column, part: Arc::default() }));
        if let Some(problem) = refusal(program, principal, base, (one, other), at) {
            diagnostics.push(problem);
        }
    }
}

type Told<'c> = (TableId, &'c Cell);

/// Whether both are cells of one family of one fact.
fn withheld_together(program: &Program, (one, a): Told<'_>, (other, b): Told<'_>) -> bool {
    let fact = program.table(one).is_some_and(|t| matches!(&t.kind, TableKind::Model(m) if m.role == ModelRole::Fact));
    fact && one == other && a.by.is_some() && a.by == b.by
}

fn refusal(
    program: &Program,
    principal: &Principal<'_>,
    base: Option<String>,
    (one, other): (TableId, TableId),
    at: Span,
) -> Option<Diagnostic> {
    let (first, second) = (program.table(one)?, program.table(other)?);
    let of = base.map_or_else(|| "people".to_owned(), |base| format!("`{base}`"));
    let end = "where one is a part of the other, their difference is a count of any size";
    let message = if one == other {
        format!("{} gets counts of {of} in `{}` in two ways: {end}", principal.what, first.name)
    } else {
        format!("{} gets counts of {of} in `{}` and others in `{}`: {end}", principal.what, first.name, second.name)
    };
    let problem = Diagnostic::error(Code::Differencing, at, message).mark(first.at, format!("`{}`", first.name));
    let problem = if one == other { problem } else { problem.mark(second.at, format!("`{}`", second.name)) };
    Some(problem.mark(principal.at, "who reads both").help(
        "list the metrics in one fact, where cells of one table are withheld until differences are protected too, or send one of the two to another reader",
    ))
}
