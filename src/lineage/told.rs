//! Ways written out: for people and as JSON.

use super::destination::Destination;
use super::graph::{Graph, Node, NodeId};
use super::json::{Place, place, told};
use super::text::{Paint, labelled};
use super::ways::{Way, Ways};
use crate::base::{Sources, Span};
use crate::check::body::{self, Means};
use crate::check::path;
use crate::diag::render::excerpt;
use crate::ir::{CategoryId, Column, Edge, Label, Level, TableId};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Rises when a field changes its meaning or goes away.
const VERSION: u32 = 1;
/// Characters of a hop's own text.
const LONGEST: usize = 70;

/// One step of a way, looked up.
struct Hop<'p> {
    name: String,
    rows: bool,
    edge: Option<Edge>,
    label: Label,
    at: Span,
    means: Vec<Means<'p>>,
    condition: Option<Span>,
}

/// What a question about a flow is answered from.
pub struct Answer<'a, 'p> {
    /// The graph.
    pub graph: &'a Graph<'p>,
    /// The texts.
    pub sources: &'a Sources,
    /// The column asked about, as its name in lineage.
    pub from: NodeId,
    /// Where it was asked to end.
    pub to: &'a Destination<'p>,
    /// What was found.
    pub ways: &'a Ways,
}

impl<'p> Answer<'_, 'p> {
    fn hops(&self, way: &Way) -> Vec<Hop<'p>> {
        let mut hops = Vec::new();
        let mut before: Option<NodeId> = None;
        for (node, edge) in &way.steps {
            hops.push(self.hop(before, *node, *edge));
            before = Some(*node);
        }
        hops
    }

    fn hop(&self, before: Option<NodeId>, node: NodeId, edge: Option<Edge>) -> Hop<'p> {
        let graph = self.graph;
        let (label, at) = match graph.get(node) {
            Some(Node::Column(table, column)) => (column.label.clone(), if column.at == Span::default() { table.at } else { column.at }),
            Some(Node::Rows(table)) => (rows_label(&table.columns), table.at),
            None => (Label::PUBLIC, Span::default()),
        };
        let from = before.and_then(|n| graph.at(n));
        let to = graph.at(node);
        let means = match (edge, from, to) {
            (Some(Edge::Value | Edge::Equal), Some(from), Some(to)) => path::means_between(graph.program(), from, to),
            _ => Vec::new(),
        };
        let condition = match (edge, from) {
            (Some(Edge::Control), Some(from)) => self.condition(node, from),
            _ => None,
        };
        Hop { name: graph.name(node), rows: matches!(graph.get(node), Some(Node::Rows(_))), edge, label, at, means, condition }
    }

    /// The condition of a table's body that reads a column.
    fn condition(&self, node: NodeId, (table, column): (TableId, u32)) -> Option<Span> {
        let program = self.graph.program();
        let of = self.graph.id_of(node).and_then(|id| program.table(id))?;
        let mut all = body::conditions(program, of).into_iter().filter(|c| c.reads.iter().any(|r| (r.table, r.column) == (table, column)));
        all.next().map(|c| c.at)
    }

    /// What the end of a way tells the destination more than it admits.
    fn refused(&self, hops: &[Hop<'_>]) -> Vec<(CategoryId, Level)> {
        let control = hops.iter().any(|h| h.edge == Some(Edge::Control));
        let Some(end) = hops.last().filter(|_| self.to.sink) else { return Vec::new() };
        let told = told_of(&end.label, control);
        let source = self.start_label();
        let ours = |(c, _): &&(CategoryId, Level)| source.values().iter().any(|(have, _)| have == c);
        told.iter().filter(ours).filter(|(c, l)| !self.to.clearance.is_some_and(|k| k.admits(*c, *l))).copied().collect()
    }

    fn start_label(&self) -> Label {
        match self.graph.get(self.from) {
            Some(Node::Column(_, column)) => column.label.clone(),
            _ => Label::PUBLIC,
        }
    }
}

fn told_of(label: &Label, control: bool) -> &[(CategoryId, Level)] {
    if control { label.controls() } else { label.values() }
}

/// What the choice of rows tells: what every column tells as control.
fn rows_label(columns: &[Column]) -> Label {
    columns.iter().fold(Label::PUBLIC, |all, c| all.join(&c.label.control_part()))
}

/// The ways for people.
pub fn flow_text(answer: &Answer<'_, '_>, paint: Paint) -> String {
    let mut out = String::new();
    let (from, to) = (answer.graph.name(answer.from), &answer.to);
    let cleared = match (to.sink, to.clearance) {
        (false, _) => String::new(),
        (true, Some(c)) => format!(" with clearance `{}`", c.name),
        (true, None) => " with no clearance".to_owned(),
    };
    let Ways { value, control, more } = answer.ways;
    if value.is_empty() && control.is_empty() {
        let _ = writeln!(out, "nothing flows from `{from}` to {}{cleared}: neither a value nor a condition", to.what);
        return out;
    }
    let _ = writeln!(out, "{} to {}{cleared}", paint.with("1", &from), to.what);
    for (ways, heading, none) in
        [(value, "as value", "no value gets there"), (control, "through conditions", "no condition on it matters there")]
    {
        let _ = writeln!(out, "\n{}", paint.with("1", if ways.is_empty() { none } else { heading }));
        for (i, way) in ways.iter().enumerate() {
            let _ = writeln!(out, "\n  {}", paint.with("2", &format!("way {}", i + 1)));
            one_way(answer, way, paint, &mut out);
        }
    }
    if *more {
        let _ = writeln!(out, "\nthere are more ways; the shortest are shown, `--most N` shows more");
    }
    out
}

