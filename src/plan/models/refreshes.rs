//! Tables that are kept from build to build: what they hold for being kept otherwise, and when what is there does not fit any more.

use crate::base::Ident;
use crate::check::residue::Marks;
use crate::ir::{Dialect, Materialization, Model, OwnTable, Program, Table, TableId, TableKind};
use crate::plan::access::Both;
use crate::plan::common::names::Common;
use crate::plan::common::tables::State;
use crate::plan::models::{own_checks, own_defaults};
use crate::plan::report::Refresh;
use std::collections::{BTreeMap, BTreeSet};

/// What a table has other rows for, where it is kept otherwise: what is built anew holds what its query yields, an incremental one what was
/// there before, too.
pub(in crate::plan) fn kept_otherwise(was: &Materialization, is: &Materialization) -> Option<&'static str> {
    use Materialization::Incremental;
    match (was, is) {
        (Incremental { batch: a, .. }, Incremental { batch: b, .. }) if a.is_some() != b.is_some() => {
            Some(if b.is_some() { "rows that are there stay as they are" } else { "rows replace each other" })
        }
        (Incremental { key: a, cursor: c, history: h, .. }, Incremental { key: b, cursor: d, history: i, .. }) => {
            if h != i {
                Some(if *i { "earlier versions of rows stay" } else { "rows replace each other, and what is gone at the source stays" })
            } else if a != b {
                Some("other rows replace each other")
            } else {
                (c != d).then_some("other rows are taken over from what it reads")
            }
        }
        (_, Incremental { history: true, .. }) => Some("earlier versions of rows stay"),
        (_, Incremental { .. }) => Some("rows that are deleted or changed at the source stay, and of those with one key one is kept"),
        (Incremental { .. }, _) => Some("what only earlier builds had is gone, and rows that no build took over are there"),
        _ => None,
    }
}

/// When a table's rows were chosen.
pub(in crate::plan) fn as_of(kept: &Materialization) -> &'static str {
    if is_stored(kept) { "as of its last build" } else { "as they are when it is read" }
}

/// Whether its rows are written down by a build.
pub(in crate::plan) fn is_stored(kept: &Materialization) -> bool {
    !matches!(kept, Materialization::View | Materialization::Ephemeral)
}

/// Tables of the new program that have to be made anew before a build or an export goes on, or should be.
pub(in crate::plan) fn refreshes(both: &Both<'_>) -> Vec<Refresh> {
    let mut marks = None;
    let mut found = Vec::new();
    for (id, table) in both.head.program.tables() {
        let Some((base, was)) = both.pairs.base_of(id).and_then(|b| Some((b, both.base.program.table(b)?))) else { continue };
        if let Some(because) = left_as_it_is(both, (base, was), (id, table)) {
            let table = both.pairs.head.table(id).to_owned();
            found.push(Refresh { table, needed: true, by_hand: true, because: because.to_owned(), rows: None });
        }
        let (TableKind::Model(a), TableKind::Model(b)) = (&was.kind, &table.kind) else { continue };
        // Under another name nothing is there yet.
        if place(both.base.program, was, a) != place(both.head.program, table, b) {
            continue;
        }
        let because = in_the_way(both.head.program, &a.materialization, &b.materialization).map(|why| (true, why));
        let because = because.or_else(|| match (&a.materialization, &b.materialization) {
            (Materialization::Incremental { .. }, Materialization::Incremental { .. }) => {
                let marks = &mut marks;
                older_rows(both, (base, was), (id, table), &mut || {
                    let (base, head) = marks.get_or_insert_with(|| (Marks::read(both.base.program), Marks::read(both.head.program)));
                    base.get(base_id(both, id)) != head.get(id)
                })
            }
            _ => None,
        });
        let Some((needed, because)) = because else { continue };
        let versions = matches!(&a.materialization, Materialization::Incremental { history: true, .. });
        let lost = if versions { "; made anew, it loses the versions it has" } else { "" };
        let table = both.pairs.head.table(id).to_owned();
        found.push(Refresh { table, needed, by_hand: false, because: format!("{because}{lost}"), rows: None });
    }
    found.sort_by(|a, b| (std::cmp::Reverse(a.needed), &a.table).cmp(&(std::cmp::Reverse(b.needed), &b.table)));
    found
}

/// What of a table of the platform's own no build changes: applications and loads have rows in it.
fn left_as_it_is(both: &Both<'_>, (base, was): (TableId, &Table), (id, table): (TableId, &Table)) -> Option<&'static str> {
    let (a, b) = (was.own()?, table.own()?);
    let schema = |t: &Table| if let TableKind::Source(s) = &t.kind { s.schema.clone() } else { Ident::default() };
    if (&was.name, schema(was)) != (&table.name, schema(table)) {
        return None;
    }
    let columns = |t: &Table, of: TableId, common: &Common<'_>| -> BTreeMap<Ident, (String, bool)> {
        t.columns.iter().map(|c| (common.column(of, &c.name).clone(), (common.ty(&c.ty), c.nullable))).collect()
    };
    let names = |t: &Table| t.columns.iter().map(|c| c.name.clone()).collect::<BTreeSet<_>>();
    if columns(was, base, &both.pairs.base) != columns(table, id, &both.pairs.head) || names(was) != names(table) {
        return Some("its columns are others, and a build leaves the table that is there as it is");
    }
    // A longer span has more partitions, which a build makes.
    let spread = |own: &OwnTable| own.partitions.as_ref().map(|p| (p.column, p.every));
    if spread(a) != spread(b) {
        return Some("its rows are spread over other partitions, and a build leaves the table that is there as it is");
    }
    let fills = own_defaults(was) != own_defaults(table);
    let keeps = was.key != table.key || own_checks(&both.pairs.base, was) != own_checks(&both.pairs.head, table);
    (fills || keeps || a.checks.len() != b.checks.len())
        .then_some("its defaults, key or checks are others, and a build leaves the table that is there as it is")
}

