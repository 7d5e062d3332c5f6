//! `pipec plan`: what holds of every comparison (a program against itself, both ways round, reordered, reformatted), what single changes come to,
//! and the command with git, its formats and its exit codes.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a failing test panics"
)]

#[path = "plan/made.rs"]
mod made;
mod support;

use pipec::base::{Sources, VPath};
use pipec::driver::{Compilation, Options};
use pipec::ir::Program;
use pipec::plan::{AccessKind, Action, Direction, Edit, Gate, Impact, Plan, ProtectionKind, RowsCompared, Side, compare, findings};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;
use support::{Project, Random, arg, fingerprint, pipec_in, scratch};

// --- two programs in memory -----------------------------------------------------------------------------------------------------

/// A clinic with something of every family: policies, an entitlement, masks, exports, metrics, incremental tables.
const CLINIC: &str = include_str!("plan/clinic.pipe");

struct Built {
    sources: Sources,
    compilation: Compilation,
}

impl Built {
    fn of(text: &str) -> Built {
        Built::files(&[("platform.pipe", text)])
    }

    fn files(files: &[(&str, &str)]) -> Built {
        let mut sources = Sources::new();
        for (path, text) in pipec::stdlib::files() {
            sources.add(VPath::new(path).unwrap(), *text);
        }
        for (path, text) in files {
            sources.add(VPath::new(path).unwrap(), *text);
        }
        Built::sources(sources)
    }

    fn sources(sources: Sources) -> Built {
        let compilation = pipec::driver::compile(&sources, &Options::default());
        Built { sources, compilation }
    }

    fn program(&self) -> &Program {
        let refused = self.compilation.refused.as_deref();
        self.compilation
            .program
            .as_ref()
            .map(|c| c.program())
            .or(refused)
            .unwrap_or_else(|| panic!("{}", support::shown(&self.compilation, &self.sources)))
    }

    fn checked(self) -> Built {
        assert!(self.compilation.program.is_some(), "{}", support::shown(&self.compilation, &self.sources));
        self
    }

    fn side(&self) -> Side<'_> {
        Side { program: self.program(), sources: &self.sources }
    }
}

fn plan(base: &Built, head: &Built) -> Plan {
    compare(base.side(), head.side())
}

fn edited(edits: &[(&str, &str)]) -> String {
    let mut text = CLINIC.to_owned();
    for (from, to) in edits {
        assert!(text.contains(from), "the clinic has no `{from}`");
        text = text.replace(from, to);
    }
    text
}

/// What a change of the clinic comes to; both sides pass their checks.
fn change(edits: &[(&str, &str)]) -> Plan {
    plan(&Built::of(CLINIC).checked(), &Built::of(&edited(edits)).checked())
}

fn shown(plan: &Plan) -> String {
    pipec::plan::text(plan, "base", pipec::plan::Look { colour: false, verbose: true })
}

/// Edits that stand for one family each: name, texts to replace.
fn edits() -> Vec<(&'static str, Vec<(&'static str, &'static str)>)> {
    vec![
        ("nothing", vec![]),
        ("a grant", vec![("grant read on region to analyst", "grant read on region, visit_counts to analyst")]),
        ("a grant less", vec![("grant read on region to analyst\n", "")]),
        ("a reader of a bucket", vec![("readers analyst;", "readers analyst, researcher;")]),
        ("a wider policy", vec![("where region = 'north'", "where region = 'north' or true")]),
        ("no policy", vec![("policy north on visit for staff where region = 'north'\n", "")]),
        (
            "an entitlement's table",
            vec![("select { login = s.login; regions = s.regions }", "select { login = s.login; regions = array['north', 'south'] }")],
        ),
        (
            "a policy's column",
            vec![("select { v.id; v.patient_id; region = p.region;", "select { v.id; v.patient_id; region = lower(p.region);")],
        ),
        ("a group", vec![("aws group \"analysts\"", "aws group \"everyone\"")]),
        ("a mask's argument", vec![("keep_last(4)", "keep_last(6)")]),
        ("a coarser band", vec![("width => 5", "width => 10")]),
        ("a mask away", vec![("phone -> keep_last(4)\n", "phone -> redact\n")]),
        ("a clearance", vec![("k_anonymous 5 over plan_id, city", "k_anonymous 2 over plan_id, city")]),
        ("a role's clearance", vec![("role analyst { clearance deidentified;", "role analyst { clearance internal;")]),
        ("a category", vec![("login   text    @public", "login   text    @demographic")]),
        ("a filter away", vec![("  where v.minutes > 0\n", "")]),
        ("a filter more", vec![("  where v.minutes > 0\n", "  where v.minutes > 0 and v.minutes < 600\n")]),
        (
            "a join",
            vec![(
                "  from visit as v\n  group by v.region\n",
                "  from visit as v\n  join clinic.patients as p on p.id = v.patient_id\n  group by v.region\n",
            )],
        ),
        ("a column more", vec![("select { p.id; p.name; p.phone;", "select { p.id; p.name; p.gender; p.phone;")]),
        ("a column renamed", vec![("visits = count(*)", "contacts = count(*)"), ("r.visits", "r.contacts")]),
        (
            "a model renamed",
            vec![("model region in", "model regions in"), ("on region to", "on regions to"), ("from region as r", "from regions as r")],
        ),
        ("a release", vec![("reason = redact(v.reason)", "reason = release(v.reason, free_text general, because \"reviewed\")")]),
        ("incremental", vec![("select { v.id; v.day; v.minutes; v.changed_at }", "select { v.id; v.day; v.changed_at }")]),
        ("a metric", vec![("value = count(*)", "value = sum(minutes)")]),
        ("a schedule", vec![("schedule daily at 02:00", "schedule daily at 03:00")]),
        ("a bucket's name", vec![("name \"clinic-analysis\"", "name \"clinic-research\"")]),
        ("a test less", vec![("  assert unique(id)\n  assert not_null(name)\n", "  assert unique(id)\n")]),
        ("a layer's schema", vec![("layer marts schema \"marts\"", "layer marts schema \"mart\"")]),
        ("documentation", vec![("/// One row per visit.", "/// One row for each visit.")]),
    ]
}

