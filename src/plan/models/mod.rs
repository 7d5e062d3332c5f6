//! Sources' tables, seeds, models and facts: what became of each, what that does to its readers, and which columns it reaches.

pub(super) mod other_rows;
mod reach;
pub(super) mod refreshes;

use crate::base::Ident;
use crate::ir::{Column, Materialization, Program, Table, TableId, TableKind};
use crate::plan::access::Both;
use crate::plan::common::names::name_plain;
use crate::plan::common::tables::{ColumnDiff, State};
use crate::plan::common::words::{causes, differs, kind, materialized, told};
use crate::plan::format::tells;
use crate::plan::models::reach::Reach;
use crate::plan::models::refreshes::{as_of, kept_otherwise};
use crate::plan::report::{ColumnChange, Detail, Edit, Impact, ModelChange, Which};
use std::collections::BTreeSet;

/// Every table that is new, gone, otherwise or under another name.
pub(in crate::plan) fn models(both: &Both<'_>) -> Vec<ModelChange> {
    let mut reach = Reach::new(both.head.program);
    let mut found = Vec::new();
    for (id, table) in both.head.program.tables() {
        match both.pairs.base_of(id) {
            None => found.push(added(both, id, table)),
            // Of what Tableau is shown, Access says what changed.
            Some(base) => found.extend(changed(both, (base, id), &mut reach).filter(|_| !both.is_made_up(id))),
        }
    }
    for (id, table) in both.base.program.tables().filter(|(id, _)| both.pairs.head_of(*id).is_none()) {
        found.push(ModelChange {
            edit: Edit::Removed,
            impact: Impact::Breaking,
            caused_by: causes(Which::Base, both.base, [table.at]),
            ..blank(both.base.program, id, table, both.pairs.base.table(id))
        });
    }
    found.sort_by(|a, b| (a.edit, std::cmp::Reverse(a.impact), &a.name).cmp(&(b.edit, std::cmp::Reverse(b.impact), &b.name)));
    found
}

fn blank(program: &Program, id: TableId, table: &Table, name: &str) -> ModelChange {
    ModelChange {
        edit: Edit::Changed,
        kind: kind(program, id, table).to_owned(),
        name: name.to_owned(),
        was: None,
        impact: Impact::Metadata,
        rows: false,
        columns: Vec::new(),
        details: Vec::new(),
        reaches: Vec::new(),
        reaches_indirectly: Vec::new(),
        caused_by: Vec::new(),
    }
}

fn added(both: &Both<'_>, id: TableId, table: &Table) -> ModelChange {
    ModelChange {
        edit: Edit::Added,
        impact: Impact::NonBreaking,
        caused_by: causes(Which::Head, both.head, [table.at]),
        ..blank(both.head.program, id, table, both.pairs.head.table(id))
    }
}

fn changed(both: &Both<'_>, (base, head): (TableId, TableId), reach: &mut Reach<'_>) -> Option<ModelChange> {
    let (was, is) = (both.base.program.table(base)?, both.head.program.table(head)?);
    let renamed = both.pairs.renamed.get(&base);
    let diff = match both.tables.state(head) {
        State::Differs(diff) => Some(diff),
        State::New | State::Same => None,
    };
    let mut columns = columns(both, (was, is), head, diff.as_ref().map_or(&[][..], |d| &d.columns));
    for gone in diff.iter().flat_map(|d| &d.gone).filter_map(|p| was.columns.get(*p as usize)) {
        let name = gone.name.to_string();
        columns.push(ColumnChange { edit: Edit::Removed, name, was: None, impact: Impact::Breaking, value: false, details: Vec::new() });
    }
    let (details, impact) = details(both, was, is);
    let rows = diff.as_ref().is_some_and(|d| d.rows) || both.tables.kept(head);
    if renamed.is_none() && columns.is_empty() && details.is_empty() && !rows {
        return None;
    }
    let impact = columns.iter().map(|c| c.impact).chain([impact]).max().unwrap_or(impact);
    let impact = if rows || renamed.is_some() { Impact::Breaking } else { impact };
    let moved: BTreeSet<u32> =
        diff.iter().flat_map(|d| (0u32..).zip(&d.columns)).filter(|(_, c)| c.value || c.masks.is_some()).map(|(p, _)| p).collect();
    let (reaches, reaches_indirectly) = reach.from(head, rows, &moved);
    let mut caused_by = causes(Which::Base, both.base, [was.at]);
    caused_by.extend(causes(Which::Head, both.head, [is.at]));
    Some(ModelChange {
        edit: if renamed.is_some() { Edit::Renamed } else { Edit::Changed },
        was: renamed.cloned(),
        impact,
        rows,
        columns,
        details,
        reaches,
        reaches_indirectly,
        caused_by,
        ..blank(both.head.program, head, is, both.pairs.head.table(head))
    })
}

