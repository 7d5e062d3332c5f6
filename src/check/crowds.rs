use super::joins::{Asked, Joins, Together};
use super::matching;
use super::principals::{Principal, Reads};
use super::quasi::Quasi;
use super::seen::{ByValue, Seen};
use super::values::{Masked, Value, Values};
use crate::access::{Carried, Carry, told};
use crate::base::{Ident, Span};
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::ir::{AssertionKind, CategoryId, Column, Form, Link, Policy, Program, TableId};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Refuses a combination of values that nothing shows to be shared by enough people, where a clearance asks for that (`k_anonymous 5 over zip,
/// birth_date`): a table that tells any of these, or has rows that were chosen by any, needs an assertion over its columns of them, and over those that
/// a policy asks where it narrows what is read; tables that one reader can join need one table whose assertion covers what they tell together.
pub(super) fn check(
    (program, carry): (&Program, &Carry),
    (values, joins): (&Values, &Joins<'_>),
    principal: &Principal<'_>,
    seen: &ByValue<'_>,
    diagnostics: &mut Diagnostics,
) {
    for wanted in principal.clearance.iter().flat_map(|c| &c.k_anonymous) {
        let quasi = Quasi { program, wanted };
        let by_table = combinations(&quasi, carry, principal);
        let alone: Vec<_> = by_table.iter().filter(|(id, combined)| !covered(&quasi, **id, combined)).collect();
        for (id, combined) in &alone {
            report(alone_refused(&quasi, principal, **id, combined), diagnostics);
        }
        if alone.is_empty() {
            joined(&quasi, (values, joins), (principal, &by_table), seen, diagnostics);
        }
    }
}

fn report(problem: Option<Diagnostic>, diagnostics: &mut Diagnostics) {
    if let Some(problem) = problem {
        diagnostics.push(problem);
    }
}

/// What one table tells of the categories that are asked about.
struct Combined<'p> {
    /// The columns that say which combination a row has.
    told: BTreeSet<u32>,
    /// Those that a policy asks, which hides the other rows, with the policies.
    narrowed: BTreeSet<u32>,
    policies: Vec<&'p Policy>,
    /// Whether rows were chosen by such values.
    chosen: bool,
    /// Where it is read.
    at: Span,
}

impl Combined<'_> {
    /// Whether rows that are alike in these columns are alike in all that is told of them.
    fn is_within(&self, by: &[u32]) -> bool {
        self.told.union(&self.narrowed).all(|column| by.contains(column))
    }
}

/// The tables that tell anything of what is asked about, by value, by condition or by a policy.
fn combinations<'p>(quasi: &Quasi<'p>, carry: &Carry, principal: &Principal<'_>) -> BTreeMap<TableId, Combined<'p>> {
    let mut by_table: BTreeMap<TableId, Vec<&Reads>> = BTreeMap::new();
    for reads in &principal.reads {
        by_table.entry(reads.table).or_default().push(reads);
    }
    let combined = |(id, all): (TableId, Vec<&Reads>)| {
        let columns: BTreeSet<u32> = all.iter().map(|r| r.column).collect();
        let mut narrowing: Vec<(&Policy, &[u32])> = Vec::new();
        if all.iter().any(|r| r.place.as_str() == Link::WAREHOUSE) {
            narrowing.extend(narrowed_by(quasi.program, carry, principal, id));
        }
        let asks = |policy: &Policy| quasi.any(policy.label.values()) || quasi.any(policy.label.controls());
        let by_policy = narrowing.iter().any(|(policy, _)| asks(policy));
        let told = quasi.needed(id, &columns).or_else(|| by_policy.then(BTreeSet::new))?;
        let tables_columns = quasi.program.table(id).map_or(&[][..], |t| &t.columns);
        let chosen = by_policy || columns.iter().filter_map(|at| tables_columns.get(*at as usize)).any(|c| quasi.is_chosen(c));
        let narrowed = narrowing.iter().flat_map(|(_, columns)| columns.iter().copied()).collect();
        let policies = narrowing.iter().filter(|(_, columns)| !columns.is_empty()).map(|(policy, _)| *policy).collect();
        Some((id, Combined { told, narrowed, policies, chosen, at: all.first()?.at }))
    };
    by_table.into_iter().filter_map(combined).collect()
}

