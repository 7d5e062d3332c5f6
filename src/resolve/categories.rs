use super::collect::Found;
use super::reader::Reader;
use super::types::{Place, exact_name};
use super::words::Words;
use super::words::wrong;
use crate::base::Ident;
use crate::diag::{Code, Diagnostic};
use crate::ir::{Category, JsonField, JsonType, Label, Type};
use crate::syntax::ast::{ColumnDecl, ItemKind, TypeDecl};
use std::collections::BTreeSet;
use std::sync::Arc;

const CATEGORY: [&str; 1] = ["hipaa"];

impl<'a> Reader<'a, '_> {
    /// `category phone hipaa D`; the first is always `unclassified`.
    pub(super) fn categories(&mut self, found: &[Found<'a>]) {
        self.out.program.categories.push(Category {
            name: Ident::exact("unclassified"),
            safe_harbor: None,
            doc: Arc::from("What nobody has classified yet."),
            at: Default::default(),
        });
        self.each(found, "category", |reader, one, words| {
            let (name, at) = words.name("the name of the category")?;
            if ["public", "unclassified", "because", "everything", "aggregated"].contains(&name.as_str()) {
                return Err(wrong(at, format!("`{name}` has a meaning of its own and cannot be declared")));
            }
            if !reader.declare("categories", &name, at) {
                return Ok(());
            }
            let mut safe_harbor = None;
            reader.settings(words, |_, words, key| {
                if key.text != "hipaa" {
                    return Err(key.unknown("category", &CATEGORY));
                }
                let at = words.here();
                let letter = words.peek_key().and_then(|k| k.text.parse::<char>().ok()).map(|c| c.to_ascii_uppercase());
                words.next();
                let letter = letter.filter(|c| ('A'..='R').contains(c));
                safe_harbor = Some(letter.ok_or_else(|| wrong(at, "`hipaa` takes a letter from A to R, as in 45 CFR 164.514(b)(2)(i)"))?);
                Ok(())
            });
            let doc = reader.doc(one.item.doc.as_ref(), &one.env);
            reader.out.program.categories.push(Category { name, safe_harbor, doc, at });
            Ok(())
        });
    }

    /// `type HumanName { … }`: all names first, so that types may speak of each other and of themselves.
    pub(super) fn json_types(&mut self, found: &[Found<'a>]) {
        let mut named: Vec<(usize, &'a TypeDecl)> = Vec::new();
        let declared =
            found.iter().enumerate().filter_map(|(i, f)| if let ItemKind::Type(t) = &f.item.kind { Some((i, f, t)) } else { None });
        for (index, one, decl) in declared {
            let name = exact_name(self.generator, &decl.name.text, &one.env);
            let Some(name) = self.keep(name) else { continue };
            // Two library modules may share a name; a project may not hide one of theirs.
            let clash = self.out.program.json_types.iter().find(|t| t.name == name && (t.module == one.module || one.module.is_empty()));
            if let Some(first) = clash.map(|t| t.at) {
                self.diagnostics.push(
                    Diagnostic::error(Code::DuplicateName, decl.name.at, format!("two types are named `{name}`"))
                        .label("the second")
                        .mark(first, "the first"),
                );
                continue;
            }
            self.out.program.json_types.push(JsonType { name, module: one.module.clone(), fields: Vec::new(), at: decl.name.at });
            named.push((index, decl));
        }
        let fields: Vec<Vec<JsonField>> =
            named.iter().filter_map(|(index, decl)| found.get(*index).map(|one| self.fields(one, decl))).collect();
        for (ty, fields) in self.out.program.json_types.iter_mut().zip(fields) {
            ty.fields = fields;
        }
        // What a type's paths tell is known when all of them are.
        for (one, decl) in named.iter().filter_map(|(index, decl)| Some((found.get(*index)?, decl))).filter(|(one, _)| !one.standard()) {
            for field in &decl.fields {
                let Some(label) = self.said(one, field) else { continue };
                let Some(name) = exact_name(self.generator, &decl.name.text, &one.env).ok() else { continue };
                self.reclassified(one, field, name.as_str(), Some(&label));
            }
        }
    }

    fn fields(&mut self, one: &Found<'a>, decl: &'a TypeDecl) -> Vec<JsonField> {
        let mut seen: BTreeSet<Ident> = BTreeSet::new();
        let mut fields = Vec::with_capacity(decl.fields.len());
        for field in &decl.fields {
            let name = exact_name(self.generator, &field.name.text, &one.env);
            let Some(name) = self.keep(name) else { continue };
            if !seen.insert(name.clone()) {
                self.diagnostics.push(Diagnostic::error(Code::DuplicateName, field.name.at, format!("two fields are named `{name}`")));
                continue;
            }
            let (ty, label) = self.typed(one, field, Place::Field);
            let by = self.decided_by(one, field);
            fields.push(JsonField { name, ty, nullable: field.ty.nullable, label, by, at: field.name.at });
        }
        fields
    }

    /// `by system` after a field's categories.
    fn decided_by(&mut self, one: &Found<'a>, field: &'a ColumnDecl) -> Option<Ident> {
        let first = field.constraints.first()?;
        let mut words = Words::of(self.generator, &one.env, &field.constraints, first.at);
        let mut by = None;
        while !words.is_empty() {
            let read = match words.take("because") {
                // Read with the annotation it is a reason for.
                true => words.text("the reason").map(|_| ()),
                false => words.expect("by").and_then(|()| words.name("field")).map(|(name, _)| by = Some(name)),
            };
            self.keep(read)?;
        }
        by
    }

    /// What a declaration's annotations say, where that has been reported already if it is wrong.
    fn said(&self, one: &Found<'a>, decl: &ColumnDecl) -> Option<Label> {
        self.types(&one.env, &one.module, Place::Field).label_of(&decl.annotations).ok().flatten()
    }

    /// A column's or field's type and what its annotations say; `Type::Error` after reporting.
    pub(super) fn typed(&mut self, one: &Found<'a>, decl: &ColumnDecl, place: Place) -> (Type, Option<Label>) {
        let label = self.types(&one.env, &one.module, place).label_of(&decl.annotations).map_err(|d| self.category_hint(d, decl));
        let label = self.keep(label).flatten();
        let ty = self.types(&one.env, &one.module, place).type_of(&decl.ty, label.as_ref());
        (self.keep(ty).unwrap_or(Type::Error), label)
    }

    fn category_hint(&self, diagnostic: Diagnostic, decl: &ColumnDecl) -> Diagnostic {
        let written = decl.annotations.iter().find(|a| a.at == diagnostic.at);
        match written.map(|a| &a.name.text) {
            Some(crate::syntax::ast::Template::Plain(name)) => self.hint(diagnostic, "category", name),
            _ => diagnostic,
        }
    }
}
