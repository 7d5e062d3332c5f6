use super::chosen::is_chosen;
use super::from::push;
use super::names::{ident, span_of, unsupported};
use super::{Cx, Facts, Scope, ScopeRelation, Typed, expr};
use crate::base::{Ident, Span};
use crate::diag::{Code, Diagnostic};
use crate::ir::{Column, ExprKind, FromItem, Label, Origins, Relation, RelationSource, Type};
use sqlparser::ast;

/// A table function in `from`: `unnest`, elements of JSON arrays, and those of the library.
pub(super) fn function(cx: &Cx<'_>, scope: &mut Scope<'_>, factor: &ast::TableFactor, at: Span) -> Option<FromItem> {
    match factor {
        ast::TableFactor::UNNEST { alias, array_exprs, with_offset: false, with_offset_alias: None, with_ordinality } => {
            let [array] = array_exprs.as_slice() else {
                unsupported(cx, at, "`unnest` of several arrays");
                return None;
            };
            elements(cx, scope, Elements { call: "unnest", array, text: false, alias: alias.as_ref(), ordinality: *with_ordinality, at })
        }
        ast::TableFactor::Function { lateral: _, name, args, with_ordinality, alias } => {
            named(cx, scope, name, args, alias.as_ref(), *with_ordinality, at)
        }
        ast::TableFactor::Table { name, args: Some(args), alias, with_ordinality, .. } => {
            if args.settings.is_some() {
                unsupported(cx, at, "`settings` in a table function");
            }
            named(cx, scope, name, &args.args, alias.as_ref(), *with_ordinality, at)
        }
        _ => {
            unsupported(cx, at, "this element of `from`");
            None
        }
    }
}

fn named(
    cx: &Cx<'_>,
    scope: &mut Scope<'_>,
    name: &ast::ObjectName,
    args: &[ast::FunctionArg],
    alias: Option<&ast::TableAlias>,
    ordinality: bool,
    at: Span,
) -> Option<FromItem> {
    let call = match name.0.as_slice() {
        [part] => part.as_ident().map(ident)?,
        _ => return library(cx, scope, name, args, alias, ordinality, at),
    };
    let text = match call.as_str() {
        "unnest" | "jsonb_array_elements" | "json_array_elements" => false,
        "jsonb_array_elements_text" | "json_array_elements_text" => true,
        _ => return library(cx, scope, name, args, alias, ordinality, at),
    };
    let [ast::FunctionArg::Unnamed(ast::FunctionArgExpr::Expr(array))] = args else {
        cx.error(Diagnostic::error(Code::NoOverload, at, format!("`{call}` takes one array")));
        return None;
    };
    elements(cx, scope, Elements { call: call.as_str(), array, text, alias, ordinality, at })
}

struct Elements<'e> {
    call: &'e str,
    array: &'e ast::Expr,
    /// Elements as text rather than JSON.
    text: bool,
    alias: Option<&'e ast::TableAlias>,
    ordinality: bool,
    at: Span,
}

fn elements(cx: &Cx<'_>, scope: &mut Scope<'_>, e: Elements<'_>) -> Option<FromItem> {
    let array = expr::expr(cx, scope, e.array);
    let found = expr::element(cx, &array).filter(|_| e.call == "unnest" || matches!(array.expr.ty, Type::Json(_) | Type::Error));
    let (ty, facts) = match found {
        Some((ty, facts)) if e.text && ty != Type::Error => (Type::TEXT, facts),
        Some(found) => found,
        None => {
            let message =
                format!("`{}` takes {}, this is {}", e.call, if e.call == "unnest" { "an array" } else { "a JSON array" }, array.expr.ty);
            cx.error(Diagnostic::error(Code::TypeMismatch, array.expr.at, message));
            (Type::Error, Facts::default())
        }
    };
    let nullable = e.text || !matches!(ty, Type::Json(_));
    // Postgres calls the column of `unnest` after the alias, that of the JSON functions `value`.
    let default = if e.call == "unnest" { None } else { Some("value") };
    let source = RelationSource::Unnest { expr: Box::new(array.expr), ordinality: e.ordinality };
    Some(relation(
        cx,
        scope,
        source,
        Shape {
            call: e.call,
            column: default,
            ty,
            nullable,
            counts: array.facts.clone(),
            facts,
            alias: e.alias,
            ordinality: e.ordinality,
            at: e.at,
        },
    ))
}

