//! pipec: a compiler for declarative data platforms.
//!
//! ```text
//! host::load → syntax (per file, never fails) → resolve → lower → check → seal → backend (each) → host::write
//!                                                             │
//!                                                            ir: every column with type, label and lineage
//! ```
//! `driver` is that line as code. Who may import whom is written in `ARCHITECTURE.md` and held by `tests/architecture.rs`.

pub mod access;
pub mod backend;
pub mod base;
pub mod check;
pub mod classify;
pub mod cli;
pub mod diag;
pub mod docs;
pub mod driver;
pub mod engine;
pub mod fmt;
pub mod host;
pub mod ir;
pub mod lineage;
pub mod lower;
pub mod plan;
pub mod predicate;
pub mod resolve;
pub mod sql;
pub mod stdlib;
pub mod survey;
pub mod syntax;
pub mod verify;
