use super::super::text::{Stems, physical_name};
use super::checklist::{self, Besides, Line, Sent};
use super::made::{Lifted, Lookup};
use super::sinks::{self, Sink};
use crate::base::Ident;
use crate::check::path;
use crate::ir::{CategoryId, Clearance, Form, Level, Materialization, Program, TableId, TableKind};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// What is said when no column is more than Safe Harbor's list leaves. Never "HIPAA compliant".
const PASSES: &str = "Safe Harbor (b)(2)(i) checks pass";
const FAILS: &str = "Safe Harbor (b)(2)(i) checks do not pass";
/// What no compiler can tell.
const ACTUAL_KNOWLEDGE: &str = "Not checked, since no compiler can: (b)(2)(ii), that whoever sends this has no actual knowledge that what remains could identify somebody.";

/// All that is said about one sink.
#[derive(Serialize)]
pub(super) struct Report {
    version: u32,
    project: String,
    #[serde(skip)]
    pub(super) stem: String,
    kind: &'static str,
    name: String,
    what: String,
    doc: String,
    clearance: Option<Cleared>,
    passes: bool,
    statement: String,
    not_checked: &'static str,
    checklist: Vec<Line>,
    tables: Vec<Received>,
    notes: Vec<Note>,
    releases: Vec<Reason>,
}

/// A clearance.
#[derive(Serialize)]
struct Cleared {
    name: String,
    base: Option<String>,
    determination: Option<Determined>,
    aggregated: Option<u32>,
    everything: bool,
    control_warns: bool,
    because: Option<String>,
    widens: BTreeMap<String, &'static str>,
    admits: BTreeMap<String, &'static str>,
}

#[derive(Serialize)]
struct Determined {
    id: String,
    expires: String,
}

/// A table that gets there.
#[derive(Serialize)]
struct Received {
    name: String,
    schema: String,
    by: Vec<String>,
    columns: Vec<Column>,
}

/// A column that gets there.
#[derive(Serialize)]
struct Column {
    name: String,
    #[serde(rename = "type")]
    ty: String,
    from: Vec<String>,
    tells: Vec<Tells>,
    when: Vec<Tells>,
    masks: Vec<String>,
    releases: Vec<String>,
}

/// A category and its form.
#[derive(Serialize)]
struct Tells {
    category: String,
    form: String,
    letter: Option<char>,
    admitted: String,
}

/// Something to know when reading the rest.
#[derive(Serialize)]
struct Note {
    topic: &'static str,
    text: String,
}

/// A written exception.
#[derive(Serialize)]
struct Reason {
    kind: &'static str,
    what: String,
    because: String,
}

/// The page that leads to the others.
#[derive(Serialize)]
pub(super) struct Index {
    version: u32,
    project: String,
    not_checked: &'static str,
    sinks: Vec<Entry>,
}

#[derive(Serialize)]
struct Entry {
    what: String,
    clearance: String,
    statement: String,
    passes: bool,
    tables: usize,
    columns: usize,
    page: String,
}

/// A report per sink; those that nothing reaches are left out.
pub(super) fn of(program: &Program) -> Vec<Report> {
    let mut lookup = Lookup::new(program);
    let mut stems = Stems::default();
    stems.claim("index");
    let sinks = sinks::of(program).into_iter().filter(|s| !s.receives.is_empty());
    sinks.map(|sink| report(program, &sink, &mut lookup, stems.claim(&format!("{}_{}", sink.kind, sink.name)))).collect()
}

fn report(program: &Program, sink: &Sink<'_>, lookup: &mut Lookup<'_>, stem: String) -> Report {
    let mut sent = Vec::new();
    for (id, (columns, _)) in &sink.receives {
        for (name, column) in columns.iter().filter_map(|c| Some((path::qualified(program, *id, *c), path::column_of(program, *id, *c)?.1)))
        {
            sent.push(Sent { name, label: &column.label });
        }
    }
    let besides = besides(program, sink, lookup);
    let checklist = checklist::of(program, &sent, &besides);
    let passes = checklist.iter().all(|l| l.result != "present");
    let tables: Vec<Received> = sink.receives.iter().map(|(id, received)| table(program, sink, *id, received, lookup)).collect();
    Report {
        version: Report::version(),
        project: program.project.name.to_string(),
        stem,
        kind: sink.kind,
        name: sink.name.to_string(),
        what: format!("{} {}", sink.called, sink.name),
        doc: sink.doc.to_owned(),
        clearance: sink.clearance.map(|c| cleared(program, c)),
        passes,
        statement: statement(sink, &checklist::present(&checklist), smallest(&sent)),
        not_checked: ACTUAL_KNOWLEDGE,
        notes: notes(program, sink, &sent, &tables),
        releases: releases(program, sink, lookup),
        checklist,
        tables,
    }
}

