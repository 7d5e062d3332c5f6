//! Rule 12. An incremental table keeps rows that were made before a mask or a label changed. So it remembers under which ones its rows were
//! made, and exports refuse what is left of others until the table has been built anew.

use super::Checked;
use super::seen::value_name;
use super::values::{Masked, Told, Values};
use crate::base::short_digest;
use crate::ir::{CategoryId, Column, Dialect, Level, Materialization, Program, TableId, TableKind};
use std::collections::{BTreeMap, BTreeSet};

/// What each incremental table is marked with: equal marks mean equal masks and labels, all the way from the sources.
pub struct Marks(BTreeMap<TableId, String>);

impl Marks {
    /// Reads them off a program; costs nothing where no table is incremental.
    pub fn of(program: &Checked) -> Marks {
        Marks::read(program.program())
    }

    /// The same of a program that no check has seen: to compare, not to emit.
    pub fn read(program: &Program) -> Marks {
        let incremental: Vec<TableId> = program.tables().filter(|(_, t)| is_incremental(&t.kind)).map(|(id, _)| id).collect();
        if incremental.is_empty() {
            return Marks(BTreeMap::new());
        }
        let values = Values::of(program);
        Marks(incremental.into_iter().map(|id| (id, mark(program, &values, id))).collect())
    }

    /// The mark of a table; `None` where it is built anew every time.
    pub fn get(&self, table: TableId) -> Option<&str> {
        self.0.get(&table).map(String::as_str)
    }

    /// The incremental tables whose rows can have reached these: themselves, and what they are built from.
    pub fn behind(&self, program: &Program, tables: impl IntoIterator<Item = TableId>) -> Vec<(TableId, &str)> {
        let mut seen: BTreeSet<TableId> = BTreeSet::new();
        let mut next: Vec<TableId> = tables.into_iter().collect();
        while let Some(id) = next.pop() {
            if seen.insert(id) {
                next.extend(program.table(id).into_iter().flat_map(|t| t.reads.iter().copied()));
            }
        }
        seen.into_iter().filter_map(|id| Some((id, self.get(id)?))).collect()
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
    let value = value_name(program, &told.value);
    let dialect = program.project.warehouse.as_ref().map_or(Dialect::Sqlite, |w| w.dialect);
    let masked = |masked: &Masked| {
        let function = program.function(masked.mask)?;
        let body = function.bodies.get(&dialect).or(function.generic.as_ref()).map_or("", |b| &**b);
        let args: Vec<String> = masked.args.iter().map(|(name, text)| format!("{name}={text}")).collect();
        Some(format!("{}({}) {body}", function.name, args.join(",")))
    };
    format!(" <{value} {}>", told.masked.as_deref().and_then(masked).unwrap_or_default())
}
