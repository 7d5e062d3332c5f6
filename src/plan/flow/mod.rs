//! What is told: which values reach whom, what lets them past the rules, and what protects them.

mod clearances;
pub(super) mod flows;
mod platform;
pub(super) mod protections;
pub(super) mod releases;
