use super::build::{constant, exprs, failed, failed_at, join_all, typed};
use super::call::{self, Placed, named};
use super::mask_arguments as arguments;
use super::{expr, is_error, literal};
use crate::base::Span;
use crate::diag::{Code, Diagnostic};
use crate::ir::{
    CategoryId, Edge, Expr, ExprKind, Form, Function, FunctionId, Label, Level, Literal, Origin, Release, Transition, Type, find, query_of,
};
use crate::lower::chosen::is_plain;
use crate::lower::cx::Cx;
use crate::lower::{Facts, Scope, Typed, elements};
use sqlparser::ast::{Expr as E, FunctionArg, FunctionArgExpr, FunctionArguments, ObjectNamePart};
use std::sync::Arc;

/// A mask call: the first argument's label goes through the mask's transition, which holds only for an intact value.
pub(super) fn apply(cx: &Cx<'_>, scope: &Scope<'_>, function: &Function, id: FunctionId, placed: Placed, at: Span) -> Typed {
    let all = join_all(&placed.args);
    let Some((value, rest)) = placed.args.split_first() else { return failed(at, all) };
    if placed.args.iter().any(|a| is_error(&a.expr)) || !arguments::fit(cx, function, &placed.args) {
        return failed(at, all);
    }
    let along = |place: usize| function.transition.as_ref().and_then(|t| t.with.iter().find(|(p, _)| *p == place)).map(|(_, form)| *form);
    let lowered = match &function.transition {
        Some(transition) if !takes(function, transition, value) && !elements::is_one(cx, scope, &value.expr) => {
            cx.error(not_intact(cx, function, value));
            return failed(at, all);
        }
        // A day or a length that changes from row to row lets masks of one value be compared until the value is known.
        Some(_) if (1..).zip(rest).any(|(place, argument)| along(place).is_none() && varies(argument)) => value.facts.label.clone(),
        Some(transition) => match arguments::too_fine(cx, function, &placed.args) {
            Some(problem) => {
                cx.error(problem);
                value.facts.label.clone()
            }
            None => lower(&value.facts.label, transition),
        },
        None => value.facts.label.clone(),
    };
    let told = (1..).zip(rest).fold(lowered, |label, (place, argument)| match along(place) {
        Some(to) => label.join(&lower(&argument.facts.label, &Transition { lowers: Vec::new(), to, with: Vec::new() })),
        None => label.join(&argument.facts.label),
    });
    let facts = Facts { label: told, from: all.from, intact: None };
    let nullable = call::nullable(function, &placed.args);
    typed(ExprKind::Call { function: id, args: exprs(placed.args) }, placed.result, nullable, at, facts)
}

/// Whether a mask may stand over this value, if it is no element of an array: over one column's own, over one that tells nothing, and, where nothing at all is left of it
/// (the standard library's constants), over any. Over the greatest of several (an origin that is control) only where the mask keeps the order: the
/// year of the last day is the last of the years, but the end of the greatest phone number tells which number that is, by the digits that are masked.
fn takes(function: &Function, transition: &Transition, value: &Typed) -> bool {
    let constant = function.standard && transition.to == Form::Public;
    let own = |o: Origin| o.edge == Edge::Value || function.monotone;
    constant || value.facts.intact.is_some_and(own) || value.facts.label.values().is_empty()
}

/// Whether an argument may differ from row to row: `count(*)` does so from group to group.
pub(super) fn varies(argument: &Typed) -> bool {
    let reads = |e: &Expr| {
        query_of(e).is_some()
            || matches!(e.kind, ExprKind::Column { .. } | ExprKind::Aggregate(_) | ExprKind::Window(_) | ExprKind::Grouping(_))
    };
    find(&argument.expr, &reads).is_some()
}

fn not_intact(cx: &Cx<'_>, function: &Function, value: &Typed) -> Diagnostic {
    let name = match &value.expr.kind {
        ExprKind::Column { name, .. } => format!("`{name}`"),
        _ => "this".to_owned(),
    };
    let message = format!("the mask `{}` needs a column as it is, and {name} is computed", function.name);
    let problem = Diagnostic::error(Code::MaskArgument, value.expr.at, message).label("not one column's own value");
    let mut from = value.facts.from.iter().filter(|o| o.edge == Edge::Value);
    let made = from.next().filter(|_| from.next().is_none()).and_then(|o| cx.finished(o.table)?.table.columns.get(o.column as usize));
    let problem = match made {
        Some(column) => problem.mark(column.at, format!("{name} is computed here")),
        None => problem,
    };
    problem.help(format!("apply `{}` to the column first and compute with its result; renames, `trim`, `coalesce` of the same column and casts that lose nothing are fine", function.name))
}

