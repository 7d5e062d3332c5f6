//! The set-up of the masks: statements of the standard library, known by heart. All of them, in their order, or none.

use super::lex::{Item, Kind, Token, items};
use crate::base::FileId;

/// Which statements of the set-up came by.
pub(super) struct Setup {
    statements: Vec<Vec<Token>>,
    seen: usize,
}

impl Setup {
    pub(super) fn new() -> Setup {
        let text = include_str!("../../stdlib/setup/postgres.sql");
        let statement = |item| match item {
            Item::Statement(s) => Some(s.tokens),
            Item::Meta(..) | Item::Broken(_) => None,
        };
        Setup { statements: items(FileId::default(), text, 0).into_iter().filter_map(statement).collect(), seen: 0 }
    }

    /// Whether a statement is the next one.
    pub(super) fn takes(&mut self, tokens: &[Token]) -> bool {
        let next = self.statements.get(self.seen).is_some_and(|s| super::bodies::same(s, tokens));
        self.seen += usize::from(next);
        next
    }

    /// Whether a statement makes or changes something in the set-up's schemas.
    pub(super) fn is_about(tokens: &[Token]) -> bool {
        let named = |t: &Token| matches!(&t.kind, Kind::Word(n) | Kind::Name(n) if n == "pipec" || n == "pipec_secret");
        let makes = matches!(tokens.first().map(|t| &t.kind), Some(Kind::Word(w)) if matches!(w.as_str(), "create" | "alter" | "grant" | "revoke" | "drop" | "insert" | "update" | "delete"));
        // Its target stands among the first words.
        makes && tokens.iter().take(8).any(named) && !is_relation(tokens)
    }

    /// The first words of the statement that is missing; `None` where all came by, or none.
    pub(super) fn lacks(&self, needed: bool) -> Option<String> {
        if self.seen == 0 && !needed {
            return None;
        }
        let next = self.statements.get(self.seen)?;
        let words = next.iter().take(9).map(|t| match &t.kind {
            Kind::Word(w) | Kind::Name(w) | Kind::Sign(w) | Kind::Number(w) => w.as_str(),
            _ => "…",
        });
        Some(words.collect::<Vec<_>>().join(" "))
    }
}

/// A table or view of a project is made from a query, which may call the set-up's functions.
fn is_relation(tokens: &[Token]) -> bool {
    let mut cursor = super::lex::Cursor::new(tokens);
    if !cursor.is("create") {
        return false;
    }
    let made = cursor.is("table") || cursor.is("view") || cursor.is("temporary table") || cursor.is("materialized view");
    made && cursor.qualified().is_some_and(|(schema, _)| schema != "pipec" && schema != "pipec_secret") || cursor.is("pipec_new")
}