/// A table function declared in the library: its overload is chosen by the one expression lowering.
fn library(
    cx: &Cx<'_>,
    scope: &mut Scope<'_>,
    name: &ast::ObjectName,
    args: &[ast::FunctionArg],
    alias: Option<&ast::TableAlias>,
    ordinality: bool,
    at: Span,
) -> Option<FromItem> {
    let list = ast::FunctionArgumentList { duplicate_treatment: None, args: args.to_vec(), clauses: Vec::new() };
    let call = ast::Function {
        name: name.clone(),
        uses_odbc_syntax: false,
        parameters: ast::FunctionArguments::None,
        args: ast::FunctionArguments::List(list),
        within_group: Vec::new(),
        filter: None,
        null_treatment: None,
        over: None,
    };
    let Typed { expr: made, facts } = expr::rows(cx, scope, &call);
    let word = name.0.last().and_then(|p| p.as_ident()).map(ident).unwrap_or_default();
    let (source, ty) = match made.kind {
        ExprKind::Call { function, args } if cx.program.function(function).is_some_and(|f| f.kind == crate::ir::FunctionKind::Table) => {
            (RelationSource::Function { function, args, ordinality }, made.ty)
        }
        kind => {
            if !matches!(kind, ExprKind::Error) {
                cx.error(
                    Diagnostic::error(Code::SqlUnsupported, span_of(cx, name), format!("`{word}` does not yield rows"))
                        .help("call it in the select list"),
                );
            }
            (
                RelationSource::Unnest {
                    expr: Box::new(crate::ir::Expr { kind: ExprKind::Error, ty: Type::Error, nullable: true, at }),
                    ordinality,
                },
                Type::Error,
            )
        }
    };
    Some(relation(
        cx,
        scope,
        source,
        Shape { call: word.as_str(), column: None, ty, nullable: false, counts: facts.clone(), facts, alias, ordinality, at },
    ))
}

struct Shape<'e> {
    call: &'e str,
    /// The column's name where the alias does not give it.
    column: Option<&'e str>,
    ty: Type,
    nullable: bool,
    facts: Facts,
    alias: Option<&'e ast::TableAlias>,
    ordinality: bool,
    at: Span,
    /// What the arguments tell.
    counts: Facts,
}

/// Whether the number of rows depends on more than the shape of a stored array.
fn multiplies_by_value(cx: &Cx<'_>, scope: &Scope<'_>, source: &RelationSource) -> bool {
    match source {
        RelationSource::Unnest { expr, .. } => !super::flow::is_stored(cx, scope, expr),
        RelationSource::Function { .. } => true,
        RelationSource::Table(_) | RelationSource::Cte(_) | RelationSource::Derived(_) => false,
    }
}

fn relation(cx: &Cx<'_>, scope: &mut Scope<'_>, source: RelationSource, s: Shape<'_>) -> FromItem {
    let alias = s.alias.map_or_else(|| Ident::folded(s.call), |a| ident(&a.name));
    let written: Vec<Ident> = s.alias.iter().flat_map(|a| &a.columns).map(|c| ident(&c.name)).collect();
    if s.alias.is_some_and(|a| a.at.is_some() || a.columns.iter().any(|c| c.data_type.is_some())) {
        unsupported(cx, s.at, "types or `at` in an alias");
    }
    let most = if s.ordinality { 2 } else { 1 };
    if written.len() > most {
        cx.error(Diagnostic::error(
            Code::ColumnCount,
            s.at,
            format!("{} names for {most} {}", written.len(), if most == 1 { "column" } else { "columns" }),
        ));
    }
    let first = written.first().cloned().or_else(|| s.column.map(Ident::folded)).unwrap_or_else(|| alias.clone());
    let chosen = match &source {
        RelationSource::Unnest { expr, .. } => is_chosen(cx, scope, expr),
        RelationSource::Function { args, .. } => args.iter().any(|a| is_chosen(cx, scope, a)),
        RelationSource::Table(_) | RelationSource::Cte(_) | RelationSource::Derived(_) => false,
    };
    let value = Column {
        name: first.clone(),
        ty: s.ty,
        nullable: s.nullable,
        label: s.facts.label,
        from: s.facts.from,
        intact: None,
        chosen,
        at: s.at,
    };
    let mut columns = vec![value];
    if s.ordinality {
        let name = written.get(1).cloned().unwrap_or_else(|| Ident::folded("ordinality"));
        columns.push(Column {
            name,
            ty: Type::BigInt,
            nullable: false,
            label: Label::PUBLIC,
            from: Origins::NONE,
            intact: None,
            chosen: false,
            at: s.at,
        });
    }
    // How many rows there are is what the arguments say.
    let counts = if multiplies_by_value(cx, scope, &source) { s.counts.as_control() } else { super::flow::structure(&s.counts) };
    scope.control = scope.control.join(&counts);
    let known = ScopeRelation { alias: alias.clone(), columns: columns.clone(), whole: Some(first), ..ScopeRelation::default() };
    push(cx, scope, known, s.at);
    FromItem::Relation(Relation { source, alias, lateral: true, columns, at: s.at })
}
