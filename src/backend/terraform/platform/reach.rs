//! What Terraform as it was written reaches of what pipec makes. Whoever names a bucket or a database there could let anybody at it in a hundred ways,
//! so nothing may name them but what cannot: tags, outputs, the subnets that something of one's own lies in. Locals are followed, and so are
//! attributes of one's own resources. What a name is computed from at run time nobody can tell: what decides who gets at something has to say it.

use super::super::called::Called;
use super::said::{self, Locals, OPEN, Said};
use crate::ir::Program;
use crate::ir::platform::Value;
use ::hcl::expr::{Expression, ObjectKey, TraversalOperator};
use ::hcl::structure::{Block, Body};
use std::collections::{BTreeMap, BTreeSet};

/// Attributes that let nobody at anything.
const HARMLESS: [&str; 7] = ["tags", "labels", "description", "depends_on", "replace_triggered_by", "condition", "error_message"];
/// Where something of one's own lies.
const SUBNETS: [&str; 4] = ["subnet_id", "subnet_ids", "subnets", "vpc_subnet_ids"];
/// Attributes that say what a decision is about.
const TARGETS: [&str; 32] = [
    "bucket",
    "crypto_key_id",
    "dataset_id",
    "db_instance_identifier",
    "event_bus_name",
    "group",
    "groups",
    "key_arn",
    "key_id",
    "key_ring_id",
    "network_acl_id",
    "policy_arn",
    "policy_arns",
    "resource_arn",
    "role",
    "roles",
    "route_table_id",
    "secret",
    "secret_arn",
    "secret_id",
    "security_group_id",
    "security_groups",
    "service_account_id",
    "source_bucket",
    "subnet_id",
    "table_id",
    "target_bucket",
    "target_key_id",
    "user",
    "users",
    "vpc_id",
    "vpc_security_group_ids",
];
/// Attributes that say what a copy is made of, whatever the resource.
const COPIED: [&str; 7] = [
    "db_snapshot_identifier",
    "replicate_source_db",
    "replication_source_identifier",
    "snapshot_identifier",
    "source_db_instance_arn",
    "source_db_instance_automated_backups_arn",
    "source_db_instance_identifier",
];

/// What a text touches.
#[derive(Clone, Debug)]
enum Touch {
    /// The address of something that pipec makes, and the attribute that is asked.
    Made(String, Option<String>),
    /// The name of something that pipec makes and that holds data.
    Name(String),
    /// Another name: of a role, a key, a data set.
    Quiet(String),
}

/// Why a block is refused.
#[derive(Debug)]
pub(super) enum Refused {
    /// It decides about what pipec makes.
    Decides { block: String, about: String },
    /// It names what pipec makes where it may not.
    Names { key: String, what: String },
    /// It decides about what nobody can tell.
    Open { block: String, key: String },
    /// It shows what is hidden.
    Shows,
    /// It starts a program, which may do whatever Terraform may, and names nothing.
    Runs { what: String },
    /// A template is no template.
    Unreadable { key: String },
}

/// What pipec makes, and what was written by hand.
pub(super) struct World {
    /// Addresses of pipec's resources.
    made: BTreeSet<String>,
    /// Names of what holds data.
    names: BTreeSet<String>,
    /// Other names.
    quiet: BTreeSet<String>,
    /// Texts that the project's own variables can be.
    variables: BTreeMap<String, Vec<String>>,
    locals: Locals,
    /// Resources by hand, by address.
    own: BTreeMap<String, Body>,
}

