//! The report in lines, in the order it is told in: what the terminal and Markdown have in common.

use super::report::*;
use std::collections::{BTreeMap, BTreeSet};

/// A family of changes.
pub(super) struct Section {
    /// Its heading.
    pub(super) title: &'static str,
    /// What changed, the weightiest first.
    pub(super) lines: Vec<Line>,
}

/// A change.
pub(super) struct Line {
    /// What kind of change it is.
    pub(super) sign: Sign,
    /// What.
    pub(super) text: String,
    /// What belongs to it.
    pub(super) notes: Vec<String>,
    /// Where it is written.
    pub(super) places: Vec<String>,
}

/// Kinds of lines.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Sign {
    Gain,
    Loss,
    Either,
    Add,
    Change,
    Remove,
    Replace,
}

impl Sign {
    pub(super) fn text(self) -> &'static str {
        match self {
            Sign::Gain => "▲",
            Sign::Loss => "▼",
            Sign::Either => "▲?",
            Sign::Add => "+",
            Sign::Change => "~",
            Sign::Remove => "-",
            Sign::Replace => "-/+",
        }
    }
}

impl From<Direction> for Sign {
    fn from(direction: Direction) -> Sign {
        match direction {
            Direction::Gain => Sign::Gain,
            Direction::Loss => Sign::Loss,
            Direction::Either => Sign::Either,
        }
    }
}

impl From<Edit> for Sign {
    fn from(edit: Edit) -> Sign {
        match edit {
            Edit::Added => Sign::Add,
            Edit::Removed => Sign::Remove,
            Edit::Changed | Edit::Renamed => Sign::Change,
        }
    }
}

/// How many things of one kind are named in a line.
#[derive(Clone, Copy)]
pub(super) struct Most(pub(super) usize);

impl Most {
    fn list(self, all: &[String]) -> String {
        let shown = all.iter().take(self.0).cloned().collect::<Vec<_>>().join(", ");
        match all.len().saturating_sub(self.0) {
            0 => shown,
            more => format!("{shown} and {more} more"),
        }
    }
}

/// Every section that has something to say; with `together`, changes that differ in the table or column only share a line.
pub(super) fn sections(plan: &Plan, most: Most, together: bool) -> Vec<Section> {
    let least = if together { 3 } else { usize::MAX };
    let all = [
        ("Access", alike(&plan.access, least, access_key).iter().map(|g| accesses(g, most)).collect::<Vec<_>>()),
        ("Rows", plan.rows.iter().map(|c| rows(c, most)).collect()),
        ("Flows", alike(&plan.flows, least, flow_key).iter().map(|g| flows(g, most)).collect()),
        ("Releases", plan.releases.iter().map(release).collect()),
        ("Protection", alike(&plan.protections, least, protection_key).iter().map(|g| protections(g, most)).collect()),
        ("Models", plan.models.iter().map(|c| model(c, most)).collect()),
        ("Full refresh", plan.refreshes.iter().map(refresh).collect()),
        ("Tests and contracts", plan.tests.iter().map(declared).collect()),
        ("Metrics", plan.metrics.iter().map(declared).collect()),
        ("Pipelines", plan.pipelines.iter().map(declared).collect()),
        ("Resources", plan.resources.iter().map(resource).collect()),
        ("Exports", plan.exports.iter().map(declared).collect()),
    ];
    all.into_iter().filter(|(_, lines)| !lines.is_empty()).map(|(title, lines)| Section { title, lines }).collect()
}

/// Changes that have a key in common, in the order of the first; fewer than `least` stand alone.
fn alike<C>(all: &[C], least: usize, key: fn(&C) -> Option<String>) -> Vec<Vec<&C>> {
    let keys: Vec<Option<String>> = all.iter().map(|c| if least == usize::MAX { None } else { key(c) }).collect();
    let mut count: BTreeMap<&str, usize> = BTreeMap::new();
    keys.iter().flatten().for_each(|k| *count.entry(k).or_default() += 1);
    let mut groups: Vec<Vec<&C>> = Vec::new();
    let mut place: BTreeMap<&str, usize> = BTreeMap::new();
    for (change, key) in all.iter().zip(&keys) {
        match key.as_deref().filter(|k| count.get(k).is_some_and(|n| *n >= least)) {
            None => groups.push(vec![change]),
            Some(key) => match place.get(key).and_then(|at| groups.get_mut(*at)) {
                Some(group) => group.push(change),
                None => {
                    place.insert(key, groups.len());
                    groups.push(vec![change]);
                }
            },
        }
    }
    groups
}

fn access_key(c: &AccessChange) -> Option<String> {
    let whole = if c.direction == Direction::Gain { &c.before } else { &c.after }.is_none();
    let columns = c.kind == AccessKind::Columns && whole;
    columns.then(|| format!("{:?} {} {} {:?} {:?} {:?}", c.direction, c.principal, c.verb, c.via, c.before, c.after))
}

fn flow_key(c: &FlowChange) -> Option<String> {
    let (gone, new) = differing(c);
    Some(format!("{:?} {} {:?} {} {} {} {:?} {:?}", c.direction, c.object, c.sinks, c.arrives, gone, new, c.new_sources, c.gone_sources))
}

