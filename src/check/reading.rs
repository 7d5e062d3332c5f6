//! Reads queries for the values that their columns are made of. Everything an expression takes a value from counts, whatever it does with it;
//! what it only asks about one (a comparison, a count, a condition) is for labels.

use super::text::text_of;
use super::values::{Masked, Told, Tolds, Value};
use crate::base::Ident;
use crate::ir::{
    AggregateCall, CommonFunction, Cte, Expr, ExprKind, FromItem, Function, FunctionId, FunctionKind, JsonStep, Literal, Program, Query,
    Relation, RelationSource, Select, SetExpr, SetOperator, TableId, Type, operands, query_of,
};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Tables read before, by id.
pub(super) struct Reading<'r> {
    pub(super) program: &'r Program,
    pub(super) done: &'r [Vec<Tolds>],
    /// Whether what is only asked about a value counts as well.
    pub(super) asked: bool,
}

type Named = Vec<(Ident, Tolds)>;

/// Relations of a block, and of those around it.
pub(super) struct Scope<'s> {
    relations: Vec<Known>,
    outer: Option<&'s Scope<'s>>,
}

struct Known {
    alias: Ident,
    table: Option<TableId>,
    columns: Named,
}

/// `with` entries, and those of the queries around.
pub(super) struct With<'w> {
    entries: Vec<(Ident, Named)>,
    outer: Option<&'w With<'w>>,
}

