//! Proposals for columns that nobody has classified, from their names, types and, when asked, values. A proposal is a diff for a person to read:
//! nothing is classified by a guess.

mod names;
mod patch;
mod values;

pub use patch::{Edited, diff, edited};

use crate::base::{Ident, Sources, Span};
use crate::ir::{CategoryId, Column, Program, Table, TableKind, Type};

/// How sure a proposal is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Confidence {
    /// The name can hardly mean anything else, or name and values agree.
    Sure,
    /// The name often means this, or only the values say so.
    Likely,
}

impl Confidence {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Confidence::Sure => "sure",
            Confidence::Likely => "likely",
        }
    }
}

/// What a column may tell.
#[derive(Clone, Debug)]
pub struct Proposal {
    /// `clinic.patients.dob`
    pub column: String,
    /// Where its name is declared.
    pub at: Span,
    /// `birth_date`
    pub category: String,
    /// How sure that is.
    pub confidence: Confidence,
    /// Why, in words; never a value.
    pub reasons: Vec<String>,
}

/// What is proposed, and what stays open.
#[derive(Clone, Debug, Default)]
pub struct Proposals {
    /// By table and column, as declared.
    pub proposed: Vec<Proposal>,
    /// Unclassified columns that nothing is proposed for.
    pub open: Vec<String>,
}

/// Proposes categories for every source or seed column without one. Only categories that the project knows are proposed; `public` never is: that
/// a column tells nothing is for a person to say.
///
/// `with_values` looks at the sample rows and seeds, too.
pub fn propose(program: &Program, sources: &Sources, with_values: bool) -> Proposals {
    let rules = names::rules();
    let mut found = Proposals::default();
    for table in &program.tables {
        if matches!(table.kind, TableKind::Model(_)) {
            continue;
        }
        let rows = with_values.then(|| values::of(table, sources));
        for (position, column) in table.columns.iter().enumerate().filter(|(_, c)| unclassified(c)) {
            let name = format!("{}.{}", crate::check::path::table_name(table), column.name);
            let seen = rows.as_ref().and_then(|r| r.column(position, &column.name));
            match column_proposal(&rules, table, column, seen.as_ref(), |c| known(program, c)) {
                Some((category, confidence, reasons)) => {
                    found.proposed.push(Proposal { column: name, at: column.at, category, confidence, reasons });
                }
                None => found.open.push(name),
            }
        }
    }
    found
}

fn unclassified(column: &Column) -> bool {
    matches!(column.label.values(), [(CategoryId::UNCLASSIFIED, _)]) && column.ty != Type::Error
}

fn known(program: &Program, category: &str) -> bool {
    program.categories.iter().any(|c| c.name.as_str() == category)
}

/// What a column's name and values say together.
fn column_proposal(
    rules: &[names::Rule],
    table: &Table,
    column: &Column,
    seen: Option<&values::Seen>,
    known: impl Fn(&str) -> bool,
) -> Option<(String, Confidence, Vec<String>)> {
    // A source called `clinic` does not make each of its tables one about clinics.
    let table = table.name.as_str().rsplit('.').next().unwrap_or_default();
    let named = names::of(rules, table, column.name.as_str(), &column.ty).filter(|n| known(n.category));
    let looks = seen.and_then(values::Seen::looks_like).filter(|(c, _)| known(c));
    match (named, looks) {
        (Some(named), looks) => {
            let mut reasons = vec![format!("named like `{}`", named.words)];
            let agree = looks.as_ref().is_some_and(|(category, _)| *category == named.category);
            let denied = seen.is_some_and(|s| s.denies(named.category));
            reasons.extend(looks.filter(|_| agree).map(|(_, why)| why));
            if denied {
                reasons.push("but its values do not look like it".to_owned());
            }
            let confidence = match (agree, denied) {
                (_, true) => Confidence::Likely,
                (true, _) => Confidence::Sure,
                _ => named.confidence,
            };
            Some((named.category.to_owned(), confidence, reasons))
        }
        (None, Some((category, why))) => Some((category.to_owned(), Confidence::Likely, vec![why])),
        (None, None) => None,
    }
}

/// What a name alone says, for tests of the table of names: table, column, type as written in SQL.
pub fn by_name(table: &str, column: &str, ty: &Type) -> Option<(&'static str, Confidence)> {
    let rules = names::rules();
    names::of(&rules, table, Ident::exact(column).as_str(), ty).map(|n| (n.category, n.confidence))
}
