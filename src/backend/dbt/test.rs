use super::super::{FileTree, assertion, text};
use super::{Emission, jinja, properties};
use crate::diag::Diagnostics;

/// `tests/*.sql`: assertions that dbt has no generic test for. The rows they yield are failures; dbt reports only how many.
pub(super) fn emit(emission: &Emission<'_>, out: &mut FileTree, diagnostics: &mut Diagnostics) {
    let mut stems = text::Stems::default();
    for (id, table) in emission.known() {
        for assertion in &table.assertions {
            if properties::generic(emission, table, assertion).is_some() {
                continue;
            }
            match assertion::failures(emission.program, id, assertion, emission.dialect, &emission.nodes) {
                Ok(query) => {
                    let name = stems.claim(&format!("{}__{}", emission.nodes.name(id), assertion.name));
                    let header = text::comment(
                        "--",
                        &text::header(&format!("{}: {}", table.name, assertion.name), &text::whole_project(emission.program)),
                    );
                    let severity = if assertion.warn { "{{ config(severity='warn') }}\n" } else { "" };
                    let sql = format!("{}{severity}\n{}\n", jinja::guard(&header), query.trim_end());
                    text::put(out, diagnostics, &format!("dbt/tests/{name}.sql"), assertion.at, sql);
                }
                Err(gap) => diagnostics.push(text::gap(gap, emission.dialect)),
            }
        }
    }
}
