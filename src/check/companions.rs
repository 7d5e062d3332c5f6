//! Masks that treat all values of an entity alike, by a number drawn for it: where something else tells that number, it tells all that it hides. Two numbers
//! that one share made larger have the quotient they had before, and a month of one true day says how far all days of somebody were moved.

use super::composition::{Way, admitted, refusal};
use super::joins::Joins;
use super::principals::Principal;
use super::seen::{ByValue, Seen, value_name};
use super::values::{Masked, Value};
use crate::base::Ident;
use crate::diag::Diagnostics;
use crate::ir::{CategoryId, Follows, Form, Function, Program, Type};
use std::collections::{BTreeMap, BTreeSet};

/// A column, with what it tells of.
type Told<'a> = (&'a Value, &'a Seen<'a>);

/// Refuses what would tell the number of an entity, for one principal.
pub(super) fn check<'a>(
    program: &Program,
    joins: &Joins<'_>,
    principal: &Principal<'_>,
    (seen, asked): (&'a ByValue<'a>, &'a ByValue<'a>),
    diagnostics: &mut Diagnostics,
) {
    let told = || seen.iter().flat_map(|(value, all)| all.iter().map(move |s| (value, s)));
    let drawn: Vec<(Told<'_>, &Function, &str)> =
        told().filter_map(|(value, s)| entity(program, s.masked()?).map(|(mask, entity)| ((value, s), mask, entity))).collect();
    quotients(program, principal, &drawn, diagnostics);
    let all: Vec<Told<'_>> = told().chain(asked.iter().flat_map(|(value, all)| all.iter().map(move |s| (value, s)))).collect();
    let hidden = |((_, s), mask, _): &&(Told<'_>, &Function, &str)| moves(mask) && s.forms.iter().any(|(c, _)| !admitted(principal, *c));
    let mut known: BTreeSet<&str> = BTreeSet::new();
    for (shifted, mask, entity) in drawn.iter().filter(hidden).filter(|(_, _, entity)| known.insert(entity)) {
        calendar(program, joins, principal, (*shifted, mask, entity), &all, diagnostics);
    }
}

/// The mask, where it draws a number for an entity, and what it is called with for one.
fn entity<'p>(program: &'p Program, masked: &'p Masked) -> Option<(&'p Function, &'p str)> {
    let mask = program.function(masked.mask)?;
    let (at, _) = mask.transition.as_ref()?.with.iter().find(|(_, form)| *form == Form::Pseudonym)?;
    let name = &mask.params.get(*at)?.name;
    masked.args.iter().find(|(argument, _)| argument == name).map(|(_, text)| (mask, &**text))
}

/// Whether it moves days; what it leaves of their distance is what it is for.
fn moves(mask: &Function) -> bool {
    matches!(mask.result, Type::Date | Type::Timestamp | Type::Timestamptz)
}

/// Two numbers of one domain: whatever their entities are called, the share may be one.
fn quotients(program: &Program, principal: &Principal<'_>, drawn: &[(Told<'_>, &Function, &str)], diagnostics: &mut Diagnostics) {
    let mut domains: BTreeMap<(&str, Vec<&str>), Vec<Told<'_>>> = BTreeMap::new();
    for ((value, seen), mask, _) in drawn.iter().filter(|(_, mask, _)| !moves(mask)) {
        let args = seen.masked().map_or(&[][..], |m| m.args.as_slice());
        let domain = args.iter().filter(|(name, _)| matches!(&**name, "key" | "domain")).map(|(_, text)| &**text).collect();
        domains.entry((&mask.name, domain)).or_default().push((value, seen));
    }
    for all in domains.into_values() {
        let pairs = all.iter().enumerate().flat_map(|(i, a)| all.iter().skip(i + 1).map(move |b| [*a, *b]));
        let others = |[a, b]: &[Told<'_>; 2]| a.0 != b.0 || a.1.told.apart(b.1.told);
        let found = pairs.filter(others).find_map(|pair| {
            let mut categories = pair.iter().flat_map(|(_, s)| &s.forms).map(|(c, _)| *c);
            Some((pair, categories.find(|c| !admitted(principal, *c))?))
        });
        if let Some((pair, category)) = found {
            let way = Way {
                because: ", and the quotient of both is that of the values",
                help: &["give each of them a `domain` of its own: the share is drawn for entity and domain"],
            };
            diagnostics.push(refusal(program, principal, pair, category, &way));
        }
    }
}

/// A day that is moved for somebody, beside what says in which year or month a day in a row of theirs is.
fn calendar(
    program: &Program,
    joins: &Joins<'_>,
    principal: &Principal<'_>,
    (shifted, mask, entity): (Told<'_>, &Function, &str),
    all: &[Told<'_>],
    diagnostics: &mut Diagnostics,
) {
    let days = |c: &CategoryId| mask.transition.as_ref().is_some_and(|t| t.lowers.is_empty() || t.lowers.contains(c));
    let true_days = all.iter().filter(|(_, s)| s.forms.iter().any(|(c, _)| days(c)) && keeps_calendar(program, s));
    let mut true_days = true_days.filter(|(value, s)| *value != shifted.0 || s.told.apart(shifted.1.told)).peekable();
    if true_days.peek().is_none() {
        return;
    }
    let entities = stored_in(program, entity);
    let theirs = joins.decide(&entities);
    let of_theirs = |(value, s): &&Told<'_>| entities.is_empty() || theirs.contains(&s.told.value.table) || theirs.contains(&value.table);
    let Some(day) = true_days.find(of_theirs) else { return };
    let Some(category) = shifted.1.forms.iter().map(|(c, _)| *c).find(|c| !admitted(principal, *c)) else { return };
    let way = Way {
        because: ", which says by how much all days of that entity were moved",
        help: &["move both by the same entity, key and domain, or drop one of the columns"],
    };
    diagnostics.push(refusal(program, principal, [shifted, *day], category, &way));
}

/// Whether it tells on which stretch of the calendar a day lies: as it is, its year, its month. An age counts years of somebody, a stand-in and presence none.
fn keeps_calendar(program: &Program, seen: &Seen<'_>) -> bool {
    let Some(masked) = seen.masked() else { return true };
    let Some(mask) = program.function(masked.mask) else { return true };
    let age = |c: &CategoryId| program.category(*c).is_some_and(|c| c.name == Ident::exact("age"));
    let ages = mask.transition.as_ref().is_some_and(|t| t.lowers.iter().any(age));
    entity(program, masked).is_none() && !ages && !seen.is_stand_in(program) && !mask.follows.contains(&Follows::Any)
}

/// The stored columns that an argument is made of.
fn stored_in(program: &Program, text: &str) -> BTreeSet<Value> {
    let columns = program.tables().flat_map(|(table, t)| (0u32..).zip(&t.columns).map(move |(column, _)| (table, column)));
    let values = columns.map(|(table, column)| Value { table, column, part: "".into() });
    values.filter(|value| text.contains(&format!("{}:", value_name(program, value)))).collect()
}
