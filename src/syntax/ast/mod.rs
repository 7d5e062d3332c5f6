//! The typed tree of one `.pipe` file. Two shapes carry the language:
//!
//! * a **sentence**, words and an optional block of further sentences, for everything that is settings
//!   (`bucket anon { clearance deidentified; readers analyst; archive 90d }`);
//! * **structured items** where SQL or types stand: tables, types, models, metrics, policies, maskings, functions.
//!
//! SQL text is never interpreted here: a [`Snippet`] is a span, read later by `lower`.
//! Names and texts may hold `${…}`; they are [`Template`]s until a generation loop gives them values.

mod generation;
mod model;
mod rule;
mod table;
mod words;

pub use generation::{For, GenExpr, GenKind, GenOp};
pub use model::{Assert, AssertKind, Body, Clause, ClauseKind, Metric, MetricBody, Model, ModelBody, ModelKind, SelectEntry};
pub use rule::{AccessSentence, Function, FunctionKind, MaskRule, Masking, Param, Policy, Test, TestRows};
pub use table::{ColumnDecl, Source, Table, TypeDecl, TypeName};
pub use words::{Annotation, Name, NamePart, RawText, Sentence, Snippet, Template, TemplatePart, Word, WordKind};

use crate::base::Span;

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
    /// `environment`, `var`, `output`, `exposure`, `network`, `database`, `compute`, `dataset`, `service_account`, `api`, `seed`, `schedule`, `subject`, `zip3_areas`.
    /// The first word is the keyword.
    Sentence(Sentence),
}
