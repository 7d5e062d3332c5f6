use super::reader::Reader;
use super::words::{Read, Words};
use super::{Slot, table_id};
use crate::base::{Ident, Span};
use crate::diag::{Code, Diagnostic};
use crate::ir::{Materialization, ModelRole, TableId};
use crate::syntax::ast::{Word, WordKind};
use std::collections::{BTreeMap, BTreeSet};

/// What a list of tables is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Use {
    /// Tables and layers, one bare word may be either.
    Access,
    /// Tables only.
    Export,
    /// Models and layers.
    Build,
}

/// A name, layer or glob, and those it leaves out.
pub(super) struct Written {
    one: Chosen,
    except: Vec<Chosen>,
}

/// A name, layer or glob.
struct Chosen {
    parts: Vec<Ident>,
    /// Whether `*` stands for any characters: in quotes it is a star.
    glob: bool,
    at: Span,
}

impl Chosen {
    fn read(words: &mut Words<'_>, what: &str) -> Read<Chosen> {
        let glob = matches!(words.peek(), Some(Word { kind: WordKind::Name(n), .. }) if n.parts.iter().any(|p| !p.quoted));
        let (parts, at) = words.path(what)?;
        let glob = glob && parts.iter().any(|p| p.as_str().contains('*'));
        Ok(Chosen { parts, glob, at })
    }
}

impl Written {
    /// `qr_* except qr_*_anon`; several exceptions stand in brackets.
    pub(super) fn read(words: &mut Words<'_>) -> Read<Written> {
        let one = Chosen::read(words, "a table, layer or glob")?;
        let except = match (words.take("except"), words.peek()) {
            (false, _) => Vec::new(),
            (true, Some(Word { kind: WordKind::List(_), .. })) => words.list(|w| Chosen::read(w, "a table or glob"))?,
            (true, _) => vec![Chosen::read(words, "a table or glob")?],
        };
        Ok(Written { one, except })
    }

    /// Whether it is `*` alone.
    pub(super) fn is_all(&self) -> bool {
        self.one.glob && matches!(self.one.parts.as_slice(), [part] if part.as_str() == "*") && self.except.is_empty()
    }
}

impl Reader<'_, '_> {
    /// The tables that names, layers and globs mean together, by name of table, each with the place that chose it first.
    pub(super) fn tables(&self, written: &[Written], purpose: Use) -> Read<Vec<(TableId, Span)>> {
        let mut chosen: BTreeMap<(Ident, TableId), Span> = BTreeMap::new();
        for one in written {
            let mut left_out: BTreeSet<TableId> = BTreeSet::new();
            for out in &one.except {
                left_out.extend(self.select(out, purpose)?);
            }
            let mut ids = self.select(&one.one, purpose)?;
            ids.retain(|id| !left_out.contains(id));
            if ids.is_empty() {
                return Err(Diagnostic::error(Code::UnknownName, one.one.at, "no table is left here"));
            }
            for id in ids {
                chosen.entry((self.name_of_table(id), id)).or_insert(one.one.at);
            }
        }
        Ok(chosen.into_iter().map(|((_, id), at)| (id, at)).collect())
    }

