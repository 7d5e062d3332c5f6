//! Who may read what: one finite matrix of principal, verb, object, column and row condition, each with the declaration that caused it. All
//! that enforces or shows access is derived from it. Also how row policies travel into what is built from their tables (rule 7).

mod api;
mod carry;
mod deep;
mod exporter;
mod json;
mod matrix;
mod reasons;
mod shown;
mod table;
#[cfg(test)]
mod tests;
mod view;

pub use api::{NoKey, Shows, read_as, serve, service_role, shows, told, told_to_everybody};
pub use carry::{Carried, Carry, Lost};
pub use deep::is_same;
pub use exporter::{exported, exporter_role};
pub use json::json;
pub use matrix::{Cell, Entry, Matrix, Path, RowRule};
pub use reasons::{condition, reason};
pub use shown::{connection_role, show_in_tableau};
pub use table::{Show, conditions, csv, place, text};
