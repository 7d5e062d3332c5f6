use crate::base::{Ident, LineCol, Sources, Span};
use crate::diag::{Diagnostic, Diagnostics};
use crate::ir::{
    AsOf, CategoryId, Column, Counted, DatedMask, Discriminator, Label, MetricCells, Program, Query, SmallestGroup, Table, TableId,
    Unwithheld,
};
use crate::lower::Facts;
use crate::lower::shape::Shape;
use sqlparser::tokenizer::Location;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Rows a query may read by name: a finished table, or a `with` entry in scope.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rows {
    /// What it yields. For a `with` entry labels, origins and intactness are those of the tables below it.
    pub(crate) columns: Vec<Column>,
    /// What decided which rows there are; the part of a label no column shows when only `count(*)` is asked.
    pub(crate) control: Facts,
    /// Columns that number the rows of each group (`row_number() over (partition by …)`): `= 1` on one keeps the latest per key.
    pub(crate) numbers: Vec<Ident>,
    /// What its rows stand for, where a block made one per value.
    pub(crate) shaped: Shape,
    /// As [`ScopeRelation::open`](crate::lower::ScopeRelation).
    pub(crate) open: bool,
}

/// A `with` entry in scope.
#[derive(Clone, Debug)]
pub(crate) struct CteRows {
    /// Its name.
    pub(crate) name: Ident,
    /// What it yields.
    pub(crate) rows: Rows,
    /// Its query, for whose rows it holds may be asked; none while it is being lowered.
    pub(crate) query: Option<Arc<Query>>,
    /// Whether it reads itself.
    pub(crate) recursive: bool,
}

/// A table whose columns are known.
#[derive(Clone, Debug)]
pub(crate) struct Finished {
    /// The table.
    pub(crate) table: Table,
    /// As [`Rows::control`], over this table's own name.
    pub(crate) control: Facts,
    /// As [`Rows::numbers`].
    pub(crate) numbers: Vec<Ident>,
    /// As [`Rows::shaped`].
    pub(crate) shaped: Shape,
    /// As [`Rows::open`].
    pub(crate) open: bool,
    /// Columns that tell what another column says they tell.
    pub(crate) discriminators: Vec<Discriminator>,
    /// Its columns that an assertion says reference another table's column.
    pub(crate) references: Vec<(u32, TableId, Ident)>,
    /// Columns its cells are counted by.
    pub(crate) counted: Vec<Counted>,
    /// Masks of ages it calls whose day moves, or stands still.
    pub(crate) dated: Vec<DatedMask>,
    /// What of it follows from the run date, where anything does.
    pub(crate) ran: Option<Box<super::ran::Ran>>,
    /// Whom each of its rows stands for at least so many of.
    pub(crate) grouped: Option<SmallestGroup>,
    /// What its cells stand on, where it is a fact.
    pub(crate) cells: Vec<MetricCells>,
    /// Metrics it tells beside withheld ones.
    pub(crate) unwithheld: Vec<Unwithheld>,
}

/// What a declarative body says beside SQL about one select entry.
#[derive(Clone, Debug, Default)]
pub(crate) struct EntryNote {
    /// `@category`: raises the label.
    pub(crate) raises: Label,
    /// Whether any annotation stands there; `@public` raises nothing and is still said.
    pub(crate) annotated: bool,
    /// `///`
    pub(crate) doc: Option<Arc<str>>,
}

/// Notes on the entries of each declarative `select`, by the place its keyword stands for.
pub(crate) type Notes = BTreeMap<Location, Vec<EntryNote>>;

/// What lowering one body may look at and where it reports.
pub(crate) struct Cx<'a> {
    /// Declarations: functions, JSON types, categories, names of tables. Its `tables` are empty: see `tables`.
    pub(crate) program: &'a Program,
    /// Tables done so far, by id.
    pub(crate) tables: &'a [Option<Finished>],
    /// Labels of whole JSON types, found once.
    pub(crate) json: crate::lower::expr::JsonLabels,
    /// The categories that name things.
    pub(crate) keyed: Arc<BTreeSet<CategoryId>>,
    /// The output columns that together name what this body's rows stand for: those that a number is given to, with a reason.
    pub(crate) own_key: Vec<Ident>,
    /// Texts, for spans.
    pub(crate) sources: &'a Sources,
    /// What was found.
    pub(crate) diagnostics: RefCell<Diagnostics>,
    /// `with` entries in scope, innermost last.
    pub(crate) ctes: RefCell<Vec<CteRows>>,
    /// What declarative bodies say beside SQL.
    pub(crate) notes: Notes,
    /// Columns this body's cells are counted by.
    pub(crate) counted: RefCell<Vec<Counted>>,
    /// Masks of ages it calls whose day moves, or stands still: what each lowers, its day, and where its `as_of` stands.
    pub(crate) dated: RefCell<Vec<(Vec<CategoryId>, AsOf, Span)>>,
    /// Whether a mask's arguments are being read: the clock has a message of its own there.
    pub(crate) in_mask: Cell<bool>,
    /// Whom each row of this fact stands for at least so many of.
    pub(crate) grouped: RefCell<Option<SmallestGroup>>,
    /// What the cells of this fact stand on.
    pub(crate) cells: RefCell<Vec<MetricCells>>,
    /// Metrics this fact tells beside withheld ones.
    pub(crate) unwithheld: RefCell<Vec<Unwithheld>>,
    /// Tables this body has read.
    pub(crate) reads: RefCell<BTreeSet<TableId>>,
    /// The text being read: its file, and the place of whatever has no place of its own.
    pub(crate) here: Span,
}

impl<'a> Cx<'a> {
    /// For one text.
    pub(crate) fn new(program: &'a Program, tables: &'a [Option<Finished>], sources: &'a Sources, here: Span) -> Self {
        Cx {
            program,
            tables,
            keyed: Arc::default(),
            own_key: Vec::new(),
            json: crate::lower::expr::JsonLabels::default(),
            sources,
            diagnostics: RefCell::default(),
            ctes: RefCell::default(),
            notes: Notes::new(),
            counted: RefCell::default(),
            dated: RefCell::default(),
            in_mask: Cell::default(),
            grouped: RefCell::default(),
            cells: RefCell::default(),
            unwithheld: RefCell::default(),
            reads: RefCell::default(),
            here,
        }
    }

    /// The byte span of a place sqlparser gave; tokens carry their absolute lines and columns.
    pub(crate) fn span(&self, s: sqlparser::tokenizer::Span) -> Span {
        let Some(file) = self.sources.get(self.here.file).filter(|_| s.start.line > 0) else { return self.here };
        let offset = |l: sqlparser::tokenizer::Location| {
            let from_zero = |n: u64| u32::try_from(n.saturating_sub(1)).unwrap_or(u32::MAX);
            file.offset(LineCol { line: from_zero(l.line), column: from_zero(l.column) })
        };
        Span { file: self.here.file, start: offset(s.start), end: offset(s.end) }
    }

    /// Reports a problem.
    pub(crate) fn error(&self, diagnostic: Diagnostic) {
        self.diagnostics.borrow_mut().push(diagnostic);
    }

    /// A finished table.
    pub(crate) fn finished(&self, id: TableId) -> Option<&'a Finished> {
        self.tables.get(id.0 as usize)?.as_ref()
    }
}
