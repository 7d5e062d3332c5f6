//! Semantic difference of two programs, and the only persisted types.
