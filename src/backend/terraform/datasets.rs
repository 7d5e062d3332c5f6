use super::super::google::Access;
use super::super::text;
use super::google::{dataset_location, dataset_project, key};
use super::hcl::{self, object, reference};
use super::platform::{disposable, origin};
use super::{accounts, identifier};
use crate::base::Ident;
use crate::ir::Program;
use crate::ir::google::Reach;
use ::hcl::expr::Expression;
use ::hcl::structure::{Block, Body};
use std::collections::{BTreeMap, BTreeSet};

/// The datasets that a project fills, closed to all but who builds; which views of which dataset may read them; and the right to ask at all.
pub(super) fn text(program: &Program, access: Option<&Access<'_>>) -> String {
    let built = program.datasets();
    let pairs = access.map(Access::authorized).unwrap_or_default();
    let labels = labels(program);
    let label = |schema: &Ident| labels.get(schema).map_or("", String::as_str);
    let mut body = Body::builder();
    body = body.add_block(Block::builder("data").add_labels(["google_bigquery_default_service_account", "current"]).build());
    for block in key("datasets", "datasets", "datasets", "data.google_bigquery_default_service_account.current.email") {
        body = body.add_block(block);
    }
    let mut text = hcl::print(&body.build());
    for schema in &built {
        let views: Vec<&Ident> = pairs.iter().filter(|(read, _)| read == schema).map(|(_, by)| *by).collect();
        let block = dataset(program, access.is_some(), label(schema), schema, &views);
        let main = format!("google_bigquery_dataset.{}", label(schema));
        let declared = program.platform.datasets.iter().find(|d| d.name == **schema);
        let origin = declared.map(|d| d.origin.clone()).unwrap_or_default();
        text.push('\n');
        let body = super::tagged::on(program, crate::ir::Thing::Dataset, schema, Body::builder().add_block(block).build());
        text.push_str(&origin::with(program, &origin, ("", &Ident::exact(label(schema))), &main, &body));
    }
    let mut body = Body::builder();
    // Other people's datasets are theirs: only the views are added to who may read.
    for (number, (read, by)) in (1u32..).zip(pairs.iter().filter(|(read, _)| !built.contains(read))) {
        let block = Block::builder("resource")
            .add_labels(["google_bigquery_dataset_access", &format!("{}__{number}", label(read))])
            .add_attribute(("project", dataset_project(program)))
            .add_attribute(("dataset_id", read.as_str()))
            .add_block(views_of(program, by));
        body = body.add_block(block.build());
    }
    for (number, group) in (1u32..).zip(access.map(Access::groups).unwrap_or_default()) {
        let block = Block::builder("resource")
            .add_labels(["google_project_iam_member", &format!("asks__{number}")])
            .add_attribute(("project", dataset_project(program)))
            .add_attribute(("role", "roles/bigquery.jobUser"))
            .add_attribute(("member", format!("group:{group}")));
        body = body.add_block(block.build());
    }
    let rest = hcl::print(&body.build());
    if rest.is_empty() { text } else { format!("{text}\n{rest}") }
}

/// The labels of datasets: of those that are made, and of others whose tables are read.
pub(super) fn labels(program: &Program) -> BTreeMap<Ident, String> {
    let access = Access::new(program);
    let read = access.as_ref().map(Access::authorized).unwrap_or_default();
    let sorted: BTreeSet<&Ident> = program.datasets().into_iter().chain(read.iter().map(|(read, _)| *read)).collect();
    let mut stems = text::Stems::default();
    sorted.into_iter().map(|s| (s.clone(), identifier(&stems.claim(s.as_str())))).collect()
}

/// A dataset's own word for a role: Google gives back the shorter one, and Terraform would see a difference for ever.
fn basic(role: &'static str) -> &'static str {
    match role {
        "roles/bigquery.dataViewer" => "READER",
        "roles/bigquery.dataEditor" => "WRITER",
        "roles/bigquery.dataOwner" => "OWNER",
        other => other,
    }
}

/// With `access` said, it is all there is: the project's readers and writers, whom BigQuery lets in by itself, are not among them.
fn dataset(program: &Program, built_for_groups: bool, label: &str, schema: &Ident, views: &[&Ident]) -> Block {
    let who = |role: &str, who: &str, value: Expression| {
        Block::builder("access").add_attribute(("role", role)).add_attribute((who, value)).build()
    };
    let encrypted = Block::builder("default_encryption_configuration")
        .add_attribute(("kms_key_name", reference("google_kms_crypto_key.datasets.id")))
        .build();
    let waits = Expression::Array(vec![reference("google_kms_crypto_key_iam_member.datasets")]);
    let mut block = Block::builder("resource")
        .add_labels(["google_bigquery_dataset", label])
        .add_attribute(("project", dataset_project(program)))
        .add_attribute(("dataset_id", schema.as_str()))
        .add_attribute(("location", dataset_location(program)))
        .add_attribute(("delete_contents_on_destroy", disposable(program)));
    if let Some(declared) = program.platform.datasets.iter().find(|d| d.name == *schema) {
        if !declared.doc.trim().is_empty() {
            block = block.add_attribute(("description", declared.doc.trim()));
        }
        if let Some(days) = declared.expire_days {
            block = block.add_attribute(("default_table_expiration_ms", u64::from(days) * 86_400_000));
        }
        if !declared.labels.is_empty() {
            block = block.add_attribute(("labels", object(declared.labels.iter().map(|(k, v)| (&**k, Expression::from(&**v))))));
        }
    }
    block = block.add_block(who("OWNER", "special_group", Expression::from("projectOwners")));
    if built_for_groups {
        block = block.add_block(who("OWNER", "user_by_email", reference("var.google_builder")));
    }
    for (role, account) in accounts::on(program, &Reach::Dataset(schema.clone())) {
        block = block.add_block(who(basic(role), "user_by_email", reference(&format!("google_service_account.{account}.email"))));
    }
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
