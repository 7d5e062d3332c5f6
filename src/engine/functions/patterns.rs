//! Regular expressions. The only file that knows `regex`; it takes the first alternative that fits where PostgreSQL takes the longest.

use super::{Args, Scalar, maybe, some};
use regex::{Captures, Regex, RegexBuilder};
use rusqlite::types::Value;
use std::cell::RefCell;
use std::collections::BTreeMap;

pub(super) const SCALARS: &[(&str, i32, Scalar)] = &[
    ("pipec_regexp", 2, found),
    // Under the name that emitted assertions use.
    ("pipec_regexp_like", 2, found),
    ("pipec_regexp_substring", 2, substring),
    ("pipec_regexp_match", 2, groups),
    ("pipec_regexp_replace", 4, replace),
];

thread_local! {
    /// Patterns are constants nearly always: each is compiled once.
    static PATTERNS: RefCell<BTreeMap<String, Regex>> = const { RefCell::new(BTreeMap::new()) };
}

/// Runs `with` on a compiled pattern.
fn compiled<T>(pattern: &str, folded: bool, with: impl FnOnce(&Regex) -> T) -> Result<T, String> {
    PATTERNS.with_borrow_mut(|known| {
        let key = format!("{folded}{pattern}");
        if let Some(regex) = known.get(&key) {
            return Ok(with(regex));
        }
        // `.` takes line breaks in PostgreSQL.
        let built = RegexBuilder::new(&spelt(pattern)).case_insensitive(folded).dot_matches_new_line(true).build();
        // The library's message quotes the pattern, which may be a cell.
        let regex = built.map_err(|_| "invalid regular expression")?;
        let result = with(&regex);
        known.insert(key, regex);
        Ok(result)
    })
}

/// PostgreSQL's pattern in this library's spelling: classes are of all scripts there, digits are not, and word limits have other names.
fn spelt(pattern: &str) -> String {
    const ALNUM: &str = r"\p{Alphabetic}0-9";
    let mut out = String::with_capacity(pattern.len());
    let (mut rest, mut bracket) = (pattern, false);
    while let Some(c) = rest.chars().next() {
        if let Some((class, after)) = rest.strip_prefix("[:").filter(|_| bracket).and_then(|r| r.split_once(":]")) {
            match class {
                "alpha" => out.push_str(r"\p{Alphabetic}"),
                "upper" => out.push_str(r"\p{Uppercase}"),
                "lower" => out.push_str(r"\p{Lowercase}"),
                "alnum" => out.push_str(ALNUM),
                "word" => out.extend([ALNUM, "_"]),
                "digit" => out.push_str("0-9"),
                "space" => out.push_str(r"\s"),
                "punct" => out.push_str(r"\p{P}\p{S}"),
                // An unknown class stays one, and is refused.
                other => out.extend(["[:", other, ":]"]),
            }
            rest = after;
            continue;
        }
        let (one, after) = rest.split_at(c.len_utf8());
        rest = after;
        match (c, rest.chars().next()) {
            ('\\', Some(escaped)) => {
                rest = rest.split_at(escaped.len_utf8()).1;
                let (open, close) = if bracket { ("", "") } else { ("[", "]") };
                match escaped {
                    'd' => out.extend([open, "0-9", close]),
                    'w' => out.extend([open, ALNUM, "_", close]),
                    'W' if !bracket => out.extend(["[^", ALNUM, "_]"]),
                    'D' if !bracket => out.push_str("[^0-9]"),
                    'y' if !bracket => out.push_str(r"\b"),
                    'm' if !bracket => out.push_str(r"\b{start}"),
                    'M' if !bracket => out.push_str(r"\b{end}"),
                    _ => out.extend(['\\', escaped]),
                }
            }
            ('[', _) if bracket => out.push_str(r"\["),
            // `[]a]` and `[^]a]`: the first bracket inside is one of the characters.
            ('[', next) => {
                bracket = true;
                out.push('[');
                if next == Some('^') {
                    out.push('^');
                    rest = rest.split_at(1).1;
                }
                if let Some(after) = rest.strip_prefix(']') {
                    out.push_str(r"\]");
                    rest = after;
                }
            }
            (']', _) if bracket => {
                bracket = false;
                out.push(']');
            }
            ('&' | '~', _) if bracket => out.extend(['\\', c]),
            _ => out.push_str(one),
        }
    }
    out
}

/// `text ~ pattern`
fn found(args: &Args<'_, '_>) -> Result<Value, String> {
    let (Some(text), Some(pattern)) = (args.text(0), args.text(1)) else { return Ok(Value::Null) };
    compiled(&pattern, false, |regex| Value::Integer(regex.is_match(&text).into()))
}

/// The first group of the first match, or all of it.
fn substring(args: &Args<'_, '_>) -> Result<Value, String> {
    let (Some(text), Some(pattern)) = (args.text(0), args.text(1)) else { return Ok(Value::Null) };
    let hit = compiled(&pattern, false, |regex| {
        let captures = regex.captures(&text)?;
        captures.get(usize::from(captures.len() > 1)).map(|m| m.as_str().to_string())
    })?;
    maybe(hit)
}

/// The groups of the first match, or all of it, as an array.
fn groups(args: &Args<'_, '_>) -> Result<Value, String> {
    let (Some(text), Some(pattern)) = (args.text(0), args.text(1)) else { return Ok(Value::Null) };
    let groups: Option<Vec<Option<String>>> = compiled(&pattern, false, |regex| {
        let captures = regex.captures(&text)?;
        let group = |i: usize| captures.get(i).map(|m| m.as_str().to_string());
        Some(if captures.len() > 1 { (1..captures.len()).map(group).collect() } else { vec![group(0)] })
    })?;
    maybe(groups.and_then(|g| serde_json::to_string(&g).ok()))
}

/// The first match, or with the flag `g` every match, replaced.
fn replace(args: &Args<'_, '_>) -> Result<Value, String> {
    let (Some(text), Some(pattern), Some(new), Some(flags)) = (args.text(0), args.text(1), args.text(2), args.text(3)) else {
        return Ok(Value::Null);
    };
    let limit = usize::from(!flags.contains('g'));
    some(compiled(&pattern, flags.contains('i'), |regex| {
        regex.replacen(&text, limit, |captures: &Captures<'_>| filled(&new, captures)).into_owned()
    })?)
}

/// `\1` stands for a group, `\&` for the match, `\\` for a backslash.
fn filled(new: &str, captures: &Captures<'_>) -> String {
    let mut out = String::with_capacity(new.len());
    let mut chars = new.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some('&') => out.push_str(captures.get(0).map_or("", |m| m.as_str())),
            Some(digit @ '1'..='9') => {
                let group = digit.to_digit(10).and_then(|d| captures.get(usize::try_from(d).ok()?));
                out.push_str(group.map_or("", |m| m.as_str()));
            }
            Some('\\') | None => out.push('\\'),
            Some(other) => out.extend(['\\', other]),
        }
    }
    out
}
