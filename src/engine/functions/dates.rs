//! Functions over dates and moments.

use super::calendar as cal;
use super::convert::show_timestamptz;
use super::intervals::{self, Span};
use super::{Args, Scalar, maybe, some};
use rusqlite::types::Value;

pub(super) const SCALARS: &[(&str, i32, Scalar)] = &[
    ("pipec_date_add", 2, date_add),
    ("pipec_date_diff", 2, date_diff),
    ("pipec_add_interval", 2, |a| moved(a, 1)),
    ("pipec_subtract_interval", 2, |a| moved(a, -1)),
    ("pipec_moment_diff", 2, |a| between(a, |later, earlier| intervals::of_micros(later - earlier))),
    ("pipec_age", 2, |a| between(a, age)),
    ("pipec_date_trunc", 2, date_trunc),
    ("pipec_extract", 2, extract),
    ("pipec_make_date", 3, make_date),
    ("pipec_from_epoch", 1, from_epoch),
    ("pipec_to_zone", 2, |a| shifted(a, 1, cal::show_timestamp)),
    ("pipec_from_zone", 2, |a| shifted(a, -1, show_timestamptz)),
    ("pipec_series", 3, series),
    ("pipec_date_series", 3, date_series),
    ("pipec_moment_series", 3, moment_series),
    ("pipec_fhir_date", 1, |a| maybe(a.text(0).and_then(|t| fhir_date(&t)).map(cal::show_date))),
    ("pipec_fhir_timestamp", 1, |a| maybe(a.text(0).and_then(|t| fhir_timestamp(&t)).map(show_timestamptz))),
];

const DAY: i64 = 86_400_000_000;

fn day(args: &Args<'_, '_>, index: usize) -> Option<i64> {
    cal::read_date(&args.text(index)?)
}

fn moment(args: &Args<'_, '_>, index: usize) -> Option<i64> {
    cal::read_timestamptz(&args.text(index)?)
}

/// A moment in the form the first argument has.
fn like_first(args: &Args<'_, '_>, micros: i64) -> Result<Value, String> {
    let zoned = args.text(0).is_some_and(|t| t.ends_with("+00"));
    some(if zoned { show_timestamptz(micros) } else { cal::show_timestamp(micros) })
}

fn date_add(args: &Args<'_, '_>) -> Result<Value, String> {
    let (Some(day), Some(more)) = (day(args, 0), args.int(1)) else { return Ok(Value::Null) };
    some(cal::show_date(day + more))
}

fn date_diff(args: &Args<'_, '_>) -> Result<Value, String> {
    let (Some(later), Some(earlier)) = (day(args, 0), day(args, 1)) else { return Ok(Value::Null) };
    Ok(Value::Integer(later - earlier))
}

fn moved(args: &Args<'_, '_>, sign: i64) -> Result<Value, String> {
    let (Some(micros), Some(span)) = (moment(args, 0), intervals::read(args, 1)?) else { return Ok(Value::Null) };
    like_first(args, cal::add_interval(micros, (sign * span.months, sign * span.days, sign * span.micros)))
}

fn between(args: &Args<'_, '_>, f: impl Fn(i64, i64) -> Span) -> Result<Value, String> {
    let (Some(later), Some(earlier)) = (moment(args, 0), moment(args, 1)) else { return Ok(Value::Null) };
    some(f(later, earlier).show())
}

/// PostgreSQL's `timestamp_age`: fields less fields, borrowing the days of the earlier moment's month.
fn age(later: i64, earlier: i64) -> Span {
    let sign = if later < earlier { -1 } else { 1 };
    let (high, low) = if later < earlier { (earlier, later) } else { (later, earlier) };
    let ((y1, m1, d1), (y0, m0, d0)) = (cal::civil(high.div_euclid(DAY)), cal::civil(low.div_euclid(DAY)));
    let mut micros = high.rem_euclid(DAY) - low.rem_euclid(DAY);
    let mut days = d1 - d0;
    let mut months = (y1 - y0) * 12 + m1 - m0;
    if micros < 0 {
        micros += DAY;
        days -= 1;
    }
    if days < 0 {
        // It is the month of the second argument when that is the earlier one, else of the first: the earlier moment's either way.
        days += cal::month_length(y0, m0);
        months -= 1;
    }
    Span { months: sign * months, days: sign * days, micros: sign * micros }
}

