use super::page::Link;
use crate::access::{Carry, Matrix};
use crate::base::{Ident, Sources, Span};
use crate::check::body::{self, Means};
use crate::ir::{AssertionKind, Edge, Origin, Program, Table, TableId, TableKind};
use crate::lineage::Graph;
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Everything pages are made from, looked up once.
pub(super) struct Site<'p> {
    pub(super) program: &'p Program,
    pub(super) sources: &'p Sources,
    pub(super) graph: Graph<'p>,
    pub(super) matrix: Matrix,
    pub(super) nav: Vec<(&'static str, &'static str)>,
    pub(super) groups: Vec<Group>,
    group_of: Vec<usize>,
    stems: Vec<String>,
    roles: BTreeMap<Ident, String>,
    entries: BTreeMap<TableId, Vec<usize>>,
    read_by: Vec<Vec<TableId>>,
    twins: BTreeMap<TableId, Vec<TableId>>,
    references: References,
    /// Per table and column.
    ways: Vec<Vec<Vec<From>>>,
    made_of: Vec<Vec<MadeOf>>,
    evidence: BTreeSet<String>,
}

/// What lies together: a source, the seeds, a layer.
pub(super) struct Group {
    pub(super) kind: &'static str,
    pub(super) name: String,
    pub(super) doc: Arc<str>,
    pub(super) schema: String,
    pub(super) tables: Vec<TableId>,
    pub(super) path: String,
}

/// A column that another is made of or equal to, one step away, and what the value goes through there.
#[derive(Clone)]
pub(super) struct From {
    pub(super) table: TableId,
    pub(super) column: u32,
    pub(super) equal: bool,
    pub(super) masks: Vec<Arc<str>>,
    pub(super) releases: Vec<Arc<str>>,
}

/// The columns of sources and seeds that a value is made of, sorted; many columns share one list.
pub(super) type MadeOf = Option<Arc<[(TableId, u32)]>>;

/// References by table, from both ends: column and column.
pub(super) type References = BTreeMap<TableId, BTreeSet<((TableId, u32), (TableId, u32))>>;

/// So many origins are kept for a column: nobody reads more, and wide unions of ten thousand models would fill the memory.
const MOST_ORIGINS: usize = 64;

