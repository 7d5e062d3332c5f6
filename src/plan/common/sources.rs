//! The columns of sources behind a column, with the paths into those that hold JSON.

use crate::check::Paths;
use crate::ir::{Edge, Table, TableId, TableKind, Type};
use crate::plan::common::names::Common;
use std::collections::BTreeSet;
use std::sync::Arc;

/// A column of a table.
type At = (TableId, u32);

/// The columns of sources that tell something, or did, behind every column, by common name.
pub(in crate::plan) struct Sources<'p> {
    common: &'p Common<'p>,
    by_table: Vec<Vec<Option<Arc<BTreeSet<String>>>>>,
    none: Arc<BTreeSet<String>>,
    /// Which paths into them; only where there are any.
    paths: Option<Paths>,
}

impl<'p> Sources<'p> {
    pub(in crate::plan) fn new(common: &'p Common<'p>, also: &BTreeSet<String>) -> Sources<'p> {
        let program = common.program;
        let json = |t: &Table| !matches!(t.kind, TableKind::Model(_)) && t.columns.iter().any(|c| matches!(c.ty, Type::Json(_)));
        let paths = (program.tables.iter().any(json) || !program.discriminators.is_empty()).then(|| Paths::of(program));
        let by_table = program.tables.iter().map(|t| vec![None; t.columns.len()]).collect();
        let mut all = Sources { common, by_table, none: Arc::default(), paths };
        for id in &program.order {
            let Some(table) = program.table(*id) else { continue };
            for (position, column) in (0u32..).zip(&table.columns) {
                let set = if matches!(table.kind, TableKind::Model(_)) {
                    let from = column.from.iter().filter(|o| o.edge != Edge::Control).filter_map(|o| all.get((o.table, o.column)));
                    let from: Vec<Arc<BTreeSet<String>>> = from.collect();
                    match from.as_slice() {
                        [] => continue,
                        [one] => one.clone(),
                        several => Arc::new(several.iter().flat_map(|s| s.iter().cloned()).collect()),
                    }
                } else {
                    let name = format!("{}.{}", common.table(*id), common.column_at(*id, position));
                    if column.label.is_public() && !also.contains(&name) {
                        continue;
                    }
                    Arc::new(BTreeSet::from([name]))
                };
                if let Some(place) = all.by_table.get_mut(id.0 as usize).and_then(|t| t.get_mut(position as usize)) {
                    *place = Some(set);
                }
            }
        }
        all
    }

    fn get(&self, (table, column): At) -> Option<Arc<BTreeSet<String>>> {
        self.by_table.get(table.0 as usize)?.get(column as usize)?.clone()
    }

    /// The columns behind one.
    pub(in crate::plan) fn columns_of(&self, at: At) -> Arc<BTreeSet<String>> {
        self.get(at).unwrap_or_else(|| self.none.clone())
    }

    /// The same, with the paths into those that are JSON.
    pub(in crate::plan) fn of(&self, at: At) -> BTreeSet<String> {
        let columns = self.columns_of(at);
        let Some(paths) = &self.paths else { return (*columns).clone() };
        let mut known = BTreeSet::new();
        let mut all = BTreeSet::new();
        for (table, column, part) in paths.of_column(at.0, at.1) {
            let name = format!("{}.{}", self.common.table(table), self.common.column_at(table, column));
            if columns.contains(&name) {
                all.insert(format!("{name}{part}"));
                known.insert(name);
            }
        }
        // What is read in a way that has no path is read as a whole.
        all.extend(columns.difference(&known).cloned());
        all
    }
}

/// Those of `these` that are no part of any of the others: who reads the whole of a JSON value reads every path into it.
pub(in crate::plan) fn not_in(these: &BTreeSet<String>, others: &BTreeSet<String>) -> Vec<String> {
    if others.is_empty() {
        return these.iter().cloned().collect();
    }
    these.iter().filter(|one| !others.contains(*one) && !others.iter().any(|other| covers(other, one))).cloned().collect()
}

/// Whether a path goes through another one; `[*]` is any element.
fn covers(whole: &str, part: &str) -> bool {
    let (mut whole, mut part) = (whole, part);
    loop {
        if whole.is_empty() {
            return part.is_empty() || part.starts_with(['.', '[']);
        }
        if let Some(rest) = whole.strip_prefix("[*]") {
            let Some(after) = element(part) else { return false };
            (whole, part) = (rest, after);
            continue;
        }
        let mut chars = whole.chars();
        let Some(rest) = chars.next().and_then(|c| part.strip_prefix(c)) else { return false };
        (whole, part) = (chars.as_str(), rest);
    }
}

/// What follows an element of an array: `[0]`, or the first of those that fit, `[use="home"][0]`.
fn element(path: &str) -> Option<&str> {
    let step = |path: &str| {
        let mut quoted = false;
        let end = path.strip_prefix('[')?.char_indices().find(|(_, c)| {
            quoted ^= *c == '"';
            *c == ']' && !quoted
        })?;
        path.split_at_checked(end.0 + 2).map(|(step, rest)| (step.to_owned(), rest.len()))
    };
    let (first, left) = step(path)?;
    let rest = path.get(path.len() - left..)?;
    if !first.contains('=') && !first.contains("<>") {
        return Some(rest);
    }
    step(rest).and_then(|(_, left)| rest.get(rest.len() - left..)).or(Some(rest))
}

#[cfg(test)]
mod tests {
    use super::{covers, not_in};

    #[test]
    fn paths_are_parts_of_wholes() {
        for (whole, part) in [
            ("a.r", "a.r.name"),
            ("a.r", "a.r[0]"),
            ("a.r.name", "a.r.name[0].family"),
            ("a.r.name[*]", "a.r.name[0].family"),
            ("a.r.telecom[*].value", "a.r.telecom[system=\"]\"][0].value"),
        ] {
            assert!(covers(whole, part), "{whole} {part}");
            assert!(!covers(part, whole), "{part} {whole}");
        }
        for (one, other) in [("a.r", "a.resource"), ("a.r.name", "a.r.names"), ("a.r[0].x", "a.r[1].x"), ("a.r[*].x", "a.r.x")] {
            assert!(!covers(one, other) && !covers(other, one), "{one} {other}");
        }
        let set = |all: &[&str]| all.iter().map(|s| (*s).to_owned()).collect();
        assert_eq!(not_in(&set(&["a.r.x", "b.c"]), &set(&["a.r"])), ["b.c"]);
        assert_eq!(not_in(&set(&["a.r"]), &set(&["a.r.x"])), ["a.r"]);
    }
}
