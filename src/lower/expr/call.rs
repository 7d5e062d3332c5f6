use super::build::{comparison, constant, failed, failed_at, join_all, span_of, typed};
use super::overload::{self, Choice, Failure, Given};
use super::{aggregate, bake, cast, coercion, expr, is_error, json_allow, literal, mask, refused, row, special, subquery, unsupported_at};
use crate::base::Span;
use crate::diag::{Code, Diagnostic};
use crate::ir::{CommonFunction, Expr, ExprKind, Function, FunctionId, FunctionKind, JsonStep, Nullability, Type};
use crate::lower::cx::Cx;
use crate::lower::{Facts, Scope, Typed, types};
use sqlparser::ast::{self, FunctionArg, FunctionArgExpr, FunctionArguments, ObjectNamePart};

/// The library's function that makes an object of keys and values.
pub(super) const OBJECT: &str = "jsonb_build_object";

/// An argument as written.
pub(super) struct Arg {
    pub(super) name: Option<String>,
    pub(super) value: Typed,
}

/// Arguments in the order of the parameters, defaults filled in.
pub(super) struct Placed {
    pub(super) args: Vec<Typed>,
    pub(super) result: Type,
}

/// `f(a, key => b)`, with or without `filter` and `over`.
pub(super) fn function(cx: &Cx<'_>, scope: &Scope<'_>, f: &ast::Function) -> Typed {
    let at = cx.span(ast::Spanned::span(&f.name));
    let [ObjectNamePart::Identifier(written)] = f.name.0.as_slice() else {
        return refused::unknown_function(cx, &f.name.to_string().to_lowercase(), at);
    };
    let name = super::name::ident(written);
    let name = name.as_str();
    if let (FunctionArguments::Subquery(q), "array") = (&f.args, name) {
        return subquery::array(cx, scope, q);
    }
    if let Some(built_in) = built_in(cx, scope, name, f, at) {
        return built_in;
    }
    if name == "unnest" {
        return rows_among_values(cx, name, at);
    }
    let Some(ids) = cx.program.function_names.get(name) else {
        return match (coercion::called(name), list(f)) {
            (Some(ty), Some([FunctionArg::Unnamed(FunctionArgExpr::Expr(inner))])) if f.over.is_none() && f.filter.is_none() => {
                cast::to_type(cx, expr(cx, scope, inner), ty)
            }
            _ => refused::unknown_function(cx, name, at),
        };
    };
    let kinds = |kind| ids.iter().any(|id| cx.program.function(*id).is_some_and(|f| f.kind == kind));
    let star = matches!(list(f), Some([FunctionArg::Unnamed(FunctionArgExpr::Wildcard)]));
    let masks = kinds(FunctionKind::Mask);
    let outside = cx.in_mask.replace(masks || cx.in_mask.get());
    let read = if star { Some(Vec::new()) } else { arguments(cx, scope, f, masks, at) };
    cx.in_mask.set(outside);
    let Some(mut args) = read else { return failed_at(at) };
    if !f.within_group.is_empty() && kinds(FunctionKind::Window) {
        return unsupported_at(cx, at, &format!("`{name} … within group`"), "count the rows that come before: `count(*) filter (where …)`");
    }
    for key in &f.within_group {
        args.push(Arg { name: None, value: expr(cx, scope, &key.expr) });
    }
    // From the greatest down is another function of the library.
    let downwards = format!("{name}_desc");
    let (name, ids) = match cx.program.function_names.get(downwards.as_str()) {
        Some(ids) if f.within_group.iter().any(aggregate::descending) => (downwards.as_str(), ids),
        _ => (name, ids),
    };
    if matches!(name, "concat" | "concat_ws" | "format") {
        args = args.into_iter().map(|a| Arg { value: shown(cx, a.value), ..a }).collect();
    }
    let whole = span_of(at, args.iter().map(|a| &a.value));
    if let Some(bad) = args.iter().find(|a| is_error(&a.value.expr)) {
        return failed(whole, bad.value.facts.clone());
    }
    let wanted = [FunctionKind::Function, FunctionKind::Aggregate, FunctionKind::Window, FunctionKind::Mask, FunctionKind::Table];
    match pick(cx, name, ids, &wanted, &args, whole) {
        Ok(choice) => dispatch(cx, scope, f, &choice, args, star, whole),
        Err(failed) => *failed,
    }
}

