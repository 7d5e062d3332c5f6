use super::Cx;
use crate::base::Ident;
use crate::diag::{Code, Diagnostic};
use crate::ir::{CategoryId, Column, Form, Kin, Materialization, Table, TableKind, Type};
use crate::resolve::PendingModel;
use std::borrow::Cow;
use std::collections::BTreeSet;

/// Whether a column holds the numbers of an incremental model, `id: patient_id`.
pub(super) fn is_number(table: &Table, column: &Ident) -> bool {
    matches!(&table.kind, TableKind::Model(model) if model.number() == Some(column))
}

/// The columns that together name what a row of a model stands for: the key that numbers are given to, where it is said why rows of one key are one
/// thing. Without a reason nobody has said so: rows that have a name and a day of birth in common tell that these are equal.
pub(super) fn own_key(model: &PendingModel<'_>) -> Vec<Ident> {
    match &model.materialization {
        Materialization::Incremental { id: Some(_), because: Some(_), key, .. } => key.clone(),
        _ => Vec::new(),
    }
}

/// A declared key of a table.
pub(super) struct Key<'t> {
    /// The places of its columns.
    pub(super) columns: Cow<'t, [u32]>,
    /// Whether its columns together name a thing, whatever they tell: numbers are given to it, with a reason.
    pub(super) named: bool,
}

/// The declared keys of a table: its own, and the one its numbers are given to.
pub(super) fn keys_of(table: &Table) -> impl Iterator<Item = Key<'_>> {
    let place = |name: &Ident| table.columns.iter().position(|c| c.name == *name).and_then(|p| u32::try_from(p).ok());
    let given: Option<Vec<u32>> = number_of(table).and_then(|(_, key)| key.iter().map(place).collect());
    let named =
        matches!(&table.kind, TableKind::Model(m) if matches!(m.materialization, Materialization::Incremental { because: Some(_), .. }));
    let own = Key { columns: Cow::Borrowed(table.key.as_slice()), named: false };
    [own].into_iter().chain(given.map(|key| Key { columns: Cow::Owned(key), named }))
}

/// The column with the numbers, and the key they are given to.
fn number_of(table: &Table) -> Option<(&Ident, &[Ident])> {
    match &table.kind {
        TableKind::Model(model) => match &model.materialization {
            Materialization::Incremental { id: Some(id), key, .. } => Some((id, key)),
            _ => None,
        },
        _ => None,
    }
}

/// Makes the column of numbers one that is stored here: what it tells is what is said of it, beside what its order tells. A number stands for
/// the key it was given to, so it has to say what that is: nothing else would tell a mask, or a sink, that it names a person.
pub(super) fn settle(cx: &Cx<'_>, table: &mut Table) {
    let Some((id, key)) = number_of(table) else { return };
    let (id, key) = (id.clone(), key.to_vec());
    let keys = table.columns.iter().filter(|c| key.contains(&c.name));
    let told: BTreeSet<CategoryId> = keys.flat_map(|c| c.label.values()).map(|(category, _)| *category).collect();
    let name = table.name.clone();
    let Some(column) = table.columns.iter_mut().find(|c| c.name == id) else {
        let problem =
            Diagnostic::error(Code::UnknownColumn, table.at, format!("`{name}` keeps its numbers in `{id}`, which it does not yield"));
        cx.error(problem.help(format!("add `{id} = row_number() over (order by …)  @record_id`")));
        return;
    };
    if let Some(problem) = refused(cx, column, &told) {
        cx.error(problem);
    }
    column.intact = None;
    column.chosen = false;
    column.kin = Kin::OWN;
}

fn refused(cx: &Cx<'_>, column: &Column, told: &BTreeSet<CategoryId>) -> Option<Diagnostic> {
    let name = &column.name;
    if !matches!(column.ty, Type::SmallInt | Type::Integer | Type::BigInt | Type::Error | Type::Unknown) || column.nullable {
        let problem =
            Diagnostic::error(Code::BadNumber, column.at, format!("the numbers in `{name}` are whole and never NULL, not {}", column.ty));
        return Some(problem.help(format!("write `{name} = row_number() over (order by …)`")));
    }
    if !told.is_empty() && column.label.value_part().is_public() {
        let problem =
            Diagnostic::error(Code::BadNumber, column.at, format!("`{name}` stands for a key that tells something, and says nothing"));
        return Some(problem.help("say what it stands for, such as `@record_id`, behind the expression"));
    }
    if !stands_for(cx, column, told) {
        let missing: Vec<String> = told.iter().filter_map(|c| cx.program.category(*c)).map(|c| format!("`{}`", c.name)).collect();
        let message = format!("`{name}` stands for a key that tells {}, and says something else", missing.join(", "));
        let problem = Diagnostic::error(Code::BadNumber, column.at, message);
        return Some(problem.help("a number is a stand-in of its key: say `@record_id`, or what the key tells, behind the expression"));
    }
    None
}

/// Whether numbers say that they stand for their key: they tell all that it tells, as a pseudonym at least, or that they are numbers of a record,
/// (H) or (R) of Safe Harbor. Who is cleared for another category alone would read which keys are equal.
fn stands_for(cx: &Cx<'_>, column: &Column, told: &BTreeSet<CategoryId>) -> bool {
    let values = column.label.values();
    let said = |category: &CategoryId| values.iter().any(|(c, level)| c == category && level.form >= Form::Pseudonym);
    let record = |category: &CategoryId| cx.program.category(*category).is_some_and(|c| matches!(c.safe_harbor, Some('H' | 'R')));
    told.iter().all(said) || values.iter().any(|(c, _)| record(c) && said(c))
}
