//! Models, metrics and what they are made of.

use super::{Annotation, ColumnDecl, Doc, For, MaskRule, Name, NamePart, RawText, Sentence, Snippet, Template, Word};
use crate::base::Span;
use smol_str::SmolStr;

/// What a [`Model`] item is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ModelKind {
    /// A relation the platform builds.
    Model,
    /// Built from metrics.
    Fact,
    /// Checked, never built.
    Query,
}

/// A model, fact or checked query.
#[derive(Clone, Debug)]
pub struct Model {
    /// Which.
    pub kind: ModelKind,
    /// Its name.
    pub name: NamePart,
    /// `in marts`
    pub layer: Option<NamePart>,
    /// `as table`, `as incremental(key: id, cursor: loaded_at)`, and for a fact everything after `from metrics`, e.g. `min_group 11 of subject patient`.
    pub head: Vec<Word>,
    /// Where its rows come from.
    pub body: ModelBody,
    /// All of it.
    pub at: Span,
}

/// Where a model's rows come from.
#[derive(Clone, Debug)]
pub enum ModelBody {
    /// `{ from … select { … } }`
    Clauses(Body),
    /// `{ sql """ … """  <settings and assertions> }`
    Sql {
        /// The text between the quotes.
        text: RawText,
        /// Everything else in the block.
        rest: Body,
    },
    /// `from sql "models/x.sql"`, with an optional block.
    SqlFile {
        /// Path beside the `.pipe` file.
        path: Template,
        /// Its place.
        at: Span,
        /// The block.
        rest: Body,
    },
    /// `= patient masked by deidentify { drop registration_date; … }`
    Masked {
        /// The base model.
        base: Name,
        /// The masking.
        masking: Name,
        /// `drop`, extra rules, assertions.
        rest: Body,
        /// Rules that override the masking's for this model.
        rules: Vec<MaskRule>,
    },
    /// `from metrics *` or a list of metrics.
    Metrics {
        /// Names and globs.
        metrics: Vec<Name>,
        /// The block.
        rest: Body,
    },
}

/// The clauses of a declarative body, in the order written.
#[derive(Clone, Debug, Default)]
pub struct Body {
    /// The clauses.
    pub clauses: Vec<Clause>,
    /// With its braces.
    pub at: Span,
}

/// A clause with its place.
#[derive(Clone, Debug)]
pub struct Clause {
    /// What it says.
    pub kind: ClauseKind,
    /// All of it.
    pub at: Span,
}

/// Every clause of a body.
#[derive(Clone, Debug)]
pub enum ClauseKind {
    /// `let latest = { … }`
    Let {
        /// Its name.
        name: NamePart,
        /// Its body.
        body: Box<Body>,
    },
    /// `let latest = sql """…"""`
    LetSql {
        /// Its name.
        name: NamePart,
        /// Its text.
        text: RawText,
    },
    /// `from stg_patient as p`: everything after `from`.
    From(Snippet),
    /// `left join latest as l on …`: the whole clause, `left join` and `on` included.
    Join(Snippet),
    /// `unnest p.items as item`: everything after `unnest`.
    Unnest(Snippet),
    /// `where …`
    Where(Snippet),
    /// `group by a, b`: everything after `group by`.
    GroupBy(Snippet),
    /// `having …`
    Having(Snippet),
    /// `qualify …`
    Qualify(Snippet),
    /// `select { … }` or `select distinct { … }`
    Select {
        /// `distinct`
        distinct: bool,
        /// Its entries.
        entries: Vec<SelectEntry>,
    },
    /// `distinct on a, b`: everything after `distinct on`.
    DistinctOn(Snippet),
    /// `union all { … }`, `union { … }`, `intersect { … }`, `except { … }`
    SetOperation {
        /// `union`, `intersect`, `except`
        operator: SmolStr,
        /// `all`
        all: bool,
        /// The other side.
        body: Box<Body>,
    },
    /// `order by a desc, b`: everything after `order by`.
    OrderBy(Snippet),
    /// `limit 10`
    Limit(Snippet),
    /// `pivot …`: parsed as words.
    Pivot(Sentence),
    /// `assert unique(id)`, `assert "name" sql """…"""`, `assert k_anonymous(5, by: (zip3)) severity warn`
    Assert(Assert),
    /// `columns { id text key; … }`: the model's contract.
    Columns(Vec<ColumnDecl>),
    /// `drop registration_date, note`: names.
    Drop(Vec<Name>),
    /// Any other entry: `index (a, b)`, `partition by …`, `tags …`, `owner …`.
    Setting(Sentence),
}

/// An entry of a `select` block.
#[derive(Clone, Debug)]
pub enum SelectEntry {
    /// `name = expr @category`, or `expr` whose last name part names it, or `*`, `e.*`.
    Column {
        /// `///` lines above.
        doc: Option<Doc>,
        /// The name before `=`.
        name: Option<NamePart>,
        /// The expression, without annotations.
        expr: Snippet,
        /// `@name`
        annotations: Vec<Annotation>,
        /// All of it.
        at: Span,
    },
    /// `for c in q.rows where … { … }`
    For(For<SelectEntry>),
}

/// An assertion.
#[derive(Clone, Debug)]
pub struct Assert {
    /// `"every visit has a patient"`
    pub name: Option<Template>,
    /// What is asserted.
    pub what: AssertKind,
    /// Words after it: `severity warn`, `within 30d`.
    pub tail: Vec<Word>,
    /// All of it.
    pub at: Span,
}

/// Kinds of assertions.
#[derive(Clone, Debug)]
pub enum AssertKind {
    /// `unique(a, b)`, `not_null(a)`, `one_of(a, ("M", "F"))`, `matches(a, "…")`, `between(a, 0, 120)`, `references(a, t.id)`, `k_anonymous(…)`
    Call {
        /// Its name.
        name: SmolStr,
        /// Arguments.
        args: Vec<Vec<Word>>,
    },
    /// `sql """select … """`: rows it returns are failures.
    Sql(RawText),
    /// `that a <= b`: a condition that holds for every row.
    That(Snippet),
}

/// `metric m from t { value = …; over d grain day by x unit count }` or `metric m = a / b unit percent`
#[derive(Clone, Debug)]
pub struct Metric {
    /// Its name.
    pub name: NamePart,
    /// How it is computed.
    pub body: MetricBody,
    /// All of it.
    pub at: Span,
}

/// How a metric is computed.
#[derive(Clone, Debug)]
pub enum MetricBody {
    /// Over a model.
    From {
        /// The model.
        source: Name,
        /// `value = …`
        value: Option<Snippet>,
        /// `where …`
        filter: Option<Snippet>,
        /// All other words, flat: `over period_date grain day by organization_id unit count`.
        settings: Vec<Word>,
    },
    /// From other metrics.
    Ratio {
        /// The expression over metric names.
        expr: Snippet,
        /// `unit percent`
        settings: Vec<Word>,
    },
}
