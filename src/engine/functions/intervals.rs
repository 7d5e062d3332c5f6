//! Lengths of time, in PostgreSQL's three parts.

use super::calendar::read_interval;
use super::{Args, Scalar, some};
use crate::sql::canonical_interval;
use rusqlite::types::Value;

pub(super) const SCALARS: &[(&str, i32, Scalar)] = &[
    ("pipec_interval_order", 1, |a| Ok(read(a, 0)?.map_or(Value::Null, |s| Value::Integer(s.order())))),
    ("pipec_interval_add", 2, add),
    ("pipec_interval_multiply", 2, multiply),
    ("pipec_extract_interval", 2, extract),
];

/// A length of time.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Span {
    pub(super) months: i64,
    pub(super) days: i64,
    pub(super) micros: i64,
}

const DAY: i64 = 86_400_000_000;

impl Span {
    pub(super) fn parse(text: &str) -> Result<Span, String> {
        let (months, days, micros) = read_interval(text).ok_or("invalid input syntax for type interval")?;
        Ok(Span { months, days, micros })
    }

    pub(super) fn show(self) -> String {
        canonical_interval(self.months, self.days, self.micros)
    }

    /// What comparisons go by: a month counts 30 days, a day 24 hours.
    pub(super) fn order(self) -> i64 {
        (self.months * 30 + self.days).saturating_mul(DAY).saturating_add(self.micros)
    }

    pub(super) fn plus(self, other: Span) -> Span {
        Span { months: self.months + other.months, days: self.days + other.days, micros: self.micros + other.micros }
    }
}

/// An argument.
pub(super) fn read(args: &Args<'_, '_>, index: usize) -> Result<Option<Span>, String> {
    args.text(index).map(|t| Span::parse(&t)).transpose()
}

/// Days and hours.
pub(super) fn of_micros(micros: i64) -> Span {
    Span { months: 0, days: micros / DAY, micros: micros % DAY }
}

/// Seconds: whole ones as an integer.
pub(super) fn seconds(micros: i64) -> Value {
    if micros % 1_000_000 == 0 { Value::Integer(micros / 1_000_000) } else { Value::Real(micros as f64 / 1_000_000.0) }
}

fn add(args: &Args<'_, '_>) -> Result<Value, String> {
    let (Some(a), Some(b)) = (read(args, 0)?, read(args, 1)?) else { return Ok(Value::Null) };
    some(a.plus(b).show())
}

/// PostgreSQL's `interval_mul`: what is left of a month goes to days, what is left of a day to the clock.
fn multiply(args: &Args<'_, '_>) -> Result<Value, String> {
    let (Some(span), Some(by)) = (read(args, 0)?, super::numbers::real(args, 1)) else { return Ok(Value::Null) };
    let (months, days) = (span.months as f64 * by, span.days as f64 * by);
    let month_days = (months.fract() * 30.0 * 1e6).round() / 1e6;
    let day_part = days.fract() + month_days.fract();
    let product = Span {
        months: months.trunc() as i64,
        days: days.trunc() as i64 + month_days.trunc() as i64,
        micros: (span.micros as f64 * by + day_part * DAY as f64).round() as i64,
    };
    some(product.show())
}

fn extract(args: &Args<'_, '_>) -> Result<Value, String> {
    let (Some(field), Some(span)) = (args.text(0), read(args, 1)?) else { return Ok(Value::Null) };
    Ok(Value::Integer(match &*field {
        "year" => span.months / 12,
        "month" => span.months % 12,
        "day" => span.days,
        "hour" => span.micros / 3_600_000_000,
        "minute" => span.micros / 60_000_000 % 60,
        "second" => return Ok(seconds(span.micros % 60_000_000)),
        // A year counts 365.25 days here, as in PostgreSQL.
        "epoch" => {
            let days = (span.months / 12) as f64 * 365.25 + (span.months % 12 * 30 + span.days) as f64;
            let all = days * 86_400.0 + span.micros as f64 / 1e6;
            return Ok(if all.fract() == 0.0 { Value::Integer(all as i64) } else { Value::Real(all) });
        }
        _ => return Err("this field of an interval is not recognized".to_owned()),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_count_thirty_days_in_comparisons() {
        let order = |t: &str| Span::parse(t).unwrap().order();
        assert_eq!(order("1 mon"), order("30 days"));
        assert!(order("1 day") < order("25:00:00"));
        assert_eq!(Span::parse("-1 days +02:00:00").unwrap().show(), "-1 days +02:00:00");
    }
}
