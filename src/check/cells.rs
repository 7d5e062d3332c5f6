//! Which counts of people a table tells: of which stored column, over which rows, by what, and under which conditions. Said so that what two models
//! tell can be compared: relations are called by their tables, through models that only choose rows and rename columns.

use super::constants::Constant;
use super::reading::names_of;
use super::rows_of::{RowsOf, leading};
use super::text::text_of;
use crate::base::Ident;
use crate::ir::{
    AggregateCall, AssertionKind, Column, Cte, Distinct, Edge, Expr, ExprKind, FromItem, Label, Level, Materialization, OrderKey, Program,
    Query, Relation, RelationSource, Select, SetExpr, TableId, TableKind, conjuncts, operands, query_of,
};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// A column of a table, by position.
pub(super) type Stored = (TableId, u32);

/// What a count counts by, as it names it: a table of its block, and a column.
type By = (TableId, Ident);

/// Cells of counts.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Cell {
    /// The stored column whose values are counted; `None`: that is not plain to see.
    pub(super) counted: Option<Stored>,
    /// Whom that column names.
    pub(super) people: Rc<People>,
    /// The table and column as the count names them: metrics of one fact over these are a family, whose cells are withheld together.
    pub(super) by: Option<By>,
    /// The tables whose rows are counted, down to where they are stored; empty: that is not plain to see.
    tables: BTreeSet<TableId>,
    from: String,
    keys: BTreeSet<String>,
    conditions: BTreeSet<String>,
    /// `column = 'constant'`: of two with different constants, no row is in both.
    constants: BTreeMap<String, Constant>,
    /// Only whether they are of so many is told: `having count(distinct …) >= 11` chooses them, and nothing is counted beside. `None`: counts are told.
    pub(super) least: Option<u32>,
    /// What cannot be compared is like nothing else: the table that tells it, and a number.
    alone: Option<(TableId, usize)>,
}

impl Cell {
    /// Whether the two are the same cells: whatever is told of how many these hold, their counts may be.
    pub(super) fn is(&self, other: &Cell) -> bool {
        Cell { by: None, least: None, ..self.clone() } == Cell { by: None, least: None, ..other.clone() }
    }

    /// Whether one of the two only tells which groups of the same people hold as many as it asks for. Where other groups or counts are told by other numbers
    /// (`one`: none are), they would spell counts out; other conditions tell what a part leaves.
    pub(super) fn chosen(&self, other: &Cell, one: bool) -> bool {
        let alike = if one { self.least.or(other.least).is_some() } else { self.least.is_some() && self.least == other.least };
        let any = |cell: &Cell| Cell { by: None, keys: BTreeSet::new(), least: None, ..cell.clone() };
        alike && self.alone.is_none() && any(self) == any(other)
    }

    /// Whether both may be of rows of one table, whose people both count.
    pub(super) fn meets(&self, other: &Cell) -> bool {
        let rows = self.tables.is_empty() || other.tables.is_empty() || !self.tables.is_disjoint(&other.tables);
        rows && self.people.may_be(&other.people)
    }

    /// Whether no row is counted in both.
    pub(super) fn excludes(&self, other: &Cell) -> bool {
        self.from == other.from && self.constants.iter().any(|(column, value)| other.constants.get(column).is_some_and(|v| v != value))
    }
}

/// Whom a counted column names: two columns of one table that reference people may be anybody of them, and one that references another names its people.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Default, Debug)]
pub(super) struct People {
    /// The column, and what it is computed from alone, as a pseudonym is.
    own: BTreeSet<Stored>,
    /// These, and what they reference.
    all: BTreeSet<Stored>,
    /// What is referenced in the end.
    pub(super) tops: BTreeSet<Stored>,
}

impl People {
    fn of(program: &Program, counted: Stored) -> People {
        let mut people = People::default();
        let mut next = vec![(counted, true)];
        while let Some((at, own)) = next.pop() {
            if own {
                people.own.insert(at);
            }
            let Some(table) = program.table(at.0).filter(|_| people.all.insert(at)) else { continue };
            let before = next.len();
            next.extend(table.assertions.iter().filter_map(|a| match a.kind {
                AssertionKind::References(from, to, column) if from == at.1 => Some(((to, column), false)),
                _ => None,
            }));
            next.extend(origin(table.columns.get(at.1 as usize)).map(|from| (from, own)));
            if next.len() == before {
                people.tops.insert(at);
            }
        }
        people
    }

    fn may_be(&self, other: &People) -> bool {
        let any = self.all.is_empty() || other.all.is_empty();
        any || !self.own.is_disjoint(&other.all) || !other.own.is_disjoint(&self.all)
    }
}

