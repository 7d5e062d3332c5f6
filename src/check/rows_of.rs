//! The tables whose stored rows the rows of a table are: of a join, those of the relation that finds all others by their keys. People behind rows of one table may
//! be counted over it, and over any model that chooses, joins or groups its rows: what one of them leaves out is their difference.

use super::one_each::{Entries, one_each};
use crate::base::Ident;
use crate::ir::{
    Cte, Expr, ExprKind, FromItem, JoinKind, Program, Query, Relation, RelationSource, Select, SetExpr, TableId, TableKind, conjuncts,
};
use std::collections::{BTreeMap, BTreeSet};

/// Where rows are stored, table by table; `None`: that is not plain to see.
pub(super) struct RowsOf(BTreeMap<TableId, Stored>);

type Stored = Option<BTreeSet<TableId>>;

/// `with` entries in scope.
struct With<'w> {
    entries: Vec<(&'w Cte, Stored)>,
    outer: Option<&'w With<'w>>,
}

impl RowsOf {
    /// Reads these tables, and what they are made of.
    pub(super) fn of(program: &Program, wanted: &BTreeSet<TableId>) -> RowsOf {
        let mut needed = BTreeSet::new();
        let mut next: Vec<TableId> = wanted.iter().copied().collect();
        while let Some(id) = next.pop() {
            if needed.insert(id) {
                next.extend(program.table(id).into_iter().flat_map(|t| &t.reads));
            }
        }
        let mut rows = RowsOf(BTreeMap::new());
        for id in program.order.iter().filter(|id| needed.contains(id)) {
            if let Some(TableKind::Model(model)) = program.table(*id).map(|t| &t.kind) {
                // A model that reads itself has the rows of what it reads besides.
                rows.0.insert(*id, Some(BTreeSet::new()));
                let stored = rows.query(program, &model.query, None);
                rows.0.insert(*id, stored);
            }
        }
        rows
    }

    /// Where the rows of several tables are stored; empty: that is not plain to see.
    pub(super) fn behind(&self, tables: &BTreeSet<TableId>) -> BTreeSet<TableId> {
        let all: Stored = tables.iter().map(|id| self.table(*id)).try_fold(BTreeSet::new(), |mut all, one| {
            all.extend(one?);
            Some(all)
        });
        all.unwrap_or_default()
    }

    fn table(&self, id: TableId) -> Stored {
        self.0.get(&id).cloned().unwrap_or_else(|| Some(BTreeSet::from([id])))
    }

    fn query<'q>(&self, program: &'q Program, query: &'q Query, outer: Option<&With<'_>>) -> Stored {
        let mut with = With { entries: Vec::new(), outer };
        for cte in &query.with {
            let stored = self.entry(program, cte, &with);
            with.entries.push((cte, stored));
        }
        self.body(program, &query.body, &with)
    }

    fn entry<'q>(&self, program: &'q Program, cte: &'q Cte, with: &With<'_>) -> Stored {
        // What a step adds is read by the entry itself.
        let entries = if cte.recursive { vec![(cte, Some(BTreeSet::new()))] } else { Vec::new() };
        self.query(program, &cte.query, Some(&With { entries, outer: Some(with) }))
    }

    fn body<'q>(&self, program: &'q Program, body: &'q SetExpr, with: &With<'_>) -> Stored {
        match body {
            SetExpr::Values(_) => Some(BTreeSet::new()),
            SetExpr::Query(query) => self.query(program, query, Some(with)),
            SetExpr::Set { left, right, .. } => {
                let (mut all, more) = (self.body(program, left, with)?, self.body(program, right, with)?);
                all.extend(more);
                Some(all)
            }
            SetExpr::Select(select) => {
                let leading = leading(program, select, &|name| with.query(name));
                let mut relations = Vec::new();
                select.from.iter().for_each(|item| relations_of(item, &mut relations));
                relations.into_iter().filter(|r| leading.contains(&r.alias)).try_fold(BTreeSet::new(), |mut all, relation| {
                    all.extend(self.relation(program, relation, with)?);
                    Some(all)
                })
            }
        }
    }

    fn relation<'q>(&self, program: &'q Program, relation: &'q Relation, with: &With<'_>) -> Stored {
        match &relation.source {
            RelationSource::Table(id) => self.table(*id),
            RelationSource::Derived(query) => self.query(program, query, Some(with)),
            RelationSource::Cte(name) => with.find(name),
            // Elements are of the rows that they are made from, which stand beside them.
            RelationSource::Unnest { .. } | RelationSource::Function { .. } | RelationSource::Zip { .. } => Some(BTreeSet::new()),
        }
    }
}

