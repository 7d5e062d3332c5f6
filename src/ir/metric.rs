//! Metrics, and how their cells are withheld.

use super::TableId;
use crate::base::{Ident, Span};
use std::sync::Arc;

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
