use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::ir::{CategoryId, Program, TableKind};

/// Refuses seeds that tell of somebody. What is built holds a seed's rows as they are, in dbt's folder and in the SQL that fills it: it is committed, copied to
/// machines that build, and read by whoever reads these, with no mask and no grant before it.
pub(super) fn check(program: &Program, diagnostics: &mut Diagnostics) {
    for (_, table) in program.tables() {
        let TableKind::Seed(seed) = &table.kind else { continue };
        for column in &table.columns {
            let Some((category, _)) = column.label.values().first() else { continue };
            let message = match program.category(*category).filter(|_| *category != CategoryId::UNCLASSIFIED) {
                Some(told) => {
                    format!("`{}.{}` tells `{}`, and a seed is copied into what is built as it is", table.name, column.name, told.name)
                }
                None => {
                    format!("nobody has said what `{}.{}` tells, and a seed is copied into what is built as it is", table.name, column.name)
                }
            };
            diagnostics.push(
                Diagnostic::error(Code::SeedTells, column.at, message)
                    .label(format!("each value of `{}` would stand in files", seed.path))
                    .help("let it arrive in the warehouse: as a table of a `source`, or as one of the platform's own that a `load` fills from a bucket")
                    .help("what tells nothing of anybody is `@public`"),
            );
        }
    }
}
