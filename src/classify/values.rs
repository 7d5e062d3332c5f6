use crate::base::{Ident, Sources};
use crate::ir::{Table, TableKind};
use serde_json::Value;

/// Rows that are looked at, at most.
const MOST_ROWS: usize = 1_000;
/// Fewer values than this say nothing.
const FEWEST: usize = 5;

/// Sample rows of a table.
pub(super) enum Rows<'s> {
    Named(Vec<serde_json::Map<String, Value>>),
    Placed(&'s [Vec<Option<std::sync::Arc<str>>>]),
}

/// The texts of one column.
pub(super) struct Seen(Vec<String>);

/// The rows of a table that the project holds: a seed's, or a source's sample.
pub(super) fn of<'s>(table: &'s Table, sources: &Sources) -> Rows<'s> {
    match &table.kind {
        TableKind::Seed(seed) => Rows::Placed(seed.rows.get(..seed.rows.len().min(MOST_ROWS)).unwrap_or_default()),
        TableKind::Source(source) => {
            let bytes = source.sample.as_ref().and_then(|path| sources.data(path)).map(|d| String::from_utf8_lossy(&d.bytes));
            let rows = bytes.iter().flat_map(|text| text.lines()).take(MOST_ROWS).filter_map(|line| serde_json::from_str(line).ok());
            Rows::Named(rows.collect())
        }
        TableKind::Model(_) => Rows::Named(Vec::new()),
    }
}

impl Rows<'_> {
    /// The texts of a column, or of a path into its JSON: of arrays, those of each element.
    pub(super) fn column(&self, position: usize, name: &Ident, path: &[&str]) -> Option<Seen> {
        let mut texts: Vec<String> = Vec::new();
        match self {
            Rows::Placed(rows) => texts.extend(rows.iter().filter_map(|r| r.get(position)?.as_deref().map(str::to_owned))),
            Rows::Named(rows) => {
                for value in rows.iter().filter_map(|r| r.get(name.as_str())) {
                    match value {
                        // JSON that was written out as a text.
                        Value::String(text) if !path.is_empty() => {
                            serde_json::from_str(text).iter().for_each(|inner| collect(inner, path, &mut texts));
                        }
                        _ => collect(value, path, &mut texts),
                    }
                }
            }
        }
        (texts.len() >= FEWEST).then_some(Seen(texts))
    }
}

