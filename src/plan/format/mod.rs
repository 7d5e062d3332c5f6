//! The report for people and machines: in lines (terminal, Markdown), as JSON, as annotations of closed gates, and the emitted SQL of a model.

mod annotations;
mod json;
mod lines;
mod markdown;
mod sections;
mod sql;
mod summary;
mod text;
mod together;

pub use annotations::{github, sarif};
pub use json::{Compared, json};
pub use markdown::{MARKER, markdown};
pub use sql::sql;
pub use text::{Look, text};

pub(super) use lines::tells;
pub(super) use sections::{Line, Most, Sign, sections};
pub(super) use summary::counted;
pub(super) use text::plain;
