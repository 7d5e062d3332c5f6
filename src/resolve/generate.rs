use super::data::Store;
use crate::base::{Ident, Sources, Span};
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::syntax::ast::{For, GenExpr, NamePart, Template, TemplatePart};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A value of the generation language.
#[derive(Clone, PartialEq, Debug)]
pub enum Value {
    /// Missing.
    Null,
    /// Text; every CSV cell is one.
    Text(Arc<str>),
    /// A number, as written.
    Number(Arc<str>),
    /// A truth value.
    Bool(bool),
    /// Rows, or a JSON array.
    List(Arc<Vec<Value>>),
    /// A row, or a JSON object; `rows` of a group is a field. Keeps the file's order.
    Record(Arc<Vec<(Arc<str>, Value)>>),
}

/// The loop variables in force where a declaration stands; the empty one costs nothing.
#[derive(Clone, Debug, Default)]
pub struct Env(Option<Arc<Binding>>);

#[derive(Debug)]
struct Binding {
    name: Arc<str>,
    value: Value,
    outer: Env,
}

impl Env {
    /// No loop.
    pub const EMPTY: Env = Env(None);

    /// With one more variable.
    #[must_use]
    pub fn with(&self, name: &str, value: Value) -> Env {
        Env(Some(Arc::new(Binding { name: Arc::from(name), value, outer: self.clone() })))
    }

    /// The innermost variable with this name.
    pub fn get(&self, name: &str) -> Option<&Value> {
        let binding = self.0.as_ref()?;
        if &*binding.name == name { Some(&binding.value) } else { binding.outer.get(name) }
    }

    /// The names in force, innermost first.
    pub(super) fn names(&self) -> Vec<Arc<str>> {
        let mut names = Vec::new();
        let mut at = self;
        while let Some(binding) = &at.0 {
            names.push(binding.name.clone());
            at = &binding.outer;
        }
        names
    }
}

/// Bytes Postgres keeps of a name; the other warehouses keep more.
const NAME_BYTES: usize = 63;

/// Evaluates generation expressions; reads each data file once. Shared by all threads.
pub struct Generator<'a> {
    pub(super) store: Store<'a>,
}

impl<'a> Generator<'a> {
    /// Over the data files of these sources.
    pub fn new(sources: &'a Sources) -> Self {
        Generator { store: Store::new(sources) }
    }

    /// The value of an expression; `None` after reporting why there is none.
    pub fn eval(&self, expr: &GenExpr, env: &Env, diagnostics: &mut Diagnostics) -> Option<Value> {
        refuse_unsaid(expr, diagnostics);
        let checked = self.evaluate(expr, env).and_then(|value| {
            if let Value::Text(text) = &value {
                without_nul(text, expr.at)?;
            }
            Ok(value)
        });
        report(checked, diagnostics)
    }

    /// A name part with its holes filled: folded unless quoted or made by a hole.
    pub fn name(&self, part: &NamePart, env: &Env, diagnostics: &mut Diagnostics) -> Option<Ident> {
        report(self.name_of(part, env), diagnostics)
    }

    /// A text with its holes filled.
    pub fn text(&self, template: &Template, env: &Env, diagnostics: &mut Diagnostics) -> Option<Arc<str>> {
        report(self.text_of(template, env), diagnostics)
    }

    /// The rounds of a loop: one environment each, in the data's order (groups in order of first appearance).
    pub fn rounds<T>(&self, loop_: &For<T>, env: &Env, diagnostics: &mut Diagnostics) -> Vec<Env> {
        refuse_unsaid(&loop_.over, diagnostics);
        if let Some(filter) = &loop_.filter {
            refuse_unsaid(filter, diagnostics);
        }
        report(self.rounds_of(loop_, env), diagnostics).unwrap_or_default()
    }

    pub(super) fn text_of(&self, template: &Template, env: &Env) -> Result<Arc<str>, Diagnostic> {
        match template {
            Template::Plain(text) => Ok(Arc::from(text.as_str())),
            Template::Mixed(parts) => self.fill(parts, env, str::to_owned).map(Arc::from),
        }
    }

    pub(super) fn name_of(&self, part: &NamePart, env: &Env) -> Result<Ident, Diagnostic> {
        let name = match &part.text {
            Template::Plain(text) if part.quoted => Ident::exact(text),
            Template::Plain(text) => Ident::folded(text),
            Template::Mixed(parts) => {
                let fold = |text: &str| if part.quoted { text.to_owned() } else { text.to_ascii_lowercase() };
                Ident::exact(&self.fill(parts, env, fold)?)
            }
        };
        check_name(&name, part.at)?;
        Ok(name)
    }

    fn fill(&self, parts: &[TemplatePart], env: &Env, fixed: impl Fn(&str) -> String) -> Result<String, Diagnostic> {
        let mut out = String::new();
        for part in parts {
            match part {
                TemplatePart::Text(text) => out.push_str(&fixed(text)),
                TemplatePart::Hole(expr) => {
                    let mut unsaid = Vec::new();
                    Generator::unsaid(expr, &mut unsaid);
                    if let Some(problem) = unsaid.pop() {
                        return Err(problem);
                    }
                    let value = self.evaluate(expr, env)?;
                    let text = value.as_text().ok_or_else(|| {
                        Diagnostic::error(Code::BadHole, expr.at, format!("a text is needed here, this is {}", value.kind()))
                    })?;
                    out.push_str(without_nul(&text, expr.at)?);
                }
            }
        }
        Ok(out)
    }

