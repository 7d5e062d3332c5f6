//! Buckets, and what is sent there.

use super::TableId;
use crate::base::{Ident, Span};
use std::sync::Arc;

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
