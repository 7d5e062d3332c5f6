use super::build::{failed_at, typed};
use super::json::{self, Step};
use super::{cast, expr, literal, unsupported, unsupported_at};
use crate::base::{Ident, Span};
use crate::diag::{Code, Diagnostic};
use crate::ir::{Column, ExprKind, JsonCondition, Type};
use crate::lower::cx::Cx;
use crate::lower::{Facts, Merged, Scope, ScopeRelation, Shown, Typed};
use sqlparser::ast::{self, AccessExpr, BinaryOperator, Expr as E, Subscript};

/// A SQL name as written: folded unless quoted.
pub(super) fn ident(written: &ast::Ident) -> Ident {
    if written.quote_style.is_some() { Ident::exact(&written.value) } else { Ident::folded(&written.value) }
}

/// What a bare name may be.
enum Found<'s> {
    One(&'s ScopeRelation, &'s Column),
    /// What `using` made.
    Merged(&'s Scope<'s>, &'s Merged),
    Several(Vec<&'s Ident>),
    Nothing,
}

/// `name`: a column of this block, else of an enclosing one, else `run_date`.
pub(super) fn identifier(cx: &Cx<'_>, scope: &Scope<'_>, written: &ast::Ident) -> Typed {
    let (name, at) = (ident(written), cx.span(written.span));
    match find(scope, &name) {
        Found::One(relation, column) => column_ref(cx, relation, column, at),
        Found::Merged(block, merged) => merged_ref(cx, block, merged, at),
        Found::Several(aliases) => ambiguous(cx, &name, &aliases, at),
        Found::Nothing if name.as_str() == "run_date" && written.quote_style.is_none() => {
            typed(ExprKind::RunDate, Type::Date, false, at, Facts::default())
        }
        Found::Nothing => unknown_column(cx, scope, &name, at),
    }
}

/// `a.b`, `a.b.c`: column of an alias, else a path into a JSON column.
pub(super) fn compound(cx: &Cx<'_>, scope: &Scope<'_>, parts: &[ast::Ident]) -> Typed {
    path(cx, scope, parts, &[])
}

/// `a.b[0].c`, `f(x)[1]`
pub(super) fn access(cx: &Cx<'_>, scope: &Scope<'_>, root: &E, chain: &[AccessExpr]) -> Typed {
    let mut names: Vec<ast::Ident> = match root {
        E::Identifier(name) => vec![name.clone()],
        E::CompoundIdentifier(parts) => parts.clone(),
        other => {
            let base = expr(cx, scope, other);
            return follow(cx, scope, base, &[], chain);
        }
    };
    let mut rest = chain;
    while let Some((AccessExpr::Dot(E::Identifier(name)), tail)) = rest.split_first() {
        names.push(name.clone());
        rest = tail;
    }
    path(cx, scope, &names, rest)
}

fn path(cx: &Cx<'_>, scope: &Scope<'_>, parts: &[ast::Ident], chain: &[AccessExpr]) -> Typed {
    let parts = without_schema(cx, scope, parts);
    let Some((first, fields)) = parts.split_first() else { return failed_at(cx.here) };
    let head = ident(first);
    let at = cx.span(first.span);
    let qualified = fields.split_first().and_then(|(second, rest)| Some((qualified(scope, &head, &ident(second))?, second, rest)));
    let bare = find(scope, &head);
    match (qualified, bare) {
        (Some(((relation, column), second, rest)), bare) => {
            let at = at.to(cx.span(second.span));
            if let Found::One(other, json) = bare
                && relation.alias != other.alias
                && json::has_field(cx, &json.ty, &second.value)
            {
                return two_readings(cx, &head, second, &other.alias, at);
            }
            let base = column_ref(cx, relation, column, at);
            follow(cx, scope, base, rest, chain)
        }
        (None, Found::One(relation, column)) => {
            let base = column_ref(cx, relation, column, at);
            follow(cx, scope, base, fields, chain)
        }
        (None, Found::Merged(block, merged)) => {
            let base = merged_ref(cx, block, merged, at);
            follow(cx, scope, base, fields, chain)
        }
        (None, Found::Several(aliases)) => ambiguous(cx, &head, &aliases, at),
        (None, Found::Nothing) => unknown_path(cx, scope, &head, fields, at),
    }
}

/// Applies fields, then the rest of a chain, to a value.
fn follow(cx: &Cx<'_>, scope: &Scope<'_>, base: Typed, fields: &[ast::Ident], chain: &[AccessExpr]) -> Typed {
    if fields.is_empty() && chain.is_empty() {
        return base;
    }
    if let (Type::Array(_), []) = (&base.expr.ty, fields) {
        return array_items(cx, scope, base, chain);
    }
    let mut steps: Vec<(Step, Span)> = fields.iter().map(|f| (Step::Field(f.value.as_str().into()), cx.span(f.span))).collect();
    for link in chain {
        match json_step(cx, scope, link, base.expr.at) {
            Ok(step) => steps.push(step),
            Err(failed) => return *failed,
        }
    }
    let picked = json::picked(cx, scope, &base);
    json::access(cx, base, steps, picked)
}

fn json_step(cx: &Cx<'_>, scope: &Scope<'_>, link: &AccessExpr, near: Span) -> Result<(Step, Span), Box<Typed>> {
    match link {
        AccessExpr::Dot(E::Identifier(name)) => Ok((Step::Field(name.value.as_str().into()), cx.span(name.span))),
        AccessExpr::Dot(other) => Err(Box::new(unsupported(cx, other, "a call on a field", ""))),
        AccessExpr::Subscript(Subscript::Slice { .. }) => {
            Err(Box::new(unsupported_at(cx, near, "a slice `[a:b]` of JSON", "take single elements, or `unnest` the array")))
        }
        AccessExpr::Subscript(Subscript::Index { index }) => Ok(subscript_step(cx, scope, index)),
    }
}

fn subscript_step(cx: &Cx<'_>, scope: &Scope<'_>, index: &E) -> (Step, Span) {
    let bare = literal::peel(index);
    let mut conditions = Vec::new();
    if element_conditions(cx, bare, &mut conditions)
        && let Some((_, at)) = conditions.first()
    {
        let at = *at;
        return (Step::Pick(conditions), at);
    }
    let key = expr(cx, scope, bare);
    let at = key.expr.at;
    let step = match (literal::integer_of(&key.expr), literal::text_in(&key.expr)) {
        (Some(n), _) => Step::Index(n),
        (None, Some(text)) => Step::Field(text),
        (None, None) => Step::Computed(Box::new(key)),
    };
    (step, at)
}

/// `system = 'phone' and use is distinct from 'old'`. False for anything else.
fn element_conditions(cx: &Cx<'_>, e: &E, out: &mut Vec<(JsonCondition, Span)>) -> bool {
    let (left, right, negated) = match literal::peel(e) {
        E::BinaryOp { left, op: BinaryOperator::And, right } => {
            return element_conditions(cx, left, out) && element_conditions(cx, right, out);
        }
        E::BinaryOp { left, op: BinaryOperator::Eq, right } | E::IsNotDistinctFrom(left, right) => (left, right, false),
        E::IsDistinctFrom(left, right) => (left, right, true),
        _ => return false,
    };
    let (E::Identifier(field), Some(text)) = (literal::peel(left), literal::text_of(right)) else { return false };
    out.push((JsonCondition { field: field.value.as_str().into(), equals: text.into(), negated }, cx.span(field.span)));
    true
}

/// `a[1][2]` on SQL arrays.
fn array_items(cx: &Cx<'_>, scope: &Scope<'_>, base: Typed, chain: &[AccessExpr]) -> Typed {
    let mut value = base;
    for (done, link) in chain.iter().enumerate() {
        let element = match &value.expr.ty {
            Type::Array(of) => (**of).clone(),
            Type::Error => return value,
            _ => return follow(cx, scope, value, &[], chain.get(done..).unwrap_or(&[])),
        };
        let index = match link {
            AccessExpr::Subscript(Subscript::Index { index }) => position(cx, scope, index),
            AccessExpr::Subscript(Subscript::Slice { lower_bound, upper_bound, stride: None }) => {
                value = slice(cx, scope, value, lower_bound.as_ref(), upper_bound.as_ref());
                continue;
            }
            _ => return unsupported_at(cx, value.expr.at, "this step into an array", "write `a[1]` or `a[1:3]`; SQL arrays count from 1"),
        };
        let at = value.expr.at.to(index.expr.at);
        let facts = value.facts.join(&index.facts);
        value = typed(ExprKind::Subscript(Box::new(value.expr), Box::new(index.expr)), element, true, at, facts);
    }
    value
}

/// `a[2:3]`: empty when nothing lies there.
fn slice(cx: &Cx<'_>, scope: &Scope<'_>, array: Typed, low: Option<&E>, high: Option<&E>) -> Typed {
    let (low, high) = (low.map(|e| position(cx, scope, e)), high.map(|e| position(cx, scope, e)));
    let ends = || low.iter().chain(&high);
    let facts = ends().fold(Facts { intact: None, ..array.facts.clone() }, |all, e| all.join(&e.facts));
    let nullable = array.expr.nullable || ends().any(|e| e.expr.nullable);
    let at = ends().fold(array.expr.at, |at, e| at.to(e.expr.at));
    if ends().any(|e| super::is_error(&e.expr)) {
        return super::build::failed(at, facts);
    }
    let ty = array.expr.ty.clone();
    let boxed = |e: Option<Typed>| e.map(|e| Box::new(e.expr));
    typed(ExprKind::Slice(Box::new(array.expr), boxed(low), boxed(high)), ty, nullable, at, facts)
}

/// A place in an array; other whole numbers than `integer` are cut down to it, as Postgres does.
fn position(cx: &Cx<'_>, scope: &Scope<'_>, e: &E) -> Typed {
    let value = expr(cx, scope, e);
    if matches!(value.expr.ty, Type::BigInt) { cast::cast_to(value, Type::Integer) } else { cast::adapt(cx, value, &Type::Integer) }
}

fn column_ref(cx: &Cx<'_>, relation: &ScopeRelation, column: &Column, at: Span) -> Typed {
    let label = match &column.ty {
        Type::Json(shape) => json::whole_label(cx, shape).map_or_else(|| column.label.clone(), |all| all.join(&column.label)),
        _ => column.label.clone(),
    };
    let facts = Facts { label, from: column.from.clone(), intact: column.intact };
    let kind = ExprKind::Column { relation: relation.alias.clone(), name: column.name.clone() };
    typed(kind, column.ty.clone(), column.nullable, at, facts)
}

/// `schema.table.column` where `table` is in scope under its own name: `table.column`.
fn without_schema<'p>(cx: &Cx<'_>, scope: &Scope<'_>, parts: &'p [ast::Ident]) -> &'p [ast::Ident] {
    let [schema, table, _, ..] = parts else { return parts };
    let full = Ident::exact(&format!("{}.{}", ident(schema), ident(table)));
    let is_it = |r: &ScopeRelation| r.table.and_then(|t| cx.program.table(t)).is_some_and(|t| t.name == full);
    let named = relation_named(scope, &ident(table))
        .is_some_and(|r| is_it(r) || r.table.is_some_and(|id| cx.program.table_names.get(&full) == Some(&id)));
    match parts.split_first() {
        Some((_, rest)) if named && relation_named(scope, &ident(schema)).is_none() => rest,
        _ => parts,
    }
}

