use super::super::aws::{Access, region};
use super::hcl::{object, reference};
use super::{Names, identifier};
use crate::ir::{Program, Setting};
use hcl::expr::{Expression, FuncCall};
use hcl::structure::{Block, Body};

/// The least Terraform, the provider, and its region.
pub(super) fn versions(program: &Program) -> Body {
    let aws = object([("source", Expression::from("hashicorp/aws")), ("version", Expression::from("~> 6.0"))]);
    let terraform = Block::builder("terraform")
        .add_attribute(("required_version", ">= 1.9"))
        .add_block(Block::builder("required_providers").add_attribute(("aws", aws)).build())
        .build();
    let region = match region(program) {
        Some(Setting::Text(region)) => Expression::from(&**region),
        _ => reference("var.region"),
    };
    let tags = object([("project", Expression::from(program.project.name.as_str())), ("written_by", Expression::from("pipec"))]);
    let provider = Block::builder("provider")
        .add_label("aws")
        .add_attribute(("region", region))
        .add_block(Block::builder("default_tags").add_attribute(("tags", tags)).build())
        .build();
    Body::builder()
        .add_block(terraform)
        .add_block(provider)
        .add_block(Block::builder("data").add_labels(["aws_caller_identity", "current"]).build())
        .add_block(Block::builder("data").add_labels(["aws_region", "current"]).build())
        .build()
}

/// The region where the project leaves it open, and who runs the exports.
pub(super) fn variables(program: &Program) -> Body {
    let mut body = Body::builder();
    if !matches!(region(program), Some(Setting::Text(_))) {
        let variable = Block::builder("variable")
            .add_label("region")
            .add_attribute(("description", "The region that everything lies in."))
            .add_attribute(("type", reference("string")));
        body = body.add_block(variable.build());
    }
    let list = FuncCall::builder("list").arg(reference("string")).build();
    let variable = Block::builder("variable")
        .add_label("exporter_arns")
        .add_attribute((
            "description",
            "The users or roles that run the exports; nobody else but the account's root can write into the buckets.",
        ))
        .add_attribute(("type", Expression::from(list)))
        .add_attribute(("default", Expression::Array(Vec::new())));
    body.add_block(variable.build()).build()
}

/// Names and ARNs.
pub(super) fn outputs(program: &Program, names: &Names<'_>, access: &Access) -> Body {
    let mut body = Body::builder();
    let output = |name: &str, says: String, value: &str| {
        Block::builder("output").add_label(name).add_attribute(("description", says)).add_attribute(("value", reference(value))).build()
    };
    for (index, bucket) in (0u32..).zip(&program.buckets) {
        let name = names.bucket(index);
        body = body.add_block(output(
            &format!("bucket_{name}"),
            format!("The bucket `{}`.", bucket.name),
            &format!("aws_s3_bucket.{name}.bucket"),
        ));
        body = body.add_block(output(
            &format!("key_{name}"),
            format!("The key of the bucket `{}`.", bucket.name),
            &format!("aws_kms_key.{name}.arn"),
        ));
    }
    for role in &access.roles {
        let name = identifier(&role.name.as_str().replace(|c: char| !c.is_ascii_alphanumeric(), "_"));
        body = body.add_block(output(
            &format!("policy_{name}"),
            format!("What the role `{}` may do.", role.name),
            &format!("aws_iam_policy.{name}.arn"),
        ));
    }
    if access.exporter.is_some() {
        body =
            body.add_block(output("policy_exporter", "What running the exports takes.".to_owned(), "aws_iam_policy.exporter_writes.arn"));
    }
    body.build()
}
