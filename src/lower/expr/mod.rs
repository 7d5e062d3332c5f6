//! A stand-in until the expression lowering is merged: columns, numbers, texts, comparisons.

use crate::base::Ident;
use crate::diag::{Code, Diagnostic};
use crate::ir::{Expr, ExprKind, Literal, Type};
use crate::lower::cx::Cx;
use crate::lower::{Facts, Scope, Typed};
use sqlparser::ast;
use sqlparser::ast::Spanned;

pub(crate) fn expr(cx: &Cx<'_>, scope: &Scope<'_>, e: &ast::Expr) -> Typed {
    let at = cx.span(e.span());
    let made = |kind, ty, nullable, facts| Typed { expr: Expr { kind, ty, nullable, at }, facts };
    match e {
        ast::Expr::Nested(inner) => expr(cx, scope, inner),
        ast::Expr::Identifier(name) => column(cx, scope, None, name, at),
        ast::Expr::CompoundIdentifier(parts) => match parts.as_slice() {
            [relation, name] => column(cx, scope, Some(relation), name, at),
            _ => made(ExprKind::Error, Type::Error, true, Facts::default()),
        },
        ast::Expr::Value(value) => match &value.value {
            ast::Value::Number(n, _) => made(ExprKind::Literal(Literal::Number(n.as_str().into())), Type::Integer, false, Facts::default()),
            ast::Value::SingleQuotedString(t) => made(ExprKind::Literal(Literal::Text(t.as_str().into())), Type::Unknown, false, Facts::default()),
            ast::Value::Boolean(b) => made(ExprKind::Literal(Literal::Boolean(*b)), Type::Boolean, false, Facts::default()),
            _ => made(ExprKind::Literal(Literal::Null), Type::Unknown, true, Facts::default()),
        },
        _ => made(ExprKind::Error, Type::Error, true, Facts::default()),
    }
}

fn column(cx: &Cx<'_>, scope: &Scope<'_>, relation: Option<&ast::Ident>, name: &ast::Ident, at: crate::base::Span) -> Typed {
    let name = Ident::folded(&name.value);
    let mut next = Some(scope);
    while let Some(scope) = next {
        for r in &scope.relations {
            if relation.is_some_and(|q| Ident::folded(&q.value) != r.alias) || (relation.is_none() && r.hidden.contains(&name)) {
                continue;
            }
            if let Some(c) = r.columns.iter().find(|c| c.name == name) {
                let kind = ExprKind::Column { relation: r.alias.clone(), name: c.name.clone() };
                let facts = Facts { label: c.label.clone(), from: c.from.clone(), intact: c.intact };
                return Typed { expr: Expr { kind, ty: c.ty.clone(), nullable: c.nullable, at }, facts };
            }
        }
        next = scope.outer;
    }
    cx.error(Diagnostic::error(Code::UnknownColumn, at, format!("no column `{name}` here")));
    Typed { expr: Expr { kind: ExprKind::Error, ty: Type::Error, nullable: true, at }, facts: Facts::default() }
}

pub(crate) fn coerce(_cx: &Cx<'_>, typed: Typed, _to: &Type) -> Typed {
    typed
}

pub(crate) fn common_type(_cx: &Cx<'_>, a: &Type, b: &Type) -> Option<Type> {
    if a == b || *b == Type::Unknown { Some(a.clone()) } else if *a == Type::Unknown { Some(b.clone()) } else { None }
}
