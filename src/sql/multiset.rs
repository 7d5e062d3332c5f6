//! `except all` and `intersect all` for dialects without them: equal rows are numbered, so that no two are equal any more.

use super::printer::{Printed, Printer};
use super::query::output_names;
use crate::base::{Ident, Span};
use crate::ir::{SetExpr, SetOperator};

const NUMBER: &str = "pipec_number";

impl Printer<'_> {
    /// `select a, b from (select a, b, row_number() over (partition by a, b) as pipec_number from (left) except …)`
    pub(super) fn numbered_set(&mut self, operator: SetOperator, left: &SetExpr, right: &SetExpr, at: Span) -> Printed {
        let Some(names) = output_names(left).filter(|names| all_differ(names)) else {
            return self.gap(format!("`{} all` of columns that share a name", word(operator)), at);
        };
        let renames = self.rename.take();
        self.text("select ");
        for (i, name) in names.iter().enumerate() {
            self.text(if i > 0 { ", " } else { "" });
            self.name(name);
            if let Some(other) = renames.as_ref().and_then(|r| r.get(i)).filter(|other| *other != name) {
                self.text(" as ");
                self.name(other);
            }
        }
        self.page.line();
        self.text("from (");
        self.page.indent();
        self.page.line();
        self.numbered(left, &names)?;
        self.page.line();
        self.text(word(operator));
        self.text(if self.spelling.says_distinct() { " distinct" } else { "" });
        self.page.line();
        self.numbered(right, &names)?;
        self.page.dedent();
        self.page.line();
        self.text(")");
        Ok(())
    }

    fn numbered(&mut self, body: &SetExpr, names: &[Ident]) -> Printed {
        self.text("select *, row_number() over (partition by ");
        for (i, name) in names.iter().enumerate() {
            self.text(if i > 0 { ", " } else { "" });
            self.name(name);
        }
        self.text(") as ");
        self.name(&Ident::exact(NUMBER));
        self.page.line();
        self.text("from (");
        self.page.indent();
        self.page.line();
        self.rename = Some(names.to_vec());
        self.set(body, true)?;
        self.page.dedent();
        self.page.line();
        self.text(")");
        Ok(())
    }
}

fn word(operator: SetOperator) -> &'static str {
    match operator {
        SetOperator::Union => "union",
        SetOperator::Intersect => "intersect",
        SetOperator::Except => "except",
    }
}

fn all_differ(names: &[Ident]) -> bool {
    names
        .iter()
        .enumerate()
        .all(|(i, name)| name.as_str() != NUMBER && !names.iter().take(i).any(|other| other.as_str().eq_ignore_ascii_case(name.as_str())))
}
