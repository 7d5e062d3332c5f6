use super::build::{comparison, failed, failed_at, join_all, typed};
use super::{bake, call, cast, expr, is_error, literal, logic, row, unsupported_at};
use crate::base::{Ident, Span};
use crate::diag::{Code, Diagnostic};
use crate::ir::{Column, Expr, ExprKind, FunctionId, FunctionKind, Label, Over, Quantified, Query, SetExpr, Type};
use crate::lower::cx::Cx;
use crate::lower::{Facts, Scope, Typed, firsts, query, set, types};
use sqlparser::ast::{self, BinaryOperator as Op, Expr as E, Spanned};

/// What a query's conditions tell, as a value: `exists (…)` answers exactly that.
fn as_value(facts: &Facts) -> Facts {
    let told = facts.label.controls().iter().fold(facts.label.clone(), |all, (category, level)| all.join(&Label::value(*category, *level)));
    Facts { label: told, from: facts.from.as_values(), intact: None }
}

fn column_facts(columns: &[Column]) -> Facts {
    columns.iter().fold(Facts::default(), |all, c| all.join(&Facts { label: c.label.clone(), from: c.from.clone(), intact: None }))
}

fn lower(cx: &Cx<'_>, scope: &Scope<'_>, q: &ast::Query) -> (Query, Facts, Span) {
    let at = cx.span(q.span());
    let (query, facts) = query::query(cx, Some(scope), q);
    (query, as_value(&facts), at)
}

/// A query that other rows are looked up in.
fn looked_up(cx: &Cx<'_>, scope: &Scope<'_>, q: &ast::Query) -> (Query, Facts, Span) {
    let mut lowered = query::lower_query(cx, Some(scope), q);
    firsts::looked_up(&lowered.shaped, &mut lowered.query.columns);
    (lowered.query, as_value(&lowered.control), cx.span(q.span()))
}

/// `exists (select …)`
pub(super) fn exists(cx: &Cx<'_>, scope: &Scope<'_>, q: &ast::Query, negated: bool) -> Typed {
    let at = cx.span(q.span());
    let lowered = query::lower_query(cx, Some(scope), q);
    let asked = Facts { label: super::super::shape::asked(&lowered.query, &lowered.shaped), ..Facts::default() };
    let (query, facts) = (lowered.query, as_value(&lowered.control.join(&asked)));
    typed(ExprKind::Exists(Box::new(query), negated), Type::Boolean, false, at, facts)
}

/// `(select …)` as a value.
pub(super) fn scalar(cx: &Cx<'_>, scope: &Scope<'_>, q: &ast::Query) -> Typed {
    let (query, facts, at) = lower(cx, scope, q);
    let facts = facts.join(&column_facts(&query.columns));
    let [column] = query.columns.as_slice() else {
        return wrong_count(cx, 1, query.columns.len(), at);
    };
    if column.ty == Type::Error {
        return failed(at, facts);
    }
    let nullable = column.nullable || !always_one_row(&query);
    let ty = bake(column.ty.clone(), &facts.label);
    typed(ExprKind::Scalar(Box::new(query)), ty, nullable, at, facts)
}

/// An aggregate over everything yields one row, whatever there is.
fn always_one_row(query: &Query) -> bool {
    let SetExpr::Select(select) = &query.body else { return false };
    let whole = select.group.aggregated && select.group.keys.is_empty() && select.group.sets.is_empty();
    whole && select.having.is_none() && select.qualify.is_none() && query.limit.is_none() && query.offset.is_none()
}

fn wrong_count(cx: &Cx<'_>, wanted: usize, found: usize, at: Span) -> Typed {
    // A query that failed has no columns, and has said why.
    if found > 0 {
        cx.error(Diagnostic::error(
            Code::ColumnCount,
            at,
            format!("the subquery yields {found} columns, and {wanted} stand on the other side"),
        ));
    }
    failed_at(at)
}

