use super::super::aws::{Access, Effect, Policy, Principal, Reference, Statement, Word};
use super::hcl::{Part, object, reference, template};
use super::{Names, tagged};
use crate::base::Ident;
use crate::ir::Thing;
use crate::ir::platform::Compute;
use hcl::expr::{Expression, FuncCall};
use hcl::structure::{Block, Body};

/// Policies for each reading role, attached to its group, and those for the exporter.
pub(super) fn body(names: &Names<'_>, access: &Access) -> Body {
    let mut body = Body::builder();
    for group in names.groups.keys() {
        let data = Block::builder("data").add_labels(["aws_iam_group", names.group(group)]).add_attribute(("group_name", group.as_str()));
        body = body.add_block(data.build());
    }
    for role in &access.roles {
        let says = format!("What the role {} may read.", role.name);
        for (label, policy) in names.policies(names.role(&role.name)).zip(&role.policies) {
            let own = Body::builder().add_block(self::policy(names, &label, &says, policy)).build();
            for block in tagged::on(names.program, Thing::Role, &role.name, own).into_blocks() {
                body = body.add_block(block);
            }
            if let Some(group) = &role.group {
                let attachment = Block::builder("resource")
                    .add_labels(["aws_iam_group_policy_attachment", &label])
                    .add_attribute(("group", reference(&format!("data.aws_iam_group.{}.group_name", names.group(group)))))
                    .add_attribute(("policy_arn", reference(&format!("aws_iam_policy.{label}.arn"))));
                body = body.add_block(attachment.build());
            }
        }
    }
    for (label, policy) in names.policies("exporter_writes").zip(&access.exporter) {
        body = body.add_block(self::policy(names, &label, "What running the exports takes.", policy));
    }
    for (label, policy) in names.policies("loader_reads").zip(&access.loader) {
        body = body.add_block(self::policy(names, &label, "What running the loads takes.", policy));
    }
    for (machine, takes) in &access.machines {
        for (stem, says, policies) in [("exporter_writes", "exports", &takes.exports), ("loader_reads", "loads", &takes.loads)] {
            let says = format!("What running its {says} takes: the machine {machine}.");
            for (label, policy) in names.policies(&of_machine(stem, machine)).zip(policies) {
                body = body.add_block(self::policy(names, &label, &says, policy));
            }
        }
    }
    body.build()
}

/// What the policies of one machine are called.
pub(super) fn of_machine(stem: &str, machine: &Ident) -> String {
    format!("{stem}_of_{machine}")
}

fn policy(names: &Names<'_>, label: &str, says: &str, policy: &Policy<Word>) -> Block {
    let title = format!(
        "{}-{}",
        names.program.project.name,
        label.replacen("exporter_writes", "exporter", 1).replacen("loader_reads", "loader", 1)
    );
    Block::builder("resource")
        .add_labels(["aws_iam_policy", label])
        .add_attribute(("name", super::platform::suffixed(names.program, &title)))
        .add_attribute(("description", says))
        .add_attribute(("policy", document(names, policy)))
        .build()
}

/// A policy document as `jsonencode({ … })`.
pub(super) fn document(names: &Names<'_>, policy: &Policy<Word>) -> Expression {
    let statements = policy.statement.iter().map(|s| statement(names, s)).collect();
    let entries = [("Version", Expression::from(policy.version)), ("Statement", Expression::Array(statements))];
    FuncCall::builder("jsonencode").arg(object(entries)).build().into()
}

fn statement(names: &Names<'_>, statement: &Statement<Word>) -> Expression {
    let effect = match statement.effect {
        Effect::Allow => "Allow",
        Effect::Deny => "Deny",
    };
    let mut entries = vec![("Sid", Expression::from(statement.sid.as_str())), ("Effect", Expression::from(effect))];
    entries.extend(statement.principal.map(|p| match p {
        Principal::Everybody => ("Principal", Expression::from("*")),
        Principal::Account => ("Principal", object([("AWS", value(names, &Word::Reference(Reference::Root)))])),
        Principal::Service(name) => ("Principal", object([("Service", Expression::from(name))])),
    }));
    entries.push(("Action", statement.action.iter().map(|a| Expression::from(*a)).collect::<Vec<_>>().into()));
    entries.push(("Resource", list(names, &statement.resource)));
    if !statement.condition.is_empty() {
        let conditions = statement.condition.iter().map(|c| (c.operator, object([(c.key, list(names, &c.values))])));
        entries.push(("Condition", object(conditions)));
    }
    object(entries)
}

