//! Which rows a block reads: by the tables they are stored in, through models and entries that only choose rows and rename columns.

use super::super::constants::Constant;
use super::super::rows_of::leading;
use super::super::text::text_of;
use super::{By, Cell, Stored};
use crate::base::Ident;
use crate::ir::{
    AggregateCall, Cte, Distinct, Edge, Expr, ExprKind, FromItem, Materialization, Program, Query, Relation, RelationSource, Select,
    SetExpr, TableId, TableKind, conjuncts,
};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// Models are looked through so far, and texts get so long: what lies behind is called by its own name.
pub(super) const MOST_DEEP: usize = 16;
const LONGEST: usize = 4_000;

pub(super) type Counted = (Option<Stored>, Option<By>);

pub(super) struct With<'p, 'w> {
    pub(super) entries: &'p [Cte],
    pub(super) outer: Option<&'w With<'p, 'w>>,
}

impl<'p> With<'p, '_> {
    fn query(&self, name: &Ident) -> Option<&'p Query> {
        let own = self.entries.iter().rev().find(|cte| cte.name == *name).map(|cte| &*cte.query);
        own.or_else(|| self.outer.and_then(|outer| outer.query(name)))
    }
}

/// Rows of a relation; texts are `None` where rows or values are like no others.
struct Rows {
    from: Option<String>,
    /// The tables in it: of one that stands twice, columns have no names of their own.
    tables: BTreeSet<TableId>,
    conditions: BTreeSet<String>,
    constants: BTreeMap<String, Constant>,
    columns: Vec<Named>,
}

struct Named {
    name: Ident,
    text: Option<String>,
    stored: Option<Stored>,
}

/// The relations of a block, and its rows.
pub(super) struct Block<'p> {
    program: &'p Program,
    known: Vec<(Ident, Option<TableId>, Rows)>,
    twice: bool,
    /// The relations whose rows the block's are: what these find by a key is not counted.
    leading: BTreeSet<&'p Ident>,
    from: Option<String>,
    conditions: BTreeSet<String>,
    constants: BTreeMap<String, Constant>,
}

