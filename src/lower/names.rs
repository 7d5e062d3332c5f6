use super::Cx;
use crate::base::{Ident, Span};
use crate::diag::{Code, Diagnostic};
use sqlparser::ast;

/// A SQL name: folded unless quoted.
pub(super) fn ident(name: &ast::Ident) -> Ident {
    if name.quote_style.is_some() { Ident::exact(&name.value) } else { Ident::folded(&name.value) }
}

/// The parts of a dotted name; `None` after reporting a part that is none.
pub(super) fn parts(cx: &Cx<'_>, name: &ast::ObjectName) -> Option<Vec<Ident>> {
    let parts: Option<Vec<Ident>> = name.0.iter().map(|p| p.as_ident().map(ident)).collect();
    if parts.is_none() {
        unsupported(cx, span_of(cx, name), "a computed name");
    }
    parts
}

/// Where a node is written.
pub(super) fn span_of(cx: &Cx<'_>, node: &impl ast::Spanned) -> Span {
    cx.span(node.span())
}

/// Reports a construct nothing here understands: never passed through.
pub(super) fn unsupported(cx: &Cx<'_>, at: Span, what: &str) {
    cx.error(Diagnostic::error(Code::SqlUnsupported, at, format!("{what} is not supported")).label("cannot be traced or checked"));
}

/// The name Postgres gives an unnamed output, and whether it names the value rather than its kind.
pub(super) fn output_name(e: &ast::Expr) -> (Ident, bool) {
    use ast::Expr as E;
    let of = |name: &str| (Ident::folded(name), false);
    match e {
        E::Identifier(name) => (ident(name), true),
        E::CompoundIdentifier(parts) => parts.last().map_or_else(|| of("?column?"), |p| (ident(p), true)),
        E::Nested(inner) | E::Collate { expr: inner, .. } => output_name(inner),
        E::Cast { expr: inner, data_type, .. } => match output_name(inner) {
            (_, false) => of(type_word(data_type)),
            named => named,
        },
        E::CompoundFieldAccess { root, access_chain } => {
            let field = access_chain.iter().rev().find_map(|a| match a {
                ast::AccessExpr::Dot(E::Identifier(name)) => Some((ident(name), true)),
                _ => None,
            });
            field.unwrap_or_else(|| output_name(root))
        }
        E::Function(f) => f.name.0.last().and_then(|p| p.as_ident()).map_or_else(|| of("?column?"), |p| (ident(p), false)),
        E::Case { .. } => of("case"),
        E::Exists { .. } => of("exists"),
        E::Extract { .. } => of("extract"),
        E::Substring { .. } => of("substring"),
        E::Trim { .. } => of("btrim"),
        E::Position { .. } => of("position"),
        E::Ceil { .. } => of("ceil"),
        E::Floor { .. } => of("floor"),
        E::Overlay { .. } => of("overlay"),
        E::Array(_) => of("array"),
        _ => of("?column?"),
    }
}

fn type_word(ty: &ast::DataType) -> &'static str {
    match ty {
        ast::DataType::Date => "date",
        ast::DataType::Text => "text",
        ast::DataType::Integer(_) | ast::DataType::Int(_) => "int4",
        ast::DataType::Numeric(_) => "numeric",
        ast::DataType::Boolean | ast::DataType::Bool => "bool",
        _ => "?column?",
    }
}