impl Reading<'_> {
    /// What each column of a query is made of.
    pub(super) fn query(&self, query: &Query, outer: Option<&Scope<'_>>, with: Option<&With<'_>>) -> Vec<Tolds> {
        let mut own = With { entries: Vec::new(), outer: with };
        for cte in &query.with {
            let columns = self.entry(cte, outer, &own);
            own.entries.push((cte.name.clone(), columns));
        }
        self.set(&query.body, outer, &own)
    }

    fn entry(&self, cte: &Cte, outer: Option<&Scope<'_>>, with: &With<'_>) -> Named {
        let names = names_of(&cte.query);
        if !cte.recursive {
            return named(names, self.query(&cte.query, outer, Some(with)));
        }
        let mut columns = named(names.clone(), vec![Tolds::NONE; names.len()]);
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

    fn set(&self, body: &SetExpr, outer: Option<&Scope<'_>>, with: &With<'_>) -> Vec<Tolds> {
        match body {
            SetExpr::Select(select) => self.select(select, outer, with),
            SetExpr::Values(rows) => {
                let scope = Scope { relations: Vec::new(), outer };
                let mut all: Vec<Tolds> = Vec::new();
                for row in rows {
                    all = beside(all, row.iter().map(|e| self.expr(e, &scope, with)).collect());
                }
                all
            }
            SetExpr::Set { operator: SetOperator::Except, left, .. } => self.set(left, outer, with),
            SetExpr::Set { left, right, .. } => beside(self.set(left, outer, with), self.set(right, outer, with)),
            SetExpr::Query(inner) => self.query(inner, outer, Some(with)),
        }
    }

    fn select(&self, select: &Select, outer: Option<&Scope<'_>>, with: &With<'_>) -> Vec<Tolds> {
        let mut scope = Scope { relations: Vec::new(), outer };
        for item in &select.from {
            self.from(item, &mut scope, with);
        }
        select.items.iter().map(|item| self.expr(&item.expr, &scope, with)).collect()
    }

    fn from(&self, item: &FromItem, scope: &mut Scope<'_>, with: &With<'_>) {
        match item {
            FromItem::Relation(relation) => {
                let known = self.relation(relation, scope, with);
                scope.relations.push(known);
            }
            FromItem::Join { left, right, .. } => {
                self.from(left, scope, with);
                self.from(right, scope, with);
            }
        }
    }

    fn relation(&self, relation: &Relation, scope: &Scope<'_>, with: &With<'_>) -> Known {
        let renamed = || relation.columns.iter().map(|c| c.name.clone()).collect::<Vec<_>>();
        let alike = |told: Tolds| named(renamed(), vec![told; relation.columns.len()]);
        let mut table = None;
        let columns = match &relation.source {
            RelationSource::Table(id) => {
                table = Some(*id);
                let names = self.program.table(*id).map_or(Vec::new(), |t| t.columns.iter().map(|c| c.name.clone()).collect());
                named(names, self.done.get(id.0 as usize).cloned().unwrap_or_default())
            }
            RelationSource::Cte(name) => entry_named(with, name).cloned().unwrap_or_default(),
            RelationSource::Derived(query) => named(names_of(query), self.query(query, Some(scope), Some(with))),
            RelationSource::Unnest { expr, .. } => alike(self.step(&self.expr(expr, scope, with), "[*]")),
            RelationSource::Function { args, .. } => alike(self.all(args.iter(), scope, with)),
            RelationSource::Zip { rows, .. } => {
                let told = rows.iter().map(|r| self.step(&self.all(r.parts().iter(), scope, with), "[*]"));
                let mut told: Vec<Tolds> = told.collect();
                told.resize(relation.columns.len(), Tolds::NONE);
                named(renamed(), told)
            }
        };
        let columns = match (&relation.source, relation.columns.is_empty()) {
            (RelationSource::Table(_) | RelationSource::Cte(_) | RelationSource::Derived(_), false) => {
                renamed().into_iter().zip(columns).map(|(name, (_, told))| (name, told)).collect()
            }
            _ => columns,
        };
        Known { alias: relation.alias.clone(), table, columns }
    }

    fn all<'e>(&self, exprs: impl Iterator<Item = &'e Expr>, scope: &Scope<'_>, with: &With<'_>) -> Tolds {
        exprs.fold(Tolds::NONE, |all, e| all.union(&self.expr(e, scope, with)))
    }

    fn expr(&self, e: &Expr, scope: &Scope<'_>, with: &With<'_>) -> Tolds {
        match &e.kind {
            ExprKind::Column { relation, name } => column(scope, relation, name).cloned().unwrap_or_default(),
            ExprKind::Call { function, args } => match self.program.function(*function) {
                Some(mask) if mask.kind == FunctionKind::Mask => self.mask(mask, *function, args, (scope, with)),
                _ if e.ty == Type::Boolean && !self.asked => Tolds::NONE,
                _ => self.all(args.iter(), scope, with),
            },
            ExprKind::Operator { args, .. } if e.ty != Type::Boolean || self.asked => self.all(args.iter(), scope, with),
            ExprKind::Aggregate(call) => self.aggregate(call, scope, with),
            ExprKind::Window(window) => self.aggregate(&window.call, scope, with),
            ExprKind::Json(access) => {
                let base = self.expr(&access.base, scope, with);
                access.steps.iter().fold(base, |told, step| {
                    let told = self.step(&told, &path_text(step));
                    if let JsonStep::Computed(e) = step { told.union(&self.expr(e, scope, with)) } else { told }
                })
            }
            ExprKind::Scalar(query) | ExprKind::ArrayQuery(query) => {
                self.query(query, Some(scope), Some(with)).iter().fold(Tolds::NONE, |all, one| all.union(one))
            }
            ExprKind::Case { arms, otherwise, .. } if !self.asked => {
                let arms = self.all(arms.iter().map(|(_, then)| then), scope, with);
                otherwise.iter().fold(arms, |all, e| all.union(&self.expr(e, scope, with)))
            }
            ExprKind::Common(CommonFunction::Nullif, args) if !self.asked => self.all(args.iter().take(1), scope, with),
            ExprKind::Operator { .. }
            | ExprKind::Not(_)
            | ExprKind::And(_)
            | ExprKind::Or(_)
            | ExprKind::IsNull(..)
            | ExprKind::IsBool(..)
            | ExprKind::IsDistinct(..)
            | ExprKind::InList(..)
            | ExprKind::InQuery(..)
            | ExprKind::Exists(..)
            | ExprKind::Quantified(_)
            | ExprKind::Between(..)
            | ExprKind::Like(..)
            | ExprKind::Grouping(_)
                if !self.asked =>
            {
                Tolds::NONE
            }
            _ => {
                let mut told = Tolds::NONE;
                if let Some(query) = query_of(e) {
                    told = self.query(query, Some(scope), Some(with)).iter().fold(told, |all, one| all.union(one));
                }
                operands(e, &mut |child| told = told.union(&self.expr(child, scope, with)));
                told
            }
        }
    }

    /// What a mask leaves. Where another argument changes from row to row it leaves everything, as for labels; but for those it is declared
    /// `with`, of which labels say what is left.
    fn mask(&self, mask: &Function, id: FunctionId, args: &[Expr], (scope, with): (&Scope<'_>, &With<'_>)) -> Tolds {
        let Some((value, rest)) = args.split_first() else { return Tolds::NONE };
        let told = self.expr(value, scope, with);
        let beside = |position: usize| mask.transition.iter().flat_map(|t| &t.with).any(|(p, _)| *p == position);
        let text = |e: &Expr, position: usize| {
            let names = |relation: &Ident, name: &Ident| self.column_text(column(scope, relation, name)?);
            text_of(self.program, e, if beside(position) { &names } else { &|_, _| None }).map(Arc::from)
        };
        let texts: Option<Vec<Arc<str>>> = rest.iter().zip(1..).map(|(e, position)| text(e, position)).collect();
        let Some(texts) = texts else { return told.union(&self.all(rest.iter(), scope, with)) };
        let names = mask.params.iter().skip(1).map(|p| p.name.clone());
        let masked = Arc::new(Masked { mask: id, args: names.zip(texts).collect() });
        let through = |told: &Told| Told { masked: told.masked.clone().or_else(|| Some(masked.clone())), ..told.clone() };
        Tolds::of(told.as_slice().iter().map(through).collect())
    }

    /// A column by the one value it is made of, whatever the alias.
    fn column_text(&self, told: &Tolds) -> Option<String> {
        match told.as_slice() {
            [Told { value, masked: None }] => Some(super::seen::value_name(self.program, value)),
            _ => None,
        }
    }

    /// A count tells how many; other aggregates may tell one of the values. A pick that a discriminator decides is a value of its own, called by the
    /// constant it is picked by; under any other condition it may be any of them.
    fn aggregate(&self, call: &AggregateCall, scope: &Scope<'_>, with: &With<'_>) -> Tolds {
        let name = self.program.function(call.function).map_or("", |f| &*f.name);
        if !self.asked && matches!(name, "count" | "row_number" | "rank" | "dense_rank" | "ntile" | "percent_rank" | "cume_dist") {
            return Tolds::NONE;
        }
        let told = self.all(call.args.iter(), scope, with);
        let ([Expr { kind: ExprKind::Column { relation, name }, .. }], Some(filter)) = (call.args.as_slice(), &call.filter) else {
            return told;
        };
        let Some((table, position)) = self.place(scope, relation, name) else { return told };
        let Some((by, constant)) = self.equated(scope, filter).filter(|((of, _), _)| *of == table) else { return told };
        if !self.program.discriminators.iter().any(|d| d.table == table && (d.table, d.by) == by && d.columns.contains(&position)) {
            return told;
        }
        let part = format!("[{constant:?}]");
        let picked = |t: &Told| Told { value: Value { part: format!("{}{part}", t.value.part).into(), ..t.value.clone() }, ..t.clone() };
        Tolds::of(told.as_slice().iter().map(picked).collect())
    }

    fn place(&self, scope: &Scope<'_>, relation: &Ident, name: &Ident) -> Option<(TableId, u32)> {
        let table = find_relation(scope, relation)?.table?;
        let position = self.program.table(table)?.columns.iter().position(|c| c.name == *name)?;
        Some((table, u32::try_from(position).ok()?))
    }

    /// `column = 'constant'`, either way round, and nothing else.
    fn equated<'e>(&self, scope: &Scope<'_>, e: &'e Expr) -> Option<((TableId, u32), &'e str)> {
        let ExprKind::Operator { function, args } = &e.kind else { return None };
        if &*self.program.function(*function)?.name != "=" {
            return None;
        }
        match args.as_slice() {
            [Expr { kind: ExprKind::Column { relation, name }, .. }, Expr { kind: ExprKind::Literal(constant), .. }]
            | [Expr { kind: ExprKind::Literal(constant), .. }, Expr { kind: ExprKind::Column { relation, name }, .. }] => {
                let constant = match constant {
                    Literal::Text(text) => &**text,
                    // Other ways to write a number would be other names of one value.
                    Literal::Number(digits) if digits.bytes().all(|b| b.is_ascii_digit()) => digits.trim_start_matches('0'),
                    _ => return None,
                };
                Some((self.place(scope, relation, name)?, constant))
            }
            _ => None,
        }
    }

    /// A step further into those values that are JSON.
    fn step(&self, told: &Tolds, step: &str) -> Tolds {
        let json = |v: &Value| {
            let column = self.program.table(v.table).and_then(|t| t.columns.get(v.column as usize));
            column.is_some_and(|c| matches!(c.ty, Type::Json(_)))
        };
        let further = |t: &Told| match &t.masked {
            None if json(&t.value) => {
                Told { value: Value { part: format!("{}{step}", t.value.part).into(), ..t.value.clone() }, masked: None }
            }
            _ => t.clone(),
        };
        Tolds::of(told.as_slice().iter().map(further).collect())
    }
}

