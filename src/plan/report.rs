//! What a plan says, as a value: every renderer reads it, and `--format json` is its serialization (`docs/reference/plan.md`). All lists are in a
//! fixed order; all names are those of the new program, with `was` where the base has another one.

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
}

impl Direction {
    /// Whether gates count it.
    pub fn gains(self) -> bool {
        self != Direction::Loss
    }

    /// What it is when the two programs change places.
    #[must_use]
    pub fn mirrored(self) -> Direction {
        match self {
            Direction::Gain => Direction::Loss,
            Direction::Loss => Direction::Gain,
            Direction::Either => Direction::Either,
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
}

impl std::fmt::Display for Principal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.kind {
            PrincipalKind::Role => f.write_str(&self.name),
            PrincipalKind::Bucket => write!(f, "bucket {}", self.name),
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
    /// `read`, `extract`, `view`, `write`; empty for logins.
    pub verb: String,
    /// Where.
    pub via: Via,
    /// The table; for logins the system: `postgres`, `aws group`, `tableau group`.
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
            RowsCompared::Equal | RowsCompared::Incomparable | RowsCompared::Unknown => Direction::Either,
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

/// A written exception that is new, gone, or has another reason or lets another value past.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ReleaseChange {
    /// What happened.
    pub edit: Edit,
    /// The word of the language: `release`, `discriminate`, `mask`, `intact`, `link`, `clearance`, `annotation`, `policy`.
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

/// An incremental table whose rows of earlier builds do not fit the new body.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Refresh {
    /// The table.
    pub table: String,
    /// Whether a build stops without it, rather than leaving rows of two kinds beside each other.
    pub needed: bool,
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

impl Plan {
    /// Whether nothing changes.
    pub fn is_empty(&self) -> bool {
        *self == Plan::default()
    }
}
