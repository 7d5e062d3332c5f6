//! The typed tree of one `.pipe` file. Two shapes carry the language:
//!
//! * a **sentence**, words and an optional block of further sentences, for everything that is settings
//!   (`bucket anon { clearance deidentified; readers analyst; archive 90d }`);
//! * **structured items** where SQL or types stand: tables, types, models, metrics, policies, maskings, functions.
//!
//! SQL text is never interpreted here: a [`Snippet`] is a span, read later by `lower`.
//! Names and texts may hold `${…}`; they are [`Template`]s until a generation loop gives them values.

use crate::base::Span;
use smol_str::SmolStr;
use std::sync::Arc;

/// One file.
#[derive(Clone, Debug, Default)]
pub struct File {
    /// `module std.hipaa`, in the standard library only.
    pub module: Option<Name>,
    /// Its items, in order. Broken stretches are left out here; the parser has reported them.
    pub items: Vec<Item>,
}

/// A declaration with its documentation.
#[derive(Clone, Debug)]
pub struct Item {
    /// The `///` lines above it, without the slashes.
    pub doc: Option<Doc>,
    /// What it declares.
    pub kind: ItemKind,
    /// All of it.
    pub at: Span,
}

/// `///` lines joined by newlines.
#[derive(Clone, Debug)]
pub struct Doc {
    /// The text, leading blank of each line removed.
    pub text: Template,
    /// The lines.
    pub at: Span,
}

/// Every kind of declaration.
#[derive(Clone, Debug)]
pub enum ItemKind {
    /// `use std.hipaa`
    Use(Name),
    /// `for q in csv("…") group by table { … }` around items.
    For(For<Item>),
    /// `source airbyte on warehouse schema "airbyte" { … }`, and an operational `table` outside a source.
    Source(Source),
    /// An operational table of the platform's own.
    Table(Table),
    /// `type HumanName { … }`: the shape of a JSON object.
    Type(TypeDecl),
    /// `model m in marts as table { … }`, `fact f in marts from metrics *`, `query q { … }`.
    Model(Box<Model>),
    /// `metric m from t { … }` or `metric m = a / b`.
    Metric(Box<Metric>),
    /// `masking deidentify { … }`
    Masking(Masking),
    /// `function`, `operator`, `aggregate`, `window`, `mask`.
    Function(Box<Function>),
    /// `policy p on t for r where …`
    Policy(Box<Policy>),
    /// `test "…" { … }`
    Test(Box<Test>),
    /// `terraform raw """…"""`
    TerraformRaw(RawText),
    /// All others: `project`, `layer`, `category`, `clearance`, `role`, `entitlement`, `grant`, `bucket`, `export`, `pipeline`,
    /// `environment`, `var`, `output`, `exposure`, `network`, `database`, `compute`, `dataset`, `service_account`, `api`, `seed`, `schedule`.
    /// The first word is the keyword.
    Sentence(Sentence),
}

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
    /// `csv("seeds/x.csv")`, `lower(q.table)`
    Call(SmolStr, Vec<GenExpr>),
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

/// A name or text that may hold `${…}`.
#[derive(Clone, Debug)]
pub enum Template {
    /// No holes; escapes already resolved.
    Plain(SmolStr),
    /// Text and holes in turn.
    Mixed(Arc<[TemplatePart]>),
}

/// A piece of a [`Template`].
#[derive(Clone, Debug)]
pub enum TemplatePart {
    /// Fixed text.
    Text(SmolStr),
    /// `${expr}`
    Hole(GenExpr),
}

/// A possibly dotted name: `marts.patient`, `std.hipaa`, `${q.table}_anon`, `qr_*_anon` (a glob), `"Quoted Name"`.
#[derive(Clone, Debug)]
pub struct Name {
    /// Its parts between the dots. Holes may stand in each.
    pub parts: Vec<NamePart>,
    /// All of it.
    pub at: Span,
}

/// One part of a [`Name`].
#[derive(Clone, Debug)]
pub struct NamePart {
    /// The text, without quotes. Not folded.
    pub text: Template,
    /// Whether it was written in quotes (then its case is kept).
    pub quoted: bool,
    /// Its place.
    pub at: Span,
}

