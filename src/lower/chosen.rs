//! Comparisons that hide in values: `nullif(name, 'Smith')` is null for Smith alone, so that asking such a column whether it is there,
//! or numbering rows by it, asks who Smith is. A column that is read, cut or converted is none.

use super::flow::find;
use super::{Cx, Scope, expr};
use crate::ir::{
    AggregateCall, CategoryId, Column, CommonFunction, Expr, ExprKind, JsonAccess, JsonShape, JsonStep, Label, Literal, Nullability, Query,
    Type, operands, query_of,
};

/// Whether a comparison of values that tell something decides this value.
pub(super) fn is_chosen(cx: &Cx<'_>, scope: &Scope<'_>, e: &Expr) -> bool {
    let tells = |e: &Expr| tells(cx, scope, e);
    let decided = match &e.kind {
        ExprKind::Column { relation, name } => find(scope, relation, name).is_some_and(|(_, c)| c.chosen),
        // A release is a written exception.
        ExprKind::Release(..) => return false,
        ExprKind::Case { operand, arms, .. } => operand.iter().any(|o| tells(o)) || arms.iter().any(|(when, _)| tells(when)),
        ExprKind::Aggregate(call) => picks(call, &tells),
        ExprKind::Call { function, args } => {
            let maybe = cx.program.function(*function).is_some_and(|f| f.nullability == Nullability::Maybe);
            (e.ty == Type::Boolean || (maybe && args.len() > 1)) && tells(e)
        }
        ExprKind::Operator { .. } => e.ty == Type::Boolean && tells(e),
        ExprKind::Common(CommonFunction::Nullif, args) => !keeps_presence(cx, scope, args) && tells(e),
        ExprKind::Json(access) => !path(cx, access).picked.is_public(),
        ExprKind::Scalar(q) => query_tells(q, false),
        ExprKind::And(_)
        | ExprKind::Or(_)
        | ExprKind::Not(_)
        | ExprKind::IsBool(..)
        | ExprKind::IsDistinct(..)
        | ExprKind::InList(..)
        | ExprKind::InQuery(..) => tells(e),
        ExprKind::Window(window) => tells(e) && !super::kin::numbers_things(cx, scope, window),
        ExprKind::Exists(..) | ExprKind::Between(..) | ExprKind::Like(..) | ExprKind::Quantified(_) => tells(e),
        ExprKind::Subscript(..) | ExprKind::Slice(..) => tells(e),
        ExprKind::ArrayQuery(q) => query_tells(q, false),
        _ => false,
    };
    decided || any_child(e, &|child| is_chosen(cx, scope, child))
}

/// `nullif(name, '')`, `nullif(trim(name), '')`: an empty text counts as none. Of a text that anything else was done to, an empty one says what it was:
/// `nullif(replace(name, 'John', ''), '')` is null for John.
fn keeps_presence(cx: &Cx<'_>, scope: &Scope<'_>, args: &[Expr]) -> bool {
    let [value, Expr { kind: ExprKind::Literal(Literal::Text(empty)), .. }] = args else { return false };
    empty.is_empty() && as_stored(cx, scope, value)
}

/// A value as it is stored, but for blanks around it and its type.
fn as_stored(cx: &Cx<'_>, scope: &Scope<'_>, e: &Expr) -> bool {
    let trims = |f: &crate::ir::Function| f.standard && matches!(&*f.name, "trim" | "btrim" | "ltrim" | "rtrim");
    match &e.kind {
        ExprKind::Cast(inner) => as_stored(cx, scope, inner),
        ExprKind::Call { function, args } => match args.as_slice() {
            [inner] => cx.program.function(*function).is_some_and(trims) && as_stored(cx, scope, inner),
            _ => false,
        },
        ExprKind::Json(access) => {
            // The text of a path is the path, read.
            let reads = |s: &JsonStep| !matches!(s, JsonStep::Pick { .. });
            (access.steps.iter().all(reads) || path(cx, access).picked.is_public()) && is_plain(cx, scope, &access.base)
        }
        _ => is_plain(cx, scope, e),
    }
}

fn picks(call: &AggregateCall, tells: &dyn Fn(&Expr) -> bool) -> bool {
    call.filter.iter().any(tells) || call.order.iter().any(|k| tells(&k.expr))
}

fn any_child(e: &Expr, fits: &dyn Fn(&Expr) -> bool) -> bool {
    let mut any = false;
    operands(e, &mut |child| any = any || fits(child));
    any
}