fn date_trunc(args: &Args<'_, '_>) -> Result<Value, String> {
    let (Some(unit), Some(micros)) = (args.text(0), moment(args, 1)) else { return Ok(Value::Null) };
    let today = micros.div_euclid(DAY);
    let (year, month, _) = cal::civil(today);
    let start = |days: i64| days * DAY;
    let begun = match &*unit {
        "year" => start(cal::days(year, 1, 1)),
        "quarter" => start(cal::days(year, (month - 1) / 3 * 3 + 1, 1)),
        "month" => start(cal::days(year, month, 1)),
        "week" => start(today - (cal::weekday(today) + 6) % 7),
        "day" => start(today),
        "hour" => micros - micros.rem_euclid(3_600_000_000),
        "minute" => micros - micros.rem_euclid(60_000_000),
        "second" => micros - micros.rem_euclid(1_000_000),
        // What is not known may be a cell: it is not repeated, here and below.
        _ => return Err("this unit of time is not recognized".to_owned()),
    };
    let zoned = args.text(1).is_some_and(|t| t.ends_with("+00"));
    some(if zoned { show_timestamptz(begun) } else { cal::show_timestamp(begun) })
}

fn extract(args: &Args<'_, '_>) -> Result<Value, String> {
    let (Some(field), Some(micros)) = (args.text(0), moment(args, 1)) else { return Ok(Value::Null) };
    let today = micros.div_euclid(DAY);
    let (year, month, day) = cal::civil(today);
    let time = micros.rem_euclid(DAY);
    let (iso_year, week) = cal::iso_week(today);
    Ok(Value::Integer(match &*field {
        "year" => year,
        "quarter" => (month - 1) / 3 + 1,
        "month" => month,
        "week" => week,
        "day" => day,
        "dow" => cal::weekday(today),
        "isodow" => (cal::weekday(today) + 6) % 7 + 1,
        "doy" => today - cal::days(year, 1, 1) + 1,
        "isoyear" => iso_year,
        "hour" => time / 3_600_000_000,
        "minute" => time / 60_000_000 % 60,
        "second" => return Ok(intervals::seconds(time % 60_000_000)),
        "epoch" => return Ok(intervals::seconds(micros)),
        _ => return Err("this field of a moment is not recognized".to_owned()),
    }))
}

fn make_date(args: &Args<'_, '_>) -> Result<Value, String> {
    let (Some(year), Some(month), Some(day)) = (args.int(0), args.int(1), args.int(2)) else { return Ok(Value::Null) };
    if year < 1 || !(1..=12).contains(&month) || !(1..=cal::month_length(year, month)).contains(&day) {
        return Err("date field value out of range".into());
    }
    some(cal::show_date(cal::days(year, month, day)))
}

fn from_epoch(args: &Args<'_, '_>) -> Result<Value, String> {
    let Some(seconds) = super::numbers::real(args, 0) else { return Ok(Value::Null) };
    some(show_timestamptz((seconds * 1_000_000.0).round() as i64))
}

/// A clock's own time to UTC or back.
fn shifted(args: &Args<'_, '_>, sign: i64, show: fn(i64) -> String) -> Result<Value, String> {
    let (Some(micros), Some(zone)) = (moment(args, 0), args.text(1)) else { return Ok(Value::Null) };
    let offset = zone_offset(&zone).ok_or("the embedded engine knows UTC and fixed offsets, and no other time zone")?;
    some(show(micros + sign * offset))
}

/// Microseconds east of UTC.
fn zone_offset(zone: &str) -> Option<i64> {
    match zone.to_ascii_lowercase().as_str() {
        "utc" | "gmt" | "z" | "etc/utc" | "etc/gmt" | "universal" | "zulu" => Some(0),
        // A bare offset is a POSIX zone, counted westwards.
        _ => cal::read_timestamptz(&format!("1970-01-01 00:00:00{zone}")).filter(|_| zone.starts_with(['+', '-'])),
    }
}

