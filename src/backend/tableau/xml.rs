//! XML 1.0, written regularly: one element a line, attributes in the order they are given.

use std::fmt::Write as _;

/// Attributes, in order.
pub(super) type Attributes<'a> = Vec<(&'a str, String)>;

/// A document that grows.
#[derive(Default)]
pub(super) struct Writer {
    out: String,
    depth: usize,
}

impl Writer {
    /// A document with its declaration, and lines of comment.
    pub(super) fn new(comment: &[String]) -> Writer {
        let mut out = String::from("<?xml version='1.0' encoding='utf-8' ?>\n");
        for line in comment {
            // Two dashes would end it.
            let _ = writeln!(out, "<!-- {} -->", escaped(line).replace('-', "\u{2010}"));
        }
        Writer { out, depth: 0 }
    }

    /// An element without content.
    pub(super) fn empty(&mut self, name: &str, attributes: &Attributes<'_>) {
        self.tag(name, attributes, " />\n");
    }

    /// An element with a text.
    pub(super) fn text(&mut self, name: &str, attributes: &Attributes<'_>, text: &str) {
        self.tag(name, attributes, ">");
        let _ = writeln!(self.out, "{}</{name}>", escaped(text));
    }

    /// An element with others in it.
    pub(super) fn within(&mut self, name: &str, attributes: &Attributes<'_>, content: impl FnOnce(&mut Writer)) {
        self.tag(name, attributes, ">\n");
        self.depth += 1;
        content(self);
        self.depth -= 1;
        let _ = writeln!(self.out, "{}</{name}>", "  ".repeat(self.depth));
    }

    /// The whole text.
    pub(super) fn finish(self) -> String {
        self.out
    }

    fn tag(&mut self, name: &str, attributes: &Attributes<'_>, end: &str) {
        let _ = write!(self.out, "{}<{name}", "  ".repeat(self.depth));
        for (attribute, value) in attributes {
            let _ = write!(self.out, " {attribute}='{}'", escaped(value));
        }
        self.out.push_str(end);
    }
}

/// Text as content or between quotes. Line ends and tabs would be read as blanks in an attribute; what XML cannot hold at all becomes the
/// sign for it.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\'' => out.push_str("&apos;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' | '\r' => {
                let _ = write!(out, "&#{};", u32::from(c));
            }
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            _ => out.push(c),
        }
    }
    out
}