impl World {
    pub(super) fn new<'b>(program: &Program, made: BTreeSet<String>, called: &[Called], written: impl Iterator<Item = &'b Body>) -> World {
        let (mut names, mut quiet) = (BTreeSet::new(), BTreeSet::new());
        for one in called {
            let data = ["aws_s3_bucket", "google_storage_bucket", "aws_db_instance"].contains(&one.kind.as_str());
            let all = if data { &mut names } else { &mut quiet };
            all.insert(one.name.clone());
            all.extend(one.full(program).into_iter().map(|(_, full)| full));
        }
        names.extend(program.project.state.iter().map(|s| s.bucket.to_string()));
        names.extend(program.platform.computes.iter().flat_map(|c| &c.secrets).map(ToString::to_string));
        let (mut locals, mut own) = (Locals::new(), BTreeMap::new());
        for block in written.flat_map(Body::blocks) {
            match (block.identifier(), block.labels().iter().map(|l| l.as_str()).collect::<Vec<_>>().as_slice()) {
                ("locals", _) => locals.extend(block.body().attributes().map(|a| (a.key().to_owned(), a.expr().clone()))),
                ("resource", [kind, name]) => drop(own.insert(format!("{kind}.{name}"), block.body().clone())),
                _ => {}
            }
        }
        World { made, names, quiet, variables: variables(program), locals, own }
    }

    /// What is wrong with a block.
    pub(super) fn refuses(&self, block: &Block) -> Option<Refused> {
        let label = block.labels().first().map_or("", |l| l.as_str());
        let at = At { kind: block.identifier(), label, each: each(block.body()) };
        self.body(&at, block.body())
    }

    fn body(&self, at: &At<'_>, body: &Body) -> Option<Refused> {
        if at.kind == "data" && at.label == "external" {
            return Some(Refused::Runs { what: "external".to_owned() });
        }
        if body.blocks().any(|b| b.identifier() == "provisioner") {
            return Some(Refused::Runs { what: "provisioner".to_owned() });
        }
        let attribute = body.attributes().find_map(|a| self.attribute(at, a.key(), a.expr()));
        attribute.or_else(|| {
            body.blocks().find_map(|b| match (b.identifier(), b.labels().first()) {
                ("data", Some(label)) => self.body(&At { kind: "data", label: label.as_str(), each: each(b.body()) }, b.body()),
                _ => self.body(at, b.body()),
            })
        })
    }

    fn attribute(&self, at: &At<'_>, key: &str, expr: &Expression) -> Option<Refused> {
        let said = said::read(expr, &self.locals);
        if said.calls.iter().any(|c| c == "nonsensitive") {
            return Some(Refused::Shows);
        }
        if said.unreadable {
            return Some(Refused::Unreadable { key: key.to_owned() });
        }
        // What a local says counts where it is used.
        if at.kind == "locals" {
            return None;
        }
        let mut touched = Vec::new();
        self.touches(&said, &mut BTreeSet::new(), &mut touched);
        let decides = at.decides();
        if let Some(touch) = touched.iter().find(|t| !at.allows(key, t)) {
            return Some(match touch {
                Touch::Made(what, _) | Touch::Name(what) | Touch::Quiet(what) if decides => {
                    Refused::Decides { block: at.label.to_owned(), about: what.clone() }
                }
                Touch::Made(what, _) | Touch::Name(what) | Touch::Quiet(what) => Refused::Names { key: key.to_owned(), what: what.clone() },
            });
        }
        let group = at.label == "aws_security_group" && key == "vpc_id";
        let has_to_tell = decides && TARGETS.contains(&key) && !group || COPIED.contains(&key);
        let told = !has_to_tell || self.told(expr, at.each, 0);
        (!told).then(|| Refused::Open { block: at.label.to_owned(), key: key.to_owned() })
    }

    fn touches(&self, said: &Said, seen: &mut BTreeSet<String>, out: &mut Vec<Touch>) {
        for text in &said.texts {
            self.named(text, out);
        }
        for path in &said.references {
            self.reference(path, seen, out);
        }
    }

    fn named(&self, text: &str, out: &mut Vec<Touch>) {
        out.extend(self.names.iter().filter(|n| holds(text, n)).map(|n| Touch::Name(n.clone())));
        out.extend(self.quiet.iter().filter(|n| holds(text, n)).map(|n| Touch::Quiet(n.clone())));
    }

    fn reference(&self, path: &[String], seen: &mut BTreeSet<String>, out: &mut Vec<Touch>) {
        let part = |n: usize| path.get(n).map(String::as_str);
        match (part(0).unwrap_or(""), part(1)) {
            ("local", name) => {
                let fits = |known: &str| name.is_none_or(|n| n == known || n.contains(OPEN));
                for (known, expr) in self.locals.iter().filter(|(known, _)| fits(known)) {
                    if seen.insert(format!("local.{known}")) {
                        self.touches(&said::read(expr, &self.locals), seen, out);
                    }
                }
            }
            ("var", Some(name)) => self.variables.get(name).into_iter().flatten().for_each(|text| self.named(text, out)),
            ("data", Some(kind)) => {
                let address = format!("data.{kind}.{}", part(2).unwrap_or(""));
                if self.made.contains(&address) && (kind == "aws_vpc" || kind == "aws_subnets") {
                    out.push(Touch::Made(address, part(3).map(str::to_owned)));
                }
            }
            (kind, Some(name)) => {
                let address = format!("{kind}.{name}");
                if self.made.contains(&address) {
                    out.push(Touch::Made(address, part(2).map(str::to_owned)));
                } else if let Some(body) = self.own.get(&address) {
                    self.of_own(&address, body, part(2), seen, out);
                }
            }
            _ => {}
        }
    }

    /// What an attribute of a resource by hand was given.
    fn of_own(&self, address: &str, body: &Body, asked: Option<&str>, seen: &mut BTreeSet<String>, out: &mut Vec<Touch>) {
        let asked = match asked {
            Some("tags_all") => Some("tags"),
            Some("output") => Some("input"),
            other => other,
        };
        for attribute in body.attributes().filter(|a| asked.is_none_or(|asked| asked == a.key() || asked.contains(OPEN))) {
            if seen.insert(format!("{address}.{}", attribute.key())) {
                self.touches(&said::read(attribute.expr(), &self.locals), seen, out);
            }
        }
    }

    /// Whether a reader of the text can tell what it is: a text, or a resource that is written beside it.
    fn told(&self, expr: &Expression, each: Option<&Expression>, depth: u32) -> bool {
        if depth > 32 {
            return false;
        }
        if said::constant(expr, &self.locals, 0).is_some_and(|t| !t.contains(OPEN)) {
            return true;
        }
        let again = |e: &Expression| self.told(e, each, depth + 1);
        match expr {
            Expression::Null | Expression::Bool(_) | Expression::Number(_) | Expression::String(_) => true,
            Expression::Parenthesis(inner) => again(inner),
            Expression::Array(all) => all.iter().all(again),
            Expression::Object(object) => object.iter().all(|(key, value)| {
                let key = if let ObjectKey::Expression(key) = key { again(key) } else { true };
                key && again(value)
            }),
            Expression::Conditional(c) => again(&c.true_expr) && again(&c.false_expr),
            Expression::FuncCall(call) => {
                ["toset", "tolist", "tomap", "concat", "merge"].contains(&call.name.to_string().as_str()) && call.args.iter().all(again)
            }
            Expression::TemplateExpr(_) => {
                let said = said::read(expr, &self.locals);
                said.calls.is_empty() && !said.references.is_empty() && said.references.iter().all(|r| self.is_own(r))
            }
            Expression::Traversal(traversal) => match (&traversal.expr, traversal.operators.first()) {
                (Expression::Variable(root), Some(TraversalOperator::GetAttr(name))) => match root.as_str() {
                    "local" => self.locals.get(name.as_str()).is_some_and(again),
                    "each" => each.is_some_and(|e| self.told(e, None, depth + 1)),
                    kind => self.is_own(&[kind.to_owned(), name.as_str().to_owned()]),
                },
                (Expression::Variable(_), _) => false,
                (other, _) => again(other),
            },
            _ => false,
        }
    }

    fn is_own(&self, path: &[String]) -> bool {
        matches!(path, [kind, name, ..] if self.own.contains_key(&format!("{kind}.{name}")))
    }
}