impl<'p> Block<'p> {
    pub(super) fn of(program: &'p Program, select: &'p Select, with: &With<'p, '_>, deep: usize) -> Block<'p> {
        let mut block = Block {
            program,
            known: Vec::new(),
            twice: false,
            leading: leading(program, select, &|name| with.query(name)),
            from: None,
            conditions: BTreeSet::new(),
            constants: BTreeMap::new(),
        };
        select.from.iter().for_each(|item| block.read(item, with, deep));
        let mut seen = BTreeSet::new();
        block.twice = !block.known.iter().flat_map(|(_, _, rows)| &rows.tables).all(|t| seen.insert(*t));
        if let ([FromItem::Relation(_)], [(_, _, rows)]) = (select.from.as_slice(), block.known.as_slice()) {
            (block.from, block.conditions, block.constants) = (rows.from.clone(), rows.conditions.clone(), rows.constants.clone());
        } else {
            block.from = select.from.iter().map(|item| block.joined(item)).collect::<Option<Vec<_>>>().map(|all| all.join(", "));
        }
        block
    }

    fn read(&mut self, item: &'p FromItem, with: &With<'p, '_>, deep: usize) {
        match item {
            FromItem::Relation(relation) => {
                let table = if let RelationSource::Table(id) = relation.source { Some(id) } else { None };
                let rows = rows_of(self.program, relation, with, deep);
                self.known.push((relation.alias.clone(), table, rows));
            }
            FromItem::Join { left, right, .. } => {
                self.read(left, with, deep);
                self.read(right, with, deep);
            }
        }
    }

    /// An outer join's rows are not those that its sides' conditions choose.
    fn joined(&self, item: &FromItem) -> Option<String> {
        match item {
            FromItem::Relation(relation) => {
                let (_, _, rows) = self.known.iter().find(|(alias, ..)| *alias == relation.alias)?;
                Some(format!("{{{} where {:?}}}", rows.from.as_ref()?, rows.conditions))
            }
            FromItem::Join { kind, left, right, on } => {
                let on: Option<BTreeSet<String>> = on.iter().flat_map(conjuncts).map(|e| self.text(e)).collect();
                Some(format!("({} {kind:?} {} on {:?})", self.joined(left)?, self.joined(right)?, on?))
            }
        }
    }

    /// The tables whose rows are counted, or none where one of them is like no other.
    fn tables(&self) -> BTreeSet<TableId> {
        let leading = || self.known.iter().filter(|(alias, ..)| self.leading.contains(alias));
        let plain = leading().all(|(_, _, rows)| !rows.tables.is_empty());
        leading().filter(|_| plain).flat_map(|(_, _, rows)| &rows.tables).copied().collect()
    }

    fn column(&self, relation: &Ident, name: &Ident) -> Option<(Option<TableId>, &Named)> {
        let (_, table, rows) = self.known.iter().find(|(alias, ..)| alias == relation)?;
        rows.columns.iter().find(|c| c.name == *name).map(|c| (*table, c))
    }

    fn text(&self, e: &Expr) -> Option<String> {
        let name = |relation: &Ident, name: &Ident| if self.twice { None } else { self.column(relation, name)?.1.text.clone() };
        text_of(self.program, e, &name).filter(|text| text.len() <= LONGEST)
    }

    fn stored(&self, e: &Expr) -> Option<Stored> {
        match &e.kind {
            ExprKind::Column { relation, name } => self.column(relation, name)?.1.stored,
            ExprKind::Cast(inner) => self.stored(inner),
            _ => None,
        }
    }

    /// What `count(distinct …)` counts.
    pub(super) fn counts(&self, call: &AggregateCall) -> Option<Counted> {
        let [counted] = call.args.as_slice() else { return None };
        let count = call.distinct && self.program.function(call.function).is_some_and(|f| &*f.name == "count");
        // How many different amounts a sum is made of is no number of people.
        let stored = self.stored(counted);
        let people = stored.is_none_or(|at| !self.program.measures.contains(&at));
        (count && people).then(|| {
            let by = match &counted.kind {
                ExprKind::Column { relation, name } => self.column(relation, name).and_then(|(table, _)| Some((table?, name.clone()))),
                _ => None,
            };
            (stored, by)
        })
    }

    /// Cells under further conditions. `Err`: they can be compared with none.
    pub(super) fn cell<'e>(
        &self,
        (counted, by): Counted,
        conditions: impl Iterator<Item = &'e Expr>,
        keys: &[&Expr],
    ) -> Result<Cell, Cell> {
        let mut cell = Cell {
            counted,
            people: Rc::default(),
            by,
            tables: self.tables(),
            from: self.from.clone().unwrap_or_default(),
            keys: BTreeSet::new(),
            conditions: self.conditions.clone(),
            constants: self.constants.clone(),
            least: None,
            alone: None,
        };
        let mut plain = self.from.is_some();
        for key in keys {
            let text = self.text(key);
            plain &= text.is_some();
            cell.keys.extend(text);
        }
        for condition in conditions.flat_map(conjuncts) {
            let text = self.text(condition);
            plain &= text.is_some();
            cell.conditions.extend(text);
            cell.constants.extend(self.constant(condition));
        }
        if plain { Ok(cell) } else { Err(cell) }
    }

    fn constant(&self, e: &Expr) -> Option<(String, Constant)> {
        let ExprKind::Operator { function, args } = &e.kind else { return None };
        let equals = self.program.function(*function).is_some_and(|f| &*f.name == "=");
        match args.as_slice() {
            [column @ Expr { kind: ExprKind::Column { .. }, .. }, Expr { kind: ExprKind::Literal(value), .. }]
            | [Expr { kind: ExprKind::Literal(value), .. }, column @ Expr { kind: ExprKind::Column { .. }, .. }]
                if equals =>
            {
                Some((self.text(column)?, Constant::of(&column.ty, value)?))
            }
            _ => None,
        }
    }
}

