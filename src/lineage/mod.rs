//! Column lineage of a typed program: one graph, and one file per form it is written in. What an edge means is said in `docs/reference/lineage.md`.

mod destination;
mod dot;
mod graph;
mod json;
mod mermaid;
mod names;
mod openlineage;
#[cfg(test)]
mod tests;
mod text;
mod told;
mod ways;

pub use destination::{Destination, destination};
pub use dot::dot;
pub use graph::{Graph, Link, Node, NodeId, Part};
pub use json::json;
pub use mermaid::mermaid;
pub use names::{Unknown, id_of};
pub use openlineage::openlineage;
pub use text::{Paint, Shape, overview, text};
pub use told::{Answer, flow_json, flow_text};
pub use ways::{Way, Ways, ways};
