use super::Label;
use crate::base::{Ident, Span};
use std::fmt;
use std::sync::Arc;

/// A SQL type, Postgres's as home. Nullability stands beside it, not in it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Type {
    /// An expression that failed to lower; raises no second error.
    Error,
    /// `null` and untyped string literals, before context decides (Postgres's `unknown`).
    Unknown,
    /// `boolean`
    Boolean,
    /// `smallint`
    SmallInt,
    /// `integer`
    Integer,
    /// `bigint`
    BigInt,
    /// `numeric(p, s)`
    Numeric(Option<(u16, i16)>),
    /// `real`
    Real,
    /// `double precision`
    Double,
    /// `text`; `varchar(n)` and `char(n)` are read as text with a length.
    Text(Option<u32>),
    /// `date`
    Date,
    /// `time`
    Time,
    /// `timestamp`
    Timestamp,
    /// `timestamptz`
    Timestamptz,
    /// `interval`
    Interval,
    /// `uuid`
    Uuid,
    /// `bytea`
    Bytea,
    /// `vector(384)`: that many numbers, as pgvector keeps them. Of any number only inside function signatures.
    Vector(Option<u16>),
    /// `jsonb`, typed or not
    Json(JsonShape),
    /// `t[]`
    Array(Box<Type>),
    /// Inside function signatures: `T`, any type, the same wherever the letter stands.
    Variable(char),
    /// Inside function signatures: any type at all.
    Any,
}

impl Type {
    /// Plain `text`.
    pub const TEXT: Type = Type::Text(None);
    /// Untyped `json`.
    pub const JSON: Type = Type::Json(JsonShape::Any);

    /// The most numbers that pgvector keeps in a vector.
    pub const LONGEST_VECTOR: u16 = 16_000;

    /// Whether it is one of the number types.
    pub fn is_number(&self) -> bool {
        matches!(self, Type::SmallInt | Type::Integer | Type::BigInt | Type::Numeric(_) | Type::Real | Type::Double)
    }
}

/// What is known of a JSON value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum JsonShape {
    /// Nothing: paths yield untyped JSON.
    Any,
    /// An object of a declared type. The label, when there, was said by an enclosing field and replaces the type's own: the outermost annotation on a path wins.
    Object(JsonTypeId, Option<Label>),
    /// An array of such values.
    Array(Box<JsonShape>),
    /// A scalar still wrapped in JSON (an element of an array of texts).
    Scalar(Box<Type>, Label),
}

/// Index into [`Program::json_types`](super::Program).
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord, Hash)]
pub struct JsonTypeId(pub u32);

/// A declared JSON object type.
#[derive(Clone, Debug)]
pub struct JsonType {
    /// `Patient`
    pub name: Ident,
    /// `std.fhir.r4`; empty for the project's own.
    pub module: Arc<str>,
    /// Its fields by exact name, in declared order.
    pub fields: Vec<JsonField>,
    /// Where declared.
    pub at: Span,
}

/// A field of a [`JsonType`].
#[derive(Clone, Debug)]
pub struct JsonField {
    /// Case-sensitive.
    pub name: Ident,
    /// Scalar SQL type, or `Type::Json` with a shape.
    pub ty: Type,
    /// Whether it may be missing.
    pub nullable: bool,
    /// What its annotation says; `None`: an enclosing or an inner annotation decides, else unclassified.
    pub label: Option<Label>,
    /// `by system`: the field beside it that says which of its categories a value has. Under a filter `[system = 'phone']` it tells
    /// `phone` only.
    pub by: Option<Ident>,
    /// Where declared.
    pub at: Span,
}

impl fmt::Display for Type {
    /// As Postgres writes it, and as messages say it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Type::Error => f.write_str("<error>"),
            Type::Unknown => f.write_str("unknown"),
            Type::Boolean => f.write_str("boolean"),
            Type::SmallInt => f.write_str("smallint"),
            Type::Integer => f.write_str("integer"),
            Type::BigInt => f.write_str("bigint"),
            Type::Numeric(None) => f.write_str("numeric"),
            Type::Numeric(Some((p, s))) => write!(f, "numeric({p}, {s})"),
            Type::Real => f.write_str("real"),
            Type::Double => f.write_str("double precision"),
            Type::Text(None) => f.write_str("text"),
            Type::Text(Some(n)) => write!(f, "varchar({n})"),
            Type::Date => f.write_str("date"),
            Type::Time => f.write_str("time"),
            Type::Timestamp => f.write_str("timestamp"),
            Type::Timestamptz => f.write_str("timestamptz"),
            Type::Interval => f.write_str("interval"),
            Type::Uuid => f.write_str("uuid"),
            Type::Bytea => f.write_str("bytea"),
            Type::Vector(None) => f.write_str("vector"),
            Type::Vector(Some(n)) => write!(f, "vector({n})"),
            Type::Json(_) => f.write_str("jsonb"),
            Type::Array(of) => write!(f, "{of}[]"),
            Type::Variable(v) => write!(f, "{v}"),
            Type::Any => f.write_str("any"),
        }
    }
}
