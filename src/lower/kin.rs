//! What a column's values are of. One row per patient, a patient's latest visit, and whose rows meet in a join are structure as long as all values of
//! the key, or all days that are compared, are of one kind: each the own value of a stored column, or a stand-in of one. Where a `union all`, a list of
//! `values`, a `coalesce` or a `case` puts constants beside them, or another kind of value, or where a function makes several values one, then which of
//! them are equal, and which day is the later, tells what they are: `distinct` over patients' ids and `'p1'` says whether there is a patient `p1`.
//!
//! Values that only have something written before or behind them (`'Patient/' || id`) stay of one kind among themselves, and are another kind than those
//! without it: `id || '1'` beside `id` says which ids go on with a 1.

use super::chosen::{is_plain, names_a_thing};
use super::equality::told_by;
use super::flow::find;
use super::{Cx, Scope, Typed, chosen, types};
use crate::ir::{AggregateCall, Column, CommonFunction, Edge, Expr, ExprKind, Kin, Label, Literal, Type, WindowCall};
use std::hash::{DefaultHasher, Hash, Hasher};

/// Masks of the library that give every value a stand-in of its own, or move all days of one person alike. Those that take words to choose from can be
/// made to yield any word.
const STAND_INS: [&str; 3] = ["hmac_token", "surrogate", "date_shift"];
/// Functions that in all likelihood give two values two results.
const INJECTIVE: [&str; 3] = ["md5", "sha256", "encode"];

/// What the values of an output column are of, whose label may say more than its expression tells: what tells nothing and is said to stand for
/// something is of no kind.
pub(super) fn of(cx: &Cx<'_>, scope: &Scope<'_>, typed: &Typed) -> Kin {
    match typed.facts.label.values() {
        _ if is_null(&typed.expr) => Kin::Nothing,
        [] => match &typed.expr.kind {
            ExprKind::Column { .. } if of_expr(cx, scope, &typed.expr) == Kin::Nothing => Kin::Nothing,
            _ => Kin::OWN,
        },
        _ if told_by(cx, scope, &typed.expr).label.values().is_empty() => Kin::Mixed,
        // A pick that a `discriminate` decides.
        _ if matches!(typed.expr.kind, ExprKind::Aggregate(_)) && typed.facts.intact.is_some_and(|o| o.edge == Edge::Value) => Kin::OWN,
        _ => of_expr(cx, scope, &typed.expr),
    }
}

/// Whether an expression is a stored column or a path into one, no comparison decided which value it is, and all its values are of one kind.
pub(super) fn is_own(cx: &Cx<'_>, scope: &Scope<'_>, e: &Expr) -> bool {
    is_plain(cx, scope, e) && of_expr(cx, scope, e) != Kin::Mixed
}

/// Values of two columns or branches under each other: what they are of, with what each tells.
pub(super) fn join((a, told_a): (Kin, &Label), (b, told_b): (Kin, &Label)) -> Kin {
    let categories = |label: &Label| label.values().iter().map(|(category, _)| *category).collect::<Vec<_>>();
    match (a, b) {
        (Kin::Nothing, kin) | (kin, Kin::Nothing) => kin,
        _ if told_a.values().is_empty() && told_b.values().is_empty() => Kin::OWN,
        (Kin::One(x), Kin::One(y)) if x == y && categories(told_a) == categories(told_b) => a,
        _ => Kin::Mixed,
    }
}

/// The same for columns of two queries.
pub(super) fn of_union(cx: &Cx<'_>, a: &Column, b: &Column) -> Kin {
    join((a.kin, &chosen::of_column(cx, a)), (b.kin, &chosen::of_column(cx, b)))
}

/// Whether values of two columns may be compared without telling more than which things they are of.
pub(super) fn are_alike(a: &Column, b: &Column) -> bool {
    matches!((a.kin, b.kin), (Kin::One(x), Kin::One(y)) if x == y)
}