/// Whether an expression reads anything that tells something, beside its presence.
fn tells(cx: &Cx<'_>, scope: &Scope<'_>, e: &Expr) -> bool {
    match &e.kind {
        ExprKind::Column { .. } | ExprKind::Json(_) => !label(cx, scope, e).is_public(),
        ExprKind::IsNull(operand, _) if is_plain(cx, scope, operand) => false,
        ExprKind::Release(..) => false,
        ExprKind::Exists(q, _) => query_tells(q, false),
        ExprKind::Scalar(q) => query_tells(q, true),
        ExprKind::InQuery(operand, q, _) => tells(cx, scope, operand) || query_tells(q, true),
        ExprKind::ArrayQuery(q) => query_tells(q, true),
        ExprKind::Quantified(_) if query_of(e).is_some_and(|q| query_tells(q, true)) => true,
        // Which grouping set a row is of is structure.
        ExprKind::Grouping(_) => false,
        _ => any_child(e, &|child| tells(cx, scope, child)),
    }
}

fn query_tells(q: &Query, values: bool) -> bool {
    q.columns.iter().any(|c| c.chosen || !c.label.controls().is_empty() || (values && !c.label.values().is_empty()))
}

/// What a column or a path into one tells, as a value.
pub(super) fn label(cx: &Cx<'_>, scope: &Scope<'_>, e: &Expr) -> Label {
    match &e.kind {
        ExprKind::Column { relation, name } => {
            let Some((_, c)) = find(scope, relation, name) else { return Label::direct(CategoryId::UNCLASSIFIED) };
            of_column(cx, c)
        }
        ExprKind::Json(access) => {
            let Path { end, picked } = path(cx, access);
            end.unwrap_or_else(|| label(cx, scope, &access.base)).join(&picked)
        }
        _ => Label::direct(CategoryId::UNCLASSIFIED),
    }
}

/// What a whole column tells, as a value.
pub(super) fn of_column(cx: &Cx<'_>, c: &Column) -> Label {
    let whole = if let Type::Json(shape) = &c.ty { expr::whole_label(cx, shape) } else { None };
    whole.unwrap_or_default().join(&c.label).value_part()
}

/// A column, or a path into one, as it is stored: no comparison decided which value it is.
pub(super) fn is_plain(cx: &Cx<'_>, scope: &Scope<'_>, e: &Expr) -> bool {
    match &e.kind {
        ExprKind::Column { .. } => !is_chosen(cx, scope, e),
        ExprKind::Json(access) => {
            let stored = access.steps.iter().all(|s| matches!(s, JsonStep::Field(_) | JsonStep::Index(_) | JsonStep::Pick { .. }));
            stored && is_plain(cx, scope, &access.base) && path(cx, access).picked.is_public()
        }
        _ => false,
    }
}

/// What a path tells and what choosing elements on the way tells; `end` is `None` where only the value itself knows.
struct Path {
    end: Option<Label>,
    picked: Label,
}

fn path(cx: &Cx<'_>, access: &JsonAccess) -> Path {
    let mut out = Path { end: None, picked: Label::PUBLIC };
    let mut ty = access.base.ty.clone();
    for step in &access.steps {
        let Type::Json(shape) = &ty else { break };
        let (shape, next) = match (step, shape) {
            (JsonStep::Field(_), shape) => (shape, None),
            (_, JsonShape::Array(of)) => (&**of, Some(Type::Json((**of).clone()))),
            (_, shape) => (shape, Some(Type::JSON)),
        };
        let object = if let JsonShape::Object(id, said) = shape { cx.program.json_type(*id).map(|t| (t, said)) } else { None };
        let field = |name: &str| object.and_then(|(t, _)| t.fields.iter().find(|f| f.name.as_str() == name));
        let said = object.and_then(|(_, said)| said.clone()).or_else(|| out.end.clone());
        if let JsonStep::Pick { conditions, .. } = step {
            for own in conditions.iter().map(|c| field(&c.field).and_then(|f| f.label.clone())) {
                let own = if own.as_ref().is_some_and(Label::is_public) { own } else { said.clone().or(own) };
                out.picked = out.picked.join(&own.unwrap_or_else(|| Label::direct(CategoryId::UNCLASSIFIED)));
            }
        }
        if let JsonStep::Field(name) = step {
            out.end = said.or_else(|| field(name).and_then(|f| f.label.clone()));
        }
        ty = match step {
            JsonStep::Field(name) => field(name).map_or(Type::JSON, |f| f.ty.clone()),
            _ => next.unwrap_or(Type::JSON),
        };
    }
    if out.end.is_none()
        && let Type::Json(shape) = &ty
    {
        out.end = expr::whole_label(cx, shape);
    }
    out
}

/// Whether every category of a label is one that a declared key tells: rows of one such value are rows of one thing.
pub(super) fn names_a_thing(cx: &Cx<'_>, label: &Label) -> bool {
    label.values().iter().all(|(category, _)| cx.keyed.contains(category))
}
