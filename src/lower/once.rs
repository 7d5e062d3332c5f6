//! Whether a block holds each stored row at most once. A mean over eleven patients is one patient's cost where his row stands there a million times: rows
//! that a join, a `union all` or a function of rows repeats are weights, and the weights can be chosen so that the sum spells out every value of its own.
//! So the row of the value has to decide the rest: each other relation is found by a key of its own that equals something of the rows known so far, or by
//! a key of the group. The same is asked of models, `with` entries and derived tables, down to where the value is stored. What cannot be followed may be
//! there any number of times.

use super::Cx;
use super::equal::Place;
use super::numbered::keys_of;
use super::owned::{Block, Entries, Env, collect, plain};
use super::walk::{in_query, same};
use super::whose::root;
use crate::base::Ident;
use crate::ir::{
    AssertionKind, Distinct, Expr, ExprKind, FromItem, JoinKind, Literal, Materialization, Query, Relation, RelationSource, RowsOf, Select,
    SetExpr, Table, TableId, TableKind, conjuncts, find, query_of,
};
use std::cell::Cell;
use std::collections::BTreeSet;

/// Blocks looked into before giving up, which proves nothing.
const MOST: u32 = 10_000;

/// Whether each stored row behind a column of a block is at most once in each group of its rows. `groups` are the columns that are the same in all
/// rows of a group.
pub(super) fn once(cx: &Cx<'_>, from: &[FromItem], filter: Option<&Expr>, groups: &[Place], value: &Place) -> bool {
    let known = cx.ctes.borrow();
    let env = Env { entries: Entries::Known(&known), outer: None };
    let search = Search::new(cx);
    let rows = Rows::of(cx, from, filter, groups, &env);
    let found = search.found(&rows, &value.0);
    rows.block.relations.iter().all(|r| found.contains(&r.alias)) && search.inside(&rows, value)
}

/// The relations of a block of which a row of one finds one row at most, by what it holds, and its columns that equal something.
pub(super) fn finds(cx: &Cx<'_>, block: &Block<'_>, base: &Ident) -> (BTreeSet<Ident>, BTreeSet<Ident>) {
    let search = Search::new(cx);
    let rows = Rows { by_rows: true, ..Rows::of(cx, block.from, block.filter, &[], block.env) };
    let equal = rows.conditions.iter().filter_map(|c| sides(cx, c.e));
    let columns = equal.flat_map(|(a, b)| {
        let mut all = Vec::new();
        collect(a, &mut all);
        collect(b, &mut all);
        all
    });
    let own = columns.filter(|(alias, _)| alias == base).map(|(_, name)| name).collect();
    (search.found(&rows, base), own)
}

/// A condition that holds of the rows of a join, or of all rows of its block.
pub(super) struct Condition<'b> {
    pub(super) e: &'b Expr,
    kind: JoinKind,
    left: BTreeSet<&'b Ident>,
    right: BTreeSet<&'b Ident>,
}

impl Condition<'_> {
    /// Whether it holds of every row in which these relations are there, and the wanted one is: an outer join keeps rows of one side whatever it says of
    /// them, unless one of the other is there.
    fn finds(&self, wanted: &Ident, there: &BTreeSet<Ident>) -> bool {
        let left = || self.left.contains(wanted);
        let right = || self.right.contains(wanted);
        match self.kind {
            JoinKind::Inner | JoinKind::Cross => true,
            JoinKind::Left => right() || any(&self.right, there),
            JoinKind::Right => left() || any(&self.left, there),
            JoinKind::Full => (left() && any(&self.right, there)) || (right() && any(&self.left, there)),
        }
    }

    /// Whether it holds of every row in which these relations are there.
    fn holds(&self, there: &BTreeSet<Ident>) -> bool {
        let of_block = self.left.is_empty() && self.right.is_empty();
        match self.kind {
            JoinKind::Inner | JoinKind::Cross => of_block || any(&self.left, there) || any(&self.right, there),
            JoinKind::Left => any(&self.right, there),
            JoinKind::Right => any(&self.left, there),
            JoinKind::Full => any(&self.left, there) && any(&self.right, there),
        }
    }
}