/// The block that an attribute stands in.
struct At<'b> {
    kind: &'b str,
    label: &'b str,
    /// What it is made for each of.
    each: Option<&'b Expression>,
}

impl At<'_> {
    /// Whether it decides who gets at something, or asks what is there.
    fn decides(&self) -> bool {
        self.kind == "data" || self.kind == "resource" && decides(self.label)
    }

    fn allows(&self, key: &str, touch: &Touch) -> bool {
        match (self.kind, touch) {
            ("output", _) => true,
            // Other names are short words that mean other things, too.
            (_, Touch::Quiet(_)) => !self.decides() || HARMLESS.contains(&key),
            ("resource" | "check", _) if HARMLESS.contains(&key) => true,
            // The secret that a machine reads has to be made somewhere.
            ("resource", Touch::Name(_)) => self.label == "aws_secretsmanager_secret" && key == "name",
            ("resource", Touch::Made(address, asked)) => {
                let of = |kind: &str| address.starts_with(&format!("{kind}.")) || address.starts_with(&format!("data.{kind}."));
                let network = of("aws_vpc") || of("aws_subnet") || of("aws_subnets");
                let plain = asked.as_deref().is_some_and(|a| ["cidr_block", "availability_zone"].contains(&a));
                let lies = SUBNETS.contains(&key) && (of("aws_subnet") || of("aws_subnets")) || key == "vpc_id" && of("aws_vpc");
                let group = self.label == "aws_security_group" && key == "vpc_id";
                network && (plain || lies && (!self.decides() || group))
            }
            _ => false,
        }
    }
}