/// What a column is computed from, where that is one other column.
fn origin(column: Option<&Column>) -> Option<Stored> {
    let column = column?;
    let mut values = column.from.iter().filter(|o| o.edge == Edge::Value);
    let (one, more) = (values.next(), values.next());
    let origin = column.intact.as_ref().filter(|o| o.edge == Edge::Value).or(one.filter(|_| more.is_none()))?;
    Some((origin.table, origin.column))
}

/// The cells of every table that tells aggregates.
pub(super) struct Cells {
    own: BTreeMap<TableId, BTreeSet<Cell>>,
    behind: BTreeMap<TableId, BTreeSet<TableId>>,
}

impl Cells {
    pub(super) fn of(program: &Program) -> Cells {
        let mut cells = Cells { own: BTreeMap::new(), behind: BTreeMap::new() };
        for id in &program.order {
            let Some(table) = program.table(*id).filter(|t| t.columns.iter().any(|c| aggregated(&c.label).is_some())) else { continue };
            let mut behind: BTreeSet<TableId> = table.reads.iter().filter_map(|r| cells.behind.get(r)).flatten().copied().collect();
            if let TableKind::Model(model) = &table.kind {
                let mut reader = Reader { program, table: *id, found: BTreeSet::new() };
                reader.query(&model.query, &With { entries: &[], outer: None });
                if !reader.found.is_empty() {
                    cells.own.insert(*id, reader.found);
                    behind.insert(*id);
                }
            }
            cells.behind.insert(*id, behind);
        }
        cells.settle(program);
        cells
    }

    /// Calls the rows that are counted by where they are stored, and the counted columns by whom they name.
    fn settle(&mut self, program: &Program) {
        let tables: BTreeSet<TableId> = self.own.values().flatten().flat_map(|c| &c.tables).copied().collect();
        let stored = RowsOf::of(program, &tables);
        let mut people: BTreeMap<Stored, Rc<People>> = BTreeMap::new();
        for own in self.own.values_mut() {
            *own = std::mem::take(own)
                .into_iter()
                .map(|mut cell| {
                    cell.tables = stored.behind(&cell.tables);
                    if let Some(counted) = cell.counted {
                        cell.people = people.entry(counted).or_insert_with(|| Rc::new(People::of(program, counted))).clone();
                    }
                    cell
                })
                .collect();
        }
    }

    /// The cells a table counts itself.
    pub(super) fn own(&self, table: TableId) -> impl Iterator<Item = &Cell> {
        self.own.get(&table).into_iter().flatten()
    }

    /// The tables whose cells a table tells, itself or what it reads.
    pub(super) fn behind(&self, table: TableId) -> impl Iterator<Item = TableId> {
        self.behind.get(&table).into_iter().flatten().copied()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.own.values().map(BTreeSet::len).sum::<usize>() < 2
    }
}

/// The smallest number of people a column's cells hold. How many rows a group has says it as well where the group is told only when it is large enough.
pub(super) fn aggregated(label: &Label) -> Option<u32> {
    label.values().iter().chain(label.controls()).filter_map(|(_, level): &(_, Level)| level.aggregate).min()
}

/// Models are looked through so far, and texts get so long: what lies behind is called by its own name.
const MOST_DEEP: usize = 16;
const LONGEST: usize = 4_000;

type Counted = (Option<Stored>, Option<By>);

struct Reader<'p> {
    program: &'p Program,
    table: TableId,
    found: BTreeSet<Cell>,
}

struct With<'p, 'w> {
    entries: &'p [Cte],
    outer: Option<&'w With<'p, 'w>>,
}

impl<'p> With<'p, '_> {
    fn query(&self, name: &Ident) -> Option<&'p Query> {
        let own = self.entries.iter().rev().find(|cte| cte.name == *name).map(|cte| &cte.query);
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
struct Block<'p> {
    program: &'p Program,
    known: Vec<(Ident, Option<TableId>, Rows)>,
    twice: bool,
    /// The relations whose rows the block's are: what these find by a key is not counted.
    leading: BTreeSet<&'p Ident>,
    from: Option<String>,
    conditions: BTreeSet<String>,
    constants: BTreeMap<String, Constant>,
}

impl<'p> Reader<'p> {
    fn query(&mut self, query: &'p Query, outer: &With<'p, '_>) {
        for (position, cte) in query.with.iter().enumerate() {
            let before = query.with.get(..position).unwrap_or_default();
            self.query(&cte.query, &With { entries: before, outer: Some(outer) });
        }
        let with = With { entries: &query.with, outer: Some(outer) };
        self.set(&query.body, &query.order, &with);
        query.limit.iter().chain(&query.offset).for_each(|e| self.inside(e, &with));
    }

