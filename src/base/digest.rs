use super::Ident;
use sha2::{Digest, Sha256};

/// Lower-case hex SHA-256 (FIPS 180-4): 64 characters; nobody can make two contents that have the same.
pub fn digest(bytes: impl AsRef<[u8]>) -> String {
    Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect()
}

/// The first characters of [`digest`], for names that have to be short.
pub fn short_digest(bytes: impl AsRef<[u8]>, length: usize) -> String {
    digest(bytes).chars().take(length).collect()
}

/// `name_ending`, as a name that Postgres keeps whole (63 bytes), the same in every build.
pub fn short_name(name: &str, ending: &str) -> Ident {
    let whole = format!("{name}_{ending}");
    if whole.len() <= 63 {
        return Ident::exact(&whole);
    }
    let hash = short_digest(&whole, 8);
    let mut short = String::new();
    for c in name.chars() {
        if short.len() + c.len_utf8() > 50 {
            break;
        }
        short.push(c);
    }
    Ident::exact(&format!("{short}_{hash}_{ending}"))
}

#[cfg(test)]
mod tests {
    #[test]
    fn it_is_sha_256() {
        // FIPS 180-4's own example.
        assert_eq!(super::digest("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(super::short_digest("abc", 8), "ba7816bf");
    }
}
