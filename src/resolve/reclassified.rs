//! Annotations that say less than the type they stand beside: each is a release, and needs its reason.

use super::collect::Found;
use super::reader::Reader;
use super::types::{Place, exact_name, whole_label};
use super::words::Words;
use crate::diag::{Code, Diagnostic};
use crate::ir::{CategoryId, Label, Level, Reclassified, Type};
use crate::syntax::ast::ColumnDecl;
use std::sync::Arc;

impl<'a> Reader<'a, '_> {
    /// Refuses an annotation that says less than the paths of its type do and gives no reason: it releases them.
    pub(super) fn reclassified(&mut self, one: &Found<'a>, decl: &ColumnDecl, of: &str, said: Option<&Label>) {
        let Some(to) = said.filter(|_| !one.standard()) else { return };
        let read = self.types(&one.env, &one.module, Place::Field).type_of(&decl.ty, None);
        let Ok(Type::Json(shape)) = read else { return };
        let from = whole_label(&self.out.program, &shape);
        let lost = |(c, _): &&(CategoryId, Level)| *c != CategoryId::UNCLASSIFIED && to.values().iter().all(|(have, _)| have != c);
        let lost: Vec<String> =
            from.values().iter().filter(lost).filter_map(|(c, _)| Some(format!("`{}`", self.out.program.category(*c)?.name))).collect();
        if lost.is_empty() {
            return;
        }
        let Ok(name) = exact_name(self.generator, &decl.name.text, &one.env) else { return };
        let name = format!("{of}.{name}");
        let mut words = Words::of(self.generator, &one.env, &decl.constraints, decl.name.at);
        let mut because = None;
        while words.peek().is_some() && because.is_none() {
            if words.take("because") {
                because = words.text("the reason").ok().map(|b| Arc::from(b.trim())).filter(|b: &Arc<str>| !b.is_empty());
            } else {
                words.next();
            }
        }
        let Some(because) = because else {
            let message = format!("`{name}` says less than its type, which tells {}: that needs a reason", few(&lost));
            self.diagnostics.push(
                Diagnostic::error(Code::ReleaseReason, decl.name.at, message)
                    .help("leave the annotation out, or add `because \"…\"` behind it: who looked at the data, and why it tells less"),
            );
            return;
        };
        self.out.program.reclassified.push(Reclassified { name: name.into(), from, to: to.clone(), because, at: decl.name.at });
    }
}

/// The first names of a long list.
fn few(names: &[String]) -> String {
    const MOST: usize = 5;
    let shown = names.iter().take(MOST).cloned().collect::<Vec<_>>().join(", ");
    if names.len() > MOST { format!("{shown} and {} more", names.len() - MOST) } else { shown }
}
