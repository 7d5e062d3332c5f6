use super::super::Names;
use super::super::hcl::{Part, object, reference, template};
use super::super::tagged;
use super::database::given;
use super::{Place, allow, call, data, document, explained, header, list, origin, output, protected, resource, role, tags, title};
use crate::backend::secrets;
use crate::ir::platform::{Compute, Side, Source};
use crate::ir::{Program, SecretStore, Thing};
use ::hcl::expr::Expression;
use ::hcl::structure::{Block, Body, BodyBuilder};
use std::sync::Arc;

/// What runs a machine's script: what it finds in its environment, quoted for the shell, and the script as it is.
const TEMPLATE: &str = r#"#!/usr/bin/env bash
%{ for name, value in environment ~}
export ${name}='${replace(value, "'", "'\\''")}'
%{ endfor ~}
${script}"#;

struct Machine<'n> {
    names: &'n Names<'n>,
    compute: &'n Compute,
    label: String,
    /// The name in the cloud, without the environment's suffix.
    called: String,
}

/// The file's text.
pub(super) fn print(names: &Names<'_>, compute: &Compute) -> String {
    let called = origin::called(&compute.origin, &compute.name).to_owned();
    let machine = Machine { names, compute, label: format!("compute_{}", compute.name), called };
    machine.print()
}

