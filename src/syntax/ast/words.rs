//! The words of settings, names and texts with their holes.

use super::{Doc, GenExpr};
use crate::base::Span;
use smol_str::SmolStr;
use std::sync::Arc;

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

/// `@name`, `@${c.category}`
#[derive(Clone, Debug)]
pub struct Annotation {
    /// The category.
    pub name: NamePart,
    /// With the `@`.
    pub at: Span,
}
