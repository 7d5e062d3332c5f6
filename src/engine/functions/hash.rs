//! Hashes and encodings of texts.

use super::mask::hex;
use super::{Args, Scalar, maybe, some};
use rusqlite::types::{Value, ValueRef};
use sha2::{Digest, Sha256};

pub(super) const SCALARS: &[(&str, i32, Scalar)] = &[
    ("pipec_md5", 1, |a| maybe(a.text(0).map(|t| hex(&md5(t.as_bytes()))))),
    ("pipec_sha256", 1, |a| maybe(a.text(0).map(|t| hex(&Sha256::digest(t.as_bytes()))))),
    ("pipec_encode", 2, encode),
];

fn encode(args: &Args<'_, '_>) -> Result<Value, String> {
    let bytes = match args.raw(0) {
        ValueRef::Null => return Ok(Value::Null),
        ValueRef::Blob(bytes) | ValueRef::Text(bytes) => bytes.to_vec(),
        _ => args.text(0).unwrap_or_default().into_owned().into_bytes(),
    };
    match args.text(1).as_deref() {
        None => Ok(Value::Null),
        Some("hex") => some(hex(&bytes)),
        Some("base64") => some(base64(&bytes)),
        Some(_) => Err("unrecognized encoding".into()),
    }
}

/// Base 64 in lines of 76, as PostgreSQL gives it (RFC 2045).
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for (i, chunk) in bytes.chunks(3).enumerate() {
        if i > 0 && i % 19 == 0 {
            out.push('\n');
        }
        let byte = |n: usize| u32::from(chunk.get(n).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for n in 0..4_usize {
            let digit = usize::try_from(bits >> (18 - 6 * n) & 63).ok().and_then(|d| DIGITS.get(d)).copied().unwrap_or(b'=');
            out.push(if n > chunk.len() { '=' } else { char::from(digit) });
        }
    }
    out
}

/// MD5, RFC 1321. Kept for `md5(…)` of people's SQL; it protects nothing.
fn md5(message: &[u8]) -> [u8; 16] {
    const SHIFTS: [[u32; 4]; 4] = [[7, 12, 17, 22], [5, 9, 14, 20], [4, 11, 16, 23], [6, 10, 15, 21]];
    let mut padded = message.to_vec();
    padded.push(0x80);
    while padded.len() % 64 != 56 {
        padded.push(0);
    }
    padded.extend((message.len() as u64).wrapping_mul(8).to_le_bytes());
    let mut state: [u32; 4] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476];
    for block in padded.chunks(64) {
        let words: Vec<u32> = block.chunks(4).map(|w| w.iter().rev().fold(0, |all, b| all << 8 | u32::from(*b))).collect();
        let [mut a, mut b, mut c, mut d] = state;
        for i in 0..64_usize {
            let (mixed, word) = match i / 16 {
                0 => ((b & c) | (!b & d), i),
                1 => ((d & b) | (!d & c), 5 * i + 1),
                2 => (b ^ c ^ d, 3 * i + 5),
                _ => (c ^ (b | !d), 7 * i),
            };
            let sine = ((i as f64 + 1.0).sin().abs() * 4_294_967_296.0) as u32;
            let shift = SHIFTS.get(i / 16).and_then(|s| s.get(i % 4)).copied().unwrap_or(0);
            let sum = a.wrapping_add(mixed).wrapping_add(sine).wrapping_add(words.get(word % 16).copied().unwrap_or(0));
            (a, d, c, b) = (d, c, b, b.wrapping_add(sum.rotate_left(shift)));
        }
        for (slot, add) in state.iter_mut().zip([a, b, c, d]) {
            *slot = slot.wrapping_add(add);
        }
    }
    let mut out = [0; 16];
    for (slot, byte) in out.iter_mut().zip(state.iter().flat_map(|w| w.to_le_bytes())) {
        *slot = byte;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_hashes() {
        assert_eq!(hex(&md5(b"")), "d41d8cd98f00b204e9800998ecf8427e");
        assert_eq!(
            hex(&md5(b"12345678901234567890123456789012345678901234567890123456789012345678901234567890")),
            "57edf4a22be3c955ac49da2e2107b67a"
        );
        assert_eq!(base64(b"any carnal pleas"), "YW55IGNhcm5hbCBwbGVhcw==");
    }
}
