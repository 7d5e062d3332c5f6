//! What `having` proves of each group, and which counts go over all of it.

use super::super::text::text_of;
use super::ALL;
use super::block::{Block, Place, plain_column};
use crate::ir::{AggregateCall, Expr, ExprKind, Literal, Program, Select, Type, conjuncts, every, find, operands, query_of};
use std::collections::BTreeSet;

/// A count that a condition on groups asks for.
struct Count<'p> {
    k: u32,
    filter: Option<String>,
    counted: Place<'p>,
}

/// The filters through which enough are counted, and the columns by which.
type Proven<'p> = (&'p BTreeSet<&'p str>, &'p BTreeSet<Place<'p>>);

impl<'q> Block<'_, 'q> {
    /// How many each group stands for, as `having` proves, where no count goes over a part of the group. Groups that share rows tell by their difference
    /// of the few that only one of them has.
    pub(super) fn proven(&self, select: &Select) -> Option<u32> {
        if !select.group.apart {
            return None;
        }
        let counts: Vec<Count<'_>> = select.having.iter().flat_map(conjuncts).filter_map(|e| self.counts(e)).collect();
        let proof = |count: &Count<'_>| {
            let filters: BTreeSet<&str> = counts.iter().filter(|c| c.k >= count.k).filter_map(|c| c.filter.as_deref()).collect();
            let all = select.items.iter().map(|i| &i.expr).chain(&select.having).chain(&select.qualify);
            let counted = counts.iter().filter(|c| c.k >= count.k).map(|c| c.counted).collect();
            let whole = all.into_iter().all(|e| self.counts_all(e, (&filters, &counted)));
            let beside = counts.iter().filter(|c| c.k >= count.k && (c.filter.is_none() || c.filter == count.filter));
            let classes: Vec<_> = std::iter::once(count).chain(beside).map(|c| self.class(c.counted)).collect();
            whole.then(|| count.k.min(self.rest_of_told(select, &classes)))
        };
        counts.iter().filter_map(proof).max()
    }

    /// `count(distinct patient_id) >= 11`, of a column that names the subject.
    fn counts<'p>(&'p self, condition: &'p Expr) -> Option<Count<'p>> {
        let (k, AggregateCall { args, filter, .. }) = threshold(self.reader.program, condition)?;
        let [counted] = args.as_slice() else { return None };
        let counted = plain_column(counted)?;
        let names = self.said(counted)?.names.as_ref()?;
        let subject = self.reader.key.is_some_and(|key| names.contains(&key));
        let filter = match filter {
            Some(filter) => Some(self.text(filter)?),
            None => None,
        };
        subject.then_some(Count { k, filter, counted })
    }

    pub(super) fn text(&self, e: &Expr) -> Option<String> {
        text_of(self.reader.program, e, &|relation, name| Some(format!("{:?}.{:?}", relation.as_str(), name.as_str())))
    }

    /// Whether no aggregate in an expression counts a part of its group: a filter that is none of the counted ones, a NULL, or a `case` in disguise.
    fn counts_all(&self, e: &Expr, proven: Proven<'_>) -> bool {
        match &e.kind {
            ExprKind::Release(..) => true,
            ExprKind::Aggregate(call) => self.is_whole(call, proven),
            _ => {
                let mut all = true;
                operands(e, &mut |child| all = all && self.counts_all(child, proven));
                all
            }
        }
    }

    fn is_whole(&self, call: &AggregateCall, (filters, counted): Proven<'_>) -> bool {
        let whole = call.filter.as_ref().is_none_or(|f| self.text(f).is_some_and(|text| filters.contains(&*text)));
        let count = self.reader.program.function(call.function).is_some_and(|f| &*f.name == "count");
        let argument = |e: &Expr| {
            let stored = |e: &Expr| match &e.kind {
                ExprKind::Column { relation, name } => self.said((relation, name)).is_some_and(|said| said.stored) && e.ty != Type::Boolean,
                ExprKind::Literal(_) | ExprKind::Cast(_) | ExprKind::Operator { .. } => e.ty != Type::Boolean,
                _ => false,
            };
            let about = |e: &Expr| match &e.kind {
                ExprKind::Column { relation, .. } => self.relation(relation).is_none_or(|r| r.rows.k != ALL),
                _ => query_of(e).is_some(),
            };
            let there = !e.nullable || plain_column(e).is_some_and(|place| counted.contains(&place));
            let whole = if count { plain_column(e).is_some() } else { every(e, &stored) };
            (whole && there) || find(e, &about).is_none()
        };
        whole && call.args.iter().all(argument)
    }
}

/// `count(distinct …) >= 11`: the number, and the count.
pub(in crate::check) fn threshold<'p>(program: &Program, condition: &'p Expr) -> Option<(u32, &'p AggregateCall)> {
    let ExprKind::Operator { function, args } = &condition.kind else { return None };
    let (count, least, more) = match (&*program.function(*function)?.name, args.as_slice()) {
        (">=", [count, least]) | ("<=", [least, count]) => (count, least, 0),
        (">", [count, least]) | ("<", [least, count]) => (count, least, 1),
        _ => return None,
    };
    let ExprKind::Literal(Literal::Number(least)) = &bare(least).kind else { return None };
    let k = least.parse::<u32>().ok()?.checked_add(more)?;
    let ExprKind::Aggregate(call) = &bare(count).kind else { return None };
    let AggregateCall { function, star: false, distinct: true, .. } = call.as_ref() else { return None };
    (&*program.function(*function)?.name == "count").then_some((k, &**call))
}

fn bare(e: &Expr) -> &Expr {
    match &e.kind {
        ExprKind::Cast(inner) => bare(inner),
        _ => e,
    }
}