fn columns(both: &Both<'_>, (was, is): (&Table, &Table), head: TableId, diffs: &[ColumnDiff]) -> Vec<ColumnChange> {
    let mut found = Vec::new();
    for (position, column) in (0u32..).zip(&is.columns) {
        let before = both.tables.base_column(head, position).and_then(|p| was.columns.get(p as usize));
        let diff = diffs.get(position as usize);
        let Some(before) = before else {
            let name = column.name.to_string();
            found.push(ColumnChange { edit: Edit::Added, name, was: None, impact: Impact::NonBreaking, value: false, details: Vec::new() });
            continue;
        };
        let value = diff.is_some_and(|d| d.value || d.masks.is_some());
        let filled = !matches!(is.kind, TableKind::Model(_));
        found.extend(column_change(both, before, column, (value, filled)));
    }
    found
}

fn column_change(both: &Both<'_>, before: &Column, column: &Column, (value, own): (bool, bool)) -> Option<ColumnChange> {
    let null = |c: &Column| if c.nullable { "may be null" } else { "never null" };
    let (base, head) = (&both.pairs.base, &both.pairs.head);
    let mut details: Vec<Detail> = differs("type", before.ty.to_string(), column.ty.to_string()).into_iter().collect();
    if details.is_empty() && base.ty(&before.ty) != head.ty(&column.ty) {
        details.push(Detail { what: "type".to_owned(), before: base.ty(&before.ty), after: head.ty(&column.ty) });
    }
    let mut impact = if value || !details.is_empty() { Impact::Breaking } else { Impact::Metadata };
    if let Some(detail) = differs("null", null(before), null(column)) {
        impact = impact.max(if column.nullable { Impact::Breaking } else { Impact::NonBreaking });
        details.push(detail);
    }
    // What a column tells because its source does is said where it is read.
    if (own || value) && base.label(&before.label) != head.label(&column.label) {
        let text = |p: &Program, c: &Column| tells(&told(p, &c.label));
        details.extend(differs("tells", text(both.base.program, before), text(both.head.program, column)));
    }
    let renamed = before.name != column.name;
    if !value && !renamed && details.is_empty() {
        return None;
    }
    Some(ColumnChange {
        edit: if renamed { Edit::Renamed } else { Edit::Changed },
        name: column.name.to_string(),
        was: renamed.then(|| before.name.to_string()),
        impact: if renamed { Impact::Breaking } else { impact },
        value,
        details,
    })
}

