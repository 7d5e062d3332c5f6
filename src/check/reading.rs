//! Reads queries for the values that their columns are made of. Everything an expression takes a value from counts, whatever it does with it;
//! what it only asks about one (a comparison, a count, a condition) is for labels, but for masks: that one was asked about is kept apart.

use super::compared::Compared;
use super::text::text_of;
use super::values::{Element, Made, Masked, Told, Tolds, Value};
use crate::base::Ident;
use crate::ir::{
    AggregateCall, CommonFunction, Cte, Distinct, Expr, ExprKind, FromItem, Function, FunctionId, FunctionKind, JsonStep, Literal, Program,
    Query, Relation, RelationSource, Select, SetExpr, SetOperator, TableId, Type, conjuncts, operands, query_of,
};
use std::collections::BTreeSet;
use std::sync::Arc;

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

/// Columns by name, and which masks are behind the rows.
#[derive(Clone, PartialEq, Eq, Default)]
struct Named {
    columns: Vec<(Ident, Tolds)>,
    rows: Tolds,
}

/// Relations of a block, and of those around it.
pub(super) struct Scope<'s> {
    relations: Vec<Known>,
    /// The masks behind the rows of all of them.
    rows: Tolds,
    outer: Option<&'s Scope<'s>>,
}

impl<'s> Scope<'s> {
    fn new(outer: Option<&'s Scope<'s>>) -> Self {
        Scope { relations: Vec::new(), rows: Tolds::NONE, outer }
    }
}

struct Known {
    alias: Ident,
    table: Option<TableId>,
    columns: Vec<(Ident, Tolds)>,
}

/// `with` entries, and those of the queries around.
pub(super) struct With<'w> {
    entries: Vec<(Ident, Named)>,
    outer: Option<&'w With<'w>>,
}

