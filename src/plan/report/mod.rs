//! What a plan says, as a value: every renderer reads it, and `--format json` is its serialization (`docs/reference/plan.md`). All lists are in a
//! fixed order; all names are those of the new program, with `was` where the base has another one.

mod access;
mod models;
mod protection;

pub use access::*;
pub use models::*;
pub use protection::*;

use serde::Serialize;

/// What a change does, family by family, in the order it is told in.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Plan {
    /// Who may newly read what, and who no more: cells of the access matrix, their rows, and who stands behind a role.
    pub access: Vec<AccessChange>,
    /// Tables that somebody reads and whose rows are chosen otherwise by the models they are built with.
    pub rows: Vec<RowsChange>,
    /// Columns read before and after that tell a reader something else, and what newly lies in a bucket.
    pub flows: Vec<FlowChange>,
    /// Written exceptions to the rules of information flow.
    pub releases: Vec<ReleaseChange>,
    /// Masks, clearances and classifications that protect more or less than before.
    pub protections: Vec<ProtectionChange>,
    /// Sources' tables, seeds, models and facts.
    pub models: Vec<ModelChange>,
    /// Incremental tables whose rows of earlier builds no longer fit.
    pub refreshes: Vec<Refresh>,
    /// Assertions, tests and freshness.
    pub tests: Vec<Change>,
    /// Metrics.
    pub metrics: Vec<Change>,
    /// Pipelines, their schedules and steps.
    pub pipelines: Vec<Change>,
    /// What Terraform and the warehouse make, change, replace or destroy.
    pub resources: Vec<ResourceChange>,
    /// Exports.
    pub exports: Vec<Change>,
}

/// For whom a change is: those who read, or those who are read about.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// More is read or told.
    Gain,
    /// Less is.
    Loss,
    /// It cannot be told, or both: gates count it as a gain.
    Either,
    /// Nothing more and nothing less, in other words or by other means.
    Same,
}

impl Direction {
    /// Whether gates count it.
    pub fn gains(self) -> bool {
        matches!(self, Direction::Gain | Direction::Either)
    }

    /// What it is when the two programs change places.
    #[must_use]
    pub fn mirrored(self) -> Direction {
        match self {
            Direction::Gain => Direction::Loss,
            Direction::Loss => Direction::Gain,
            Direction::Either | Direction::Same => self,
        }
    }
}

/// What happened to a declaration.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Edit {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// It means something else.
    Changed,
    /// It means the same under another name.
    Renamed,
}

/// Which of the two programs.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Which {
    /// The one compared with.
    Base,
    /// The one that is new.
    Head,
}

/// A declaration that causes a change.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
pub struct Cause {
    /// In which program.
    pub side: Which,
    /// Its file, relative to the project folder, with `/`.
    pub path: String,
    /// Its line, from 1.
    pub line: u32,
    /// Its column, from 1, in characters.
    pub column: u32,
    /// Its first line as written.
    pub says: String,
}

/// One thing that is otherwise than before, in words; an empty side: there was or is none.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
pub struct Detail {
    /// What: `schedule`, `type`.
    pub what: String,
    /// In the base.
    pub before: String,
    /// In the new program.
    pub after: String,
}

impl Plan {
    /// Whether nothing changes.
    pub fn is_empty(&self) -> bool {
        *self == Plan::default()
    }
}