/// The policies that hide rows of a table from a principal, or from everybody who asks an open API for them, each with the columns it asks there.
fn narrowed_by<'p: 'c, 'c>(
    program: &'p Program,
    carry: &'c Carry,
    principal: &Principal<'_>,
    id: TableId,
) -> impl Iterator<Item = (&'p Policy, &'c [u32])> {
    let open =
        |role: &Ident| program.apis.iter().any(|a| a.anonymous.is_some() && a.role == *role && told(program, a).iter().any(|t| t.0 == id));
    let hides = move |c: &&Carried| c.roles.iter().any(|role| principal.role.is_none_or(|own| own == role) || open(role));
    let narrowing: Vec<&Carried> = carry.of(id).iter().filter(hides).collect();
    // What is lost on the way is refused for itself.
    narrowing.into_iter().filter_map(|c| Some((program.policies.get(c.policy as usize)?, c.columns.as_deref().ok()?)))
}

/// The columns of the assertions of a table that fail, and do not only warn, where fewer share a combination than is asked.
fn asserted<'p>(quasi: &Quasi<'p>, id: TableId) -> impl Iterator<Item = &'p [u32]> {
    let assertions = quasi.program.table(id).into_iter().flat_map(|t| &t.assertions).filter(|a| !a.warn);
    assertions.filter_map(|a| match &a.kind {
        AssertionKind::KAnonymous(k, by) if *k >= quasi.wanted.k => Some(by.as_slice()),
        _ => None,
    })
}

fn covered(quasi: &Quasi<'_>, id: TableId, combined: &Combined<'_>) -> bool {
    asserted(quasi, id).any(|by| combined.is_within(by))
}

type Parts = BTreeSet<(Value, Option<Arc<Masked>>)>;

/// What columns tell, by value and mask: the same wherever it stands.
fn parts(values: &Values, columns: impl Iterator<Item = (TableId, u32)>) -> Parts {
    let of = |(table, column): (TableId, u32)| {
        values.told(table, column).iter().map(|t| (values.root(&t.value), t.masked.clone())).collect::<Vec<_>>()
    };
    columns.flat_map(of).collect()
}

/// Tables whose rows can be brought together. Where some rows were chosen by such values, that the others are missing is told by the other table, and by no
/// column that an assertion could be over.
fn joined<'a>(
    quasi: &Quasi<'a>,
    (values, joins): (&Values, &'a Joins<'_>),
    (principal, by_table): (&'a Principal<'_>, &BTreeMap<TableId, Combined<'_>>),
    seen: &'a ByValue<'a>,
    diagnostics: &mut Diagnostics,
) {
    let program = quasi.program;
    let identifies = |_: &Seen<'_>, c: CategoryId, _: Form| {
        !quasi.wanted.over.contains(&c) && program.category(c).is_none_or(|c| c.safe_harbor.is_some())
    };
    let matching = matching::of(program, seen, &identifies);
    let told = by_table.iter().flat_map(|(id, c)| c.told.iter().map(|column| (*id, *column)));
    let about = parts(values, told).into_iter().map(|(value, _)| value).collect();
    let asked = |narrows| Asked { principal, about: &about, matching: &matching, narrows };
    let telling_of = |tables: &BTreeSet<TableId>| -> Vec<(TableId, &Combined<'_>)> {
        tables.iter().filter_map(|t| Some((*t, by_table.get(t)?))).collect()
    };
    let rows = joins.among(&asked(&|_| false));
    for tables in groups(&rows, principal.reads.iter().map(|r| r.table)) {
        let telling = telling_of(&tables);
        if let Some(some) = some_missing(&telling) {
            report(joined_refused(quasi, principal, &telling, (&rows.by(program, &tables), Some(some))), diagnostics);
            return;
        }
    }
    let narrows = |reads: &Reads| !quasi.any(reads.label.values());
    let together = joins.among(&asked(&narrows));
    for tables in groups(&together, by_table.keys().copied()) {
        let telling = telling_of(&tables);
        let all = parts(values, telling.iter().flat_map(|(id, c)| c.told.iter().map(|column| (*id, *column))));
        let over_all = |(id, combined): &(TableId, &Combined<'_>)| {
            let covers = |by: &[u32]| combined.is_within(by) && parts(values, by.iter().map(|c| (*id, *c))).is_superset(&all);
            asserted(quasi, *id).any(covers)
        };
        if !telling.iter().any(over_all) {
            report(joined_refused(quasi, principal, &telling, (&together.by(program, &tables), None)), diagnostics);
            return;
        }
    }
}

