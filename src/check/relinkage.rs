use super::joins::{Asked, Joins};
use super::matching::{self, By};
use super::principals::{Principal, Reads};
use super::seen::{ByValue, Seen, column_at, column_name, one_value, told_name, value_name};
use super::values::{Call, Value};
use crate::base::{Ident, Span};
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::ir::{CategoryId, Clearance, Form, Level, Link, Program, TableId};
use std::collections::{BTreeMap, BTreeSet};

/// Refuses what brings rows together that masks have parted, for one principal: a value beside its stand-in, stand-ins of two domains in one
/// table or in tables that can be joined, and tables in two places that share a stand-in or, where one place is cleared for less, an identifier or
/// a date. Two places may be brought together by a `link`. Who is cleared for everything is told nothing new.
pub(super) fn check(
    program: &Program,
    joins: &Joins<'_>,
    principal: &Principal<'_>,
    (seen, released): (&ByValue<'_>, &ByValue<'_>),
    diagnostics: &mut Diagnostics,
) {
    for (value, all) in seen {
        let stand_ins: Vec<&Seen<'_>> = all.iter().filter(|s| s.is_stand_in(program)).collect();
        if !stand_ins.is_empty() {
            beside(program, principal, (seen, released), (value, &stand_ins), diagnostics);
            two_domains(program, joins, principal, seen, (value, &stand_ins), diagnostics);
        }
    }
    let mut reported: BTreeSet<(Ident, Ident)> = BTreeSet::new();
    let wanted = |s: &Seen<'_>, c: CategoryId, form: Form| {
        s.is_stand_in(program) || s.is_drawn_for(program) || (form == Form::Direct && letter(program, c).is_some())
    };
    for matching in matching::of(program, seen, &wanted) {
        for pair in matching.apart() {
            let [(_, a), (_, b)] = pair;
            let places = (a.reads.place.clone(), b.reads.place.clone());
            let told_more = matching.by == By::Token || tells_more(program, principal, a, b) || tells_more(program, principal, b, a);
            if told_more && !linked(program, &places.0, &places.1) && reported.insert(places) {
                diagnostics.push(linkage(program, principal, pair, matching.by));
            }
        }
    }
}

/// Which of Safe Harbor's letters a category is; what nobody has classified may be any.
fn letter(program: &Program, category: CategoryId) -> Option<char> {
    program.category(category).map_or(Some('R'), |c| c.safe_harbor)
}

fn linked(program: &Program, a: &Ident, b: &Ident) -> bool {
    program.links.iter().any(|link| link.places.contains(a) && link.places.contains(b))
}

/// The value itself, or a path that holds it, beside a stand-in for it. That somebody released the value does not keep it from undoing the stand-in.
fn beside(
    program: &Program,
    principal: &Principal<'_>,
    (seen, released): (&ByValue<'_>, &ByValue<'_>),
    (value, pseudonyms): (&Value, &[&Seen<'_>]),
    diagnostics: &mut Diagnostics,
) {
    let from = Value { part: "".into(), ..value.clone() };
    let holds = |v: &Value| (v.table, v.column) == (value.table, value.column) && value.part.starts_with(&*v.part);
    let told = seen.range(from.clone()..=value.clone()).chain(released.range(from..=value.clone()));
    let plain = told.filter(|(v, _)| holds(v)).flat_map(|(_, all)| all).filter(|s| s.masked().is_none());
    let found = plain.flat_map(|p| pseudonyms.iter().map(move |t| (p, *t))).find(|(p, t)| {
        let (a, b) = (&p.reads.place, &t.reads.place);
        !p.told.apart(t.told) && (a == b || !linked(program, a, b))
    });
    let Some((plain, token)) = found else { return };
    let (one, two) = (column_name(program, plain.reads), column_name(program, token.reads));
    let message = format!(
        "{} gets `{}` as it is in `{one}`, and a pseudonym for it in `{two}`: whoever has both undoes the pseudonym",
        principal.what,
        told_name(program, value, plain, token),
    );
    let problem = Diagnostic::error(Code::Relinkage, token.reads.at, message)
        .label(format!("sends `{two}`"))
        .mark(column_at(program, plain.reads), format!("`{one}`"))
        .mark(column_at(program, token.reads), format!("`{two}`"))
        .mark(principal.at, "who reads both")
        .help("mask both, or drop one of the columns: a pseudonym hides nothing from who holds the value");
    let problem = one_value(program, problem, plain, token);
    diagnostics.push(match link_between(plain.reads, token.reads) {
        Some(link) => problem.help(format!("where rows may be brought together on purpose, say so: {link}")),
        None => problem,
    });
}

/// A table with stand-ins of two domains is the dictionary between them, and so are tables with one each that can be joined.
fn two_domains<'a>(
    program: &'a Program,
    joins: &'a Joins<'_>,
    principal: &'a Principal<'_>,
    seen: &'a ByValue<'a>,
    (value, all): (&'a Value, &[&Seen<'_>]),
    diagnostics: &mut Diagnostics,
) {
    let domains: BTreeSet<Option<Call<'_>>> = all.iter().map(|s| s.call(program)).collect();
    if domains.len() < 2 {
        return;
    }
    if let Some(pair) = dictionary(program, all, |table| table) {
        diagnostics.push(translates(program, principal, value, pair, None));
        return;
    }
    // A day, or a place, is many people's, unless it was moved for one of them.
    let names = |s: &Seen<'_>, c: CategoryId, _: Form| match letter(program, c) {
        _ if s.is_drawn_for(program) => true,
        Some('B' | 'C') => s.is_stand_in(program),
        other => other.is_some(),
    };
    let (matching, about) = (matching::of(program, seen, &names), BTreeSet::from([value.clone()]));
    let together = joins.among(&Asked { principal, about: &about, matching: &matching, narrows: &|_| false });
    if let Some(pair) = dictionary(program, all, |table| together.group(table)) {
        let by = together.by(program, &pair.iter().map(|s| s.reads.table).collect());
        diagnostics.push(translates(program, principal, value, pair, Some(&by)));
    }
}

