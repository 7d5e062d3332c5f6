use super::Files;
use super::page::{Link, Page, Pages};
use super::picture::{Column, Line, Picture, Table};
use super::site::Site;
use crate::base::Ident;
use crate::ir::{self, AssertionKind, ExprKind, FromItem, Relation, RelationSource, SetExpr, TableId, TableKind};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Serialize)]
struct Data {
    pictures: Vec<Drawn>,
    too_large: usize,
    references: Vec<Reference>,
    more: Option<super::page::More>,
    alone: Vec<Link>,
    more_alone: usize,
}

#[derive(Serialize)]
struct Drawn {
    title: String,
    svg: String,
}

#[derive(Serialize)]
struct Reference {
    from: Link,
    to: Link,
    place: String,
}

/// A reference: which column of which table is one of which column.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Edge {
    from: (TableId, u32),
    to: (TableId, u32),
}

/// More tables than this in one picture are not read any more.
const MOST_TABLES: usize = 45;
/// Columns that are neither keys nor references are listed while the table stays small.
const MOST_COLUMNS: usize = 8;

fn edges(site: &Site<'_>) -> Vec<(Edge, crate::base::Span)> {
    let of = |(id, table): (TableId, &crate::ir::Table)| {
        let one = |a: &crate::ir::Assertion| match a.kind {
            AssertionKind::References(column, other, at) => Some((Edge { from: (id, column), to: (other, at) }, a.at)),
            _ => None,
        };
        table.assertions.iter().filter_map(one).collect::<Vec<_>>()
    };
    let loads = site.program.numbered().map(|(from, to, load)| (Edge { from, to }, load.at));
    site.program.tables().flat_map(of).chain(loads).collect()
}

/// The page of references, and a picture per set of tables that refer to each other.
pub(super) fn pages(site: &Site<'_>, pages: &Pages) -> Result<Files, String> {
    let edges = edges(site);
    let declared: BTreeSet<Edge> = edges.iter().map(|(e, _)| *e).collect();
    let followed = follow(site, &declared);
    let all: BTreeSet<Edge> = declared.union(&followed).copied().collect();
    let (mut fit, mut large) = (Vec::new(), Vec::new());
    for part in components(&all) {
        if part.len() <= MOST_TABLES {
            fit.push((part, &all));
            continue;
        }
        // What follows from lineage runs everything together in large projects: what is declared is drawn without it.
        let within: BTreeSet<Edge> = declared.iter().filter(|e| part.contains(&e.from.0)).copied().collect();
        let (small, more): (Vec<_>, Vec<_>) = components(&within).into_iter().partition(|p| p.len() <= MOST_TABLES);
        fit.extend(small.into_iter().map(|p| (p, &declared)));
        large.extend(more);
    }
    let touched: BTreeSet<TableId> = fit.iter().map(|(p, _)| p).chain(&large).flatten().copied().collect();
    let mut alone: Vec<Link> =
        site.program.tables().filter(|(id, _)| !touched.contains(id) && !site.is_shown(*id)).map(|(id, _)| site.table_link(id)).collect();
    let more_alone = alone.split_off(alone.len().min(super::page::PER_PAGE)).len();
    let mut drawn: Vec<Drawn> = fit
        .iter()
        .map(|(tables, edges)| {
            let names: Vec<String> = tables.iter().take(4).map(|t| site.table_link(*t).text).collect();
            let rest = tables.len().saturating_sub(4);
            let rest = if rest > 0 { format!(" and {rest} more") } else { String::new() };
            let title = format!("{}{rest}", names.join(", "));
            let svg = picture(site, tables, (edges, &followed), None, format!("References between {title}")).svg("");
            Drawn { title, svg }
        })
        .collect();
    let mut references: Vec<Reference> = edges
        .iter()
        .map(|(e, at)| Reference {
            from: site.column_link(e.from.0, e.from.1),
            to: site.column_link(e.to.0, e.to.1),
            place: site.place(*at),
        })
        .collect();
    let drawn_of = |e: &&Edge| fit.iter().any(|(tables, edges)| edges.contains(e) && tables.contains(&e.from.0));
    references.extend(followed.iter().filter(drawn_of).map(|e| Reference {
        from: site.column_link(e.from.0, e.from.1),
        to: site.column_link(e.to.0, e.to.1),
        place: String::new(),
    }));
    references.sort_by(|a, b| (&a.from, &a.to).cmp(&(&b.from, &b.to)));
    let count = references.len();
    let mut rest = references.into_iter();
    let mut files = Files::new();
    for number in 0..count.div_ceil(super::page::PER_PAGE).max(1) {
        let data = Data {
            pictures: std::mem::take(&mut drawn),
            too_large: if number == 0 { large.len() } else { 0 },
            references: rest.by_ref().take(super::page::PER_PAGE).collect(),
            more: super::page::more("erd.html", number, count),
            alone: if number == 0 { std::mem::take(&mut alone) } else { Vec::new() },
            more_alone: if number == 0 { more_alone } else { 0 },
        };
        let page = Page { path: super::page::nth("erd.html", number), title: "References".to_owned(), template: "erd" };
        files.push(pages.fill(site, page, &data)?);
    }
    Ok(files)
}