/// A stretch of SQL: one expression, a table reference, or a whole statement. Only a span: `lower` reads it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Snippet {
    /// The text, trimmed.
    pub at: Span,
}

/// The content of `"""…"""`.
#[derive(Clone, Debug)]
pub struct RawText {
    /// What lies between the quotes.
    pub at: Span,
}

/// A sentence: words, then maybe a block.
#[derive(Clone, Debug)]
pub struct Sentence {
    /// `///` lines above it, when it stands in a block.
    pub doc: Option<Doc>,
    /// At least one.
    pub words: Vec<Word>,
    /// `{ … }`
    pub block: Option<Vec<Sentence>>,
    /// All of it.
    pub at: Span,
}

/// A word of a sentence.
#[derive(Clone, Debug)]
pub struct Word {
    /// What it is.
    pub kind: WordKind,
    /// Its place.
    pub at: Span,
}

/// Kinds of words.
#[derive(Clone, Debug)]
pub enum WordKind {
    /// `analyst`, `bucket.raw.name`, `qr_*_anon`, `*`
    Name(Name),
    /// `"text"`: escapes resolved (`\"`, `\\`, `\n`, `\t`, `$${`).
    Text(Template),
    /// `90d`, `100GB`, `16`, `1.5`, `-3`
    Number {
        /// Digits, sign and point.
        value: SmolStr,
        /// Letters behind it; may be empty.
        unit: SmolStr,
    },
    /// `100GB..500GB`
    Range(Box<Word>, Box<Word>),
    /// `env("X")`, `expert('ED-1', expires '2027-12-31')`: each argument a list of words.
    Call {
        /// What is called.
        name: SmolStr,
        /// Its arguments.
        args: Vec<Vec<Word>>,
    },
    /// `(a, b)`: each element a list of words.
    List(Vec<Vec<Word>>),
    /// `=`, `->`, `/`, `,`, `:`, `.`, `+`
    Symbol(SmolStr),
    /// `"""…"""`
    Raw(RawText),
    /// `'single quoted'`: a SQL text.
    SqlText(Template),
}

/// A written type: `json<r4.Patient>`, `numeric(12, 2)`, `text[]?`.
#[derive(Clone, Debug)]
pub struct TypeName {
    /// `text`, `json`, `HumanName`, `r4.Patient`; several words are joined by one blank (`double precision`).
    pub name: Name,
    /// `(12, 2)`
    pub numbers: Vec<u32>,
    /// `<r4.Patient>`
    pub of: Option<Box<TypeName>>,
    /// `[]`
    pub array: bool,
    /// `?`
    pub nullable: bool,
    /// All of it.
    pub at: Span,
}

/// `@name`, `@${c.category}`
#[derive(Clone, Debug)]
pub struct Annotation {
    /// The category.
    pub name: NamePart,
    /// With the `@`.
    pub at: Span,
}

/// `first_name text? @name references x.y`
#[derive(Clone, Debug)]
pub struct ColumnDecl {
    /// `///` above or nothing.
    pub doc: Option<Doc>,
    /// Name.
    pub name: NamePart,
    /// Type.
    pub ty: TypeName,
    /// Categories.
    pub annotations: Vec<Annotation>,
    /// `key`, `unique`, `references facilities.id`, `one_of ("M", "F")`, `default …`, `check …`, `measure`: flat words, in order.
    pub constraints: Vec<Word>,
    /// All of it.
    pub at: Span,
}

/// A source and its tables.
#[derive(Clone, Debug)]
pub struct Source {
    /// Its name.
    pub name: NamePart,
    /// Words after the name: `on warehouse schema "airbyte"`.
    pub head: Vec<Word>,
    /// `freshness by … warn 24h error 48h`, `sample "data/{table}.ndjson"`, …
    pub settings: Vec<Sentence>,
    /// Its tables.
    pub tables: Vec<Table>,
}

