//! What the further arguments of a mask may be: keys are references to secrets, a list of ZIP areas is the project's, a companion stands in the
//! value's own row, a day is noted where it moves or stands still, and a constant has a size for which the mask hides anything.

use super::literal;
use crate::base::Ident;
use crate::diag::{Code, Diagnostic};
use crate::ir::{AsOf, CategoryId, Expr, ExprKind, Form, Function, FunctionId, FunctionKind, Level, Literal, Parameter, Type, operands};
use crate::lower::Typed;
use crate::lower::chosen::of_column;
use crate::lower::cx::Cx;
use crate::lower::whose::root;
use std::collections::BTreeSet;

/// The parameter that names the secret a mask looks up.
const KEY: &str = "key";
/// The parameter that names the list of stand-ins a mask looks up.
const CROSSWALK: &str = "crosswalk";
/// The parameter that takes the small ZIP areas.
const AREAS: &str = "areas";
/// The parameter that says on which day ages are counted.
const AS_OF: &str = "as_of";
/// The parameter that says from which age on all count as one.
const CAP: &str = "cap";
/// Standard functions whose result is one day for a whole year.
const YEARLY: [&str; 2] = ["year_start", "date_trunc_year"];

/// Checks the arguments, defaults filled in, in the order of the parameters. False after reporting what is wrong.
pub(super) fn fit(cx: &Cx<'_>, function: &Function, args: &[Typed]) -> bool {
    let named = || function.params.iter().zip(args);
    let problem = named()
        .find_map(|(param, arg)| key(function, param, arg).or_else(|| areas(cx, function, param, arg)))
        .or_else(|| companions(function, args))
        .or_else(|| known(cx, function, args));
    if let Some(problem) = problem {
        cx.error(problem);
        return false;
    }
    dated(cx, function, args);
    true
}

/// A key is the name of a secret, and a secret is nothing but a key: what is written in the source ends in logs, artifacts and histories.
fn key(function: &Function, param: &Parameter, arg: &Typed) -> Option<Diagnostic> {
    let secret = matches!(arg.expr.kind, ExprKind::Literal(Literal::Secret(_)));
    let message = match (is_key(function, param), secret) {
        (true, false) => format!("the key of `{}` is not the name of a secret", function.name),
        (false, true) => format!("`{}` takes no secret as `{}`", function.name, param.name),
        _ => return None,
    };
    let problem = Diagnostic::error(Code::MaskKey, arg.expr.at, message);
    Some(problem.help("write `key => secret('NAME')`; the warehouse looks the key up by that name, and no file holds it"))
}

fn is_key(function: &Function, param: &Parameter) -> bool {
    &*param.name == KEY || (!function.standard && param.name.ends_with("_key"))
}

/// Whether a mask keeps its results apart by a secret or a list of its own, so that equal values have equal results: stand-ins, and shifts of days.
pub(super) fn is_keyed(function: &Function) -> bool {
    function.params.iter().any(|p| is_key(function, p) || &*p.name == CROSSWALK)
}

/// What a keyed mask makes of a value that everybody knows is a dictionary: of a constant `'p1'`, or of a public list of codes, it says which stand-in
/// is theirs, and a shift of a known day is the shift of all days of that patient.
fn known(cx: &Cx<'_>, function: &Function, args: &[Typed]) -> Option<Diagnostic> {
    let first = args.first().filter(|_| is_keyed(function))?;
    let lowers = function.transition.as_ref().map_or(&[][..], |t| &t.lowers);
    let hidden = |(category, level): &(CategoryId, Level)| level.form > Form::Public && (lowers.is_empty() || lowers.contains(category));
    let entities = function.transition.iter().flat_map(|t| &t.with).filter_map(|(place, _)| args.get(*place));
    let value = if first.facts.label.values().iter().any(hidden) {
        std::iter::once(first).chain(entities).find(|v| is_stored_public(cx, v))?
    } else {
        first
    };
    let message = format!("`{}` stands in for a value that tells nothing it hides", function.name);
    Some(
        Diagnostic::error(Code::KnownStandIn, value.expr.at, message)
            .label("who knows this value learns its stand-in, and finds it among the others")
            .help("say what the column tells where it is declared, like `@record_id`; what tells nothing needs no mask"),
    )
}

/// Whether a value is, unchanged, of a column that its source calls public: what a model says of it later makes it no secret.
fn is_stored_public(cx: &Cx<'_>, value: &Typed) -> bool {
    let mut origin = value.facts.intact;
    // Each step goes to a table finished before; the bound only guards against a broken program.
    for _ in 0..10_000 {
        let column = origin.and_then(|o| cx.finished(o.table)?.table.columns.get(o.column as usize));
        match column {
            Some(c) if c.intact.is_some() => origin = c.intact,
            Some(c) => return of_column(cx, c).values().is_empty(),
            None => return false,
        }
    }
    false
}

