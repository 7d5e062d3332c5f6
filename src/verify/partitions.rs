//! Partitions of own tables: what each holds, and that nobody reaches one but through its table.

use super::bodies::same;
use super::compare::{Comparing, object};
use super::content::ident;
use super::lex::{Cursor, tokens};
use super::report::Side;
use super::world::{Kept, Name, PUBLIC, Relation, World};
use crate::base::Span;
use crate::ir::{Table, TableId, Type};

/// Partitions that are made where there are none of their names.
pub(super) fn made(world: &mut World, whole: &Name, parts: Vec<(Name, Option<(String, String)>)>, at: Span) -> Option<()> {
    let transaction = super::run::secured(world, whole, at)?.transaction;
    for (name, holds) in parts {
        (!world.relations.contains_key(&name) && world.schemas.contains_key(&name.0)).then_some(())?;
        world.relations.insert(name, Relation { part: Some((whole.clone(), holds)), ..Relation::new(Kept::Table, transaction, at) });
    }
    Some(())
}

/// Compares a table's partitions; gives their names.
pub(super) fn compare(comparing: &mut Comparing<'_>, id: TableId, table: &Table, name: &Name) -> Vec<Name> {
    let wanted = wanted(table, name);
    let because = comparing.expected.because(id);
    let mut found: Vec<(Span, Side, &'static str, Name, String)> = Vec::new();
    if let Some(relation) = comparing.world().relations.get(name)
        && table.own().is_some()
        && !spread(table, relation)
    {
        found.push((
            relation.at,
            Side::Differs,
            "",
            name.clone(),
            format!("`{}` is not spread over partitions as the program says", object(name)),
        ));
    }
    for (part, holds) in &wanted {
        let written = object(part);
        let Some(relation) = comparing.world().relations.get(part) else {
            found.push((Span::default(), Side::ProgramHasMore, "", part.clone(), format!("the partition `{written}` is not made")));
            continue;
        };
        if relation.part != Some((name.clone(), holds.clone())) {
            found.push((
                relation.at,
                Side::Differs,
                "",
                part.clone(),
                format!("the partition `{written}` does not hold what the program says"),
            ));
        }
        if comparing.expected.enforced() {
            let mut tell = |at, who: &'static str, says| found.push((at, Side::ArtifactHasMore, who, part.clone(), says));
            open(relation, comparing, &written, &mut tell);
            if comparing.expected.narrowed(id) && !(relation.enabled && relation.forced) {
                tell(relation.at, "", format!("row-level security of the partition `{written}` is not enabled, and forced on its owner"));
            }
        }
    }
    for (at, side, who, part, says) in found {
        comparing.push(at, side, who, "select", &object(&part), says, because);
    }
    wanted.into_iter().map(|(part, _)| part).collect()
}

/// The names of a table's partitions.
pub(super) fn names(table: &Table, name: &Name) -> Vec<Name> {
    wanted(table, name).into_iter().map(|(part, _)| part).collect()
}

/// What lets anybody but the owner at a partition itself.
fn open(relation: &Relation, comparing: &Comparing<'_>, written: &str, tell: &mut impl FnMut(Span, &'static str, String)) {
    if relation.owner != comparing.owner {
        tell(relation.at, "", format!("the partition `{written}` does not belong to its table's owner"));
    }
    if !relation.cleared {
        tell(relation.at, PUBLIC, format!("rights on the partition `{written}` that somebody gave before are not taken back"));
    }
    for right in &relation.rights {
        tell(right.at, "", format!("`{}` may reach the partition `{written}` past its table's grants and policies", right.to));
    }
    let owners = |p: &&super::world::Policy| p.to.len() == 1 && p.to.first() == comparing.owner.as_ref();
    for policy in relation.policies.iter().filter(|p| !owners(p)) {
        tell(policy.at, "", format!("a policy of the partition `{written}` is for somebody else than its owner"));
    }
}

/// Whether what stands behind a table's columns is what spreads its rows, or nothing.
fn spread(table: &Table, relation: &Relation) -> bool {
    let Some((content, at)) = relation.content.first() else { return false };
    let mut cursor = Cursor::new(content);
    if cursor.bracketed().is_none() {
        return false;
    }
    let by = table.own().and_then(|own| own.partitions.as_ref()).and_then(|p| table.columns.get(p.column as usize));
    let wanted = by.map_or(String::new(), |c| format!("partition by range ({})", ident(&c.name)));
    tokens(&wanted, *at).is_some_and(|wanted| same(cursor.rest(), &wanted))
}

fn wanted(table: &Table, name: &Name) -> Vec<(Name, Option<(String, String)>)> {
    let Some(partitions) = table.own().and_then(|own| own.partitions.as_ref()) else { return Vec::new() };
    let moment = table.columns.get(partitions.column as usize).is_some_and(|c| c.ty == Type::Timestamptz);
    let bound = |day: String| if moment { format!("{day} 00:00:00+00") } else { day };
    let parts = partitions.parts(&name.1).into_iter();
    parts.map(|p| ((name.0.clone(), p.name.as_str().to_owned()), p.days.map(|(low, high)| (bound(low), bound(high))))).collect()
}
