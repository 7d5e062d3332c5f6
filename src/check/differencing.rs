use super::principals::Principal;
use super::reading::text_of;
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::ir::{
    Expr, ExprKind, FromItem, Label, Level, Literal, Program, Query, Relation, RelationSource, Select, SetExpr, Table, TableId, TableKind,
    operands,
};
use std::collections::{BTreeMap, BTreeSet};

/// Refuses counts of one table's people in two tables of one reader, where one count may be a part of the other: their difference is a count
/// that no smallest group protects. Metrics of one fact are looked at together when the fact is lowered, and cells are withheld there until
/// differences are protected, too; across tables nobody withholds anything. Shown to be in order: the same cells, and counts under conditions that
/// exclude each other.
pub(super) fn check(program: &Program, cells: &Cells, principal: &Principal<'_>, diagnostics: &mut Diagnostics) {
    let mut read: BTreeMap<TableId, crate::base::Span> = BTreeMap::new();
    for reads in principal.reads.iter().filter(|r| aggregated(&r.label).is_some()) {
        for counted in cells.behind.get(&reads.table).into_iter().flatten() {
            read.entry(*counted).or_insert(reads.at);
        }
    }
    let mut by_base: BTreeMap<TableId, Vec<(TableId, &Cell)>> = BTreeMap::new();
    for table in read.keys() {
        for cell in cells.own.get(table).into_iter().flatten() {
            by_base.entry(cell.base).or_default().push((*table, cell));
        }
    }
    for (base, all) in by_base {
        let pairs = all.iter().enumerate().flat_map(|(i, a)| all.iter().skip(i + 1).map(move |b| (a, b)));
        let found = pairs.filter(|((one, _), (other, _))| one != other).find(|((_, a), (_, b))| a != b && !excluded(a, b));
        if let Some(((one, _), (other, _))) = found {
            let at = read.get(other).copied().unwrap_or(principal.at);
            if let Some(problem) = refusal(program, principal, base, (*one, *other), at) {
                diagnostics.push(problem);
            }
        }
    }
}

/// Cells of counts: what they count, by what, and under which conditions.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Cell {
    base: TableId,
    keys: BTreeSet<String>,
    conditions: BTreeSet<String>,
    /// `column = 'constant'`: of two with different constants, nobody is in both.
    constants: BTreeMap<String, String>,
}

/// The cells of every table that tells aggregates.
pub(super) struct Cells {
    own: BTreeMap<TableId, BTreeSet<Cell>>,
    /// The tables whose cells a table tells, itself or what it reads.
    behind: BTreeMap<TableId, BTreeSet<TableId>>,
}

impl Cells {
    pub(super) fn of(program: &Program) -> Cells {
        let mut cells = Cells { own: BTreeMap::new(), behind: BTreeMap::new() };
        for id in &program.order {
            let Some(table) = program.table(*id).filter(|t| t.columns.iter().any(|c| aggregated(&c.label).is_some())) else { continue };
            let mut behind: BTreeSet<TableId> = table.reads.iter().filter_map(|r| cells.behind.get(r)).flatten().copied().collect();
            let own = own(program, table);
            if !own.is_empty() {
                cells.own.insert(*id, own);
                behind.insert(*id);
            }
            cells.behind.insert(*id, behind);
        }
        cells
    }

    pub(super) fn is_empty(&self) -> bool {
        self.own.len() < 2
    }
}

/// The smallest number of people a column's cells hold.
fn aggregated(label: &Label) -> Option<u32> {
    label.values().iter().filter_map(|(_, level): &(_, Level)| level.aggregate).min()
}

fn own(program: &Program, table: &Table) -> BTreeSet<Cell> {
    let mut found = BTreeSet::new();
    if let TableKind::Model(model) = &table.kind {
        in_query(program, &model.query, &mut found);
    }
    found
}

fn in_query(program: &Program, query: &Query, found: &mut BTreeSet<Cell>) {
    query.with.iter().for_each(|cte| in_query(program, &cte.query, found));
    in_set(program, &query.body, found);
}

fn in_set(program: &Program, set: &SetExpr, found: &mut BTreeSet<Cell>) {
    match set {
        SetExpr::Select(select) => in_select(program, select, found),
        SetExpr::Set { left, right, .. } => {
            in_set(program, left, found);
            in_set(program, right, found);
        }
        SetExpr::Query(inner) => in_query(program, inner, found),
        SetExpr::Values(_) => {}
    }
}