fn statement(sink: &Sink<'_>, [values, released, rows]: &[Vec<String>; 3], smallest: Option<u32>) -> String {
    let parts = [("what was released", released), ("what rows were chosen by", rows)];
    let besides: Vec<String> =
        parts.iter().filter(|(_, all)| !all.is_empty()).map(|(what, all)| format!("{what}: {}", all.join(", "))).collect();
    let besides = besides.join("; and for ");
    if values.is_empty() {
        let but = if besides.is_empty() { String::new() } else { format!(" but for {besides}") };
        return match smallest {
            Some(k) => format!("{PASSES}{but}, where figures over at least {k} people are taken to tell of none of them."),
            None => format!("{PASSES}{but}."),
        };
    }
    let stands = match sink.clearance {
        Some(c) => match &c.determination {
            Some(d) => format!("{FAILS}: what is sent stands on Expert Determination {}, which holds until {}.", d.id, d.expires),
            None if c.everything => format!("{FAILS}: this is for use inside the covered entity."),
            None => format!("{FAILS}: what is sent is admitted by the clearance {}.", c.name),
        },
        None => format!("{FAILS}."),
    };
    if released.is_empty() { stands } else { format!("{stands} Besides, there is what was released: {}.", released.join(", ")) }
}

/// What a sink learns that no label of a value says: what exceptions leave out of labels, and what rows were chosen by.
fn besides(program: &Program, sink: &Sink<'_>, lookup: &mut Lookup<'_>) -> Vec<Besides> {
    let mut all: BTreeSet<(String, Lifted)> = BTreeSet::new();
    for (id, (columns, _)) in &sink.receives {
        let rows = program.table(*id).map(|t| format!("the rows of {}", path::table_name(t))).unwrap_or_default();
        for position in columns {
            let name = path::qualified(program, *id, *position);
            all.extend(lookup.made((*id, *position)).lifted.iter().map(|l| (name.clone(), l.clone())));
            let controls = path::column_of(program, *id, *position).map(|(_, c)| c.label.controls()).unwrap_or_default();
            for (category, level) in controls.iter().filter(|(c, l)| !checklist::permitted(program, *c, *l)) {
                let because = sink.clearance.filter(|c| !c.admits(*category, *level)).and_then(|c| c.because.as_deref());
                let because = because.unwrap_or_default().to_owned();
                all.insert((rows.clone(), Lifted { category: *category, form: level.form, kind: "rows", because }));
            }
        }
        for upstream in upstream(program, std::iter::once(*id)) {
            all.extend(lookup.in_conditions(upstream).iter().map(|l| (rows.clone(), l.clone())));
        }
    }
    all.into_iter().map(|(name, lifted)| Besides { name, lifted }).collect()
}

fn cleared(program: &Program, c: &Clearance) -> Cleared {
    let named = |list: &mut dyn Iterator<Item = (CategoryId, Form)>| list.map(|(c, f)| (category(program, c), f.name())).collect();
    Cleared {
        name: c.name.to_string(),
        base: c.base.as_ref().map(ToString::to_string),
        determination: c.determination.as_ref().map(|d| Determined { id: d.id.to_string(), expires: d.expires.to_string() }),
        aggregated: c.aggregated,
        everything: c.everything,
        control_warns: c.control_warns,
        because: c.because.as_deref().map(str::to_owned),
        widens: named(&mut c.widens.iter().copied()),
        admits: named(&mut c.admits.iter().map(|(c, f)| (*c, *f))),
    }
}

fn category(program: &Program, id: CategoryId) -> String {
    program.category(id).map_or_else(String::new, |c| c.name.to_string())
}

fn table(
    program: &Program,
    sink: &Sink<'_>,
    id: TableId,
    (columns, by): &(BTreeSet<u32>, BTreeSet<String>),
    lookup: &mut Lookup<'_>,
) -> Received {
    let columns = columns.iter().filter_map(|position| {
        let (_, column) = path::column_of(program, id, *position)?;
        let made = lookup.made((id, *position));
        let tells = |levels: &[(CategoryId, Level)]| levels.iter().map(|(c, l)| told(program, sink, *c, *l)).collect();
        Some(Column {
            name: column.name.to_string(),
            ty: column.ty.to_string(),
            from: made.sources.iter().map(|(t, c)| path::qualified(program, *t, *c)).collect(),
            tells: tells(column.label.values()),
            when: tells(column.label.controls()),
            masks: made.masks.iter().cloned().collect(),
            releases: made.releases.iter().cloned().collect(),
        })
    });
    let columns = columns.collect();
    let name = program.table(id).map(|t| physical_name(t).to_owned()).unwrap_or_default();
    Received { name, schema: schema(program, id), by: by.iter().cloned().collect(), columns }
}

