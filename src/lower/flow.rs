//! How conditions act on rows: rule 3 (an equality tells each side what the other tells), rule 6 (control, and which control is structural),
//! and what a condition that held says about NULL.

use super::chosen::{self, is_plain, names_a_thing};
use super::kin::{are_alike, is_own};
use super::numbered::keys_of;
use super::walk::{column, same};
use super::{Cx, Facts, Scope, ScopeRelation, Typed, bearer, owned};
use crate::base::Ident;
use crate::ir::{
    Column, Edge, Expr, ExprKind, Form, JsonStep, Kin, Label, Level, Literal, Origin, Origins, Query, TableId, Type, query_of,
};

/// Facts of a column in scope.
pub(super) fn column_facts(c: &Column) -> Facts {
    Facts { label: c.label.clone(), from: c.from.clone(), intact: c.intact }
}

/// The part of a label that tells of conditions.
pub(super) fn control_part(label: &Label) -> Label {
    label.map_values(|_, _| Level::of(Form::Public))
}

/// What a finished table's rows have been through, as a reader of the table sees it.
pub(super) fn table_control(control: &Facts, table: TableId) -> Facts {
    Facts { label: control_part(&control.label), from: Origins::one(Origin::rows(table)), intact: None }
}

/// The relation and column an expression names, in this block or an enclosing one.
pub(super) fn find<'s>(scope: &'s Scope<'_>, relation: &Ident, name: &Ident) -> Option<(&'s ScopeRelation, &'s Column)> {
    let mut next = Some(scope);
    while let Some(scope) = next {
        if let Some(r) = scope.relations.iter().find(|r| r.alias == *relation) {
            return r.columns.iter().find(|c| c.name == *name).map(|c| (r, c));
        }
        next = scope.outer;
    }
    None
}

/// The table of which a column is, unchanged, a column of the declared key, with that column's position there.
fn key_root(cx: &Cx<'_>, intact: Option<Origin>) -> Option<(TableId, u32)> {
    let mut origin = intact?;
    // Each step goes to a table finished before; the bound only guards against a broken program.
    for _ in 0..10_000 {
        // The greatest of several keys is one of them, and which one tells how they sort.
        if origin.edge != Edge::Value {
            return None;
        }
        let table = &cx.finished(origin.table)?.table;
        if keys_of(table).any(|key| key.columns.contains(&origin.column)) {
            return Some((origin.table, origin.column));
        }
        origin = table.columns.get(origin.column as usize)?.intact?;
    }
    None
}

/// A declared key that its model computes from what names things alone, like the surrogate keys of a star schema (`row_number() over (order by id)`,
/// `md5(id)`): to join by it is to join by the thing.
fn made_key(cx: &Cx<'_>, relation: &ScopeRelation, c: &Column) -> Option<(TableId, u32)> {
    let id = relation.table?;
    let table = &cx.finished(id)?.table;
    let position = table.columns.iter().position(|own| own.name == c.name).and_then(|p| u32::try_from(p).ok())?;
    let things = !c.label.values().is_empty() && c.label.controls().is_empty() && names_a_thing(cx, &c.label);
    (things && table.key.contains(&position)).then_some((id, position))
}

/// Both sides of `a = b`.
pub(super) fn equality<'e>(cx: &Cx<'_>, e: &'e Expr) -> Option<(&'e Expr, &'e Expr)> {
    match &e.kind {
        ExprKind::Operator { function, args } => match args.as_slice() {
            [a, b] if cx.program.function(*function).is_some_and(|f| &*f.name == "=") => Some((a, b)),
            _ => None,
        },
        ExprKind::IsDistinct(a, b, true) => Some((a, b)),
        ExprKind::InList(a, list, false) => match list.as_slice() {
            [b] => Some((a, b)),
            _ => None,
        },
        _ => None,
    }
}

/// Whether an expression numbers the rows of each group.
pub(super) fn is_number(cx: &Cx<'_>, scope: &Scope<'_>, e: &Expr) -> bool {
    match &e.kind {
        ExprKind::Window(w) => {
            let things = w.partition.iter().all(|p| is_own(cx, scope, p) && names_a_thing(cx, &chosen::label(cx, scope, p)));
            things
                && picks_versions(cx, scope, &[], w.partition.iter(), w.order.iter().map(|k| &k.expr))
                && w.call.filter.is_none()
                && cx.program.function(w.call.function).is_some_and(|f| &*f.name == "row_number")
        }
        ExprKind::Column { relation, name } => find(scope, relation, name).is_some_and(|(r, _)| r.numbers.contains(name)),
        _ => false,
    }
}