impl<'p> Site<'p> {
    pub(super) fn new(program: &'p Program, sources: &'p Sources, evidence: BTreeSet<String>) -> Site<'p> {
        let matrix = Matrix::new(program, &Carry::new(program));
        let mut entries: BTreeMap<TableId, Vec<usize>> = BTreeMap::new();
        for (index, entry) in matrix.entries.iter().enumerate() {
            entries.entry(entry.table).or_default().push(index);
        }
        let mut stems = Stems::default();
        let mut role_stems = Stems::default();
        let mut read_by = vec![Vec::new(); program.tables.len()];
        for (id, table) in program.tables() {
            for read in table.reads.iter().filter(|r| **r != id) {
                if let Some(readers) = read_by.get_mut(read.0 as usize) {
                    readers.push(id);
                }
            }
        }
        let (groups, group_of) = groups(program);
        let mut twins: BTreeMap<TableId, Vec<TableId>> = BTreeMap::new();
        for twin in &program.twins {
            twins.entry(twin.base).or_default().push(twin.table);
        }
        let mut roles: BTreeMap<Ident, String> = BTreeMap::new();
        for name in program.roles.iter().map(|r| &r.name).chain(matrix.entries.iter().map(|e| &e.role)) {
            if !roles.contains_key(name) {
                roles.insert(name.clone(), role_stems.claim(name.as_str()));
            }
        }
        Site {
            stems: program.tables.iter().map(|t| stems.claim(&table_name(t))).collect(),
            ways: program.tables.par_iter().map(|t| ways(program, t)).collect(),
            made_of: made_of(program),
            nav: nav(program, !evidence.is_empty()),
            graph: Graph::new(program),
            program,
            sources,
            matrix,
            groups,
            group_of,
            roles,
            entries,
            read_by,
            twins,
            references: references(program),
            evidence,
        }
    }

    /// `tables/patient.html`
    pub(super) fn table_path(&self, id: TableId) -> String {
        format!("tables/{}.html", self.stem(id))
    }

    pub(super) fn stem(&self, id: TableId) -> &str {
        self.stems.get(id.0 as usize).map_or("", String::as_str)
    }

    pub(super) fn table_link(&self, id: TableId) -> Link {
        Link { text: self.program.table(id).map(table_name).unwrap_or_default(), href: self.table_path(id) }
    }

    /// `patient.name`, or `patient` for what decides its rows.
    pub(super) fn column_link(&self, id: TableId, position: u32) -> Link {
        let table = self.table_link(id);
        match self.program.table(id).and_then(|t| t.columns.get(position as usize)) {
            Some(column) => {
                Link { text: format!("{}.{}", table.text, column.name), href: format!("{}#{}", table.href, anchor(&column.name, position)) }
            }
            None => table,
        }
    }

    pub(super) fn role_link(&self, role: &Ident) -> Link {
        let stem = self.roles.get(role).map_or("", String::as_str);
        Link { text: role.to_string(), href: format!("roles/{stem}.html") }
    }

    /// The evidence page of a role or bucket, where it has one; empty otherwise.
    pub(super) fn evidence(&self, kind: &str, name: &Ident) -> String {
        let path = format!("evidence/{kind}_{name}.html");
        if name.is_plain() && self.evidence.contains(&path) { path } else { String::new() }
    }

    /// Roles in the order they are declared, then those that pipec makes.
    pub(super) fn roles(&self) -> Vec<&Ident> {
        let declared: Vec<&Ident> = self.program.roles.iter().map(|r| &r.name).collect();
        let others: Vec<&Ident> = self.roles.keys().filter(|r| !declared.contains(r)).collect();
        declared.into_iter().chain(others).collect()
    }

    pub(super) fn group_of(&self, id: TableId) -> Option<&Group> {
        self.groups.get(*self.group_of.get(id.0 as usize)?)
    }

    pub(super) fn group_index(&self, id: TableId) -> Option<usize> {
        self.group_of.get(id.0 as usize).copied()
    }

    pub(super) fn group_link(&self, group: &Group) -> Link {
        Link {
            text: if group.kind == group.name { group.kind.to_owned() } else { format!("{} {}", group.kind, group.name) },
            href: group.path.clone(),
        }
    }

    /// Lines of the access matrix about a table.
    pub(super) fn entries(&self, id: TableId) -> impl Iterator<Item = &crate::access::Entry> {
        self.entries.get(&id).into_iter().flatten().filter_map(|i| self.matrix.entries.get(*i))
    }

    pub(super) fn read_by(&self, id: TableId) -> &[TableId] {
        self.read_by.get(id.0 as usize).map_or(&[], Vec::as_slice)
    }

    /// Whether a table is a view that Tableau reads another through.
    pub(super) fn is_shown(&self, id: TableId) -> bool {
        self.program.shown.iter().any(|s| s.view == id)
    }

    pub(super) fn references(&self) -> &References {
        &self.references
    }

    /// The masked twins of a table.
    pub(super) fn twins(&self, id: TableId) -> &[TableId] {
        self.twins.get(&id).map_or(&[], Vec::as_slice)
    }

    /// What a column is made of, one step away.
    pub(super) fn ways(&self, id: TableId, position: u32) -> &[From] {
        self.ways.get(id.0 as usize).and_then(|t| t.get(position as usize)).map_or(&[], Vec::as_slice)
    }

    /// What a column is made of, down to sources and seeds.
    pub(super) fn made_of(&self, id: TableId, position: u32) -> &[(TableId, u32)] {
        self.made_of.get(id.0 as usize).and_then(|t| t.get(position as usize)).and_then(|m| m.as_deref()).unwrap_or(&[])
    }

    /// `governance.pipe:38`
    pub(super) fn place(&self, at: Span) -> String {
        crate::access::place(self.sources, at)
    }
}

