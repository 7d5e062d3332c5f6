//! Blocks and functions in PL/pgSQL. Nobody can say in general what such a text does, so the few that access needs are known by heart, with
//! holes for names; any other is not understood.

use super::known::{FILLED, GUARD, LEFT, MARKED, PARTITIONS, PROCEDURES, REFERENCE, REMEMBERED, ROLE, drop_upon, ways};
use super::lex::{Cursor, Kind, Token, tokens};
use super::world::{Marked, Name};
use crate::base::Span;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// What a `do` block does.
pub(super) enum Done {
    /// Makes a role without a login, where there is none.
    Role(String),
    /// Stops a build whose readers would see past row-level security, and makes who builds a member of the owner.
    Guard { owner: String, readers: Vec<String> },
    /// Makes one table refer to another, or says something about it, which changes nobody's rights.
    Nothing,
    /// Makes the partitions of a table that are not there: each with what it holds, and the one for all the rest.
    Partitions { whole: Name, parts: Vec<(Name, Option<(String, String)>)> },
    /// Takes a function that writes changes from everybody whom default privileges gave it.
    Closes(Name),
    /// Makes the tables that say what builds made, in the schema of the procedures that ask them.
    Remembers { access: String, owner: String },
    /// Drops what an earlier build made under a name, and upon it, by the procedure of this schema where it calls one.
    MakesWay { of: Name, access: Option<String> },
}

/// A function that looks up entitlements.
pub(super) struct LookUp {
    pub(super) table: Name,
    pub(super) by: String,
    pub(super) yields: Vec<(String, Vec<Token>)>,
    pub(super) found: bool,
}

const ASKS_HEAD: &str = "# variable_conflict use_column begin if pg_has_role(session_user, $1, 'member') then return query select";
const ASKS_TAIL: &str = "as entitled where entitled.hole_name_by = cast($1 as text); end if; end";

/// Reads a `do` block.
pub(super) fn done(body: &str, at: Span) -> Option<Done> {
    let body = tokens(body, at)?;
    if let Some(holes) = fits(ROLE, &body) {
        let role = holes.get("role")?.first()?.clone();
        return Some(Done::Role(role));
    }
    if fits(REFERENCE, &body).is_some() || fits(FILLED, &body).is_some() {
        return Some(Done::Nothing);
    }
    let one = |holes: &BTreeMap<String, Vec<String>>, label: &str| holes.get(label)?.first().cloned();
    let makes_way = body.get(1).is_some_and(|t| t.kind == Kind::Word("stands".to_owned()));
    if let Some(holes) = ways().filter(|_| makes_way).find_map(|way| fits(&way, &body)) {
        let asked = tokens(holes.get("relation")?.first()?, at)?;
        let mut cursor = Cursor::new(&asked);
        let dropped = cursor.qualified()?;
        return cursor.is_end().then(|| Done::MakesWay { of: dropped, access: one(&holes, "access") });
    }
    if let Some(holes) = fits(PARTITIONS, &body) {
        let name = |text: &String| {
            let tokens = tokens(text, at)?;
            let mut cursor = Cursor::new(&tokens);
            let name = cursor.qualified()?;
            cursor.is_end().then_some(name)
        };
        let (names, lows, highs) = (holes.get("names")?, holes.get("lows")?, holes.get("highs")?);
        (names.len() == lows.len() && names.len() == highs.len()).then_some(())?;
        let spans = lows.iter().cloned().zip(highs.iter().cloned());
        let parts = names.iter().zip(spans).map(|(n, span)| Some((name(n)?, Some(span))));
        let rest = Some((name(holes.get("rest")?.first()?)?, None));
        return Some(Done::Partitions { whole: name(holes.get("whole")?.first()?)?, parts: parts.chain([rest]).collect::<Option<_>>()? });
    }
    if let Some(writer) = super::audits::closes(&body, at) {
        return Some(Done::Closes(writer));
    }
    if let Some(holes) = fits(REMEMBERED, &body) {
        return Some(Done::Remembers { access: one(&holes, "access")?, owner: one(&holes, "owner")? });
    }
    let holes = fits(GUARD, &body)?;
    Some(Done::Guard { owner: holes.get("owner")?.first()?.clone(), readers: holes.get("readers")?.clone() })
}

/// Whether what follows the name of a procedure makes it the one that is known by that name.
pub(super) fn is_procedure(name: &Name, rest: &[Token], at: Span) -> bool {
    let Some((_, head, does, _)) = PROCEDURES.iter().find(|(n, ..)| *n == name.1) else { return false };
    let Some((body, before)) = rest.split_last() else { return false };
    let Kind::Body(body) = &body.kind else { return false };
    let does = does.map_or_else(|| Cow::Owned(drop_upon()), Cow::Borrowed);
    let Some(holes) = tokens(body, at).and_then(|body| fits(&does, &body)) else { return false };
    // The schema is written as a name, and once as a text that is read as one.
    let named = |texts: &Vec<String>| texts.iter().all(|t| tokens(t, at).and_then(|t| Cursor::new(&t).name()).as_ref() == Some(&name.0));
    let own = holes.get("access").is_none_or(|found| found.iter().all(|n| *n == name.0));
    fits(head, before).is_some() && own && holes.get("named").is_none_or(named)
}