    fn select(&self, chosen: &Chosen, purpose: Use) -> Read<Vec<TableId>> {
        let (parts, at) = (chosen.parts.as_slice(), chosen.at);
        let written = parts.iter().map(Ident::as_str).collect::<Vec<_>>().join(".");
        if chosen.glob {
            let fits = |key: &str| key.contains('.') == written.contains('.') && fits(&written, key);
            let names = self.out.program.table_names.iter().filter(|(key, id)| fits(key.as_str()) && self.is_kept(**id, purpose));
            // A bare glob looks among what the project makes, not among what it reads.
            let found: Vec<TableId> = names.map(|(_, id)| *id).filter(|id| parts.len() > 1 || !self.is_source(*id)).collect();
            if found.is_empty() {
                return Err(Diagnostic::error(Code::UnknownName, at, format!("no table fits `{written}`"))
                    .help("`*` stands for any characters in the names of models, facts and seeds"));
            }
            return Ok(found);
        }
        let layer = match (parts, purpose) {
            ([name], Use::Access | Use::Build) => self.out.program.layers.iter().position(|l| l.name == *name),
            _ => None,
        };
        match (table_id(&self.out.program, parts), layer) {
            (Some(_), Some(_)) => Err(Diagnostic::error(Code::AmbiguousName, at, format!("`{written}` is a table and a layer"))
                .help(format!("write `{written}.*` for the layer's models, or rename one"))),
            (Some(id), None) if self.is_kept(id, purpose) => Ok(vec![id]),
            (Some(_), None) => Err(Diagnostic::error(Code::BadSetting, at, format!("`{written}` is never kept as a table or view"))
                .help("queries, ephemeral models and, in a build, sources cannot be chosen here")),
            (None, Some(layer)) => Ok(self.in_layer(layer, purpose)),
            (None, None) => {
                let known = self.out.program.table_names.keys().map(Ident::as_str);
                let layers = self.out.program.layers.iter().map(|l| l.name.as_str());
                Err(Diagnostic::error(Code::UnknownName, at, format!("no table is named `{written}`"))
                    .suggest(&written, known.chain(layers)))
            }
        }
    }

    fn in_layer(&self, layer: usize, purpose: Use) -> Vec<TableId> {
        let ids = (0_u32..).map(TableId).zip(&self.out.slots);
        let here = |slot: &Slot<'_>| match slot {
            Slot::Pending(model) => Some(model.layer),
            Slot::Ready(table) => table.own().and_then(|own| own.layer),
        };
        ids.filter(|(id, slot)| here(slot).is_some_and(|l| l as usize == layer) && self.is_kept(*id, purpose)).map(|(id, _)| id).collect()
    }

    /// Whether there is something in the warehouse to read, export or build.
    fn is_kept(&self, id: TableId, purpose: Use) -> bool {
        match self.out.slots.get(id.0 as usize) {
            Some(Slot::Pending(model)) => {
                model.role != ModelRole::Query && (purpose == Use::Build || model.materialization != Materialization::Ephemeral)
            }
            Some(Slot::Ready(_)) => purpose != Use::Build,
            None => false,
        }
    }

    fn is_source(&self, id: TableId) -> bool {
        matches!(self.out.slots.get(id.0 as usize), Some(Slot::Ready(t)) if matches!(t.kind, crate::ir::TableKind::Source(_)))
    }

    pub(super) fn name_of_table(&self, id: TableId) -> Ident {
        match self.out.slots.get(id.0 as usize) {
            Some(Slot::Pending(model)) => model.pending.name.clone(),
            Some(Slot::Ready(table)) => table.name.clone(),
            None => Ident::default(),
        }
    }
}

/// Whether a text fits a glob in which `*` stands for any characters.
fn fits(glob: &str, text: &str) -> bool {
    let mut pieces = glob.split('*');
    let Some(mut rest) = text.strip_prefix(pieces.next().unwrap_or("")) else { return false };
    let mut pieces: Vec<&str> = pieces.collect();
    let Some(last) = pieces.pop() else { return rest.is_empty() };
    for piece in pieces {
        let Some((_, after)) = rest.split_once(piece) else { return false };
        rest = after;
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn a_star_stands_for_any_characters() {
        for (glob, text, expected) in [
            ("*", "patient", true),
            ("qr_*_anon", "qr_gad7_anon", true),
            ("qr_*_anon", "qr__anon", true),
            ("qr_*_anon", "qr_anon", false),
            ("*_anon", "a_anon_b", false),
            ("a*b*c", "aXbYbZc", true),
            ("a*b*c", "abc", true),
            ("ab*ba", "aba", false),
        ] {
            assert_eq!(fits(glob, text), expected, "{glob} on {text}");
        }
    }
}
