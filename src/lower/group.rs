use super::chosen::names_a_thing;
use super::items::Item;
use super::names::{ident, span_of, unsupported};
use super::walk::{aggregate_in, same, window_in};
use super::{Cx, Facts, Scope, Typed, expr, order_by, told_by_keys};
use crate::diag::{Code, Diagnostic};
use crate::ir::{Expr, ExprKind, Grouping, find, operands};
use sqlparser::ast;

/// More grouping sets than anyone writes; `cube` over many columns doubles them each time.
const MOST_SETS: usize = 4096;

/// The select list, for names and positions in `group by`, `order by` and `distinct on`.
pub(super) struct Targets<'i> {
    pub(super) items: &'i [Item],
}

impl Targets<'_> {
    /// The item a position stands for; `Some(None)` when there is none and that is reported.
    pub(super) fn by_position(&self, cx: &Cx<'_>, e: &ast::Expr) -> Option<Option<Typed>> {
        let position = order_by::position(cx, e, self.items.len())?;
        Some(position.ok().and_then(|p| self.items.get(p)).map(|i| i.typed.clone()))
    }

    /// The item with this output name; an error when two differ.
    pub(super) fn by_output_name(&self, cx: &Cx<'_>, e: &ast::Expr) -> Option<Option<Typed>> {
        let ast::Expr::Identifier(name) = e else { return None };
        let name = ident(name);
        let mut fits = self.items.iter().filter(|i| i.name == name);
        let first = fits.next()?;
        if fits.any(|other| !same(&other.typed.expr, &first.typed.expr)) {
            cx.error(Diagnostic::error(Code::AmbiguousName, span_of(cx, e), format!("two output columns are called `{name}`")));
            return Some(None);
        }
        Some(Some(first.typed.clone()))
    }
}

/// Keys of a block, with their facts.
#[derive(Default)]
pub(super) struct Keys {
    pub(super) keys: Vec<Typed>,
    pub(super) sets: Vec<Vec<usize>>,
    /// Whether there is a `group by` at all.
    pub(super) written: bool,
    /// Whether it could not be read, which is reported.
    pub(super) failed: bool,
}

/// Columns that some grouping set leaves out are NULL there: to be known before anything is built from them.
pub(super) fn widen_columns(scope: &mut Scope<'_>, group: &ast::GroupByExpr) {
    let ast::GroupByExpr::Expressions(exprs, _) = group else { return };
    let mut names: Vec<Vec<ast::Ident>> = Vec::new();
    for e in exprs {
        let lists = match e {
            ast::Expr::Rollup(lists) | ast::Expr::Cube(lists) | ast::Expr::GroupingSets(lists) => lists,
            // A plain key is in every set.
            _ => continue,
        };
        let _ = ast::visit_expressions(lists, |e| {
            match e {
                ast::Expr::Identifier(name) => names.push(vec![name.clone()]),
                ast::Expr::CompoundIdentifier(parts) => names.push(parts.clone()),
                _ => {}
            }
            std::ops::ControlFlow::<()>::Continue(())
        });
    }
    for parts in names {
        let Some((last, before)) = parts.split_last() else { continue };
        let (name, alias) = (ident(last), before.last().map(ident));
        for relation in scope.relations.iter_mut().filter(|r| alias.as_ref().is_none_or(|a| r.alias == *a)) {
            relation.columns.iter_mut().filter(|c| c.name == name).for_each(|c| c.nullable = true);
        }
    }
}

