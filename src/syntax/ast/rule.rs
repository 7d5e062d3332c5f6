//! Maskings, functions, policies and tests.

use super::{Name, NamePart, Sentence, Snippet, Template, TypeName, Word};
use crate::base::Span;
use smol_str::SmolStr;

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
    pub access: Vec<AccessSentence>,
}

/// What a test says of access: words, and maybe of which rows.
#[derive(Clone, Debug)]
pub struct AccessSentence {
    /// `role analyst can read patient only`
    pub words: Sentence,
    /// What stands behind `where`.
    pub rows: Option<Snippet>,
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
