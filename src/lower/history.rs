//! `as history(key: …)`: a slowly changing dimension of type 2 (Kimball and Ross, *The Data Warehouse Toolkit*, chapter 5). The query gains the
//! days between which a version held; how versions end is the back ends' business.

use super::query::Lowered;
use super::{Cx, arrived};
use crate::base::{Ident, Span};
use crate::diag::{Code, Diagnostic};
use crate::ir::{Column, Expr, ExprKind, Label, Literal, Materialization, Origins, Select, SelectItem, SetExpr, Type};
use crate::resolve::PendingModel;

/// Adds the two days to what the model yields.
pub(super) fn apply(cx: &Cx<'_>, model: &PendingModel<'_>, lowered: &mut Lowered) {
    let Materialization::Incremental { key, history: true, .. } = &model.materialization else { return };
    let at = model.pending.at;
    for column in lowered.query.columns.iter().filter(|c| c.nullable && key.contains(&c.name)) {
        let problem = Diagnostic::error(
            Code::BadSetting,
            at,
            format!("`{}` is a history by `{}`, which may be NULL", model.pending.name, column.name),
        );
        cx.error(problem.help("rows without a key are versions of nothing: leave them out with `where … is not null`"));
    }
    // That a version began tells that some value had changed, or that the row came to be there; so does its end.
    let mut told = lowered.control.label.clone();
    let mut from = lowered.control.from.clone();
    for column in &lowered.query.columns {
        told = told.join(&column.label.as_control());
        from = from.union(&column.from.as_control());
    }
    if let Some(day) = arrived::label(cx) {
        told = told.join(&day);
    }
    let Some(select) = only_select(&mut lowered.query.body) else {
        let problem = Diagnostic::error(Code::SqlUnsupported, at, "a history of a `union`, `values` or the like");
        cx.error(problem.help("put them into a model of their own, and keep a history of that"));
        // Its readers are not at fault.
        for name in [Materialization::VALID_FROM, Materialization::VALID_TO] {
            lowered.query.columns.push(day(&Ident::exact(name), true, told.clone(), from.clone(), at));
        }
        return;
    };
    for (name, expr) in [(Materialization::VALID_FROM, today(at)), (Materialization::VALID_TO, never(at))] {
        let name = Ident::exact(name);
        lowered.query.columns.push(day(&name, expr.nullable, told.clone(), from.clone(), at));
        select.items.push(SelectItem { expr, name });
    }
}

fn only_select(body: &mut SetExpr) -> Option<&mut Select> {
    match body {
        SetExpr::Select(select) => Some(select),
        SetExpr::Query(_) | SetExpr::Set { .. } | SetExpr::Values(_) => None,
    }
}

fn day(name: &Ident, nullable: bool, label: Label, from: Origins, at: Span) -> Column {
    Column { name: name.clone(), ty: Type::Date, nullable, label, from, intact: None, chosen: true, kin: crate::ir::Kin::Mixed, at }
}

fn today(at: Span) -> Expr {
    Expr { kind: ExprKind::RunDate, ty: Type::Date, nullable: false, at }
}

fn never(at: Span) -> Expr {
    let null = Expr { kind: ExprKind::Literal(Literal::Null), ty: Type::Unknown, nullable: true, at };
    Expr { kind: ExprKind::Cast(Box::new(null)), ty: Type::Date, nullable: true, at }
}