/// The words as a list; those that stand for several make it a `concat`.
fn list(names: &Names<'_>, words: &[Word]) -> Expression {
    let many = |word: &Word| match word {
        Word::Reference(Reference::Members(group)) => Some(reference(&format!("data.aws_iam_group.{}.users[*].arn", names.group(group)))),
        Word::Reference(Reference::Exporters(_)) => Some(reference("var.exporter_arns")),
        Word::Reference(Reference::Loaders(_)) => Some(reference("var.loader_arns")),
        Word::Reference(Reference::Uploaders) => Some(reference("var.uploader_arns")),
        _ => None,
    };
    let mut single: Vec<Expression> = words.iter().filter(|w| many(w).is_none()).map(|w| value(names, w)).collect();
    let program = names.program;
    let into = |c: &Compute, bucket: u32| (0u32..).zip(&program.exports).any(|(n, e)| e.bucket == bucket && c.exports.contains(&n));
    let out_of = |c: &Compute, bucket: u32| (0u32..).zip(&program.loads).any(|(n, l)| l.bucket == Some(bucket) && c.loads.contains(&n));
    let among = |c: &Compute, word: &Word| match word {
        Word::Reference(Reference::Exporters(bucket)) => into(c, *bucket),
        Word::Reference(Reference::Loaders(bucket)) => out_of(c, *bucket),
        _ => false,
    };
    let machines = program.platform.computes.iter().filter(|c| words.iter().any(|w| among(c, w)));
    single.extend(machines.map(|c| reference(&format!("aws_iam_role.compute_{}.arn", c.name))));
    let lists: Vec<Expression> = words.iter().filter_map(many).collect();
    if lists.is_empty() {
        return Expression::Array(single);
    }
    let mut call = FuncCall::builder("concat");
    for expr in lists {
        call = call.arg(expr);
    }
    call.arg(Expression::Array(single)).build().into()
}

fn value(names: &Names<'_>, word: &Word) -> Expression {
    match word {
        Word::Text(text) => Expression::from(text.as_str()),
        Word::Reference(Reference::Bucket(index)) => reference(&format!("aws_s3_bucket.{}.arn", names.bucket(*index))),
        Word::Reference(Reference::Objects(index, pattern)) => {
            let (bucket, keys) = (format!("aws_s3_bucket.{}.arn", names.bucket(*index)), format!("/{pattern}"));
            template(&[Part::Reference(&bucket), Part::Text(&keys)])
        }
        Word::Reference(Reference::Key(index)) => reference(&format!("aws_kms_key.{}.arn", names.bucket(*index))),
        Word::Reference(Reference::Alias(index)) => reference(&format!("aws_kms_alias.{}.name", names.bucket(*index))),
        Word::Reference(Reference::S3InRegion) => {
            template(&[Part::Text("s3."), Part::Reference("data.aws_region.current.region"), Part::Text(".amazonaws.com")])
        }
        Word::Reference(Reference::Root) => {
            template(&[Part::Text("arn:aws:iam::"), Part::Reference("data.aws_caller_identity.current.account_id"), Part::Text(":root")])
        }
        Word::Reference(Reference::LogBucket) => reference("aws_s3_bucket.logs.arn"),
        Word::Reference(Reference::LogObjects) => template(&[Part::Reference("aws_s3_bucket.logs.arn"), Part::Text("/*")]),
        Word::Reference(Reference::Account) => reference("data.aws_caller_identity.current.account_id"),
        // They stand for lists, and `list` has taken them out.
        Word::Reference(Reference::Members(_) | Reference::Exporters(_) | Reference::Loaders(_) | Reference::Uploaders) => Expression::Null,
    }
}
