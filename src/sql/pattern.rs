//! PostgreSQL's regular expressions in RE2's words. Both read most patterns alike; RE2's classes know ASCII only, and it has no constraints
//! and no references back. What has no words there is refused by name.

/// A constant pattern for RE2; what it has no words for, when there is such a thing.
pub(super) fn re2(pattern: &str) -> Result<String, String> {
    let mut out = String::with_capacity(pattern.len());
    let mut rest = pattern;
    let mut in_class = false;
    if pattern.starts_with("***") {
        return Err("`***` in a pattern".into());
    }
    while let Some(c) = rest.chars().next() {
        let after = rest.strip_prefix(c).unwrap_or_default();
        rest = match c {
            '\\' => escape(after, in_class, &mut out)?,
            '[' if in_class => class(rest, &mut out)?,
            '[' => {
                in_class = true;
                out.push('[');
                let after = keep('^', after, &mut out);
                // A bracket at the start of a class is itself.
                after.strip_prefix(']').inspect(|_| out.push_str("\\]")).unwrap_or(after)
            }
            ']' if in_class => {
                in_class = false;
                out.push(c);
                after
            }
            '(' if !in_class && after.starts_with('?') && !after.starts_with("?:") => {
                let word: String = after.chars().take(3).collect();
                return Err(format!("`({word}` in a pattern"));
            }
            _ => {
                out.push(c);
                after
            }
        };
    }
    Ok(out)
}

fn keep<'t>(c: char, text: &'t str, out: &mut String) -> &'t str {
    text.strip_prefix(c).inspect(|_| out.push(c)).unwrap_or(text)
}

const WORD: &str = r"\p{L}\p{N}_";
const SPACE: &str = r"\s\x0b\x{85}\p{Z}";

/// What stands behind a backslash.
fn escape<'t>(text: &'t str, in_class: bool, out: &mut String) -> Result<&'t str, String> {
    let Some(c) = text.chars().next() else { return Err("a `\\` at the end of a pattern".into()) };
    let (open, close) = if in_class { ("", "") } else { ("[", "]") };
    match c {
        'w' => out.push_str(&format!("{open}{WORD}{close}")),
        's' => out.push_str(&format!("{open}{SPACE}{close}")),
        'W' if !in_class => out.push_str(&format!("[^{WORD}]")),
        'S' if !in_class => out.push_str(&format!("[^{SPACE}]")),
        'Z' if !in_class => out.push_str("\\z"),
        'A' if !in_class => out.push_str("\\A"),
        'd' | 'D' | 'n' | 't' | 'r' | 'f' | 'v' => {
            out.push('\\');
            out.push(c);
        }
        c if c.is_ascii_punctuation() => {
            out.push('\\');
            out.push(c);
        }
        c => return Err(format!("`\\{c}` in a pattern")),
    }
    Ok(text.strip_prefix(c).unwrap_or_default())
}

/// `[:alpha:]` inside a class.
fn class<'t>(text: &'t str, out: &mut String) -> Result<&'t str, String> {
    let named = text.strip_prefix("[:").and_then(|t| t.split_once(":]"));
    let Some((name, after)) = named else {
        if text.starts_with("[.") || text.starts_with("[=") {
            return Err("a collating element in a pattern".into());
        }
        out.push_str("\\[");
        return Ok(text.strip_prefix('[').unwrap_or_default());
    };
    out.push_str(match name {
        "alpha" => r"\p{L}",
        "alnum" => r"\p{L}\p{N}",
        "upper" => r"\p{Lu}",
        "lower" => r"\p{Ll}",
        "digit" => "0-9",
        "xdigit" => "0-9A-Fa-f",
        "space" => SPACE,
        "blank" => r" \t",
        _ => return Err(format!("`[:{name}:]` in a pattern")),
    });
    Ok(after)
}

#[cfg(test)]
mod tests {
    use super::re2;

    #[test]
    fn classes_know_all_scripts() {
        assert_eq!(re2(r"^\w+@[\w.-]+$").unwrap(), r"^[\p{L}\p{N}_]+@[\p{L}\p{N}_.-]+$");
        assert_eq!(re2("[[:alpha:]_]").unwrap(), r"[\p{L}_]");
        assert_eq!(re2("[]a][^]b]").unwrap(), r"[\]a][^\]b]");
        assert_eq!(re2(r"a\.b(?:c|d){2}").unwrap(), r"a\.b(?:c|d){2}");
    }

    #[test]
    fn what_re2_lacks_is_refused() {
        for refused in [r"(a)\1", r"\yfoo", "(?=a)", "(?i)a", "[[:punct:]]", r"[^\W]", "***=a", "a\\"] {
            assert!(re2(refused).is_err(), "{refused}");
        }
    }
}