#[test]
fn every_edit_of_the_list_compiles_and_is_seen() {
    let base = Built::of(CLINIC).checked();
    for (name, edit) in edits() {
        let head = Built::of(&edited(&edit)).checked();
        assert_eq!(plan(&base, &head).is_empty(), name == "nothing", "{name}:\n{}", shown(&plan(&base, &head)));
    }
}

// --- what holds of every comparison ---------------------------------------------------------------------------------------------

#[test]
fn a_program_against_itself_is_no_change() {
    for name in support::examples() {
        let project = Project::read(&support::example(&name));
        let (a, b) = (Built::sources(project.sources()), Built::sources(project.sources()));
        let found = plan(&a, &b);
        assert!(found.is_empty(), "{name}:\n{}", shown(&found));
    }
}

/// What a plan says, without places: each change as a text, turned round where asked.
fn said(plan: &Plan, turned: bool) -> BTreeSet<String> {
    let turn = |d: Direction| if turned { d.mirrored() } else { d };
    let edit = |e: Edit| match e {
        Edit::Added if turned => Edit::Removed,
        Edit::Removed if turned => Edit::Added,
        other => other,
    };
    let pair = |a: String, b: String| if turned { (b, a) } else { (a, b) };
    let rows = |r: RowsCompared| match r {
        RowsCompared::Wider if turned => RowsCompared::Narrower,
        RowsCompared::Narrower if turned => RowsCompared::Wider,
        other => other,
    };
    let mut all = BTreeSet::new();
    // What lies there from before is found on the way there only.
    for c in plan.access.iter().filter(|c| c.kind != AccessKind::OldFiles) {
        let names: Vec<&str> = c.columns.iter().map(|c| c.name.as_str()).collect();
        let verdict = c.verdict.as_ref().map(|v| rows(v.rows));
        let seen = pair(format!("{:?}", c.before), format!("{:?}", c.after));
        all.insert(format!(
            "access {:?} {:?} {} {} {:?} {} {names:?} {verdict:?} {seen:?}",
            turn(c.direction),
            c.kind,
            c.principal,
            c.verb,
            c.via,
            c.object
        ));
    }
    for c in &plan.rows {
        let texts = pair(c.before.clone(), c.after.clone());
        all.insert(format!("rows {:?} {} {:?} {texts:?}", turn(c.direction), c.object, rows(c.verdict.rows)));
    }
    for c in &plan.flows {
        let told = pair(format!("{:?}{:?}", c.before, c.gone_sources), format!("{:?}{:?}", c.after, c.new_sources));
        all.insert(format!("flow {:?} {}.{} {:?} {told:?}", turn(c.direction), c.object, c.column, c.sinks));
    }
    for c in &plan.releases {
        let why = c.was_because.clone().map(|was| pair(was, c.because.clone()));
        all.insert(format!("release {:?} {} {} {} {why:?}", edit(c.edit), c.kind, c.subject, c.says));
    }
    for c in &plan.protections {
        all.insert(format!("protection {:?} {:?} {} {:?}", turn(c.direction), c.kind, c.subject, pair(c.before.clone(), c.after.clone())));
    }
    for c in &plan.models {
        let mut columns: Vec<String> = c
            .columns
            .iter()
            .map(|c| {
                format!(
                    "{:?} {}",
                    edit(c.edit),
                    if c.edit == Edit::Renamed { pair(c.was.clone().unwrap(), c.name.clone()).0 } else { c.name.clone() }
                )
            })
            .collect();
        columns.sort();
        let name = c.was.clone().map_or(c.name.clone(), |was| pair(was, c.name.clone()).0);
        let details: Vec<_> = c.details.iter().map(|d| (d.what.clone(), pair(d.before.clone(), d.after.clone()))).collect();
        all.insert(format!("model {:?} {} {name} {} {columns:?} {details:?}", edit(c.edit), c.kind, c.rows));
    }
    for c in plan.tests.iter().chain(&plan.pipelines).chain(&plan.exports) {
        let details: Vec<_> = c.details.iter().map(|d| (d.what.clone(), pair(d.before.clone(), d.after.clone()))).collect();
        all.insert(format!("{} {:?} {} {details:?}", c.kind, edit(c.edit), c.name));
    }
    for c in &plan.metrics {
        all.insert(format!("metric {:?} {}", edit(c.edit), c.name));
    }
    for c in &plan.resources {
        let action = match c.action {
            Action::Create if turned => Action::Destroy,
            Action::Destroy if turned => Action::Create,
            other => other,
        };
        all.insert(format!("resource {action:?} {} {}", c.kind, c.name));
    }
    all
}

