use super::{Column, Expr, OrderKey, TableId};
use crate::base::{Ident, Span};
use std::sync::Arc;

/// A query: `with`, a body, `order by`, `limit`.
#[derive(Clone, Debug)]
pub struct Query {
    /// `with a as (…)`, in order.
    pub with: Vec<Cte>,
    /// The body.
    pub body: SetExpr,
    /// `order by`
    pub order: Vec<OrderKey>,
    /// `limit`
    pub limit: Option<Expr>,
    /// `offset`
    pub offset: Option<Expr>,
    /// What it yields; empty in a finished model's `with` entry whose select list says the names.
    pub columns: Vec<Column>,
}

impl Query {
    /// The names of its columns, in order; none of a list of values that nobody named.
    pub fn names(&self) -> impl Iterator<Item = &Ident> {
        let (items, columns) = self.output();
        items.iter().map(|i| &i.name).chain(columns.iter().map(|c| &c.name))
    }

    /// The place of a column.
    pub fn position(&self, name: &Ident) -> Option<usize> {
        self.names().position(|n| n == name)
    }

    /// Its own columns, or the select list that says them.
    fn output(&self) -> (&[SelectItem], &[Column]) {
        let mut body = &self.body;
        loop {
            match body {
                _ if !self.columns.is_empty() => return (&[], &self.columns),
                SetExpr::Select(select) => return (&select.items, &[]),
                SetExpr::Set { left, .. } => body = left,
                SetExpr::Query(query) => return query.output(),
                SetExpr::Values(_) => return (&[], &[]),
            }
        }
    }
}

/// `name (columns) as (query)`
#[derive(Clone, Debug)]
pub struct Cte {
    /// Its name.
    pub name: Ident,
    /// Its query; inside a recursive one the name refers to itself.
    pub query: Arc<Query>,
    /// Whether it refers to itself.
    pub recursive: bool,
    /// Where written.
    pub at: Span,
}

/// The body of a query.
#[derive(Clone, Debug)]
pub enum SetExpr {
    /// `select …`
    Select(Box<Select>),
    /// `values (…), (…)`
    Values(Vec<Vec<Expr>>),
    /// `a union all b`
    Set {
        /// Which.
        operator: SetOperator,
        /// `all`
        all: bool,
        /// Left.
        left: Box<SetExpr>,
        /// Right.
        right: Box<SetExpr>,
    },
    /// `(query)`, with its own order and limit
    Query(Box<Query>),
}

/// Set operators.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "SQL's own names")]
pub enum SetOperator {
    Union,
    Intersect,
    Except,
}

/// A select block.
#[derive(Clone, Debug)]
pub struct Select {
    /// `distinct`, `distinct on`
    pub distinct: Distinct,
    /// The output, stars already expanded.
    pub items: Vec<SelectItem>,
    /// `from`; the elements are joined by commas.
    pub from: Vec<FromItem>,
    /// `where`
    pub filter: Option<Expr>,
    /// `group by`; grouping sets as lists.
    pub group: Grouping,
    /// `having`
    pub having: Option<Expr>,
    /// `qualify`
    pub qualify: Option<Expr>,
}

impl Select {
    /// What it shows of its rows: its output, and by what they are put in order, or the first of each kept.
    pub fn shows<'s>(&'s self, order: &'s [OrderKey]) -> impl Iterator<Item = &'s Expr> {
        let firsts = if let Distinct::On(keys) = &self.distinct { keys.as_slice() } else { &[] };
        self.items.iter().map(|i| &i.expr).chain(firsts).chain(order.iter().map(|k| &k.expr))
    }

    /// What it asks of groups and windows.
    pub fn asks(&self) -> impl Iterator<Item = &Expr> {
        self.having.iter().chain(&self.qualify)
    }
}

/// `select distinct`
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "SQL's own names")]
pub enum Distinct {
    No,
    All,
    On(Vec<Expr>),
}

/// `group by`
#[derive(Clone, Debug, Default)]
pub struct Grouping {
    /// Plain keys, in order; positions and aliases already resolved.
    pub keys: Vec<Expr>,
    /// Grouping sets over the keys, by index; empty when plain.
    pub sets: Vec<Vec<usize>>,
    /// Whether the block aggregates at all (`group by` or an aggregate in it).
    pub aggregated: bool,
    /// Where `having` counts people: whether no stored row of theirs is known to be in two groups, nor can be.
    pub apart: bool,
}

/// An output column.
#[derive(Clone, Debug)]
pub struct SelectItem {
    /// Its expression.
    pub expr: Expr,
    /// Its name.
    pub name: Ident,
}

/// Something in `from`.
#[derive(Clone, Debug)]
pub enum FromItem {
    /// A relation under an alias.
    Relation(Relation),
    /// A join.
    Join {
        /// Which.
        kind: JoinKind,
        /// Left.
        left: Box<FromItem>,
        /// Right.
        right: Box<FromItem>,
        /// The condition; `using` and `natural` are already spelt out. `None` for cross.
        on: Option<Expr>,
    },
}

/// A relation under an alias.
#[derive(Clone, Debug)]
pub struct Relation {
    /// What it reads.
    pub source: RelationSource,
    /// The name expressions use.
    pub alias: Ident,
    /// `lateral`
    pub lateral: bool,
    /// What it yields; empty for a table or a `with` entry, whose own columns say it, unless a list of names renames them (`as t(a, b)`).
    pub columns: Vec<Column>,
    /// Where written.
    pub at: Span,
}

/// What a relation reads.
#[derive(Clone, Debug)]
pub enum RelationSource {
    /// A table or model.
    Table(TableId),
    /// A `with` entry.
    Cte(Ident),
    /// `(select …)`
    Derived(Box<Query>),
    /// `unnest(array)` or elements of a JSON array: columns `value` and, with ordinality, `ordinality`, under the names in `columns`.
    Unnest {
        /// What is unnested.
        expr: Box<Expr>,
        /// `with ordinality`
        ordinality: bool,
    },
    /// `generate_series(a, b, step)` and other table functions of the library.
    Function {
        /// Which overload.
        function: super::FunctionId,
        /// Arguments.
        args: Vec<Expr>,
        /// `with ordinality`
        ordinality: bool,
    },
    /// Several of them side by side, the shorter ones filled up with NULL: `unnest(a, b)`, `rows from (f(x), g(y))`.
    Zip {
        /// At least two, one column each.
        rows: Vec<RowsOf>,
        /// `with ordinality`
        ordinality: bool,
    },
}

/// One column of rows inside [`RelationSource::Zip`].
#[derive(Clone, Debug)]
pub enum RowsOf {
    /// The elements of an array, or of a JSON array.
    Unnest(Expr),
    /// A table function of the library.
    Function {
        /// Which overload.
        function: super::FunctionId,
        /// Arguments.
        args: Vec<Expr>,
    },
}

impl RowsOf {
    /// The expressions it reads.
    pub fn parts(&self) -> &[Expr] {
        match self {
            RowsOf::Unnest(array) => std::slice::from_ref(array),
            RowsOf::Function { args, .. } => args,
        }
    }
}

/// Joins.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "SQL's own names")]
pub enum JoinKind {
    Inner,
    Left,
    Right,
    Full,
    Cross,
}
