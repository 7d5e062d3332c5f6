//! The outside world: walking, reading, atomic writing, clock, environment. The only file-system code.
