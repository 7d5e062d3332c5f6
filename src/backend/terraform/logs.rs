use super::super::aws::logging;
use super::bucket::{self, attached, private, tidy};
use super::hcl::{self, reference};
use super::{Names, policy};
use ::hcl::expr::Expression;
use ::hcl::structure::{Block, Body};

/// Days that access logs are kept.
const KEPT_DAYS: u32 = 400;

/// The bucket that the others log into.
fn body(names: &Names<'_>) -> Body {
    let name = format!("{}-access-logs", names.program.project.name.as_str().replace('_', "-"));
    let main = Block::builder("resource")
        .add_labels(["aws_s3_bucket", "logs"])
        .add_attribute(("bucket", super::platform::suffixed(names.program, &name)))
        .build();
    let by_default = Block::builder("apply_server_side_encryption_by_default").add_attribute(("sse_algorithm", "AES256")).build();
    let encryption = attached("aws_s3_bucket_server_side_encryption_configuration", "logs")
        .add_block(Block::builder("rule").add_block(by_default).build())
        .build();
    let expire = Block::builder("rule")
        .add_attribute(("id", "expire"))
        .add_attribute(("status", "Enabled"))
        .add_block(Block::builder("filter").build())
        .add_block(Block::builder("expiration").add_attribute(("days", KEPT_DAYS)).build())
        .build();
    let mut lifecycle = attached("aws_s3_bucket_lifecycle_configuration", "logs").add_block(expire);
    for rule in tidy() {
        lifecycle = lifecycle.add_block(rule);
    }
    let lifecycle = lifecycle.add_attribute(("depends_on", Expression::Array(vec![reference("aws_s3_bucket_versioning.logs")]))).build();
    let mut body = Body::builder().add_block(main).add_block(encryption);
    for block in private("logs") {
        body = body.add_block(block);
    }
    let waits = Expression::Array(vec![reference("aws_s3_bucket_public_access_block.logs")]);
    let guard = attached("aws_s3_bucket_policy", "logs")
        .add_attribute(("policy", policy::document(names, &logging(names.program))))
        .add_attribute(("depends_on", waits));
    body.add_block(lifecycle).add_block(guard.build()).build()
}

/// The file's text; hcl-rs has no comments, and checkov reads its exceptions from some.
pub(super) fn print(names: &Names<'_>) -> String {
    let first = "resource \"aws_s3_bucket\" \"logs\" {\n";
    hcl::print(&body(names)).replacen(first, &format!("{first}{EXCEPTIONS}{}", bucket::EXCEPTIONS), 1)
}

const EXCEPTIONS: &str = concat!(
    "  # checkov:skip=CKV_AWS_18:the bucket of access logs would log into itself without end\n",
    "  # checkov:skip=CKV_AWS_145:S3 delivers access logs only into buckets with its own encryption\n",
);
