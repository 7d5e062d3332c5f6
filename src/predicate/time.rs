//! Days and moments to places on a line and back. The proleptic Gregorian calendar, as SQL has it; after Howard Hinnant, *chrono-Compatible
//! Low-Level Date Algorithms* (2021).

/// A day in microseconds.
pub(super) const DAY: i128 = 86_400_000_000;
const HOUR: i128 = 3_600_000_000;
const MINUTE: i128 = 60_000_000;
const SECOND: i128 = 1_000_000;

/// Days from 1970-01-01.
fn days(year: i128, month: i128, day: i128) -> i128 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// Year, month, day.
fn civil(days: i128) -> (i128, i128, i128) {
    let from = days + 719_468;
    let (era, day) = (from.div_euclid(146_097), from.rem_euclid(146_097));
    let of_era = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let of_year = day - (365 * of_era + of_era / 4 - of_era / 100);
    let month = (5 * of_year + 2) / 153;
    let (day, month) = (of_year - (153 * month + 2) / 5 + 1, if month < 10 { month + 3 } else { month - 9 });
    let year = of_era + era * 400;
    (if month <= 2 { year + 1 } else { year }, month, day)
}

fn digits(text: &str, count: usize) -> Option<i128> {
    (text.len() == count && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok())?
}

/// `2024-12-31`
fn date(text: &str) -> Option<i128> {
    let mut parts = text.split('-');
    let (year, month, day) = (digits(parts.next()?, 4)?, digits(parts.next()?, 2)?, digits(parts.next()?, 2)?);
    let found = days(year, month, day);
    (parts.next().is_none() && year > 0 && civil(found) == (year, month, day)).then_some(found)
}

/// `23:59`, `23:59:59.5`
pub(super) fn clock(text: &str) -> Option<i128> {
    let mut parts = text.split(':');
    let (hour, minute) = (digits(parts.next()?, 2)?, digits(parts.next()?, 2)?);
    let seconds = match parts.next() {
        None => 0,
        Some(seconds) => {
            let (whole, fraction) = seconds.split_once('.').unwrap_or((seconds, "0"));
            let micros = format!("{fraction:0<6}");
            digits(whole, 2)? * SECOND + digits(&micros, 6)?
        }
    };
    (parts.next().is_none() && hour < 24 && minute < 60 && seconds < MINUTE).then_some(hour * HOUR + minute * MINUTE + seconds)
}

/// `2024-12-31`, `2024-12-31T23:59:59`: without a zone.
pub(super) fn moment(text: &str) -> Option<i128> {
    match text.split_once(['T', ' ']) {
        None => Some(date(text)? * DAY),
        Some((day, time)) => Some(date(day)? * DAY + clock(time.trim_end())?),
    }
}

/// `2024-12-31 23:59:59+02:00`: with a zone.
pub(super) fn utc(text: &str) -> Option<i128> {
    let zone_at = text.bytes().enumerate().skip(10).find(|(_, b)| matches!(b, b'Z' | b'+' | b'-')).map(|(at, _)| at)?;
    let (local, zone) = text.split_at_checked(zone_at)?;
    let offset = match zone.split_at_checked(1)? {
        ("Z", "") => 0,
        (sign, rest) => {
            let plain = rest.replace(':', "");
            let hours = digits(plain.get(..2)?, 2)?;
            let minutes = plain.get(2..).filter(|m| !m.is_empty()).map_or(Some(0), |m| digits(m, 2))?;
            let amount = hours * HOUR + minutes * MINUTE;
            if sign == "-" { -amount } else { amount }
        }
    };
    Some(moment(local.trim_end())? - offset)
}

/// A day, or a moment where it is none.
pub(super) fn shown(point: i128) -> String {
    if point.rem_euclid(DAY) == 0 { day(point.div_euclid(DAY)) } else { shown_moment(point) }
}

pub(super) fn shown_moment(point: i128) -> String {
    let day_part = day(point.div_euclid(DAY));
    let (day_part, era) = day_part.strip_suffix(" BC").map_or((day_part.as_str(), ""), |d| (d, " BC"));
    format!("{day_part} {}{era}", shown_clock(point.rem_euclid(DAY)))
}

fn day(days: i128) -> String {
    let (year, month, day) = civil(days);
    if year > 0 { format!("{year:04}-{month:02}-{day:02}") } else { format!("{:04}-{month:02}-{day:02} BC", 1 - year) }
}

pub(super) fn shown_clock(point: i128) -> String {
    let (seconds, micros) = (point / SECOND, point % SECOND);
    let plain = format!("{:02}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60);
    if micros == 0 { plain } else { format!("{plain}.{}", format!("{micros:06}").trim_end_matches('0')) }
}
