use super::chosen::is_chosen;
use super::flow::{self, through};
use super::names::{span_of, unsupported};
use super::query::{lower_query, output_order};
use super::shape::{self, Shape};
use super::{Cx, Facts, Scope, Typed, expr, firsts, kin, select, told_by_keys, types};
use crate::base::{Ident, Span};
use crate::diag::{Code, Diagnostic};
use crate::ir::{Column, Expr, ExprKind, Kin, OrderKey, Query, SetExpr, SetOperator, Type};
use sqlparser::ast;
use std::sync::Arc;

/// The body of a query.
pub(super) struct Block {
    pub(super) set: SetExpr,
    pub(super) columns: Vec<Column>,
    pub(super) control: Facts,
    pub(super) numbers: Vec<Ident>,
    pub(super) shaped: Shape,
    pub(super) open: bool,
    pub(super) unnamed: Vec<usize>,
    pub(super) docs: Vec<Option<Arc<str>>>,
    pub(super) order: Vec<OrderKey>,
    /// What the order tells, should a limit cut by it.
    pub(super) order_facts: Facts,
}

impl Default for Block {
    fn default() -> Self {
        Block {
            set: SetExpr::Values(Vec::new()),
            columns: Vec::new(),
            control: Facts::default(),
            numbers: Vec::new(),
            shaped: Shape::default(),
            open: false,
            unnamed: Vec::new(),
            docs: Vec::new(),
            order: Vec::new(),
            order_facts: Facts::default(),
        }
    }
}

/// The query of what could not be read: no rows, no columns.
pub(super) fn nothing() -> Query {
    Query { with: Vec::new(), body: SetExpr::Values(Vec::new()), order: Vec::new(), limit: None, offset: None, columns: Vec::new() }
}

/// Lowers a body; `keys` is the `order by` of the query around it.
pub(super) fn block(cx: &Cx<'_>, outer: Option<&Scope<'_>>, body: &ast::SetExpr, keys: &[ast::OrderByExpr]) -> Block {
    if let ast::SetExpr::Select(s) = body {
        return select::select(cx, outer, s, keys);
    }
    let mut done = match body {
        ast::SetExpr::Values(values) => rows(cx, outer, values),
        ast::SetExpr::Query(q) => {
            let l = lower_query(cx, outer, q);
            Block {
                columns: l.query.columns.clone(),
                set: SetExpr::Query(Box::new(l.query)),
                control: l.control,
                numbers: l.numbers,
                shaped: l.shaped,
                open: l.open,
                unnamed: l.unnamed,
                docs: l.docs,
                ..Block::default()
            }
        }
        ast::SetExpr::SetOperation { left, op, set_quantifier, right } => {
            let left = block(cx, outer, left, &[]);
            let right_at = span_of(cx, &**right);
            let right = block(cx, outer, right, &[]);
            match kind(cx, *op, *set_quantifier, right_at) {
                Some((operator, all)) => combine(cx, left, right, operator, all, right_at),
                None => Block { open: true, ..Block::default() },
            }
        }
        _ => {
            unsupported(cx, span_of(cx, body), "a statement that changes data, or `table …`,");
            Block { open: true, ..Block::default() }
        }
    };
    if !done.open {
        (done.order, done.order_facts) = output_order(cx, &done.columns, keys);
    }
    done
}

fn kind(cx: &Cx<'_>, op: ast::SetOperator, quantifier: ast::SetQuantifier, at: Span) -> Option<(SetOperator, bool)> {
    let all = match quantifier {
        ast::SetQuantifier::All => true,
        ast::SetQuantifier::None | ast::SetQuantifier::Distinct => false,
        ast::SetQuantifier::ByName | ast::SetQuantifier::AllByName | ast::SetQuantifier::DistinctByName => {
            unsupported(cx, at, "a set operation `by name`");
            return None;
        }
    };
    match op {
        ast::SetOperator::Union => Some((SetOperator::Union, all)),
        ast::SetOperator::Intersect => Some((SetOperator::Intersect, all)),
        ast::SetOperator::Except => Some((SetOperator::Except, all)),
        ast::SetOperator::Minus => {
            unsupported(cx, at, "`minus`");
            None
        }
    }
}

