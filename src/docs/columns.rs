use super::page::Link;
use super::site::{From, Site, anchor};
use super::words::{self, Tells};
use crate::ir::{CategoryId, Column, Level, Table, TableId, TableKind, Verb};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// All that is said about a column.
#[derive(Serialize)]
pub(super) struct Row {
    id: String,
    name: String,
    #[serde(rename = "type")]
    ty: String,
    nullable: bool,
    key: bool,
    doc: String,
    tells: Vec<Tells>,
    /// The conditions that chose its rows tell this.
    when: Vec<Tells>,
    from: Vec<Origin>,
    /// Sources and seeds, where they are not what stands in `from` already.
    made_of: Vec<Link>,
    made_of_more: bool,
    stored: bool,
    becomes: Vec<Link>,
    becomes_more: usize,
    seen: Vec<Seen>,
    tests: Vec<Test>,
}

#[derive(Serialize)]
struct Origin {
    link: Link,
    equal: bool,
    masks: Vec<Link>,
    releases: Vec<String>,
}

/// Who sees it, and in which form.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
struct Seen {
    role: Link,
    /// `as it is`, `through keep_last`
    how: String,
    /// Another table in which it is seen so.
    instead: Option<Link>,
    some_rows: bool,
    verbs: String,
}

#[derive(Clone, Serialize)]
struct Test {
    text: String,
    link: Option<Link>,
}

const MOST_LINKS: usize = 12;

/// The rows of a table's page.
pub(super) fn of(site: &Site<'_>, id: TableId, table: &Table) -> Vec<Row> {
    let mut tests: BTreeMap<u32, Vec<Test>> = BTreeMap::new();
    for one in &table.assertions {
        let (columns, text, link) = words::assertion(site, table, one);
        for column in columns {
            tests.entry(column).or_default().push(Test { text: text.clone(), link: link.clone() });
        }
    }
    let mut seen = seen(site, id);
    let common = chosen_by(table);
    let stored = !matches!(table.kind, TableKind::Model(_));
    let row = |(position, column): (u32, &Column)| row(site, (id, table), (position, column), (&tests, &mut seen, stored, common));
    (0u32..).zip(&table.columns).map(row).collect()
}

/// What the choice of rows tells by every column alike.
pub(super) fn chosen_by(table: &Table) -> &[(CategoryId, Level)] {
    let mut all = table.columns.iter().map(|c| c.label.controls());
    let Some(first) = all.next() else { return &[] };
    let mut counts: BTreeMap<&[(CategoryId, Level)], usize> = BTreeMap::from([(first, 1)]);
    all.for_each(|c| *counts.entry(c).or_insert(0) += 1);
    // The most frequent one; of equally frequent ones the first in order.
    counts.into_iter().rev().max_by_key(|(_, n)| *n).map_or(&[], |(c, _)| c)
}

type Around<'a> = (&'a BTreeMap<u32, Vec<Test>>, &'a mut BTreeMap<u32, Vec<Seen>>, bool, &'a [(CategoryId, Level)]);

fn row(
    site: &Site<'_>,
    (id, table): (TableId, &Table),
    (position, column): (u32, &Column),
    (tests, seen, stored, common): Around<'_>,
) -> Row {
    let ways = site.ways(id, position);
    let direct: BTreeSet<(TableId, u32)> = ways.iter().filter(|w| !w.equal).map(|w| (w.table, w.column)).collect();
    let made_of = site.made_of(id, position);
    let farther = !stored && made_of.iter().any(|m| !direct.contains(m));
    let becomes: Vec<Link> = becomes(site, id, position);
    Row {
        id: anchor(&column.name, position),
        name: column.name.to_string(),
        ty: match &column.ty {
            crate::ir::Type::Json(crate::ir::JsonShape::Object(json, _)) => {
                site.program.json_type(*json).map_or_else(|| column.ty.to_string(), |j| format!("jsonb of {}", j.name))
            }
            ty => ty.to_string(),
        },
        nullable: column.nullable,
        key: table.key.contains(&position),
        doc: words::prose(table.column_docs.get(position as usize).and_then(|d| d.as_deref()).unwrap_or("")),
        tells: words::tells(site, column.label.values()),
        when: if column.label.controls() == common { Vec::new() } else { words::tells(site, column.label.controls()) },
        from: ways.iter().map(|w| origin(site, w)).collect(),
        made_of_more: farther && made_of.len() > MOST_LINKS,
        made_of: if farther { made_of.iter().take(MOST_LINKS).map(|(t, c)| site.column_link(*t, *c)).collect() } else { Vec::new() },
        stored,
        becomes_more: becomes.len().saturating_sub(MOST_LINKS),
        becomes: becomes.into_iter().take(MOST_LINKS).collect(),
        seen: seen.remove(&position).unwrap_or_default(),
        tests: tests.get(&position).cloned().unwrap_or_default(),
    }
}

