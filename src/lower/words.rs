use super::model::Shared;
use crate::base::Ident;
use crate::diag::Diagnostics;
use crate::ir::Literal;
use crate::resolve::Env;
use crate::syntax::ast::{Name, Word, WordKind};
use std::sync::Arc;

/// A name of one part, `${…}` filled in.
pub(super) fn name_of(shared: &Shared<'_>, env: &Env, name: &Name) -> Option<Ident> {
    match name.parts.as_slice() {
        [part] => shared.generator.name(part, env, &mut Diagnostics::new()),
        _ => None,
    }
}

/// A word that is a name, as text.
pub(super) fn boolean_word(shared: &Shared<'_>, env: &Env, word: &Word) -> Option<String> {
    match &word.kind {
        WordKind::Name(name) => name_of(shared, env, name).map(|n| n.as_str().to_owned()),
        _ => None,
    }
}

/// A text, in either quotes.
pub(super) fn text_of(shared: &Shared<'_>, env: &Env, word: &Word) -> Option<Arc<str>> {
    match &word.kind {
        WordKind::Text(t) | WordKind::SqlText(t) => shared.generator.text(t, env, &mut Diagnostics::new()),
        _ => None,
    }
}

/// A constant: a number, a text, `true`, `false`, `null`.
pub(super) fn literal(shared: &Shared<'_>, env: &Env, word: &Word) -> Option<Literal> {
    match &word.kind {
        WordKind::Number { value, unit } if unit.is_empty() => Some(Literal::Number(Arc::from(value.as_str()))),
        WordKind::Name(_) => match boolean_word(shared, env, word)?.as_str() {
            "true" => Some(Literal::Boolean(true)),
            "false" => Some(Literal::Boolean(false)),
            "null" => Some(Literal::Null),
            _ => None,
        },
        _ => text_of(shared, env, word).map(Literal::Text),
    }
}