/// Whether the first row of each key is a version of a thing: one key at least names a thing, and rows are ordered by time, by ids or by what
/// tells nothing. `own` is what the model itself declares as its key. The first row of a region, the eldest patient of a provider, or a patient's first by name, says
/// how values of others compare.
pub(super) fn picks_versions<'e>(
    cx: &Cx<'_>,
    scope: &Scope<'_>,
    own: &[&Expr],
    keys: impl Iterator<Item = &'e Expr>,
    mut order: impl Iterator<Item = &'e Expr>,
) -> bool {
    let keys: Vec<&Expr> = keys.collect();
    let own = |e: &Expr| own.iter().any(|own| same(own, e));
    let thing = |e: &Expr| {
        let label = chosen::label(cx, scope, e);
        let names = if label.values().is_empty() { Keys::is_alone(cx, scope, e) } else { names_a_thing(cx, &label) };
        (own(e) && is_plain(cx, scope, e)) || (names && is_own(cx, scope, e))
    };
    let version = |e: &Expr| {
        let time = matches!(e.ty, Type::Date | Type::Timestamp | Type::Timestamptz);
        let tells = time || names_a_thing(cx, &chosen::label(cx, scope, e));
        (own(e) && is_plain(cx, scope, e)) || (tells && is_own(cx, scope, e))
    };
    let things: Vec<&Expr> = keys.iter().filter(|k| thing(k)).copied().collect();
    let tells = |e: &Expr| !chosen::label(cx, scope, e).values().is_empty();
    let bears = |key: &Expr, o: &Expr| own(key) || bearer::orders(cx, scope, key, o);
    let names_row = |key: &Expr, o: &Expr| owned::orders(cx, &scope.from, scope.filter.as_ref(), key, o);
    let own_row = |o: &Expr| own(o) || things.iter().any(|key| names_row(key, o) && bears(key, o));
    // Rows of one group are alike in what groups them.
    !things.is_empty() && order.all(|o| keys.iter().any(|k| same(k, o)) || (version(o) && (!tells(o) || own_row(o))))
}

/// Columns equated by conditions that name a declared key column: (alias, table of the key, key column).
struct Keys(Vec<(Ident, TableId, u32)>);

impl Keys {
    fn of(cx: &Cx<'_>, scope: &Scope<'_>, conditions: &[Typed]) -> Keys {
        let sides = conditions.iter().filter_map(|c| equality(cx, &c.expr)).flat_map(|(a, b)| [a, b]);
        Keys(sides.filter_map(|side| Keys::key(cx, scope, side)).collect())
    }

    fn key(cx: &Cx<'_>, scope: &Scope<'_>, side: &Expr) -> Option<(Ident, TableId, u32)> {
        let (relation, name) = column(side)?;
        let (r, c) = find(scope, relation, name)?;
        // Of a key that a condition filled in, or did not, a row's partner tells which.
        let (table, position) = key_root(cx, c.intact).or_else(|| made_key(cx, r, c)).filter(|_| !c.chosen && c.kin != Kin::Mixed)?;
        Some((relation.clone(), table, position))
    }

    /// Whether a column is, unchanged, all of a declared key.
    fn is_alone(cx: &Cx<'_>, scope: &Scope<'_>, side: &Expr) -> bool {
        let Some((_, table, position)) = Keys::key(cx, scope, side) else { return false };
        cx.finished(table).is_some_and(|f| keys_of(&f.table).any(|key| *key.columns == [position]))
    }

    /// Whether `key = other` joins on a whole declared key of the other side's kind.
    fn joins(&self, cx: &Cx<'_>, scope: &Scope<'_>, key: &Expr, other: &Expr) -> bool {
        let named = |e| column(e).and_then(|(r, n)| find(scope, r, n)).map(|(_, c)| c);
        let (Some(k), Some(o)) = (named(key), named(other)) else { return false };
        self.covers(cx, scope, key, names_a_thing(cx, &k.label.value_part())) && of_one_kind(cx, k, o)
    }

    /// Whether this side's key is equated as a whole. Of what names no thing (a list of names, a calendar) a key is a dictionary: who is found in
    /// it is told by who is left.
    fn covers(&self, cx: &Cx<'_>, scope: &Scope<'_>, side: &Expr, thing: bool) -> bool {
        let Some((alias, table, position)) = Keys::key(cx, scope, side) else { return false };
        let Some(finished) = cx.finished(table) else { return false };
        let equated = |k: &u32| self.0.iter().any(|(a, t, c)| *a == alias && *t == table && c == k);
        keys_of(&finished.table).any(|key| (thing || key.named) && key.columns.contains(&position) && key.columns.iter().all(equated))
    }
}

