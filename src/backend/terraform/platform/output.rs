use super::super::Names;
use super::super::hcl::reference;
use super::{call, output, suffixed};
use crate::ir::platform::{ComputeFact, DatabaseFact, Expr, NetworkKind};
use ::hcl::expr::Expression;
use ::hcl::structure::Body;

/// Outputs as they were declared.
pub(super) fn body(names: &Names<'_>) -> Body {
    let mut body = Body::builder();
    for one in &names.program.platform.outputs {
        let says = if one.doc.trim().is_empty() { one.name.as_str().replace('_', " ") } else { one.doc.trim().to_owned() };
        body = body.add_block(output(one.name.as_str(), &says, expression(names, &one.value)));
    }
    body.build()
}

/// What something is, as Terraform knows it.
pub(super) fn expression(names: &Names<'_>, value: &Expr) -> Expression {
    match value {
        Expr::Text(text) => Expression::from(&**text),
        Expr::Variable(name) => reference(&format!("var.{name}")),
        Expr::Environment => reference("var.environment"),
        Expr::Bucket(index) => {
            let bucket = names.program.buckets.get(*index as usize);
            suffixed(names.program, bucket.map_or("", |b| &*b.bucket_name))
        }
        Expr::Database(name, fact) => {
            let of = |path: &str| reference(&format!("aws_db_instance.database_{name}.{path}"));
            match fact {
                DatabaseFact::Host => of("address"),
                DatabaseFact::Port => of("port"),
                DatabaseFact::Name => of("db_name"),
                DatabaseFact::Secret => call("one", [of("master_user_secret[*].secret_arn")]),
            }
        }
        Expr::Compute(name, fact) => {
            let of = |path: &str| reference(&format!("aws_instance.compute_{name}.{path}"));
            match fact {
                ComputeFact::Id => of("id"),
                ComputeFact::PrivateIp => of("private_ip"),
                ComputeFact::PublicIp => of("public_ip"),
                ComputeFact::Role => reference(&format!("aws_iam_role.compute_{name}.arn")),
            }
        }
        Expr::Dataset(name) if !names.program.makes_datasets() => Expression::from(name.as_str()),
        Expr::Dataset(name) => {
            let label = super::super::datasets::labels(names.program).get(name).cloned().unwrap_or_default();
            reference(&format!("google_bigquery_dataset.{label}.dataset_id"))
        }
        Expr::Account(name) => reference(&format!("google_service_account.{name}.email")),
        Expr::Network(name) => {
            let own = names.program.platform.network(name).is_some_and(|n| matches!(n.kind, NetworkKind::Own { .. }));
            reference(&if own { format!("aws_vpc.network_{name}.id") } else { format!("data.aws_vpc.network_{name}.id") })
        }
    }
}
