//! The printer's state: the page, the blocks names are read in, and the small moves every part uses.

use super::layout::Page;
use super::spelling::Spelling;
use super::{Gap, Host, literal, spelling};
use crate::base::{Ident, Span};
use crate::ir::{Dialect, Expr, OrderKey, Program};
use std::borrow::Cow;

/// Printed, or what can't be.
pub(super) type Printed = Result<(), Gap>;

/// A relation's column that is read otherwise than by its name.
#[derive(Clone, Debug)]
pub(super) struct Reading {
    pub(super) relation: Ident,
    pub(super) column: Ident,
    pub(super) how: How,
}

/// How such a column is read.
#[derive(Clone, Debug)]
pub(super) enum How {
    /// Another name, perhaps with something around it.
    Written {
        before: &'static str,
        name: Ident,
        /// After the relation's alias.
        qualified: bool,
        after: Cow<'static, str>,
    },
    /// The element of SQLite's `json_each`, as JSON.
    JsonElement,
}

impl How {
    /// Under another name.
    pub(super) fn named(name: Ident) -> How {
        How::Written { before: "", name, qualified: true, after: Cow::Borrowed("") }
    }
}

/// A select block: what its names mean.
#[derive(Default)]
pub(super) struct Block {
    /// The alias of its only relation: columns of it are written bare.
    pub(super) single: Option<Ident>,
    /// Every alias; an inner one hides an outer one of the same name.
    pub(super) aliases: Vec<Ident>,
    pub(super) readings: Vec<Reading>,
    /// Output names that stand for something else than the column of that name; a clause that sees both must not confuse them.
    pub(super) shadowed: Vec<Ident>,
    /// In such a clause.
    pub(super) sees_outputs: bool,
    /// In the `order by` of a set, where only output names are seen.
    pub(super) only_outputs: bool,
}

/// Writes one query or expression.
pub(super) struct Printer<'a> {
    pub(super) program: &'a Program,
    pub(super) dialect: Dialect,
    pub(super) spelling: &'static dyn Spelling,
    pub(super) host: &'a dyn Host,
    pub(super) page: Page,
    pub(super) blocks: Vec<Block>,
    /// `with` entries in scope and the names of their columns.
    pub(super) entries: Vec<(Ident, Vec<Ident>)>,
    /// Names the next select's or values' columns take instead of their own.
    pub(super) rename: Option<Vec<Ident>>,
    /// Keys and order of the `distinct on` that the next select writes as `qualify`.
    pub(super) first_of: Option<(Vec<Expr>, Vec<OrderKey>)>,
}

impl<'a> Printer<'a> {
    pub(super) fn new(program: &'a Program, dialect: Dialect, host: &'a dyn Host) -> Self {
        Printer {
            program,
            dialect,
            spelling: spelling::of(dialect),
            host,
            page: Page::default(),
            blocks: Vec::new(),
            entries: Vec::new(),
            rename: None,
            first_of: None,
        }
    }

    pub(super) fn finish(self) -> String {
        self.page.lay_out()
    }

    /// An expression as it would be printed here, on a page of its own.
    pub(super) fn aside(&mut self, expr: &Expr) -> Result<String, Gap> {
        let page = std::mem::take(&mut self.page);
        let printed = self.whole(expr);
        let aside = std::mem::replace(&mut self.page, page);
        printed.map(|()| aside.lay_out())
    }

    /// Fixed SQL text.
    pub(super) fn text(&mut self, text: &str) {
        self.page.text(text);
    }

    /// Text that holds something a user wrote.
    pub(super) fn guarded(&mut self, text: &str) {
        let guarded = self.host.guard(text);
        self.page.text(&guarded);
    }

    /// A name.
    pub(super) fn name(&mut self, name: &Ident) {
        let text = literal::ident(name, self.dialect);
        self.guarded(&text);
    }

    /// A text constant.
    pub(super) fn quote(&mut self, text: &str) {
        let text = literal::text(text, self.dialect);
        self.guarded(&text);
    }

    /// Expressions by commas, inside brackets the caller writes; broken one per line when too long.
    pub(super) fn list(&mut self, items: &[Expr]) -> Printed {
        self.page.open();
        self.page.indent();
        for (i, item) in items.iter().enumerate() {
            if i == 0 {
                self.page.tight();
            } else {
                self.text(",");
                self.page.soft();
            }
            self.whole(item)?;
        }
        self.page.dedent();
        self.page.tight();
        self.page.close();
        Ok(())
    }

    /// `name(a, b)`
    pub(super) fn name_and_list(&mut self, name: &str, args: &[Expr]) -> Printed {
        self.text(name);
        self.text("(");
        self.list(args)?;
        self.text(")");
        Ok(())
    }

    /// `name(operand)`
    pub(super) fn wrap(&mut self, name: &str, operand: &Expr) -> Printed {
        self.name_and_list(name, std::slice::from_ref(operand))
    }

    /// What the dialect lacks.
    pub(super) fn gap<T>(&self, what: impl Into<String>, at: Span) -> Result<T, Gap> {
        Err(Gap { what: what.into(), at })
    }
}