/// What `using` made of its parts.
pub(super) fn merged_ref(cx: &Cx<'_>, scope: &Scope<'_>, merged: &Merged, at: Span) -> Typed {
    let parts: Vec<Typed> = merged
        .parts
        .iter()
        .filter_map(|(relation, name)| qualified(scope, relation, name))
        .map(|(relation, column)| cast::adapt(cx, column_ref(cx, relation, column, at), &merged.ty))
        .collect();
    if parts.iter().any(|p| super::is_error(&p.expr)) {
        return failed_at(at);
    }
    let mut facts = super::build::join_all(&parts);
    facts.intact = super::call::one_column(cx, &parts);
    let nullable = parts.iter().all(|p| p.expr.nullable);
    let mut exprs = super::build::exprs(parts);
    let ty = super::bake(merged.ty.clone(), &facts.label);
    if exprs.len() > 1 {
        return typed(ExprKind::Common(crate::ir::CommonFunction::Coalesce, exprs), ty, nullable, at, facts);
    }
    let Some(only) = exprs.pop() else { return failed_at(at) };
    if only.ty == ty { Typed { expr: only, facts } } else { cast::cast_to(Typed { expr: only, facts }, ty) }
}

/// What `*` shows, as an expression.
pub(super) fn shown(cx: &Cx<'_>, scope: &Scope<'_>, shown: &Shown, at: Span) -> Typed {
    match shown {
        Shown::Merged(merged) => merged_ref(cx, scope, merged, at),
        Shown::Column(relation, name) => match qualified(scope, relation, name) {
            Some((relation, column)) => column_ref(cx, relation, column, at),
            None => failed_at(at),
        },
    }
}

