use super::graph::{Graph, Node, Part};
use crate::ir::Edge;
use std::fmt::Write as _;

/// The graph as a Mermaid flowchart: a subgraph per table, solid lines for values, thick ones for equality, dotted for control.
pub fn mermaid(graph: &Graph<'_>, part: &Part) -> String {
    let mut out = String::from("flowchart LR\n");
    for (index, (table, nodes)) in graph.by_table(part).into_iter().enumerate() {
        let _ = writeln!(out, "  subgraph t{index}[{}]", quoted(table));
        for node in nodes {
            let label = match graph.get(node) {
                Some(Node::Column(_, column)) => column.name.as_str(),
                Some(Node::Rows(_)) | None => "rows",
            };
            let _ = writeln!(out, "    {node}[{}]", quoted(label));
        }
        out.push_str("  end\n");
    }
    for link in &part.links {
        let arrow = match link.kind {
            Edge::Value => "-->",
            Edge::Equal => "===",
            Edge::Control => "-.->",
        };
        let _ = writeln!(out, "  {} {arrow} {}", link.from, link.to);
    }
    out
}

/// A text in Mermaid's quotes: what is no letter, digit or one of a few signs is written as a number, so that nothing can end the text or start
/// Markdown or HTML in it.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    // Mermaid takes away blanks at the ends.
    let inside = text.trim().len();
    let first = text.len() - text.trim_start().len();
    for (at, c) in text.char_indices() {
        let blank = c == ' ' && (first..first + inside).contains(&at);
        if c.is_alphanumeric() || matches!(c, '_' | '.') || blank {
            out.push(c);
        } else {
            let _ = write!(out, "#{};", u32::from(c));
        }
    }
    out.push('"');
    out
}
