//! The standard library, written in the language and embedded in the binary.
