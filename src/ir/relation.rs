use super::{Label, Literal, Query, Search, Type};
use crate::base::{Ident, Span};
use std::sync::Arc;

/// Index into [`Program::tables`](super::Program): sources' tables, seeds, operational tables, models and facts share it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct TableId(pub u32);

/// A column: type, label and lineage, nothing optional.
#[derive(Clone, Debug)]
pub struct Column {
    /// Its name.
    pub name: Ident,
    /// Its type.
    pub ty: Type,
    /// Whether it may be NULL.
    pub nullable: bool,
    /// What it tells.
    pub label: Label,
    /// Which columns of the tables it reads it comes from; empty for source columns. What decides which rows there are goes for every
    /// column alike and stands in [`Table::rows`].
    pub from: Origins,
    /// Set while the value is one column's own, through renames, trims and lossless casts only.
    pub intact: Option<Origin>,
    /// Whether a comparison of values that tell something decided it (`nullif(name, 'x')`): then asking whether it is there asks that.
    pub chosen: bool,
    /// What its values are of.
    pub kin: Kin,
    /// Where written.
    pub at: Span,
}

/// What a column's values are of: whether which of them are equal, or which is the later, tells no more than which things they are of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kin {
    /// NULL alone.
    Nothing,
    /// Values of one kind, stored or with a stand-in for each; the number is another for each way in which something is written around them.
    One(u64),
    /// Values of several kinds, constants beside others, or values that a function made one: equal ones, or a later one, tell what they are.
    Mixed,
}

impl Kin {
    /// A stored column's own values.
    pub const OWN: Kin = Kin::One(0);
}

/// A column of a table this one reads, or its rows.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Origin {
    /// The table.
    pub table: TableId,
    /// Its column, by position; [`Origin::ROWS`] for which rows it has.
    pub column: u32,
    /// How it matters.
    pub edge: Edge,
}

impl Origin {
    /// In place of a column: which rows a table has. That is always control.
    pub const ROWS: u32 = u32::MAX;

    /// Which rows a table has.
    pub fn rows(table: TableId) -> Origin {
        Origin { table, column: Origin::ROWS, edge: Edge::Control }
    }
}

/// How an origin matters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Edge {
    /// The value is computed from it.
    Value,
    /// A condition said that the two are equal (`a.id = b.id`): who reads the one learns the other.
    Equal,
    /// It decides which rows there are, or which rows meet.
    Control,
}

/// A sorted set of origins; the empty one costs nothing.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Origins(Option<Arc<[Origin]>>);

impl Origins {
    /// None.
    pub const NONE: Origins = Origins(None);

    /// Just one.
    pub fn one(origin: Origin) -> Origins {
        Origins(Some(Arc::from([origin])))
    }

    /// All of them, sorted.
    pub fn iter(&self) -> std::slice::Iter<'_, Origin> {
        self.0.as_deref().unwrap_or(&[]).iter()
    }

    /// Both together.
    #[must_use]
    pub fn union(&self, other: &Origins) -> Origins {
        match (&self.0, &other.0) {
            (_, None) => self.clone(),
            (None, _) => other.clone(),
            (Some(a), Some(b)) if Arc::ptr_eq(a, b) => self.clone(),
            (Some(a), Some(b)) => {
                if b.iter().all(|o| a.binary_search(o).is_ok()) {
                    return self.clone();
                }
                let mut all: Vec<Origin> = a.iter().chain(b.iter()).copied().collect();
                all.sort_unstable();
                all.dedup();
                Origins(Some(all.into()))
            }
        }
    }

    /// These with those of the others that are not among them in any way, as equal to them.
    #[must_use]
    pub fn equated(&self, others: &Origins) -> Origins {
        let known = |o: &Origin| self.iter().any(|have| (have.table, have.column) == (o.table, o.column));
        let new: Vec<Origin> =
            others.iter().filter(|o| o.edge != Edge::Control && !known(o)).map(|o| Origin { edge: Edge::Equal, ..*o }).collect();
        if new.is_empty() { self.clone() } else { self.union(&Origins::sorted(new)) }
    }

    /// The same columns as values; rows stay control.
    #[must_use]
    pub fn as_values(&self) -> Origins {
        let value = |o: &Origin| if o.column == Origin::ROWS { *o } else { Origin { edge: Edge::Value, ..*o } };
        Origins::sorted(self.iter().map(value).collect())
    }

    fn sorted(mut all: Vec<Origin>) -> Origins {
        all.sort_unstable();
        all.dedup();
        if all.is_empty() { Origins::NONE } else { Origins(Some(all.into())) }
    }

    /// The same columns as control.
    #[must_use]
    pub fn as_control(&self) -> Origins {
        if self.iter().all(|o| o.edge == Edge::Control) {
            return self.clone();
        }
        Origins::sorted(self.iter().map(|o| Origin { edge: Edge::Control, ..*o }).collect())
    }
}

