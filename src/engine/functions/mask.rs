//! Keyed masks, as `stdlib/setup/postgres.sql` makes them; every secret stands for the one throw-away key.

use super::numbers::real;
use super::{Args, calendar};
use rusqlite::types::Value;
use sha2::{Digest, Sha256};

/// A function that takes the throw-away key besides.
type Keyed = fn(&Args<'_, '_>, &str) -> Value;

pub(super) const KEYED: &[(&str, i32, Keyed)] = &[
    ("pipec_hmac_token", 3, |a, key| value(a.text(0).and_then(|v| token(&v, a.text(2)?.as_ref(), key)))),
    ("pipec_surrogate", 2, |a, key| value(a.text(0).and_then(|v| surrogate(&v, a.text(1)?.as_ref(), key)))),
    ("pipec_fake_word", 4, |a, key| value(fake_word(a, key))),
    ("pipec_date_shift", 5, |a, key| value(date_shift(a, key))),
    ("pipec_noise", 5, |a, key| noise(a, key).map_or(Value::Null, Value::Real)),
];

fn value(text: Option<String>) -> Value {
    text.map_or(Value::Null, Value::Text)
}

/// The first 128 bits of HMAC-SHA-256 over domain, 0x1f, value, in hex. An empty text has none.
fn token(value: &str, domain: &str, key: &str) -> Option<String> {
    let digest = hmac(key.as_bytes(), format!("{domain}\u{1f}{value}").as_bytes());
    Some(hex(digest.first_chunk::<16>()?)).filter(|_| !value.is_empty())
}

/// A number from 0 to 2^32 - 1. `purpose` keeps it apart from the tokens, which may be seen.
fn number(value: &str, purpose: &str, domain: &str, key: &str) -> Option<i64> {
    let token = token(value, &format!("{purpose}\u{1f}{domain}"), key)?;
    i64::from_str_radix(token.get(..8)?, 16).ok()
}

/// In place of a crosswalk, which a run in memory would forget: a throw-away one, in the form of a random UUID.
fn surrogate(value: &str, crosswalk: &str, key: &str) -> Option<String> {
    let digits = token(value, &format!("surrogate\u{1f}{crosswalk}"), key)?;
    let part = |from: usize, to: usize| digits.get(from..to);
    Some([part(0, 8)?, part(8, 12)?, part(12, 16)?, part(16, 20)?, part(20, 32)?].join("-"))
}

fn fake_word(args: &Args<'_, '_>, key: &str) -> Option<String> {
    let (value, words, domain) = (args.text(0)?, args.text(1)?, args.text(3)?);
    let words: Vec<&str> = words.split('|').collect();
    let at = number(&value, "fake", &domain, key)? % i64::try_from(words.len()).ok()?;
    words.get(usize::try_from(at).ok()?).filter(|w| !w.is_empty()).map(|w| (*w).to_owned())
}

/// From 1 to `most`, back or forth; never 0.
fn shift(number: i64, most: i64) -> i64 {
    (1 + (number / 2) % most) * (2 * (number % 2) - 1)
}

fn date_shift(args: &Args<'_, '_>, key: &str) -> Option<String> {
    let (day, days) = (calendar::read_date(&args.text(0)?)?, args.int(4)?);
    let number = number(&args.text(1)?, "date_shift", &args.text(3)?, key)?;
    let moved = Some(days).filter(|d| (1..=36_500).contains(d)).map(|most| day + shift(number, most))?;
    let (first, last) = (calendar::days(1, 1, 1), calendar::days(9999, 12, 31));
    Some(calendar::show_date(moved)).filter(|_| (first..=last).contains(&day) && (first..=last).contains(&moved))
}

fn noise(args: &Args<'_, '_>, key: &str) -> Option<f64> {
    let (x, ratio) = (real(args, 0)?, real(args, 1)?);
    let number = number(&args.text(2)?, "noise", &args.text(4)?, key)?;
    let share = shift(number, 1_000_000) as f64 / 1_000_000.0;
    Some(x + x * ratio * share).filter(|_| x.abs() < 1e15 && ratio > 0.0 && ratio <= 1.0)
}

/// HMAC-SHA-256, RFC 2104.
pub(crate) fn hmac(key: &[u8], message: &[u8]) -> [u8; 32] {
    let mut block = [0_u8; 64];
    let key = if key.len() > block.len() { Sha256::digest(key).to_vec() } else { key.to_vec() };
    for (slot, byte) in block.iter_mut().zip(key) {
        *slot = byte;
    }
    let padded = |pad: u8| block.map(|b| b ^ pad);
    let inner = Sha256::new().chain_update(padded(0x36)).chain_update(message).finalize();
    Sha256::new().chain_update(padded(0x5c)).chain_update(inner).finalize().into()
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vectors_of_rfc_4231() {
        assert_eq!(
            hex(&hmac(b"Jefe", b"what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
        let long = [0xaa_u8; 131];
        let message = b"Test Using Larger Than Block-Size Key - Hash Key First";
        assert_eq!(hex(&hmac(&long, message)), "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
    }
}
