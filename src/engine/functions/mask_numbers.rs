//! Masks of dates, ages and numbers, as `stdlib/setup/postgres.sql` makes them.

use super::convert::show_numeric;
use super::numbers::real;
use super::{Args, Scalar, calendar as cal, maybe};
use rusqlite::types::Value;

pub(super) const SCALARS: &[(&str, i32, Scalar)] = &[
    ("pipec_year_of", 1, |a| whole(year(a, 0))),
    ("pipec_year_if", 3, |a| whole(year(a, 0).filter(|_| year(a, 2).zip(year(a, 1)).is_some_and(|(seen, born)| seen - born <= 89)))),
    ("pipec_date_trunc_mask", 2, |a| maybe(truncated(a))),
    ("pipec_age_years", 3, |a| whole(age(a).and_then(|age| capped(age, a.int(2)?)))),
    ("pipec_age_capped", 2, |a| whole(a.int(0).and_then(|age| capped(age, a.int(1)?)))),
    ("pipec_age_band", 4, |a| maybe(age(a).and_then(|age| banded(age, a.int(2)?, a.int(3)?)))),
    ("pipec_age_banded", 3, |a| maybe(a.int(0).and_then(|age| banded(age, a.int(1)?, a.int(2)?)))),
    ("pipec_bucket", -1, |a| maybe(bucket(a))),
    ("pipec_bucket_fixed", 2, |a| maybe(bucket_fixed(a))),
    ("pipec_round_to", 2, |a| Ok(rounded(a).map_or(Value::Null, Value::Real))),
];

fn whole(n: Option<i64>) -> Result<Value, String> {
    Ok(n.map_or(Value::Null, Value::Integer))
}

/// The civil date of an argument, where its year is one from 1 to 9999.
fn date(args: &Args<'_, '_>, index: usize) -> Option<(i64, i64, i64)> {
    let text = args.text(index)?;
    let day = cal::read_date(&text).or_else(|| cal::read_timestamptz(&text).map(|micros| micros.div_euclid(86_400_000_000)))?;
    Some(cal::civil(day)).filter(|(year, ..)| (1..=9999).contains(year))
}

fn year(args: &Args<'_, '_>, index: usize) -> Option<i64> {
    date(args, index).map(|(year, ..)| year)
}

fn truncated(args: &Args<'_, '_>) -> Option<String> {
    let (year, month, _) = date(args, 0)?;
    let month = match args.text(1)?.as_ref() {
        "month" => month,
        "quarter" => month - (month - 1) % 3,
        _ => return None,
    };
    Some(cal::show_date(cal::days(year, month, 1)))
}

/// Completed years from the first argument to the second; none before birth.
fn age(args: &Args<'_, '_>) -> Option<i64> {
    let (born, as_of) = (date(args, 0)?, date(args, 1)?);
    (born <= as_of).then(|| as_of.0 - born.0 - i64::from((as_of.1, as_of.2) < (born.1, born.2)))
}

/// An age, 90 at most.
fn capped(age: i64, cap: i64) -> Option<i64> {
    (age >= 0 && cap >= 1).then(|| age.min(cap).min(90))
}

fn banded(age: i64, width: i64, cap: i64) -> Option<String> {
    let top = cap.min(90);
    if age < 0 || width < 1 || cap < 1 {
        return None;
    }
    if age >= top {
        return Some(format!("{top}+"));
    }
    let low = age / width * width;
    Some(format!("{low}-{}", low.saturating_add(width - 1).min(top - 1)))
}

fn within(x: f64) -> bool {
    x.abs() < 1e15
}

fn bucket(args: &Args<'_, '_>) -> Option<String> {
    let x = real(args, 0).filter(|x| within(*x))?;
    let bounds: Vec<f64> = (1..args.len()).filter_map(|i| real(args, i)).collect();
    let low = bounds.iter().copied().filter(|b| *b <= x).reduce(f64::max);
    let high = bounds.iter().copied().filter(|b| *b > x).reduce(f64::min);
    let low = low.map_or_else(|| "(".into(), |b| format!("[{}", show_numeric(b)));
    Some(format!("{low},{})", high.map(show_numeric).unwrap_or_default()))
}

/// A number as its 15 digits say, so that 0.6 by 0.2 is 3.
fn decimal(x: f64) -> f64 {
    show_numeric(x).parse().unwrap_or(x)
}

/// The value and the step, where both can be counted with.
fn stepped(args: &Args<'_, '_>) -> Option<(f64, f64)> {
    let (x, step) = (real(args, 0)?, real(args, 1)?);
    (within(x) && (0.000_001..=1_000_000.0).contains(&step)).then(|| (x, decimal((step * 1e6).round() / 1e6)))
}

fn bucket_fixed(args: &Args<'_, '_>) -> Option<String> {
    let (x, step) = stepped(args)?;
    let count = decimal(x / step).floor();
    Some(format!("[{},{})", show_numeric(count * step), show_numeric((count + 1.0) * step)))
}

fn rounded(args: &Args<'_, '_>) -> Option<f64> {
    let (x, step) = stepped(args)?;
    Some(decimal(decimal(x / step).round() * step) + 0.0)
}
