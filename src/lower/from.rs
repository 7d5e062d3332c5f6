use super::cx::Rows;
use super::names::{ident, parts, span_of, unsupported};
use super::query::{lower_query, rename};
use super::{Cx, Scope, ScopeRelation, Shown, flow, join, rows_of};
use crate::base::{Ident, Span};
use crate::diag::{Code, Diagnostic};
use crate::ir::{Edge, FromItem, Origin, Origins, Relation, RelationSource, TableId};
use sqlparser::ast;

/// Lowers `from`; the scope gains its relations and what joining them left on the rows.
pub(super) fn from(cx: &Cx<'_>, scope: &mut Scope<'_>, tables: &[ast::TableWithJoins]) -> Vec<FromItem> {
    tables.iter().filter_map(|t| tree(cx, scope, t)).collect()
}

/// A table and what is joined to it.
fn tree(cx: &Cx<'_>, scope: &mut Scope<'_>, t: &ast::TableWithJoins) -> Option<FromItem> {
    let (start, first) = (scope.relations.len(), scope.shown.len());
    let mut left = factor(cx, scope, &t.relation);
    for j in &t.joins {
        let (middle, second) = (scope.relations.len(), scope.shown.len());
        let right = factor(cx, scope, &j.relation);
        if j.global {
            unsupported(cx, span_of(cx, &j.relation), "`global join`");
        }
        let joined = join::join(cx, scope, &j.join_operator, (start, middle), (first, second), span_of(cx, &j.relation));
        left = match (left, right, joined) {
            (Some(l), Some(r), Some((kind, on))) => Some(FromItem::Join { kind, left: Box::new(l), right: Box::new(r), on }),
            _ => None,
        };
    }
    left
}

fn factor(cx: &Cx<'_>, scope: &mut Scope<'_>, factor: &ast::TableFactor) -> Option<FromItem> {
    let at = span_of(cx, factor);
    match factor {
        ast::TableFactor::Table {
            name,
            alias,
            args: None,
            with_hints,
            version,
            with_ordinality: false,
            partitions,
            json_path,
            sample,
            index_hints,
        } => {
            if sample.is_some() {
                unsupported(cx, at, "`tablesample`");
            }
            if !with_hints.is_empty() || version.is_some() || !partitions.is_empty() || json_path.is_some() || !index_hints.is_empty() {
                unsupported(cx, at, "a hint, version or partition after a table name");
            }
            table(cx, scope, name, alias.as_ref())
        }
        ast::TableFactor::Derived { lateral, subquery, alias, sample } => {
            if sample.is_some() {
                unsupported(cx, at, "`tablesample`");
            }
            Some(derived(cx, scope, *lateral, subquery, alias.as_ref(), at))
        }
        ast::TableFactor::NestedJoin { table_with_joins, alias } => {
            let Some(alias) = alias else { return tree(cx, scope, table_with_joins) };
            // Only the alias is seen outside: as if a query chose everything.
            Some(derived(cx, scope, false, &everything(table_with_joins), Some(alias), at))
        }
        _ => rows_of::function(cx, scope, factor, at),
    }
}

fn table(cx: &Cx<'_>, scope: &mut Scope<'_>, name: &ast::ObjectName, alias: Option<&ast::TableAlias>) -> Option<FromItem> {
    let at = span_of(cx, name);
    let parts = parts(cx, name)?;
    let last = parts.last()?.clone();
    let alias_name = alias.map_or_else(|| last.clone(), |a| ident(&a.name));
    let (source, rows, id) = match lookup(cx, &parts, at) {
        Some(found) => found,
        None => {
            // Columns of a table nobody knows are unknown too: names are then not reported again.
            push(cx, scope, ScopeRelation { alias: alias_name, open: true, ..ScopeRelation::default() }, at);
            return None;
        }
    };
    let (mut columns, mut shaped) = (rows.columns, rows.shaped);
    let renamed = alias.filter(|a| !a.columns.is_empty());
    if let Some(alias) = renamed {
        let before = columns.clone();
        rename_columns(cx, &mut columns, alias, at);
        shaped = shaped.renamed(&before, &columns);
    }
    // Under other names its key is not found by name.
    let (numbers, table) = if renamed.is_some() { (Vec::new(), None) } else { (rows.numbers, id) };
    let renamed = if renamed.is_some() { columns.clone() } else { Vec::new() };
    scope.control = scope.control.join(&rows.control);
    let relation =
        ScopeRelation { alias: alias_name.clone(), columns, numbers, shaped, open: rows.open, table, ..ScopeRelation::default() };
    push(cx, scope, relation, at);
    Some(FromItem::Relation(Relation { source, alias: alias_name, lateral: false, columns: renamed, at }))
}

/// `as t(a, b)`: fewer names leave the rest as they are.
fn rename_columns(cx: &Cx<'_>, columns: &mut [crate::ir::Column], alias: &ast::TableAlias, at: Span) {
    if alias.at.is_some() || alias.columns.iter().any(|c| c.data_type.is_some()) {
        unsupported(cx, at, "types or `at` in an alias");
    }
    if alias.columns.len() > columns.len() {
        let message = format!("{} names for {} columns", alias.columns.len(), columns.len());
        cx.error(Diagnostic::error(Code::ColumnCount, at, message));
    }
    for (c, name) in columns.iter_mut().zip(&alias.columns) {
        c.name = ident(&name.name);
    }
}