/// What conditions that must hold leave on the rows they let through; structural ones tell nothing, and are lineage all the same.
pub(super) fn control(cx: &Cx<'_>, scope: &Scope<'_>, conditions: &[Typed]) -> Facts {
    if conditions.iter().all(|c| c.facts.label.is_public() && c.facts.from.iter().next().is_none()) {
        return Facts::default();
    }
    let keys = Keys::of(cx, scope, conditions);
    let mut all = Facts::default();
    for condition in conditions {
        let left = match &condition.expr.kind {
            ExprKind::Literal(_) => continue,
            // Whether a column is there is structure; `nullif(name, 'Smith') is null` is a comparison in disguise.
            ExprKind::IsNull(operand, _) if is_plain(cx, scope, operand) => structure(&condition.facts),
            ExprKind::Operator { .. } | ExprKind::IsDistinct(..) | ExprKind::InList(..) => match equality(cx, &condition.expr) {
                Some((a, b)) if latest(cx, scope, a, b) || latest(cx, scope, b, a) => structure(&condition.facts),
                Some((a, b)) if keys.joins(cx, scope, a, b) || keys.joins(cx, scope, b, a) => structure(&condition.facts),
                _ => condition.facts.as_control(),
            },
            ExprKind::InQuery(operand, query, _) if key_in_query(cx, scope, operand, query) => {
                query_control(query).join(&structure(&condition.facts))
            }
            _ => condition.facts.as_control(),
        };
        all = all.join(&left);
    }
    all
}

/// Whether a left join finds one row at most for each row of its left side: it equates the whole declared key of the one table on its right with
/// what the left side holds. It then drops no row and doubles none, whatever else its condition asks.
pub(super) fn finds_one(cx: &Cx<'_>, right: &[ScopeRelation], conditions: &[Typed]) -> bool {
    let [right] = right else { return false };
    let Some(table) = right.table.and_then(|t| cx.finished(t)).map(|f| &f.table) else { return false };
    let own = |e: &Expr| matches!(&e.kind, ExprKind::Column { relation, .. } if *relation == right.alias);
    let elsewhere = |e: &Expr| crate::ir::every(e, &|e| !own(e) && query_of(e).is_none());
    let is = |e: &Expr, key: &Ident| matches!(&e.kind, ExprKind::Column { name, .. } if name == key) && own(e);
    let equated = |key: &Ident| {
        conditions.iter().any(|c| match (&c.expr.kind, equality(cx, &c.expr)) {
            (ExprKind::Operator { .. }, Some((a, b))) => is(a, key) && elsewhere(b) || is(b, key) && elsewhere(a),
            _ => false,
        })
    };
    let mut key = table.key.iter().map(|k| table.columns.get(*k as usize).map(|c| &c.name));
    !table.key.is_empty() && key.all(|name| name.is_some_and(equated))
}

/// What a left join's condition tells where it drops no row and doubles none: it shows on the columns that it fills in, or leaves empty. They are
/// chosen by it, so that asking whether they are there asks what it asks.
pub(super) fn filled_in(relation: &mut ScopeRelation, control: &Facts) {
    for c in &mut relation.columns {
        c.label = c.label.join(&control.label);
        c.from = c.from.union(&control.from.as_control());
        c.chosen = true;
    }
}

/// A condition that tells nothing but how the data is built: its columns decide which rows there are, and that is all.
pub(super) fn structure(facts: &Facts) -> Facts {
    Facts { label: Label::PUBLIC, from: facts.from.as_control(), intact: None }
}

/// `rn = 1`
pub(super) fn latest(cx: &Cx<'_>, scope: &Scope<'_>, number: &Expr, one: &Expr) -> bool {
    matches!(&one.kind, ExprKind::Literal(Literal::Number(n)) if &**n == "1") && is_number(cx, scope, number)
}

/// Whether columns are, unchanged, the whole declared key of one table, and name a thing.
fn whole_key(cx: &Cx<'_>, columns: &[&Column]) -> bool {
    let roots: Vec<(TableId, u32)> =
        columns.iter().filter(|c| !c.chosen && c.kin != Kin::Mixed).filter_map(|c| key_root(cx, c.intact)).collect();
    let Some((table, position)) = roots.first() else { return false };
    let Some(finished) = cx.finished(*table) else { return false };
    let things = columns.iter().all(|c| names_a_thing(cx, &c.label.value_part()));
    let whole = |key: &[u32]| key.contains(position) && key.iter().all(|k| roots.contains(&(*table, *k)));
    roots.len() == columns.len() && keys_of(&finished.table).any(|key| (things || key.named) && whole(&key.columns))
}

