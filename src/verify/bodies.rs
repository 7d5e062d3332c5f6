//! Blocks and functions in PL/pgSQL. Nobody can say in general what such a text does, so the few that access needs are known by heart, with
//! holes for names; any other is not understood.

use super::lex::{Cursor, Kind, Token, tokens};
use super::world::Name;
use crate::base::Span;
use std::collections::BTreeMap;

/// What a `do` block does.
pub(super) enum Done {
    /// Makes a role without a login, where there is none.
    Role(String),
    /// Stops a build whose readers would see past row-level security, and makes who builds a member of the owner.
    Guard { owner: String, readers: Vec<String> },
    /// Makes one table refer to another, which changes nobody's rights.
    Reference,
}

/// A function that looks up entitlements.
pub(super) struct LookUp {
    pub(super) table: Name,
    pub(super) by: String,
    pub(super) yields: Vec<(String, Vec<Token>)>,
    pub(super) found: bool,
}

/// `hole_text_x` stands for a text, `hole_name_x` for a name, `hole_list_x` for texts with commas; one name, one value.
const ROLE: &str = "\
begin
    if not exists (select 1 from pg_catalog.pg_roles where rolname = hole_text_role) then
        create role hole_name_role nologin;
    end if;
exception when duplicate_object or unique_violation then
    null;
end";

const GUARD: &str = "\
declare
    reader name;
begin
    if exists (select 1 from pg_catalog.pg_roles where rolname = hole_text_owner and (rolcanlogin or rolsuper or rolbypassrls)) then
        raise exception hole_text_;
    end if;
    foreach reader in array array[hole_list_readers]::name[] loop
        if exists (select 1 from pg_catalog.pg_roles where rolname = reader and (rolsuper or rolbypassrls)) then
            raise exception hole_text_, reader;
        end if;
        if pg_catalog.pg_has_role(reader, hole_text_owner, 'member') then
            raise exception hole_text_, reader;
        end if;
    end loop;
    if not pg_catalog.pg_has_role(current_user, hole_text_owner, 'usage') then
        execute pg_catalog.format('grant %I to current_user', hole_text_owner);
    end if;
end";

const REFERENCE: &str = "\
begin
    if not exists (select 1 from pg_catalog.pg_constraint where conrelid = to_regclass(hole_text_table) and conname = hole_text_constraint) then
        alter table hole_name_.hole_name_ add constraint hole_name_constraint foreign key (hole_name_)
            references hole_name_.hole_name_ (hole_name_);
    end if;
end";

const RESET_HEAD: &str = "(relation regclass) language plpgsql set search_path = pg_catalog, pg_temp as";

const RESET: &str = "\
declare
    found record;
begin
    for found in select polname from pg_policy where polrelid = relation loop
        execute format('drop policy %I on %s', found.polname, relation);
    end loop;
    for found in
        select distinct given.grantee, c.relowner
        from pg_class as c
        cross join lateral (
            select (aclexplode(c.relacl)).grantee
            union
            select (aclexplode(a.attacl)).grantee from pg_attribute as a where a.attrelid = c.oid and a.attacl is not null
        ) as given
        where c.oid = relation and given.grantee <> c.relowner
    loop
        execute format(
            'revoke all on table %s from %s', relation, case when found.grantee = 0 then 'public' else quote_ident(pg_get_userbyid(found.grantee)) end
        );
    end loop;
    if exists (select 1 from pg_class where oid = relation and relrowsecurity) then
        execute format('alter table %s no force row level security', relation);
        execute format('alter table %s disable row level security', relation);
    end if;
end";

const ASKS_HEAD: &str = "# variable_conflict use_column begin if pg_has_role(session_user, $1, 'member') then return query select";
const ASKS_TAIL: &str = "as entitled where entitled.hole_name_by = cast($1 as text); end if; end";

/// Reads a `do` block.
pub(super) fn done(body: &str, at: Span) -> Option<Done> {
    let body = tokens(body, at)?;
    if let Some(holes) = fits(ROLE, &body) {
        let role = holes.get("role")?.first()?.clone();
        return Some(Done::Role(role));
    }
    if fits(REFERENCE, &body).is_some() {
        return Some(Done::Reference);
    }
    let holes = fits(GUARD, &body)?;
    Some(Done::Guard { owner: holes.get("owner")?.first()?.clone(), readers: holes.get("readers")?.clone() })
}

/// Whether what follows the name of a procedure makes it the one that takes everything back.
pub(super) fn is_reset(rest: &[Token], at: Span) -> bool {
    let Some((body, head)) = rest.split_last() else { return false };
    let Kind::Body(body) = &body.kind else { return false };
    fits(RESET_HEAD, head).is_some() && tokens(body, at).is_some_and(|body| fits(RESET, &body).is_some())
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