/// A declared table.
#[derive(Clone, Debug)]
pub struct Table {
    /// `///`
    pub doc: Option<Doc>,
    /// Its name.
    pub name: NamePart,
    /// Words between name and block.
    pub head: Vec<Word>,
    /// Its columns.
    pub columns: Vec<ColumnDecl>,
    /// Table-level settings and constraints (`unique (a, b)`, `index …`, `partition by …`, `subject patient`).
    pub settings: Vec<Sentence>,
    /// All of it.
    pub at: Span,
}

/// The shape of a JSON object.
#[derive(Clone, Debug)]
pub struct TypeDecl {
    /// Its name.
    pub name: NamePart,
    /// Its fields; constraints are empty.
    pub fields: Vec<ColumnDecl>,
}

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

/// `masking deidentify { … }`
#[derive(Clone, Debug)]
pub struct Masking {
    /// Its name.
    pub name: NamePart,
    /// Its rules.
    pub rules: Vec<MaskRule>,
}

/// `birth_date -> age_band(as_of => …, width => 5) as age_band`
#[derive(Clone, Debug)]
pub struct MaskRule {
    /// Categories (in a masking) or columns (in a masked model).
    pub targets: Vec<NamePart>,
    /// The mask call without its first argument: `zip3` or `hmac_token(key => …)`; `drop` and `nullify` too.
    pub mask: Snippet,
    /// `as age_band`
    pub rename: Option<NamePart>,
    /// All of it.
    pub at: Span,
}

/// `function f(a: text, b: integer = 3) -> text? { postgres "…" sqlite "…" }`
#[derive(Clone, Debug)]
pub struct Function {
    /// `function`, `operator`, `aggregate`, `window`, `mask`
    pub kind: FunctionKind,
    /// Its name or operator symbol.
    pub name: SmolStr,
    /// Where the name stands.
    pub name_at: Span,
    /// Parameters.
    pub params: Vec<Param>,
    /// Result.
    pub result: TypeName,
    /// `!` after the result: never null. (`?` is in the type: may be null; neither: null when an argument is.)
    pub never_null: bool,
    /// Words between signature and block: `general` as a mask's resulting form, `lowers name phone`, `intact`, …
    pub tail: Vec<Word>,
    /// `postgres "…"`, `sqlite "…"`, `generic "…"`; no block: the same call in every dialect.
    pub bodies: Option<Vec<Sentence>>,
    /// All of it.
    pub at: Span,
}

/// Kinds of functions.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "the keywords of the language")]
pub enum FunctionKind {
    Function,
    Operator,
    Aggregate,
    Window,
    Mask,
    /// `table function`: yields rows.
    Table,
}

/// A parameter.
#[derive(Clone, Debug)]
pub struct Param {
    /// Its name.
    pub name: SmolStr,
    /// Its type; a single upper-case letter is a type variable.
    pub ty: TypeName,
    /// `= 5`: the default, as one word.
    pub default: Option<Word>,
    /// `...` after the type: takes any number.
    pub variadic: bool,
}

/// `policy client_rows on client_report for client_uhc where client = 'United Healthcare'`
#[derive(Clone, Debug)]
pub struct Policy {
    /// Its name.
    pub name: NamePart,
    /// The object.
    pub on: Name,
    /// Roles; `*` is one name.
    pub roles: Vec<Name>,
    /// Which rows they see.
    pub filter: Snippet,
}

/// `test "…" { given … expect … }` or access assertions.
#[derive(Clone, Debug)]
pub struct Test {
    /// Its title.
    pub title: Template,
    /// `given t [ { … } ]` and `expect t [ { … } ]`
    pub cases: Vec<TestRows>,
    /// `role analyst cannot read patient.family`
    pub access: Vec<Sentence>,
}

/// Rows of a unit test.
#[derive(Clone, Debug)]
pub struct TestRows {
    /// `expect` rather than `given`.
    pub expected: bool,
    /// The table or model.
    pub table: Name,
    /// Rows: column and SQL literal.
    pub rows: Vec<Vec<(NamePart, Snippet)>>,
    /// All of it.
    pub at: Span,
}
