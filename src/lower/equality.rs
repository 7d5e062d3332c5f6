//! Where a condition says that two values are equal, however that is spelt: `=`, `in`, `is not distinct from`, `between b and b`, two bounds,
//! `not (a <> b)`, and what is hidden in `or`, `case` or `nullif`. What each operand tells as it stands.

use super::flow::find;
use super::walk::same;
use super::{Cx, Facts, Scope, Typed, chosen, expr, types};
use crate::ir::{Column, CommonFunction, Expr, ExprKind, Label, Origins, Over, Transition, Type, operands as children, query_of};

/// Whether a part of a condition has to hold for the rows that are left.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Holds {
    Yes,
    No,
    Maybe,
}

impl Holds {
    fn not(self) -> Holds {
        match self {
            Holds::Yes => Holds::No,
            Holds::No => Holds::Yes,
            Holds::Maybe => Holds::Maybe,
        }
    }

    /// Whether an equality here may be what let a row through; `negated` for `<>` and its kin.
    fn equal(self, negated: bool) -> bool {
        self != if negated { Holds::Yes } else { Holds::No }
    }
}

/// The equalities of one condition among those that hold together.
pub(super) fn of_condition<'e>(cx: &Cx<'_>, all: &'e [Typed], condition: &'e Expr) -> Vec<Equality<'e>> {
    let mut found = Vec::new();
    sides(cx, condition, Holds::Yes, &mut found);
    bounds(cx, all, condition, &mut found);
    found
}

/// An equality, however it is spelt: all columns of its operands learn from each other.
pub(super) struct Equality<'e> {
    pub(super) operands: Vec<&'e Expr>,
    /// The column of a query they are looked up in.
    pub(super) listed: Option<&'e Column>,
}

fn of<'e>(operands: impl IntoIterator<Item = &'e Expr>) -> Equality<'e> {
    Equality { operands: operands.into_iter().collect(), listed: None }
}

/// What an expression is made of.
pub(super) fn parts(e: &Expr) -> Vec<&Expr> {
    let mut own: Vec<&Expr> = Vec::new();
    children(e, &mut |child| own.push(child));
    own
}

/// Whether an expression of these parts is the equality of these operands itself.
pub(super) fn of_operands(own: &[&Expr], operands: &[&Expr]) -> bool {
    own.len() == operands.len() && own.iter().zip(operands).all(|(a, b)| std::ptr::eq(*a, *b))
}

/// What an operand tells as it stands.
pub(super) fn told_by(cx: &Cx<'_>, scope: &Scope<'_>, e: &Expr) -> Facts {
    let value = |label: Label, from: Origins| Facts { label, from, intact: None };
    let mut all = Facts::default();
    match &e.kind {
        ExprKind::Column { relation, name } => {
            let from = find(scope, relation, name).map_or(Origins::NONE, |(_, c)| c.from.clone());
            return value(chosen::label(cx, scope, e), from);
        }
        ExprKind::Release(_, release) => return value(release.label.value_part(), Origins::NONE),
        ExprKind::Json(_) => all = value(chosen::label(cx, scope, e), Origins::NONE),
        _ => {}
    }
    let mut parts: Vec<&Expr> = Vec::new();
    children(e, &mut |child| parts.push(child));
    for (position, part) in parts.into_iter().enumerate() {
        let mut told = told_by(cx, scope, part);
        // The base of a path tells everything it holds; the path its own.
        if position == 0 && matches!(e.kind, ExprKind::Json(_)) {
            told.label = Label::PUBLIC;
        }
        if position == 0
            && let Some(transition) = masked_by(cx, scope, e)
        {
            told.label = expr::lower(&told.label, transition);
        }
        all = all.join(&told);
    }
    if let Some(q) = query_of(e) {
        let control = |c: &Column| c.label.controls().iter().fold(Label::PUBLIC, |all, (c, l)| all.join(&Label::value(*c, *l)));
        all = q.columns.iter().fold(all, |all, c| all.join(&value(c.label.value_part().join(&control(c)), c.from.clone())));
    }
    all
}

/// What a mask does to its first argument, where it does anything.
fn masked_by<'c>(cx: &'c Cx<'_>, scope: &Scope<'_>, e: &Expr) -> Option<&'c Transition> {
    let ExprKind::Call { function, args } = &e.kind else { return None };
    let (first, rest) = args.split_first()?;
    let constant = rest.iter().all(|a| matches!(a.kind, ExprKind::Literal(_) | ExprKind::RunDate));
    cx.program.function(*function)?.transition.as_ref().filter(|_| constant && is_whole(cx, scope, first))
}

