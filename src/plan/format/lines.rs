//! Each change as a line.

use crate::plan::format::sections::{Line, Most, Sign};
use crate::plan::format::summary::counted;
use crate::plan::report::*;

/// Of no change at all.
pub(in crate::plan) fn blank() -> Line {
    Line { sign: Sign::Change, text: String::new(), notes: Vec::new(), places: Vec::new() }
}

/// `governance.pipe:38`
pub(in crate::plan) fn place(cause: &Cause) -> String {
    let side = if cause.side == Which::Base { " in the base" } else { "" };
    format!("{}:{}{side}: {}", cause.path, cause.line, cause.says)
}

pub(in crate::plan) fn line(sign: impl Into<Sign>, text: String, notes: Vec<String>, causes: &[Cause]) -> Line {
    Line { sign: sign.into(), text, notes, places: causes.iter().map(place).collect() }
}

/// `phone partial`, `birth_date general, when zip direct`, `nothing`.
pub(in crate::plan) fn tells(told: &[Told]) -> String {
    let one = |t: &Told| {
        let k = t.aggregate.map_or(String::new(), |k| format!(" aggregate({k})"));
        let form = if t.form == "public" && t.aggregate.is_some() { String::new() } else { format!(" {}", t.form) };
        format!("{}{}{form}{k}", if t.control { "when " } else { "" }, t.category)
    };
    if told.is_empty() { "nothing".to_owned() } else { told.iter().map(one).collect::<Vec<_>>().join(", ") }
}

fn column(c: &ColumnSeen, most: Most) -> String {
    let mask = c.mask.as_ref().map_or(String::new(), |m| format!(" [{m}]"));
    // What only conditions tell of it is said where all is said.
    let values: Vec<Told> = c.tells.iter().filter(|t| !t.control || most.0 == usize::MAX).cloned().collect();
    if values.is_empty() { format!("{}{mask}", c.name) } else { format!("{}{mask} ({})", c.name, tells(&values)) }
}

pub(in crate::plan) fn seen(seen: Option<&Seen>) -> String {
    match seen {
        None => "no access".to_owned(),
        Some(s) if s.rows.is_empty() => "all rows".to_owned(),
        Some(s) => format!("rows where {}", all_hold(&s.rows)),
    }
}

/// Conditions that all hold; those that hold in several ways stand in brackets.
fn all_hold(conditions: &[String]) -> String {
    let one = |c: &String| if conditions.len() > 1 && has_or(c) { format!("({c})") } else { c.clone() };
    conditions.iter().map(one).collect::<Vec<_>>().join(" and ")
}

/// Whether a condition as written has an `or` outside of brackets and texts.
fn has_or(condition: &str) -> bool {
    let (mut depth, mut quote, mut word) = (0_i32, None, String::new());
    let mut found = false;
    for c in condition.chars().chain([' ']) {
        if quote.is_some() {
            quote = quote.filter(|q| *q != c);
            continue;
        }
        if c.is_alphanumeric() || c == '_' {
            word.push(c);
            continue;
        }
        found |= depth == 0 && word.eq_ignore_ascii_case("or");
        word.clear();
        match c {
            '\'' | '"' => quote = Some(c),
            '(' | '[' => depth += 1,
            ')' | ']' => depth -= 1,
            _ => {}
        }
    }
    found
}

pub(in crate::plan) fn via(via: &Via) -> String {
    match via {
        Via::Warehouse | Via::Platform => String::new(),
        Via::DataSource { name } => format!(" in Tableau (data source {name})"),
        Via::Api { name, anonymous } => format!(" through API {name}{}", if *anonymous { ", which is open to everybody" } else { "" }),
        Via::Export { bucket, export } => format!(" in bucket {bucket} (export {export})"),
    }
}

pub(in crate::plan) fn access(c: &AccessChange, most: Most) -> Line {
    let columns: Vec<String> = c.columns.iter().map(|c| column(c, most)).collect();
    let mut notes = Vec::new();
    let text = match c.kind {
        AccessKind::Login => {
            let login = |s: &Option<Seen>| s.as_ref().and_then(|s| s.login.clone()).map_or("nobody".to_owned(), |l| format!("`{l}`"));
            format!("{} is {} {} (was {})", c.principal, c.object, login(&c.after), login(&c.before))
        }
        AccessKind::Columns => {
            let whole = if c.direction == Direction::Gain { &c.before } else { &c.after }.is_none();
            let verb = if c.direction == Direction::Gain { "can" } else { "can no more" };
            let now = if c.direction == Direction::Gain { c.after.as_ref() } else { c.before.as_ref() };
            let masked = now.and_then(|s| s.masked_by.as_ref()).map_or(String::new(), |m| format!(", masked by {m}"));
            notes.push(seen(now));
            let what = if whole { c.object.clone() } else { format!("further columns of {}", c.object) };
            format!("{} {verb} {} {what}{}{masked}: {}", c.principal, c.verb, via(&c.via), most.list(&columns)).replace("  ", " ")
        }
        AccessKind::Files => {
            let can = if c.direction == Direction::Gain { "can" } else { "can no more" };
            format!("{} {can} {} what is uploaded to {}", c.principal, c.verb, c.object)
        }
        AccessKind::Platform => {
            let can = match c.direction {
                Direction::Gain => "can",
                Direction::Loss => "can no more",
                Direction::Either | Direction::Same => "may",
            };
            format!("{} {can} {} {}", c.principal, c.verb, c.object)
        }
        AccessKind::OldFiles => {
            notes.push("written before this change, and kept until they expire".to_owned());
            format!("{} can {} files of earlier runs, {}{}: {}", c.principal, c.verb, c.object, via(&c.via), most.list(&columns))
        }
        AccessKind::Rows => {
            notes.push(format!("{} → {}", seen(c.before.as_ref()), seen(c.after.as_ref())));
            notes.extend(c.verdict.iter().flat_map(verdict));
            let (which, how) = c.verdict.as_ref().map_or(("other rows", String::new()), which_rows);
            format!("{} {}s {which} of {}{}{how}", c.principal, c.verb, c.object, via(&c.via))
        }
    };
    line(c.direction, text, notes, &c.caused_by)
}

