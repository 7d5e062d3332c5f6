//! What protects more or less than before: masks, their definitions, clearances, classifications, smallest groups, subjects.

use crate::base::Span;
use crate::ir::{Dialect, Follows, Form, Function, FunctionKind, Label, Program, SmallestGroup, TableKind};
use crate::plan::access::Both;
use crate::plan::common::canon::MaskCall;
use crate::plan::common::names::Common;
use crate::plan::common::readers::Readers;
use crate::plan::common::tables::State;
use crate::plan::common::words::{by_name, causes, told};
use crate::plan::flow::flows::within;
use crate::plan::flow::{clearances, platform};
use crate::plan::format::tells;
use crate::plan::report::{Direction, ProtectionChange, ProtectionKind, Which};
use std::collections::{BTreeMap, BTreeSet};

/// Everything that changed about what protects.
pub(in crate::plan) fn protections(both: &Both<'_>, readers: &Readers) -> Vec<ProtectionChange> {
    let mut found = masks(both, readers);
    found.extend(functions(both));
    found.extend(clearances::clearances(both));
    found.extend(clearances::cleared(both));
    found.extend(classifications(both, readers));
    found.extend(json_fields(both));
    found.extend(measures(both, readers));
    found.extend(groups(both));
    found.extend(subjects(both));
    found.extend(enforcement(both));
    found.extend(tokens(both));
    found.extend(audits(both));
    found.extend(platform::platform(both));
    found.sort_by(|a, b| (a.direction, a.kind, &a.subject).cmp(&(b.direction, b.kind, &b.subject)));
    found
}

/// A change that is said by two texts, with the places of both.
pub(in crate::plan) fn change(
    both: &Both<'_>,
    (direction, kind): (Direction, ProtectionKind),
    subject: String,
    (before, after): (String, String),
    (was, is): (Option<Span>, Option<Span>),
) -> ProtectionChange {
    let mut caused_by = causes(Which::Base, both.base, was);
    caused_by.extend(causes(Which::Head, both.head, is));
    ProtectionChange { direction, kind, subject, before, after, readers: Vec::new(), caused_by }
}

pub(in crate::plan) fn direction(more: bool, less: bool) -> Direction {
    match (more, less) {
        (true, false) => Direction::Gain,
        (false, true) => Direction::Loss,
        _ => Direction::Either,
    }
}

/// Columns whose values go through other masks than before.
fn masks(both: &Both<'_>, readers: &Readers) -> Vec<ProtectionChange> {
    let mut found = Vec::new();
    for (id, table) in both.head.program.tables() {
        let State::Differs(diff) = both.tables.state(id) else { continue };
        for (column, d) in table.columns.iter().zip(&diff.columns) {
            let Some((was, is)) = &d.masks else { continue };
            let (gone, new): (Vec<&MaskCall>, Vec<&MaskCall>) = (was.difference(is).collect(), is.difference(was).collect());
            let direction = match (gone.as_slice(), new.as_slice()) {
                (_, []) => Direction::Gain,
                ([], _) => Direction::Loss,
                ([was], [is]) => direction(follows(both.base.program, was, is), follows(both.head.program, is, was)),
                _ => Direction::Either,
            };
            let names = |all: &[&MaskCall]| all.iter().map(|m| shown(m)).collect::<Vec<_>>().join(", ");
            let base = both.pairs.base_of(id).and_then(|b| both.base.program.table(b));
            let was_at = base.zip(d.base).and_then(|(t, p)| t.columns.get(p as usize)).map(|c| c.at);
            let subject = format!("{}.{}", both.pairs.head.table(id), column.name);
            let texts = (names(&gone), names(&new));
            let mut one = change(both, (direction, ProtectionKind::Mask), subject, texts, (was_at, Some(column.at)));
            one.readers = readers.reached(id);
            found.push(one);
        }
    }
    found
}

/// `keep_last(4)`; what is no constant is left out.
fn shown(mask: &MaskCall) -> String {
    let constant = |a: &&(String, String)| !a.1.starts_with(['(', '?', '#']) && !a.1.contains(": ");
    let args: Vec<&str> = mask.args.iter().filter(constant).map(|(_, text)| text.as_str()).collect();
    format!("{}({})", mask.name, args.join(", "))
}

/// Whether what the first mask leaves is made of what the second one leaves: whoever gets the second knows the first.
fn follows(program: &Program, first: &MaskCall, second: &MaskCall) -> bool {
    let known = program.functions.iter().filter(|f| f.kind == FunctionKind::Mask && *f.name == *first.name);
    let rules: Vec<&Follows> = known.flat_map(|f| &f.follows).collect();
    rules.iter().any(|rule| match rule {
        Follows::Any => true,
        Follows::Mask { name, by } => {
            **name == *second.name
                && first.args.iter().all(|(argument, text)| {
                    let theirs = second.args.iter().find(|(a, _)| a == argument).map(|(_, text)| text);
                    theirs.is_none_or(|theirs| theirs == text || (by.as_deref() == Some(argument.as_str()) && divides(theirs, text)))
                })
        }
    })
}

