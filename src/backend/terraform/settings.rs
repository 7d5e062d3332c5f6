use super::super::aws::{Access, buckets, region};
use super::Names;
use super::hcl::{object, reference};
use crate::ir::{Program, Setting};
use hcl::expr::{Expression, FuncCall};
use hcl::structure::{Block, Body, BodyBuilder};

/// The least Terraform, and the providers of the clouds that are used.
pub(super) fn versions(program: &Program, aws: bool, google: bool) -> Body {
    let mut providers = Block::builder("required_providers");
    for (name, version, used) in [("aws", "~> 6.0", aws), ("google", ">= 7.0, < 9.0", google)] {
        if used {
            let source = object([("source", Expression::from(format!("hashicorp/{name}"))), ("version", Expression::from(version))]);
            providers = providers.add_attribute((name, source));
        }
    }
    // A lock in the state's own bucket needs 1.10.
    let least = if program.project.state.is_some() { ">= 1.10" } else { ">= 1.9" };
    let mut terraform = Block::builder("terraform").add_attribute(("required_version", least)).add_block(providers.build());
    if let Some(backend) = super::platform::environments::backend(program) {
        terraform = terraform.add_block(backend);
    }
    let body = Body::builder().add_block(terraform.build());
    if aws { on_aws(program, body) } else { body.build() }
}

fn on_aws(program: &Program, body: BodyBuilder) -> Body {
    let region = match region(program) {
        Some(Setting::Text(region)) => Expression::from(&**region),
        Some(Setting::Variable(name)) => reference(&format!("var.{name}")),
        _ => reference("var.region"),
    };
    let mut tags = vec![("project", Expression::from(program.project.name.as_str())), ("written_by", Expression::from("pipec"))];
    if !program.platform.environments.is_empty() {
        tags.insert(1, ("environment", reference("var.environment")));
    }
    let told = super::tagged::on_aws(&program.told_of_project());
    let tags = object(tags.into_iter().chain(told.iter().map(|(k, v)| (k.as_str(), v.clone()))));
    let provider = Block::builder("provider")
        .add_label("aws")
        .add_attribute(("region", region))
        .add_block(Block::builder("default_tags").add_attribute(("tags", tags)).build())
        .build();
    body.add_block(provider)
        .add_block(Block::builder("data").add_labels(["aws_caller_identity", "current"]).build())
        .add_block(Block::builder("data").add_labels(["aws_region", "current"]).build())
        .build()
}

/// The region where the project leaves it open, and who runs the exports.
pub(super) fn variables(program: &Program) -> Body {
    let mut body = Body::builder();
    for block in region_variable(program).into_iter().flat_map(Body::into_blocks) {
        body = body.add_block(block);
    }
    let says = "The users or roles that run the exports; nobody else but the account's root can write into the buckets.";
    body = body.add_block(arns("exporter_arns", says));
    if buckets(program).any(|(index, _)| program.loads.iter().any(|l| l.bucket == Some(index))) {
        let says =
            "The users or roles that run the loads; they read the buckets that files are loaded from, and move files to the archive.";
        body = body.add_block(arns("loader_arns", says));
        let says = "The users or roles that bring files; nobody else but loads and the account's root can write into the buckets they are loaded from.";
        body = body.add_block(arns("uploader_arns", says));
    }
    body.build()
}

/// A list of ARNs that the account keeps.
fn arns(name: &str, says: &str) -> Block {
    let list = FuncCall::builder("list").arg(reference("string")).build();
    Block::builder("variable")
        .add_label(name)
        .add_attribute(("description", says))
        .add_attribute(("type", Expression::from(list)))
        .add_attribute(("default", Expression::Array(Vec::new())))
        .build()
}

/// The region, where the project leaves it open and no variable of its own says it.
pub(super) fn region_variable(program: &Program) -> Option<Body> {
    if matches!(region(program), Some(Setting::Text(_) | Setting::Variable(_))) {
        return None;
    }
    let variable = Block::builder("variable")
        .add_label("region")
        .add_attribute(("description", "The region that everything lies in."))
        .add_attribute(("type", reference("string")));
    Some(Body::builder().add_block(variable.build()).build())
}

/// Names and ARNs.
pub(super) fn outputs(program: &Program, names: &Names<'_>, access: &Access) -> Body {
    let mut body = Body::builder();
    let output = |name: &str, says: String, value: &str| {
        Block::builder("output").add_label(name).add_attribute(("description", says)).add_attribute(("value", reference(value))).build()
    };
    for (index, bucket) in buckets(program) {
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
        for (label, _) in names.policies(names.role(&role.name)).zip(&role.policies) {
            let says = format!("What the role `{}` may do.", role.name);
            body = body.add_block(output(&format!("policy_{label}"), says, &format!("aws_iam_policy.{label}.arn")));
        }
    }
    for (label, _) in names.policies("exporter_writes").zip(&access.exporter) {
        let name = label.replacen("exporter_writes", "policy_exporter", 1);
        body = body.add_block(output(&name, "What running the exports takes.".to_owned(), &format!("aws_iam_policy.{label}.arn")));
    }
    for (label, _) in names.policies("loader_reads").zip(&access.loader) {
        let name = label.replacen("loader_reads", "policy_loader", 1);
        body = body.add_block(output(&name, "What running the loads takes.".to_owned(), &format!("aws_iam_policy.{label}.arn")));
    }
    body.build()
}