/// Which ZIP areas are too small is said once, for all.
fn areas(cx: &Cx<'_>, function: &Function, param: &Parameter, arg: &Typed) -> Option<Diagnostic> {
    if !function.standard || &*param.name != AREAS {
        return None;
    }
    let own = cx.program.zip3.as_ref().map(crate::ir::Zip3Areas::joined);
    if matches!(&arg.expr.kind, ExprKind::Literal(Literal::Text(text)) if own.as_deref() == Some(&**text)) {
        return None;
    }
    let message = format!("`{}` is given a list of ZIP areas of its own", function.name);
    Some(
        Diagnostic::error(Code::ZipAreas, arg.expr.at, message)
            .help("declare the list once for the project: `zip3_areas \"which count\" \"036 059 …\"`"),
    )
}

/// An argument that may differ from row to row, beside the value, has to be a column of the value's own row: masks of one value with the
/// companions of other rows could be averaged.
fn companions(function: &Function, args: &[Typed]) -> Option<Diagnostic> {
    let (value, transition) = (args.first()?, function.transition.as_ref()?);
    transition.with.iter().find_map(|(place, _)| {
        let (param, arg) = (function.params.get(*place)?, args.get(*place)?);
        if !super::mask::varies(arg) {
            return Some(one_for_all(function, param, arg));
        }
        let table = |t: &Typed| t.facts.intact.map(|o| o.table);
        let rows: BTreeSet<Ident> = [&value.expr, &arg.expr].into_iter().flat_map(relations).collect();
        let message = if table(arg).is_none() {
            format!("`{}` of `{}` needs a column as it is", param.name, function.name)
        } else if rows.len() != 1 || table(arg) != table(value) {
            format!("`{}` of `{}` has to come from the row of the value", param.name, function.name)
        } else {
            return None;
        };
        Some(
            Diagnostic::error(Code::MaskArgument, arg.expr.at, message)
                .help("give it a column of the same table, under the same alias, as the first argument"),
        )
    })
}

/// A shift of days that is everybody's is known as soon as one day of one person is.
fn one_for_all(function: &Function, param: &Parameter, arg: &Typed) -> Diagnostic {
    let message = format!("`{}` of `{}` is the same for every row", param.name, function.name);
    Diagnostic::error(Code::MaskArgument, arg.expr.at, message)
        .label("who knows one value knows what was done to all")
        .help("give it the column that names whom the row is about, of the same table as the first argument")
}

/// The aliases an expression reads.
fn relations(e: &Expr) -> BTreeSet<Ident> {
    let mut found = BTreeSet::new();
    operands(e, &mut |part| found.extend(relations(part)));
    if let ExprKind::Column { relation, .. } = &e.kind {
        found.insert(relation.clone());
    }
    found
}

/// Notes the day that a mask counts ages on, where it moves by less than a year or may be over.
fn dated(cx: &Cx<'_>, function: &Function, args: &[Typed]) {
    let named = |name: &str| function.params.iter().zip(args).find(|(param, _)| &*param.name == name).map(|(_, arg)| arg);
    let (Some(day), Some(transition)) = (named(AS_OF), &function.transition) else { return };
    let note = |kind: AsOf| cx.dated.borrow_mut().push((transition.lowers.clone(), kind, day.expr.at));
    if by_day(cx, &day.expr) {
        note(AsOf::Daily);
    }
    let cap = named(CAP).map(|arg| literal::integer_of(&arg.expr).and_then(|n| i32::try_from(n).ok()).unwrap_or(90).min(90));
    match year_of(&day.expr) {
        Some(year) => note(AsOf::Fixed { year, cap }),
        // A day that differs from row to row lowers nothing.
        None if super::mask::varies(day) => {}
        None if is_now(cx, &day.expr) => note(AsOf::Yearly),
        None => note(AsOf::Unclear),
    }
}

/// The year of a constant day.
fn year_of(day: &Expr) -> Option<i32> {
    match &day.kind {
        ExprKind::Literal(Literal::Text(text)) => text.split_once('-')?.0.parse().ok(),
        ExprKind::Cast(inner) => year_of(inner),
        _ => None,
    }
}

