//! Whether groups are apart: each stored row in one of them. Trailing windows that end a day apart tell of one day by their difference, however many people
//! each of them holds; so do a total and its parts that stand in one table as groups. What a join over a range, a series of days, a computed array or a `union`
//! puts into several groups is what these have in common.
//!
//! So the row of one relation has to decide all that is asked of it: the keys of the groups, and who is counted. It does by its own columns, by keys, and by
//! what equals either. The same is asked of models, `with` entries and derived tables, down to where rows are stored. The elements of a stored array are
//! rows of their own. What cannot be followed may be in any number of groups.

use super::equal::Place;
use super::once::{Rows, Search, outside, sides};
use super::owned::{Entries, Env, collect, plain};
use super::walk::{aggregate_in, same};
use super::whose::root;
use super::{Cx, Scope, Typed, group};
use crate::base::Ident;
use crate::ir::{
    Expr, ExprKind, Query, Relation, RelationSource, RowsOf, Select, SetExpr, SetOperator, TableId, TableKind, find, operands, query_of,
};
use std::collections::BTreeSet;

/// Queries inside each other that are looked into; what is deeper proves nothing.
const MOST_DEEP: u32 = 64;

/// Whether the groups of a block that `having` counts people of are apart. Where it counts nobody, nobody asks.
pub(super) fn groups(cx: &Cx<'_>, scope: &Scope<'_>, keys: &group::Keys, having: &[Typed]) -> bool {
    let mut asked: Vec<&Expr> = Vec::new();
    having.iter().for_each(|condition| counted(&condition.expr, &mut asked));
    if asked.is_empty() {
        return true;
    }
    asked.extend(keys.keys.iter().map(|k| &k.expr));
    let known = cx.ctes.borrow();
    // A total is a group beside its parts; an entry that reads an enclosing block's row is another one for each of these.
    if keys.sets.len() > 1 || known.iter().filter_map(|c| c.query.as_deref()).any(|query| !outside(query).is_empty()) {
        return false;
    }
    let env = Env { entries: Entries::Known(&known), outer: None };
    let rows = Rows::of(cx, &scope.from, scope.filter.as_ref(), &[], &env);
    // One group, whatever is in it.
    if keys.keys.is_empty() && !hangs_on_outside(&rows) {
        return true;
    }
    Search::new(cx).decided(&rows, &asked, MOST_DEEP).is_some()
}

/// Whether the groups of a block in which a column is counted are apart.
pub(super) fn counted_in(cx: &Cx<'_>, select: &Select, counted: &Place) -> bool {
    if select.group.keys.is_empty() {
        return true;
    }
    let known = cx.ctes.borrow();
    let env = Env { entries: Entries::Known(&known), outer: None };
    let rows = Rows::of(cx, &select.from, select.filter.as_ref(), &[], &env);
    let mut columns = Vec::new();
    select.items.iter().for_each(|i| columns_in(&i.expr, counted, &mut columns));
    let asked: Vec<&Expr> = select.group.keys.iter().chain(columns).collect();
    Search::new(cx).decided(&rows, &asked, MOST_DEEP).is_some()
}

/// The tables whose stored rows the rows of a table are: of a join over keys, the one that finds all others.
pub(super) fn stored_rows(cx: &Cx<'_>, id: TableId) -> BTreeSet<TableId> {
    Search::new(cx).stored(id, MOST_DEEP)
}

/// Where a column stands in an expression.
fn columns_in<'e>(e: &'e Expr, wanted: &Place, found: &mut Vec<&'e Expr>) {
    if plain(e).as_ref() == Some(wanted) {
        found.push(e);
        return;
    }
    operands(e, &mut |child| columns_in(child, wanted, found));
}

/// What an expression counts: the arguments of `count(distinct …)`.
fn counted<'e>(e: &'e Expr, found: &mut Vec<&'e Expr>) {
    if let ExprKind::Aggregate(call) = &e.kind {
        found.extend(call.args.iter().filter(|_| call.distinct));
    }
    operands(e, &mut |child| counted(child, found));
}