impl Machine<'_> {
    fn print(&self) -> String {
        let (label, name) = (&self.label, &self.compute.name);
        let mut body = self.security(Body::builder());
        body = self.rights(body);
        body = body.add_block(self.instance());
        let of = |path: &str| reference(&format!("aws_instance.{label}.{path}"));
        body = body.add_block(output(&format!("{label}_id"), &format!("The machine `{name}`."), of("id")));
        body = body.add_block(output(&format!("{label}_private_ip"), "Its address inside.", of("private_ip")));
        if self.compute.side == Side::Public {
            body = body.add_block(output(&format!("{label}_public_ip"), "Its address outside.", of("public_ip")));
        }
        let main = format!("aws_instance.{label}");
        let program = self.names.program;
        let body = tagged::on(program, Thing::Compute, name, body.build());
        let mut text = origin::with(program, &self.compute.origin, ("compute", name), &main, &body);
        for (number, allowed) in (1u32..).zip(&self.compute.allows) {
            let Some(because) = &allowed.because else { continue };
            let rule = format!("resource \"aws_vpc_security_group_ingress_rule\" \"{label}_{number}\" {{\n");
            text = text.replacen(&rule, &format!("{rule}  # Open because: {}\n{}", super::line(because), opened(allowed.port)), 1);
        }
        if self.compute.side == Side::Public {
            text = explained(text, "aws_instance", label, &[("CKV_AWS_88", "it is declared to lie in a public subnet")]);
        }
        text
    }

    fn title(&self) -> Expression {
        title(self.names.program, &format!("{}-machine", self.called))
    }

    /// What reaches it and what it reaches.
    fn security(&self, mut body: BodyBuilder) -> BodyBuilder {
        let label = &self.label;
        let place = Place { names: self.names, network: &self.compute.network };
        let group = resource("aws_security_group", label)
            .add_attribute(("name", self.title()))
            .add_attribute(("description", format!("What reaches the machine {}, and what it reaches.", self.compute.name)))
            .add_attribute(("vpc_id", place.vpc()))
            .add_attribute(tags(self.title()));
        body = body.add_block(group.build());
        for (number, allowed) in (1u32..).zip(&self.compute.allows) {
            let (from, says) = match &allowed.from {
                Source::Cidr(cidr) => (("cidr_ipv4", Expression::from(&**cidr)), format!("Port {} from {cidr}.", allowed.port)),
                Source::Compute(name) => (
                    ("referenced_security_group_id", reference(&format!("aws_security_group.compute_{name}.id"))),
                    format!("Port {} from the machine {name}.", allowed.port),
                ),
            };
            body = body.add_block(self.rule("ingress", &format!("{label}_{number}"), label, allowed.port, from, &says));
            if let Source::Compute(name) = &allowed.from {
                let to = ("referenced_security_group_id", reference(&format!("aws_security_group.{label}.id")));
                let from = format!("compute_{name}");
                let says = format!("Port {} of the machine {}.", allowed.port, self.compute.name);
                body = body.add_block(self.rule("egress", &format!("{label}_{number}"), &from, allowed.port, to, &says));
            }
        }
        let world = ("cidr_ipv4", Expression::from("0.0.0.0/0"));
        body = body.add_block(self.rule("egress", &format!("{label}_https"), label, 443, world, "What it fetches and reports, over TLS."));
        for used in &self.compute.uses {
            let (database, name) = (format!("database_{used}"), format!("{label}_{used}"));
            let to = ("referenced_security_group_id", reference(&format!("aws_security_group.{database}.id")));
            let from = ("referenced_security_group_id", reference(&format!("aws_security_group.{label}.id")));
            body = body.add_block(self.rule("egress", &name, label, 5432, to, &format!("The database {used}.")));
            body = body.add_block(self.rule("ingress", &name, &database, 5432, from, &format!("The machine {}.", self.compute.name)));
        }
        body
    }

    fn rule(&self, way: &str, name: &str, group: &str, port: u32, other: (&'static str, Expression), says: &str) -> Block {
        resource(&format!("aws_vpc_security_group_{way}_rule"), name)
            .add_attribute(("security_group_id", reference(&format!("aws_security_group.{group}.id"))))
            .add_attribute(("description", says))
            .add_attribute(("ip_protocol", "tcp"))
            .add_attribute(("from_port", port))
            .add_attribute(("to_port", port))
            .add_attribute(other)
            .build()
    }

    /// Its role, and what that may do.
    fn rights(&self, mut body: BodyBuilder) -> BodyBuilder {
        let label = &self.label;
        let says = format!("What the machine {} may do.", self.compute.name);
        body = body.add_block(role(label, self.title(), &says, "ec2.amazonaws.com"));
        let role = || reference(&format!("aws_iam_role.{label}.name"));
        let profile = resource("aws_iam_instance_profile", label).add_attribute(("name", self.title())).add_attribute(("role", role()));
        body = body.add_block(profile.build());
        let attached = |body: BodyBuilder, name: &str, policy: Expression| {
            let block =
                resource("aws_iam_role_policy_attachment", name).add_attribute(("role", role())).add_attribute(("policy_arn", policy));
            body.add_block(block.build())
        };
        if self.compute.sessions {
            body = attached(body, &format!("{label}_sessions"), "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore".into());
        }
        for policy in self.names.machine_policies(&self.compute.name) {
            let name = format!("{label}_{policy}");
            body = attached(body, &name, reference(&format!("aws_iam_policy.{policy}.arn")));
        }
        let secrets: Vec<Expression> =
            self.compute.secrets.iter().map(|s| Expression::from(&**s)).chain(self.secrets_of_pipelines()).collect();
        if secrets.is_empty() {
            return body;
        }
        let mut read = Vec::new();
        for (number, secret) in (1u32..).zip(secrets) {
            let name = format!("{label}_{number}");
            body = body.add_block(data("aws_secretsmanager_secret", &name).add_attribute(("name", secret)).build());
            read.push(reference(&format!("data.aws_secretsmanager_secret.{name}.arn")));
        }
        let policy = resource("aws_iam_role_policy", label)
            .add_attribute(("name", "reads-its-secrets"))
            .add_attribute(("role", reference(&format!("aws_iam_role.{label}.id"))))
            .add_attribute(("policy", document([allow(["secretsmanager:GetSecretValue"], read)])));
        body.add_block(policy.build())
    }

    /// The secrets that its pipelines take, where those lie in Secrets Manager.
    fn secrets_of_pipelines(&self) -> Vec<Expression> {
        let program = self.names.program;
        let SecretStore::Aws(folder) = &program.project.secrets else { return Vec::new() };
        let prefix = secrets::prefix(program);
        let several = !program.platform.environments.is_empty();
        let name = |secret: &Arc<str>| match several {
            true => template(&[Part::Text(folder), Part::Reference("local.suffix"), Part::Text(&format!("/{prefix}{secret}"))]),
            false => Expression::from(format!("{folder}/{prefix}{secret}")),
        };
        program.secrets_of_machine(self.compute).iter().map(name).collect()
    }

    fn instance(&self) -> Block {
        let (label, compute) = (&self.label, self.compute);
        let place = Place { names: self.names, network: &compute.network };
        let public = compute.side == Side::Public;
        let metadata = Block::builder("metadata_options")
            .add_attribute(("http_endpoint", "enabled"))
            .add_attribute(("http_tokens", "required"))
            .add_attribute(("http_put_response_hop_limit", if compute.containers { 2 } else { 1 }));
        let disk = Block::builder("root_block_device")
            .add_attribute(("volume_type", "gp3"))
            .add_attribute(("volume_size", compute.disk))
            .add_attribute(("encrypted", true));
        let mut block = resource("aws_instance", label)
            .add_attribute(("ami", given(&compute.image)))
            .add_attribute(("instance_type", given(&compute.class)))
            .add_attribute(("subnet_id", place.first_subnet(if public { "public" } else { "private" })))
            .add_attribute(("vpc_security_group_ids", list([reference(&format!("aws_security_group.{label}.id"))])))
            .add_attribute(("associate_public_ip_address", public))
            .add_attribute(("iam_instance_profile", reference(&format!("aws_iam_instance_profile.{label}.name"))))
            .add_attribute(("ebs_optimized", true))
            .add_attribute(("monitoring", true))
            .add_attribute(("disable_api_termination", protected(self.names.program)));
        if compute.bootstrap.is_some() {
            block = block.add_attribute(("user_data", self.user_data()));
        }
        block = block.add_attribute(tags(self.title())).add_block(metadata.build()).add_block(disk.build());
        if place.own().is_none() {
            let stays = Block::builder("lifecycle").add_attribute(("ignore_changes", list([reference("subnet_id")])));
            block = block.add_block(stays.build());
        }
        block.build()
    }

    fn user_data(&self) -> Expression {
        let here = |file: &str| template(&[Part::Reference("path.module"), Part::Text(file)]);
        let given = self.compute.environment.iter().map(|(name, value)| (&**name, super::output::expression(self.names, value)));
        let script = call("file", [here(&format!("/{}.sh", self.label))]);
        let values = object([("environment", object(given)), ("script", script)]);
        call("templatefile", [here("/bootstrap.sh.tftpl"), values])
    }
}

/// What checkov says of a port that is open to the world; a written reason stands above.
fn opened(port: u32) -> String {
    let check = match port {
        22 => "CKV_AWS_24",
        80 => "CKV_AWS_260",
        3389 => "CKV_AWS_25",
        _ => return String::new(),
    };
    format!("  # checkov:skip={check}:the reason stands above\n")
}

/// The scripts of machines, and the template that runs them.
pub(super) fn scripts(program: &Program) -> Vec<(String, String)> {
    let with: Vec<&Compute> = program.platform.computes.iter().filter(|c| c.bootstrap.is_some()).collect();
    let mut files: Vec<(String, String)> =
        with.iter().filter_map(|c| Some((format!("compute_{}.sh", c.name), c.bootstrap.as_ref()?.1.to_string()))).collect();
    if !with.is_empty() {
        let (first, rest) = TEMPLATE.split_once('\n').unwrap_or((TEMPLATE, ""));
        let says = "What a machine runs at its first start; every value is one word of the shell.";
        files.push(("bootstrap.sh.tftpl".to_owned(), format!("{first}\n{}{rest}", header(says, program))));
    }
    files
}
