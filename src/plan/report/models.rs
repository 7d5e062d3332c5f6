//! Tables, declarations and resources.

use super::{Cause, Detail, Edit};
use serde::Serialize;

/// What a change does to those who read the table.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Impact {
    /// Documentation, tags, owner: neither columns nor values.
    Metadata,
    /// Something is added, and all that was there is as it was.
    NonBreaking,
    /// Something that was there is gone or otherwise.
    Breaking,
}

/// A table that is new, gone, otherwise or under another name.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ModelChange {
    /// What happened.
    pub edit: Edit,
    /// `source`, `table`, `seed`, `model`, `fact`, `query`, `masked twin`.
    pub kind: String,
    /// Its name; of one that is gone, the one it had.
    pub name: String,
    /// Its name in the base, of a renamed one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub was: Option<String>,
    /// What it does to readers.
    pub impact: Impact,
    /// Whether which rows it has is decided otherwise.
    pub rows: bool,
    /// Its columns.
    pub columns: Vec<ColumnChange>,
    /// Everything else.
    pub details: Vec<Detail>,
    /// Columns of tables that read it themselves and are computed from what changed, in order of building: `patient.phone`, or `patient` where it is
    /// all of them.
    pub reaches: Vec<String>,
    /// Further ones behind those.
    pub reaches_indirectly: Vec<String>,
    /// Where declared.
    pub caused_by: Vec<Cause>,
}

/// A column that is new, gone, otherwise or under another name.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ColumnChange {
    /// What happened.
    pub edit: Edit,
    /// Its name.
    pub name: String,
    /// Its name in the base, of a renamed one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub was: Option<String>,
    /// What it does to readers.
    pub impact: Impact,
    /// Whether its value is computed otherwise.
    pub value: bool,
    /// What else is otherwise: `type`, `null`, `tells`.
    pub details: Vec<Detail>,
}

/// A table that is kept from build to build, and whose rows of earlier builds do not fit the new declaration.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Refresh {
    /// The table.
    pub table: String,
    /// Whether a build stops without it, rather than leaving rows of two kinds beside each other.
    pub needed: bool,
    /// Whether no build does it: others fill the table, and it is theirs to alter.
    pub by_hand: bool,
    /// Why.
    pub because: String,
    /// How many rows are made anew, where that is known ([`Plan::counted`]).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows: Option<u64>,
}

/// A declaration that is new, gone or otherwise.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Change {
    /// What happened.
    pub edit: Edit,
    /// What it is: `assertion`, `test`, `freshness`, `metric`, `pipeline`, `export`.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// What is otherwise.
    pub details: Vec<Detail>,
    /// Where written.
    pub caused_by: Vec<Cause>,
}

/// What is done to something outside.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// It is made.
    Create,
    /// It is changed in place.
    Update,
    /// It is destroyed and made anew.
    Replace,
    /// It is destroyed.
    Destroy,
}

/// A resource outside the warehouse's tables.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ResourceChange {
    /// What is done.
    pub action: Action,
    /// `bucket`, `database role`, `schema`, `cloud`, `secret`.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// What is otherwise; of a replacement, first what forces it.
    pub details: Vec<Detail>,
    /// Where declared.
    pub caused_by: Vec<Cause>,
}