/// `more rows`, and what there is to say about those that are just others.
fn which_rows(v: &Verdict) -> (&'static str, String) {
    match (v.rows, v.because.is_some()) {
        (RowsCompared::Wider, false) => ("more rows", String::new()),
        (RowsCompared::Wider, true) => ("perhaps more rows", String::new()),
        (RowsCompared::Narrower, false) => ("fewer rows", String::new()),
        (RowsCompared::Narrower, true) => ("perhaps fewer rows", String::new()),
        (RowsCompared::Equal, _) => ("the same rows", String::new()),
        (other, _) => ("other rows", format!(": {}", other.name())),
    }
}

fn verdict(v: &Verdict) -> Vec<String> {
    v.witness.iter().map(|w| format!("for example {w}")).chain(v.because.clone()).collect()
}

pub(in crate::plan) fn named(all: &[Principal]) -> Vec<String> {
    all.iter().map(ToString::to_string).collect()
}

pub(in crate::plan) fn rows(c: &RowsChange, most: Most) -> Line {
    let mut notes = verdict(&c.verdict);
    if c.before != c.after {
        let text = |t: &str| if t.is_empty() { "no condition".to_owned() } else { format!("where {t}") };
        notes.push(format!("{} → {}", text(&c.before), text(&c.after)));
    }
    if !c.further_readers.is_empty() {
        notes.push(format!("through what is built from it: {}", most.list(&named(&c.further_readers))));
    }
    let readers = if c.readers.is_empty() { String::new() } else { format!(", read by {}", most.list(&named(&c.readers))) };
    let (which, how) = which_rows(&c.verdict);
    line(c.direction, format!("{} has {which}{how}{readers}", c.object), notes, &c.caused_by)
}

pub(in crate::plan) fn flow(c: &FlowChange, most: Most) -> Line {
    let to = most.list(&named(&c.sinks));
    let name = format!("{}.{}", c.object, c.column);
    let text = match (c.arrives, c.direction) {
        (true, Direction::Loss) => format!("{name} no more lies in {to}; it told {}", tells(&c.before)),
        (true, _) => format!("{name} newly lies in {to}; it tells {}", tells(&c.after)),
        _ if c.before == c.after => format!("{name} at {to} still tells {}", tells(&c.after)),
        _ => format!("{name} at {to}: {} → {}", tells(&c.before), tells(&c.after)),
    };
    let mut notes = Vec::new();
    if !c.new_sources.is_empty() && !c.arrives {
        notes.push(format!("newly comes from {}", most.list(&c.new_sources)));
    }
    if !c.gone_sources.is_empty() && !c.arrives {
        notes.push(format!("no more comes from {}", most.list(&c.gone_sources)));
    }
    if c.arrives && !(c.new_sources.is_empty() && c.gone_sources.is_empty()) {
        let all: Vec<String> = c.new_sources.iter().chain(&c.gone_sources).cloned().collect();
        notes.push(format!("from {}", most.list(&all)));
    }
    line(c.direction, text, notes, &c.caused_by)
}

pub(in crate::plan) fn release(c: &ReleaseChange) -> Line {
    let mut notes = vec![format!("because {}", c.because)];
    notes.extend(c.was_because.iter().map(|b| format!("was because {b}")));
    match &c.was_value {
        Some(was) if *was != c.value => notes.push(format!("lets past {}, and not {was}", c.value)),
        Some(_) => notes.push(format!("lets past {}, which is read or named otherwise", c.value)),
        None if c.value.is_empty() => {}
        None => notes.push(format!("lets past {}", c.value)),
    }
    if !c.moved.is_empty() {
        notes.push(format!("computed otherwise: {}", c.moved.join(", ")));
    }
    line(c.edit, format!("{} on {}: {}", c.kind, c.subject, c.says), notes, &c.caused_by)
}

