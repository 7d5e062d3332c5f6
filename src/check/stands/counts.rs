//! What `having` proves of each group, and which counts go over all of it.

use super::super::text::text_of;
use super::ALL;
use super::block::{Block, Place, plain_column};
use crate::base::Ident;
use crate::ir::{AggregateCall, Expr, ExprKind, Literal, Program, Select, Type, conjuncts, every, find, operands, query_of};
use std::collections::BTreeSet;

/// A count that a condition on groups asks for.
struct Count<'p> {
    k: u32,
    filter: Option<String>,
    counted: Place<'p>,
}

/// What is proven of each group.
struct Proven<'p> {
    /// The filters through which enough are counted.
    filters: BTreeSet<&'p str>,
    /// The columns by which.
    counted: BTreeSet<Place<'p>>,
    /// The columns that hold several values, through which filter.
    varied: BTreeSet<(Place<'p>, Option<String>)>,
}

/// A sum over a column of one or two values says how many rows hold which.
const SEVERAL: u32 = 3;
/// Aggregates that tell one row's value.
const OF_ONE: [&str; 3] = ["min", "max", "any_value"];
/// Aggregates in which every row weighs. Any other one lists rows, or picks one: enough percentiles are a list.
const ADDED: [&str; 8] = ["sum", "avg", "stddev", "stddev_samp", "stddev_pop", "variance", "var_samp", "var_pop"];
/// Aggregates that tell of `a + b` what they tell of `a` and of `b`.
const LINEAR: [&str; 2] = ["sum", "avg"];

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
            let counted = counts.iter().filter(|c| c.k >= count.k).map(|c| c.counted).collect();
            let varied = select.having.iter().flat_map(conjuncts).filter_map(|e| self.varies(e)).collect();
            let proven = Proven { filters, counted, varied };
            let whole = self.told.iter().all(|e| self.counts_all(e, &proven));
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

    /// `count(distinct cost) >= 3`
    fn varies<'p>(&'p self, condition: &'p Expr) -> Option<(Place<'p>, Option<String>)> {
        let (n, AggregateCall { args, filter, .. }) = threshold(self.reader.program, condition)?;
        let [counted] = args.as_slice() else { return None };
        let filter = match filter {
            Some(filter) => Some(self.text(filter)?),
            None => None,
        };
        (n >= SEVERAL).then_some((plain_column(counted)?, filter))
    }

    pub(super) fn text(&self, e: &Expr) -> Option<String> {
        text_of(self.reader.program, e, &|relation, name| Some(format!("{:?}.{:?}", relation.as_str(), name.as_str())))
    }

    /// Whether no aggregate in an expression counts a part of its group: a filter that is none of the counted ones, a NULL, or a `case` in disguise.
    fn counts_all(&self, e: &Expr, proven: &Proven<'_>) -> bool {
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

    fn is_whole(&self, call: &AggregateCall, proven: &Proven<'_>) -> bool {
        let filter = call.filter.as_ref().map(|f| self.text(f));
        let whole = filter.as_ref().is_none_or(|f| f.as_deref().is_some_and(|text| proven.filters.contains(text)));
        let name = self.reader.program.function(call.function).map_or("", |f| &*f.name);
        let argument = |e: &Expr| {
            let there = !e.nullable || plain_column(e).is_some_and(|place| proven.counted.contains(&place));
            let whole = match name {
                "count" => plain_column(e).is_some(),
                _ if OF_ONE.contains(&name) => self.is_stored(e),
                _ if ADDED.contains(&name) => {
                    self.is_stored(e) && self.is_of_several(e, LINEAR.contains(&name), (proven, filter.clone().flatten()))
                }
                _ => false,
            };
            // A number that is looked up for each row is a flag of it.
            let beside = if OF_ONE.contains(&name) { !self.is_about_somebody(e) } else { !self.is_about_rows(e) };
            (whole && there) || beside
        };
        whole && call.args.iter().chain(call.order.iter().map(|k| &k.expr)).all(argument)
    }

    /// Whether it reads what is stored in rows of people, and no flag. What a table about nobody holds is a weight that somebody chose.
    fn is_stored(&self, e: &Expr) -> bool {
        let theirs = |alias: &Ident| self.relation(alias).is_some_and(|r| r.rows.k != ALL);
        every(e, &|e: &Expr| match &e.kind {
            ExprKind::Column { relation, name } => {
                theirs(relation) && self.said((relation, name)).is_some_and(|said| said.stored) && e.ty != Type::Boolean
            }
            ExprKind::Literal(_) | ExprKind::Cast(_) | ExprKind::Operator { .. } => e.ty != Type::Boolean,
            _ => false,
        })
    }

    /// Whether it differs from row to row, where rows are somebody's.
    fn is_about_rows(&self, e: &Expr) -> bool {
        let column = |e: &Expr| matches!(e.kind, ExprKind::Column { .. }) || query_of(e).is_some();
        self.relations.iter().any(|r| r.rows.k != ALL) && find(e, &column).is_some()
    }

    fn is_about_somebody(&self, e: &Expr) -> bool {
        let about = |e: &Expr| match &e.kind {
            ExprKind::Column { relation, .. } => self.relation(relation).is_none_or(|r| r.rows.k != ALL),
            _ => query_of(e).is_some(),
        };
        find(e, &about).is_some()
    }

    /// Whether what is added up is a column that holds several values in each group; where that goes through sums, several columns, times numbers. A quotient
    /// or a product may be a flag.
    fn is_of_several(&self, e: &Expr, linear: bool, (proven, filter): (&Proven<'_>, Option<String>)) -> bool {
        if let Some(place) = plain_column(e) {
            return proven.varied.contains(&(place, filter));
        }
        let again = |e: &Expr| self.is_of_several(e, linear, (proven, filter.clone()));
        match &e.kind {
            ExprKind::Literal(_) => linear,
            // Rounded, several values may be two.
            ExprKind::Cast(inner) => (is_whole_number(&inner.ty) || !is_whole_number(&e.ty)) && again(inner),
            ExprKind::Operator { function, args } if linear => {
                match (self.reader.program.function(*function).map(|f| &*f.name), args.as_slice()) {
                    (Some("+" | "-"), all) => all.iter().all(again),
                    (Some("*"), [Expr { kind: ExprKind::Literal(_), .. }, of] | [of, Expr { kind: ExprKind::Literal(_), .. }]) => again(of),
                    _ => false,
                }
            }
            _ => false,
        }
    }
}

fn is_whole_number(ty: &Type) -> bool {
    matches!(ty, Type::SmallInt | Type::Integer | Type::BigInt | Type::Numeric(Some((_, 0))))
}

/// Whether an aggregate lists rows of its group, or picks one.
pub(in crate::check) fn is_list(program: &Program, call: &AggregateCall) -> bool {
    let name = program.function(call.function).map_or("", |f| &*f.name);
    name != "count" && !ADDED.contains(&name) && !OF_ONE.contains(&name)
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
