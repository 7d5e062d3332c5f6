use super::{deciding, discriminating};
use crate::access::Carry;
use crate::base::{Ident, Span};
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::ir::{Dialect, Grant, Program, Table, TableId, Verb};
use std::collections::{BTreeMap, BTreeSet};

/// Refuses rights to write that a build would take back or hand on to other tables, and those by which a role gives itself rows.
pub(super) fn check(program: &Program, carry: &Carry, diagnostics: &mut Diagnostics) {
    let writes: Vec<&Grant> = program.grants.iter().filter(|g| g.verb == Verb::Write).collect();
    // Who writes in BigQuery may also replace: no such grant is enforced there.
    let bigquery = program.project.warehouse.as_ref().is_some_and(|w| w.dialect == Dialect::BigQuery);
    for grant in writes.iter().filter(|g| !bigquery && g.masking.is_none()) {
        built(program, grant).into_iter().for_each(|d| diagnostics.push(d));
    }
    if writes.is_empty() && program.entitlement_releases.is_empty() && program.policy_writers.is_empty() {
        return;
    }
    discriminating::check(program, &writes, diagnostics);
    let hidden = hidden(program, carry);
    deciding::check(program, &hidden, &writes, diagnostics);
    if !program.entitlements.is_empty() {
        let narrowed = narrowed(program, &hidden);
        entitlements(program, &narrowed, &writes, diagnostics);
        releases(program, &narrowed, &writes, diagnostics);
    }
}

/// What a build makes is made again by the next one, and a view hands what is written on to the tables below, which nobody granted.
fn built(program: &Program, grant: &Grant) -> Option<Diagnostic> {
    let tables = grant.tables.iter().filter_map(|id| program.table(*id).map(|t| (*id, t)));
    if let Some((_, table)) = tables.clone().find(|(id, _)| program.is_record(*id)) {
        let message =
            format!("role `{}` cannot be given `write` on `{}`: it says what was run, and runs alone write it", grant.role, table.name);
        let problem = Diagnostic::error(Code::WriteOfBuilt, grant.at, message).mark(table.at, "made for what runs");
        return Some(problem.help("grant `read` on it"));
    }
    let filled = |t: &&Table| t.own().map_or(t.is_foreign(), |own| own.changes_of.is_empty());
    let tables: Vec<&Table> = tables.map(|(_, t)| t).filter(|t| !filled(t)).collect();
    let first = tables.first()?;
    let others = match tables.len() {
        1 => String::new(),
        n => format!(" and {} more", n - 1),
    };
    let (why, made) = match first.own() {
        Some(_) => ("only triggers write it", "holds the changes of other tables"),
        None => ("a build makes it", "is made from what it reads"),
    };
    let message = format!("role `{}` cannot be given `write` on `{}`{others}: {why}", grant.role, first.name);
    let problem = Diagnostic::error(Code::WriteOfBuilt, grant.at, message).mark(first.at, format!("`{}` {made}", first.name));
    Some(
        problem
            .help("grant `write` by name, on tables of the platform's own (`table … in …` outside a source), and build from them")
            .help("of a layer or glob with both, grant `read` on all and `write` on those that are filled"),
    )
}

type Narrowed<'p> = BTreeMap<(&'p Ident, u32), u32>;

/// Roles, and the policies, by index, that narrow them on something that they may reach.
pub(super) type Hidden<'p> = BTreeSet<(&'p Ident, u32)>;

fn hidden<'p>(program: &'p Program, carry: &Carry) -> Hidden<'p> {
    let granted = program.grants.iter().flat_map(|g| g.tables.iter().map(move |t| (&g.role, *t)));
    let exposed = program.apis.iter().flat_map(|a| a.exposed.iter().filter_map(move |e| Some((&a.role, e.view?))));
    let narrows = |(role, table): (&'p Ident, TableId)| {
        carry.of(table).iter().filter(|c| c.roles.contains(role)).map(|c| (role, c.policy)).collect::<Vec<_>>()
    };
    granted.chain(exposed).flat_map(narrows).collect()
}

