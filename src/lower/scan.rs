use crate::base::Ident;

/// A word of SQL text that may be a table's name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Mention<'t> {
    /// A plain or quoted name.
    Name(Ident),
    /// A word with `${…}` in it where a table may stand: its text.
    Hole(&'t str),
}

/// Calls `found` for every word outside texts and comments; words with holes only after `from` and `join` (or at the start, when
/// `table_first`). Over-approximates on purpose: columns and aliases are words too.
pub(super) fn words<'t>(text: &'t str, table_first: bool, found: &mut dyn FnMut(Mention<'t>)) {
    let mut rest = text;
    let mut expects_table = table_first;
    while let Some(c) = rest.chars().next() {
        let length = match c {
            '-' if rest.starts_with("--") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |i| i + 2),
            '\'' => quoted(rest, '\''),
            '"' => {
                let length = quoted(rest, '"');
                let inner = rest.get(1..length.saturating_sub(1)).unwrap_or("");
                found(if inner.contains("${") { Mention::Hole(inner) } else { Mention::Name(Ident::exact(&inner.replace("\"\"", "\""))) });
                expects_table = false;
                length
            }
            '$' if rest.starts_with("${") => word(rest, &mut expects_table, found),
            c if c.is_alphabetic() || c == '_' || !c.is_ascii() => word(rest, &mut expects_table, found),
            c if c.is_ascii_digit() => rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '.').unwrap_or(rest.len()),
            c => {
                expects_table &= c.is_whitespace() || c == ',' || c == '(';
                c.len_utf8()
            }
        };
        rest = rest.get(length.max(1)..).unwrap_or("");
    }
}

/// Length of a quoted stretch; a doubled quote stays inside.
fn quoted(text: &str, quote: char) -> usize {
    let mut chars = text.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        if c == quote && chars.next_if(|(_, next)| *next == quote).is_none() {
            return at + 1;
        }
    }
    text.len()
}

fn word<'t>(text: &'t str, expects_table: &mut bool, found: &mut dyn FnMut(Mention<'t>)) -> usize {
    let mut length = 0;
    let mut holes = false;
    while let Some(rest) = text.get(length..).filter(|r| !r.is_empty()) {
        if let Some(inside) = rest.strip_prefix("${") {
            holes = true;
            length += inside.find('}').map_or(rest.len(), |i| i + 3);
            continue;
        }
        match rest.chars().next() {
            Some(c) if c.is_alphanumeric() || c == '_' || !c.is_ascii() => length += c.len_utf8(),
            _ => break,
        }
    }
    let written = text.get(..length).unwrap_or("");
    if holes {
        if *expects_table {
            found(Mention::Hole(written));
        }
        *expects_table = false;
        return length;
    }
    let name = Ident::folded(written);
    *expects_table = match name.as_str() {
        "from" | "join" => true,
        "lateral" | "only" => *expects_table,
        _ => false,
    };
    found(Mention::Name(name));
    length
}
