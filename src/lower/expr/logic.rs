use super::build::{comparison, exprs, failed, failed_at, join_all, span_of, typed};
use super::pattern::{self, Manner};
use super::{call, cast, coercion, expr, is_error, json_ops, literal, refused, row, unsupported, unsupported_at};
use crate::diag::{Code, Diagnostic};
use crate::ir::{ExprKind, FunctionKind, Type};
use crate::lower::cx::Cx;
use crate::lower::{Scope, Typed};
use sqlparser::ast::{self, BinaryOperator as Op, Expr as E, UnaryOperator};

/// `a op b`
pub(super) fn binary(cx: &Cx<'_>, scope: &Scope<'_>, left: &E, op: &Op, right: &E) -> Typed {
    match op {
        Op::And | Op::Or => return chain(cx, scope, left, op, right),
        Op::PGLikeMatch | Op::PGNotLikeMatch | Op::PGILikeMatch | Op::PGNotILikeMatch => {
            let fold = matches!(op, Op::PGILikeMatch | Op::PGNotILikeMatch);
            let negated = matches!(op, Op::PGNotLikeMatch | Op::PGNotILikeMatch);
            return pattern::like(cx, scope, left, right, Manner { escape: None, fold, negated, any: false });
        }
        _ => {}
    }
    if let Some(path) = json_ops::operator(cx, scope, left, op, right) {
        return path;
    }
    match (row::items(left), row::items(right)) {
        (Some(a), Some(b)) => return row::comparison(cx, scope, &a, op, &b),
        (Some(_), None) if matches!(literal::peel(right), E::Subquery(_)) => {
            return unsupported(cx, right, "a row compared with a query", "use `in`, or join the query and compare the columns one by one");
        }
        _ => {}
    }
    let (a, b) = (expr(cx, scope, left), expr(cx, scope, right));
    let (a, b) = if *op == Op::StringConcat { coercion::concatenated(a, b) } else { (a, b) };
    operator(cx, op, a, b)
}

/// An operator of the library over two typed values.
pub(super) fn operator(cx: &Cx<'_>, op: &Op, a: Typed, b: Typed) -> Typed {
    let at = a.expr.at.to(b.expr.at);
    let Some(symbol) = symbol(op) else { return refused::operator(cx, &op.to_string(), at) };
    let made = call::by_name(cx, symbol, FunctionKind::Operator, vec![a, b], at);
    match vectors(&made.expr.kind) {
        Some((a, b)) if a != b => {
            cx.error(Diagnostic::error(Code::TypeMismatch, at, format!("a vector of {a} numbers has no distance to one of {b}")));
            failed(at, made.facts)
        }
        _ => made,
    }
}

/// How many numbers each of two vectors has.
fn vectors(made: &ExprKind) -> Option<(u16, u16)> {
    let ExprKind::Operator { args, .. } = made else { return None };
    match args.as_slice() {
        [a, b] => match (&a.ty, &b.ty) {
            (Type::Vector(a), Type::Vector(b)) => a.zip(*b),
            _ => None,
        },
        _ => None,
    }
}

/// The name the library lists an operator under.
pub(super) fn symbol(op: &Op) -> Option<&'static str> {
    Some(match op {
        Op::Plus => "+",
        Op::Minus => "-",
        Op::Multiply => "*",
        Op::Divide => "/",
        Op::Modulo => "%",
        Op::PGExp => "^",
        Op::StringConcat => "||",
        Op::Eq => "=",
        Op::NotEq => "<>",
        Op::Lt => "<",
        Op::LtEq => "<=",
        Op::Gt => ">",
        Op::GtEq => ">=",
        Op::PGRegexMatch => "~",
        Op::PGRegexIMatch => "~*",
        Op::PGRegexNotMatch => "!~",
        Op::PGRegexNotIMatch => "!~*",
        Op::Question => "?",
        Op::QuestionPipe => "?|",
        Op::QuestionAnd => "?&",
        Op::AtArrow => "@>",
        Op::ArrowAt => "<@",
        Op::PGOverlap => "&&",
        Op::BitwiseAnd => "&",
        Op::BitwiseOr => "|",
        Op::PGStartsWith => "^@",
        Op::PGBitwiseXor => "#",
        Op::PGBitwiseShiftLeft => "<<",
        Op::PGBitwiseShiftRight => ">>",
        Op::HashMinus => "#-",
        Op::AtQuestion => "@?",
        Op::AtAt => "@@",
        Op::LtDashGt => "<->",
        Op::Spaceship => "<=>",
        Op::Custom(sign) if sign == "<#>" => "<#>",
        _ => return None,
    })
}

