use super::build::{failed, failed_at, join_all, typed};
use super::{bake, call, cast, expr, is_error, literal, logic, unsupported_at};
use crate::base::Span;
use crate::diag::{Code, Diagnostic};
use crate::ir::{Column, Expr, ExprKind, FunctionKind, Label, Query, SetExpr, Type};
use crate::lower::cx::Cx;
use crate::lower::{Facts, Scope, Typed, query, types};
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

/// `exists (select …)`
pub(super) fn exists(cx: &Cx<'_>, scope: &Scope<'_>, q: &ast::Query, negated: bool) -> Typed {
    let (query, facts, at) = lower(cx, scope, q);
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
    let items: Vec<Typed> = match logic::row_items(inner) {
        Some(items) => items.iter().map(|e| expr(cx, scope, e)).collect(),
        None => vec![expr(cx, scope, inner)],
    };
    let (query, facts, at) = lower(cx, scope, q);
    let facts = facts.join(&column_facts(&query.columns)).join(&join_all(&items));
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

/// `a = any (…)`
pub(super) fn any(cx: &Cx<'_>, scope: &Scope<'_>, left: &E, op: &Op, right: &E) -> Typed {
    quantified(cx, scope, left, right, *op == Op::Eq, false)
}

/// `a <> all (…)`
pub(super) fn all(cx: &Cx<'_>, scope: &Scope<'_>, left: &E, op: &Op, right: &E) -> Typed {
    quantified(cx, scope, left, right, *op == Op::NotEq, true)
}

fn quantified(cx: &Cx<'_>, scope: &Scope<'_>, left: &E, right: &E, supported: bool, negated: bool) -> Typed {
    if !supported {
        let at = cx.span(left.span());
        return unsupported_at(cx, at, "this comparison with `any` or `all`", "only `= any (…)` and `<> all (…)`; else use `exists`");
    }
    match literal::peel(right) {
        E::Subquery(q) => in_query(cx, scope, left, q, negated),
        E::Array(array) => {
            let values = std::iter::once(left).chain(&array.elem).map(|e| expr(cx, scope, e)).collect();
            logic::one_of(cx, values, negated)
        }
        other => {
            let (array, item) = (expr(cx, scope, other), expr(cx, scope, left));
            let at = item.expr.at.to(array.expr.at);
            let found = call::by_name(cx, "array_contains", FunctionKind::Function, vec![array, item], at);
            if negated { logic::negate(found) } else { found }
        }
    }
}