/// A table, seed, model or fact.
#[derive(Clone, Debug)]
pub struct Table {
    /// Its name; unique over all tables.
    pub name: Ident,
    /// What it is.
    pub kind: TableKind,
    /// Its columns, in order.
    pub columns: Vec<Column>,
    /// Documentation per column, by position; shorter or empty when there is none.
    pub column_docs: Vec<Option<Arc<str>>>,
    /// `///`
    pub doc: Arc<str>,
    /// What must hold.
    pub assertions: Vec<Assertion>,
    /// Declared key columns, by position.
    pub key: Vec<u32>,
    /// What decided which rows it has: conditions, joins, group keys, what a limit cut by, and the rows of what it reads. Each goes for every
    /// column.
    pub rows: Origins,
    /// Other tables it reads, sorted.
    pub reads: Vec<TableId>,
    /// Where its name is declared.
    pub at: Span,
}

impl Table {
    /// What is kept of a table that the platform creates and others fill.
    pub fn own(&self) -> Option<&super::OwnTable> {
        match &self.kind {
            TableKind::Source(source) => source.own.as_deref(),
            TableKind::Seed(_) | TableKind::Model(_) => None,
        }
    }

    /// Whether somebody else creates it.
    pub fn is_foreign(&self) -> bool {
        matches!(&self.kind, TableKind::Source(source) if source.own.is_none())
    }
}

/// Kinds of tables.
#[derive(Clone, Debug)]
pub enum TableKind {
    /// Filled from outside.
    Source(SourceTable),
    /// A data file in the project.
    Seed(SeedTable),
    /// A model, fact or query.
    Model(Box<Model>),
}

/// A table of a source.
#[derive(Clone, Debug)]
pub struct SourceTable {
    /// The source.
    pub source: Ident,
    /// Its schema in the warehouse.
    pub schema: Ident,
    /// How old it may be.
    pub freshness: Option<Freshness>,
    /// Sample rows for `pipec run`, project-relative.
    pub sample: Option<crate::base::VPath>,
    /// Set for a table of the platform's own, which pipec creates.
    pub own: Option<Box<super::OwnTable>>,
}

/// How old a source may be.
#[derive(Clone, Debug)]
pub struct Freshness {
    /// Column that holds the time of loading.
    pub by: Ident,
    /// Warn after so many minutes.
    pub warn_minutes: Option<u32>,
    /// Fail after so many minutes.
    pub error_minutes: Option<u32>,
}

/// A seed.
#[derive(Clone, Debug)]
pub struct SeedTable {
    /// Its file.
    pub path: crate::base::VPath,
    /// Schema it lands in.
    pub schema: Ident,
    /// Its rows, as texts by column position; `None` is NULL.
    pub rows: Arc<Vec<Vec<Option<Arc<str>>>>>,
}

