use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::ir::{Program, TableKind};

/// dbt reads the greatest value of a source's freshness column, and writes it to its log and to `sources.json`, which whoever runs it sees: a sink
/// that is cleared for nothing. The day of the last admission is one person's.
pub(super) fn check(program: &Program, diagnostics: &mut Diagnostics) {
    for table in &program.tables {
        let TableKind::Source(source) = &table.kind else { continue };
        let Some(fresh) = &source.freshness else { continue };
        let Some(column) = table.columns.iter().find(|c| c.name == fresh.by) else { continue };
        let told: Vec<String> =
            column.label.values().iter().filter_map(|(c, _)| program.category(*c)).map(|c| format!("`{}`", c.name)).collect();
        if told.is_empty() {
            continue;
        }
        let message = format!("the freshness of `{}` is read from `{}`, which tells {}", table.name, fresh.by, told.join(", "));
        let problem = Diagnostic::error(Code::FreshnessTells, table.at, message).mark(column.at, "its greatest value gets into dbt's log");
        diagnostics.push(problem.help("name a `@public` column, such as the time of loading"));
    }
}
