//! Releases, and what protects.

use super::{Cause, Direction, Edit, Principal};
use serde::Serialize;

/// A written exception that is new, gone, or has another reason or lets another value past.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ReleaseChange {
    /// What happened.
    pub edit: Edit,
    /// The word of the language: `release`, `discriminate`, `mask`, `intact`, `link`, `clearance`, `annotation`, `policy`, `anonymous`, `open`.
    pub kind: String,
    /// What it is about.
    pub subject: String,
    /// What it lets past.
    pub says: String,
    /// Its reason.
    pub because: String,
    /// The reason in the base, where that changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub was_because: Option<String>,
    /// The expression that it is a statement about, as written; empty where it is about no expression.
    pub value: String,
    /// The same in the base, where another value is let past.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub was_value: Option<String>,
    /// Columns in it that are computed otherwise.
    pub moved: Vec<String>,
    /// What tells the expression apart from others that are written alike: approvals hold for this one only.
    #[serde(skip)]
    pub identity: String,
    /// Where written.
    pub caused_by: Vec<Cause>,
}

/// What a [`ProtectionChange`] is about.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ProtectionKind {
    /// A mask that a column's value goes through: another one, other arguments, or none any more.
    Mask,
    /// The definition of a project's mask or function.
    Function,
    /// What a clearance admits.
    Clearance,
    /// Which clearance a role or bucket has.
    Cleared,
    /// What a source column or a field of a JSON type is said to tell.
    Classification,
    /// Whether sums of a source column may be told.
    Measure,
    /// How many people a row must stand for.
    SmallestGroup,
    /// Whom the platform protects.
    Subject,
    /// What makes access hold outside: the artifacts that enforce a kind of it.
    Enforcement,
    /// Whether what an environment holds may be lost.
    Deletion,
    /// Whether the value of a variable of Terraform is shown.
    Sensitive,
}

/// Something that protects more or less than before.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ProtectionChange {
    /// A gain is less protection.
    pub direction: Direction,
    /// What kind.
    pub kind: ProtectionKind,
    /// What it is about: `patient_anon.phone`, `deidentified`, `role analyst`.
    pub subject: String,
    /// In the base; empty: nothing.
    pub before: String,
    /// In the new program.
    pub after: String,
    /// Who reads what it protects.
    pub readers: Vec<Principal>,
    /// Where written.
    pub caused_by: Vec<Cause>,
}
