use super::destination::Destination;
use super::graph::{Graph, NodeId};
use crate::ir::Edge;
use std::cmp::Reverse;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, VecDeque};

/// The ways from a column to a destination, the shortest first.
pub struct Ways {
    /// Over values and equalities alone: who reads the end learns of the start.
    pub value: Vec<Way>,
    /// With at least one condition on the way: the end, or which rows there are, depends on the start.
    pub control: Vec<Way>,
    /// There are more than were asked for.
    pub more: bool,
}

/// One way.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Way {
    /// The nodes, the start first, each with the edge that leads to it.
    pub steps: Vec<(NodeId, Option<Edge>)>,
}

/// A node, and whether a condition was on the way to it.
type State = (NodeId, bool);

/// Ways that were begun and are looked at; past this, the search says that there are more.
const MOST_LOOKED_AT: usize = 50_000;

/// Finds at most `most` ways of each kind.
pub fn ways(graph: &Graph<'_>, from: NodeId, to: &Destination<'_>, most: usize) -> Ways {
    let values: BTreeSet<State> = to.columns.iter().map(|n| (*n, false)).collect();
    let rows = to.tables.iter().filter_map(|t| graph.rows(*t));
    let controls: BTreeSet<State> = to.columns.iter().copied().chain(rows).map(|n| (n, true)).collect();
    let (value, more_values) = shortest(graph, from, &values, most);
    let (control, more_controls) = shortest(graph, from, &controls, most);
    Ways { value, control, more: more_values || more_controls }
}

/// The shortest ways to any of the ends; ties in the order of nodes.
fn shortest(graph: &Graph<'_>, from: NodeId, ends: &BTreeSet<State>, most: usize) -> (Vec<Way>, bool) {
    let left = distances(graph, ends);
    // By length as a whole, and of those equally long by what is left: one way is gone to its end before the next is begun.
    let mut open: BinaryHeap<Reverse<(usize, usize, Vec<State>)>> = BinaryHeap::new();
    open.extend(left.get(&(from, false)).map(|d| Reverse((*d, *d, vec![(from, false)]))));
    let (mut found, mut looked_at) = (Vec::new(), 0usize);
    while let Some(Reverse((_, _, way))) = open.pop() {
        let Some(here) = way.last().copied() else { continue };
        looked_at += 1;
        if ends.contains(&here) {
            if found.len() == most {
                return (found, true);
            }
            found.push(named(graph, &way));
        }
        if looked_at > MOST_LOOKED_AT {
            return (found, true);
        }
        let mut next: Vec<State> = graph.out_of(here.0).iter().map(|l| (l.to, here.1 || l.kind == Edge::Control)).collect();
        next.sort_unstable();
        next.dedup();
        for state in next.into_iter().filter(|s| !way.contains(s)) {
            // An end may lead to a further one, which has no distance of its own left.
            if let Some(rest) = left.get(&state) {
                let longer: Vec<State> = way.iter().copied().chain([state]).collect();
                open.push(Reverse((longer.len() - 1 + rest, *rest, longer)));
            }
        }
    }
    (found, false)
}

/// Steps left to the nearest end.
fn distances(graph: &Graph<'_>, ends: &BTreeSet<State>) -> BTreeMap<State, usize> {
    let mut left: BTreeMap<State, usize> = ends.iter().map(|s| (*s, 0)).collect();
    let mut queue: VecDeque<State> = ends.iter().copied().collect();
    while let Some(here) = queue.pop_front() {
        let further = left.get(&here).copied().unwrap_or(0) + 1;
        for link in graph.into(here.0) {
            // A control edge ends in a state that knows of it; any other keeps what it was.
            let before: &[bool] = match (link.kind, here.1) {
                (Edge::Control, true) => &[false, true],
                (Edge::Control, false) => &[],
                (_, true) => &[true],
                (_, false) => &[false],
            };
            for control in before {
                if let Entry::Vacant(free) = left.entry((link.from, *control)) {
                    free.insert(further);
                    queue.push_back((link.from, *control));
                }
            }
        }
    }
    left
}

fn named(graph: &Graph<'_>, way: &[State]) -> Way {
    let mut steps: Vec<(NodeId, Option<Edge>)> = Vec::new();
    let mut before: Option<State> = None;
    for state in way {
        let edge = before.and_then(|(from, was)| {
            let kinds = graph.into(state.0).into_iter().filter(|l| l.from == from).map(|l| l.kind);
            let fits = |k: &Edge| was || (*k == Edge::Control) == state.1;
            kinds.filter(fits).min()
        });
        steps.push((state.0, edge));
        before = Some(*state);
    }
    Way { steps }
}
