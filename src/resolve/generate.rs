use crate::base::{Ident, Sources};
use crate::diag::Diagnostics;
use crate::syntax::ast::{For, GenExpr, NamePart, Template};
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
}

/// Evaluates generation expressions; reads each data file once.
pub struct Generator<'a> {
    #[expect(dead_code, reason = "read by the evaluator")]
    sources: &'a Sources,
}

impl<'a> Generator<'a> {
    /// Over the data files of these sources.
    pub fn new(sources: &'a Sources) -> Self {
        Generator { sources }
    }

    /// The value of an expression; `None` after reporting why there is none.
    pub fn eval(&self, _expr: &GenExpr, _env: &Env, _diagnostics: &mut Diagnostics) -> Option<Value> {
        None
    }

    /// A name part with its holes filled: folded unless quoted or made by a hole.
    pub fn name(&self, _part: &NamePart, _env: &Env, _diagnostics: &mut Diagnostics) -> Option<Ident> {
        None
    }

    /// A text with its holes filled.
    pub fn text(&self, _template: &Template, _env: &Env, _diagnostics: &mut Diagnostics) -> Option<Arc<str>> {
        None
    }

    /// The rounds of a loop: one environment each, in the data's order (groups in order of first appearance).
    pub fn rounds<T>(&self, _loop_: &For<T>, _env: &Env, _diagnostics: &mut Diagnostics) -> Vec<Env> {
        Vec::new()
    }
}