/// `a and b and c` as one list; long chains lean left and would nest as deep as they are long.
fn chain(cx: &Cx<'_>, scope: &Scope<'_>, left: &E, op: &Op, right: &E) -> Typed {
    let mut written = vec![right];
    let mut rest = left;
    while let E::BinaryOp { left, op: inner, right } = rest {
        if inner != op {
            break;
        }
        written.push(right);
        rest = left;
    }
    written.push(rest);
    let parts = written.into_iter().rev().map(|e| cast::condition(cx, expr(cx, scope, e))).collect();
    junction(parts, *op == Op::And)
}

/// Joins conditions by `and` or `or`.
pub(super) fn junction(parts: Vec<Typed>, and: bool) -> Typed {
    let facts = join_all(&parts);
    let Some(first) = parts.first() else { return failed_at(crate::base::Span::default()) };
    let at = span_of(first.expr.at, &parts);
    if parts.iter().any(|p| is_error(&p.expr)) {
        return failed(at, facts);
    }
    let nullable = parts.iter().any(|p| p.expr.nullable);
    let parts = exprs(parts);
    typed(if and { ExprKind::And(parts) } else { ExprKind::Or(parts) }, Type::Boolean, nullable, at, facts)
}

/// `not a`
pub(super) fn not(cx: &Cx<'_>, scope: &Scope<'_>, inner: &E) -> Typed {
    negate(cast::condition(cx, expr(cx, scope, inner)))
}

/// Its negation.
pub(super) fn negate(value: Typed) -> Typed {
    if is_error(&value.expr) {
        return value;
    }
    let (at, nullable) = (value.expr.at, value.expr.nullable);
    let facts = crate::lower::Facts { intact: None, ..value.facts };
    typed(ExprKind::Not(Box::new(value.expr)), Type::Boolean, nullable, at, facts)
}

/// `-a`, `+a`
pub(super) fn unary(cx: &Cx<'_>, scope: &Scope<'_>, op: UnaryOperator, inner: &E) -> Typed {
    let value = expr(cx, scope, inner);
    let at = value.expr.at;
    match op {
        UnaryOperator::Plus => value,
        UnaryOperator::Minus => literal::negated(&value).unwrap_or_else(|| call::by_name(cx, "-", FunctionKind::Operator, vec![value], at)),
        UnaryOperator::PGAbs => call::by_name(cx, "abs", FunctionKind::Function, vec![value], at),
        UnaryOperator::PGSquareRoot => call::by_name(cx, "sqrt", FunctionKind::Function, vec![as_double(cx, value)], at),
        UnaryOperator::PGCubeRoot => call::by_name(cx, "cbrt", FunctionKind::Function, vec![as_double(cx, value)], at),
        UnaryOperator::BitwiseNot => call::by_name(cx, "~", FunctionKind::Operator, vec![value], at),
        other => unsupported_at(cx, at, &format!("the operator `{other}`"), ""),
    }
}

/// Postgres has the roots' signs for `double precision` alone.
fn as_double(cx: &Cx<'_>, value: Typed) -> Typed {
    cast::to_type(cx, value, Type::Double)
}

/// `a is null`
pub(super) fn is_null(cx: &Cx<'_>, scope: &Scope<'_>, inner: &E, negated: bool) -> Typed {
    if let Some(items) = row::items(inner) {
        return row::is_null(cx, scope, &items, negated);
    }
    let value = cast::settle(expr(cx, scope, inner));
    test(value, |e| ExprKind::IsNull(e, negated))
}

/// `a is true`
pub(super) fn is_bool(cx: &Cx<'_>, scope: &Scope<'_>, inner: &E, wanted: bool, negated: bool) -> Typed {
    let value = cast::condition(cx, expr(cx, scope, inner));
    test(value, |e| ExprKind::IsBool(e, wanted, negated))
}

/// `a is unknown`: is null, of a truth value.
pub(super) fn is_unknown(cx: &Cx<'_>, scope: &Scope<'_>, inner: &E, negated: bool) -> Typed {
    let value = cast::condition(cx, expr(cx, scope, inner));
    test(value, |e| ExprKind::IsNull(e, negated))
}

