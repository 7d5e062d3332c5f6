use super::super::text;
use super::Emission;
use crate::base::Span;
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::ir::TableKind;

/// Names that dbt itself can't keep: it puts relations' and columns' names between quotes as they are, and takes blanks off aliases and schemas.
pub(super) fn refuse(emission: &Emission<'_>, diagnostics: &mut Diagnostics) {
    for (_, table) in emission.known() {
        let source = matches!(table.kind, TableKind::Source(_));
        let relation = [text::schema_of(emission.program, table).as_str(), text::physical_name(table)];
        let columns = table.columns.iter().filter(|_| !source).map(|c| (c.name.as_str(), c.at));
        for (name, at) in relation.map(|name| (name, table.at)).into_iter().chain(columns) {
            if name.contains('"') {
                diagnostics.push(gap(emission, name, "it writes the quote inside it as it is", at));
            }
        }
        for name in relation.into_iter().filter(|name| !source && name.trim() != *name) {
            diagnostics.push(gap(emission, name, "it takes blanks off both ends", table.at));
        }
    }
}

fn gap(emission: &Emission<'_>, name: &str, why: &str, at: Span) -> Diagnostic {
    let dialect = emission.dialect.name();
    Diagnostic::error(Code::DialectGap, at, format!("dbt cannot name `{name}` in {dialect}: {why}"))
        .help("choose a plainer name, or leave `dbt` out of `emit`")
}
