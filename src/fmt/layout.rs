use super::align::{Cell, Gap, Line, Stop};
use super::atoms::{Atom, Kind, Row};
use super::regions::Regions;
use crate::syntax::{Bracket, TokenKind};

/// Indentation, spacing and tab stops of every line.
pub(super) fn lay_out<'a>(rows: &[Row<'a>], regions: &Regions) -> Vec<Line<'a>> {
    let mut lines: Vec<Line<'a>> = Vec::new();
    let mut open: Vec<Bracket> = Vec::new();
    let mut goes_on = false;
    let mut empty = false;
    for row in rows {
        let atoms = without_last_separator(&row.atoms);
        let Some(first) = atoms.first() else {
            empty = !lines.is_empty();
            continue;
        };
        let closers = atoms.iter().take_while(|a| a.closes().is_some()).count();
        let in_block = open.last().is_none_or(|b| *b == Bracket::Curly);
        let continues = in_block && !first.is_comment() && (goes_on || starts_continuation(first, atoms.get(2), open.is_empty()));
        let depth = open.len().saturating_sub(closers) + usize::from(continues);
        lines.push(Line {
            indent: depth * 2,
            cells: cells(&atoms, regions, continues || !in_block),
            after_empty: std::mem::take(&mut empty),
        });
        for atom in &atoms {
            if let Some(bracket) = atom.opens() {
                open.push(bracket);
            } else if atom.closes().is_some() {
                open.pop();
            }
        }
        let last = atoms.iter().rev().find(|a| !a.is_comment());
        goes_on = last.map_or(goes_on, |a| [",", "=", "->", "=>"].iter().any(|s| a.is(s)));
    }
    lines
}

/// `;` at the end of a line says nothing.
fn without_last_separator<'a>(atoms: &[Atom<'a>]) -> Vec<Atom<'a>> {
    let last = atoms.iter().rposition(|a| !a.is_comment());
    let dropped = last.filter(|i| *i > 0 && atoms.get(*i).is_some_and(|a| a.is(";")));
    atoms.iter().enumerate().filter(|(i, _)| Some(*i) != dropped).map(|(_, a)| *a).collect()
}

/// Whether a line goes on with a sentence: by its sign, or outside blocks by a word no item starts with.
fn starts_continuation(first: &Atom<'_>, third: Option<&Atom<'_>>, top: bool) -> bool {
    let policy_roles = first.is("for") && !third.is_some_and(|a| a.is("in"));
    let words = ["as", "in", "on", "from", "where"];
    [",", "=", "->", "=>"].iter().any(|s| first.is(s)) || top && (policy_roles || words.iter().any(|w| first.is(w)))
}

fn cells<'a>(atoms: &[Atom<'a>], regions: &Regions, plain: bool) -> Vec<Cell<'a>> {
    let shape = Shape::of(atoms, regions, plain);
    let mut cells = Vec::with_capacity(atoms.len());
    let mut depth = 0usize;
    for (i, atom) in atoms.iter().enumerate() {
        let before = i.checked_sub(1).and_then(|p| atoms.get(p));
        let gap = match before {
            None => Gap::Blanks(0),
            Some(previous) => {
                let operator = i.checked_sub(2).and_then(|p| atoms.get(p)).is_some_and(|a| a.is("operator"));
                let blanks = if operator { atom.blanks.min(1) } else { spacing(previous, atom) };
                shape.stop(i, depth, previous, atom).map_or(Gap::Blanks(blanks), |stop| Gap::Stop(stop, least(stop, blanks)))
            }
        };
        if atom.opens().is_some() {
            depth += 1;
        } else if atom.closes().is_some() {
            depth = depth.saturating_sub(1);
        }
        cells.push(Cell { gap, text: atom.text, column: atom.column, kept: atom.kind == Kind::Kept });
    }
    cells
}

/// A gap this wide groups the words of a sentence; wider ones become this wide.
const WIDE: usize = 3;

fn least(stop: Stop<'_>, blanks: usize) -> usize {
    match stop {
        Stop::Comment => blanks.clamp(1, 2),
        Stop::Wide => WIDE,
        _ => 1,
    }
}

