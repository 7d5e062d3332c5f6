//! Functions over texts: patterns, and case beyond ASCII. The only file that knows regex-lite.

use super::{Args, Scalar, maybe};
use regex_lite::{Regex, RegexBuilder};
use rusqlite::types::Value;
use std::cell::RefCell;
use std::collections::BTreeMap;

pub(super) const SCALARS: &[(&str, i32, Scalar)] = &[
    // SQLite's own fold ASCII only.
    ("lower", 1, |a| maybe(a.text(0).map(|t| t.to_lowercase()))),
    ("upper", 1, |a| maybe(a.text(0).map(|t| t.to_uppercase()))),
    ("pipec_keep_last", 2, keep_last),
    ("pipec_to_array", 1, to_array),
    ("pipec_regexp_like", 2, |a| like(a, "")),
    ("pipec_regexp_ilike", 2, |a| like(a, "i")),
];

/// As the mask `keep_last`: short values are redacted whole.
fn keep_last(args: &Args<'_, '_>) -> Result<Value, String> {
    let (Some(text), Some(keep)) = (args.text(0), args.int(1)) else { return Ok(Value::Null) };
    let keep = usize::try_from(keep).unwrap_or(0);
    let count = text.chars().count();
    if count < 2 * keep {
        return maybe(Some("REDACTED".into()));
    }
    let masked = |(i, c): (usize, char)| if i + keep >= count || " ()+./-".contains(c) { c } else { 'X' };
    maybe(Some(text.chars().enumerate().map(masked).collect()))
}

thread_local! {
    /// Patterns are constants nearly always: each is compiled once.
    static PATTERNS: RefCell<BTreeMap<String, Regex>> = const { RefCell::new(BTreeMap::new()) };
}

/// Runs `with` on a compiled pattern. PostgreSQL's word escapes are spelt otherwise here.
pub(super) fn with_pattern<T>(pattern: &str, flags: &str, with: impl FnOnce(&Regex) -> T) -> Result<T, String> {
    PATTERNS.with_borrow_mut(|known| {
        let key = format!("{flags}/{pattern}");
        if let Some(regex) = known.get(&key) {
            return Ok(with(regex));
        }
        let spelt = pattern.replace("\\y", "\\b").replace("\\m", "\\b{start}").replace("\\M", "\\b{end}");
        let built = RegexBuilder::new(&spelt).case_insensitive(flags.contains('i')).dot_matches_new_line(!flags.contains('n')).build();
        let regex = built.map_err(|e| format!("invalid regular expression: {e}"))?;
        let result = with(&regex);
        known.insert(key, regex);
        Ok(result)
    })
}

/// `text ~ pattern`
fn like(args: &Args<'_, '_>, flags: &str) -> Result<Value, String> {
    let (Some(text), Some(pattern)) = (args.text(0), args.text(1)) else { return Ok(Value::Null) };
    with_pattern(&pattern, flags, |regex| Value::Integer(regex.is_match(&text).into()))
}

/// `{a,"b c",NULL}` to a JSON array of texts.
fn to_array(args: &Args<'_, '_>) -> Result<Value, String> {
    let Some(text) = args.text(0) else { return Ok(Value::Null) };
    let Some(inner) = text.trim().strip_prefix('{').and_then(|t| t.strip_suffix('}')) else { return Err("malformed array literal".into()) };
    let mut items: Vec<Option<String>> = Vec::new();
    let (mut item, mut was_quoted, mut quoted) = (String::new(), false, false);
    let mut chars = inner.chars();
    let mut push = |item: &mut String, was_quoted: &mut bool| {
        let null = !*was_quoted && item.eq_ignore_ascii_case("null");
        items.push((!null).then(|| item.clone()));
        item.clear();
        *was_quoted = false;
    };
    while let Some(c) = chars.next() {
        match c {
            '\\' => item.extend(chars.next()),
            '"' => {
                quoted = !quoted;
                was_quoted = true;
            }
            ',' if !quoted => push(&mut item, &mut was_quoted),
            c => item.push(c),
        }
    }
    if !inner.is_empty() {
        push(&mut item, &mut was_quoted);
    }
    serde_json::to_string(&items).map(Value::Text).map_err(|e| e.to_string())
}
