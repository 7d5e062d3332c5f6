//! What would do: masks computed from the mask table, for the column or the condition that tells too much.

use super::body::Means;
use super::json_path;
use super::path::{self, ControlWay, Hop};
use crate::ir::{
    CategoryId, Clearance, Expr, ExprKind, Form, FunctionKind, JsonShape, Level, ModelRole, Program, SetExpr, Table, TableId, TableKind,
    Type, find,
};
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
        return path::value_way(program, at, CategoryId::UNCLASSIFIED).first().map(|h| classify(program, h)).into_iter().collect();
    }
    let none = || vec!["no mask makes this value admissible here: drop the column, or send it to a sink that is cleared for it".to_owned()];
    let categories: Vec<CategoryId> = excess.iter().map(|(c, _)| *c).collect();
    if is_stored(table) || column.intact.is_some() {
        let masks = masks(program, clearance, &column.ty, &categories);
        return if masks.is_empty() { none() } else { vec![format!("mask it with {}, or drop the column", either(&masks))] };
    }
    if let Some(help) = groups(table, at.1, clearance) {
        return vec![help];
    }
    // A mask takes a column as it is: it has to be applied before the value is computed.
    let mut help: Vec<String> = Vec::new();
    for category in categories {
        let way = path::value_way(program, at, category);
        let Some(whole) = whole(program, &way) else { continue };
        let Some(ty) = read(program, whole) else { continue };
        let masks = masks(program, clearance, ty, &[category]);
        if !masks.is_empty() {
            let name = path::called(program, whole);
            let last = way.iter().flat_map(|h| &h.means).find_map(|m| if let Means::Mask(mask, _) = m { Some(&mask.name) } else { None });
            let when = last.map_or_else(|| "before it is computed with".to_owned(), |mask| format!("instead of `{mask}`"));
            help.push(format!("mask `{name}` with {} {when}, or drop the column", either(&masks)));
        }
    }
    help.dedup();
    if help.is_empty() {
        help = none();
    }
    help.extend(counted(program, table, at.1, clearance));
    help
}

/// A count of people, for a reader that is cleared for no figures at all: by which way it is told at all.
fn counted(program: &Program, table: &Table, position: u32, clearance: Option<&Clearance>) -> Option<String> {
    let TableKind::Model(model) = &table.kind else { return None };
    let SetExpr::Select(select) = &model.query.body else { return None };
    let counts = |e: &Expr| match &e.kind {
        ExprKind::Aggregate(call) => call.distinct && program.function(call.function).is_some_and(|f| &*f.name == "count"),
        _ => false,
    };
    find(&select.items.get(position as usize)?.expr, &counts)?;
    clearance.is_none_or(|c| c.aggregated.is_none()).then(|| {
        "how many people there are is a figure: make it a metric in a fact with `min_group 11 of subject <subject>`, and send that to a sink with a clearance like `aggregated(11)`".to_owned()
    })
}

/// A figure, for a reader that is cleared for figures over so many people.
fn groups(table: &Table, position: u32, clearance: Option<&Clearance>) -> Option<String> {
    let TableKind::Model(model) = &table.kind else { return None };
    let k = clearance?.aggregated?;
    if model.role == ModelRole::Fact {
        let figure = table.columns.get(position as usize).is_some_and(|c| c.name.as_str() == "value");
        return figure.then(|| {
            format!("leave small groups out: `min_group {k} of <subject>` behind `from metrics`, with a `subject` in each metric")
        });
    }
    let SetExpr::Select(select) = &model.query.body else { return None };
    let item = select.items.get(position as usize)?;
    find(&item.expr, &|e| matches!(e.kind, ExprKind::Aggregate(_)))?;
    Some(format!("tell it of groups alone, `having count(distinct <the column that names each person>) >= {k}`, or drop the column"))
}

/// Where to say what a value tells: beside the column, or, inside typed JSON, beside the field of the type.
fn classify(program: &Program, hop: &Hop<'_>) -> String {
    let unsaid = path::column_of(program, hop.table, hop.column).and_then(|(_, column)| {
        let Type::Json(shape) = &column.ty else { return None };
        Some((shape, json_path::telling(program, &column.ty, &hop.steps, CategoryId::UNCLASSIFIED)?))
    });
    let proposes = "or `@public` if it tells nothing; `pipec classify` proposes one";
    match unsaid {
        None => format!("say what `{}` tells with `@category`, {proposes}", path::called(program, hop)),
        Some((shape, telling)) => {
            let source = format!("{}{}", path::called(program, hop), telling.path);
            match telling.field {
                // A type of a library is not the project's to change.
                Some((of, field)) if of.module.is_empty() => {
                    let called = &field.name;
                    format!("say what `{source}` tells with `@category` behind `{called}` in `type {}`, {proposes}", of.name)
                }
                None if *shape == JsonShape::Any => {
                    let column = path::qualified(program, hop.table, hop.column);
                    format!(
                        "give `{column}` a type, `json<Name>`, and say there what each path tells, as `pipec classify` proposes; or say with `@category` what all of it tells"
                    )
                }
                _ => format!(
                    "say beside `{}` what it tells with `@category`: of `{source}` nobody has said it",
                    path::qualified(program, hop.table, hop.column)
                ),
            }
        }
    }
}

/// What makes a condition admissible: to ask about less.
pub(super) fn for_control(program: &Program, clearance: Option<&Clearance>, way: &ControlWay<'_>, category: CategoryId) -> Vec<String> {
    let Some((hop, ty)) = way.value.last().and_then(|h| Some((h, read(program, h)?))) else { return Vec::new() };
    // Presence and a constant say nothing worth asking about.
    let masks = ranked(masks_of(program, clearance, ty, &[category]).filter(|(_, named, _)| *named));
    if masks.is_empty() {
        return Vec::new();
    }
    let name = path::called(program, hop);
    vec![format!("ask about less: compare what {} of `{name}` leaves", either(&masks))]
}

/// The type of what goes on from a hop.
fn read<'p>(program: &'p Program, hop: &Hop<'p>) -> Option<&'p Type> {
    let (_, column) = path::column_of(program, hop.table, hop.column)?;
    if hop.steps.is_empty() { Some(&column.ty) } else { json_path::scalar(program, &column.ty, &hop.steps).or(Some(&column.ty)) }
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
fn masks<'p>(program: &'p Program, clearance: Option<&Clearance>, ty: &Type, categories: &[CategoryId]) -> Vec<&'p str> {
    let mut names = ranked(masks_of(program, clearance, ty, categories));
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
    ty: &Type,
    categories: &[CategoryId],
) -> impl Iterator<Item = Fits<'p>> {
    // Those for test data are nobody's way out.
    let functions = program.functions.iter().filter(|f| f.kind == FunctionKind::Mask && !f.name.starts_with("fake_"));
    functions.filter(|f| f.params.first().is_some_and(|p| same_kind(&p.ty, ty))).filter_map(move |f| {
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
        // Numbers that every value of a smaller type has.
        (Type::BigInt | Type::Numeric(_), Type::SmallInt | Type::Integer) => true,
        (Type::Integer, Type::SmallInt) | (Type::Numeric(_), Type::BigInt) => true,
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
