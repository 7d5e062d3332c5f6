//! What fills a relation, how it is kept, and whose it is.

use super::super::bodies;
use super::super::content::{self, Content};
use super::super::expected::Keeping;
use super::super::functions;
use super::super::lex::Token;
use super::super::predicate::Predicate;
use super::super::report::Side;
use super::super::world::{Kept, PUBLIC, Relation};
use super::conditions::Conditions;
use super::{Comparing, VERBS};
use crate::base::Span;
use crate::ir::{Table, TableId, TableKind, Verb};
use std::collections::BTreeSet;

impl Comparing<'_> {
    /// Whether what fills a relation is what the program says; gives the condition of a view that hides rows.
    pub(super) fn filled(
        &mut self,
        relation: &Relation,
        table: &Table,
        content: Option<&Content>,
        written: &str,
        because: Option<Span>,
    ) -> Option<Span> {
        let Some(content) = content else {
            let says = format!("what fills `{written}` cannot be told from the program");
            self.push(relation.at, Side::NotUnderstood, "", "", written, says, because);
            return None;
        };
        let as_said = match (&relation.first, &content.first) {
            (Some(found), Some(wanted)) => bodies::same(found, wanted),
            (found, wanted) => found.is_none() && wanted.is_none(),
        };
        if !as_said {
            let says = format!("`{written}` is not filled with what the program says when it is made");
            self.push(relation.at, Side::Differs, "", "", written, says, because);
        }
        if let (Some(around), [(found, _)]) = (&content.filtered, relation.content.as_slice())
            && found.len() > around.len()
            && found.get(..around.len()).is_some_and(|head| bodies::same(head, around))
            && !content.whole.first().is_some_and(|w| bodies::same(w, found))
        {
            let rest = found.get(around.len()..).unwrap_or(&[]);
            return Some(rest.first()?.at.to(rest.last()?.at));
        }
        if let (true, [(found, at)], [wanted]) = (content.columns_only, relation.content.as_slice(), content.whole.as_slice()) {
            if !content::has_columns(found, wanted) {
                let says = format!("`{written}` does not have the columns that the program says");
                self.push(*at, Side::Differs, "", "", written, says, because);
            }
            self.reads_known(found, *at, written, because);
            return None;
        }
        let mut wanted = content.whole.iter();
        for (found, at) in &relation.content {
            if !wanted.next().is_some_and(|w| bodies::same(w, found)) {
                let says = format!("`{written}` is not filled with what the program says");
                self.push(*at, Side::Differs, "", "", written, says, because);
                return None;
            }
        }
        if wanted.next().is_some() {
            let says = format!("not all of `{written}` is filled in");
            self.push(relation.at, Side::Differs, "", "", written, says, because);
        }
        let _ = table;
        None
    }

    /// Whether definitions call nothing but what is known: a check runs with the rights of whoever writes.
    pub(super) fn reads_known(&mut self, found: &[Token], at: Span, written: &str, because: Option<Span>) {
        let known = functions::known(self);
        for name in functions::unknown(found, &known) {
            let says = format!("a definition of `{written}` calls `{name}`, which is not understood");
            self.push(at, Side::NotUnderstood, "", "", &name, says, because);
        }
    }

    /// How a relation is kept, and whose it is.
    pub(super) fn kept(&mut self, id: TableId, table: &Table, relation: &Relation, written: &str, because: Option<Span>) {
        let materialized = matches!(&table.kind, TableKind::Model(_)) && self.expected.kept(table) == Keeping::Other;
        let wanted = match self.expected.kept(table) {
            Keeping::Table => Kept::Table,
            Keeping::View | Keeping::Inlined => Kept::View,
            Keeping::Other => Kept::Materialized,
        };
        if relation.kept != wanted && !(materialized && relation.kept == Kept::Materialized) {
            let says = format!("`{written}` is not kept as the program says");
            self.push(relation.at, Side::Differs, "", "", written, says, because);
        }
        if relation.invoker {
            let says = format!("`{written}` reads with the rights of whoever asks, who has none below it");
            self.push(relation.at, Side::ProgramHasMore, "", "select", written, says, because);
        }
        if !self.expected.enforced() {
            return;
        }
        let owner = if relation.kept == Kept::Table { self.owner.clone() } else { None };
        if relation.owner != owner {
            let whose = relation.owner.clone().unwrap_or_else(|| "whoever builds".to_owned());
            let says = format!("`{written}` belongs to `{whose}`");
            self.push(relation.at, Side::ArtifactHasMore, &whose, "own", written, says, because);
        }
        if !relation.cleared {
            let says = format!("rights on `{written}` that somebody gave before are not taken back");
            self.push(relation.at, Side::ArtifactHasMore, PUBLIC, "select", written, says, because);
        }
        for (behind, mark) in self.expected.refuses(id) {
            if !self.world().refused.contains(&(relation.transaction, behind.clone(), mark)) {
                let says = format!("`{written}` is given to its readers also while `{}.{}` holds rows of other masks", behind.0, behind.1);
                self.push(relation.at, Side::ArtifactHasMore, PUBLIC, "select", written, says, because);
            }
        }
        let (ends, held) = (self.expected.ends(id), self.world().held.get(&self.expected.name(table)).cloned().unwrap_or_default());
        for one in ends.symmetric_difference(&held) {
            let (role, determination, day) = one;
            let (side, does) =
                if ends.contains(one) { (Side::ArtifactHasMore, "is left to") } else { (Side::ProgramHasMore, "is taken from") };
            let says = format!("`{written}` {does} `{role}` after {day}, the last day of determination `{determination}`");
            self.push(relation.at, side, role, "select", written, says, because);
        }
        let wanted = self.expected.marked(id).map(|marked| (relation.transaction, marked));
        if self.world().marked.get(&self.expected.name(table)) != wanted.as_ref() {
            let says = format!("`{written}` is not marked with the masks and labels that its rows are made under, which exports ask");
            self.push(relation.at, Side::Differs, "", "", written, says, because);
        }
        let read = self.expected.lines(id).iter().any(|l| l.verb == Verb::Read);
        if relation.kept == Kept::View && !relation.barrier && (read || self.expected.is_twin(id) || self.expected.is_shown(id)) {
            let says = format!(
                "`{written}` has no `security_barrier`: a function in a reader's condition is told values of rows that it leaves out"
            );
            self.push(relation.at, Side::ArtifactHasMore, "", "select", written, says, because);
        }
        if relation.kept == Kept::Table && relation.enabled && !relation.forced {
            let says = format!("row-level security of `{written}` does not hold its owner");
            let owner = self.owner.clone().unwrap_or_default();
            self.push(relation.at, Side::ArtifactHasMore, &owner, "select", written, says, because);
        }
        if relation.kept == Kept::Table && !relation.enabled && self.expected.narrowed(id) {
            let says = format!("row-level security of `{written}` is not enabled");
            self.push(relation.at, Side::ArtifactHasMore, "", "select", written, says, because);
        }
    }

    /// Under row-level security that holds the owner, too, who builds has to see and write every row.
    pub(super) fn builds(&mut self, relation: &Relation, conditions: &Conditions, written: &str, because: Option<Span>) {
        let Some(owner) = self.owner.clone() else { return };
        let reach = BTreeSet::from([owner.clone(), PUBLIC.to_owned()]);
        let all = VERBS.iter().all(|verb| conditions.rows(relation, &reach, verb, false) == Predicate::Yes);
        if !all {
            let says = format!("who builds `{written}` does not see every row of it");
            self.push(relation.at, Side::ProgramHasMore, &owner, "select", written, says, because);
        }
    }
}