/// Names of what was renamed differ between the two ways.
fn renames(name: &str) -> bool {
    name.contains("renamed")
}

#[test]
fn the_way_back_takes_what_the_way_there_gives() {
    let all: Vec<(&str, Built)> = edits().iter().map(|(name, edit)| (*name, Built::of(&edited(edit)).checked())).collect();
    let mut compared = 0;
    for (i, (a_name, a)) in all.iter().enumerate() {
        for (b_name, b) in all.iter().skip(i + 1).filter(|(n, _)| !renames(n) && !renames(a_name)) {
            let (there, back) = (plan(a, b), plan(b, a));
            let (there, back) = (said(&there, false), said(&back, true));
            let only: Vec<&String> = there.symmetric_difference(&back).collect();
            assert!(only.is_empty(), "from `{a_name}` to `{b_name}` and back differ in\n{only:#?}");
            compared += 1;
        }
    }
    assert!(compared > 300, "only {compared} pairs");
}

/// The declarations of a file, comments with what follows them.
fn declarations(text: &str) -> Vec<String> {
    let (mut all, mut one, mut depth, mut raw) = (Vec::new(), String::new(), 0_i32, false);
    for line in text.lines() {
        let was_raw = raw;
        if line.matches("\"\"\"").count() % 2 == 1 {
            raw = !raw;
        }
        if !was_raw && !raw {
            let code = line.split("//").next().unwrap();
            depth += i32::try_from(code.matches(['{', '(', '[']).count()).unwrap()
                - i32::try_from(code.matches(['}', ')', ']']).count()).unwrap();
        }
        one.push_str(line);
        one.push('\n');
        if line.trim().is_empty() && depth == 0 && !raw {
            all.push(std::mem::take(&mut one));
        }
    }
    all.push(one + "\n");
    all
}

fn shuffled<T>(mut all: Vec<T>, random: &mut Random) -> Vec<T> {
    for i in (1..all.len()).rev() {
        all.swap(i, random.below(i + 1));
    }
    all
}

#[test]
fn order_files_and_layout_are_no_change() {
    let mut random = Random::new(7);
    for name in support::examples() {
        let project = Project::read(&support::example(&name));
        let before = Built::sources(project.sources());
        for round in 0..2 {
            let mut moved = project.clone();
            for (path, bytes) in moved.0.iter_mut().filter(|(p, _)| p.ends_with(".pipe")) {
                let text = String::from_utf8(bytes.clone()).unwrap();
                let text = shuffled(declarations(&text), &mut random).concat();
                let text = if round == 1 { text.replace('\n', "\r\n") } else { text };
                // The other way round in the order of files, and pushed down by a comment.
                *path = path.replace(".pipe", &format!("{}.pipe", random.below(1000)));
                *bytes = format!("// moved\n\n{text}").into_bytes();
            }
            let moved = Project(shuffled(moved.0, &mut random));
            let found = plan(&before, &Built::sources(moved.sources()));
            assert!(found.is_empty(), "{name}, round {round}:\n{}", shown(&found));
        }
        let mut laid_out = project.clone();
        for (_, bytes) in laid_out.0.iter_mut().filter(|(p, _)| p.ends_with(".pipe")) {
            let text = String::from_utf8(bytes.clone()).unwrap();
            *bytes = pipec::fmt::format(&text.replace("  ", " ")).unwrap().into_bytes();
        }
        let found = plan(&before, &Built::sources(laid_out.sources()));
        assert!(found.is_empty(), "{name}, laid out:\n{}", shown(&found));
    }
}

#[test]
fn names_that_only_a_body_sees_are_no_change() {
    let found = change(&[(
        "from clinic.visits as v\n  join clinic.patients as p on p.id = v.patient_id",
        "from clinic.visits as v\n  join clinic.patients as p on p.id = v.patient_id",
    )]);
    assert!(found.is_empty());
    let alias = CLINIC.replace(
        "  from visit as v\n  group by v.region\n  select { v.region;",
        "  from visit as seen\n  group by seen.region\n  select { seen.region;",
    );
    assert_ne!(alias, CLINIC);
    let found = plan(&Built::of(CLINIC), &Built::of(&alias).checked());
    assert!(found.is_empty(), "{}", shown(&found));
}

// --- made-up programs -----------------------------------------------------------------------------------------------------------

