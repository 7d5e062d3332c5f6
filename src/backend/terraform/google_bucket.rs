use super::super::google::BucketAccess;
use super::google::{attached, groups, key, owners, policy, private, rule, takes_exports};
use super::hcl::reference;
use super::{Names, accounts, externals, google};
use crate::ir::Bucket;
use crate::ir::google::Reach;
use hcl::expr::{Expression, FuncCall};
use hcl::structure::{Block, Body};

/// Who may do what with a bucket. Roles are bound once, whoever has them.
fn bindings(names: &Names<'_>, index: u32, access: &BucketAccess) -> Vec<(&'static str, Expression)> {
    let program = names.program;
    let mut bindings = vec![owners(program)];
    if takes_exports(program, index) {
        bindings.push(("roles/storage.objectCreator", reference("var.google_exporters")));
    }
    if !access.whole.is_empty() {
        bindings.push(("roles/storage.objectViewer", groups(&access.whole)));
    }
    let mut given: Vec<(&'static str, Expression)> =
        accounts::on(program, &Reach::Bucket(index)).into_iter().map(|(role, name)| (role, accounts::member(name))).collect();
    if externals::lie_in(program, index) {
        given.push(("roles/storage.objectViewer", externals::reader()));
    }
    for (role, member) in given {
        match bindings.iter_mut().find(|(r, _)| *r == role) {
            Some((_, Expression::Array(members))) => members.push(member),
            Some((_, open)) => {
                let more = Expression::Array(vec![member]);
                *open = FuncCall::builder("concat").arg(std::mem::replace(open, Expression::Null)).arg(more).build().into();
            }
            None => bindings.push((role, Expression::Array(vec![member]))),
        }
    }
    bindings
}

/// A bucket with all that keeps it shut, and the folders in it that some read and others do not.
pub(super) fn body(names: &Names<'_>, index: u32, bucket: &Bucket) -> Body {
    let (label, access) = (names.bucket(index), BucketAccess::of(names.program, index));
    let mut main = private(label, &bucket.bucket_name, names.program);
    if let Some(days) = bucket.archive_days {
        main = main.add_block(rule("SetStorageClass", Some(if days < 90 { "NEARLINE" } else { "COLDLINE" }), &[("age", days)]));
    }
    if let Some(days) = bucket.expire_days {
        main = main.add_block(rule("Delete", None, &[("age", days)]));
    }
    let logging = Block::builder("logging")
        .add_attribute(("log_bucket", reference("google_storage_bucket.google_logs.name")))
        .add_attribute(("log_object_prefix", &*bucket.bucket_name));
    let encrypted = reference(&format!("google_kms_crypto_key.{label}.id"));
    let encryption = Block::builder("encryption").add_attribute(("default_kms_key_name", encrypted));
    let waits = Expression::Array(vec![reference(&format!("google_kms_crypto_key_iam_member.{label}"))]);
    let main = main.add_block(logging.build()).add_block(encryption.build()).add_attribute(("depends_on", waits)).build();
    let bindings = bindings(names, index, &access);
    let mut body = Body::builder();
    for block in key(label, &bucket.bucket_name, "buckets", "data.google_storage_project_service_account.current.email_address") {
        body = body.add_block(block);
    }
    body = body.add_block(main).add_block(policy(label, bindings)).add_block(attached(label, label));
    for (number, (folder, readers)) in (1u32..).zip(&access.folders) {
        let name = format!("{label}__{number}");
        let made = Block::builder("resource")
            .add_labels(["google_storage_managed_folder", &name])
            .add_attribute(("bucket", reference(&format!("google_storage_bucket.{label}.name"))))
            .add_attribute(("name", folder.as_str()));
        let shared = Block::builder("resource")
            .add_labels(["google_storage_managed_folder_iam_policy", &name])
            .add_attribute(("bucket", reference(&format!("google_storage_bucket.{label}.name"))))
            .add_attribute(("managed_folder", reference(&format!("google_storage_managed_folder.{name}.name"))))
            .add_attribute(("policy_data", reference(&format!("data.google_iam_policy.{name}.policy_data"))));
        let reading = vec![("roles/storage.objectViewer", google::groups(readers))];
        body = body.add_block(made.build()).add_block(policy(&name, reading)).add_block(shared.build());
    }
    body.build()
}
