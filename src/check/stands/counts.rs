//! What `having` proves of each group, and which counts go over all of it.

use super::super::text::text_of;
use super::ALL;
use super::block::{Block, Place, plain_column};
use crate::ir::{AggregateCall, Expr, ExprKind, Literal, Program, Select, Threshold, Type, conjuncts, find, operands, query_of};
use std::collections::BTreeSet;

/// A count of different values that a condition on groups asks for.
struct Count<'p> {
    k: u32,
    filter: Option<String>,
    counted: Place<'p>,
}

/// What is proven of each group.
struct Proven<'p> {
    /// The filters through which enough people are counted.
    filters: BTreeSet<&'p str>,
    /// The columns by which.
    counted: BTreeSet<Place<'p>>,
    /// The columns that hold as many different values, through which filter.
    varied: BTreeSet<(Place<'p>, Option<&'p str>)>,
}

/// A sum over a column of one or two values says how many rows hold which, however few people are asked for.
const SEVERAL: u32 = 3;
/// Aggregates that tell one row's value: as it is stored, or all of its row could be run together in it.
const OF_ONE: [&str; 3] = ["min", "max", "any_value"];
/// Aggregates in which every row weighs. Of few values, they say how many rows hold which.
const ADDED: [&str; 2] = ["sum", "avg"];
/// What these leave open of more values, sums of squares say.
const SPREADS: [&str; 6] = ["stddev", "stddev_samp", "stddev_pop", "variance", "var_samp", "var_pop"];

impl Block<'_, '_> {
    /// How many each group stands for, as `having` proves, where no count goes over a part of the group. Groups that share rows tell by their difference
    /// of the few that only one of them has.
    pub(super) fn proven(&self, select: &Select) -> Option<u32> {
        if !select.group.apart {
            return None;
        }
        let counts: Vec<Count<'_>> = select.having.iter().flat_map(conjuncts).filter_map(|e| self.counts(e)).collect();
        let levels: BTreeSet<u32> = counts.iter().map(|c| c.k).collect();
        levels.into_iter().filter_map(|k| self.stands_for(k, &counts)).max()
    }

    /// How many each group stands for, if for `k`: that many people, and of what is added up that many values.
    fn stands_for(&self, k: u32, counts: &[Count<'_>]) -> Option<u32> {
        let enough = || counts.iter().filter(|c| c.k >= k);
        let people: Vec<&Count<'_>> = enough().filter(|c| self.names_subject(c)).collect();
        let proven = Proven {
            filters: people.iter().filter_map(|c| c.filter.as_deref()).collect(),
            counted: people.iter().map(|c| c.counted).collect(),
            varied: enough().filter(|c| c.k >= SEVERAL).map(|c| (c.counted, c.filter.as_deref())).collect(),
        };
        if !self.told.iter().all(|e| self.counts_all(e, &proven)) {
            return None;
        }
        let rest = |count: &&Count<'_>| {
            let beside = people.iter().filter(|c| c.filter.is_none() || c.filter == count.filter);
            let classes: Vec<_> = std::iter::once(count).chain(beside).map(|c| self.class(c.counted)).collect();
            k.min(self.rest(&classes))
        };
        people.iter().map(rest).max()
    }

    /// `count(distinct patient_id) >= 11`
    fn counts<'p>(&'p self, condition: &'p Expr) -> Option<Count<'p>> {
        let Threshold { least: k, call: AggregateCall { args, filter, .. }, .. } = self.reader.program.threshold(condition)?;
        let [counted] = args.as_slice() else { return None };
        let filter = match filter {
            Some(filter) => Some(self.text(filter)?),
            None => None,
        };
        Some(Count { k, filter, counted: plain_column(counted)? })
    }

    fn names_subject(&self, count: &Count<'_>) -> bool {
        let names = self.said(count.counted).and_then(|said| said.names.as_ref());
        names.zip(self.reader.key).is_some_and(|(names, key)| names.contains(&key))
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
        let filter = call.filter.as_ref().and_then(|f| self.text(f));
        let whole = call.filter.is_none() || filter.as_deref().is_some_and(|text| proven.filters.contains(text));
        let name = name_of(self.reader.program, call);
        let argument = |e: &Expr| {
            let there = !e.nullable || plain_column(e).is_some_and(|place| proven.counted.contains(&place));
            let whole = match name {
                "count" => plain_column(e).is_some(),
                _ if OF_ONE.contains(&name) => plain_column(e).is_some_and(|place| self.is_stored(place, &e.ty)),
                _ if ADDED.contains(&name) => !call.distinct && self.is_of_several(e, (proven, filter.as_deref())),
                _ => false,
            };
            // A number that is looked up for each row is a flag of it.
            (whole && there) || !self.is_about_rows(e)
        };
        whole && call.args.iter().chain(call.order.iter().map(|k| &k.expr)).all(argument)
    }