/// A value as `concat` shows it: Postgres's output form, `t` and `f` for truth values.
fn shown(cx: &Cx<'_>, value: Typed) -> Typed {
    let at = value.expr.at;
    match value.expr.ty {
        Type::Text(_) | Type::Unknown | Type::Error | Type::Json(_) | Type::Array(_) => value,
        Type::Boolean => {
            let one = constant(crate::ir::Literal::Number("1".into()), Type::Integer, at);
            by_name(cx, "left", FunctionKind::Function, vec![cast::cast_to(value, Type::TEXT), one], at)
        }
        _ => cast::cast_to(value, Type::TEXT),
    }
}

/// A table function where rows are wanted: in `from`. Its type is the element's.
pub(crate) fn rows(cx: &Cx<'_>, scope: &Scope<'_>, f: &ast::Function) -> Typed {
    let at = cx.span(ast::Spanned::span(&f.name));
    let name = f.name.to_string().to_lowercase();
    let Some(args) = arguments(cx, scope, f, false, at) else { return failed_at(at) };
    let Some(ids) = cx.program.function_names.get(name.as_str()) else { return refused::unknown_function(cx, &name, at) };
    let whole = span_of(at, args.iter().map(|a| &a.value));
    if args.iter().any(|a| is_error(&a.value.expr)) {
        return failed(whole, join_all(args.iter().map(|a| &a.value)));
    }
    if !ids.iter().any(|id| cx.program.function(*id).is_some_and(|f| f.kind == FunctionKind::Table)) {
        return unsupported_at(cx, whole, &format!("`{name}` in `from`"), "it yields one value: call it in the select list");
    }
    match pick(cx, &name, ids, &[FunctionKind::Table], &args, whole) {
        Ok(choice) => match cx.program.function(choice.id) {
            Some(function) => {
                let placed = place(cx, function, &choice, args, whole);
                finish(function, choice.id, placed, whole)
            }
            None => failed_at(whole),
        },
        Err(failed) => *failed,
    }
}

fn dispatch(cx: &Cx<'_>, scope: &Scope<'_>, f: &ast::Function, choice: &Choice, args: Vec<Arg>, star: bool, at: Span) -> Typed {
    let Some(function) = cx.program.function(choice.id) else { return failed_at(at) };
    match function.kind {
        FunctionKind::Aggregate | FunctionKind::Window => aggregate::call(cx, scope, f, function, choice, args, star, at),
        FunctionKind::Table => rows_among_values(cx, &function.name, at),
        _ if f.over.is_some() || f.filter.is_some() || !f.within_group.is_empty() || star => {
            let message = format!("`{}` is no aggregate: it takes no `over`, `filter` or `*`", function.name);
            cx.error(Diagnostic::error(Code::MisplacedAggregate, at, message));
            failed_at(at)
        }
        FunctionKind::Mask => {
            let placed = place(cx, function, choice, args, at);
            mask::apply(cx, scope, function, choice.id, placed, at)
        }
        _ => {
            let placed = place(cx, function, choice, args, at);
            finish(function, choice.id, placed, at)
        }
    }
}

/// A function that yields rows where one value stands.
fn rows_among_values(cx: &Cx<'_>, name: &str, at: Span) -> Typed {
    cx.error(
        Diagnostic::error(Code::SqlUnsupported, at, format!("`{name}` yields rows, and one value stands here"))
            .help("put it into `from`: `cross join lateral …`, and use its column"),
    );
    failed_at(at)
}

/// `grouping(a, b)`: which of the keys the row's grouping set lacks. That is structure, whatever the keys tell.
fn grouping(cx: &Cx<'_>, scope: &Scope<'_>, f: &ast::Function, at: Span) -> Typed {
    let Some(args) = arguments(cx, scope, f, false, at) else { return failed_at(at) };
    let values: Vec<Typed> = args.into_iter().map(|a| a.value).collect();
    let at = span_of(at, &values);
    if values.is_empty() || values.iter().any(|v| is_error(&v.expr)) {
        return failed_at(at);
    }
    typed(ExprKind::Grouping(super::build::exprs(values)), Type::Integer, false, at, Facts::default())
}

