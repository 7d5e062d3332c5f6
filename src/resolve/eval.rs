use super::data::Format;
use super::{Env, Generator, Value};
use crate::base::Span;
use crate::diag::{Code, Diagnostic};
use crate::syntax::ast::{GenExpr, GenKind, GenOp};
use smol_str::SmolStr;
use std::cmp::Ordering;
use std::sync::Arc;

type Evaluated = Result<Value, Diagnostic>;

/// Functions that are no data files, with the number of their arguments.
const FUNCTIONS: [(&str, usize); 8] =
    [("lower", 1), ("upper", 1), ("replace", 3), ("slug", 1), ("contains", 2), ("starts_with", 2), ("ends_with", 2), ("length", 1)];

fn bad(at: Span, message: impl Into<String>) -> Diagnostic {
    Diagnostic::error(Code::BadHole, at, message)
}

fn text(value: impl Into<Arc<str>>) -> Value {
    Value::Text(value.into())
}

impl Value {
    /// What kind of value it is, as messages say it.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Value::Null => "nothing (null)",
            Value::Text(_) => "a text",
            Value::Number(_) => "a number",
            Value::Bool(_) => "a truth value",
            Value::List(_) => "a list",
            Value::Record(_) => "a record",
        }
    }

    /// Its text, for those that have one.
    pub(super) fn as_text(&self) -> Option<Arc<str>> {
        match self {
            Value::Text(t) | Value::Number(t) => Some(t.clone()),
            Value::Bool(b) => Some(Arc::from(if *b { "true" } else { "false" })),
            Value::Null | Value::List(_) | Value::Record(_) => None,
        }
    }

    fn number(&self) -> Option<f64> {
        match self {
            Value::Text(t) | Value::Number(t) => t.trim().parse().ok(),
            _ => None,
        }
    }
}

impl Generator<'_> {
    pub(super) fn evaluate(&self, expr: &GenExpr, env: &Env) -> Evaluated {
        match &expr.kind {
            GenKind::Path(parts) => path(parts, env, expr.at),
            GenKind::Text(t) => Ok(text(t.as_str())),
            GenKind::Number(n) => Ok(Value::Number(Arc::from(n.as_str()))),
            GenKind::Bool(b) => Ok(Value::Bool(*b)),
            GenKind::Not(inner) => Ok(Value::Bool(!self.truth(inner, env)?)),
            GenKind::Call(name, args, _) => self.call(name, args, env, expr.at),
            GenKind::Binary(GenOp::And, a, b) => Ok(Value::Bool(self.truth(a, env)? && self.truth(b, env)?)),
            GenKind::Binary(GenOp::Or, a, b) => Ok(Value::Bool(self.truth(a, env)? || self.truth(b, env)?)),
            GenKind::Binary(op, a, b) => binary(*op, &self.evaluate(a, env)?, &self.evaluate(b, env)?, expr.at),
        }
    }

    /// What data files in an expression are not said to be public: what they yield ends up in names, paths, literals and docs, which everybody
    /// reads.
    pub(super) fn unsaid(expr: &GenExpr, out: &mut Vec<Diagnostic>) {
        match &expr.kind {
            GenKind::Call(name, args, said) => {
                args.iter().for_each(|a| Self::unsaid(a, out));
                if Format::from_function(name).is_none() || said.as_deref() == Some("public") {
                    return;
                }
                let file = match args.first().map(|a| &a.kind) {
                    Some(GenKind::Text(path)) => format!("`{path}`"),
                    _ => "this file".to_owned(),
                };
                let why = said.as_ref().map_or("nobody has said what it tells about a person".to_owned(), |c| format!("it tells `{c}`"));
                let problem = Diagnostic::error(
                    Code::DataTells,
                    expr.at,
                    format!("what {file} holds becomes names and texts of the platform, and {why}"),
                );
                out.push(match said {
                    None => problem.help(format!("where it holds nothing about persons, say so: `{name}(…) @public`")),
                    Some(_) => problem.help("generate from a file of public columns, and load the others as a `seed`"),
                });
            }
            GenKind::Binary(_, a, b) => {
                Self::unsaid(a, out);
                Self::unsaid(b, out);
            }
            GenKind::Not(inner) => Self::unsaid(inner, out),
            GenKind::Path(_) | GenKind::Text(_) | GenKind::Number(_) | GenKind::Bool(_) => {}
        }
    }

    pub(super) fn truth(&self, expr: &GenExpr, env: &Env) -> Result<bool, Diagnostic> {
        match self.evaluate(expr, env)? {
            Value::Bool(b) => Ok(b),
            other => Err(bad(expr.at, format!("a condition is needed here, this is {}", other.kind()))),
        }
    }

    fn call(&self, name: &str, args: &[GenExpr], env: &Env, at: Span) -> Evaluated {
        let format = Format::from_function(name);
        let arity = if format.is_some() { Some(1) } else { FUNCTIONS.iter().find(|(n, _)| *n == name).map(|(_, a)| *a) };
        let Some(arity) = arity else {
            let known = FUNCTIONS.iter().map(|(n, _)| *n).chain(["csv", "json", "yaml"]);
            return Err(bad(at, format!("no function `{name}` is known while generating")).suggest(name, known));
        };
        if args.len() != arity {
            return Err(bad(at, format!("`{name}` takes {arity} argument{}, here are {}", if arity == 1 { "" } else { "s" }, args.len())));
        }
        let values: Vec<Value> = args.iter().map(|a| self.evaluate(a, env)).collect::<Result<_, _>>()?;
        if let ("length", [Value::List(items)]) = (name, values.as_slice()) {
            return Ok(Value::Number(Arc::from(items.len().to_string())));
        }
        let texts: Vec<Arc<str>> = values
            .iter()
            .zip(args)
            .map(|(v, a)| v.as_text().ok_or_else(|| bad(a.at, format!("`{name}` takes a text, this is {}", v.kind()))))
            .collect::<Result<_, _>>()?;
        match (format, texts.as_slice()) {
            (Some(format), [path]) => self.store.generate(format, path, at),
            (None, texts) => text_function(name, texts, at),
            _ => Ok(Value::Null),
        }
    }
}

