use super::super::collect::Found;
use super::super::reader::Reader;
use super::super::words::{Key, Read, Words, choice, wrong};
use super::TAKEN;
use crate::base::{Ident, Span};
use crate::diag::{Code, Diagnostic};
use crate::ir::Setting;
use crate::ir::platform::{Environment, Value, ValueType, Variable};
use crate::syntax::ast::{Word, WordKind};
use std::collections::BTreeMap;
use std::sync::Arc;

const VARIABLE: [&str; 5] = ["default", "one_of", "matches", "range", "sensitive"];
const ENVIRONMENT: [&str; 2] = ["disposable", "suffix"];
const TYPES: [&str; 3] = ["text", "integer", "boolean"];

impl<'a> Reader<'a, '_> {
    /// `var db_class text default "db.t4g.medium" one_of ("db.t4g.medium", "db.m7g.large")`
    pub(in crate::resolve) fn variables(&mut self, found: &[Found<'a>]) {
        let own_region = self
            .out
            .program
            .project
            .clouds
            .iter()
            .any(|c| matches!(c.settings.get("region"), None | Some(Setting::Env(_) | Setting::Secret(_))) && &*c.provider == "aws");
        self.each(found, "var", |reader, one, words| {
            let Some((name, at)) = reader.plain_name(words, "variable", "variables")? else { return Ok(()) };
            if TAKEN.contains(&name.as_str()) || (own_region && name.as_str() == "region") {
                return Err(Diagnostic::error(
                    Code::PlatformName,
                    at,
                    format!("`{name}` is a variable already: Terraform's, or one of pipec's"),
                )
                .help("give it another name"));
            }
            let ty = value_type(words)?;
            let doc = reader.doc(one.item.doc.as_ref(), &one.env);
            let empty = Variable { name, ty, default: None, one_of: Vec::new(), matches: None, range: None, sensitive: false, doc, at };
            let mut variable = empty;
            reader.settings(words, |_, words, key| setting(&mut variable, words, key));
            if let (Some(default), true) = (&variable.default, variable.sensitive) {
                let message = format!("the sensitive variable `{}` has its value {} written here", variable.name, shown(default));
                return Err(bad(at, message).help("leave `default` out, and give the value as `TF_VAR_…` when Terraform runs"));
            }
            if let Some(problem) = variable.default.as_ref().and_then(|v| unfit(&variable, v)) {
                return Err(bad(at, format!("the default of `{}` {problem}", variable.name)));
            }
            reader.out.program.platform.variables.push(variable);
            Ok(())
        });
    }

    /// `environment dev | staging { disposable; db_class = "db.t4g.micro" }`
    pub(in crate::resolve) fn environments(&mut self, found: &[Found<'a>]) {
        self.each(found, "environment", |reader, one, words| {
            let mut names = Vec::new();
            loop {
                names.extend(reader.plain_name(words, "environment", "environments")?);
                if !words.symbol("|") && !words.symbol(",") {
                    break;
                }
            }
            // `terraform.tfvars` is read by Terraform without being asked.
            if let Some((name, at)) = names.iter().find(|(n, _)| n.as_str() == "terraform") {
                return Err(Diagnostic::error(
                    Code::PlatformName,
                    *at,
                    format!("`{name}` is no environment's name: its values would be everybody's"),
                ));
            }
            let Some((_, at)) = names.first().cloned() else { return Ok(()) };
            let doc = reader.doc(one.item.doc.as_ref(), &one.env);
            let mut read =
                Environment { name: Ident::default(), suffix: Arc::default(), disposable: false, values: BTreeMap::new(), doc, at };
            let mut suffix = None;
            reader.settings(words, |reader, words, key| match key.text {
                "disposable" => {
                    read.disposable = true;
                    Ok(())
                }
                "suffix" => {
                    suffix = Some(suffix_text(words)?);
                    Ok(())
                }
                _ => reader.value_of_variable(&mut read, words, key),
            });
            for (name, at) in names {
                let suffix = suffix.clone().unwrap_or_else(|| Arc::from(format!("-{}", name.as_str().replace('_', "-"))));
                if let Some(twin) = reader.out.program.platform.environments.iter().find(|e| e.suffix == suffix) {
                    let message = format!("what is made for `{name}` would have the names of what is made for `{}`", twin.name);
                    return Err(bad(at, message).mark(twin.at, "the other").help("give one of them `suffix \"-…\"`"));
                }
                reader.out.program.platform.environments.push(Environment { name, suffix, at, ..read.clone() });
            }
            Ok(())
        });
    }

    fn value_of_variable(&mut self, environment: &mut Environment, words: &mut Words<'_>, key: Key<'_>) -> Read<()> {
        let variables = &self.out.program.platform.variables;
        let Some(variable) = variables.iter().find(|v| v.name.as_str() == key.text) else {
            let names: Vec<&str> = ENVIRONMENT.into_iter().chain(variables.iter().map(|v| v.name.as_str())).collect();
            return Err(Diagnostic::error(
                Code::UnknownSetting,
                key.at,
                format!("an environment has no setting and the project no variable `{}`", key.text),
            )
            .suggest(key.text, names));
        };
        let value = value(words, variable.ty)?;
        if variable.sensitive {
            return Err(bad(key.at, format!("the sensitive variable `{}` has a value written here", variable.name))
                .help("leave it out, and give the value as `TF_VAR_…` when Terraform runs"));
        }
        if let Some(problem) = unfit(variable, &value) {
            return Err(bad(key.at, format!("the value of `{}` {problem}", variable.name)));
        }
        if environment.values.insert(variable.name.clone(), value).is_some() {
            return Err(wrong(key.at, format!("`{}` is said twice", key.text)));
        }
        Ok(())
    }
}

fn bad(at: Span, message: impl Into<String>) -> Diagnostic {
    Diagnostic::error(Code::BadVariable, at, message)
}

/// `text`, `integer`, `boolean`, `text[]`
fn value_type(words: &mut Words<'_>) -> Read<ValueType> {
    let key = words.key("the type of the variable")?;
    let list = matches!(words.peek(), Some(Word { kind: WordKind::List(elements), .. }) if elements.is_empty());
    if list {
        words.next();
    }
    match (key.text, list) {
        ("text", false) => Ok(ValueType::Text),
        ("text", true) => Ok(ValueType::Texts),
        ("integer", false) => Ok(ValueType::Integer),
        ("boolean", false) => Ok(ValueType::Boolean),
        _ => Err(choice("type of variables", key, TYPES).help("it is one of `text`, `integer`, `boolean` and `text[]`")),
    }
}

fn setting(variable: &mut Variable, words: &mut Words<'_>, key: Key<'_>) -> Read<()> {
    let texts = matches!(variable.ty, ValueType::Text | ValueType::Texts);
    match key.text {
        "default" => variable.default = Some(value(words, variable.ty)?),
        "one_of" if texts => {
            variable.one_of = words.list(|w| w.text("a text it may be"))?;
            if variable.one_of.is_empty() {
                return Err(bad(key.at, "`one_of ()` lets nothing through"));
            }
        }
        "matches" if texts => {
            let at = words.here();
            let pattern = words.text("the regular expression")?;
            regex::Regex::new(&pattern).map_err(|_| bad(at, "this is no regular expression that Terraform reads"))?;
            variable.matches = Some(pattern);
        }
        "range" if variable.ty == ValueType::Integer => variable.range = Some(range(words)?),
        "one_of" | "matches" | "range" => {
            return Err(bad(key.at, format!("`{}` says nothing of a variable of type {}", key.text, variable.ty.name())));
        }
        "sensitive" => variable.sensitive = true,
        _ => return Err(key.unknown("var", &VARIABLE)),
    }
    Ok(())
}

/// `1..35`
fn range(words: &mut Words<'_>) -> Read<(u32, u32)> {
    let at = words.here();
    let end = |word: &Word| match &word.kind {
        WordKind::Number { value, unit } if unit.is_empty() => value.parse::<u32>().ok(),
        _ => None,
    };
    match words.next().map(|w| &w.kind) {
        Some(WordKind::Range(from, to)) => end(from).zip(end(to)).filter(|(a, b)| a <= b),
        _ => None,
    }
    .ok_or_else(|| wrong(at, "`range` is two whole numbers, `1..35`"))
}

fn value(words: &mut Words<'_>, ty: ValueType) -> Read<Value> {
    let at = words.here();
    match ty {
        ValueType::Text => words.text("the value").map(Value::Text),
        ValueType::Integer => words.number("the value").map(Value::Integer),
        ValueType::Boolean => match words.key("`true` or `false`")?.text {
            "true" => Ok(Value::Boolean(true)),
            "false" => Ok(Value::Boolean(false)),
            _ => Err(bad(at, "the value is `true` or `false`")),
        },
        ValueType::Texts => words.list(|w| w.text("a text")).map(Value::Texts),
    }
}

/// What is wrong with a value.
fn unfit(variable: &Variable, value: &Value) -> Option<String> {
    let text = |text: &Arc<str>| {
        if !variable.one_of.is_empty() && !variable.one_of.contains(text) {
            let all: Vec<String> = variable.one_of.iter().map(|t| format!("`{t}`")).collect();
            return Some(format!("is `{text}`, and not one of {}", all.join(", ")));
        }
        let pattern = variable.matches.as_deref()?;
        let fits = regex::Regex::new(pattern).is_ok_and(|r| r.is_match(text));
        (!fits).then(|| format!("is `{text}`, which does not match `{pattern}`"))
    };
    match value {
        Value::Text(t) => text(t),
        Value::Texts(all) => all.iter().find_map(text),
        Value::Integer(n) => {
            let (from, to) = variable.range?;
            (!(from..=to).contains(n)).then(|| format!("is {n}, and not between {from} and {to}"))
        }
        Value::Boolean(_) => None,
    }
}

/// A value as a type's name: what is sensitive is not repeated.
fn shown(value: &Value) -> &'static str {
    match value {
        Value::Text(_) => "(a text)",
        Value::Integer(_) => "(a number)",
        Value::Boolean(_) => "(true or false)",
        Value::Texts(_) => "(a list)",
    }
}

/// What is put behind names: nothing, or `-` and letters that a bucket's name takes.
fn suffix_text(words: &mut Words<'_>) -> Read<Arc<str>> {
    let at = words.here();
    let text = words.text("what is put behind names")?;
    let good = text.is_empty()
        || (text.len() <= 24 && text.starts_with('-') && !text.ends_with('-') && !text.contains("--"))
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    good.then_some(text).ok_or_else(|| bad(at, "a suffix is empty, or `-` and up to 23 lower-case letters, digits and single `-`"))
}
