//! Terraform's files: policies and who has them, with references between resources followed. Resources that nobody's access hangs on are known by
//! their kind; any other is not understood.

use super::iam::{Statement, document};
use crate::base::{FileId, Sources, Span};
use hcl::expr::{Expression, ObjectKey, TemplateExpr};
use hcl::structure::{Block, Body, Structure};
use hcl::template::{Element, Template};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What the files say.
#[derive(Default)]
pub(super) struct Terraform {
    /// Policies by the group that has them; the exporter's, which nobody has yet, under its label.
    pub(super) groups: BTreeMap<String, Vec<Statement>>,
    pub(super) exporter: Vec<Statement>,
    pub(super) loader: Vec<Statement>,
    /// By the bucket's name.
    pub(super) buckets: BTreeMap<String, Vec<Statement>>,
    /// Buckets whose every way to the public is shut.
    pub(super) shut: Vec<String>,
    pub(super) logs: Option<String>,
    pub(super) unread: Vec<(Span, String)>,
}

/// Kinds of resources on which nobody's access hangs.
const PASSIVE: [&str; 6] = [
    "aws_s3_bucket_server_side_encryption_configuration",
    "aws_s3_bucket_versioning",
    "aws_s3_bucket_lifecycle_configuration",
    "aws_s3_bucket_logging",
    "aws_kms_alias",
    "aws_s3_bucket",
];

/// What the roles of services and machines may do besides writing exports: nothing that leads to the platform's data.
const HARMLESS: [&str; 4] = ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams", "secretsmanager:GetSecretValue"];
/// Policies of AWS's own that roles have.
const MANAGED: [&str; 2] =
    ["arn:aws:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole", "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"];

/// What a platform runs on: no data are read through it. That it is as built is compared block by block.
const PLATFORM: [&str; 24] = [
    "aws_vpc",
    "aws_default_security_group",
    "aws_internet_gateway",
    "aws_subnet",
    "aws_route_table",
    "aws_route",
    "aws_route_table_association",
    "aws_eip",
    "aws_nat_gateway",
    "aws_vpc_endpoint",
    "aws_flow_log",
    "aws_cloudwatch_log_group",
    "aws_cloudwatch_metric_alarm",
    "aws_sns_topic",
    "aws_sns_topic_policy",
    "aws_sns_topic_subscription",
    "aws_db_subnet_group",
    "aws_db_parameter_group",
    "aws_db_instance",
    "aws_security_group",
    "aws_vpc_security_group_ingress_rule",
    "aws_vpc_security_group_egress_rule",
    "aws_instance",
    "aws_iam_instance_profile",
];
/// What none of these has: it runs something, or makes it elsewhere.
const NEVER: [&str; 5] = ["for_each", "provider", "provisioner", "connection", "dynamic"];

/// What shuts a bucket to the public.
const SHUT: [&str; 4] = ["block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets"];
/// What any resource may have, and makes another of it, or runs something.
const META: [&str; 7] = ["count", "for_each", "provider", "provisioner", "connection", "lifecycle", "dynamic"];

/// What is looked up.
const DATA: [&str; 7] =
    ["aws_iam_group", "aws_region", "aws_caller_identity", "aws_availability_zones", "aws_vpc", "aws_subnets", "aws_secretsmanager_secret"];

struct Found {
    blocks: Vec<(FileId, Block)>,
    region: String,
    account: String,
}

