//! What a Postgres server knows after the scripts ran: roles, schemas, relations with their rights and policies, functions.

use super::audits::{Trigger, Writer};
use super::lex::Token;
use crate::base::Span;
use std::collections::{BTreeMap, BTreeSet};

/// `schema.name`
pub(super) type Name = (String, String);

/// Everybody, in a list of rights.
pub(super) const PUBLIC: &str = "public";

/// The state.
#[derive(Default)]
pub(super) struct World {
    pub(super) roles: BTreeMap<String, Span>,
    /// Who is a member of whom, besides who builds of the owner.
    pub(super) members: Vec<Member>,
    pub(super) guards: Vec<Guard>,
    pub(super) schemas: BTreeMap<String, Schema>,
    pub(super) relations: BTreeMap<Name, Relation>,
    pub(super) functions: BTreeMap<Name, Function>,
    /// Functions that write changes of rows.
    pub(super) writers: BTreeMap<Name, Writer>,
    /// Procedures that are the ones known by their names, and who may call them.
    pub(super) procedures: BTreeMap<Name, Vec<Right>>,
    /// Schemas whose tables say what builds made, with the owner of these.
    pub(super) remembers: BTreeMap<String, String>,
    /// Where what earlier builds gave is taken back.
    pub(super) taken_back: Vec<TakenBack>,
    /// Tables whose rows have to bear a mark, or a transaction ends: its number, the table, the mark.
    pub(super) refused: BTreeSet<(Option<u32>, Name, String)>,
    /// From whom a relation is taken back after which last day: role, determination, day. What is granted after that statement is not.
    pub(super) held: BTreeMap<Name, BTreeSet<(String, String, String)>>,
    /// Under which masks and labels relations say that their rows were made: in which transaction, and what.
    pub(super) marked: BTreeMap<Name, (Option<u32>, Marked)>,
    /// What temporary tables of the open transaction were filled with.
    pub(super) pending: Vec<(Vec<Token>, Span)>,
    /// Names that way is made for, and that nothing has taken yet.
    pub(super) ways: BTreeMap<Name, Span>,
    /// Statements whose effect is not known.
    pub(super) unread: Vec<(Span, String)>,
    /// Which transaction is open, by number; `None` outside of one.
    pub(super) transaction: Option<u32>,
    pub(super) transactions: u32,
}

/// Under which masks and labels rows were made.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Marked {
    pub(super) mark: String,
    /// Whether rows are kept from build to build.
    pub(super) kept: bool,
    /// What is read, and the marks that it has to have.
    pub(super) behind: BTreeSet<(Name, String)>,
}

/// `grant a to b`
pub(super) struct Member {
    pub(super) who: String,
    pub(super) of: String,
    pub(super) at: Span,
}

/// A statement that stops a build whose readers would pass row-level security by.
pub(super) struct Guard {
    pub(super) owner: String,
    pub(super) readers: BTreeSet<String>,
}

/// A right.
#[derive(Clone, Debug)]
pub(super) struct Right {
    pub(super) to: String,
    /// `select`, `insert`, …
    pub(super) verb: String,
    /// `None`: all of them.
    pub(super) column: Option<String>,
    pub(super) at: Span,
}

/// A schema.
pub(super) struct Schema {
    pub(super) rights: Vec<Right>,
    /// Whether what was there before has been taken from everybody: `create schema if not exists` takes what it finds.
    pub(super) cleared: bool,
    /// From whom the right to make something there has been taken.
    pub(super) closed_to: BTreeSet<String>,
    pub(super) at: Span,
}

/// How a relation is kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kept {
    Table,
    View,
    Materialized,
}

/// A table or view.
pub(super) struct Relation {
    pub(super) kept: Kept,
    /// `None`: who builds.
    pub(super) owner: Option<String>,
    pub(super) rights: Vec<Right>,
    /// Whether rights and policies of before have been taken back.
    pub(super) cleared: bool,
    pub(super) enabled: bool,
    pub(super) forced: bool,
    pub(super) policies: Vec<Policy>,
    /// The table that it is a partition of, and what it holds; `None`: all that no other does.
    pub(super) part: Option<(Name, Option<(String, String)>)>,
    /// Its triggers; `None`: taken away.
    pub(super) triggers: BTreeMap<String, Option<Trigger>>,
    /// A view's `security_barrier`.
    pub(super) barrier: bool,
    /// A view's `security_invoker`.
    pub(super) invoker: bool,
    /// The statements that fill it, in order.
    pub(super) content: Vec<(Vec<Token>, Span)>,
    /// What fills an incremental model of dbt when it is made.
    pub(super) first: Option<Vec<Token>>,
    /// What it reads, as far as it is here.
    pub(super) reads: BTreeSet<Name>,
    pub(super) transaction: Option<u32>,
    pub(super) at: Span,
}

