//! PostgreSQL's regular expressions as RE2 reads them.

/// A pattern that finds what PostgreSQL's would; `None` where the two read something otherwise.
///
/// `.` takes line breaks there, and RE2 has to be told. Lookarounds, back references, `\y` and the like have no counterpart.
pub(in crate::sql) fn translated(pattern: &str) -> Option<String> {
    let mut out = String::with_capacity(pattern.len() + 4);
    if pattern.starts_with("***") || pattern.contains("(?") {
        return None;
    }
    let (mut chars, mut class, mut dots) = (pattern.chars().peekable(), false, false);
    while let Some(c) = chars.next() {
        match c {
            '\\' => {
                let escaped = chars.next()?;
                match escaped {
                    // ASCII in RE2; letters and digits of other scripts are told apart by the server's locale there.
                    'd' | 's' | 'w' | 'D' | 'S' | 'W' | 'n' | 't' | 'r' | 'f' | 'v' => {}
                    c if c.is_ascii_punctuation() || c == ' ' => {}
                    _ => return None,
                }
                out.push('\\');
                out.push(escaped);
            }
            '[' if !class => {
                class = true;
                out.push('[');
                for first in ['^', ']'] {
                    if chars.next_if_eq(&first).is_some() {
                        // A bracket that comes first is one of the characters.
                        out.push_str(if first == ']' { "\\]" } else { "^" });
                    }
                }
            }
            '[' => {
                // `[:alpha:]` is read alike; collating elements and equivalence classes are not.
                if matches!(chars.peek(), Some('.' | '=')) {
                    return None;
                }
                out.push('[');
                if chars.next_if_eq(&':').is_some() {
                    out.push(':');
                    loop {
                        let c = chars.next()?;
                        out.push(c);
                        if c == ':' {
                            out.push(chars.next_if_eq(&']')?);
                            break;
                        }
                    }
                }
            }
            ']' if class => {
                class = false;
                out.push(']');
            }
            '.' => {
                dots |= !class;
                out.push('.');
            }
            c => out.push(c),
        }
    }
    let counts_fit = counts(pattern).all(|n| n <= 1000);
    (!class && counts_fit).then(|| if dots { format!("(?s){out}") } else { out })
}

/// The numbers of `{m,n}`.
fn counts(pattern: &str) -> impl Iterator<Item = u64> {
    pattern.split('{').skip(1).filter_map(|rest| rest.split_once('}')).flat_map(|(n, _)| n.split(',')).filter_map(|n| n.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::translated;

    #[test]
    fn what_both_read_alike_stays() {
        for same in ["^[0-9]{5}(-[0-9]{4})?$", r"a\.b", "[[:alpha:]_]+", "x|y", r"\d+\s*", "[^a-z]"] {
            assert_eq!(translated(same).as_deref(), Some(same), "{same}");
        }
        assert_eq!(translated("a.c").as_deref(), Some("(?s)a.c"));
        assert_eq!(translated("[]x]").as_deref(), Some(r"[\]x]"));
        assert_eq!(translated("[.]").as_deref(), Some("[.]"));
    }

    #[test]
    fn what_they_read_otherwise_is_refused() {
        for other in [r"\ya", "a(?=b)", r"(a)\1", "***=a", "[[.a.]]", "[[=a=]]", r"\mword", "a{1001}", "[a", r"\A"] {
            assert_eq!(translated(other), None, "{other}");
        }
    }
}