fn sides<'e>(cx: &Cx<'_>, e: &'e Expr, holds: Holds, out: &mut Vec<Equality<'e>>) {
    let mut inside = Holds::Maybe;
    match &e.kind {
        ExprKind::And(_) | ExprKind::Or(_) => inside = holds,
        ExprKind::Not(_) => inside = holds.not(),
        ExprKind::IsBool(_, wanted, negated) => inside = if wanted == negated { holds.not() } else { holds },
        // What groups and windows see is no row's own.
        ExprKind::Aggregate(_) | ExprKind::Window(_) => return,
        ExprKind::IsDistinct(a, b, same) if holds.equal(!same) => out.push(of([&**a, &**b])),
        ExprKind::InList(a, list, negated) if holds.equal(*negated) => out.push(of(std::iter::once(&**a).chain(list))),
        ExprKind::InQuery(a, q, negated) if holds.equal(*negated) => {
            let items = if let ExprKind::Row(items) = &a.kind { items.as_slice() } else { std::slice::from_ref(&**a) };
            out.extend(items.iter().zip(&q.columns).map(|(item, c)| Equality { operands: vec![item], listed: Some(c) }));
        }
        ExprKind::Between(a, low, high, negated) if holds.equal(*negated) && same(low, high) => out.push(of([&**a, &**low, &**high])),
        ExprKind::Like(a, pattern, _, negated) if holds.equal(*negated) => out.push(of([&**a, &**pattern])),
        ExprKind::Common(CommonFunction::Nullif, args) => out.push(of(args)),
        ExprKind::Case { operand: Some(operand), arms, .. } => out.extend(arms.iter().map(|(when, _)| of([&**operand, when]))),
        ExprKind::Quantified(q) => {
            let array = if let Over::Array(array) = &q.over { Some(array) } else { None };
            if name_of(cx, e).is_some_and(|name| compares(name, holds)) {
                let listed = query_of(e).and_then(|q| q.columns.first());
                out.push(Equality { operands: std::iter::once(&q.left).chain(array).collect(), listed });
            }
        }
        ExprKind::Operator { args, .. } | ExprKind::Call { args, .. }
            if e.ty == Type::Boolean && name_of(cx, e).is_some_and(|name| compares(name, holds)) =>
        {
            out.push(of(args));
        }
        _ => {}
    }
    children(e, &mut |child| sides(cx, child, inside, out));
}

fn name_of<'c>(cx: &'c Cx<'_>, e: &Expr) -> Option<&'c str> {
    let function = match &e.kind {
        ExprKind::Operator { function, .. } | ExprKind::Call { function, .. } => *function,
        ExprKind::Quantified(q) => q.operator,
        _ => return None,
    };
    cx.program.function(function).map(|f| &*f.name)
}

/// Whether a comparison can make its sides known from each other: all but the ordered ones, of which `bounds` knows the pairs.
fn compares(name: &str, holds: Holds) -> bool {
    match name {
        "<" | ">" | "<=" | ">=" => false,
        "<>" | "!=" | "!~" | "!~*" => holds.equal(true),
        _ => holds.equal(false),
    }
}

/// `a <= b and b <= a` is `a = b`.
fn bounds<'e>(cx: &Cx<'_>, all: &'e [Typed], e: &'e Expr, out: &mut Vec<Equality<'e>>) {
    let Some((a, b)) = ordered(cx, e) else { return };
    let turned = |other: &'e Typed| ordered(cx, &other.expr).is_some_and(|(c, d)| same(a, d) && same(b, c));
    if all.iter().any(turned) {
        out.push(of([a, b]));
    }
}

fn ordered<'e>(cx: &Cx<'_>, e: &'e Expr) -> Option<(&'e Expr, &'e Expr)> {
    let ExprKind::Operator { args, .. } = &e.kind else { return None };
    match (name_of(cx, e)?, args.as_slice()) {
        ("<=", [a, b]) | (">=", [b, a]) => Some((a, b)),
        _ => None,
    }
}

/// Whether a side is one column's whole value, or a constant.
pub(super) fn is_whole(cx: &Cx<'_>, scope: &Scope<'_>, e: &Expr) -> bool {
    match &e.kind {
        ExprKind::Literal(_) | ExprKind::RunDate => true,
        ExprKind::Column { relation, name } => find(scope, relation, name).is_some_and(|(_, c)| c.intact.is_some()),
        ExprKind::Cast(inner) => types::keeps_value(&inner.ty, &e.ty) && is_whole(cx, scope, inner),
        ExprKind::Json(_) => chosen::is_plain(cx, scope, e),
        ExprKind::Call { function, args } => match (cx.program.function(*function), args.split_first()) {
            (Some(f), Some((first, rest))) => {
                f.keeps_intact && rest.iter().all(|a| matches!(a.kind, ExprKind::Literal(_))) && is_whole(cx, scope, first)
            }
            _ => false,
        },
        _ => false,
    }
}