/// What the values of an expression are of.
pub(super) fn of_expr(cx: &Cx<'_>, scope: &Scope<'_>, e: &Expr) -> Kin {
    match &e.kind {
        ExprKind::Column { relation, name } => find(scope, relation, name).map_or(Kin::Mixed, |(_, c)| c.kin),
        _ if is_null(e) => Kin::Nothing,
        _ if !tells(cx, scope, e) => Kin::OWN,
        ExprKind::Cast(inner) if types::keeps_value(&inner.ty, &e.ty) => of_expr(cx, scope, inner),
        ExprKind::Json(access) => of_expr(cx, scope, &access.base),
        ExprKind::Subscript(array, _) | ExprKind::Slice(array, ..) => of_expr(cx, scope, array),
        ExprKind::Array(values) => together(cx, scope, values.iter()),
        ExprKind::Common(CommonFunction::Coalesce, values) => together(cx, scope, values.iter().filter(|v| !is_empty_text(v))),
        ExprKind::Common(CommonFunction::Nullif, values) => together(cx, scope, values.iter().take(1)),
        ExprKind::Case { operand: _, arms, otherwise } => {
            together(cx, scope, arms.iter().map(|(_, then)| then).chain(otherwise.as_deref()))
        }
        ExprKind::Scalar(q) | ExprKind::ArrayQuery(q) => q.columns.first().map_or(Kin::Mixed, |c| c.kin),
        // A written exception.
        ExprKind::Release(..) => Kin::OWN,
        ExprKind::Aggregate(call) => aggregate(cx, scope, call, &e.ty),
        ExprKind::Window(window) if numbers_things(cx, scope, window) => Kin::OWN,
        ExprKind::Call { function, args } => match cx.program.function(*function) {
            Some(f) if f.keeps_intact || (f.standard && f.transition.is_some() && STAND_INS.contains(&&*f.name)) => {
                together(cx, scope, args.iter().take(1))
            }
            Some(f) if f.standard && INJECTIVE.contains(&&*f.name) => together(cx, scope, args.iter().take(1)),
            Some(f) if f.standard && matches!(&*f.name, "concat" | "concat_ws") => written_together(cx, scope, e),
            _ => Kin::Mixed,
        },
        ExprKind::Operator { function, args } => match (cx.program.function(*function).map(|f| &*f.name), args.as_slice()) {
            (Some("||"), _) if matches!(e.ty, Type::Text(_)) => written_together(cx, scope, e),
            (Some(name @ ("+" | "-")), [value, by @ Expr { kind: ExprKind::Literal(_), .. }]) => match of_expr(cx, scope, value) {
                Kin::One(form) => Kin::One(hashed(&(name, form, said(by)))),
                other => other,
            },
            _ => Kin::Mixed,
        },
        _ => Kin::Mixed,
    }
}

fn tells(cx: &Cx<'_>, scope: &Scope<'_>, e: &Expr) -> bool {
    !told_by(cx, scope, e).label.values().is_empty()
}

fn is_null(e: &Expr) -> bool {
    match &e.kind {
        ExprKind::Literal(Literal::Null) => true,
        ExprKind::Cast(inner) => is_null(inner),
        _ => false,
    }
}

/// The empty text counts as none.
fn is_empty_text(e: &Expr) -> bool {
    matches!(&e.kind, ExprKind::Literal(Literal::Text(text)) if text.is_empty())
}

/// Values of which each row has one.
fn together<'e>(cx: &Cx<'_>, scope: &Scope<'_>, values: impl Iterator<Item = &'e Expr>) -> Kin {
    let mut all = (Kin::Nothing, Label::PUBLIC);
    for value in values {
        let one = (of_expr(cx, scope, value), told_by(cx, scope, value).label);
        all = (join((all.0, &all.1), (one.0, &one.1)), all.1.join(&one.1));
    }
    all.0
}