/// The innermost block that knows the name decides. The bare alias of a table function stands for its column.
fn find<'s>(scope: &'s Scope<'_>, name: &Ident) -> Found<'s> {
    let mut block = Some(scope);
    while let Some(scope) = block {
        let mut hits = scope
            .relations
            .iter()
            .filter(|r| !r.hidden.contains(name))
            .filter_map(|r| Some((r, r.columns.iter().find(|c| c.name == *name)?)));
        let merged = scope.shown.iter().find_map(|s| match s {
            Shown::Merged(merged) if merged.name == *name => Some(merged),
            _ => None,
        });
        let first = hits.next();
        if let (None, Some(merged)) = (first, merged) {
            return Found::Merged(scope, merged);
        }
        if let Some((relation, column)) = first {
            let made = merged.iter().flat_map(|m| m.parts.iter().map(|(alias, _)| alias));
            let others: Vec<&Ident> = hits.map(|(r, _)| &r.alias).chain(made).collect();
            return if others.is_empty() { Found::One(relation, column) } else { Found::Several([vec![&relation.alias], others].concat()) };
        }
        let whole = scope.relations.iter().find(|r| r.alias == *name && r.whole.is_some());
        if let Some(relation) = whole
            && let Some(column) = relation.columns.iter().find(|c| Some(&c.name) == relation.whole.as_ref())
        {
            return Found::One(relation, column);
        }
        block = scope.outer;
    }
    Found::Nothing
}