/// The numbers they are made from; `PIPEC_SEED` for one that failed.
fn seeds() -> std::ops::Range<u64> {
    match std::env::var("PIPEC_SEED").ok().and_then(|s| s.parse().ok()) {
        Some(seed) => seed..seed + 1,
        None => 0..if support::full() { 2_000 } else { 60 },
    }
}

fn written(program: &made::Program, random: &mut Random) -> Built {
    let files = program.files(random).into_iter().map(|(path, text)| (path, text.into_bytes())).collect();
    let sources = Project(files).sources();
    let compilation = support::compile(&sources);
    Built { sources, compilation }
}

/// A made-up program that is read; what a check refuses is compared all the same.
fn is_read(built: &Built) -> bool {
    built.compilation.program.is_some() || built.compilation.refused.is_some()
}

/// A program, the same in other words, and one that some edits made of it.
fn made_up(seed: u64) -> Option<(made::Program, Built, Built, made::Program, Built)> {
    let mut random = Random::new(seed);
    let (base, built) = (0..40).find_map(|_| {
        let base = made::Program::made(&mut random);
        let built = written(&base, &mut random);
        (is_read(&built) && (built.compilation.program.is_some() || random.percent(10))).then_some((base, built))
    })?;
    let again = written(&base, &mut random);
    let (edited, after) = (0..20).find_map(|_| {
        let mut edited = base.clone();
        (0..1 + random.below(4)).for_each(|_| edited.edit(&mut random));
        let after = written(&edited, &mut random);
        is_read(&after).then_some((edited, after))
    })?;
    Some((base, built, again, edited, after))
}

#[test]
fn what_holds_of_every_comparison_holds_of_made_up_programs() {
    use rayon::prelude::*;
    // What fails on a thread of rayon's is said here.
    let ran: Vec<Result<[usize; 6], String>> =
        seeds().into_par_iter().filter_map(|seed| Some(made_up_holds(seed, made_up(seed)?))).collect();
    let wrong: Vec<&String> = ran.iter().filter_map(|r| r.as_ref().err()).collect();
    let first: Vec<&str> = wrong.iter().filter_map(|w| w.lines().find(|l| l.contains("seed "))).collect();
    assert!(wrong.is_empty(), "{} fail: {first:#?}, the first with\n{}", wrong.len(), wrong[0]);
    let tally: Vec<[usize; 6]> = ran.into_iter().flatten().collect();
    let sum = |at: usize| tally.iter().map(|t| t[at]).sum::<usize>();
    let told = format!(
        "{} pairs of made-up programs: {} differ, {} enforce access otherwise, {} policies compared, {} wider, {} narrower",
        tally.len(),
        sum(0),
        sum(1),
        sum(3),
        sum(4),
        sum(5)
    );
    support::tell(&told);
    if seeds().count() == 1 {
        return;
    }
    // Nothing is shown where nothing happens.
    assert!(tally.len() * 10 >= seeds().count() * 7 && sum(0) * 2 > tally.len() && sum(2) * 2 > tally.len(), "{told}");
    assert!(sum(1) * 4 > tally.len() && sum(3) > 20 && sum(4) > 0 && sum(5) > 0, "{told}");
}

fn ensure(holds: bool, says: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(says()) }
}

fn made_up_holds(
    seed: u64,
    (base, built, again, edited, after): (made::Program, Built, Built, made::Program, Built),
) -> Result<[usize; 6], String> {
    let own =
        |b: &Built| b.sources.iter().filter(|(_, f)| !f.path.as_str().starts_with("std/")).map(|(_, f)| f.text.clone()).collect::<Vec<_>>();
    let texts = |b: &Built| own(b).concat();
    let says = |plan: &Plan| format!("(seed {seed})\n{}\n-- and after:\n{}\n{}", texts(&built), texts(&after), shown(plan));
    let same = plan(&built, &again);
    ensure(same.is_empty(), || format!("the same in other words is a change; {}", says(&same)))?;
    let (there, back) = (plan(&built, &after), plan(&after, &built));
    ensure(plan(&after, &after).is_empty(), || format!("a program differs from itself; seed {seed}"))?;
    let renamed = |p: &Plan| p.models.iter().any(|m| m.edit == Edit::Renamed || m.columns.iter().any(|c| c.edit == Edit::Renamed));
    let mirrored = !renamed(&there) && !renamed(&back);
    if mirrored {
        let (one, other) = (said(&there, false), said(&back, true));
        let only: Vec<&String> = one.symmetric_difference(&other).collect();
        ensure(only.is_empty(), || format!("there and back differ in\n{only:#?}\n{}", says(&there)))?;
    }
    let mut tally = [usize::from(!there.is_empty()), 0, usize::from(mirrored), 0, 0, 0];
    if built.compilation.program.is_some() && after.compilation.program.is_some() {
        let (was, is) = (support::enforcement(&built.compilation.files), support::enforcement(&after.compilation.files));
        ensure(!was.is_empty() || base.grants.is_empty(), || format!("no artifact enforces access; seed {seed}"))?;
        tally[1] = usize::from(was != is);
        let differ: Vec<&String> = was.symmetric_difference(&is).collect();
        let outside = there.resources.iter().any(|r| r.action == Action::Replace);
        let told = differ.is_empty() || outside || renamed(&there) || !there.access.is_empty();
        ensure(told, || format!("{differ:#?} is not told under access; {}", says(&there)))?;
    }
    let compared = policies_compared(&base, &edited, &there, &says)?;
    (tally[3], tally[4], tally[5]) = compared;
    Ok(tally)
}

