//! The rows of an input as a query: given rows as constants of the declared types, and the models between as they are built.

use super::super::super::sql::host::Names;
use super::super::super::text;
use super::super::{Emission, jinja, model, properties};
use crate::base::short_name;
use crate::ir::{Column, Expr, ExprKind, Literal, Model, Program, Table, TableId, TableKind, TestRows};
use crate::sql::{self, Gap, Host};
use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

/// What tables are called, by id.
pub(super) struct Called {
    /// In the warehouse.
    stored: Names,
    /// As a `with` entry, by a name that no query of a project's has a reason to give.
    entries: Vec<String>,
}

impl Called {
    pub(super) fn new(emission: &Emission<'_>) -> Called {
        let mut stems = text::Stems::default();
        let entry = |(id, table): (TableId, &Table)| {
            let node = emission.nodes.name(id);
            let name = match &table.kind {
                TableKind::Source(source) => stems.claim(&format!("{}_{node}", source.source)),
                _ => stems.claim(node),
            };
            sql::ident(&short_name(&format!("pipec__{name}"), "rows"), emission.dialect)
        };
        Called { stored: Names::new(emission.program, emission.dialect), entries: emission.program.tables().map(entry).collect() }
    }
}

/// What the queries of one test are printed with.
pub(super) struct Fixture<'a> {
    emission: &'a Emission<'a>,
    called: &'a Called,
    day: &'a str,
    /// The tables that were read.
    pub(super) reads: RefCell<BTreeSet<TableId>>,
}

impl<'a> Fixture<'a> {
    pub(super) fn new(emission: &'a Emission<'a>, called: &'a Called, day: &'a str) -> Fixture<'a> {
        Fixture { emission, called, day, reads: RefCell::default() }
    }

    /// A model's query over what the test gives.
    ///
    /// # Errors
    /// What the dialect cannot express.
    pub(super) fn read(&self, model: &Model) -> Result<String, Gap> {
        Ok(sql::query(self.emission.program, &model.query, self.emission.dialect, self)?.trim_end().to_owned())
    }

    /// The rows of the last of these tables, of which each stands after those it reads.
    ///
    /// # Errors
    /// As [`Fixture::read`].
    pub(super) fn sql(&self, tables: &[TableId], given: &BTreeMap<TableId, &TestRows>) -> Result<String, Gap> {
        let Some((last, before)) = tables.split_last() else { return Ok(String::new()) };
        if before.is_empty() {
            return self.rows(*last, given);
        }
        let mut parts = Vec::with_capacity(tables.len());
        for id in tables {
            parts.push(format!("{} as (\n{}\n)", self.name(*id), self.rows(*id, given)?));
        }
        Ok(format!("with {}\nselect * from {}", parts.join(",\n"), self.name(*last)))
    }

    fn rows(&self, id: TableId, given: &BTreeMap<TableId, &TestRows>) -> Result<String, Gap> {
        let Some(table) = self.emission.program.table(id) else { return Ok(String::new()) };
        match (given.get(&id), &table.kind) {
            (Some(rows), _) => constants(self.emission, table, &rows.rows, self),
            (None, TableKind::Model(model)) => Ok(model::numbers_cast(self.emission, table, self.read(model)?)),
            // A seed keeps its rows: dbt has loaded it before it tests what reads it.
            (None, TableKind::Seed(_)) => Ok(format!("select *\nfrom {}", jinja::guard(self.called.stored.of(id)))),
            (None, TableKind::Source(_)) => constants(self.emission, table, &[], self),
        }
    }

    fn name(&self, id: TableId) -> &str {
        self.called.entries.get(id.0 as usize).map_or("", String::as_str)
    }
}

impl Host for Fixture<'_> {
    fn table(&self, _program: &Program, table: TableId) -> String {
        self.reads.borrow_mut().insert(table);
        self.name(table).to_owned()
    }

    fn guard<'t>(&self, text: &'t str) -> Cow<'t, str> {
        jinja::guard(text)
    }

    fn run_date(&self) -> String {
        format!("cast('{}' as date)", self.day)
    }
}

/// Rows as constants, every column of the table's type; what a row does not name is NULL.
///
/// # Errors
/// What the dialect cannot express.
pub(super) fn constants(emission: &Emission<'_>, table: &Table, rows: &[Vec<(u32, Expr)>], host: &dyn Host) -> Result<String, Gap> {
    let select = |row: &[(u32, Expr)]| {
        let cell = |(position, column): (u32, &Column)| {
            let value = row.iter().find(|(named, _)| *named == position).map(|(_, value)| value);
            let name = sql::ident(&column.name, emission.dialect);
            Ok(format!("{} as {}", constant(emission, column, value, host)?, host.guard(&name)))
        };
        let cells: Vec<String> = (0u32..).zip(&table.columns).map(cell).collect::<Result<_, Gap>>()?;
        Ok(format!("select\n    {}", cells.join(", ")))
    };
    if rows.is_empty() {
        return Ok(format!("{} limit 0", select(&[])?));
    }
    let rows: Vec<String> = rows.iter().map(|row| select(row)).collect::<Result<_, Gap>>()?;
    Ok(rows.join("\nunion all\n"))
}

fn constant(emission: &Emission<'_>, column: &Column, value: Option<&Expr>, host: &dyn Host) -> Result<String, Gap> {
    let ty = properties::data_type(emission, &column.ty);
    let Some(value) = value.filter(|v| !matches!(v.kind, ExprKind::Literal(Literal::Null))) else {
        return Ok(format!("cast(null as {ty})"));
    };
    let printed = sql::expr(emission.program, value, emission.dialect, host)?;
    let typed = matches!(value.kind, ExprKind::Cast(_)) && value.ty == column.ty;
    Ok(if typed { printed } else { format!("cast({printed} as {ty})") })
}
