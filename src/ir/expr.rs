use super::{Label, Query, Type};
use crate::base::{Ident, Span};
use std::sync::Arc;

/// Index into [`Program::functions`](super::Program).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct FunctionId(pub u32);

/// A typed expression.
#[derive(Clone, Debug)]
pub struct Expr {
    /// Its shape.
    pub kind: ExprKind,
    /// Its type; `Type::Error` when it failed.
    pub ty: Type,
    /// Whether it may be NULL.
    pub nullable: bool,
    /// Where written.
    pub at: Span,
}

/// Shapes of expressions.
#[derive(Clone, Debug)]
pub enum ExprKind {
    /// `alias.column`
    Column {
        /// The alias in scope.
        relation: Ident,
        /// The column.
        name: Ident,
    },
    /// A constant.
    Literal(Literal),
    /// The day the platform is built for; given by the runner, never read from a clock.
    RunDate,
    /// A call of a standard-library or project function or mask; printed through its dialect body.
    Call {
        /// Which overload.
        function: FunctionId,
        /// Arguments, defaults filled in.
        args: Vec<Expr>,
    },
    /// An operator with an overload in the library.
    Operator {
        /// Which overload.
        function: FunctionId,
        /// One or two operands.
        args: Vec<Expr>,
    },
    /// `not a`
    Not(Box<Expr>),
    /// `a and b and c`
    And(Vec<Expr>),
    /// `a or b`
    Or(Vec<Expr>),
    /// `a is null`
    IsNull(Box<Expr>, bool),
    /// `a is true`, `a is not false`, …: (operand, value, negated)
    IsBool(Box<Expr>, bool, bool),
    /// `a is distinct from b`: (left, right, `is not distinct from`)
    IsDistinct(Box<Expr>, Box<Expr>, bool),
    /// `a in (b, c)`
    InList(Box<Expr>, Vec<Expr>, bool),
    /// `a in (select …)`
    InQuery(Box<Expr>, Box<Query>, bool),
    /// `exists (select …)`
    Exists(Box<Query>, bool),
    /// `(select …)`
    Scalar(Box<Query>),
    /// `array(select …)`: all its rows in one array, empty when there are none.
    ArrayQuery(Box<Query>),
    /// `a > any (…)`, `a >= all (…)`; `= any (select …)` is [`InQuery`](Self::InQuery).
    Quantified(Box<Quantified>),
    /// `a between b and c`: (operand, low, high, negated)
    Between(Box<Expr>, Box<Expr>, Box<Expr>, bool),
    /// `a like b`: (operand, pattern, case-insensitive, negated)
    Like(Box<Expr>, Box<Expr>, bool, bool),
    /// `case …`
    Case {
        /// `case x when …`
        operand: Option<Box<Expr>>,
        /// `when … then …`
        arms: Vec<(Expr, Expr)>,
        /// `else …`
        otherwise: Option<Box<Expr>>,
    },
    /// `cast(a as t)`; the target is the expression's type.
    Cast(Box<Expr>),
    /// `coalesce(…)`, `greatest`, `least`, `nullif`: common-type functions every dialect has.
    Common(CommonFunction, Vec<Expr>),
    /// An aggregate call.
    Aggregate(Box<AggregateCall>),
    /// A window call.
    Window(Box<WindowCall>),
    /// A path into JSON. A scalar type means the text was taken out and cast to it.
    Json(Box<JsonAccess>),
    /// `array[a, b]`
    Array(Vec<Expr>),
    /// `a[1]` on SQL arrays (1-based)
    Subscript(Box<Expr>, Box<Expr>),
    /// `a[2:3]` on SQL arrays; either end may be left out.
    Slice(Box<Expr>, Option<Box<Expr>>, Option<Box<Expr>>),
    /// `grouping(a, b)`: which of these keys the row's grouping set lacks, as bits. Each is a key of the block.
    Grouping(Vec<Expr>),
    /// `(a, b)`
    Row(Vec<Expr>),
    /// `release(expr, phone general, because "…")`: a written exception.
    Release(Box<Expr>, Arc<Release>),
    /// What failed to lower; its program is never sealed.
    Error,
}

/// A comparison with every row of a query or every element of an array.
#[derive(Clone, Debug)]
pub struct Quantified {
    /// The left side.
    pub left: Expr,
    /// The comparison: an operator of the library over the left side and an element.
    pub operator: FunctionId,
    /// `all` rather than `any`.
    pub all: bool,
    /// What it is compared with.
    pub over: Over,
}

