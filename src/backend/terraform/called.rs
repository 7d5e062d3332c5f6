//! What resources are called in the cloud. An environment puts its suffix behind names, so two that differ as they are written may be one where
//! two environments meet: each would take what the other made, or Terraform would stop half-way.

use crate::base::Span;
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::ir::Program;
use ::hcl::expr::{Expression, TemplateExpr};
use ::hcl::structure::{Block, Body};
use std::collections::BTreeMap;

/// Kinds whose name is one in the account or the world, and the attribute that says it.
const NAMED: [(&str, &str); 16] = [
    ("aws_cloudwatch_log_group", "name"),
    ("aws_cloudwatch_metric_alarm", "alarm_name"),
    ("aws_db_instance", "identifier"),
    ("aws_db_parameter_group", "name"),
    ("aws_db_subnet_group", "name"),
    ("aws_iam_instance_profile", "name"),
    ("aws_iam_policy", "name"),
    ("aws_iam_role", "name"),
    ("aws_kms_alias", "name"),
    ("aws_s3_bucket", "bucket"),
    ("aws_security_group", "name"),
    ("aws_sns_topic", "name"),
    ("google_bigquery_dataset", "dataset_id"),
    ("google_kms_key_ring", "name"),
    ("google_service_account", "account_id"),
    ("google_storage_bucket", "name"),
];

/// What a resource is called.
#[derive(Clone, Debug)]
pub(super) struct Called {
    /// `aws_s3_bucket`
    pub(super) kind: String,
    /// What it is called in the configuration.
    label: String,
    /// Its name, without an environment's suffix.
    pub(super) name: String,
    suffixed: bool,
}

impl Called {
    /// The name in each environment.
    pub(super) fn full<'c>(&'c self, program: &'c Program) -> Vec<(&'c str, String)> {
        let environments = &program.platform.environments;
        if environments.is_empty() {
            return vec![("", self.name.clone())];
        }
        let one = |suffix: &str| if self.suffixed { format!("{}{suffix}", self.name) } else { self.name.clone() };
        environments.iter().map(|e| (e.name.as_str(), one(&e.suffix))).collect()
    }
}

/// The names in files that were written.
pub(super) fn of(bodies: &[Body]) -> Vec<Called> {
    bodies.iter().flat_map(Body::blocks).filter(|b| b.identifier() == "resource").filter_map(one).collect()
}

fn one(block: &Block) -> Option<Called> {
    let mut labels = block.labels().iter().map(|l| l.as_str().to_owned());
    let (kind, label) = (labels.next()?, labels.next()?);
    let (_, key) = NAMED.iter().find(|(k, _)| *k == kind)?;
    let (name, suffixed) = match block.body().attributes().find(|a| a.key() == *key)?.expr() {
        Expression::String(name) => (name.clone(), false),
        Expression::TemplateExpr(template) => match &**template {
            TemplateExpr::QuotedString(text) => (text.strip_suffix("${local.suffix}")?.to_owned(), true),
            TemplateExpr::Heredoc(_) => return None,
        },
        _ => return None,
    };
    Some(Called { kind, label, name, suffixed })
}

/// P0631 for two resources of one kind that have one name, in whatever environments.
pub(super) fn check(program: &Program, all: &[Called], diagnostics: &mut Diagnostics) {
    let mut taken: BTreeMap<(&str, String), (&Called, &str)> = BTreeMap::new();
    for one in all {
        for (environment, full) in one.full(program) {
            // IAM tells no case of letters apart.
            let key = (one.kind.as_str(), full.to_lowercase());
            let Some((first, there)) = taken.get(&key).copied() else {
                taken.insert(key, (one, environment));
                continue;
            };
            if first.label == one.label {
                continue;
            }
            let place = |label: &str, environment: &str| match environment {
                "" => format!("`{label}`"),
                environment => format!("`{label}` in `{environment}`"),
            };
            let message = format!(
                "{} and {} are both the `{}` called `{full}`",
                place(&first.label, there),
                place(&one.label, environment),
                one.kind
            );
            let problem = Diagnostic::error(Code::PlatformName, declared(program, &one.label), message);
            diagnostics
                .push(problem.help("let the names differ by more than an environment's suffix, or give the environment another one"));
            break;
        }
    }
}

/// Where something is declared, by what it is called in the configuration.
fn declared(program: &Program, label: &str) -> Span {
    let p = &program.platform;
    let all = (p.databases.iter().map(|d| (format!("database_{}", d.name), d.at)))
        .chain(p.computes.iter().map(|c| (format!("compute_{}", c.name), c.at)))
        .chain(p.networks.iter().map(|n| (format!("network_{}", n.name), n.at)))
        .chain(p.accounts.iter().map(|a| (a.name.to_string(), a.at)))
        .chain(program.buckets.iter().map(|b| (b.name.to_string(), b.at)))
        .chain(program.roles.iter().map(|r| (r.name.to_string(), r.at)));
    let found = all.filter(|(name, _)| label.starts_with(name.as_str())).max_by_key(|(name, _)| name.len());
    found.map_or(program.project.at, |(_, at)| at)
}