/// A policy of row-level security.
#[derive(Clone)]
pub(super) struct Policy {
    pub(super) name: String,
    pub(super) permissive: bool,
    /// `all`, `select`, …
    pub(super) verb: String,
    /// Empty: everybody.
    pub(super) to: Vec<String>,
    pub(super) using: Option<Span>,
    pub(super) check: Option<Span>,
    pub(super) at: Span,
}

/// A look-up of entitlements.
pub(super) struct Function {
    /// The table it reads, and the column that names the login.
    pub(super) table: Name,
    pub(super) by: String,
    /// What it yields: names with types, as tokens.
    pub(super) yields: Vec<(String, Vec<Token>)>,
    /// Whether it yields nothing of a row but that there is one.
    pub(super) found: bool,
    pub(super) owner: Option<String>,
    pub(super) rights: Vec<Right>,
    pub(super) at: Span,
}

/// `call take_back(…)`: everything that earlier builds made and gave, but for this.
pub(super) struct TakenBack {
    pub(super) relations: BTreeSet<Name>,
    /// Schemas with the roles that reach into them.
    pub(super) entered: BTreeSet<Name>,
    pub(super) at: Span,
}

impl World {
    /// Notes who loses a relation without getting another one.
    pub(super) fn close(&mut self) {
        for (name, at) in std::mem::take(&mut self.ways) {
            self.unread(at, format!("why way is made for `{}.{}`, which nothing makes", name.0, name.1));
        }
    }

    /// Notes a statement that nothing here understands.
    pub(super) fn unread(&mut self, at: Span, why: impl Into<String>) {
        self.unread.push((at, why.into()));
    }

    /// The roles whose rights a login with this one role has.
    pub(super) fn reaches(&self, role: &str) -> BTreeSet<String> {
        let mut all = BTreeSet::from([PUBLIC.to_owned()]);
        let mut next = vec![role.to_owned()];
        while let Some(role) = next.pop() {
            if all.insert(role.clone()) {
                next.extend(self.members.iter().filter(|m| m.who == role).map(|m| m.of.clone()));
            }
        }
        all
    }

    /// Takes a relation away, and with it the views that stand on it.
    pub(super) fn drop_relation(&mut self, name: &Name) {
        if self.relations.remove(name).is_none() {
            return;
        }
        let above: Vec<Name> =
            self.relations.iter().filter(|(_, r)| r.kept != Kept::Table && r.reads.contains(name)).map(|(n, _)| n.clone()).collect();
        above.iter().for_each(|n| self.drop_relation(n));
    }
}

impl Relation {
    pub(super) fn new(kept: Kept, transaction: Option<u32>, at: Span) -> Relation {
        Relation {
            kept,
            owner: None,
            rights: Vec::new(),
            cleared: false,
            enabled: false,
            forced: false,
            policies: Vec::new(),
            part: None,
            triggers: BTreeMap::new(),
            barrier: false,
            invoker: false,
            content: Vec::new(),
            first: None,
            reads: BTreeSet::new(),
            transaction,
            at,
        }
    }
}

/// Takes rights back, as `revoke` does: of a column only where the column was named, of the whole both.
pub(super) fn revoke(rights: &mut Vec<Right>, verbs: &[(String, Option<Vec<String>>)], from: &[String]) {
    for (verb, columns) in verbs {
        rights.retain(|r| {
            let same = from.contains(&r.to) && (verb == "all" || r.verb == *verb);
            let column = match (columns, &r.column) {
                (None, _) => true,
                (Some(named), Some(column)) => named.contains(column),
                (Some(_), None) => false,
            };
            !(same && column)
        });
    }
}
