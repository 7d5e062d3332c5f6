use super::cx::{CteRows, Rows};
use super::names::{ident, span_of, unsupported};
use super::query::{Lowered, lower_query, rename};
use super::set::{Block, block, combine, nothing, retype};
use super::shape::Shape;
use super::{Cx, Scope};
use crate::base::Ident;
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::ir::{Column, Cte, Query, SetOperator, Type};
use sqlparser::ast::{self, Visit};
use std::ops::ControlFlow;
use std::sync::Arc;

/// Labels rise at most once per category, form and column, so a recursive term settles long before this.
const ROUNDS: usize = 64;

/// Lowers `with` entries in order; each sees those before it.
pub(super) fn with(cx: &Cx<'_>, outer: Option<&Scope<'_>>, with: &ast::With) -> Vec<Cte> {
    let first = cx.ctes.borrow().len();
    let mut out: Vec<Cte> = Vec::with_capacity(with.cte_tables.len());
    for entry in &with.cte_tables {
        let name = ident(&entry.alias.name);
        let at = cx.span(entry.alias.name.span);
        if let Some(before) = out.iter().find(|c| c.name == name) {
            let problem = Diagnostic::error(Code::DuplicateName, at, format!("two `with` entries are called `{name}`"));
            cx.error(problem.mark(before.at, "the first one"));
        }
        if entry.from.is_some() {
            unsupported(cx, at, "`from` after a `with` entry");
        }
        let recursive = with.recursive && mentions(&entry.query, &name);
        let mut lowered = if recursive { recursion(cx, outer, entry, &name) } else { lower_query(cx, outer, &entry.query) };
        rename(cx, &mut lowered, &entry.alias.columns, at);
        let rows = Rows {
            columns: lowered.query.columns.clone(),
            control: lowered.control,
            numbers: lowered.numbers,
            shaped: lowered.shaped,
            open: lowered.open,
        };
        let query = Arc::new(lowered.query);
        cx.ctes.borrow_mut().push(CteRows { name: name.clone(), rows, query: Some(query.clone()), recursive });
        out.push(Cte { name, query, recursive, at });
    }
    debug_assert!(cx.ctes.borrow().len() >= first, "entries are only added here");
    out
}

/// Whether a table of this name is read anywhere inside.
fn mentions<T: Visit>(node: &T, name: &Ident) -> bool {
    let found: ControlFlow<()> = ast::visit_relations(node, |relation| {
        let is_it = matches!(relation.0.as_slice(), [part] if part.as_ident().is_some_and(|p| ident(p) == *name));
        if is_it { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    found.is_break()
}

/// `anchor union [all] term`: types come from the anchor; labels and nullability grow until the term adds nothing.
fn recursion(cx: &Cx<'_>, outer: Option<&Scope<'_>>, entry: &ast::Cte, name: &Ident) -> Lowered {
    let at = cx.span(entry.alias.name.span);
    let open = |q: Query| Lowered {
        query: q,
        control: super::Facts::default(),
        numbers: Vec::new(),
        shaped: Shape::default(),
        open: true,
        unnamed: Vec::new(),
        docs: Vec::new(),
    };
    let ast::SetExpr::SetOperation { left, op: ast::SetOperator::Union, set_quantifier, right } = &*entry.query.body else {
        unsupported(cx, at, "a recursive query that is not `<start> union [all] <step>`");
        return open(nothing());
    };
    let plain = entry.query.with.is_none() && entry.query.order_by.is_none() && entry.query.limit_clause.is_none();
    if !plain || mentions(&**left, name) {
        unsupported(cx, at, "a recursive query whose start reads itself, or with its own `with`, `order by` or `limit`,");
        return open(nothing());
    }
    let all = *set_quantifier == ast::SetQuantifier::All;
    let anchor = || {
        let mut anchor = block(cx, outer, left, &[]);
        for i in 0..anchor.columns.len() {
            if let Some(c) = anchor.columns.get_mut(i).filter(|c| c.ty == Type::Unknown) {
                c.ty = Type::TEXT;
                retype(cx, &mut anchor.set, i, &Type::TEXT);
            }
        }
        anchor
    };
    let first = anchor();
    let read = |block: &Block| {
        let columns = named(&block.columns, entry);
        let shaped = block.shaped.renamed(&block.columns, &columns);
        Rows { columns, control: block.control.clone(), numbers: Vec::new(), shaped, open: block.open }
    };
    let mut rows = read(&first);
    let before = cx.diagnostics.take();
    let mut last = Diagnostics::new();
    let mut done = Block { open: true, ..Block::default() };
    let mut start = Some(first);
    for _ in 0..ROUNDS {
        // The anchor's own problems were reported by its first reading.
        let start = match start.take() {
            Some(first) => first,
            None => {
                let again = anchor();
                cx.diagnostics.take();
                again
            }
        };
        cx.ctes.borrow_mut().push(CteRows { name: name.clone(), rows: rows.clone(), query: None, recursive: true });
        let step = block(cx, outer, right, &[]);
        cx.ctes.borrow_mut().pop();
        check_types(cx, &start.columns, &step.columns);
        done = combine(cx, start, step, SetOperator::Union, all, span_of(cx, &**right));
        last = cx.diagnostics.take();
        let grown = read(&done);
        let settled = same_rows(&rows, &grown);
        rows = grown;
        if settled {
            break;
        }
    }
    let mut diagnostics = before;
    diagnostics.extend(last);
    cx.diagnostics.replace(diagnostics);
    let Block { set, columns, control, shaped, open, unnamed, docs, .. } = done;
    let query = Query { with: Vec::new(), body: set, order: Vec::new(), limit: None, offset: None, columns };
    Lowered { query, control, numbers: Vec::new(), shaped, open, unnamed, docs }
}

fn named(columns: &[Column], entry: &ast::Cte) -> Vec<Column> {
    let mut out = columns.to_vec();
    for (c, alias) in out.iter_mut().zip(&entry.alias.columns) {
        c.name = ident(&alias.name);
    }
    out
}

fn same_rows(a: &Rows, b: &Rows) -> bool {
    a.control.label == b.control.label
        && a.control.from == b.control.from
        && a.shaped == b.shaped
        && a.columns.len() == b.columns.len()
        && a.columns.iter().zip(&b.columns).all(|(a, b)| {
            a.label == b.label
                && a.nullable == b.nullable
                && a.ty == b.ty
                && a.intact == b.intact
                && a.chosen == b.chosen
                && a.kin == b.kin
                && a.from == b.from
        })
}

/// Postgres takes the start's types and refuses a step that would widen them. Two shapes of JSON are one type to it; here the next round
/// reads the column as JSON of no known shape.
fn check_types(cx: &Cx<'_>, start: &[Column], step: &[Column]) {
    for (s, t) in start.iter().zip(step) {
        let fits = s.ty == t.ty
            || matches!((&s.ty, &t.ty), (Type::Json(_), Type::Json(_)))
            || matches!(s.ty, Type::Error)
            || matches!(t.ty, Type::Error | Type::Unknown);
        if !fits && super::expr::common_type(cx, &s.ty, &t.ty).is_some_and(|common| common != s.ty) {
            let message = format!("column `{}` starts as {} and becomes {} in the recursive step", s.name, s.ty, t.ty);
            cx.error(Diagnostic::error(Code::TypeMismatch, t.at, message).help(format!("cast it to {} in the start or here", t.ty)));
        }
    }
}
