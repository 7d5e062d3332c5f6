//! `role r can read t.c masked by m`: that a role reads a value, and in no other form.

use super::Question;
use crate::access::Entry;
use crate::base::Ident;
use crate::check::values::{Told, Values};
use crate::diag::{Code, Diagnostic};
use crate::ir::{CategoryId, Edge, Form, FunctionKind, Label, Level, Program, TableId};

/// Why the test fails; `None`: it holds. Whoever reads a value as it is could mask it, so the test is about every way to it.
pub(super) fn failure(asked: &Question<'_>, by: &Ident, values: &Values) -> Option<Diagnostic> {
    let program = asked.program;
    let masking = program.maskings.iter().any(|m| m.name == *by);
    let masks: Vec<&str> = program.functions.iter().filter(|f| f.kind == FunctionKind::Mask).map(|f| &*f.name).collect();
    if !masking && !masks.contains(&by.as_str()) {
        let problem = Diagnostic::error(Code::UnknownName, asked.test.at, format!("no masking or mask is named `{by}`"));
        return Some(problem.suggest(by.as_str(), program.maskings.iter().map(|m| m.name.as_str()).chain(masks)));
    }
    if asked.column.is_none() && !masking {
        let problem = Diagnostic::error(Code::BadSetting, asked.test.at, format!("`{by}` masks a value, and `{}` is a table", asked.what));
        return Some(problem.help(format!("name a column, `{}.… masked by {by}`, or a masking", asked.what)));
    }
    let ways = ways(asked);
    if ways.is_empty() {
        return Some(asked.failed(&asked.can("cannot", ", masked or not")));
    }
    ways.into_iter().find_map(|(way, column)| {
        let wrong = form(program, values, way, column, by, masking)?;
        Some(asked.because(asked.failed(&asked.can("can", &wrong)), [way]))
    })
}

/// Every way to the table or its column: as itself, and as a masked twin, where the column may have another name.
fn ways<'q>(asked: &Question<'q>) -> Vec<(&'q Entry, Option<u32>)> {
    let mut all: Vec<_> = asked.ways(asked.table, asked.column).into_iter().map(|e| (e, asked.column)).collect();
    for twin in asked.program.twins.iter().filter(|t| t.base == asked.table) {
        match asked.column {
            None => all.extend(asked.ways(twin.table, None).into_iter().map(|e| (e, None))),
            Some(column) => {
                for of in made_of(asked.program, twin.table, (asked.table, column)) {
                    all.extend(asked.ways(twin.table, Some(of)).into_iter().map(|e| (e, Some(of))));
                }
            }
        }
    }
    all
}

/// The columns of a table that are computed from a column of another.
fn made_of(program: &Program, table: TableId, (base, column): (TableId, u32)) -> Vec<u32> {
    let of = |c: &crate::ir::Column| c.from.iter().any(|o| (o.table, o.column) == (base, column) && o.edge == Edge::Value);
    let columns = program.table(table).map_or(&[][..], |t| t.columns.as_slice());
    (0u32..).zip(columns).filter(|(_, c)| of(c)).map(|(position, _)| position).collect()
}

/// What is wrong with the form in which a line shows it.
fn form(program: &Program, values: &Values, way: &Entry, column: Option<u32>, by: &Ident, masking: bool) -> Option<String> {
    let twin_of = way.masked.as_ref().filter(|(_, m)| m == by);
    let Some(column) = column else { return twin_of.is_none().then(|| shown(program, way, None)) };
    if masking && twin_of.is_none() {
        return Some(shown(program, way, Some(column)));
    }
    let told = values.told(way.table, column);
    let masked = |t: &Told| t.masked.as_ref().and_then(|m| program.function(m.mask)).map(|f| &*f.name);
    if told.is_empty() {
        return Some(", which tells nothing that a mask could lower".to_owned());
    }
    let wrong = told.iter().find_map(|t| match masked(t) {
        Some(mask) if masking || mask == by.as_str() => None,
        Some(mask) => Some(format!(" masked by `{mask}`")),
        None => Some(shown(program, way, Some(column))),
    });
    wrong.or_else(|| more(program, told, (way.table, column), by))
}

/// What a column tells beside what the masks leave: a condition of a `case` asks for the value as it is, an argument keeps a mask from hiding anything.
fn more(program: &Program, told: &[Told], (table, column): (TableId, u32), by: &Ident) -> Option<String> {
    let left = told.iter().try_fold(Label::PUBLIC, |all, t| Some(all.join(&leaves(program, t)?)))?;
    let label = &program.table(table)?.columns.get(column as usize)?.label;
    // Of what goes along with a value, `date_shift`'s entity, labels say what is left.
    let along = told.iter().filter_map(|t| program.function(t.masked.as_ref()?.mask)?.transition.as_ref()).flat_map(|t| &t.with);
    let along = along.map(|(_, form)| *form).max().unwrap_or(Form::Public);
    let form = |c: &CategoryId| left.values().iter().find(|(have, _)| have == c).map_or(along, |(_, level)| level.form);
    let (category, level) = label.values().iter().find(|(c, level)| level.form > form(c))?;
    let name = program.category(*category).map_or("", |c| c.name.as_str());
    Some(format!(", which tells `{name}` as {}, and `{by}` leaves it {}", level.form.name(), form(category).name()))
}

/// The label that a mask leaves of a value. `None`: nothing is known of the mask.
fn leaves(program: &Program, told: &Told) -> Option<Label> {
    let transition = program.function(told.masked.as_ref()?.mask)?.transition.as_ref()?;
    let base = &program.table(told.value.table)?.columns.get(told.value.column as usize)?.label;
    let lowers = |c: CategoryId| transition.lowers.is_empty() || transition.lowers.contains(&c);
    let left = |c, level: Level| if lowers(c) { Level::of(level.form.min(transition.to)) } else { level };
    Some(base.map_values(left).value_part())
}

fn shown(program: &Program, way: &Entry, column: Option<u32>) -> String {
    let table = program.table(way.table);
    let name = table.map_or("", |t| t.name.as_str());
    let column = column.and_then(|c| table?.columns.get(c as usize)).map_or(String::new(), |c| format!(".{}", c.name));
    match &way.masked {
        Some((_, masking)) => format!(" as `{name}{column}`, masked by `{masking}`"),
        None => format!(" as `{name}{column}` tells it, without such a mask"),
    }
}