/// Two stand-ins of two domains in one table, or in one group of tables.
fn dictionary<'a, 's>(program: &Program, all: &[&'a Seen<'s>], group: impl Fn(TableId) -> TableId) -> Option<[&'a Seen<'s>; 2]> {
    let mut before: BTreeMap<TableId, Vec<&Seen<'_>>> = BTreeMap::new();
    for seen in all.iter().copied() {
        let here = before.entry(group(seen.reads.table)).or_default();
        let meant = |h: &Seen<'_>| h.reads.table != seen.reads.table && linked(program, &h.reads.place, &seen.reads.place);
        let other = here.iter().find(|h| h.call(program) != seen.call(program) && !h.told.apart(seen.told) && !meant(h)).copied();
        here.push(seen);
        if let Some(other) = other {
            return Some([other, seen]);
        }
    }
    None
}

fn translates(program: &Program, principal: &Principal<'_>, value: &Value, [a, b]: [&Seen<'_>; 2], by: Option<&str>) -> Diagnostic {
    let (one, two) = (column_name(program, a.reads), column_name(program, b.reads));
    let words = match (a.is_drawn(program), b.is_drawn(program)) {
        (true, true) => "crosswalks",
        (false, false) => "domains",
        _ => "forms",
    };
    let message = format!(
        "`{one}` and `{two}` are pseudonyms for `{}` in two {words}, {}: {} can translate one into the other",
        told_name(program, value, a, b),
        if by.is_some() { "of tables that can be joined" } else { "side by side" },
        principal.what
    );
    let problem = Diagnostic::error(Code::Linkage, b.reads.at, message)
        .mark(column_at(program, a.reads), format!("`{one}`"))
        .mark(column_at(program, b.reads), format!("`{two}`"))
        .mark(principal.at, "who reads both");
    let problem = one_value(program, problem, a, b);
    let Some(by) = by else {
        return problem
            .help("keep one of the two columns: a domain, or a crosswalk, of its own is there to keep the readers of two places apart");
    };
    let problem = problem.help(format!("they can be joined {by}")).help("take one domain for both, or leave out what joins them");
    match link_between(a.reads, b.reads) {
        Some(link) => problem.help(format!("where rows may be brought together on purpose, say so: {link}")),
        None => problem,
    }
}

/// Whether the table of one tells more than the place of the other is cleared for.
fn tells_more(program: &Program, principal: &Principal<'_>, one: &Seen<'_>, other: &Seen<'_>) -> bool {
    let bucket = program.buckets.iter().find(|b| b.name == other.reads.place);
    let clearance: Option<&Clearance> = bucket.map_or(principal.clearance, |b| program.clearance(b.clearance.as_str()));
    let refused = |(c, level): &(CategoryId, Level)| clearance.is_none_or(|k| !k.admits(*c, *level));
    let of_table = |r: &&Reads| r.table == one.reads.table && r.place == one.reads.place;
    principal.reads.iter().filter(of_table).any(|r| r.label.values().iter().any(refused))
}

fn linkage(program: &Program, principal: &Principal<'_>, [(value, a), (other, b)]: [(&Value, &Seen<'_>); 2], by: By) -> Diagnostic {
    let (one, two) = (column_name(program, a.reads), column_name(program, b.reads));
    let (first, second) = (value_name(program, value), value_name(program, other));
    let what = match by {
        By::Token if value == other => format!("the same pseudonym for `{first}`"),
        By::Token => format!("pseudonyms of one domain for `{first}` and `{second}`, which match where these are equal"),
        By::Drawn if value == other => format!("`{first}`, changed alike for the same entity"),
        By::Drawn => format!("`{first}` and `{second}`, changed alike for the same entity"),
        By::Value => format!("the value of `{first}`"),
    };
    let message = format!(
        "{} can bring rows of {} and {} together: `{one}` and `{two}` hold {what}",
        principal.what,
        place(&a.reads.place),
        place(&b.reads.place),
    );
    let problem = Diagnostic::error(Code::Linkage, b.reads.at, message)
        .label(format!("sends `{two}`"))
        .mark(at(program, a.reads), format!("`{one}`"))
        .mark(principal.at, "who reads both");
    let problem = problem.help(match (by, a.is_drawn(program)) {
        (By::Token, false) => "give each place a `domain` of its own: the tokens of two domains do not match",
        (By::Token, true) => "give each place a `crosswalk` of its own: the numbers of two crosswalks do not match",
        (By::Drawn, _) => "drop the column in one of the two places: what is drawn for one entity in one domain is the same in both",
        (By::Value, _) => {
            "one of the two places is cleared for less than the rows of the other tell: mask the column in one of them, or drop it"
        }
    });
    match link_between(a.reads, b.reads) {
        Some(link) => problem.help(format!("where rows may be brought together on purpose, say so: {link}")),
        None => problem,
    }
}

fn at(program: &Program, reads: &Reads) -> Span {
    column_at(program, reads)
}

fn place(name: &Ident) -> String {
    if name.as_str() == Link::WAREHOUSE { "the warehouse".to_owned() } else { format!("bucket `{name}`") }
}

fn link_between(a: &Reads, b: &Reads) -> Option<String> {
    let (a, b) = (&a.place, &b.place);
    (a != b).then(|| format!("`link {}, {} because \"…\"`", a.min(b), a.max(b)))
}
