use super::super::{FileTree, text};
use super::{Emission, properties, yaml};
use crate::base::Ident;
use crate::diag::Diagnostics;
use crate::ir::{Freshness, TableKind};
use crate::sql;
use std::collections::BTreeMap;

/// `models/_sources.yml`: what arrives from outside, and how old it may be.
pub(super) fn emit(emission: &Emission<'_>, out: &mut FileTree, diagnostics: &mut Diagnostics) {
    let mut sources: BTreeMap<&Ident, yaml::Source> = BTreeMap::new();
    for (id, table) in emission.known() {
        let TableKind::Source(from) = &table.kind else { continue };
        let source = sources.entry(&from.source).or_insert_with(|| yaml::Source {
            name: yaml::name(from.source.as_str()),
            schema: yaml::name(from.schema.as_str()),
            tables: Vec::new(),
        });
        source.tables.push(yaml::Node {
            name: yaml::name(emission.nodes.name(id)),
            description: yaml::rendered(&table.doc),
            config: from.freshness.as_ref().map(|f| freshness(emission, f)),
            columns: properties::columns(emission, table),
        });
    }
    if sources.is_empty() {
        return;
    }
    let content = yaml::Properties { version: 2, sources: sources.into_values().collect(), ..Default::default() };
    let header = text::header("", &text::whole_project(emission.program));
    text::put(out, diagnostics, "dbt/models/_sources.yml", emission.program.project.at, yaml::file(&header, &content));
}

fn freshness(emission: &Emission<'_>, freshness: &Freshness) -> yaml::NodeConfig {
    yaml::NodeConfig {
        loaded_at_field: Some(yaml::rendered(&sql::ident(&freshness.by, emission.dialect))),
        freshness: Some(yaml::Freshness {
            warn_after: freshness.warn_minutes.map(yaml::Age::minutes),
            error_after: freshness.error_minutes.map(yaml::Age::minutes),
        }),
        ..Default::default()
    }
}