/// `source.table`, or the name of a model or seed.
pub(super) fn table_name(table: &Table) -> String {
    let name = table.name.as_str();
    match &table.kind {
        TableKind::Source(source) => {
            // Where another table has the name, it already begins with its source.
            let name = name.strip_prefix(source.source.as_str()).and_then(|n| n.strip_prefix('.')).unwrap_or(name);
            format!("{}.{name}", source.source)
        }
        TableKind::Seed(_) | TableKind::Model(_) => name.to_owned(),
    }
}

/// The id of a column in its page: its name where every reader takes it, else its place.
pub(super) fn anchor(name: &Ident, position: u32) -> String {
    if name.is_plain() { format!("column-{name}") } else { format!("column-{position}") }
}

fn nav(program: &Program, evidence: bool) -> Vec<(&'static str, &'static str)> {
    let mut nav = vec![("Overview", "index.html"), ("References", "erd.html"), ("Access", "access.html")];
    let mut also = |text, href, there: bool| {
        if there {
            nav.push((text, href));
        }
    };
    also("Evidence", "evidence/index.html", evidence);
    also("Metrics", "metrics.html", !program.metrics.is_empty());
    also("Pipelines", "pipelines.html", !program.pipelines.is_empty());
    also("Buckets", "buckets.html", !program.buckets.is_empty());
    also("APIs and exposures", "outside.html", !program.apis.is_empty() || !program.exposures.is_empty());
    let p = &program.platform;
    let runs = [p.environments.len(), p.variables.len(), p.networks.len(), p.databases.len(), p.computes.len()];
    also("Infrastructure", "infrastructure.html", runs.iter().any(|n| *n > 0));
    also("Tests", "tests.html", !program.unit_tests.is_empty() || !program.access_tests.is_empty());
    also("Releases", "releases.html", true);
    also("Glossary", "glossary.html", true);
    nav
}

/// Groups in order: sources as declared, seeds, layers as declared; and the group of each table.
fn groups(program: &Program) -> (Vec<Group>, Vec<usize>) {
    let mut groups: Vec<Group> = Vec::new();
    let mut stems = Stems::default();
    let mut known: BTreeMap<(usize, String), usize> = BTreeMap::new();
    let mut group_of = Vec::new();
    let rank = |table: &Table| match &table.kind {
        TableKind::Source(s) => match s.own.as_ref().and_then(|o| o.layer) {
            Some(layer) => (2 + layer as usize, String::new()),
            None => (0, s.source.to_string()),
        },
        TableKind::Seed(_) => (1, String::new()),
        TableKind::Model(model) => (2 + model.layer as usize, String::new()),
    };
    // Sources keep the order of their tables; the rest is sorted by rank.
    let mut order: Vec<(TableId, &Table)> = program.tables().collect();
    order.sort_by_key(|(_, t)| rank(t).0);
    for (id, table) in &order {
        let key = rank(table);
        let index = *known.entry(key.clone()).or_insert_with(|| {
            groups.push(group(program, table, &key, &mut stems));
            groups.len() - 1
        });
        if let Some(group) = groups.get_mut(index) {
            group.tables.push(*id);
        }
        group_of.push((*id, index));
    }
    group_of.sort_unstable();
    for group in &mut groups {
        group.tables.sort_by_key(|id| program.table(*id).map(table_name));
    }
    (groups, group_of.into_iter().map(|(_, index)| index).collect())
}

fn group(program: &Program, table: &Table, (rank, source): &(usize, String), stems: &mut Stems) -> Group {
    let layer = rank.checked_sub(2).and_then(|l| program.layers.get(l));
    let (kind, name) = match (rank, layer) {
        (0, _) => ("source", source.clone()),
        (1, _) => ("seeds", "seeds".to_owned()),
        (_, Some(layer)) => ("layer", layer.name.to_string()),
        (_, None) => ("layer", String::new()),
    };
    let schema = match &table.kind {
        TableKind::Source(s) => s.schema.to_string(),
        TableKind::Seed(s) => s.schema.to_string(),
        TableKind::Model(_) => layer.map(|l| l.schema.to_string()).unwrap_or_default(),
    };
    let path = format!("groups/{}.html", stems.claim(&format!("{kind}_{name}")));
    Group { kind, name, doc: layer.map(|l| l.doc.clone()).unwrap_or_default(), schema, tables: Vec::new(), path }
}

