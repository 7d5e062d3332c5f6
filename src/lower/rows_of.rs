//! Rows out of values: `unnest`, elements of JSON arrays, and the table functions of the library, one or several side by side.

use super::chosen::is_chosen;
use super::from::push;
use super::names::{ident, unsupported};
use super::{Cx, Facts, Scope, ScopeRelation, elements, expr, kin};
use crate::base::{Ident, Span};
use crate::diag::{Code, Diagnostic};
use crate::ir::{Column, ExprKind, FromItem, FunctionKind, Kin, Label, Nullability, Origins, Relation, RelationSource, RowsOf, Type};
use sqlparser::ast::{self, Spanned};

/// A table function in `from`.
pub(super) fn function(cx: &Cx<'_>, scope: &mut Scope<'_>, factor: &ast::TableFactor, at: Span) -> Option<FromItem> {
    let made = written(cx, scope, factor, at);
    if made.is_none() {
        // What failed is named all the same, so that its columns are not reported again.
        let alias = match factor {
            ast::TableFactor::UNNEST { alias, .. } | ast::TableFactor::Function { alias, .. } | ast::TableFactor::Table { alias, .. } => {
                alias.as_ref()
            }
            _ => None,
        };
        let alias = alias.map(|a| ident(&a.name)).unwrap_or_default();
        push(cx, scope, ScopeRelation { alias, open: true, ..ScopeRelation::default() }, at);
    }
    made
}

fn written(cx: &Cx<'_>, scope: &mut Scope<'_>, factor: &ast::TableFactor, at: Span) -> Option<FromItem> {
    match factor {
        ast::TableFactor::UNNEST { alias, array_exprs, with_offset: false, with_offset_alias: None, with_ordinality } => {
            let made = array_exprs.iter().map(|array| elements_of(cx, scope, "unnest", array)).collect::<Option<Vec<Made>>>()?;
            relation(cx, scope, made, As::written("unnest", alias.as_ref(), *with_ordinality, at))
        }
        ast::TableFactor::Function { lateral: _, name, args, with_ordinality, alias } => {
            let made = made(cx, scope, name, args, at)?;
            relation(cx, scope, made, As::written(&word(name), alias.as_ref(), *with_ordinality, at))
        }
        ast::TableFactor::Table { name, args: Some(args), alias, with_ordinality, .. } => {
            if args.settings.is_some() {
                unsupported(cx, at, "`settings` in a table function");
            }
            let made = made(cx, scope, name, &args.args, at)?;
            relation(cx, scope, made, As::written(&word(name), alias.as_ref(), *with_ordinality, at))
        }
        _ => {
            unsupported(cx, at, "this element of `from`");
            None
        }
    }
}

/// Calls of the select list, side by side, each under a name of its own.
pub(super) fn side_by_side(cx: &Cx<'_>, scope: &mut Scope<'_>, alias: Ident, calls: &[(ast::Function, Ident)]) -> Option<FromItem> {
    let mut all = Vec::with_capacity(calls.len());
    let mut at = cx.here;
    for (i, (call, _)) in calls.iter().enumerate() {
        let here = cx.span(call.name.span());
        at = if i == 0 { here } else { at.to(here) };
        let ast::FunctionArguments::List(list) = &call.args else { return None };
        let mut made = made(cx, scope, &call.name, &list.args, here)?;
        if made.len() > 1 || made.iter().any(|m| m.columns.len() > 1) {
            unsupported(cx, here, "a function that yields several columns in the select list");
            return None;
        }
        all.append(&mut made);
    }
    let names = calls.iter().map(|(_, name)| name.clone()).collect();
    relation(cx, scope, all, As { call: String::new(), alias: Some(alias), names, ordinality: false, inner: true, at })
}

