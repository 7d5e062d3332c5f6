//! Who stands behind roles, and who reads buckets that no export writes to.

use crate::base::{Ident, Span};
use crate::ir::{Program, Role};
use crate::plan::access::Both;
use crate::plan::common::words::causes;
use crate::plan::report::{AccessChange, AccessKind, Direction, Principal, PrincipalKind, Seen, Via, Which};
use std::collections::BTreeMap;

/// Who reads buckets that no export writes to. Of the others, columns say it.
pub(in crate::plan) fn files(both: &Both<'_>) -> Vec<AccessChange> {
    type Readers = BTreeMap<(String, String), (Span, bool)>;
    let readers = |p: &Program| -> Readers {
        let of = |(index, b): (u32, &crate::ir::Bucket)| {
            let written = p.exports.iter().any(|e| e.bucket == index);
            let one = |r: &Ident| ((r.to_string(), b.name.to_string()), (b.at, written));
            b.readers.iter().map(one).collect::<Vec<_>>()
        };
        (0u32..).zip(&p.buckets).flat_map(of).collect()
    };
    let (was, is) = (readers(both.base.program), readers(both.head.program));
    let sides = [(Direction::Gain, Which::Head, &is, &was), (Direction::Loss, Which::Base, &was, &is)];
    let mut all = Vec::new();
    for (direction, which, here, there) in sides {
        for ((role, bucket), (at, _)) in here.iter().filter(|(key, (_, written))| !written && !there.contains_key(*key)) {
            let (_, side) = both.side(which);
            let (before, after) = if which == Which::Head { (None, Some(Seen::default())) } else { (Some(Seen::default()), None) };
            all.push(AccessChange {
                direction,
                kind: AccessKind::Files,
                principal: Principal { kind: PrincipalKind::Role, name: role.clone() },
                verb: "read".to_owned(),
                via: Via::Warehouse,
                object: format!("bucket {bucket}"),
                columns: Vec::new(),
                before,
                after,
                verdict: None,
                caused_by: causes(which, side, [*at]),
            });
        }
    }
    all
}

/// Who stands behind each role.
pub(in crate::plan) fn logins<'a>(both: &Both<'a>) -> Vec<AccessChange> {
    let roles = |p: &'a Program| p.roles.iter().map(|r| (r.name.clone(), r)).collect::<BTreeMap<Ident, &Role>>();
    let (was, is) = (roles(both.base.program), roles(both.head.program));
    let mut all = Vec::new();
    for (name, head) in &is {
        let Some(base) = was.get(name) else { continue };
        let names = |r: &'a Role| {
            [("postgres", &r.postgres), ("aws group", &r.aws_group), ("google group", &r.google_group), ("tableau group", &r.tableau_group)]
        };
        for ((system, before), (_, after)) in names(base).into_iter().zip(names(head)) {
            let direction = match (before, after) {
                (a, b) if a == b => continue,
                (None, _) => Direction::Gain,
                (_, None) => Direction::Loss,
                _ => Direction::Either,
            };
            let seen = |login: &Option<std::sync::Arc<str>>| login.as_ref().map(|l| Seen { login: Some(l.to_string()), ..Seen::default() });
            let mut caused_by = causes(Which::Base, both.base, [base.at]);
            caused_by.extend(causes(Which::Head, both.head, [head.at]));
            all.push(AccessChange {
                direction,
                kind: AccessKind::Login,
                principal: Principal { kind: PrincipalKind::Role, name: name.to_string() },
                verb: String::new(),
                via: Via::Warehouse,
                object: system.to_owned(),
                columns: Vec::new(),
                before: seen(before),
                after: seen(after),
                verdict: None,
                caused_by,
            });
        }
    }
    all
}
