//! Roles, grants and policies.

use super::{Expr, Label, TableId};
use crate::base::{Ident, Span};
use std::sync::Arc;

/// Who reads.
#[derive(Clone, Debug)]
pub struct Role {
    /// `analyst`
    pub name: Ident,
    /// The clearance it has; `None`: the strictest, nothing above `public`.
    pub clearance: Option<Ident>,
    /// `postgres "analyst"`: its name as a database role.
    pub postgres: Option<Arc<str>>,
    /// `aws group "analysts"`
    pub aws_group: Option<Arc<str>>,
    /// `google group "analysts@example.org"`
    pub google_group: Option<Arc<str>>,
    /// `tableau group "Analysts"`
    pub tableau_group: Option<Arc<str>>,
    /// `///`
    pub doc: Arc<str>,
    /// Where declared.
    pub at: Span,
}

/// `entitlement authorizations from dim_authorizations by user_id`
#[derive(Clone, Debug)]
pub struct Entitlement {
    /// Its name.
    pub name: Ident,
    /// The table it is looked up in.
    pub table: TableId,
    /// The column that holds the name the user logs in with.
    pub by: Ident,
    /// Where declared.
    pub at: Span,
}

/// Verbs of access.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[expect(missing_docs, reason = "the words of the language")]
pub enum Verb {
    Read,
    Extract,
    View,
    Write,
}

impl Verb {
    /// The word of the language.
    pub fn name(self) -> &'static str {
        match self {
            Verb::Read => "read",
            Verb::Extract => "extract",
            Verb::View => "view",
            Verb::Write => "write",
        }
    }
}

/// `grant read on marts to analyst masked by deidentify`, globs and layers resolved.
#[derive(Clone, Debug)]
pub struct Grant {
    /// The verb.
    pub verb: Verb,
    /// The tables, sorted. Once lowered, those with something to mask have given way to their twins.
    pub tables: Vec<TableId>,
    /// The role.
    pub role: Ident,
    /// `masked by`
    pub masking: Option<Ident>,
    /// Where written.
    pub at: Span,
}

/// The masked twin that a grant with `masked by` makes of a model: the last table in line, nothing reads it but the roles it is for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Twin {
    /// Itself.
    pub table: TableId,
    /// What it masks.
    pub base: TableId,
    /// By which rules.
    pub masking: Ident,
}

/// `policy p on t for r where …`: which rows roles see. Policies on one object narrow together; a condition that is NULL hides the row.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Its name; over several objects it is one policy said anew for each.
    pub name: Ident,
    /// The table.
    pub table: TableId,
    /// Roles; empty: all.
    pub roles: Vec<Ident>,
    /// Which rows they see: a boolean over the table's columns, under the table's name, and those of an entitlement's row, under `entitled`.
    /// With an entitlement: some row of it that names the user makes it true.
    pub filter: Expr,
    /// What the condition tells of the rows that pass it.
    pub label: Label,
    /// The columns of the table it reads, by position, sorted.
    pub columns: Vec<u32>,
    /// The entitlement it asks.
    pub asks: Option<Asked>,
    /// The condition as written.
    pub written: Span,
    /// Where written.
    pub at: Span,
}

impl Policy {
    /// The alias of an entitlement's row in [`Policy::filter`].
    pub const ENTITLED: &'static str = "entitled";

    /// Whether it narrows what a role sees.
    pub fn narrows(&self, role: &Ident) -> bool {
        self.roles.is_empty() || self.roles.contains(role)
    }
}

/// What a policy asks of an entitlement.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Asked {
    /// Index into [`Program::entitlements`](super::Program).
    pub entitlement: u32,
    /// The columns of its table, by position, sorted.
    pub columns: Vec<u32>,
}

/// `release policy p on t because "…"`: from this table on, rows need not be hidden any more.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PolicyRelease {
    /// The policy.
    pub policy: Ident,
    /// The table.
    pub table: TableId,
    /// Why; never empty.
    pub because: Arc<str>,
    /// Where written.
    pub at: Span,
}

/// `release entitlement authorizations to ward because "…"`: a role that it narrows may write what it is made of, and so give itself rows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EntitlementRelease {
    /// Index into [`Program::entitlements`](super::Program).
    pub entitlement: u32,
    /// The role.
    pub role: Ident,
    /// Why; never empty.
    pub because: Arc<str>,
    /// Where written.
    pub at: Span,
}

/// `release policy own_region to ward because "…"`: a role that it narrows may write what its columns are computed from, and so give itself rows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PolicyWriter {
    /// The policy, on whatever table.
    pub policy: Ident,
    /// The role.
    pub role: Ident,
    /// Why; never empty.
    pub because: Arc<str>,
    /// Where written.
    pub at: Span,
}

/// `role analyst cannot read patient.family`, in a test.
#[derive(Clone, Debug)]
pub struct AccessTest {
    /// The title of its test.
    pub title: Ident,
    /// Who.
    pub role: Ident,
    /// `can` rather than `cannot`.
    pub can: bool,
    /// What.
    pub verb: Verb,
    /// A table or a column of one, by name: masked twins are named in tests, too, and come last.
    pub path: Vec<Ident>,
    /// What is asked of it.
    pub about: AccessAsked,
    /// Where written.
    pub at: Span,
}

/// What a test asks of access.
#[derive(Clone, Debug)]
pub enum AccessAsked {
    /// Whether there is any.
    Any,
    /// `where …`, `only where …`: of which rows.
    Rows(AskedRows),
    /// `masked by deidentify`, `masked by zip3`: in no other form, by the name of a masking or of a mask.
    Masked(Ident),
    /// A condition that could not be read, which has been said.
    Unread,
}

/// Rows that a test names.
#[derive(Clone, Debug)]
pub struct AskedRows {
    /// `only`: no others.
    pub only: bool,
    /// Which: a boolean like [`Policy::filter`].
    pub filter: Expr,
    /// The entitlement it asks.
    pub asks: Option<Asked>,
    /// The condition as written.
    pub written: Span,
}
