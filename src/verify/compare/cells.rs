//! What somebody may do with the columns of a relation, in the artifact and in the program.

use super::super::expected::Line;
use super::super::predicate::Predicate;
use super::super::report::{Difference, Rows, Side};
use super::super::world::{Kept, Name, PUBLIC, Relation, Right};
use super::conditions::{Conditions, applies};
use super::{Comparing, VERBS};
use crate::base::Span;
use crate::ir::{TableId, Verb};
use std::collections::{BTreeMap, BTreeSet};

/// What a login may do with the columns of a relation: per column the rows, where it may at all.
pub(super) type Cells = BTreeMap<String, Predicate>;

impl Comparing<'_> {
    /// What somebody may do with the columns of a relation.
    pub(super) fn found(
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
    pub(super) fn cells(
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
    pub(super) fn called(&mut self, conditions: &Conditions, relation: &Relation, reach: &BTreeSet<String>, who: &str) {
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
    pub(super) fn others(&mut self, id: TableId, relation: &Relation, written: &str, because: Option<Span>) {
        let known = self.principals();
        let lines = self.expected.lines(id);
        let asked = relation.kept != Kept::Table && self.expected.enforced() && self.expected.is_asked(id);
        let owner = self.owner.clone();
        let looks_up = |r: &Right| asked && Some(&r.to) == owner.as_ref() && r.verb == "select";
        if asked && !relation.rights.iter().any(|r| looks_up(r) && r.column.is_none()) {
            let says = format!("the owner of the tables may not read `{written}`, where it looks up an entitlement: that denies everybody");
            let who = owner.clone().unwrap_or_default();
            self.push(relation.at, Side::ProgramHasMore, &who, "select", written, says, because);
        }
        for right in relation.rights.iter().filter(|r| Some(&r.to) != relation.owner.as_ref() && !looks_up(r)) {
            // A right of the public is one too many even where all who reach into the schema today have it as well.
            let stranger = !known.contains(&right.to) || right.to == PUBLIC;
            let writes = lines.iter().any(|l| l.role == right.to && l.verb == Verb::Write);
            let verb = VERBS.contains(&right.verb.as_str()) && (right.verb != "delete" || writes);
            if stranger || !verb {
                let says = format!("`{}` may {} `{written}`", right.to, right.verb);
                self.push(right.at, Side::ArtifactHasMore, &right.to, &right.verb, written, says, because);
            }
        }
    }
}

/// What the program says somebody may do with columns.
pub(super) fn said(lines: &[Line], who: &str, verb: &str, columns: &BTreeSet<String>) -> Cells {
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