impl With<'_> {
    fn entry(&self, name: &Ident) -> Option<&(&Cte, Stored)> {
        let own = self.entries.iter().rev().find(|(cte, _)| cte.name == *name);
        own.or_else(|| self.outer.and_then(|outer| outer.entry(name)))
    }

    fn find(&self, name: &Ident) -> Stored {
        self.entry(name).and_then(|(_, stored)| stored.clone())
    }

    fn query(&self, name: &Ident) -> Option<&Query> {
        self.entry(name).map(|(cte, _)| &*cte.query)
    }
}

/// The relations of a block whose rows its own are: those that find all others by a key; all of them, where none does.
pub(super) fn leading<'q>(program: &Program, select: &'q Select, entries: Entries<'_>) -> BTreeSet<&'q Ident> {
    let mut relations = Vec::new();
    select.from.iter().for_each(|item| relations_of(item, &mut relations));
    let mut found = Found { program, entries, relations: &relations, by: Vec::new(), padded: BTreeSet::new() };
    select.from.iter().for_each(|item| found.item(item));
    select.filter.iter().for_each(|e| found.condition(e, None));
    let finds_all = |r: &&&Relation| !found.padded.contains(&r.alias) && found.from(&r.alias).len() == relations.len();
    let bases: BTreeSet<&Ident> = relations.iter().filter(finds_all).map(|r| &r.alias).collect();
    if bases.is_empty() { relations.iter().map(|r| &r.alias).collect() } else { bases }
}

fn relations_of<'q>(item: &'q FromItem, all: &mut Vec<&'q Relation>) {
    match item {
        FromItem::Relation(relation) => all.push(relation),
        FromItem::Join { left, right, .. } => {
            relations_of(left, all);
            relations_of(right, all);
        }
    }
}

/// Which relations of a block find which by a key.
struct Found<'p, 'q, 'e> {
    program: &'p Program,
    entries: Entries<'e>,
    relations: &'p [&'q Relation],
    by: Vec<(&'q Ident, &'q Ident)>,
    /// Those beside which rows of others stand that found none of theirs.
    padded: BTreeSet<&'q Ident>,
}

impl<'q> Found<'_, 'q, '_> {
    fn item(&mut self, item: &'q FromItem) {
        let FromItem::Join { kind, left, right, on } = item else { return };
        self.item(left);
        self.item(right);
        let aliases = |side: &'q FromItem| {
            let mut all = Vec::new();
            relations_of(side, &mut all);
            all.into_iter().map(|r| &r.alias).collect::<BTreeSet<_>>()
        };
        let padded = match kind {
            JoinKind::Inner | JoinKind::Cross => BTreeSet::new(),
            JoinKind::Left => aliases(right),
            JoinKind::Right => aliases(left),
            JoinKind::Full => &aliases(left) | &aliases(right),
        };
        let only = matches!(kind, JoinKind::Left | JoinKind::Right | JoinKind::Full).then_some(&padded);
        on.iter().for_each(|e| self.condition(e, only));
        self.padded.extend(padded);
    }

    /// Notes what equals a key; where only one side of a join is padded, it is that which is found.
    fn condition(&mut self, e: &'q Expr, only: Option<&BTreeSet<&'q Ident>>) {
        for e in conjuncts(e) {
            let ExprKind::Operator { function, args } = &e.kind else { continue };
            let equals = self.program.function(*function).is_some_and(|f| f.standard && &*f.name == "=");
            let (
                [
                    Expr { kind: ExprKind::Column { relation: a, name: x }, .. },
                    Expr { kind: ExprKind::Column { relation: b, name: y }, .. },
                ],
                true,
            ) = (args.as_slice(), equals)
            else {
                continue;
            };
            for (finder, found, key) in [(a, b, y), (b, a, x)] {
                if only.is_none_or(|only| only.contains(found)) && self.is_key(found, key) {
                    self.by.push((finder, found));
                }
            }
        }
    }

    fn is_key(&self, alias: &Ident, name: &Ident) -> bool {
        let relation = self.relations.iter().find(|r| r.alias == *alias);
        relation.is_some_and(|relation| one_each(self.program, relation, name, self.entries))
    }

    /// What a relation finds, itself among it; elements of arrays are found by whatever holds them.
    fn from(&self, start: &'q Ident) -> BTreeSet<&'q Ident> {
        let made = |r: &&&'q Relation| !matches!(r.source, RelationSource::Table(_) | RelationSource::Cte(_) | RelationSource::Derived(_));
        let mut all: BTreeSet<&Ident> = self.relations.iter().filter(made).map(|r| &r.alias).collect();
        all.insert(start);
        loop {
            let more: Vec<&Ident> =
                self.by.iter().filter(|(by, found)| all.contains(by) && !all.contains(found)).map(|(_, f)| *f).collect();
            if more.is_empty() {
                return all;
            }
            all.extend(more);
        }
    }
}
