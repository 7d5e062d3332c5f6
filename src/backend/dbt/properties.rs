use super::super::{FileTree, text};
use super::{Emission, model, yaml};
use crate::access::read_as;
use crate::diag::Diagnostics;
use crate::ir::{
    Assertion, AssertionKind, Column, Level, Literal, Materialization, ModelRole, Table, TableId, TableKind, Thing, Type, Verb,
};
use crate::sql;
use std::collections::BTreeMap;

/// One file per layer with its models' contracts, documentation and generic tests, and one for the exports.
pub(super) fn emit(emission: &Emission<'_>, out: &mut FileTree, diagnostics: &mut Diagnostics) {
    let mut layers: BTreeMap<u32, Vec<(TableId, &Table, &Materialization)>> = BTreeMap::new();
    for (id, table) in emission.known() {
        if let TableKind::Model(kept) = &table.kind {
            layers.entry(kept.layer).or_default().push((id, table, &kept.materialization));
        }
    }
    let header = text::header("", &text::whole_project(emission.program));
    for (layer, models) in layers {
        let at = emission.program.layer(layer).map_or(emission.program.project.at, |l| l.at);
        let nodes = yaml::Each(|| models.iter().map(|(id, table, materialization)| model_node(emission, *id, table, materialization)));
        let content = yaml::Models { version: 2, models: nodes };
        let path = format!("dbt/models/{}/_models.yml", emission.nodes.layer(layer));
        text::put(out, diagnostics, &path, at, yaml::file(&header, &content));
    }
    let exposures = exposures(emission);
    if !exposures.is_empty() {
        let content = yaml::Properties { version: 2, exposures, ..Default::default() };
        text::put(out, diagnostics, "dbt/models/_exposures.yml", emission.program.project.at, yaml::file(&header, &content));
    }
}

fn model_node(emission: &Emission<'_>, id: TableId, table: &Table, materialization: &Materialization) -> yaml::Node {
    // dbt has no contracts for what it inlines, nor for materialized views.
    let enforced = matches!(model::materialized(emission.dialect, materialization), "view" | "table" | "incremental");
    let mut config = yaml::NodeConfig { contract: enforced.then_some(yaml::Contract { enforced }), ..Default::default() };
    if let TableKind::Model(model) = &table.kind {
        if let Some(owner) = emission.program.told_of_table(table).owner {
            config.meta.insert("owner".to_owned(), yaml::rendered(owner));
        }
        if model.role == ModelRole::Fact {
            config.meta.insert("kind".to_owned(), "metrics".to_owned());
        }
    }
    let config = (enforced || !config.meta.is_empty()).then_some(config);
    yaml::Node {
        name: emission.nodes.name(id).to_owned(),
        description: yaml::rendered(&table.doc),
        config,
        columns: columns(emission, table),
    }
}

/// A table's columns with types, documentation, categories and tests.
pub(super) fn columns(emission: &Emission<'_>, table: &Table) -> Vec<yaml::Column> {
    let mut tests: BTreeMap<u32, Vec<yaml::Test>> = BTreeMap::new();
    for assertion in &table.assertions {
        if let Some((column, test)) = generic(emission, table, assertion) {
            tests.entry(column).or_default().push(test);
        }
    }
    (0u32..)
        .zip(&table.columns)
        .map(|(position, column)| yaml::Column {
            name: yaml::name(column.name.as_str()),
            quote: needs_quotes(emission, column).then_some(true),
            data_type: data_type(emission, &column.ty),
            description: table.column_docs.get(position as usize).and_then(Option::as_deref).map_or_else(String::new, yaml::rendered),
            config: categories(emission, column),
            data_tests: tests.remove(&position).unwrap_or_default(),
        })
        .collect()
}

/// A type as a contract says it; a text constant nobody gave a type is text by the time Postgres keeps it.
pub(super) fn data_type(emission: &Emission<'_>, ty: &Type) -> String {
    sql::type_name(if *ty == Type::Unknown { &Type::TEXT } else { ty }, emission.dialect)
}

fn needs_quotes(emission: &Emission<'_>, column: &Column) -> bool {
    sql::ident(&column.name, emission.dialect) != column.name.as_str()
}

fn categories(emission: &Emission<'_>, column: &Column) -> Option<yaml::ColumnConfig> {
    let name = |(category, level): &(_, Level)| {
        let name = emission.program.category(*category)?.name.as_str().to_owned();
        let level = match level.aggregate {
            Some(k) if level.form == crate::ir::Form::Public => format!("aggregate({k})"),
            Some(k) => format!("{} and aggregate({k})", level.form.name()),
            None => level.form.name().to_owned(),
        };
        Some((name, level))
    };
    let pii: BTreeMap<String, String> = column.label.values().iter().filter_map(name).collect();
    (!pii.is_empty()).then_some(yaml::ColumnConfig { meta: yaml::Meta { pii } })
}