/// What a block is made for each of.
fn each(body: &Body) -> Option<&Expression> {
    body.attributes().find(|a| a.key() == "for_each").map(|a| a.expr())
}

/// Kinds that change who gets at something, or the way there.
fn decides(kind: &str) -> bool {
    const PARTS: [&str; 20] = [
        "_policy",
        "_iam_",
        "_acl",
        "_grant",
        "public_access",
        "security_group",
        "_access",
        "_attachment",
        "ownership_controls",
        "_route",
        "_gateway",
        "_peering",
        "_endpoint",
        "_association",
        "_replica",
        "_snapshot",
        "_mirror",
        "_vpn",
        "_secret_",
        "_export",
    ];
    PARTS.iter().any(|p| kind.contains(p)) || kind.starts_with("aws_s3_bucket_") || kind.starts_with("google_storage_bucket_")
}

/// Whether a name stands in a text, and not as a part of a longer one.
fn holds(text: &str, name: &str) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    !name.is_empty()
        && text.match_indices(name).any(|(at, _)| {
            let before = text.get(..at).and_then(|t| t.chars().next_back());
            let rest = text.get(at + name.len()..).unwrap_or("");
            let after = rest.chars().next();
            let longer = after == Some('.') && !rest.starts_with(".s3") && rest.chars().nth(1).is_some_and(word);
            !before.is_some_and(|c| word(c) || c == '.') && !after.is_some_and(word) && !longer
        })
}

/// What variables of the project can be, as far as it says.
fn variables(program: &Program) -> BTreeMap<String, Vec<String>> {
    let texts = |value: &Value| match value {
        Value::Text(text) => vec![text.to_string()],
        Value::Texts(all) => all.iter().map(ToString::to_string).collect(),
        Value::Integer(_) | Value::Boolean(_) => Vec::new(),
    };
    let one = |v: &crate::ir::platform::Variable| {
        let given = program.platform.environments.iter().filter_map(|e| e.values.get(&v.name));
        let said = v.default.iter().chain(given).flat_map(texts).chain(v.one_of.iter().map(ToString::to_string));
        (v.name.to_string(), said.collect())
    };
    program.platform.variables.iter().map(one).collect()
}
