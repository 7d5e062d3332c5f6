use super::super::text::{layer_folders, node_names, physical_name};
use super::jinja;
use crate::base::Ident;
use crate::ir::{Program, TableId, TableKind};
use crate::sql::Host;
use std::borrow::Cow;

/// The names dbt knows things by: models and seeds share one namespace, and layers are folders.
pub(super) struct Nodes {
    tables: Vec<Name>,
    layers: Vec<String>,
}

enum Name {
    /// A model or seed; with the name of its relation where that is no node's name.
    Node {
        name: String,
        alias: bool,
    },
    Source {
        source: Ident,
        table: String,
    },
}

impl Nodes {
    pub(super) fn new(program: &Program) -> Self {
        let tables = program.tables.iter().zip(node_names(program)).map(|(table, name)| match &table.kind {
            TableKind::Source(source) => Name::Source { source: source.source.clone(), table: physical_name(table).to_owned() },
            TableKind::Seed(_) | TableKind::Model(_) => Name::Node { alias: name != table.name.as_str(), name },
        });
        Nodes { tables: tables.collect(), layers: layer_folders(program) }
    }

    /// The folder of a layer.
    pub(super) fn layer(&self, index: u32) -> &str {
        self.layers.get(index as usize).map_or("models", String::as_str)
    }

    /// The node's name; of a source's table, the table's.
    pub(super) fn name(&self, id: TableId) -> &str {
        match self.tables.get(id.0 as usize) {
            Some(Name::Node { name, .. }) => name,
            Some(Name::Source { table, .. }) => table,
            None => "",
        }
    }

    /// Whether the relation's name differs from the node's.
    pub(super) fn has_alias(&self, id: TableId) -> bool {
        matches!(self.tables.get(id.0 as usize), Some(Name::Node { alias: true, .. }))
    }

    /// `ref('x')`, `source('s', 'x')`
    pub(super) fn reference(&self, id: TableId) -> String {
        match self.tables.get(id.0 as usize) {
            Some(Name::Node { name, .. }) => format!("ref({})", jinja::literal(name)),
            Some(Name::Source { source, table }) => format!("source({}, {})", jinja::literal(source.as_str()), jinja::literal(table)),
            None => String::new(),
        }
    }
}

impl Host for Nodes {
    fn table(&self, _program: &Program, table: TableId) -> String {
        format!("{{{{ {} }}}}", self.reference(table))
    }

    fn guard<'t>(&self, text: &'t str) -> Cow<'t, str> {
        jinja::guard(text)
    }

    fn keeps_names(&self) -> bool {
        false
    }

    fn run_date(&self) -> String {
        "{{ run_date() }}".to_owned()
    }
}
