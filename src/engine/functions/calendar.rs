//! Dates, times and intervals as PostgreSQL reads and shows them, with UTC as the session's zone. Days and microseconds count from 1970-01-01.

const DAY: i64 = 86_400_000_000;

/// Days of a civil date; the calendar is proleptic Gregorian (Howard Hinnant, "chrono-compatible low-level date algorithms").
pub(crate) fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// Year, month and day of a day.
pub(crate) fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, of_year - (153 * shifted_month + 2) / 5 + 1)
}

pub(crate) fn month_length(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// The day of the week, Sunday is 0.
pub(crate) fn weekday(days: i64) -> i64 {
    (days + 4).rem_euclid(7)
}

/// The ISO year and week of a day: a week belongs to the year its Thursday is in.
pub(crate) fn iso_week(day: i64) -> (i64, i64) {
    let thursday = day - (weekday(day) + 6) % 7 + 3;
    let (year, _, _) = civil(thursday);
    (year, (thursday - days(year, 1, 1)) / 7 + 1)
}

/// `2025-06-27`
pub(crate) fn show_date(days: i64) -> String {
    let (year, month, day) = civil(days);
    format!("{year:04}-{month:02}-{day:02}")
}

/// `18:00:00.5`
pub(crate) fn show_time(micros: i64) -> String {
    let (seconds, rest) = (micros.div_euclid(1_000_000), micros.rem_euclid(1_000_000));
    let whole = format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
    if rest == 0 { whole } else { format!("{whole}.{}", format!("{rest:06}").trim_end_matches('0')) }
}

/// `2025-06-27 18:00:00.5`
pub(crate) fn show_timestamp(micros: i64) -> String {
    format!("{} {}", show_date(micros.div_euclid(DAY)), show_time(micros.rem_euclid(DAY)))
}

/// A date, whatever time of day follows it.
pub(crate) fn read_date(text: &str) -> Option<i64> {
    read_parts(text).map(|(days, _, _)| days)
}

/// Microseconds of a timestamp, its zone left aside.
pub(crate) fn read_timestamp(text: &str) -> Option<i64> {
    read_parts(text).map(|(days, time, _)| days * DAY + time)
}

/// Microseconds of a timestamp in UTC; without a zone it is taken as UTC.
pub(crate) fn read_timestamptz(text: &str) -> Option<i64> {
    read_parts(text).map(|(days, time, offset)| days * DAY + time - offset)
}

/// Microseconds of a time of day.
pub(crate) fn read_time(text: &str) -> Option<i64> {
    let text = text.trim();
    match read_parts(text) {
        Some((_, time, _)) => Some(time),
        None => clock_and_zone(text).map(|(time, _)| time),
    }
}

/// Day, microseconds of the day, offset of the zone in microseconds.
fn read_parts(text: &str) -> Option<(i64, i64, i64)> {
    let text = text.trim();
    let (date, rest) = match text.find(['T', 't', ' ']) {
        Some(at) => text.split_at_checked(at)?,
        None => (text, ""),
    };
    let mut parts = date.split('-');
    let (year, month, day) = (number(parts.next()?)?, number(parts.next()?)?, number(parts.next()?)?);
    let known = parts.next().is_none() && date.len() >= 8 && (1..=12).contains(&month) && (1..=month_length(year, month)).contains(&day);
    if !known || year == 0 {
        return None;
    }
    let rest = rest.get(1..).unwrap_or("").trim();
    let (time, offset) = if rest.is_empty() { (0, 0) } else { clock_and_zone(rest)? };
    Some((days(year, month, day), time, offset))
}

fn number(digits: &str) -> Option<i64> {
    (!digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())).then(|| digits.parse().ok())?
}

