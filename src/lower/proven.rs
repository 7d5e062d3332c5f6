//! Rule 4: which aggregates of a block stand on at least k subjects. `having count(distinct patient_id) >= 11` proves it for each group, where the
//! counted column is a subject's key or references it; what is lowered then is a count, or the sum, mean or spread of a column declared
//! `measure`, over no fewer rows than were counted.
//!
//! Lowered is only what is the contributing rows' own: columns as they are stored. A flag computed elsewhere (`exists (… name = 'Smith')`) is one
//! person's answer on every row, however many are counted. And only what belongs to those counted (see `owned`): the cost of one visit, joined to
//! eleven patients, is one patient's; so is the cost of his visit, where eleven referred him (see `whose`). Nor may rows be repeated: what is there a
//! million times is the mean (see `once`).

use super::equal::Place;
use super::flow::find;
use super::items::Item;
use super::walk::same;
use super::whose::{self, Whose};
use super::{Cx, Facts, Scope, Typed, equal, flow, group, once, owned};
use crate::ir::{AggregateCall, Column, Expr, ExprKind, Subject, Threshold, Type, operands, query_of};

/// Aggregates that a `measure` may go through; counts take any argument.
const OF_MEASURES: [&str; 5] = ["sum", "avg", "stddev", "stddev_samp", "stddev_pop"];

/// What `having` proves of each group.
pub(super) struct Proof<'e> {
    k: u32,
    /// The filter the subjects were counted through.
    filter: Option<&'e Expr>,
    /// The column that names whom was counted.
    counted: Place,
    /// Whom it names.
    subjects: Vec<&'e Subject>,
    /// Columns that name others, of whom there are as many at least.
    beside: Vec<Place>,
    /// Columns that are the same in all rows of a group.
    groups: Vec<Place>,
    /// Whether no row is in two groups: what two of them leave of each other is of anybody.
    apart: bool,
}

/// What conditions on groups prove, the greatest number of subjects first.
pub(super) struct Proofs<'e>(Vec<Proof<'e>>);

/// What the conditions on groups prove, where they prove anything.
pub(super) fn of<'e>(cx: &Cx<'e>, scope: &Scope<'_>, keys: &group::Keys, having: &'e [Typed], apart: bool) -> Option<Proofs<'e>> {
    let counts: Vec<Count<'e>> = having.iter().filter_map(|condition| counts(cx, scope, &condition.expr)).collect();
    let groups: Vec<Place> = keys.keys.iter().filter(|_| keys.sets.is_empty()).filter_map(|k| owned::plain(&k.expr)).collect();
    let proof = |(k, filter, counted, subjects): &Count<'e>| {
        let as_many = |c: &&Count<'e>| c.0 >= *k && c.2 != *counted && both(c.1, *filter, same);
        let beside = counts.iter().filter(as_many).map(|c| c.2.clone()).collect();
        let proof =
            Proof { k: *k, filter: *filter, counted: counted.clone(), subjects: subjects.clone(), beside, groups: groups.clone(), apart };
        filter.iter().all(|f| own(scope, f) && proof.owns(cx, scope, f)).then_some(proof)
    };
    let mut proofs: Vec<Proof<'e>> = counts.iter().filter_map(proof).collect();
    proofs.sort_by_key(|p| std::cmp::Reverse(p.k));
    (!proofs.is_empty()).then_some(Proofs(proofs))
}

fn both(a: Option<&Expr>, b: Option<&Expr>, alike: impl Fn(&Expr, &Expr) -> bool) -> bool {
    match (a, b) {
        (None, None) => true,
        (Some(a), Some(b)) => alike(a, b),
        _ => false,
    }
}

/// How many are counted, through which filter, by which column, and whom that names.
type Count<'e> = (u32, Option<&'e Expr>, Place, Vec<&'e Subject>);

