use super::containers::Brought;
use super::principals::columns;
use crate::base::{Ident, Span};
use crate::diag::Code;
use crate::ir::{Bucket, Clearance, Program, TableId};

/// A place where values come to rest or are shown to somebody, with what it may receive.
pub(super) struct Sink<'p> {
    /// How messages call it: "bucket `anon`", "role `analyst`".
    pub(super) what: String,
    /// Its clearance; `None`: nothing was said, so nothing above `public`.
    pub(super) clearance: Option<&'p Clearance>,
    /// Where its clearance, or for want of one the sink itself, is declared.
    pub(super) declared: Span,
    /// What reaches it: table, columns by position, and the words that send it there.
    pub(super) receives: Vec<(TableId, Vec<u32>, Span)>,
    /// The code of a refusal.
    pub(super) code: Code,
}

/// Every sink of a program, in order of declaration.
pub(super) fn of(program: &Program) -> Vec<Sink<'_>> {
    let mut sinks = Vec::new();
    let exported =
        program.exports.iter().map(|e| (e.bucket, e.tables.iter().map(|t| (t.table, t.columns.clone(), t.at)).collect::<Vec<_>>()));
    // Files that are loaded lie in their bucket, and in its archive: they hold what is read from them.
    let loaded = program.loads.iter().filter_map(|l| Some((l.bucket?, vec![(l.table, l.told(), l.at)])));
    let files = program.platform.externals.iter().map(|e| (e.bucket, vec![(e.table, columns(program, e.table), e.at)]));
    for (bucket, receives) in exported.chain(loaded).chain(files) {
        let Some(bucket) = program.buckets.get(bucket as usize) else { continue };
        sinks.extend(of_bucket(program, bucket, format!("bucket `{}`", bucket.name), &receives));
    }
    for grant in &program.grants {
        let Some((name, clearance, declared)) = role_clearance(program, &grant.role) else { continue };
        let receives = grant.tables.iter().map(|id| (*id, columns(program, *id), grant.at)).collect();
        sinks.push(Sink { what: format!("role `{name}`"), clearance, declared, receives, code: Code::GrantAboveClearance });
    }
    let containers = Brought::of(program);
    for account in &program.platform.accounts {
        let clearance = account.clearance.as_ref().and_then(|c| program.clearance(c.as_str()));
        let what = format!("service account `{}`", account.name);
        let receives = containers.read_by(account);
        sinks.push(Sink { what, clearance, declared: account.at, receives, code: Code::GrantAboveClearance });
    }
    sinks.extend(containers.sinks());
    for api in &program.apis {
        // What the role may receive, its grants are asked: an API is a sink of its own where it admits less.
        let Some(clearance) = &api.clearance else { continue };
        let shown = crate::access::shows(program, api);
        let receives = shown.iter().filter_map(|s| Some((s.table?, s.columns.clone(), s.exposed.at))).collect();
        let (what, clearance) = (format!("API `{}`", api.name), program.clearance(clearance.as_str()));
        sinks.push(Sink { what, clearance, declared: api.at, receives, code: Code::ApiAboveClearance });
    }
    sinks
}

/// A bucket, and each of its readers with another clearance than it.
pub(super) fn of_bucket<'p>(
    program: &'p Program,
    bucket: &'p Bucket,
    what: String,
    receives: &[(TableId, Vec<u32>, Span)],
) -> Vec<Sink<'p>> {
    let clearance = program.clearance(bucket.clearance.as_str());
    let mut sinks = vec![Sink { what, clearance, declared: bucket.at, receives: receives.to_vec(), code: Code::Leak }];
    for (name, clearance, declared) in bucket.readers.iter().filter_map(|name| role_clearance(program, name)) {
        if clearance.is_none_or(|c| c.name != bucket.clearance) {
            let what = format!("role `{name}`, a reader of bucket `{}`,", bucket.name);
            sinks.push(Sink { what, clearance, declared, receives: receives.to_vec(), code: Code::Leak });
        }
    }
    sinks
}

fn role_clearance<'p>(program: &'p Program, name: &Ident) -> Option<(&'p Ident, Option<&'p Clearance>, Span)> {
    let role = program.roles.iter().find(|r| r.name == *name)?;
    let clearance = role.clearance.as_ref().and_then(|c| program.clearance(c.as_str()));
    Some((&role.name, clearance, role.at))
}
