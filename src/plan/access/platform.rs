//! Who reaches what a platform runs on: addresses and machines, what machines may do, shells on them, ways out, and Terraform as it was written.

use crate::base::Span;
use crate::ir::Program;
use crate::ir::google::{Reach as On, ServiceAccount};
use crate::ir::platform::{Allow, Compute, NetworkKind, Source};
use crate::plan::access::Both;
use crate::plan::common::words::causes;
use crate::plan::report::{AccessChange, AccessKind, Direction, Principal, PrincipalKind, Via, Which};
use std::collections::BTreeMap;
use std::net::IpAddr;

/// Who, what they do, and to what.
type Reach = (Principal, &'static str, String);

/// Every way into and out of a platform, and where it is written.
pub(in crate::plan) fn platform(both: &Both<'_>) -> Vec<AccessChange> {
    let (was, is) = (reaches(both.base.program), reaches(both.head.program));
    let mut all = Vec::new();
    for (direction, which, here, there) in [(Direction::Gain, Which::Head, &is, &was), (Direction::Loss, Which::Base, &was, &is)] {
        let (_, side) = both.side(which);
        for (reach, at) in here.iter().filter(|(reach, _)| !covered(reach, there)) {
            all.push(change(direction, reach, causes(which, side, [*at])));
        }
    }
    all.extend(raw(both));
    all
}

fn change(direction: Direction, (principal, verb, object): &Reach, caused_by: Vec<crate::plan::report::Cause>) -> AccessChange {
    AccessChange {
        direction,
        kind: AccessKind::Platform,
        principal: principal.clone(),
        verb: (*verb).to_owned(),
        via: Via::Platform,
        object: object.clone(),
        columns: Vec::new(),
        before: None,
        after: None,
        verdict: None,
        caused_by,
    }
}

fn reaches(program: &Program) -> BTreeMap<Reach, Span> {
    let mut all = BTreeMap::new();
    for compute in &program.platform.computes {
        of_machine(program, compute, &mut all);
    }
    for network in &program.platform.networks {
        if matches!(&network.kind, NetworkKind::Own { nat: true, .. } | NetworkKind::Default(_)) {
            let inside = principal(PrincipalKind::Network, network.name.as_str());
            all.insert((inside, "reach", "the internet".to_owned()), network.at);
        }
    }
    for account in &program.platform.accounts {
        of_account(program, account, &mut all);
    }
    all
}

/// Each role of a service account, on each thing.
fn of_account(program: &Program, account: &ServiceAccount, all: &mut BTreeMap<Reach, Span>) {
    for right in &account.rights {
        let on = match &right.on {
            On::Project => "everything in the project at Google".to_owned(),
            On::Bucket(index) => format!("bucket {}", program.buckets.get(*index as usize).map_or("", |b| b.name.as_str())),
            On::Dataset(name) => format!("dataset {name}"),
            On::Account(name) => format!("service account {name}"),
        };
        let this = principal(PrincipalKind::ServiceAccount, account.name.as_str());
        all.insert((this, "act by", format!("`{}` on {on}", right.role.name)), right.at);
    }
}

fn principal(kind: PrincipalKind, name: &str) -> Principal {
    Principal { kind, name: name.to_owned() }
}

fn of_machine(program: &Program, c: &Compute, all: &mut BTreeMap<Reach, Span>) {
    let this = principal(PrincipalKind::Machine, c.name.as_str());
    for Allow { port, from, at, .. } in &c.allows {
        let who = match from {
            Source::Cidr(cidr) => principal(PrincipalKind::Addresses, cidr),
            Source::Compute(name) => principal(PrincipalKind::Machine, name.as_str()),
        };
        all.insert((who, "reach", format!("port {port} of machine {}", c.name)), *at);
    }
    for database in &c.uses {
        all.insert((this.clone(), "reach", format!("database {database}")), c.at);
    }
    for secret in &c.secrets {
        all.insert((this.clone(), "read", format!("secret {secret}")), c.at);
    }
    for secret in program.secrets_of_machine(c) {
        all.insert((this.clone(), "read", format!("secret {secret} of its pipelines")), c.at);
    }
    for export in c.exports.iter().filter_map(|n| program.exports.get(*n as usize)) {
        all.insert((this.clone(), "write", format!("the files of export {}", export.name)), c.at);
    }
    for load in c.loads.iter().filter_map(|n| program.loads.get(*n as usize)) {
        all.insert((this.clone(), "move", format!("the files of load {}", load.name)), c.at);
    }
    if c.containers {
        all.insert((principal(PrincipalKind::Containers, c.name.as_str()), "use", format!("the credentials of machine {}", c.name)), c.at);
    }
    if c.sessions {
        let people = principal(PrincipalKind::Account, "Systems Manager");
        all.insert((people, "open", format!("a shell on machine {}", c.name)), c.at);
    }
}

/// Whether the other side lets the same through: the same way, or one from addresses that hold these.
fn covered(reach: &Reach, there: &BTreeMap<Reach, Span>) -> bool {
    let (who, verb, object) = reach;
    let holds = |(w, v, o): &Reach| w.kind == who.kind && v == verb && o == object && (w.name == who.name || within(&who.name, &w.name));
    there.keys().any(holds)
}

/// Whether a block of addresses lies in another one (RFC 4632); of what is no block: no.
fn within(inner: &str, outer: &str) -> bool {
    let block = |text: &str| -> Option<(u128, u32, bool)> {
        let (address, bits) = text.split_once('/')?;
        let bits: u32 = bits.parse().ok()?;
        match address.parse().ok()? {
            // The upper end of 128 bits, so that both kinds are shifted alike.
            IpAddr::V4(a) => (bits <= 32).then(|| (u128::from(u32::from(a)) << 96, bits, true)),
            IpAddr::V6(a) => (bits <= 128).then(|| (u128::from(a), bits, false)),
        }
    };
    let (Some((inner, more, four)), Some((outer, fewer, other))) = (block(inner), block(outer)) else { return false };
    let first = |a: u128| a.checked_shr(128 - fewer).unwrap_or(0);
    four == other && more >= fewer && first(inner) == first(outer)
}

/// Terraform as it was written can let anybody at what it names: what is new or otherwise may be a gain.
fn raw(both: &Both<'_>) -> Vec<AccessChange> {
    // Blanks at the ends of lines and the order of blocks decide nothing.
    let texts = |p: &Program| -> BTreeMap<String, Span> {
        let one = |r: &crate::ir::platform::Raw| r.text.trim().lines().map(str::trim).collect::<Vec<_>>().join("\n");
        p.platform.raw.iter().map(|r| (one(r), r.at)).collect()
    };
    let (was, is) = (texts(both.base.program), texts(both.head.program));
    let only = |here: &BTreeMap<String, Span>, there: &BTreeMap<String, Span>, direction, which| {
        let (_, side) = both.side(which);
        let new = here.iter().filter(|(text, _)| !there.contains_key(*text));
        new.map(|(text, at)| {
            let first = text.lines().find(|l| !l.is_empty()).unwrap_or("an empty block").trim_end_matches([' ', '{']);
            let reach = (principal(PrincipalKind::Raw, first), "decide", "who gets at what it names".to_owned());
            change(direction, &reach, causes(which, side, [*at]))
        })
        .collect::<Vec<_>>()
    };
    let mut all = only(&is, &was, Direction::Either, Which::Head);
    // What is taken away may have been a bar.
    all.extend(only(&was, &is, Direction::Either, Which::Base));
    all
}

#[cfg(test)]
mod tests {
    use super::within;

    #[test]
    fn blocks_lie_in_blocks() {
        for (inner, outer, is) in [
            ("198.51.100.0/28", "0.0.0.0/0", true),
            ("0.0.0.0/0", "198.51.100.0/28", false),
            ("198.51.100.16/28", "198.51.100.0/27", true),
            ("198.51.100.32/28", "198.51.100.0/27", false),
            ("2001:db8::/48", "2001:db8::/32", true),
            ("2001:db8::/48", "::/0", true),
            ("10.0.0.0/8", "::/0", false),
            ("10.0.0.0/8", "nonsense", false),
        ] {
            assert_eq!(within(inner, outer), is, "{inner} in {outer}");
        }
    }
}
