//! Follows a subject and a value through blocks to where they are stored.

use super::super::equal::Place;
use super::super::numbered::is_number;
use super::super::whose::{self, Node, Whose};
use super::super::{Cx, asked, once};
use super::block::{Block, Entries, Env, Holds, collect, columns_of, plain};
use crate::base::Ident;
use crate::ir::{Expr, ExprKind, Materialization, Query, RelationSource, RowsOf, SetExpr, Table, TableKind, find, query_of};
use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;

pub(in crate::lower) struct Walk<'w> {
    pub(in crate::lower) cx: &'w Cx<'w>,
    pub(in crate::lower) left: Cell<u32>,
    /// Whether what is computed from columns that belong to the subject does.
    pub(in crate::lower) computed: bool,
    /// Whether what tells nothing may be anybody's, and rows of the subject may be set side by side.
    pub(in crate::lower) asked: bool,
    /// Which columns of a stored row say whose it is.
    pub(in crate::lower) whose: &'w Whose<'w>,
    /// What is being asked of queries.
    pub(in crate::lower) asking: RefCell<BTreeSet<(usize, Question)>>,
}

/// What is asked of a query, of its columns by their places.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::lower) enum Question {
    /// Whether the last is of whom the first ones name.
    Belongs(Vec<usize>, usize),
    /// Which stored columns it is, with what these reference.
    Names(usize, bool),
    /// Whether its rows are decided by whom it names.
    Decides(usize),
    /// Whether what decides its rows tells nothing.
    Quiet,
    /// Whether nobody is behind its rows.
    Nobody,
}

impl<'w> Walk<'w> {
    pub(in crate::lower) fn new(cx: &'w Cx<'w>, whose: &'w Whose<'w>, most: u32) -> Walk<'w> {
        Walk { cx, left: Cell::new(most), computed: false, asked: false, whose, asking: RefCell::new(BTreeSet::new()) }
    }
}

