//! Runs statements in a model of BigQuery: what was granted, which row access policies there are, and who could read in between.

use super::super::report::Side;
use super::read::{Name, Step};
use crate::base::Span;
use std::collections::{BTreeMap, BTreeSet};

/// A row access policy.
#[derive(Clone, Debug)]
pub(super) struct Policy {
    pub(super) to: Vec<String>,
    /// Its condition; `None`: of who builds, all rows.
    pub(super) filter: Option<Span>,
    pub(super) at: Span,
}

/// What somebody was given.
#[derive(Clone, Debug)]
pub(super) struct Grant {
    pub(super) role: String,
    pub(super) to: String,
    pub(super) at: Span,
}

/// A table or view. What was there before is not known until a statement says so.
#[derive(Clone, Debug, Default)]
pub(super) struct Relation {
    pub(super) at: Option<Span>,
    /// Whether it is a view, once it is made.
    pub(super) view: Option<bool>,
    pub(super) granted: Option<Vec<Grant>>,
    pub(super) policies: Option<BTreeMap<String, Policy>>,
}

/// What is wrong at one statement.
pub(super) struct Fault {
    pub(super) at: Span,
    pub(super) side: Side,
    pub(super) on: Name,
    pub(super) says: String,
}

/// The warehouse.
#[derive(Default)]
pub(super) struct World {
    pub(super) relations: BTreeMap<Name, Relation>,
    pub(super) faults: Vec<Fault>,
}

/// The policy of who builds.
pub(super) const BUILDER: &str = "pipec_builder";

impl World {
    /// Runs one statement. `narrowed`: tables of which somebody may see some rows only.
    pub(super) fn run(&mut self, step: &Step, at: Span, narrowed: &BTreeSet<Name>) {
        match step {
            Step::Made { name, view } => {
                if narrowed.contains(name) {
                    self.shut(name, at, "is made anew");
                }
                let relation = self.relation(name, at);
                relation.view = Some(*view);
                // BigQuery may lose them.
                relation.policies = relation.policies.take().filter(BTreeMap::is_empty);
            }
            Step::Fills(name) => {
                if let Some(name) = name {
                    self.relation(name, at);
                }
            }
            Step::Reset(name) => self.relation(name, at).granted = Some(Vec::new()),
            Step::NoPolicies(name) => {
                if narrowed.contains(name) {
                    self.shut(name, at, "loses its row access policies");
                }
                self.relation(name, at).policies = Some(BTreeMap::new());
            }
            Step::NoPolicy(on, name) => {
                if narrowed.contains(on) {
                    self.shut(on, at, "loses a row access policy");
                }
                if let Some(policies) = &mut self.relation(on, at).policies {
                    policies.remove(name);
                }
            }
            Step::Builder(on) => self.add(on, BUILDER, Policy { to: Vec::new(), filter: None, at }),
            Step::Policy { on, name, to, filter } => self.add(on, name, Policy { to: to.clone(), filter: Some(*filter), at }),
            Step::Grant { on, view, roles, to } => self.grant((on, *view), (roles, to), at, narrowed.contains(on)),
            Step::Unread => {}
        }
    }

    fn relation(&mut self, name: &Name, at: Span) -> &mut Relation {
        let relation = self.relations.entry(name.clone()).or_default();
        relation.at.get_or_insert(at);
        relation
    }

    fn fault(&mut self, on: &Name, at: Span, side: Side, says: String) {
        self.faults.push(Fault { at, side, on: on.clone(), says });
    }

    /// Nobody may read while policies are not there.
    fn shut(&mut self, name: &Name, at: Span, what: &str) {
        if self.relations.get(name).and_then(|r| r.granted.as_ref()).is_none_or(|g| !g.is_empty()) {
            let says = format!(
                "`{}.{}` {what} while its readers still have their rights: they may read all rows until its row access policies hold again",
                name.0, name.1
            );
            self.fault(name, at, Side::ArtifactHasMore, says);
        }
    }

    fn add(&mut self, on: &Name, name: &str, policy: Policy) {
        let at = policy.at;
        // Before those of earlier builds are dropped there may be one of that name.
        let twice = match &mut self.relation(on, at).policies {
            Some(policies) => policies.insert(name.to_owned(), policy).is_some(),
            None => true,
        };
        if twice {
            let says = format!("`{}.{}` may have a row access policy `{name}` already, and the build would stop there", on.0, on.1);
            self.fault(on, at, Side::Differs, says);
        }
    }

    fn grant(&mut self, (on, view): (&Name, bool), (roles, to): (&[String], &[String]), at: Span, narrowed: bool) {
        let relation = self.relation(on, at);
        let each = to.iter().flat_map(|to| roles.iter().map(|role| Grant { role: role.clone(), to: to.clone(), at }));
        if let Some(granted) = &mut relation.granted {
            granted.extend(each);
        }
        let kind = relation.view.is_some_and(|v| v != view);
        let open = narrowed && relation.policies.as_ref().is_none_or(BTreeMap::is_empty) && relation.view != Some(true);
        if kind {
            self.fault(on, at, Side::Differs, format!("`{}.{}` is granted as what it is not, and the build would stop there", on.0, on.1));
        }
        if open {
            let says =
                format!("`{}.{}` is granted before it has row access policies: its readers may read all rows until then", on.0, on.1);
            self.fault(on, at, Side::ArtifactHasMore, says);
        }
    }
}