/// Blanks between two neighbours on a line.
fn spacing(left: &Atom<'_>, right: &Atom<'_>) -> usize {
    let written = right.blanks.min(WIDE);
    let binary = |a: &Atom<'_>| ["=", "->", "=>"].iter().any(|s| a.is(s));
    if right.is(",") || right.is(";") || left.opens() == Some(Bracket::Round) || right.closes() == Some(Bracket::Round) {
        0
    } else if left.is(",") || left.is(";") || binary(left) || binary(right) || right.opens() == Some(Bracket::Curly) {
        1
    } else if left.opens() == Some(Bracket::Curly) || right.closes() == Some(Bracket::Curly) {
        usize::from(!(left.opens().is_some() && right.closes().is_some()))
    } else if left.opens().is_some() || right.closes().is_some() {
        written.min(1)
    } else {
        written
    }
}

/// What of a line is aligned with its neighbours.
struct Shape<'r> {
    /// `name = …`: where the sign is.
    equals: Option<usize>,
    /// `column type …`: the type and what follows.
    column: Option<(usize, usize)>,
    /// `targets -> mask`: where the arrow is.
    arrow: Option<usize>,
    /// `role r { a; b }`, whole on one line: where the brace is, and the first word.
    one_liner: Option<(usize, &'r str)>,
    /// `layer staging schema "…" as view`: every word.
    words: bool,
}

impl<'r> Shape<'r> {
    fn of(atoms: &[Atom<'r>], regions: &Regions, plain: bool) -> Self {
        let mut shape = Shape { equals: None, column: None, arrow: None, one_liner: None, words: false };
        let code = atoms.iter().rposition(|a| !a.is_comment()).map_or(0, |last| last + 1);
        let code = atoms.get(..code).unwrap_or(&[]);
        let Some(first) = code.first().filter(|_| !plain) else { return shape };
        let mut depth = 0usize;
        let mut brace = None;
        for (i, atom) in code.iter().enumerate() {
            if atom.opens().is_some() {
                if depth == 0 && brace.is_none() && atom.opens() == Some(Bracket::Curly) {
                    brace = Some(i);
                }
                depth += 1;
            } else if atom.closes().is_some() {
                depth = depth.saturating_sub(1);
            } else if depth == 0 && atom.is(";") {
                return shape;
            }
        }
        let closed = depth == 0 && code.last().is_some_and(|a| a.closes() == Some(Bracket::Curly));
        shape.one_liner = brace.filter(|b| *b > 0 && closed).map(|b| (b, first.text));
        let equals = code.iter().position(|a| a.is("="));
        shape.equals = equals.filter(|i| *i > 0 && code.iter().take(*i).skip(1).all(|a| a.blanks == 0));
        if regions.columns.contains(&first.start) {
            let ty = code.iter().position(|a| a.kind == Kind::Kept);
            shape.column = ty.map(|t| (t, t + 1));
            shape.equals = None;
        }
        if regions.rules.contains(&first.start) {
            shape.arrow = code.iter().position(|a| a.is("->"));
        }
        shape.words = first.is("layer") || first.is("category");
        shape
    }

    fn stop(&self, i: usize, depth: usize, left: &Atom<'_>, atom: &Atom<'_>) -> Option<Stop<'r>> {
        if matches!(atom.kind, Kind::Token(TokenKind::Comment)) {
            return Some(Stop::Comment);
        }
        if self.equals == Some(i) || self.arrow == Some(i) {
            return Some(Stop::Sign);
        }
        match self.column {
            Some((ty, _)) if ty == i => return Some(Stop::Type),
            Some((_, after)) if after == i => return Some(Stop::AfterType),
            _ => {}
        }
        match self.one_liner {
            Some((brace, _)) if brace == i => return Some(Stop::Brace),
            Some((_, word)) if depth == 1 && left.is(";") => return Some(Stop::Entry(word)),
            _ => {}
        }
        if self.words && depth == 0 && atom.blanks > 0 {
            return Some(Stop::Word);
        }
        let between_words = depth == 0 && atom.blanks >= WIDE && atom.opens() != Some(Bracket::Curly) && spacing(left, atom) == WIDE;
        between_words.then_some(Stop::Wide)
    }
}