    /// Whether a column is stored in rows of people, and no flag. What a table about nobody holds is a weight that somebody chose.
    fn is_stored(&self, place: Place<'_>, ty: &Type) -> bool {
        let theirs = self.relation(place.0).is_some_and(|r| r.rows.k != ALL);
        theirs && self.said(place).is_some_and(|said| said.stored) && *ty != Type::Boolean
    }

    /// Whether it differs from row to row, where rows are somebody's.
    fn is_about_rows(&self, e: &Expr) -> bool {
        let column = |e: &Expr| matches!(e.kind, ExprKind::Column { .. }) || query_of(e).is_some();
        self.relations.iter().any(|r| r.rows.k != ALL) && find(e, &column).is_some()
    }

    /// Whether what is added up is a stored column that holds enough values in each group, or several such columns, times whole numbers. A quotient or a product
    /// may be a flag, and so is what is rounded: beside a large number all values of a `double precision` are one.
    fn is_of_several(&self, e: &Expr, (proven, filter): (&Proven<'_>, Option<&str>)) -> bool {
        if let Some(place) = plain_column(e) {
            return self.is_stored(place, &e.ty) && proven.varied.contains(&(place, filter));
        }
        let again = |e: &Expr| self.is_of_several(e, (proven, filter));
        match &e.kind {
            ExprKind::Literal(_) => true,
            ExprKind::Cast(inner) => keeps_values(&inner.ty, &e.ty) && again(inner),
            ExprKind::Operator { function, args } if is_exact(&e.ty) => {
                match (self.reader.program.function(*function).map(|f| &*f.name), args.as_slice()) {
                    (Some("+" | "-"), all) => all.iter().all(again),
                    (Some("*"), [factor, of] | [of, factor]) if is_whole_number(factor) => again(of),
                    _ => false,
                }
            }
            _ => false,
        }
    }
}

/// Whether it is a whole number that is written, under whatever type.
fn is_whole_number(e: &Expr) -> bool {
    match &e.kind {
        ExprKind::Cast(inner) => is_whole_number(inner),
        ExprKind::Literal(Literal::Number(digits)) => digits.bytes().all(|b| b.is_ascii_digit()),
        _ => false,
    }
}

/// Whether sums and differences of a type are what they are called.
fn is_exact(ty: &Type) -> bool {
    matches!(ty, Type::SmallInt | Type::Integer | Type::BigInt | Type::Numeric(_))
}

/// Whether no two values become one under another type.
fn keeps_values(from: &Type, to: &Type) -> bool {
    match (from, to) {
        (Type::SmallInt | Type::Integer | Type::BigInt, Type::SmallInt | Type::Integer | Type::BigInt) => true,
        (Type::SmallInt | Type::Integer | Type::BigInt, Type::Numeric(to)) => to.is_none_or(|(_, scale)| scale >= 0),
        (Type::Numeric(Some((_, from))), Type::Numeric(Some((_, to)))) => from <= to,
        (Type::Numeric(_), Type::Numeric(None)) => true,
        (Type::SmallInt | Type::Integer | Type::Real, Type::Double) => true,
        _ => from == to,
    }
}

/// What an aggregate is called in the library; one of a project is none that is known here.
fn name_of<'p>(program: &'p Program, call: &AggregateCall) -> &'p str {
    program.function(call.function).filter(|f| f.standard).map_or("", |f| &*f.name)
}

/// Whether an aggregate lists rows of its group, or picks one.
pub(in crate::check) fn is_list(program: &Program, call: &AggregateCall) -> bool {
    let name = name_of(program, call);
    name != "count" && !ADDED.contains(&name) && !OF_ONE.contains(&name) && !is_spread(program, call)
}

/// Whether an aggregate is of squares.
pub(in crate::check) fn is_spread(program: &Program, call: &AggregateCall) -> bool {
    SPREADS.contains(&name_of(program, call))
}