fn protection_key(c: &ProtectionChange) -> Option<String> {
    let mask = c.kind == ProtectionKind::Mask;
    mask.then(|| format!("{:?} {} {} {:?}", c.direction, c.before, c.after, c.readers))
}

/// What is told no more, and what is told newly.
fn differing(c: &FlowChange) -> (String, String) {
    let only = |a: &[Told], b: &[Told]| tells(&a.iter().filter(|t| !b.contains(t)).cloned().collect::<Vec<_>>());
    (only(&c.before, &c.after), only(&c.after, &c.before))
}

fn all_causes<'c>(all: impl Iterator<Item = &'c Vec<Cause>>) -> Vec<Cause> {
    let mut causes: Vec<Cause> = all.flatten().cloned().collect();
    causes.sort();
    causes.dedup();
    causes
}

fn accesses(group: &[&AccessChange], most: Most) -> Line {
    let (Some(first), true) = (group.first(), group.len() > 1) else { return group.first().map_or_else(blank, |c| access(c, most)) };
    let gain = first.direction == Direction::Gain;
    let tables: Vec<String> = group.iter().map(|c| format!("{} ({} columns)", c.object, c.columns.len())).collect();
    let values = group.iter().flat_map(|c| &c.columns).flat_map(|c| &c.tells).filter(|t| !t.control);
    let told: BTreeSet<Told> = values.cloned().collect();
    let told: Vec<String> = told.iter().map(|t| tells(std::slice::from_ref(t))).collect();
    let mut notes = vec![seen(if gain { first.after.as_ref() } else { first.before.as_ref() })];
    if !told.is_empty() {
        notes.push(format!("tells {}", most.list(&told)));
    }
    let can = if gain { "can" } else { "can no more" };
    let text = format!("{} {can} {} {} tables{}: {}", first.principal, first.verb, group.len(), via(&first.via), most.list(&tables));
    line(first.direction, text, notes, &all_causes(group.iter().map(|c| &c.caused_by)))
}

fn flows(group: &[&FlowChange], most: Most) -> Line {
    let (Some(first), true) = (group.first(), group.len() > 1) else { return group.first().map_or_else(blank, |c| flow(c, most)) };
    let columns: Vec<String> = group.iter().map(|c| c.column.clone()).collect();
    let (gone, new) = differing(first);
    let to = most.list(&named(&first.sinks));
    let what = match (first.arrives, first.direction) {
        (true, Direction::Loss) => format!("no more lie in {to}; each told {gone}"),
        (true, _) => format!("newly lie in {to}; each tells {new}"),
        _ => format!("at {to}: newly tell {new}, no more {gone}"),
    };
    let mut notes = vec![most.list(&columns)];
    for (word, sources) in [("newly from", &first.new_sources), ("no more from", &first.gone_sources)] {
        if !sources.is_empty() {
            notes.push(format!("{word} {}", most.list(sources)));
        }
    }
    let text = format!("{} columns of {} {what}", group.len(), first.object);
    line(first.direction, text, notes, &all_causes(group.iter().map(|c| &c.caused_by)))
}

fn protections(group: &[&ProtectionChange], most: Most) -> Line {
    let (Some(first), true) = (group.first(), group.len() > 1) else { return group.first().map_or_else(blank, |c| protection(c, most)) };
    let columns: Vec<String> = group.iter().map(|c| c.subject.clone()).collect();
    let text = |t: &str| if t.is_empty() { "nothing".to_owned() } else { t.to_owned() };
    let mut notes = vec![most.list(&columns)];
    if !first.readers.is_empty() {
        notes.push(format!("reaches {}", most.list(&named(&first.readers))));
    }
    let said = format!("mask of {} columns: {} → {}", group.len(), text(&first.before), text(&first.after));
    line(first.direction, said, notes, &all_causes(group.iter().map(|c| &c.caused_by)))
}

/// Of no change at all.
fn blank() -> Line {
    Line { sign: Sign::Change, text: String::new(), notes: Vec::new(), places: Vec::new() }
}

/// `governance.pipe:38`
pub(super) fn place(cause: &Cause) -> String {
    let side = if cause.side == Which::Base { " in the base" } else { "" };
    format!("{}:{}{side}: {}", cause.path, cause.line, cause.says)
}

fn line(sign: impl Into<Sign>, text: String, notes: Vec<String>, causes: &[Cause]) -> Line {
    Line { sign: sign.into(), text, notes, places: causes.iter().map(place).collect() }
}

