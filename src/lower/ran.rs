//! What follows from the day a build is for: a column that holds the run date, the days since, or a row of a calendar that it picks. Labels do not know
//! it, because today's date is no secret; what keeps it beside a row of somebody's does tell something (see `arrived`).

use super::arrived::is_somebodys;
use super::cx::Finished;
use super::{Cx, walk};
use crate::base::Ident;
use crate::ir::{Expr, ExprKind, FromItem, FunctionKind, Query, Relation, RelationSource, RowsOf, Select, SetExpr, TableId};
use crate::ir::{conjuncts, every_operand, find, operands, query_of};
use std::collections::{BTreeMap, BTreeSet};

/// What of a table or a query follows from the run date.
#[derive(Clone, PartialEq, Default, Debug)]
pub(crate) struct Ran {
    /// Columns, by position.
    pub(super) columns: BTreeSet<u32>,
    /// Which rows there are, beside those of people, whose own columns say when they are there.
    rows: bool,
}

impl Ran {
    /// Reads a model's query, where it or what it reads knows the run date at all.
    pub(super) fn of(cx: &Cx<'_>, query: &Query) -> Ran {
        let mut knows = cx.reads.borrow().iter().any(|id| cx.finished(*id).is_some_and(|f| f.ran.is_some()));
        if !knows {
            crate::ir::every_expr(query, &mut |e| knows |= matches!(e.kind, ExprKind::RunDate));
        }
        if knows { of_query(cx, query, &Known::default()) } else { Ran::default() }
    }

    /// As a finished table keeps it: most have nothing of it.
    pub(super) fn boxed(self) -> Option<Box<Ran>> {
        (self != Ran::default()).then(|| Box::new(self))
    }
}

/// A relation that expressions can name.
#[derive(Clone)]
struct Here {
    /// Columns that follow from the run date.
    columns: BTreeSet<Ident>,
    /// Whether all of them do, and which rows there are.
    wholly: bool,
    /// Whether which rows there are follows from it.
    rows: bool,
    /// Whether its rows are of people.
    somebodys: bool,
}

/// A `with` entry: its names, what of it follows from the run date, and the tables it is made of.
#[derive(Clone)]
struct Entry {
    names: Vec<Ident>,
    ran: Ran,
    reads: BTreeSet<TableId>,
}

/// What is known while a query is read.
#[derive(Clone, Default)]
struct Known {
    entries: BTreeMap<Ident, Entry>,
    relations: BTreeMap<Ident, Here>,
}

fn of_query(cx: &Cx<'_>, query: &Query, outer: &Known) -> Ran {
    let mut known = outer.clone();
    for entry in &query.with {
        let names = entry.query.columns.iter().map(|c| c.name.clone()).collect();
        let reads = tables(&entry.query, &known);
        known.entries.insert(entry.name.clone(), Entry { names, ran: Ran::default(), reads });
        // A recursive entry reads itself: what follows from the run date grows until nothing is added.
        loop {
            let found = of_query(cx, &entry.query, &known);
            let Some(here) = known.entries.get_mut(&entry.name).filter(|e| e.ran != found) else { break };
            here.ran = found;
            if !entry.recursive {
                break;
            }
        }
    }
    let mut found = of_body(cx, &query.body, &known);
    found.rows |= query.limit.iter().chain(&query.offset).any(|e| follows(cx, e, &known));
    found
}

fn of_body(cx: &Cx<'_>, body: &SetExpr, known: &Known) -> Ran {
    match body {
        SetExpr::Select(select) => of_select(cx, select, known.clone()),
        SetExpr::Query(query) => of_query(cx, query, known),
        SetExpr::Set { left, right, .. } => {
            let (left, right) = (of_body(cx, left, known), of_body(cx, right, known));
            Ran { columns: &left.columns | &right.columns, rows: left.rows || right.rows }
        }
        SetExpr::Values(rows) => {
            let cells = rows.iter().flat_map(|row| (0u32..).zip(row));
            Ran { columns: cells.filter(|(_, e)| follows(cx, e, known)).map(|(at, _)| at).collect(), rows: false }
        }
    }
}

