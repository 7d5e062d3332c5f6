//! Aggregates SQLite lacks.

use super::Args;
use super::intervals::Span;
use super::json::compare;
use super::numbers::real;
use rusqlite::functions::{Aggregate, Context, FunctionFlags};
use rusqlite::types::Value;
use rusqlite::{Connection, Error, Result};

pub(super) fn register(connection: &Connection, flags: FunctionFlags) -> Result<()> {
    let one: [(&str, Whole); 8] = [
        ("pipec_stddev_samp", |v| Ok(variance(&v, 1).map_or(Value::Null, |x| Value::Real(x.sqrt())))),
        ("pipec_stddev_pop", |v| Ok(variance(&v, 0).map_or(Value::Null, |x| Value::Real(x.sqrt())))),
        ("pipec_var_samp", |v| Ok(variance(&v, 1).map_or(Value::Null, Value::Real))),
        ("pipec_var_pop", |v| Ok(variance(&v, 0).map_or(Value::Null, Value::Real))),
        ("pipec_mode", |v| Ok(mode(v))),
        ("pipec_interval_sum", |v| Ok(spans(v)?.into_iter().reduce(Span::plus).map_or(Value::Null, shown))),
        ("pipec_interval_min", |v| Ok(spans(v)?.into_iter().min_by_key(|s| s.order()).map_or(Value::Null, shown))),
        ("pipec_interval_max", |v| Ok(spans(v)?.into_iter().max_by_key(|s| s.order()).map_or(Value::Null, shown))),
    ];
    for (name, of) in one {
        connection.create_aggregate_function(name, 1, flags, Values { value: 0, of: move |_, v| of(v) })?;
    }
    connection.create_aggregate_function("pipec_percentile_cont", 2, flags, Values { value: 1, of: |f, v| Ok(between(f, v)) })?;
    connection.create_aggregate_function("pipec_percentile_disc", 2, flags, Values { value: 1, of: |f, v| Ok(at(f, v)) })
}

/// What is made of all values that are not NULL.
type Whole = fn(Vec<Value>) -> Result<Value, String>;

/// Gathers the values that are not NULL, and the first argument when another is the value.
struct Values<F> {
    value: usize,
    of: F,
}

impl<F: Fn(f64, Vec<Value>) -> Result<Value, String>> Aggregate<(f64, Vec<Value>), Value> for Values<F> {
    fn init(&self, _: &mut Context<'_>) -> Result<(f64, Vec<Value>)> {
        Ok((0.0, Vec::new()))
    }

    fn step(&self, context: &mut Context<'_>, (fraction, values): &mut (f64, Vec<Value>)) -> Result<()> {
        let args = Args(context);
        if self.value > 0 {
            *fraction = real(&args, 0).unwrap_or(f64::NAN);
        }
        values.extend(Some(args.value(self.value)).filter(|v| *v != Value::Null));
        Ok(())
    }

    fn finalize(&self, _: &mut Context<'_>, gathered: Option<(f64, Vec<Value>)>) -> Result<Value> {
        let (fraction, values) = gathered.unwrap_or_default();
        if fraction.is_nan() {
            return Ok(Value::Null);
        }
        if !(0.0..=1.0).contains(&fraction) {
            return Err(Error::UserFunctionError("percentile value is not between 0 and 1".into()));
        }
        (self.of)(fraction, values).map_err(|complaint| Error::UserFunctionError(complaint.into()))
    }
}

fn number(value: &Value) -> f64 {
    match value {
        Value::Integer(n) => *n as f64,
        Value::Real(n) => *n,
        _ => 0.0,
    }
}

/// The mean square distance from the mean, over n less `less`.
fn variance(values: &[Value], less: usize) -> Option<f64> {
    let over = values.len().checked_sub(less).filter(|n| *n > 0)? as f64;
    let mean = values.iter().map(number).sum::<f64>() / values.len() as f64;
    Some(values.iter().map(|v| (number(v) - mean).powi(2)).sum::<f64>() / over)
}

/// The most frequent value, the least of several.
fn mode(mut values: Vec<Value>) -> Value {
    values.sort_by(compare);
    let mut best: (usize, Value) = (0, Value::Null);
    for run in values.chunk_by(|a, b| compare(a, b).is_eq()) {
        if run.len() > best.0 {
            best = (run.len(), run.first().cloned().unwrap_or(Value::Null));
        }
    }
    best.1
}

fn between(fraction: f64, mut values: Vec<Value>) -> Value {
    values.sort_by(compare);
    let Some(last) = values.len().checked_sub(1) else { return Value::Null };
    let place = fraction * last as f64;
    let of = |i: f64| values.get(i as usize).map_or(0.0, number);
    let (low, high) = (of(place.floor()), of(place.ceil()));
    Value::Real(low + (high - low) * place.fract())
}

fn at(fraction: f64, mut values: Vec<Value>) -> Value {
    values.sort_by(compare);
    let place = (fraction * values.len() as f64).ceil() as usize;
    values.get(place.saturating_sub(1)).cloned().unwrap_or(Value::Null)
}

fn spans(values: Vec<Value>) -> Result<Vec<Span>, String> {
    let span = |v: Value| if let Value::Text(text) = v { Span::parse(&text) } else { Err("not an interval".into()) };
    values.into_iter().map(span).collect()
}

fn shown(span: Span) -> Value {
    Value::Text(span.show())
}