/// `phone partial`, `birth_date general, when zip direct`, `nothing`.
pub(super) fn tells(told: &[Told]) -> String {
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

fn seen(seen: Option<&Seen>) -> String {
    match seen {
        None => "no access".to_owned(),
        Some(s) if s.rows.is_empty() => "all rows".to_owned(),
        Some(s) => format!("rows where {}", s.rows.join(" and ")),
    }
}

fn via(via: &Via) -> String {
    match via {
        Via::Warehouse => String::new(),
        Via::DataSource { name } => format!(" in Tableau (data source {name})"),
        Via::Export { bucket, export } => format!(" in bucket {bucket} (export {export})"),
    }
}

fn access(c: &AccessChange, most: Most) -> Line {
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
        AccessKind::OldFiles => {
            notes.push("written before this change, and kept until they expire".to_owned());
            format!("{} can {} files of earlier runs, {}{}: {}", c.principal, c.verb, c.object, via(&c.via), most.list(&columns))
        }
        AccessKind::Rows => {
            let how = c.verdict.as_ref().map_or("otherwise", |v| v.rows.name());
            notes.push(format!("{} → {}", seen(c.before.as_ref()), seen(c.after.as_ref())));
            notes.extend(c.verdict.iter().flat_map(verdict));
            format!("{} {} {} in other rows{}: {how}", c.principal, c.verb, c.object, via(&c.via))
        }
    };
    line(c.direction, text, notes, &c.caused_by)
}

fn verdict(v: &Verdict) -> Vec<String> {
    v.witness.iter().map(|w| format!("for example {w}")).chain(v.because.clone()).collect()
}

fn named(all: &[Principal]) -> Vec<String> {
    all.iter().map(ToString::to_string).collect()
}

fn rows(c: &RowsChange, most: Most) -> Line {
    let mut notes = verdict(&c.verdict);
    if c.before != c.after {
        let text = |t: &str| if t.is_empty() { "no condition".to_owned() } else { format!("where {t}") };
        notes.push(format!("{} → {}", text(&c.before), text(&c.after)));
    }
    if !c.further_readers.is_empty() {
        notes.push(format!("through what is built from it: {}", most.list(&named(&c.further_readers))));
    }
    let readers = if c.readers.is_empty() { String::new() } else { format!(", read by {}", most.list(&named(&c.readers))) };
    line(c.direction, format!("{} has other rows: {}{readers}", c.object, c.verdict.rows.name()), notes, &c.caused_by)
}

fn flow(c: &FlowChange, most: Most) -> Line {
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

fn release(c: &ReleaseChange) -> Line {
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

fn protection(c: &ProtectionChange, most: Most) -> Line {
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

fn model(c: &ModelChange, most: Most) -> Line {
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

fn refresh(c: &Refresh) -> Line {
    let need = if c.needed { "has to be built anew" } else { "should be built anew" };
    let notes = c.rows.map(|n| format!("{n} rows")).into_iter().collect();
    Line { sign: Sign::Change, text: format!("{} {need}: {}", c.table, c.because), notes, places: Vec::new() }
}

fn declared(c: &Change) -> Line {
    line(c.edit, format!("{} {}", c.kind, c.name), c.details.iter().map(detail).collect(), &c.caused_by)
}

fn resource(c: &ResourceChange) -> Line {
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

/// How much there is of each: a key for programs, words for people, and the number; only what there is any of, the weightiest first.
pub(super) fn summary(plan: &Plan) -> Vec<(&'static str, &'static str, usize)> {
    let of = |gains: bool| plan.access.iter().filter(|c| c.direction.gains() == gains).count();
    let flows = |gains: bool| plan.flows.iter().filter(|c| c.direction.gains() == gains).count();
    let protections = |gains: bool| plan.protections.iter().filter(|c| c.direction.gains() == gains).count();
    let edits = |edit: Edit| plan.models.iter().filter(|m| m.edit == edit).count();
    let action = |action: Action| plan.resources.iter().filter(|r| r.action == action).count();
    let written = plan.releases.iter().filter(|r| r.edit == Edit::Added).count();
    let all = [
        ("access_gained", "▲ access gained", of(true)),
        ("access_lost", "▼ access lost", of(false)),
        ("rows", "▲ tables with other rows", plan.rows.len()),
        ("flows_gained", "▲ flows that tell more", flows(true)),
        ("flows_lost", "▼ flows that tell less", flows(false)),
        ("releases_added", "releases added", written),
        ("releases_changed", "releases changed or removed", plan.releases.len() - written),
        ("protection_weaker", "▲ protections weaker", protections(true)),
        ("protection_stronger", "▼ protections stronger", protections(false)),
        ("tables_added", "tables added", edits(Edit::Added)),
        ("tables_changed", "tables changed", edits(Edit::Changed) + edits(Edit::Renamed)),
        ("tables_removed", "tables removed", edits(Edit::Removed)),
        ("refreshes", "full refreshes", plan.refreshes.len()),
        ("tests", "tests and contracts changed", plan.tests.len()),
        ("metrics", "metrics changed", plan.metrics.len()),
        ("pipelines", "pipelines changed", plan.pipelines.len()),
        ("resources_created", "resources to create", action(Action::Create)),
        ("resources_updated", "resources to update", action(Action::Update)),
        ("resources_replaced", "resources to replace", action(Action::Replace)),
        ("resources_destroyed", "resources to destroy", action(Action::Destroy)),
        ("exports", "exports changed", plan.exports.len()),
    ];
    all.into_iter().filter(|(_, _, n)| *n > 0).collect()
}