/// The schema a table lies in: a source's and a model may have one name.
fn schema(program: &Program, id: TableId) -> String {
    let of = program.table(id).and_then(|t| match &t.kind {
        TableKind::Source(source) => Some(&source.schema),
        TableKind::Seed(seed) => Some(&seed.schema),
        TableKind::Model(model) => program.layer(model.layer).map(|l| &l.schema),
    });
    of.map(ToString::to_string).unwrap_or_default()
}

fn told(program: &Program, sink: &Sink<'_>, category: CategoryId, level: Level) -> Tells {
    let known = program.category(category);
    let admitted = match sink.clearance {
        Some(c) if c.everything => format!("{} admits everything", c.name),
        Some(c) if c.control_warns && !c.admits(category, level) => format!("{} does not admit it, and only warns (control warn)", c.name),
        Some(c) if level.form == Form::Public && level.aggregate.is_some() => match c.aggregated {
            Some(k) => format!("{} admits aggregates over {k}", c.name),
            None => format!("{} admits it as {}", c.name, form_of(c, category)),
        },
        Some(c) => {
            let determined = c.determination.as_ref().map(|d| format!(", determination {}", d.id)).unwrap_or_default();
            format!("{} admits it as {}{determined}", c.name, form_of(c, category))
        }
        None => "public only".to_owned(),
    };
    Tells {
        category: known.map_or_else(String::new, |c| c.name.to_string()),
        form: checklist::form(level),
        letter: known.and_then(|c| c.safe_harbor),
        admitted,
    }
}

fn form_of(clearance: &Clearance, category: CategoryId) -> &'static str {
    clearance.admits.get(&category).copied().unwrap_or(Form::Public).name()
}

/// What is left besides the labels, for whoever judges the risk.
fn notes(program: &Program, sink: &Sink<'_>, sent: &[Sent<'_>], tables: &[Received]) -> Vec<Note> {
    let mut notes = Vec::new();
    let masked = |name: &str| tables.iter().flat_map(|t| &t.columns).any(|c| c.masks.iter().any(|m| m == name));
    let tells = |fits: &dyn Fn(CategoryId, Level) -> bool| sent.iter().any(|s| s.label.values().iter().any(|(c, l)| fits(*c, *l)));
    if masked("zip3") {
        let (vintage, whose) = match &program.zip3 {
            Some(areas) => (
                format!("the {} areas of {}", areas.areas.len(), areas.vintage),
                if areas.standard { "pipec's own list" } else { "this project's list" },
            ),
            None => ("small areas".to_owned(), "no list"),
        };
        let text = format!(
            "Three digits of a ZIP code; 000 for {vintage} ({whose}). Safe Harbor asks for the current Census: put a newer list in its place when there is one."
        );
        notes.push(Note { topic: "ZIP codes", text });
    }
    if masked("age_years") || masked("age_band") {
        let text = "Ages are computed for a day that is given, and 90 stands for 90 or older.";
        notes.push(Note { topic: "Ages", text: text.to_owned() });
    }
    let year = |c: CategoryId, l: Level| l.form == Form::General && program.category(c).is_some_and(|c| c.name.as_str() == "birth_date");
    if masked("year_of") && tells(&year) {
        let text = "A year of birth is left out where it tells an age of 90 or more on the day that is given.";
        notes.push(Note { topic: "Years of birth", text: text.to_owned() });
    }
    if sink.paths.iter().any(|p| p.contains('{')) {
        let text = "Files carry the day or time they were made in their names. Whoever keeps them learns on which day a row, or a pseudonym, is first there: a date, in effect. Compare with the dates that were masked.";
        notes.push(Note { topic: "First appearance", text: text.to_owned() });
    }
    if tells(&|_, l| l.form == Form::Pseudonym) {
        let text = "Pseudonyms are derived from the value with a secret key: no code that 164.514(c) allows without an expert's view. Rows of one person can be brought together by them.";
        notes.push(Note { topic: "Pseudonyms", text: text.to_owned() });
    }
    if let Some(k) = smallest(sent) {
        let text = format!(
            "Figures are of at least {k} people each, and smaller ones are left out. The checklist counts them as permitted: a figure over a group is no identifier of one person. That is a threshold and no differential privacy: what differences between figures, or between days, tell is not bounded by it."
        );
        notes.push(Note { topic: "Small cells", text });
    }
    let text =
        "How many rows and files there are, and their names, are not masked. Where a value was redacted, that there was one is still told.";
    notes.push(Note { topic: "Counts and presence", text: text.to_owned() });
    notes
}

