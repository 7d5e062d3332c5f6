use super::chosen::is_chosen;
use super::condition::{Place, condition, conjunction};
use super::flow::{self, structure, through};
use super::group::{self, Targets};
use super::grouped::Check;
use super::items::{Item, items};
use super::names::{ident, span_of, unsupported};
use super::order_by::order_by;
use super::set::Block;
use super::srf::{self, Spread};
use super::this_block::ThisBlock;
use super::{Cx, Facts, Scope, Typed, apart, equal, expr, firsts, from, kin, proven, rows_of, shape, told_by_keys};
use crate::ir::{Column, Distinct, Expr, FromItem, OrderKey, Select, SelectItem, SetExpr};
use sqlparser::ast::{self, VisitMut};
use std::borrow::Cow;
use std::collections::BTreeSet;

/// Lowers a select block in SQL's logical order: from, where, the output, group by, having, qualify, distinct, order by.
pub(super) fn select(cx: &Cx<'_>, outer: Option<&Scope<'_>>, s: &ast::Select, order: &[ast::OrderByExpr]) -> Block {
    refuse(cx, s);
    let (s, order) = with_windows(cx, s, order);
    let s = s.as_ref();
    let mut scope = Scope { outer, ..Scope::default() };
    let (mut from, spread) = from_and_rows(cx, &mut scope, s, &order);
    let (s, order, calls) = match spread {
        Spread::Nothing => (Cow::Borrowed(s), order, None),
        Spread::Refused => return Block { open: true, ..Block::default() },
        Spread::Around(block) => return select(cx, outer, &block, &order),
        Spread::Beside(block, alias, calls) => (Cow::Owned(block.0), Cow::Owned(block.1), Some((alias, calls))),
    };
    let s = s.as_ref();
    scope.filter = filter(cx, &mut scope, s);
    if let Some((alias, calls)) = calls {
        from.extend(rows_of::side_by_side(cx, &mut scope, alias, &calls));
    }
    scope.from = from;
    group::widen_columns(&mut scope, &s.group_by);
    let mut items = items(cx, &scope, &s.projection, s.select_token.0.span.start);
    let targets = Targets { items: &items };
    let mut keys = group::keys(cx, &scope, &targets, &s.group_by);
    // What subqueries of the select list are compared with decides no rows.
    scope.told.borrow_mut().clear();
    let having = s.having.as_ref().map(|e| condition(cx, &scope, e, Place::Groups)).unwrap_or_default();
    let qualify = s.qualify.as_ref().map(|e| qualify(cx, &scope, e, s)).unwrap_or_default();
    let (distinct, firsts) = distinct(cx, &scope, &targets, s.distinct.as_ref());
    let (order, order_facts) = order_by(cx, &scope, &targets, &order);
    let firsts = first_rows(cx, &scope, &items, (&distinct, firsts), (&order, &order_facts));

    let conditions = || having.iter().chain(&qualify).map(|t| &t.expr);
    let outputs = || items.iter().map(|i| &i.typed.expr).chain(conditions()).chain(order.iter().map(|k| &k.expr));
    let aggregated = keys.written || !having.is_empty() || group::aggregates(outputs());
    let groups = keys.told(cx, &scope, &items);
    let (mut shaped, left_out) = shape::of_block(cx, &scope, &items, (&keys, aggregated), &distinct);
    shaped.firsts = firsts::of_block(cx, &scope, &items, (&distinct, &order), &qualify);
    if aggregated && !keys.failed {
        let mut check = Check::new(cx, &scope, &mut keys);
        outputs().for_each(|e| check.expr(e));
        if let Distinct::On(on) = &distinct {
            on.iter().for_each(|e| check.expr(e));
        }
    }
    let apart = apart::groups(cx, &scope, &keys, &having);
    let proof = proven::of(cx, &scope, &keys, &having, apart);
    let asked = proof.as_ref().map_or_else(|| flow::control(cx, &scope, &having), |p| p.control(cx, &scope, &having));
    let control =
        [groups, left_out, firsts, asked, flow::control(cx, &scope, &qualify)].iter().fold(scope.control.clone(), |all, f| all.join(f));
    keys.widen(&mut items);
    learn(cx, &mut scope, &having, &qualify, &mut items);
    if let Some(proof) = &proof {
        proof.lower(cx, &scope, &mut items);
    }
    let order_facts = Facts { intact: None, ..order_facts };
    let open = scope.relations.iter().any(|r| r.open) && s.projection.iter().any(is_star);
    let mut block = output(cx, &scope, items, &control);
    let select = Select {
        distinct,
        items: std::mem::take(&mut block.items),
        from: std::mem::take(&mut scope.from),
        filter: scope.filter.take(),
        group: keys.into_grouping(aggregated, apart),
        having: conjunction(having),
        qualify: conjunction(qualify),
    };
    Block {
        set: SetExpr::Select(Box::new(select)),
        columns: block.columns,
        control: Facts { intact: None, ..control },
        numbers: block.numbers,
        shaped,
        open,
        unnamed: block.unnamed,
        docs: block.docs,
        order,
        order_facts,
    }
}

