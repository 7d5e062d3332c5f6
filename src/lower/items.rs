use super::names::{ident, output_name, parts, span_of, unsupported};
use super::{Cx, Facts, Scope, ScopeRelation, Typed, discriminator, expr};
use crate::base::{Ident, Span};
use crate::diag::{Code, Diagnostic};
use crate::ir::{Column, Expr, ExprKind, Label, Type};
use sqlparser::ast;
use sqlparser::tokenizer::Location;
use std::sync::Arc;

/// One output column before the block's history is joined into it.
pub(super) struct Item {
    pub(super) typed: Typed,
    pub(super) name: Ident,
    /// Whether someone named it (an alias, or the column it is).
    pub(super) named: bool,
    pub(super) doc: Option<Arc<str>>,
}

/// Lowers the select list; stars become the columns they stand for.
pub(super) fn items(cx: &Cx<'_>, scope: &Scope<'_>, projection: &[ast::SelectItem], select: Location) -> Vec<Item> {
    let notes = cx.notes.get(&select);
    let mut out: Vec<Item> = Vec::with_capacity(projection.len());
    for (index, entry) in projection.iter().enumerate() {
        let first = out.len();
        match entry {
            ast::SelectItem::UnnamedExpr(e) => {
                let (name, named) = output_name(e);
                out.push(Item { typed: expr::expr(cx, scope, e), name, named, doc: None });
            }
            ast::SelectItem::ExprWithAlias { expr: e, alias } => {
                out.push(Item { typed: expr::expr(cx, scope, e), name: ident(alias), named: true, doc: None })
            }
            ast::SelectItem::ExprWithAliases { expr: e, .. } => unsupported(cx, span_of(cx, e), "a list of aliases"),
            ast::SelectItem::Wildcard(options) => {
                refuse_options(cx, options, span_of(cx, entry));
                star(cx, scope, None, span_of(cx, entry), &mut out);
            }
            ast::SelectItem::QualifiedWildcard(ast::SelectItemQualifiedWildcardKind::ObjectName(name), options) => {
                let at = span_of(cx, name);
                refuse_options(cx, options, at);
                if let Some(alias) = parts(cx, name).and_then(|mut p| p.pop()) {
                    star(cx, scope, Some(&alias), at, &mut out);
                }
            }
            ast::SelectItem::QualifiedWildcard(ast::SelectItemQualifiedWildcardKind::Expr(e), _) => {
                unsupported(cx, span_of(cx, e), "`.*` after an expression")
            }
        }
        if let Some(note) = notes.and_then(|n| n.get(index)) {
            for item in out.iter_mut().skip(first) {
                if !(note.annotated && discriminator::settle(cx, scope, &mut item.typed, &note.raises)) {
                    raise(&mut item.typed, &note.raises);
                }
                item.doc.clone_from(&note.doc);
            }
        }
    }
    out
}

fn refuse_options(cx: &Cx<'_>, options: &ast::WildcardAdditionalOptions, at: Span) {
    let ast::WildcardAdditionalOptions { wildcard_token: _, opt_ilike, opt_exclude, opt_except, opt_replace, opt_rename, opt_alias } =
        options;
    if opt_ilike.is_some()
        || opt_exclude.is_some()
        || opt_except.is_some()
        || opt_replace.is_some()
        || opt_rename.is_some()
        || opt_alias.is_some()
    {
        unsupported(cx, at, "`exclude`, `except`, `replace`, `rename` or `ilike` after a star");
    }
}

/// Pushes the columns of `*` (no alias) or `alias.*`.
fn star(cx: &Cx<'_>, scope: &Scope<'_>, alias: Option<&Ident>, at: Span, out: &mut Vec<Item>) {
    if alias.is_none() && !scope.relations.is_empty() {
        // `*` shows a column merged by `using` once, in front.
        for s in &scope.shown {
            out.push(Item { typed: expr::shown(cx, scope, s, at), name: s.name().clone(), named: true, doc: None });
        }
        return;
    }
    let chosen: Vec<&ScopeRelation> = scope.relations.iter().filter(|r| alias.is_some_and(|a| r.alias == *a)).collect();
    if chosen.is_empty() {
        let message = match alias {
            Some(alias) => format!("no table or alias `{alias}` in this query"),
            None => "`*` needs a `from`".to_owned(),
        };
        let problem = Diagnostic::error(Code::UnknownName, at, message);
        cx.error(problem.suggest(alias.map_or("", Ident::as_str), scope.relations.iter().map(|r| r.alias.as_str())));
    }
    for relation in chosen {
        for c in &relation.columns {
            out.push(Item { typed: reference(cx, relation, c, at), name: c.name.clone(), named: true, doc: None });
        }
    }
}

/// An annotation on an output only adds; on JSON it goes for every path inside.
fn raise(typed: &mut Typed, label: &Label) {
    if label.is_public() {
        return;
    }
    typed.facts.label = typed.facts.label.join(label);
    if let Type::Json(_) = typed.expr.ty {
        typed.expr.ty = expr::bake(typed.expr.ty.clone(), &typed.facts.label);
    }
}

/// A column of a relation in scope, as an expression. The whole of a typed JSON value carries what all its paths tell.
pub(super) fn reference(cx: &Cx<'_>, relation: &ScopeRelation, c: &Column, at: Span) -> Typed {
    let kind = ExprKind::Column { relation: relation.alias.clone(), name: c.name.clone() };
    let label = match &c.ty {
        Type::Json(shape) => expr::whole_label(cx, shape).map_or_else(|| c.label.clone(), |all| all.join(&c.label)),
        _ => c.label.clone(),
    };
    let facts = Facts { label, from: c.from.clone(), intact: c.intact };
    Typed { expr: Expr { kind, ty: c.ty.clone(), nullable: c.nullable, at }, facts }
}