fn of_select(cx: &Cx<'_>, select: &Select, mut known: Known) -> Ran {
    let mut own = BTreeSet::new();
    let mut conditions: Vec<&Expr> = [&select.filter, &select.having, &select.qualify].into_iter().flatten().collect();
    select.from.iter().for_each(|item| enter(cx, item, &mut known, (&mut own, &mut conditions)));
    let parts: Vec<&Expr> = conditions.into_iter().flat_map(conjuncts).collect();
    let mut rows = known.relations.iter().any(|(alias, here)| own.contains(alias) && here.rows);
    // A condition may pick rows of a calendar by what another condition picks: until nothing is added.
    loop {
        let before = (rows, known.relations.values().filter(|r| r.wholly).count());
        for part in &parts {
            rows |= follows(cx, part, &known) && pick(part, &own, &mut known);
        }
        if before == (rows, known.relations.values().filter(|r| r.wholly).count()) {
            break;
        }
    }
    let of_people = |e: &Expr| mentioned(e).iter().any(|alias| known.relations.get(alias).is_some_and(|r| r.somebodys));
    let counts = |e: &Expr| walk::aggregate_in(e).is_some() || walk::window_in(e).is_some();
    let told = |e: &Expr| follows(cx, e, &known) || (rows && (counts(e) || !of_people(e)));
    Ran { columns: (0u32..).zip(&select.items).filter(|(_, i)| told(&i.expr)).map(|(at, _)| at).collect(), rows }
}

/// Marks what a condition that follows from the run date picks: relations that are nobody's. Rows of people are there when their own columns say so.
/// Whether it picks any such rows.
fn pick(condition: &Expr, own: &BTreeSet<Ident>, known: &mut Known) -> bool {
    let named: BTreeSet<Ident> = mentioned(condition).intersection(own).cloned().collect();
    let mut picked = named.is_empty();
    for (_, here) in known.relations.iter_mut().filter(|(alias, here)| named.contains(*alias) && !here.somebodys) {
        here.wholly = true;
        picked = true;
    }
    picked
}

/// The relations an expression names, queries inside included.
fn mentioned(e: &Expr) -> BTreeSet<Ident> {
    let mut found = BTreeSet::new();
    every_operand(e, &mut |part| {
        if let ExprKind::Column { relation, .. } = &part.kind {
            found.insert(relation.clone());
        }
    });
    found
}

/// Takes what is read into scope, in order: a lateral one sees those before it. Conditions of joins are added to the others.
fn enter<'q>(cx: &Cx<'_>, item: &'q FromItem, known: &mut Known, (own, conditions): (&mut BTreeSet<Ident>, &mut Vec<&'q Expr>)) {
    match item {
        FromItem::Relation(relation) => {
            let here = read(cx, relation, known);
            own.insert(relation.alias.clone());
            known.relations.insert(relation.alias.clone(), here);
        }
        FromItem::Join { left, right, on, .. } => {
            enter(cx, left, known, (&mut *own, &mut *conditions));
            enter(cx, right, known, (own, &mut *conditions));
            conditions.extend(on);
        }
    }
}