/// What `distinct on` tells by the rows it keeps: nothing but which ones, where they are versions of one thing.
fn first_rows(
    cx: &Cx<'_>,
    scope: &Scope<'_>,
    items: &[Item],
    (distinct, firsts): (&Distinct, Facts),
    (order, order_facts): (&[OrderKey], &Facts),
) -> Facts {
    let Distinct::On(keys) = distinct else { return firsts };
    let own = told_by_keys::own(cx, items, keys.iter());
    if flow::picks_versions(cx, scope, &own, keys.iter(), order.iter().map(|k| &k.expr)) {
        firsts.join(&structure(order_facts))
    } else {
        firsts.join(&order_facts.as_control())
    }
}

/// The rows that `where` lets through, and what that tells of them.
fn filter(cx: &Cx<'_>, scope: &mut Scope<'_>, s: &ast::Select) -> Option<Expr> {
    let written = s.selection.as_ref().filter(|e| !srf::refused_in(cx, e, "where"))?;
    let parts = condition(cx, scope, written, Place::Rows("where"));
    let asked = firsts::asked(cx, scope, &parts, &BTreeSet::new());
    scope.control = scope.control.join(&flow::control(cx, scope, &parts)).join(&asked);
    equal::equate(cx, scope, &parts, &BTreeSet::new());
    flow::refine(cx, scope, &parts);
    conjunction(parts)
}

/// What conditions over groups and windows make equal is learnt by the output, which is built already.
fn learn(cx: &Cx<'_>, scope: &mut Scope<'_>, having: &[Typed], qualify: &[Typed], items: &mut [Item]) {
    for conditions in [having, qualify] {
        let raised = equal::equate(cx, scope, conditions, &BTreeSet::new());
        for item in items.iter_mut() {
            let told = equal::reread(scope, &raised, &item.typed.expr);
            item.typed.facts.label = item.typed.facts.label.join(&told);
        }
    }
}

/// Lowers `from`, and sees what functions of the select list add to it.
fn from_and_rows(cx: &Cx<'_>, scope: &mut Scope<'_>, s: &ast::Select, order: &[ast::OrderByExpr]) -> (Vec<FromItem>, Spread) {
    if !srf::holds_rows(cx, s) {
        return (from::from(cx, scope, &s.from), Spread::Nothing);
    }
    let mut all = cx.diagnostics.take();
    let from = from::from(cx, scope, &s.from);
    let spread = srf::plan(cx, scope, s, order);
    // A block that becomes a derived table is lowered anew; what its `from` says is said then.
    let said = cx.diagnostics.take();
    if !matches!(spread, Spread::Around(_)) {
        all.extend(said);
    }
    cx.diagnostics.replace(all);
    (from, spread)
}

struct Output {
    items: Vec<SelectItem>,
    columns: Vec<Column>,
    numbers: Vec<crate::base::Ident>,
    unnamed: Vec<usize>,
    docs: Vec<Option<std::sync::Arc<str>>>,
}