/// The generic test that says the same as an assertion, with the column it belongs to; `None` where dbt's own would read the names or
/// values as something else: those become tests in SQL.
pub(super) fn generic(emission: &Emission<'_>, table: &Table, assertion: &Assertion) -> Option<(u32, yaml::Test)> {
    let plain = |table: &Table, position: u32| {
        let column = table.columns.get(position as usize)?;
        (!needs_quotes(emission, column) && !column.name.as_str().contains('{')).then(|| column.name.as_str().to_owned())
    };
    let (column, name, arguments) = match &assertion.kind {
        AssertionKind::NotNull(c) => (*c, "not_null", None),
        AssertionKind::Unique(columns) => match columns.as_slice() {
            [c] => (*c, "unique", None),
            _ => return None,
        },
        AssertionKind::OneOf(c, values) => {
            let values: Option<Vec<String>> = values.iter().map(plain_word).collect();
            (*c, "accepted_values", Some(yaml::Arguments::Values { values: values? }))
        }
        AssertionKind::References(c, other, key) => {
            let field = plain(emission.program.table(*other)?, *key)?;
            (*c, "relationships", Some(yaml::Arguments::To { to: emission.nodes.reference(*other), field }))
        }
        _ => return None,
    };
    plain(table, column)?;
    // dbt makes the test's name of these, and refuses blanks in it.
    let word = |name: &str| name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if let TableKind::Source(source) = &table.kind
        && !(word(source.source.as_str()) && word(table.name.as_str()))
    {
        return None;
    }
    let config = assertion.warn.then_some(yaml::TestConfig { severity: "warn" });
    let test = match (arguments, config) {
        (None, None) => yaml::Test::Plain(name),
        (arguments, config) => yaml::Test::Given(BTreeMap::from([(name, yaml::TestBody { arguments, config })])),
    };
    Some((column, test))
}

/// A text that dbt's `accepted_values` compares as written: it puts values between quotes unescaped, after reading them as Python would.
fn plain_word(literal: &Literal) -> Option<String> {
    let Literal::Text(text) = literal else { return None };
    let starts = text.chars().next().is_some_and(|c| c.is_ascii_alphabetic());
    let word = starts && !text.ends_with(' ') && text.chars().all(|c| c.is_ascii_alphanumeric() || "_-. ".contains(c));
    let python = ["true", "false", "none", "null"].iter().any(|w| text.eq_ignore_ascii_case(w));
    (word && !python).then(|| text.to_string())
}

/// What leaves the platform: exports, and what is declared as an exposure.
fn exposures(emission: &Emission<'_>) -> Vec<yaml::Exposure> {
    let program = emission.program;
    let mut stems = text::Stems::default();
    let project = program.project.name.as_str();
    let export = |export: &crate::ir::Export| {
        let bucket = program.buckets.get(export.bucket as usize);
        let told = program.told_of(Thing::Export, &export.name);
        let meta = [("bucket", bucket.map_or("", |b| &*b.bucket_name)), ("path", &*export.path)];
        yaml::Exposure {
            name: stems.claim(export.name.as_str()),
            kind: "application".to_owned(),
            label: None,
            url: None,
            description: yaml::rendered(&export.doc),
            owner: yaml::Owner { name: told.owner.map_or_else(|| project.to_owned(), yaml::rendered), email: None },
            depends_on: export.tables.iter().map(|t| emission.nodes.reference(t.table)).collect(),
            config: yaml::NodeConfig {
                tags: told.tags.iter().map(|t| yaml::rendered(t)).collect(),
                meta: meta.map(|(k, v)| (k.to_owned(), yaml::rendered(v))).into(),
                ..Default::default()
            },
        }
    };
    let mut found: Vec<yaml::Exposure> = program.exports.iter().map(export).collect();
    found.extend(program.exposures.iter().map(|one| {
        let roles = one.roles.iter().map(|(r, _)| r.as_str()).collect::<Vec<_>>().join(", ");
        let name = stems.claim(one.name.as_str());
        yaml::Exposure {
            label: (name != one.name.as_str()).then(|| yaml::rendered(one.name.as_str())),
            name,
            kind: one.kind.to_string(),
            url: one.url.as_deref().map(yaml::rendered),
            description: yaml::rendered(&one.doc),
            owner: yaml::Owner {
                name: yaml::rendered(one.owner.as_deref().or(program.told_of_project().owner).unwrap_or(project)),
                email: one.email.as_deref().map(yaml::rendered),
            },
            depends_on: shown(emission, one),
            config: yaml::NodeConfig { meta: [("roles".to_owned(), yaml::rendered(&roles))].into(), ..Default::default() },
        }
    }));
    found
}

/// The nodes that who looks at an exposure reads: of a masked table the twin.
fn shown(emission: &Emission<'_>, one: &crate::ir::Exposure) -> Vec<String> {
    let mut seen = std::collections::BTreeSet::new();
    for (table, _) in &one.reads {
        for (role, _) in &one.roles {
            let read = [Verb::Read, Verb::View].into_iter().find_map(|verb| read_as(emission.program, role, verb, *table));
            seen.insert(read.unwrap_or(*table));
        }
    }
    seen.into_iter().map(|id| emission.nodes.reference(id)).collect()
}