impl Reading<'_> {
    /// What each column of a query is made of.
    pub(super) fn query(&self, query: &Query, outer: Option<&Scope<'_>>, with: Option<&With<'_>>) -> Made {
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
        let names = names_of(&cte.query);
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
            RelationSource::Derived(query) => named(names_of(query), self.query(query, Some(scope), Some(with))),
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

    fn called(&self, function: FunctionId) -> &str {
        self.program.function(function).map_or("", |f| &*f.name)
    }

    fn expr(&self, e: &Expr, scope: &Scope<'_>, with: &With<'_>) -> Tolds {
        match &e.kind {
            ExprKind::Column { relation, name } => column(scope, relation, name).cloned().unwrap_or_default(),
            ExprKind::Call { function, args } => match self.program.function(*function) {
                Some(mask) if mask.kind == FunctionKind::Mask => self.mask(mask, *function, args, (scope, with)),
                _ if e.ty == Type::Boolean && !self.asked => self.inside(e, scope, with).asked(),
                _ => self.inside(e, scope, with),
            },
            ExprKind::Operator { .. } if e.ty != Type::Boolean => self.inside(e, scope, with),
            ExprKind::Aggregate(call) => self.aggregate(call, scope, with),
            ExprKind::Window(window) => {
                let told = self.aggregate(&window.call, scope, with);
                let keys = || self.all(window.partition.iter().chain(window.order.iter().map(|k| &k.expr)), scope, with);
                match (self.asked, self.numbers && self.is_number(&window.call)) {
                    (true, _) => told,
                    (false, true) => told.union(&keys()),
                    (false, false) => told.union(&keys().asked()),
                }
            }
            ExprKind::Json(access) => {
                let base = self.expr(&access.base, scope, with);
                access.steps.iter().fold(base, |told, step| {
                    let told = self.step(&told, Some(step));
                    if let JsonStep::Computed(e) = step { told.union(&self.expr(e, scope, with)) } else { told }
                })
            }
            ExprKind::Release(inner, _) if !self.asked => self.expr(inner, scope, with).released(),
            ExprKind::Scalar(query) | ExprKind::ArrayQuery(query) => {
                let made = self.query(query, Some(scope), Some(with));
                together(&made.columns).union(&made.rows)
            }
            ExprKind::Case { operand, arms, otherwise } if !self.asked => {
                let told = self.all(arms.iter().map(|(_, then)| then).chain(otherwise.as_deref()), scope, with);
                let asked: Vec<Tolds> =
                    operand.as_deref().into_iter().chain(arms.iter().map(|(when, _)| when)).map(|e| self.expr(e, scope, with)).collect();
                if operand.is_some() {
                    self.compared.note(self.program, &asked);
                }
                told.union(&together(&asked).asked())
            }
            ExprKind::Common(CommonFunction::Nullif, args) if !self.asked => {
                let told: Vec<Tolds> = args.iter().map(|e| self.expr(e, scope, with)).collect();
                self.compared.note(self.program, &told);
                told.split_first().map_or(Tolds::NONE, |(first, rest)| first.union(&together(rest).asked()))
            }
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
                self.inside(e, scope, with).asked()
            }
            _ => self.inside(e, scope, with),
        }
    }

    /// All that the operands and the query of an expression tell.
    fn inside(&self, e: &Expr, scope: &Scope<'_>, with: &With<'_>) -> Tolds {
        let mut told: Vec<Tolds> = Vec::new();
        operands(e, &mut |child| told.push(self.expr(child, scope, with)));
        let made = query_of(e).map_or_else(Made::default, |query| self.query(query, Some(scope), Some(with)));
        match &e.kind {
            ExprKind::InQuery(a, ..) if matches!(a.kind, ExprKind::Row(_)) => {
                let mut items: Vec<Tolds> = Vec::new();
                operands(a, &mut |item| items.push(self.expr(item, scope, with)));
                items.into_iter().zip(&made.columns).for_each(|(item, column)| self.compared.note(self.program, &[item, column.clone()]));
            }
            ExprKind::InQuery(..) | ExprKind::Quantified(_) => {
                self.compare(e, &told.iter().chain(made.columns.first()).cloned().collect::<Vec<_>>())
            }
            _ => self.compare(e, &told),
        }
        together(&told).union(&together(&made.columns)).union(&made.rows)
    }

    /// Notes what an expression compares with each other.
    fn compare(&self, e: &Expr, told: &[Tolds]) {
        let name = match &e.kind {
            ExprKind::Operator { function, .. } | ExprKind::Call { function, .. } => self.called(*function),
            ExprKind::Quantified(quantified) => self.called(quantified.operator),
            ExprKind::Between(..) => "between",
            ExprKind::IsDistinct(..) | ExprKind::InList(..) | ExprKind::InQuery(..) | ExprKind::Like(..) => "=",
            _ => return,
        };
        let ordered = |below: &Tolds, above: &Tolds| self.compared.note_order(self.program, &[below.clone(), above.clone()]);
        match (name, told) {
            ("<" | "<=", [a, b]) | (">" | ">=", [b, a]) => ordered(a, b),
            ("between", [a, low, high]) => {
                ordered(low, a);
                ordered(a, high);
            }
            _ if e.ty == Type::Boolean => self.compared.note(self.program, told),
            _ if e.ty.is_number() => self.compared.note_number(self.program, told),
            _ => {}
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
        let mut told = told.as_slice().iter().filter(|t| !t.asked);
        match (told.next(), told.next()) {
            (Some(told @ Told { value, masked: None, .. }), None) => {
                let written = Value { part: told.written().into(), ..value.clone() };
                Some(super::seen::value_name(self.program, &written))
            }
            _ => None,
        }
    }

    /// A count tells how many; other aggregates may tell one of the values. A pick that a discriminator decides is a value of its own, called by the
    /// constant it is picked by; under any other condition it may be any of them.
    fn aggregate(&self, call: &AggregateCall, scope: &Scope<'_>, with: &With<'_>) -> Tolds {
        let told = self.all(call.args.iter(), scope, with);
        let beside = || self.all(call.filter.iter().chain(call.order.iter().map(|k| &k.expr)), scope, with).asked();
        let asked = if self.asked { Tolds::NONE } else { beside() };
        if !self.asked && (self.is_number(call) || self.name(call) == "count") {
            return told.asked().union(&asked);
        }
        self.picked(call, told, scope).union(&asked)
    }

    fn name(&self, call: &AggregateCall) -> &str {
        self.called(call.function)
    }

    /// Whether it numbers rows.
    fn is_number(&self, call: &AggregateCall) -> bool {
        matches!(self.name(call), "row_number" | "rank" | "dense_rank" | "ntile" | "percent_rank" | "cume_dist")
    }

    fn picked(&self, call: &AggregateCall, told: Tolds, scope: &Scope<'_>) -> Tolds {
        let ([Expr { kind: ExprKind::Column { relation, name }, .. }], Some(filter)) = (call.args.as_slice(), &call.filter) else {
            return told;
        };
        let Some((table, position)) = self.place(scope, relation, name) else { return told };
        let Some((by, constant)) = self.equated(scope, filter).filter(|((of, _), _)| *of == table) else { return told };
        if !self.program.discriminators.iter().any(|d| d.table == table && (d.table, d.by) == by && d.columns.contains(&position)) {
            return told;
        }
        // Rows of two constants are two rows, whatever path of theirs is read.
        let row = format!("{}.{}", by.0.0, by.1);
        let picked = |t: &Told| match t.asked {
            true => t.clone(),
            false => Told { element: Some(element(t, &format!("[{constant:?}]"), (usize::MAX, [(&*row, constant)]))), ..t.clone() },
        };
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
    fn step(&self, told: &Tolds, step: Option<&JsonStep>) -> Tolds {
        let (written, fields) = (step.map_or("[*]".to_owned(), path_text), step.map_or(Vec::new(), picked_fields));
        let field = matches!(step, Some(JsonStep::Field(_)));
        let json = |v: &Value| {
            let column = self.program.table(v.table).and_then(|t| t.columns.get(v.column as usize));
            column.is_some_and(|c| matches!(c.ty, Type::Json(_)))
        };
        let further = |t: &Told| match &t.masked {
            None if json(&t.value) => {
                let part = format!("{}{}", t.value.part, if field { &written } else { "[*]" });
                let element = (!field || t.element.is_some()).then(|| element(t, &written, (t.value.part.len(), fields.iter().copied())));
                Told { value: Value { part: part.into(), ..t.value.clone() }, element, ..t.clone() }
            }
            _ => t.clone(),
        };
        Tolds::of(told.as_slice().iter().map(further).collect())
    }
}

fn named(names: Vec<Ident>, mut made: Made) -> Named {
    made.columns.resize(names.len().max(made.columns.len()), Tolds::NONE);
    Named { columns: names.into_iter().zip(made.columns).collect(), rows: made.rows }
}

fn together(columns: &[Tolds]) -> Tolds {
    columns.iter().fold(Tolds::NONE, |all, one| all.union(one))
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

/// A step further into a value that `told` tells of.
fn element<'f>(told: &Told, written: &str, (at, fields): (usize, impl IntoIterator<Item = (&'f str, &'f str)>)) -> Arc<Element> {
    let mut element = told.element.as_deref().cloned().unwrap_or_default();
    element.written = format!("{}{written}", told.written());
    let fields = fields.into_iter().map(|(field, text)| ((at, field.into()), text.into()));
    element.picked.extend(fields);
    Arc::new(element)
}

/// The fields that elements are picked by, and the texts they are.
fn picked_fields(step: &JsonStep) -> Vec<(&str, &str)> {
    let JsonStep::Pick { conditions, .. } = step else { return Vec::new() };
    conditions.iter().filter(|c| !c.negated).map(|c| (&*c.field, &*c.equals)).collect()
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
