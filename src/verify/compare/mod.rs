//! Compares the server that the scripts make with the program's matrix, cell by cell.

mod cells;
mod conditions;
mod kept;
mod roles;

use super::expected::{Expected, Keeping};
use super::lex::Token;
use super::report::{Difference, Report, Side};
use super::world::{Name, PUBLIC, World};
use super::{Artifacts, Reading, audits, content, functions, partitions};
use crate::base::Span;
use crate::ir::{Table, TableId};
use cells::said;
use conditions::Conditions;
use std::collections::{BTreeMap, BTreeSet};

/// Verbs of a right on a relation that a reader could have.
const VERBS: [&str; 4] = ["select", "insert", "update", "delete"];

/// Compares, and writes what differs into the report.
pub(super) fn compare(expected: &Expected<'_>, artifacts: &Artifacts<'_>, mut reading: Reading, report: &mut Report) {
    report.targets.push(reading.target);
    let unread = std::mem::take(&mut reading.world.unread);
    let owner = reading.world.guards.first().map(|g| g.owner.clone());
    let mut comparing = Comparing { expected, artifacts, reading: &reading, report, owner, calls: BTreeMap::new(), reach: BTreeMap::new() };
    for (at, what) in unread {
        comparing.push(at, Side::NotUnderstood, "", "", "", format!("{what} is not understood"), None);
    }
    for path in &reading.missing {
        comparing.push(Span::default(), Side::ProgramHasMore, "", "", path, format!("`{path}` is missing"), None);
    }
    if expected.enforced() {
        comparing.roles();
        comparing.schemas();
        comparing.taken_back();
    }
    let mut known = BTreeSet::new();
    let mut needs_setup = false;
    for (id, table) in expected.built() {
        if reading.form == content::Form::Dbt && expected.kept(table) == Keeping::Inlined {
            continue;
        }
        let name = expected.name(table);
        needs_setup |= comparing.table(id, table, &name);
        known.extend(partitions::compare(&mut comparing, id, table, &name));
        known.insert(name);
    }
    for (name, relation) in reading.world.relations.iter().filter(|(n, _)| !known.contains(*n)) {
        let object = object(name);
        let says = format!("`{object}` is made, and the program has no such table");
        comparing.push(relation.at, Side::ArtifactHasMore, "", "", &object, says, None);
    }
    if let Some(words) = reading.setup.lacks(needs_setup) {
        let says = format!("the set-up of the masks is not the standard library's: `{words} …` should come next");
        comparing.push(Span::default(), Side::Differs, "", "", "pipec", says, None);
    }
    functions::compare(&mut comparing);
    audits::compare(&mut comparing);
    comparing.report.sort();
}

/// `schema.name`
pub(super) fn object(name: &Name) -> String {
    format!("{}.{}", name.0, name.1)
}

/// What is at hand while comparing.
pub(super) struct Comparing<'c> {
    pub(super) expected: &'c Expected<'c>,
    artifacts: &'c Artifacts<'c>,
    pub(super) reading: &'c Reading,
    report: &'c mut Report,
    /// The role that owns tables, by the guard.
    pub(super) owner: Option<String>,
    /// Look-ups, and who needs to call them.
    pub(super) calls: BTreeMap<Name, BTreeSet<String>>,
    reach: BTreeMap<String, BTreeSet<String>>,
}

impl Comparing<'_> {
    #[expect(clippy::too_many_arguments, reason = "a difference has that many sides")]
    pub(super) fn push(&mut self, at: Span, side: Side, who: &str, verb: &str, object: &str, says: String, because: Option<Span>) {
        self.report.push(Difference {
            at,
            side,
            target: self.reading.target,
            principal: who.to_owned(),
            verb: verb.to_owned(),
            object: object.to_owned(),
            columns: Vec::new(),
            rows: None,
            says,
            because,
        });
    }

    pub(super) fn world(&self) -> &World {
        &self.reading.world
    }

    fn reaches(&mut self, role: &str) -> BTreeSet<String> {
        let world = &self.reading.world;
        self.reach.entry(role.to_owned()).or_insert_with(|| world.reaches(role)).clone()
    }

    /// Everybody whom an artifact could give something: the program's roles, the public, and whoever else is named.
    fn principals(&self) -> BTreeSet<String> {
        let mut all = self.expected.roles();
        all.insert(PUBLIC.to_owned());
        all
    }

    /// One table; whether what fills it calls the set-up.
    fn table(&mut self, id: TableId, table: &Table, name: &Name) -> bool {
        let because = self.expected.because(id);
        let written = object(name);
        let content = content::of(self.expected, table, self.reading.form);
        let needs = content.as_ref().is_some_and(|c| c.whole.iter().any(|s| functions::calls_setup(s)));
        let world = &self.reading.world;
        let Some(relation) = world.relations.get(name) else {
            let says = format!("`{written}` is not made");
            self.push(Span::default(), Side::ProgramHasMore, "", "", &written, says, because);
            return needs;
        };
        let filter = self.filled(relation, table, content.as_ref(), &written, because);
        self.kept(id, table, relation, &written, because);
        let columns: BTreeSet<String> = table.columns.iter().map(|c| c.name.as_str().to_owned()).collect();
        let lines = self.expected.lines(id);
        let conditions = Conditions::of(self, relation, filter, &name.1, &columns);
        for at in &conditions.unread {
            self.push(*at, Side::NotUnderstood, "", "", &written, format!("a condition on `{written}` is not understood"), because);
        }
        for who in self.principals() {
            let reach = self.reaches(&who);
            for verb in VERBS {
                let said = said(&lines, &who, verb, &columns);
                let found = self.found(relation, name, &reach, verb, &conditions, &columns);
                self.report.cells += columns.len();
                self.cells(&found, &said, (&who, verb, &written), (relation, &reach), because);
            }
            self.called(&conditions, relation, &reach, &who);
        }
        self.others(id, relation, &written, because);
        if relation.enabled {
            self.builds(relation, &conditions, &written, because);
        }
        needs
    }
}

/// A relation's tokens as a set of what they call.
pub(super) fn qualified(tokens: &[Token]) -> BTreeSet<Name> {
    (0..tokens.len()).filter_map(|i| super::lex::Cursor::new(tokens.get(i..)?).qualified()).collect()
}
