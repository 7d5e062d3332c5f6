//! Column lineage of a typed program: one graph, and one file per form it is written in. What an edge means is said in `docs/reference/lineage.md`.

mod graph;
mod json;
mod names;
mod text;

pub use graph::{Graph, Link, Node, NodeId, Part};
pub use json::json;
pub use names::{Unknown, id_of};
pub use text::{Paint, overview, text};
