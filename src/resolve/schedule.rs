use super::words::{Key, Read, Words, choice};
use super::zones::set_clocks;
use crate::base::{Ident, Span};
use crate::diag::{Code, Diagnostic};
use crate::syntax::ast::{Word, WordKind};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::{Range, RangeInclusive};
use std::sync::Arc;

const DAYS: [&str; 7] = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];

/// Name, least and greatest value of each field.
const FIELDS: [(&str, RangeInclusive<u32>); 5] =
    [("minute", 0..=59), ("hour", 0..=23), ("day of the month", 1..=31), ("month", 1..=12), ("day of the week", 0..=7)];

fn bad(at: Span, message: impl Into<String>) -> Diagnostic {
    Diagnostic::error(Code::BadSchedule, at, message)
}

/// `"0 2 * * *"`, `hourly`, `daily at 02:00`, `weekly on monday at 03:00`, `monthly on 1 at 03:00`, or the name of a declared schedule; as cron fields.
pub(super) fn schedule(words: &mut Words<'_>, named: &BTreeMap<Ident, Arc<str>>) -> Read<Arc<str>> {
    let Some(key) = words.peek_key() else {
        let at = words.here();
        let text = words.text("a schedule")?;
        check_cron(&text, at)?;
        return Ok(text);
    };
    words.next();
    Ok(Arc::from(match key.text {
        "hourly" => "0 * * * *".to_owned(),
        "daily" => {
            let (hour, minute) = time(words)?;
            format!("{minute} {hour} * * *")
        }
        "weekly" => {
            words.expect("on")?;
            let day = words.key("a day of the week")?;
            let number = DAYS.iter().position(|d| *d == day.text).ok_or_else(|| choice("day of the week", day, DAYS))?;
            let (hour, minute) = time(words)?;
            format!("{minute} {hour} * * {number}")
        }
        "monthly" => {
            words.expect("on")?;
            let at = words.here();
            let day = words.number("the day of the month")?;
            if !(1..=28).contains(&day) {
                return Err(bad(at, "the day of the month is one that every month has, 1 to 28"));
            }
            let (hour, minute) = time(words)?;
            format!("{minute} {hour} {day} * *")
        }
        _ => return by_name(key, named),
    }))
}

fn by_name(key: Key<'_>, named: &BTreeMap<Ident, Arc<str>>) -> Read<Arc<str>> {
    let forms = ["hourly", "daily", "weekly", "monthly"];
    named.get(&Ident::folded(key.text)).cloned().ok_or_else(|| {
        bad(key.at, format!("`{}` is no schedule", key.text))
            .suggest(key.text, forms.into_iter().chain(named.keys().map(Ident::as_str)))
            .help("write `\"0 2 * * *\"`, `hourly`, `daily at 02:00`, `weekly on monday at 03:00` or `monthly on 1 at 03:00`")
    })
}

/// `at 02:00`
fn time(words: &mut Words<'_>) -> Read<(u32, u32)> {
    words.expect("at")?;
    let at = words.here();
    let digits = |words: &mut Words<'_>| match words.next() {
        Some(Word { kind: WordKind::Number { value, unit }, .. }) if unit.is_empty() && value.len() == 2 => value.parse::<u32>().ok(),
        _ => None,
    };
    let hour = digits(words);
    let colon = words.symbol(":");
    let minute = if colon { digits(words) } else { None };
    match (hour, minute) {
        (Some(hour @ 0..=23), Some(minute @ 0..=59)) => Ok((hour, minute)),
        _ => Err(bad(at, "a time of day is written `02:00`, from `00:00` to `23:59`")),
    }
}

/// Five fields of numbers, `*`, `a-b`, `a,b` and `*/n`, each in its range.
fn check_cron(text: &str, at: Span) -> Read<()> {
    let fields: Vec<&str> = text.split_ascii_whitespace().collect();
    if fields.len() != FIELDS.len() {
        return Err(bad(at, format!("a schedule has five fields, this one {}", fields.len()))
            .help("minute, hour, day of the month, month, day of the week: `0 2 * * *` is two o'clock every day"));
    }
    for (field, (name, range)) in fields.iter().zip(FIELDS) {
        if !field.split(',').all(|piece| fits(piece, &range)) {
            return Err(bad(at, format!("`{field}` is no {name}: it goes from {} to {}", range.start(), range.end())));
        }
    }
    if !comes(&fields) {
        return Err(bad(at, format!("`{text}` is a date that never comes")).help("leave out the days that the month does not have"));
    }
    Ok(())
}

