use super::super::Names;
use super::super::hcl::{self, Part, object, reference, template};
use super::{add, allow, data, document, explained, key, list, origin, output, resource, role, tags, texts, title, where_disposable};
use crate::ir::platform::{Network, NetworkKind};
use ::hcl::expr::Expression;
use ::hcl::structure::{Block, Body, BodyBuilder};

/// Days that flow logs are kept.
const KEPT_DAYS: u32 = 400;

struct Own<'n> {
    names: &'n Names<'n>,
    network: &'n Network,
    label: String,
    /// The name in the cloud, without the environment's suffix.
    called: String,
    cidr: &'n str,
    zones: u32,
    nat: bool,
}

/// The file's text.
pub(super) fn print(names: &Names<'_>, network: &Network) -> String {
    let label = format!("network_{}", network.name);
    match &network.kind {
        NetworkKind::Default(because) => {
            let vpc = data("aws_vpc", &label).add_attribute(("default", true)).build();
            let filter = Block::builder("filter")
                .add_attribute(("name", "vpc-id"))
                .add_attribute(("values", list([reference(&format!("data.aws_vpc.{label}.id"))])));
            let subnets = data("aws_subnets", &label).add_block(filter.build()).build();
            let shown =
                output(&format!("{label}_id"), &format!("The network `{}`.", network.name), reference(&format!("data.aws_vpc.{label}.id")));
            let body = Body::builder().add_block(vpc).add_block(subnets).add_block(shown).build();
            format!("# The account's default network, because: {}\n\n{}", super::line(because), hcl::print(&body))
        }
        NetworkKind::Own { cidr, zones, nat } => {
            let called = format!("network-{}", origin::called(&network.origin, &network.name));
            let own = Own { names, network, label, called, cidr, zones: *zones, nat: *nat };
            own.print()
        }
    }
}