/// Lowers `group by`: names are input columns first, then output names.
pub(super) fn keys(cx: &Cx<'_>, scope: &Scope<'_>, targets: &Targets<'_>, group: &ast::GroupByExpr) -> Keys {
    let exprs = match group {
        ast::GroupByExpr::Expressions(exprs, modifiers) => {
            if !modifiers.is_empty() {
                unsupported(cx, exprs.first().map_or(cx.here, |e| span_of(cx, e)), "`with rollup` after the keys");
            }
            exprs
        }
        ast::GroupByExpr::All(_) => {
            unsupported(cx, cx.here, "`group by all`");
            return Keys { written: true, failed: true, ..Keys::default() };
        }
    };
    let mut out = Keys { written: !exprs.is_empty(), ..Keys::default() };
    // Per element, its alternatives: one for a plain key, several for `rollup`, `cube` and `grouping sets`.
    let mut alternatives: Vec<Vec<Vec<usize>>> = Vec::with_capacity(exprs.len());
    for e in exprs {
        let mut index = |e: &ast::Expr| out.index(cx, scope, targets, e);
        alternatives.push(sets_of(e).iter().map(|set| set.iter().filter_map(|e| index(e)).collect()).collect());
    }
    if alternatives.iter().any(|a| a.len() != 1) {
        let at = exprs.first().map_or(cx.here, |e| span_of(cx, e));
        out.sets = product(cx, &alternatives, at);
    }
    out
}

/// The sets an element of `group by` stands for, each as its keys. Inside `grouping sets`, sqlparser takes `rollup (…)` for a call.
fn sets_of(e: &ast::Expr) -> Vec<Vec<&ast::Expr>> {
    match e {
        ast::Expr::GroupingSets(sets) => sets
            .iter()
            .flat_map(|set| match set.as_slice() {
                [only @ (ast::Expr::Function(_) | ast::Expr::Rollup(_) | ast::Expr::Cube(_) | ast::Expr::GroupingSets(_))] => sets_of(only),
                keys => vec![keys.iter().collect()],
            })
            .collect(),
        ast::Expr::Rollup(lists) => rollup(&lists.iter().map(|l| l.iter().collect()).collect::<Vec<_>>()),
        ast::Expr::Cube(lists) => cube(&lists.iter().map(|l| l.iter().collect()).collect::<Vec<_>>()),
        ast::Expr::Function(f) => match (f.name.to_string().to_lowercase().as_str(), called_with(f)) {
            ("rollup", Some(lists)) => rollup(&lists),
            ("cube", Some(lists)) => cube(&lists),
            _ => vec![vec![e]],
        },
        ast::Expr::Tuple(parts) => vec![parts.iter().collect()],
        _ => vec![vec![e]],
    }
}

fn called_with(f: &ast::Function) -> Option<Vec<Vec<&ast::Expr>>> {
    let ast::FunctionArguments::List(list) = &f.args else { return None };
    let keys = list.args.iter().map(|a| match a {
        ast::FunctionArg::Unnamed(ast::FunctionArgExpr::Expr(ast::Expr::Tuple(parts))) => Some(parts.iter().collect()),
        ast::FunctionArg::Unnamed(ast::FunctionArgExpr::Expr(e)) => Some(vec![e]),
        _ => None,
    });
    keys.collect()
}

fn rollup<'e>(lists: &[Vec<&'e ast::Expr>]) -> Vec<Vec<&'e ast::Expr>> {
    (0..=lists.len()).rev().map(|n| lists.iter().take(n).flatten().copied().collect()).collect()
}

fn cube<'e>(lists: &[Vec<&'e ast::Expr>]) -> Vec<Vec<&'e ast::Expr>> {
    let count = 1usize.checked_shl(u32::try_from(lists.len()).unwrap_or(u32::MAX)).unwrap_or(usize::MAX).min(MOST_SETS + 1);
    let taken = |mask: usize| {
        let kept = lists
            .iter()
            .enumerate()
            .filter(move |(i, _)| mask.checked_shr(u32::try_from(lists.len() - 1 - i).unwrap_or(u32::MAX)).unwrap_or(0) & 1 == 1);
        kept.flat_map(|(_, l)| l).copied().collect()
    };
    (0..count).rev().map(taken).collect()
}

fn product(cx: &Cx<'_>, alternatives: &[Vec<Vec<usize>>], at: crate::base::Span) -> Vec<Vec<usize>> {
    let mut sets: Vec<Vec<usize>> = vec![Vec::new()];
    for choices in alternatives {
        if sets.len().saturating_mul(choices.len()) > MOST_SETS {
            unsupported(cx, at, &format!("a grouping of more than {MOST_SETS} sets"));
            return Vec::new();
        }
        sets = sets.iter().flat_map(|s| choices.iter().map(move |c| s.iter().chain(c).copied().collect())).collect();
    }
    for set in &mut sets {
        set.sort_unstable();
        set.dedup();
    }
    sets
}