/// What one row of a relation, with those whose element it is, decides of its block.
struct Base<'s> {
    known: BTreeSet<Ident>,
    there: BTreeSet<Ident>,
    /// The relation whose stored row it is, or is an element of.
    root: &'s Relation,
}

impl Search<'_> {
    /// The tables of whose rows each decides all that is asked; `None`: of none that is known.
    fn decided(&self, rows: &Rows<'_>, asked: &[&Expr], deep: u32) -> Option<BTreeSet<TableId>> {
        if rows.block.relations.is_empty() {
            return Some(BTreeSet::new());
        }
        let decides = |relation: &&Relation| {
            let base = self.base(rows, relation)?;
            let told = asked.iter().all(|e| self.is_decided(rows, &base, e)) && self.asks_outside(rows, &base);
            let conditions = rows.conditions.iter().map(|c| c.e);
            let columns = columns_of(base.root, asked.iter().copied().chain(conditions).chain(arrays(rows)));
            self.behind(rows, base.root, &columns, told.then_some(deep)?)
        };
        let found: Vec<BTreeSet<TableId>> = rows.block.relations.iter().copied().filter_map(|r| decides(&r)).collect();
        (!found.is_empty()).then(|| found.into_iter().flatten().collect())
    }

    fn base<'b>(&self, rows: &Rows<'b>, relation: &'b Relation) -> Option<Base<'b>> {
        self.spend()?;
        let mut start = BTreeSet::from([relation.alias.clone()]);
        let mut root = relation;
        while let Some(array) = array_of(root) {
            root = self.holds_array(rows, array?)?;
            if !start.insert(root.alias.clone()) {
                return None;
            }
        }
        Some(Base { known: self.found_by(rows, start.clone()), there: rows.there(self.cx, start), root })
    }

    /// The relation whose stored array an expression is, or one inside of it.
    fn holds_array<'b>(&self, rows: &Rows<'b>, array: &Expr) -> Option<&'b Relation> {
        let (alias, name) = match &array.kind {
            ExprKind::Json(path) => plain(&path.base)?,
            _ => plain(array)?,
        };
        let relation = rows.block.relation(&alias)?;
        let stored = match &relation.source {
            RelationSource::Table(id) => {
                let at = u32::try_from(rows.block.position(self.cx, relation, &name)?).ok()?;
                let (table, _) = root(self.cx, (*id, at));
                !matches!(self.cx.finished(table)?.table.kind, TableKind::Model(_))
            }
            RelationSource::Unnest { .. } | RelationSource::Function { .. } => true,
            RelationSource::Derived(_) | RelationSource::Cte(_) | RelationSource::Zip { .. } => false,
        };
        stored.then_some(relation)
    }

    /// Whether an expression has one value for each row of the base.
    fn is_decided(&self, rows: &Rows<'_>, base: &Base<'_>, e: &Expr) -> bool {
        if reads_outside(rows, e) {
            return false;
        }
        let computed = |e: &Expr| query_of(e).is_some() || matches!(e.kind, ExprKind::Window(_));
        let mut columns = Vec::new();
        collect(e, &mut columns);
        let told = |place: &Place| base.known.contains(&place.0) || rows.is_told(self.cx, place, &base.known, &base.there);
        // A row of the block is a row of the base: whatever is computed of it is decided.
        base.known.len() == rows.block.relations.len() || (find(e, &computed).is_none() && columns.iter().all(told))
    }

    /// Whether a row of the base is there for one row of an enclosing block only, as far as what is asked of that goes: by what equals it.
    fn asks_outside(&self, rows: &Rows<'_>, base: &Base<'_>) -> bool {
        let outer = |e: &Expr| {
            let mut columns = Vec::new();
            collect(e, &mut columns);
            query_of(e).is_none() && columns.iter().all(|(alias, _)| !rows.is_here(alias))
        };
        let equals = |e: &Expr| {
            let own = |e: &Expr| plain(e).is_some() && self.is_decided(rows, base, e);
            sides(self.cx, e).is_some_and(|(a, b)| (own(a) && outer(b)) || (own(b) && outer(a)))
        };
        !reads_laterally(rows) && rows.conditions.iter().all(|c| !reads_outside(rows, c.e) || equals(c.e))
    }

    /// The tables of whose rows each is behind one row of a relation, as far as these columns of it tell.
    fn behind(&self, rows: &Rows<'_>, relation: &Relation, columns: &BTreeSet<Ident>, deep: u32) -> Option<BTreeSet<TableId>> {
        let at: Option<Vec<usize>> = columns.iter().map(|name| rows.block.position(self.cx, relation, name)).collect();
        match &relation.source {
            RelationSource::Table(id) => match &self.cx.finished(*id)?.table.kind {
                TableKind::Model(model) => self.behind_query(&model.query, None, &at?, deep),
                _ => Some(BTreeSet::from([*id])),
            },
            RelationSource::Derived(query) if outside(query).is_empty() => self.behind_query(query, Some(rows.block.env), &at?, deep),
            RelationSource::Cte(entry) => {
                let (query, env) = rows.block.env.find(entry)?;
                self.behind_query(query, Some(&env), &at?, deep)
            }
            _ => None,
        }
    }

    fn behind_query(&self, query: &Query, outer: Option<&Env<'_>>, at: &[usize], deep: u32) -> Option<BTreeSet<TableId>> {
        self.spend()?;
        let env = Env { entries: Entries::With(&query.with), outer };
        self.behind_body(&query.body, &env, at, deep.checked_sub(1)?)
    }

    fn behind_body(&self, body: &SetExpr, env: &Env<'_>, at: &[usize], deep: u32) -> Option<BTreeSet<TableId>> {
        match body {
            SetExpr::Select(select) => self.behind_select(select, env, at, deep),
            SetExpr::Query(inner) => self.behind_query(inner, Some(env), at, deep),
            SetExpr::Values(_) => Some(BTreeSet::new()),
            SetExpr::Set { operator: SetOperator::Union, left, right, .. } => {
                let (left, right) = (self.behind_body(left, env, at, deep)?, self.behind_body(right, env, at, deep)?);
                left.is_disjoint(&right).then(|| left.union(&right).copied().collect())
            }
            SetExpr::Set { left, .. } => self.behind_body(left, env, at, deep),
        }
    }

    fn behind_select(&self, select: &Select, env: &Env<'_>, at: &[usize], deep: u32) -> Option<BTreeSet<TableId>> {
        if !select.group.sets.is_empty() {
            return None;
        }
        let items: Option<Vec<&Expr>> = at.iter().map(|at| select.items.get(*at).map(|i| &i.expr)).collect();
        let (aggregates, mut asked): (Vec<&Expr>, Vec<&Expr>) = items?
            .into_iter()
            .partition(|e| select.group.aggregated && !select.group.keys.iter().any(|k| same(k, e)) && aggregate_in(e).is_some());
        if !aggregates.is_empty() {
            asked.extend(&select.group.keys);
        }
        let rows = Rows::of(self.cx, &select.from, select.filter.as_ref(), &[], env);
        self.decided(&rows, &asked, deep)
    }

    /// As [`stored_rows`]; where no relation finds all others, those of each.
    fn stored(&self, id: TableId, deep: u32) -> BTreeSet<TableId> {
        match self.cx.finished(id).map(|f| &f.table.kind) {
            Some(TableKind::Model(model)) => {
                self.rows_of(&model.query.body, &Env { entries: Entries::With(&model.query.with), outer: None }, deep)
            }
            _ => BTreeSet::from([id]),
        }
    }

    fn rows_of(&self, body: &SetExpr, env: &Env<'_>, deep: u32) -> BTreeSet<TableId> {
        let Some(deep) = deep.checked_sub(1).filter(|_| self.spend().is_some()) else { return BTreeSet::new() };
        let in_query =
            |query: &Query, outer: Option<&Env<'_>>| self.rows_of(&query.body, &Env { entries: Entries::With(&query.with), outer }, deep);
        match body {
            SetExpr::Values(_) => BTreeSet::new(),
            SetExpr::Query(inner) => in_query(inner, Some(env)),
            SetExpr::Set { left, right, .. } => self.rows_of(left, env, deep).union(&self.rows_of(right, env, deep)).copied().collect(),
            SetExpr::Select(select) => {
                let rows = Rows::of(self.cx, &select.from, select.filter.as_ref(), &[], env);
                let all = &rows.block.relations;
                let finds = |r: &&&Relation| self.base(&rows, r).is_some_and(|base| base.known.len() == all.len());
                let bases: Vec<&Relation> = all.iter().filter(finds).copied().collect();
                let of = if bases.is_empty() { all } else { &bases };
                let one = |r: &&Relation| match &r.source {
                    RelationSource::Table(id) => self.stored(*id, deep),
                    RelationSource::Derived(query) => in_query(query, Some(env)),
                    RelationSource::Cte(entry) => env.find(entry).map_or_else(BTreeSet::new, |(query, env)| in_query(query, Some(&env))),
                    _ => BTreeSet::new(),
                };
                of.iter().flat_map(one).collect()
            }
        }
    }
}

