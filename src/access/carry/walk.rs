//! Follows policies through a query, block by block.

use super::super::deep::is_same;
use super::{Carried, Carry, Lost, place};
use crate::base::Ident;
use crate::ir::{
    Distinct, Expr, ExprKind, FromItem, JoinKind, Policy, Program, Query, Relation, RelationSource, RowsOf, Select, SetExpr, SetOperator,
    TableId, WindowCall, conjuncts, every, operands, query_of,
};
use crate::predicate::{Condition, Rows, Rule, Side, compare};
use std::collections::BTreeSet;

/// A policy over the relations of a block: the columns it reads by alias and name.
struct Reaching {
    carried: Carried,
    columns: Vec<(Ident, Ident)>,
}

pub(super) struct Walk<'w> {
    pub(super) program: &'w Program,
    pub(super) carry: &'w Carry,
    pub(super) model: TableId,
    /// `with` entries in scope, innermost last: name, names of columns, policies.
    pub(super) entries: Vec<(Ident, Vec<Ident>, Vec<Carried>)>,
    /// The policies that a condition has met, here or before.
    pub(super) met: Vec<Carried>,
}

impl Walk<'_> {
    pub(super) fn lost(&self, carried: &Carried, why: &'static str) -> Carried {
        let columns = match &carried.columns {
            Err(lost) => Err(*lost),
            // A condition over no column of the table hides all or nothing, whatever becomes of the rows.
            Ok(columns) if columns.is_empty() => Ok(Vec::new()),
            Ok(_) => Err(Lost { model: self.model, why }),
        };
        Carried { columns, ..carried.clone() }
    }

    pub(super) fn all_lost(&self, all: Vec<Carried>, why: &'static str) -> Vec<Carried> {
        all.iter().map(|c| self.lost(c, why)).collect()
    }

    pub(super) fn query(&mut self, q: &Query) -> Vec<Carried> {
        let visible = self.entries.len();
        for cte in &q.with {
            let mut found = Vec::new();
            if cte.recursive {
                self.entries.push((cte.name.clone(), cte.query.names().cloned().collect(), Vec::new()));
                found = self.query(&cte.query);
                self.entries.pop();
                found = self.all_lost(found, "a recursive query reads it");
            } else {
                found.extend(self.query(&cte.query));
            }
            self.entries.push((cte.name.clone(), cte.query.names().cloned().collect(), found));
        }
        let mut found = self.set(&q.body);
        let ordered: Vec<&Expr> = q.order.iter().map(|k| &k.expr).collect();
        if q.limit.is_some() || q.offset.is_some() {
            found = self.all_lost(found, "`limit` counts rows that are hidden");
        }
        let aside: Vec<&Expr> = ordered.into_iter().chain(&q.limit).chain(&q.offset).collect();
        found.extend(self.aside(&aside));
        self.entries.truncate(visible);
        found
    }

    fn set(&mut self, body: &SetExpr) -> Vec<Carried> {
        match body {
            SetExpr::Select(select) => self.select(select),
            SetExpr::Values(rows) => {
                let all: Vec<&Expr> = rows.iter().flatten().collect();
                self.aside(&all)
            }
            SetExpr::Query(inner) => self.query(inner),
            SetExpr::Set { operator, left, right, .. } => {
                let (left, right) = (self.set(left), self.set(right));
                if *operator != SetOperator::Union {
                    return self
                        .all_lost(left.into_iter().chain(right).collect(), "`except` and `intersect` compare with rows that are hidden");
                }
                let both: BTreeSet<&Carried> = left.iter().filter(|c| right.contains(c)).collect();
                let of = |c: &Carried| if both.contains(c) { c.clone() } else { self.lost(c, "`union` adds rows that it says nothing of") };
                left.iter().chain(&right).map(of).collect()
            }
        }
    }

    /// Queries inside expressions: what they read decides values and rows, and stays with none.
    fn aside(&mut self, expressions: &[&Expr]) -> Vec<Carried> {
        let mut found = Vec::new();
        let mut waiting: Vec<&Expr> = expressions.to_vec();
        while let Some(e) = waiting.pop() {
            if let Some(query) = query_of(e) {
                let inner = self.query(query);
                found.extend(self.all_lost(inner, "a query inside an expression reads it"));
            }
            operands(e, &mut |inner| waiting.push(inner));
        }
        found
    }

    fn select(&mut self, s: &Select) -> Vec<Carried> {
        let mut reaching = Vec::new();
        let mut found = Vec::new();
        for item in &s.from {
            self.from(item, &mut reaching, &mut found);
        }
        let on = if let Distinct::On(keys) = &s.distinct { keys.as_slice() } else { &[] };
        let items = s.items.iter().map(|i| &i.expr);
        let all: Vec<&Expr> = items.chain(on).chain(&s.filter).chain(&s.group.keys).chain(&s.having).chain(&s.qualify).collect();
        found.extend(self.aside(&all));
        let mut windows = Vec::new();
        all.iter().for_each(|e| windows_in(e, &mut windows));
        let (held, reaching): (Vec<Reaching>, Vec<Reaching>) = reaching.into_iter().partition(|r| self.holds_already(r, s));
        self.met.extend(held.into_iter().map(|r| r.carried));
        found.extend(reaching.into_iter().map(|r| self.through(r, s, &windows)));
        found
    }

    /// Whether `where` lets through only rows that the policy shows to everybody.
    fn holds_already(&self, reaching: &Reaching, s: &Select) -> bool {
        let Some(policy) = self.program.policies.get(reaching.carried.policy as usize) else { return false };
        let Some(table) = self.program.table(policy.table).filter(|_| policy.asks.is_none() && reaching.carried.columns.is_ok()) else {
            return false;
        };
        let names: Option<Vec<&Ident>> = policy.columns.iter().map(|c| table.columns.get(*c as usize).map(|c| &c.name)).collect();
        let Some(names) = names.filter(|n| !n.is_empty()) else { return false };
        let mut filter = policy.filter.clone();
        place(&mut filter, &|name| names.iter().position(|n| *n == name).and_then(|p| reaching.columns.get(p)).cloned());
        let asked = s.filter.iter().flat_map(conjuncts).collect::<Vec<_>>();
        conjuncts(&filter).iter().all(|part| asked.iter().any(|a| is_same(a, part))) || self.follows(&filter, &asked, &reaching.columns)
    }

    /// Whether conditions over a row leave none that a policy's hides, as they are compared over a small model. What reads other relations or queries is
    /// left out of account.
    fn follows(&self, hides: &Expr, asked: &[&Expr], columns: &[(Ident, Ident)]) -> bool {
        let Some((alias, _)) = columns.first() else { return false };
        let of_row = |e: &Expr| match &e.kind {
            ExprKind::Column { relation, .. } => relation == alias,
            _ => query_of(e).is_none(),
        };
        if !every(hides, &of_row) {
            return false;
        }
        let rule = |e: &Expr| Rule { condition: Condition::read(self.program, e, alias, false), asks: None, known: None };
        let shown = Rows { rules: asked.iter().filter(|e| every(e, &of_row)).map(|e| rule(e)).collect() };
        compare(&Rows { rules: vec![rule(hides)] }, &shown).gained == Side::None
    }

    /// A policy behind a select block.
    fn through(&self, r: Reaching, s: &Select, windows: &[&WindowCall]) -> Carried {
        let is = |e: &Expr, (alias, column): &(Ident, Ident)| matches!(&e.kind, ExprKind::Column { relation, name } if relation == alias && name == column);
        let among = |list: &[Expr]| r.columns.iter().all(|c| list.iter().any(|e| is(e, c)));
        if r.carried.columns.is_err() {
            return r.carried;
        }
        let told = |key: &Distinct| match key {
            Distinct::On(keys) => among(keys),
            _ => true,
        };
        let why = if s.group.aggregated && (!s.group.sets.is_empty() || !among(&s.group.keys)) {
            Some("its rows are put together with others")
        } else if !windows.iter().all(|w| among(&w.partition)) {
            Some("a window looks at rows that are hidden")
        } else if !told(&s.distinct) {
            Some("`distinct on` compares with rows that are hidden")
        } else {
            None
        };
        if let Some(why) = why {
            return self.lost(&r.carried, why);
        }
        let place = |c: &(Ident, Ident)| s.items.iter().position(|i| is(&i.expr, c)).and_then(|p| u32::try_from(p).ok());
        match r.columns.iter().map(place).collect::<Option<Vec<u32>>>() {
            Some(columns) => Carried { columns: Ok(columns), ..r.carried },
            None => self.lost(&r.carried, "it leaves out a column that the condition reads"),
        }
    }

    fn from(&mut self, item: &FromItem, out: &mut Vec<Reaching>, aside: &mut Vec<Carried>) {
        match item {
            FromItem::Relation(relation) => self.relation(relation, out, aside),
            FromItem::Join { kind, left, right, on } => {
                let (mut l, mut r) = (Vec::new(), Vec::new());
                self.from(left, &mut l, aside);
                self.from(right, &mut r, aside);
                let (pads_left, pads_right) = match kind {
                    JoinKind::Inner | JoinKind::Cross => (false, false),
                    JoinKind::Left => (false, true),
                    JoinKind::Right => (true, false),
                    JoinKind::Full => (true, true),
                };
                for (side, padded) in [(l, pads_left), (r, pads_right)] {
                    out.extend(side.into_iter().map(|one| if padded { self.padded(one) } else { one }));
                }
                let on: Vec<&Expr> = on.iter().collect();
                aside.extend(self.aside(&on));
            }
        }
    }

    /// On the side that an outer join fills up with NULL: fine where the condition hides such rows.
    fn padded(&self, r: Reaching) -> Reaching {
        let hides = self.program.policies.get(r.carried.policy as usize).is_some_and(|p| hides_null(self.program, &p.filter));
        let carried =
            if hides { r.carried } else { self.lost(&r.carried, "an outer join fills up rows, and its condition may show those") };
        Reaching { carried, columns: r.columns }
    }

    fn relation(&mut self, relation: &Relation, out: &mut Vec<Reaching>, aside: &mut Vec<Carried>) {
        let (mut columns, carried) = match &relation.source {
            RelationSource::Table(id) => {
                let names = self.program.table(*id).map(|t| t.columns.iter().map(|c| c.name.clone()).collect()).unwrap_or_default();
                (names, self.carry.of(*id).to_vec())
            }
            RelationSource::Cte(name) => {
                let found = self.entries.iter().rev().find(|(n, ..)| n == name);
                found.map(|(_, names, carried)| (names.clone(), carried.clone())).unwrap_or_default()
            }
            RelationSource::Derived(query) => (query.names().cloned().collect(), self.query(query)),
            RelationSource::Unnest { expr, .. } => return aside.extend(self.aside(&[expr])),
            RelationSource::Function { args, .. } => {
                let args: Vec<&Expr> = args.iter().collect();
                return aside.extend(self.aside(&args));
            }
            RelationSource::Zip { rows, .. } => {
                let parts: Vec<&Expr> = rows.iter().flat_map(RowsOf::parts).collect();
                return aside.extend(self.aside(&parts));
            }
        };
        if !relation.columns.is_empty() {
            columns = relation.columns.iter().map(|c| c.name.clone()).collect();
        }
        for carried in carried {
            let named = |p: &u32| Some((relation.alias.clone(), columns.get(*p as usize)?.clone()));
            let places = carried.columns.as_ref().map(|c| c.iter().map(named).collect::<Option<Vec<_>>>());
            match places {
                Ok(Some(columns)) => out.push(Reaching { carried, columns }),
                Ok(None) => aside.push(self.lost(&carried, "it leaves out a column that the condition reads")),
                Err(_) => aside.push(carried),
            }
        }
    }
}

