use super::super::{FileTree, text};
use super::{Emission, access, properties, yaml};
use crate::base::Span;
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::ir::{Dialect, SeedTable, Table, TableKind, Type};

/// `seeds/*.csv` and what their columns are.
pub(super) fn emit(emission: &Emission<'_>, out: &mut FileTree, diagnostics: &mut Diagnostics) {
    let mut seeds = Vec::new();
    for (id, table) in emission.known() {
        let TableKind::Seed(seed) = &table.kind else { continue };
        let name = emission.nodes.name(id);
        if let Some(csv) = csv(emission, table, seed, diagnostics) {
            text::put(out, diagnostics, &format!("dbt/seeds/{name}.csv"), table.at, csv);
        }
        let types = table.columns.iter().map(|c| (yaml::name(c.name.as_str()), loaded_as(emission, &c.ty)));
        let config = yaml::NodeConfig {
            schema: Some(yaml::name(seed.schema.as_str())),
            alias: emission.nodes.has_alias(id).then(|| yaml::name(table.name.as_str())),
            quote_columns: Some(true),
            column_types: types.collect(),
            pre_hook: access::hook_before(emission, id),
            post_hook: access::hook(emission, id),
            ..Default::default()
        };
        let columns = properties::columns(emission, table);
        seeds.push(yaml::Node { name: name.to_owned(), description: yaml::rendered(&table.doc), config: Some(config), columns });
    }
    if seeds.is_empty() {
        return;
    }
    let content = yaml::Properties { version: 2, seeds, ..Default::default() };
    let header = text::header("", &text::whole_project(emission.program));
    text::put(out, diagnostics, "dbt/seeds/_seeds.yml", emission.program.project.at, yaml::file(&header, &content));
}

/// A type as the file is loaded: a load job of BigQuery's takes none with parameters.
fn loaded_as(emission: &Emission<'_>, ty: &Type) -> String {
    let name = properties::data_type(emission, ty);
    match name.split_once('(') {
        Some((plain, _)) if emission.dialect == Dialect::BigQuery => plain.to_owned(),
        _ => name,
    }
}

fn csv(emission: &Emission<'_>, table: &Table, seed: &SeedTable, diagnostics: &mut Diagnostics) -> Option<String> {
    let mut out = String::new();
    line(&mut out, table.columns.iter().map(|c| c.name.as_str()));
    for row in seed.rows.iter() {
        if let Some(lost) = row.iter().flatten().find(|value| reads_as_null(value)) {
            diagnostics.push(unwritable(lost, "which dbt reads as NULL", table.at));
            return None;
        }
        // The load job that dbt starts does not allow them.
        if emission.dialect == Dialect::BigQuery
            && let Some(long) = row.iter().flatten().find(|value| value.contains(['\n', '\r']))
        {
            diagnostics.push(unwritable(long, "which has several lines, in BigQuery", table.at));
            return None;
        }
        line(&mut out, row.iter().map(|value| value.as_deref().unwrap_or("")));
    }
    Some(out)
}

/// dbt takes the empty text and `null`, in any case and with blanks around, for NULL (`dbt_common.clients.agate_helper`).
fn reads_as_null(value: &str) -> bool {
    let value = value.trim();
    value.is_empty() || value.eq_ignore_ascii_case("null")
}

fn unwritable(value: &str, why: &str, at: Span) -> Diagnostic {
    Diagnostic::error(Code::DialectGap, at, format!("a dbt seed cannot hold the text `{}`, {why}", value.escape_debug()))
        .label("this seed")
        .help("write another text in the data file")
}

fn line<'t>(out: &mut String, fields: impl Iterator<Item = &'t str>) {
    for (i, field) in fields.enumerate() {
        if i > 0 {
            out.push(',');
        }
        if field.contains([',', '"', '\n', '\r']) || field.starts_with(' ') || field.ends_with(' ') {
            out.push('"');
            out.push_str(&field.replace('"', "\"\""));
            out.push('"');
        } else {
            out.push_str(field);
        }
    }
    out.push('\n');
}