/// `select * from (…)`
fn everything(tables: &ast::TableWithJoins) -> ast::Query {
    let select = ast::Select {
        projection: vec![ast::SelectItem::Wildcard(ast::WildcardAdditionalOptions::default())],
        from: vec![tables.clone()],
        ..super::srf::empty_select()
    };
    super::srf::query_of(select)
}

type Found = (RelationSource, Rows, Option<TableId>);

/// A `with` entry or a table by name; `None` after reporting that there is none.
fn lookup(cx: &Cx<'_>, parts: &[Ident], at: Span) -> Option<Found> {
    if let [name] = parts
        && let Some(cte) = cx.ctes.borrow().iter().rev().find(|c| c.name == *name)
    {
        return Some((RelationSource::Cte(name.clone()), cte.rows.clone(), None));
    }
    let written = match parts {
        [name] => name.clone(),
        _ => Ident::exact(&parts.iter().map(Ident::as_str).collect::<Vec<_>>().join(".")),
    };
    let Some(id) = cx.program.table_names.get(&written).copied() else {
        unknown(cx, &written, at);
        return None;
    };
    cx.reads.borrow_mut().insert(id);
    let rows = cx.finished(id).map_or_else(|| Rows { open: true, ..Rows::default() }, |f| scan(id, f));
    Some((RelationSource::Table(id), rows, Some(id)))
}

fn unknown(cx: &Cx<'_>, written: &Ident, at: Span) {
    let name = written.as_str();
    let qualified: Vec<&Ident> =
        cx.program.table_names.keys().filter(|k| k.as_str().rsplit_once('.').is_some_and(|(_, table)| table == name)).collect();
    if let [first, second, ..] = qualified.as_slice() {
        let problem = Diagnostic::error(Code::AmbiguousName, at, format!("`{name}` fits more than one source's table"));
        cx.error(problem.help(format!("write `{first}` or `{second}`")));
        return;
    }
    let ctes: Vec<Ident> = cx.ctes.borrow().iter().map(|c| c.name.clone()).collect();
    let known = ctes.iter().chain(cx.program.table_names.keys()).map(Ident::as_str);
    cx.error(Diagnostic::error(Code::UnknownName, at, format!("no table, model or `with` entry is called `{name}`")).suggest(name, known));
}

/// What reading a finished table yields: each column its own origin, intact while the table's is.
pub(super) fn scan(id: TableId, finished: &super::cx::Finished) -> Rows {
    let source = !matches!(finished.table.kind, crate::ir::TableKind::Model(_));
    let columns = finished.table.columns.iter().zip(0u32..).map(|(c, position)| {
        let origin = Origin { table: id, column: position, edge: Edge::Value };
        // A number that is given out once and kept is stored here, and comes from nowhere else.
        let intact = if source || super::numbered::is_number(&finished.table, &c.name) {
            Some(origin)
        } else {
            c.intact.map(|i| Origin { edge: i.edge, ..origin })
        };
        crate::ir::Column { from: Origins::one(origin), intact, ..c.clone() }
    });
    Rows {
        columns: columns.collect(),
        control: flow::table_control(&finished.control, id),
        numbers: finished.numbers.clone(),
        shaped: finished.shaped.clone(),
        open: finished.open,
    }
}

fn derived(
    cx: &Cx<'_>,
    scope: &mut Scope<'_>,
    lateral: bool,
    subquery: &ast::Query,
    alias: Option<&ast::TableAlias>,
    at: Span,
) -> FromItem {
    let mut lowered = lower_query(cx, if lateral { Some(&*scope) } else { scope.outer }, subquery);
    if let Some(alias) = alias {
        rename(cx, &mut lowered, &alias.columns, at);
    }
    // Postgres before 16 asks for an alias; the IR always has one.
    let name = alias.map_or_else(|| Ident::folded(&format!("derived_{}", scope.relations.len() + 1)), |a| ident(&a.name));
    let columns = lowered.query.columns.clone();
    scope.control = scope.control.join(&lowered.control);
    let relation = ScopeRelation {
        alias: name.clone(),
        columns: columns.clone(),
        numbers: lowered.numbers,
        shaped: lowered.shaped,
        open: lowered.open,
        ..ScopeRelation::default()
    };
    push(cx, scope, relation, at);
    FromItem::Relation(Relation { source: RelationSource::Derived(Box::new(lowered.query)), alias: name, lateral, columns, at })
}

/// Adds a relation to the scope; two of one name are an error.
pub(super) fn push(cx: &Cx<'_>, scope: &mut Scope<'_>, relation: ScopeRelation, at: Span) {
    if scope.relations.iter().any(|r| r.alias == relation.alias) {
        let problem = Diagnostic::error(Code::DuplicateName, at, format!("two relations of this query are called `{}`", relation.alias));
        cx.error(problem.help("give one an alias: `… as other_name`"));
    }
    scope.shown.extend(relation.columns.iter().map(|c| Shown::Column(relation.alias.clone(), c.name.clone())));
    scope.relations.push(relation);
}