fn divides(divisor: &str, number: &str) -> bool {
    matches!((divisor.parse::<u64>(), number.parse::<u64>()), (Ok(d), Ok(n)) if d > 0 && n % d == 0)
}

/// Masks and functions of the project that do something else under their name.
fn functions(both: &Both<'_>) -> Vec<ProtectionChange> {
    let own = |common: &Common<'_>| -> BTreeMap<String, (String, Form, Span)> {
        let mut all = BTreeMap::new();
        for f in common.program.functions.iter().filter(|f| !f.standard) {
            let params: Vec<String> = f.params.iter().map(|p| format!("{} {} {:?}", p.name, common.ty(&p.ty), p.default)).collect();
            let types: Vec<String> = f.params.iter().map(|p| common.ty(&p.ty)).collect();
            let leaves = f.transition.as_ref().map_or(Form::Direct, |t| t.to);
            all.insert(format!("{}({})", f.name, types.join(", ")), (definition(common, f, &params), leaves, f.at));
        }
        all
    };
    let mut found = Vec::new();
    by_name(own(&both.pairs.base), own(&both.pairs.head), |_, name, was, is| {
        // New ones are releases, and those that are gone leave their callers changed.
        let (Some((before, left, was_at)), Some((after, leaves, at))) = (was, is) else { return };
        if before != after {
            let direction = direction(leaves > left, false);
            let texts = (before, after);
            found.push(change(both, (direction, ProtectionKind::Function), name, texts, (Some(was_at), Some(at))));
        }
    });
    found
}

fn definition(common: &Common<'_>, f: &Function, params: &[String]) -> String {
    let transition = f.transition.as_ref().map_or(String::new(), |t| {
        let mut lowers: Vec<&str> = t.lowers.iter().map(|c| common.category(*c)).collect();
        lowers.sort_unstable();
        let with: Vec<String> = t.with.iter().map(|(i, form)| format!("{i} {}", form.name())).collect();
        format!(" {} lowers {} with {}", t.to.name(), lowers.join(" "), with.join(" "))
    });
    let mut bodies: Vec<String> = f.bodies.iter().map(|(d, b)| format!("{} \"{b}\"", d.name())).collect();
    bodies.extend(f.generic.iter().map(|g| format!("\"{g}\"")));
    let kept = (f.keeps_intact, f.monotone);
    let intact = [(kept.0, " intact"), (kept.1, " monotone")].into_iter().filter(|(is, _)| *is).map(|(_, word)| word).collect::<String>();
    let follows = if f.follows.is_empty() { String::new() } else { format!(" {:?}", f.follows) };
    format!("({}) -> {}{transition}{intact}{follows} {{ {} }}", params.join(", "), common.ty(&f.result), bodies.join("; "))
}

/// What makes access hold outside. A kind that nothing enforces any more is as good as no rule, whatever the rules say.
fn enforcement(both: &Both<'_>) -> Vec<ProtectionChange> {
    let (base, head) = (both.base.program, both.head.program);
    let dialect = |p: &Program| p.project.warehouse.as_ref().map(|w| w.dialect);
    let granting = |p: &Program| matches!(dialect(p), Some(Dialect::Postgres | Dialect::BigQuery));
    let emitted = |p: &Program, targets: &[&str]| -> Vec<String> {
        p.project.emit.iter().filter(|e| targets.contains(&&***e)).map(ToString::to_string).collect()
    };
    let warehouse = |p: &Program| {
        let on = dialect(p).map_or("", |d| d.name());
        // dbt is written for Postgres only.
        let targets: &[&str] = if dialect(p) == Some(Dialect::Postgres) { &["sql", "dbt"] } else { &["sql"] };
        if granting(p) { emitted(p, targets).into_iter().map(|e| format!("{e} on {on}")).collect() } else { Vec::new() }
    };
    let any = |has: fn(&Program) -> bool| has(base) || has(head);
    let kinds = [
        ("grants and policies", any(|p| !p.grants.is_empty() || !p.policies.is_empty()), warehouse(base), warehouse(head)),
        ("readers of files", any(|p| !p.buckets.is_empty()), emitted(base, &["terraform", "iam"]), emitted(head, &["terraform", "iam"])),
        ("who is shown what in Tableau", any(|p| !p.shown.is_empty()), emitted(base, &["tableau"]), emitted(head, &["tableau"])),
    ];
    let mut found = Vec::new();
    for (subject, _, was, is) in kinds.into_iter().filter(|(_, any, was, is)| *any && was.is_empty() != is.is_empty()) {
        let text = |all: &[String]| if all.is_empty() { "nowhere".to_owned() } else { all.join(", ") };
        let way = direction(is.is_empty(), was.is_empty());
        let places = (Some(base.project.at), Some(head.project.at));
        found.push(change(both, (way, ProtectionKind::Enforcement), subject.to_owned(), (text(&was), text(&is)), places));
    }
    found
}

