use super::{CategoryId, Form, Type};
use crate::base::Span;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A dialect pipec prints.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[expect(missing_docs, reason = "product names")]
pub enum Dialect {
    Postgres,
    Sqlite,
    DuckDb,
    BigQuery,
}

impl Dialect {
    /// All of them.
    pub const ALL: [Dialect; 4] = [Dialect::Postgres, Dialect::Sqlite, Dialect::DuckDb, Dialect::BigQuery];

    /// The word of the language.
    pub fn name(self) -> &'static str {
        match self {
            Dialect::Postgres => "postgres",
            Dialect::Sqlite => "sqlite",
            Dialect::DuckDb => "duckdb",
            Dialect::BigQuery => "bigquery",
        }
    }

    /// The dialect with this name.
    pub fn from_name(name: &str) -> Option<Dialect> {
        Dialect::ALL.into_iter().find(|d| d.name() == name)
    }
}

/// One overload of a function, operator, aggregate, window function or mask, as declared in `stdlib/` or the project.
#[derive(Clone, Debug)]
pub struct Function {
    /// `age_band`, `+`
    pub name: Arc<str>,
    /// What it is.
    pub kind: FunctionKind,
    /// Parameters.
    pub params: Vec<Parameter>,
    /// Result type; may hold variables of the parameters.
    pub result: Type,
    /// When the result may be NULL.
    pub nullability: Nullability,
    /// Text of the call per dialect, with `{param}` holes; absent dialects use `generic`.
    pub bodies: BTreeMap<Dialect, Arc<str>>,
    /// For dialects without a body of their own. `None`: printed as `name(args)` or infix.
    pub generic: Option<Arc<str>>,
    /// Dialects said to lack it (`sqlite unsupported`).
    pub unsupported: Vec<Dialect>,
    /// What a mask does to labels.
    pub transition: Option<Transition>,
    /// Whether a one-column argument stays intact through it (`trim`, lossless casts).
    pub keeps_intact: bool,
    /// Declared in the shipped standard library.
    pub standard: bool,
    /// `///`
    pub doc: Arc<str>,
    /// Where declared.
    pub at: Span,
}

/// Kinds of functions.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[expect(missing_docs, reason = "the keywords of the language")]
pub enum FunctionKind {
    Function,
    Operator,
    Aggregate,
    Window,
    Mask,
    /// Yields rows.
    Table,
}

/// A parameter.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// Its name, for `key => …` and `{key}`.
    pub name: Arc<str>,
    /// Its type.
    pub ty: Type,
    /// Text of its default, a SQL literal.
    pub default: Option<super::Literal>,
    /// Takes any number of arguments.
    pub variadic: bool,
}

/// When a call may be NULL.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Nullability {
    /// When an argument is (the usual).
    Strict,
    /// Always possibly.
    Maybe,
    /// Never.
    Never,
}

/// What a mask does to the label of its first argument.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Transition {
    /// Categories it lowers; empty: every one.
    pub lowers: Vec<CategoryId>,
    /// To which form.
    pub to: Form,
}
