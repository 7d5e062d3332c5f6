//! The gate: one file per rule over the typed program. Only [`seal`] makes a [`Checked`], and only from a program without errors.

mod access_tests;
mod accounts;
mod apis;
pub mod body;
mod bystanders;
mod called;
mod cells;
mod companions;
mod compared;
mod composition;
mod constants;
mod containers;
mod crowds;
mod daily;
mod datasources;
mod deciding;
mod determinations;
mod differencing;
mod discriminating;
mod enforce;
mod enforce_bigquery;
mod exposures;
mod files;
mod fixes;
mod flow;
mod freshness;
mod groups;
mod joins;
pub mod json_path;
mod keys;
mod loads;
mod matching;
mod one_each;
mod past;
pub mod path;
mod places;
pub mod principals;
mod quasi;
mod reading;
mod references;
pub mod releases;
mod relinkage;
pub mod residue;
mod rows;
mod rows_of;
mod seeds;
mod seen;
mod sinks;
mod stands;
mod subjects;
mod taken;
#[cfg(test)]
mod tests;
mod text;
mod trace;
mod untested;
mod untold;
mod values;
mod writing;

pub use containers::written as buckets_written;
pub use determinations::check as determinations;
pub use past::check as ages;
pub use untested::{believed, check as untested};
pub use values::Paths;

use crate::access::Carry;
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

/// Runs every check and seals the program; `done` hears of each part that is done.
///
/// # Errors
/// The program as it was, where a check or an earlier phase found an error: to be looked at, never to be built.
pub fn seal(program: Program, diagnostics: &mut Diagnostics, done: &mut dyn FnMut(&'static str)) -> Result<Checked, Box<Program>> {
    let sinks = sinks::of(&program);
    let refused = flow::check(&program, &sinks, diagnostics);
    groups::check(&program, &sinks, refused, diagnostics);
    drop(sinks);
    subjects::check(&program, diagnostics);
    daily::check(&program, diagnostics);
    freshness::check(&program, diagnostics);
    done("check sinks");
    let carry = Carry::new(&program);
    together(&program, &carry, diagnostics);
    subjects::exports(&program, diagnostics);
    done("check readers");
    places::check(&program, diagnostics);
    rows::check(&program, &carry, diagnostics);
    writing::check(&program, &carry, diagnostics);
    untold::check(&program, diagnostics);
    seeds::check(&program, diagnostics);
    references::check(&program, &carry, diagnostics);
    taken::check(&program, diagnostics);
    enforce::check(&program, &carry, diagnostics);
    datasources::check(&program, &carry, diagnostics);
    enforce_bigquery::check(&program, &carry, diagnostics);
    files::check(&program, diagnostics);
    called::check(&program, diagnostics);
    keys::check(&program, diagnostics);
    accounts::check(&program, diagnostics);
    containers::check(&program, diagnostics);
    loads::check(&program, diagnostics);
    apis::check(&program, diagnostics);
    exposures::check(&program, diagnostics);
    access_tests::check(&program, &carry, diagnostics);
    done("check access");
    if diagnostics.has_errors() { Err(Box::new(program)) } else { Ok(Checked(program)) }
}

/// What each principal reads over all sinks together.
fn together(program: &Program, carry: &Carry, diagnostics: &mut Diagnostics) {
    let principals = principals::of(program);
    // What tells everything anyway composes to nothing more.
    let limited: Vec<_> = principals.iter().filter(|p| !p.clearance.is_some_and(|c| c.everything)).collect();
    if limited.is_empty() {
        return;
    }
    let values = values::Values::of(program);
    let joins = joins::Joins::new(program, &values, &limited);
    let cells = cells::Cells::of(program);
    for principal in limited {
        let seen = seen::of(program, &values, principal);
        let asked = seen::asked(program, &values, principal);
        composition::check(program, principal, (&seen, &asked), diagnostics);
        companions::check(program, &joins, principal, (&seen, &asked), diagnostics);
        relinkage::check(program, &joins, principal, (&seen, &seen::released(&values, principal)), diagnostics);
        crowds::check((program, carry), (&values, &joins), principal, &seen, diagnostics);
        if !cells.is_empty() {
            differencing::check(program, &cells, principal, diagnostics);
        }
    }
}