/// Forms that are no library entries: their types come from all arguments together, or they are no values.
fn built_in(cx: &Cx<'_>, scope: &Scope<'_>, name: &str, f: &ast::Function, at: Span) -> Option<Typed> {
    let common = match name {
        "coalesce" => CommonFunction::Coalesce,
        "greatest" => CommonFunction::Greatest,
        "least" => CommonFunction::Least,
        "nullif" => CommonFunction::Nullif,
        "secret" => return Some(mask::stray_secret(cx, at)),
        "json_allow" => return Some(json_allow::json_allow(cx, scope, list(f).unwrap_or(&[]), at)),
        "grouping" => return Some(grouping(cx, scope, f, at)),
        "release" => return Some(mask::release(cx, scope, list(f).unwrap_or(&[]), at)),
        "date_trunc" => return Some(special::date_trunc(cx, scope, list(f).unwrap_or(&[]), at)),
        "date_part" => return Some(special::date_part(cx, scope, list(f).unwrap_or(&[]), at)),
        "age" => match list(f) {
            Some([_]) => {
                let value = arguments(cx, scope, f, false, at).and_then(|args| args.into_iter().next());
                return Some(value.map_or_else(
                    || failed_at(at),
                    |arg| coercion::age_by_the_clock(cx, cast::settle_as(arg.value, &Type::Timestamptz), at),
                ));
            }
            _ => return None,
        },
        _ => return refused::known(cx, name, at),
    };
    let Some(args) = arguments(cx, scope, f, false, at) else { return Some(failed_at(at)) };
    Some(common_call(cx, common, name, args.into_iter().map(|a| a.value).collect(), at))
}

/// The one column all values are of. Each field of a JSON column is a column of its own, whichever elements of its arrays it is taken from.
pub(super) fn one_column(cx: &Cx<'_>, values: &[Typed]) -> Option<crate::ir::Origin> {
    let first = values.first()?;
    let origin = first.facts.intact?;
    let stored = cx.finished(origin.table).and_then(|t| t.table.columns.get(origin.column as usize))?;
    let apart = matches!(stored.ty, Type::Json(_));
    let one = |v: &Typed| v.facts.intact == Some(origin) && (!apart || one_field(&v.expr, &first.expr));
    values.iter().all(one).then_some(origin)
}

/// Whether two paths name one field of one column, from one element or another.
fn one_field(a: &Expr, b: &Expr) -> bool {
    match (&a.kind, &b.kind) {
        (ExprKind::Cast(a), _) => one_field(a, b),
        (_, ExprKind::Cast(b)) => one_field(a, b),
        (ExprKind::Json(a), ExprKind::Json(b)) => {
            let field = |s: &JsonStep| if let JsonStep::Field(name) = s { Some(name.clone()) } else { None };
            crate::lower::same(&a.base, &b.base) && a.steps.iter().filter_map(field).eq(b.steps.iter().filter_map(field))
        }
        _ => crate::lower::same(a, b),
    }
}

fn common_call(cx: &Cx<'_>, which: CommonFunction, name: &str, args: Vec<Typed>, at: Span) -> Typed {
    let (mut facts, at) = (join_all(&args), span_of(at, &args));
    if which == CommonFunction::Coalesce {
        // Whichever it is, it is the same column's value.
        facts.intact = one_column(cx, &args);
    }
    if args.is_empty() || (which == CommonFunction::Nullif && args.len() != 2) {
        cx.error(Diagnostic::error(
            Code::NoOverload,
            at,
            format!("`{name}` takes {} arguments", if args.is_empty() { "one or more" } else { "two" }),
        ));
        return failed(at, facts);
    }
    let nullable = which == CommonFunction::Nullif || args.iter().all(|a| a.expr.nullable);
    let types: Vec<Type> = args.iter().map(|a| a.expr.ty.clone()).collect();
    let Some((args, ty)) = cast::unify(cx, args, &format!("`{name}`")) else { return failed(at, facts) };
    let ty = match (which, types.as_slice()) {
        (CommonFunction::Nullif, [first, second]) => types::of_nullif(first, second, ty),
        _ => ty,
    };
    let ty = bake(ty, &facts.label);
    typed(ExprKind::Common(which, super::build::exprs(args)), ty, nullable, at, facts)
}

