//! Regular expressions. The only file that knows regex-lite; it takes the first alternative that fits where PostgreSQL takes the longest.

use super::{Args, Scalar, maybe, some};
use regex_lite::{Captures, Regex, RegexBuilder};
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
        // Word limits are spelt otherwise here, and `.` takes line breaks in PostgreSQL.
        let spelt = pattern.replace("\\y", "\\b").replace("\\m", "\\b{start}").replace("\\M", "\\b{end}");
        let built = RegexBuilder::new(&spelt).case_insensitive(folded).dot_matches_new_line(true).build();
        let regex = built.map_err(|e| format!("invalid regular expression: {e}"))?;
        let result = with(&regex);
        known.insert(key, regex);
        Ok(result)
    })
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