fn output(cx: &Cx<'_>, scope: &Scope<'_>, items: Vec<Item>, control: &Facts) -> Output {
    let documented = items.iter().any(|i| i.doc.is_some());
    let mut out = Output {
        items: Vec::with_capacity(items.len()),
        columns: Vec::with_capacity(items.len()),
        numbers: Vec::new(),
        unnamed: Vec::new(),
        docs: Vec::new(),
    };
    for (i, Item { typed: Typed { expr, facts }, name, named, doc }) in items.into_iter().enumerate() {
        if !named {
            out.unnamed.push(i);
        }
        if documented {
            out.docs.push(doc);
        }
        if flow::is_number(cx, scope, &expr) {
            out.numbers.push(name.clone());
        }
        let chosen = is_chosen(cx, scope, &expr);
        let typed = Typed { expr, facts };
        let kin = kin::of(cx, scope, &typed);
        let Typed { expr, facts } = typed;
        let answered = firsts::answered(cx, scope, &expr);
        let column = Column {
            name: name.clone(),
            ty: expr.ty.clone(),
            nullable: expr.nullable,
            label: facts.label.join(&answered),
            from: facts.from,
            intact: facts.intact,
            chosen,
            kin,
            at: expr.at,
        };
        out.columns.push(through(column, control));
        out.items.push(SelectItem { expr, name });
    }
    out
}

/// The keys, and what they leave on the rows.
fn distinct(cx: &Cx<'_>, scope: &Scope<'_>, targets: &Targets<'_>, distinct: Option<&ast::Distinct>) -> (Distinct, Facts) {
    match distinct {
        None | Some(ast::Distinct::All) => (Distinct::No, Facts::default()),
        Some(ast::Distinct::Distinct) => {
            (Distinct::All, told_by_keys::control(cx, scope, targets.items, targets.items.iter().map(|i| &i.typed)))
        }
        Some(ast::Distinct::On(keys)) => {
            let lowered = keys.iter().filter_map(|e| match targets.by_position(cx, e) {
                Some(found) => found,
                None => Some(key(cx, scope, targets, e)),
            });
            let lowered: Vec<Typed> = lowered.collect();
            let told = told_by_keys::control(cx, scope, targets.items, lowered.iter());
            (Distinct::On(lowered.into_iter().map(|k| k.expr).collect()), told)
        }
    }
}

/// A key that names an output column when it names one, else an expression over the rows.
fn key(cx: &Cx<'_>, scope: &Scope<'_>, targets: &Targets<'_>, e: &ast::Expr) -> Typed {
    match targets.by_output_name(cx, e) {
        Some(Some(typed)) => typed,
        _ => expr::expr(cx, scope, e),
    }
}

/// `qualify` may use output names; no Postgres clause does, so they are put in place here.
fn qualify(cx: &Cx<'_>, scope: &Scope<'_>, e: &ast::Expr, s: &ast::Select) -> Vec<Typed> {
    let mut spelt = e.clone();
    let _ = spelt.visit(&mut ThisBlock::new(|e: &mut ast::Expr| {
        if let ast::Expr::Identifier(name) = e {
            let wanted = ident(name);
            let input = scope.relations.iter().any(|r| r.columns.iter().any(|c| c.name == wanted));
            let output = s.projection.iter().find_map(|p| match p {
                ast::SelectItem::ExprWithAlias { expr, alias } if ident(alias) == wanted => Some(expr),
                _ => None,
            });
            if let (false, Some(output)) = (input, output) {
                *e = ast::Expr::Nested(Box::new(output.clone()));
            }
        }
    }));
    condition(cx, scope, &spelt, Place::Windows)
}

fn is_star(item: &ast::SelectItem) -> bool {
    matches!(item, ast::SelectItem::Wildcard(_) | ast::SelectItem::QualifiedWildcard(..))
}

