use super::graph::{Graph, Link, Node, NodeId};
use super::json::{layer, lowered, table_kind, told};
use crate::ir::{Column, Edge, Label, Program};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// Whether to colour.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Paint {
    /// Escape sequences of a terminal.
    Colour,
    /// None.
    Plain,
}

impl Paint {
    pub(super) fn with(self, code: &str, text: &str) -> String {
        match self {
            Paint::Colour if !text.is_empty() => format!("\x1b[{code}m{text}\x1b[0m"),
            _ => text.to_owned(),
        }
    }
}

/// How a tree is drawn.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// What it comes from, or else what comes of it.
    pub up: bool,
    /// Over at most so many tables.
    pub depth: Option<usize>,
    /// Follow control as far as values, instead of naming it.
    pub control: bool,
    /// Colours.
    pub paint: Paint,
}

/// A tree per root for people. Each node is unfolded once.
pub fn text(graph: &Graph<'_>, roots: &[NodeId], shape: Shape) -> String {
    let mut tree = Tree { graph, shape, unfolded: BTreeSet::new(), out: String::new() };
    for root in roots {
        if !tree.out.is_empty() {
            tree.out.push('\n');
        }
        let line = tree.node(*root, true);
        let _ = writeln!(tree.out, "{line}");
        tree.children(*root, "", 0);
    }
    tree.out
}

/// Every table with its columns and what each comes from in one step.
pub fn overview(graph: &Graph<'_>, paint: Paint) -> String {
    let mut out = String::new();
    let program = graph.program();
    for (id, table, name, _) in graph.tables() {
        let whose = layer(program, table).map(|l| format!(" in {l}")).unwrap_or_default();
        let _ = writeln!(out, "{}  {}{whose}", paint.with("1", name), table_kind(table));
        let wide = |f: &dyn Fn(&Column) -> usize| table.columns.iter().map(f).max().unwrap_or(0);
        let names = wide(&|c| c.name.as_str().chars().count());
        let types = wide(&|c| kind_of(c).chars().count());
        for (node, column) in graph.columns_of(id).into_iter().zip(&table.columns) {
            let links = graph.into(node);
            let list = |kind: Edge| links.iter().filter(|l| l.kind == kind).map(|l| graph.name(l.from)).collect::<Vec<_>>().join(", ");
            let (value, equal, control) = (list(Edge::Value), list(Edge::Equal), list(Edge::Control));
            let label = labelled(program, &column.label);
            let mut line = format!("  {:<names$}  {:<types$}", column.name.as_str(), kind_of(column));
            let _ = write!(line, "  {label}");
            let line = line.trim_end().to_owned();
            let more = [(value, "←", "0"), (equal, "=", "2"), (control, "when", "2")];
            let more = more
                .into_iter()
                .filter(|(names, ..)| !names.is_empty())
                .map(|(names, word, code)| paint.with(code, &format!("  {word} {names}")));
            let _ = writeln!(out, "{line}{}", more.collect::<String>());
        }
        let rows: Vec<String> = graph.rows(id).map(|n| graph.into(n)).into_iter().flatten().map(|l| graph.name(l.from)).collect();
        if !rows.is_empty() {
            let _ = writeln!(out, "{}", paint.with("2", &format!("  which rows: {}", rows.join(", "))));
        }
        out.push('\n');
    }
    out
}

/// `text`, `text, may be null`
fn kind_of(column: &Column) -> String {
    if column.nullable { format!("{}?", column.ty) } else { column.ty.to_string() }
}

/// A whole FHIR resource tells thirty categories: no line for people.
const MOST_CATEGORIES: usize = 4;

/// `{birth_date: direct} when {zip: general}`
pub(super) fn labelled(program: &Program, label: &Label) -> String {
    let list = |levels| {
        let all = told(program, levels);
        let mut first: Vec<String> = all.iter().take(MOST_CATEGORIES).map(|(c, l)| format!("{c}: {l}")).collect();
        if all.len() > first.len() {
            first.push(format!("and {} more", all.len() - first.len()));
        }
        first.join(", ")
    };
    let (value, control) = (list(label.values()), list(label.controls()));
    let braces = |text: String, before: &str| if text.is_empty() { text } else { format!("{before}{{{text}}}") };
    let value = braces(value, "");
    let control = braces(control, if value.is_empty() { "when " } else { " when " });
    value + &control
}

