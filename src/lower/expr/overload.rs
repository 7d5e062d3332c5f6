//! Which version of a function a call means: Postgres's rules (its manual, "Type Conversion"), with type variables for its polymorphic types.

use super::common_type;
use crate::ir::{Function, FunctionId, FunctionKind, Literal, Parameter, Type};
use crate::lower::cx::Cx;
use crate::lower::types::{Family, bare, family, implicit, preferred, same};
use std::sync::Arc;

/// What is known of an argument before the choice.
pub(super) struct Given<'a> {
    /// `key => …`
    pub(super) name: Option<&'a str>,
    /// Its type.
    pub(super) ty: &'a Type,
}

/// A version that fits.
#[derive(Clone)]
pub(super) struct Choice {
    /// Which.
    pub(super) id: FunctionId,
    /// For each argument given: its parameter, and the type it must take.
    pub(super) places: Vec<(usize, Type)>,
    /// The result, variables filled in.
    pub(super) result: Type,
    exact: usize,
    generic: bool,
}

/// Why none fits.
pub(super) enum Failure {
    None,
    Several(Vec<FunctionId>),
}

/// Chooses among versions of one name.
pub(super) fn choose(cx: &Cx<'_>, ids: &[FunctionId], kinds: &[FunctionKind], given: &[Given<'_>]) -> Result<Choice, Failure> {
    let mut fits: Vec<Choice> = ids
        .iter()
        .filter_map(|id| Some((*id, cx.program.function(*id)?)))
        .filter(|(_, f)| kinds.contains(&f.kind))
        .filter_map(|(id, f)| fit(cx, id, f, given))
        .collect();
    if fits.len() > 1 {
        narrow(cx, &mut fits, given);
    }
    match fits.len() {
        0 => Err(Failure::None),
        1 => fits.pop().ok_or(Failure::None),
        _ => Err(Failure::Several(fits.iter().map(|f| f.id).collect())),
    }
}

/// Whether a version takes these arguments, and how.
fn fit(cx: &Cx<'_>, id: FunctionId, f: &Function, given: &[Given<'_>]) -> Option<Choice> {
    if hopeless(f, given) {
        return None;
    }
    let slots = slots(&f.params, given)?;
    let mut vars: Vec<(char, Type)> = Vec::new();
    for (slot, arg) in slots.iter().zip(given) {
        bind(cx, &f.params.get(*slot)?.ty, arg.ty, &mut vars)?;
    }
    let (mut exact, mut places) = (0, Vec::with_capacity(given.len()));
    for (slot, arg) in slots.iter().zip(given) {
        let wanted = fill(&f.params.get(*slot)?.ty, &vars);
        if !implicit(arg.ty, &wanted) && !same(arg.ty, &wanted) {
            return None;
        }
        exact += usize::from(*arg.ty != Type::Unknown && same(arg.ty, &wanted));
        places.push((*slot, wanted));
    }
    let generic = f.params.iter().any(|p| has_variable(&p.ty));
    Some(Choice { id, places, result: fill(&f.result, &vars), exact, generic })
}

