//! Reads queries for the values that their columns are made of. Everything an expression takes a value from counts, whatever it does with it;
//! what it only asks about one (a comparison, a count, a condition) is for labels, but for masks: that one was asked about is kept apart.

mod expr;
mod scope;

use super::compared::Compared;
use super::values::{Made, Tolds};
use crate::base::Ident;
use crate::ir::{
    Cte, Distinct, Expr, ExprKind, FromItem, Program, Query, Relation, RelationSource, Select, SetExpr, SetOperator, conjuncts,
};
use scope::{Known, Named, Scope, With, beside, entry_named, named, together};

/// Tables read before, by id.
pub(super) struct Reading<'r> {
    pub(super) program: &'r Program,
    pub(super) done: &'r [Made],
    /// Whether what is only asked about a value counts as if it was told.
    pub(super) asked: bool,
    /// Whether the number of a row tells by what rows are numbered: two tables that number alike can be joined by it.
    pub(super) numbers: bool,
    /// Hears of what is compared.
    pub(super) compared: &'r Compared,
}

impl Reading<'_> {
    /// What each column of a query is made of.
    pub(super) fn read(&self, query: &Query) -> Made {
        self.query(query, None, None)
    }

    fn query(&self, query: &Query, outer: Option<&Scope<'_>>, with: Option<&With<'_>>) -> Made {
        let mut own = With { entries: Vec::new(), outer: with };
        for cte in &query.with {
            let columns = self.entry(cte, outer, &own);
            own.entries.push((cte.name.clone(), columns));
        }
        let mut made = self.set(&query.body, outer, &own);
        if query.limit.is_some() || query.offset.is_some() {
            let first = self.first_rows(query, &made, (outer, &own));
            made.rows = made.rows.union(&first);
        }
        made
    }

    /// The masks that decide which rows come first, and how many are kept.
    fn first_rows(&self, query: &Query, made: &Made, (outer, with): (Option<&Scope<'_>>, &With<'_>)) -> Tolds {
        let keys = match &query.body {
            SetExpr::Select(select) => {
                let scope = self.scope(select, outer, with);
                self.all(query.order.iter().map(|k| &k.expr), &scope, with)
            }
            _ if query.order.is_empty() => Tolds::NONE,
            _ => together(&made.columns),
        };
        self.about(&keys.union(&self.all(query.limit.iter().chain(&query.offset), &Scope::new(outer), with)))
    }

    fn entry(&self, cte: &Cte, outer: Option<&Scope<'_>>, with: &With<'_>) -> Named {
        let names: Vec<Ident> = cte.query.names().cloned().collect();
        if !cte.recursive {
            return named(names, self.query(&cte.query, outer, Some(with)));
        }
        let mut columns = named(names.clone(), Made { columns: vec![Tolds::NONE; names.len()], rows: Tolds::NONE });
        // A value wanders at least one column further each time, or has arrived.
        for _ in 0..names.len() + 2 {
            let inner = With { entries: vec![(cte.name.clone(), columns.clone())], outer: Some(with) };
            let next = named(names.clone(), self.query(&cte.query, outer, Some(&inner)));
            if next == columns {
                break;
            }
            columns = next;
        }
        columns
    }

    fn set(&self, body: &SetExpr, outer: Option<&Scope<'_>>, with: &With<'_>) -> Made {
        match body {
            SetExpr::Select(select) => self.select(select, outer, with),
            SetExpr::Values(rows) => {
                let scope = Scope::new(outer);
                let mut all: Vec<Tolds> = Vec::new();
                for row in rows {
                    all = beside(all, row.iter().map(|e| self.expr(e, &scope, with)).collect());
                }
                Made { columns: all, rows: Tolds::NONE }
            }
            SetExpr::Set { operator, all, left, right } => {
                let (left, right) = (self.set(left, outer, with), self.set(right, outer, with));
                let mut rows = left.rows.union(&right.rows);
                if *operator != SetOperator::Union {
                    left.columns.iter().zip(&right.columns).for_each(|(l, r)| self.compared.note(self.program, &[l.clone(), r.clone()]));
                }
                if !all || *operator != SetOperator::Union {
                    rows = rows.union(&self.about(&together(&left.columns).union(&together(&right.columns))));
                }
                let columns = if *operator == SetOperator::Except { left.columns } else { beside(left.columns, right.columns) };
                Made { columns, rows }
            }
            SetExpr::Query(inner) => self.query(inner, outer, Some(with)),
        }
    }

    fn select(&self, select: &Select, outer: Option<&Scope<'_>>, with: &With<'_>) -> Made {
        let scope = self.scope(select, outer, with);
        let columns: Vec<Tolds> = select.items.iter().map(|item| self.expr(&item.expr, &scope, with)).collect();
        let held = select.filter.iter().chain(&select.having).chain(&select.qualify);
        let chosen = self.conditions(held, &scope, with).union(&self.all(select.group.keys.iter(), &scope, with));
        let asked = match &select.distinct {
            Distinct::No => chosen,
            Distinct::All => chosen.union(&together(&columns)),
            Distinct::On(keys) => chosen.union(&self.all(keys.iter(), &scope, with)),
        };
        let rows = scope.rows.union(&self.about(&asked));
        Made { columns, rows }
    }

    fn scope<'s>(&self, select: &Select, outer: Option<&'s Scope<'s>>, with: &With<'_>) -> Scope<'s> {
        let mut scope = Scope::new(outer);
        for item in &select.from {
            self.from(item, &mut scope, with);
        }
        scope
    }

    fn from(&self, item: &FromItem, scope: &mut Scope<'_>, with: &With<'_>) {
        match item {
            FromItem::Relation(relation) => {
                let (known, rows) = self.relation(relation, scope, with);
                scope.rows = scope.rows.union(&rows);
                scope.relations.push(known);
            }
            FromItem::Join { left, right, on, .. } => {
                self.from(left, scope, with);
                self.from(right, scope, with);
                let asked = self.about(&self.conditions(on.iter(), scope, with));
                scope.rows = scope.rows.union(&asked);
            }
        }
    }

    fn relation(&self, relation: &Relation, scope: &Scope<'_>, with: &With<'_>) -> (Known, Tolds) {
        let renamed = || relation.columns.iter().map(|c| c.name.clone()).collect::<Vec<_>>();
        // How many rows a function makes hangs on its arguments.
        let alike =
            |told: Tolds, rows: &Tolds| named(renamed(), Made { columns: vec![told; relation.columns.len()], rows: self.about(rows) });
        let mut table = None;
        let made = match &relation.source {
            RelationSource::Table(id) => {
                table = Some(*id);
                let names = self.program.table(*id).map_or(Vec::new(), |t| t.columns.iter().map(|c| c.name.clone()).collect());
                named(names, self.done.get(id.0 as usize).cloned().unwrap_or_default())
            }
            RelationSource::Cte(name) => entry_named(with, name).cloned().unwrap_or_default(),
            RelationSource::Derived(query) => named(query.names().cloned().collect(), self.query(query, Some(scope), Some(with))),
            RelationSource::Unnest { expr, .. } => {
                let told = self.expr(expr, scope, with);
                alike(self.step(&told, None), &told)
            }
            RelationSource::Function { args, .. } => {
                let told = self.all(args.iter(), scope, with);
                alike(told.clone(), &told)
            }
            RelationSource::Zip { rows, .. } => {
                let told = rows.iter().map(|r| self.step(&self.all(r.parts().iter(), scope, with), None));
                let mut told: Vec<Tolds> = told.collect();
                let rows = self.about(&together(&told));
                told.resize(relation.columns.len(), Tolds::NONE);
                named(renamed(), Made { columns: told, rows })
            }
        };
        let columns = match (&relation.source, relation.columns.is_empty()) {
            (RelationSource::Table(_) | RelationSource::Cte(_) | RelationSource::Derived(_), false) => {
                renamed().into_iter().zip(made.columns).map(|(name, (_, told))| (name, told)).collect()
            }
            _ => made.columns,
        };
        (Known { alias: relation.alias.clone(), table, columns }, made.rows)
    }

    /// Of what a condition asks about, the masks: what labels do not name.
    fn about(&self, asked: &Tolds) -> Tolds {
        if self.asked { Tolds::NONE } else { asked.asked() }
    }

    fn all<'e>(&self, exprs: impl Iterator<Item = &'e Expr>, scope: &Scope<'_>, with: &With<'_>) -> Tolds {
        exprs.fold(Tolds::NONE, |all, e| all.union(&self.expr(e, scope, with)))
    }

    /// Conditions that hold for all rows: where two values differ, they say of none that they are equal.
    fn conditions<'e>(&self, held: impl Iterator<Item = &'e Expr>, scope: &Scope<'_>, with: &With<'_>) -> Tolds {
        held.flat_map(conjuncts).fold(Tolds::NONE, |all, e| {
            let told = match &e.kind {
                ExprKind::Operator { function, args } if matches!(self.called(*function), "<>" | "!=") => {
                    self.all(args.iter(), scope, with)
                }
                ExprKind::IsDistinct(a, b, false) => self.all([&**a, &**b].into_iter(), scope, with),
                _ => self.expr(e, scope, with),
            };
            all.union(&told)
        })
    }
}
