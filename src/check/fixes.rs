//! What would do: masks computed from the mask table, for the column or the condition that tells too much.

use super::body::Means;
use super::path::{self, ControlWay, Hop};
use crate::ir::{CategoryId, Clearance, Column, Form, FunctionKind, Level, Program, Table, TableId, TableKind, Type};
use std::cmp::Reverse;

/// What makes a column admissible, the likeliest first.
pub(super) fn for_value(
    program: &Program,
    clearance: Option<&Clearance>,
    at: (TableId, u32),
    excess: &[(CategoryId, Level)],
) -> Vec<String> {
    let Some((table, column)) = path::column_of(program, at.0, at.1) else { return Vec::new() };
    if excess.iter().all(|(c, _)| *c == CategoryId::UNCLASSIFIED) {
        let way = path::value_way(program, at, CategoryId::UNCLASSIFIED);
        let source = way.first().map(|h| path::qualified(program, h.table, h.column)).unwrap_or_default();
        return vec![format!(
            "say what `{source}` tells with `@category`, or `@public` if it tells nothing; `pipec classify` proposes one"
        )];
    }
    let none = || vec!["no mask makes this value admissible here: drop the column, or send it to a sink that is cleared for it".to_owned()];
    let categories: Vec<CategoryId> = excess.iter().map(|(c, _)| *c).collect();
    if is_stored(table) || column.intact.is_some() {
        let masks = masks(program, clearance, column, &categories);
        return if masks.is_empty() { none() } else { vec![format!("mask it with {}, or drop the column", either(&masks))] };
    }
    // A mask takes a column as it is: it has to be applied before the value is computed.
    let mut help: Vec<String> = Vec::new();
    for category in categories {
        let way = path::value_way(program, at, category);
        let Some(whole) = whole(program, &way) else { continue };
        let Some((_, column)) = path::column_of(program, whole.table, whole.column) else { continue };
        let masks = masks(program, clearance, column, &[category]);
        if !masks.is_empty() {
            let name = path::qualified(program, whole.table, whole.column);
            let last = way.iter().flat_map(|h| &h.means).find_map(|m| if let Means::Mask(mask, _) = m { Some(&mask.name) } else { None });
            let when = last.map_or_else(|| "before it is computed with".to_owned(), |mask| format!("instead of `{mask}`"));
            help.push(format!("mask `{name}` with {} {when}, or drop the column", either(&masks)));
        }
    }
    help.dedup();
    if help.is_empty() { none() } else { help }
}

/// What makes a condition admissible: to ask about less.
pub(super) fn for_control(program: &Program, clearance: Option<&Clearance>, way: &ControlWay<'_>, category: CategoryId) -> Vec<String> {
    let Some((hop, column)) = way.value.last().and_then(|h| Some((h, path::column_of(program, h.table, h.column)?.1))) else {
        return Vec::new();
    };
    // Presence and a constant say nothing worth asking about.
    let masks = ranked(masks_of(program, clearance, column, &[category]).filter(|(_, named, _)| *named));
    if masks.is_empty() {
        return Vec::new();
    }
    let name = path::qualified(program, hop.table, hop.column);
    vec![format!("ask about less: compare what {} of `{name}` leaves", either(&masks))]
}

/// The last column on the way that a mask takes.
fn whole<'w, 'p>(program: &Program, way: &'w [Hop<'p>]) -> Option<&'w Hop<'p>> {
    way.iter().rev().find(|h| path::column_of(program, h.table, h.column).is_some_and(|(t, c)| is_stored(t) || c.intact.is_some()))
}

fn is_stored(table: &Table) -> bool {
    matches!(table.kind, TableKind::Source(_) | TableKind::Seed(_))
}

/// More masks than these are named by nobody's message: the reference lists all.
const MOST_MASKS: usize = 4;

/// A mask that would do: the form it leaves, whether it is made for these categories, its name.
type Fits<'p> = (Form, bool, &'p str);

/// Masks that would do: those made for these categories first, then those that leave the most, for nobody who needs to tell patients apart is helped
/// by `REDACTED`; of the same form in the order they are declared.
fn masks<'p>(program: &'p Program, clearance: Option<&Clearance>, column: &Column, categories: &[CategoryId]) -> Vec<&'p str> {
    let mut names = ranked(masks_of(program, clearance, column, categories));
    names.truncate(MOST_MASKS);
    names
}

fn ranked<'p>(all: impl Iterator<Item = Fits<'p>>) -> Vec<&'p str> {
    let mut all: Vec<Fits<'p>> = all.collect();
    all.sort_by_key(|(form, named, _)| (!named, Reverse(*form)));
    let mut names: Vec<&str> = Vec::new();
    for (_, _, name) in all {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// Masks that take a column's type and leave of every category only what the clearance admits.
fn masks_of<'p>(
    program: &'p Program,
    clearance: Option<&Clearance>,
    column: &Column,
    categories: &[CategoryId],
) -> impl Iterator<Item = Fits<'p>> {
    let functions = program.functions.iter().filter(|f| f.kind == FunctionKind::Mask);
    functions.filter(|f| f.params.first().is_some_and(|p| same_kind(&p.ty, &column.ty))).filter_map(move |f| {
        let transition = f.transition.as_ref()?;
        let does = |c: &CategoryId| {
            (transition.lowers.is_empty() || transition.lowers.contains(c))
                && clearance.is_some_and(|k| k.admits(*c, Level::of(transition.to)))
        };
        categories.iter().all(does).then_some((transition.to, !transition.lowers.is_empty(), &*f.name))
    })
}

fn same_kind(parameter: &Type, column: &Type) -> bool {
    match (parameter, column) {
        (Type::Variable(_) | Type::Any, _) | (Type::Text(_), Type::Text(_)) | (Type::Numeric(_), Type::Numeric(_)) => true,
        (a, b) => a == b,
    }
}

/// `` `a`, `b` or `c` ``
fn either(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|n| format!("`{n}`")).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
        None => String::new(),
    }
}