/// Every reader of a table that is read from a source as before: what the policies let through, row by row, beside what the plan says.
fn policies_compared(
    base: &made::Program,
    edited: &made::Program,
    plan: &Plan,
    says: &dyn Fn(&Plan) -> String,
) -> Result<(usize, usize, usize), String> {
    let (mut compared, mut wider, mut narrower) = (0, 0, 0);
    let values: Vec<Option<i64>> = (-1..=4).map(Some).chain([None]).collect();
    let regions: Vec<Option<&str>> = made::REGIONS.iter().chain(&["elsewhere"]).map(|r| Some(*r)).chain([None]).collect();
    for (table, role) in base.grants.iter().filter(|g| edited.grants.contains(g)) {
        let of = |p: &made::Program| p.models.iter().find(|m| m.name == *table && m.from.starts_with("clinic.")).cloned();
        if of(base).is_none() || of(edited).is_none() {
            continue;
        }
        let lets = |p: &made::Program, region: Option<&str>, level: Option<i64>| {
            let own = p.policies.iter().filter(|p| p.on == *table && p.roles.contains(role));
            own.map(|p| p.condition.holds(region, level)).all(|holds| holds == Some(true))
        };
        let (mut more, mut less) = (false, false);
        for region in &regions {
            for level in &values {
                let (was, is) = (lets(base, *region, *level), lets(edited, *region, *level));
                more |= is && !was;
                less |= was && !is;
            }
        }
        let found = plan.access.iter().find(|c| c.kind == AccessKind::Rows && c.principal.name == *role && c.object == *table);
        let said = found.map(|c| c.verdict.as_ref().unwrap().rows).filter(|r| *r != RowsCompared::Equal);
        let expected = match (more, less) {
            (false, false) => None,
            (true, false) => Some(RowsCompared::Wider),
            (false, true) => Some(RowsCompared::Narrower),
            (true, true) => Some(RowsCompared::Incomparable),
        };
        // A column that is computed otherwise makes it unknown.
        let right = said == expected || said == Some(RowsCompared::Unknown);
        ensure(right, || format!("{role} in {table}: {said:?}, and {expected:?} is true; {}", says(plan)))?;
        compared += 1;
        wider += usize::from(expected == Some(RowsCompared::Wider));
        narrower += usize::from(expected == Some(RowsCompared::Narrower));
    }
    Ok((compared, wider, narrower))
}

// --- single changes -------------------------------------------------------------------------------------------------------------

/// The gates that a change closes.
fn gates(plan: &Plan) -> Vec<&'static str> {
    let found: BTreeSet<Gate> = findings(plan, &Gate::ALL).into_iter().map(|f| f.gate).collect();
    found.into_iter().map(Gate::name).collect()
}

fn edit(name: &str) -> Plan {
    let (_, edit) = edits().into_iter().find(|(n, _)| *n == name).unwrap();
    change(&edit)
}

#[test]
fn what_each_change_closes() {
    let expected: &[(&str, &[&str])] = &[
        ("a grant", &["new-access"]),
        ("a grant less", &[]),
        ("a reader of a bucket", &["new-access", "new-flow"]),
        ("a wider policy", &["new-access"]),
        ("no policy", &["new-access"]),
        ("an entitlement's table", &["new-access", "breaking"]),
        ("a policy's column", &["new-access", "breaking"]),
        ("a group", &["new-access"]),
        ("a mask's argument", &["weaker-mask", "breaking"]),
        ("a coarser band", &["breaking"]),
        ("a mask away", &["breaking"]),
        ("a clearance", &["weaker-mask"]),
        ("a role's clearance", &["weaker-mask"]),
        ("a filter away", &["new-rows", "breaking"]),
        ("a filter more", &["breaking"]),
        ("a join", &["new-rows", "breaking"]),
        ("a column renamed", &["breaking"]),
        ("a model renamed", &["breaking"]),
        ("a schedule", &[]),
        ("a bucket's name", &["destroy"]),
        ("a test less", &[]),
        ("documentation", &[]),
    ];
    for (name, expected) in expected {
        let found = edit(name);
        assert_eq!(gates(&found), *expected, "{name}:\n{}", shown(&found));
    }
}

