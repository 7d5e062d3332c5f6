use super::Cx;
use super::holes::{Hole, fill};
use super::sugar::sugar;
use crate::base::Span;
use crate::diag::{Code, Diagnostic};
use crate::resolve::{Env, Generator};
use crate::syntax::{as_sql, parse_hole};
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::tokenizer::{Location, Token, TokenWithSpan, Tokenizer};
use std::borrow::Cow;
use std::cell::Cell;

/// The first of the private-use characters that stand for holes while SQL is cut into tokens; one per hole, in order.
const FIRST: u32 = 0xF_0000;
/// How many holes one text may have.
const MOST: u32 = 0xFFFD;

/// For how many tokens a thread keeps room from one text to the next: no text a person writes has more.
const KEPT: usize = 1 << 16;

thread_local! {
    /// Room for the tokens of one text, blanks among them: most are blanks, and a text in ten thousand must not cost fresh pages.
    static SCRATCH: Cell<Vec<TokenWithSpan>> = const { Cell::new(Vec::new()) };
}

/// What stands before the first token of a text, as far as it decides what a lone hole means.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Start {
    /// A value may follow.
    Value,
    /// A table name follows (`from …`).
    Table,
}

/// `select (…)`
pub(super) fn selected(value: Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
    in_brackets([Token::make_keyword("select")], value)
}

/// `select 1 where (…)`
pub(super) fn selected_where(condition: Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
    let head = [Token::make_keyword("select"), Token::Number("1".to_owned(), false), Token::make_keyword("where")];
    in_brackets(head, condition)
}

/// Words before tokens in brackets, all at the place of the first of these.
fn in_brackets<const N: usize>(head: [Token; N], inside: Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
    let place = inside.first().map_or_else(sqlparser::tokenizer::Span::empty, |t| t.span);
    let token = |token| TokenWithSpan { token, span: place };
    head.into_iter().chain([Token::LParen]).map(token).chain(inside).chain([token(Token::RParen)]).collect()
}

/// The hole a character stands for.
pub(super) fn hole_index(c: char) -> Option<usize> {
    let n = u32::from(c).checked_sub(FIRST)?;
    (n < MOST).then_some(n as usize)
}

/// Cuts a stretch of SQL into tokens that know their absolute place; comments and blanks are left out.
/// Holes are filled after cutting, so what they hold is never read as SQL. `None` after reporting why not.
pub(super) fn tokens(cx: &Cx<'_>, generator: &Generator<'_>, env: &Env, at: Span, start: Start) -> Option<Vec<TokenWithSpan>> {
    let text = &*as_sql(cx.sources.slice(at));
    if let Some(offset) = text.find('\0') {
        let at = Span::new(at.file, at.start as usize + offset, at.start as usize + offset + 1);
        cx.error(Diagnostic::error(Code::SqlSyntax, at, "the SQL holds a NUL character"));
        return None;
    }
    let (blanked, places) = match blank(text) {
        Ok(done) => done,
        Err(offset) => {
            let at = Span { start: at.start + u32::try_from(offset).unwrap_or(0), ..at };
            let message = "`${` is not closed on its line, or the text holds a character reserved for it";
            cx.error(Diagnostic::error(Code::BadHole, at, message).help("write `$${` for a literal `${`"));
            return None;
        }
    };
    let mut holes = Vec::with_capacity(places.len());
    let mut failed = false;
    for place in places {
        let inside = Span::new(at.file, at.start as usize + place.start, at.start as usize + place.end);
        match read_hole(cx, generator, env, inside, &place) {
            Some(hole) => holes.push(hole),
            None => failed = true,
        }
    }
    if failed {
        return None;
    }
    let cut = cut(cx, &blanked, at)?;
    fill(cx, cut, &holes, start).map(sugar)
}

/// Where a hole lies in a text: bytes with `${` and `}`, and its width in characters.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Place {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) width: usize,
    /// `$${`
    pub(super) escape: bool,
}