/// What APIs ask of a token. Whether another audience, key or issuer lets more through, nothing here can tell: it counts as a gain.
fn tokens(both: &Both<'_>) -> Vec<ProtectionChange> {
    let asked = |program: &Program| -> std::collections::BTreeMap<String, (String, Span)> {
        let one = |a: &crate::ir::Api| {
            let token = &a.token;
            let issuer = token.issuer.as_ref().map_or(String::new(), |i| format!(", of {i:?}"));
            let login = a.login.as_ref().map_or(String::new(), |l| format!(", as the login in {l:?}"));
            let key = crate::plan::declared::declarations::setting(&token.key);
            (a.name.to_string(), (format!("{} by {key}, for {:?}{issuer}{login}", token.algorithm, token.audience), a.at))
        };
        program.apis.iter().map(one).collect()
    };
    let (was, is) = (asked(both.pairs.base.program), asked(both.pairs.head.program));
    let mut found = Vec::new();
    for (name, (after, at)) in is {
        if let Some((before, there)) = was.get(&name).filter(|(before, _)| *before != after) {
            let (way, places) = ((Direction::Gain, ProtectionKind::Enforcement), (Some(*there), Some(at)));
            found.push(change(both, way, format!("tokens of API {name}"), (before.clone(), after), places));
        }
    }
    found
}

/// Which tables' changes are written down. What nobody sees any more is as good as no rule against it.
fn audits(both: &Both<'_>) -> Vec<ProtectionChange> {
    let all = |common: &Common<'_>| -> BTreeMap<String, (String, Span)> {
        let one = |(id, t): (crate::ir::TableId, &crate::ir::Table)| {
            let log = t.own()?.audit.map_or_else(|| "nowhere".to_owned(), |log| format!("in {}", common.table(log)));
            Some((format!("changes of {}", common.table(id)), (log, t.at)))
        };
        common.program.tables().filter_map(|(id, t)| one((id, t))).collect()
    };
    let mut found = Vec::new();
    by_name(all(&both.pairs.base), all(&both.pairs.head), |_, name, was, is| {
        let (Some((before, was_at)), Some((after, at))) = (was, is) else { return };
        if before != after {
            let way = direction(before != "nowhere", after != "nowhere");
            found.push(change(both, (way, ProtectionKind::Enforcement), name, (before, after), (Some(was_at), Some(at))));
        }
    });
    found
}

/// A label in a line.
fn said(program: &Program, label: &Label) -> String {
    if label.is_public() { "public".to_owned() } else { tells(&told(program, label)) }
}

/// Columns of sources and seeds that are said to tell something else.
fn classifications(both: &Both<'_>, readers: &Readers) -> Vec<ProtectionChange> {
    let (base, head) = (&both.pairs.base, &both.pairs.head);
    let mut found = Vec::new();
    for (id, table) in both.head.program.tables().filter(|(_, t)| !matches!(t.kind, TableKind::Model(_))) {
        let Some(was) = both.pairs.base_of(id).and_then(|b| both.base.program.table(b)) else { continue };
        for (position, column) in (0u32..).zip(&table.columns) {
            let before = both.tables.base_column(id, position).and_then(|p| was.columns.get(p as usize));
            let Some(before) = before.filter(|b| base.label(&b.label) != head.label(&column.label)) else { continue };
            // Saying less of a column protects it less.
            let more = !within(base, &before.label, head, &column.label);
            let less = !within(head, &column.label, base, &before.label);
            let texts = (said(both.base.program, &before.label), said(both.head.program, &column.label));
            let subject = format!("{}.{}", head.table(id), column.name);
            let kind = (direction(more, less), ProtectionKind::Classification);
            let mut one = change(both, kind, subject, texts, (Some(before.at), Some(column.at)));
            one.readers = readers.reached(id);
            found.push(one);
        }
    }
    found
}