/// What is left of a label after a mask: named categories come down to its form, never up.
pub(crate) fn lower(label: &Label, transition: &Transition) -> Label {
    label.map_values(|category, level| {
        let named = transition.lowers.is_empty() || transition.lowers.contains(&category);
        if named { Level { form: level.form.min(transition.to), ..level } } else { level }
    })
}

/// `secret('NAME')`: a reference, never a value. `None` for anything else.
pub(super) fn secret(cx: &Cx<'_>, e: &E) -> Option<Typed> {
    let E::Function(f) = literal::peel(e) else { return None };
    let ([ObjectNamePart::Identifier(name)], FunctionArguments::List(list)) = (f.name.0.as_slice(), &f.args) else { return None };
    let [FunctionArg::Unnamed(FunctionArgExpr::Expr(inner))] = list.args.as_slice() else { return None };
    let text = name.value.eq_ignore_ascii_case("secret").then(|| literal::text_of(inner))??;
    Some(constant(Literal::Secret(text.into()), Type::TEXT, cx.span(name.span)))
}

/// A secret anywhere but in a mask.
pub(super) fn stray_secret(cx: &Cx<'_>, at: Span) -> Typed {
    let problem = Diagnostic::error(Code::MaskArgument, at, "`secret(…)` can only be given to a mask");
    cx.error(problem.help("write it as `secret('NAME')` in an argument of a mask, like `hmac_token(x, key => secret('NAME'))`"));
    failed_at(at)
}

/// `release(expr, phone => 'general', because => '…')`: the written exception to the flow rules.
pub(super) fn release(cx: &Cx<'_>, scope: &Scope<'_>, args: &[FunctionArg], at: Span) -> Typed {
    let Some((FunctionArg::Unnamed(FunctionArgExpr::Expr(inner)), words)) = args.split_first() else { return malformed(cx, at) };
    let value = expr(cx, scope, inner);
    let (mut because, mut levels): (Option<Arc<str>>, Vec<(CategoryId, Form)>) = (None, Vec::new());
    for word in words {
        let (Some(name), FunctionArgExpr::Expr(said)) = named(word) else { return malformed(cx, at) };
        let Some(said) = literal::text_of(said) else { return malformed(cx, at) };
        if name == "because" {
            because = Some(said.trim().into());
            continue;
        }
        match (category(cx, &name, at), Form::from_name(said)) {
            (Some(category), Some(form)) => levels.push((category, form)),
            (Some(_), None) => {
                cx.error(
                    Diagnostic::error(Code::SqlUnsupported, at, format!("`{said}` is no form"))
                        .help("forms are `public`, `general`, `pseudonym`, `partial`, `direct`"),
                );
                return failed_at(at);
            }
            (None, _) => return failed_at(at),
        }
    }
    let Some(because) = because.filter(|b| !b.is_empty()) else {
        cx.error(
            Diagnostic::error(Code::ReleaseReason, at, "a release needs a reason")
                .help("add `because => '…'`: who decided, and why nobody is told too much"),
        );
        return failed_at(at);
    };
    if is_error(&value.expr) {
        return value;
    }
    let presence = matches!(&value.expr.kind, ExprKind::IsNull(operand, _) if is_plain(cx, scope, operand));
    released(value, &levels, presence, because, at)
}

fn released(value: Typed, levels: &[(CategoryId, Form)], presence: bool, because: Arc<str>, at: Span) -> Typed {
    let label = value.facts.label.map_values(|category, level| match levels.iter().find(|(c, _)| *c == category) {
        Some((_, form)) => Level::of(*form),
        None => level,
    });
    let (ty, nullable, at) = (value.expr.ty.clone(), value.expr.nullable, at.to(value.expr.at));
    let release = Arc::new(Release { label: label.clone(), from: value.facts.label.clone(), presence, because, at });
    let facts = Facts { label: label.clone(), from: value.facts.from, intact: None };
    typed(ExprKind::Release(Box::new(value.expr), release), super::bake(ty, &label), nullable, at, facts)
}

fn category(cx: &Cx<'_>, name: &str, at: Span) -> Option<CategoryId> {
    let found = (0u32..).map(CategoryId).zip(&cx.program.categories).find(|(_, c)| c.name.as_str() == name);
    if found.is_none() {
        let problem = Diagnostic::error(Code::UnknownCategory, at, format!("no category `{name}`"));
        cx.error(problem.suggest(name, cx.program.categories.iter().map(|c| c.name.as_str())));
    }
    found.map(|(id, _)| id)
}

fn malformed(cx: &Cx<'_>, at: Span) -> Typed {
    let problem = Diagnostic::error(Code::SqlUnsupported, at, "this release is not written as one");
    cx.error(problem.help("write `release(expr, phone => 'general', because => 'presence only')`"));
    failed_at(at)
}