/// References that nobody declares and that hold all the same: a column that is handed on unchanged from the key of another table has only values
/// of that key, and one from a column that refers to a key refers to it, too. What reads one table alone is that table in another form,
/// and refers to nothing but its key, where it has several rows for one of it.
fn follow(site: &Site<'_>, declared: &BTreeSet<Edge>) -> BTreeSet<Edge> {
    let written: BTreeMap<(TableId, u32), (TableId, u32)> = declared.iter().map(|e| (e.from, e.to)).collect();
    let mut targets = written.clone();
    let mut found = BTreeSet::new();
    for id in &site.program.order {
        let Some(table) = site.program.table(*id).filter(|t| matches!(t.kind, TableKind::Model(_))) else { continue };
        for (position, column) in (0u32..).zip(&table.columns) {
            let from = (*id, position);
            let stored = column.intact.map(|o| (o.table, o.column));
            let Some(origin) = stored.or_else(|| handed_on(site, table, position)).filter(|_| !written.contains_key(&from)) else {
                continue;
            };
            let target = if is_key(site, origin) { Some(origin) } else { targets.get(&origin).copied() };
            let Some(to) = target.filter(|to| to.0 != *id) else { continue };
            targets.insert(from, to);
            let versions = table.reads == [to.0] && origin == to;
            if (table.reads.len() > 1 || versions) && !is_key(site, from) && !site.is_shown(*id) {
                found.insert(Edge { from, to });
            }
        }
    }
    found
}

/// The column of a table it reads that a model's column is, as it stands in the select list; stored values say so by themselves.
fn handed_on(site: &Site<'_>, table: &ir::Table, position: u32) -> Option<(TableId, u32)> {
    let TableKind::Model(model) = &table.kind else { return None };
    let SetExpr::Select(select) = &model.query.body else { return None };
    let ExprKind::Column { relation, name } = &select.items.get(position as usize)?.expr.kind else { return None };
    let read = select.from.iter().find_map(|item| relation_of(item, relation))?;
    let RelationSource::Table(id) = read.source else { return None };
    // With a list of names of its own, a relation's columns have others than their table.
    let columns = &site.program.table(id).filter(|_| read.columns.is_empty())?.columns;
    (0u32..).zip(columns).find(|(_, c)| c.name == *name).map(|(i, _)| (id, i))
}

fn relation_of<'f>(item: &'f FromItem, alias: &Ident) -> Option<&'f Relation> {
    match item {
        FromItem::Relation(relation) => Some(relation).filter(|r| r.alias == *alias),
        FromItem::Join { left, right, .. } => relation_of(left, alias).or_else(|| relation_of(right, alias)),
    }
}

