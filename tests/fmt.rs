//! The formatter: idempotent, and the same program before and after.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests stop at the first surprise"
)]
#![allow(clippy::disallowed_methods, reason = "the corpus is files")]

mod common;

use pipec::syntax::{TokenKind, tokens};

#[test]
fn formatting_twice_is_formatting_once() {
    for (name, text) in common::corpus() {
        let once = pipec::fmt::format(&text).unwrap_or_else(|e| panic!("{name}: {e:?}"));
        let twice = pipec::fmt::format(&once).unwrap_or_else(|e| panic!("{name}: {e:?}\n{once}"));
        similar_asserts(&name, &once, &twice);
    }
}

#[test]
fn formatting_keeps_meaning_and_comments() {
    for (name, text) in common::corpus() {
        for damaged in [text.clone(), squeezed(&text), tabbed(&text)] {
            let once = pipec::fmt::format(&damaged).unwrap_or_else(|e| panic!("{name}: {e:?}\n{damaged}"));
            assert_eq!(words(&damaged), words(&once), "{name}");
            assert_eq!(dump(&damaged), dump(&once), "{name}");
            similar_asserts(&name, &once, &pipec::fmt::format(&once).unwrap());
        }
    }
}

fn similar_asserts(name: &str, left: &str, right: &str) {
    assert!(left == right, "{name}:\n{}", similar::TextDiff::from_lines(left, right).unified_diff());
}

/// Without indentation.
fn squeezed(text: &str) -> String {
    let raw = text.contains("\"\"\"");
    if raw { text.to_owned() } else { text.lines().map(|l| l.trim().to_owned() + "\n").collect() }
}

/// With too many empty lines, blanks at line ends and carriage returns.
fn tabbed(text: &str) -> String {
    let raw = text.contains("\"\"\"");
    if raw { text.to_owned() } else { text.lines().map(|l| format!("\t{l}  \r\n{}", if l.is_empty() { "\r\n\r\n" } else { "" })).collect() }
}

/// Everything but blanks, newlines and `;`.
fn words(text: &str) -> Vec<String> {
    let code = tokens(text).filter(|t| !matches!(t.kind, TokenKind::Blank | TokenKind::Newline));
    code.map(|t| text[t.start..t.end].trim_end().to_owned()).filter(|t| t != ";").collect()
}

/// The tree without its places.
fn dump(text: &str) -> String {
    let (file, found) = common::parse(text);
    assert!(found.is_empty(), "{found:?}\n{text}");
    let full = format!("{file:?}");
    let mut pieces = full.split("Span {");
    let mut out = pieces.next().unwrap_or("").to_owned();
    out.extend(pieces.filter_map(|p| p.split_once('}')).map(|(_, rest)| rest));
    out
}

#[test]
fn columns_line_up() {
    let written = "source s on warehouse {\n table t {\n id integer   key\nfirst_name text? @name // who\n   x   json<r4.Patient>\n }\n}\n";
    let wanted = "\
source s on warehouse {
  table t {
    id         integer          key
    first_name text?            @name // who
    x          json<r4.Patient>
  }
}
";
    assert_eq!(pipec::fmt::format(written).unwrap(), wanted);
}

#[test]
fn select_entries_and_masks_line_up() {
    let written = "model m in marts {\n from  t\n select {\n a=1;\n long_name = case\n when x then 1\n end  @public\n e.*\n }\n}\nmasking k {\n a->redact\n bcd -> zip3   as z\n}\n";
    let wanted = "\
model m in marts {
  from  t
  select {
    a         = 1
    long_name = case
      when x then 1
      end  @public
    e.*
  }
}
masking k {
  a   -> redact
  bcd -> zip3   as z
}
";
    assert_eq!(pipec::fmt::format(written).unwrap(), wanted);
}

#[test]
fn text_that_does_not_parse_is_not_formatted() {
    assert!(pipec::fmt::format("model m in marts { from }").is_err());
}
