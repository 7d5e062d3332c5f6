//! Roles, schemas, and what earlier builds gave.

use super::super::partitions;
use super::super::report::Side;
use super::super::world::{Name, PUBLIC};
use super::{Comparing, object};
use crate::base::Span;
use crate::ir::Table;
use std::collections::BTreeSet;

impl Comparing<'_> {
    /// Roles, who is a member of whom, and the statement that stops a build whose readers would pass row-level security by.
    pub(super) fn roles(&mut self) {
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
    pub(super) fn schemas(&mut self) {
        let (wanted, roles) = (self.entered(), self.expected.roles());
        let tables: BTreeSet<String> = self.expected.built().map(|(_, t)| self.expected.name(t).0).collect();
        let mut found = Vec::new();
        for (name, schema) in &self.world().schemas {
            if !schema.cleared {
                let says = format!("what the public may do in the schema `{name}` is not taken back");
                found.push((schema.at, Side::ArtifactHasMore, PUBLIC.to_owned(), "usage", name.clone(), says));
            }
            // The schema of the look-ups is made here, and nobody but its owner was ever let in.
            for role in roles.iter().filter(|r| tables.contains(name) && !schema.closed_to.contains(*r)) {
                let says = format!("what `{role}` could make in the schema `{name}` before is not taken back");
                found.push((schema.at, Side::ArtifactHasMore, role.clone(), "create", name.clone(), says));
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

    /// Whether what earlier builds gave, and the program does not say any more, is taken back: all of that, and nothing that it says.
    pub(super) fn taken_back(&mut self) {
        let named = |table: &Table| {
            let name = self.expected.name(table);
            partitions::names(table, &name).into_iter().chain([name.clone()]).collect::<Vec<_>>()
        };
        let built: BTreeSet<Name> = self.expected.built().flat_map(|(_, table)| named(table)).collect();
        let entered = self.entered();
        let [taken_back] = self.world().taken_back.as_slice() else {
            let says = "what earlier builds gave, and the program does not say, is not taken back once".to_owned();
            self.push(Span::default(), Side::ArtifactHasMore, "", "", "", says, None);
            return;
        };
        let at = taken_back.at;
        let mut found = Vec::new();
        for name in taken_back.relations.symmetric_difference(&built) {
            let (side, does) = if built.contains(name) { (Side::ProgramHasMore, "closes") } else { (Side::ArtifactHasMore, "leaves open") };
            found.push((side, String::new(), object(name), format!("the build {does} `{}` of earlier builds", object(name))));
        }
        for one in taken_back.entered.symmetric_difference(&entered) {
            let (schema, who) = one;
            let (side, does) =
                if entered.contains(one) { (Side::ProgramHasMore, "forgets") } else { (Side::ArtifactHasMore, "goes on with") };
            found.push((side, who.clone(), schema.clone(), format!("the build {does} that `{who}` reaches into the schema `{schema}`")));
        }
        for (side, who, object, says) in found {
            self.push(at, side, &who, "", &object, says, None);
        }
    }

    /// Schemas with the roles that read or write something in them.
    fn entered(&self) -> BTreeSet<Name> {
        let mut all = BTreeSet::new();
        for (id, table) in self.expected.built() {
            let schema = self.expected.name(table).0;
            all.extend(self.expected.lines(id).into_iter().map(|l| (schema.clone(), l.role)));
        }
        all
    }
}
