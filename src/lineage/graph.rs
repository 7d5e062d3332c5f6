use super::names::id_of;
use crate::ir::{Column, Edge, Origin, Program, Table, TableId};
use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;

/// A node of a [`Graph`], numbered in the order they are written: tables by name, columns as declared, the rows last.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct NodeId(u32);

/// `n12`: a name that every format takes.
impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "n{}", self.0)
    }
}

impl NodeId {
    fn index(self) -> usize {
        self.0 as usize
    }
}

/// What a node is.
#[derive(Clone, Copy, Debug)]
pub enum Node<'p> {
    /// A column.
    Column(&'p Table, &'p Column),
    /// Which rows a table has: what leads there leads to every column of it.
    Rows(&'p Table),
}

/// An edge between two nodes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Link {
    /// Where it ends.
    pub to: NodeId,
    /// Where it starts.
    pub from: NodeId,
    /// How the start matters to the end.
    pub kind: Edge,
}

struct Placed<'p> {
    table: &'p Table,
    id: TableId,
    /// Its name in lineage.
    name: String,
    /// Its first column; the others follow, then its rows.
    first: u32,
}

/// Every column of a program, the rows of every table, and the edges between them.
pub struct Graph<'p> {
    program: &'p Program,
    tables: Vec<Placed<'p>>,
    /// Position in `tables` by table id.
    place: Vec<usize>,
    /// Sorted by end.
    up: Vec<Link>,
    /// Numbers of `up`, sorted by start.
    down: Vec<u32>,
    nodes: u32,
}

/// A part of a graph: nodes and the edges between them that were followed.
#[derive(Clone, Debug, Default)]
pub struct Part {
    /// In order.
    pub nodes: BTreeSet<NodeId>,
    /// In order.
    pub links: BTreeSet<Link>,
}

impl<'p> Graph<'p> {
    /// The graph of a program.
    pub fn new(program: &'p Program) -> Self {
        let mut tables: Vec<Placed<'p>> = program.tables().map(|(id, table)| Placed { table, id, name: id_of(table), first: 0 }).collect();
        tables.sort_by(|a, b| a.name.cmp(&b.name).then(a.id.cmp(&b.id)));
        let mut place = vec![0usize; tables.len()];
        let mut nodes = 0u32;
        for (position, placed) in tables.iter_mut().enumerate() {
            placed.first = nodes;
            nodes = nodes.saturating_add(count(placed.table)).saturating_add(1);
            if let Some(slot) = place.get_mut(placed.id.0 as usize) {
                *slot = position;
            }
        }
        let mut graph = Graph { program, tables, place, up: Vec::new(), down: Vec::new(), nodes };
        graph.connect();
        graph
    }

    fn connect(&mut self) {
        let mut up: Vec<Link> = Vec::new();
        for placed in &self.tables {
            for (position, column) in (0u32..).zip(&placed.table.columns) {
                let to = NodeId(placed.first + position);
                up.extend(column.from.iter().filter_map(|o| self.link(to, o)));
            }
            let to = NodeId(placed.first + count(placed.table));
            up.extend(placed.table.rows.iter().filter_map(|o| self.link(to, o)));
        }
        up.sort_unstable();
        up.dedup();
        let mut down: Vec<u32> = (0u32..).zip(&up).map(|(i, _)| i).collect();
        down.sort_by_key(|i| up.get(*i as usize).map(|l| (l.from, l.to, l.kind)));
        (self.up, self.down) = (up, down);
    }

    fn link(&self, to: NodeId, origin: &Origin) -> Option<Link> {
        let from = match origin.column {
            Origin::ROWS => self.rows(origin.table)?,
            column => self.node(origin.table, column)?,
        };
        Some(Link { to, from, kind: origin.edge })
    }

