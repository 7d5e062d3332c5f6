use super::{Model, Program, Table, TableKind};
use crate::base::{Ident, Span};
use std::sync::Arc;

/// `owner "data team"; tags "clinic", "nightly"`: who answers for something, and what it is marked with.
#[derive(Clone, Debug, Default)]
pub struct Tagged {
    /// Who answers for it, and where that is written.
    pub owner: Option<(Arc<str>, Span)>,
    /// Its own tags, and where each is written.
    pub tags: Vec<(Arc<str>, Span)>,
}

/// What has an owner and tags, besides models, pipelines and exposures, which keep theirs themselves.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[expect(missing_docs, reason = "as they are declared")]
pub enum Thing {
    Project,
    Layer,
    Source,
    /// By `source.table`; one of the platform's own by `layer.table`, or `schema.table`.
    Table,
    Role,
    Bucket,
    Export,
    Metric,
    Network,
    Database,
    Compute,
    Dataset,
    ServiceAccount,
}

impl Thing {
    /// As it is declared.
    pub fn name(self) -> &'static str {
        match self {
            Thing::Project => "project",
            Thing::Layer => "layer",
            Thing::Source => "source",
            Thing::Table => "table",
            Thing::Role => "role",
            Thing::Bucket => "bucket",
            Thing::Export => "export",
            Thing::Metric => "metric",
            Thing::Network => "network",
            Thing::Database => "database",
            Thing::Compute => "compute",
            Thing::Dataset => "dataset",
            Thing::ServiceAccount => "service_account",
        }
    }
}

/// Who answers for something, and all its tags: its own, and those of what it lies in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told<'p> {
    /// The nearest owner.
    pub owner: Option<&'p str>,
    /// The outermost first, each once.
    pub tags: Vec<&'p str>,
}

impl<'p> Told<'p> {
    /// With what is said nearer.
    pub fn and(mut self, owner: Option<&'p str>, tags: impl IntoIterator<Item = &'p str>) -> Told<'p> {
        self.owner = owner.or(self.owner);
        for tag in tags {
            if !self.tags.contains(&tag) {
                self.tags.push(tag);
            }
        }
        self
    }

    fn with(self, said: Option<&'p Tagged>) -> Told<'p> {
        match said {
            Some(said) => self.and(said.owner.as_ref().map(|(o, _)| &**o), said.tags.iter().map(|(t, _)| &**t)),
            None => self,
        }
    }
}

impl Program {
    /// What is written at a declaration itself.
    pub fn said_of(&self, thing: Thing, name: &Ident) -> Option<&Tagged> {
        self.tagged.get(&(thing, name.clone()))
    }

    /// Of the project: what holds for all that is in it.
    pub fn told_of_project(&self) -> Told<'_> {
        Told::default().with(self.said_of(Thing::Project, &self.project.name))
    }

    /// Of a thing that lies in the project and in nothing else.
    pub fn told_of(&self, thing: Thing, name: &Ident) -> Told<'_> {
        self.told_of_project().with(self.said_of(thing, name))
    }

    /// Of a table: with what its layer or its source says.
    pub fn told_of_table<'p>(&'p self, table: &'p Table) -> Told<'p> {
        match &table.kind {
            TableKind::Model(model) => {
                let Model { layer, owner, tags, .. } = &**model;
                let outer = self.layer(*layer).map_or_else(|| self.told_of_project(), |l| self.told_of(Thing::Layer, &l.name));
                outer.and(owner.as_deref(), tags.iter().map(|t| &**t))
            }
            TableKind::Source(from) => {
                let outer = if from.own.as_ref().is_some_and(|o| o.layer.is_some()) { Thing::Layer } else { Thing::Source };
                let said = self.tagged.get(&(Thing::Table, Ident::exact(&format!("{}.{}", from.source, table.name))));
                self.told_of(outer, &from.source).with(said)
            }
            TableKind::Seed(_) => self.told_of_project(),
        }
    }
}