pub(in crate::plan) fn protection(c: &ProtectionChange, most: Most) -> Line {
    let kind = match c.kind {
        ProtectionKind::Mask => "mask of",
        ProtectionKind::Function => "definition of",
        ProtectionKind::Clearance => "clearance",
        ProtectionKind::Cleared => "clearance of",
        ProtectionKind::Classification => "classification of",
        ProtectionKind::Measure => "measure",
        ProtectionKind::SmallestGroup => "smallest group of",
        ProtectionKind::Subject => "subject",
        ProtectionKind::Enforcement => "enforcement of",
        ProtectionKind::Deletion => "contents of",
        ProtectionKind::Sensitive => "value of",
    };
    let text = |t: &str| if t.is_empty() { "nothing".to_owned() } else { t.to_owned() };
    let readers = named(&c.readers);
    let notes = if readers.is_empty() { Vec::new() } else { vec![format!("reaches {}", most.list(&readers))] };
    line(c.direction, format!("{kind} {}: {} → {}", c.subject, text(&c.before), text(&c.after)), notes, &c.caused_by)
}

fn detail(d: &Detail) -> String {
    match (d.before.is_empty(), d.after.is_empty()) {
        (true, _) => format!("{}: {}", d.what, d.after),
        (_, true) => format!("{}: no more {}", d.what, d.before),
        _ => format!("{}: {} → {}", d.what, d.before, d.after),
    }
}

pub(in crate::plan) fn model(c: &ModelChange, most: Most) -> Line {
    let impact = match (c.edit, c.impact) {
        (Edit::Added | Edit::Removed, _) => "",
        (_, Impact::Breaking) => " (breaking)",
        (_, Impact::NonBreaking) => " (non-breaking)",
        (_, Impact::Metadata) => " (metadata only)",
    };
    let was = c.was.as_ref().map_or(String::new(), |w| format!(", was {w}"));
    let mut notes = Vec::new();
    if c.rows {
        notes.push("its rows are chosen otherwise".to_owned());
    }
    let columns: Vec<String> = c.columns.iter().map(column_change).collect();
    if !columns.is_empty() {
        notes.push(most.list(&columns));
    }
    notes.extend(c.details.iter().map(detail));
    if !c.reaches.is_empty() {
        notes.push(format!("reaches {}", most.list(&c.reaches)));
    }
    if !c.reaches_indirectly.is_empty() {
        notes.push(format!("and through those {}", most.list(&c.reaches_indirectly)));
    }
    line(c.edit, format!("{} {}{was}{impact}", c.kind, c.name), notes, &c.caused_by)
}

fn column_change(c: &ColumnChange) -> String {
    let sign = Sign::from(c.edit).text();
    let was = c.was.as_ref().map_or(String::new(), |w| format!(" (was {w})"));
    let mut all: Vec<String> = c.details.iter().map(detail).collect();
    if c.value {
        all.insert(0, "computed otherwise".to_owned());
    }
    let all = if all.is_empty() { String::new() } else { format!(": {}", all.join(", ")) };
    format!("{sign} {}{was}{all}", c.name)
}

pub(in crate::plan) fn refresh(c: &Refresh) -> Line {
    let need = match (c.by_hand, c.needed) {
        (true, _) => "has to be altered",
        (false, true) => "has to be built anew",
        (false, false) => "should be built anew",
    };
    let notes = c.rows.map(|n| counted(n, "row", "rows")).into_iter().collect();
    Line { sign: Sign::Change, text: format!("{} {need}: {}", c.table, c.because), notes, places: Vec::new() }
}

pub(in crate::plan) fn declared(c: &Change) -> Line {
    line(c.edit, format!("{} {}", c.kind, c.name), c.details.iter().map(detail).collect(), &c.caused_by)
}

pub(in crate::plan) fn resource(c: &ResourceChange) -> Line {
    let sign = match c.action {
        Action::Create => Sign::Add,
        Action::Update => Sign::Change,
        Action::Replace => Sign::Replace,
        Action::Destroy => Sign::Remove,
    };
    let mut notes: Vec<String> = c.details.iter().map(detail).collect();
    if c.action == Action::Replace {
        notes.iter_mut().take(1).for_each(|n| n.push_str(" (forces a new one)"));
    }
    line(sign, format!("{} {}", c.kind, c.name), notes, &c.caused_by)
}

#[cfg(test)]
mod tests {
    use super::all_hold;

    #[test]
    fn each_of_several_conditions_stands_for_itself() {
        let all = |conditions: &[&str]| all_hold(&conditions.iter().map(|c| (*c).to_owned()).collect::<Vec<_>>());
        assert_eq!(all(&["a or b"]), "a or b");
        assert_eq!(all(&["a OR b", "c"]), "(a OR b) and c");
        assert_eq!(all(&["f(a or b)", "name = 'x or y'", "order_or > 1"]), "f(a or b) and name = 'x or y' and order_or > 1");
        assert_eq!(all(&["(a)or(b)", "c"]), "((a)or(b)) and c");
    }
}