/// What `take_back` is told to leave: tables and views, and who reaches into which schema.
pub(super) fn left(written: &[Token]) -> Option<(BTreeSet<Name>, BTreeSet<Name>)> {
    let holes = fits(LEFT, written)?;
    let pairs = |a: &str, b: &str| {
        let (a, b) = (holes.get(a)?, holes.get(b)?);
        (a.len() == b.len()).then(|| a.iter().cloned().zip(b.iter().cloned()).collect::<BTreeSet<Name>>())
    };
    Some((pairs("places", "names")?, pairs("entered", "readers")?))
}

/// What `mark_rows` is told: the relation, and its mark with those of what it reads.
pub(super) fn marked(written: &[Token], at: Span) -> Option<(Name, Marked)> {
    let (kept, holes) = MARKED.iter().find_map(|(kept, template)| Some((*kept, fits(template, written)?)))?;
    let name = |text: &String| {
        let tokens = tokens(text, at)?;
        let mut cursor = Cursor::new(&tokens);
        let name = cursor.qualified()?;
        cursor.end()?;
        Some(name)
    };
    let behind: Vec<Name> = holes.get("behind")?.iter().map(name).collect::<Option<_>>()?;
    let marks = holes.get("marks")?;
    (behind.len() == marks.len()).then_some(())?;
    let behind = behind.into_iter().zip(marks.iter().cloned()).collect();
    Some((name(holes.get("relation")?.first()?)?, Marked { mark: holes.get("mark")?.first()?.clone(), kept, behind }))
}

/// Reads what follows the name of a function that looks up entitlements.
pub(super) fn look_up(rest: &[Token], at: Span) -> Option<LookUp> {
    let mut cursor = Cursor::new(rest);
    cursor.must("( name ) returns table")?;
    let yields: Vec<(String, Vec<Token>)> = list(cursor.bracketed()?)
        .into_iter()
        .map(|one| {
            let (first, ty) = one.split_first()?;
            match &first.kind {
                Kind::Word(name) | Kind::Name(name) => Some((name.clone(), ty.to_vec())),
                _ => None,
            }
        })
        .collect::<Option<_>>()?;
    cursor.must("language plpgsql stable security definer set search_path = pg_catalog , pg_temp as")?;
    let body = tokens(&cursor.body()?, at)?;
    cursor.end()?;
    let mut cursor = Cursor::new(&body);
    let head = tokens(ASKS_HEAD, at)?;
    for expected in &head {
        (cursor.next()?.kind == expected.kind).then_some(())?;
    }
    let found = cursor.is("true");
    for (index, (name, ty)) in yields.iter().enumerate().filter(|_| !found) {
        if index > 0 {
            cursor.must(",")?;
        }
        cursor.must("cast")?;
        let mut inside = Cursor::new(cursor.bracketed()?);
        inside.must("entitled .")?;
        (inside.name()? == *name).then_some(())?;
        inside.must("as")?;
        same(inside.rest(), ty).then_some(())?;
    }
    cursor.must("from")?;
    let table = cursor.qualified()?;
    let holes = fits(ASKS_TAIL, cursor.rest())?;
    (!found || yields.len() == 1).then_some(())?;
    Some(LookUp { table, by: holes.get("by")?.first()?.clone(), yields, found })
}

/// Whether tokens are the same, wherever they stand.
pub(super) fn same(a: &[Token], b: &[Token]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.kind == b.kind)
}

/// The parts of a list with commas, those in brackets apart.
pub(super) fn list(tokens: &[Token]) -> Vec<&[Token]> {
    let (mut depth, mut start, mut out) = (0usize, 0usize, Vec::new());
    for (index, token) in tokens.iter().enumerate() {
        match &token.kind {
            Kind::Sign(sign) if matches!(sign.as_str(), "(" | "[") => depth += 1,
            Kind::Sign(sign) if matches!(sign.as_str(), ")" | "]") => depth = depth.saturating_sub(1),
            Kind::Sign(sign) if sign == "," && depth == 0 => {
                out.extend(tokens.get(start..index));
                start = index + 1;
            }
            _ => {}
        }
    }
    out.extend(tokens.get(start..).filter(|rest| !rest.is_empty()));
    out
}

/// What stands in the holes of a template; `None` where a text does not fit it.
pub(super) fn fits(template: &str, text: &[Token]) -> Option<BTreeMap<String, Vec<String>>> {
    let template = tokens(template, Span::default())?;
    let mut holes: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut cursor = Cursor::new(text);
    for expected in &template {
        let hole = match &expected.kind {
            Kind::Word(word) => word.strip_prefix("hole_").and_then(|rest| rest.split_once('_')),
            _ => None,
        };
        let Some((kind, label)) = hole else {
            (cursor.next()?.kind == expected.kind).then_some(())?;
            continue;
        };
        let found = match kind {
            "text" => vec![cursor.text()?],
            "name" => vec![cursor.name()?],
            _ => texts(&mut cursor)?,
        };
        if !label.is_empty() && holes.insert(label.to_owned(), found.clone()).is_some_and(|before| before != found) {
            return None;
        }
    }
    cursor.end()?;
    Some(holes)
}

fn texts(cursor: &mut Cursor<'_>) -> Option<Vec<String>> {
    let mut out = Vec::new();
    while let Some(Token { kind: Kind::Text(text), .. }) = cursor.peek() {
        out.push(text.clone());
        cursor.next();
        if !cursor.is(",") {
            break;
        }
    }
    Some(out)
}
