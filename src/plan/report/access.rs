//! Who reads what, which rows, and what is told.

use super::{Cause, Direction};
use serde::Serialize;

/// Who reads.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
pub struct Principal {
    /// What kind.
    pub kind: PrincipalKind,
    /// Its name.
    pub name: String,
}

/// Kinds of principals.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PrincipalKind {
    /// A declared role.
    Role,
    /// Whoever reads a bucket: a reader of its own where the bucket names none, and in any case a place where values come to rest.
    Bucket,
    /// Whoever calls from a block of addresses.
    Addresses,
    /// A machine of the platform.
    Machine,
    /// Containers on a machine.
    Containers,
    /// What stands in the private subnets of a network.
    Network,
    /// People of the cloud account, by the service they come through.
    Account,
    /// Terraform as it was written.
    Raw,
    /// A service account at Google.
    ServiceAccount,
}

impl std::fmt::Display for Principal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.kind {
            PrincipalKind::Role => f.write_str(&self.name),
            PrincipalKind::Bucket => write!(f, "bucket {}", self.name),
            PrincipalKind::Addresses => write!(f, "whoever calls from {}", self.name),
            PrincipalKind::Machine => write!(f, "machine {}", self.name),
            PrincipalKind::Containers => write!(f, "containers on machine {}", self.name),
            PrincipalKind::Network => write!(f, "machines in private subnets of {}", self.name),
            PrincipalKind::Account => write!(f, "people of the account, through {},", self.name),
            PrincipalKind::ServiceAccount => write!(f, "service account {}", self.name),
            PrincipalKind::Raw => write!(f, "raw Terraform, `{}`,", self.name),
        }
    }
}

/// Where a principal meets a table.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Via {
    /// In the warehouse.
    Warehouse,
    /// In files of an export.
    Export {
        /// The bucket it goes to.
        bucket: String,
        /// The export.
        export: String,
    },
    /// In Tableau.
    DataSource {
        /// The data source.
        name: String,
    },
    /// Over HTTP.
    Api {
        /// The API.
        name: String,
        /// Whether nobody has to say who asks.
        anonymous: bool,
    },
    /// On what the platform runs on.
    Platform,
}

/// What a value tells about a person: one category of a label.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
pub struct Told {
    /// The category.
    pub category: String,
    /// `general`, `pseudonym`, `partial`, `direct`; `public` where only an aggregate tells it.
    pub form: String,
    /// Told through an aggregate over at least so many subjects.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aggregate: Option<u32>,
    /// Told by which rows there are, and not by the value.
    pub control: bool,
}

/// A column somebody may read.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
pub struct ColumnSeen {
    /// Its name.
    pub name: String,
    /// What it tells.
    pub tells: Vec<Told>,
    /// The mask its value goes through in this table.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mask: Option<String>,
}

/// What an [`AccessChange`] is about.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AccessKind {
    /// Columns that are read newly or no more.
    Columns,
    /// Rows of columns that were read before: the policies say something else.
    Rows,
    /// Who stands behind a role: its name in a system where people log in.
    Login,
    /// Files of the base that lie where somebody newly reads.
    OldFiles,
    /// Files in a bucket that no export writes to: whatever is uploaded there.
    Files,
    /// Who reaches what the platform runs on.
    Platform,
}

/// A change of the access matrix: one principal, verb, place and table.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct AccessChange {
    /// Gain or loss.
    pub direction: Direction,
    /// What it is about.
    pub kind: AccessKind,
    /// Who.
    pub principal: Principal,
    /// `read`, `extract`, `view`, `write`; of a platform `reach`, `read`, `write`, `use`, `open`, `decide`; empty for logins.
    pub verb: String,
    /// Where.
    pub via: Via,
    /// The table; for logins the system: `postgres`, `aws group`, `tableau group`; of a platform what is reached.
    pub object: String,
    /// Which columns, in the order of the table; for rows all that are read on both sides.
    pub columns: Vec<ColumnSeen>,
    /// In the base; `None`: no access.
    pub before: Option<Seen>,
    /// In the new program; `None`: no access.
    pub after: Option<Seen>,
    /// How the rows compare; only where rows are what changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
    /// The declarations that cause it.
    pub caused_by: Vec<Cause>,
}

/// How a principal sees a table; for logins, the name.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Seen {
    /// Conditions that all hold for each row seen, as written; empty: all rows.
    pub rows: Vec<String>,
    /// The masking, of a masked twin.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub masked_by: Option<String>,
    /// The name people log in under; only for [`AccessKind::Login`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub login: Option<String>,
}

/// How two sets of rows compare.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Verdict {
    /// How.
    pub rows: RowsCompared,
    /// A row that only the new condition lets through, or only the old one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub witness: Option<String>,
    /// Why it cannot be told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
}

/// Ways two sets of rows compare.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RowsCompared {
    /// The same rows, whatever the data.
    Equal,
    /// Every row of before, and for some data more; with `because`, perhaps more.
    Wider,
    /// No row that was not there before, and for some data fewer; with `because`, perhaps fewer.
    Narrower,
    /// For some data a row of each that the other has not.
    Incomparable,
    /// Not decided: counted as a gain.
    Unknown,
}

impl RowsCompared {
    /// For whoever reads the rows.
    pub fn direction(self) -> Direction {
        match self {
            RowsCompared::Wider => Direction::Gain,
            RowsCompared::Narrower => Direction::Loss,
            RowsCompared::Equal => Direction::Same,
            RowsCompared::Incomparable | RowsCompared::Unknown => Direction::Either,
        }
    }

    /// The word it is told with.
    pub fn name(self) -> &'static str {
        match self {
            RowsCompared::Equal => "equal",
            RowsCompared::Wider => "wider",
            RowsCompared::Narrower => "narrower",
            RowsCompared::Incomparable => "incomparable",
            RowsCompared::Unknown => "unknown",
        }
    }
}

/// A table whose rows its own body or data choose otherwise, and that somebody reads, directly or through what is built from it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct RowsChange {
    /// Gain or loss of rows.
    pub direction: Direction,
    /// The table.
    pub object: String,
    /// Who reads it.
    pub readers: Vec<Principal>,
    /// Who reads only what is built from it.
    pub further_readers: Vec<Principal>,
    /// How the rows compare.
    pub verdict: Verdict,
    /// The condition that differs, where it is one, as written.
    pub before: String,
    /// The same in the new program.
    pub after: String,
    /// The declarations that cause it.
    pub caused_by: Vec<Cause>,
}

/// A column that somebody reads and that tells something else than before.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct FlowChange {
    /// Whether more is told, or less.
    pub direction: Direction,
    /// The table.
    pub object: String,
    /// The column.
    pub column: String,
    /// Who reads it, before and after alike; for a bucket, what newly lies in it or no more.
    pub sinks: Vec<Principal>,
    /// What it told; empty with `arrives`.
    pub before: Vec<Told>,
    /// What it tells.
    pub after: Vec<Told>,
    /// It reaches the sink on one side only: a bucket's column that was not there before, or is no more.
    pub arrives: bool,
    /// Columns of sources that tell something, whose values newly reach it.
    pub new_sources: Vec<String>,
    /// Those that no longer do.
    pub gone_sources: Vec<String>,
    /// The declarations that cause it.
    pub caused_by: Vec<Cause>,
}