/// Reads all files of the folder.
pub(super) fn read(files: &[(String, FileId)], sources: &Sources, raw: &[Arc<str>]) -> Terraform {
    let by_hand = blocks(raw.iter().map(|t| &**t)).unwrap_or_default();
    let mut out = Terraform::default();
    let mut found = Found { blocks: Vec::new(), region: "REGION".to_owned(), account: "ACCOUNT_ID".to_owned() };
    for (path, file) in files.iter().filter(|(p, _)| p.ends_with(".tf")) {
        match hcl::from_str::<Body>(sources.text(*file)) {
            Ok(body) => {
                for structure in body {
                    match structure {
                        Structure::Block(block) => found.blocks.push((*file, block)),
                        Structure::Attribute(_) => out.unread.push((Span::new(*file, 0, 0), "an attribute outside of a block".to_owned())),
                    }
                }
            }
            Err(_) => out.unread.push((Span::new(*file, 0, 0), format!("`{path}` is no HCL that"))),
        }
    }
    let blocks: Vec<(FileId, Block)> = std::mem::take(&mut found.blocks);
    found.blocks.clone_from(&blocks);
    // What was written by hand into the project is what it says there.
    let ours = blocks.iter().filter(|(_, b)| !by_hand.get(&called(b)).is_some_and(|all| all.contains(&written(b))));
    for (file, block) in ours {
        out.block(&found, *file, block, sources);
    }
    out.attachments(&found, sources);
    out
}

/// Blocks by what they are called, each written out in one way: comments, blanks, and the order of attributes and of blocks do not count. `None`
/// where a text is no HCL.
pub(super) fn blocks<'t>(texts: impl Iterator<Item = &'t str>) -> Option<BTreeMap<String, Vec<String>>> {
    let mut out: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for text in texts {
        for structure in hcl::from_str::<Body>(text).ok()? {
            let (name, written) = match &structure {
                Structure::Attribute(a) => (a.key.to_string(), format!("{:?}", a.expr)),
                Structure::Block(block) => (called(block), written(block)),
            };
            out.entry(name).or_default().push(written);
        }
    }
    out.values_mut().for_each(|all| all.sort());
    Some(out)
}

/// `aws_s3_bucket.files`, or what a block is where it has no name.
fn called(block: &Block) -> String {
    let labels: Vec<&str> = block.labels.iter().map(|l| l.as_str()).collect();
    if labels.is_empty() { block.identifier.to_string() } else { labels.join(".") }
}

fn written(block: &Block) -> String {
    let mut attributes: Vec<String> = block.body.attributes().map(|a| format!("{}={:?};", a.key, a.expr)).collect();
    attributes.sort();
    let inner: String = block.body.blocks().map(written).collect();
    format!("{} {:?} {{{}{inner}}}", block.identifier, block.labels, attributes.concat())
}

fn label(block: &Block, index: usize) -> &str {
    block.labels.get(index).map_or("", |l| l.as_str())
}

fn attribute<'b>(block: &'b Block, key: &str) -> Option<&'b Expression> {
    block.body.attributes().find(|a| a.key.as_str() == key).map(|a| &a.expr)
}

fn keys(block: &Block) -> Vec<&str> {
    block.body.attributes().map(|a| a.key.as_str()).chain(block.body.blocks().map(|b| b.identifier.as_str())).collect()
}

impl Terraform {
    fn unread(&mut self, file: FileId, block: &Block, sources: &Sources, what: &str) {
        let name = label(block, 1);
        let at = sources.text(file).find(&format!("\"{}\" \"{name}\"", label(block, 0))).unwrap_or(0);
        self.unread.push((Span::new(file, at, at), format!("{what} `{}.{name}`", label(block, 0))));
    }

    fn block(&mut self, found: &Found, file: FileId, block: &Block, sources: &Sources) {
        match block.identifier.as_str() {
            "terraform" | "output" | "locals" | "moved" | "import" => {}
            "provider" if keys(block).iter().all(|k| ["region", "project", "location", "default_tags"].contains(k)) => {}
            "variable" => {
                let empty = attribute(block, "default").is_none_or(|d| *d == Expression::Array(Vec::new()));
                if ["exporter_arns", "loader_arns", "uploader_arns"].contains(&label(block, 0)) && !empty {
                    self.unread(file, block, sources, "who exports by default in");
                }
            }
            "data" if DATA.contains(&label(block, 0)) => {}
            "resource" | "data" if label(block, 0).starts_with("google_") => {}
            "resource" => self.resource(found, file, block, sources),
            _ => self.unread(file, block, sources, "the block"),
        }
    }