/// The smallest number of people that figures are told of.
fn smallest(sent: &[Sent<'_>]) -> Option<u32> {
    sent.iter().flat_map(|s| s.label.values().iter().chain(s.label.controls()).filter_map(|(_, l)| l.aggregate)).min()
}

/// Every exception that what is sent stands on.
fn releases(program: &Program, sink: &Sink<'_>, lookup: &mut Lookup<'_>) -> Vec<Reason> {
    let mut reasons = Vec::new();
    // What a base has a reason for is not said again by what stands on it.
    let mut clearance = sink.clearance;
    for _ in 0..=program.clearances.len() {
        let Some(c) = clearance else { break };
        reasons.extend(c.because.as_deref().map(|b| Reason { kind: "clearance", what: c.name.to_string(), because: b.to_owned() }));
        clearance = c.base.as_ref().and_then(|base| program.clearance(base.as_str()));
    }
    let (mut released, mut masks, mut sources) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for (id, (columns, _)) in &sink.receives {
        for position in columns {
            let made = lookup.made((*id, *position));
            released.extend(made.releases.iter().map(|because| (path::qualified(program, *id, *position), because.clone())));
            masks.extend(made.masks.iter().cloned());
            sources.extend(made.sources.iter().map(|(t, c)| path::qualified(program, *t, *c)));
        }
    }
    reasons.extend(released.into_iter().map(|(what, because)| Reason { kind: "release", what, because }));
    let upstream = upstream(program, sink.receives.keys().copied());
    for discriminator in program.discriminators.iter().filter(|d| upstream.contains(&d.table)) {
        let columns: Vec<String> = discriminator.columns.iter().map(|c| path::qualified(program, discriminator.table, *c)).collect();
        reasons.push(Reason { kind: "discriminate", what: columns.join(", "), because: discriminator.because.to_string() });
    }
    for (_, table, model) in program.models().filter(|(id, ..)| upstream.contains(id)) {
        if let Materialization::Incremental { id: Some(id), because: Some(because), .. } = &model.materialization {
            reasons.push(Reason { kind: "number", what: format!("{}.{id}", table.name), because: because.to_string() });
        }
    }
    for (id, cells) in program.facts.iter().filter(|(id, _)| upstream.contains(id)) {
        let (Some(fact), Some(cells)) = (program.table(*id), cells.first()) else { continue };
        for (kind, because) in [("crosswise", &cells.crosswise), ("overlapping", &cells.overlapping)] {
            reasons.extend(because.iter().map(|b| Reason { kind, what: fact.name.to_string(), because: b.to_string() }));
        }
    }
    for said in
        program.reclassified.iter().filter(|r| sources.contains(&*r.name) || !r.name.contains('.') || r.name.matches('.').count() == 1)
    {
        reasons.push(Reason { kind: "annotation", what: said.name.to_string(), because: said.because.to_string() });
    }
    for link in program.links.iter().filter(|l| l.places.contains(sink.name)) {
        let places: Vec<&str> = link.places.iter().map(Ident::as_str).collect();
        reasons.push(Reason { kind: "link", what: places.join(", "), because: link.because.to_string() });
    }
    for mask in program.functions.iter().filter(|f| f.kind == crate::ir::FunctionKind::Mask && !f.standard && masks.contains(&*f.name)) {
        reasons.push(Reason { kind: "mask", what: mask.name.to_string(), because: mask.because.to_string() });
    }
    reasons
}

/// Everything the tables are built from, themselves included.
fn upstream(program: &Program, tables: impl Iterator<Item = TableId>) -> BTreeSet<TableId> {
    let mut open: Vec<TableId> = tables.collect();
    let mut seen = BTreeSet::new();
    while let Some(id) = open.pop() {
        if seen.insert(id) {
            open.extend(program.table(id).into_iter().flat_map(|t| t.reads.iter().copied()));
        }
    }
    seen
}

impl Index {
    /// Over all reports.
    pub(super) fn of(program: &Program, reports: &[Report]) -> Index {
        let entry = |r: &Report| Entry {
            what: r.what.clone(),
            clearance: r.clearance.as_ref().map_or_else(|| "none".to_owned(), |c| c.name.clone()),
            statement: r.statement.clone(),
            passes: r.passes,
            tables: r.tables.len(),
            columns: r.tables.iter().map(|t| t.columns.len()).sum(),
            page: format!("{}.html", r.stem),
        };
        Index {
            version: Report::version(),
            project: program.project.name.to_string(),
            not_checked: ACTUAL_KNOWLEDGE,
            sinks: reports.iter().map(entry).collect(),
        }
    }
}
