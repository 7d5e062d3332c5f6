//! Column lineage of a typed program: one graph, and one file per form it is written in. What an edge means is said in `docs/reference/lineage.md`.

mod dot;
mod graph;
mod json;
mod mermaid;
mod names;
mod openlineage;
mod text;

pub use dot::dot;
pub use graph::{Graph, Link, Node, NodeId, Part};
pub use json::json;
pub use mermaid::mermaid;
pub use names::{Unknown, id_of};
pub use openlineage::openlineage;
pub use text::{Paint, Shape, overview, text};
