//! What variables hold: which values there are, and what is next to what.

use super::time::DAY;
use super::value::{ONE, double};
use crate::ir::{Dialect, Type};

/// Kinds of values that can be compared with each other.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Family {
    Flag,
    /// Exact numbers, in units of 10⁻¹².
    Number,
    /// `double precision`, by its place among all doubles.
    Double,
    /// Days and moments without a zone, in microseconds since 1970.
    Moment,
    /// Moments in UTC.
    Utc,
    /// Times of day, in microseconds.
    Time,
    Text,
    Uuid,
}

impl Family {
    /// Whether its values stand on a line whose order is known here. The order of texts is the collation's.
    pub(super) fn is_line(self) -> bool {
        matches!(self, Family::Number | Family::Double | Family::Moment | Family::Utc | Family::Time)
    }
}

/// The values of a variable.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Sort {
    Flag,
    /// Every `step`th point of a line, between two ends where it has them.
    Line {
        family: Family,
        step: i128,
        low: Option<i128>,
        high: Option<i128>,
    },
    /// Texts up to a length.
    Text(Option<u32>),
    Uuid,
    /// An array of such values.
    Array(Family),
    /// There or not: its values are compared by nobody here.
    Other,
}

impl Sort {
    /// The sort of a type.
    pub(super) fn of(ty: &Type, dialect: Dialect) -> Sort {
        let line = |family, step| Sort::Line { family, step, low: None, high: None };
        match ty {
            Type::Boolean => Sort::Flag,
            Type::SmallInt => whole(i128::from(i16::MIN), i128::from(i16::MAX)),
            Type::Integer => whole(i128::from(i32::MIN), i128::from(i32::MAX)),
            Type::BigInt => whole(i128::from(i64::MIN), i128::from(i64::MAX)),
            // Numbers without a scale are as fine as the line is: a hundred times finer than any constant that is read.
            Type::Numeric(None) => line(Family::Number, 1),
            Type::Numeric(Some((precision, scale))) => numeric(*precision, *scale),
            // Its comparisons with NaN differ in BigQuery from those everywhere else.
            Type::Double if dialect != Dialect::BigQuery => Sort::Line {
                family: Family::Double,
                step: 1,
                low: double(f64::NEG_INFINITY),
                high: double(f64::INFINITY).map(|last| last + 1),
            },
            Type::Date => line(Family::Moment, DAY),
            Type::Timestamp => line(Family::Moment, 1),
            Type::Timestamptz => line(Family::Utc, 1),
            Type::Time => Sort::Line { family: Family::Time, step: 1, low: Some(0), high: Some(DAY) },
            Type::Text(limit) => Sort::Text(*limit),
            Type::Uuid => Sort::Uuid,
            Type::Array(of) => Sort::of(of, dialect).family().map_or(Sort::Other, Sort::Array),
            _ => Sort::Other,
        }
    }

    /// What its values are compared with.
    pub(super) fn family(&self) -> Option<Family> {
        match self {
            Sort::Flag => Some(Family::Flag),
            Sort::Line { family, .. } => Some(*family),
            Sort::Text(_) => Some(Family::Text),
            Sort::Uuid => Some(Family::Uuid),
            Sort::Array(_) | Sort::Other => None,
        }
    }

    /// Whether the two may be compared as one variable of two programs: only ends and steps may differ.
    pub(super) fn like(&self, other: &Sort) -> bool {
        match (self, other) {
            (Sort::Array(a), Sort::Array(b)) => a == b,
            _ => self.family() == other.family() && self.family().is_some() || self == other,
        }
    }

    /// The values of either.
    pub(super) fn wider(self, other: Sort) -> Sort {
        match (self, other) {
            (Sort::Line { family, step, low, high }, Sort::Line { step: other_step, low: l, high: h, .. }) => Sort::Line {
                family,
                step: step.min(other_step),
                low: low.zip(l).map(|(a, b)| a.min(b)),
                high: high.zip(h).map(|(a, b)| a.max(b)),
            },
            (Sort::Text(a), Sort::Text(b)) => Sort::Text(a.zip(b).map(|(a, b)| a.max(b))),
            (sort, _) => sort,
        }
    }
}

fn whole(low: i128, high: i128) -> Sort {
    Sort::Line { family: Family::Number, step: ONE, low: Some(low * ONE), high: Some(high * ONE) }
}

fn numeric(precision: u16, scale: i16) -> Sort {
    let Some(step) = u32::try_from(12 - i32::from(scale)).ok().filter(|d| (2..=24).contains(d)).and_then(|d| 10i128.checked_pow(d)) else {
        return Sort::Other;
    };
    let end = 10i128.checked_pow(u32::from(precision)).and_then(|e| (e - 1).checked_mul(step));
    Sort::Line { family: Family::Number, step, low: end.map(|e| -e), high: end }
}