/// `id in (select …)`, `(a, b) in (select …)` where either side is a declared key of the other side's kind.
fn key_in_query(cx: &Cx<'_>, scope: &Scope<'_>, operand: &Expr, query: &Query) -> bool {
    let operands = if let ExprKind::Row(items) = &operand.kind { items.as_slice() } else { std::slice::from_ref(operand) };
    let asked: Vec<&Column> = operands.iter().filter_map(|e| column(e).and_then(|(r, n)| find(scope, r, n))).map(|(_, c)| c).collect();
    let listed: Vec<&Column> = query.columns.iter().collect();
    if asked.len() != operands.len() || asked.len() != listed.len() {
        return false;
    }
    let joins = |keys: &[&Column], others: &[&Column]| whole_key(cx, keys) && keys.iter().zip(others).all(|(k, o)| of_one_kind(cx, k, o));
    joins(&listed, &asked) || joins(&asked, &listed)
}

/// Whether a key and a stored column are of one kind: the key tells something the other side tells. A public list of names joined to a
/// patient's name, or a list of constants, chooses rows by the name and is no structure; neither is `case when name = 'Smith' then id end`,
/// nor `id || left(name, 1)`.
fn of_one_kind(cx: &Cx<'_>, key: &Column, other: &Column) -> bool {
    let told = |category| key.label.values().iter().any(|(c, _)| *c == category);
    let shared = other.label.values().iter().any(|(c, _)| told(*c));
    let alike = match (other.label.values(), key.label.values()) {
        ([], []) => true,
        // What is computed tells of things alone.
        _ => shared && (other.intact.is_some() || other.label.values().iter().all(|(c, _)| told(*c) || cx.keyed.contains(c))),
    };
    let comparable = key.label.values().is_empty() || are_alike(key, other);
    !other.chosen && comparable && other.from.iter().any(|o| o.edge == Edge::Value) && alike
}

/// Whether an array is stored as it is: then how long it is is structure. A key that is itself a stored public value is as good as a constant.
pub(super) fn is_stored(cx: &Cx<'_>, scope: &Scope<'_>, e: &Expr) -> bool {
    let public = |key: &Expr| column(key).and_then(|(r, n)| find(scope, r, n)).is_some_and(|(_, c)| c.label.is_public());
    match &e.kind {
        ExprKind::Json(access) => {
            is_plain(cx, scope, &access.base)
                && access.steps.iter().all(|s| match s {
                    JsonStep::Field(_) | JsonStep::Index(_) => true,
                    JsonStep::Computed(key) => public(key),
                    JsonStep::Pick { .. } => false,
                })
        }
        _ => is_plain(cx, scope, e),
    }
}

fn query_control(query: &Query) -> Facts {
    let mut all = Facts::default();
    for c in &query.columns {
        all = all.join(&Facts { label: control_part(&c.label), from: Origins::NONE, intact: None });
    }
    all
}

/// Columns a condition that held proves present.
pub(super) fn refine(cx: &Cx<'_>, scope: &mut Scope<'_>, conditions: &[Typed]) {
    for condition in conditions {
        let operands: Vec<&Expr> = match &condition.expr.kind {
            ExprKind::IsNull(a, true) | ExprKind::InList(a, _, false) | ExprKind::InQuery(a, _, false) => vec![a],
            ExprKind::Operator { function, args } => match cx.program.function(*function) {
                Some(f) if matches!(&*f.name, "=" | "<" | ">" | "<=" | ">=" | "<>" | "!=") => args.iter().collect(),
                _ => continue,
            },
            ExprKind::Between(a, b, c, false) => vec![a, b, c],
            ExprKind::Like(a, b, _, _) => vec![a, b],
            _ => continue,
        };
        for operand in operands {
            if let Some(c) = column(operand).and_then(|(r, n)| find_mut(scope, r, n)) {
                c.nullable = false;
            }
        }
    }
}

fn find_mut<'s>(scope: &'s mut Scope<'_>, relation: &Ident, name: &Ident) -> Option<&'s mut Column> {
    let relation = scope.relations.iter_mut().find(|r| r.alias == *relation)?;
    relation.columns.iter_mut().find(|c| c.name == *name)
}

/// A column as the rows' history leaves it. Where that comes from is kept once for all columns, beside them.
pub(super) fn through(mut c: Column, control: &Facts) -> Column {
    c.label = c.label.join(&control.label);
    c
}