/// Joins two sides: types by Postgres's rules, labels and origins by position.
pub(super) fn combine(cx: &Cx<'_>, mut left: Block, mut right: Block, operator: SetOperator, all: bool, at: Span) -> Block {
    let open = left.open || right.open;
    if left.columns.len() != right.columns.len() && !open {
        let message = format!("the first side yields {} columns, this side {}", left.columns.len(), right.columns.len());
        cx.error(
            Diagnostic::error(Code::ColumnCount, at, message).help("both sides of a set operation need the same columns, by position"),
        );
    }
    let mut control = left.control.join(&right.control);
    if operator == SetOperator::Except {
        firsts::looked_up(&right.shaped, &mut right.columns);
    }
    for (l, r) in left.columns.iter().zip(&right.columns) {
        let both = flow::column_facts(l).join(&flow::column_facts(r));
        let told = match operator {
            SetOperator::Union if all => continue,
            SetOperator::Union if kin::of_union(cx, l, r) != Kin::Mixed => {
                told_by_keys::of_column(cx, l).join(&told_by_keys::of_column(cx, r))
            }
            // Which rows are left tells what both sides hold.
            SetOperator::Union | SetOperator::Intersect | SetOperator::Except => both.as_control(),
        };
        control = control.join(&told);
    }
    let mut columns = Vec::with_capacity(left.columns.len());
    let lefts = std::mem::take(&mut left.columns);
    let rights = std::mem::take(&mut right.columns);
    let right_names: Vec<Ident> = rights.iter().map(|c| c.name.clone()).collect();
    for (i, (l, r)) in lefts.into_iter().zip(rights).enumerate() {
        let ty = agree(cx, (&mut left.set, &l), (&mut right.set, &r), i);
        let kin = kin::of_union(cx, &l, &r);
        let joined = Column {
            ty,
            nullable: if operator == SetOperator::Except { l.nullable } else { l.nullable || r.nullable },
            label: l.label.join(&r.label),
            // No value of `except` comes from its second side: that decides which of the first side's rows are left.
            from: if operator == SetOperator::Except { l.from } else { l.from.union(&r.from) },
            intact: l.intact.filter(|o| r.intact == Some(*o) && !stored_json(cx, *o)),
            chosen: l.chosen || r.chosen,
            kin,
            name: l.name,
            at: l.at,
        };
        columns.push(through(joined, &control));
    }
    let shaped = shape::of_set(operator, all, &columns, (&left.shaped, &right.shaped), &right_names);
    let set = SetExpr::Set { operator, all, left: Box::new(left.set), right: Box::new(right.set) };
    Block { set, columns, control, shaped, open, unnamed: left.unnamed, docs: left.docs, ..Block::default() }
}

/// Paths into one JSON column are columns of their own, which their origin does not tell apart.
fn stored_json(cx: &Cx<'_>, origin: crate::ir::Origin) -> bool {
    let stored = cx.finished(origin.table).and_then(|t| t.table.columns.get(origin.column as usize));
    stored.is_none_or(|c| matches!(c.ty, Type::Json(_)))
}

fn agree(cx: &Cx<'_>, left: (&mut SetExpr, &Column), right: (&mut SetExpr, &Column), position: usize) -> Type {
    let ((left_set, l), (right_set, r)) = (left, right);
    if l.ty == r.ty {
        return l.ty.clone();
    }
    if l.ty == Type::Error || r.ty == Type::Error {
        return Type::Error;
    }
    let Some(ty) = expr::common_type(cx, &l.ty, &r.ty) else {
        let message = format!("column `{}` is {} on the first side and {} on this side", l.name, l.ty, r.ty);
        cx.error(
            Diagnostic::error(Code::TypeMismatch, r.at, message)
                .mark(l.at, format!("{} here", l.ty))
                .help("cast one side to the other's type"),
        );
        return Type::Error;
    };
    if l.ty != ty {
        retype(cx, left_set, position, &ty);
    }
    if r.ty != ty {
        retype(cx, right_set, position, &ty);
    }
    ty
}