#[test]
fn a_wider_policy_is_a_gain_of_rows() {
    let found = edit("no policy");
    let (same, rows): (Vec<_>, Vec<_>) =
        found.access.iter().filter(|c| c.kind == AccessKind::Rows).partition(|c| c.direction == Direction::Same);
    assert!(!rows.is_empty() && rows.iter().all(|c| c.direction == Direction::Gain), "{}", shown(&found));
    // Those whom the policy did not narrow read what they read; the table is secured no more.
    assert!(!same.is_empty() && same.iter().all(|c| c.before == c.after), "{}", shown(&found));
    assert!(rows.iter().all(|c| c.before.as_ref().unwrap().rows == ["region = 'north'"] && c.after.as_ref().unwrap().rows.is_empty()));
}

#[test]
fn who_stands_behind_a_role_is_access() {
    let found = edit("a group");
    let logins: Vec<_> = found.access.iter().filter(|c| c.kind == AccessKind::Login).collect();
    assert_eq!(logins.len(), 1);
    assert_eq!(logins[0].direction, Direction::Either, "people of two groups cannot be compared");
}

#[test]
fn a_renamed_model_is_said_once() {
    let found = edit("a model renamed");
    assert!(found.access.is_empty() && found.flows.is_empty(), "{}", shown(&found));
    let renamed: Vec<_> = found.models.iter().map(|m| (m.edit, m.name.as_str(), m.was.as_deref())).collect();
    assert_eq!(renamed, [(Edit::Renamed, "regions", Some("region"))], "{}", shown(&found));
}

#[test]
fn a_source_said_to_tell_less_is_weaker_protection() {
    let (base, head) = (edited(&[("region     text          @public", "region     text          @city")]), CLINIC.to_owned());
    let found = plan(&Built::of(&base), &Built::of(&head));
    let said: Vec<_> = found.protections.iter().filter(|p| p.kind == ProtectionKind::Classification).collect();
    assert_eq!(said.len(), 1, "{}", shown(&found));
    assert_eq!((said[0].direction, said[0].subject.as_str()), (Direction::Gain, "clinic.patients.region"));
    assert!(!said[0].readers.is_empty());
}

#[test]
fn new_columns_of_a_source_do_nothing_until_they_are_read() {
    let found = change(&[(
        "    region     text          @public\n",
        "    region     text          @public\n    extra      text?         @free_text\n",
    )]);
    assert_eq!(gates(&found), Vec::<&str>::new(), "{}", shown(&found));
    assert_eq!(found.models.iter().map(|m| m.impact).collect::<Vec<_>>(), [Impact::NonBreaking]);
}

#[test]
fn an_incremental_table_with_other_columns_is_built_anew() {
    let found = edit("incremental");
    assert!(found.refreshes.iter().any(|r| r.table == "visit_log" && r.needed), "{}", shown(&found));
}

// --- the command and git --------------------------------------------------------------------------------------------------------

fn git(folder: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new("git");
    command.current_dir(folder).args([
        "-c",
        "user.name=a",
        "-c",
        "user.email=a@b",
        "-c",
        "commit.gpgsign=false",
        "-c",
        "init.defaultBranch=main",
    ]);
    let ran = command.args(arguments).env("GIT_CONFIG_NOSYSTEM", "1").env_remove("GIT_DIR").output().unwrap();
    assert!(ran.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&ran.stderr));
    String::from_utf8(ran.stdout).unwrap().trim().to_owned()
}

/// A repository with the clinic in a subfolder, committed on `main`, and a branch that is checked out.
fn repository() -> (tempfile::TempDir, std::path::PathBuf) {
    let here = scratch();
    let project = here.path().join("data platform");
    fs::create_dir_all(&project).unwrap();
    fs::write(project.join("clinic.pipe"), CLINIC).unwrap();
    git(here.path(), &["init", "-q"]);
    git(here.path(), &["add", "."]);
    git(here.path(), &["commit", "-qm", "clinic"]);
    git(here.path(), &["checkout", "-qb", "change"]);
    (here, project)
}

fn write(project: &Path, edits: &[(&str, &str)]) {
    fs::write(project.join("clinic.pipe"), edited(edits)).unwrap();
}

#[test]
fn a_branch_is_compared_with_where_it_left_main() {
    let (here, project) = repository();
    assert!(pipec_in(&project, &["plan"]).gives(0).stdout.starts_with("No changes against main ("));
    write(&project, &[("readers analyst;", "readers analyst, researcher;")]);
    let before = fingerprint(here.path());
    let ran = pipec_in(here.path(), &["plan", "-p", "data platform"]).gives(0);
    assert!(ran.stdout.contains("▲ researcher can extract patient_anon in bucket analysis"), "{}", ran.stdout);
    assert!(!ran.stdout.contains('\u{1b}'), "colours without a terminal");
    assert_eq!(before, fingerprint(here.path()), "the work tree or the repository was touched");
    // What main did since is no change of the branch.
    git(here.path(), &["stash", "-q"]);
    git(here.path(), &["checkout", "-q", "main"]);
    write(&project, &[("aws group \"analysts\"", "aws group \"everyone\"")]);
    git(here.path(), &["commit", "-qam", "main goes on"]);
    git(here.path(), &["checkout", "-q", "change"]);
    assert!(pipec_in(&project, &["plan"]).gives(0).stdout.starts_with("No changes"));
    assert!(pipec_in(&project, &["plan", "--base", "main"]).gives(0).stdout.contains("everyone"));
    assert!(pipec_in(&project, &["plan", "--base", "main", "--merge-base"]).gives(0).stdout.starts_with("No changes"));
}

