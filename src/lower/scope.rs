use super::equal::{Equals, Place};
use super::shape::Shape;
use crate::base::Ident;
use crate::ir::{Column, Expr, FromItem, Label, Origin, Origins, Type};
use std::cell::RefCell;

/// What is known of a value beside its type.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// What it tells.
    pub label: Label,
    /// Where it comes from.
    pub from: Origins,
    /// The one column it is, unchanged but for renames, trims and lossless casts.
    pub intact: Option<Origin>,
}

impl Facts {
    /// A value made from both: labels and origins join, nothing stays intact.
    #[must_use]
    pub fn join(&self, other: &Facts) -> Facts {
        Facts { label: self.label.join(&other.label), from: self.from.union(&other.from), intact: None }
    }

    /// What a condition over this value leaves on the rows it lets through.
    #[must_use]
    pub fn as_control(&self) -> Facts {
        Facts { label: self.label.as_control(), from: self.from.as_control(), intact: None }
    }
}

/// A typed expression with its facts.
#[derive(Clone, Debug)]
pub struct Typed {
    /// The expression.
    pub expr: Expr,
    /// What is known of it.
    pub facts: Facts,
}

/// The relations names are looked up in: those of this block, then the enclosing blocks'.
#[derive(Debug, Default)]
pub struct Scope<'a> {
    /// The relations of `from`, in order.
    pub relations: Vec<ScopeRelation>,
    /// What `*` shows, in order; bare names find the columns that `using` made of several here.
    pub shown: Vec<Shown>,
    /// What every row of this block has been through (`where`, joins): joined into all that is built here.
    pub control: Facts,
    /// The enclosing block, for correlated subqueries and lateral items.
    pub outer: Option<&'a Scope<'a>>,
    /// What this block reads, once it has been read, and which rows of it it lets through.
    pub(super) from: Vec<FromItem>,
    /// The condition that does.
    pub(super) filter: Option<Expr>,
    /// What its conditions have made equal.
    pub(super) equal: Equals,
    /// What equalities inside its subqueries and lateral items tell columns of this block.
    pub(super) told: RefCell<Vec<(Place, Facts, Option<Label>)>>,
}

/// A column that `*` shows.
#[derive(Clone, Debug)]
pub enum Shown {
    /// A relation's own: its alias and its name.
    Column(Ident, Ident),
    /// One that `using` made.
    Merged(Merged),
}

impl Shown {
    /// Its name.
    pub fn name(&self) -> &Ident {
        match self {
            Shown::Column(_, name) => name,
            Shown::Merged(merged) => &merged.name,
        }
    }

    /// The columns it is made of: alias and name.
    pub fn parts(&self) -> Vec<(Ident, Ident)> {
        match self {
            Shown::Column(relation, name) => vec![(relation.clone(), name.clone())],
            Shown::Merged(merged) => merged.parts.clone(),
        }
    }
}

/// A column that `full join … using` makes: the first of its parts that is there. With one part only, that column in another type.
#[derive(Clone, Debug)]
pub struct Merged {
    /// Its name.
    pub name: Ident,
    /// Alias and name of the columns, in order.
    pub parts: Vec<(Ident, Ident)>,
    /// Its type.
    pub ty: Type,
}

/// A relation in scope.
#[derive(Clone, Debug, Default)]
pub struct ScopeRelation {
    /// Its alias.
    pub alias: Ident,
    /// What it yields; outer joins have made columns nullable already.
    pub columns: Vec<Column>,
    /// Columns merged by `using` on the right side: found by qualified name only.
    pub hidden: Vec<Ident>,
    /// For a table function (`unnest(x) as item`): the column the bare alias stands for (`item`, `item.system`).
    pub whole: Option<Ident>,
    /// Columns that are `row_number()` over a partition: `= 1` on one keeps the latest row per key.
    pub numbers: Vec<Ident>,
    /// What its rows stand for.
    pub shaped: Shape,
    /// For the elements of one stored array: their column, as it was before any condition taught it something.
    pub element: Option<Box<Column>>,
    /// The table it reads, when it reads one directly.
    pub table: Option<crate::ir::TableId>,
    /// Its columns are unknown because what it reads failed: a name not found is then no second error.
    pub open: bool,
}
