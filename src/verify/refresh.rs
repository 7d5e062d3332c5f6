//! Materialized views: one that is there as the program has it is refreshed, any other is made anew. A comment on it marks of what it was made; a
//! mark is nobody's right, but what asks for it and what writes it have to mean the same one.

use super::bodies::{Done, done, fits};
use super::jinja::Value;
use super::lex::{Cursor, Item, Kind, Statement, items, tokens};
use super::world::{Kept, Name};
use super::{Artifacts, Reading};
use crate::base::{FileId, Span};
use std::collections::BTreeSet;

/// Where plain SQL refreshes between builds; no part of a build.
pub(super) const BETWEEN: &str = "sql/postgres/refresh.sql";

const IS_THERE: &str = "\
select exists (
    select 1 from pg_catalog.pg_class
    where oid = to_regclass(hole_text_view) and relkind = 'm' and obj_description(oid, 'pg_class') = hole_text_mark
) as is_there";

/// Whether it is a mark of what a view was made of.
fn is_mark(text: &str) -> bool {
    text.strip_prefix("pipec: made of ").is_some_and(|hash| !hash.is_empty() && hash.chars().all(|c| c.is_ascii_alphanumeric()))
}

/// `refresh materialized view [concurrently] schema.name`
fn refreshed(statement: &Statement) -> Option<Name> {
    let mut cursor = Cursor::new(&statement.tokens);
    cursor.must("refresh materialized view")?;
    cursor.is("concurrently");
    let name = cursor.qualified()?;
    cursor.end()?;
    Some(name)
}

/// What psql runs of `select … as is_there \gset begin; \if :is_there refresh … \else drop … create … comment … \endif` where the view is not
/// there, and what comes after. Where it is, its rights are what they were, and the same statements after this take them back.
pub(super) fn block(all: &[Item]) -> Option<(Vec<&Statement>, &[Item])> {
    let [
        Item::Statement(asks),
        Item::Meta(gset, _),
        Item::Statement(begin),
        Item::Meta(is_there, _),
        Item::Statement(refresh),
        Item::Meta(other, _),
        rest @ ..,
    ] = all
    else {
        return None;
    };
    (gset == "gset" && is_there == "if :is_there" && other == "else").then_some(())?;
    let mut opens = Cursor::new(&begin.tokens);
    opens.must("begin")?;
    opens.end()?;
    let holes = fits(IS_THERE, &asks.tokens)?;
    let mark = holes.get("mark")?.first().filter(|m| is_mark(m))?;
    let written = tokens(holes.get("view")?.first()?, asks.at)?;
    let mut named = Cursor::new(&written);
    let view = named.qualified()?;
    named.end()?;
    (refreshed(refresh)? == view).then_some(())?;
    let (made, rest) = rest.split_at_checked(rest.iter().position(|i| matches!(i, Item::Meta(..)))?)?;
    let [Item::Meta(endif, _), rest @ ..] = rest else { return None };
    (endif == "endif").then_some(())?;
    let made: Vec<&Statement> = made.iter().map(|i| if let Item::Statement(s) = i { Some(s) } else { None }).collect::<Option<_>>()?;
    makes(&made, &view, mark)?;
    // The comment, which comes last, is the mark.
    let (_, made) = made.split_last()?;
    Some((std::iter::once(begin).chain(made.iter().copied()).collect(), rest))
}

/// Way is made for it, the view is made with its indexes, and marked.
fn makes(made: &[&Statement], view: &Name, mark: &str) -> Option<()> {
    let [way, create, indexes @ .., comment] = made else { return None };
    let mut block = Cursor::new(&way.tokens);
    block.must("do")?;
    let Done::MakesWay { of, .. } = done(&block.body()?, way.at)? else { return None };
    (of == *view).then_some(())?;
    let after = |statement: &'_ Statement, words: &str| {
        let mut cursor = Cursor::new(&statement.tokens);
        cursor.must(words)?;
        (cursor.qualified()? == *view).then_some(cursor.rest().to_vec())
    };
    after(create, "create materialized view")?;
    indexes.iter().all(|i| after(i, "create unique index on").or_else(|| after(i, "create index on")).is_some()).then_some(())?;
    let marked = after(comment, "comment on materialized view")?;
    matches!(marked.as_slice(), [is, text] if is.kind == Kind::Word("is".to_owned()) && text.kind == Kind::Text(mark.to_owned()))
        .then_some(())
}

/// The file that refreshes between builds: each materialized view that the scripts made, once, and nothing else.
pub(super) fn between(artifacts: &Artifacts<'_>, file: Option<FileId>, reading: &mut Reading) {
    let there: BTreeSet<Name> =
        reading.world.relations.iter().filter(|(_, r)| r.kept == Kept::Materialized).map(|(n, _)| n.clone()).collect();
    let Some(file) = file else {
        if !there.is_empty() {
            reading.missing.push(BETWEEN.to_owned());
        }
        return;
    };
    let mut left = there;
    for item in items(file, artifacts.sources.text(file), 0) {
        match item {
            Item::Statement(statement) => {
                if !refreshed(&statement).is_some_and(|view| left.remove(&view)) {
                    reading.world.unread(statement.at, format!("a statement of `{BETWEEN}`"));
                }
            }
            Item::Meta(_, at) => reading.world.unread(at, "psql's command"),
            Item::Broken(at) => reading.world.unread(at, "a quote that nothing closes"),
        }
    }
    for (schema, own) in left {
        reading.world.unread(Span::new(file, 0, 0), format!("why `{schema}.{own}` is not refreshed"));
    }
}

/// Whether a model of dbt says and leaves a mark if it is a materialized view, and else does not; takes the hook that leaves it away.
pub(super) fn marked(meta: Option<&Value>, kept: Kept, hooks: &mut Vec<String>) -> bool {
    if kept != Kept::Materialized {
        return meta.is_none();
    }
    let Some(Value::Other(written)) = meta else { return false };
    let mark = written.strip_prefix("{'pipec_definition': '").and_then(|m| m.strip_suffix("'}"));
    let Some(mark) = mark.filter(|m| is_mark(m)) else { return false };
    let leaves = format!("comment on materialized view {{{{ this }}}} is '{mark}'");
    let before = hooks.len();
    hooks.retain(|hook| *hook != leaves);
    hooks.len() + 1 == before
}