fn counts<'e>(cx: &Cx<'e>, scope: &Scope<'_>, condition: &'e Expr) -> Option<Count<'e>> {
    let Threshold { least: k, call, alone: _ } = cx.program.threshold(condition).filter(|t| t.least > 1)?;
    let AggregateCall { function: _, args, star: _, distinct: _, order: _, filter } = call;
    let [counted] = args.as_slice() else { return None };
    let ExprKind::Column { relation, name } = &bare(counted).kind else { return None };
    let stored = column_of(scope, bare(counted))?.intact?;
    let subjects = whose::subjects(cx, (stored.table, stored.column));
    (!subjects.is_empty()).then(|| (k, filter.as_ref(), (relation.clone(), name.clone()), subjects))
}

fn bare(e: &Expr) -> &Expr {
    match &e.kind {
        ExprKind::Cast(inner) => bare(inner),
        _ => e,
    }
}

fn column_of<'s>(scope: &'s Scope<'_>, e: &Expr) -> Option<&'s Column> {
    match &e.kind {
        ExprKind::Column { relation, name } => find(scope, relation, name).map(|(_, c)| c),
        _ => None,
    }
}

/// Whether a column is, unchanged, one that its source declares `measure`.
fn is_measure(cx: &Cx<'_>, c: &Column) -> bool {
    let mut origin = c.intact;
    for _ in 0..10_000 {
        let Some(here) = origin else { return false };
        if cx.program.measures.contains(&(here.table, here.column)) {
            return true;
        }
        origin = cx.finished(here.table).and_then(|f| f.table.columns.get(here.column as usize)).and_then(|c| c.intact);
    }
    false
}

/// Whether an expression reads stored columns of the block's own rows and nothing else.
fn own(scope: &Scope<'_>, e: &Expr) -> bool {
    let stored = match &e.kind {
        ExprKind::Column { relation, .. } => {
            let here = scope.relations.iter().any(|r| r.alias == *relation);
            here && column_of(scope, e).is_some_and(|c| (c.intact.is_some() && !c.chosen) || c.label.is_public())
        }
        ExprKind::Aggregate(_) | ExprKind::Window(_) | ExprKind::Error => false,
        _ => query_of(e).is_none(),
    };
    stored && {
        let mut all = true;
        operands(e, &mut |child| all = all && own(scope, child));
        all
    }
}

impl Proofs<'_> {
    /// Over how many subjects all goes that an expression tells.
    fn holds(&self, cx: &Cx<'_>, scope: &Scope<'_>, e: &Expr) -> Option<u32> {
        self.0.iter().find(|proof| proof.holds(cx, scope, e)).map(|proof| proof.k)
    }

    /// Lowers what the output tells through proven aggregates.
    pub(super) fn lower(&self, cx: &Cx<'_>, scope: &Scope<'_>, items: &mut [Item]) {
        for item in items.iter_mut().filter(|i| !i.typed.facts.label.is_public()) {
            if let Some(k) = self.holds(cx, scope, &item.typed.expr) {
                item.typed.facts.label = item.typed.facts.label.aggregated(k);
            }
        }
    }

    /// What conditions on groups leave on them: those over proven aggregates tell no more than these.
    pub(super) fn control(&self, cx: &Cx<'_>, scope: &Scope<'_>, having: &[Typed]) -> Facts {
        let mut all = Facts::default();
        for condition in having {
            let told = flow::control(cx, scope, std::slice::from_ref(condition));
            let label = self.holds(cx, scope, &condition.expr).map_or_else(|| told.label.clone(), |k| told.label.aggregated(k));
            all = all.join(&Facts { label, ..told });
        }
        all
    }
}

