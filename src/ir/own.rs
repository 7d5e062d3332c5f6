use super::{AssertionKind, Expr, Index, Label, Literal, Partitions, Program, Table, TableId, Type};
use crate::base::{Span, VPath};
use std::sync::Arc;

/// What makes a table one of the platform's own: pipec creates it, applications and loads fill it. In all else it is read like a source's table.
#[derive(Clone, Debug)]
pub struct OwnTable {
    /// Index into [`Program::layers`](super::Program); `None` for one that names its schema itself.
    pub layer: Option<u32>,
    /// What a column gets where a row does not say it, by position.
    pub defaults: Vec<(u32, Fill)>,
    /// Conditions that every row keeps, beside what single columns say.
    pub checks: Vec<Check>,
    /// Indexes to keep.
    pub indexes: Vec<Index>,
    /// How its rows are spread over tables.
    pub partitions: Option<Partitions>,
    /// `audit changes in audit_log`: the table that every change of a row is written to.
    pub audit: Option<TableId>,
    /// The tables whose changes are written to it: nobody else writes here. Empty: applications and loads do.
    pub changes_of: Vec<TableId>,
    /// What it tells that a row is there: in the quarantine of a load, that values were refused. Elsewhere nothing.
    pub rows_tell: Label,
    /// The file it was written in, for headers of emitted files.
    pub written_in: VPath,
}

/// The value of a column that a new row does not say.
#[derive(Clone, PartialEq, Debug)]
pub enum Fill {
    /// A constant.
    Literal(Literal),
    /// `uuid`: a random one (RFC 9562, version 4).
    Uuid,
    /// `identity`: the next number (ISO/IEC 9075-2, identity columns).
    Identity,
    /// `now`: the moment the row is written.
    Now,
    /// `today`: its day.
    Today,
}

impl Fill {
    /// Whether a column of this type can hold it.
    pub fn fits(&self, ty: &Type) -> bool {
        let numeric = matches!(ty, Type::SmallInt | Type::Integer | Type::BigInt | Type::Numeric(_) | Type::Real | Type::Double);
        match self {
            Fill::Uuid => *ty == Type::Uuid,
            Fill::Identity => matches!(ty, Type::SmallInt | Type::Integer | Type::BigInt),
            Fill::Now => matches!(ty, Type::Timestamp | Type::Timestamptz),
            Fill::Today => *ty == Type::Date,
            Fill::Literal(Literal::Number(_)) => numeric,
            Fill::Literal(Literal::Boolean(_)) => *ty == Type::Boolean,
            Fill::Literal(Literal::Text(_)) => !numeric && *ty != Type::Boolean,
            Fill::Literal(_) => true,
        }
    }
}

/// `check (started_at <= ended_at)`
#[derive(Clone, Debug)]
pub struct Check {
    /// Its name among the table's assertions.
    pub name: Arc<str>,
    /// The condition, over the table's columns.
    pub condition: Expr,
    /// Where written.
    pub at: Span,
}

impl Program {
    /// The foreign keys of an own table: its columns that refer to another own table's key or `unique` column, with that table and column. Any
    /// other reference is a test only.
    pub fn foreign_keys(&self, table: &Table) -> Vec<(u32, TableId, u32)> {
        if table.own().is_none() {
            return Vec::new();
        }
        let keyed = |to: TableId, column: u32| self.table(to).is_some_and(|t| t.own().is_some() && t.is_unique(column));
        let of = |kind: &AssertionKind| match kind {
            AssertionKind::References(column, to, theirs) if keyed(*to, *theirs) => Some((*column, *to, *theirs)),
            _ => None,
        };
        table.assertions.iter().filter_map(|a| of(&a.kind)).collect()
    }
}

impl Table {
    /// Whether a column alone is declared to name each row once.
    fn is_unique(&self, column: u32) -> bool {
        self.key == [column] || self.assertions.iter().any(|a| matches!(&a.kind, AssertionKind::Unique(of) if *of == [column]))
    }
}