fn read(cx: &Cx<'_>, relation: &Relation, known: &Known) -> Here {
    let here = |names: &mut dyn Iterator<Item = Ident>, ran: &Ran, reads: BTreeSet<TableId>| {
        let renamed = relation.columns.iter().map(|c| Some(c.name.clone())).chain(std::iter::repeat(None));
        let names = names.zip(renamed).map(|(name, other)| other.unwrap_or(name));
        let columns = (0u32..).zip(names).filter(|(at, _)| ran.columns.contains(at)).map(|(_, name)| name).collect();
        Here { columns, wholly: false, rows: ran.rows, somebodys: is_somebodys(cx, reads.into_iter().collect()) }
    };
    let made = |mut parts: &mut dyn Iterator<Item = &Expr>| {
        let wholly = (&mut parts).any(|e| follows(cx, e, known));
        Here { columns: BTreeSet::new(), wholly, rows: wholly, somebodys: false }
    };
    match &relation.source {
        RelationSource::Table(id) => {
            let none = Ran::default();
            let finished: Option<&Finished> = cx.finished(*id);
            let ran = finished.and_then(|f| f.ran.as_deref()).unwrap_or(&none);
            here(&mut finished.into_iter().flat_map(|f| f.table.columns.iter().map(|c| c.name.clone())), ran, BTreeSet::from([*id]))
        }
        RelationSource::Cte(name) => match known.entries.get(name) {
            Some(entry) => here(&mut entry.names.iter().cloned(), &entry.ran, entry.reads.clone()),
            None => made(&mut std::iter::empty()),
        },
        RelationSource::Derived(query) => {
            here(&mut query.columns.iter().map(|c| c.name.clone()), &of_query(cx, query, known), tables(query, known))
        }
        RelationSource::Unnest { expr, .. } => made(&mut std::iter::once(&**expr)),
        RelationSource::Function { args, .. } => made(&mut args.iter()),
        RelationSource::Zip { rows, .. } => made(&mut rows.iter().flat_map(RowsOf::parts)),
    }
}

/// Whether a value follows from the run date. Masks say themselves which day they count by, where it is the run date and no column.
fn follows(cx: &Cx<'_>, e: &Expr, known: &Known) -> bool {
    match &e.kind {
        ExprKind::RunDate => return true,
        ExprKind::Column { relation, name } => {
            return known.relations.get(relation).is_some_and(|here| here.wholly || here.columns.contains(name));
        }
        ExprKind::Call { function, args } if cx.program.function(*function).is_some_and(|f| f.kind == FunctionKind::Mask) => {
            let column = |e: &Expr| matches!(e.kind, ExprKind::Column { .. } | ExprKind::Scalar(_)) && follows(cx, e, known);
            return args
                .split_first()
                .is_some_and(|(value, others)| follows(cx, value, known) || others.iter().any(|arg| find(arg, &column).is_some()));
        }
        _ => {}
    }
    let mut found = query_of(e).is_some_and(|q| {
        let ran = of_query(cx, q, known);
        ran.rows || !ran.columns.is_empty()
    });
    operands(e, &mut |operand| found = found || follows(cx, operand, known));
    found
}

/// The tables a query is made of.
fn tables(query: &Query, known: &Known) -> BTreeSet<TableId> {
    let mut found = BTreeSet::new();
    let inner: Vec<&Query> = query.with.iter().map(|entry| &*entry.query).collect();
    inner.into_iter().for_each(|q| found.extend(tables(q, known)));
    of_set(&query.body, known, &mut found);
    found
}

fn of_set(body: &SetExpr, known: &Known, found: &mut BTreeSet<TableId>) {
    match body {
        SetExpr::Select(select) => select.from.iter().for_each(|item| of_item(item, known, found)),
        SetExpr::Query(query) => found.extend(tables(query, known)),
        SetExpr::Set { left, right, .. } => {
            of_set(left, known, found);
            of_set(right, known, found);
        }
        SetExpr::Values(_) => {}
    }
}

fn of_item(item: &FromItem, known: &Known, found: &mut BTreeSet<TableId>) {
    match item {
        FromItem::Relation(relation) => match &relation.source {
            RelationSource::Table(id) => {
                found.insert(*id);
            }
            RelationSource::Cte(name) => found.extend(known.entries.get(name).into_iter().flat_map(|e| &e.reads)),
            RelationSource::Derived(query) => found.extend(tables(query, known)),
            RelationSource::Unnest { .. } | RelationSource::Function { .. } | RelationSource::Zip { .. } => {}
        },
        FromItem::Join { left, right, .. } => {
            of_item(left, known, found);
            of_item(right, known, found);
        }
    }
}