/// What else there is to a table, and what a change of it does.
fn details(both: &Both<'_>, was: &Table, is: &Table) -> (Vec<Detail>, Impact) {
    let mut found = Vec::new();
    let mut impact = Impact::Metadata;
    let mut note = |detail: Option<Detail>, does: Impact| {
        if let Some(detail) = detail {
            impact = impact.max(does);
            found.push(detail);
        }
    };
    let schema = |p: &Program, t: &Table| match &t.kind {
        TableKind::Source(s) => s.schema.to_string(),
        TableKind::Seed(s) => s.schema.to_string(),
        TableKind::Model(m) => p.layer(m.layer).map_or(String::new(), |l| l.schema.to_string()),
    };
    note(differs("schema", schema(both.base.program, was), schema(both.head.program, is)), Impact::Breaking);
    let key = |t: &Table| {
        let names: Vec<&str> = t.key.iter().filter_map(|p| t.columns.get(*p as usize)).map(|c| c.name.as_str()).collect();
        names.join(", ")
    };
    note(differs("key", key(was), key(is)), Impact::Breaking);
    match (&was.kind, &is.kind) {
        (TableKind::Model(a), TableKind::Model(b)) => {
            let hidden = b.materialization == Materialization::Ephemeral || a.materialization == Materialization::Ephemeral;
            let does = if hidden || kept_otherwise(&a.materialization, &b.materialization).is_some() {
                Impact::Breaking
            } else {
                Impact::NonBreaking
            };
            note(differs("kept as", materialized(&a.materialization), materialized(&b.materialization)), does);
            note(differs("shows rows", as_of(&a.materialization), as_of(&b.materialization)), Impact::NonBreaking);
            let indexes = |m: &crate::ir::Model| {
                let one = |i: &crate::ir::Index| {
                    let columns: Vec<&str> = i.columns.iter().map(Ident::as_str).collect();
                    format!("{}{}", if i.unique { "unique " } else { "" }, columns.join(", "))
                };
                m.indexes.iter().map(one).collect::<Vec<_>>().join("; ")
            };
            note(differs("indexes", indexes(a), indexes(b)), Impact::Metadata);
            note(differs("tags", a.tags.join(", "), b.tags.join(", ")), Impact::Metadata);
            let owner = |m: &crate::ir::Model| m.owner.as_deref().unwrap_or("").to_owned();
            note(differs("owner", owner(a), owner(b)), Impact::Metadata);
            note(differs("declared as", format!("{:?}", a.role).to_lowercase(), format!("{:?}", b.role).to_lowercase()), Impact::Breaking);
        }
        (TableKind::Seed(a), TableKind::Seed(b)) => {
            note(differs("rows", a.rows.len().to_string(), b.rows.len().to_string()), Impact::Breaking);
        }
        (TableKind::Source(_), TableKind::Source(_)) => {
            let created = |t: &Table| if t.own().is_some() { "created by pipec" } else { "created elsewhere" };
            note(differs("is", created(was), created(is)), Impact::Breaking);
            note(differs("defaults", own_defaults(was), own_defaults(is)), Impact::NonBreaking);
            note(differs("partitions", own_partitions(was), own_partitions(is)), Impact::NonBreaking);
            note(differs("checks", own_checks(&both.pairs.base, was), own_checks(&both.pairs.head, is)), Impact::Breaking);
        }
        _ => note(differs("declared as", name_plain(was), name_plain(is)), Impact::Breaking),
    }
    let order = |t: &Table| t.columns.iter().map(|c| c.name.to_string()).collect::<Vec<_>>();
    let (before, after) = (order(was), order(is));
    if before != after && before.iter().collect::<BTreeSet<_>>() == after.iter().collect::<BTreeSet<_>>() {
        note(differs("columns in order", before.join(", "), after.join(", ")), Impact::NonBreaking);
    }
    note(differs("documentation", &*was.doc, &*is.doc), Impact::Metadata);
    let docs = |t: &Table| {
        let named = t.columns.iter().zip(&t.column_docs).filter_map(|(c, d)| Some(format!("{}: {}", c.name, d.as_ref()?)));
        let mut all: Vec<String> = named.collect();
        all.sort();
        all.join("\n")
    };
    note(differs("documentation of columns", docs(was), docs(is)), Impact::Metadata);
    (found, impact)
}

/// What columns of a table of the platform's own get where a row does not say it.
fn own_defaults(table: &Table) -> String {
    let one = |(p, fill): &(u32, crate::ir::Fill)| Some(format!("{} = {fill:?}", table.columns.get(*p as usize)?.name));
    table.own().map_or(String::new(), |own| own.defaults.iter().filter_map(one).collect::<Vec<_>>().join(", "))
}

/// How its rows are spread over tables.
fn own_partitions(table: &Table) -> String {
    let Some(p) = table.own().and_then(|own| own.partitions.as_ref()) else { return String::new() };
    let by = table.columns.get(p.column as usize).map_or("", |c| c.name.as_str());
    let month = |m: u32| format!("{:04}-{:02}", m / 12, m % 12 + 1);
    format!("{} by {by}, {} to {}", p.every.name(), month(p.first), month(p.end))
}

/// Its further conditions, by name.
fn own_checks(common: &crate::plan::common::names::Common<'_>, table: &Table) -> String {
    let one = |c: &crate::ir::Check| {
        let text = crate::predicate::text(common.program, &c.condition).unwrap_or_else(|| {
            let digest = crate::plan::common::canon::digest(&crate::plan::common::canon::condition(common, &[], &c.condition));
            digest.get(..8).unwrap_or("").to_owned()
        });
        format!("{} ({text})", c.name)
    };
    table.own().map_or(String::new(), |own| own.checks.iter().map(one).collect::<Vec<_>>().join(", "))
}
