//! The ground everything stands on: source files, spans, names, virtual paths. Knows nothing of the language.

mod digest;
mod ident;
mod sources;
mod vpath;

pub use digest::{digest, short_digest, short_name};
pub use ident::Ident;
pub use sources::{DataFile, FileId, LineCol, SourceFile, Sources, Span};
pub use vpath::{VPath, VPathError};