fn base_id(both: &Both<'_>, head: TableId) -> TableId {
    both.pairs.base_of(head).unwrap_or(head)
}

/// Where a model's rows are in the warehouse.
pub(in crate::plan) fn place(program: &Program, table: &Table, model: &Model) -> (Ident, Ident) {
    (program.layer(model.layer).map_or_else(Ident::default, |l| l.schema.clone()), table.name.clone())
}

/// Why a build cannot put what it makes where something of the base is.
fn in_the_way(program: &Program, was: &Materialization, is: &Materialization) -> Option<&'static str> {
    use Materialization::{Ephemeral, Incremental, MaterializedView, Table, View};
    let emits = |target: &str| program.project.emit.iter().any(|e| **e == *target);
    let (plain, dbt) = (emits("sql"), emits("dbt"));
    let postgres = program.project.warehouse.as_ref().is_none_or(|w| w.dialect == Dialect::Postgres);
    match (was, is) {
        (Incremental { history: false, .. }, Incremental { history: true, .. }) => {
            Some("the table that is there has no versions, and a build stops there")
        }
        (Incremental { history: true, .. }, Incremental { history: false, .. }) => {
            Some("the table that is there holds versions of rows, and a build stops there")
        }
        // Plain SQL on Postgres knows what it made anew, and makes it anew once more; so it does with views.
        (Table, Incremental { history: true, .. }) if dbt || !postgres => {
            Some("the table that is there has no versions, and a build stops there")
        }
        (Table, Incremental { .. }) if dbt || !postgres => {
            Some("the table that is there bears no mark of what its rows were made under, and exports refuse it")
        }
        (MaterializedView, Incremental { .. }) if dbt && postgres => {
            Some("a materialized view is there, and a build by dbt stops until it is dropped")
        }
        (Incremental { .. }, View | MaterializedView | Ephemeral | Table) if plain && postgres => {
            Some("the table that is there holds rows that builds have kept, and a build by plain SQL stops until it is dropped")
        }
        (View | Ephemeral, Table | MaterializedView | Incremental { .. }) if plain && !postgres => {
            Some("a view is there, and a build by plain SQL stops until it is dropped")
        }
        (Table | Incremental { .. }, View | MaterializedView | Ephemeral) if plain && !postgres => {
            Some("a table is there, and a build by plain SQL stops until it is dropped")
        }
        _ => None,
    }
}

/// What is wrong with the rows that earlier builds left in an incremental table, and whether a build or an export stops for it.
fn older_rows(
    both: &Both<'_>,
    (base, was): (TableId, &Table),
    (id, table): (TableId, &Table),
    marked_otherwise: &mut dyn FnMut() -> bool,
) -> Option<(bool, &'static str)> {
    let columns = |t: &Table, of: TableId, common: &Common<'_>| {
        t.columns.iter().map(|c| (common.column(of, &c.name).clone(), common.ty(&c.ty))).collect::<Vec<_>>()
    };
    let own_names = |t: &Table| t.columns.iter().map(|c| c.name.clone()).collect::<Vec<_>>();
    let labels = |t: &Table, common: &Common<'_>| t.columns.iter().map(|c| common.label(&c.label)).collect::<Vec<_>>();
    let number = |t: &Table| if let TableKind::Model(m) = &t.kind { m.number().cloned() } else { None };
    let masked = matches!(both.tables.state(id), State::Differs(d) if d.columns.iter().any(|c| c.masks.is_some()));
    let (old, new) = (&both.pairs.base, &both.pairs.head);
    if columns(was, base, old) != columns(table, id, new) || own_names(was) != own_names(table) {
        return Some((true, "its columns are others, and a build stops where they are"));
    }
    let relabelled = labels(was, old) != labels(table, new);
    if !relabelled && !masked && !both.tables.affected(id) {
        return None;
    }
    if number(was) != number(table) {
        return Some((true, "rows of earlier builds were numbered otherwise, and exports refuse them"));
    }
    if masked || relabelled {
        return Some((true, "rows of earlier builds were masked or labelled otherwise, and exports refuse them"));
    }
    if marked_otherwise() {
        return Some((true, "rows of earlier builds were made of other values, and exports refuse them"));
    }
    if both.tables.kept(id) {
        return Some((false, "rows of earlier builds were kept by another key or cursor"));
    }
    Some((
        false,
        if matches!(both.tables.state(id), State::Differs(_)) {
            "rows of earlier builds stay as they were computed then"
        } else {
            "what it reads is computed otherwise, and rows of earlier builds stay as they are"
        },
    ))
}
