//! Keyed pseudonyms, as `stdlib/setup/postgres.sql` makes them; every secret stands for the one throw-away key.

use super::Args;
use rusqlite::types::Value;
use sha2::{Digest, Sha256};

/// `pipec_hmac_token(value, key name, domain)`: the first 128 bits of HMAC-SHA-256 over domain, 0x1f, value, in hex. An empty text has none.
pub(super) fn token(args: &Args<'_, '_>, throwaway: &str) -> Value {
    let (Some(value), Some(_), Some(domain)) = (args.text(0), args.text(1), args.text(2)) else { return Value::Null };
    if value.is_empty() {
        return Value::Null;
    }
    let message = format!("{domain}\u{1f}{value}");
    let digest = hmac(throwaway.as_bytes(), message.as_bytes());
    Value::Text(hex(digest.first_chunk::<16>().unwrap_or(&[0; 16])))
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
