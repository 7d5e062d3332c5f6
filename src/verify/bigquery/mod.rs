//! Plain SQL on BigQuery, read back: its statements are run in a model of who reads what, and that is compared with the matrix. What fills
//! tables and views is held against what the project builds, word by word.

mod asked;
mod lex;
mod made;
mod read;
mod relations;
mod run;

pub(super) use asked::Asked;

use super::Artifacts;
use super::expected::{Expected, Keeping};
use super::report::{Difference, Report, Rows, Side};
use crate::base::{FileId, Span, VPath};
use crate::ir::{Program, Setting, TableId, TableKind};
use lex::Statement;
use read::{Name, Step, read};
use run::World;
use std::collections::{BTreeMap, BTreeSet};

const FOLDER: &str = "sql/bigquery/";

/// What is compared, and what is found.
struct Comparing<'c, 'p> {
    expected: &'c Expected<'p>,
    artifacts: &'c Artifacts<'c>,
    report: &'c mut Report,
    /// What a build makes.
    tables: BTreeMap<Name, TableId>,
    /// Those of which somebody may see some rows only.
    narrowed: BTreeSet<Name>,
}

/// A statement with what it does.
type Item = (Step, Statement);

/// Reads all of it, and compares it with the program.
pub(super) fn compare(expected: &Expected<'_>, artifacts: &Artifacts<'_>, built: &BTreeMap<VPath, Vec<u8>>, report: &mut Report) {
    report.targets.push("sql");
    let enforced = expected.program.roles.iter().any(|r| r.google_group.is_some());
    let made = expected.built().filter(|(_, t)| !matches!(t.kind, TableKind::Source(_)));
    let tables: BTreeMap<Name, TableId> = made.map(|(id, table)| (expected.name(table), id)).collect();
    // What a view hides, its query says.
    let stored = |id: TableId| expected.program.table(id).is_some_and(|t| matches!(expected.kept(t), Keeping::Table | Keeping::Other));
    let narrowed = |id: TableId| enforced && stored(id) && expected.narrowed(id);
    let narrowed = tables.iter().filter(|(_, id)| narrowed(**id)).map(|(name, _)| name.clone()).collect();
    let mut comparing = Comparing { expected, artifacts, report, tables, narrowed };
    let region = region(expected.program);
    let found = comparing.found(&region);
    let mut world = World::default();
    for (step, statement) in &found {
        if matches!(step, Step::Unread) {
            let says = "what this statement does to who reads what is not understood";
            comparing.push(statement.at, Side::NotUnderstood, ("", ""), says.to_owned(), None);
        }
        world.run(step, statement.at, &comparing.narrowed);
    }
    for fault in std::mem::take(&mut world.faults) {
        comparing.push(fault.at, fault.side, ("", &written(&fault.on)), fault.says, None);
    }
    made::compare(&mut comparing, &found, &wanted(built, &region));
    if enforced {
        relations::compare(&mut comparing, &world);
    }
    comparing.report.sort();
}

impl Comparing<'_, '_> {
    /// The statements of the artifact, in the order of running.
    fn found(&mut self, region: &str) -> Vec<Item> {
        let artifacts = self.artifacts;
        let Some(index) = artifacts.file(&format!("{FOLDER}index.txt")) else {
            self.push(Span::default(), Side::ProgramHasMore, ("", ""), format!("`{FOLDER}index.txt` is missing"), None);
            return Vec::new();
        };
        let mut out = Vec::new();
        for path in listed(artifacts.sources.text(index)) {
            let Some(file) = artifacts.file(&path) else {
                let says = format!("`{path}` is in the index, and there is no such file");
                self.push(Span::new(index, 0, 0), Side::ProgramHasMore, ("", ""), says, None);
                continue;
            };
            match lex::statements(file, artifacts.sources.text(file)) {
                Ok(statements) => out.extend(statements.into_iter().map(|s| (read(&s, region), s))),
                Err(at) => {
                    let says = format!("`{path}` cannot be read from here on: a quote or a comment");
                    self.push(at, Side::NotUnderstood, ("", ""), says, None);
                }
            }
        }
        out
    }

    fn push(&mut self, at: Span, side: Side, (who, object): (&str, &str), says: String, rows: Option<Rows>) {
        let because = self.tables.iter().find(|(name, _)| written(name) == object).and_then(|(_, id)| self.expected.because(*id));
        self.report.push(Difference {
            at,
            side,
            target: "sql",
            principal: who.to_owned(),
            verb: if who.is_empty() { String::new() } else { "read".to_owned() },
            object: object.to_owned(),
            columns: Vec::new(),
            rows,
            says,
            because,
        });
    }
}

/// `region-eu`, where BigQuery tells what was granted.
fn region(program: &Program) -> String {
    let location = program.project.warehouse.as_ref().and_then(|w| w.settings.get("location"));
    let location = if let Some(Setting::Text(location)) = location { location.to_ascii_lowercase() } else { "us".to_owned() };
    format!("region-{location}")
}

fn written(name: &Name) -> String {
    format!("{}.{}", name.0, name.1)
}

/// The files of an index that `run.sh` takes: whole lines, as they stand.
fn listed(index: &str) -> impl Iterator<Item = String> {
    let lines = index.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n'));
    lines.filter(|line| !line.is_empty() && !line.starts_with('#')).map(|line| format!("{FOLDER}{line}"))
}

/// The statements that the project builds, in the order of running.
fn wanted(built: &BTreeMap<VPath, Vec<u8>>, region: &str) -> Vec<Item> {
    let text = |path: &str| VPath::new(path).ok().and_then(|p| built.get(&p)).and_then(|bytes| std::str::from_utf8(bytes).ok());
    let index = text(&format!("{FOLDER}index.txt")).unwrap_or("");
    let files = listed(index).filter_map(|path| text(&path));
    let statements = files.flat_map(|text| lex::statements(FileId::default(), text).unwrap_or_default());
    statements.map(|s| (read(&s, region), s)).collect()
}

/// These as a list of words in backticks.
fn ticked<'t>(all: impl IntoIterator<Item = &'t String>) -> String {
    all.into_iter().map(|t| format!("`{t}`")).collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>().join(", ")
}