fn any(side: &BTreeSet<&Ident>, there: &BTreeSet<Ident>) -> bool {
    side.iter().any(|alias| there.contains(*alias))
}

/// What a block reads, and what its conditions say.
pub(super) struct Rows<'b> {
    pub(super) block: Block<'b>,
    pub(super) conditions: Vec<Condition<'b>>,
    groups: &'b [Place],
    /// Whether constants find nothing: only what other rows hold does.
    by_rows: bool,
}

impl<'b> Rows<'b> {
    pub(super) fn of(cx: &Cx<'_>, from: &'b [FromItem], filter: Option<&'b Expr>, groups: &'b [Place], env: &'b Env<'b>) -> Rows<'b> {
        let mut rows = Rows { block: Block::of(cx, from, filter, env), conditions: Vec::new(), groups, by_rows: false };
        from.iter().for_each(|item| {
            rows.join(item);
        });
        rows.hold(filter, JoinKind::Inner, &BTreeSet::new(), &BTreeSet::new());
        rows
    }

    fn join(&mut self, item: &'b FromItem) -> BTreeSet<&'b Ident> {
        match item {
            FromItem::Relation(relation) => BTreeSet::from([&relation.alias]),
            FromItem::Join { kind, left, right, on } => {
                let (left, right) = (self.join(left), self.join(right));
                self.hold(on.as_ref(), *kind, &left, &right);
                left.union(&right).copied().collect()
            }
        }
    }

    fn hold(&mut self, e: Option<&'b Expr>, kind: JoinKind, left: &BTreeSet<&'b Ident>, right: &BTreeSet<&'b Ident>) {
        let all = e.into_iter().flat_map(conjuncts);
        self.conditions.extend(all.map(|e| Condition { e, kind, left: left.clone(), right: right.clone() }));
    }

    pub(super) fn is_here(&self, alias: &Ident) -> bool {
        self.block.relations.iter().any(|r| r.alias == *alias)
    }

    /// Whether an expression has one value wherever these relations' rows are the same. Columns of enclosing blocks do not change.
    fn is_fixed(&self, e: &Expr, known: &BTreeSet<Ident>) -> bool {
        let others =
            |e: &Expr| query_of(e).is_some() || matches!(e.kind, ExprKind::Aggregate(_) | ExprKind::Window(_) | ExprKind::Grouping(_));
        let mut columns = Vec::new();
        collect(e, &mut columns);
        let fixed = |(alias, _): &Place| known.contains(alias) || (!self.by_rows && !self.is_here(alias));
        find(e, &others).is_none() && columns.iter().all(fixed) && !(self.by_rows && columns.is_empty())
    }

    /// Whether a column has one value wherever the known relations' rows are the same.
    pub(super) fn is_told(&self, cx: &Cx<'_>, place: &Place, known: &BTreeSet<Ident>, there: &BTreeSet<Ident>) -> bool {
        let told = |c: &Condition<'_>| {
            let Some((a, b)) = sides(cx, c.e) else { return false };
            let by = |own: &Expr, other: &Expr| plain(own).as_ref() == Some(place) && self.is_fixed(other, known);
            c.finds(&place.0, there) && (by(a, b) || by(b, a))
        };
        self.groups.contains(place) || self.conditions.iter().any(told)
    }

    /// The relations that are there, and not filled up with NULLs, wherever these are: what equals something is there.
    pub(super) fn there(&self, cx: &Cx<'_>, mut there: BTreeSet<Ident>) -> BTreeSet<Ident> {
        loop {
            let holding = self.conditions.iter().filter(|c| c.holds(&there)).filter_map(|c| sides(cx, c.e));
            let more: Vec<Ident> = holding.flat_map(|(a, b)| [plain(a), plain(b)]).flatten().map(|(alias, _)| alias).collect();
            if more.iter().all(|alias| !there.insert(alias.clone())) {
                return there;
            }
            there.extend(more);
        }
    }

    /// Whether what a relation yields hangs on known rows only.
    fn hangs_on(&self, relation: &Relation, known: &BTreeSet<Ident>) -> bool {
        let fixed = |e: &Expr| self.is_fixed(e, known);
        match &relation.source {
            RelationSource::Table(_) | RelationSource::Cte(_) => true,
            RelationSource::Derived(query) => outside(query).iter().all(|alias| known.contains(*alias) || !self.is_here(alias)),
            RelationSource::Unnest { expr, .. } => fixed(expr),
            RelationSource::Function { args, .. } => args.iter().all(fixed),
            RelationSource::Zip { rows, .. } => rows.iter().flat_map(RowsOf::parts).all(fixed),
        }
    }
}