/// Fields of the project's JSON types.
fn json_fields(both: &Both<'_>) -> Vec<ProtectionChange> {
    type Fields = BTreeMap<String, (Option<Label>, Span)>;
    let all = |p: &Program| -> Fields {
        let own = p.json_types.iter().filter(|t| t.module.is_empty());
        own.flat_map(|t| t.fields.iter().map(|f| (format!("{}.{}", t.name, f.name), (f.label.clone(), f.at)))).collect()
    };
    let (base, head) = (&both.pairs.base, &both.pairs.head);
    let mut found = Vec::new();
    by_name(all(both.base.program), all(both.head.program), |_, name, was, is| {
        let (Some((before, was_at)), Some((after, at))) = (was, is) else { return };
        if before.as_ref().map(|l| base.label(l)) == after.as_ref().map(|l| head.label(l)) {
            return;
        }
        let direction = match (&before, &after) {
            (Some(b), Some(a)) => direction(!within(base, b, head, a), !within(head, a, base, b)),
            _ => Direction::Either,
        };
        let text = |p: &Program, l: &Option<Label>| l.as_ref().map_or_else(|| "nothing said".to_owned(), |l| said(p, l));
        let texts = (text(both.base.program, &before), text(both.head.program, &after));
        found.push(change(both, (direction, ProtectionKind::Classification), name, texts, (Some(was_at), Some(at))));
    });
    found
}

/// Source columns whose sums may be told.
fn measures(both: &Both<'_>, readers: &Readers) -> Vec<ProtectionChange> {
    let all = |common: &Common<'_>| -> BTreeSet<String> {
        common.program.measures.iter().map(|(t, c)| format!("{}.{}", common.table(*t), common.column_at(*t, *c))).collect()
    };
    let (was, is) = (all(&both.pairs.base), all(&both.pairs.head));
    let head = both.head.program;
    let of = |name: &String| {
        head.measures.iter().find(|(t, c)| format!("{}.{}", both.pairs.head.table(*t), both.pairs.head.column_at(*t, *c)) == *name)
    };
    let at = |p: &Program, t: crate::ir::TableId| p.table(t).map(|t| t.at);
    let new = is.difference(&was).map(|name| {
        let place = of(name).map(|(t, _)| *t);
        let kind = (Direction::Gain, ProtectionKind::Measure);
        let mut one = change(both, kind, name.clone(), (String::new(), "measure".to_owned()), (None, place.and_then(|t| at(head, t))));
        one.readers = place.map_or_else(Vec::new, |t| readers.reached(t));
        one
    });
    let gone = was.difference(&is).map(|name| {
        change(both, (Direction::Loss, ProtectionKind::Measure), name.clone(), ("measure".to_owned(), String::new()), (None, None))
    });
    new.chain(gone).collect()
}

/// The fewest people that rows of exports and facts stand for.
fn groups(both: &Both<'_>) -> Vec<ProtectionChange> {
    let all = |common: &Common<'_>| -> BTreeMap<String, Option<SmallestGroup>> {
        let exports = common.program.exports.iter().map(|e| (format!("export {}", e.name), e.min_group.clone()));
        let facts =
            common.program.models().map(|(id, ..)| (format!("model {}", common.table(id)), common.program.grouped.get(&id).cloned()));
        exports.chain(facts).collect()
    };
    let mut found = Vec::new();
    by_name(all(&both.pairs.base), all(&both.pairs.head), |_, name, was, is| {
        let (Some(was), Some(is)) = (was, is) else { return };
        let text = |g: &Option<SmallestGroup>| g.as_ref().map_or(String::new(), |g| format!("{} of subject {}", g.k, g.subject));
        let texts = (text(&was), text(&is));
        if texts.0 == texts.1 {
            return;
        }
        let (before, after) = (was.as_ref().map_or(0, |g| g.k), is.as_ref().map_or(0, |g| g.k));
        let other = was.as_ref().zip(is.as_ref()).is_some_and(|(a, b)| a.subject != b.subject);
        let direction = direction(after < before || other, after > before || other);
        let at = (was.map(|g| g.at), is.map(|g| g.at));
        found.push(change(both, (direction, ProtectionKind::SmallestGroup), name, texts, at));
    });
    found
}

/// Whom the platform protects.
fn subjects(both: &Both<'_>) -> Vec<ProtectionChange> {
    let all = |common: &Common<'_>| -> BTreeMap<String, (String, Span)> {
        let of = |s: &crate::ir::Subject| format!("key {}.{}", common.table(s.table), common.column(s.table, &s.key));
        common.program.subjects.iter().map(|s| (s.name.to_string(), (of(s), s.at))).collect()
    };
    let mut found = Vec::new();
    by_name(all(&both.pairs.base), all(&both.pairs.head), |_, name, was, is| {
        let text = |s: &Option<(String, Span)>| s.as_ref().map_or(String::new(), |(t, _)| t.clone());
        let texts = (text(&was), text(&is));
        if texts.0 != texts.1 {
            let at = (was.map(|w| w.1), is.map(|i| i.1));
            found.push(change(both, (Direction::Either, ProtectionKind::Subject), name, texts, at));
        }
    });
    found
}
