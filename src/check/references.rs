use crate::access::Carry;
use crate::base::{Ident, Span};
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::ir::{Column, Edge, Program, Table, TableId, Verb};
use std::collections::{BTreeMap, BTreeSet};

/// A foreign key asks neither rights nor policies: it tells who writes one of its two tables about the other one. Refuses writers who may not read
/// what the key would tell them.
pub(super) fn check(program: &Program, carry: &Carry, diagnostics: &mut Diagnostics) {
    let keys: Vec<Key<'_>> = program.tables().flat_map(|(id, table)| keys(program, id, table)).collect();
    if keys.is_empty() {
        return;
    }
    let roles = Roles::of(program, carry);
    for key in &keys {
        for (role, at) in roles.writers(key.table) {
            // Who writes the other table is told of each key in it all the same: one that is there already is refused.
            if !roles.writes(role, key.other) && !roles.reads(role, key.other, key.theirs) {
                diagnostics.push(answers(key, (role, at), Way::Adds));
            }
        }
        for (role, at) in roles.writers(key.other) {
            if !roles.reads(role, key.table, key.column) {
                diagnostics.push(answers(key, (role, at), Way::Removes));
            }
        }
    }
    for api in &program.apis {
        let Some(clearance) = api.clearance.as_ref().and_then(|c| program.clearance(c.as_str())) else { continue };
        for one in &api.creates {
            let taken = |k: &&Key<'_>| k.table == one.table && one.only.as_ref().is_none_or(|o| o.iter().any(|(f, _)| *f == k.from.name));
            let admits = |k: &&Key<'_>| k.to.label.values().iter().all(|(c, level)| clearance.admits(*c, *level));
            if let Some(key) = keys.iter().filter(taken).find(|k| !admits(k)) {
                let message = format!(
                    "who adds rows to `{}` through API `{}` is told whether `{}` has a value, and the API's clearance admits less",
                    key.own,
                    api.name,
                    key.target()
                );
                let problem = Diagnostic::error(Code::ReferenceAnswers, one.at, message).mark(key.from.at, "a foreign key");
                diagnostics.push(problem.help(key.instead()).help("or leave the column out: `create … only …`"));
            }
        }
    }
}

/// A foreign key: a column of an own table, and the column of another one that it names.
struct Key<'p> {
    table: TableId,
    column: u32,
    own: &'p Ident,
    from: &'p Column,
    other: TableId,
    theirs: u32,
    of: &'p Ident,
    to: &'p Column,
}

impl Key<'_> {
    fn target(&self) -> String {
        format!("{}.{}", self.of, self.to.name)
    }

    fn instead(&self) -> String {
        format!(
            "leave `references` out, and write `assert {} references {}` in a model over `{}`: a test, and no foreign key",
            self.from.name,
            self.target(),
            self.own
        )
    }
}

fn keys<'p>(program: &'p Program, id: TableId, table: &'p Table) -> Vec<Key<'p>> {
    let key = |(column, other, theirs): (u32, TableId, u32)| {
        let target = program.table(other)?;
        let (from, to) = (table.columns.get(column as usize)?, target.columns.get(theirs as usize)?);
        Some(Key { table: id, column, own: &table.name, from, other, theirs, of: &target.name, to })
    };
    program.foreign_keys(table).into_iter().filter_map(key).collect()
}

enum Way {
    Adds,
    Removes,
}

fn answers(key: &Key<'_>, (role, at): (&Ident, Span), way: Way) -> Diagnostic {
    let (own, target) = (format!("{}.{}", key.own, key.from.name), key.target());
    let (message, table) = match way {
        Way::Adds => (
            format!(
                "role `{role}` may write `{}`, whose foreign key tells it whether `{target}` has a value, and may not read that in all rows",
                key.own
            ),
            key.of,
        ),
        Way::Removes => (
            format!(
                "role `{role}` may change and delete rows of `{}`, and the foreign key of `{own}` tells it whether they are named there, which it may not read in all rows",
                key.of
            ),
            key.own,
        ),
    };
    Diagnostic::error(Code::ReferenceAnswers, at, message)
        .mark(key.from.at, "a foreign key asks neither rights nor policies")
        .help(key.instead())
        .help(format!("or grant it `read` on `{table}`, with no policy that narrows it there"))
}

/// Who may do what, by table.
struct Roles<'p> {
    program: &'p Program,
    carry: &'p Carry,
    writes: BTreeMap<TableId, BTreeMap<&'p Ident, Span>>,
    reads: BTreeSet<(&'p Ident, TableId)>,
    /// Masked twins, by what they mask.
    twins: BTreeMap<TableId, Vec<TableId>>,
}

impl<'p> Roles<'p> {
    fn of(program: &'p Program, carry: &'p Carry) -> Roles<'p> {
        let mut roles = Roles { program, carry, writes: BTreeMap::new(), reads: BTreeSet::new(), twins: BTreeMap::new() };
        for grant in &program.grants {
            for table in &grant.tables {
                match grant.verb {
                    Verb::Write => _ = roles.writes.entry(*table).or_default().entry(&grant.role).or_insert(grant.at),
                    Verb::Read => _ = roles.reads.insert((&grant.role, *table)),
                    Verb::Extract | Verb::View => {}
                }
            }
        }
        for twin in &program.twins {
            roles.twins.entry(twin.base).or_default().push(twin.table);
        }
        roles
    }

    fn writers(&self, table: TableId) -> impl Iterator<Item = (&'p Ident, Span)> {
        self.writes.get(&table).into_iter().flatten().map(|(role, at)| (*role, *at))
    }

    fn writes(&self, role: &Ident, table: TableId) -> bool {
        self.writes.get(&table).is_some_and(|w| w.contains_key(role))
    }

    /// Whether a role reads a column in all rows: in the table, or unmasked in a twin of it.
    fn reads(&self, role: &Ident, table: TableId, column: u32) -> bool {
        let whole = |id: TableId| self.reads.contains(&(role, id)) && !self.carry.of(id).iter().any(|c| c.roles.contains(role));
        let shows = |id: &&TableId| {
            let columns = self.program.table(**id).into_iter().flat_map(|t| &t.columns);
            columns.filter_map(|c| c.intact).any(|o| (o.table, o.column, o.edge) == (table, column, Edge::Value))
        };
        whole(table) || self.twins.get(&table).into_iter().flatten().filter(shows).any(|id| whole(*id))
    }
}
