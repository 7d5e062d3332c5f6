//! Of whom a metric asks. Where each cell stands for eleven patients, what decides which of them are counted tells of a group; not so where it is somebody
//! else's: `where w.cost > 100` over one visit beside each of them is answered by that visit, in every cell. So the argument, the filter, the period and
//! every condition of the models below ask of the row that names the counted subject, or of one that names it by an equal column (see `owned`). What
//! tells nothing may be anybody's.

use super::Cx;
use super::bearer::is_about;
use super::equal::Place;
use super::once::finds;
use super::owned::{Block, Entries, Env, Question, Walk, columns_of, plain};
use super::walk::same;
use super::whose::{Whose, is_key, naming};
use crate::base::{Ident, Span};
use crate::ir::{
    Distinct, Expr, ExprKind, FromItem, JoinKind, OrderKey, Query, Relation, RelationSource, RowsOf, Select, SetExpr, TableId, TableKind,
    Type, conjuncts, every_expr, operands, query_of,
};
use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;

/// Blocks looked into before giving up, which refuses.
const MOST: u32 = 200_000;

/// Where a block asks of somebody whom its column `subject` does not name; `None` where it does not.
pub(super) fn elsewhere(cx: &Cx<'_>, select: &Select, whose: &Whose<'_>, subject: &Place, at: Span) -> Option<Span> {
    let known = cx.ctes.borrow();
    let env = Env { entries: Entries::Known(&known), outer: None };
    let walk = Walk { computed: true, asked: true, ..Walk::new(cx, whose, MOST) };
    let asked = Asked { walk: &walk, failed: Cell::new(None) };
    let block = Block::of(cx, &select.from, select.filter.as_ref(), &env);
    let fine = asked.rows(&block, subject, select, &[]) && select.items.iter().all(|i| asked.own(&block, subject, &i.expr));
    (!fine).then(|| asked.failed.get().unwrap_or(at))
}

/// Whether all that an expression tells belongs to the subject.
pub(super) fn own(walk: &Walk<'_>, block: &Block<'_>, subject: &Place, e: &Expr) -> bool {
    Asked { walk, failed: Cell::new(None) }.own(block, subject, e)
}

/// Whether a column of a block tells anything.
pub(super) fn tells(cx: &Cx<'_>, block: &Block<'_>, place: &Place) -> bool {
    Told { cx, seen: RefCell::new(BTreeSet::new()) }.column(block, place)
}

fn expr_tells(cx: &Cx<'_>, block: &Block<'_>, e: &Expr) -> bool {
    Told { cx, seen: RefCell::new(BTreeSet::new()) }.expr(block, e)
}

/// Looks for something that tells, below what finished models keep of their `with` entries.
struct Told<'w> {
    cx: &'w Cx<'w>,
    /// Columns of queries that have been looked into: a recursive entry's step reads its own.
    seen: RefCell<BTreeSet<(usize, usize)>>,
}

impl Told<'_> {
    fn column(&self, block: &Block<'_>, place: &Place) -> bool {
        let Some(relation) = block.relation(&place.0) else { return true };
        let Some(at) = block.position(self.cx, relation, &place.1) else { return true };
        let column = match &relation.source {
            RelationSource::Table(id) => self.cx.finished(*id).and_then(|f| f.table.columns.get(at)),
            RelationSource::Cte(name) => {
                let Some((query, env)) = block.env.find(name) else { return true };
                match query.columns.get(at) {
                    Some(column) => Some(column),
                    None => return self.query(query, Some(&env), at),
                }
            }
            _ => relation.columns.get(at),
        };
        column.is_none_or(|c| !c.label.values().is_empty() || matches!(c.ty, Type::Json(_)))
    }

    fn query(&self, query: &Query, outer: Option<&Env<'_>>, at: usize) -> bool {
        let first = self.seen.borrow_mut().insert((std::ptr::from_ref(query).addr(), at));
        first && self.item(&query.body, &Env { entries: Entries::With(&query.with), outer }, at)
    }

    fn item(&self, body: &SetExpr, env: &Env<'_>, at: usize) -> bool {
        match body {
            SetExpr::Values(_) => false,
            SetExpr::Query(query) => self.query(query, Some(env), at),
            SetExpr::Set { left, right, .. } => self.item(left, env, at) || self.item(right, env, at),
            SetExpr::Select(select) => {
                let block = Block::of(self.cx, &select.from, None, env);
                select.items.get(at).is_none_or(|i| self.expr(&block, &i.expr))
            }
        }
    }

    fn expr(&self, block: &Block<'_>, e: &Expr) -> bool {
        match &e.kind {
            ExprKind::Column { relation, name } => self.column(block, &(relation.clone(), name.clone())),
            ExprKind::Release(..) => false,
            _ if query_of(e).is_some() => true,
            _ => {
                let mut any = false;
                operands(e, &mut |child| any = any || self.expr(block, child));
                any
            }
        }
    }
}

