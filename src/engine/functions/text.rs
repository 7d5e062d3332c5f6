//! Functions over texts; positions and lengths count characters, from 1.

use super::{Args, Scalar, maybe, some};
use rusqlite::types::Value;

pub(super) const SCALARS: &[(&str, i32, Scalar)] = &[
    // SQLite's own fold ASCII only.
    ("lower", 1, |a| map(a, |t| t.chars().map(small).collect())),
    ("upper", 1, |a| map(a, |t| t.chars().map(capital).collect())),
    ("pipec_lower", 1, |a| map(a, |t| t.chars().map(small).collect())),
    ("pipec_upper", 1, |a| map(a, |t| t.chars().map(capital).collect())),
    ("pipec_initcap", 1, |a| map(a, initcap)),
    ("pipec_reverse", 1, |a| map(a, |t| t.chars().rev().collect())),
    ("pipec_substring", 2, substring),
    ("pipec_substring", 3, substring),
    ("pipec_left", 2, |a| sized(a, |t, n| take(t, upto(t, n)))),
    ("pipec_right", 2, |a| sized(a, |t, n| t.chars().skip(count(t) - upto(t, n)).collect())),
    ("pipec_repeat", 2, |a| sized(a, |t, n| t.repeat(usize::try_from(n).unwrap_or(0)))),
    ("pipec_lpad", 3, |a| padded(a, |fill, text| fill + text)),
    ("pipec_rpad", 3, |a| padded(a, |fill, text| text.to_string() + &fill)),
    ("pipec_overlay", 4, overlay),
    ("pipec_translate", 3, translate),
    ("pipec_split_part", 3, split_part),
    ("pipec_starts_with", 2, starts_with),
];

fn map(args: &Args<'_, '_>, f: impl Fn(&str) -> String) -> Result<Value, String> {
    maybe(args.text(0).map(|t| f(&t)))
}

/// A text and a number.
fn sized(args: &Args<'_, '_>, f: impl Fn(&str, i64) -> String) -> Result<Value, String> {
    let (Some(text), Some(n)) = (args.text(0), args.int(1)) else { return Ok(Value::Null) };
    some(f(&text, n))
}

fn count(text: &str) -> usize {
    text.chars().count()
}

fn take(text: &str, n: usize) -> String {
    text.chars().take(n).collect()
}

/// How many characters `n` asks for; a negative number leaves out as many.
fn upto(text: &str, n: i64) -> usize {
    let length = count(text);
    match usize::try_from(n) {
        Ok(n) => n.min(length),
        Err(_) => length.saturating_sub(usize::try_from(n.unsigned_abs()).unwrap_or(usize::MAX)),
    }
}

/// Letter by letter, as PostgreSQL does it: `ß` has no capital, and a sigma does not look at its place.
fn capital(c: char) -> char {
    let mut upper = c.to_uppercase();
    match (upper.next(), upper.next()) {
        (Some(one), None) => one,
        // Greek vowels with an iota below have one capital of their own beside the spelt-out two.
        _ => match u32::from(c) {
            n @ (0x1F80..=0x1F87 | 0x1F90..=0x1F97 | 0x1FA0..=0x1FA7) => char::from_u32(n + 8).unwrap_or(c),
            n @ (0x1FB3 | 0x1FC3 | 0x1FF3) => char::from_u32(n + 9).unwrap_or(c),
            _ => c,
        },
    }
}

fn small(c: char) -> char {
    c.to_lowercase().next().unwrap_or(c)
}

fn initcap(text: &str) -> String {
    let mut inside = false;
    let letter = |c: char| {
        let first = !std::mem::replace(&mut inside, c.is_alphanumeric());
        if first { capital(c) } else { small(c) }
    };
    text.chars().map(letter).collect()
}

fn substring(args: &Args<'_, '_>) -> Result<Value, String> {
    let (Some(text), Some(start)) = (args.text(0), args.int(1)) else { return Ok(Value::Null) };
    let end = match (args.len(), args.int(2)) {
        (2, _) => i64::MAX,
        (_, None) => return Ok(Value::Null),
        (_, Some(n)) if n < 0 => return Err("negative substring length not allowed".into()),
        (_, Some(n)) => start.saturating_add(n),
    };
    let places = (1_i64..).zip(text.chars()).filter(|(i, _)| *i >= start && *i < end);
    some(places.map(|(_, c)| c).collect::<String>())
}

fn padded(args: &Args<'_, '_>, join: impl Fn(String, &str) -> String) -> Result<Value, String> {
    let (Some(text), Some(n), Some(fill)) = (args.text(0), args.int(1), args.text(2)) else { return Ok(Value::Null) };
    let n = usize::try_from(n).unwrap_or(0);
    let missing = n.saturating_sub(count(&text));
    if missing == 0 || fill.is_empty() {
        return some(take(&text, n));
    }
    some(join(fill.chars().cycle().take(missing).collect(), &text))
}

fn overlay(args: &Args<'_, '_>) -> Result<Value, String> {
    let (Some(text), Some(new), Some(start), Some(n)) = (args.text(0), args.text(1), args.int(2), args.int(3)) else {
        return Ok(Value::Null);
    };
    let Some(before) = usize::try_from(start - 1).ok() else { return Err("negative substring length not allowed".into()) };
    let after = usize::try_from(start - 1 + n).unwrap_or(0);
    let rest: String = text.chars().skip(after).collect();
    some(take(&text, before) + &new + &rest)
}

fn translate(args: &Args<'_, '_>) -> Result<Value, String> {
    let (Some(text), Some(search), Some(new)) = (args.text(0), args.text(1), args.text(2)) else { return Ok(Value::Null) };
    let other = |c: char| match search.chars().position(|s| s == c) {
        None => Some(c),
        Some(i) => new.chars().nth(i),
    };
    some(text.chars().filter_map(other).collect::<String>())
}

fn split_part(args: &Args<'_, '_>) -> Result<Value, String> {
    let (Some(text), Some(delimiter), Some(place)) = (args.text(0), args.text(1), args.int(2)) else { return Ok(Value::Null) };
    let pieces: Vec<&str> = if delimiter.is_empty() { vec![&text] } else { text.split(&*delimiter).collect() };
    let index = match place {
        0 => return Err("field position must not be zero".into()),
        n if n > 0 => usize::try_from(n - 1).ok(),
        n => usize::try_from(n.unsigned_abs()).ok().and_then(|n| pieces.len().checked_sub(n)),
    };
    some(index.and_then(|i| pieces.get(i)).copied().unwrap_or(""))
}

fn starts_with(args: &Args<'_, '_>) -> Result<Value, String> {
    let (Some(text), Some(prefix)) = (args.text(0), args.text(1)) else { return Ok(Value::Null) };
    Ok(Value::Integer(text.starts_with(&*prefix).into()))
}
