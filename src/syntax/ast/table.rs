//! Sources, their tables, JSON types and written types.

use super::{Annotation, Doc, Name, NamePart, Sentence, Word};
use crate::base::Span;

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