    fn set(&mut self, set: &'p SetExpr, order: &'p [OrderKey], with: &With<'p, '_>) {
        match set {
            SetExpr::Select(select) => self.select(select, order, with),
            SetExpr::Set { left, right, .. } => {
                self.set(left, &[], with);
                self.set(right, &[], with);
            }
            SetExpr::Query(inner) => self.query(inner, with),
            SetExpr::Values(rows) => rows.iter().flatten().for_each(|e| self.inside(e, with)),
        }
    }

    /// Queries inside an expression count, too.
    fn inside(&mut self, e: &'p Expr, with: &With<'p, '_>) {
        if let Some(query) = query_of(e) {
            self.query(query, with);
        }
        operands(e, &mut |part| self.inside(part, with));
    }

    fn from(&mut self, item: &'p FromItem, with: &With<'p, '_>) {
        match item {
            FromItem::Relation(Relation { source: RelationSource::Derived(query), .. }) => self.query(query, with),
            FromItem::Relation(_) => {}
            FromItem::Join { left, right, on, .. } => {
                self.from(left, with);
                self.from(right, with);
                on.iter().for_each(|e| self.inside(e, with));
            }
        }
    }

    fn select(&mut self, select: &'p Select, order: &'p [OrderKey], with: &With<'p, '_>) {
        select.from.iter().for_each(|item| self.from(item, with));
        select.shows(order).chain(select.asks()).chain(&select.filter).for_each(|e| self.inside(e, with));
        if !select.group.aggregated {
            return;
        }
        let block = Block::of(self.program, select, with, MOST_DEEP);
        let mut calls = Vec::new();
        select.shows(order).for_each(|e| aggregates(e, &mut calls));
        let shown = !calls.is_empty();
        select.asks().for_each(|e| aggregates(e, &mut calls));
        let least = if shown { None } else { least(self.program, select) };
        let counts = calls.iter().filter_map(|call| block.counts(call));
        let counted: BTreeMap<Option<Stored>, Option<By>> = counts.collect();
        // Within the block an alias is a name.
        let here = |e: &Expr| text_of(self.program, e, &|relation, name| Some(format!("{relation:?}.{name:?}")));
        // Filters that cannot be compared are each a filter of its own.
        let filter = |(at, c): (usize, &&'p AggregateCall)| {
            let text = c.filter.as_ref().and_then(&here);
            let own = (c.filter.is_some() && text.is_none()).then_some(at);
            ((own, text), c.filter.as_ref())
        };
        let filters: BTreeMap<(Option<usize>, Option<String>), Option<&Expr>> = calls.iter().enumerate().map(filter).collect();
        for (stored, by) in &counted {
            for filter in filters.values() {
                for set in sets(select) {
                    let cell = block.cell((*stored, by.clone()), select.filter.iter().chain(*filter), &set);
                    let alone = Some((self.table, self.found.len()));
                    self.found.insert(match cell {
                        Ok(cell) => Cell { least, ..cell },
                        Err(cell) => Cell { least, alone, ..cell },
                    });
                }
            }
        }
    }
}

/// The number of people that `having` asks for, where all that it asks is whether a group holds as many.
fn least(program: &Program, select: &Select) -> Option<u32> {
    let asks = |e: &&Expr| {
        let mut calls = Vec::new();
        aggregates(e, &mut calls);
        !calls.is_empty()
    };
    let asked: Option<BTreeSet<u32>> = select
        .having
        .iter()
        .flat_map(conjuncts)
        .chain(&select.qualify)
        .filter(asks)
        .map(|e| Some(program.threshold(e).filter(|t| t.alone)?.least))
        .collect();
    asked.filter(|asked| asked.len() == 1)?.pop_first()
}

/// The keys of each grouping set.
fn sets(select: &Select) -> Vec<Vec<&Expr>> {
    if select.group.sets.is_empty() {
        return vec![select.group.keys.iter().collect()];
    }
    let of = |set: &Vec<usize>| set.iter().filter_map(|i| select.group.keys.get(*i)).collect();
    select.group.sets.iter().map(of).collect()
}

fn aggregates<'e>(e: &'e Expr, found: &mut Vec<&'e AggregateCall>) {
    if let ExprKind::Aggregate(call) = &e.kind {
        found.push(call);
        return;
    }
    operands(e, &mut |inner| aggregates(inner, found));
}

impl<'p> Block<'p> {
    fn of(program: &'p Program, select: &'p Select, with: &With<'p, '_>, deep: usize) -> Block<'p> {
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
    fn counts(&self, call: &AggregateCall) -> Option<Counted> {
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
    fn cell<'e>(&self, (counted, by): Counted, conditions: impl Iterator<Item = &'e Expr>, keys: &[&Expr]) -> Result<Cell, Cell> {
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
    for (column, name) in rows.columns.iter_mut().zip(names_of(query)) {
        column.name = name;
    }
    Some(rows)
}