/// The written arguments; `None` when there is no list.
pub(super) fn list(f: &ast::Function) -> Option<&[FunctionArg]> {
    match &f.args {
        FunctionArguments::List(list) => Some(&list.args),
        _ => None,
    }
}

/// Types the arguments. `secrets`: whether `secret('NAME')` may stand among them.
fn arguments(cx: &Cx<'_>, scope: &Scope<'_>, f: &ast::Function, secrets: bool, at: Span) -> Option<Vec<Arg>> {
    if matches!(f.args, FunctionArguments::Subquery(_)) || !matches!(f.parameters, FunctionArguments::None) {
        unsupported_at(cx, at, "this form of call", "");
        return None;
    }
    let mut args = Vec::new();
    for written in list(f).unwrap_or(&[]) {
        let (name, arg) = named(written);
        let FunctionArgExpr::Expr(e) = arg else {
            unsupported_at(cx, at, "`*` as an argument", "name the columns; only `count(*)` takes it");
            return None;
        };
        let counted = row::items(e).filter(|_| f.name.to_string().eq_ignore_ascii_case("count"));
        let value = match (mask::secret(cx, e).filter(|_| secrets), counted) {
            (Some(secret), _) => secret,
            (None, Some(items)) => row::counted(cx, scope, &items),
            (None, None) => expr(cx, scope, e),
        };
        args.push(Arg { name, value });
    }
    Some(args)
}

/// Name and value of an argument.
pub(super) fn named(written: &FunctionArg) -> (Option<String>, &FunctionArgExpr) {
    match written {
        FunctionArg::Unnamed(arg) => (None, arg),
        FunctionArg::Named { name, arg, .. } => (Some(super::name::ident(name).as_str().into()), arg),
        FunctionArg::ExprNamed { name, arg, .. } => {
            let name = match literal::peel(name) {
                ast::Expr::Identifier(name) => super::name::ident(name).as_str().into(),
                other => other.to_string(),
            };
            (Some(name), arg)
        }
    }
}

/// A call of a library function or operator with typed arguments.
pub(super) fn by_name(cx: &Cx<'_>, name: &str, kind: FunctionKind, values: Vec<Typed>, at: Span) -> Typed {
    let at = span_of(at, &values);
    if values.iter().any(|v| is_error(&v.expr)) {
        return failed(at, join_all(&values));
    }
    let Some(ids) = cx.program.function_names.get(name) else { return refused::operator(cx, name, at) };
    let args: Vec<Arg> = values.into_iter().map(|value| Arg { name: None, value }).collect();
    match pick(cx, name, ids, &[kind], &args, at) {
        Ok(choice) => match cx.program.function(choice.id) {
            Some(function) => {
                let placed = place(cx, function, &choice, args, at);
                finish(function, choice.id, placed, at)
            }
            None => failed_at(at),
        },
        Err(failed) => *failed,
    }
}

fn pick(cx: &Cx<'_>, name: &str, ids: &[FunctionId], kinds: &[FunctionKind], args: &[Arg], at: Span) -> Result<Choice, Box<Typed>> {
    let given: Vec<Given<'_>> = args.iter().map(|a| Given { name: a.name.as_deref(), ty: &a.value.expr.ty }).collect();
    overload::choose(cx, ids, kinds, &given).map_err(|why| {
        let types: Vec<String> = given.iter().map(|g| format!("`{}`", g.ty)).collect();
        let types = if types.is_empty() { String::from("no arguments") } else { types.join(" and ") };
        let (message, shown) = match why {
            Failure::None => (format!("no version of `{name}` takes {types}"), ids.to_vec()),
            Failure::Several(ids) => (format!("more than one version of `{name}` takes {types}"), ids),
        };
        let mut problem = Diagnostic::error(Code::NoOverload, at, message);
        for function in shown.iter().filter_map(|id| cx.program.function(*id)).filter(|f| kinds.contains(&f.kind)).take(6) {
            problem = problem.help(format!("`{}`", overload::signature(function)));
        }
        cx.error(problem);
        Box::new(failed(at, join_all(args.iter().map(|a| &a.value))))
    })
}

