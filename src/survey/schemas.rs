use crate::base::Ident;
use crate::lower::{DeclaredColumn, DeclaredTable, named_type};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What is declared of tables outside of the surveyed files.
#[derive(Debug, Default)]
pub struct Schemas {
    /// Tables with their columns.
    pub tables: Vec<DeclaredTable>,
    /// Where dbt builds a model, by the path of its file below `models/`: database, schema, name.
    pub models: BTreeMap<String, Vec<Ident>>,
    /// Surveyed models as they stand in the warehouse: what an incremental one reads of itself.
    pub built: Vec<DeclaredTable>,
}

/// Tables of dbt's `catalog.json` or `manifest.json`: sources, seeds, snapshots, and models whose files `surveyed` (their stems) do not
/// hold. A catalog's types are the warehouse's; a manifest knows those its authors wrote down.
///
/// # Errors
/// When the text is neither; the message says why.
pub fn from_json(text: &str, surveyed: &BTreeSet<String>, into: &mut Schemas) -> Result<(), String> {
    let json: Value = serde_json::from_str(text).map_err(|problem| format!("is not JSON: {problem}"))?;
    let (Some(nodes), Some(sources)) = (json.get("nodes").and_then(Value::as_object), json.get("sources").and_then(Value::as_object))
    else {
        return Err("is neither dbt's catalog.json nor its manifest.json: it has no `nodes` and `sources`".to_owned());
    };
    for (id, node) in nodes.iter().chain(sources) {
        let mut parts = id.split('.');
        let kind = parts.next().unwrap_or_default();
        let stem = parts.nth(1).unwrap_or_default();
        if kind == "model" {
            if let (Some(path), Some(name)) = (node.get("path").and_then(Value::as_str), place(node)) {
                into.models.insert(path.to_owned(), name);
            }
            if surveyed.contains(stem) {
                let built = place(node).map(|name| DeclaredTable { name, columns: columns(node) });
                built.into_iter().for_each(|table| add(&mut into.built, table));
                continue;
            }
        }
        if ["model", "source", "seed", "snapshot"].contains(&kind)
            && let Some(name) = place(node)
        {
            add(&mut into.tables, DeclaredTable { name, columns: columns(node) });
        }
    }
    Ok(())
}

/// A table known from two files has the columns of the one that knows more types.
fn add(tables: &mut Vec<DeclaredTable>, table: DeclaredTable) {
    let typed = |t: &DeclaredTable| t.columns.iter().filter(|c| c.ty.is_some()).count();
    match tables.iter_mut().find(|t| t.name == table.name) {
        Some(known) if typed(known) >= typed(&table) => {}
        Some(known) => *known = table,
        None if table.columns.is_empty() => {}
        None => tables.push(table),
    }
}

/// Database, schema and name of a node; a catalog keeps them below `metadata`.
fn place(node: &Value) -> Option<Vec<Ident>> {
    let held = node.get("metadata").unwrap_or(node);
    let text = |key: &str| held.get(key).and_then(Value::as_str).filter(|t| !t.is_empty());
    let name = text("identifier").or_else(|| text("alias")).or_else(|| text("name"))?;
    Some([text("database"), text("schema"), Some(name)].into_iter().flatten().map(Ident::exact).collect())
}

fn columns(node: &Value) -> Vec<DeclaredColumn> {
    let Some(columns) = node.get("columns").and_then(Value::as_object) else { return Vec::new() };
    let mut found: Vec<(u64, DeclaredColumn)> = columns
        .iter()
        .map(|(name, column)| {
            let written = ["type", "data_type"].iter().find_map(|key| column.get(key).and_then(Value::as_str)).unwrap_or_default();
            let index = column.get("index").and_then(Value::as_u64).unwrap_or_default();
            (index, DeclaredColumn { name: Ident::exact(name), ty: named_type(written), written: written.to_owned(), nullable: true })
        })
        .collect();
    found.sort_by_key(|(index, _)| *index);
    found.into_iter().map(|(_, column)| column).collect()
}
