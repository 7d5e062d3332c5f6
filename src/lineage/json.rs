use super::graph::{Graph, Link, Node, NodeId, Part};
use super::names::quoted;
use crate::base::{Sources, Span};
use crate::ir::{CategoryId, Column, Edge, Form, Level, ModelRole, Program, Table, TableKind, Type};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Rises when a field changes its meaning or goes away; new fields don't raise it.
const VERSION: u32 = 1;

#[derive(Serialize)]
struct TableLine<'a> {
    id: &'a str,
    kind: &'static str,
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    layer: Option<&'a str>,
    reads: Vec<&'a str>,
    at: Place<'a>,
}

#[derive(Serialize)]
struct ColumnLine<'a> {
    id: String,
    table: &'a str,
    name: &'a str,
    #[serde(rename = "type")]
    ty: String,
    nullable: bool,
    label: LabelLine<'a>,
    at: Place<'a>,
}

#[derive(Serialize)]
struct LabelLine<'a> {
    value: BTreeMap<&'a str, String>,
    control: BTreeMap<&'a str, String>,
}

#[derive(Serialize)]
struct EdgeLine<'a> {
    from: String,
    to: String,
    kind: &'static str,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    lowers: BTreeMap<&'a str, [String; 2]>,
}

#[derive(Serialize)]
pub(super) struct Place<'a> {
    path: &'a str,
    line: u32,
    column: u32,
    end_line: u32,
    end_column: u32,
}

/// The word for an edge.
pub(super) fn kind(edge: Edge) -> &'static str {
    match edge {
        Edge::Value => "value",
        Edge::Equal => "equal",
        Edge::Control => "control",
    }
}

/// The word for a table.
pub(super) fn table_kind(table: &Table) -> &'static str {
    match &table.kind {
        TableKind::Source(_) => "source",
        TableKind::Seed(_) => "seed",
        TableKind::Model(model) => match model.role {
            ModelRole::Model => "model",
            ModelRole::Fact => "fact",
            ModelRole::Query => "query",
        },
    }
}

/// One JSON object: a line per table, column and edge, so that two versions of a project can be compared line by line.
/// `checked`: whether every check let the program pass.
pub fn json(graph: &Graph<'_>, part: &Part, sources: &Sources, checked: bool) -> String {
    let program = graph.program();
    let shown = tables_of(graph, part);
    let tables = graph.tables().filter(|(_, _, name, _)| shown.contains(*name)).map(|(_, table, name, _)| TableLine {
        id: name,
        kind: table_kind(table),
        name: table.name.as_str(),
        source: if let TableKind::Source(source) = &table.kind { Some(source.source.as_str()) } else { None },
        layer: layer(program, table),
        reads: sorted(table.reads.iter().map(|id| graph.table_name(*id))),
        at: place(table.at, sources),
    });
    let columns = part.nodes.iter().filter_map(|node| match graph.get(*node)? {
        Node::Column(_, column) => Some(column_line(graph, *node, column, sources)),
        Node::Rows(_) => None,
    });
    let edges = part.links.iter().map(|l| EdgeLine {
        from: graph.name(l.from),
        to: graph.name(l.to),
        kind: kind(l.kind),
        lowers: lowered(graph, *l),
    });
    let mut out = format!("{{\"version\":{VERSION},\"checked\":{checked},\n\"tables\":[");
    lines(&mut out, tables);
    out.push_str("],\n\"columns\":[");
    lines(&mut out, columns);
    out.push_str("],\n\"edges\":[");
    lines(&mut out, edges);
    out.push_str("]}\n");
    out
}

fn lines<T: Serialize>(out: &mut String, items: impl Iterator<Item = T>) {
    let mut first = true;
    for item in items {
        out.push_str(if first { "\n" } else { ",\n" });
        first = false;
        // Only names, numbers and texts: there is nothing in it that could fail.
        out.push_str(&serde_json::to_string(&item).unwrap_or_default());
    }
}

/// The tables whose nodes are in a part.
pub(super) fn tables_of<'g>(graph: &'g Graph<'_>, part: &Part) -> BTreeSet<&'g str> {
    part.nodes.iter().filter_map(|n| graph.table_of(*n)).collect()
}

fn column_line<'a>(graph: &'a Graph<'a>, node: NodeId, column: &'a Column, sources: &'a Sources) -> ColumnLine<'a> {
    let table = graph.table_of(node).unwrap_or("");
    ColumnLine {
        id: format!("{table}.{}", quoted(&column.name)),
        table,
        name: column.name.as_str(),
        ty: column.ty.to_string(),
        nullable: column.nullable,
        label: LabelLine { value: told(graph.program(), column.label.values()), control: told(graph.program(), column.label.controls()) },
        at: place(column.at, sources),
    }
}

/// The layer of a model.
pub(super) fn layer<'a>(program: &'a Program, table: &Table) -> Option<&'a str> {
    match &table.kind {
        TableKind::Model(model) => program.layer(model.layer).map(|l| l.name.as_str()),
        _ => None,
    }
}

fn sorted<'a>(names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut all: Vec<&str> = names.collect();
    all.sort_unstable();
    all
}

/// `birth_date` → `direct`, by name.
pub(super) fn told<'p>(program: &'p Program, levels: &[(CategoryId, Level)]) -> BTreeMap<&'p str, String> {
    levels.iter().map(|(c, l)| (category(program, *c), level(*l))).collect()
}

fn category(program: &Program, id: CategoryId) -> &str {
    program.category(id).map_or("?", |c| c.name.as_str())
}

fn level(level: Level) -> String {
    match (level.form, level.aggregate) {
        (Form::Public, Some(k)) => format!("aggregate({k})"),
        (form, Some(k)) => format!("{} + aggregate({k})", form.name()),
        (form, None) => form.name().to_owned(),
    }
}

/// What a value tells less of behind an edge than before it, by category: a mask, a release or a smallest group lowered it. A path into JSON takes
/// one field out of many, and lowers only what it keeps.
pub(super) fn lowered<'p>(graph: &Graph<'p>, link: Link) -> BTreeMap<&'p str, [String; 2]> {
    let (Edge::Value, Some(Node::Column(_, from)), Some(Node::Column(_, to))) = (link.kind, graph.get(link.from), graph.get(link.to))
    else {
        return BTreeMap::new();
    };
    let told = to.label.values();
    let after = |id: CategoryId| match told.iter().find(|(c, _)| *c == id) {
        Some((_, level)) => Some(*level),
        None if matches!(from.ty, Type::Json(_)) => None,
        None => Some(Level::of(Form::Public)),
    };
    let less = |(id, before): &(CategoryId, Level)| {
        let after = after(*id).filter(|after| after.form < before.form)?;
        Some((category(graph.program(), *id), [level(*before), level(after)]))
    };
    from.label.values().iter().filter_map(less).collect()
}

pub(super) fn place(at: Span, sources: &Sources) -> Place<'_> {
    let Some(file) = sources.get(at.file) else { return Place { path: "", line: 0, column: 0, end_line: 0, end_column: 0 } };
    let (from, to) = (file.line_col(at.start), file.line_col(at.end));
    Place { path: file.path.as_str(), line: from.line + 1, column: from.column + 1, end_line: to.line + 1, end_column: to.column + 1 }
}
