use super::super::{FileTree, text};
use super::{Emission, jinja};
use crate::diag::Diagnostics;
use crate::ir::{Materialization, TableId, TableKind};

/// The macro that says who may reach what.
pub(super) const SETUP: &str = "{{ pipec_access_setup() }}";

/// The hook of a model or seed: dbt runs it in the transaction that makes the table, so that nobody sees it without.
pub(super) fn hook(emission: &Emission<'_>, id: TableId) -> Option<String> {
    emission.access.as_ref()?;
    let table = emission.program.table(id)?;
    // What dbt puts into the queries that read it is no relation.
    if matches!(&table.kind, TableKind::Model(m) if matches!(m.materialization, Materialization::Ephemeral)) {
        return None;
    }
    Some(format!("{{{{ {}() }}}}", name(emission, id)))
}

fn name(emission: &Emission<'_>, id: TableId) -> String {
    format!("pipec_access_to_{}", emission.nodes.name(id))
}

/// `macros/pipec_access.sql`: one macro per model and seed, and one for what they share.
pub(super) fn emit(emission: &Emission<'_>, out: &mut FileTree, diagnostics: &mut Diagnostics) {
    let Some(access) = &emission.access else { return };
    let mut all = String::from("{#- Who may read what. Each macro runs in the transaction that makes its table; all may run again. -#}\n");
    put(&mut all, "pipec_access_setup", &access.setup());
    for (id, _) in emission.known() {
        if hook(emission, id).is_none() || matches!(emission.program.table(id).map(|t| &t.kind), Some(TableKind::Source(_))) {
            continue;
        }
        match access.after(id) {
            Ok(statements) => put(&mut all, &name(emission, id), &statements),
            Err(gap) => diagnostics.push(text::gap(gap, emission.dialect)),
        }
    }
    text::put(out, diagnostics, "dbt/macros/pipec_access.sql", emission.program.project.at, all);
}

fn put(out: &mut String, name: &str, statements: &str) {
    out.push_str(&format!("\n{{% macro {name}() -%}}\n{}\n{{%- endmacro %}}\n", jinja::guard(statements.trim_end())));
}
