//! Rule 12. A table has the rows that the last build left in it, and an incremental one those of builds before, too: they may have been made before a
//! mask or a label changed. So a table remembers under which ones its rows were made, and exports refuse what is left of others until it has been
//! built anew.

use super::Checked;
use super::seen::value_name;
use super::values::{Masked, Told, Value, Values};
use crate::access::exported;
use crate::base::short_digest;
use crate::ir::{CategoryId, Column, Dialect, Level, Materialization, ModelRole, Program, TableId, TableKind};
use std::collections::{BTreeMap, BTreeSet};

/// What tables are marked with: equal marks mean equal masks and labels, all the way from the sources.
pub struct Marks {
    /// Incremental tables.
    kept: BTreeMap<TableId, String>,
    /// All that is built of what exports send.
    sent: BTreeMap<TableId, String>,
}

impl Marks {
    /// Reads them off a program; costs nothing where no table is incremental and no export runs.
    pub fn of(program: &Checked) -> Marks {
        Marks::read(program.program())
    }

    /// The same of a program that no check has seen: to compare, not to emit.
    pub fn read(program: &Program) -> Marks {
        let incremental: Vec<TableId> = program.tables().filter(|(_, t)| is_incremental(&t.kind)).map(|(id, _)| id).collect();
        let sent: Vec<TableId> = upstream(program, exported(program).into_keys()).into_iter().filter(|t| is_built(program, *t)).collect();
        if incremental.is_empty() && sent.is_empty() {
            return Marks { kept: BTreeMap::new(), sent: BTreeMap::new() };
        }
        let values = Values::of(program);
        let marked = |ids: Vec<TableId>| ids.into_iter().map(|id| (id, mark(program, &values, id))).collect();
        Marks { kept: marked(incremental), sent: marked(sent) }
    }

    /// The mark of a table; `None` where it is built anew every time.
    pub fn get(&self, table: TableId) -> Option<&str> {
        self.kept.get(&table).map(String::as_str)
    }

    /// The incremental tables whose rows can have reached these: themselves, and what they are built from.
    pub fn behind(&self, program: &Program, tables: impl IntoIterator<Item = TableId>) -> Vec<(TableId, &str)> {
        upstream(program, tables).into_iter().filter_map(|id| Some((id, self.get(id)?))).collect()
    }

    /// The mark of what is built and behind an export.
    pub fn sent(&self, table: TableId) -> Option<&str> {
        self.sent.get(&table).map(String::as_str)
    }

    /// What a build of this table reads rows from: tables, and views with what these read rows from.
    pub fn read_by(&self, program: &Program, table: TableId) -> Vec<(TableId, &str)> {
        self.standing(program, program.table(table).into_iter().flat_map(|t| t.reads.iter().copied()))
    }

    /// Tables, and views with what these read rows from, as they stand in the warehouse: who asks one of these gets rows of all of them.
    pub fn standing(&self, program: &Program, tables: impl IntoIterator<Item = TableId>) -> Vec<(TableId, &str)> {
        let mut seen: BTreeSet<TableId> = BTreeSet::new();
        let mut next: Vec<TableId> = tables.into_iter().collect();
        while let Some(id) = next.pop() {
            let Some(table) = program.table(id).filter(|_| seen.insert(id)) else { continue };
            if !keeps_rows(&table.kind) {
                next.extend(table.reads.iter().copied());
            }
        }
        seen.into_iter().filter_map(|id| Some((id, self.sent(id)?))).collect()
    }
}

/// These, and all that they are built from.
fn upstream(program: &Program, tables: impl IntoIterator<Item = TableId>) -> BTreeSet<TableId> {
    let mut seen: BTreeSet<TableId> = BTreeSet::new();
    let mut next: Vec<TableId> = tables.into_iter().collect();
    while let Some(id) = next.pop() {
        if seen.insert(id) {
            next.extend(program.table(id).into_iter().flat_map(|t| t.reads.iter().copied()));
        }
    }
    seen
}

/// Whether a build leaves something of it in the warehouse, in plain SQL and in dbt.
fn is_built(program: &Program, table: TableId) -> bool {
    program.table(table).is_some_and(|t| match &t.kind {
        TableKind::Seed(_) => true,
        TableKind::Source(_) => false,
        TableKind::Model(model) => model.role != ModelRole::Query && model.materialization != Materialization::Ephemeral,
    })
}

/// Whether it has rows of its own, and not those of what it reads at the moment.
fn keeps_rows(kind: &TableKind) -> bool {
    match kind {
        TableKind::Seed(_) | TableKind::Source(_) => true,
        TableKind::Model(model) => {
            model.role != ModelRole::Query && !matches!(model.materialization, Materialization::View | Materialization::Ephemeral)
        }
    }
}

fn is_incremental(kind: &TableKind) -> bool {
    matches!(kind, TableKind::Model(model) if matches!(model.materialization, Materialization::Incremental { .. }))
}

fn mark(program: &Program, values: &Values, id: TableId) -> String {
    let mut text = String::new();
    for (position, column) in (0u32..).zip(program.table(id).map_or(&[][..], |t| &t.columns)) {
        text.push_str(&described(program, column));
        for told in values.told(id, position) {
            text.push_str(&through(program, told));
        }
        text.push('\n');
    }
    short_digest(&text, 16)
}

fn described(program: &Program, column: &Column) -> String {
    let one = |(category, level): &(CategoryId, Level)| {
        let name = program.category(*category).map_or("unclassified", |c| c.name.as_str());
        format!(" {name}:{}:{:?}", level.form.name(), level.aggregate)
    };
    let values: String = column.label.values().iter().map(one).collect();
    let controls: String = column.label.controls().iter().map(one).collect();
    format!("{}{values} when{controls}", column.name)
}

/// The value, and the mask with its text: a project that changes what a mask does has changed the mask.
fn through(program: &Program, told: &Told) -> String {
    let value = value_name(program, &Value { part: told.written().into(), ..told.value.clone() });
    let dialect = program.project.warehouse.as_ref().map_or(Dialect::Sqlite, |w| w.dialect);
    let masked = |masked: &Masked| {
        let function = program.function(masked.mask)?;
        let body = function.bodies.get(&dialect).or(function.generic.as_ref()).map_or("", |b| &**b);
        let args: Vec<String> = masked.args.iter().map(|(name, text)| format!("{name}={text}")).collect();
        Some(format!("{}({}) {body}", function.name, args.join(",")))
    };
    format!(" <{value} {}>", told.masked.as_deref().and_then(masked).unwrap_or_default())
}