/// Whether a column is the whole key of its table, as declared or asserted.
fn is_key(site: &Site<'_>, (id, column): (TableId, u32)) -> bool {
    let alone = |columns: &[u32]| *columns == [column];
    let unique = |a: &crate::ir::Assertion| matches!(&a.kind, AssertionKind::Unique(columns) if !a.warn && alone(columns));
    site.program.table(id).is_some_and(|t| alone(&t.key) || t.assertions.iter().any(unique))
}

/// Sets of tables that refer to each other, in order of their first.
fn components(edges: &BTreeSet<Edge>) -> Vec<BTreeSet<TableId>> {
    let mut near: BTreeMap<TableId, BTreeSet<TableId>> = BTreeMap::new();
    for edge in edges {
        near.entry(edge.from.0).or_default().insert(edge.to.0);
        near.entry(edge.to.0).or_default().insert(edge.from.0);
    }
    let mut seen: BTreeSet<TableId> = BTreeSet::new();
    let mut parts = Vec::new();
    for first in near.keys() {
        let mut part = BTreeSet::new();
        let mut open = vec![*first];
        while let Some(id) = open.pop() {
            if seen.insert(id) {
                part.insert(id);
                open.extend(near.get(&id).into_iter().flatten());
            }
        }
        if !part.is_empty() {
            parts.push(part);
        }
    }
    parts
}

/// A table and those it refers to or that refer to it.
pub(super) fn around(site: &Site<'_>, id: TableId) -> Option<Picture> {
    let all = site.references().get(&id)?;
    let edges: BTreeSet<Edge> = all.iter().map(|(from, to)| Edge { from: *from, to: *to }).collect();
    let tables: BTreeSet<TableId> = edges.iter().flat_map(|e| [e.from.0, e.to.0]).take(MOST_TABLES).collect();
    Some(picture(site, &tables, (&edges, &BTreeSet::new()), Some(id), format!("References of {}", site.table_link(id).text)))
}

/// `followed`: the edges that nobody declares, which are dashed.
fn picture(
    site: &Site<'_>,
    tables: &BTreeSet<TableId>,
    (edges, followed): (&BTreeSet<Edge>, &BTreeSet<Edge>),
    here: Option<TableId>,
    title: String,
) -> Picture {
    let order: Vec<TableId> = tables.iter().copied().collect();
    let used: BTreeSet<(TableId, u32)> = edges.iter().flat_map(|e| [e.from, e.to]).collect();
    let mut shown: Vec<Vec<u32>> = Vec::new();
    let boxes = order.iter().map(|id| {
        let table = site.program.table(*id);
        let columns: Vec<&crate::ir::Column> = table.map(|t| t.columns.iter().collect()).unwrap_or_default();
        let key = table.map(|t| t.key.clone()).unwrap_or_default();
        let matters = |c: &u32| key.contains(c) || used.contains(&(*id, *c)) || columns.len() <= MOST_COLUMNS;
        let taken: Vec<u32> = (0u32..).zip(&columns).map(|(c, _)| c).filter(matters).collect();
        let line = |c: &u32| {
            let column = columns.get(*c as usize);
            let ty = column.map(|c| c.ty.to_string()).unwrap_or_default();
            let note = if key.contains(c) { format!("{ty}, key") } else { ty };
            Column { name: column.map_or_else(String::new, |c| c.name.to_string()), note }
        };
        let mut lines: Vec<Column> = taken.iter().map(line).collect();
        let rest = columns.len().saturating_sub(taken.len());
        if rest > 0 {
            lines.push(Column { name: format!("and {}", super::groups::counted(rest, "column")), note: String::new() });
        }
        shown.push(taken);
        Table { link: site.table_link(*id), here: here == Some(*id), columns: lines }
    });
    let boxes: Vec<Table> = boxes.collect();
    let port = |(id, column): (TableId, u32)| {
        let index = order.binary_search(&id).ok()?;
        Some((index, shown.get(index)?.iter().position(|c| *c == column)))
    };
    let line = |e: &Edge| Some(Line { from: port(e.from)?, to: port(e.to)?, dashed: followed.contains(e), many: true });
    Picture { title, boxes, lines: edges.iter().filter_map(line).collect() }
}
