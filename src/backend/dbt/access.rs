use super::super::{FileTree, text};
use super::{Emission, jinja};
use crate::diag::Diagnostics;
use crate::ir::{Materialization, TableId, TableKind};
use crate::sql::Gap;

/// The macro that says who may reach what.
pub(super) const SETUP: &str = "{{ pipec_access_setup() }}";

/// The hook of a model or seed: in Postgres dbt runs it in the transaction that makes the table, so that nobody sees it without; in BigQuery,
/// which has none, the table is shut until its policies are there.
pub(super) fn hook(emission: &Emission<'_>, id: TableId) -> Option<String> {
    if emission.access.is_none() && emission.bigquery.is_none() {
        return None;
    }
    let table = emission.program.table(id)?;
    // What dbt puts into the queries that read it is no relation.
    if matches!(&table.kind, TableKind::Model(m) if matches!(m.materialization, Materialization::Ephemeral)) {
        return None;
    }
    Some(format!("{{{{ {}() }}}}", name(emission, id)))
}

/// The hook before: in BigQuery, what shuts a table that has row access policies.
pub(super) fn hook_before(emission: &Emission<'_>, id: TableId) -> Option<String> {
    let narrows = emission.bigquery.as_ref()?.around(id).is_ok_and(|around| !around.before.is_empty());
    (narrows && hook(emission, id).is_some()).then(|| format!("{{{{ {}() }}}}", name_before(emission, id)))
}

fn name_before(emission: &Emission<'_>, id: TableId) -> String {
    format!("pipec_access_before_{}", emission.nodes.name(id))
}

fn name(emission: &Emission<'_>, id: TableId) -> String {
    format!("pipec_access_to_{}", emission.nodes.name(id))
}

/// `macros/pipec_access.sql`: one macro per model and seed, and one for what they share.
pub(super) fn emit(emission: &Emission<'_>, out: &mut FileTree, diagnostics: &mut Diagnostics) {
    let mut all = match (&emission.access, &emission.bigquery) {
        (Some(access), _) => {
            let mut all =
                String::from("{#- Who may read what. Each macro runs in the transaction that makes its table; all may run again. -#}\n");
            put(&mut all, "pipec_access_setup", &access.setup());
            all
        }
        (None, Some(_)) => String::from(
            "{#- Who may read what. A table with row access policies is shut before it is made, and opened when they hold. -#}\n",
        ),
        (None, None) => return,
    };
    for (id, _) in emission.known() {
        if hook(emission, id).is_none() || matches!(emission.program.table(id).map(|t| &t.kind), Some(TableKind::Source(_))) {
            continue;
        }
        match around(emission, id) {
            Ok((before, after)) => {
                if !before.is_empty() {
                    put(&mut all, &name_before(emission, id), &before);
                }
                put(&mut all, &name(emission, id), &after);
            }
            Err(gap) => diagnostics.push(text::gap(gap, emission.dialect)),
        }
    }
    text::put(out, diagnostics, "dbt/macros/pipec_access.sql", emission.program.project.at, all);
}

/// What comes before a table is made, and after.
fn around(emission: &Emission<'_>, id: TableId) -> Result<(String, String), Gap> {
    match (&emission.access, &emission.bigquery) {
        (Some(access), _) => Ok((String::new(), access.after(id)?)),
        (None, Some(written)) => written.around(id).map(|around| (around.before, around.after)),
        (None, None) => Ok((String::new(), String::new())),
    }
}

fn put(out: &mut String, name: &str, statements: &str) {
    out.push_str(&format!("\n{{% macro {name}() -%}}\n{}\n{{%- endmacro %}}\n", jinja::guard(statements.trim_end())));
}
