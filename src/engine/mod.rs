//! The embedded engine: SQLite in the process, behind `run` and `test`.
