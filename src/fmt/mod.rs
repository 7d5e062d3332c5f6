//! The formatter: one layout for every file, comments kept.