    /// The program it was made from.
    pub fn program(&self) -> &'p Program {
        self.program
    }

    /// The node of a column.
    pub fn node(&self, table: TableId, column: u32) -> Option<NodeId> {
        let placed = self.tables.get(*self.place.get(table.0 as usize)?)?;
        (column < count(placed.table)).then(|| NodeId(placed.first + column))
    }

    /// The table a node belongs to.
    pub fn id_of(&self, node: NodeId) -> Option<TableId> {
        self.placed(node).map(|p| p.id)
    }

    /// The table and position of a column; `None` for rows.
    pub fn at(&self, node: NodeId) -> Option<(TableId, u32)> {
        let placed = self.placed(node)?;
        let position = node.0 - placed.first;
        (position < count(placed.table)).then_some((placed.id, position))
    }

    /// The rows of a table.
    pub fn rows(&self, table: TableId) -> Option<NodeId> {
        let placed = self.tables.get(*self.place.get(table.0 as usize)?)?;
        Some(NodeId(placed.first + count(placed.table)))
    }

    /// The columns of a table.
    pub fn columns_of(&self, table: TableId) -> Vec<NodeId> {
        let placed = self.place.get(table.0 as usize).and_then(|p| self.tables.get(*p));
        placed.map(|p| (p.first..p.first + count(p.table)).map(NodeId).collect()).unwrap_or_default()
    }

    fn placed(&self, node: NodeId) -> Option<&Placed<'p>> {
        let after = self.tables.partition_point(|p| p.first <= node.0);
        self.tables.get(after.checked_sub(1)?)
    }

    /// What a node is.
    pub fn get(&self, node: NodeId) -> Option<Node<'p>> {
        let placed = self.placed(node)?;
        Some(match placed.table.columns.get((node.0 - placed.first) as usize) {
            Some(column) => Node::Column(placed.table, column),
            None => Node::Rows(placed.table),
        })
    }

    /// Every table with its name in lineage, in order of that, and its columns.
    pub fn tables(&self) -> impl Iterator<Item = (TableId, &'p Table, &str, Range<u32>)> {
        self.tables.iter().map(|p| (p.id, p.table, p.name.as_str(), p.first..p.first + count(p.table)))
    }

    /// The name of a table in lineage.
    pub fn table_name(&self, table: TableId) -> &str {
        self.place.get(table.0 as usize).and_then(|p| self.tables.get(*p)).map_or("", |p| &p.name)
    }

    /// The name of the table a node belongs to.
    pub fn table_of(&self, node: NodeId) -> Option<&str> {
        self.placed(node).map(|p| p.name.as_str())
    }

    /// The name of a node: `table.column`, and `table.*` for its rows.
    pub fn name(&self, node: NodeId) -> String {
        let table = self.placed(node).map_or("", |p| &p.name);
        match self.get(node) {
            Some(Node::Column(_, column)) => format!("{table}.{}", super::names::quoted(&column.name)),
            Some(Node::Rows(_)) | None => format!("{table}.*"),
        }
    }

    /// The rows of the table a node belongs to.
    pub fn rows_of(&self, node: NodeId) -> Option<NodeId> {
        self.placed(node).map(|p| NodeId(p.first + count(p.table)))
    }

    /// The nodes of a part by table, in order; rows only where an edge touches them.
    pub fn by_table(&self, part: &Part) -> Vec<(&str, Vec<NodeId>)> {
        let touched: BTreeSet<NodeId> = part.links.iter().flat_map(|l| [l.from, l.to]).collect();
        let mut found: Vec<(&str, Vec<NodeId>)> = Vec::new();
        for node in &part.nodes {
            let Some(table) = self.table_of(*node).filter(|_| touched.contains(node) || matches!(self.get(*node), Some(Node::Column(..))))
            else {
                continue;
            };
            match found.last_mut() {
                Some((last, nodes)) if *last == table => nodes.push(*node),
                _ => found.push((table, vec![*node])),
            }
        }
        found
    }

    /// Edges that end here, values first.
    pub fn into(&self, node: NodeId) -> Vec<Link> {
        let start = self.up.partition_point(|l| l.to < node);
        let mut found: Vec<Link> = self.up.iter().skip(start).take_while(|l| l.to == node).copied().collect();
        found.sort_by_key(|l| (l.kind, l.from));
        found
    }

    /// Edges that start here, values first.
    pub fn out_of(&self, node: NodeId) -> Vec<Link> {
        let link = |i: &u32| self.up.get(*i as usize).copied();
        let start = self.down.partition_point(|i| link(i).is_some_and(|l| l.from < node));
        let mut found: Vec<Link> = self.down.iter().skip(start).filter_map(link).take_while(|l| l.from == node).collect();
        found.sort_by_key(|l| (l.kind, l.to));
        found
    }

    /// All of it.
    pub fn whole(&self) -> Part {
        Part { nodes: (0..self.nodes).map(NodeId).collect(), links: self.up.iter().copied().collect() }
    }

    /// What some nodes come from (`up`), what comes of them (`down`), or both, over at most so many tables.
    pub fn around(&self, roots: &[NodeId], up: bool, down: bool, depth: Option<usize>) -> Part {
        let mut part = Part { nodes: roots.iter().copied().collect(), links: BTreeSet::new() };
        if up {
            self.walk(&mut part, roots, depth, true);
        }
        if down {
            self.walk(&mut part, roots, depth, false);
        }
        part
    }

    fn walk(&self, part: &mut Part, roots: &[NodeId], depth: Option<usize>, up: bool) {
        let mut seen = vec![false; self.nodes as usize];
        let mut ring: Vec<NodeId> = roots.to_vec();
        let mut hops = 0usize;
        while !ring.is_empty() && depth.is_none_or(|most| hops <= most) {
            self.with_rows(&mut ring, up);
            let mut next = Vec::new();
            for node in ring {
                if seen.get_mut(node.index()).is_none_or(|seen| std::mem::replace(seen, true)) {
                    continue;
                }
                part.nodes.insert(node);
                if depth.is_some_and(|most| hops == most) {
                    continue;
                }
                for link in if up { self.into(node) } else { self.out_of(node) } {
                    part.links.insert(link);
                    next.push(if up { link.from } else { link.to });
                }
            }
            ring = next;
            hops += 1;
        }
    }

    /// What decides the rows of a table decides every column of it: upstream a column brings the rows with it, downstream the rows the columns.
    fn with_rows(&self, ring: &mut Vec<NodeId>, up: bool) {
        let more: Vec<NodeId> = ring
            .iter()
            .filter_map(|node| self.get(*node).zip(self.placed(*node)))
            .flat_map(|(node, placed)| {
                let rows = placed.first + count(placed.table);
                match (node, up) {
                    (Node::Column(..), true) => rows..rows + 1,
                    (Node::Rows(_), false) => placed.first..rows,
                    _ => 0..0,
                }
            })
            .map(NodeId)
            .collect();
        ring.extend(more);
    }
}

fn count(table: &Table) -> u32 {
    u32::try_from(table.columns.len()).unwrap_or(u32::MAX)
}