fn in_select(program: &Program, select: &Select, found: &mut BTreeSet<Cell>) {
    let mut bases = Vec::new();
    for item in &select.from {
        tables(program, item, &mut bases, found);
    }
    if !select.group.aggregated {
        return;
    }
    let keys: BTreeSet<String> = select.group.keys.iter().map(|k| bare(program, k)).collect();
    let mut filters: Vec<Vec<&Expr>> = Vec::new();
    for e in select.items.iter().map(|i| &i.expr).chain(&select.having) {
        counts(e, &mut filters);
    }
    for base in bases {
        for filter in &filters {
            let all = select.filter.iter().chain(filter.iter().copied()).flat_map(conjuncts);
            let mut cell = Cell { base, keys: keys.clone(), conditions: BTreeSet::new(), constants: BTreeMap::new() };
            for condition in all {
                cell.conditions.insert(bare(program, condition));
                cell.constants.extend(constant(program, condition));
            }
            found.insert(cell);
        }
    }
}

fn tables(program: &Program, item: &FromItem, bases: &mut Vec<TableId>, found: &mut BTreeSet<Cell>) {
    match item {
        FromItem::Relation(Relation { source: RelationSource::Table(id), .. }) => bases.push(*id),
        FromItem::Relation(Relation { source: RelationSource::Derived(query), .. }) => in_query(program, query, found),
        FromItem::Relation(_) => {}
        FromItem::Join { left, right, .. } => {
            tables(program, left, bases, found);
            tables(program, right, bases, found);
        }
    }
}

/// The filters of the aggregates in an expression: none counts everything.
fn counts<'e>(e: &'e Expr, filters: &mut Vec<Vec<&'e Expr>>) {
    if let ExprKind::Aggregate(call) = &e.kind {
        filters.push(call.filter.iter().collect());
        return;
    }
    operands(e, &mut |inner| counts(inner, filters));
}

fn conjuncts(e: &Expr) -> Vec<&Expr> {
    match &e.kind {
        ExprKind::And(all) => all.iter().flat_map(conjuncts).collect(),
        _ => vec![e],
    }
}

/// An expression without the aliases of its block.
fn bare(program: &Program, e: &Expr) -> String {
    let mut text = text_of(program, e).to_string();
    let mut aliases = BTreeSet::new();
    columns(e, &mut aliases);
    for alias in aliases {
        text = text.replace(&format!("{alias}."), "");
    }
    text
}

fn columns(e: &Expr, aliases: &mut BTreeSet<String>) {
    if let ExprKind::Column { relation, .. } = &e.kind {
        aliases.insert(relation.to_string());
    }
    operands(e, &mut |inner| columns(inner, aliases));
}

fn constant(program: &Program, e: &Expr) -> Option<(String, String)> {
    let ExprKind::Operator { function, args } = &e.kind else { return None };
    let equals = program.function(*function).is_some_and(|f| &*f.name == "=");
    match args.as_slice() {
        [column @ Expr { kind: ExprKind::Column { .. }, .. }, value @ Expr { kind: ExprKind::Literal(l), .. }]
        | [value @ Expr { kind: ExprKind::Literal(l), .. }, column @ Expr { kind: ExprKind::Column { .. }, .. }]
            if equals && *l != Literal::Null =>
        {
            Some((bare(program, column), bare(program, value)))
        }
        _ => None,
    }
}

/// Whether nobody can be counted in both.
fn excluded(a: &Cell, b: &Cell) -> bool {
    a.constants.iter().any(|(column, value)| b.constants.get(column).is_some_and(|other| other != value))
}

fn refusal(
    program: &Program,
    principal: &Principal<'_>,
    base: TableId,
    (one, other): (TableId, TableId),
    at: crate::base::Span,
) -> Option<Diagnostic> {
    let (base, one, other) = (program.table(base)?, program.table(one)?, program.table(other)?);
    let message = format!(
        "{} gets counts over `{}` in `{}` and others in `{}`: where one is a part of the other, their difference is a count of any size",
        principal.what, base.name, one.name, other.name
    );
    Some(
        Diagnostic::error(Code::Differencing, at, message)
            .mark(one.at, format!("`{}`", one.name))
            .mark(other.at, format!("`{}`", other.name))
            .mark(principal.at, "who reads both")
            .help("list the metrics in one fact, where cells are withheld until differences are protected too, or send one of the tables to another reader"),
    )
}
