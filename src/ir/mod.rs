//! The typed program: what every check reads and every back end prints. Each column carries type, nullability, label and lineage from the day it is built.
//!
//! Relations are kept as SQL query blocks (`with`, `from`, `where`, `group by`, `select`, …) rather than as a bare algebra,
//! so that what is printed reads as its author wrote it; the builder in `lower` works through a block in SQL's logical order.

mod access;
mod api;
mod export;
mod exposure;
mod expr;
mod files;
mod function;
pub mod google;
mod infra;
mod label;
mod load;
mod masking;
mod metric;
mod own;
mod partitions;
pub mod platform;
mod program;
mod query;
mod relation;
mod secrets;
mod tableau;
mod tagged;
mod threshold;
mod ty;
mod unit_test;
mod vector;
mod walk;

pub use access::*;
pub use api::*;
pub use export::*;
pub use exposure::*;
pub use expr::*;
pub use files::FileReader;
pub use function::*;
pub use infra::*;
pub use label::*;
pub use load::*;
pub use masking::*;
pub use metric::*;
pub use own::*;
pub use partitions::*;
pub use program::*;
pub use query::*;
pub use relation::*;
pub use secrets::*;
pub use tableau::*;
pub use tagged::{Tagged, Thing, Told};
pub use threshold::Threshold;
pub use ty::*;
pub use unit_test::*;
pub use vector::{Distance, Search, SearchMethod, vector_text};
pub use walk::*;
