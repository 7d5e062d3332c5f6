use super::super::testing::{Built, column, emit};
use super::*;

#[test]
fn placeholder() {}