impl Proof<'_> {
    /// Whether all that an expression tells goes through aggregates over at least k subjects.
    fn holds(&self, cx: &Cx<'_>, scope: &Scope<'_>, e: &Expr) -> bool {
        match &e.kind {
            ExprKind::Aggregate(call) => self.aggregate(cx, scope, call),
            ExprKind::Column { .. } => column_of(scope, e).is_some_and(|c| c.label.values().is_empty()),
            ExprKind::Window(_) | ExprKind::Error => false,
            _ if query_of(e).is_some() => false,
            _ => {
                let mut all = true;
                operands(e, &mut |child| all = all && self.holds(cx, scope, child));
                all
            }
        }
    }

    fn aggregate(&self, cx: &Cx<'_>, scope: &Scope<'_>, call: &AggregateCall) -> bool {
        let AggregateCall { function, args, star, distinct, order, filter } = call;
        let Some(function) = cx.program.function(*function).filter(|f| f.standard && order.is_empty()) else { return false };
        // Rows that were counted and do not contribute would prove nothing.
        let rows = match (filter, self.filter) {
            (None, _) => true,
            (Some(f), Some(counted)) => same(f, counted),
            (Some(_), None) => false,
        };
        let argument = match args.as_slice() {
            [] => *star,
            [argument] => {
                let Some(c) = column_of(scope, argument) else { return false };
                let measured = OF_MEASURES.contains(&&*function.name) && !distinct && is_measure(cx, c);
                !argument.nullable && own(scope, argument) && (&*function.name == "count" || measured)
            }
            _ => false,
        };
        // How many there are of groups that share rows, `check::stands` asks.
        if !self.apart && (&*function.name != "count" || filter.is_some()) {
            return false;
        }
        let owned = filter.iter().all(|f| own(scope, f)) && args.iter().chain(filter).all(|a| self.owns(cx, scope, a));
        rows && argument && owned && (*distinct || self.is_unweighted(cx, scope, (&*function.name == "count", args), filter.as_ref()))
    }

    /// Whether no row is there more often than it is stored: whose the rows are that are counted, or what is summed up.
    fn is_unweighted(&self, cx: &Cx<'_>, scope: &Scope<'_>, (counts, args): (bool, &[Expr]), filter: Option<&Expr>) -> bool {
        let once = |place: &Place| once::once(cx, &scope.from, scope.filter.as_ref(), &self.groups, place);
        let summed: Vec<Place> = args.iter().filter_map(owned::plain).collect();
        let mut asked = Vec::new();
        filter.into_iter().for_each(|f| owned::collect(f, &mut asked));
        let tells = |(relation, name): &Place| find(scope, relation, name).is_none_or(|(_, c)| tells(c));
        if !counts {
            return summed.iter().all(once);
        }
        // How many rows a group has tells nothing of values.
        if !asked.iter().any(tells) {
            return true;
        }
        let there = |place: &Place| find(scope, &place.0, &place.1).is_some_and(|(_, c)| !c.nullable);
        let names: Vec<Place> = scope.relations.iter().flat_map(|r| r.columns.iter().map(|c| (r.alias.clone(), c.name.clone()))).collect();
        let named = names.into_iter().filter(|place| equal::are_equal(scope, &self.counted, place));
        summed.into_iter().chain(asked).chain(named).any(|place| there(&place) && once(&place))
    }

    /// Whether all that an expression tells belongs to those who were counted.
    fn owns(&self, cx: &Cx<'_>, scope: &Scope<'_>, e: &Expr) -> bool {
        let mut columns: Vec<Place> = Vec::new();
        owned::collect(e, &mut columns);
        let told = columns.iter().filter(|(relation, name)| find(scope, relation, name).is_none_or(|(_, c)| tells(c)));
        let belongs = |whose: &Whose<'_>, by: &Place, c: &Place| owned::belongs(cx, (&scope.from, scope.filter.as_ref()), whose, by, c);
        told.into_iter().all(|c| belongs(&Whose::Of(&self.subjects), &self.counted, c) || self.owned_together(cx, scope, c, &belongs))
    }

    /// Whether all whom the stored row of a column names were counted.
    fn owned_together(&self, cx: &Cx<'_>, scope: &Scope<'_>, c: &Place, belongs: &dyn Fn(&Whose<'_>, &Place, &Place) -> bool) -> bool {
        let Some(origin) = find(scope, &c.0, &c.1).and_then(|(_, c)| c.intact).filter(|_| !self.beside.is_empty()) else { return false };
        let (table, _) = whose::root(cx, (origin.table, origin.column));
        let named = whose::naming(cx, table, &self.subjects);
        let counted = || std::iter::once(&self.counted).chain(&self.beside);
        !named.is_empty() && named.iter().all(|n| counted().any(|by| belongs(&Whose::Only((table, *n)), by, c)))
    }
}

fn tells(c: &Column) -> bool {
    !c.label.values().is_empty() || matches!(c.ty, Type::Json(_))
}