/// `a in (select …)`, `(a, b) in (select …)`
pub(super) fn in_query(cx: &Cx<'_>, scope: &Scope<'_>, inner: &E, q: &ast::Query, negated: bool) -> Typed {
    let items: Vec<Typed> = match row::items(inner) {
        Some(items) => items.into_iter().map(|e| expr(cx, scope, e)).collect(),
        None => vec![expr(cx, scope, inner)],
    };
    let (query, facts, at) = looked_up(cx, scope, q);
    let facts = facts.join(&column_facts(&query.columns)).join(&join_all(&items));
    let sides = || items.iter().zip(&query.columns);
    let facts = sides().fold(facts, |facts, (item, c)| comparison(facts, [&item.facts.label, &c.label]));
    if query.columns.len() != items.len() {
        return wrong_count(cx, items.len(), query.columns.len(), at);
    }
    let nullable = items.iter().any(|i| i.expr.nullable) || query.columns.iter().any(|c| c.nullable);
    let items: Vec<Typed> = items.into_iter().zip(&query.columns).map(|(item, column)| against(cx, item, column)).collect();
    if items.iter().any(|i| is_error(&i.expr)) {
        return failed(at, facts);
    }
    let Some(left) = one_or_row(items) else { return failed(at, facts) };
    let at = left.at.to(at);
    typed(ExprKind::InQuery(Box::new(left), Box::new(query), negated), Type::Boolean, nullable, at, facts)
}

/// The left side in the form of the column it is looked up in. What is stored alike needs no cast.
fn against(cx: &Cx<'_>, item: Typed, column: &Column) -> Typed {
    let common = super::common_type(cx, &item.expr.ty, &column.ty);
    match common {
        Some(ty) if types::same_storage(&column.ty, &ty) => cast::adapt(cx, item, &ty),
        _ => cast::adapt(cx, item, &column.ty),
    }
}

fn one_or_row(items: Vec<Typed>) -> Option<Expr> {
    let at = items.iter().map(|i| i.expr.at).reduce(Span::to)?;
    let mut items: Vec<Expr> = super::build::exprs(items);
    if items.len() == 1 {
        return items.pop();
    }
    Some(Expr { nullable: items.iter().any(|i| i.nullable), kind: ExprKind::Row(items), ty: Type::Any, at })
}

/// `array(select …)`
pub(super) fn array(cx: &Cx<'_>, scope: &Scope<'_>, q: &ast::Query) -> Typed {
    let (query, facts, at) = lower(cx, scope, q);
    let facts = facts.join(&column_facts(&query.columns));
    let [column] = query.columns.as_slice() else {
        return wrong_count(cx, 1, query.columns.len(), at);
    };
    match &column.ty {
        Type::Error => failed(at, facts),
        Type::Array(_) => unsupported_at(cx, at, "an array of arrays", "`unnest` the inner ones first"),
        of => {
            let ty = Type::Array(Box::new(bake(types::bare(of), &facts.label)));
            typed(ExprKind::ArrayQuery(Box::new(query)), ty, false, at, facts)
        }
    }
}

/// `a = any (…)`
pub(super) fn any(cx: &Cx<'_>, scope: &Scope<'_>, left: &E, op: &Op, right: &E) -> Typed {
    quantified(cx, scope, left, op, right, false)
}

/// `a <> all (…)`
pub(super) fn all(cx: &Cx<'_>, scope: &Scope<'_>, left: &E, op: &Op, right: &E) -> Typed {
    quantified(cx, scope, left, op, right, true)
}

/// `= any` and `<> all` are `in` and `not in`.
fn quantified(cx: &Cx<'_>, scope: &Scope<'_>, left: &E, op: &Op, right: &E, all: bool) -> Typed {
    let listed = matches!((op, all), (Op::Eq, false) | (Op::NotEq, true));
    match literal::peel(right) {
        E::Subquery(q) if listed => in_query(cx, scope, left, q, all),
        E::Subquery(q) => over_query(cx, scope, left, op, q, all),
        E::Array(array) if listed => {
            let values = std::iter::once(left).chain(&array.elem).map(|e| expr(cx, scope, e)).collect();
            logic::one_of(cx, values, all)
        }
        other if listed => {
            let (array, item) = (expr(cx, scope, other), expr(cx, scope, left));
            let at = item.expr.at.to(array.expr.at);
            let found = call::by_name(cx, "array_contains", FunctionKind::Function, vec![array, item], at);
            if all { logic::negate(found) } else { found }
        }
        other => over_array(cx, scope, left, op, other, all),
    }
}

