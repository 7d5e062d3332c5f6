use super::assertions::Reader;
use super::words::{literal, name_of, text_of};
use crate::base::{Ident, Span};
use crate::diag::{Code, Diagnostic};
use crate::ir::{Assertion, AssertionKind};
use crate::syntax::ast::{ColumnDecl, Word, WordKind};
use std::sync::Arc;

impl Reader<'_, '_> {
    /// Assertions a column of `columns { … }` declares: `key`, `unique`, `not_null`, `one_of (…)`, `matches "…"`, `between 0 and 9`, `references t.c`.
    pub(super) fn constraints(&self, decl: &ColumnDecl) -> Vec<Assertion> {
        let env = &self.model.pending.env;
        let Some(name) = self.shared.generator.name(&decl.name, env, &mut self.cx.diagnostics.borrow_mut()) else { return Vec::new() };
        // A column the model does not yield was reported with the contract.
        let Some(column) = self.table.columns.iter().position(|c| c.name == name).and_then(|p| u32::try_from(p).ok()) else {
            return Vec::new();
        };
        let mut out = Vec::new();
        let mut add = |what: &str, kind: AssertionKind, at: Span| {
            out.push(Assertion { name: Arc::from(format!("{}_{what}_{name}", self.table.name)), kind, warn: false, at });
        };
        let mut words = decl.constraints.iter();
        while let Some(word) = words.next() {
            let keyword = match &word.kind {
                WordKind::Name(n) => name_of(self.shared, env, n),
                _ => None,
            };
            let keyword = keyword.as_ref().map_or("", Ident::as_str);
            match keyword {
                "key" => add("unique", AssertionKind::Unique(vec![column]), word.at),
                "unique" => add("unique", AssertionKind::Unique(vec![column]), word.at),
                "not_null" => add("not_null", AssertionKind::NotNull(column), word.at),
                "one_of" => match words.next().and_then(|w| self.literals(std::slice::from_ref(w))) {
                    Some(values) => add("one_of", AssertionKind::OneOf(column, values), word.at),
                    None => self.wrong(word, "one_of ('a', 'b')"),
                },
                "matches" => match words.next().and_then(|w| text_of(self.shared, env, w)) {
                    Some(pattern) => add("matches", AssertionKind::Matches(column, pattern), word.at),
                    None => self.wrong(word, "matches '^[0-9]+$'"),
                },
                "between" => {
                    let bounds = [words.next(), words.next(), words.next()].map(|w| w.and_then(|w| literal(self.shared, env, w)));
                    match bounds {
                        [Some(low), _, Some(high)] => add("between", AssertionKind::Between(column, low, high), word.at),
                        _ => self.wrong(word, "between 0 and 120"),
                    }
                }
                "references" => {
                    let target: Vec<Word> = words.next().into_iter().cloned().collect();
                    if let Some(kind) = self.references(column, &target, word.at) {
                        add("references", kind, word.at);
                    }
                }
                _ => self.wrong(word, "key, unique, not_null, one_of (…), matches '…', between a and b, references table.column"),
            }
        }
        out
    }

    fn wrong(&self, word: &Word, expected: &str) {
        self.cx.error(Diagnostic::error(Code::BadAssertion, word.at, "this constraint cannot be read").help(format!("write `{expected}`")));
    }
}