fn named(names: Vec<Ident>, mut told: Vec<Tolds>) -> Named {
    told.resize(names.len().max(told.len()), Tolds::NONE);
    names.into_iter().zip(told).collect()
}

fn beside(mut left: Vec<Tolds>, right: Vec<Tolds>) -> Vec<Tolds> {
    left.resize(left.len().max(right.len()), Tolds::NONE);
    left.iter_mut().zip(right).for_each(|(l, r)| *l = l.union(&r));
    left
}

pub(super) fn names_of(query: &Query) -> Vec<Ident> {
    if !query.columns.is_empty() {
        return query.columns.iter().map(|c| c.name.clone()).collect();
    }
    let mut body = &query.body;
    loop {
        body = match body {
            SetExpr::Select(select) => return select.items.iter().map(|i| i.name.clone()).collect(),
            SetExpr::Set { left, .. } => left,
            SetExpr::Query(inner) => return names_of(inner),
            SetExpr::Values(_) => return Vec::new(),
        };
    }
}

fn entry_named<'w>(with: &'w With<'_>, name: &Ident) -> Option<&'w Named> {
    let own = with.entries.iter().rev().find(|(n, _)| n == name).map(|(_, columns)| columns);
    own.or_else(|| with.outer.and_then(|outer| entry_named(outer, name)))
}

fn find_relation<'s>(scope: &'s Scope<'_>, alias: &Ident) -> Option<&'s Known> {
    let own = scope.relations.iter().find(|r| r.alias == *alias);
    own.or_else(|| scope.outer.and_then(|outer| find_relation(outer, alias)))
}

fn column<'s>(scope: &'s Scope<'_>, relation: &Ident, name: &Ident) -> Option<&'s Tolds> {
    find_relation(scope, relation)?.columns.iter().find(|(n, _)| n == name).map(|(_, told)| told)
}

fn path_text(step: &JsonStep) -> String {
    match step {
        JsonStep::Field(name) => format!(".{name}"),
        JsonStep::Index(i) => format!("[{i}]"),
        JsonStep::Pick { conditions, index } => {
            let one = |c: &crate::ir::JsonCondition| format!("{}{}{:?}", c.field, if c.negated { "<>" } else { "=" }, c.equals);
            // In whichever order they are written.
            let conditions: BTreeSet<String> = conditions.iter().map(one).collect();
            format!("[{}][{index}]", conditions.into_iter().collect::<Vec<_>>().join(","))
        }
        JsonStep::Computed(_) => "[*]".to_owned(),
    }
}
