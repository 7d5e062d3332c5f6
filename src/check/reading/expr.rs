//! What an expression takes, and what it only asks.

use super::super::text::text_of;
use super::super::values::{Element, Made, Masked, Told, Tolds, Value};
use super::Reading;
use super::scope::{Scope, With, column, find_relation, together};
use crate::base::Ident;
use crate::ir::{
    AggregateCall, CommonFunction, Expr, ExprKind, Function, FunctionId, FunctionKind, JsonStep, Literal, TableId, Type, operands, query_of,
};
use std::collections::BTreeSet;
use std::sync::Arc;

impl Reading<'_> {
    pub(super) fn called(&self, function: FunctionId) -> &str {
        self.program.function(function).map_or("", |f| &*f.name)
    }

    pub(super) fn expr(&self, e: &Expr, scope: &Scope<'_>, with: &With<'_>) -> Tolds {
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
                Some(super::super::seen::value_name(self.program, &written))
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
    pub(super) fn step(&self, told: &Tolds, step: Option<&JsonStep>) -> Tolds {
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