impl Walk<'_> {
    /// Asks something of a query; `None` where that is being asked already, which only the step of a recursive entry does.
    pub(in crate::lower) fn ask<T>(&self, query: &Query, question: Question, answer: impl FnOnce() -> T) -> Option<T> {
        let asked = (std::ptr::from_ref(query).addr(), question);
        if !self.asking.borrow_mut().insert(asked.clone()) {
            return None;
        }
        let answer = answer();
        self.asking.borrow_mut().remove(&asked);
        Some(answer)
    }

    pub(in crate::lower) fn belongs(&self, block: &Block<'_>, subject: &Place, value: &Place) -> bool {
        let Some(left) = self.left.get().checked_sub(1) else { return false };
        self.left.set(left);
        let named = self.named(block, subject);
        named.iter().any(|(relation, column)| *relation == value.0 && self.within(block, relation, column, &value.1))
            || (self.computed && self.unnested(block, subject, value))
            || (self.asked && self.equals(block, &named, value))
            || (self.asked
                && self.links(block, &named, &value.0).is_some_and(|by| by.iter().all(|c| self.within(block, &value.0, c, &value.1))))
    }

    /// Whether a column equals, wherever it is there, one that belongs to whom these name.
    fn equals(&self, block: &Block<'_>, named: &BTreeSet<Place>, value: &Place) -> bool {
        let ties = block.ties.iter().filter(|t| t.to == *value && matches!(t.holds, Holds::Always | Holds::WithSecond));
        let own =
            |place: &Place| named.iter().any(|(relation, column)| *relation == place.0 && self.within(block, relation, column, &place.1));
        ties.into_iter().any(|t| own(&t.from))
    }

    /// The columns by which a row of a relation finds one row that names the subject, by a key of that: it names it in so many words.
    pub(in crate::lower) fn links(&self, block: &Block<'_>, named: &BTreeSet<Place>, alias: &Ident) -> Option<BTreeSet<Ident>> {
        if block.inner || named.iter().any(|(relation, _)| relation == alias) {
            return None;
        }
        let (found, by) = once::finds(self.cx, block, alias);
        named.iter().any(|(relation, _)| found.contains(relation)).then_some(by).filter(|by| !by.is_empty())
    }

    /// The columns of a block that name the subject, or a thing that is the subject's.
    pub(in crate::lower) fn named(&self, block: &Block<'_>, subject: &Place) -> BTreeSet<Place> {
        // Columns that name the subject, or a thing that is the subject's, in all rows where both the subject and the value are there: from the
        // subject on as long as what is there makes the next one be there, and on to the value as long as that asks for the one before.
        let mut named: BTreeSet<Place> = BTreeSet::from([subject.clone()]);
        if self.computed {
            named.extend(lists(block, subject));
        }
        for way in [Holds::WithFirst, Holds::WithSecond] {
            loop {
                let ties = block.ties.iter().filter(|t| t.holds == Holds::Always || t.holds == way);
                let more: Vec<Place> = ties.filter_map(|t| self.learn(block, &named, &t.from, &t.to)).collect();
                if more.is_empty() {
                    break;
                }
                named.extend(more);
            }
        }
        named
    }

    /// Whether a value is an element of what belongs to the subject.
    fn unnested(&self, block: &Block<'_>, subject: &Place, value: &Place) -> bool {
        let mut of = elements_of(block, &value.0);
        if let (true, Some(RelationSource::Function { args, .. })) = (self.asked, block.relation(&value.0).map(|r| &r.source)) {
            of.extend(args);
        }
        !of.is_empty() && of.into_iter().all(|array| self.own(block, subject, array))
    }

    /// Whether all that an expression reads belongs to the subject.
    fn own(&self, block: &Block<'_>, subject: &Place, e: &Expr) -> bool {
        if self.asked {
            return asked::own(self, block, subject, e);
        }
        let others = |e: &Expr| query_of(e).is_some() || matches!(e.kind, ExprKind::Window(_));
        let mut columns = Vec::new();
        collect(e, &mut columns);
        find(e, &others).is_none() && columns.iter().all(|c| self.belongs(block, subject, c))
    }

    /// Of two equal columns: the first as the key of a row that names the subject, the second where the first is known and they name one thing.
    fn learn(&self, block: &Block<'_>, named: &BTreeSet<Place>, a: &Place, b: &Place) -> Option<Place> {
        if named.contains(a) {
            let one_thing = || {
                let theirs = self.names(block, b, true);
                self.names(block, a, true).iter().any(|n| theirs.contains(n))
            };
            return (!named.contains(b) && one_thing()).then(|| b.clone());
        }
        let beside = || named.iter().any(|(relation, column)| *relation == a.0 && self.within(block, relation, column, &a.1));
        let key = || self.names(block, a, false).iter().any(|n| whose::is_key(self.cx, *n));
        (beside() && key()).then(|| a.clone())
    }

    /// Whether two columns of a relation are of one stored row, or the second of a row of whom the first names.
    fn within(&self, block: &Block<'_>, alias: &Ident, subject: &Ident, value: &Ident) -> bool {
        if subject == value {
            return true;
        }
        let Some(relation) = block.relation(alias) else { return false };
        let (Some(subject), Some(value)) = (block.position(self.cx, relation, subject), block.position(self.cx, relation, value)) else {
            return false;
        };
        match &relation.source {
            RelationSource::Table(id) => {
                let Some(table) = self.cx.finished(*id).map(|f| &f.table) else { return false };
                self.whose.says(self.cx, *id, subject)
                    && match &table.kind {
                        TableKind::Model(model) => {
                            let by = key_of_number(table, subject);
                            by.contains(&value) || self.in_query(&model.query, None, &by, value)
                        }
                        _ => true,
                    }
            }
            RelationSource::Derived(query) => self.in_query(query, Some(block.env), &[subject], value),
            RelationSource::Cte(name) => match block.env.find(name) {
                Some((query, env)) => self.in_query(query, Some(&env), &[subject], value),
                None => false,
            },
            _ => false,
        }
    }

    fn in_query(&self, query: &Query, outer: Option<&Env<'_>>, subject: &[usize], value: usize) -> bool {
        let env = Env { entries: Entries::With(&query.with), outer };
        self.ask(query, Question::Belongs(subject.to_vec(), value), || self.in_body(&query.body, &env, subject, value)).unwrap_or(true)
    }

    fn in_body(&self, body: &SetExpr, env: &Env<'_>, subject: &[usize], value: usize) -> bool {
        match body {
            SetExpr::Values(_) => false,
            SetExpr::Query(query) => self.in_query(query, Some(env), subject, value),
            SetExpr::Set { left, right, .. } => self.in_body(left, env, subject, value) && self.in_body(right, env, subject, value),
            SetExpr::Select(select) => {
                let item = |at: usize| select.items.get(at).map(|i| &i.expr);
                let Some(value) = item(value) else { return false };
                let block = Block::of(self.cx, &select.from, select.filter.as_ref(), env);
                let owns = |subject: &Place| match plain(value) {
                    Some(value) if self.asked && !asked::tells(self.cx, &block, &value) => true,
                    Some(value) => self.belongs(&block, subject, &value),
                    None => self.computed && self.own(&block, subject, value),
                };
                let named = |at: &usize| {
                    let columns = item(*at).map(columns_of).unwrap_or_default();
                    !columns.is_empty() && columns.iter().all(owns)
                };
                !subject.is_empty() && subject.iter().all(named)
            }
        }
    }

    /// The stored columns that a column is, unchanged; with `references` those, too, that it references.
    pub(in crate::lower) fn names(&self, block: &Block<'_>, place: &Place, references: bool) -> BTreeSet<Node> {
        self.named_by(block, place, references).unwrap_or_default()
    }

    /// As `names`; `None` where it is what is being asked for: a step that hands its rows' column on.
    fn named_by(&self, block: &Block<'_>, place: &Place, references: bool) -> Option<BTreeSet<Node>> {
        let at = block.relation(&place.0).and_then(|r| Some((r, block.position(self.cx, r, &place.1)?)));
        let Some((relation, at)) = at else { return Some(BTreeSet::new()) };
        match &relation.source {
            RelationSource::Table(id) => {
                Some(u32::try_from(at).map(|at| whose::reached(self.cx, (*id, at), references)).unwrap_or_default())
            }
            RelationSource::Derived(query) => self.of_query(query, Some(block.env), at, references),
            RelationSource::Cte(name) => match block.env.find(name) {
                Some((query, env)) => self.of_query(query, Some(&env), at, references),
                None => Some(BTreeSet::new()),
            },
            _ => Some(BTreeSet::new()),
        }
    }

    fn of_query(&self, query: &Query, outer: Option<&Env<'_>>, at: usize, references: bool) -> Option<BTreeSet<Node>> {
        let env = Env { entries: Entries::With(&query.with), outer };
        self.ask(query, Question::Names(at, references), || self.of_body(&query.body, &env, at, references)).flatten()
    }

    fn of_body(&self, body: &SetExpr, env: &Env<'_>, at: usize, references: bool) -> Option<BTreeSet<Node>> {
        match body {
            SetExpr::Values(_) => Some(BTreeSet::new()),
            SetExpr::Query(query) => self.of_query(query, Some(env), at, references),
            SetExpr::Set { left, right, .. } => match (self.of_body(left, env, at, references), self.of_body(right, env, at, references)) {
                (Some(left), Some(right)) => Some(left.intersection(&right).copied().collect()),
                (left, right) => left.or(right),
            },
            SetExpr::Select(select) => match select.items.get(at).and_then(|i| plain(&i.expr)) {
                Some(place) => self.named_by(&Block::of(self.cx, &select.from, None, env), &place, references),
                None => Some(BTreeSet::new()),
            },
        }
    }
}

