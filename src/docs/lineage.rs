use super::picture::{Column, Line, Picture, Table};
use super::site::Site;
use crate::ir::{Edge, Origin, TableId};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// A picture with more lines than this is none that anybody reads: what lies farthest is left out, and said to be.
const MOST_LINES: usize = 110;
/// Columns of the table itself that are shown.
const MOST_OWN: usize = 60;
/// How far values are followed to where they come from, and to what they become.
const UP: usize = 4;
const DOWN: usize = 2;

type At = (TableId, u32);

#[derive(Default)]
struct Part {
    columns: BTreeMap<TableId, BTreeSet<u32>>,
    /// End, start, dashed.
    links: BTreeSet<(At, At, bool)>,
    lines: usize,
    cut: bool,
}

impl Part {
    /// Takes a column in, where there is room.
    fn take(&mut self, at: At) -> bool {
        if self.columns.get(&at.0).is_some_and(|c| c.contains(&at.1)) {
            return true;
        }
        if self.lines >= MOST_LINES {
            self.cut = true;
            return false;
        }
        self.lines += 1;
        self.columns.entry(at.0).or_default().insert(at.1)
    }
}

/// The ways of the values of a table's columns, and whether something was left out; `None` where nothing leads in or out.
pub(super) fn picture(site: &Site<'_>, id: TableId) -> Option<(Picture, bool)> {
    let table = site.program.table(id)?;
    let mut part = Part::default();
    let own = u32::try_from(table.columns.len().min(MOST_OWN)).unwrap_or(0);
    part.cut = table.columns.len() > MOST_OWN;
    for column in 0..own {
        part.take((id, column));
    }
    walk(site, &mut part, (id, own), true);
    walk(site, &mut part, (id, own), false);
    if part.links.is_empty() {
        return None;
    }
    let cut = part.cut;
    Some((drawn(site, id, &part), cut))
}

/// Step by step from the table's columns, so that what is near has its place first.
fn walk(site: &Site<'_>, part: &mut Part, (id, own): (TableId, u32), up: bool) {
    let mut seen: BTreeSet<At> = (0..own).map(|c| (id, c)).collect();
    let mut open: VecDeque<(At, usize)> = seen.iter().map(|at| (*at, 0)).collect();
    while let Some((here, hops)) = open.pop_front() {
        if hops >= if up { UP } else { DOWN } {
            continue;
        }
        for (other, dashed) in next(site, here, up) {
            if !part.take(other) {
                continue;
            }
            part.links.insert(if up { (here, other, dashed) } else { (other, here, dashed) });
            if !dashed && seen.insert(other) {
                open.push_back((other, hops + 1));
            }
        }
    }
}

fn next(site: &Site<'_>, here: At, up: bool) -> Vec<(At, bool)> {
    if up {
        return site.ways(here.0, here.1).iter().map(|w| ((w.table, w.column), w.equal)).collect();
    }
    let Some(node) = site.graph.node(here.0, here.1) else { return Vec::new() };
    let links = site.graph.out_of(node).into_iter().filter(|l| l.kind != Edge::Control);
    links.filter_map(|l| Some((site.graph.at(l.to)?, l.kind == Edge::Equal))).take(MOST_LINES + 1).collect()
}

fn drawn(site: &Site<'_>, id: TableId, part: &Part) -> Picture {
    let tables: Vec<(&TableId, &BTreeSet<u32>)> = part.columns.iter().collect();
    let place = |(table, column): At| -> Option<(usize, Option<usize>)> {
        let index = tables.iter().position(|(t, _)| **t == table)?;
        let columns = tables.get(index).map(|(_, c)| *c)?;
        Some((index, columns.iter().position(|c| *c == column)))
    };
    let boxes = tables.iter().map(|(table, columns)| {
        let name =
            |c: &u32| site.program.table(**table).and_then(|t| t.columns.get(*c as usize)).map_or_else(String::new, |c| c.name.to_string());
        let columns = columns.iter().map(|c| Column { name: name(c), note: String::new() }).collect();
        Table { link: site.table_link(**table), here: **table == id, columns }
    });
    let line = |(to, from, dashed): &(At, At, bool)| Some(Line { from: place(*from)?, to: place(*to)?, dashed: *dashed, many: false });
    Picture {
        title: format!("Lineage of {}: which columns its columns are made of, and what is made of them", site.table_link(id).text),
        boxes: boxes.collect(),
        lines: part.links.iter().filter_map(line).collect(),
    }
}

/// How groups read each other: few boxes, whatever the size of the project.
pub(super) fn overview(site: &Site<'_>) -> Option<Picture> {
    let mut between: BTreeMap<(usize, usize), usize> = BTreeMap::new();
    for (id, table) in site.program.tables() {
        for read in &table.reads {
            if let (Some(from), Some(to)) = (site.group_index(*read), site.group_index(id))
                && from != to
            {
                *between.entry((from, to)).or_insert(0) += 1;
            }
        }
    }
    if between.is_empty() || site.groups.len() > 40 {
        return None;
    }
    let boxes = site.groups.iter().map(|group| Table {
        link: site.group_link(group),
        here: false,
        columns: vec![Column { name: super::groups::counted(group.tables.len(), "table"), note: String::new() }],
    });
    let line = |(from, to): &(usize, usize)| Line { from: (*from, None), to: (*to, None), dashed: false, many: false };
    Some(Picture {
        title: "Sources and layers, and which of them reads which".to_owned(),
        boxes: boxes.collect(),
        lines: between.keys().map(line).collect(),
    })
}

/// The columns, in words, that decide which rows a table has.
pub(super) fn deciding(site: &Site<'_>, id: TableId) -> Vec<super::page::Link> {
    let rows = site.program.table(id).map(|t| t.rows.clone()).unwrap_or_default();
    let mut links: Vec<super::page::Link> =
        rows.iter().filter(|o| o.column != Origin::ROWS).map(|o| site.column_link(o.table, o.column)).collect();
    links.dedup();
    links
}
