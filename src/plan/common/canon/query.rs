//! Queries: blocks, sets, and what stands in `from`.

use super::asked::{Asked, asked};
use super::{Alias, Canonical, Entry, Part, Writer, digest};
use crate::base::Ident;
use crate::ir::{Distinct, FromItem, OrderKey, Query, Relation, RelationSource, RowsOf, Select, SelectItem, SetExpr, SetOperator, TableId};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

impl<'q> Writer<'_, 'q> {
    pub(super) fn query(&mut self, q: &'q Query, part: Part<'_>) {
        let visible = self.entries.len();
        for cte in &q.with {
            self.entries.push(Entry { cte, scope: self.scope.len(), open: false });
        }
        let cut = q.limit.is_some() || q.offset.is_some();
        let picks = matches!(&q.body, SetExpr::Select(s) if matches!(s.distinct, Distinct::On(_)));
        let order = if part.need.is_none() || cut || picks { q.order.as_slice() } else { &[] };
        self.put("(q ");
        match &q.body {
            SetExpr::Select(select) => self.select(select, part, order),
            body => {
                self.set(body, part);
                self.order(order);
            }
        }
        for (word, e) in [("limit ", &q.limit), ("offset ", &q.offset)] {
            if let Some(e) = e {
                self.put(word);
                self.expr(e);
            }
        }
        self.put(")");
        self.entries.truncate(visible);
    }

    pub(super) fn order(&mut self, order: &'q [OrderKey]) {
        for key in order {
            let nulls_first = key.nulls_first.unwrap_or(key.descending);
            let _ = write!(self.out.text, "(by {} {} ", u8::from(key.descending), u8::from(nulls_first));
            self.expr(&key.expr);
            self.put(")");
        }
    }

    fn set(&mut self, body: &'q SetExpr, part: Part<'_>) {
        match body {
            SetExpr::Select(select) => self.select(select, part, &[]),
            SetExpr::Query(inner) => self.query(inner, part),
            SetExpr::Values(rows) => {
                self.put("(values ");
                for row in rows {
                    self.put("(");
                    let asked = row.iter().enumerate().filter(|(i, _)| part.need.is_none_or(|n| n.contains(i)));
                    asked.for_each(|(_, e)| self.expr(e));
                    self.put(")");
                }
                self.put(")");
            }
            SetExpr::Set { operator, all, left, right } => {
                let keeps_all = *all && *operator == SetOperator::Union;
                let part = Part { need: part.need.filter(|_| keeps_all), named: false };
                let _ = write!(self.out.text, "({operator:?} {} ", u8::from(*all));
                self.set(left, part);
                self.set(right, part);
                self.put(")");
            }
        }
    }

    fn select(&mut self, s: &'q Select, part: Part<'_>, order: &'q [OrderKey]) {
        let visible = self.scope.len();
        // Rows that are made one where they are equal depend on every column.
        let need = if matches!(s.distinct, Distinct::All) { None } else { part.need };
        let mut items: Vec<(usize, &SelectItem)> = s.items.iter().enumerate().filter(|(i, _)| need.is_none_or(|n| n.contains(i))).collect();
        if part.named {
            items.sort_by(|a, b| a.1.name.cmp(&b.1.name));
        }
        let asked = need.is_some().then(|| asked(s, &items, order));
        self.put("(select ");
        for item in &s.from {
            self.from(item, asked.as_ref());
        }
        if let Distinct::All = s.distinct {
            self.put("distinct ");
        }
        if let Distinct::On(keys) = &s.distinct {
            self.list("on", keys);
        }
        for (word, e) in [("where ", &s.filter), ("having ", &s.having), ("qualify ", &s.qualify)] {
            if let Some(e) = e {
                self.put(word);
                self.expr(e);
            }
        }
        if s.group.aggregated {
            self.list("group", &s.group.keys);
            let _ = write!(self.out.text, "{:?} ", s.group.sets);
        }
        for (_, item) in items {
            self.put("= ");
            if part.named {
                self.quoted(item.name.as_str());
            }
            self.expr(&item.expr);
        }
        self.order(order);
        self.put(")");
        self.scope.truncate(visible);
    }

    /// Puts the aliases of a part of `from` into scope, by their places.
    pub(super) fn enter(&mut self, item: &'q FromItem) {
        match item {
            FromItem::Relation(r) => self.scope.push(Alias { name: r.alias.clone(), table: behind(r), source: None }),
            FromItem::Join { left, right, .. } => {
                self.enter(left);
                self.enter(right);
            }
        }
    }

    /// Puts the aliases of a part of `from` into scope, by what they stand for.
    pub(super) fn read_from(&mut self, item: &'q FromItem, asked: &BTreeMap<Ident, BTreeSet<Ident>>) {
        match item {
            FromItem::Relation(r) => {
                self.out = Canonical::default();
                let known = self.touched.clone();
                self.relation(r, Some(asked));
                if !asked.contains_key(&r.alias) {
                    self.touched = known;
                }
                let source = digest(&self.out.text);
                self.scope.iter_mut().rev().take(1).for_each(|alias| alias.source = Some(source.clone()));
            }
            FromItem::Join { left, right, .. } => {
                self.read_from(left, asked);
                self.read_from(right, asked);
            }
        }
    }

    fn from(&mut self, item: &'q FromItem, asked: Option<&BTreeMap<Ident, BTreeSet<Ident>>>) {
        match item {
            FromItem::Relation(r) => self.relation(r, asked),
            FromItem::Join { kind, left, right, on } => {
                let _ = write!(self.out.text, "(join {kind:?} ");
                self.from(left, asked);
                self.from(right, asked);
                if let Some(on) = on {
                    self.put("on ");
                    self.expr(on);
                }
                self.put(")");
            }
        }
    }

    fn relation(&mut self, r: &'q Relation, asked: Option<&BTreeMap<Ident, BTreeSet<Ident>>>) {
        let none = BTreeSet::new();
        let names = asked.map(|a| a.get(&r.alias).unwrap_or(&none));
        let _ = write!(self.out.text, "(rel {} ", u8::from(r.lateral));
        match &r.source {
            RelationSource::Table(id) => {
                let table = self.common.table(*id).to_owned();
                self.quoted(&table);
                if !r.columns.is_empty() {
                    let real = self.common.program.table(*id).map_or(&[][..], |t| &t.columns);
                    for (seen, real) in r.columns.iter().zip(real).filter(|(s, _)| names.is_none_or(|n| n.contains(&s.name))) {
                        self.quoted(seen.name.as_str());
                        if let Some(touched) = &mut self.touched {
                            touched.insert((*id, real.name.clone()));
                        }
                        let real = self.common.column(*id, &real.name).to_owned();
                        self.quoted(real.as_str());
                    }
                }
            }
            RelationSource::Cte(name) => self.entry(name, r, names),
            RelationSource::Derived(query) => {
                let asked = Asked::of(query, r, names);
                self.query(query, Part { need: asked.need.as_ref(), named: asked.by_name });
                self.places(&asked);
            }
            RelationSource::Unnest { expr, ordinality } => {
                let _ = write!(self.out.text, "unnest {} ", u8::from(*ordinality));
                self.expr(expr);
                self.places(&Asked::rows_of(r));
            }
            RelationSource::Function { function, args, ordinality } => {
                let called = self.common.function(*function);
                self.quoted(&called);
                let _ = write!(self.out.text, "{} ", u8::from(*ordinality));
                self.list("of", args);
                self.places(&Asked::rows_of(r));
            }
            RelationSource::Zip { rows, ordinality } => {
                let _ = write!(self.out.text, "zip {} ", u8::from(*ordinality));
                for row in rows {
                    if let RowsOf::Function { function, .. } = row {
                        let called = self.common.function(*function);
                        self.quoted(&called);
                    }
                    self.list("rows", row.parts());
                }
                self.places(&Asked::rows_of(r));
            }
        }
        self.put(")");
        self.scope.push(Alias { name: r.alias.clone(), table: behind(r), source: None });
    }

    /// Which column each name stands for that expressions read, where the query does not write them itself.
    fn places(&mut self, asked: &Asked) {
        if asked.by_name {
            return;
        }
        self.put("as ");
        for (i, name) in asked.seen.iter().enumerate().filter(|(i, _)| asked.need.as_ref().is_none_or(|n| n.contains(i))) {
            let _ = write!(self.out.text, "{i} ");
            self.quoted(name.as_str());
        }
    }

    /// A `with` entry, written where it is read; what is long is written once and by its digest.
    fn entry(&mut self, name: &Ident, r: &Relation, names: Option<&BTreeSet<Ident>>) {
        let Some(at) = self.entries.iter().rposition(|e| e.cte.name == *name) else { return self.quoted(name.as_str()) };
        let Some(entry) = self.entries.get(at).cloned() else { return };
        if entry.open {
            let _ = write!(self.out.text, "itself {at} ");
            return self.places(&Asked { by_name: false, ..Asked::of(&entry.cte.query, r, None) });
        }
        let asked = Asked::of(&entry.cte.query, r, names.filter(|_| !entry.cte.recursive));
        let key = (at, std::ptr::from_ref(entry.cte) as usize, asked.need.as_ref().map(|n| n.iter().copied().collect()));
        let done = match self.written.get(&key) {
            Some(done) => done.clone(),
            None => {
                let done = self.aside(at, &entry, Part { need: asked.need.as_ref(), named: asked.by_name });
                self.written.insert(key, done.clone());
                done
            }
        };
        self.put("#");
        self.quoted(&done.text);
        self.out.masks.extend(done.masks);
        self.places(&asked);
    }

    /// An entry on a page of its own, as it stands where it is declared.
    fn aside(&mut self, at: usize, entry: &Entry<'q>, part: Part<'_>) -> Canonical {
        let inner_scope = self.scope.split_off(entry.scope.min(self.scope.len()));
        let later = self.entries.split_off(at);
        let page = std::mem::take(&mut self.out);
        if entry.cte.recursive {
            self.entries.push(Entry { open: true, ..entry.clone() });
        }
        self.query(&entry.cte.query, part);
        let written = std::mem::replace(&mut self.out, page);
        self.entries.truncate(at);
        self.entries.extend(later);
        self.scope.truncate(entry.scope);
        self.scope.extend(inner_scope);
        Canonical { text: digest(&written.text), masks: written.masks }
    }
}

/// The table whose columns have their own names under a relation's alias.
pub(super) fn behind(r: &Relation) -> Option<TableId> {
    match &r.source {
        RelationSource::Table(id) if r.columns.is_empty() => Some(*id),
        _ => None,
    }
}
