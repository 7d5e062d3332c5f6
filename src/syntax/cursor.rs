use super::token::{Quote, TokenKind};

/// A place in a text. Stops only between characters: what it skips byte by byte are whole characters or runs of non-ASCII.
#[derive(Clone, Debug)]
pub(super) struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Cursor { text, at: 0 }
    }

    pub(super) fn at(&self) -> usize {
        self.at.min(self.text.len())
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    pub(super) fn starts_with(&self, sign: &str) -> bool {
        self.rest().starts_with(sign.as_bytes())
    }

    pub(super) fn skip(&mut self, bytes: usize) {
        self.at += bytes;
        while self.peek().is_some_and(|b| (b & 0xC0) == 0x80) {
            self.at += 1;
        }
    }

    pub(super) fn skip_while(&mut self, wanted: impl Fn(u8) -> bool) {
        let length = self.rest().iter().position(|b| !wanted(*b));
        self.at = length.map_or(self.text.len(), |n| self.at + n);
    }

    pub(super) fn take(&mut self, bytes: usize, kind: TokenKind) -> TokenKind {
        self.skip(bytes);
        kind
    }

    pub(super) fn take_while(&mut self, wanted: impl Fn(u8) -> bool, kind: TokenKind) -> TokenKind {
        self.skip_while(wanted);
        kind
    }

    pub(super) fn take_line(&mut self, kind: TokenKind) -> TokenKind {
        self.take_while(|b| b != b'\n', kind)
    }

    /// Up to and with `closer`, which is looked for behind the opener.
    pub(super) fn take_until(&mut self, opener: usize, closer: &str, kind: TokenKind, quote: Quote) -> TokenKind {
        self.at += opener;
        match self.text.get(self.at..).and_then(|rest| rest.find(closer)) {
            Some(n) => {
                self.at += n + closer.len();
                kind
            }
            None => {
                self.at = self.text.len();
                TokenKind::Unclosed(quote)
            }
        }
    }

    fn rest(&self) -> &'a [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or(&[])
    }
}
