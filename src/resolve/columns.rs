use super::collect::Found;
use super::reader::Reader;
use super::types::{Place, whole_label};
use super::words::{Read, Words, unknown, wrong};
use super::{Slot, table_id};
use crate::base::{Ident, Span};
use crate::diag::{Code, Diagnostic};
use crate::ir::{Assertion, AssertionKind, CategoryId, Column, Label, Literal, Origins, Table, TableId, Type};
use crate::syntax::ast::ColumnDecl;
use std::sync::Arc;

const COLUMN: [&str; 11] =
    ["key", "unique", "not_null", "references", "one_of", "matches", "between", "measure", "default", "check", "because"];

/// A column whose values are another table's.
pub(super) struct Reference {
    slot: usize,
    column: u32,
    to: Vec<Ident>,
    /// Looked into first: `references facilities.id` means the source's own table.
    source: Ident,
    at: Span,
}

impl<'a> Reader<'a, '_> {
    /// `first_name text? @name references x.y`
    pub(super) fn column(&mut self, one: &Found<'a>, decl: &'a ColumnDecl, table: &mut Table, source: &Ident) -> Read<()> {
        let name = self.generator.name_of(&decl.name, &one.env)?;
        if let Some(first) = table.columns.iter().find(|c| c.name == name) {
            return Err(Diagnostic::error(
                Code::DuplicateName,
                decl.name.at,
                format!("two columns of `{}` are named `{name}`", table.name),
            )
            .mark(first.at, "the first"));
        }
        let (ty, label) = self.typed(one, decl, Place::Column);
        self.reclassified(one, decl, &format!("{source}.{}", table.name), label.as_ref());
        let label = self.column_label(&ty, label);
        let at = decl.name.at;
        let place = u32::try_from(table.columns.len()).unwrap_or(u32::MAX);
        table.columns.push(Column {
            name,
            ty,
            nullable: decl.ty.nullable,
            label,
            from: Origins::NONE,
            intact: None,
            chosen: false,
            kin: crate::ir::Kin::OWN,
            at,
        });
        if let Some(doc) = &decl.doc {
            let doc = self.doc(Some(doc), &one.env);
            table.column_docs.resize(table.columns.len(), None);
            if let Some(last) = table.column_docs.last_mut() {
                *last = Some(doc);
            }
        }
        let mut words = Words::of(self.generator, &one.env, &decl.constraints, decl.at);
        self.constraints(&mut words, place, table, source);
        if let (true, Some(column)) = (table.key.contains(&place), table.columns.get_mut(place as usize)) {
            column.nullable = false;
        }
        if table.columns.get(place as usize).is_some_and(|c| !c.nullable) {
            let not_null = assertion(table, "not_null", &[place], AssertionKind::NotNull(place), at);
            table.assertions.push(not_null);
        }
        Ok(())
    }

    /// What a source's column tells: its annotation, or every path of its typed JSON together, or nobody knows.
    pub(super) fn column_label(&self, ty: &Type, label: Option<Label>) -> Label {
        match (label, ty) {
            (Some(label), _) => label,
            (None, Type::Json(shape)) => whole_label(&self.out.program, shape),
            (None, _) => Label::direct(CategoryId::UNCLASSIFIED),
        }
    }

    pub(super) fn constraints(&mut self, words: &mut Words<'_>, place: u32, table: &mut Table, source: &Ident) {
        self.phrase(words, &mut |reader, words, key| {
            if !["not_null", "because"].contains(&key.text) {
                super::vectors::constrained(table, place, key.text, key.at)?;
            }
            let (kind, what) = match key.text {
                "key" => {
                    table.key.push(place);
                    return Ok(());
                }
                "measure" => {
                    let slot = u32::try_from(reader.out.slots.len()).unwrap_or(u32::MAX);
                    reader.out.program.measures.insert((TableId(slot), place));
                    return Ok(());
                }
                "not_null" => {
                    if let Some(column) = table.columns.get_mut(place as usize) {
                        column.nullable = false;
                    }
                    return Ok(());
                }
                // Read with the annotation it is a reason for.
                "because" => {
                    words.next();
                    return Ok(());
                }
                "default" => return reader.default_of(words, place, table),
                "check" => return reader.check_of(words, table),
                "references" => {
                    let (to, at) = words.path("a column of another table")?;
                    let slot = reader.out.slots.len();
                    reader.references.push(Reference { slot, column: place, to, source: source.clone(), at });
                    return Ok(());
                }
                "unique" => (AssertionKind::Unique(vec![place]), "unique"),
                "one_of" => (AssertionKind::OneOf(place, words.list(|w| w.literal("a value"))?), "one_of"),
                "matches" => (AssertionKind::Matches(place, words.text("a regular expression")?), "matches"),
                "between" => {
                    let (low, high) = bounds(words)?;
                    (AssertionKind::Between(place, low, high), "between")
                }
                _ => return Err(key.unknown("column", &COLUMN)),
            };
            let assertion = assertion(table, what, &[place], kind, key.at);
            table.assertions.push(assertion);
            Ok(())
        });
    }

    /// Columns that refer to other sources' tables, once all have names.
    pub(super) fn references(&mut self) {
        for reference in std::mem::take(&mut self.references) {
            let found = self.referred(&reference);
            let Some((target, column)) = self.keep(found) else { continue };
            let Some(Slot::Ready(table)) = self.out.slots.get_mut(reference.slot) else { continue };
            let kind = AssertionKind::References(reference.column, target, column);
            let assertion = assertion(table, "references", &[reference.column], kind, reference.at);
            table.assertions.push(assertion);
        }
    }

    fn referred(&self, reference: &Reference) -> Read<(TableId, u32)> {
        let Some((column, table)) = reference.to.split_last().filter(|(_, t)| !t.is_empty()) else {
            return Err(wrong(reference.at, "`references` names a table and its column, such as `facilities.id`"));
        };
        let own = match table {
            [name] => table_id(&self.out.program, &[reference.source.clone(), name.clone()]),
            _ => None,
        };
        let written = table.iter().map(Ident::as_str).collect::<Vec<_>>().join(".");
        let id = own
            .or_else(|| table_id(&self.out.program, table))
            .ok_or_else(|| unknown("table", &written, reference.at, self.out.program.table_names.keys().map(Ident::as_str)))?;
        match self.out.slots.get(id.0 as usize) {
            Some(Slot::Ready(table)) => {
                let place = table.columns.iter().position(|c| c.name == *column).and_then(|p| u32::try_from(p).ok());
                place.map(|p| (id, p)).ok_or_else(|| {
                    Diagnostic::error(Code::UnknownColumn, reference.at, format!("`{written}` has no column `{column}`"))
                        .suggest(column.as_str(), table.columns.iter().map(|c| c.name.as_str()))
                })
            }
            _ => Err(Diagnostic::error(
                Code::BadAssertion,
                reference.at,
                format!("`{written}` is a model, and a source cannot refer to what is built from it"),
            )),
        }
    }
}

