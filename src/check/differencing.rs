use super::cells::{Cell, Cells, Stored, aggregated};
use super::principals::Principal;
use super::seen::value_name;
use super::values::Value;
use crate::base::Span;
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::ir::{ModelRole, Program, TableId, TableKind};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Refuses counts of one stored column's people over the rows of one table to one reader, where one count may be a part of the other: their difference
/// is a count that no smallest group protects. Rows are of one table over whatever models choose, group them, or join them by a key or to what has one row for
/// each ([`super::rows_of`]). Metrics of one fact over one table are looked at together when the fact is lowered, and cells are withheld there until differences
/// are protected, too; nobody withholds anything elsewhere.
/// Groups that are told where they are large enough, without a count, are counts all the same: there in one table and not in the other, a group has just as many. Shown to
/// be in order: the same cells, groups of the same people chosen by one number, and counts under conditions that exclude each other. Of rows of two tables nothing is
/// known: patients, and those who have a visit.
pub(super) fn check(program: &Program, cells: &Cells, principal: &Principal<'_>, diagnostics: &mut Diagnostics) {
    let mut read: BTreeMap<TableId, Span> = BTreeMap::new();
    for reads in principal.reads.iter().filter(|r| aggregated(&r.label).is_some()) {
        for counted in cells.behind(reads.table) {
            read.entry(counted).or_insert(reads.at);
        }
    }
    let told: Vec<Told<'_>> = read.keys().flat_map(|table| cells.own(*table).map(|cell| (*table, cell))).collect();
    let mut by_base: BTreeMap<Option<Stored>, Vec<Told<'_>>> = BTreeMap::new();
    for one in &told {
        let tops = one.1.people.tops.iter().copied().map(Some);
        let tops: Vec<_> = if one.1.people.tops.is_empty() { vec![None] } else { tops.collect() };
        tops.into_iter().for_each(|top| by_base.entry(top).or_default().push(*one));
    }
    let unknown = by_base.get(&None).cloned().unwrap_or_default();
    let mut said = BTreeSet::new();
    for (base, mut all) in by_base {
        if base.is_some() {
            all.extend(&unknown);
        }
        let pairs = all.iter().enumerate().flat_map(|(i, a)| all.iter().skip(i + 1).map(move |b| (*a, *b)));
        let one = all.iter().filter_map(|(_, cell)| cell.least).collect::<BTreeSet<u32>>().len() == 1;
        let harmless = |a: &Cell, b: &Cell| !a.meets(b) || a.is(b) || a.excludes(b) || a.chosen(b, one);
        let mut found: BTreeMap<Option<Stored>, Pair<'_>> = BTreeMap::new();
        for (a, b) in pairs {
            let counted = a.1.counted.filter(|counted| b.1.counted == Some(*counted));
            if !found.contains_key(&counted) && !harmless(a.1, b.1) && !withheld_together(program, a, b) {
                found.insert(counted, (a, b));
            }
        }
        // Of two columns that name the same people, where no one of them says it.
        if found.len() > 1 {
            found.remove(&None);
        }
        for (counted, ((one, _), (other, _))) in found {
            if !said.insert((one, other)) {
                continue;
            }
            let at = read.get(&other).copied().unwrap_or(principal.at);
            let counted = counted.or(base).map(|(table, column)| value_name(program, &Value { table, column, part: Arc::default() }));
            if let Some(problem) = refusal(program, principal, counted, (one, other), at) {
                diagnostics.push(problem);
            }
        }
    }
}

type Told<'c> = (TableId, &'c Cell);
type Pair<'c> = (Told<'c>, Told<'c>);

/// Whether both are cells of one family of one fact, or of one whose author says why their differences may be told.
fn withheld_together(program: &Program, (one, a): Told<'_>, (other, b): Told<'_>) -> bool {
    let answered = |table| program.facts.get(&table).is_some_and(|metrics| metrics.iter().any(|m| m.overlapping.is_some()));
    let fact = program.table(one).is_some_and(|t| matches!(&t.kind, TableKind::Model(m) if m.role == ModelRole::Fact));
    fact && one == other && ((a.by.is_some() && a.by == b.by) || answered(one))
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
    let end = "where one counts a part of what the other counts, their difference is a count of any size";
    let message = if one == other {
        format!("{} gets counts of {of} in `{}` in two ways: {end}", principal.what, first.name)
    } else {
        format!("{} gets counts of {of} in `{}` and others in `{}`: {end}", principal.what, first.name, second.name)
    };
    let problem = Diagnostic::error(Code::Differencing, at, message).mark(first.at, format!("`{}`", first.name));
    let problem = if one == other { problem } else { problem.mark(second.at, format!("`{}`", second.name)) };
    let problem = problem.mark(principal.at, "who reads both");
    let fact = one == other && program.facts.contains_key(&one);
    Some(if fact {
        problem
            .help("count both over one model, what chooses or divides the rows as a column of it: cells of one table are withheld until differences are protected, too")
            .help("or take one into a fact for another reader; or write `overlapping because \"…\"` behind the fact's `min_group`: then differences of its cells are told, however small")
    } else if one == other {
        problem.help(
            "keep one of the two, or list both as metrics in one fact, over one model: cells of one table are withheld there until differences are protected, too",
        )
    } else {
        problem.help(
            "list the metrics in one fact, over one model: cells of one table are withheld there until differences are protected, too; or send one of the two to another reader",
        )
    })
}
