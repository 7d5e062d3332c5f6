use smol_str::SmolStr;
use std::borrow::Borrow;
use std::fmt;

/// A name of the data world (table, column, role, …), already case-folded by SQL's rule:
/// unquoted names fold to lower case (as Postgres does), quoted names stay as written.
///
/// Cheap to clone: up to 23 bytes inline, shared above. Ordered by bytes, so every
/// collection keyed by it has one order on every machine.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Ident(SmolStr);

impl Ident {
    /// A name written without quotes: folds ASCII letters to lower case.
    pub fn folded(text: &str) -> Self {
        if text.bytes().any(|b| b.is_ascii_uppercase()) {
            Ident(SmolStr::from(text.to_ascii_lowercase()))
        } else {
            Ident(SmolStr::new(text))
        }
    }

    /// A name written in quotes, or one that came from data: kept byte for byte.
    pub fn exact(text: &str) -> Self {
        Ident(SmolStr::new(text))
    }

    /// The name's text, without quotes.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether every dialect reads this name the same without quotes:
    /// `[a-z_][a-z0-9_]*`. Reserved words are a dialect's business.
    pub fn is_plain(&self) -> bool {
        let mut bytes = self.0.bytes();
        bytes.next().is_some_and(|b| b.is_ascii_lowercase() || b == b'_')
            && bytes.all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
    }
}

impl fmt::Display for Ident {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Ident {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.0)
    }
}

impl Borrow<str> for Ident {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Ident {
    fn from(text: &str) -> Self {
        Ident::folded(text)
    }
}
