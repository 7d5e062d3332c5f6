//! What one principal reads of each stored value, over all sinks together.

use super::principals::{Principal, Reads};
use super::values::{Call, Masked, Told, Value, Values};
use crate::diag::Diagnostic;
use crate::ir::{CategoryId, Form, Level, Program, TableKind, Type};
use std::collections::BTreeMap;

/// A column that tells of a value.
pub(super) struct Seen<'s> {
    /// The column, and where it is read.
    pub(super) reads: &'s Reads,
    /// What it tells of.
    pub(super) told: &'s Told,
    /// How much it tells of it, outside aggregates.
    pub(super) forms: Vec<(CategoryId, Form)>,
}

impl Seen<'_> {
    pub(super) fn masked(&self) -> Option<&Masked> {
        self.told.masked.as_deref()
    }

    /// The mask and its arguments; `None`: the value is there as it is.
    pub(super) fn call<'c>(&'c self, program: &'c Program) -> Option<Call<'c>> {
        Some(self.masked()?.call(program))
    }

    pub(super) fn is_stand_in(&self, program: &Program) -> bool {
        self.call(program).is_some_and(|c| c.stands_in)
    }

    /// Whether it is the value, changed by what is drawn for an entity: a day that is moved.
    pub(super) fn is_drawn_for(&self, program: &Program) -> bool {
        self.call(program).is_some_and(|c| c.drawn_for)
    }

    /// Whether it is a number drawn for the value: a crosswalk keeps it, and no domain parts it from others.
    pub(super) fn is_drawn(&self, program: &Program) -> bool {
        let function = self.masked().and_then(|m| program.function(m.mask));
        function.is_some_and(|f| f.params.iter().any(|p| &*p.name == "crosswalk"))
    }
}

/// What tells of each value.
pub(super) type ByValue<'s> = BTreeMap<Value, Vec<Seen<'s>>>;

/// By value, each under its one name.
pub(super) fn of<'s>(program: &Program, values: &'s Values, principal: &'s Principal<'_>) -> ByValue<'s> {
    let mut seen: ByValue<'s> = BTreeMap::new();
    for reads in &principal.reads {
        for told in values.told(reads.table, reads.column) {
            let forms = forms(program, reads, &told.value);
            if !forms.is_empty() {
                seen.entry(values.root(&told.value)).or_default().push(Seen { reads, told, forms });
            }
        }
    }
    seen
}

/// The values that a principal gets as they are by somebody's release, although labels tell nothing of them: to hold against their stand-ins.
pub(super) fn released<'s>(values: &'s Values, principal: &'s Principal<'_>) -> ByValue<'s> {
    let mut seen: ByValue<'s> = BTreeMap::new();
    for reads in &principal.reads {
        for told in values.released(reads.table, reads.column) {
            seen.entry(values.root(&told.value)).or_default().push(Seen { reads, told, forms: Vec::new() });
        }
    }
    seen
}

/// The masks that are asked about behind what a principal reads, by value: each once. Labels say whether anything of it is told: what only is structure
/// leaves no control.
pub(super) fn asked<'s>(program: &Program, values: &'s Values, principal: &'s Principal<'_>) -> ByValue<'s> {
    let mut seen: BTreeMap<Value, BTreeMap<&'s Told, Seen<'s>>> = BTreeMap::new();
    for reads in &principal.reads {
        for told in values.asked(reads.table, reads.column) {
            let forms = of_value(program, reads.label.values().iter().chain(reads.label.controls()), &told.value);
            if !forms.is_empty() {
                seen.entry(values.root(&told.value)).or_default().entry(told).or_insert(Seen { reads, told, forms });
            }
        }
    }
    seen.into_iter().map(|(value, all)| (value, all.into_values().collect())).collect()
}

/// What the column tells of the categories that the value tells; of JSON only the column that reads a path knows them.
fn forms(program: &Program, reads: &Reads, value: &Value) -> Vec<(CategoryId, Form)> {
    of_value(program, reads.label.values().iter(), value)
}

fn of_value<'l>(program: &Program, told: impl Iterator<Item = &'l (CategoryId, Level)>, value: &Value) -> Vec<(CategoryId, Form)> {
    let source = program.table(value.table).and_then(|t| t.columns.get(value.column as usize));
    let own = source.filter(|c| !matches!(c.ty, Type::Json(_))).map(|c| c.label.values());
    let its = |category: CategoryId| own.is_none_or(|own| own.iter().any(|(c, _)| *c == category));
    let form = |(category, level): &(CategoryId, Level)| (level.form > Form::Public && its(*category)).then_some((*category, level.form));
    told.filter_map(form).collect()
}

/// `clinic.patients.id`, with the path into it.
pub(super) fn value_name(program: &Program, value: &Value) -> String {
    let name = program.table(value.table).map_or_else(String::new, |t| match &t.kind {
        TableKind::Source(source) => format!("{}.{}", source.source, t.name),
        _ => t.name.to_string(),
    });
    let column = program.table(value.table).and_then(|t| t.columns.get(value.column as usize)).map_or("", |c| c.name.as_str());
    format!("{name}.{column}{}", value.part)
}

/// The value that two columns tell of: with indexes and filters where both mean one element by the same ones.
pub(super) fn told_name(program: &Program, value: &Value, a: &Seen<'_>, b: &Seen<'_>) -> String {
    if a.told.value == *value && b.told.value == *value && a.told.written() == b.told.written() {
        return value_name(program, &Value { part: a.told.written().into(), ..value.clone() });
    }
    value_name(program, value)
}

/// Why two columns tell of one value, where they do not read it by one name.
pub(super) fn one_value(program: &Program, problem: Diagnostic, a: &Seen<'_>, b: &Seen<'_>) -> Diagnostic {
    let name = |s: &Seen<'_>| value_name(program, &Value { part: s.told.written().into(), ..s.told.value.clone() });
    let (one, two) = (name(a), name(b));
    if one == two {
        return problem;
    }
    if a.told.value == b.told.value {
        return problem
            .help(format!("`{one}` and `{two}` may be one element: only filters by one field that name different texts keep them apart"));
    }
    problem.help(format!("`{one}` and `{two}` are one value: a reference, or a comparison, says so"))
}

/// `patient_anon.id`
pub(super) fn column_name(program: &Program, reads: &Reads) -> String {
    let table = program.table(reads.table);
    let column = table.and_then(|t| t.columns.get(reads.column as usize)).map_or("", |c| c.name.as_str());
    format!("{}.{column}", table.map_or("", |t| t.name.as_str()))
}

/// Where a column is written.
pub(super) fn column_at(program: &Program, reads: &Reads) -> crate::base::Span {
    program.table(reads.table).and_then(|t| t.columns.get(reads.column as usize)).map_or(reads.at, |c| c.at)
}