/// Whom an entitlement narrows, and by which policy.
fn narrowed<'p>(program: &'p Program, hidden: &Hidden<'p>) -> Narrowed<'p> {
    let mut all = Narrowed::new();
    for (role, policy) in hidden {
        if let Some(asked) = program.policies.get(*policy as usize).and_then(|p| p.asks.as_ref()) {
            all.entry((*role, asked.entitlement)).or_insert(*policy);
        }
    }
    all
}

/// A table and all that it is made of, in any depth; a table of changes holds what is written to the audited ones.
pub(super) fn made_of(program: &Program, table: TableId) -> BTreeSet<TableId> {
    let (mut waiting, mut all) = (vec![table], BTreeSet::new());
    while let Some(id) = waiting.pop() {
        if all.insert(id) {
            let Some(table) = program.table(id) else { continue };
            let changes = table.own().into_iter().flat_map(|own| &own.changes_of);
            waiting.extend(table.reads.iter().chain(changes).copied());
        }
    }
    all
}

/// Who may write the rows that say what he may see, sees what he likes.
fn entitlements(program: &Program, narrowed: &Narrowed<'_>, writes: &[&Grant], diagnostics: &mut Diagnostics) {
    let mut below: BTreeMap<u32, BTreeSet<TableId>> = BTreeMap::new();
    for ((role, index), policy) in narrowed {
        let Some(entitlement) = program.entitlements.get(*index as usize) else { continue };
        let made_of = below.entry(*index).or_insert_with(|| made_of(program, entitlement.table));
        let Some((table, at)) = written(writes, role, made_of) else { continue };
        if program.entitlement_releases.iter().any(|r| r.entitlement == *index && r.role == **role) {
            continue;
        }
        let policy = program.policies.get(*policy as usize);
        diagnostics.push(gives_itself(program, (role, &entitlement.name, entitlement.at), (table, at), policy.map(|p| (&p.name, p.at))));
    }
}

/// The first of some tables that a role may write, and the grant that says so.
fn written(writes: &[&Grant], role: &Ident, among: &BTreeSet<TableId>) -> Option<(TableId, Span)> {
    let mine = writes.iter().filter(|g| g.role == *role);
    mine.flat_map(|g| g.tables.iter().map(|t| (*t, g.at))).find(|(t, _)| among.contains(t))
}

fn releases(program: &Program, narrowed: &Narrowed<'_>, writes: &[&Grant], diagnostics: &mut Diagnostics) {
    let mut before: BTreeSet<(u32, &Ident)> = BTreeSet::new();
    for release in &program.entitlement_releases {
        let Some(entitlement) = program.entitlements.get(release.entitlement as usize) else { continue };
        let (role, name) = (&release.role, &entitlement.name);
        let message = if !before.insert((release.entitlement, role)) {
            format!("entitlement `{name}` is released to role `{role}` twice")
        } else if !narrowed.contains_key(&(role, release.entitlement)) {
            format!("entitlement `{name}` does not narrow what role `{role}` sees")
        } else if written(writes, role, &made_of(program, entitlement.table)).is_none() {
            format!("role `{role}` writes nothing that entitlement `{name}` is made of")
        } else {
            continue;
        };
        diagnostics.push(Diagnostic::error(Code::NothingReleased, release.at, message).help("remove this release"));
    }
}

fn gives_itself(
    program: &Program,
    (role, entitlement, declared): (&Ident, &Ident, Span),
    (table, at): (TableId, Span),
    policy: Option<(&Ident, Span)>,
) -> Diagnostic {
    let table = program.table(table).map_or("", |t| t.name.as_str());
    let named = policy.map_or(String::new(), |(name, _)| format!(" policy `{name}` hides from it"));
    let message =
        format!("role `{role}` may write `{table}`, of which entitlement `{entitlement}` is made, and so give itself the rows that{named}");
    let mut problem = Diagnostic::error(Code::WritesOwnRights, at, message).mark(declared, "what is looked up");
    if let Some((_, place)) = policy {
        problem = problem.mark(place, "asks it");
    }
    problem
        .help("let a role write it that the policy does not narrow, or leave this role out of the policy")
        .help(format!("or, where this is meant (such as breaking the glass), `release entitlement {entitlement} to {role} because \"…\"`"))
}
