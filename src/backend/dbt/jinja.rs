use std::borrow::Cow;

/// Text that Jinja renders to exactly `text`: `{{`, `{%` and `{#` become expressions that yield them, and so does a `{` at the very
/// end, because what follows it is not known here. Jinja would also turn `\r` into `\n`, so it is an expression too: no `{` may stand before it.
pub(super) fn guard(text: &str) -> Cow<'_, str> {
    if !text.contains(['{', '\r']) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match (c, rest.peek()) {
            ('{', None | Some('{' | '%' | '#' | '\r')) => out.push_str("{{ '{' }}"),
            ('\r', _) => out.push_str("{{ '\\r' }}"),
            _ => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// A string literal inside a Jinja expression. dbt reads simple calls without Jinja, and takes escapes there for what they are written as; a `~` makes
/// it leave the file to Jinja.
pub(super) fn literal(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('\'');
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\'' => out.push_str("\\'"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            _ => out.push(c),
        }
    }
    out.push('\'');
    if out.len() > text.len() + 2 {
        out.push_str(" ~ ''");
    }
    out
}

/// A list of string literals.
pub(super) fn list<'t>(texts: impl IntoIterator<Item = &'t str>) -> String {
    let all: Vec<String> = texts.into_iter().map(literal).collect();
    format!("[{}]", all.join(", "))
}
