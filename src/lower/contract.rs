use super::Cx;
use super::model::{Shared, rest};
use crate::diag::{Code, Diagnostic};
use crate::ir::{Column, Table, Type};
use crate::resolve::{PendingModel, Place, TypeReader};
use crate::syntax::ast::{ClauseKind, ColumnDecl};

/// The columns a model declares, when it does.
pub(super) fn declared<'m>(model: &PendingModel<'m>) -> impl Iterator<Item = &'m ColumnDecl> {
    let lists = rest(model).clauses.iter().filter_map(|c| if let ClauseKind::Columns(columns) = &c.kind { Some(columns) } else { None });
    lists.flatten()
}

/// `columns { id text key; … }`: the model yields exactly these, in this order, and their documentation is the model's.
pub(super) fn check(cx: &Cx<'_>, shared: &Shared<'_>, model: &PendingModel<'_>, table: &mut Table) {
    if !rest(model).clauses.iter().any(|c| matches!(c.kind, ClauseKind::Columns(_))) {
        return;
    }
    let env = &model.pending.env;
    let reader = TypeReader { program: shared.program, generator: shared.generator, env, module: "", place: Place::Column };
    let mut promised = vec![false; table.columns.len()];
    let mut last: Option<usize> = None;
    for decl in declared(model) {
        let Some(name) = shared.generator.name(&decl.name, env, &mut cx.diagnostics.borrow_mut()) else { continue };
        let Some(position) = table.columns.iter().position(|c| c.name == name) else {
            let problem = Diagnostic::error(
                Code::ContractBroken,
                decl.name.at,
                format!("`{}` declares a column `{name}` but does not yield it", table.name),
            );
            cx.error(problem.suggest(name.as_str(), table.columns.iter().map(|c| c.name.as_str())));
            continue;
        };
        if promised.get_mut(position).is_some_and(|slot| std::mem::replace(slot, true)) {
            cx.error(Diagnostic::error(Code::ContractBroken, decl.name.at, format!("`{}` declares `{name}` twice", table.name)));
            continue;
        }
        out_of_order(cx, table, decl, (last, position));
        last = Some(last.map_or(position, |l| l.max(position)));
        match (reader.type_of(&decl.ty, None), table.columns.get(position)) {
            (Ok(ty), Some(column)) => compare(cx, decl, column, &ty),
            (Err(problem), _) => cx.error(problem),
            (Ok(_), None) => {}
        }
        if let Some(doc) = decl.doc.as_ref().and_then(|d| shared.generator.text(&d.text, env, &mut cx.diagnostics.borrow_mut())) {
            table.column_docs.resize(table.columns.len().max(table.column_docs.len()), None);
            if let Some(slot) = table.column_docs.get_mut(position) {
                *slot = Some(doc);
            }
        }
    }
    for (column, _) in table.columns.iter().zip(&promised).filter(|(_, promised)| !**promised) {
        let problem = Diagnostic::error(
            Code::ContractBroken,
            column.at,
            format!("`{}` yields a column `{}` that its `columns` do not declare", table.name, column.name),
        );
        cx.error(problem.help(format!("declare it: `{} {}`", column.name, column.ty)));
    }
}

/// Readers by position (`insert … select *`, exports) rely on the order.
fn out_of_order(cx: &Cx<'_>, table: &Table, decl: &ColumnDecl, (last, position): (Option<usize>, usize)) {
    let Some(before) = last.filter(|l| position < *l).and_then(|l| table.columns.get(l)) else { return };
    let Some(column) = table.columns.get(position) else { return };
    let message = format!("`{}` yields `{}` before `{}`, and declares it behind", table.name, column.name, before.name);
    cx.error(
        Diagnostic::error(Code::ContractBroken, decl.name.at, message).mark(column.at, "yielded here").help("write both in one order"),
    );
}

/// Whether values of the column are of the declared type: a shorter text is, JSON has its own labels to say what it holds.
fn fits(column: &Type, declared: &Type) -> bool {
    match (column, declared) {
        (Type::Json(_), Type::Json(_)) | (Type::Text(_), Type::Text(None)) => true,
        (Type::Text(Some(have)), Type::Text(Some(most))) => have <= most,
        _ => column == declared,
    }
}

fn compare(cx: &Cx<'_>, decl: &ColumnDecl, column: &Column, ty: &Type) {
    if column.ty == Type::Error || *ty == Type::Error {
        return;
    }
    if !fits(&column.ty, ty) {
        let problem =
            Diagnostic::error(Code::ContractBroken, decl.ty.at, format!("`{}` is declared {ty} but is {}", column.name, column.ty));
        cx.error(problem.mark(column.at, format!("{} here", column.ty)).help(format!("cast it: `… :: {ty}`, or declare it {}", column.ty)));
    } else if column.nullable && !decl.ty.nullable {
        let problem =
            Diagnostic::error(Code::ContractBroken, decl.ty.at, format!("`{}` is declared without `?` but may be NULL", column.name));
        cx.error(
            problem
                .mark(column.at, "may be NULL here")
                .help(format!("declare it `{ty}?`, or keep NULLs out with `where … is not null` or `coalesce`")),
        );
    }
}