#[test]
fn exit_codes() {
    let (_here, project) = repository();
    pipec_in(&project, &["plan", "--detailed-exitcode"]).gives(0);
    write(&project, &[("schedule daily at 02:00", "schedule daily at 03:00")]);
    pipec_in(&project, &["plan"]).gives(0);
    pipec_in(&project, &["plan", "--detailed-exitcode"]).gives(2);
    pipec_in(&project, &["plan", "--detailed-exitcode", "--fail-on", "new-access,new-flow,new-rows,release,weaker-mask,destroy,breaking"])
        .gives(2);
    write(&project, &[("where region = 'north'", "where region = 'north' or true")]);
    let ran = pipec_in(&project, &["plan", "--fail-on", "new-access"]).gives(3);
    assert!(ran.stderr.contains("P1005: the gate `new-access` is closed"), "{}", ran.stderr);
    pipec_in(&project, &["plan", "--fail-on", "destroy"]).gives(0);
    pipec_in(&project, &["plan", "--fail-on", "everything"]).gives(64);
    write(&project, &[("select { p.id; p.name;", "select { p.id; p.nmae;")]);
    pipec_in(&project, &["plan", "--detailed-exitcode"]).gives(1);
}

#[test]
fn a_saved_base_and_the_last_build_are_bases() {
    let (_here, project) = repository();
    pipec_in(&project, &["plan", "--base", "HEAD", "--save", "saved.json"]).gives(0);
    pipec_in(&project, &["build"]).gives(0);
    let nothing = pipec_in(&project, &["plan", "--base", "saved.json", "--detailed-exitcode"]).gives(0);
    assert!(nothing.stdout.contains("saved.json"), "{}", nothing.all());
    pipec_in(&project, &["plan", "--base-build", "--detailed-exitcode"]).gives(0);
    write(&project, &[("where region = 'north'", "where region = 'north' or true")]);
    for base in [&["--base", "saved.json"][..], &["--base-build"], &["--base-build=out"]] {
        let ran = pipec_in(&project, &[&["plan", "--fail-on", "new-access"], base].concat()).gives(3);
        assert!(ran.stderr.contains("P1005"), "{}", ran.all());
    }
    assert!(pipec_in(&project, &["plan", "--base-build=elsewhere"]).gives(1).stderr.contains("P1002"));
    fs::write(project.join("climbs.json"), r#"{"pipec_sources":1,"approvals":"","files":[{"path":"../a.pipe","text":""}]}"#).unwrap();
    assert!(pipec_in(&project, &["plan", "--base", "climbs.json"]).gives(1).stderr.contains("P1002"));
    fs::write(project.join("rows.json"), "{\"tables\": [{\"table\": \"visit_log\", \"rows\": 120000}]}\n").unwrap();
    write(&project, &[("select { v.id; v.day; v.minutes; v.changed_at }", "select { v.id; v.day; v.changed_at }")]);
    let counted = pipec_in(&project, &["plan", "--base", "saved.json", "--rows", "rows.json", "--verbose"]).gives(0);
    assert!(counted.stdout.contains("visit_log has to be built anew") && counted.stdout.contains("120000 rows"), "{}", counted.all());
    pipec_in(&project, &["plan", "--base", "saved.json", "--rows", "clinic.pipe"]).gives(1);
}

#[test]
fn bases_that_are_none() {
    let (here, project) = repository();
    for revision in ["nowhere", "--upload-pack=x", "main..change", "main:data", "", "a b", "@{u}"] {
        let ran = pipec_in(&project, &["plan", &format!("--base={revision}")]).gives(1);
        assert!(ran.stderr.contains("P1002"), "{revision}: {}", ran.stderr);
    }
    assert!(pipec_in(&project, &["plan", "--base", "out/manifest.json"]).gives(1).stderr.contains("P1002"));
    let nowhere = scratch();
    fs::write(nowhere.path().join("clinic.pipe"), CLINIC).unwrap();
    let mut outside = support::binary(&["plan"]);
    outside.current_dir(nowhere.path()).env("GIT_CEILING_DIRECTORIES", nowhere.path().parent().unwrap());
    let said = outside.output().unwrap();
    assert_eq!(said.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&said.stderr).contains("P1001"), "{}", String::from_utf8_lossy(&said.stderr));
    pipec_in(nowhere.path(), &["plan", "--base-dir", arg(&project)]).gives(0);
    // A base with errors, and one that only a check refuses.
    write(&project, &[("select { p.id; p.name;", "select { p.id; p.nmae;")]);
    git(here.path(), &["commit", "-qam", "broken"]);
    write(&project, &[("role analyst cannot read patient.name", "role officer cannot read patient.name")]);
    git(here.path(), &["commit", "-qam", "refused"]);
    write(&project, &[]);
    assert!(pipec_in(&project, &["plan", "--base", "HEAD~1"]).gives(1).stderr.contains("P1003"));
    let refused = pipec_in(&project, &["plan", "--base", "HEAD"]).gives(0);
    assert!(refused.stderr.contains("P1004") && refused.stdout.contains("Tests and contracts"), "{}", refused.all());
}

