//! What a platform runs on: environments, networks, databases, machines, outputs, and Terraform as it was written.

mod alarms;
mod compute;
mod database;
pub(super) mod environments;
mod network;
pub(super) mod origin;
mod output;
mod raw;
mod reach;
mod said;

pub(super) use raw::put as put_raw;

use super::hcl::{self, Part, object, reference, template};
use super::{File, Names, text};
use crate::base::Ident;
use crate::ir::Program;
use ::hcl::expr::{Conditional, Expression, Operation, UnaryOp, UnaryOperator};
use ::hcl::structure::{Block, BlockBuilder, BodyBuilder};

/// Whether any of it lies in AWS.
pub(super) fn on_aws(program: &Program) -> bool {
    let p = &program.platform;
    !p.networks.is_empty() || !p.databases.is_empty() || !p.computes.is_empty()
}

/// Its files, but for what was written by hand.
pub(super) fn files(names: &Names<'_>) -> Vec<File> {
    let program = names.program;
    let p = &program.platform;
    let mut files = environments::files(program);
    for network in &p.networks {
        files.push((format!("network_{}", network.name), network.doc.to_string(), network::print(names, network)));
    }
    for database in &p.databases {
        files.push((format!("database_{}", database.name), database.doc.to_string(), database::print(names, database)));
    }
    for compute in &p.computes {
        files.push((format!("compute_{}", compute.name), compute.doc.to_string(), compute::print(names, compute)));
    }
    if let Some(to) = alarms::told(program) {
        files.push(("alarms".to_owned(), "Who is told when a database or a machine is in trouble.".to_owned(), alarms::print(names, to)));
    }
    if !p.outputs.is_empty() {
        files.push(("outputs".to_owned(), "What others need to know.".to_owned(), hcl::print(&output::body(names))));
    }
    files
}

/// Files beside the configuration: values of environments, scripts of machines. With their paths below `terraform/`.
pub(super) fn other_files(program: &Program) -> Vec<(String, String)> {
    let mut files = environments::values(program);
    files.extend(compute::scripts(program));
    files
}

/// Labels that buckets may not have: their keys would be those of something here.
pub(super) fn labels(program: &Program) -> impl Iterator<Item = String> {
    let p = &program.platform;
    let databases = p.databases.iter().map(|d| format!("database_{}", d.name));
    let networks = p.networks.iter().map(|n| format!("network_{}_flow_logs", n.name));
    databases.chain(networks).chain(alarms::told(program).map(|_| alarms::LABEL.to_owned()))
}

/// The name of something in the cloud: `medilink-warehouse-production`. What is called otherwise now keeps the name it was made with.
fn title(program: &Program, name: &str) -> Expression {
    suffixed(program, &format!("{}-{}", stem(program), name.replace('_', "-")))
}

/// Something's name behind the environment's: what is unique in the world or the account has it.
pub(super) fn suffixed(program: &Program, name: &str) -> Expression {
    if program.platform.environments.is_empty() {
        return Expression::from(name);
    }
    template(&[Part::Text(name), Part::Reference("local.suffix")])
}

/// The project's name as clouds take it: letters, digits and single `-`.
fn stem(program: &Program) -> String {
    let mut out = String::new();
    for c in program.project.name.as_str().chars() {
        let c = if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
        if c != '-' || !out.ends_with('-') {
            out.push(c);
        }
    }
    let out = out.trim_matches(|c: char| c == '-' || c.is_ascii_digit()).chars().take(20).collect::<String>();
    let out = out.trim_end_matches('-');
    if out.is_empty() { "pipec".to_owned() } else { out.to_owned() }
}

/// True where an environment may not be lost.
pub(super) fn protected(program: &Program) -> Expression {
    if !program.platform.has_disposable() {
        return Expression::from(true);
    }
    Operation::Unary(UnaryOp::new(UnaryOperator::Not, reference("local.disposable"))).into()
}

/// True where it may.
pub(super) fn disposable(program: &Program) -> Expression {
    if program.platform.has_disposable() { reference("local.disposable") } else { Expression::from(false) }
}

/// `local.disposable ? yes : no`, or `no` where nothing is disposable.
fn where_disposable(program: &Program, yes: Expression, no: Expression) -> Expression {
    if program.platform.has_disposable() { Conditional::new(reference("local.disposable"), yes, no).into() } else { no }
}

fn resource(kind: &str, label: &str) -> BlockBuilder {
    Block::builder("resource").add_labels([kind, label])
}

fn data(kind: &str, label: &str) -> BlockBuilder {
    Block::builder("data").add_labels([kind, label])
}

fn tags(name: Expression) -> (&'static str, Expression) {
    ("tags", object([("Name", name)]))
}

