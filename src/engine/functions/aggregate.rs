//! Aggregates over distinct values, in order, as PostgreSQL gives them.

use super::Args;
use super::json::compare;
use rusqlite::functions::{Aggregate, Context, FunctionFlags};
use rusqlite::types::Value;
use rusqlite::{Connection, Error, Result};

pub(super) fn register(connection: &Connection, flags: FunctionFlags) -> Result<()> {
    connection.create_aggregate_function("pipec_string_agg_distinct", 3, flags, Distinct { joined: true })?;
    connection.create_aggregate_function("pipec_array_agg_distinct", 2, flags, Distinct { joined: false })
}

struct Distinct {
    /// A text with separators rather than an array.
    joined: bool,
}

#[derive(Default)]
struct Seen {
    values: Vec<Value>,
    separator: String,
    /// `desc`, `nulls first`, `desc nulls last`; the last argument.
    order: String,
}

impl Aggregate<Seen, Value> for Distinct {
    fn init(&self, _: &mut Context<'_>) -> Result<Seen> {
        Ok(Seen::default())
    }

    fn step(&self, context: &mut Context<'_>, seen: &mut Seen) -> Result<()> {
        let args = Args(context);
        seen.values.push(args.value(0));
        if self.joined {
            seen.separator = args.text(1).unwrap_or_default().into_owned();
        }
        seen.order = args.text(if self.joined { 2 } else { 1 }).unwrap_or_default().into_owned();
        Ok(())
    }

    fn finalize(&self, _: &mut Context<'_>, seen: Option<Seen>) -> Result<Value> {
        let Some(mut seen) = seen else { return Ok(Value::Null) };
        if seen.values.is_empty() {
            return Ok(Value::Null);
        }
        // NULLs: none in a joined text; in an array they count as greater than all, unless the order says otherwise.
        let nulls = seen.values.contains(&Value::Null);
        seen.values.retain(|v| *v != Value::Null);
        seen.values.sort_by(compare);
        seen.values.dedup();
        let descending = seen.order.starts_with("desc");
        if descending {
            seen.values.reverse();
        }
        if self.joined {
            let texts: Vec<String> = seen.values.into_iter().map(text).collect();
            return Ok(if texts.is_empty() { Value::Null } else { Value::Text(texts.join(&seen.separator)) });
        }
        let mut items: Vec<serde_json::Value> = seen.values.into_iter().map(json).collect();
        if nulls {
            let first = if seen.order.contains("nulls") { seen.order.ends_with("first") } else { descending };
            items.insert(if first { 0 } else { items.len() }, serde_json::Value::Null);
        }
        serde_json::to_string(&items).map(Value::Text).map_err(|e| Error::UserFunctionError(Box::new(e)))
    }
}

fn text(value: Value) -> String {
    match value {
        Value::Text(text) => text,
        Value::Integer(n) => n.to_string(),
        Value::Real(n) => super::convert::show_number(n),
        Value::Blob(_) | Value::Null => String::new(),
    }
}

fn json(value: Value) -> serde_json::Value {
    match value {
        Value::Integer(n) => n.into(),
        Value::Real(n) => n.into(),
        other => text(other).into(),
    }
}