fn one_way(answer: &Answer<'_, '_>, way: &Way, paint: Paint, out: &mut String) {
    let hops = answer.hops(way);
    let program = answer.graph.program();
    let width = hops.iter().map(|h| called(h).chars().count()).max().unwrap_or(0);
    for hop in &hops {
        for line in between(hop, answer.sources) {
            let _ = writeln!(out, "    {}", paint.with("32", &line));
        }
        let label = labelled(program, &hop.label);
        let label = if label.is_empty() { "tells nothing".to_owned() } else { label };
        let written = excerpt(hop.at, answer.sources, LONGEST);
        let at = crate::diag::render::place(hop.at, answer.sources);
        let name = format!("{:<width$}", called(hop));
        let _ = writeln!(
            out,
            "    {name}  {}  {}",
            paint.with("33", &label),
            paint.with("2", &format!("({at}{}{written})", if written.is_empty() { "" } else { ": " }))
        );
    }
    if !answer.to.sink {
        return;
    }
    let refused: Vec<String> = answer.refused(&hops).iter().map(|(c, l)| path::told_as(program, *c, *l)).collect();
    let control = hops.iter().any(|h| h.edge == Some(Edge::Control));
    let tells = hops
        .last()
        .is_some_and(|h| told_of(&h.label, control).iter().any(|(c, _)| answer.start_label().values().iter().any(|(s, _)| s == c)));
    let verdict = if refused.is_empty() {
        if tells { "admitted".to_owned() } else { "admitted: nothing of it is told".to_owned() }
    } else {
        format!("refused: {}", refused.join(", "))
    };
    let _ = writeln!(out, "    → {}: {}", answer.to.what, paint.with(if refused.is_empty() { "32" } else { "31" }, &verdict));
}

fn called(hop: &Hop<'_>) -> String {
    hop.name.strip_suffix(".*").filter(|_| hop.rows).map_or(hop.name.clone(), |table| format!("rows of {table}"))
}

/// What happens on the way to a hop.
fn between(hop: &Hop<'_>, sources: &Sources) -> Vec<String> {
    let mut lines = Vec::new();
    match hop.edge {
        Some(Edge::Equal) => lines.push("= a condition says that the two are equal".to_owned()),
        Some(Edge::Control) => lines.push(match hop.condition {
            Some(at) => {
                let place = crate::diag::render::place(at, sources);
                format!("when {}  ({place})", excerpt(at, sources, LONGEST))
            }
            None => "when its rows are read".to_owned(),
        }),
        Some(Edge::Value) | None => {}
    }
    for means in hop.means.iter().rev() {
        let place = crate::diag::render::place(means.at(), sources);
        lines.push(match means {
            Means::Mask(mask, _) => {
                format!("↓ masked by `{}`, which leaves `{}`  ({place})", mask.name, mask.transition.as_ref().map_or("", |t| t.to.name()))
            }
            Means::Release(release) => format!("↓ released because \"{}\"  ({place})", release.because),
        });
    }
    lines
}

#[derive(Serialize)]
struct FlowLine<'a> {
    version: u32,
    from: String,
    to: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    clearance: Option<&'a str>,
    value: Vec<WayLine<'a>>,
    control: Vec<WayLine<'a>>,
    more: bool,
}

#[derive(Serialize)]
struct WayLine<'a> {
    hops: Vec<HopLine<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    admitted: Option<bool>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    refused: BTreeMap<&'a str, String>,
}

#[derive(Serialize)]
struct HopLine<'a> {
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    edge: Option<&'static str>,
    value: BTreeMap<&'a str, String>,
    control: BTreeMap<&'a str, String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    through: Vec<ThroughLine<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    condition: Option<Place<'a>>,
    written: String,
    at: Place<'a>,
}

#[derive(Serialize)]
struct ThroughLine<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    mask: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    release: Option<&'a str>,
    at: Place<'a>,
}

/// The ways as one JSON object on one line.
pub fn flow_json(answer: &Answer<'_, '_>) -> String {
    let lines = |ways: &[Way]| ways.iter().map(|way| way_line(answer, way)).collect();
    let line = FlowLine {
        version: VERSION,
        from: answer.graph.name(answer.from),
        to: &answer.to.what,
        clearance: answer.to.clearance.map(|c| c.name.as_str()),
        value: lines(&answer.ways.value),
        control: lines(&answer.ways.control),
        more: answer.ways.more,
    };
    serde_json::to_string(&line).unwrap_or_default() + "\n"
}

fn way_line<'a>(answer: &Answer<'a, 'a>, way: &Way) -> WayLine<'a> {
    let program = answer.graph.program();
    let hops = answer.hops(way);
    let refused = told(program, &answer.refused(&hops));
    let hop = |h: Hop<'a>| HopLine {
        id: h.name.clone(),
        edge: h.edge.map(super::json::kind),
        value: told(program, h.label.values()),
        control: told(program, h.label.controls()),
        through: h
            .means
            .iter()
            .rev()
            .map(|m| match m {
                Means::Mask(mask, at) => ThroughLine { mask: Some(&mask.name), release: None, at: place(*at, answer.sources) },
                Means::Release(r) => ThroughLine { mask: None, release: Some(&r.because), at: place(r.at, answer.sources) },
            })
            .collect(),
        condition: h.condition.map(|at| place(at, answer.sources)),
        written: excerpt(h.at, answer.sources, 400),
        at: place(h.at, answer.sources),
    };
    WayLine { admitted: answer.to.sink.then_some(refused.is_empty()), refused, hops: hops.into_iter().map(hop).collect() }
}