/// Whether there is a day, in a leap year, on which a schedule runs.
fn comes(fields: &[&str]) -> bool {
    let [_, _, days, months, "*"] = fields else { return true };
    let longest = |month: &u32| match month {
        2 => 29,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    let days = values(days, &(1..=31));
    values(months, &(1..=12)).iter().any(|m| days.first().is_some_and(|d| *d <= longest(m)))
}

/// The numbers that a field which [`fits`] stands for.
fn values(field: &str, range: &RangeInclusive<u32>) -> BTreeSet<u32> {
    let piece = |piece: &str| {
        let (base, step) = piece.split_once('/').unwrap_or((piece, "1"));
        let number = |text: &str| text.parse::<u32>().unwrap_or(*range.start());
        let (low, high) = match base.split_once('-') {
            Some((low, high)) => (number(low), number(high)),
            None if base == "*" => (*range.start(), *range.end()),
            None => (number(base), number(base)),
        };
        (low..=high).step_by(step.parse().unwrap_or(1).max(1))
    };
    field.split(',').flat_map(piece).collect()
}

/// What a schedule does that its fields do not seem to say, as warnings.
pub(super) fn surprises(cron: &str, zone: &str, at: Span) -> Vec<Diagnostic> {
    let fields: Vec<&str> = cron.split_ascii_whitespace().collect();
    let [minutes, hours, days, _, weekdays] = fields.as_slice() else { return Vec::new() };
    let mut found = Vec::new();
    let warning = |message: String| Diagnostic::warning(Code::ScheduleSurprise, at, message);
    if *days != "*" && *weekdays != "*" {
        let problem = warning(format!("`{cron}` runs on every day that fits the day of the month or the day of the week"));
        found.push(problem.help("write `*` for one of them; there is no schedule for days that fit both"));
    }
    // A range over all hours runs in the ones beside it, too.
    let clocks = set_clocks(zone).filter(|_| !hours.starts_with('*'));
    if let Some((gone, twice)) = clocks {
        let minutes = values(minutes, &(0..=59));
        let hours = values(hours, &(0..=23));
        let times = || hours.iter().flat_map(|h| minutes.iter().map(move |m| (*h, *m)));
        let within = |range: &Range<i32>| {
            let minute =
                |(h, m): &(u32, u32)| i32::try_from(h * 60 + m).is_ok_and(|t| range.contains(&t) || range.contains(&(t + 24 * 60)));
            times().find(minute)
        };
        if let Some((hour, minute)) = within(&gone).or_else(|| within(&twice)) {
            let time = format!("{hour:02}:{minute:02}");
            let problem = warning(format!("once a year there is no {time} in `{zone}`, or there are two: the clocks are set then"));
            found.push(problem.help("take another hour, or another `timezone`: `UTC` has each hour once"));
        }
    }
    found
}

fn fits(piece: &str, range: &RangeInclusive<u32>) -> bool {
    let number = |text: &str| text.parse::<u32>().ok().filter(|n| text.bytes().all(|b| b.is_ascii_digit()) && range.contains(n));
    let (base, step) = match piece.split_once('/') {
        Some((base, step)) => (base, Some(step)),
        None => (piece, None),
    };
    let step_fits =
        step.is_none_or(|s| s.bytes().all(|b| b.is_ascii_digit()) && s.parse::<u32>().is_ok_and(|n| n >= 1 && n <= *range.end()));
    let base_fits = match base.split_once('-') {
        Some((low, high)) => number(low).zip(number(high)).is_some_and(|(low, high)| low <= high),
        // `5/10` means something else to each cron.
        None => base == "*" || step.is_none() && number(base).is_some(),
    };
    step_fits && base_fits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_schedule_does_not_seem_to_say() {
        let warned = |cron: &str, zone: &str| surprises(cron, zone, Span::default()).len();
        assert_eq!(warned("0 2 13 * 5", "UTC"), 1);
        assert_eq!(warned("30 2 * * *", "UTC"), 0);
        for (cron, zone) in [
            ("30 2 * * *", "Europe/Amsterdam"),
            ("0 0-6 * * *", "Europe/Amsterdam"),
            ("59 1 * * 0", "Europe/London"),
            ("0 1 * * *", "America/New_York"),
            ("*/15 2 * * *", "America/New_York"),
        ] {
            assert_eq!(warned(cron, zone), 1, "{cron} {zone}");
        }
        for (cron, zone) in [("0 * * * *", "Europe/Amsterdam"), ("0 3 * * *", "Europe/Amsterdam"), ("0 5 * * *", "America/New_York")] {
            assert_eq!(warned(cron, zone), 0, "{cron} {zone}");
        }
    }

    #[test]
    fn a_date_comes_in_some_year() {
        for good in ["0 0 29 2 *", "0 0 30 1-2 *", "0 0 31 * *", "0 0 30 2 1", "0 0 */10 2 *"] {
            assert!(check_cron(good, Span::default()).is_ok(), "{good}");
        }
        for bad in ["0 0 30 2 *", "0 0 31 4,6 *", "0 0 30-31 2 *"] {
            assert!(check_cron(bad, Span::default()).is_err(), "{bad}");
        }
    }

    #[test]
    fn five_fields_in_their_ranges() {
        for good in ["0 2 * * *", "*/15 0-6,22 1 1-12 1-5", "59 23 31 12 7"] {
            assert!(check_cron(good, Span::default()).is_ok(), "{good}");
        }
        for bad in [
            "",
            "0 2 * *",
            "0 2 * * * *",
            "60 2 * * *",
            "0 24 * * *",
            "0 2 0 * *",
            "0 2 * 13 *",
            "a 2 * * *",
            "*/0 * * * *",
            "5-1 * * * *",
            "+1 2 * * *",
            "5/10 * * * *",
        ] {
            assert!(check_cron(bad, Span::default()).is_err(), "{bad}");
        }
    }
}