fn read_hole(cx: &Cx<'_>, generator: &Generator<'_>, env: &Env, at: Span, place: &Place) -> Option<Hole> {
    if place.escape {
        return Some(Hole { value: None, width: place.width, at });
    }
    let inner = Span { start: at.start + 2, end: at.end.saturating_sub(1), ..at };
    let parsed = match parse_hole(cx.sources.slice(inner), inner) {
        Ok(parsed) => parsed,
        Err(problem) => {
            cx.error(problem);
            return None;
        }
    };
    let value = generator.eval(&parsed, env, &mut cx.diagnostics.borrow_mut())?;
    Some(Hole { value: Some(value), width: place.width, at })
}

/// Replaces each hole by its private-use character and `_` up to its width, so that places stay right.
///
/// # Errors
/// The byte offset of a hole that is not closed on its line, or of a character that can't be told from a placeholder.
pub(super) fn blank(text: &str) -> Result<(Cow<'_, str>, Vec<Place>), usize> {
    if let Some((offset, _)) = text.char_indices().find(|(_, c)| hole_index(*c).is_some()) {
        return Err(offset);
    }
    if !text.contains("${") {
        return Ok((Cow::Borrowed(text), Vec::new()));
    }
    let mut out = String::with_capacity(text.len() + 8);
    let mut places = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let begin = text.len() - after.len() - 2;
        let (kept, escape) = match before.strip_suffix('$') {
            Some(kept) => (kept, true),
            None => (before, false),
        };
        let start = if escape { begin - 1 } else { begin };
        let inner = if escape { 0 } else { closing(after).ok_or(begin)? };
        let end = begin + 2 + if escape { 0 } else { inner + 1 };
        let width = text.get(start..end).map_or(0, |t| t.chars().count());
        let index = u32::try_from(places.len()).ok().filter(|i| *i < MOST).ok_or(begin)?;
        out.push_str(kept);
        out.push(char::from_u32(FIRST + index).ok_or(begin)?);
        out.extend(std::iter::repeat_n('_', width.saturating_sub(1)));
        places.push(Place { start, end, width, escape });
        rest = text.get(end..).unwrap_or("");
    }
    out.push_str(rest);
    Ok((Cow::Owned(out), places))
}

/// Offset of the `}` that closes a hole, when it lies on the same line; quoted texts inside may hold braces.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0usize;
    let mut quote = None;
    for (offset, c) in text.char_indices() {
        match (quote, c) {
            (_, '\n') => return None,
            (Some(q), c) if c == q => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, '{') => depth += 1,
            (None, '}') if depth == 0 => return Some(offset),
            (None, '}') => depth -= 1,
            (None, _) => {}
        }
    }
    None
}

fn cut(cx: &Cx<'_>, text: &str, at: Span) -> Option<Vec<TokenWithSpan>> {
    let from = cx.sources.get(at.file).map(|f| f.line_col(at.start));
    let (line, column) = from.map_or((0, 0), |p| (u64::from(p.line), u64::from(p.column)));
    let shift = |l: Location| Location { line: l.line + line, column: if l.line == 1 { l.column + column } else { l.column } };
    let mut cut = SCRATCH.take();
    let result = Tokenizer::new(&PostgreSqlDialect {}, text).tokenize_with_location_into_buf_with_mapper(&mut cut, |mut t| {
        t.span.start = shift(t.span.start);
        t.span.end = shift(t.span.end);
        t
    });
    if let Err(problem) = result {
        let place = shift(problem.location);
        let at = cx.span(sqlparser::tokenizer::Span { start: place, end: place });
        cx.error(Diagnostic::error(Code::SqlSyntax, at, format!("the SQL cannot be cut into words: {}", problem.message.to_lowercase())));
        return None;
    }
    let blank = |t: &TokenWithSpan| matches!(t.token, Token::Whitespace(_));
    let mut out = Vec::with_capacity(cut.iter().filter(|t| !blank(t)).count());
    out.extend(cut.drain(..).filter(|t| !blank(t)));
    if cut.capacity() <= KEPT {
        SCRATCH.set(cut);
    }
    Some(out)
}

#[cfg(test)]
#[path = "tokens_tests.rs"]
mod tests;
