use super::Files;
use super::page::{Link, Page, Pages};
use super::picture::{Column, Line, Picture, Table};
use super::site::Site;
use crate::ir::{AssertionKind, TableId};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Serialize)]
struct Data {
    pictures: Vec<Drawn>,
    too_large: usize,
    references: Vec<Reference>,
    more: Option<super::page::More>,
    alone: usize,
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
    site.program.tables().flat_map(of).collect()
}

/// The page of references, and a picture per set of tables that refer to each other.
pub(super) fn pages(site: &Site<'_>, pages: &Pages) -> Result<Files, String> {
    let edges = edges(site);
    let all: BTreeSet<Edge> = edges.iter().map(|(e, _)| *e).collect();
    let parts = components(&all);
    let (fit, large): (Vec<_>, Vec<_>) = parts.into_iter().partition(|p| p.len() <= MOST_TABLES);
    let touched: usize = fit.iter().chain(&large).map(BTreeSet::len).sum();
    let mut drawn: Vec<Drawn> = fit
        .iter()
        .map(|tables| {
            let names: Vec<String> = tables.iter().take(4).map(|t| site.table_link(*t).text).collect();
            let rest = tables.len().saturating_sub(4);
            let rest = if rest > 0 { format!(" and {rest} more") } else { String::new() };
            let title = format!("{}{rest}", names.join(", "));
            let svg = picture(site, tables, &all, None, format!("References between {title}")).svg("");
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
            alone: site.program.tables.len().saturating_sub(touched),
        };
        let page = Page { path: super::page::nth("erd.html", number), title: "References".to_owned(), template: "erd" };
        files.push(pages.fill(site, page, &data)?);
    }
    Ok(files)
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
    Some(picture(site, &tables, &edges, Some(id), format!("References of {}", site.table_link(id).text)))
}

fn picture(site: &Site<'_>, tables: &BTreeSet<TableId>, edges: &BTreeSet<Edge>, here: Option<TableId>, title: String) -> Picture {
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
    let line = |e: &Edge| Some(Line { from: port(e.from)?, to: port(e.to)?, dashed: false, many: true });
    Picture { title, boxes, lines: edges.iter().filter_map(line).collect() }
}
