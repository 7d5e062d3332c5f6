use super::regions::Regions;
use crate::syntax::{Bracket, Token, TokenKind, tokens};

/// What is laid out as one piece.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// SQL or a type: kept as written, over several lines perhaps.
    Kept,
    /// `${…}`
    Hole,
    /// Anything else.
    Token(TokenKind),
}

/// A piece with the blanks before it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Atom<'a> {
    pub(super) kind: Kind,
    pub(super) text: &'a str,
    pub(super) start: usize,
    /// Blanks before it on its line, as written.
    pub(super) blanks: usize,
    /// Its column, in characters, as written.
    pub(super) column: usize,
}

impl Atom<'_> {
    /// Whether it is this sign.
    pub(super) fn is(&self, sign: &str) -> bool {
        matches!(self.kind, Kind::Token(_)) && self.text == sign
    }

    pub(super) fn opens(&self) -> Option<Bracket> {
        match self.kind {
            Kind::Token(TokenKind::Open(bracket)) => Some(bracket),
            _ => None,
        }
    }

    pub(super) fn closes(&self) -> Option<Bracket> {
        match self.kind {
            Kind::Token(TokenKind::Close(bracket)) => Some(bracket),
            _ => None,
        }
    }

    pub(super) fn is_comment(&self) -> bool {
        matches!(self.kind, Kind::Token(TokenKind::Comment | TokenKind::Doc | TokenKind::BlockComment))
    }
}

/// A line of the source; one that holds a piece of several lines goes on behind it.
#[derive(Debug, Default)]
pub(super) struct Row<'a> {
    pub(super) atoms: Vec<Atom<'a>>,
}

/// The lines of a text. Empty ones have no atoms.
pub(super) fn rows<'a>(text: &'a str, regions: &Regions) -> Vec<Row<'a>> {
    let mut rows = vec![];
    let mut row = Row::default();
    let mut kept = regions.kept.iter().copied().peekable();
    let mut all = tokens(text).peekable();
    let (mut blanks, mut line_start) = (0, 0);
    while let Some(token) = all.next() {
        while kept.next_if(|(_, end)| *end <= token.start).is_some() {}
        let region = kept.peek().copied().filter(|(start, _)| *start <= token.start);
        let (kind, end) = match (region, token.kind) {
            (Some((_, end)), _) => (Kind::Kept, skip_to(&mut all, token, end)),
            (None, TokenKind::Newline) => {
                rows.push(std::mem::take(&mut row));
                (blanks, line_start) = (0, token.end);
                continue;
            }
            (None, TokenKind::Blank) => {
                blanks = text.get(token.start..token.end).map_or(0, |t| t.trim_matches('\r').len());
                continue;
            }
            (None, TokenKind::Open(_)) if text.get(token.start..token.end) == Some("${") => (Kind::Hole, skip_hole(&mut all, token)),
            (None, kind) => (Kind::Token(kind), token.end),
        };
        let piece = text.get(token.start..end).unwrap_or("").trim_end();
        let column = text.get(line_start..token.start).map_or(0, |t| t.chars().count());
        row.atoms.push(Atom { kind, text: piece, start: token.start, blanks, column });
        if let Some(last) = piece.rfind('\n') {
            line_start = token.start + last + 1;
        }
        blanks = 0;
    }
    rows.push(row);
    rows
}

type Rest<'a> = std::iter::Peekable<crate::syntax::Tokens<'a>>;

fn skip_to(rest: &mut Rest<'_>, first: Token, end: usize) -> usize {
    let mut reached = first.end;
    while let Some(token) = rest.next_if(|t| t.start < end) {
        reached = token.end;
    }
    reached
}

fn skip_hole(rest: &mut Rest<'_>, first: Token) -> usize {
    let mut reached = first.end;
    let mut depth = 1;
    while depth > 0
        && let Some(token) = rest.next_if(|t| t.kind != TokenKind::Newline)
    {
        match token.kind {
            TokenKind::Open(_) => depth += 1,
            TokenKind::Close(_) => depth -= 1,
            _ => {}
        }
        reached = token.end;
    }
    reached
}