fn list(items: impl IntoIterator<Item = Expression>) -> Expression {
    Expression::Array(items.into_iter().collect())
}

fn texts<'t>(items: impl IntoIterator<Item = &'t str>) -> Expression {
    list(items.into_iter().map(Expression::from))
}

fn call(name: &str, args: impl IntoIterator<Item = Expression>) -> Expression {
    let mut call = ::hcl::expr::FuncCall::builder(name);
    for arg in args {
        call = call.arg(arg);
    }
    call.build().into()
}

fn output(name: &str, says: &str, value: Expression) -> Block {
    Block::builder("output").add_label(name).add_attribute(("description", says)).add_attribute(("value", value)).build()
}

/// A role of a service, and the document that lets the service be it.
fn role(label: &str, name: Expression, says: &str, service: &str) -> Block {
    let principal = object([("Service", Expression::from(service))]);
    let statement = object([("Effect", "Allow".into()), ("Principal", principal), ("Action", "sts:AssumeRole".into())]);
    resource("aws_iam_role", label)
        .add_attribute(("name", name))
        .add_attribute(("description", says))
        .add_attribute(("assume_role_policy", document([statement])))
        .build()
}

fn document(statements: impl IntoIterator<Item = Expression>) -> Expression {
    call("jsonencode", [object([("Version", "2012-10-17".into()), ("Statement", list(statements))])])
}

/// `{ Effect = "Allow", Action = [...], Resource = [...] }`
fn allow<'t>(actions: impl IntoIterator<Item = &'t str>, resources: impl IntoIterator<Item = Expression>) -> Expression {
    object([("Effect", "Allow".into()), ("Action", texts(actions)), ("Resource", list(resources))])
}

fn account_root() -> Expression {
    template(&[Part::Text("arn:aws:iam::"), Part::Reference("data.aws_caller_identity.current.account_id"), Part::Text(":root")])
}

/// A key that the account's own policies decide about, and more statements of its own.
fn key(label: &str, says: &str, more: Vec<Expression>) -> Block {
    let own = object([
        ("Sid", "Account".into()),
        ("Effect", "Allow".into()),
        ("Principal", object([("AWS", account_root())])),
        ("Action", texts(["kms:*"])),
        ("Resource", texts(["*"])),
    ]);
    resource("aws_kms_key", label)
        .add_attribute(("description", says))
        .add_attribute(("enable_key_rotation", true))
        .add_attribute(("deletion_window_in_days", 30))
        .add_attribute(("policy", document(std::iter::once(own).chain(more))))
        .build()
}

/// Puts comments at the beginning of blocks: checkov reads its exceptions from them, and hcl-rs has none.
pub(super) fn explained(text: String, kind: &str, label: &str, exceptions: &[(&str, &str)]) -> String {
    let source = if kind == "aws_availability_zones" { "data" } else { "resource" };
    let first = format!("{source} \"{kind}\" \"{label}\" {{\n");
    let lines: String = exceptions.iter().map(|(check, why)| format!("  # checkov:skip={check}:{}\n", line(why))).collect();
    text.replacen(&first, &format!("{first}{lines}"), 1)
}

/// A reason as it may stand in a comment.
fn line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') { ' ' } else { c }).collect()
}

fn add(body: BodyBuilder, blocks: impl IntoIterator<Item = Block>) -> BodyBuilder {
    blocks.into_iter().fold(body, BodyBuilder::add_block)
}

/// The network's id and subnets, as references.
struct Place<'p> {
    names: &'p Names<'p>,
    network: &'p Ident,
}

impl Place<'_> {
    fn own(&self) -> Option<u32> {
        match self.names.program.platform.network(self.network)?.kind {
            crate::ir::platform::NetworkKind::Own { zones, .. } => Some(zones),
            crate::ir::platform::NetworkKind::Default(_) => None,
        }
    }

    fn vpc(&self) -> Expression {
        let label = format!("network_{}", self.network);
        reference(&if self.own().is_some() { format!("aws_vpc.{label}.id") } else { format!("data.aws_vpc.{label}.id") })
    }

    fn subnets(&self, side: &str) -> Expression {
        let label = format!("network_{}", self.network);
        match self.own() {
            Some(zones) => list((1..=zones).map(|n| reference(&format!("aws_subnet.{label}_{side}_{n}.id")))),
            None => reference(&format!("data.aws_subnets.{label}.ids")),
        }
    }

    fn first_subnet(&self, side: &str) -> Expression {
        let label = format!("network_{}", self.network);
        match self.own() {
            Some(_) => reference(&format!("aws_subnet.{label}_{side}_1.id")),
            None => reference(&format!("data.aws_subnets.{label}.ids[0]")),
        }
    }
}

fn header(says: &str, program: &Program) -> String {
    text::comment("#", &text::header(says, &text::whole_project(program)))
}
