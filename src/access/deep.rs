use crate::ir::{Expr, ExprKind};

/// Whether two conditions of plain shapes (columns, constants, comparisons, lists) are the same; false for any other shape.
pub fn is_same(a: &Expr, b: &Expr) -> bool {
    use ExprKind as K;
    let all = |a: &[Expr], b: &[Expr]| a.len() == b.len() && a.iter().zip(b).all(|(a, b)| is_same(a, b));
    if a.ty != b.ty {
        return false;
    }
    match (&a.kind, &b.kind) {
        (K::Column { relation: r, name: n }, K::Column { relation: s, name: m }) => r == s && n == m,
        (K::Literal(a), K::Literal(b)) => a == b,
        (K::Operator { function: f, args: x }, K::Operator { function: g, args: y })
        | (K::Call { function: f, args: x }, K::Call { function: g, args: y }) => f == g && all(x, y),
        (K::And(x), K::And(y)) | (K::Or(x), K::Or(y)) => all(x, y),
        (K::Not(x), K::Not(y)) | (K::Cast(x), K::Cast(y)) => is_same(x, y),
        (K::IsNull(x, n), K::IsNull(y, m)) => n == m && is_same(x, y),
        (K::InList(x, l, n), K::InList(y, k, m)) => n == m && is_same(x, y) && all(l, k),
        _ => false,
    }
}
