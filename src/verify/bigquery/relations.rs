//! Who reads which rows of each table and view once everything has run, in the artifact and in the program.

use super::super::condition;
use super::super::predicate::Predicate;
use super::super::report::{Rows, Side};
use super::read::Name;
use super::run::{BUILDER, Grant, Policy, Relation, World};
use super::{Comparing, ticked, written};
use crate::base::Span;
use crate::ir::TableId;
use std::collections::{BTreeMap, BTreeSet};

/// What lets a group read a table, and do nothing else with it.
const VIEWER: &str = "roles/bigquery.dataViewer";

/// By member: the rows they are to see.
type Said = BTreeMap<String, Predicate>;

/// Compares all of them.
pub(super) fn compare(comparing: &mut Comparing<'_, '_>, world: &World) {
    for (name, id) in comparing.tables.clone() {
        // That a table is not made has been said.
        let Some(relation) = world.relations.get(&name) else { continue };
        one(comparing, &name, id, relation);
    }
    let others = |name: &Name| !comparing.tables.contains_key(name);
    for (name, relation) in world.relations.iter().filter(|(name, _)| others(name)).collect::<Vec<_>>() {
        for grant in relation.granted.iter().flatten() {
            let says = format!("`{}` may read `{}`, which the project does not make", grant.to, written(name));
            comparing.push(grant.at, Side::ArtifactHasMore, (&grant.to, &written(name)), says, None);
        }
    }
}

fn one(comparing: &mut Comparing<'_, '_>, name: &Name, id: TableId, relation: &Relation) {
    let (object, at) = (written(name), relation.at.unwrap_or_default());
    let said: Said = comparing.expected.in_bigquery(id);
    let columns = comparing.expected.program.table(id).map_or(0, |t| t.columns.len());
    comparing.report.cells += columns * said.len();
    let Some(granted) = &relation.granted else {
        let says = format!("what anybody was granted on `{object}` before is not taken back");
        return comparing.push(at, Side::ArtifactHasMore, ("", &object), says, None);
    };
    let view = relation.view == Some(true);
    if !view && relation.policies.is_none() {
        let says = format!("row access policies that `{object}` had before are not dropped: who reads which rows is not known");
        return comparing.push(at, Side::Differs, ("", &object), says, None);
    }
    let policies = relation.policies.as_ref().filter(|_| !view);
    members(comparing, &object, granted, &said);
    for (who, wanted) in &said {
        let given = granted.iter().find(|g| g.to == *who && g.role == VIEWER);
        let Some(given) = given else {
            let says = format!("`{who}` may not read `{object}`, and the program says so");
            comparing.push(at, Side::ProgramHasMore, (who, &object), says, None);
            continue;
        };
        // Rows that a view hides are a part of what makes it.
        if view {
            continue;
        }
        let (found, place) = rows(comparing, id, who, policies);
        if found == *wanted {
            continue;
        }
        let side = match () {
            () if wanted.implies(&found) => Side::ArtifactHasMore,
            () if found.implies(wanted) => Side::ProgramHasMore,
            () => Side::Differs,
        };
        let says = format!("`{who}` may read other rows of `{object}` than the program says");
        comparing.push(place.unwrap_or(given.at), side, (who, &object), says, Rows::new(Some(&found), Some(wanted)));
    }
    let Some(policies) = policies.filter(|p| !p.is_empty()) else { return };
    if policies.get(BUILDER).is_none_or(|p| p.filter.is_some()) {
        let says = format!("who builds sees no rows of `{object}`, so that what is built from it lacks them");
        comparing.push(at, Side::ProgramHasMore, ("", &object), says, None);
    }
    let strangers: BTreeSet<&String> = policies.values().flat_map(|p| &p.to).filter(|to| !said.contains_key(*to)).collect();
    if !strangers.is_empty() {
        let says = format!("row access policies of `{object}` show rows to {}, and the program does not", ticked(strangers));
        comparing.push(at, Side::ArtifactHasMore, ("", &object), says, None);
    }
}

/// Those who are given something that the program does not give them.
fn members(comparing: &mut Comparing<'_, '_>, object: &str, granted: &[Grant], said: &Said) {
    for grant in granted.iter().filter(|g| !said.contains_key(&g.to)) {
        let says = format!("`{}` may read `{object}`, and the program does not say so", grant.to);
        comparing.push(grant.at, Side::ArtifactHasMore, (&grant.to, object), says, None);
    }
    for grant in granted.iter().filter(|g| said.contains_key(&g.to) && g.role != VIEWER) {
        let says = format!("`{}` has `{}` on `{object}`, and the program lets them read only", grant.to, grant.role);
        comparing.push(grant.at, Side::ArtifactHasMore, (&grant.to, object), says, None);
    }
}

/// The rows that a group meets, and the policy that shows them. Once there is a policy, who is named in none sees nothing.
fn rows(
    comparing: &mut Comparing<'_, '_>,
    id: TableId,
    who: &str,
    policies: Option<&BTreeMap<String, Policy>>,
) -> (Predicate, Option<Span>) {
    let Some(policies) = policies.filter(|p| !p.is_empty()) else { return (Predicate::Yes, None) };
    let everybody = ["allAuthenticatedUsers", "allUsers"];
    let mine = policies.values().filter(|p| p.to.iter().any(|to| to == who || everybody.contains(&to.as_str())));
    let (mut open, mut place) = (Vec::new(), None);
    for policy in mine {
        place = Some(policy.at);
        let Some(filter) = policy.filter else { continue };
        let columns = comparing.expected.columns(id);
        match condition::over_bigquery(comparing.artifacts.sources.slice(filter), &columns) {
            Some(condition) => open.push(condition),
            None => {
                let says = "the condition of a row access policy is not understood".to_owned();
                comparing.push(filter, Side::NotUnderstood, (who, ""), says, None);
                open.push(Predicate::Yes);
            }
        }
    }
    (Predicate::any(open), place)
}
