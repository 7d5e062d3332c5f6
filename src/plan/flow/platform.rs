//! What of a platform protects: against loss, and against being shown.

use crate::base::Span;
use crate::ir::Program;
use crate::plan::access::Both;
use crate::plan::common::words::by_name;
use crate::plan::flow::protections::{change, direction};
use crate::plan::report::{ProtectionChange, ProtectionKind};
use std::collections::BTreeMap;

/// Environments whose contents may be lost or no more, and variables whose values are shown or no more.
pub(in crate::plan) fn platform(both: &Both<'_>) -> Vec<ProtectionChange> {
    let environments = |p: &Program| p.platform.environments.iter().map(|e| (e.name.to_string(), (e.disposable, e.at))).collect();
    let variables = |p: &Program| p.platform.variables.iter().map(|v| (v.name.to_string(), (!v.sensitive, v.at))).collect();
    let mut found = bared(both, ProtectionKind::Deletion, ("protected against deletion", "may be lost"), environments);
    found.extend(bared(both, ProtectionKind::Sensitive, ("sensitive", "shown in plans and kept in the state"), variables));
    found
}

/// Those on both sides that have lost a protection, or got it.
fn bared(
    both: &Both<'_>,
    kind: ProtectionKind,
    words: (&str, &str),
    all: fn(&Program) -> BTreeMap<String, (bool, Span)>,
) -> Vec<ProtectionChange> {
    let mut found = Vec::new();
    by_name(all(both.base.program), all(both.head.program), |_, name, was, is| {
        let (Some((was, old)), Some((is, new))) = (was, is) else { return };
        if was != is {
            let say = |bare: bool| if bare { words.1 } else { words.0 }.to_owned();
            let what = if kind == ProtectionKind::Deletion { "environment" } else { "variable" };
            found.push(change(both, (direction(is, was), kind), format!("{what} {name}"), (say(was), say(is)), (Some(old), Some(new))));
        }
    });
    found
}
