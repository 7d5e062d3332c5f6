//! Rule 4: which aggregates of a block stand on at least k subjects. `having count(distinct patient_id) >= 11` proves it for each group, where the
//! counted column is a subject's key or references it; what is lowered then is a count, or the sum, mean or spread of a column declared
//! `measure`, over no fewer rows than were counted.
//!
//! Lowered is only what is the contributing rows' own: columns as they are stored. A flag computed elsewhere (`exists (… name = 'Smith')`) is one
//! person's answer on every row, however many are counted. And only what belongs to those counted (see `owned`): the cost of one visit, joined to
//! eleven patients, is one patient's.

use super::equal::Place;
use super::flow::find;
use super::items::Item;
use super::walk::same;
use super::{Cx, Facts, Scope, Typed, flow, owned};
use crate::ir::{AggregateCall, AssertionKind, Column, Expr, ExprKind, Label, Literal, Origin, Type, operands, query_of};

/// Aggregates that a `measure` may go through; counts take any argument.
const OF_MEASURES: [&str; 5] = ["sum", "avg", "stddev", "stddev_samp", "stddev_pop"];

/// What `having` proves of each group.
pub(super) struct Proof<'e> {
    k: u32,
    /// The filter the subjects were counted through.
    filter: Option<&'e Expr>,
    /// The column that names whom was counted.
    counted: Place,
}

/// The greatest number of subjects that the conditions on groups prove.
pub(super) fn of<'e>(cx: &Cx<'_>, scope: &Scope<'_>, having: &'e [Typed]) -> Option<Proof<'e>> {
    let proofs = having.iter().filter_map(|condition| counts(cx, scope, &condition.expr));
    proofs.max_by_key(|p| p.k)
}

fn counts<'e>(cx: &Cx<'_>, scope: &Scope<'_>, condition: &'e Expr) -> Option<Proof<'e>> {
    let ExprKind::Operator { function, args } = &condition.kind else { return None };
    let (count, least, more) = match (&*cx.program.function(*function)?.name, args.as_slice()) {
        (">=", [count, least]) | ("<=", [least, count]) => (count, least, 0),
        (">", [count, least]) | ("<", [least, count]) => (count, least, 1),
        _ => return None,
    };
    let ExprKind::Literal(Literal::Number(least)) = &bare(least).kind else { return None };
    let k = least.parse::<u32>().ok()?.checked_add(more).filter(|k| *k > 1)?;
    let ExprKind::Aggregate(call) = &bare(count).kind else { return None };
    let AggregateCall { function, args, star: false, distinct: true, order: _, filter } = call.as_ref() else { return None };
    let [counted] = args.as_slice() else { return None };
    let named = &*cx.program.function(*function)?.name == "count" && names_subject(cx, column_of(scope, bare(counted))?.intact?);
    let ExprKind::Column { relation, name } = &bare(counted).kind else { return None };
    let proof = Proof { k, filter: filter.as_ref(), counted: (relation.clone(), name.clone()) };
    (named && filter.iter().all(|f| own(scope, f) && proof.owns(cx, scope, f))).then_some(proof)
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

/// Whether a column is, unchanged, a subject's key, or one that references it.
fn names_subject(cx: &Cx<'_>, from: Origin) -> bool {
    let mut origin = from;
    // Each step goes to a table finished before; the bound only guards against a broken program.
    for _ in 0..10_000 {
        let Some(finished) = cx.finished(origin.table) else { return false };
        let is_key = |table, column: u32| {
            let key = cx.finished(table).and_then(|f| f.table.columns.get(column as usize)).map(|c| &c.name);
            cx.program.subjects.iter().any(|s| s.table == table && Some(&s.key) == key)
        };
        let references = finished.table.assertions.iter().any(|a| match a.kind {
            AssertionKind::References(from, table, to) => from == origin.column && !a.warn && is_key(table, to),
            _ => false,
        });
        if references || is_key(origin.table, origin.column) {
            return true;
        }
        let Some(next) = finished.table.columns.get(origin.column as usize).and_then(|c| c.intact) else { return false };
        origin = next;
    }
    false
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

impl Proof<'_> {
    /// Lowers what the output tells through proven aggregates.
    pub(super) fn lower(&self, cx: &Cx<'_>, scope: &Scope<'_>, items: &mut [Item]) {
        for item in items.iter_mut().filter(|i| !i.typed.facts.label.is_public()) {
            if self.holds(cx, scope, &item.typed.expr) {
                item.typed.facts.label = item.typed.facts.label.aggregated(self.k);
            }
        }
    }

    /// What conditions on groups leave on them: those over proven aggregates tell no more than these.
    pub(super) fn control(&self, cx: &Cx<'_>, scope: &Scope<'_>, having: &[Typed]) -> Facts {
        let mut all = Facts::default();
        for condition in having {
            let told = flow::control(cx, scope, std::slice::from_ref(condition));
            let label: Label = if self.holds(cx, scope, &condition.expr) { told.label.aggregated(self.k) } else { told.label.clone() };
            all = all.join(&Facts { label, ..told });
        }
        all
    }

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
        rows && argument && filter.iter().all(|f| own(scope, f)) && args.iter().all(|a| self.owns(cx, scope, a))
    }

    /// Whether all that an expression tells belongs to those who were counted.
    fn owns(&self, cx: &Cx<'_>, scope: &Scope<'_>, e: &Expr) -> bool {
        let mut columns: Vec<Place> = Vec::new();
        owned::collect(e, &mut columns);
        let tells = |(relation, name): &Place| {
            find(scope, relation, name).is_none_or(|(_, c)| !c.label.values().is_empty() || matches!(c.ty, Type::Json(_)))
        };
        columns.iter().filter(|c| tells(c)).all(|c| owned::belongs(cx, &scope.from, scope.filter.as_ref(), &self.counted, c))
    }
}