/// Of these tables, those that can be brought together, where there is more than one.
fn groups(together: &Together<'_>, tables: impl Iterator<Item = TableId>) -> impl Iterator<Item = BTreeSet<TableId>> {
    let mut found: BTreeMap<TableId, BTreeSet<TableId>> = BTreeMap::new();
    tables.for_each(|table| _ = found.entry(together.group(table)).or_default().insert(table));
    found.into_values().filter(|tables| tables.len() > 1)
}

/// A table that lacks rows which another one may have, because of what is asked about, or by another policy.
fn some_missing(telling: &[(TableId, &Combined<'_>)]) -> Option<TableId> {
    let asked = |c: &Combined<'_>| c.policies.iter().map(|p| p.written).collect::<BTreeSet<Span>>();
    let first = telling.first().map(|(_, c)| asked(c));
    telling.iter().find(|(_, c)| c.chosen || Some(asked(c)) != first).map(|(id, _)| *id)
}

fn names(program: &Program, (id, columns): (TableId, &BTreeSet<u32>), full: bool) -> Vec<String> {
    let Some(table) = program.table(id) else { return Vec::new() };
    let name = |c: &Column| if full { format!("`{}.{}`", table.name, c.name) } else { c.name.to_string() };
    columns.iter().filter_map(|at| table.columns.get(*at as usize)).map(name).collect()
}

fn refusal(quasi: &Quasi<'_>, (id, combined): (TableId, &Combined<'_>), message: String) -> Option<Diagnostic> {
    let table = quasi.program.table(id)?;
    let problem = Diagnostic::error(Code::Crowd, combined.at, message).mark(table.at, format!("`{}`", table.name));
    let problem = combined.policies.iter().fold(problem, |problem, policy| problem.mark(policy.at, "hides the other rows"));
    Some(problem.mark(quasi.wanted.at, "wanted here"))
}

/// A table without an assertion over all that it tells.
fn alone_refused(quasi: &Quasi<'_>, principal: &Principal<'_>, id: TableId, combined: &Combined<'_>) -> Option<Diagnostic> {
    let (program, k) = (quasi.program, quasi.wanted.k);
    let told = names(program, (id, &combined.told), true);
    let share = if told.is_empty() {
        let categories: Vec<String> =
            quasi.wanted.over.iter().filter_map(|c| program.category(*c)).map(|c| format!("`{}`", c.name)).collect();
        let name = program.table(id).map_or("", |t| t.name.as_str());
        format!("are behind the rows of `{name}`, which are chosen by values of {}", categories.join(", "))
    } else {
        format!("share each combination of {}", told.join(", "))
    };
    let message = format!("nothing says that at least {k} people {share}, and {} may receive no other", principal.what);
    let by: BTreeSet<u32> = combined.told.union(&combined.narrowed).copied().collect();
    let by = names(program, (id, &by), false);
    let problem = refusal(quasi, (id, combined), message)?;
    if by.is_empty() {
        let problem = problem
            .help("choose the rows by something else, or compute what they are chosen by as a column of a model that all rows are in");
        return Some(problem.help(format!("or add `assert k_anonymous({k}, by: (…))` over a column that enough of these rows share")));
    }
    let problem = problem.help(format!("add `assert k_anonymous({k}, by: ({}))` to the table, or drop columns", by.join(", ")));
    if combined.policies.is_empty() {
        return Some(problem);
    }
    let asked = names(program, (id, &combined.narrowed), true).join(", ");
    Some(problem.help(format!("a policy shows some of the rows, by {asked}: rows that are alike in these are seen together")))
}

fn joined_refused(
    quasi: &Quasi<'_>,
    principal: &Principal<'_>,
    telling: &[(TableId, &Combined<'_>)],
    (joined, some): (&str, Option<TableId>),
) -> Option<Diagnostic> {
    let told: Vec<String> = telling.iter().flat_map(|(id, c)| names(quasi.program, (*id, &c.told), true)).collect();
    let what = if told.is_empty() { "what their rows are chosen by".to_owned() } else { told.join(", ") };
    let message = format!(
        "nothing says that at least {} people share each combination of {what}, whose rows can be brought together, and {} may receive no other",
        quasi.wanted.k, principal.what
    );
    let problem = refusal(quasi, *telling.first()?, message)?;
    let help =
        format!("they can be joined {joined}: put them into one table with an assertion over all of them, or leave out what joins them");
    Some(match some {
        Some(id) => {
            let name = quasi.program.table(id).map_or("", |t| t.name.as_str());
            problem.help(format!("{help}; rows of `{name}` are some of all, which the other tables tell"))
        }
        None => problem.help(help),
    })
}
