use crate::ir::Literal;

const MICROS_PER_SECOND: i64 = 1_000_000;

/// `2024-12-31`, a day that exists.
pub(super) fn is_date(text: &str) -> bool {
    date(text).is_some()
}

fn date(text: &str) -> Option<()> {
    let mut parts = text.split('-');
    let (y, m, d) = (parts.next()?, parts.next()?, parts.next()?);
    let year = digits(y, 4)?;
    let (month, day) = (digits(m, 2)?, digits(d, 2)?);
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let last = match month {
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        1..=12 => 31,
        _ => return None,
    };
    (parts.next().is_none() && year > 0 && (1..=last).contains(&day)).then_some(())
}

fn digits(text: &str, count: usize) -> Option<u32> {
    (text.len() == count && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok())?
}

/// `23:59`, `23:59:59`, `23:59:59.123456`
pub(super) fn is_time(text: &str) -> bool {
    time(text).is_some()
}

fn time(text: &str) -> Option<()> {
    let mut parts = text.split(':');
    let (h, m) = (digits(parts.next()?, 2)?, digits(parts.next()?, 2)?);
    let seconds = parts.next().map(|s| {
        let (whole, fraction) = s.split_once('.').unwrap_or((s, "0"));
        digits(whole, 2).filter(|s| *s < 60).filter(|_| (1..=6).contains(&fraction.len()) && fraction.bytes().all(|b| b.is_ascii_digit()))
    });
    (h < 24 && m < 60 && seconds != Some(None) && parts.next().is_none()).then_some(())
}

/// A moment as written.
pub(super) struct Moment<'t> {
    /// Day and time, without the zone.
    pub(super) local: &'t str,
    /// Whether it names its zone.
    pub(super) zoned: bool,
}

impl Moment<'_> {
    /// The text with a zone: without one it is UTC, so that no session setting decides.
    pub(super) fn in_utc(&self, text: &str) -> String {
        if self.zoned { String::from(text) } else { format!("{text}+00") }
    }
}

/// `2024-12-31`, `2024-12-31 23:59`, `2024-12-31T23:59:59.5+02:00`
pub(super) fn moment(text: &str) -> Option<Moment<'_>> {
    let Some((day, rest)) = text.split_once(['T', ' ']) else {
        date(text)?;
        return Some(Moment { local: text, zoned: false });
    };
    date(day)?;
    let (clock, zone) = match rest.find(['Z', '+', '-']) {
        Some(i) => rest.split_at_checked(i)?,
        None => (rest, ""),
    };
    time(clock.trim_end())?;
    let offset = zone.trim_start_matches(['+', '-']);
    let known = matches!(zone, "" | "Z") || offset.split(':').all(|p| digits(p, 2).is_some()) || digits(offset, 4).is_some();
    let local = text.get(..text.len() - zone.len())?.trim_end();
    known.then_some(Moment { local, zoned: !zone.is_empty() })
}

/// `1 year 2 months`, `-3 days`, `04:05:06`, `1.5 hours`, `1 day ago`, `1-2` (years and months), `P1Y2M3DT4H5M6S`
pub(super) fn interval(text: &str) -> Option<Literal> {
    let mut all = Parts::default();
    if let Some(iso) = text.strip_prefix('P') {
        all.iso(iso)?;
        return Some(all.literal());
    }
    let (text, sign) = match text.strip_suffix("ago") {
        Some(rest) => (rest.trim_end(), -1),
        None => (text, 1),
    };
    let mut words = text.split_whitespace().peekable();
    words.peek()?;
    while let Some(word) = words.next() {
        if word.contains(':') {
            all.add((0, 0, clock(word)?))?;
            continue;
        }
        if let Some(months) = years_and_months(word) {
            all.add((months, 0, 0))?;
            continue;
        }
        let (amount, glued) = word.split_at_checked(word.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(word.len()))?;
        let unit = if glued.is_empty() { words.next().unwrap_or("seconds") } else { glued };
        all.add(scaled(amount, &unit.to_ascii_lowercase())?)?;
    }
    Some(
        Parts { months: all.months.checked_mul(sign)?, days: all.days.checked_mul(sign)?, micros: all.micros.checked_mul(sign)? }.literal(),
    )
}

/// Months, days and microseconds so far.
#[derive(Default)]
struct Parts {
    months: i64,
    days: i64,
    micros: i64,
}

impl Parts {
    fn add(&mut self, (months, days, micros): (i64, i64, i64)) -> Option<()> {
        self.months = self.months.checked_add(months)?;
        self.days = self.days.checked_add(days)?;
        self.micros = self.micros.checked_add(micros)?;
        Some(())
    }