    fn resource(&mut self, found: &Found, file: FileId, block: &Block, sources: &Sources) {
        let only = |known: &[&str]| keys(block).iter().all(|k| known.contains(k));
        let kind = label(block, 0);
        let fits = match kind {
            "aws_s3_bucket" => {
                if label(block, 1) == "logs" {
                    self.logs = attribute(block, "bucket").and_then(|b| found.text(b));
                }
                only(&["bucket", "tags"])
            }
            "aws_s3_bucket_public_access_block" => {
                let flags = SHUT;
                let on = flags.iter().all(|f| attribute(block, f) == Some(&Expression::Bool(true)));
                self.shut.extend(found.bucket(block).filter(|_| on));
                keys(block).iter().all(|k| *k == "bucket" || flags.contains(k))
            }
            "aws_s3_bucket_ownership_controls" => {
                let rules = block.body.blocks().filter_map(|r| attribute(r, "object_ownership")).map(|o| found.text(o));
                rules.collect::<Vec<_>>() == [Some("BucketOwnerEnforced".to_owned())] && only(&["bucket", "rule"])
            }
            "aws_s3_bucket_policy" => {
                let (name, policy) = (found.bucket(block), self.policy(found, file, block, sources));
                match (name, policy) {
                    (Some(name), Some(policy)) => {
                        self.buckets.entry(name).or_default().extend(policy);
                        only(&["bucket", "policy", "depends_on"])
                    }
                    _ => false,
                }
            }
            // What encrypts flow logs and alarms leads to no data, unless a bucket is called so.
            "aws_kms_key"
                if label(block, 1).starts_with("network_") && label(block, 1).ends_with("_flow_logs")
                    || label(block, 1) == "alarms" && found.attribute_of("resource", "aws_s3_bucket", "alarms", "bucket").is_none() =>
            {
                !keys(block).iter().any(|k| META.contains(k))
            }
            "aws_kms_key" => {
                let own =
                    attribute(block, "policy").is_none_or(|_| self.policy(found, file, block, sources).is_some_and(|p| leaves_it(&p)));
                own && only(&["description", "enable_key_rotation", "deletion_window_in_days", "policy", "tags"])
            }
            "aws_iam_policy" => only(&["name", "description", "policy", "tags"]),
            "aws_iam_group_policy_attachment" => only(&["group", "policy_arn"]),
            // Who is in it is for the service alone, and its name is nobody's.
            "aws_iam_role" => only(&["name", "description", "assume_role_policy"]),
            "aws_iam_role_policy" => {
                let policy = self.policy(found, file, block, sources);
                let harmless = |s: &Statement| s.actions.iter().all(|a| HARMLESS.contains(&a.as_str()));
                policy.is_some_and(|p| p.iter().all(harmless)) && only(&["name", "role", "policy"])
            }
            "aws_iam_role_policy_attachment" => {
                let arn = attribute(block, "policy_arn");
                let own = arn
                    .map(ToString::to_string)
                    .is_some_and(|a| a.starts_with("aws_iam_policy.exporter_writes") || a.starts_with("aws_iam_policy.loader_reads"));
                (own || arn.and_then(|a| found.text(a)).is_some_and(|a| MANAGED.contains(&&*a))) && only(&["role", "policy_arn"])
            }
            _ if PLATFORM.contains(&kind) => !keys(block).iter().any(|k| NEVER.contains(k)),
            _ => PASSIVE.contains(&kind) && !keys(block).iter().any(|k| META.contains(k)),
        };
        if !fits {
            self.unread(file, block, sources, "the resource");
        }
    }

    fn policy(&mut self, found: &Found, file: FileId, block: &Block, sources: &Sources) -> Option<Vec<Statement>> {
        let document_of = found.value(attribute(block, "policy")?)?;
        let mut unread = Vec::new();
        let statements = document(&document_of, (file, sources), &mut unread);
        self.unread.append(&mut unread);
        Some(statements)
    }

