//! What APIs show: which table stands behind each path, which columns and which key; and the views that requests read.

use super::view::{named, plain, select};
use crate::base::{Ident, Span, short_name};
use crate::ir::{
    Api, AssertionKind, Column, Dialect, Distinct, Edge, Exposed, FieldName, FromItem, Layer, Materialization, Model, ModelRole, Origin,
    Origins, Program, Relation, RelationSource, SelectItem, Table, TableId, TableKind, Type, Verb,
};
use std::collections::BTreeSet;
use std::sync::Arc;

/// A path of an API, looked up.
pub struct Shows<'p> {
    /// As declared.
    pub exposed: &'p Exposed,
    /// The table that the role reads: the declared one, or its masked twin; `None`: neither.
    pub table: Option<TableId>,
    /// The columns that are shown, by position in that table, in its order.
    pub columns: Vec<u32>,
    /// Its key, by position: by it rows are ordered and looked up.
    pub key: Result<Vec<u32>, NoKey>,
    /// Whether it is a fact, whose key has NULL where a metric has no such dimension or period: its rows are listed and not looked up.
    pub fact: bool,
    /// Columns that requests may ask for, by position.
    pub filters: Vec<u32>,
    /// Names that no column of the table has.
    pub unknown: Vec<&'p FieldName>,
    /// Filters over columns that are not shown.
    pub hidden: Vec<&'p FieldName>,
    /// Filters over columns of types that cannot be written into an address.
    pub unfit: Vec<&'p FieldName>,
}

/// Why rows cannot be told apart by a key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum NoKey {
    /// None is declared.
    Undeclared,
    /// A part of it is not shown.
    Hidden(Ident),
    /// A part of it may be NULL, or is of a type that cannot be written into an address.
    Unfit(Ident),
}

/// The role in Postgres that an API's service logs in as: it may become the API's role, and nobody who reads is called so.
pub fn service_role(program: &Program, api: &Api) -> Ident {
    short_name(&format!("{}_{}", program.project.name, api.name), "api")
}

/// What an API shows: tables that its role reads, with the columns that are shown, by position, and where that is said.
pub fn told(program: &Program, api: &Api) -> Vec<(TableId, Vec<u32>, Span)> {
    let of_view = |exposed: &Exposed| {
        let view = program.table(exposed.view?)?;
        let columns = view.columns.iter().filter_map(|c| c.intact.map(|o| o.column)).collect();
        Some((*view.reads.first()?, columns, exposed.at))
    };
    let looked_up = |exposed: &Exposed| {
        let shows = look_up(program, api, exposed);
        Some((shows.table?, shows.columns, exposed.at))
    };
    api.exposed.iter().filter_map(|e| of_view(e).or_else(|| looked_up(e))).collect()
}

/// What everybody is told through APIs that ask for no token.
pub fn told_to_everybody(program: &Program) -> Vec<(TableId, Vec<u32>, Span)> {
    program.apis.iter().filter(|a| a.anonymous.is_some()).flat_map(|a| told(program, a)).collect()
}

/// Every path that an API lists, in order.
pub fn shows<'p>(program: &'p Program, api: &'p Api) -> Vec<Shows<'p>> {
    api.exposed.iter().map(|exposed| look_up(program, api, exposed)).collect()
}

fn look_up<'p>(program: &'p Program, api: &Api, exposed: &'p Exposed) -> Shows<'p> {
    let mut shows = Shows {
        exposed,
        table: read_as(program, &api.role, Verb::Read, exposed.table),
        columns: Vec::new(),
        key: Err(NoKey::Undeclared),
        fact: false,
        filters: Vec::new(),
        unknown: Vec::new(),
        hidden: Vec::new(),
        unfit: Vec::new(),
    };
    let Some(table) = shows.table.or(Some(exposed.table)).and_then(|id| program.table(id)) else { return shows };
    let place = |name: &Ident| (0u32..).zip(&table.columns).find(|(_, c)| c.name == *name);
    let mut columns: BTreeSet<u32> = BTreeSet::new();
    match &exposed.only {
        None => columns.extend((0u32..).zip(&table.columns).map(|(at, _)| at)),
        Some(only) => {
            for field in only {
                match place(&field.0) {
                    Some((at, _)) => drop(columns.insert(at)),
                    None => shows.unknown.push(field),
                }
            }
        }
    }
    for field in &exposed.filters {
        match place(&field.0) {
            None => shows.unknown.push(field),
            Some((at, _)) if !columns.contains(&at) => shows.hidden.push(field),
            Some((_, column)) if !fits_address(&column.ty) => shows.unfit.push(field),
            Some((at, _)) if !shows.filters.contains(&at) => shows.filters.push(at),
            Some(_) => {}
        }
    }
    shows.fact = matches!(&table.kind, TableKind::Model(m) if m.role == ModelRole::Fact);
    let twin = program.twins.iter().find(|t| Some(t.table) == shows.table).and_then(|t| Some((t.base, program.table(t.base)?)));
    shows.key = match twin {
        Some(base) => key_of_twin(table, base, &columns),
        None if shows.fact => key_of_fact(table, &columns),
        None => key(table, &columns),
    };
    shows.columns = columns.into_iter().collect();
    shows
}