impl Keys {
    /// The index of a key, added when new.
    fn index(&mut self, cx: &Cx<'_>, scope: &Scope<'_>, targets: &Targets<'_>, e: &ast::Expr) -> Option<usize> {
        let typed = match targets.by_position(cx, e) {
            Some(found) => found?,
            None if is_input(scope, e) => expr::expr(cx, scope, e),
            None => match targets.by_output_name(cx, e) {
                Some(found) => found?,
                None => expr::expr(cx, scope, e),
            },
        };
        if let Some(found) = aggregate_in(&typed.expr).or_else(|| window_in(&typed.expr)) {
            cx.error(
                Diagnostic::error(Code::MisplacedAggregate, span_of(cx, e), "an aggregate or window function cannot be a group key")
                    .mark(found.at, "it is computed here"),
            );
            return None;
        }
        if let Some(known) = self.keys.iter().position(|k| same(&k.expr, &typed.expr)) {
            return Some(known);
        }
        self.keys.push(typed);
        Some(self.keys.len() - 1)
    }

    /// What the keys leave on the groups. No key fixes another where some set lacks it.
    pub(super) fn told(&self, cx: &Cx<'_>, scope: &Scope<'_>, items: &[Item]) -> Facts {
        let told = told_by_keys::control(cx, scope, items, self.keys.iter());
        if self.sets.is_empty() {
            return told;
        }
        let plain = self.keys.iter().filter(|k| !names_a_thing(cx, &k.facts.label));
        plain.fold(told, |all, k| all.join(&k.facts.as_control()))
    }

    /// Grouping sets leave a key NULL where a set lacks it.
    pub(super) fn widen(&self, items: &mut [Item]) {
        if self.sets.is_empty() {
            return;
        }
        for item in items {
            item.typed.expr.nullable |= self.may_lack(&item.typed.expr);
        }
    }

    /// Whether a value is made of a key that some set lacks. What was nullable when it was built has been reckoned with.
    fn may_lack(&self, e: &Expr) -> bool {
        let lacking = |i: usize| self.sets.iter().any(|s| !s.contains(&i));
        if let Some(i) = self.keys.iter().position(|k| same(&k.expr, e)) {
            return lacking(i);
        }
        if matches!(e.kind, ExprKind::Aggregate(_) | ExprKind::Grouping(_)) {
            return false;
        }
        let mut any = false;
        operands(e, &mut |child| any = any || (!child.nullable && self.may_lack(child)));
        any
    }

    /// As the IR keeps them.
    pub(super) fn into_grouping(self, aggregated: bool, apart: bool) -> Grouping {
        Grouping { keys: self.keys.into_iter().map(|k| k.expr).collect(), sets: self.sets, aggregated, apart }
    }
}

/// Whether a bare name is a column of this block's relations.
pub(super) fn is_input(scope: &Scope<'_>, e: &ast::Expr) -> bool {
    match e {
        ast::Expr::Identifier(name) => {
            let name = ident(name);
            let merged = scope.shown.iter().any(|s| matches!(s, super::Shown::Merged(m) if m.name == name));
            merged || scope.relations.iter().any(|r| !r.hidden.contains(&name) && r.columns.iter().any(|c| c.name == name))
        }
        _ => false,
    }
}

/// Whether a block aggregates without `group by`.
pub(super) fn aggregates<'e>(exprs: impl IntoIterator<Item = &'e crate::ir::Expr>) -> bool {
    exprs.into_iter().any(|e| find(e, &|e| matches!(e.kind, ExprKind::Aggregate(_) | ExprKind::Grouping(_))).is_some())
}

/// Whether an expression is itself an aggregate call.
pub(super) fn is_aggregate(e: &crate::ir::Expr) -> bool {
    matches!(e.kind, ExprKind::Aggregate(_))
}
