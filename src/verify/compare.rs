//! Compares the server that the scripts make with the program's matrix, cell by cell.

use super::condition::{Scope, read};
use super::content::{self, Content};
use super::expected::{Expected, Keeping, Line};
use super::functions;
use super::lex::{Token, tokens};
use super::predicate::Predicate;
use super::report::{Difference, Report, Rows, Side};
use super::world::{Kept, Name, PUBLIC, Policy, Relation, World};
use super::{Artifacts, Reading};
use crate::base::Span;
use crate::ir::{Table, TableId, TableKind, Verb};
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
    }
    let mut known = BTreeSet::new();
    let mut needs_setup = false;
    for (id, table) in expected.built() {
        if reading.form == content::Form::Dbt && expected.kept(table) == Keeping::Inlined {
            continue;
        }
        let name = expected.name(table);
        needs_setup |= comparing.table(id, table, &name);
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

/// What a login may do with the columns of a relation: per column the rows, where it may at all.
type Cells = BTreeMap<String, Predicate>;

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

    /// Roles, who is a member of whom, and the statement that stops a build whose readers would pass row-level security by.
    fn roles(&mut self) {
        let roles = self.expected.roles();
        for role in &roles {
            if !self.world().roles.contains_key(role) {
                let says = format!("the role `{role}` is not made");
                self.push(Span::default(), Side::ProgramHasMore, role, "", "", says, None);
            }
        }
        let members: Vec<(String, String, Span)> = self.world().members.iter().map(|m| (m.who.clone(), m.of.clone(), m.at)).collect();
        for (who, of, at) in members {
            let says = format!("`{who}` becomes a member of `{of}`, which the program does not say");
            self.push(at, Side::ArtifactHasMore, &who, "member", &of, says, None);
        }
        let guarded = self.world().guards.iter().any(|g| roles.is_subset(&g.readers));
        let owned = self.owner.as_ref().is_some_and(|o| self.world().roles.contains_key(o) && !roles.contains(o));
        let one = self.world().guards.iter().all(|g| Some(&g.owner) == self.owner.as_ref());
        if !(guarded && owned && one) {
            let says = "nothing stops a build where a reader is a superuser, passes row-level security by, or is a member of the owner";
            self.push(Span::default(), Side::ArtifactHasMore, "", "", "", says.to_owned(), None);
        }
    }

    /// Who reaches into schemas, and who makes things there.
    fn schemas(&mut self) {
        let mut wanted: BTreeSet<(String, String)> = BTreeSet::new();
        for (id, table) in self.expected.built() {
            let schema = self.expected.name(table).0;
            wanted.extend(self.expected.lines(id).into_iter().map(|l| (schema.clone(), l.role)));
        }
        let mut found = Vec::new();
        for (name, schema) in &self.world().schemas {
            if !schema.cleared {
                let says = format!("what the public may do in the schema `{name}` is not taken back");
                found.push((schema.at, Side::ArtifactHasMore, PUBLIC.to_owned(), "usage", name.clone(), says));
            }
            for right in schema.rights.iter().filter(|r| Some(&r.to) != self.owner.as_ref()) {
                let fits = right.verb == "usage" && wanted.contains(&(name.clone(), right.to.clone()));
                if !fits {
                    let says = format!("`{}` may `{}` in the schema `{name}`", right.to, right.verb);
                    found.push((right.at, Side::ArtifactHasMore, right.to.clone(), "usage", name.clone(), says));
                }
            }
            let may = |verb: &str| schema.rights.iter().any(|r| Some(&r.to) == self.owner.as_ref() && (r.verb == verb || r.verb == "all"));
            if !(may("usage") && may("create")) {
                let says = format!("the owner of the tables may not make any in the schema `{name}`");
                found.push((schema.at, Side::ProgramHasMore, self.owner.clone().unwrap_or_default(), "create", name.clone(), says));
            }
        }
        for (at, side, who, verb, name, says) in found {
            self.push(at, side, &who, verb, &name, says, None);
        }
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

    /// Whether what fills a relation is what the program says; gives the condition of a view that hides rows.
    fn filled(
        &mut self,
        relation: &Relation,
        table: &Table,
        content: Option<&Content>,
        written: &str,
        because: Option<Span>,
    ) -> Option<Span> {
        let Some(content) = content else {
            let says = format!("what fills `{written}` cannot be told from the program");
            self.push(relation.at, Side::NotUnderstood, "", "", written, says, because);
            return None;
        };
        let as_said = match (&relation.first, &content.first) {
            (Some(found), Some(wanted)) => super::bodies::same(found, wanted),
            (found, wanted) => found.is_none() && wanted.is_none(),
        };
        if !as_said {
            let says = format!("`{written}` is not filled with what the program says when it is made");
            self.push(relation.at, Side::Differs, "", "", written, says, because);
        }
        if let (Some(around), [(found, _)]) = (&content.filtered, relation.content.as_slice())
            && found.len() > around.len()
            && found.get(..around.len()).is_some_and(|head| super::bodies::same(head, around))
            && !content.whole.first().is_some_and(|w| super::bodies::same(w, found))
        {
            let rest = found.get(around.len()..).unwrap_or(&[]);
            return Some(rest.first()?.at.to(rest.last()?.at));
        }
        if let (true, [(found, at)], [wanted]) = (content.columns_only, relation.content.as_slice(), content.whole.as_slice()) {
            if !content::has_columns(found, wanted) {
                let says = format!("`{written}` does not have the columns that the program says");
                self.push(*at, Side::Differs, "", "", written, says, because);
            }
            self.reads_known(found, *at, written, because);
            return None;
        }
        let mut wanted = content.whole.iter();
        for (found, at) in &relation.content {
            if !wanted.next().is_some_and(|w| super::bodies::same(w, found)) {
                let says = format!("`{written}` is not filled with what the program says");
                self.push(*at, Side::Differs, "", "", written, says, because);
                return None;
            }
        }
        if wanted.next().is_some() {
            let says = format!("not all of `{written}` is filled in");
            self.push(relation.at, Side::Differs, "", "", written, says, because);
        }
        let _ = table;
        None
    }

    /// Whether definitions call nothing but what is known: a check runs with the rights of whoever writes.
    fn reads_known(&mut self, found: &[Token], at: Span, written: &str, because: Option<Span>) {
        let known = functions::known(self);
        for name in functions::unknown(found, &known) {
            let says = format!("a definition of `{written}` calls `{name}`, which is not understood");
            self.push(at, Side::NotUnderstood, "", "", &name, says, because);
        }
    }

    /// How a relation is kept, and whose it is.
    fn kept(&mut self, id: TableId, table: &Table, relation: &Relation, written: &str, because: Option<Span>) {
        let materialized = matches!(&table.kind, TableKind::Model(_)) && self.expected.kept(table) == Keeping::Other;
        let wanted = match self.expected.kept(table) {
            Keeping::Table => Kept::Table,
            Keeping::View | Keeping::Inlined => Kept::View,
            Keeping::Other => Kept::Materialized,
        };
        if relation.kept != wanted && !(materialized && relation.kept == Kept::Materialized) {
            let says = format!("`{written}` is not kept as the program says");
            self.push(relation.at, Side::Differs, "", "", written, says, because);
        }
        if relation.invoker {
            let says = format!("`{written}` reads with the rights of whoever asks, who has none below it");
            self.push(relation.at, Side::ProgramHasMore, "", "select", written, says, because);
        }
        if !self.expected.enforced() {
            return;
        }
        let owner = if relation.kept == Kept::Table { self.owner.clone() } else { None };
        if relation.owner != owner {
            let whose = relation.owner.clone().unwrap_or_else(|| "whoever builds".to_owned());
            let says = format!("`{written}` belongs to `{whose}`");
            self.push(relation.at, Side::ArtifactHasMore, &whose, "own", written, says, because);
        }
        if !relation.cleared {
            let says = format!("rights on `{written}` that somebody gave before are not taken back");
            self.push(relation.at, Side::ArtifactHasMore, PUBLIC, "select", written, says, because);
        }
        let hides = self.expected.lines(id).iter().any(|l| l.verb == Verb::Read && l.rows != Predicate::Yes);
        if relation.kept == Kept::View && !relation.barrier && (hides || self.expected.is_twin(id) || self.expected.is_shown(id)) {
            let says = format!("`{written}` has no `security_barrier`: a function in a reader's condition is told values of hidden rows");
            self.push(relation.at, Side::ArtifactHasMore, "", "select", written, says, because);
        }
        if relation.kept == Kept::Table && relation.enabled && !relation.forced {
            let says = format!("row-level security of `{written}` does not hold its owner");
            let owner = self.owner.clone().unwrap_or_default();
            self.push(relation.at, Side::ArtifactHasMore, &owner, "select", written, says, because);
        }
        if relation.kept == Kept::Table && !relation.enabled && self.expected.narrowed(id) {
            let says = format!("row-level security of `{written}` is not enabled");
            self.push(relation.at, Side::ArtifactHasMore, "", "select", written, says, because);
        }
    }

    /// What somebody may do with the columns of a relation.
    fn found(
        &self,
        relation: &Relation,
        name: &Name,
        reach: &BTreeSet<String>,
        verb: &str,
        conditions: &Conditions,
        columns: &BTreeSet<String>,
    ) -> Cells {
        let owns = relation.owner.as_ref().is_some_and(|o| reach.contains(o));
        let enters = self.world().schemas.get(&name.0).is_some_and(|s| {
            s.rights.iter().any(|r| reach.contains(&r.to) && (r.verb == "usage" || r.verb == "all")) || (!s.cleared && owns)
        });
        if !enters {
            return Cells::new();
        }
        let mut may: BTreeSet<&String> = BTreeSet::new();
        for right in relation.rights.iter().filter(|r| reach.contains(&r.to) && (r.verb == verb || r.verb == "all")) {
            match &right.column {
                None => may.extend(columns),
                Some(column) => may.extend(columns.get(column)),
            }
        }
        if owns {
            may.extend(columns);
        }
        let rows = conditions.rows(relation, reach, verb, owns);
        may.into_iter().map(|c| (c.clone(), rows.clone())).collect()
    }

    /// Compares the cells of one login, verb and relation.
    fn cells(
        &mut self,
        found: &Cells,
        said: &Cells,
        (who, verb, written): (&str, &str, &str),
        (relation, reach): (&Relation, &BTreeSet<String>),
        because: Option<Span>,
    ) {
        let mut groups: BTreeMap<(Option<&Predicate>, Option<&Predicate>), Vec<String>> = BTreeMap::new();
        let all: BTreeSet<&String> = found.keys().chain(said.keys()).collect();
        for column in all {
            let (f, s) = (found.get(column), said.get(column));
            if f != s {
                groups.entry((f, s)).or_default().push(column.clone());
            }
        }
        for ((found, said), columns) in groups {
            let side = match (found, said) {
                (Some(_), None) => Side::ArtifactHasMore,
                (None, _) => Side::ProgramHasMore,
                (Some(f), Some(s)) if s.implies(f) => Side::ArtifactHasMore,
                (Some(f), Some(s)) if f.implies(s) => Side::ProgramHasMore,
                _ => Side::Differs,
            };
            let what = match (found, said) {
                (Some(_), Some(_)) => "other rows of",
                (Some(_), None) => "columns it should not of",
                (None, _) => "too little of",
            };
            let listed = columns.iter().map(|c| format!("`{c}`")).collect::<Vec<_>>().join(", ");
            let says = format!("`{who}` may {verb} {what} `{written}`: {listed}");
            let right = relation.rights.iter().find(|r| {
                reach.contains(&r.to)
                    && r.verb == verb
                    && r.column.as_ref().is_none_or(|c| columns.contains(c))
                    && side != Side::ProgramHasMore
            });
            let policy = relation.policies.iter().find(|p| said.is_some() && applies(p, reach, verb));
            let at = policy.map(|p| p.at).or(right.map(|r| r.at)).unwrap_or(relation.at);
            self.report.push(Difference {
                at,
                side,
                target: self.reading.target,
                principal: who.to_owned(),
                verb: verb.to_owned(),
                object: written.to_owned(),
                columns,
                rows: Rows::new(found, said),
                says,
                because,
            });
        }
    }

    /// Notes which look-ups a reader has to be able to call.
    fn called(&mut self, conditions: &Conditions, relation: &Relation, reach: &BTreeSet<String>, who: &str) {
        let reads = relation.rights.iter().any(|r| reach.contains(&r.to));
        if !reads {
            return;
        }
        for (policy, called) in &conditions.calls {
            let met = policy.is_none_or(|i| {
                let policy = relation.policies.get(i);
                policy.is_some_and(|p| ["select", "insert", "update", "delete"].iter().any(|v| applies(p, reach, v)))
            });
            if met {
                called.iter().for_each(|f| {
                    self.calls.entry(f.clone()).or_default().insert(who.to_owned());
                });
            }
        }
    }

    /// Rights that no line of a matrix is about, and principals that the program does not know.
    fn others(&mut self, id: TableId, relation: &Relation, written: &str, because: Option<Span>) {
        let known = self.principals();
        let lines = self.expected.lines(id);
        for right in relation.rights.iter().filter(|r| Some(&r.to) != relation.owner.as_ref()) {
            let stranger = !known.contains(&right.to);
            let writes = lines.iter().any(|l| l.role == right.to && l.verb == Verb::Write);
            let verb = VERBS.contains(&right.verb.as_str()) && (right.verb != "delete" || writes);
            if stranger || !verb {
                let says = format!("`{}` may {} `{written}`", right.to, right.verb);
                self.push(right.at, Side::ArtifactHasMore, &right.to, &right.verb, written, says, because);
            }
        }
    }

    /// Under row-level security that holds the owner, too, who builds has to see and write every row.
    fn builds(&mut self, relation: &Relation, conditions: &Conditions, written: &str, because: Option<Span>) {
        let Some(owner) = self.owner.clone() else { return };
        let reach = BTreeSet::from([owner.clone(), PUBLIC.to_owned()]);
        let all = VERBS.iter().all(|verb| conditions.rows(relation, &reach, verb, false) == Predicate::Yes);
        if !all {
            let says = format!("who builds `{written}` does not see every row of it");
            self.push(relation.at, Side::ProgramHasMore, &owner, "select", written, says, because);
        }
    }
}

/// What the program says somebody may do with columns.
fn said(lines: &[Line], who: &str, verb: &str, columns: &BTreeSet<String>) -> Cells {
    let mut cells = Cells::new();
    let wanted = if verb == "select" { Verb::Read } else { Verb::Write };
    for line in lines.iter().filter(|l| l.role == who && l.verb == wanted) {
        // Rows are deleted whole.
        let these = if verb == "delete" { columns } else { &line.columns };
        for column in these {
            let before = cells.remove(column).unwrap_or(Predicate::No);
            cells.insert(column.clone(), Predicate::any([before, line.rows.clone()]));
        }
    }
    cells
}

fn applies(policy: &Policy, reach: &BTreeSet<String>, verb: &str) -> bool {
    let whom = policy.to.is_empty() || policy.to.iter().any(|r| reach.contains(r));
    whom && (policy.verb == verb || policy.verb == "all")
}

/// The conditions on a relation, read.
struct Conditions {
    /// Of each policy: `using` and `with check`.
    policies: Vec<(Option<Predicate>, Option<Predicate>)>,
    /// Of a view that hides rows.
    filter: Option<Predicate>,
    unread: Vec<Span>,
    /// Look-ups that are called: by which policy, or by the view.
    calls: Vec<(Option<usize>, BTreeSet<Name>)>,
}

impl Conditions {
    fn of(comparing: &Comparing<'_>, relation: &Relation, filter: Option<Span>, own: &str, columns: &BTreeSet<String>) -> Conditions {
        let sources = comparing.artifacts.sources;
        let mut out = Conditions { policies: Vec::new(), filter: None, unread: Vec::new(), calls: Vec::new() };
        let alias = if relation.kept == Kept::Table { own } else { "seen" };
        let scope = Scope { alias, columns, world: comparing.world() };
        let mut one = |at: Option<Span>, policy: Option<usize>| {
            let at = at?;
            let text = sources.slice(at);
            let called = tokens(text, at).map(|t| functions::called(comparing.world(), &t)).unwrap_or_default();
            out.calls.push((policy, called));
            let condition = read(text, &scope);
            if condition.is_none() {
                out.unread.push(at);
            }
            // What is not read shows everything: no reader is thought to see less than they may.
            Some(condition.unwrap_or(Predicate::Yes))
        };
        let policies: Vec<_> = relation.policies.iter().enumerate().map(|(i, p)| (one(p.using, Some(i)), one(p.check, Some(i)))).collect();
        let filter = one(filter, None);
        Conditions { policies, filter, ..out }
    }

    /// The rows that somebody meets with a verb.
    fn rows(&self, relation: &Relation, reach: &BTreeSet<String>, verb: &str, owns: bool) -> Predicate {
        if relation.kept != Kept::Table {
            return self.filter.as_ref().map_or(Predicate::Yes, |f| f.seen_by(reach));
        }
        if !relation.enabled || (owns && !relation.forced) {
            return Predicate::Yes;
        }
        let (mut open, mut narrow) = (Vec::new(), Vec::new());
        for (policy, (using, check)) in relation.policies.iter().zip(&self.policies).filter(|(p, _)| applies(p, reach, verb)) {
            // New rows are held against `with check`, or `using` where there is none.
            let condition = match verb {
                "insert" => check.as_ref().or(using.as_ref()).cloned(),
                "update" => using.as_ref().map(|u| Predicate::all([u.clone(), check.clone().unwrap_or(Predicate::Yes)])),
                _ => using.clone(),
            };
            match (condition, policy.permissive) {
                (Some(condition), true) => open.push(condition),
                (Some(condition), false) => narrow.push(condition),
                (None, _) => {}
            }
        }
        let seen = Predicate::all([Predicate::any(open), Predicate::all(narrow)]);
        seen.seen_by(reach)
    }
}

/// A relation's tokens as a set of what they call.
pub(super) fn qualified(tokens: &[Token]) -> BTreeSet<Name> {
    (0..tokens.len()).filter_map(|i| super::lex::Cursor::new(tokens.get(i..)?).qualified()).collect()
}
