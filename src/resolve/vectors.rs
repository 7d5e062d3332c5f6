//! Vectors: how many numbers a column keeps, and the indexes that find what is near.

use super::columns::column_at;
use super::types::{Place, TypeReader};
use super::words::{Key, Read, Words, choice};
use crate::base::{Ident, Span};
use crate::diag::{Code, Diagnostic};
use crate::ir::{Dialect, Distance, Index, Search, SearchMethod, Table, Type};
use crate::syntax::ast::TypeName;

/// pgvector's longest vector in an index.
const LONGEST_SEARCHED: u16 = 2_000;

fn shape(at: Span, message: impl Into<String>) -> Diagnostic {
    Diagnostic::error(Code::VectorShape, at, message)
}

impl TypeReader<'_> {
    /// `vector(384)`
    pub(super) fn vector(&self, ty: &TypeName) -> Read<Type> {
        let length = match ty.numbers.as_slice() {
            [length] => u16::try_from(*length).ok().filter(|n| (1..=Type::LONGEST_VECTOR).contains(n)),
            _ => None,
        };
        let Some(length) = length else {
            return Err(shape(ty.at, format!("a vector says how many numbers it holds, 1 to {}", Type::LONGEST_VECTOR))
                .help("write as many as the model of embeddings yields: `vector(384)`"));
        };
        if self.place == Place::Field {
            return Err(shape(ty.at, "JSON holds no vectors").help("declare the field as `real[]`"));
        }
        if ty.array || ty.of.is_some() {
            return Err(shape(ty.at, "a column holds one vector, not an array of them").help("keep each in a row of its own"));
        }
        match self.program.project.warehouse.as_ref().map(|w| w.dialect).filter(|d| *d != Dialect::Postgres) {
            None => Ok(Type::Vector(Some(length))),
            Some(dialect) => {
                let array = if dialect == Dialect::BigQuery { "double precision[]" } else { "real[]" };
                Err(Diagnostic::error(Code::DialectGap, ty.at, format!("{} has no type for a vector of {length} numbers", dialect.name()))
                    .help(format!("it keeps them as arrays: declare the column as `{array}`")))
            }
        }
    }
}

/// The columns of an index of an own table, and how it is searched: `(patient_id, day)`, `(embedding) using hnsw by cosine`.
pub(super) fn index(words: &mut Words<'_>, table: &Table, unique: bool) -> Read<Index> {
    let columns = words.names("a column")?;
    let mut vector = None;
    for (name, at) in &columns {
        let place = column_at(table, name, *at)?;
        if let Some(Type::Vector(Some(length))) = table.columns.get(place as usize).map(|c| &c.ty) {
            vector = Some((name, *length, *at));
        }
    }
    let using = words.peek_key().filter(|k| k.text == "using");
    let search = match (using, vector) {
        (None, None) => None,
        (None, Some((name, _, at))) => {
            return Err(shape(at, format!("an index over `{name}`, a vector, does not say how it is searched"))
                .help(format!("write `index ({name}) using hnsw by cosine`")));
        }
        (Some(key), None) => {
            return Err(shape(key.at, "`using` is for an index over a vector").help("write the index without it: it is a b-tree"));
        }
        (Some(key), Some((_, length, at))) => {
            if unique || columns.len() > 1 {
                return Err(shape(at, "an index that searches a vector has that one column, and is not unique"));
            }
            if length > LONGEST_SEARCHED {
                return Err(shape(at, format!("{length} numbers are more than an index of pgvector's takes, which is {LONGEST_SEARCHED}"))
                    .help("keep shorter vectors, or leave the index out: a query reads every row then"));
            }
            words.next();
            Some(Box::new(search(words, key)?))
        }
    };
    Ok(Index { columns: columns.into_iter().map(|(name, _)| name).collect(), unique, search })
}

/// `hnsw by cosine m 16`
fn search(words: &mut Words<'_>, using: Key<'_>) -> Read<Search> {
    let key = words.key("`hnsw` or `ivfflat`")?;
    let method = match key.text {
        "hnsw" => SearchMethod::Hnsw,
        "ivfflat" => SearchMethod::Ivfflat,
        _ => return Err(choice("index over vectors", key, ["hnsw", "ivfflat"])),
    };
    let distances = Distance::ALL.into_iter().filter(|d| method == SearchMethod::Hnsw || *d != Distance::L1);
    if !words.take("by") {
        return Err(shape(using.at, "an index over a vector says by which distance it is searched").help(format!(
            "write `using {} by` {}",
            method.word(),
            distances.map(|d| format!("`{}`", d.word())).collect::<Vec<_>>().join(", ")
        )));
    }
    let key = words.key("a distance")?;
    let distance = distances.clone().find(|d| d.word() == key.text);
    let distance = distance.ok_or_else(|| choice("distance of this index", key, distances.map(Distance::word).collect::<Vec<_>>()))?;
    let mut settings: Vec<(&'static str, u32)> = Vec::new();
    while let Some(key) = words.peek_key() {
        let (name, least, most) = match (method, key.text) {
            (SearchMethod::Hnsw, "m") => ("m", 2, 100),
            (SearchMethod::Hnsw, "ef_construction") => ("ef_construction", 4, 1000),
            (SearchMethod::Ivfflat, "lists") => ("lists", 1, 32_768),
            (SearchMethod::Hnsw, _) => return Err(choice("setting of this index", key, ["m", "ef_construction"])),
            (SearchMethod::Ivfflat, _) => return Err(choice("setting of this index", key, ["lists"])),
        };
        words.next();
        let at = words.here();
        let value = words.number("a whole number")?;
        if !(least..=most).contains(&value) || settings.iter().any(|(n, _)| *n == name) {
            return Err(shape(at, format!("`{name}` is said once, and is {least} to {most}")));
        }
        settings.push((name, value));
    }
    let of = |name: &str, default: u32| settings.iter().find(|(n, _)| *n == name).map_or(default, |(_, v)| *v);
    // pgvector's own defaults, and its own condition.
    if of("ef_construction", 64) < 2 * of("m", 16) {
        return Err(shape(key.at, "`ef_construction` is at least twice `m`").help(format!("write `ef_construction {}`", 2 * of("m", 16))));
    }
    Ok(Search { method, distance, settings })
}

/// What a vector cannot be: Postgres would keep a b-tree of whole vectors, which takes no long ones, and nobody looks one up by all its numbers.
pub(super) fn constrained(table: &Table, place: u32, word: &str, at: Span) -> Read<()> {
    match table.columns.get(place as usize) {
        Some(column) if matches!(column.ty, Type::Vector(_)) => {
            Err(shape(at, format!("`{}` is a vector, and `{word}` is not for vectors", column.name))
                .help("keep an id beside it; what is near a vector is found by an index: `index (…) using hnsw by cosine`"))
        }
        _ => Ok(()),
    }
}

/// Names of an index of a model, which searches no vectors.
pub(super) fn plain_index(words: &mut Words<'_>, unique: bool) -> Read<Index> {
    let columns = words.names("a column")?;
    if let Some(key) = words.peek_key().filter(|k| k.text == "using") {
        return Err(shape(key.at, "indexes over vectors stand on tables of the platform's own")
            .help("search the table that others fill, and join what is found to this model"));
    }
    Ok(Index { columns: columns.into_iter().map(|(name, _): (Ident, Span)| name).collect(), unique, search: None })
}
