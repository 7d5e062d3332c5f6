//! PostgreSQL's formats of dates as the `%` fields that others have.

/// A format of `to_char` or `to_date` in `strftime`'s fields; the part without one, when there is such a part.
pub(super) fn strftime(format: &str) -> Result<String, String> {
    const FIELDS: [(&str, &str); 23] = [
        ("FMMonth", "%B"),
        ("FMDay", "%A"),
        ("FMDDD", "%-j"),
        ("FMDD", "%-d"),
        ("FMMM", "%-m"),
        ("FMHH24", "%-H"),
        ("FMHH12", "%-I"),
        ("HH24", "%H"),
        ("HH12", "%I"),
        ("YYYY", "%Y"),
        ("IYYY", "%G"),
        ("Mon", "%b"),
        ("DDD", "%j"),
        ("MM", "%m"),
        ("DD", "%d"),
        ("MI", "%M"),
        ("SS", "%S"),
        ("MS", "%g"),
        ("US", "%f"),
        ("AM", "%p"),
        ("IW", "%V"),
        ("ID", "%u"),
        ("Dy", "%a"),
    ];
    let mut out = String::new();
    let mut rest = format;
    'parts: while let Some(first) = rest.chars().next() {
        if let Some(quoted) = rest.strip_prefix('"') {
            let Some((text, after)) = quoted.split_once('"').filter(|(text, _)| !text.contains(['\\', '%'])) else {
                return Err(format!("`{rest}` in a format"));
            };
            out.push_str(text);
            rest = after;
            continue;
        }
        for (field, own) in FIELDS {
            if let Some(after) = rest.strip_prefix(field) {
                out.push_str(own);
                rest = after;
                continue 'parts;
            }
        }
        if first.is_alphanumeric() || matches!(first, '%' | '\\') {
            return Err(format!("`{rest}` in a format"));
        }
        out.push(first);
        rest = rest.strip_prefix(first).unwrap_or_default();
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::strftime;

    #[test]
    fn fields_have_fields_or_are_refused() {
        assert_eq!(strftime("YYYY-MM-DD HH24:MI:SS").unwrap(), "%Y-%m-%d %H:%M:%S");
        assert_eq!(strftime("FMDD. FMMonth \"week\" IW").unwrap(), "%-d. %B week %V");
        for refused in ["Month", "DY", "YY", "Q", "YYYYth", "TZ", "100%"] {
            assert!(strftime(refused).is_err(), "{refused}");
        }
    }
}