/// A count of things, the last of several days, a list of values. Which of several ids is the greatest tells how they sort.
fn aggregate(cx: &Cx<'_>, scope: &Scope<'_>, call: &AggregateCall, ty: &Type) -> Kin {
    let Some(f) = cx.program.function(call.function).filter(|f| f.standard) else { return Kin::Mixed };
    let time = matches!(ty, Type::Date | Type::Timestamp | Type::Timestamptz);
    match &*f.name {
        "count" => match together(cx, scope, call.args.iter().take(1)) {
            Kin::Mixed => Kin::Mixed,
            _ => Kin::OWN,
        },
        "array_agg" => together(cx, scope, call.args.iter().take(1)),
        _ if f.keeps_intact && time => together(cx, scope, call.args.iter().take(1)),
        _ => Kin::Mixed,
    }
}

/// `row_number() over (order by id)`: a number for each thing, always there.
pub(super) fn numbers_things(cx: &Cx<'_>, scope: &Scope<'_>, window: &WindowCall) -> bool {
    let thing = |e: &Expr| is_own(cx, scope, e) && names_a_thing(cx, &chosen::label(cx, scope, e));
    cx.program.function(window.call.function).is_some_and(|f| f.standard && &*f.name == "row_number")
        && window.call.filter.is_none()
        && window.partition.is_empty()
        && window.order.iter().all(|k| thing(&k.expr))
}

/// A text put together: of one kind where the parts can be told apart again. Between two of them stands something, and none but one is a text that
/// anybody may have written: `id || code` is `p1` for the id `p1` and no code, and for the id `p` and the code 1.
fn written_together(cx: &Cx<'_>, scope: &Scope<'_>, e: &Expr) -> Kin {
    let mut parts = Vec::new();
    flatten(cx, e, &mut parts);
    let mut form: Vec<(u64, String)> = Vec::with_capacity(parts.len());
    let (mut texts, mut public, mut apart) = (0, 0, true);
    for part in &parts {
        if matches!(part.kind, ExprKind::Literal(_)) {
            apart |= !is_empty_text(part) && !is_null(part);
            form.push((0, said(part)));
            continue;
        }
        let Kin::One(one) = of_expr(cx, scope, part) else { return Kin::Mixed };
        if !apart {
            return Kin::Mixed;
        }
        public += i32::from(!tells(cx, scope, part));
        texts += i32::from(is_text(part));
        apart = false;
        form.push((one, String::new()));
    }
    if texts > 1 && public > 0 { Kin::Mixed } else { Kin::One(hashed(&form)) }
}

fn is_text(e: &Expr) -> bool {
    match &e.kind {
        ExprKind::Cast(inner) => is_text(inner),
        _ => !(e.ty.is_number() || matches!(e.ty, Type::Uuid | Type::Date | Type::Timestamp | Type::Timestamptz | Type::Boolean)),
    }
}

fn flatten<'e>(cx: &Cx<'_>, e: &'e Expr, out: &mut Vec<&'e Expr>) {
    match &e.kind {
        ExprKind::Operator { function, args } if cx.program.function(*function).is_some_and(|f| &*f.name == "||") => {
            args.iter().for_each(|a| flatten(cx, a, out));
        }
        ExprKind::Call { function, args } => match (cx.program.function(*function).map(|f| (f.standard, &*f.name)), args.split_first()) {
            (Some((true, "concat")), _) => args.iter().for_each(|a| flatten(cx, a, out)),
            (Some((true, "concat_ws")), Some((separator, rest))) => {
                for (i, part) in rest.iter().enumerate() {
                    out.extend((i > 0).then_some(separator));
                    flatten(cx, part, out);
                }
            }
            _ => out.push(e),
        },
        _ => out.push(e),
    }
}

fn said(e: &Expr) -> String {
    if let ExprKind::Literal(literal) = &e.kind { format!("{literal:?}") } else { String::new() }
}

fn hashed(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
