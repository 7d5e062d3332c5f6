use super::deciding::is_decided_by;
use super::writing::made_of;
use crate::base::{Ident, Span};
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::ir::{Clearance, Discriminator, Grant, Program, TableId};
use std::collections::{BTreeMap, BTreeSet};

/// Refuses roles that may write what a discriminator goes by and that read, below everything, what is picked by it: who says that a phone
/// number is an answer about smoking is shown it as one.
pub(super) fn check(program: &Program, writes: &[&Grant], diagnostics: &mut Diagnostics) {
    if program.discriminators.is_empty() {
        return;
    }
    let readers = readers(program);
    let mut below: BTreeMap<TableId, BTreeSet<TableId>> = BTreeMap::new();
    let mut said: BTreeSet<(Span, &Ident, TableId)> = BTreeSet::new();
    for (grant, written) in writes.iter().flat_map(|g| g.tables.iter().map(move |t| (*g, *t))) {
        for one in &program.discriminators {
            if !is_decided_by(program, (one.table, one.by), written) {
                continue;
            }
            let mine = readers.iter().filter(|(role, clearance, _)| **role == grant.role && !may_know(program, one, *clearance));
            let shown = mine.flat_map(|(_, _, tables)| tables);
            let mut shown = shown.filter(|id| below.entry(**id).or_insert_with(|| made_of(program, **id)).contains(&one.table));
            if shown.next().is_some() && said.insert((one.at, &grant.role, written)) {
                diagnostics.push(says_what_it_is(program, one, grant, written));
            }
        }
    }
}

/// What a role is shown: by its grants, by files of buckets, and by APIs, which may have a clearance of their own.
type Reader<'p> = (&'p Ident, Option<&'p Clearance>, Vec<TableId>);

fn readers(program: &Program) -> Vec<Reader<'_>> {
    let own = |role: &Ident| {
        let declared = program.roles.iter().find(|r| r.name == *role);
        declared.and_then(|r| r.clearance.as_ref()).and_then(|c| program.clearance(c.as_str()))
    };
    let granted = program.grants.iter().map(|g| (&g.role, own(&g.role), g.tables.clone()));
    let sent = program.exports.iter().filter_map(|e| Some((program.buckets.get(e.bucket as usize)?, e)));
    let sent = sent.flat_map(|(bucket, export)| {
        let tables: Vec<TableId> = export.tables.iter().map(|t| t.table).collect();
        bucket.readers.iter().map(move |role| (role, program.clearance(bucket.clearance.as_str()), tables.clone()))
    });
    let answered = program.apis.iter().map(|api| {
        let clearance = api.clearance.as_ref().map_or_else(|| own(&api.role), |c| program.clearance(c.as_str()));
        (&api.role, clearance, crate::access::shows(program, api).iter().filter_map(|s| s.table).collect())
    });
    granted.chain(sent).chain(answered).collect()
}

/// Whether a clearance admits all that the discriminated columns may hold.
fn may_know(program: &Program, one: &Discriminator, clearance: Option<&Clearance>) -> bool {
    let Some(clearance) = clearance else { return false };
    let columns = program.table(one.table).into_iter().flat_map(|t| &t.columns);
    let told = (0u32..).zip(columns).filter(|(at, _)| one.columns.contains(at)).flat_map(|(_, c)| c.label.values());
    told.into_iter().all(|(category, level)| clearance.admits(*category, *level))
}

fn says_what_it_is(program: &Program, one: &Discriminator, grant: &Grant, written: TableId) -> Diagnostic {
    let name = |id: TableId| program.table(id).map_or("", |t| t.name.as_str());
    let by = program.table(one.table).and_then(|t| t.columns.get(one.by as usize)).map_or("", |c| c.name.as_str());
    let role = &grant.role;
    let message = format!(
        "role `{role}` may write `{}`, which decides what `{by}` says of the values of `{}`, and so be shown each of them as another kind",
        name(written),
        name(one.table)
    );
    Diagnostic::error(Code::WritesOwnRights, grant.at, message)
        .mark(one.at, "what a value tells is decided by it")
        .help(format!("let a role write it that reads nothing made of `{}`, or that may know all that its values tell", name(one.table)))
}