/// `18:00[:00[.5]]` with `Z`, `+05:30`, `-0800`, `+00` or nothing.
fn clock_and_zone(text: &str) -> Option<(i64, i64)> {
    let (clock, zone) = match text.find(['Z', 'z', '+', '-']) {
        Some(at) => text.split_at_checked(at)?,
        None => (text, ""),
    };
    let offset = match zone.chars().next() {
        None => 0,
        Some('Z' | 'z') => (zone.len() == 1).then_some(0)?,
        Some(sign) => {
            let digits = zone.get(1..)?.replace(':', "");
            let (hours, minutes) = digits.split_at_checked(2)?;
            let minutes = if minutes.is_empty() { 0 } else { number(minutes)? };
            let micros = (number(hours)? * 60 + minutes) * 60_000_000;
            if sign == '-' { -micros } else { micros }
        }
    };
    Some((clock_micros(clock.trim())?, offset))
}

fn clock_micros(text: &str) -> Option<i64> {
    let mut parts = text.split(':');
    let (hours, minutes) = (number(parts.next()?)?, number(parts.next()?)?);
    let (seconds, fraction) = match parts.next().unwrap_or("0").split_once('.') {
        Some((seconds, fraction)) => (number(seconds)?, fraction),
        None => (text.split(':').nth(2).map_or(Some(0), number)?, ""),
    };
    let in_day = hours < 24 && minutes < 60 && seconds <= 60 || (hours, minutes, seconds) == (24, 0, 0);
    if parts.next().is_some() || !in_day {
        return None;
    }
    Some((hours * 3600 + minutes * 60 + seconds) * 1_000_000 + fraction_micros(fraction)?)
}

/// Microseconds of the digits after the point, rounded.
fn fraction_micros(digits: &str) -> Option<i64> {
    if digits.is_empty() {
        return Some(0);
    }
    number(digits)?;
    let padded = format!("{digits:0<7}");
    let seven: i64 = padded.get(..7)?.parse().ok()?;
    Some((seven + 5) / 10)
}

/// Months, days and microseconds of an interval: `1 year 2 mons 3 days 04:05:06`, `30 days`, `P1DT2H`.
pub(crate) fn read_interval(text: &str) -> Option<(i64, i64, i64)> {
    let text = text.trim();
    if let Some(iso) = text.strip_prefix('P') {
        return read_iso_interval(iso);
    }
    let (mut months, mut days, mut micros) = (0, 0, 0);
    let mut words = text.split_whitespace().peekable();
    words.peek()?;
    while let Some(word) = words.next() {
        if word.contains(':') {
            let (sign, clock) = word.strip_prefix('-').map_or((1, word.trim_start_matches('+')), |rest| (-1, rest));
            micros += sign * clock_micros_unbounded(clock)?;
            continue;
        }
        let split = word.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(word.len());
        let (amount, unit) = word.split_at_checked(split)?;
        let unit = if unit.is_empty() { words.next()? } else { unit };
        add_unit(amount.parse().ok()?, unit, &mut months, &mut days, &mut micros)?;
    }
    Some((months, days, micros))
}

fn clock_micros_unbounded(text: &str) -> Option<i64> {
    let (hours, rest) = text.split_once(':')?;
    Some(number(hours)? * 3_600_000_000 + clock_micros(&format!("00:{rest}"))?)
}

fn add_unit(amount: f64, unit: &str, months: &mut i64, days: &mut i64, micros: &mut i64) -> Option<()> {
    let unit = unit.trim_end_matches(',').to_ascii_lowercase();
    let unit = if unit.len() > 1 { unit.strip_suffix('s').unwrap_or(&unit) } else { &unit };
    // Fractions spill into the next smaller unit, 30 days to a month, as PostgreSQL has it.
    let spill = |amount: f64, whole: &mut i64| {
        *whole += amount.trunc() as i64;
        amount.fract()
    };
    match unit {
        "millennium" => *months += (amount * 12_000.0).round() as i64,
        "century" => *months += (amount * 1_200.0).round() as i64,
        "decade" => *months += (amount * 120.0).round() as i64,
        "year" | "yr" | "y" => *months += (amount * 12.0).round() as i64,
        "month" | "mon" => {
            let rest = spill(amount, months) * 30.0;
            *micros += (spill(rest, days) * DAY as f64).round() as i64;
        }
        "week" | "w" => *micros += (spill(amount * 7.0, days) * DAY as f64).round() as i64,
        "day" | "d" => *micros += (spill(amount, days) * DAY as f64).round() as i64,
        "hour" | "hr" | "h" => *micros += (amount * 3_600_000_000.0).round() as i64,
        "minute" | "min" | "m" => *micros += (amount * 60_000_000.0).round() as i64,
        "second" | "sec" | "s" => *micros += (amount * 1_000_000.0).round() as i64,
        "millisecond" | "msec" | "ms" => *micros += (amount * 1_000.0).round() as i64,
        "microsecond" | "usec" | "us" => *micros += amount.round() as i64,
        _ => return None,
    }
    Some(())
}