/// The table a role reads where this one is written: itself, or the twin that masks it for the role.
pub fn read_as(program: &Program, role: &Ident, verb: Verb, table: TableId) -> Option<TableId> {
    let foreign = program.table(table).is_none_or(Table::is_foreign);
    let granted = |id: TableId| program.grants.iter().any(|g| g.verb == verb && g.role == *role && g.tables.contains(&id));
    let twins = program.twins.iter().filter(|t| t.base == table).map(|t| t.table);
    std::iter::once(table).chain(twins).find(|id| !foreign && granted(*id))
}

/// The declared key, or the first columns that are declared to be unique together.
fn key(table: &Table, columns: &BTreeSet<u32>) -> Result<Vec<u32>, NoKey> {
    let unique = table.assertions.iter().filter(|a| !a.warn).find_map(|a| match &a.kind {
        AssertionKind::Unique(of) => Some(of),
        _ => None,
    });
    let key = Some(&table.key).filter(|k| !k.is_empty()).or(unique).ok_or(NoKey::Undeclared)?;
    let filled = |at: u32| table.assertions.iter().any(|a| !a.warn && matches!(&a.kind, AssertionKind::NotNull(c) if *c == at));
    for at in key {
        let Some(column) = table.columns.get(*at as usize) else { return Err(NoKey::Undeclared) };
        if !columns.contains(at) {
            return Err(NoKey::Hidden(column.name.clone()));
        }
        if (column.nullable && !filled(*at)) || !fits_address(&column.ty) {
            return Err(NoKey::Unfit(column.name.clone()));
        }
    }
    Ok(key.clone())
}

/// A masked twin has the rows of what it masks: where its key goes through no mask, it is the twin's.
fn key_of_twin(table: &Table, (id, base): (TableId, &Table), columns: &BTreeSet<u32>) -> Result<Vec<u32>, NoKey> {
    let all: BTreeSet<u32> = (0u32..).zip(&base.columns).map(|(at, _)| at).collect();
    let unmasked = |at: u32| {
        let same = |c: &Column| c.intact.is_some_and(|o| (o.table, o.column, o.edge) == (id, at, Edge::Value));
        (0u32..).zip(&table.columns).find(|(_, c)| same(c)).map(|(place, _)| place)
    };
    let mut found = Vec::new();
    for at in key(base, &all)? {
        let Some(place) = unmasked(at) else { return Err(NoKey::Undeclared) };
        match table.columns.get(place as usize) {
            Some(column) if !columns.contains(&place) => return Err(NoKey::Hidden(column.name.clone())),
            _ => found.push(place),
        }
    }
    Ok(found)
}

/// A fact has one row per metric, period and combination of dimensions: all that is no value.
fn key_of_fact(table: &Table, columns: &BTreeSet<u32>) -> Result<Vec<u32>, NoKey> {
    let parts: Vec<(u32, &Column)> = (0u32..).zip(&table.columns).filter(|(_, c)| c.name.as_str() != "value").collect();
    for (at, column) in &parts {
        if !columns.contains(at) {
            return Err(NoKey::Hidden(column.name.clone()));
        }
        if !fits_address(&column.ty) {
            return Err(NoKey::Unfit(column.name.clone()));
        }
    }
    Ok(parts.into_iter().map(|(at, _)| at).collect())
}

/// Whether a value of the type is written in an address in one way that everybody knows.
fn fits_address(ty: &Type) -> bool {
    use Type as T;
    matches!(
        ty,
        T::Boolean | T::SmallInt | T::Integer | T::BigInt | T::Numeric(_) | T::Text(_) | T::Date | T::Timestamp | T::Timestamptz | T::Uuid
    )
}