impl Own<'_> {
    fn print(&self) -> String {
        let mut body = Body::builder();
        body = self.base(body);
        for side in ["public", "private"] {
            body = self.side(body, side);
        }
        body = self.endpoint(body);
        body = self.flow_logs(body);
        let id = reference(&format!("aws_vpc.{}.id", self.label));
        body = body.add_block(output(&format!("{}_id", self.label), &format!("The network `{}`.", self.network.name), id));
        let main = format!("aws_vpc.{}", self.label);
        let (program, name) = (self.names.program, &self.network.name);
        let body = super::super::tagged::on(program, crate::ir::Thing::Network, name, body.build());
        let text = origin::with(program, &self.network.origin, ("network", name), &main, &body);
        let stays = "a subnet stays in the zone it was made in, whatever is listed one day";
        explained(text, "aws_availability_zones", &self.label, &[("CKV_AWS_394", stays)])
    }

    fn title(&self, tail: &str) -> Expression {
        title(self.names.program, &format!("{}{tail}", self.called))
    }

    fn vpc(&self) -> Expression {
        reference(&format!("aws_vpc.{}.id", self.label))
    }

    fn base(&self, body: BodyBuilder) -> BodyBuilder {
        let label = &self.label;
        // Zones that have to be asked for, and those near a town, are left out.
        let ordinary =
            Block::builder("filter").add_attribute(("name", "opt-in-status")).add_attribute(("values", texts(["opt-in-not-required"])));
        let zones = data("aws_availability_zones", label).add_attribute(("state", "available")).add_block(ordinary.build());
        let vpc = resource("aws_vpc", label)
            .add_attribute(("cidr_block", self.cidr))
            .add_attribute(("enable_dns_support", true))
            .add_attribute(("enable_dns_hostnames", true))
            .add_attribute(tags(self.title("")));
        let closed =
            resource("aws_default_security_group", label).add_attribute(("vpc_id", self.vpc())).add_attribute(tags(self.title("-closed")));
        let gateway = resource("aws_internet_gateway", label).add_attribute(("vpc_id", self.vpc())).add_attribute(tags(self.title("")));
        add(body, [zones.build(), vpc.build(), closed.build(), gateway.build()])
    }

    /// Subnets, and the way out of them.
    fn side(&self, mut body: BodyBuilder, side: &str) -> BodyBuilder {
        let label = &self.label;
        for zone in 1..=self.zones {
            let name = format!("{label}_{side}_{zone}");
            // Zones may be listed in another order one day: a subnet stays where it is.
            let stays = Block::builder("lifecycle").add_attribute(("ignore_changes", list([reference("availability_zone")])));
            let subnet = resource("aws_subnet", &name)
                .add_attribute(("vpc_id", self.vpc()))
                .add_attribute(("cidr_block", subnet(self.cidr, if side == "public" { zone - 1 } else { zone + 3 })))
                .add_attribute(("availability_zone", reference(&format!("data.aws_availability_zones.{label}.names[{}]", zone - 1))))
                .add_attribute(("map_public_ip_on_launch", false))
                .add_attribute(tags(self.title(&format!("-{side}-{zone}"))))
                .add_block(stays.build());
            body = body.add_block(subnet.build());
            if side == "public" {
                body = self.nat_gateway(body, zone);
            }
        }
        if side == "public" {
            let table = format!("{label}_public");
            body = body.add_block(self.table(&table, "-public"));
            body = body.add_block(self.route(&table, ("gateway_id", reference(&format!("aws_internet_gateway.{label}.id")))));
        }
        for zone in 1..=self.zones {
            let (name, mut table) = (format!("{label}_{side}_{zone}"), format!("{label}_public"));
            if side == "private" {
                table.clone_from(&name);
                body = body.add_block(self.table(&table, &format!("-private-{zone}")));
                if self.nat {
                    body = body.add_block(self.route(&table, ("nat_gateway_id", self.nat_of(zone))));
                }
            }
            let association = resource("aws_route_table_association", &name)
                .add_attribute(("subnet_id", reference(&format!("aws_subnet.{name}.id"))))
                .add_attribute(("route_table_id", reference(&format!("aws_route_table.{table}.id"))));
            body = body.add_block(association.build());
        }
        body
    }

    fn table(&self, name: &str, tail: &str) -> Block {
        resource("aws_route_table", name).add_attribute(("vpc_id", self.vpc())).add_attribute(tags(self.title(tail))).build()
    }

    fn route(&self, table: &str, to: (&'static str, Expression)) -> Block {
        resource("aws_route", table)
            .add_attribute(("route_table_id", reference(&format!("aws_route_table.{table}.id"))))
            .add_attribute(("destination_cidr_block", "0.0.0.0/0"))
            .add_attribute(to)
            .build()
    }

    /// One per zone; where all may be lost, the first zone's is enough.
    fn nat_gateway(&self, body: BodyBuilder, zone: u32) -> BodyBuilder {
        if !self.nat {
            return body;
        }
        let name = format!("{}_{zone}", self.label);
        let counted = zone > 1 && self.names.program.platform.has_disposable();
        let count = || where_disposable(self.names.program, Expression::from(0), Expression::from(1));
        let (mut address, mut gateway) = (resource("aws_eip", &name), resource("aws_nat_gateway", &name));
        if counted {
            address = address.add_attribute(("count", count()));
            gateway = gateway.add_attribute(("count", count()));
        }
        let allocated = if counted { format!("aws_eip.{name}[0].id") } else { format!("aws_eip.{name}.id") };
        let waits = list([reference(&format!("aws_internet_gateway.{}", self.label))]);
        let address = address.add_attribute(("domain", "vpc")).add_attribute(tags(self.title(&format!("-{zone}"))));
        let gateway = gateway
            .add_attribute(("allocation_id", reference(&allocated)))
            .add_attribute(("subnet_id", reference(&format!("aws_subnet.{}_public_{zone}.id", self.label))))
            .add_attribute(tags(self.title(&format!("-{zone}"))))
            .add_attribute(("depends_on", waits));
        add(body, [address.build(), gateway.build()])
    }

    fn nat_of(&self, zone: u32) -> Expression {
        let first = reference(&format!("aws_nat_gateway.{}_1.id", self.label));
        if zone == 1 || !self.names.program.platform.has_disposable() {
            return reference(&format!("aws_nat_gateway.{}_{zone}.id", self.label));
        }
        let counted = reference(&format!("aws_nat_gateway.{}_{zone}[*].id", self.label));
        where_disposable(self.names.program, first, super::call("one", [counted]))
    }

    /// What goes to S3 stays inside.
    fn endpoint(&self, body: BodyBuilder) -> BodyBuilder {
        let label = &self.label;
        let private = (1..=self.zones).map(|n| reference(&format!("aws_route_table.{label}_private_{n}.id")));
        let tables = std::iter::once(reference(&format!("aws_route_table.{label}_public.id"))).chain(private);
        let service = template(&[Part::Text("com.amazonaws."), Part::Reference("data.aws_region.current.region"), Part::Text(".s3")]);
        let endpoint = resource("aws_vpc_endpoint", &format!("{label}_s3"))
            .add_attribute(("vpc_id", self.vpc()))
            .add_attribute(("service_name", service))
            .add_attribute(("vpc_endpoint_type", "Gateway"))
            .add_attribute(("route_table_ids", list(tables)))
            .add_attribute(tags(self.title("-s3")));
        body.add_block(endpoint.build())
    }

    /// Who talked to whom: addresses and sizes, none of the data.
    fn flow_logs(&self, body: BodyBuilder) -> BodyBuilder {
        let name = format!("{}_flow_logs", self.label);
        let service = template(&[Part::Text("logs."), Part::Reference("data.aws_region.current.region"), Part::Text(".amazonaws.com")]);
        let logs = object([
            ("Sid", "FlowLogs".into()),
            ("Effect", "Allow".into()),
            ("Principal", object([("Service", service)])),
            ("Action", texts(["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"])),
            ("Resource", texts(["*"])),
            (
                "Condition",
                object([("StringEquals", object([("aws:SourceAccount", reference("data.aws_caller_identity.current.account_id"))]))]),
            ),
        ]);
        let key = key(&name, &format!("Encrypts the flow logs of the network {}.", self.network.name), vec![logs]);
        let group = resource("aws_cloudwatch_log_group", &name)
            .add_attribute(("name", self.title("-flow-logs")))
            .add_attribute(("retention_in_days", KEPT_DAYS))
            .add_attribute(("kms_key_id", reference(&format!("aws_kms_key.{name}.arn"))));
        let role = role(&name, self.title("-flow-logs"), "Writes the flow logs.", "vpc-flow-logs.amazonaws.com");
        let group_arn = format!("aws_cloudwatch_log_group.{name}.arn");
        let streams = template(&[Part::Reference(&group_arn), Part::Text(":*")]);
        let writes = allow(["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"], [reference(&group_arn), streams]);
        let policy = resource("aws_iam_role_policy", &name)
            .add_attribute(("name", "writes-flow-logs"))
            .add_attribute(("role", reference(&format!("aws_iam_role.{name}.id"))))
            .add_attribute(("policy", document([writes])));
        let log = resource("aws_flow_log", &self.label)
            .add_attribute(("vpc_id", self.vpc()))
            .add_attribute(("traffic_type", "ALL"))
            .add_attribute(("iam_role_arn", reference(&format!("aws_iam_role.{name}.arn"))))
            .add_attribute(("log_destination", reference(&group_arn)))
            .add_attribute(tags(self.title("")));
        add(body, [key, group.build(), role, policy.build(), log.build()])
    }
}

/// The nth eighth of a block of addresses.
fn subnet(cidr: &str, index: u32) -> String {
    let (address, length) = cidr.split_once('/').unwrap_or((cidr, "16"));
    let base = address.split('.').filter_map(|p| p.parse::<u32>().ok()).fold(0_u32, |all, part| all << 8 | part);
    let length: u32 = length.parse::<u32>().unwrap_or(16) + 3;
    let [a, b, c, d] = (base + (index << (32 - length.min(32)))).to_be_bytes();
    format!("{a}.{b}.{c}.{d}/{length}")
}

#[cfg(test)]
mod tests {
    #[test]
    fn subnets_are_eighths_of_the_network() {
        assert_eq!(super::subnet("10.0.0.0/16", 0), "10.0.0.0/19");
        assert_eq!(super::subnet("10.0.0.0/16", 7), "10.0.224.0/19");
        assert_eq!(super::subnet("192.168.5.0/24", 4), "192.168.5.128/27");
    }
}