/// `birth_date: direct → general`
pub(super) fn fewer(lowered: &BTreeMap<&str, [String; 2]>) -> String {
    lowered.iter().map(|(category, [before, after])| format!("{category}: {before} → {after}")).collect::<Vec<_>>().join(", ")
}

struct Tree<'g, 'p> {
    graph: &'g Graph<'p>,
    shape: Shape,
    unfolded: BTreeSet<NodeId>,
    out: String,
}

impl Tree<'_, '_> {
    fn node(&self, node: NodeId, root: bool) -> String {
        let name = self.graph.name(node);
        match self.graph.get(node) {
            Some(Node::Column(_, column)) => {
                let name = if root { self.shape.paint.with("1", &name) } else { name };
                let label = labelled(self.graph.program(), &column.label);
                let kind = self.shape.paint.with("36", &kind_of(column));
                format!("{name}  {kind}  {}", self.shape.paint.with("33", &label)).trim_end().to_owned()
            }
            Some(Node::Rows(_)) | None => self.called(node),
        }
    }

    /// Edges to follow from a node; `None` for what decides the rows of its table.
    fn next(&self, node: NodeId) -> Vec<(Edge, NodeId)> {
        let links = if self.shape.up { self.graph.into(node) } else { self.graph.out_of(node) };
        let end = |l: &Link| (l.kind, if self.shape.up { l.from } else { l.to });
        let mut next: Vec<(Edge, NodeId)> = links.iter().map(end).collect();
        if let (true, Some(Node::Column(..)), Some(rows)) = (self.shape.up, self.graph.get(node), self.graph.rows_of(node))
            && !self.unfolded.contains(&rows)
            && !self.graph.into(rows).is_empty()
        {
            next.push((Edge::Control, rows));
        }
        if let (false, Some(Node::Rows(table))) = (self.shape.up, self.graph.get(node)) {
            let columns = self.graph.tables().find(|(_, t, _, _)| std::ptr::eq(*t, table)).map(|(id, ..)| self.graph.columns_of(id));
            next.extend(columns.into_iter().flatten().map(|c| (Edge::Control, c)));
        }
        next
    }

    fn children(&mut self, node: NodeId, indent: &str, hops: usize) {
        if !self.unfolded.insert(node) || self.shape.depth.is_some_and(|most| hops >= most) {
            return;
        }
        let next = self.next(node);
        for (i, (kind, child)) in next.iter().enumerate() {
            let last = i + 1 == next.len();
            let followed = self.shape.control || *kind != Edge::Control;
            let again = followed && self.unfolded.contains(child) && !self.next(*child).is_empty();
            let (branch, word) = match kind {
                Edge::Value => (if last { "└─ " } else { "├─ " }, String::new()),
                Edge::Equal => (if last { "└─ " } else { "├─ " }, self.shape.paint.with("2", "= ")),
                Edge::Control => (if last { "└╌ " } else { "├╌ " }, self.shape.paint.with("2", "when ")),
            };
            let above = if again { self.shape.paint.with("2", "  (above)") } else { String::new() };
            let line = self.node(*child, false) + &self.deciding(*child);
            let (from, to) = if self.shape.up { (*child, node) } else { (node, *child) };
            let masked = lowered(self.graph, Link { from, to, kind: *kind });
            let masked = if masked.is_empty() { String::new() } else { self.shape.paint.with("32", &format!("  [{}]", fewer(&masked))) };
            let _ = writeln!(self.out, "{indent}{branch}{word}{line}{masked}{above}");
            if !again && followed {
                let deeper = format!("{indent}{}", if last { "   " } else { "│  " });
                self.children(*child, &deeper, hops + usize::from(self.graph.table_of(*child) != self.graph.table_of(node)));
            }
        }
    }

    /// What decides the rows of a table, in a line, where control is not followed.
    fn deciding(&mut self, node: NodeId) -> String {
        if self.shape.control || !self.shape.up || !matches!(self.graph.get(node), Some(Node::Rows(_))) {
            return String::new();
        }
        self.unfolded.insert(node);
        let names: Vec<String> = self.graph.into(node).iter().map(|l| self.called(l.from)).collect();
        if names.is_empty() { String::new() } else { format!(": {}", names.join(", ")) }
    }

    fn called(&self, node: NodeId) -> String {
        let name = self.graph.name(node);
        name.strip_suffix(".*").map_or(name.clone(), |table| format!("rows of {table}"))
    }
}
