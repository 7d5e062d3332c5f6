//! What the compiler has to say: diagnostics with a code, a place, and a fix. Rendering lives in `render.rs`, the only file that knows miette.

mod code;
pub mod render;
mod suggest;

pub use code::Code;
pub use suggest::nearest;

use crate::base::{Sources, Span};

/// How bad it is. Errors keep a program from being sealed; warnings do not.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub enum Severity {
    /// The build fails.
    Error,
    /// The build goes on.
    Warning,
}

/// A further place that explains the main one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mark {
    /// Where.
    pub at: Span,
    /// What to see there; lower case, no full stop.
    pub label: String,
}

/// One hop of a value on its way from a source column to a sink.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FlowStep {
    /// Where the hop is written.
    pub at: Span,
    /// `model.column` and what happens there.
    pub text: String,
}

/// One problem, in the analyst's words: lower case, backticks around their names, one sentence; the fix in `help`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Diagnostic {
    /// Stable code with a documentation page.
    pub code: Code,
    /// Error or warning.
    pub severity: Severity,
    /// One sentence.
    pub message: String,
    /// The main place.
    pub at: Span,
    /// What the main place is, shown under the underline.
    pub label: String,
    /// Further places.
    pub marks: Vec<Mark>,
    /// How to fix it, one per line.
    pub help: Vec<String>,
    /// Source to sink, for flow errors.
    pub trace: Vec<FlowStep>,
}

impl Diagnostic {
    /// An error at a place.
    pub fn error(code: Code, at: Span, message: impl Into<String>) -> Self {
        Diagnostic {
            code,
            severity: Severity::Error,
            message: message.into(),
            at,
            label: String::new(),
            marks: Vec::new(),
            help: Vec::new(),
            trace: Vec::new(),
        }
    }

    /// A warning at a place.
    pub fn warning(code: Code, at: Span, message: impl Into<String>) -> Self {
        Diagnostic { severity: Severity::Warning, ..Diagnostic::error(code, at, message) }
    }

    /// Text under the main underline.
    #[must_use]
    pub fn label(mut self, text: impl Into<String>) -> Self {
        self.label = text.into();
        self
    }

    /// A further place.
    #[must_use]
    pub fn mark(mut self, at: Span, label: impl Into<String>) -> Self {
        self.marks.push(Mark { at, label: label.into() });
        self
    }

    /// A way to fix it.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help.push(text.into());
        self
    }

    /// "did you mean `x`?", when some candidate is near enough.
    #[must_use]
    pub fn suggest<'a>(self, written: &str, candidates: impl IntoIterator<Item = &'a str>) -> Self {
        match nearest(written, candidates) {
            Some(near) => self.help(format!("did you mean `{near}`?")),
            None => self,
        }
    }

    /// The path a value took.
    #[must_use]
    pub fn trace(mut self, steps: Vec<FlowStep>) -> Self {
        self.trace = steps;
        self
    }
}

/// Everything found in one compilation.
#[derive(Clone, Debug, Default)]
pub struct Diagnostics(Vec<Diagnostic>);

impl Diagnostics {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.0.push(diagnostic);
    }

    /// Adds all of another set.
    pub fn extend(&mut self, other: Diagnostics) {
        self.0.extend(other.0);
    }

    /// Whether any is an error.
    pub fn has_errors(&self) -> bool {
        self.0.iter().any(|d| d.severity == Severity::Error)
    }

    /// In order of place (path, offset), then code; equal ones once.
    #[must_use]
    pub fn sorted(mut self, sources: &Sources) -> Self {
        let path = |d: &Diagnostic| sources.get(d.at.file).map(|f| f.path.clone());
        self.0.sort_by(|a, b| {
            (path(a), a.at.start, a.at.end, a.code.id(), &a.message).cmp(&(path(b), b.at.start, b.at.end, b.code.id(), &b.message))
        });
        self.0.dedup();
        self
    }

    /// All of them.
    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.0.iter()
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