// --- formats --------------------------------------------------------------------------------------------------------------------

#[test]
fn json_is_versioned_and_whole() {
    let (_here, project) = repository();
    write(&project, &[("where region = 'north'", "where region = 'north' or true"), ("keep_last(4)", "keep_last(6)")]);
    let ran = pipec_in(&project, &["plan", "--format", "json", "--fail-on", "new-access"]).gives(3);
    let read: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!((&read["format"], &read["version"]), (&"pipec-plan".into(), &1.into()));
    assert_eq!(read["changes"], true);
    let rows = &read["access"][0];
    assert_eq!(
        (&rows["kind"], &rows["direction"], &rows["verdict"]["rows"]),
        (&"rows".into(), &"gain".into(), &"wider".into()),
        "{rows:#}"
    );
    assert!(rows["verdict"]["witness"].as_str().is_some_and(|w| w.contains("region")), "{rows:#}");
    assert_eq!(rows["caused_by"][1]["path"], "clinic.pipe");
    assert_eq!(read["protections"][0]["before"], "keep_last(4)");
    assert_eq!(read["closed_gates"][0]["gate"], "new-access");
    assert!(!ran.stdout.contains(project.to_str().unwrap()), "a path of this machine");
}

#[test]
fn gates_stand_beside_lines() {
    let (_here, project) = repository();
    write(&project, &[("where region = 'north'", "where region = 'north' or true")]);
    let ran = pipec_in(&project, &["plan", "--format", "sarif", "--fail-on", "new-access"]).gives(3);
    let read: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    let result = &read["runs"][0]["results"][0];
    assert_eq!((&read["version"], &result["ruleId"]), (&"2.1.0".into(), &"P1005/new-access".into()));
    let place = &result["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "data%20platform/clinic.pipe");
    let line = CLINIC.lines().position(|l| l.starts_with("policy north")).unwrap() + 1;
    assert_eq!(place["region"]["startLine"], line);
    let ran = pipec_in(&project, &["plan", "--format", "github", "--fail-on", "new-access"]).gives(3);
    assert!(ran.stdout.starts_with(&format!("::error file=data platform/clinic.pipe,line={line},")), "{}", ran.stdout);
    assert_eq!(ran.stdout.lines().count(), 1);
}

#[test]
fn a_comment_is_never_too_long_and_says_nothing_by_itself() {
    let nasty = "</details>\n@everyone `x` <!-- [a](b) ![c](d) \u{202e} | #1 https://x.y";
    let because = format!("because \"{}\"", nasty.replace('\n', " "));
    let mut text = edited(&[("reason = redact(v.reason)", "reason = release(v.reason, free_text general, because \"reviewed\")")]);
    text = text.replace("because \"reviewed\"", &because);
    for i in 0..900 {
        text.push_str(&format!(
            "\nmodel made_{i} in marts {{\n  from visit as v\n  select {{ v.id; v.region; v.minutes; v.day; v.reason }}\n}}\n"
        ));
    }
    text = text.replace("grant read on region to analyst", "grant read on region to analyst\n\ngrant read on made_* to officer");
    let head = Built::of(&text);
    let found = plan(&Built::of(CLINIC), &head);
    let open = findings(&found, &Gate::ALL);
    let approved = |f: &pipec::plan::Finding| pipec::plan::Approved { finding: f.clone(), because: "@".repeat(5_000) };
    let judged = pipec::plan::Judged { approved: open.iter().map(approved).collect(), open, ..Default::default() };
    let comment = pipec::plan::markdown(&found, "clinic", "main", &judged);
    assert!(comment.chars().count() <= 60_000, "{}", comment.chars().count());
    assert!(
        comment.starts_with(pipec::plan::MARKER) && comment.contains("more left out here"),
        "{}",
        comment.chars().take(400).collect::<String>()
    );
    assert_eq!(comment.matches("<details").count(), comment.matches("</details>").count());
    for bad in ["@everyone", "<!-- [", "![c]", "\u{202e}", "https://"] {
        assert!(!comment.contains(bad), "{bad} stands in the comment as it is");
    }
}

#[test]
fn sql_before_and_after() {
    let (_here, project) = repository();
    write(&project, &[("  where v.minutes > 0\n", "  where v.minutes > 5\n")]);
    let ran = pipec_in(&project, &["plan", "--sql", "visit"]).gives(0);
    assert!(ran.stdout.contains("-where v.minutes > 0") && ran.stdout.contains("+where v.minutes > 5"), "{}", ran.stdout);
    assert!(pipec_in(&project, &["plan", "--sql", "patient"]).gives(0).stdout.contains("is the same"));
    pipec_in(&project, &["plan", "--sql", "patent"]).gives(64);
}