fn references(program: &Program) -> References {
    let mut all = References::new();
    let written = program.tables().flat_map(|(id, table)| {
        table.assertions.iter().filter_map(move |a| match a.kind {
            AssertionKind::References(column, other, at) => Some(((id, column), (other, at))),
            _ => None,
        })
    });
    for edge in written.chain(program.numbered().map(|(from, to, _)| (from, to))) {
        all.entry(edge.0.0).or_default().insert(edge);
        all.entry(edge.1.0).or_default().insert(edge);
    }
    all
}

fn ways(program: &Program, table: &Table) -> Vec<Vec<From>> {
    let one = |(position, column): (u32, &crate::ir::Column)| {
        let origins: Vec<&Origin> = column.from.iter().filter(|o| o.edge != Edge::Control && o.column != Origin::ROWS).collect();
        if origins.is_empty() {
            return Vec::new();
        }
        let reads = body::reads(program, table, position);
        let from = |o: &&Origin| {
            let (mut masks, mut releases) = (BTreeSet::new(), BTreeSet::new());
            let equal = o.edge == Edge::Equal;
            for means in reads.iter().filter(|r| !equal && (r.table, r.column) == (o.table, o.column)).flat_map(|r| &r.means) {
                match means {
                    Means::Mask(mask, _) => masks.insert(mask.name.clone()),
                    Means::Release(release) => releases.insert(release.because.clone()),
                };
            }
            From { table: o.table, column: o.column, equal, masks: masks.into_iter().collect(), releases: releases.into_iter().collect() }
        };
        origins.iter().map(from).collect()
    };
    (0u32..).zip(&table.columns).map(one).collect()
}

fn made_of(program: &Program) -> Vec<Vec<MadeOf>> {
    let mut all: Vec<Vec<MadeOf>> = vec![Vec::new(); program.tables.len()];
    for id in &program.order {
        let Some(table) = program.table(*id) else { continue };
        let stored = !matches!(table.kind, TableKind::Model(_));
        let one = |(position, column): (u32, &crate::ir::Column)| -> MadeOf {
            if stored {
                return Some(Arc::from([(*id, position)]));
            }
            let parts: Vec<&Arc<[(TableId, u32)]>> = column
                .from
                .iter()
                .filter(|o| o.edge == Edge::Value && o.column != Origin::ROWS)
                .filter_map(|o| all.get(o.table.0 as usize)?.get(o.column as usize)?.as_ref())
                .collect();
            match parts.as_slice() {
                [] => None,
                [only] => Some((*only).clone()),
                many => {
                    let set: BTreeSet<(TableId, u32)> = many.iter().flat_map(|p| p.iter().copied()).collect();
                    Some(set.into_iter().take(MOST_ORIGINS).collect())
                }
            }
        };
        let columns = (0u32..).zip(&table.columns).map(one).collect();
        if let Some(slot) = all.get_mut(id.0 as usize) {
            *slot = columns;
        }
    }
    all
}

/// Names of files: letters, digits and `_`, no two equal even where case does not count.
#[derive(Default)]
pub(super) struct Stems(BTreeSet<String>);

impl Stems {
    pub(super) fn claim(&mut self, text: &str) -> String {
        let plain = |c: char| if c.is_ascii_alphanumeric() || c == '.' { c } else { '_' };
        let stem: String = text.chars().map(plain).take(120).collect();
        // A dot at the end is no name on Windows, one in front hides a file.
        let stem = format!("{}{}", if stem.is_empty() || stem.starts_with('.') { "_" } else { "" }, stem.trim_end_matches('.'));
        let tries = std::iter::once(stem.clone()).chain((2usize..).map(|n| format!("{stem}_{n}")));
        let mut free = tries.skip_while(|t| self.0.contains(&t.to_ascii_lowercase()));
        let name = free.next().unwrap_or_default();
        self.0.insert(name.to_ascii_lowercase());
        name
    }
}
