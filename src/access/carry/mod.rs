//! Rule 7: a policy on a table holds for everything built from it. Where a derived table's rows each come from one row of the table (or from
//! rows that the policy cannot tell apart), and carry the columns that the condition reads, the same condition over those columns hides
//! exactly what the policy hides. Elsewhere the policy is lost, until it is stated anew for the derived table or released.

mod walk;

use crate::base::Ident;
use crate::ir::{Expr, ExprKind, Materialization, Policy, Program, TableId, TableKind, operands_mut};
use std::collections::{BTreeMap, BTreeSet};
use walk::Walk;

/// A policy as it reaches a table.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Carried {
    /// Index into [`Program::policies`].
    pub policy: u32,
    /// The roles it still narrows here, sorted.
    pub roles: Vec<Ident>,
    /// Where the columns that its condition reads are in this table, in their order.
    pub columns: Result<Vec<u32>, Lost>,
}

/// Where a policy was lost, and by what.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Lost {
    /// The model, or what a load makes.
    pub model: TableId,
    /// The reason, as the end of a sentence.
    pub why: &'static str,
}

/// The policies that reach each table.
#[derive(Clone, Debug, Default)]
pub struct Carry {
    by_table: BTreeMap<TableId, Vec<Carried>>,
    /// The policies that conditions have met on the way to a table: what is built anew has no row that they hide, what keeps rows may have.
    met: BTreeMap<TableId, Vec<Carried>>,
    /// Releases, by index, that released something.
    pub released: BTreeSet<usize>,
}

impl Carry {
    /// Follows every policy through everything built from its table.
    pub fn new(program: &Program) -> Carry {
        let mut carry = Carry::default();
        if program.policies.is_empty() {
            return carry;
        }
        let all: Vec<Ident> = program.roles.iter().map(|r| r.name.clone()).collect::<BTreeSet<_>>().into_iter().collect();
        let mut declared: BTreeMap<TableId, Vec<u32>> = BTreeMap::new();
        for (index, policy) in (0u32..).zip(&program.policies) {
            declared.entry(policy.table).or_default().push(index);
        }
        let fed = fed(program);
        for id in &program.order {
            let own = declared.get(id).map_or(&[][..], |o| o);
            let arrives = match fed.get(id) {
                Some(from) => {
                    let declared = from.iter().filter_map(|base| declared.get(base)).flatten();
                    let found = declared.filter_map(|index| carry.brought(program, *id, *index, &all)).collect();
                    carry.settled(program, *id, own, found)
                }
                None => carry.arriving(program, *id, own),
            };
            let own = own.iter().filter_map(|index| {
                let policy = program.policies.get(*index as usize)?;
                let roles = if policy.roles.is_empty() { all.clone() } else { policy.roles.clone() };
                Some(Carried { policy: *index, roles, columns: Ok(policy.columns.clone()) })
            });
            let here: BTreeSet<Carried> = own.chain(arrives).collect();
            if !here.is_empty() {
                carry.by_table.insert(*id, here.into_iter().collect());
            }
        }
        carry
    }

    /// The policies that reach a table: its own and those of what it is built from.
    pub fn of(&self, table: TableId) -> &[Carried] {
        self.by_table.get(&table).map_or(&[], |c| c)
    }

    /// What comes from the tables this one reads, less what ends here.
    fn arriving(&mut self, program: &Program, id: TableId, own: &[u32]) -> Vec<Carried> {
        let Some(table) = program.table(id) else { return Vec::new() };
        let TableKind::Model(model) = &table.kind else { return Vec::new() };
        if !table.reads.iter().any(|r| self.by_table.contains_key(r) || self.met.contains_key(r)) {
            return Vec::new();
        }
        let before: BTreeSet<&Carried> = table.reads.iter().filter_map(|r| self.met.get(r)).flatten().collect();
        let before: Vec<Carried> = before.into_iter().cloned().collect();
        let mut walk = Walk { program, carry: self, model: id, entries: Vec::new(), met: before };
        let mut found = walk.query(&model.query);
        let mut met = std::mem::take(&mut walk.met);
        if let Materialization::Incremental { history, .. } = &model.materialization {
            let why = if *history {
                "a history keeps rows as they were"
            } else {
                "an incremental table keeps rows of earlier builds as they were"
            };
            found.append(&mut met);
            found = walk.all_lost(found, why);
        }
        let met = self.settled(program, id, own, met);
        if !met.is_empty() {
            self.met.insert(id, met);
        }
        self.settled(program, id, own, found)
    }