    fn rounds_of<T>(&self, loop_: &For<T>, env: &Env) -> Result<Vec<Env>, Diagnostic> {
        let value = self.evaluate(&loop_.over, env)?;
        let Value::List(items) = &value else {
            return Err(Diagnostic::error(Code::BadHole, loop_.over.at, format!("a loop runs over a list, this is {}", value.kind())));
        };
        let rounds = match &loop_.group_by {
            None => items.to_vec(),
            Some(first) => {
                let columns: Vec<&str> = std::iter::once(first).chain(&loop_.group_more).map(|c| c.as_str()).collect();
                groups(items, &columns, loop_.over.at)?
            }
        };
        let mut envs = Vec::with_capacity(rounds.len());
        for round in rounds {
            let inner = env.with(&loop_.variable, round);
            let wanted = match &loop_.filter {
                Some(filter) => self.truth(filter, &inner)?,
                None => true,
            };
            if wanted {
                envs.push(inner);
            }
        }
        Ok(envs)
    }
}

/// Reports data files nobody has called public; their values are used all the same, so that one mistake is one message.
fn refuse_unsaid(expr: &GenExpr, diagnostics: &mut Diagnostics) {
    let mut found = Vec::new();
    Generator::unsaid(expr, &mut found);
    found.into_iter().for_each(|problem| diagnostics.push(problem));
}

fn report<T>(result: Result<T, Diagnostic>, diagnostics: &mut Diagnostics) -> Option<T> {
    result.map_err(|d| diagnostics.push(d)).ok()
}

/// Whether every warehouse keeps a name whole.
pub(crate) fn check_name(name: &Ident, at: Span) -> Result<(), Diagnostic> {
    let text = name.as_str();
    if text.trim().is_empty() {
        return Err(Diagnostic::error(Code::BadHole, at, "a name cannot be empty"));
    }
    if text.chars().any(char::is_control) {
        return Err(Diagnostic::error(Code::BadHole, at, format!("the name {text:?} holds a control character")));
    }
    if text.len() > NAME_BYTES {
        return Err(Diagnostic::error(Code::NameTooLong, at, format!("the name `{text}` is {} bytes long", text.len()))
            .help(format!("Postgres cuts names after {NAME_BYTES} bytes: choose a shorter one")));
    }
    Ok(())
}

/// One record per combination of values: the values, the rows, and every other column that is the same in all of them.
fn groups(items: &[Value], columns: &[&str], at: Span) -> Result<Vec<Value>, Diagnostic> {
    let mut order: Vec<Vec<Value>> = Vec::new();
    let mut places: BTreeMap<Vec<Arc<str>>, usize> = BTreeMap::new();
    for item in items {
        let key: Vec<Arc<str>> = columns.iter().map(|c| key_of(item, c, at)).collect::<Result<_, _>>()?;
        let place = *places.entry(key).or_insert(order.len());
        match order.get_mut(place) {
            Some(rows) => rows.push(item.clone()),
            None => order.push(vec![item.clone()]),
        }
    }
    Ok(order.into_iter().map(|rows| group(columns, rows)).collect())
}

fn key_of(item: &Value, column: &str, at: Span) -> Result<Arc<str>, Diagnostic> {
    let Value::Record(fields) = item else {
        return Err(Diagnostic::error(Code::BadHole, at, format!("`group by` needs rows, this is a list with {}", item.kind())));
    };
    let Some(value) = field(item, column) else {
        return Err(Diagnostic::error(Code::BadHole, at, format!("the rows have no field `{column}` to group by"))
            .suggest(column, fields.iter().map(|(n, _)| &**n)));
    };
    value.as_text().ok_or_else(|| Diagnostic::error(Code::BadHole, at, format!("`group by {column}` needs texts or numbers in every row")))
}

fn group(columns: &[&str], rows: Vec<Value>) -> Value {
    let first = rows.first().cloned().unwrap_or(Value::Null);
    let mut fields: Vec<(Arc<str>, Value)> = columns.iter().filter_map(|c| field(&first, c).map(|v| (Arc::from(*c), v.clone()))).collect();
    let shared: Vec<(Arc<str>, Value)> = match &first {
        Value::Record(first) => {
            first.iter().filter(|(n, v)| !columns.contains(&&**n) && rows.iter().all(|r| field(r, n) == Some(v))).cloned().collect()
        }
        _ => Vec::new(),
    };
    fields.push((Arc::from("rows"), Value::List(Arc::new(rows))));
    fields.extend(shared);
    Value::Record(Arc::new(fields))
}

fn field<'v>(row: &'v Value, name: &str) -> Option<&'v Value> {
    match row {
        Value::Record(fields) => fields.iter().find(|(n, _)| &**n == name).map(|(_, v)| v),
        _ => None,
    }
}

/// A text from data, when it holds no NUL: no warehouse and no file format takes one.
fn without_nul(text: &str, at: Span) -> Result<&str, Diagnostic> {
    if text.contains('\0') { Err(Diagnostic::error(Code::BadHole, at, "the value holds a NUL character")) } else { Ok(text) }
}