/// Of a relation of elements: the array; `None` inside: it is none that is stored.
fn array_of(relation: &Relation) -> Option<Option<&Expr>> {
    match &relation.source {
        RelationSource::Unnest { expr, .. } => Some(Some(expr)),
        // What takes one argument splits it; a series from one number to another counts up.
        RelationSource::Function { args, .. } => Some(args.first().filter(|_| args.len() == 1)),
        RelationSource::Zip { .. } => Some(None),
        RelationSource::Table(_) | RelationSource::Cte(_) | RelationSource::Derived(_) => None,
    }
}

/// What the relations of a block are computed from.
fn arrays<'b>(rows: &Rows<'b>) -> Vec<&'b Expr> {
    rows.block.relations.iter().copied().flat_map(parts).collect()
}

fn parts(relation: &Relation) -> Vec<&Expr> {
    match &relation.source {
        RelationSource::Unnest { expr, .. } => vec![expr],
        RelationSource::Function { args, .. } => args.iter().collect(),
        RelationSource::Zip { rows, .. } => rows.iter().flat_map(RowsOf::parts).collect(),
        RelationSource::Table(_) | RelationSource::Cte(_) | RelationSource::Derived(_) => Vec::new(),
    }
}

fn columns_of<'e>(relation: &Relation, all: impl Iterator<Item = &'e Expr>) -> BTreeSet<Ident> {
    let mut columns = Vec::new();
    all.for_each(|e| collect(e, &mut columns));
    columns.into_iter().filter(|(alias, _)| *alias == relation.alias).map(|(_, name)| name).collect()
}

/// Whether the rows of a block are others for each row of an enclosing one.
fn hangs_on_outside(rows: &Rows<'_>) -> bool {
    reads_laterally(rows) || rows.conditions.iter().any(|c| reads_outside(rows, c.e))
}

/// Whether a relation of a block is made from an enclosing one's row.
fn reads_laterally(rows: &Rows<'_>) -> bool {
    rows.block.relations.iter().any(|r| match &r.source {
        RelationSource::Derived(query) => outside(query).iter().any(|alias| !rows.is_here(alias)),
        _ => parts(r).into_iter().any(|e| reads_outside(rows, e)),
    })
}

/// Whether an expression reads columns of an enclosing block.
fn reads_outside(rows: &Rows<'_>, e: &Expr) -> bool {
    let here = match &e.kind {
        ExprKind::Column { relation, .. } => rows.is_here(relation),
        _ => query_of(e).is_none_or(|query| outside(query).iter().all(|alias| rows.is_here(alias))),
    };
    let mut any = !here;
    operands(e, &mut |child| any = any || reads_outside(rows, child));
    any
}