fn windows_in<'e>(e: &'e Expr, out: &mut Vec<&'e WindowCall>) {
    if let ExprKind::Window(call) = &e.kind {
        out.push(call);
    }
    operands(e, &mut |inner| windows_in(inner, out));
}

/// Whether a condition is never true of a row whose columns are all NULL. False where that is not plain to see.
fn hides_null(program: &Program, e: &Expr) -> bool {
    let own = |e: &Expr| match &e.kind {
        ExprKind::Column { relation, .. } => relation.as_str() != Policy::ENTITLED,
        _ => false,
    };
    match &e.kind {
        ExprKind::And(parts) => parts.iter().any(|p| hides_null(program, p)),
        ExprKind::Or(parts) => parts.iter().all(|p| hides_null(program, p)),
        ExprKind::Column { .. } => own(e),
        ExprKind::InList(a, _, _) | ExprKind::Between(a, _, _, _) | ExprKind::Like(a, _, _, _) | ExprKind::IsNull(a, true) => own(a),
        ExprKind::Quantified(q) => own(&q.left) && !q.all,
        ExprKind::Operator { function, args } => {
            let strict = ["=", "<", ">", "<=", ">=", "<>", "!="];
            program.function(*function).is_some_and(|f| strict.contains(&&*f.name)) && args.iter().any(own)
        }
        _ => false,
    }
}
