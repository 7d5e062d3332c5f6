//! What every family stands on: which tables, columns and names of the two programs are the same, bodies in a form that can be compared, who reads
//! what, and words to say it.

pub(super) mod canon;
pub(super) mod names;
pub(super) mod readers;
pub(super) mod sources;
pub(super) mod tables;
pub(super) mod words;
