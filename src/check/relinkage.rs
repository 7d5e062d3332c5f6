use super::principals::{Principal, Reads};
use super::seen::{ByValue, Seen, column_at, column_name, one_value, told_name, value_name};
use super::values::{Masked, Value};
use crate::base::{Ident, Span};
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::ir::{CategoryId, Clearance, Form, Level, Link, Program, TableId};
use std::collections::{BTreeMap, BTreeSet};

/// Refuses what brings rows together that masks have parted, for one principal: a value beside its stand-in, stand-ins of two domains in one
/// table, and tables in two places that share a stand-in or, where one place is cleared for less, an identifier or a date.
/// Two places may be brought together by a `link`. Who is cleared for everything is told nothing new.
pub(super) fn check(
    program: &Program,
    principal: &Principal<'_>,
    (seen, released): (&ByValue<'_>, &ByValue<'_>),
    diagnostics: &mut Diagnostics,
) {
    let mut reported: BTreeSet<(Ident, Ident)> = BTreeSet::new();
    for (value, all) in seen {
        let pseudonyms: Vec<&Seen<'_>> = all.iter().filter(|s| s.is_pseudonym(program)).collect();
        if !pseudonyms.is_empty() {
            beside(program, principal, (seen, released), (value, &pseudonyms), diagnostics);
            two_domains(program, principal, (value, &pseudonyms), diagnostics);
        }
        for (group, token) in shared(program, all, &pseudonyms) {
            for (a, b) in apart(&group) {
                let pair = (a.reads.place.clone(), b.reads.place.clone());
                let told_more = token || tells_more(program, principal, a, b) || tells_more(program, principal, b, a);
                if told_more && !linked(program, &pair.0, &pair.1) && reported.insert(pair) {
                    diagnostics.push(linkage(program, principal, value, (a, b), token));
                }
            }
        }
    }
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

/// A table with stand-ins of two domains is the dictionary between them.
fn two_domains(program: &Program, principal: &Principal<'_>, (value, all): (&Value, &[&Seen<'_>]), diagnostics: &mut Diagnostics) {
    let mut before: BTreeMap<TableId, Vec<&Seen<'_>>> = BTreeMap::new();
    for seen in all {
        let here = before.entry(seen.reads.table).or_default();
        let other = here.iter().find(|h| h.masked() != seen.masked() && !h.told.apart(seen.told)).copied();
        here.push(seen);
        let Some(here) = other else { continue };
        let (one, two) = (column_name(program, here.reads), column_name(program, seen.reads));
        let words = match (here.is_drawn(program), seen.is_drawn(program)) {
            (true, true) => "crosswalks",
            (false, false) => "domains",
            _ => "forms",
        };
        let message = format!(
            "`{one}` and `{two}` are pseudonyms for `{}` in two {words}, side by side: {} can translate one into the other",
            told_name(program, value, here, seen),
            principal.what
        );
        let problem = Diagnostic::error(Code::Linkage, seen.reads.at, message)
            .mark(column_at(program, here.reads), format!("`{one}`"))
            .mark(column_at(program, seen.reads), format!("`{two}`"))
            .mark(principal.at, "who reads both");
        let problem = one_value(program, problem, here, seen);
        diagnostics
            .push(problem.help(
                "keep one of the two columns: a domain, or a crosswalk, of its own is there to keep the readers of two places apart",
            ));
        return;
    }
}

/// Columns whose values can be matched: by the same stand-in, or as they are where they name a person or a day. Whether they are stand-ins.
fn shared<'a, 's>(program: &Program, all: &'a [Seen<'s>], pseudonyms: &[&'a Seen<'s>]) -> Vec<(Vec<&'a Seen<'s>>, bool)> {
    let mut tokens: BTreeMap<&Masked, Vec<&'a Seen<'s>>> = BTreeMap::new();
    for seen in pseudonyms {
        if let Some(masked) = seen.told.masked.as_deref() {
            tokens.entry(masked).or_default().push(seen);
        }
    }
    let names = |c: &CategoryId| program.category(*c).is_none_or(|c| c.safe_harbor.is_some());
    let matches = |s: &&Seen<'_>| s.masked().is_none() && s.forms.iter().any(|(c, form)| *form == Form::Direct && names(c));
    let plain: Vec<&Seen<'s>> = all.iter().filter(matches).collect();
    tokens.into_values().map(|group| (group, true)).chain([(plain, false)]).collect()
}

/// Of each two places, a table that lies only in the one and a table that lies only in the other, and hold what may be one value.
fn apart<'a, 's>(group: &[&'a Seen<'s>]) -> Vec<(&'a Seen<'s>, &'a Seen<'s>)> {
    type Tables<'a, 's> = BTreeMap<TableId, Vec<&'a Seen<'s>>>;
    let mut places: BTreeMap<&Ident, Tables<'a, 's>> = BTreeMap::new();
    for seen in group {
        places.entry(&seen.reads.place).or_default().entry(seen.reads.table).or_default().push(seen);
    }
    let meets = |s: &Seen<'_>, all: &Tables<'_, '_>| all.get(&s.reads.table).into_iter().flatten().any(|t| !t.told.apart(s.told));
    let places: Vec<&Tables<'_, '_>> = places.values().collect();
    let mut found = Vec::new();
    for (i, a) in places.iter().enumerate() {
        for b in places.iter().skip(i + 1) {
            let theirs: Vec<&Seen<'_>> = b.values().flatten().copied().filter(|s| !meets(s, a)).collect();
            let mut own = a.values().flatten().copied().filter(|s| !meets(s, b));
            let pair = own.find_map(|x| theirs.iter().find(|y| !y.told.apart(x.told)).map(|y| (x, *y)));
            found.extend(pair);
        }
    }
    found
}

/// Whether the table of one tells more than the place of the other is cleared for.
fn tells_more(program: &Program, principal: &Principal<'_>, one: &Seen<'_>, other: &Seen<'_>) -> bool {
    let bucket = program.buckets.iter().find(|b| b.name == other.reads.place);
    let clearance: Option<&Clearance> = bucket.map_or(principal.clearance, |b| program.clearance(b.clearance.as_str()));
    let refused = |(c, level): &(CategoryId, Level)| clearance.is_none_or(|k| !k.admits(*c, *level));
    let of_table = |r: &&Reads| r.table == one.reads.table && r.place == one.reads.place;
    principal.reads.iter().filter(of_table).any(|r| r.label.values().iter().any(refused))
}

fn linkage(program: &Program, principal: &Principal<'_>, value: &Value, (a, b): (&Seen<'_>, &Seen<'_>), token: bool) -> Diagnostic {
    let (one, two) = (column_name(program, a.reads), column_name(program, b.reads));
    let what = if token { "the same pseudonym for" } else { "the value of" };
    let message = format!(
        "{} can bring rows of {} and {} together: `{one}` and `{two}` hold {what} `{}`",
        principal.what,
        place(&a.reads.place),
        place(&b.reads.place),
        value_name(program, value),
    );
    let problem = Diagnostic::error(Code::Linkage, b.reads.at, message)
        .label(format!("sends `{two}`"))
        .mark(at(program, a.reads), format!("`{one}`"))
        .mark(principal.at, "who reads both");
    let problem = problem.help(match (token, a.is_drawn(program)) {
        (true, false) => "give each place a `domain` of its own: the tokens of two domains do not match",
        (true, true) => "give each place a `crosswalk` of its own: the numbers of two crosswalks do not match",
        (false, _) => {
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