/// What a relation's rows are elements of; nothing where they are no elements.
fn elements_of<'b>(block: &Block<'b>, alias: &Ident) -> Vec<&'b Expr> {
    match block.relation(alias).map(|r| &r.source) {
        Some(RelationSource::Unnest { expr, .. }) => vec![expr],
        Some(RelationSource::Zip { rows, .. }) => rows.iter().flat_map(RowsOf::parts).collect(),
        _ => Vec::new(),
    }
}

/// The columns that hold the list of which a column is an element: their row names each of them.
fn lists(block: &Block<'_>, element: &Place) -> BTreeSet<Place> {
    let mut found = BTreeSet::new();
    let mut next = vec![element.clone()];
    while let Some(place) = next.pop() {
        for array in elements_of(block, &place.0) {
            next.extend(columns_of(array).into_iter().filter(|c| found.insert(c.clone())));
        }
    }
    found
}

/// A number that is given out to a key and kept stands for that key.
fn key_of_number(table: &Table, column: usize) -> Vec<usize> {
    let place = |name: &Ident| table.columns.iter().position(|c| c.name == *name);
    let number = table.columns.get(column).is_some_and(|c| is_number(table, &c.name));
    match &table.kind {
        TableKind::Model(model) if number => match &model.materialization {
            Materialization::Incremental { key, .. } => key.iter().map(place).collect::<Option<_>>().unwrap_or_default(),
            _ => Vec::new(),
        },
        _ => vec![column],
    }
}
