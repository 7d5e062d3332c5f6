use super::super::{FileTree, text};
use super::yaml::NodeConfig;
use super::{Emission, properties, yaml};
use crate::base::Ident;
use crate::diag::Diagnostics;
use crate::ir::{Freshness, Program, SourceTable, TableKind, Thing, Told};
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
            config: said(NodeConfig::default(), &outer(emission.program, from)),
            tables: Vec::new(),
        });
        source.tables.push(yaml::Node {
            name: yaml::name(emission.nodes.name(id)),
            description: yaml::rendered(&table.doc),
            config: said(
                from.freshness.as_ref().map(|f| freshness(emission, f)).unwrap_or_default(),
                &beyond(emission.program.told_of_table(table), &outer(emission.program, from)),
            ),
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

/// What is said of a source, or of the layer that tables of the platform's own lie in.
fn outer<'p>(program: &'p Program, from: &'p SourceTable) -> Told<'p> {
    let layer = from.own.as_ref().is_some_and(|o| o.layer.is_some());
    program.told_of(if layer { Thing::Layer } else { Thing::Source }, &from.source)
}

/// What a table says beyond its source, whose tags and owner dbt gives it anyway.
fn beyond<'p>(told: Told<'p>, outer: &Told<'p>) -> Told<'p> {
    let owner = told.owner.filter(|o| outer.owner != Some(o));
    Told { owner, tags: told.tags.into_iter().filter(|t| !outer.tags.contains(t)).collect() }
}

/// A configuration with an owner and tags; `None` where it says nothing at all.
fn said(mut config: NodeConfig, told: &Told<'_>) -> Option<NodeConfig> {
    config.tags = told.tags.iter().map(|t| yaml::rendered(t)).collect();
    if let Some(owner) = told.owner {
        config.meta.insert("owner".to_owned(), yaml::rendered(owner));
    }
    let silent = config.freshness.is_none() && config.tags.is_empty() && config.meta.is_empty();
    (!silent).then_some(config)
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
