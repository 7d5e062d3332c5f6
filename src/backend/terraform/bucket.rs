use super::super::aws::{Policy, Word, key_alias, key_policy};
use super::hcl::reference;
use super::platform::{origin, suffixed};
use super::{Names, policy, tagged};
use crate::ir::{Bucket, Thing};
use ::hcl::expr::Expression;
use ::hcl::structure::{Block, BlockBuilder, Body};

/// Days until a replaced or deleted object is gone for good: deleted data survive in versions until then.
const NONCURRENT_DAYS: u32 = 30;
/// S3 takes colder storage from this day on.
const COLD_FROM_DAYS: u32 = 30;

/// What checkov asks of every bucket, and why it is not done; hcl-rs has no comments.
pub(super) const EXCEPTIONS: &str = concat!(
    "  # checkov:skip=CKV_AWS_144:a copy in another region is a place that nobody has cleared\n",
    "  # checkov:skip=CKV2_AWS_62:nothing listens to what happens in it\n",
);

/// The file's text.
pub(super) fn print(names: &Names<'_>, index: u32, bucket: &Bucket, guard: Option<&Policy<Word>>) -> String {
    let first = format!("resource \"aws_s3_bucket\" \"{}\" {{\n", names.bucket(index));
    text_of(names, index, bucket, guard).replacen(&first, &format!("{first}{EXCEPTIONS}"), 1)
}

fn text_of(names: &Names<'_>, index: u32, bucket: &Bucket, guard: Option<&Policy<Word>>) -> String {
    let label = crate::base::Ident::exact(names.bucket(index));
    let main = format!("aws_s3_bucket.{label}");
    let body = tagged::on(names.program, Thing::Bucket, &bucket.name, body(names, index, bucket, guard));
    origin::with(names.program, &bucket.origin, ("", &label), &main, &body)
}

/// A bucket with all that keeps it shut.
fn body(names: &Names<'_>, index: u32, bucket: &Bucket, guard: Option<&Policy<Word>>) -> Body {
    let name = names.bucket(index);
    let of_bucket = |kind: &str| attached(kind, name);
    let mut body = Body::builder();
    let main = Block::builder("resource")
        .add_labels(["aws_s3_bucket", name])
        .add_attribute(("bucket", suffixed(names.program, &bucket.bucket_name)))
        .build();
    let key = Block::builder("resource")
        .add_labels(["aws_kms_key", name])
        .add_attribute(("description", format!("Encrypts the bucket {}.", bucket.bucket_name)))
        .add_attribute(("enable_key_rotation", true))
        .add_attribute(("deletion_window_in_days", 30))
        .add_attribute(("policy", policy::document(names, &key_policy())));
    let alias = Block::builder("resource")
        .add_labels(["aws_kms_alias", name])
        .add_attribute(("name", suffixed(names.program, &key_alias(bucket))))
        .add_attribute(("target_key_id", reference(&format!("aws_kms_key.{name}.key_id"))));
    let by_default = Block::builder("apply_server_side_encryption_by_default")
        .add_attribute(("sse_algorithm", "aws:kms"))
        .add_attribute(("kms_master_key_id", reference(&format!("aws_kms_key.{name}.arn"))));
    let rule = Block::builder("rule").add_attribute(("bucket_key_enabled", true)).add_block(by_default.build());
    body = body
        .add_block(main)
        .add_block(key.build())
        .add_block(alias.build())
        .add_block(of_bucket("aws_s3_bucket_server_side_encryption_configuration").add_block(rule.build()).build());
    for block in private(name) {
        body = body.add_block(block);
    }
    body = body.add_block(lifecycle(name, bucket));
    let logging = of_bucket("aws_s3_bucket_logging")
        .add_attribute(("target_bucket", reference("aws_s3_bucket.logs.id")))
        .add_attribute(("target_prefix", format!("{}/", bucket.bucket_name)));
    body = body.add_block(logging.build());
    if let Some(guard) = guard {
        // Both change who gets in, and S3 takes one such change at a time.
        let waits = Expression::Array(vec![reference(&format!("aws_s3_bucket_public_access_block.{name}"))]);
        let block = of_bucket("aws_s3_bucket_policy")
            .add_attribute(("policy", policy::document(names, guard)))
            .add_attribute(("depends_on", waits));
        body = body.add_block(block.build());
    }
    body.build()
}

/// A resource that belongs to a bucket.
pub(super) fn attached(kind: &str, name: &str) -> BlockBuilder {
    Block::builder("resource").add_labels([kind, name]).add_attribute(("bucket", reference(&format!("aws_s3_bucket.{name}.id"))))
}

/// Nothing public, no access lists, old versions kept.
pub(super) fn private(name: &str) -> [Block; 3] {
    let mut public = attached("aws_s3_bucket_public_access_block", name);
    for flag in ["block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets"] {
        public = public.add_attribute((flag, true));
    }
    let ownership = attached("aws_s3_bucket_ownership_controls", name)
        .add_block(Block::builder("rule").add_attribute(("object_ownership", "BucketOwnerEnforced")).build());
    let versioning = attached("aws_s3_bucket_versioning", name)
        .add_block(Block::builder("versioning_configuration").add_attribute(("status", "Enabled")).build());
    [public.build(), ownership.build(), versioning.build()]
}

fn lifecycle(name: &str, bucket: &Bucket) -> Block {
    let mut rules = Vec::new();
    let mut kept = rule("kept");
    if let Some(days) = bucket.archive_days {
        // Glacier Instant Retrieval bills at least 90 days, and Standard-IA takes nothing younger than 30.
        let class = if (COLD_FROM_DAYS..90).contains(&days) { "STANDARD_IA" } else { "GLACIER_IR" };
        kept = kept.add_block(Block::builder("transition").add_attribute(("days", days)).add_attribute(("storage_class", class)).build());
    }
    if let Some(days) = bucket.expire_days {
        kept = kept.add_block(Block::builder("expiration").add_attribute(("days", days)).build());
    }
    if bucket.archive_days.is_some() || bucket.expire_days.is_some() {
        rules.push(kept.build());
    }
    rules.extend(tidy());
    let mut block = attached("aws_s3_bucket_lifecycle_configuration", name);
    for rule in rules {
        block = block.add_block(rule);
    }
    let waits = Expression::Array(vec![reference(&format!("aws_s3_bucket_versioning.{name}"))]);
    block.add_attribute(("depends_on", waits)).build()
}

fn rule(id: &str) -> BlockBuilder {
    Block::builder("rule").add_attribute(("id", id)).add_attribute(("status", "Enabled")).add_block(Block::builder("filter").build())
}

/// What every bucket clears away: old versions and uploads that were never finished.
pub(super) fn tidy() -> [Block; 2] {
    let versions = Block::builder("noncurrent_version_expiration").add_attribute(("noncurrent_days", NONCURRENT_DAYS));
    let uploads = Block::builder("abort_incomplete_multipart_upload").add_attribute(("days_after_initiation", 7));
    [rule("old_versions").add_block(versions.build()).build(), rule("unfinished_uploads").add_block(uploads.build()).build()]
}
