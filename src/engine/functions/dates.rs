//! Functions over dates and moments.

use super::calendar as cal;
use super::convert::show_timestamptz;
use super::{Args, Scalar, maybe};
use rusqlite::types::Value;

pub(super) const SCALARS: &[(&str, i32, Scalar)] = &[("pipec_age_band", 3, age_band), ("pipec_add_interval", 2, add_interval)];

/// As `pipec.age_band` in `stdlib/setup/postgres.sql`.
fn age_band(args: &Args<'_, '_>) -> Result<Value, String> {
    let date = |i: usize| args.text(i).and_then(|t| cal::read_date(&t));
    let (Some(born), Some(as_of), Some(width)) = (date(0), date(1), args.int(2)) else { return Ok(Value::Null) };
    let ((year, month, day), (now_year, now_month, now_day)) = (cal::civil(born), cal::civil(as_of));
    if born > as_of || width < 1 {
        return Ok(Value::Null);
    }
    let age = now_year - year - i64::from((now_month, now_day) < (month, day));
    let low = age / width * width;
    maybe(Some(if age >= 90 { "90+".into() } else { format!("{low}-{}", (low + width - 1).min(89)) }))
}

/// What kind of moment a stored text is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Date,
    Timestamp,
    Timestamptz,
}

fn kind(text: &str) -> Kind {
    match text {
        _ if text.ends_with("+00:00") => Kind::Timestamptz,
        _ if text.contains(':') => Kind::Timestamp,
        _ => Kind::Date,
    }
}

fn show(micros: i64, kind: Kind) -> String {
    // A date plus an interval is a timestamp, as in PostgreSQL.
    if kind == Kind::Timestamptz { show_timestamptz(micros) } else { cal::show_timestamp(micros) }
}

/// `moment + interval`
fn add_interval(args: &Args<'_, '_>) -> Result<Value, String> {
    let (Some(moment), Some(interval)) = (args.text(0), args.text(1)) else { return Ok(Value::Null) };
    let (Some(micros), Some(interval)) = (cal::read_timestamptz(&moment), cal::read_interval(&interval)) else {
        return Err("invalid input syntax for a moment or an interval".into());
    };
    maybe(Some(show(cal::add_interval(micros, interval), kind(&moment))))
}
