use super::words::{Key, Read, Words, choice};
use crate::base::{Ident, Span};
use crate::diag::{Code, Diagnostic};
use crate::syntax::ast::{Word, WordKind};
use std::collections::BTreeMap;
use std::ops::RangeInclusive;
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
    Ok(())
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