    /// A policy of a loaded table, in what the load makes beside it: the lines that it could not take, and counts of all of them. Or of an audited table,
    /// in its changes.
    fn brought(&self, program: &Program, id: TableId, index: u32, all: &[Ident]) -> Option<Carried> {
        let policy = program.policies.get(index as usize)?;
        let roles = if policy.roles.is_empty() { all.to_vec() } else { policy.roles.clone() };
        let why = if program.loads.iter().any(|l| l.quarantine == id) {
            "lines that did not get in lie there whole, whoever they are about"
        } else if program.table(id).and_then(|t| t.own()).is_some_and(|own| !own.changes_of.is_empty()) {
            "every change of every row lies there whole"
        } else {
            "it names files and counts rows, those that are hidden too"
        };
        // A condition over no column hides all or nothing here as there.
        let columns = if policy.columns.is_empty() { Ok(Vec::new()) } else { Err(Lost { model: id, why }) };
        Some(Carried { policy: index, roles, columns })
    }

    /// What is left once releases and what is stated anew are heard.
    fn settled(&mut self, program: &Program, id: TableId, own: &[u32], mut found: Vec<Carried>) -> Vec<Carried> {
        let name_of = |c: &Carried| program.policies.get(c.policy as usize).map(|p| &p.name);
        for (index, release) in program.policy_releases.iter().enumerate().filter(|(_, r)| r.table == id) {
            let before = found.len();
            found.retain(|c| name_of(c) != Some(&release.policy));
            if found.len() < before {
                self.released.insert(index);
            }
        }
        // What is stated anew under its name is not lost for the roles it is stated for.
        for carried in found.iter_mut().filter(|c| c.columns.is_err()) {
            let anew = own.iter().filter_map(|o| program.policies.get(*o as usize)).filter(|p| name_of(carried) == Some(&p.name));
            let anew: Vec<&Policy> = anew.collect();
            carried.roles.retain(|role| !anew.iter().any(|p| p.narrows(role)));
        }
        found.retain(|c| !c.roles.is_empty());
        found
    }
}

/// What loads make, and the tables whose rows it tells of: the loaded one, and those that its columns refer to. Also what holds changes, and whose.
fn fed(program: &Program) -> BTreeMap<TableId, BTreeSet<TableId>> {
    let mut fed: BTreeMap<TableId, BTreeSet<TableId>> = BTreeMap::new();
    for load in &program.loads {
        let read = load.told();
        let keys = program.table(load.table).map(|t| program.foreign_keys(t)).unwrap_or_default();
        let refers = keys.iter().filter(|(column, ..)| read.contains(column)).map(|(_, other, _)| *other);
        let tables: BTreeSet<TableId> = refers.chain([load.table]).collect();
        for made in [load.quarantine, load.audit] {
            fed.entry(made).or_default().extend(tables.iter().copied());
        }
    }
    for (id, own) in program.tables().filter_map(|(id, t)| Some((id, t.own()?))).filter(|(_, own)| !own.changes_of.is_empty()) {
        fed.entry(id).or_default().extend(own.changes_of.iter().copied());
    }
    fed
}

/// Puts other columns in place of a policy's own.
fn place(e: &mut Expr, of: &dyn Fn(&Ident) -> Option<(Ident, Ident)>) {
    if let ExprKind::Column { relation, name } = &mut e.kind
        && relation.as_str() != Policy::ENTITLED
        && let Some((alias, column)) = of(name)
    {
        (*relation, *name) = (alias, column);
    }
    operands_mut(e, &mut |inner| place(inner, of));
}

impl Policy {
    /// Its condition over a table that carries it, whose columns stand under `alias`. `None` where a column is missing.
    pub fn over(&self, program: &Program, carried: &Carried, table: TableId, alias: &Ident) -> Option<Expr> {
        let (declared, here) = (program.table(self.table)?, program.table(table)?);
        let columns = carried.columns.as_ref().ok()?;
        let pairs: Vec<(&Ident, &Ident)> = self
            .columns
            .iter()
            .zip(columns)
            .map(|(from, to)| Some((&declared.columns.get(*from as usize)?.name, &here.columns.get(*to as usize)?.name)))
            .collect::<Option<_>>()?;
        let mut filter = self.filter.clone();
        place(&mut filter, &|name| pairs.iter().find(|(from, _)| *from == name).map(|(_, to)| (alias.clone(), (*to).clone())));
        Some(filter)
    }
}