/// A question about one value that never answers NULL.
fn test(value: Typed, kind: impl FnOnce(Box<crate::ir::Expr>) -> ExprKind) -> Typed {
    if is_error(&value.expr) {
        return value;
    }
    let at = value.expr.at;
    let facts = crate::lower::Facts { intact: None, ..value.facts };
    typed(kind(Box::new(value.expr)), Type::Boolean, false, at, facts)
}

/// `a is distinct from b`
pub(super) fn is_distinct(cx: &Cx<'_>, scope: &Scope<'_>, a: &E, b: &E, negated: bool) -> Typed {
    if let (Some(a), Some(b)) = (row::items(a), row::items(b)) {
        return row::is_distinct(cx, scope, &a, &b, negated);
    }
    let (a, b) = (expr(cx, scope, a), expr(cx, scope, b));
    match cast::unify_pair(cx, a, b, "the comparison") {
        Ok((a, b)) => {
            let (at, facts) = (a.expr.at.to(b.expr.at), comparison(a.facts.join(&b.facts), [&a.facts.label, &b.facts.label]));
            typed(ExprKind::IsDistinct(Box::new(a.expr), Box::new(b.expr), negated), Type::Boolean, false, at, facts)
        }
        Err(failed) => *failed,
    }
}

/// `a in (b, c)`
pub(super) fn in_list(cx: &Cx<'_>, scope: &Scope<'_>, inner: &E, list: &[E], negated: bool) -> Typed {
    if let Some(items) = row::items(inner) {
        return row::in_list(cx, scope, &items, list, negated);
    }
    let values: Vec<Typed> = std::iter::once(inner).chain(list).map(|e| expr(cx, scope, e)).collect();
    one_of(cx, values, negated)
}

/// The first value among the others.
pub(super) fn one_of(cx: &Cx<'_>, values: Vec<Typed>, negated: bool) -> Typed {
    let facts = comparison(join_all(&values), values.iter().map(|v| &v.facts.label));
    let at = values.first().map_or_else(Default::default, |v| span_of(v.expr.at, &values));
    let nullable = values.iter().any(|v| v.expr.nullable);
    let Some((values, _)) = cast::unify(cx, values, "the list") else { return failed(at, facts) };
    let mut values = exprs(values).into_iter();
    let Some(first) = values.next() else { return failed(at, facts) };
    typed(ExprKind::InList(Box::new(first), values.collect(), negated), Type::Boolean, nullable, at, facts)
}

/// `a between b and c`
pub(super) fn between(cx: &Cx<'_>, scope: &Scope<'_>, inner: &E, low: &E, high: &E, negated: bool) -> Typed {
    let values = vec![expr(cx, scope, inner), expr(cx, scope, low), expr(cx, scope, high)];
    let facts = comparison(join_all(&values), values.iter().map(|v| &v.facts.label));
    let nullable = values.iter().any(|v| v.expr.nullable);
    let at = values.first().map_or_else(Default::default, |v| span_of(v.expr.at, &values));
    let Some((values, _)) = cast::unify(cx, values, "`between`") else { return failed(at, facts) };
    let mut boxes = exprs(values).into_iter().map(Box::new);
    match (boxes.next(), boxes.next(), boxes.next()) {
        (Some(a), Some(b), Some(c)) => typed(ExprKind::Between(a, b, c, negated), Type::Boolean, nullable, at, facts),
        _ => failed(at, facts),
    }
}

/// `array[a, b]`
pub(super) fn array(cx: &Cx<'_>, scope: &Scope<'_>, written: &ast::Array) -> Typed {
    let values: Vec<Typed> = written.elem.iter().map(|e| expr(cx, scope, e)).collect();
    let facts = join_all(&values);
    let at = values.first().map_or(cx.here, |v| span_of(v.expr.at, &values));
    if values.iter().any(|v| matches!(v.expr.ty, Type::Array(_))) {
        return unsupported_at(cx, at, "an array of arrays", "keep the values in one array, or in rows");
    }
    match cast::unify(cx, values, "the array") {
        Some((values, of)) => {
            let of = super::bake(of, &facts.label);
            typed(ExprKind::Array(exprs(values)), Type::Array(Box::new(of)), false, at, facts)
        }
        None => failed(at, facts),
    }
}