/// A model.
#[derive(Clone, Debug)]
pub struct Model {
    /// Index into [`Program::layers`](super::Program).
    pub layer: u32,
    /// How it is kept.
    pub materialization: Materialization,
    /// Its query.
    pub query: Query,
    /// Whether it is only checked, or a fact.
    pub role: ModelRole,
    /// Indexes to keep.
    pub indexes: Vec<Index>,
    /// `tags`
    pub tags: Vec<Arc<str>>,
    /// `owner`
    pub owner: Option<Arc<str>>,
    /// The file it was written in, for headers of emitted files.
    pub written_in: crate::base::VPath,
}

/// What a model item is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ModelRole {
    /// Built.
    Model,
    /// Built from metrics.
    Fact,
    /// Checked, never built.
    Query,
}

impl Model {
    /// The column with the numbers of an incremental model, `id: patient_id`.
    pub fn number(&self) -> Option<&Ident> {
        match &self.materialization {
            Materialization::Incremental { id, .. } => id.as_ref(),
            _ => None,
        }
    }
}

/// An index.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Index {
    /// Columns.
    pub columns: Vec<Ident>,
    /// `unique`
    pub unique: bool,
    /// How vectors are searched in it; `None`: a b-tree.
    pub search: Option<Box<Search>>,
}

/// How a model is kept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Materialization {
    /// `view`
    View,
    /// `table`
    Table,
    /// `incremental(key: (name, born), cursor: loaded_at, id: patient_id, because: "…")`
    Incremental {
        /// Rows with the same key replace each other.
        key: Vec<Ident>,
        /// Only rows past the greatest value already there are read; `None`: all.
        cursor: Option<Ident>,
        /// A number that a key keeps from when it was first there; those of new keys follow the greatest one.
        id: Option<Ident>,
        /// How many rows are taken in at once, each time in a transaction of its own: only those whose key is not there yet, which stay as they are.
        batch: Option<u32>,
        /// Why rows of one key are one thing, whatever the key tells: a release.
        because: Option<Arc<str>>,
        /// `history(key: id)`: rows are versions. The last of `key`, and of all columns but one, is [`Materialization::VALID_FROM`], the last column
        /// [`Materialization::VALID_TO`]; what the query yields holds from the run date on, and what it no longer yields held until then.
        history: bool,
    },
    /// `materialized_view`
    MaterializedView,
    /// `ephemeral`: inlined where it is read.
    Ephemeral,
}

impl Materialization {
    /// The day from which a version of a history held.
    pub const VALID_FROM: &'static str = "valid_from";
    /// The day from which it held no longer; NULL of what holds today.
    pub const VALID_TO: &'static str = "valid_to";
}

/// Something that must hold of a table's rows.
#[derive(Clone, Debug)]
pub struct Assertion {
    /// Name, stable: written, or made from kind and columns.
    pub name: Arc<str>,
    /// What.
    pub kind: AssertionKind,
    /// Only warn.
    pub warn: bool,
    /// Where written.
    pub at: Span,
}

impl Assertion {
    /// Whether a rule of flow may take it for a proof. One that only warns proves nothing.
    pub fn vouches(&self) -> bool {
        !self.warn && matches!(self.kind, AssertionKind::Unique(_) | AssertionKind::References(..) | AssertionKind::KAnonymous(..))
    }
}

/// Kinds of assertions; columns by position.
#[derive(Clone, Debug)]
pub enum AssertionKind {
    /// No NULLs.
    NotNull(u32),
    /// No duplicates over these columns.
    Unique(Vec<u32>),
    /// Only these values.
    OneOf(u32, Vec<Literal>),
    /// Every value is one of another table's.
    References(u32, TableId, u32),
    /// A regular expression (POSIX) fits.
    Matches(u32, Arc<str>),
    /// low ≤ value ≤ high
    Between(u32, Literal, Literal),
    /// Each combination has at least k rows.
    KAnonymous(u32, Vec<u32>),
    /// A query whose rows are failures.
    Sql(Box<Query>),
}