    /// Which group has which policy.
    fn attachments(&mut self, found: &Found, sources: &Sources) {
        let blocks: Vec<(FileId, Block)> = found.blocks.clone();
        let mut given: Vec<&str> = Vec::new();
        for (file, block) in blocks.iter().filter(|(_, b)| label(b, 0) == "aws_iam_group_policy_attachment") {
            let group = attribute(block, "group").and_then(|g| found.text(g));
            let arn = attribute(block, "policy_arn").map(ToString::to_string).unwrap_or_default();
            let named = arn.strip_prefix("aws_iam_policy.").and_then(|a| a.strip_suffix(".arn"));
            let policy = blocks.iter().find(|(_, b)| label(b, 0) == "aws_iam_policy" && Some(label(b, 1)) == named);
            let read = policy.and_then(|(file, block)| Some((label(block, 1), self.policy(found, *file, block, sources)?)));
            match (group, read) {
                (Some(group), Some((name, statements))) => {
                    given.push(name);
                    self.groups.entry(group).or_default().extend(statements);
                }
                _ => self.unread(*file, block, sources, "the attachment"),
            }
        }
        for (file, block) in blocks.iter().filter(|(_, b)| label(b, 0) == "aws_iam_policy" && !given.contains(&label(b, 1))) {
            if label(block, 1).starts_with("exporter_writes") {
                let statements = self.policy(found, *file, block, sources).unwrap_or_default();
                self.exporter.extend(statements);
            } else if label(block, 1).starts_with("loader_reads") {
                let statements = self.policy(found, *file, block, sources).unwrap_or_default();
                self.loader.extend(statements);
            }
        }
    }
}

/// Whether a key's policy leaves all to the account's own.
fn leaves_it(policy: &[Statement]) -> bool {
    matches!(policy, [s] if s.allow && s.principal == super::iam::Principal::Account && s.conditions.is_empty())
}

impl Found {
    /// The name of the bucket that a resource belongs to.
    fn bucket(&self, block: &Block) -> Option<String> {
        let written = attribute(block, "bucket")?.to_string();
        let label = written.strip_prefix("aws_s3_bucket.")?.strip_suffix(".id")?;
        self.attribute_of("resource", "aws_s3_bucket", label, "bucket")
    }

    fn attribute_of(&self, identifier: &str, kind: &str, name: &str, key: &str) -> Option<String> {
        let found = self.blocks.iter().find(|(_, b)| b.identifier.as_str() == identifier && label(b, 0) == kind && label(b, 1) == name);
        self.text(attribute(&found?.1, key)?)
    }

    fn text(&self, e: &Expression) -> Option<String> {
        match self.value(e)? {
            Json::String(text) => Some(text),
            _ => None,
        }
    }

    /// What an expression comes to.
    fn value(&self, e: &Expression) -> Option<Json> {
        Some(match e {
            Expression::String(text) => Json::from(text.as_str()),
            Expression::Bool(on) => Json::from(*on),
            Expression::Array(parts) => Json::Array(parts.iter().map(|p| self.value(p)).collect::<Option<_>>()?),
            Expression::Object(entries) => {
                let mut out = serde_json::Map::new();
                for (key, value) in entries {
                    let key = match key {
                        ObjectKey::Identifier(name) => name.as_str().to_owned(),
                        ObjectKey::Expression(e) => self.text(e)?,
                        _ => return None,
                    };
                    // A key that is there twice says two things.
                    if out.insert(key, self.value(value)?).is_some() {
                        return None;
                    }
                }
                Json::Object(out)
            }
            Expression::TemplateExpr(template) => Json::from(self.template(template)?),
            Expression::Parenthesis(inner) => self.value(inner)?,
            Expression::FuncCall(call) if call.name.to_string() == "jsonencode" => self.value(call.args.first()?)?,
            Expression::FuncCall(call) if call.name.to_string() == "concat" => {
                let mut out = Vec::new();
                // A machine in the list of those who run loads runs loads; nobody is in both lists.
                let loads = call.args.iter().any(|a| matches!(a, Expression::Traversal(_)) && a.to_string() == "var.loader_arns");
                for argument in &call.args {
                    match self.value(argument)? {
                        Json::Array(parts) if loads => out.extend(parts.into_iter().map(|part| self.as_loader(part))),
                        Json::Array(parts) => out.extend(parts),
                        _ => return None,
                    }
                }
                Json::Array(out)
            }
            Expression::Traversal(_) | Expression::Variable(_) => self.reference(&e.to_string())?,
            _ => return None,
        })
    }

