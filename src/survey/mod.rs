//! How much of a folder of other people's SQL the front end reads, types and traces: texts and declared tables become a project in memory,
//! which goes through the very front end that models go through. Nothing is judged or emitted.

mod constant;
mod names;
mod project;
mod report;
mod schemas;
#[cfg(test)]
mod tests;

pub use report::{ColumnReport, FileReport, Reason, Report, Share, UnitReport};
pub use schemas::{Schemas, from_json};

use crate::base::{FileId, Sources};
use crate::diag::Diagnostics;
use crate::lower::{self, StatementKind};

/// Reads SQL files against declared tables.
///
/// `files` are looked into for queries; tables that they or `schemas` declare by `create table` are known to all of them.
pub fn survey(sources: &Sources, files: &[FileId], declarations: &[FileId], mut schemas: Schemas) -> Report {
    let mut found = Diagnostics::new();
    for file in declarations {
        for statement in lower::statements(sources, *file, &mut found) {
            if let StatementKind::Table(table) = statement.kind {
                schemas.tables.push(table);
            }
        }
    }
    let mut units = Vec::new();
    for file in files {
        for statement in lower::statements(sources, *file, &mut found) {
            match statement.kind {
                StatementKind::Table(table) => schemas.tables.push(table),
                kind => units.extend(project::Unit::of(*file, kind, &statement.at)),
            }
        }
    }
    let project = project::Project::new(sources, &units, &schemas);
    let mut diagnostics = Diagnostics::new();
    let program = crate::driver::front(&project.sources, &project.names, &mut diagnostics);
    report::report(sources, files, &units, &project, &program, &diagnostics, found)
}