fn rows_of<'p>(program: &'p Program, relation: &'p Relation, with: &With<'p, '_>, deep: usize) -> Rows {
    let mut rows = match &relation.source {
        RelationSource::Table(id) => of_table(program, *id, deep),
        RelationSource::Cte(name) => of_entry(program, name, with, deep),
        RelationSource::Derived(query) => of_query(program, query, with, deep),
        RelationSource::Unnest { .. } | RelationSource::Function { .. } | RelationSource::Zip { .. } => None,
    }
    .unwrap_or_else(Rows::unlike);
    for (column, renamed) in rows.columns.iter_mut().zip(&relation.columns) {
        column.name = renamed.name.clone();
    }
    rows
}

impl Rows {
    fn unlike() -> Rows {
        Rows { from: None, tables: BTreeSet::new(), conditions: BTreeSet::new(), constants: BTreeMap::new(), columns: Vec::new() }
    }
}

/// A table, or, where a model only chooses rows of another one, that one.
fn of_table(program: &Program, id: TableId, deep: usize) -> Option<Rows> {
    let table = program.table(id)?;
    if let (TableKind::Model(model), true) = (&table.kind, deep > 0)
        && !matches!(model.materialization, Materialization::Incremental { .. })
        && let Some(rows) = of_query(program, &model.query, &With { entries: &[], outer: None }, deep - 1)
        && rows.from.is_some()
    {
        return Some(rows);
    }
    let named = |(position, name): (u32, &Ident)| Named {
        name: name.clone(),
        text: Some(format!("{}.{:?}", id.0, name.as_str())),
        stored: Some(stored(program, (id, position))),
    };
    let columns = (0u32..).zip(table.columns.iter().map(|c| &c.name)).map(named).collect();
    Some(Rows { from: Some(id.0.to_string()), tables: BTreeSet::from([id]), columns, ..Rows::unlike() })
}

/// Where an unchanged column comes from.
fn stored(program: &Program, from: Stored) -> Stored {
    let mut here = from;
    // Each step goes to a table made before.
    for _ in 0..program.tables.len() {
        let column = program.table(here.0).and_then(|t| t.columns.get(here.1 as usize));
        match column.and_then(|c| c.intact).filter(|o| o.edge == Edge::Value) {
            Some(next) => here = (next.table, next.column),
            None => break,
        }
    }
    here
}

fn of_entry<'p>(program: &'p Program, name: &Ident, with: &With<'p, '_>, deep: usize) -> Option<Rows> {
    if let Some((position, cte)) = with.entries.iter().enumerate().rev().find(|(_, c)| c.name == *name) {
        let before = With { entries: with.entries.get(..position).unwrap_or_default(), outer: with.outer };
        return if cte.recursive { None } else { of_query(program, &cte.query, &before, deep) };
    }
    of_entry(program, name, with.outer?, deep)
}

/// The rows of a query; where it does more than choose rows and name columns, they are like no others, of stored columns all the same.
fn of_query<'p>(program: &'p Program, query: &'p Query, outer: &With<'p, '_>, deep: usize) -> Option<Rows> {
    let deep = deep.checked_sub(1)?;
    let with = With { entries: &query.with, outer: Some(outer) };
    let mut rows = match &query.body {
        SetExpr::Select(select) => {
            let block = Block::of(program, select, &with, deep);
            let plain = matches!(select.distinct, Distinct::No) && !select.group.aggregated && select.qualify.is_none();
            let one = matches!(select.from.as_slice(), [FromItem::Relation(_)]) && plain && query.limit.is_none() && query.offset.is_none();
            let named = |e: &'p Expr| Named { name: Ident::default(), text: block.text(e).filter(|_| one), stored: block.stored(e) };
            let columns = select.items.iter().map(|i| named(&i.expr)).collect();
            match block.cell((None, None), select.filter.iter(), &[]) {
                Ok(Cell { from, tables, conditions, constants, .. }) if one => {
                    Rows { from: Some(from), tables, conditions, constants, columns }
                }
                _ => Rows { columns, tables: block.tables(), ..Rows::unlike() },
            }
        }
        SetExpr::Query(inner) if query.limit.is_none() && query.offset.is_none() => of_query(program, inner, &with, deep)?,
        SetExpr::Query(_) | SetExpr::Set { .. } | SetExpr::Values(_) => return None,
    };
    for (column, name) in rows.columns.iter_mut().zip(query.names().cloned()) {
        column.name = name;
    }
    Some(rows)
}