/// Gives an output column another type, by casts where its values are written.
pub(super) fn retype(cx: &Cx<'_>, set: &mut SetExpr, position: usize, to: &Type) {
    let cast = |e: &mut Expr| {
        // Lengths and digits change no value.
        if e.ty == *to || (*to == types::bare(&e.ty) && !matches!(e.ty, Type::Json(_))) {
            return;
        }
        let at = e.at;
        let old = std::mem::replace(e, Expr { kind: ExprKind::Error, ty: Type::Error, nullable: true, at });
        *e = expr::coerce(cx, Typed { expr: old, facts: Facts::default() }, to).expr;
    };
    match set {
        SetExpr::Select(select) => {
            if let Some(item) = select.items.get_mut(position) {
                cast(&mut item.expr);
            }
        }
        SetExpr::Values(rows) => rows.iter_mut().filter_map(|row| row.get_mut(position)).for_each(cast),
        SetExpr::Set { left, right, .. } => {
            retype(cx, left, position, to);
            retype(cx, right, position, to);
        }
        SetExpr::Query(inner) => {
            retype(cx, &mut inner.body, position, to);
            if let Some(c) = inner.columns.get_mut(position) {
                c.ty = to.clone();
            }
        }
    }
}

fn rows(cx: &Cx<'_>, outer: Option<&Scope<'_>>, values: &ast::Values) -> Block {
    let scope = Scope { outer, ..Scope::default() };
    let mut out: Vec<Vec<Expr>> = Vec::with_capacity(values.rows.len());
    let mut columns: Vec<Column> = Vec::new();
    for (index, row) in values.rows.iter().enumerate() {
        let typed: Vec<Typed> = row.content.iter().map(|e| expr::expr(cx, &scope, e)).collect();
        if index > 0 && typed.len() != columns.len() {
            let at = row.content.first().map_or(cx.here, |e| span_of(cx, e));
            cx.error(Diagnostic::error(
                Code::ColumnCount,
                at,
                format!("this row has {} values, the first has {}", typed.len(), columns.len()),
            ));
        }
        for (i, t) in typed.iter().enumerate() {
            match columns.get_mut(i) {
                Some(c) => widen(cx, &scope, c, t),
                None if index == 0 => columns.push(Column {
                    name: Ident::folded(&format!("column{}", i + 1)),
                    ty: t.expr.ty.clone(),
                    nullable: t.expr.nullable,
                    label: t.facts.label.clone(),
                    from: t.facts.from.clone(),
                    intact: None,
                    chosen: is_chosen(cx, &scope, &t.expr),
                    kin: kin::of(cx, &scope, t),
                    at: t.expr.at,
                }),
                None => {}
            }
        }
        out.push(typed.into_iter().map(|t| t.expr).collect());
    }
    let mut set = SetExpr::Values(out);
    for (i, c) in columns.iter().enumerate() {
        if !matches!(c.ty, Type::Error | Type::Unknown) {
            retype(cx, &mut set, i, &c.ty);
        }
    }
    Block { set, columns, ..Block::default() }
}

fn widen(cx: &Cx<'_>, scope: &Scope<'_>, c: &mut Column, t: &Typed) {
    c.chosen |= is_chosen(cx, scope, &t.expr);
    c.kin = kin::join((c.kin, &c.label), (kin::of(cx, scope, t), &t.facts.label));
    c.nullable |= t.expr.nullable;
    c.label = c.label.join(&t.facts.label);
    c.from = c.from.union(&t.facts.from);
    if c.ty == t.expr.ty || c.ty == Type::Error {
        return;
    }
    if t.expr.ty == Type::Error {
        c.ty = Type::Error;
        return;
    }
    match expr::common_type(cx, &c.ty, &t.expr.ty) {
        Some(ty) => c.ty = ty,
        None => {
            let message = format!("this value is {}, the ones above it are {}", t.expr.ty, c.ty);
            cx.error(Diagnostic::error(Code::TypeMismatch, t.expr.at, message));
            c.ty = Type::Error;
        }
    }
}
