use crate::base::Span;
use crate::ir::{CategoryId, Expr, ExprKind, Form, Label, Level, Literal, Type};
use crate::lower::{Facts, Typed};

/// A typed expression.
pub(super) fn typed(kind: ExprKind, ty: Type, nullable: bool, at: Span, facts: Facts) -> Typed {
    Typed { expr: Expr { kind, ty, nullable, at }, facts }
}

/// What stands for an expression that failed; nothing complains about it again.
pub(super) fn failed_at(at: Span) -> Typed {
    failed(at, Facts::default())
}

/// The same, keeping what is known of its parts.
pub(super) fn failed(at: Span, facts: Facts) -> Typed {
    typed(ExprKind::Error, Type::Error, true, at, Facts { intact: None, ..facts })
}

/// A constant: tells nothing, comes from nowhere.
pub(super) fn constant(literal: Literal, ty: Type, at: Span) -> Typed {
    let nullable = matches!(literal, Literal::Null);
    typed(ExprKind::Literal(literal), ty, nullable, at, Facts::default())
}

/// The facts of a value made from several.
pub(super) fn join_all<'a>(parts: impl IntoIterator<Item = &'a Typed>) -> Facts {
    parts.into_iter().fold(Facts::default(), |all, part| all.join(&part.facts))
}

/// The facts of a comparison. Stand-ins of one domain are equal where the values are: of two kinds of values, whose readers may know the one as it
/// is, comparing them tells what comparing the values would.
pub(super) fn comparison<'a>(facts: Facts, parts: impl IntoIterator<Item = &'a Label>) -> Facts {
    let stands_in = |level: &Level| level.form == Form::Pseudonym;
    let of = |label: &Label| label.values().iter().filter(|(_, l)| stands_in(l)).map(|(c, _)| *c).collect::<Vec<CategoryId>>();
    let mut kinds = parts.into_iter().map(of).filter(|kinds| !kinds.is_empty());
    let Some(first) = kinds.next() else { return facts };
    if kinds.all(|kinds| kinds == first) {
        return facts;
    }
    let label = facts.label.map_values(|_, level| if stands_in(&level) { Level { form: Form::Direct, ..level } } else { level });
    Facts { label, ..facts }
}

/// The place that covers all parts; `fallback` when there is none.
pub(super) fn span_of<'a>(fallback: Span, parts: impl IntoIterator<Item = &'a Typed>) -> Span {
    parts.into_iter().fold(fallback, |all, part| all.to(part.expr.at))
}

/// Only the expressions.
pub(super) fn exprs(parts: Vec<Typed>) -> Vec<Expr> {
    parts.into_iter().map(|p| p.expr).collect()
}
