//! Masks of texts, as `stdlib/setup/postgres.sql` makes them.

use super::{Scalar, maybe};
use std::net::Ipv4Addr;

pub(super) const SCALARS: &[(&str, i32, Scalar)] = &[
    ("pipec_keep_last", 2, |a| maybe(a.text(0).and_then(|t| Some(kept(&t, a.int(1)?, true))))),
    ("pipec_keep_first", 2, |a| maybe(a.text(0).and_then(|t| Some(kept(&t, a.int(1)?, false))))),
    ("pipec_partial", 4, |a| maybe(a.text(0).and_then(|t| Some(partial(&t, a.int(1)?, &a.text(2)?, a.int(3)?))))),
    ("pipec_shape", 1, |a| maybe(a.text(0).map(|t| t.chars().map(shape).collect()))),
    ("pipec_email_mask", 1, |a| maybe(a.text(0).map(|t| email(&t).map_or_else(|| REDACTED.into(), |host| format!("XXXXX@{host}"))))),
    ("pipec_ip_prefix", 1, |a| maybe(a.text(0).and_then(|t| ip_prefix(&t)))),
    ("pipec_url_host", 1, |a| maybe(a.text(0).and_then(|t| url_host(&t)))),
    ("pipec_zip3", 2, |a| maybe(a.text(0).and_then(|t| zip3(&t, &a.text(1)?)))),
    ("pipec_zip3_number", 2, |a| maybe(a.int(0).and_then(|n| zip3(&padded(n)?, &a.text(1)?)))),
];

const REDACTED: &str = "REDACTED";
/// What may be seen between the hidden characters of a number.
const BETWEEN: &str = " ()+./-";

/// One end of a text, the others as X; where fewer than `n` are hidden, the whole is redacted.
fn kept(text: &str, n: i64, last: bool) -> String {
    let Some(n) = usize::try_from(n).ok().filter(|n| *n > 0) else { return REDACTED.into() };
    let hidden = text.chars().count().saturating_sub(n);
    let is_hidden = |i: usize| if last { i < hidden } else { i >= n };
    if text.chars().enumerate().filter(|(i, c)| is_hidden(*i) && !BETWEEN.contains(*c)).count() < n {
        return REDACTED.into();
    }
    text.chars().enumerate().map(|(i, c)| if is_hidden(i) && !BETWEEN.contains(c) { 'X' } else { c }).collect()
}

fn partial(text: &str, pre: i64, pad: &str, suf: i64) -> String {
    let (pre, suf) = (usize::try_from(pre).unwrap_or(0), usize::try_from(suf).unwrap_or(0));
    let length = text.chars().count();
    if length <= pre.saturating_add(suf) {
        return pad.into();
    }
    text.chars().take(pre).chain(pad.chars()).chain(text.chars().skip(length - suf)).collect()
}

fn shape(c: char) -> char {
    match c {
        '0'..='9' => '0',
        'A'..='Z' => 'X',
        'a'..='z' => 'x',
        c if c.is_ascii() => c,
        _ => 'x',
    }
}

/// The domain of an address: printable ASCII, `@`, and labels of letters, digits and hyphens (RFC 1123) ending in letters.
fn email(text: &str) -> Option<&str> {
    let (local, host) = text.split_once('@')?;
    let labels: Vec<&str> = host.split('.').collect();
    let (top, others) = labels.split_last()?;
    let fine = |label: &&str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let ends = (2..=63).contains(&top.len()) && top.bytes().all(|b| b.is_ascii_alphabetic());
    let begins = !local.is_empty() && local.bytes().all(|b| b.is_ascii_graphic());
    Some(host).filter(|_| begins && ends && !others.is_empty() && others.iter().all(fine))
}

/// 24 bits of IPv4, 48 of IPv6.
fn ip_prefix(text: &str) -> Option<String> {
    if let Ok(address) = text.parse::<Ipv4Addr>() {
        let [a, b, c, _] = address.octets();
        return Some(format!("{a}.{b}.{c}.0/24"));
    }
    let groups = |part: &str| -> Option<Vec<u16>> {
        let one =
            |g: &str| u16::from_str_radix(g, 16).ok().filter(|_| (1..=4).contains(&g.len()) && g.bytes().all(|b| b.is_ascii_hexdigit()));
        if part.is_empty() { Some(Vec::new()) } else { part.split(':').map(one).collect() }
    };
    let all = match text.split_once("::") {
        Some((first, last)) => {
            let (mut first, last) = (groups(first)?, groups(last)?);
            let missing = 8_usize.checked_sub(first.len() + last.len()).filter(|m| *m > 0)?;
            first.extend(std::iter::repeat_n(0, missing));
            first.extend(last);
            first
        }
        None => groups(text).filter(|g| g.len() == 8)?,
    };
    let [a, b, c] = *all.first_chunk::<3>()?;
    Some(format!("{a:x}:{b:x}:{c:x}::/48"))
}

/// The host of an absolute URL, in small letters.
fn url_host(text: &str) -> Option<String> {
    let (scheme, rest) = text.split_once("://")?;
    let named =
        scheme.starts_with(|c: char| c.is_ascii_alphabetic()) && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+.-".contains(&b));
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = match authority.split_once('@') {
        Some((_, host)) => host,
        None => authority,
    };
    let (host, port) = if host.starts_with('[') {
        let end = host.find(']')?;
        (host.get(..=end)?, host.get(end + 1..)?)
    } else {
        host.find(':').map_or((host, ""), |at| host.split_at(at))
    };
    let inner = host.strip_prefix('[').and_then(|h| h.strip_suffix(']'));
    let fine = match inner {
        Some(inner) => !inner.is_empty() && inner.bytes().all(|b| b.is_ascii_hexdigit() || b":.".contains(&b)),
        None => !host.is_empty() && host.bytes().all(|b| b.is_ascii_alphanumeric() || b"._~-".contains(&b)),
    };
    let numbered = port.is_empty() || port.strip_prefix(':').is_some_and(|p| p.bytes().all(|b| b.is_ascii_digit()));
    Some(host.to_ascii_lowercase()).filter(|_| named && fine && numbered)
}

/// Three digits of a US ZIP code; `000` for the areas of few people.
fn zip3(text: &str, areas: &str) -> Option<String> {
    let digits = |t: &str, n: usize| t.len() == n && t.bytes().all(|b| b.is_ascii_digit());
    let text = text.trim_matches(' ');
    let (zip, more) = text.split_at_checked(5)?;
    let fine = digits(zip, 5) && (more.is_empty() || digits(more.strip_prefix('-').unwrap_or(more), 4));
    let area = zip.get(..3).filter(|_| fine)?;
    Some(if areas.contains(area) { "000".into() } else { area.into() })
}

/// A code that lost its leading zeros.
fn padded(n: i64) -> Option<String> {
    match n {
        1..=99_999 => Some(format!("{n:05}")),
        1_000_000..=999_999_999 => Some(format!("{n:09}")),
        _ => None,
    }
}
