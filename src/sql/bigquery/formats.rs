//! Formats of dates and names of zones as BigQuery writes them.

/// Elements of PostgreSQL's `to_char`, the longer first. Those that pad or write in capitals have no counterpart.
const ELEMENTS: [(&str, &str); 22] = [
    ("FMMonth", "%B"),
    ("FMDay", "%A"),
    ("HH24", "%H"),
    ("HH12", "%I"),
    ("YYYY", "%E4Y"),
    ("IYYY", "%G"),
    ("DDD", "%j"),
    ("Mon", "%b"),
    ("HH", "%I"),
    ("MI", "%M"),
    ("MM", "%m"),
    ("DD", "%d"),
    ("SS", "%S"),
    ("YY", "%y"),
    ("IW", "%V"),
    ("ID", "%u"),
    ("Dy", "%a"),
    ("AM", "%p"),
    ("PM", "%p"),
    ("Q", "%Q"),
    ("yyyy", "%E4Y"),
    ("mm", "%m"),
];

/// A format as `format_date` reads it; `None` where an element has no counterpart.
pub(super) fn format(pattern: &str) -> Option<String> {
    let (mut out, mut rest) = (String::new(), pattern);
    while let Some(first) = rest.chars().next() {
        if let Some((element, written)) = ELEMENTS.iter().find(|(element, _)| rest.starts_with(element)) {
            out.push_str(written);
            rest = rest.strip_prefix(element)?;
            continue;
        }
        if first == '"' {
            let (quoted, after) = rest.strip_prefix('"')?.split_once('"')?;
            out.push_str(&quoted.replace('%', "%%"));
            rest = after;
            continue;
        }
        if first.is_alphanumeric() || first == '\\' {
            return None;
        }
        out.push_str(if first == '%' { "%%" } else { rest.split_at(first.len_utf8()).0 });
        rest = rest.split_at(first.len_utf8()).1;
    }
    Some(out)
}

/// Whether a zone is a name: an offset means one direction in PostgreSQL and the other here.
pub(super) fn is_zone_name(zone: &str) -> bool {
    zone.starts_with(|c: char| c.is_ascii_alphabetic()) && zone.bytes().all(|b| b.is_ascii_alphabetic() || b"/_-".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::{format, is_zone_name};

    #[test]
    fn elements_are_written_or_refused() {
        assert_eq!(format("YYYY-MM-DD HH24:MI").as_deref(), Some("%E4Y-%m-%d %H:%M"));
        assert_eq!(format("\"week\" IW 100%"), None);
        assert_eq!(format("\"week %\" IW").as_deref(), Some("week %% %V"));
        for other in ["Month", "DAY", "D", "TZ", "J", "MS"] {
            assert_eq!(format(other), None, "{other}");
        }
        assert!(is_zone_name("Europe/Berlin") && is_zone_name("UTC") && !is_zone_name("+02") && !is_zone_name("GMT+2"));
    }
}