fn refuse(cx: &Cx<'_>, s: &ast::Select) {
    // Every field is named, so that a construct a newer parser reads cannot slip through unread.
    let ast::Select {
        select_token: _,
        optimizer_hints: _,
        distinct: _,
        select_modifiers,
        top,
        top_before_distinct: _,
        projection: _,
        exclude,
        into,
        from: _,
        lateral_views,
        prewhere,
        selection: _,
        connect_by,
        group_by: _,
        cluster_by,
        distribute_by,
        sort_by,
        having: _,
        named_window: _,
        qualify: _,
        window_before_qualify: _,
        value_table_mode,
        flavor,
    } = s;
    let odd = [
        (into.is_some(), "`select … into`"),
        (top.is_some() || select_modifiers.is_some(), "a modifier after `select`"),
        (exclude.is_some(), "`exclude`"),
        (!lateral_views.is_empty(), "`lateral view`"),
        (prewhere.is_some(), "`prewhere`"),
        (!connect_by.is_empty(), "`connect by`"),
        (!cluster_by.is_empty() || !distribute_by.is_empty() || !sort_by.is_empty(), "`cluster by`, `distribute by` or `sort by`"),
        (value_table_mode.is_some(), "`select as value` or `as struct`"),
        (!matches!(flavor, ast::SelectFlavor::Standard), "`from` before `select`"),
    ];
    for (_, what) in odd.iter().filter(|(is, _)| *is) {
        unsupported(cx, span_of(cx, s), what);
    }
}

/// Puts the definitions of named windows into the calls that name them.
fn with_windows<'s>(cx: &Cx<'_>, s: &'s ast::Select, order: &'s [ast::OrderByExpr]) -> (Cow<'s, ast::Select>, Cow<'s, [ast::OrderByExpr]>) {
    if s.named_window.is_empty() {
        return (Cow::Borrowed(s), Cow::Borrowed(order));
    }
    let mut specs: Vec<(crate::base::Ident, ast::WindowSpec)> = Vec::new();
    for ast::NamedWindowDefinition(name, definition) in &s.named_window {
        let spec = match definition {
            ast::NamedWindowExpr::WindowSpec(spec) => inherit(&specs, spec),
            ast::NamedWindowExpr::NamedWindow(other) => specs.iter().find(|(n, _)| *n == ident(other)).map(|(_, s)| s.clone()),
        };
        match spec {
            Some(spec) => specs.push((ident(name), spec)),
            None => unsupported(cx, cx.span(name.span), "a window that extends one not defined before it"),
        }
    }
    let (mut s, mut order) = (s.clone(), order.to_vec());
    s.named_window.clear();
    // A block's windows are its own: a query inside it has its own names.
    let mut fill = ThisBlock::new(|e: &mut ast::Expr| {
        if let ast::Expr::Function(f) = e {
            let spec = match &f.over {
                Some(ast::WindowType::NamedWindow(name)) => specs.iter().find(|(n, _)| *n == ident(name)).map(|(_, s)| s.clone()),
                Some(ast::WindowType::WindowSpec(spec)) if spec.window_name.is_some() => inherit(&specs, spec),
                _ => None,
            };
            if let Some(spec) = spec {
                f.over = Some(ast::WindowType::WindowSpec(spec));
            }
        }
    });
    let _ = s.visit(&mut fill);
    for key in &mut order {
        let _ = key.visit(&mut fill);
    }
    (Cow::Owned(s), Cow::Owned(order))
}

/// `(w order by x)`: what `w` says, then its own.
fn inherit(specs: &[(crate::base::Ident, ast::WindowSpec)], spec: &ast::WindowSpec) -> Option<ast::WindowSpec> {
    let Some(base) = &spec.window_name else { return Some(spec.clone()) };
    let (_, base) = specs.iter().find(|(n, _)| *n == ident(base))?;
    Some(ast::WindowSpec {
        window_name: None,
        partition_by: base.partition_by.clone(),
        order_by: if spec.order_by.is_empty() { base.order_by.clone() } else { spec.order_by.clone() },
        window_frame: spec.window_frame.clone(),
    })
}
