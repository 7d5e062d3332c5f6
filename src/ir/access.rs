use super::{CategoryId, Expr, Label, TableId};
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

/// A bucket.
#[derive(Clone, Debug)]
pub struct Bucket {
    /// `anon`
    pub name: Ident,
    /// `engage-analytics-exports-anon`
    pub bucket_name: Arc<str>,
    /// `on gcp`: the cloud it lies in, where the project has several.
    pub on: Option<Arc<str>>,
    /// What may lie in it.
    pub clearance: Ident,
    /// Roles that may read it.
    pub readers: Vec<Ident>,
    /// Days until colder storage.
    pub archive_days: Option<u32>,
    /// Days until removal.
    pub expire_days: Option<u32>,
    /// `adopt`, `moved from`
    pub origin: super::platform::Origin,
    /// `///`
    pub doc: Arc<str>,
    /// Where declared.
    pub at: Span,
}

/// `link anon, research because "…"`: who reads all of these may bring their rows together. A release.
#[derive(Clone, Debug)]
pub struct Link {
    /// Buckets, and `warehouse` for what is granted there; two or more, sorted.
    pub places: Vec<Ident>,
    /// Why; never empty.
    pub because: Arc<str>,
    /// Where written.
    pub at: Span,
}

impl Link {
    /// The word for what roles read in the warehouse itself.
    pub const WAREHOUSE: &'static str = "warehouse";
}

/// An export.
#[derive(Clone, Debug)]
pub struct Export {
    /// `anon_daily`
    pub name: Ident,
    /// The bucket, by index into [`Program::buckets`](super::Program).
    pub bucket: u32,
    /// What is exported, globs resolved, in order of name.
    pub tables: Vec<ExportedTable>,
    /// `csv`
    pub format: ExportFormat,
    /// `zip`
    pub zipped: bool,
    /// `"{yyyy}/{mm}/{dd}/x_{timestamp}.zip"`, tokens checked.
    pub path: Arc<str>,
    /// `min_group 11 of subject patient`: what every table of it has to be grouped by.
    pub min_group: Option<SmallestGroup>,
    /// `///`
    pub doc: Arc<str>,
    /// Where declared.
    pub at: Span,
}

/// `min_group 11 of subject patient`
#[derive(Clone, Debug)]
pub struct SmallestGroup {
    /// The fewest people a row may stand for.
    pub k: u32,
    /// Who they are.
    pub subject: Ident,
    /// Where written.
    pub at: Span,
}

/// One table of an export: columns are listed, never `*`.
#[derive(Clone, Debug)]
pub struct ExportedTable {
    /// The table.
    pub table: TableId,
    /// Columns by position.
    pub columns: Vec<u32>,
    /// `order by visited_at desc`: what comes before the order that every export has.
    pub order: Vec<ExportOrder>,
    /// The name or glob that chose it.
    pub at: Span,
}

/// One key of `order by` in an export. It is a column of the file, so the order tells nothing that the file does not.
#[derive(Clone, Debug)]
pub struct ExportOrder {
    /// The column as written.
    pub name: Ident,
    /// Its position in the table, once the table's columns are known.
    pub column: u32,
    /// `desc`
    pub descending: bool,
    /// Where written.
    pub at: Span,
}

/// Formats.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "format names")]
pub enum ExportFormat {
    Csv,
    Parquet,
    Xlsx,
}

/// A set of masking rules.
#[derive(Clone, Debug)]
pub struct Masking {
    /// `deidentify`
    pub name: Ident,
    /// Its rules, in order.
    pub rules: Vec<MaskingRule>,
    /// `///`
    pub doc: Arc<str>,
    /// Where declared.
    pub at: Span,
}

/// `birth_date -> age_band(…) as age_band`: for columns whose categories it covers.
#[derive(Clone, Debug)]
pub struct MaskingRule {
    /// The categories it covers.
    pub categories: Vec<CategoryId>,
    /// The mask as written, without its first argument; read anew for every column, since the overload depends on its type.
    pub mask: Span,
    /// New column name.
    pub rename: Option<Ident>,
    /// Where written.
    pub at: Span,
}

/// `discriminate answer by linkid because "…"`: what `answer` tells is decided by `linkid`. A pick of it under one constant `linkid`
/// with a written `@category` tells that category, and not the join of all that any answer may tell.
#[derive(Clone, Debug)]
pub struct Discriminator {
    /// The table.
    pub table: TableId,
    /// The columns that may hold several things, by position.
    pub columns: Vec<u32>,
    /// The column that says which, by position.
    pub by: u32,
    /// Why it can be trusted.
    pub because: Arc<str>,
    /// Where written.
    pub at: Span,
}

/// `subject patient key patient.id`: a person protected, and the column that names each once.
#[derive(Clone, Debug)]
pub struct Subject {
    /// `patient`
    pub name: Ident,
    /// The table that holds each once.
    pub table: TableId,
    /// Its key column.
    pub key: Ident,
    /// Where declared.
    pub at: Span,
}

/// A column whose distinct values are counted to say how many people a group holds: a metric's `subject` under `min_group`, or
/// `having count(distinct patient_id) >= 11`. The group is safe only if the column names a subject; `check/subjects.rs` proves that.
#[derive(Clone, Debug)]
pub struct Counted {
    /// The subject it is said to name; `None`: any declared one will do.
    pub subject: Option<Ident>,
    /// The table.
    pub table: TableId,
    /// Its column, by position.
    pub column: u32,
    /// Where it is said.
    pub at: Span,
}

/// A metric without a subject in a fact with a smallest group: told however small its cells are. That is in order only where its table does
/// not name the subject.
#[derive(Clone, Debug)]
pub struct Unwithheld {
    /// Whom the fact protects.
    pub subject: Ident,
    /// The metric's table.
    pub table: TableId,
    /// The metric.
    pub metric: Ident,
    /// Where declared.
    pub at: Span,
}

/// What a metric's cells in a fact stand on.
#[derive(Clone, Debug)]
pub struct MetricCells {
    /// The table it is computed over.
    pub table: TableId,
    /// How many they stand for, and of whom, where smaller ones are withheld.
    pub withheld: Option<(u32, Ident)>,
    /// Whether its author released its value.
    pub released: bool,
    /// Why no dimension of the fact decides another, where its author answers for that. A release.
    pub crosswise: Option<Arc<str>>,
    /// Why they may hold the same rows of people, where somebody answers for that.
    pub overlapping: Option<Arc<str>>,
}

/// A metric.
#[derive(Clone, Debug)]
pub struct Metric {
    /// `active_providers`
    pub name: Ident,
    /// `///`
    pub doc: Arc<str>,
    /// `count`, `percent`, …
    pub unit: Arc<str>,
    /// `day`, `week`, `month`, `quarter`, `year`; `None`: one value over all time.
    pub grain: Option<Arc<str>>,
    /// Dimensions, in order.
    pub dimensions: Vec<Ident>,
    /// `version v1`
    pub version: Option<Arc<str>>,
    /// What it is computed from.
    pub source: MetricSource,
    /// How: the expression, its condition, period and subject as tokens one blank apart, so that equal texts are equal computations.
    pub value: Arc<str>,
    /// Where declared.
    pub at: Span,
}

/// What a metric is computed from.
#[derive(Clone, Debug)]
pub enum MetricSource {
    /// An aggregate over a table.
    Table(TableId),
    /// Other metrics.
    Metrics(Vec<Ident>),
}