/// Rows of one function: its columns by default name, type and nullability.
struct Made {
    of: RowsOf,
    columns: Vec<(Option<&'static str>, Type, bool)>,
    /// What the columns tell.
    facts: Facts,
    /// What the arguments tell.
    counts: Facts,
}

/// How the rows are called.
struct As {
    call: String,
    alias: Option<Ident>,
    names: Vec<Ident>,
    ordinality: bool,
    /// The compiler's own: no bare name finds it.
    inner: bool,
    at: Span,
}

impl As {
    fn written(call: &str, alias: Option<&ast::TableAlias>, ordinality: bool, at: Span) -> As {
        let names = alias.iter().flat_map(|a| &a.columns).map(|c| ident(&c.name)).collect();
        As { call: call.to_owned(), alias: alias.map(|a| ident(&a.name)), names, ordinality, inner: false, at }
    }
}

fn word(name: &ast::ObjectName) -> String {
    name.0.last().and_then(|p| p.as_ident()).map(|p| ident(p).as_str().to_owned()).unwrap_or_default()
}

/// The rows of a call; `unnest(a, b)` is several.
fn made(cx: &Cx<'_>, scope: &Scope<'_>, name: &ast::ObjectName, args: &[ast::FunctionArg], at: Span) -> Option<Vec<Made>> {
    let call = word(name);
    if call.starts_with("json") && (call.ends_with("_to_record") || call.ends_with("_to_recordset") || call.contains("_populate_record")) {
        cx.error(
            Diagnostic::error(Code::SqlUnsupported, at, format!("`{call}` is not supported"))
                .help("take the elements, `jsonb_array_elements(x) as e`, and their fields: `(e ->> 'a')::integer`"),
        );
        return None;
    }
    if name.0.len() > 1 || !takes_array(&call) {
        return library(cx, scope, name, args, at).map(|made| vec![made]);
    }
    let mut arrays = Vec::with_capacity(args.len());
    for arg in args {
        match arg {
            ast::FunctionArg::Unnamed(ast::FunctionArgExpr::Expr(array)) => arrays.push(array),
            _ => arrays.clear(),
        }
    }
    if arrays.is_empty() || (arrays.len() > 1 && call != "unnest") {
        cx.error(Diagnostic::error(Code::NoOverload, at, format!("`{call}` takes one array")));
        return None;
    }
    arrays.into_iter().map(|array| elements_of(cx, scope, &call, array)).collect()
}

/// Functions that yield the elements of their argument, whose label its shape says.
pub(super) fn takes_array(call: &str) -> bool {
    matches!(call, "unnest" | "jsonb_array_elements" | "json_array_elements" | "jsonb_array_elements_text" | "json_array_elements_text")
}

fn elements_of(cx: &Cx<'_>, scope: &Scope<'_>, call: &str, array: &ast::Expr) -> Option<Made> {
    let array = expr::expr(cx, scope, array);
    let text = call.ends_with("_text");
    let found = expr::element(cx, &array).filter(|_| call == "unnest" || matches!(array.expr.ty, Type::Json(_) | Type::Error));
    let (ty, facts) = match found {
        Some((ty, facts)) if text && ty != Type::Error => (Type::TEXT, facts),
        Some(found) => found,
        None => {
            let wanted = if call == "unnest" { "an array" } else { "a JSON array" };
            cx.error(Diagnostic::error(Code::TypeMismatch, array.expr.at, format!("`{call}` takes {wanted}, this is {}", array.expr.ty)));
            (Type::Error, Facts::default())
        }
    };
    let nullable = text || !matches!(ty, Type::Json(_));
    // Postgres calls the column of `unnest` after the alias, that of the JSON functions `value`.
    let default = if call == "unnest" { None } else { Some("value") };
    Some(Made { of: RowsOf::Unnest(array.expr), columns: vec![(default, ty, nullable)], facts, counts: array.facts })
}

/// A table function declared in the library: its overload is chosen by the one expression lowering.
fn library(cx: &Cx<'_>, scope: &Scope<'_>, name: &ast::ObjectName, args: &[ast::FunctionArg], at: Span) -> Option<Made> {
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
    let made = expr::rows(cx, scope, &call);
    let found = match made.expr.kind {
        ExprKind::Call { function, args } => {
            cx.program.function(function).filter(|f| f.kind == FunctionKind::Table).map(|f| (function, args, f))
        }
        _ => None,
    };
    let Some((function, args, declared)) = found else {
        // Reported already; its columns are unknown.
        let failed = crate::ir::Expr { kind: ExprKind::Error, ty: Type::Error, nullable: true, at };
        return Some(Made {
            of: RowsOf::Unnest(failed),
            columns: vec![(None, Type::Error, true)],
            facts: Facts::default(),
            counts: Facts::default(),
        });
    };
    let value = (None, made.expr.ty, declared.nullability == Nullability::Maybe);
    let columns = match &*declared.name {
        "jsonb_each" | "json_each" | "jsonb_each_text" | "json_each_text" => {
            vec![(Some("key"), Type::TEXT, false), (Some("value"), value.1, value.2)]
        }
        _ => vec![value],
    };
    Some(Made { of: RowsOf::Function { function, args }, columns, facts: Facts { intact: None, ..made.facts.clone() }, counts: made.facts })
}

/// Whether the number of rows depends on more than the shape of a stored array.
fn multiplies_by_value(cx: &Cx<'_>, scope: &Scope<'_>, made: &Made) -> bool {
    match &made.of {
        RowsOf::Unnest(array) => !super::flow::is_stored(cx, scope, array),
        RowsOf::Function { .. } => true,
    }
}

fn relation(cx: &Cx<'_>, scope: &mut Scope<'_>, made: Vec<Made>, s: As) -> Option<FromItem> {
    let alias = s.alias.clone().unwrap_or_else(|| Ident::folded(&s.call));
    let several = made.len() > 1;
    let stored = matches!(made.as_slice(), [one] if elements::are_stored(cx, scope, &one.of, &one.counts));
    let mut columns: Vec<Column> = Vec::new();
    for one in &made {
        let chosen = match &one.of {
            RowsOf::Unnest(array) => is_chosen(cx, scope, array),
            RowsOf::Function { args, .. } => args.iter().any(|a| is_chosen(cx, scope, a)),
        };
        let kin = match &one.of {
            RowsOf::Unnest(array) => kin::of_expr(cx, scope, array),
            RowsOf::Function { .. } if one.facts.label.values().is_empty() => Kin::OWN,
            RowsOf::Function { .. } => Kin::Mixed,
        };
        for (default, ty, nullable) in &one.columns {
            let written = s.names.get(columns.len()).cloned();
            columns.push(Column {
                name: written.or_else(|| default.map(Ident::folded)).unwrap_or_else(|| alias.clone()),
                ty: ty.clone(),
                // The shorter ones are filled up.
                nullable: *nullable || several,
                label: one.facts.label.clone(),
                from: one.facts.from.clone(),
                intact: None,
                chosen,
                kin,
                at: s.at,
            });
        }
        // How many rows there are is what the arguments say.
        let counts = if multiplies_by_value(cx, scope, one) { one.counts.as_control() } else { super::flow::structure(&one.counts) };
        scope.control = scope.control.join(&counts);
    }
    if s.ordinality {
        columns.push(ordinality(s.names.get(columns.len()).cloned(), s.at));
    }
    if s.names.len() > columns.len() {
        let many = columns.len();
        let message = format!("{} names for {many} {}", s.names.len(), if many == 1 { "column" } else { "columns" });
        cx.error(Diagnostic::error(Code::ColumnCount, s.at, message));
    }
    let single = columns.len() == 1 + usize::from(s.ordinality);
    let whole = columns.first().filter(|_| single && !s.inner).map(|c| c.name.clone());
    let hidden = if s.inner { columns.iter().map(|c| c.name.clone()).collect() } else { Vec::new() };
    let known = ScopeRelation { alias: alias.clone(), columns: columns.clone(), whole, hidden, ..ScopeRelation::default() };
    let shown = scope.shown.len();
    push(cx, scope, known, s.at);
    if let Some(relation) = scope.relations.last_mut().filter(|r| stored && r.alias == alias) {
        relation.element = relation.columns.first().cloned().map(Box::new);
    }
    if s.inner {
        scope.shown.truncate(shown);
    }
    Some(FromItem::Relation(Relation { source: source(made, s.ordinality)?, alias, lateral: true, columns, at: s.at }))
}

fn source(made: Vec<Made>, ordinality: bool) -> Option<RelationSource> {
    let mut rows: Vec<RowsOf> = made.into_iter().map(|m| m.of).collect();
    if rows.len() > 1 {
        return Some(RelationSource::Zip { rows, ordinality });
    }
    Some(match rows.pop()? {
        RowsOf::Unnest(array) => RelationSource::Unnest { expr: Box::new(array), ordinality },
        RowsOf::Function { function, args } => RelationSource::Function { function, args, ordinality },
    })
}

fn ordinality(name: Option<Ident>, at: Span) -> Column {
    Column {
        name: name.unwrap_or_else(|| Ident::folded("ordinality")),
        ty: Type::BigInt,
        nullable: false,
        label: Label::PUBLIC,
        from: Origins::NONE,
        intact: None,
        chosen: false,
        kin: Kin::OWN,
        at,
    }
}