fn read_iso_interval(text: &str) -> Option<(i64, i64, i64)> {
    let (mut months, mut days, mut micros) = (0, 0, 0);
    let (mut amount, mut in_time) = (String::new(), false);
    for c in text.chars() {
        let unit = match (c, in_time) {
            ('T', _) => {
                in_time = true;
                continue;
            }
            ('Y', _) => "year",
            ('M', false) => "month",
            ('W', _) => "week",
            ('D', _) => "day",
            ('H', _) => "hour",
            ('M', true) => "minute",
            ('S', _) => "second",
            _ => {
                amount.push(c);
                continue;
            }
        };
        add_unit(amount.parse().ok()?, unit, &mut months, &mut days, &mut micros)?;
        amount.clear();
    }
    amount.is_empty().then_some((months, days, micros))
}

/// A timestamp moved by an interval: months first (the last day of a month stays inside it), then days, then the rest.
pub(crate) fn add_interval(micros: i64, (months, plus_days, plus_micros): (i64, i64, i64)) -> i64 {
    let (year, month, day) = civil(micros.div_euclid(DAY));
    let count = year * 12 + (month - 1) + months;
    let (year, month) = (count.div_euclid(12), count.rem_euclid(12) + 1);
    let day = day.min(month_length(year, month));
    (days(year, month, day) + plus_days) * DAY + micros.rem_euclid(DAY) + plus_micros
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_calendar_goes_both_ways() {
        for day in (-800_000..800_000).step_by(97) {
            let (y, m, d) = civil(day);
            assert_eq!(days(y, m, d), day);
        }
        assert_eq!(show_date(0), "1970-01-01");
    }

    #[test]
    fn timestamps_are_read_as_postgres_reads_them() {
        let read = |t: &str| read_timestamptz(t).map(show_timestamp);
        assert_eq!(read("2025-06-27T18:00:00Z").as_deref(), Some("2025-06-27 18:00:00"));
        assert_eq!(read("2025-06-27T18:00:00.120+05:30").as_deref(), Some("2025-06-27 12:30:00.12"));
        assert_eq!(read("2025-06-27 18:00:00+00").as_deref(), Some("2025-06-27 18:00:00"));
        assert_eq!(read("2025-06-27").as_deref(), Some("2025-06-27 00:00:00"));
        for wrong in ["2025-06", "2025-02-29", "2025-13-01", "yesterday", "2025-06-27 25:00:00", ""] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn intervals_move_months_without_leaving_them() {
        let moved = |t: &str, i: &str| show_timestamp(add_interval(read_timestamp(t).unwrap(), read_interval(i).unwrap()));
        assert_eq!(moved("2025-01-31", "1 month"), "2025-02-28 00:00:00");
        assert_eq!(moved("2025-01-31", "-30 days"), "2025-01-01 00:00:00");
        assert_eq!(moved("2024-02-29", "1 year 01:30:00"), "2025-02-28 01:30:00");
        assert_eq!(read_interval("P1Y2M3DT4H"), Some((14, 3, 14_400_000_000)));
        assert_eq!(read_interval("1.5 days"), Some((0, 1, 43_200_000_000)));
    }
}
