//! Loops and the expressions between `${` and `}`.

use crate::base::Span;
use smol_str::SmolStr;

/// A loop over data, unrolled at compile time. `T` is what may stand inside: items, or select entries.
#[derive(Clone, Debug)]
pub struct For<T> {
    /// The loop variable.
    pub variable: SmolStr,
    /// What it runs over.
    pub over: GenExpr,
    /// `group by column`: one round per value, with `.rows`.
    pub group_by: Option<SmolStr>,
    /// `group by column, more, columns`: one round per combination; each is a field of the round, like the first.
    pub group_more: Vec<SmolStr>,
    /// `where …`
    pub filter: Option<GenExpr>,
    /// The body.
    pub body: Vec<T>,
    /// All of it.
    pub at: Span,
}

/// An expression of the generation language: evaluated while compiling, over data files.
#[derive(Clone, Debug)]
pub struct GenExpr {
    /// Its shape.
    pub kind: GenKind,
    /// Its place.
    pub at: Span,
}

/// Shapes of generation expressions.
#[derive(Clone, Debug)]
pub enum GenKind {
    /// `q`, `c.column`, `q.rows`
    Path(Vec<SmolStr>),
    /// `"text"` or `'text'`
    Text(SmolStr),
    /// `12`, `1.5`
    Number(SmolStr),
    /// `true`, `false`
    Bool(bool),
    /// `csv("seeds/x.csv") @public`, `lower(q.table)`: the function, its arguments, and what is said of a data file.
    Call(SmolStr, Vec<GenExpr>, Option<SmolStr>),
    /// `a == b`, `!=`, `and`, `or`, `+`, `in`, `<`, `<=`, `>`, `>=`
    Binary(GenOp, Box<GenExpr>, Box<GenExpr>),
    /// `not a`
    Not(Box<GenExpr>),
}

/// Operators of generation expressions.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub enum GenOp {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    And,
    Or,
    Add,
    In,
}
