//! What else is declared: assertions and tests, metrics, pipelines and exports, and what stands outside the warehouse's tables.

pub(super) mod assertions;
pub(super) mod declarations;
mod platform;
pub(super) mod resources;
