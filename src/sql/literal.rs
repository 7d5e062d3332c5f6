//! Constants and names as text that reads back as what it was.

use super::words::reserved;
use crate::base::Ident;
use crate::ir::{Dialect, Literal};
use std::fmt::Write;

/// A name: bare when plain and not reserved, else quoted and escaped.
pub(super) fn ident(name: &Ident, dialect: Dialect) -> String {
    let text = name.as_str();
    if name.is_plain() && !reserved(text, dialect) {
        return text.to_string();
    }
    match dialect {
        Dialect::BigQuery => format!("`{}`", escaped(text, '`')),
        _ => format!("\"{}\"", text.replace('"', "\"\"")),
    }
}

/// A text between single quotes. PostgreSQL, SQLite and DuckDB double the quote and read all else as it stands; GoogleSQL escapes with backslashes.
pub(super) fn text(text: &str, dialect: Dialect) -> String {
    match dialect {
        Dialect::BigQuery => format!("'{}'", escaped(text, '\'')),
        _ => format!("'{}'", text.replace('\'', "''")),
    }
}

fn escaped(text: &str, quote: char) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            c if c == quote => {
                out.push('\\');
                out.push(c);
            }
            c if c.is_control() => {
                // Writing to a String can't fail.
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out
}

/// A constant. A secret is written as a text: its name, which a mask's body looks up.
pub(super) fn literal(literal: &Literal, dialect: Dialect) -> String {
    match literal {
        Literal::Null => "null".into(),
        Literal::Boolean(true) => "true".into(),
        Literal::Boolean(false) => "false".into(),
        Literal::Number(digits) => digits.to_string(),
        Literal::Text(value) | Literal::Secret(value) => text(value, dialect),
        Literal::Interval { months, days, micros } => interval(*months, *days, *micros, dialect),
    }
}

fn interval(months: i64, days: i64, micros: i64, dialect: Dialect) -> String {
    match dialect {
        // SQLite has no intervals; the engine's functions read the text PostgreSQL shows.
        Dialect::Sqlite => format!("'{}'", canonical_interval(months, days, micros)),
        Dialect::BigQuery => match (months, days, micros) {
            (m, 0, 0) if m != 0 => format!("interval {m} month"),
            (0, d, 0) => format!("interval {d} day"),
            (0, 0, u) if u % 1_000_000 == 0 => format!("interval {} second", u / 1_000_000),
            (0, 0, u) => format!("interval {u} microsecond"),
            (m, d, u) => format!("interval '{}-{} {d} {}' year to second", m / 12, m.abs() % 12, clock(u)),
        },
        Dialect::Postgres | Dialect::DuckDb => format!("interval '{}'", spoken_interval(months, days, micros)),
    }
}

/// `1 year 30 days`, as a person writes it.
fn spoken_interval(months: i64, days: i64, micros: i64) -> String {
    let mut parts = Vec::new();
    let mut part = |n: i64, unit: &str| {
        if n != 0 {
            parts.push(format!("{n} {unit}{}", if n == 1 { "" } else { "s" }));
        }
    };
    if months % 12 == 0 {
        part(months / 12, "year");
    } else {
        part(months, "month");
    }
    part(days, "day");
    match micros {
        u if u % 3_600_000_000 == 0 => part(u / 3_600_000_000, "hour"),
        u if u % 60_000_000 == 0 => part(u / 60_000_000, "minute"),
        u if u % 1_000_000 == 0 => part(u / 1_000_000, "second"),
        u => part(u, "microsecond"),
    }
    if parts.is_empty() { "0 days".into() } else { parts.join(" ") }
}

/// As PostgreSQL shows an interval: `1 year 2 mons 3 days 04:05:06.5`. What follows a negative part says its sign.
pub(crate) fn canonical_interval(months: i64, days: i64, micros: i64) -> String {
    let mut parts = Vec::new();
    let mut after_negative = false;
    for (n, unit) in [(months / 12, "year"), (months % 12, "mon"), (days, "day")] {
        if n != 0 {
            let sign = if after_negative && n > 0 { "+" } else { "" };
            parts.push(format!("{sign}{n} {unit}{}", if n == 1 { "" } else { "s" }));
            after_negative = n < 0;
        }
    }
    if micros != 0 || parts.is_empty() {
        let sign = if after_negative && micros > 0 { "+" } else { "" };
        parts.push(format!("{sign}{}", clock(micros)));
    }
    parts.join(" ")
}

fn clock(micros: i64) -> String {
    let sign = if micros < 0 { "-" } else { "" };
    let all = micros.unsigned_abs();
    let (seconds, rest) = (all / 1_000_000, all % 1_000_000);
    let whole = format!("{sign}{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
    if rest == 0 { whole } else { format!("{whole}.{}", format!("{rest:06}").trim_end_matches('0')) }
}