/// Puts arguments in order of the parameters and gives each the type its parameter wants.
pub(super) fn place(cx: &Cx<'_>, function: &Function, choice: &Choice, args: Vec<Arg>, at: Span) -> Placed {
    let adapted = |(position, (arg, (slot, ty))): (usize, (Arg, &(usize, Type)))| {
        let value = if goes_into_json(function, *slot, position) { json_value(cx, arg.value) } else { cast::adapt(cx, arg.value, ty) };
        (*slot, value)
    };
    let mut by_slot: Vec<(usize, Typed)> = args.into_iter().zip(&choice.places).enumerate().map(adapted).collect();
    by_slot.sort_by_key(|(slot, _)| *slot);
    let mut given = by_slot.into_iter().peekable();
    let mut out = Vec::with_capacity(function.params.len());
    for (slot, param) in function.params.iter().enumerate() {
        let before = out.len();
        while let Some((_, value)) = given.next_if(|(s, _)| *s == slot) {
            out.push(value);
        }
        if out.len() == before
            && let Some(default) = &param.default
        {
            let value = constant(default.clone(), Type::Unknown, at);
            out.push(match default {
                crate::ir::Literal::Number(_) | crate::ir::Literal::Boolean(_) => {
                    Typed { expr: Expr { ty: param.ty.clone(), ..value.expr }, ..value }
                }
                _ => cast::adapt(cx, value, &param.ty),
            });
        }
    }
    Placed { args: out, result: choice.result.clone() }
}

/// Whether a function puts this argument into the JSON it makes. Dialects without types at run time must be told what it is.
fn goes_into_json(function: &Function, slot: usize, position: usize) -> bool {
    let any = function.standard && matches!(function.result, Type::Json(_)) && function.params.get(slot).is_some_and(|p| p.ty == Type::Any);
    any && (!function.name.ends_with("_build_object") || position % 2 == 1)
}

fn json_value(cx: &Cx<'_>, value: Typed) -> Typed {
    let at = value.expr.at;
    by_name(cx, "json_value_of", FunctionKind::Function, vec![value], at)
}

/// The call itself.
pub(super) fn finish(function: &Function, id: FunctionId, placed: Placed, at: Span) -> Typed {
    let facts = call_facts(function, &placed.args);
    let facts = if placed.result == Type::Boolean { comparison(facts, placed.args.iter().map(|a| &a.facts.label)) } else { facts };
    let nullable = nullable(function, &placed.args);
    if placed.args.iter().any(|a| is_error(&a.expr)) {
        return failed(at, facts);
    }
    let ty = bake(placed.result, &facts.label);
    let args = super::build::exprs(placed.args);
    let kind = if function.kind == FunctionKind::Operator {
        ExprKind::Operator { function: id, args }
    } else {
        ExprKind::Call { function: id, args }
    };
    typed(kind, ty, nullable, at, facts)
}

/// Whether a call may be NULL.
pub(super) fn nullable(function: &Function, args: &[Typed]) -> bool {
    match function.nullability {
        Nullability::Strict => args.iter().any(|a| a.expr.nullable),
        Nullability::Maybe => true,
        Nullability::Never => false,
    }
}

fn call_facts(function: &Function, args: &[Typed]) -> Facts {
    let mut facts = join_all(args);
    if function.keeps_intact
        && let Some((first, rest)) = args.split_first()
    {
        facts = beside(&first.facts, &join_all(rest));
    }
    facts
}

/// A value with what decided which of a column's values it is. It still is that column's when what decided tells nothing of the kind the
/// value tells; that is then control, which no mask lowers.
pub(super) fn beside(value: &Facts, others: &Facts) -> Facts {
    let told = value.label.values();
    let mixed = others.label.values().iter().any(|(category, _)| told.iter().any(|(c, _)| c == category));
    match value.intact {
        Some(origin) if !mixed => {
            let label = value.label.join(&others.label.as_control());
            Facts { label, from: value.from.union(&others.from), intact: Some(origin) }
        }
        _ => value.join(others),
    }
}
