//! The pipeline from sources to files, and nothing else.
