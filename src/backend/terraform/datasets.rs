use super::super::google::Access;
use super::super::text;
use super::google::{dataset_location, dataset_project, key};
use super::hcl::reference;
use super::identifier;
use crate::base::Ident;
use crate::ir::{Program, TableKind};
use hcl::expr::Expression;
use hcl::structure::{Block, Body};
use std::collections::{BTreeMap, BTreeSet};

/// The datasets that a project fills, closed to all but who builds; which views of which dataset may read them; and the right to ask at all.
pub(super) fn body(program: &Program, access: &Access<'_>) -> Body {
    let built: BTreeSet<&Ident> =
        program.tables.iter().filter(|t| !matches!(t.kind, TableKind::Source(_))).map(|t| text::schema_of(program, t)).collect();
    let pairs = access.authorized();
    let labels = labels(built.iter().copied().chain(pairs.iter().map(|(read, _)| *read)));
    let label = |schema: &Ident| labels.get(schema).map_or("", String::as_str);
    let mut body = Body::builder();
    body = body.add_block(Block::builder("data").add_labels(["google_bigquery_default_service_account", "current"]).build());
    for block in key("datasets", "datasets", "data.google_bigquery_default_service_account.current.email") {
        body = body.add_block(block);
    }
    for schema in &built {
        let views: Vec<&Ident> = pairs.iter().filter(|(read, _)| read == schema).map(|(_, by)| *by).collect();
        body = body.add_block(dataset(program, label(schema), schema, &views));
    }
    // Other people's datasets are theirs: only the views are added to who may read.
    for (number, (read, by)) in (1u32..).zip(pairs.iter().filter(|(read, _)| !built.contains(read))) {
        let block = Block::builder("resource")
            .add_labels(["google_bigquery_dataset_access", &format!("{}__{number}", label(read))])
            .add_attribute(("project", dataset_project(program)))
            .add_attribute(("dataset_id", read.as_str()))
            .add_block(views_of(program, by));
        body = body.add_block(block.build());
    }
    for (number, group) in (1u32..).zip(access.groups()) {
        let block = Block::builder("resource")
            .add_labels(["google_project_iam_member", &format!("asks__{number}")])
            .add_attribute(("project", dataset_project(program)))
            .add_attribute(("role", "roles/bigquery.jobUser"))
            .add_attribute(("member", format!("group:{group}")));
        body = body.add_block(block.build());
    }
    body.build()
}

fn labels<'s>(schemas: impl Iterator<Item = &'s Ident>) -> BTreeMap<&'s Ident, String> {
    let mut stems = text::Stems::default();
    let sorted: BTreeSet<&Ident> = schemas.collect();
    sorted.into_iter().map(|s| (s, identifier(&stems.claim(s.as_str())))).collect()
}

/// With `access` said, it is all there is: the project's readers and writers, whom BigQuery lets in by itself, are not among them.
fn dataset(program: &Program, label: &str, schema: &Ident, views: &[&Ident]) -> Block {
    let owner =
        |who: &str, value: Expression| Block::builder("access").add_attribute(("role", "OWNER")).add_attribute((who, value)).build();
    let encrypted = Block::builder("default_encryption_configuration")
        .add_attribute(("kms_key_name", reference("google_kms_crypto_key.datasets.id")))
        .build();
    let waits = Expression::Array(vec![reference("google_kms_crypto_key_iam_member.datasets")]);
    let mut block = Block::builder("resource")
        .add_labels(["google_bigquery_dataset", label])
        .add_attribute(("project", dataset_project(program)))
        .add_attribute(("dataset_id", schema.as_str()))
        .add_attribute(("location", dataset_location(program)))
        .add_attribute(("delete_contents_on_destroy", false))
        .add_block(owner("special_group", Expression::from("projectOwners")))
        .add_block(owner("user_by_email", reference("var.google_builder")));
    for by in views {
        block = block.add_block(Block::builder("access").add_block(views_of(program, by)).build());
    }
    block.add_block(encrypted).add_attribute(("depends_on", waits)).build()
}

/// `dataset { dataset { … } target_types = ["VIEWS"] }`
fn views_of(program: &Program, dataset: &Ident) -> Block {
    let named = Block::builder("dataset")
        .add_attribute(("project_id", dataset_project(program)))
        .add_attribute(("dataset_id", dataset.as_str()))
        .build();
    Block::builder("dataset").add_block(named).add_attribute(("target_types", Expression::Array(vec![Expression::from("VIEWS")]))).build()
}
