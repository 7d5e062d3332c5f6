//! What all of a project's resources at Google share: the provider, what only the account knows, keys, and the bucket of access logs.

use super::super::google::{Access, buckets, setting};
use super::Names;
use super::hcl::{Part, object, reference, template};
use crate::ir::{Program, Setting};
use hcl::expr::{Expression, FuncCall};
use hcl::structure::{Block, BlockBuilder, Body};

/// A setting of the cloud written out as a text, or the variable that holds it.
fn value(program: &Program, name: &str, variable: &str) -> Expression {
    match setting(program, name) {
        Some(Setting::Text(text)) => Expression::from(&**text),
        Some(Setting::Variable(name)) => reference(&format!("var.{name}")),
        _ => reference(&format!("var.{variable}")),
    }
}

fn is_open(program: &Program, name: &str) -> bool {
    !matches!(setting(program, name), Some(Setting::Text(_) | Setting::Variable(_)))
}

/// The project that all lies in.
pub(super) fn project(program: &Program) -> Expression {
    value(program, "project", "google_project")
}

/// The variable that holds it, where it is not written out.
fn project_variable(program: &Program) -> &str {
    match setting(program, "project") {
        Some(Setting::Variable(name)) => name,
        _ => "google_project",
    }
}

/// Where buckets lie.
pub(super) fn location(program: &Program) -> Expression {
    value(program, "region", "google_location")
}

/// Where the warehouse keeps its datasets: data that are joined lie in one place.
pub(super) fn dataset_location(program: &Program) -> Expression {
    match program.project.warehouse.as_ref().and_then(|w| w.settings.get("location")) {
        Some(Setting::Text(text)) => Expression::from(&**text),
        _ => Expression::from("US"),
    }
}

/// The project of the warehouse, where it names one.
pub(super) fn dataset_project(program: &Program) -> Expression {
    match program.project.warehouse.as_ref().and_then(|w| w.settings.get("project")) {
        Some(Setting::Text(text)) => Expression::from(&**text),
        _ => project(program),
    }
}

/// `provider "google"`, and who writes into its buckets.
pub(super) fn provider(program: &Program) -> Body {
    let mut labels = vec![("project", Expression::from(label(program))), ("written_by", Expression::from("pipec"))];
    if !program.platform.environments.is_empty() {
        labels.insert(1, ("environment", reference("var.environment")));
    }
    let told = super::tagged::at_google(&program.told_of_project());
    let labels = object(labels.into_iter().chain(told.iter().map(|(k, v)| (k.as_str(), v.clone()))));
    let buckets = buckets(program).next().is_some();
    let provider = Block::builder("provider")
        .add_label("google")
        .add_attribute(("project", project(program)))
        .add_attribute(("region", location(program)))
        .add_attribute(("default_labels", labels))
        .build();
    let mut body = Body::builder().add_block(provider);
    if buckets {
        body = body.add_block(Block::builder("data").add_labels(["google_storage_project_service_account", "current"]).build());
    }
    body.build()
}

/// A label holds lower-case letters, digits, `_` and `-`.
fn label(program: &Program) -> String {
    let good = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' };
    program.project.name.as_str().chars().map(good).take(63).collect()
}

/// Whether anything but files of tables lies in a bucket: then exports are written into it, today or one day.
pub(super) fn takes_exports(program: &Program, index: u32) -> bool {
    program.platform.externals.iter().all(|e| e.bucket != index)
}

/// What only the account knows.
pub(super) fn variables(program: &Program, access: Option<&Access<'_>>) -> Body {
    let mut body = Body::builder();
    let variable = |name: &str, says: &str, ty: Expression| {
        Block::builder("variable").add_label(name).add_attribute(("description", says)).add_attribute(("type", ty))
    };
    if is_open(program, "project") {
        body = body.add_block(variable("google_project", "The project at Google that everything lies in.", reference("string")).build());
    }
    if is_open(program, "region") {
        body = body.add_block(
            variable("google_location", "The region that buckets and their keys lie in, like europe-west1.", reference("string")).build(),
        );
    }
    if buckets(program).any(|(index, _)| takes_exports(program, index)) {
        let list = FuncCall::builder("list").arg(reference("string")).build();
        let says = "Who runs the exports, as members (serviceAccount:…); nobody else can write into the buckets.";
        body = body.add_block(variable("google_exporters", says, list.into()).build());
    }
    if access.is_some() {
        let says = "The address of the service account or user who builds; it owns the datasets.";
        body = body.add_block(variable("google_builder", says, reference("string")).build());
    }
    body.build()
}

/// A key that is replaced every 90 days and never taken away, for whatever a service account of Google's encrypts.
/// It has a name that outlives a new name of what it encrypts.
pub(super) fn key(label: &str, name: &str, ring: &str, user: &str) -> [Block; 2] {
    let kept = Block::builder("lifecycle").add_attribute(("prevent_destroy", true)).build();
    let key = Block::builder("resource")
        .add_labels(["google_kms_crypto_key", label])
        .add_attribute(("name", name.replace(['_', '.'], "-")))
        .add_attribute(("key_ring", reference(&format!("google_kms_key_ring.{ring}.id"))))
        .add_attribute(("rotation_period", "7776000s"))
        .add_block(kept);
    let member = Block::builder("resource")
        .add_labels(["google_kms_crypto_key_iam_member", label])
        .add_attribute(("crypto_key_id", reference(&format!("google_kms_crypto_key.{label}.id"))))
        .add_attribute(("role", "roles/cloudkms.cryptoKeyEncrypterDecrypter"))
        .add_attribute(("member", template(&[Part::Text("serviceAccount:"), Part::Reference(user)])));
    [key.build(), member.build()]
}

