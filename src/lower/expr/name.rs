use super::build::{failed_at, typed};
use super::json::{self, Step};
use super::{cast, expr, literal, unsupported, unsupported_at};
use crate::base::{Ident, Span};
use crate::diag::{Code, Diagnostic};
use crate::ir::{Column, ExprKind, JsonCondition, Type};
use crate::lower::cx::Cx;
use crate::lower::{Facts, Scope, ScopeRelation, Typed};
use sqlparser::ast::{self, AccessExpr, BinaryOperator, Expr as E, Subscript};

/// A SQL name as written: folded unless quoted.
pub(super) fn ident(written: &ast::Ident) -> Ident {
    if written.quote_style.is_some() { Ident::exact(&written.value) } else { Ident::folded(&written.value) }
}

/// What a bare name may be.
enum Found<'s> {
    One(&'s ScopeRelation, &'s Column),
    Several(Vec<&'s Ident>),
    Nothing,
}

/// `name`: a column of this block, else of an enclosing one, else `run_date`.
pub(super) fn identifier(cx: &Cx<'_>, scope: &Scope<'_>, written: &ast::Ident) -> Typed {
    let (name, at) = (ident(written), cx.span(written.span));
    match find(scope, &name) {
        Found::One(relation, column) => column_ref(cx, relation, column, at),
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
    json::access(cx, base, steps)
}

fn json_step(cx: &Cx<'_>, scope: &Scope<'_>, link: &AccessExpr, near: Span) -> Result<(Step, Span), Box<Typed>> {
    match link {
        AccessExpr::Dot(E::Identifier(name)) => Ok((Step::Field(name.value.as_str().into()), cx.span(name.span))),
        AccessExpr::Dot(other) => Err(Box::new(unsupported(cx, other, "a call on a field", ""))),
        AccessExpr::Subscript(Subscript::Slice { .. }) => {
            Err(Box::new(unsupported_at(cx, near, "a slice `[a:b]`", "take single elements, or `unnest` the array")))
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
        let AccessExpr::Subscript(Subscript::Index { index }) = link else {
            return unsupported_at(cx, value.expr.at, "this step into an array", "write `a[1]`; SQL arrays count from 1");
        };
        let index = cast::adapt(cx, expr(cx, scope, index), &Type::Integer);
        let at = value.expr.at.to(index.expr.at);
        let facts = value.facts.join(&index.facts);
        value = typed(ExprKind::Subscript(Box::new(value.expr), Box::new(index.expr)), element, true, at, facts);
    }
    value
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

/// The innermost block that knows the name decides. The bare alias of a table function stands for its column.
fn find<'s>(scope: &'s Scope<'_>, name: &Ident) -> Found<'s> {
    let mut block = Some(scope);
    while let Some(scope) = block {
        let mut hits = scope
            .relations
            .iter()
            .filter(|r| !r.hidden.contains(name))
            .filter_map(|r| Some((r, r.columns.iter().find(|c| c.name == *name)?)));
        if let Some((relation, column)) = hits.next() {
            let others: Vec<&Ident> = hits.map(|(r, _)| &r.alias).collect();
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