/// Whether a day is the run date, the first of its year, or some days later: ages counted on it are those of the year of the build.
fn is_now(cx: &Cx<'_>, day: &Expr) -> bool {
    let standard = |id: FunctionId| cx.program.function(id).filter(|f| f.standard);
    match &day.kind {
        ExprKind::RunDate => true,
        ExprKind::Cast(inner) => is_now(cx, inner),
        ExprKind::Call { function, args } => {
            standard(*function).is_some_and(|f| f.kind == FunctionKind::Function && YEARLY.contains(&&*f.name))
                && args.iter().all(|a| is_now(cx, a))
        }
        ExprKind::Operator { function, args } => match (standard(*function).map(|f| &*f.name), args.as_slice()) {
            (Some("+"), [day, days]) => is_now(cx, day) && literal::integer_of(days).is_some_and(|n| n >= 0),
            _ => false,
        },
        _ => false,
    }
}

/// What is wrong with a constant for which a mask hides next to nothing: a step of a millionth leaves the number as it is. Its declaration says how
/// small or large each may be; what cannot be read off is not taken for granted.
pub(super) fn too_fine(cx: &Cx<'_>, function: &Function, args: &[Typed]) -> Option<Diagnostic> {
    let transition = function.transition.as_ref()?;
    let hidden = |(category, level): &(CategoryId, Level)| {
        level.form > transition.to && (transition.lowers.is_empty() || transition.lowers.contains(category))
    };
    args.first().filter(|value| value.facts.label.values().iter().any(hidden))?;
    (0..).zip(&function.params).find_map(|(place, param)| {
        let given: &[Typed] = if param.variadic { args.get(place..) } else { args.get(place..place + 1) }.unwrap_or_default();
        let steps = args.first().filter(|_| param.limits.steps).and_then(|value| smallest_difference(cx, value));
        let least = param.limits.least.map(|least| steps.map_or(least, |step| least.max(2.0 * step)));
        let most = param.limits.most;
        let numbers: Option<Vec<f64>> = given.iter().map(|arg| number(&arg.expr)).collect();
        let fits = match numbers {
            _ if least.is_none() && most.is_none() => true,
            None => false,
            Some(mut numbers) if param.variadic => {
                numbers.sort_by(f64::total_cmp);
                let mut gaps = numbers.windows(2).filter_map(|pair| Some(pair.last()? - pair.first()?));
                gaps.all(|gap| least.is_none_or(|n| gap >= n) && most.is_none_or(|n| gap <= n))
            }
            Some(numbers) => numbers.iter().all(|x| least.is_none_or(|n| *x >= n) && most.is_none_or(|n| *x <= n)),
        };
        let at = given.first().filter(|_| !fits)?.expr.at.to(given.last()?.expr.at);
        let bound = match (least, most) {
            (Some(n), _) if param.variadic => format!("constants that are {n} or more apart"),
            (Some(least), Some(most)) => format!("a constant from {least} to {most}"),
            (Some(least), None) => format!("a constant, {least} or more"),
            (None, most) => format!("a constant, {} or less", most.unwrap_or_default()),
        };
        let message = format!("with this `{}`, `{}` is not taken to hide anything: it wants {bound}", param.name, function.name);
        let problem = Diagnostic::warning(Code::MaskTooFine, at, message).label("what the value tells stays as it was");
        Some(problem.help("what is left is as good as the value; give a coarser one, or send the value where it may be known"))
    })
}

/// By how much two values of a stored number differ at least, where its type says so: a mask that keeps such values apart hides nothing.
fn smallest_difference(cx: &Cx<'_>, value: &Typed) -> Option<f64> {
    let of = |ty: &Type| match ty {
        Type::SmallInt | Type::Integer | Type::BigInt => Some(1.0),
        Type::Numeric(Some((_, scale))) => Some(10f64.powi(-i32::from(*scale))),
        _ => None,
    };
    let stored = value.facts.intact.and_then(|o| {
        let (table, column) = root(cx, (o.table, o.column));
        cx.finished(table)?.table.columns.get(column as usize)
    });
    stored.and_then(|column| of(&column.ty)).into_iter().chain(of(&value.expr.ty)).reduce(f64::max)
}

/// A constant number, cast or not.
fn number(e: &Expr) -> Option<f64> {
    match &e.kind {
        ExprKind::Literal(Literal::Number(digits)) => digits.parse().ok(),
        ExprKind::Cast(inner) => number(inner),
        _ => None,
    }
}

/// Whether a day moves with the run date by less than a year.
fn by_day(cx: &Cx<'_>, e: &Expr) -> bool {
    let yearly = |e: &Expr| match &e.kind {
        ExprKind::Call { function, .. } => {
            cx.program.function(*function).is_some_and(|f| f.standard && f.kind == FunctionKind::Function && YEARLY.contains(&&*f.name))
        }
        _ => false,
    };
    let mut moves = matches!(e.kind, ExprKind::RunDate);
    if !yearly(e) {
        operands(e, &mut |part| moves |= by_day(cx, part));
    }
    moves
}