/// The comparison between the left side and one element: its operator, and both sides as it takes them.
fn compared(cx: &Cx<'_>, left: Typed, op: &Op, element: Type, at: Span) -> Option<(FunctionId, Expr, Expr)> {
    let place = ExprKind::Column { relation: Ident::default(), name: Ident::default() };
    let element = typed(place, element, true, at, Facts::default());
    let symbol = logic::symbol(op)?;
    let made = call::by_name(cx, symbol, FunctionKind::Operator, vec![left, element], at);
    match made.expr.kind {
        ExprKind::Operator { function, args } if made.expr.ty == Type::Boolean => {
            let mut args = args.into_iter();
            Some((function, args.next()?, args.next()?))
        }
        _ => None,
    }
}

fn over_query(cx: &Cx<'_>, scope: &Scope<'_>, left: &E, op: &Op, q: &ast::Query, all: bool) -> Typed {
    if row::items(left).is_some() {
        return unsupported_at(cx, cx.span(left.span()), "a row compared with `any` or `all`", "use `exists`");
    }
    let left = expr(cx, scope, left);
    let (mut query, facts, at) = looked_up(cx, scope, q);
    let facts = facts.join(&column_facts(&query.columns)).join(&left.facts);
    let facts = query.columns.iter().fold(facts, |facts, c| comparison(facts, [&left.facts.label, &c.label]));
    let [column] = query.columns.as_slice() else {
        return wrong_count(cx, 1, query.columns.len(), at);
    };
    let (ty, nullable) = (column.ty.clone(), column.nullable || left.expr.nullable);
    if is_error(&left.expr) || ty == Type::Error {
        return failed(at, facts);
    }
    let whole = left.expr.at.to(at);
    let Some((operator, left, element)) = compared(cx, left, op, ty.clone(), at) else { return failed(at, facts) };
    if element.ty != ty && matches!(element.kind, ExprKind::Cast(_)) {
        set::retype(cx, &mut query.body, 0, &element.ty);
    }
    let quantified = Quantified { left, operator, all, over: Over::Query(Box::new(query)) };
    typed(ExprKind::Quantified(Box::new(quantified)), Type::Boolean, nullable, whole, facts)
}

fn over_array(cx: &Cx<'_>, scope: &Scope<'_>, left: &E, op: &Op, right: &E, all: bool) -> Typed {
    let left = expr(cx, scope, left);
    let mut array = expr(cx, scope, right);
    if array.expr.ty == Type::Unknown {
        array = cast::adapt(cx, array, &Type::Array(Box::new(types::bare(&left.expr.ty))));
    }
    let (at, facts) = (left.expr.at.to(array.expr.at), left.facts.join(&array.facts));
    let facts = comparison(facts, [&left.facts.label, &array.facts.label]);
    let of = match &array.expr.ty {
        _ if is_error(&left.expr) || is_error(&array.expr) => return failed(at, facts),
        Type::Array(of) => (**of).clone(),
        other => {
            cx.error(Diagnostic::error(
                Code::TypeMismatch,
                array.expr.at,
                format!("`any` and `all` take an array or a query, this is `{other}`"),
            ));
            return failed(at, facts);
        }
    };
    let whole = matches!(&array.expr.kind, ExprKind::Array(items) if items.iter().all(|i| !i.nullable));
    let nullable = left.expr.nullable || !whole;
    let Some((operator, left, element)) = compared(cx, left, op, of.clone(), at) else { return failed(at, facts) };
    if element.ty != of && matches!(element.kind, ExprKind::Cast(_)) {
        array = cast::cast_to(array, Type::Array(Box::new(element.ty)));
    }
    let quantified = Quantified { left, operator, all, over: Over::Array(array.expr) };
    typed(ExprKind::Quantified(Box::new(quantified)), Type::Boolean, nullable, at, facts)
}