fn text_function(name: &str, args: &[Arc<str>], at: Span) -> Evaluated {
    Ok(match (name, args) {
        ("lower", [a]) => text(a.to_lowercase()),
        ("upper", [a]) => text(a.to_uppercase()),
        ("length", [a]) => Value::Number(Arc::from(a.chars().count().to_string())),
        ("slug", [a]) => text(slug(a).ok_or_else(|| bad(at, format!("no identifier can be made of `{a}`")))?),
        ("replace", [a, from, to]) if !from.is_empty() => text(a.replace(&**from, to)),
        ("contains", [a, b]) => Value::Bool(a.contains(&**b)),
        ("starts_with", [a, b]) => Value::Bool(a.starts_with(&**b)),
        ("ends_with", [a, b]) => Value::Bool(a.ends_with(&**b)),
        _ => return Err(bad(at, "`replace` cannot look for an empty text")),
    })
}

/// `Date of Birth (est.)` becomes `date_of_birth_est`; `None` when no letter or digit is left.
fn slug(written: &str) -> Option<String> {
    let words: Vec<&str> = written.split(|c: char| !c.is_ascii_alphanumeric()).filter(|w| !w.is_empty()).collect();
    let joined = words.join("_").to_ascii_lowercase();
    match joined.bytes().next()? {
        b'0'..=b'9' => Some(format!("_{joined}")),
        _ => Some(joined),
    }
}

fn path(parts: &[SmolStr], env: &Env, at: Span) -> Evaluated {
    let Some((first, fields)) = parts.split_first() else { return Ok(Value::Null) };
    let Some(variable) = env.get(first) else {
        if first == "null" && fields.is_empty() {
            return Ok(Value::Null);
        }
        let names = env.names();
        let diagnostic = bad(at, format!("no loop variable `{first}` is in force here"));
        return Err(match names.as_slice() {
            [] => diagnostic.help("`${…}` reads the variables of the `for` loops around it, and here is none"),
            names => diagnostic.suggest(first, names.iter().map(|n| &**n)),
        });
    };
    let mut value = variable;
    let mut walked = first.to_string();
    for field in fields {
        let Value::Record(record) = value else {
            return Err(bad(at, format!("`{walked}` is {}, so it has no field `{field}`", value.kind())));
        };
        let Some((_, inner)) = record.iter().find(|(name, _)| **name == **field) else {
            let there: Vec<String> = record.iter().map(|(n, _)| format!("`{n}`")).collect();
            return Err(bad(at, format!("`{walked}` has no field `{field}`"))
                .suggest(field, record.iter().map(|(n, _)| &**n))
                .help(format!("its fields are {}", there.join(", "))));
        };
        value = inner;
        walked = format!("{walked}.{field}");
    }
    Ok(value.clone())
}

fn binary(op: GenOp, a: &Value, b: &Value, at: Span) -> Evaluated {
    match op {
        GenOp::Eq => Ok(Value::Bool(equal(a, b))),
        GenOp::Ne => Ok(Value::Bool(!equal(a, b))),
        GenOp::In => match b {
            Value::List(items) => Ok(Value::Bool(items.iter().any(|i| equal(a, i)))),
            other => Err(bad(at, format!("`in` looks into a list, this is {}", other.kind()))),
        },
        GenOp::Add => add(a, b, at),
        GenOp::Lt | GenOp::Le | GenOp::Gt | GenOp::Ge => {
            let order = compare(a, b).ok_or_else(|| bad(at, format!("{} and {} have no order", a.kind(), b.kind())))?;
            Ok(Value::Bool(match op {
                GenOp::Lt => order == Ordering::Less,
                GenOp::Le => order != Ordering::Greater,
                GenOp::Gt => order == Ordering::Greater,
                _ => order != Ordering::Less,
            }))
        }
        // Evaluated with short circuit by the caller.
        GenOp::And | GenOp::Or => Ok(Value::Bool(false)),
    }
}

/// CSV cells are texts, so a text equals a number when it reads as the same one.
fn equal(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Text(_), Value::Number(_)) | (Value::Number(_), Value::Text(_) | Value::Number(_)) => {
            a.number().is_some_and(|x| b.number().is_some_and(|y| x == y))
        }
        (Value::Text(t), Value::Bool(v)) | (Value::Bool(v), Value::Text(t)) => &**t == if *v { "true" } else { "false" },
        _ => a == b,
    }
}

fn compare(a: &Value, b: &Value) -> Option<Ordering> {
    match (a, b) {
        (Value::Text(x), Value::Text(y)) => Some(x.cmp(y)),
        _ => a.number()?.partial_cmp(&b.number()?),
    }
}

fn add(a: &Value, b: &Value, at: Span) -> Evaluated {
    if let (Value::Number(x), Value::Number(y)) = (a, b) {
        let sum = x.parse::<i64>().ok().zip(y.parse::<i64>().ok()).and_then(|(x, y)| x.checked_add(y));
        let sum = sum.ok_or_else(|| bad(at, "`+` adds whole numbers or joins texts"))?;
        return Ok(Value::Number(Arc::from(sum.to_string())));
    }
    match (a.as_text(), b.as_text()) {
        (Some(x), Some(y)) => Ok(text(format!("{x}{y}"))),
        _ => Err(bad(at, format!("`+` cannot join {} and {}", a.kind(), b.kind()))),
    }
}