/// A ring of keys beside what they encrypt: `EU` is `europe` to keys.
pub(super) fn ring(program: &Program, label: &str, location: Expression) -> Block {
    let near = match location {
        Expression::String(place) if place.eq_ignore_ascii_case("eu") => Expression::from("europe"),
        Expression::String(place) => Expression::from(place.to_ascii_lowercase()),
        open => FuncCall::builder("lower").arg(open).build().into(),
    };
    let name = format!("{}-{label}", self::label(program).replace('_', "-"));
    Block::builder("resource")
        .add_labels(["google_kms_key_ring", label])
        .add_attribute(("name", super::platform::suffixed(program, &name)))
        .add_attribute(("location", near))
        .build()
}

/// Who may do what with a bucket or a folder: all there is, whatever somebody added by hand.
pub(super) fn policy(label: &str, bindings: Vec<(&str, Expression)>) -> Block {
    let mut data = Block::builder("data").add_labels(["google_iam_policy", label]);
    for (role, members) in bindings {
        data = data.add_block(Block::builder("binding").add_attribute(("role", role)).add_attribute(("members", members)).build());
    }
    data.build()
}

/// `["group:a@example.org"]`
pub(super) fn groups<'g>(groups: impl IntoIterator<Item = &'g String>) -> Expression {
    Expression::Array(groups.into_iter().map(|g| Expression::from(format!("group:{g}"))).collect())
}

/// Who administers buckets: the owners of the project, who thereby list and delete objects, and read none.
pub(super) fn owners(program: &Program) -> (&'static str, Expression) {
    let member = match project(program) {
        Expression::String(name) => Expression::from(format!("projectOwner:{name}")),
        _ => template(&[Part::Text("projectOwner:"), Part::Reference(&format!("var.{}", project_variable(program)))]),
    };
    ("roles/storage.legacyBucketOwner", Expression::Array(vec![member]))
}

/// What every bucket has: one way in, nothing public, old versions kept for a month.
pub(super) fn private(label: &str, name: &str, program: &Program) -> BlockBuilder {
    let versions = Block::builder("versioning").add_attribute(("enabled", true)).build();
    Block::builder("resource")
        .add_labels(["google_storage_bucket", label])
        .add_attribute(("name", super::platform::suffixed(program, name)))
        .add_attribute(("location", location(program)))
        .add_attribute(("uniform_bucket_level_access", true))
        .add_attribute(("public_access_prevention", "enforced"))
        .add_block(versions)
        .add_block(rule("Delete", None, &[("days_since_noncurrent_time", 30)]))
        .add_block(rule("AbortIncompleteMultipartUpload", None, &[("age", 7)]))
}

/// A rule of a bucket's life.
pub(super) fn rule(action: &str, class: Option<&str>, when: &[(&str, u32)]) -> Block {
    let mut act = Block::builder("action").add_attribute(("type", action));
    if let Some(class) = class {
        act = act.add_attribute(("storage_class", class));
    }
    let mut condition = Block::builder("condition");
    for (name, days) in when {
        condition = condition.add_attribute((*name, *days));
    }
    Block::builder("lifecycle_rule").add_block(act.build()).add_block(condition.build()).build()
}

/// The file of [`logs`]; checkov reads exceptions from comments.
pub(super) fn print_logs(names: &Names<'_>) -> String {
    let first = "resource \"google_storage_bucket\" \"google_logs\" {\n";
    let why = "  # checkov:skip=CKV_GCP_62:the bucket of access logs would log into itself without end\n";
    super::hcl::print(&logs(names)).replacen(first, &format!("{first}{why}"), 1)
}

/// The bucket that the others log into: Google's own group writes, the project's owners read.
fn logs(names: &Names<'_>) -> Body {
    let program = names.program;
    let name = format!("{}-access-logs", label(program).replace('_', "-"));
    let (owner, owners) = owners(program);
    let bucket = private("google_logs", &name, program).add_block(rule("Delete", None, &[("age", 400)])).build();
    let delivery = Expression::Array(vec![Expression::from("group:cloud-storage-analytics@google.com")]);
    let bindings = vec![(owner, owners.clone()), ("roles/storage.objectCreator", delivery), ("roles/storage.objectViewer", owners)];
    Body::builder().add_block(bucket).add_block(policy("google_logs", bindings)).add_block(attached("google_logs", "google_logs")).build()
}

/// The policy of a bucket.
pub(super) fn attached(label: &str, bucket: &str) -> Block {
    Block::builder("resource")
        .add_labels(["google_storage_bucket_iam_policy", label])
        .add_attribute(("bucket", reference(&format!("google_storage_bucket.{bucket}.name"))))
        .add_attribute(("policy_data", reference(&format!("data.google_iam_policy.{label}.policy_data"))))
        .build()
}
