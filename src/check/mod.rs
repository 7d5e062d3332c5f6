//! The gate: one file per rule over the typed program. Only [`seal`] makes a [`Checked`], and only from a program without errors.

mod flow;
mod path;
mod sinks;
mod subjects;

use crate::diag::Diagnostics;
use crate::ir::Program;

/// A program that passed every check: the only thing a back end can take.
#[derive(Clone, Debug)]
pub struct Checked(Program);

impl Checked {
    /// The program.
    pub fn program(&self) -> &Program {
        &self.0
    }
}

/// Runs every check and seals the program.
///
/// # Errors
/// The program as it was, where a check or an earlier phase found an error: to be looked at, never to be built.
pub fn seal(program: Program, diagnostics: &mut Diagnostics) -> Result<Checked, Box<Program>> {
    for sink in sinks::of(&program) {
        flow::check(&program, &sink, diagnostics);
    }
    subjects::check(&program, diagnostics);
    if diagnostics.has_errors() { Err(Box::new(program)) } else { Ok(Checked(program)) }
}