/// Adds to a program the views that requests read: the last tables of all, which nothing else reads.
pub fn serve(program: &mut Program) {
    let emitted = program.project.emit.iter().any(|e| &**e == "api");
    if !emitted || program.apis.is_empty() || program.project.warehouse.as_ref().is_none_or(|w| w.dialect != Dialect::Postgres) {
        return;
    }
    for index in 0..program.apis.len() {
        let Some(api) = program.apis.get(index).cloned() else { continue };
        let layer = u32::try_from(program.layers.len()).unwrap_or(u32::MAX);
        let doc = Arc::from(format!("What the API `{}` reads: one view per path.", api.name));
        let name = Ident::exact(&format!("api_{}", api.name));
        program.layers.push(Layer { name, schema: api.schema.clone(), materialization: Materialization::View, doc, at: api.at });
        let made: Vec<Option<Table>> = shows(program, &api).iter().map(|s| view(program, &api, s, layer)).collect();
        for (place, table) in made.into_iter().enumerate() {
            let Some(mut table) = table else { continue };
            let id = TableId(u32::try_from(program.tables.len()).unwrap_or(u32::MAX));
            table.name = free(program, &table.name);
            program.table_names.insert(table.name.clone(), id);
            program.order.push(id);
            program.tables.push(table);
            if let Some(exposed) = program.apis.get_mut(index).and_then(|a| a.exposed.get_mut(place)) {
                exposed.view = Some(id);
            }
        }
    }
}

/// A name that nothing has, in the 63 bytes that Postgres keeps.
fn free(program: &Program, wanted: &Ident) -> Ident {
    let short: String = wanted.as_str().chars().take(56).collect();
    let mut tries = std::iter::once(short.clone()).chain((2..).map(|n| format!("{short}_{n}"))).map(|n| Ident::exact(&n));
    tries.find(|n| !program.table_names.contains_key(n)).unwrap_or_default()
}

fn view(program: &Program, api: &Api, shows: &Shows<'_>, layer: u32) -> Option<Table> {
    let id = shows.table?;
    let base = program.table(id)?;
    let written_in = match &base.kind {
        TableKind::Model(model) => model.written_in.clone(),
        TableKind::Seed(seed) => seed.path.clone(),
        TableKind::Source(source) => source.own.as_ref()?.written_in.clone(),
    };
    let chosen: Vec<(u32, &Column)> = shows.columns.iter().filter_map(|at| Some((*at, base.columns.get(*at as usize)?))).collect();
    let columns = chosen.iter().map(|(at, column)| {
        let origin = Origin { table: id, column: *at, edge: Edge::Value };
        Column { from: Origins::one(origin), intact: Some(origin), ..(*column).clone() }
    });
    let columns: Vec<Column> = columns.collect();
    let alias = Ident::exact("shown");
    let items = chosen.iter().map(|(_, c)| SelectItem { expr: named(&alias, c), name: c.name.clone() }).collect();
    // Where the table is a view that hides rows, both views ask the same of the same role.
    let relation = Relation { source: RelationSource::Table(id), alias, lateral: false, columns: Vec::new(), at: shows.exposed.at };
    let query = plain(select(items, FromItem::Relation(relation), None, Distinct::No), columns.clone());
    let place = |at: &u32| shows.columns.iter().position(|c| c == at).and_then(|p| u32::try_from(p).ok());
    let key = shows.key.as_ref().ok().and_then(|k| k.iter().map(place).collect()).unwrap_or_default();
    let docs = chosen.iter().map(|(at, _)| base.column_docs.get(*at as usize).cloned().flatten()).collect();
    let name: String = shows.exposed.path.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    Some(Table {
        name: Ident::exact(&format!("{}_{name}", api.name)),
        kind: TableKind::Model(Box::new(Model {
            layer,
            materialization: Materialization::View,
            query,
            role: ModelRole::Model,
            indexes: Vec::new(),
            tags: Vec::new(),
            owner: None,
            written_in,
        })),
        columns,
        column_docs: docs,
        doc: Arc::from(format!("`{}` as the API `{}` shows it.", base.name, api.name)),
        assertions: Vec::new(),
        key,
        rows: Origins::one(Origin::rows(id)),
        reads: vec![id],
        at: shows.exposed.at,
    })
}
