//! Proposals for columns that nobody has classified, from their names, types and, when asked, values. A proposal is a diff for a person to read:
//! nothing is classified by a guess.

mod diff;
mod json;
mod names;
mod patch;
mod values;

pub use diff::diff;
pub use patch::{Edited, edited};

use crate::base::{Ident, Sources, Span};
use crate::ir::{CategoryId, Column, Program, Table, TableKind, Type};
use std::collections::BTreeSet;

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
    /// `clinic.patients.dob`; of typed JSON a path, `ehr.patients.resource.contact.phone`.
    pub column: String,
    /// Where its name is declared; of a seed's column that its block does not name, the seed.
    pub at: Span,
    /// What has to be written before its category, where it is not declared: `zip text?`.
    pub declare: Option<String>,
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
    /// Fields of JSON types that were looked at: a type may stand in many columns.
    fields: BTreeSet<Span>,
}

/// Proposes categories for every source or seed column without one, and for every path of typed JSON. Only categories that the project knows are proposed; `public` never is: that
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
        for (position, column) in table.columns.iter().enumerate() {
            let name = format!("{}.{}", crate::check::path::table_name(table), column.name);
            if let Type::Json(shape) = &column.ty
                && json::says_its_paths(shape)
            {
                let seen = |path: &[&str]| rows.as_ref().and_then(|r| r.column(position, &column.name, path));
                json::propose(program, (&name, shape), &json::Looks { rules: &rules, seen: &seen }, &mut found);
            } else if unclassified(column) {
                let seen = rows.as_ref().and_then(|r| r.column(position, &column.name, &[]));
                // A source called `clinic` does not make each of its tables one about clinics.
                let table_name = table.name.as_str().rsplit('.').next().unwrap_or_default();
                let said = column_proposal(&rules, (table_name, &[column.name.as_str()]), &column.ty, seen.as_ref(), |c| known(program, c));
                found.add(Place { column: name, at: column.at, declare: undeclared(table, column) }, said);
            }
        }
    }
    found
}

/// A column that a proposal may be for.
struct Place {
    column: String,
    at: Span,
    declare: Option<String>,
}

/// Category, how sure that is, and why.
type Said = (String, Confidence, Vec<String>);

impl Proposals {
    fn add(&mut self, Place { column, at, declare }: Place, said: Option<Said>) {
        match said {
            Some((category, confidence, reasons)) => {
                self.proposed.push(Proposal { column, at, declare, category, confidence, reasons });
            }
            None => self.open.push(column),
        }
    }
}

/// A column that only the header of a seed's file names, as its block would declare it.
fn undeclared(table: &Table, column: &Column) -> Option<String> {
    let from_header = matches!(table.kind, TableKind::Seed(_)) && column.at == table.at;
    from_header.then(|| format!("{} {}{}", written(&column.name), column.ty, if column.nullable { "?" } else { "" }))
}

/// A name as it is written in a declaration.
fn written(name: &Ident) -> String {
    let text = name.as_str();
    let plain = text.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c => out.push(c),
        }
    }
    if plain { out } else { format!("\"{}\"", out.replace("${", "$${")) }
}

fn unclassified(column: &Column) -> bool {
    matches!(column.label.values(), [(CategoryId::UNCLASSIFIED, _)]) && column.ty != Type::Error
}

fn known(program: &Program, category: &str) -> bool {
    program.categories.iter().any(|c| c.name.as_str() == category)
}

/// What a column's name and values say together. The name is tried as it is, then with what stands around it: `number`, `phone number`.
fn column_proposal(
    rules: &[names::Rule],
    (table, names): (&str, &[&str]),
    ty: &Type,
    seen: Option<&values::Seen>,
    known: impl Fn(&str) -> bool,
) -> Option<Said> {
    let named = names.iter().find_map(|name| names::of(rules, table, name, ty)).filter(|n| known(n.category));
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