/// A JSON array of what a table function yields.
fn listed<T: serde::Serialize>(items: &[T]) -> Result<Value, String> {
    serde_json::to_string(items).map(Value::Text).map_err(|e| e.to_string())
}

const NO_STEP: &str = "step size cannot equal zero";
/// More rows than any test data need.
const LONGEST: usize = 10_000_000;

fn steps<T: Copy>(start: T, next: impl Fn(T, i64) -> T, within: impl Fn(T) -> bool) -> Result<Vec<T>, String> {
    let all: Vec<T> = (0..).map(|i| next(start, i)).take_while(|x| within(*x)).take(LONGEST).collect();
    if all.len() == LONGEST { Err("a series this long is no test data".into()) } else { Ok(all) }
}

fn whole_steps(start: i64, stop: i64, step: i64) -> Result<Vec<i64>, String> {
    if step == 0 {
        return Err(NO_STEP.into());
    }
    steps(start, |from, i| from + i * step, |x| if step > 0 { x <= stop } else { x >= stop })
}

fn series(args: &Args<'_, '_>) -> Result<Value, String> {
    let (Some(start), Some(stop), Some(step)) = (args.int(0), args.int(1), args.int(2)) else { return Ok(Value::Null) };
    listed(&whole_steps(start, stop, step)?)
}

fn date_series(args: &Args<'_, '_>) -> Result<Value, String> {
    let (Some(start), Some(stop), Some(step)) = (day(args, 0), day(args, 1), args.int(2)) else { return Ok(Value::Null) };
    listed(&whole_steps(start, stop, step)?.into_iter().map(cal::show_date).collect::<Vec<_>>())
}

fn moment_series(args: &Args<'_, '_>) -> Result<Value, String> {
    let (Some(start), Some(stop), Some(step)) = (moment(args, 0), moment(args, 1), intervals::read(args, 2)?) else {
        return Ok(Value::Null);
    };
    let order = step.order();
    if order == 0 {
        return Err(NO_STEP.into());
    }
    // Each from the one before it, as PostgreSQL does: from January 31 by months it stays at the 28th.
    let next = |from: &i64| Some(cal::add_interval(*from, (step.months, step.days, step.micros)));
    let within = |x: &i64| if order > 0 { *x <= stop } else { *x >= stop };
    let all: Vec<i64> = std::iter::successors(Some(start), next).take_while(within).take(LONGEST).collect();
    listed(&all.into_iter().map(cal::show_timestamp).collect::<Vec<_>>())
}

/// The day a FHIR date starts; of a moment its own day.
fn fhir_date(text: &str) -> Option<i64> {
    let (day, rest) = text.split_at_checked(10).unwrap_or((text, ""));
    let shape: String = day.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    let full = match shape.as_str() {
        "0000" => format!("{day}-01-01"),
        "0000-00" => format!("{day}-01"),
        "0000-00-00" if rest.is_empty() || rest.starts_with('T') => day.to_string(),
        _ => return None,
    };
    cal::read_date(&full)
}

/// The moment a FHIR dateTime or instant says; a date is its first moment.
fn fhir_timestamp(text: &str) -> Option<i64> {
    let Some((_, clock)) = text.split_once('T') else { return fhir_date(text).map(|d| d * DAY) };
    let shape: String = clock.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    let zone = shape.find(['Z', '+', '-']).map_or("", |at| shape.split_at(at).1);
    let before = shape.strip_suffix(zone)?;
    let (whole, fraction) = before.split_once('.').unwrap_or((before, "0"));
    let shaped = matches!(whole, "00:00:00") || (whole == "00:00" && !before.contains('.'));
    let digits = !fraction.is_empty() && fraction.bytes().all(|b| b == b'0');
    let last = clock.get(before.len()..).and_then(|z| z.get(1..3)).and_then(|h| h.parse::<i64>().ok()).unwrap_or(0);
    let in_clock = !clock.starts_with("24") && clock.get(6..8).is_none_or(|s| s != "60");
    let known = shaped && digits && in_clock && matches!(zone, "" | "Z" | "+00:00" | "-00:00") && last <= 14;
    fhir_date(text).filter(|_| known).and_then(|_| cal::read_timestamptz(text))
}