    /// What stands behind the `P`.
    fn iso(&mut self, text: &str) -> Option<()> {
        let (date, time) = text.split_once('T').unwrap_or((text, ""));
        (!text.is_empty()).then_some(())?;
        for (part, units) in [(date, ["Y", "M", "W", "D"]), (time, ["H", "M", "S", ""])] {
            let mut rest = part;
            while let Some(end) = rest.find(|c: char| c.is_ascii_alphabetic()) {
                let (amount, behind) = rest.split_at_checked(end)?;
                let (unit, after) = behind.split_at_checked(1)?;
                units.contains(&unit).then_some(())?;
                let unit = if unit == "M" && units.contains(&"Y") { "mon".to_owned() } else { unit.to_ascii_lowercase() };
                self.add(scaled(amount, &unit)?)?;
                rest = after;
            }
            rest.is_empty().then_some(())?;
        }
        Some(())
    }

    fn literal(&self) -> Literal {
        Literal::Interval { months: self.months, days: self.days, micros: self.micros }
    }
}

/// `1-2`: a year and two months.
fn years_and_months(word: &str) -> Option<i64> {
    let (sign, digits) = word.strip_prefix('-').map_or((1, word), |rest| (-1, rest));
    let (years, months) = digits.split_once('-')?;
    let (years, months): (i64, i64) = (years.parse().ok()?, months.parse().ok()?);
    (0..12).contains(&months).then_some(())?;
    years.checked_mul(12)?.checked_add(months)?.checked_mul(sign)
}

fn clock(text: &str) -> Option<i64> {
    let (sign, text) = text.strip_prefix('-').map_or((1, text), |t| (-1, t));
    let mut parts = text.split(':');
    let hours: i64 = parts.next()?.parse().ok()?;
    let minutes: i64 = parts.next()?.parse().ok()?;
    let seconds = parts.next().map_or(Some(0), |s| fixed(s, MICROS_PER_SECOND))?;
    (parts.next().is_none() && minutes < 60).then_some(())?;
    hours.checked_mul(3600)?.checked_add(minutes * 60)?.checked_mul(MICROS_PER_SECOND)?.checked_add(seconds)?.checked_mul(sign)
}

fn scaled(amount: &str, unit: &str) -> Option<(i64, i64, i64)> {
    let whole = |per: i64| amount.parse::<i64>().ok()?.checked_mul(per);
    let singular = unit.strip_suffix('s').filter(|u| u.len() > 2 || *u == "yr" || *u == "hr").unwrap_or(unit);
    const DAY: i64 = 86_400 * MICROS_PER_SECOND;
    // A part of a year is whole months; a part of a month or a week is days, and what is left of those time.
    let split = |day: i64| {
        let micros = fixed(amount, day.checked_mul(DAY)?)?;
        Some((micros / DAY, micros % DAY))
    };
    let pieces = amount.contains('.');
    Some(match singular {
        "year" | "yr" | "y" if pieces => (fixed(amount, 12)?, 0, 0),
        "month" | "mon" if pieces => {
            let (whole, _) = amount.split_once('.')?;
            let months: i64 = if whole.is_empty() || whole == "-" { 0 } else { whole.parse().ok()? };
            let (days, micros) = split(30)?;
            (months, days.checked_sub(months.checked_mul(30)?)?, micros)
        }
        "week" | "w" if pieces => split(7).map(|(days, micros)| (0, days, micros))?,
        "day" | "d" if pieces => split(1).map(|(days, micros)| (0, days, micros))?,
        "millennium" | "millennia" => (whole(12_000)?, 0, 0),
        "century" | "centurie" => (whole(1200)?, 0, 0),
        "decade" => (whole(120)?, 0, 0),
        "year" | "yr" | "y" => (whole(12)?, 0, 0),
        "month" | "mon" => (whole(1)?, 0, 0),
        "week" | "w" => (0, whole(7)?, 0),
        "day" | "d" => (0, whole(1)?, 0),
        "hour" | "hr" | "h" => (0, 0, fixed(amount, 3600 * MICROS_PER_SECOND)?),
        "minute" | "min" | "m" => (0, 0, fixed(amount, 60 * MICROS_PER_SECOND)?),
        "second" | "sec" | "s" => (0, 0, fixed(amount, MICROS_PER_SECOND)?),
        "millisecond" | "msec" | "ms" => (0, 0, fixed(amount, 1000)?),
        "microsecond" | "usec" | "us" => (0, 0, fixed(amount, 1)?),
        _ => return None,
    })
}

/// A decimal times a whole number, exactly; `None` when digits would be lost.
fn fixed(text: &str, scale: i64) -> Option<i64> {
    let (sign, text) = text.strip_prefix('-').map_or((1, text.trim_start_matches('+')), |t| (-1, t));
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let mut value = if whole.is_empty() { 0 } else { whole.parse::<i64>().ok()?.checked_mul(scale)? };
    if !fraction.is_empty() {
        let tens = 10i64.checked_pow(u32::try_from(fraction.len()).ok()?)?;
        let part = fraction.parse::<i64>().ok()?.checked_mul(scale)?;
        (part % tens == 0).then_some(())?;
        value = value.checked_add(part / tens)?;
    }
    value.checked_mul(sign)
}