/// What a [`Quantified`] comparison runs over.
#[derive(Clone, Debug)]
pub enum Over {
    /// The rows of a query with one column.
    Query(Box<Query>),
    /// The elements of an array.
    Array(Expr),
}

/// Functions that take any number of arguments of one common type.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "SQL's own names")]
pub enum CommonFunction {
    Coalesce,
    Greatest,
    Least,
    Nullif,
}

/// A constant.
#[derive(Clone, PartialEq, Debug)]
pub enum Literal {
    /// `null`
    Null,
    /// `true`
    Boolean(bool),
    /// Digits as written: `12`, `1.50`, `1e3`
    Number(Arc<str>),
    /// Text, unescaped.
    Text(Arc<str>),
    /// `interval '30 days'`: months, days, microseconds.
    Interval {
        /// Months.
        months: i64,
        /// Days.
        days: i64,
        /// Microseconds.
        micros: i64,
    },
    /// A secret by name: never a value. Only masks take it.
    Secret(Arc<str>),
}

/// An aggregate call.
#[derive(Clone, Debug)]
pub struct AggregateCall {
    /// Which overload.
    pub function: FunctionId,
    /// Arguments; empty for `count(*)`.
    pub args: Vec<Expr>,
    /// `count(*)`
    pub star: bool,
    /// `distinct`
    pub distinct: bool,
    /// `order by` inside the call.
    pub order: Vec<OrderKey>,
    /// `filter (where …)`
    pub filter: Option<Expr>,
}

/// A window call.
#[derive(Clone, Debug)]
pub struct WindowCall {
    /// The function, with its own filter and so on. `function` may be an aggregate or a window function.
    pub call: AggregateCall,
    /// `partition by`
    pub partition: Vec<Expr>,
    /// `order by`
    pub order: Vec<OrderKey>,
    /// The frame, as in SQL.
    pub frame: Option<Frame>,
}

/// A window frame.
#[derive(Clone, Debug)]
pub struct Frame {
    /// `rows`, `range`, `groups`
    pub unit: FrameUnit,
    /// First bound.
    pub start: FrameBound,
    /// Second bound; `None`: current row.
    pub end: Option<FrameBound>,
    /// Rows around the current one that are left out again.
    pub exclude: Option<FrameExclude>,
}

/// What a frame leaves out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "SQL's own names")]
pub enum FrameExclude {
    CurrentRow,
    Group,
    Ties,
}

/// Frame units.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "SQL's own names")]
pub enum FrameUnit {
    Rows,
    Range,
    Groups,
}

/// Frame bounds.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "SQL's own names")]
pub enum FrameBound {
    UnboundedPreceding,
    Preceding(Expr),
    CurrentRow,
    Following(Expr),
    UnboundedFollowing,
}

/// `expr desc nulls last`
#[derive(Clone, Debug)]
pub struct OrderKey {
    /// The key.
    pub expr: Expr,
    /// `desc`
    pub descending: bool,
    /// `nulls first`; `None`: Postgres's default (last when ascending, first when descending). Printers must keep that meaning.
    pub nulls_first: Option<bool>,
}

/// A path into a JSON value.
#[derive(Clone, Debug)]
pub struct JsonAccess {
    /// The JSON value.
    pub base: Expr,
    /// The steps; never empty.
    pub steps: Vec<JsonStep>,
    /// Yields a scalar (the expression's type, taken out as text and cast) rather than JSON.
    pub scalar: bool,
}

/// A step of a JSON path.
#[derive(Clone, Debug)]
pub enum JsonStep {
    /// `.family`
    Field(Arc<str>),
    /// `[0]`, from 0; negative counts from the end.
    Index(i64),
    /// `[system = 'phone' and use is distinct from 'old'][0]`: of the elements that fit every condition, the one at this place, from 0.
    Pick {
        /// At least one.
        conditions: Vec<JsonCondition>,
        /// Its place among those that fit.
        index: u32,
    },
    /// `-> expr` on untyped JSON: a computed key or index.
    Computed(Box<Expr>),
}

/// A condition on a field of a JSON element.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct JsonCondition {
    /// The field.
    pub field: Arc<str>,
    /// The text it is compared with.
    pub equals: Arc<str>,
    /// `is distinct from`: fits where the field is another text or missing.
    pub negated: bool,
}

/// A written exception to the flow rules.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Release {
    /// What the released value is labelled instead.
    pub label: Label,
    /// What it tells without that.
    pub from: Label,
    /// Whether all that is told is that there is a value: `is not null` of a stored one.
    pub presence: bool,
    /// Why; never empty.
    pub because: Arc<str>,
    /// Where written.
    pub at: Span,
}