struct Asked<'w> {
    walk: &'w Walk<'w>,
    /// The first condition that asked elsewhere.
    failed: Cell<Option<Span>>,
}

impl Asked<'_> {
    fn fails(&self, at: Span) -> bool {
        self.failed.set(self.failed.get().or(Some(at)));
        false
    }

    fn own(&self, block: &Block<'_>, subject: &Place, e: &Expr) -> bool {
        match &e.kind {
            ExprKind::Column { relation, name } => {
                let place = (relation.clone(), name.clone());
                !tells(self.walk.cx, block, &place) || self.walk.belongs(block, subject, &place)
            }
            // A written exception.
            ExprKind::Release(..) => true,
            _ => {
                let parted = match &e.kind {
                    ExprKind::Window(window) if expr_tells(self.walk.cx, block, e) => {
                        let named = self.walk.named(block, subject);
                        window.partition.iter().filter_map(plain).any(|p| named.contains(&p))
                    }
                    _ => true,
                };
                let mut all = parted && query_of(e).is_none_or(|query| self.inside(block, subject, e, query));
                operands(e, &mut |child| all = all && self.own(block, subject, child));
                all
            }
        }
    }

    /// Whether a subquery asks of the subject's rows only: the conditions around it hold inside.
    fn inside(&self, block: &Block<'_>, subject: &Place, e: &Expr, query: &Query) -> bool {
        let (SetExpr::Select(select), [], None) = (&query.body, query.with.as_slice(), &query.offset) else { return false };
        let mut inner = Block::of(self.walk.cx, &select.from, select.filter.as_ref(), block.env);
        if inner.relations.iter().any(|r| block.relation(&r.alias).is_some()) {
            return false;
        }
        let own = inner.relations.clone();
        inner.enclosed(block);
        // Of the first ones of all, or where one is NULL, nothing is looked for by its key.
        if let (ExprKind::InQuery(operand, _, negated), [item], None) = (&e.kind, select.items.as_slice(), &query.limit)
            && let (Some(a), Some(b)) = (plain(operand), plain(&item.expr))
            && !(*negated && item.expr.nullable)
        {
            inner.equate(a, b);
        }
        let named = self.walk.named(&inner, subject);
        // That a row is there is told by public columns, too.
        let found = |r: &&Relation| named.iter().any(|(alias, _)| *alias == r.alias) || self.is_of_nobody(r, block.env);
        if !own.iter().all(found) {
            return false;
        }
        let told = select.items.iter().map(|i| &i.expr).chain(query.order.iter().map(|k| &k.expr));
        self.rows(&inner, subject, select, &[]) && told.into_iter().all(|e| self.own(&inner, subject, e))
    }

    /// Whether what decides the rows of a block asks of the subject only.
    fn rows(&self, block: &Block<'_>, subject: &Place, select: &Select, order: &[&Expr]) -> bool {
        let mut conditions = Vec::new();
        let mut relations = Vec::new();
        select.from.iter().for_each(|item| gather(item, false, &mut relations, &mut conditions));
        let of_rows = select.filter.iter().chain(&select.having).chain(&select.qualify);
        conditions.extend(of_rows.flat_map(conjuncts));
        let chosen = match &select.distinct {
            Distinct::On(keys) => {
                let deciding = || order.iter().filter(|e| keys.iter().all(|k| !same(k, e)));
                let named = || self.walk.named(block, subject);
                deciding().all(|e| !expr_tells(self.walk.cx, block, e))
                    || (keys.iter().filter_map(plain).any(|k| named().contains(&k)) && deciding().all(|e| self.own(block, subject, e)))
            }
            _ => true,
        };
        let asks = |e: &Expr| self.joins(block, subject, e) || self.own(block, subject, e);
        (chosen || self.fails(select.items.first().map_or(Span::default(), |i| i.expr.at)))
            && conditions.iter().all(|e| asks(e) || self.fails(e.at))
            && relations.iter().all(|(r, filled)| (*filled && self.is_of_others(r)) || self.relation(block, subject, r) || self.fails(r.at))
    }

    /// Whether a condition only finds the row that one of the subject's rows references, or that references it: by a key, or one row at most.
    fn joins(&self, block: &Block<'_>, subject: &Place, e: &Expr) -> bool {
        let cx = self.walk.cx;
        let ExprKind::Operator { function, args } = &e.kind else { return false };
        let equal = cx.program.function(*function).is_some_and(|f| f.standard && &*f.name == "=");
        let [Some(a), Some(b)] = [args.first().and_then(plain), args.get(1).and_then(plain)] else { return false };
        let theirs = self.walk.names(block, &b, true);
        let one_thing = self.walk.names(block, &a, true).iter().any(|n| theirs.contains(n));
        let finds = |own: &Place, other: &Place| {
            let key = || self.walk.names(block, other, false).iter().any(|n| is_key(cx, *n));
            self.walk.belongs(block, subject, own) && (one_thing || key() || finds(cx, block, &own.0).0.contains(&other.0))
        };
        equal && (finds(&a, &b) || finds(&b, &a))
    }

    /// Whether each of the subject's rows is asserted to find its row of a table: then which rows that has decides nothing.
    fn is_referenced(&self, block: &Block<'_>, subject: &Place, relation: &Relation) -> bool {
        let RelationSource::Table(id) = &relation.source else { return false };
        let other = |place: &Place| block.relation(&place.0).is_some_and(|r| r.alias == relation.alias);
        let table = |place: &Place| self.walk.names(block, place, false);
        let found = |own: &Place, theirs: &Place| {
            let all = self.walk.names(block, own, true);
            table(theirs).iter().any(|n| n.0 == *id && all.contains(n)) && self.walk.belongs(block, subject, own)
        };
        block.equal_pairs().any(|(a, b)| other(b) && !other(a) && found(a, b))
    }

    /// Whether nothing that a table is made of names the counted subject: which of its rows there are says nothing of people, where an outer join only
    /// looks them up.
    fn is_of_others(&self, relation: &Relation) -> bool {
        let (RelationSource::Table(id), Whose::Of(subjects)) = (&relation.source, self.walk.whose) else { return false };
        let mut seen = BTreeSet::new();
        let mut next = vec![*id];
        while let Some(id) = next.pop() {
            if seen.insert(id) {
                if !naming(self.walk.cx, id, subjects).is_empty() {
                    return false;
                }
                next.extend(self.walk.cx.finished(id).into_iter().flat_map(|f| &f.table.reads).copied());
            }
        }
        true
    }

    /// Whether a model, or one that it is made of, asks whether rows are there.
    fn looks_up(&self, table: TableId) -> bool {
        let (mut seen, mut next) = (BTreeSet::from([table]), vec![table]);
        while let Some(finished) = next.pop().and_then(|id| self.walk.cx.finished(id)) {
            let TableKind::Model(model) = &finished.table.kind else { continue };
            let mut found = false;
            every_expr(&model.query, &mut |e| found = found || matches!(e.kind, ExprKind::Exists(..) | ExprKind::InQuery(..)));
            if found {
                return true;
            }
            next.extend(finished.table.reads.iter().copied().filter(|id| seen.insert(*id)));
        }
        false
    }

    /// Whether nobody is behind the rows of a relation.
    fn is_of_nobody(&self, relation: &Relation, env: &Env<'_>) -> bool {
        match &relation.source {
            RelationSource::Table(id) => {
                let mut seen = BTreeSet::new();
                let mut next = vec![*id];
                while let Some(id) = next.pop().filter(|id| !is_about(self.walk.cx, *id)) {
                    if seen.insert(id) {
                        next.extend(self.walk.cx.finished(id).into_iter().flat_map(|f| &f.table.reads).copied());
                    }
                    if next.is_empty() {
                        return true;
                    }
                }
                false
            }
            RelationSource::Derived(query) => self.nobodys(query, Some(env)),
            RelationSource::Cte(name) => env.find(name).is_some_and(|(query, env)| self.nobodys(query, Some(&env))),
            // What these are made of is asked where their rows are.
            RelationSource::Unnest { .. } | RelationSource::Function { .. } | RelationSource::Zip { .. } => true,
        }
    }

    fn nobodys(&self, query: &Query, outer: Option<&Env<'_>>) -> bool {
        let env = Env { entries: Entries::With(&query.with), outer };
        let mut asks = false;
        every_expr(query, &mut |e| asks = asks || query_of(e).is_some());
        !asks && self.walk.ask(query, Question::Nobody, || self.nobodys_body(&query.body, &env)).unwrap_or(true)
    }

    fn nobodys_body(&self, body: &SetExpr, env: &Env<'_>) -> bool {
        match body {
            SetExpr::Values(_) => true,
            SetExpr::Query(query) => self.nobodys(query, Some(env)),
            SetExpr::Set { left, right, .. } => self.nobodys_body(left, env) && self.nobodys_body(right, env),
            SetExpr::Select(select) => {
                let (mut relations, mut conditions) = (Vec::new(), Vec::new());
                select.from.iter().for_each(|item| gather(item, false, &mut relations, &mut conditions));
                relations.iter().all(|(r, _)| self.is_of_nobody(r, env))
            }
        }
    }

    /// Whether a relation has the rows it has because of the subject only.
    fn relation(&self, block: &Block<'_>, subject: &Place, relation: &Relation) -> bool {
        let own = |e: &Expr| self.own(block, subject, e);
        let by = |query: &Query, outer: Option<&Env<'_>>| {
            let named = self.walk.named(block, subject);
            let place = |name: &Ident| block.position(self.walk.cx, relation, name);
            let places = named.iter().filter(|p| p.0 == relation.alias).filter_map(|p| place(&p.1));
            let linked = || {
                let by = self.walk.links(block, &named, &relation.alias)?;
                by.iter().map(place).collect::<Option<Vec<usize>>>()
            };
            self.is_referenced(block, subject, relation)
                || self.quiet(query, outer)
                || places.into_iter().any(|at| self.query(query, outer, at))
                || linked().is_some_and(|all| all.into_iter().all(|at| self.query(query, outer, at)))
        };
        match &relation.source {
            RelationSource::Table(id) => {
                let Some(finished) = self.walk.cx.finished(*id) else { return true };
                match &finished.table.kind {
                    TableKind::Model(model) if !finished.control.label.is_public() || self.looks_up(*id) => by(&model.query, None),
                    _ => true,
                }
            }
            RelationSource::Derived(query) => by(query, Some(block.env)),
            RelationSource::Cte(name) => block.env.find(name).is_some_and(|(query, env)| by(query, Some(&env))),
            RelationSource::Unnest { expr, .. } => own(expr),
            RelationSource::Function { args, .. } => args.iter().all(own),
            RelationSource::Zip { rows, .. } => rows.iter().flat_map(RowsOf::parts).all(own),
        }
    }

    /// Whether the rows of a query are decided by whom its column names.
    fn query(&self, query: &Query, outer: Option<&Env<'_>>, at: usize) -> bool {
        let env = Env { entries: Entries::With(&query.with), outer };
        let order = || query.order.iter().map(|k| &k.expr).collect::<Vec<_>>();
        let rows = || self.body(&query.body, &env, at, &order());
        (query.limit.is_none() && query.offset.is_none() || self.quiet(query, outer))
            && self.walk.ask(query, Question::Decides(at), rows).unwrap_or(true)
    }

    fn body(&self, body: &SetExpr, env: &Env<'_>, at: usize, order: &[&Expr]) -> bool {
        match body {
            SetExpr::Values(_) => true,
            SetExpr::Query(query) => self.query(query, Some(env), at),
            SetExpr::Set { left, right, .. } => self.body(left, env, at, &[]) && self.body(right, env, at, &[]),
            SetExpr::Select(select) => {
                let block = Block::of(self.walk.cx, &select.from, select.filter.as_ref(), env);
                let subjects = select.items.get(at).map(|i| columns_of(&i.expr)).unwrap_or_default();
                !subjects.is_empty() && subjects.iter().all(|subject| self.rows(&block, subject, select, order))
            }
        }
    }

    /// Whether what decides the rows of a query tells nothing.
    fn quiet(&self, query: &Query, outer: Option<&Env<'_>>) -> bool {
        let env = Env { entries: Entries::With(&query.with), outer };
        let cut = query.limit.is_some() || query.offset.is_some();
        let rows = || self.quiet_body(&query.body, &env, if cut { &query.order } else { &[] });
        self.walk.ask(query, Question::Quiet, rows).unwrap_or(true)
    }

    fn quiet_body(&self, body: &SetExpr, env: &Env<'_>, order: &[OrderKey]) -> bool {
        match body {
            SetExpr::Values(_) => true,
            SetExpr::Query(query) => order.is_empty() && self.quiet(query, Some(env)),
            SetExpr::Set { left, right, .. } => order.is_empty() && self.quiet_body(left, env, &[]) && self.quiet_body(right, env, &[]),
            SetExpr::Select(select) => {
                let block = Block::of(self.walk.cx, &select.from, select.filter.as_ref(), env);
                let mut conditions = Vec::new();
                let mut relations = Vec::new();
                select.from.iter().for_each(|item| gather(item, false, &mut relations, &mut conditions));
                let on = if let Distinct::On(keys) = &select.distinct { keys.as_slice() } else { &[] };
                let others = select.filter.iter().chain(&select.having).chain(&select.qualify).chain(on).chain(&select.group.keys);
                let asked = conditions.iter().copied().chain(others).chain(order.iter().map(|k| &k.expr));
                let silent = |e: &Expr| !expr_tells(self.walk.cx, &block, e);
                asked.into_iter().all(silent) && relations.iter().all(|(r, _)| self.quiet_relation(&block, r))
            }
        }
    }

    fn quiet_relation(&self, block: &Block<'_>, relation: &Relation) -> bool {
        match &relation.source {
            RelationSource::Table(id) => self.walk.cx.finished(*id).is_none_or(|f| f.control.label.is_public()),
            RelationSource::Derived(query) => self.quiet(query, Some(block.env)),
            RelationSource::Cte(name) => block.env.find(name).is_some_and(|(query, env)| self.quiet(query, Some(&env))),
            RelationSource::Unnest { expr, .. } => !expr_tells(self.walk.cx, block, expr),
            RelationSource::Function { args, .. } => args.iter().all(|e| !expr_tells(self.walk.cx, block, e)),
            RelationSource::Zip { rows, .. } => rows.iter().flat_map(RowsOf::parts).all(|e| !expr_tells(self.walk.cx, block, e)),
        }
    }
}

/// The relations of a `from`, each with whether an outer join fills it up, and the conditions of its joins.
fn gather<'e>(item: &'e FromItem, filled: bool, relations: &mut Vec<(&'e Relation, bool)>, conditions: &mut Vec<&'e Expr>) {
    match item {
        FromItem::Relation(relation) => relations.push((relation, filled)),
        FromItem::Join { kind, left, right, on } => {
            gather(left, filled || matches!(kind, JoinKind::Right | JoinKind::Full), relations, conditions);
            gather(right, filled || matches!(kind, JoinKind::Left | JoinKind::Full), relations, conditions);
            conditions.extend(on.iter().flat_map(conjuncts));
        }
    }
}
