//! The functions SQLite lacks, under names that begin with `pipec_`: what printed SQL and the standard library's `sqlite` bodies call.
//! Each does what PostgreSQL does, to the error.

mod aggregate;
pub(crate) mod calendar;
pub(crate) mod convert;
mod dates;
mod format;
mod hash;
mod intervals;
mod json;
mod jsonb;
mod mask;
mod mask_numbers;
mod mask_texts;
mod numbers;
mod patterns;
mod statistics;
mod text;

pub(crate) use json::canonical as canonical_json;
#[cfg(test)]
mod tests;

use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, Error};
use std::borrow::Cow;
use std::sync::Arc;

/// A function: its value, or PostgreSQL's complaint.
type Scalar = fn(&Args<'_, '_>) -> Result<Value, String>;

/// Its arguments; a missing or NULL one is `None`.
pub(super) struct Args<'c, 'a>(&'c Context<'a>);

impl Args<'_, '_> {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn raw(&self, index: usize) -> ValueRef<'_> {
        if index < self.0.len() { self.0.get_raw(index) } else { ValueRef::Null }
    }

    fn value(&self, index: usize) -> Value {
        match self.raw(index) {
            ValueRef::Null => Value::Null,
            ValueRef::Integer(n) => Value::Integer(n),
            ValueRef::Real(n) => Value::Real(n),
            ValueRef::Text(bytes) => Value::Text(String::from_utf8_lossy(bytes).into_owned()),
            ValueRef::Blob(bytes) => Value::Blob(bytes.to_vec()),
        }
    }

    fn text(&self, index: usize) -> Option<Cow<'_, str>> {
        match self.raw(index) {
            ValueRef::Null => None,
            ValueRef::Text(bytes) | ValueRef::Blob(bytes) => Some(String::from_utf8_lossy(bytes)),
            ValueRef::Integer(n) => Some(Cow::Owned(n.to_string())),
            ValueRef::Real(n) => Some(Cow::Owned(convert::show_number(n))),
        }
    }

    fn int(&self, index: usize) -> Option<i64> {
        match self.raw(index) {
            ValueRef::Integer(n) => Some(n),
            ValueRef::Real(n) => Some(n.round() as i64),
            _ => self.text(index)?.trim().parse().ok(),
        }
    }
}

fn some(text: impl Into<String>) -> Result<Value, String> {
    Ok(Value::Text(text.into()))
}

fn maybe(text: Option<String>) -> Result<Value, String> {
    Ok(text.map_or(Value::Null, Value::Text))
}

/// How SQLite marks a text that is JSON, so that `json_array` does not quote it.
const JSON: u32 = b'J' as u32;

/// Registers all of them. `key` is the throw-away key that stands in for every secret.
pub(super) fn register(connection: &Connection, key: &str) -> Result<(), Error> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_INNOCUOUS;
    let tables = [
        convert::SCALARS,
        dates::SCALARS,
        format::SCALARS,
        hash::SCALARS,
        intervals::SCALARS,
        json::SCALARS,
        jsonb::SCALARS,
        mask_numbers::SCALARS,
        mask_texts::SCALARS,
        numbers::SCALARS,
        patterns::SCALARS,
        text::SCALARS,
    ];
    for (name, arity, function) in tables.into_iter().flatten() {
        connection.create_scalar_function(*name, *arity, flags, move |context| call(*function, context))?;
    }
    let key: Arc<str> = key.into();
    for (name, arity, function) in mask::KEYED {
        let key = key.clone();
        connection.create_scalar_function(*name, *arity, flags, move |context| Ok(function(&Args(context), &key)))?;
    }
    let boolean = |context: &Context<'_>| Ok((Args(context).int(0).map(|n| if n != 0 { "true" } else { "false" }), Some(JSON)));
    connection.create_scalar_function("pipec_json_boolean", 1, flags | FunctionFlags::SQLITE_RESULT_SUBTYPE, boolean)?;
    statistics::register(connection, flags)?;
    aggregate::register(connection, flags)
}

fn call(function: Scalar, context: &Context<'_>) -> Result<Value, Error> {
    function(&Args(context)).map_err(|complaint| Error::UserFunctionError(complaint.into()))
}