    /// Machines are read as those who run exports.
    fn as_loader(&self, part: Json) -> Json {
        let [exporter, loader] = ["EXPORTER", "LOADER"].map(|who| format!("arn:aws:iam::{}:role/{who}", self.account));
        if part == exporter { Json::from(loader) } else { part }
    }

    fn template(&self, template: &TemplateExpr) -> Option<String> {
        let parsed = Template::from_expr(template).ok()?;
        let mut out = String::new();
        for element in parsed.elements() {
            match element {
                Element::Literal(text) => out.push_str(text),
                Element::Interpolation(inner) => out.push_str(&self.text(&inner.expr)?),
                Element::Directive(_) => return None,
            }
        }
        Some(out)
    }

    fn reference(&self, written: &str) -> Option<Json> {
        let parts: Vec<&str> = written.split('.').collect();
        Some(match parts.as_slice() {
            // Verified is what is built without an environment's suffix.
            ["local", "suffix"] => Json::from(""),
            // Only machines that write exports are asked for.
            ["aws_iam_role", _, "arn"] => Json::from(format!("arn:aws:iam::{}:role/EXPORTER", self.account)),
            ["aws_cloudwatch_log_group", name, "arn"] => {
                Json::from(format!("arn:aws:logs:{}:{}:log-group:{name}", self.region, self.account))
            }
            ["data", "aws_secretsmanager_secret", name, "arn"] => {
                Json::from(format!("arn:aws:secretsmanager:{}:{}:secret:{name}", self.region, self.account))
            }
            ["var", "loader_arns"] => Json::from(vec![format!("arn:aws:iam::{}:role/LOADER", self.account)]),
            ["var", "uploader_arns"] => Json::from(vec![format!("arn:aws:iam::{}:role/UPLOADER", self.account)]),
            ["var", "exporter_arns"] => Json::from(vec![format!("arn:aws:iam::{}:role/EXPORTER", self.account)]),
            ["data", "aws_region", "current", "region"] => Json::from(self.region.as_str()),
            ["data", "aws_caller_identity", "current", "account_id"] => Json::from(self.account.as_str()),
            ["data", "aws_iam_group", name, "group_name"] => Json::from(self.attribute_of("data", "aws_iam_group", name, "group_name")?),
            ["data", "aws_iam_group", name, "users[*]", "arn"] => {
                let group = self.attribute_of("data", "aws_iam_group", name, "group_name")?;
                Json::from(vec![format!("arn:aws:iam::{}:user/MEMBER_OF_{group}", self.account)])
            }
            ["aws_s3_bucket", name, "arn"] => {
                Json::from(format!("arn:aws:s3:::{}", self.attribute_of("resource", "aws_s3_bucket", name, "bucket")?))
            }
            ["aws_kms_key", name, "arn"] => {
                let bucket = self.attribute_of("resource", "aws_s3_bucket", name, "bucket")?;
                Json::from(format!("arn:aws:kms:{}:{}:key/of-{bucket}", self.region, self.account))
            }
            ["aws_kms_alias", name, "name"] => Json::from(self.attribute_of("resource", "aws_kms_alias", name, "name")?),
            _ => return None,
        })
    }
}
