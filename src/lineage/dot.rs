use super::graph::{Graph, Node, NodeId, Part};
use super::json::lowered;
use crate::ir::Edge;
use std::fmt::Write as _;

/// The graph in Graphviz's DOT: a cluster per table, solid lines for values, double for equality, dashed for control.
pub fn dot(graph: &Graph<'_>, part: &Part) -> String {
    let mut out = String::from(
        "digraph lineage {\n  rankdir=LR;\n  node [shape=box, fontname=\"sans-serif\", fontsize=11];\n  edge [fontname=\"sans-serif\", fontsize=9];\n",
    );
    for (index, (table, nodes)) in graph.by_table(part).into_iter().enumerate() {
        let _ = writeln!(out, "  subgraph cluster_{index} {{\n    label={};", quoted(table));
        for node in nodes {
            let _ = writeln!(out, "    {}", declared(graph, node));
        }
        out.push_str("  }\n");
    }
    for link in &part.links {
        let style = match link.kind {
            Edge::Value => "",
            Edge::Equal => "color=\"black:black\", arrowhead=none",
            Edge::Control => "style=dashed",
        };
        let masked = lowered(graph, *link);
        let label = if masked.is_empty() { String::new() } else { format!("label={}", quoted(&super::text::fewer(&masked))) };
        let settings: Vec<&str> = [style, label.as_str()].into_iter().filter(|s| !s.is_empty()).collect();
        let settings = if settings.is_empty() { String::new() } else { format!(" [{}]", settings.join(", ")) };
        let _ = writeln!(out, "  {} -> {}{settings};", link.from, link.to);
    }
    out.push_str("}\n");
    out
}

fn declared(graph: &Graph<'_>, node: NodeId) -> String {
    match graph.get(node) {
        Some(Node::Column(_, column)) => format!("{node} [label={}];", quoted(column.name.as_str())),
        Some(Node::Rows(_)) | None => format!("{node} [label=\"rows\", style=dashed];"),
    }
}

/// A text in DOT's quotes. Graphviz reads `\n` and `\N` in labels as escapes, and `&…;` as characters of HTML.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '"' => out.push_str("\\\""),
            '&' => out.push_str("&amp;"),
            '\n' | '\r' => out.push_str("\\n"),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