/// Sorts out most versions without building anything: `+` has dozens.
fn hopeless(f: &Function, given: &[Given<'_>]) -> bool {
    let wrong = |(arg, param): (&Given<'_>, &Parameter)| {
        arg.name.is_none() && !has_variable(&param.ty) && !implicit(arg.ty, &param.ty) && !same(arg.ty, &param.ty)
    };
    (given.len() > f.params.len() && !f.params.last().is_some_and(|p| p.variadic)) || given.iter().zip(&f.params).any(wrong)
}

/// The parameter of each argument; `None` when the counts or names don't fit.
fn slots(params: &[Parameter], given: &[Given<'_>]) -> Option<Vec<usize>> {
    let mut taken = vec![false; params.len()];
    let mut out = Vec::with_capacity(given.len());
    for (position, arg) in given.iter().enumerate() {
        let slot = match arg.name {
            Some(name) => params.iter().position(|p| &*p.name == name)?,
            None if position < params.len() => position,
            None => params.len().checked_sub(1).filter(|last| params.get(*last).is_some_and(|p| p.variadic))?,
        };
        let taken = taken.get_mut(slot)?;
        if *taken && !params.get(slot)?.variadic {
            return None;
        }
        *taken = true;
        out.push(slot);
    }
    let missing = params.iter().zip(&taken).any(|(p, taken)| !taken && p.default.is_none() && !p.variadic);
    (!missing).then_some(out)
}

/// Learns what a parameter's variable stands for.
fn bind(cx: &Cx<'_>, param: &Type, arg: &Type, vars: &mut Vec<(char, Type)>) -> Option<()> {
    match (param, arg) {
        (Type::Variable(v), arg) => {
            if let Some((_, bound)) = vars.iter_mut().find(|(name, _)| name == v) {
                *bound = common_type(cx, bound, arg)?;
            } else {
                vars.push((*v, arg.clone()));
            }
            Some(())
        }
        (Type::Array(p), Type::Array(a)) => bind(cx, p, a, vars),
        (Type::Array(p), other) if has_variable(p) => (*other == Type::Unknown).then_some(()),
        _ => Some(()),
    }
}

/// A type with its variables replaced; one that nothing decided is text.
fn fill(ty: &Type, vars: &[(char, Type)]) -> Type {
    match ty {
        Type::Variable(v) => match vars.iter().find(|(name, _)| name == v) {
            Some((_, Type::Unknown)) | None => Type::TEXT,
            // What functions yield has no length of its own.
            Some((_, bound)) => bare(bound),
        },
        Type::Array(of) => Type::Array(Box::new(fill(of, vars))),
        other => other.clone(),
    }
}

fn has_variable(ty: &Type) -> bool {
    match ty {
        Type::Variable(_) | Type::Any => true,
        Type::Array(of) => has_variable(of),
        _ => false,
    }
}

/// Keeps the best of those that fit, step by step as Postgres does.
fn narrow(cx: &Cx<'_>, fits: &mut Vec<Choice>, given: &[Given<'_>]) {
    if given.len() == 2 && assume_alike(fits, given) {
        return;
    }
    keep_most(fits, |f| f.exact);
    if fits.iter().any(|f| !f.generic) {
        fits.retain(|f| !f.generic);
    }
    keep_most(fits, |f| {
        let preferred_at = |(arg, (_, ty)): &(&Given<'_>, &(usize, Type))| *arg.ty != Type::Unknown && (same(arg.ty, ty) || preferred(ty));
        given.iter().zip(&f.places).filter(preferred_at).count()
    });
    for (position, arg) in given.iter().enumerate() {
        if fits.len() > 1 && *arg.ty == Type::Unknown {
            decide_unknown(fits, position);
        }
    }
    if fits.len() > 1 {
        all_alike(fits, given);
    }
    if fits.len() > 1 {
        fewest_defaults(cx, fits);
    }
}

/// `a op 'text'`: the untyped literal is first taken for what the other side is.
fn assume_alike(fits: &mut Vec<Choice>, given: &[Given<'_>]) -> bool {
    let known = match given {
        [a, b] if *a.ty == Type::Unknown && *b.ty != Type::Unknown => b.ty,
        [a, b] if *b.ty == Type::Unknown && *a.ty != Type::Unknown => a.ty,
        _ => return false,
    };
    let Some(best) = fits.iter().position(|f| !f.generic && f.places.iter().all(|(_, ty)| same(ty, known))) else { return false };
    *fits = vec![fits.swap_remove(best)];
    true
}

fn keep_most(fits: &mut Vec<Choice>, score: impl Fn(&Choice) -> usize) {
    let best = fits.iter().map(&score).max().unwrap_or(0);
    fits.retain(|f| score(f) == best);
}

/// An untyped literal prefers text, else the one category all versions agree on, else says nothing.
fn decide_unknown(fits: &mut Vec<Choice>, position: usize) {
    // A variable is of no category, whatever it stands for.
    let wanted = |f: &Choice| f.places.get(position).filter(|_| !f.generic).map(|(_, ty)| ty.clone()).unwrap_or(Type::Error);
    let families: Vec<Family> = fits.iter().map(|f| family(&wanted(f))).collect();
    let chosen = if families.contains(&Family::Text) {
        Some(Family::Text)
    } else {
        families.first().copied().filter(|f| families.iter().all(|g| g == f))
    };
    let Some(chosen) = chosen else { return };
    fits.retain(|f| family(&wanted(f)) == chosen);
    if fits.iter().any(|f| preferred(&wanted(f))) {
        fits.retain(|f| preferred(&wanted(f)));
    }
}

/// All known arguments of one type: the unknown ones are taken for it too.
fn all_alike(fits: &mut Vec<Choice>, given: &[Given<'_>]) {
    let mut known = given.iter().map(|g| g.ty).filter(|t| **t != Type::Unknown);
    let Some(first) = known.next() else { return };
    if known.all(|t| same(t, first)) && fits.iter().any(|f| f.places.iter().all(|(_, ty)| same(ty, first))) {
        fits.retain(|f| f.places.iter().all(|(_, ty)| same(ty, first)));
    }
}

fn fewest_defaults(cx: &Cx<'_>, fits: &mut Vec<Choice>) {
    let params = |f: &Choice| cx.program.function(f.id).map_or(usize::MAX, |f| f.params.len());
    let least = fits.iter().map(params).min().unwrap_or(0);
    fits.retain(|f| params(f) == least);
}

/// `substring(value: text, start: integer, count: integer = 3) → text`
pub(super) fn signature(f: &Function) -> String {
    let param = |p: &Parameter| {
        let many = if p.variadic { "..." } else { "" };
        let default = p.default.as_ref().map_or_else(String::new, |d| format!(" = {}", shown(d)));
        format!("{}: {}{many}{default}", p.name, p.ty)
    };
    let params: Vec<String> = f.params.iter().map(param).collect();
    format!("{}({}) -> {}", f.name, params.join(", "), f.result)
}

fn shown(literal: &Literal) -> Arc<str> {
    match literal {
        Literal::Null => "null".into(),
        Literal::Boolean(b) => b.to_string().into(),
        Literal::Number(n) => n.clone(),
        Literal::Text(t) | Literal::Secret(t) => format!("'{t}'").into(),
        Literal::Interval { months, days, micros } => format!("interval '{months} months {days} days {micros} microseconds'").into(),
    }
}