/// An assertion named after its kind and columns: `not_null_id`.
pub(super) fn assertion(table: &Table, what: &str, columns: &[u32], kind: AssertionKind, at: Span) -> Assertion {
    let mut name = what.to_owned();
    for column in columns.iter().filter_map(|c| table.columns.get(*c as usize)) {
        name.push('_');
        name.push_str(column.name.as_str());
    }
    Assertion { name: Arc::from(name), kind, warn: false, at }
}

pub(super) fn column_at(table: &Table, name: &Ident, at: Span) -> Read<u32> {
    let place = table.columns.iter().position(|c| c.name == *name).and_then(|p| u32::try_from(p).ok());
    place.ok_or_else(|| {
        Diagnostic::error(Code::UnknownColumn, at, format!("`{}` has no column `{name}`", table.name))
            .suggest(name.as_str(), table.columns.iter().map(|c| c.name.as_str()))
    })
}

/// `(0, 120)` or `0 and 120`
fn bounds(words: &mut Words<'_>) -> Read<(Literal, Literal)> {
    let at = words.here();
    let mut values = words.list(|w| w.literal("a bound"))?;
    if values.len() == 1 && words.take("and") {
        values.push(words.literal("a bound")?);
    }
    let [low, high] = <[Literal; 2]>::try_from(values).map_err(|_| wrong(at, "`between` takes two bounds: `between 0 and 120`"))?;
    Ok((low, high))
}