/// Both sides of `a = b`.
pub(super) fn sides<'e>(cx: &Cx<'_>, e: &'e Expr) -> Option<(&'e Expr, &'e Expr)> {
    let ExprKind::Operator { function, args } = &e.kind else { return None };
    let equal = cx.program.function(*function).is_some_and(|f| f.standard && &*f.name == "=");
    match args.as_slice() {
        [a, b] if equal => Some((a, b)),
        _ => None,
    }
}

/// The relations of enclosing blocks that a query reads.
pub(super) fn outside(query: &Query) -> BTreeSet<&Ident> {
    let mut all = BTreeSet::new();
    in_query(query, &mut |e, hidden| {
        if let ExprKind::Column { relation, .. } = &e.kind
            && !hidden.contains(relation)
        {
            all.insert(relation);
        }
    });
    all
}

pub(super) struct Search<'s> {
    pub(super) cx: &'s Cx<'s>,
    left: Cell<u32>,
}

impl<'s> Search<'s> {
    pub(super) fn new(cx: &'s Cx<'s>) -> Search<'s> {
        Search { cx, left: Cell::new(MOST) }
    }
}

impl Search<'_> {
    pub(super) fn spend(&self) -> Option<()> {
        self.left.set(self.left.get().checked_sub(1)?);
        Some(())
    }

    /// The relations of which a row of `base` finds at most one row each.
    fn found(&self, rows: &Rows<'_>, base: &Ident) -> BTreeSet<Ident> {
        self.found_by(rows, BTreeSet::from([base.clone()]))
    }

    /// The relations of which a row of each of these together finds at most one row.
    pub(super) fn found_by(&self, rows: &Rows<'_>, mut known: BTreeSet<Ident>) -> BTreeSet<Ident> {
        let there = rows.there(self.cx, known.clone());
        loop {
            let fits = |r: &&&Relation| !known.contains(&r.alias) && rows.hangs_on(r, &known) && self.is_found(rows, r, &known, &there);
            let more: Vec<Ident> = rows.block.relations.iter().filter(fits).map(|r| r.alias.clone()).collect();
            if more.is_empty() {
                return known;
            }
            known.extend(more);
        }
    }

    fn is_found(&self, rows: &Rows<'_>, relation: &Relation, known: &BTreeSet<Ident>, there: &BTreeSet<Ident>) -> bool {
        let told = |column: &Ident| rows.is_told(self.cx, &(relation.alias.clone(), column.clone()), known, there);
        self.keys(rows.block.env, relation).iter().any(|key| key.iter().all(told))
    }

    /// Columns of a relation of which no two rows have the same values. No columns at all: there is one row.
    fn keys(&self, env: &Env<'_>, relation: &Relation) -> Vec<Vec<Ident>> {
        let named = |keys: Vec<Vec<usize>>, name: &dyn Fn(usize) -> Option<Ident>| -> Vec<Vec<Ident>> {
            keys.into_iter().filter_map(|key| key.into_iter().map(name).collect()).collect()
        };
        let renamed = |at: usize| relation.columns.get(at).map(|c| c.name.clone());
        match &relation.source {
            RelationSource::Table(id) => {
                let Some(table) = self.cx.finished(*id).map(|f| &f.table) else { return Vec::new() };
                let own = |at: usize| table.columns.get(at).map(|c| c.name.clone());
                let name: &dyn Fn(usize) -> Option<Ident> = if relation.columns.is_empty() { &own } else { &renamed };
                named(self.of_table(*id, table), name)
            }
            RelationSource::Derived(query) => named(self.of_query(query, Some(env)), &renamed),
            RelationSource::Cte(entry) => {
                let Some((query, env)) = env.find(entry) else { return Vec::new() };
                let own = |at: usize| name_at(query, at);
                let name: &dyn Fn(usize) -> Option<Ident> = if relation.columns.is_empty() { &own } else { &renamed };
                named(self.of_query(query, Some(&env)), name)
            }
            RelationSource::Unnest { ordinality: true, .. } => named(vec![vec![1]], &renamed),
            RelationSource::Function { function, ordinality: false, .. } => {
                let series = self.cx.program.function(*function).is_some_and(|f| f.standard && &*f.name == "generate_series");
                if series { named(vec![vec![0]], &renamed) } else { Vec::new() }
            }
            RelationSource::Unnest { .. } | RelationSource::Function { .. } | RelationSource::Zip { .. } => Vec::new(),
        }
    }

    fn of_table(&self, id: TableId, table: &Table) -> Vec<Vec<usize>> {
        let there = |columns: &[u32]| {
            let all = columns.iter().map(|c| *c as usize);
            let never_null = |c: usize| table.columns.get(c).is_some_and(|c| !c.nullable);
            (!columns.is_empty() && all.clone().all(never_null)).then(|| all.collect::<Vec<usize>>())
        };
        let mut keys: Vec<Vec<usize>> = keys_of(table).filter_map(|key| there(&key.columns)).collect();
        keys.extend(table.assertions.iter().filter(|a| !a.warn).filter_map(|a| match &a.kind {
            AssertionKind::Unique(columns) => there(columns),
            _ => None,
        }));
        let subjects = self.cx.program.subjects.iter().filter(|s| s.table == id);
        keys.extend(subjects.filter_map(|s| table.columns.iter().position(|c| c.name == s.key)).map(|at| vec![at]));
        if let TableKind::Model(model) = &table.kind
            && !matches!(model.materialization, Materialization::Incremental { .. })
        {
            keys.extend(self.of_query(&model.query, None));
        }
        keys
    }

    fn of_query(&self, query: &Query, outer: Option<&Env<'_>>) -> Vec<Vec<usize>> {
        let one = |limit: &Expr| matches!(&limit.kind, ExprKind::Literal(Literal::Number(n)) if &**n == "1");
        if self.spend().is_none() {
            return Vec::new();
        }
        if query.limit.as_ref().is_some_and(one) {
            return vec![Vec::new()];
        }
        let env = Env { entries: Entries::With(&query.with), outer };
        match &query.body {
            SetExpr::Select(select) => self.of_select(select, &env),
            SetExpr::Query(inner) => self.of_query(inner, Some(&env)),
            SetExpr::Set { .. } | SetExpr::Values(_) => Vec::new(),
        }
    }

    fn of_select(&self, select: &Select, env: &Env<'_>) -> Vec<Vec<usize>> {
        let item = |e: &Expr| select.items.iter().position(|i| same(&i.expr, e));
        let listed = |keys: &[Expr]| keys.iter().map(item).collect::<Option<Vec<usize>>>().into_iter().collect::<Vec<_>>();
        match &select.distinct {
            Distinct::All => vec![(0..select.items.len()).collect()],
            Distinct::On(keys) => listed(keys),
            Distinct::No if select.group.aggregated && select.group.sets.is_empty() => listed(&select.group.keys),
            Distinct::No if select.group.aggregated => Vec::new(),
            Distinct::No => {
                let rows = Rows::of(self.cx, &select.from, select.filter.as_ref(), &[], env);
                let whole =
                    |r: &&&Relation| rows.block.relations.len() == 1 || self.found(&rows, &r.alias).len() == rows.block.relations.len();
                let place = |alias: &Ident, name: Ident| {
                    let wanted = (alias.clone(), name);
                    select.items.iter().position(|i| plain(&i.expr).as_ref() == Some(&wanted))
                };
                let bases = rows.block.relations.iter().filter(whole);
                let keys = bases.flat_map(|r| self.keys(env, r).into_iter().map(|key| (&r.alias, key)));
                keys.filter_map(|(alias, key)| key.into_iter().map(|name| place(alias, name)).collect()).collect()
            }
        }
    }

    /// Whether a relation holds each stored row behind its column at most once.
    fn inside(&self, rows: &Rows<'_>, (alias, name): &Place) -> bool {
        let block = &rows.block;
        let at = block.relation(alias).and_then(|r| Some((r, block.position(self.cx, r, name)?)));
        let Some((relation, at)) = at.filter(|_| self.spend().is_some()) else { return false };
        match &relation.source {
            RelationSource::Table(id) => {
                let Some(table) = self.cx.finished(*id).map(|f| &f.table) else { return false };
                match &table.kind {
                    TableKind::Model(model) => self.is_kept_once(*id, table, at) && self.in_query(&model.query, None, at),
                    _ => true,
                }
            }
            // One that reads the rows beside it may hold a row once for each of these.
            RelationSource::Derived(query) => outside(query).is_empty() && self.in_query(query, Some(block.env), at),
            RelationSource::Cte(entry) => block.env.find(entry).is_some_and(|(query, env)| self.in_query(query, Some(&env), at)),
            _ => false,
        }
    }

    /// Whether what earlier builds left of a stored row is replaced by what a later one makes of it.
    fn is_kept_once(&self, id: TableId, table: &Table, at: usize) -> bool {
        let TableKind::Model(model) = &table.kind else { return true };
        let Materialization::Incremental { key, history, .. } = &model.materialization else { return true };
        let own = |(stored, column): (TableId, u32)| {
            let declared = self.cx.finished(stored).map(|f| &f.table.key);
            declared.is_some_and(|key| key.contains(&column))
        };
        let root = |at: usize| u32::try_from(at).ok().map(|at| root(self.cx, (id, at)));
        let value = root(at);
        let place = |name: &Ident| table.columns.iter().position(|c| c.name == *name);
        let named = |name: &Ident| place(name).and_then(root).is_some_and(|r| own(r) && value.is_some_and(|v| v.0 == r.0));
        !history && key.iter().all(named)
    }

    fn in_query(&self, query: &Query, outer: Option<&Env<'_>>, at: usize) -> bool {
        let env = Env { entries: Entries::With(&query.with), outer };
        match &query.body {
            SetExpr::Select(select) => self.in_select(select, &env, at),
            SetExpr::Query(inner) => self.in_query(inner, Some(&env), at),
            SetExpr::Set { .. } | SetExpr::Values(_) => false,
        }
    }

    fn in_select(&self, select: &Select, env: &Env<'_>, at: usize) -> bool {
        let Some(value) = select.items.get(at).and_then(|i| plain(&i.expr)) else { return false };
        let rows = Rows::of(self.cx, &select.from, select.filter.as_ref(), &[], env);
        let known = self.found(&rows, &value.0);
        let fixed = |e: &Expr| rows.is_fixed(e, &known);
        let one = match &select.distinct {
            Distinct::On(keys) => keys.iter().all(fixed),
            Distinct::All => select.items.iter().all(|i| fixed(&i.expr)),
            Distinct::No => select.group.aggregated && select.group.sets.is_empty() && select.group.keys.iter().all(fixed),
        };
        (one || (!select.group.aggregated && rows.block.relations.len() == known.len())) && self.inside(&rows, &value)
    }
}

/// The name of a column of a query, by its place.
fn name_at(query: &Query, at: usize) -> Option<Ident> {
    if let Some(column) = query.columns.get(at) {
        return Some(column.name.clone());
    }
    match &query.body {
        SetExpr::Select(select) => select.items.get(at).map(|i| i.name.clone()),
        SetExpr::Query(inner) => name_at(inner, at),
        SetExpr::Set { .. } | SetExpr::Values(_) => None,
    }
    .filter(|name| query.position(name) == Some(at))
}