fn qualified<'s>(scope: &'s Scope<'_>, alias: &Ident, name: &Ident) -> Option<(&'s ScopeRelation, &'s Column)> {
    let relation = relation_named(scope, alias)?;
    Some((relation, relation.columns.iter().find(|c| c.name == *name)?))
}

fn relation_named<'s>(scope: &'s Scope<'_>, alias: &Ident) -> Option<&'s ScopeRelation> {
    let mut block = Some(scope);
    while let Some(scope) = block {
        if let Some(relation) = scope.relations.iter().find(|r| r.alias == *alias) {
            return Some(relation);
        }
        block = scope.outer;
    }
    None
}

fn columns_in_scope<'s>(scope: &'s Scope<'_>) -> Vec<&'s Column> {
    let mut all = Vec::new();
    let mut block = Some(scope);
    while let Some(scope) = block {
        all.extend(scope.relations.iter().flat_map(|r| &r.columns));
        block = scope.outer;
    }
    all
}

fn ambiguous(cx: &Cx<'_>, name: &Ident, aliases: &[&Ident], at: Span) -> Typed {
    let choices: Vec<String> = aliases.iter().map(|a| format!("`{a}.{name}`")).collect();
    cx.error(
        Diagnostic::error(Code::AmbiguousName, at, format!("`{name}` is a column of more than one table here"))
            .help(format!("write {}", choices.join(" or "))),
    );
    failed_at(at)
}

fn two_readings(cx: &Cx<'_>, head: &Ident, second: &ast::Ident, owner: &Ident, at: Span) -> Typed {
    let message = format!("`{head}.{}` is a column of `{head}` and a field of the JSON column `{owner}.{head}`", second.value);
    cx.error(
        Diagnostic::error(Code::AmbiguousName, at, message)
            .help(format!("write `{owner}.{head}.{}` for the field, or give the table another alias", second.value)),
    );
    failed_at(at)
}

fn unknown_column(cx: &Cx<'_>, scope: &Scope<'_>, name: &Ident, at: Span) -> Typed {
    let columns = columns_in_scope(scope);
    if let Some(refused) = super::refused::system_column(cx, name.as_str(), at) {
        return refused;
    }
    if poisoned(scope) {
        return failed_at(at);
    }
    let problem = Diagnostic::error(Code::UnknownColumn, at, format!("no column `{name}` here"));
    let problem = if relation_named(scope, name).is_some() {
        problem.help(format!("`{name}` is a table here; whole rows are no values: name the columns"))
    } else {
        problem.suggest(name.as_str(), columns.iter().map(|c| c.name.as_str()))
    };
    cx.error(problem);
    failed_at(at)
}

/// Whether a relation whose columns nobody knows is in scope: it failed earlier, and any name might have been its.
fn poisoned(scope: &Scope<'_>) -> bool {
    scope.relations.iter().any(|r| r.open) || scope.outer.is_some_and(poisoned)
}

fn unknown_path(cx: &Cx<'_>, scope: &Scope<'_>, head: &Ident, fields: &[ast::Ident], at: Span) -> Typed {
    let (Some(relation), Some(field)) = (relation_named(scope, head), fields.first()) else {
        return unknown_head(cx, scope, head, fields, at);
    };
    let (name, at) = (ident(field), at.to(cx.span(field.span)));
    if let Some(refused) = super::refused::system_column(cx, name.as_str(), at) {
        return refused;
    }
    if relation.open {
        return failed_at(at);
    }
    let problem = Diagnostic::error(Code::UnknownColumn, at, format!("`{head}` has no column `{name}`"));
    cx.error(problem.suggest(name.as_str(), relation.columns.iter().map(|c| c.name.as_str())));
    failed_at(at)
}

fn unknown_head(cx: &Cx<'_>, scope: &Scope<'_>, head: &Ident, fields: &[ast::Ident], at: Span) -> Typed {
    if fields.is_empty() {
        return unknown_column(cx, scope, head, at);
    }
    if poisoned(scope) {
        return failed_at(at);
    }
    let columns = columns_in_scope(scope);
    let aliases = scope.relations.iter().map(|r| r.alias.as_str());
    let candidates: Vec<&str> = aliases.chain(columns.iter().map(|c| c.name.as_str())).collect();
    cx.error(
        Diagnostic::error(Code::UnknownColumn, at, format!("no table or JSON column `{head}` here")).suggest(head.as_str(), candidates),
    );
    failed_at(at)
}
