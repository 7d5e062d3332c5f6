//! What tables and units are called, as far as the files show: by one, two or three parts.

use super::Schemas;
use super::project::{Unit, source_name};
use crate::base::{FileId, Ident, Sources, Span};
use crate::lower::{DeclaredTable, DottedName, dotted_names};
use std::collections::{BTreeMap, BTreeSet};

/// Postgres's longest name.
const LONGEST: usize = 63;

/// Tables and units by name.
pub(super) struct Relations {
    /// The name of each unit's model, all different.
    pub(super) models: Vec<Ident>,
    /// What the files call a relation → the name the project knows it by.
    pub(super) names: BTreeMap<Ident, Ident>,
    /// Where a unit reads the relation it makes: the place of the name, and the table that stands for what is already there.
    pub(super) own: BTreeMap<usize, Vec<Own>>,
}

/// A unit that reads the relation it makes, as incremental models do.
pub(super) struct Own {
    /// Where the relation's name stands.
    pub(super) at: Span,
    /// The declared table that stands for it: its name is as long.
    pub(super) table: DeclaredTable,
}

/// A relation that a name may mean.
struct Known {
    /// Database, schema, name, as far as they are known; the name always.
    parts: Vec<Ident>,
    /// What the project calls it.
    name: Ident,
}

impl Relations {
    pub(super) fn new(user: &Sources, units: &[Unit], schemas: &Schemas) -> Relations {
        let mut known: Vec<Known> = Vec::new();
        for table in &schemas.tables {
            if let Some((name, schema)) = table.name.split_last() {
                let name = Ident::exact(&format!("{}.{name}", source_name(schema)));
                known.push(Known { parts: table.name.clone(), name });
            }
        }
        let declared: BTreeSet<Ident> = schemas.tables.iter().filter_map(|t| t.name.last().cloned()).collect();
        let mut models: Vec<Ident> = Vec::new();
        let mut taken: BTreeSet<Ident> = BTreeSet::new();
        for (index, unit) in units.iter().enumerate() {
            let parts = parts_of(user, units, index, schemas);
            let name = parts.last().cloned().unwrap_or_default();
            let name = short(name, index);
            // A declared table keeps its bare name: `patients.sql` may read `patients`.
            let shadows = unit.defines.is_empty() && parts.len() == 1 && declared.contains(&name);
            let mut model = if shadows { Ident::exact(&format!("{name}.sql")) } else { name };
            while unit.skipped.is_none() && !taken.insert(model.clone()) {
                model = Ident::exact(&format!("{model}'"));
            }
            if unit.skipped.is_none() && !shadows {
                known.push(Known { parts, name: model.clone() });
            }
            models.push(model);
        }
        let mut relations = Relations { models, names: BTreeMap::new(), own: BTreeMap::new() };
        let files: BTreeSet<FileId> = units.iter().map(|u| u.file).collect();
        for file in files {
            let queries: Vec<(usize, &Unit)> = units.iter().enumerate().filter(|(_, u)| u.file == file && u.skipped.is_none()).collect();
            for written in dotted_names(user, file) {
                let after = queries.partition_point(|(_, u)| u.at.start <= written.last.start);
                let holder = queries.get(after.wrapping_sub(1)).filter(|(_, u)| written.last.end <= u.at.end);
                if let Some((index, _)) = holder {
                    relations.read(user, &known, &schemas.built, *index, &written);
                }
            }
        }
        relations
    }

    /// Notes what a dotted name in a unit means.
    fn read(&mut self, user: &Sources, known: &[Known], built: &[DeclaredTable], index: usize, written: &DottedName) {
        let Some(found) = meant(known, &written.parts) else { return };
        let own = self.models.get(index) == Some(&found.name);
        let standing = built.iter().find(|t| t.name.iter().rev().zip(written.parts.iter().rev()).all(|(a, b)| a == b));
        if let (true, Some(standing)) = (own, standing) {
            let mut table = standing.clone();
            if let Some(last) = table.name.last_mut() {
                *last = as_long(last, user.slice(written.last).starts_with('"'));
            }
            let parts = written.parts.split_last().map_or(&[][..], |(_, schema)| schema).iter().chain(table.name.last());
            let name = table.name.split_last().map(|(name, schema)| Ident::exact(&format!("{}.{name}", source_name(schema))));
            self.names.insert(joined(parts), name.unwrap_or_default());
            self.own.entry(index).or_default().push(Own { at: written.last, table });
        } else {
            self.names.insert(joined(&written.parts), found.name.clone());
        }
    }
}

/// A name that every warehouse keeps whole: a dbt model may be called by more than that.
fn short(name: Ident, index: usize) -> Ident {
    if name.as_str().len() <= LONGEST {
        return name;
    }
    let kept: String = name
        .as_str()
        .chars()
        .scan(0, |length, c| {
            *length += c.len_utf8();
            (*length <= LONGEST - 12).then_some(c)
        })
        .collect();
    Ident::exact(&format!("{kept}~{index}"))
}

fn joined<'p>(parts: impl IntoIterator<Item = &'p Ident>) -> Ident {
    Ident::exact(&parts.into_iter().map(Ident::as_str).collect::<Vec<_>>().join("."))
}

/// Another name of the same length, so that nothing behind it moves.
fn as_long(name: &Ident, quoted: bool) -> Ident {
    let mut text = name.as_str().to_owned();
    let width = text.pop().map_or(0, char::len_utf8);
    text.extend(std::iter::repeat_n(if quoted { '*' } else { '_' }, width));
    Ident::exact(&text)
}

/// The relation a dotted name means: the one with just these parts, else one whose known parts fit at the end.
fn meant<'k>(known: &'k [Known], written: &[Ident]) -> Option<&'k Known> {
    let fits = |k: &&Known| k.parts.iter().rev().zip(written.iter().rev()).all(|(a, b)| a == b);
    // What is known most exactly goes first; of two that fit alike, the later definition replaced the earlier one.
    known.iter().filter(fits).max_by_key(|k| k.parts.len().min(written.len()))
}

/// What a unit's relation is called: as it says, as dbt's manifest says, or by its file's stem; a file's further plain queries by number.
fn parts_of(user: &Sources, units: &[Unit], index: usize, schemas: &Schemas) -> Vec<Ident> {
    let Some(unit) = units.get(index) else { return Vec::new() };
    if !unit.defines.is_empty() {
        return unit.defines.clone();
    }
    let Some(path) = user.get(unit.file).map(|f| f.path.as_str()) else { return Vec::new() };
    let plain = |u: &&Unit| u.file == unit.file && u.defines.is_empty() && u.skipped.is_none();
    let before = units.iter().take(index).filter(plain).count();
    let only = units.iter().filter(plain).count() == 1;
    if only && let Some(parts) = schemas.models.iter().find(|(end, _)| path.ends_with(&format!("/{end}")) || path == end.as_str()) {
        return parts.1.clone();
    }
    let stem = stem(path);
    vec![Ident::exact(&if only { stem.to_owned() } else { format!("{stem}#{}", before + 1) })]
}

/// The file's name without folder and extension: what dbt calls its model.
pub(super) fn stem(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}