fn collect(value: &Value, path: &[&str], texts: &mut Vec<String>) {
    match (value, path.split_first()) {
        (Value::Array(items), Some(_)) => items.iter().for_each(|item| collect(item, path, texts)),
        (Value::Object(fields), Some((first, rest))) => fields.get(*first).into_iter().for_each(|inner| collect(inner, rest, texts)),
        (Value::Array(items), None) => texts.extend(items.iter().filter_map(text)),
        (value, None) => texts.extend(text(value)),
        (_, Some(_)) => {}
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.trim().is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

type Shape = (&'static str, &'static str, fn(&str) -> bool);

/// Shapes that say what a value is by themselves.
const SHAPES: [Shape; 7] = [
    ("email", "e-mail addresses", email),
    ("url", "web addresses", url),
    ("ip", "IP addresses", ip),
    ("ssn", "social security numbers", ssn),
    ("phone", "telephone numbers", phone),
    ("record_id", "random ids (UUID)", uuid),
    ("free_text", "sentences", sentence),
];

impl Seen {
    /// The category whose shape nine of ten values have, and the reason; how many they are is said, never which.
    pub(super) fn looks_like(&self) -> Option<(&'static str, String)> {
        let share = |fits: fn(&str) -> bool| self.0.iter().filter(|t| fits(t.trim())).count() * 100 / self.0.len().max(1);
        let (category, what, share) =
            SHAPES.iter().map(|(category, what, fits)| (*category, *what, share(*fits))).find(|(_, _, s)| *s >= 90)?;
        Some((category, format!("{share} % of {} values look like {what}", self.0.len())))
    }

    /// Whether hardly any value has the shape that values of a category must have.
    pub(super) fn denies(&self, category: &str) -> bool {
        let must: fn(&str) -> bool = match category {
            "email" => email,
            "url" => url,
            "ip" => ip,
            "ssn" => |t| t.bytes().filter(u8::is_ascii_digit).count() >= 4,
            "phone" | "fax" => |t| t.bytes().filter(u8::is_ascii_digit).count() >= 5,
            "zip" | "birth_date" | "death_date" | "service_date" => |t| t.bytes().any(|b| b.is_ascii_digit()),
            _ => return false,
        };
        self.0.iter().filter(|t| must(t.trim())).count() * 10 < self.0.len()
    }
}

fn email(t: &str) -> bool {
    let Some((local, host)) = t.split_once('@') else { return false };
    let plain = |s: &str| !s.is_empty() && !s.contains(char::is_whitespace) && !s.contains('@');
    plain(local) && plain(host) && host.contains('.') && !host.starts_with('.') && !host.ends_with('.')
}

fn url(t: &str) -> bool {
    t.starts_with("http://") || t.starts_with("https://")
}

fn ip(t: &str) -> bool {
    t.parse::<std::net::IpAddr>().is_ok()
}

/// `123-45-6789`, with the signs: nine digits alone may be anything.
fn ssn(t: &str) -> bool {
    let parts: Vec<&str> = t.split('-').collect();
    matches!(parts.as_slice(), [a, b, c] if digits(a, 3) && digits(b, 2) && digits(c, 4))
}

/// Ten to fifteen digits (E.164) with the signs that people write between them; digits alone may be anything.
fn phone(t: &str) -> bool {
    let count = t.bytes().filter(u8::is_ascii_digit).count();
    let signs = t.bytes().all(|b| b.is_ascii_digit() || b" ()+-./x".contains(&b));
    (10..=15).contains(&count) && signs && t.bytes().any(|b| b" ()+-.".contains(&b))
}

fn uuid(t: &str) -> bool {
    let parts: Vec<&str> = t.split('-').collect();
    let hex = |p: &&str, n: usize| p.len() == n && p.bytes().all(|b| b.is_ascii_hexdigit());
    parts.len() == 5 && parts.iter().zip([8, 4, 4, 4, 12]).all(|(p, n)| hex(p, n))
}

fn sentence(t: &str) -> bool {
    t.split_whitespace().filter(|w| w.chars().any(char::is_alphabetic)).count() >= 6
}

fn digits(t: &str, n: usize) -> bool {
    t.len() == n && t.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn looks(values: &[&str]) -> Option<&'static str> {
        Seen(values.iter().map(|v| (*v).to_owned()).collect()).looks_like().map(|(c, _)| c)
    }

    #[test]
    fn shapes_are_told_apart_and_ambiguous_ones_left() {
        assert_eq!(looks(&["a@b.org", "c.d@e.co.uk"]), Some("email"));
        assert_eq!(looks(&["123-45-6789"]), Some("ssn"));
        assert_eq!(looks(&["+1 (555) 010-9999", "555-010-9999"]), Some("phone"));
        assert_eq!(looks(&["10.0.0.1", "::1"]), Some("ip"));
        assert_eq!(looks(&["0e1a2b3c-0000-4000-8000-0123456789ab"]), Some("record_id"));
        assert_eq!(looks(&["she said that it hurts since Monday"]), Some("free_text"));
        for ambiguous in ["12345", "123456789", "5550109999", "2020-01-31", "a @ b", "Smith"] {
            assert_eq!(looks(&[ambiguous]), None, "{ambiguous}");
        }
        assert!(Seen(vec!["yes".into(); 10]).denies("email"));
        assert!(!Seen(vec!["Smith".into(); 10]).denies("name"));
    }
}