fn origin(site: &Site<'_>, way: &From) -> Origin {
    Origin {
        link: site.column_link(way.table, way.column),
        equal: way.equal,
        masks: way.masks.iter().map(|m| mask_link(m)).collect(),
        releases: way.releases.iter().map(ToString::to_string).collect(),
    }
}

/// Where a mask is explained.
pub(super) fn mask_link(name: &str) -> Link {
    Link { text: name.to_owned(), href: format!("glossary.html#{}", mask_anchor(name)) }
}

/// The id of a mask in the glossary: blanks and quotes of its name are none of an id.
pub(super) fn mask_anchor(name: &str) -> String {
    let plain: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    format!("mask-{plain}")
}

fn becomes(site: &Site<'_>, id: TableId, position: u32) -> Vec<Link> {
    let Some(node) = site.graph.node(id, position) else { return Vec::new() };
    let links = site.graph.out_of(node).into_iter().filter(|l| l.kind == crate::ir::Edge::Value);
    let ends: BTreeSet<(TableId, u32)> = links.filter_map(|l| site.graph.at(l.to)).filter(|(t, _)| *t != id).collect();
    ends.into_iter().map(|(t, c)| site.column_link(t, c)).collect()
}

/// Who, how, where instead, and whether only some rows.
type Sight = (Link, String, Option<Link>, bool);

/// Who sees the columns of a table, in it or in a masked twin of it.
fn seen(site: &Site<'_>, id: TableId) -> BTreeMap<u32, Vec<Seen>> {
    let mut found: BTreeMap<u32, BTreeMap<Sight, BTreeSet<Verb>>> = BTreeMap::new();
    for entry in site.entries(id) {
        for cell in &entry.columns {
            let how = cell.mask.as_ref().map_or_else(|| "as it is here".to_owned(), |m| format!("what {m} leaves"));
            let key = (site.role_link(&entry.role), how, None, !entry.rows.is_empty());
            found.entry(cell.column).or_default().entry(key).or_default().insert(entry.verb);
        }
    }
    for twin in site.twins(id).iter().copied() {
        for entry in site.entries(twin) {
            for cell in &entry.columns {
                for way in site.ways(twin, cell.column).iter().filter(|w| w.table == id && !w.equal) {
                    let masks: Vec<&str> = way.masks.iter().map(|m| &**m).collect();
                    let how = if masks.is_empty() { "as it is".to_owned() } else { format!("through {}", masks.join(", ")) };
                    let key = (site.role_link(&entry.role), how, Some(site.column_link(twin, cell.column)), !entry.rows.is_empty());
                    found.entry(way.column).or_default().entry(key).or_default().insert(entry.verb);
                }
            }
        }
    }
    let seen = |((role, how, instead, some_rows), verbs): (Sight, BTreeSet<Verb>)| Seen {
        role,
        how,
        instead,
        some_rows,
        verbs: verbs.into_iter().map(Verb::name).collect::<Vec<_>>().join(", "),
    };
    found.into_iter().map(|(column, all)| (column, all.into_iter().map(seen).collect())).collect()
}
