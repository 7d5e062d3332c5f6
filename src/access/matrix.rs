use super::api::told;
use super::carry::Carry;
use super::exporter::{exported, exporter_role};
use super::shown::connection_role;
use crate::base::{Ident, Span};
use crate::ir::{Expr, ExprKind, FunctionKind, Program, SetExpr, Table, TableId, TableKind, Verb, find};
use std::collections::BTreeMap;

/// Who may read what, cell by cell: finite, in order of role, verb, table and path.
#[derive(Clone, Debug, Default)]
pub struct Matrix {
    /// Its lines: one per role, verb, table and path, with the cells of its columns.
    pub entries: Vec<Entry>,
    /// What everybody may read through APIs that ask for no token: what their roles read, with the columns and rows that are shown. Their role
    /// is `*`.
    pub open: Vec<Entry>,
    /// What service accounts at Google read by the roles they have there, their name as the role; nothing of it is granted here.
    pub accounts: Vec<Entry>,
}

/// The cells of one role, verb, table and path, which share their rows and their reason.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Who.
    pub role: Ident,
    /// What they may do.
    pub verb: Verb,
    /// With which table: of a masked grant, with the twin.
    pub table: TableId,
    /// Where they meet it.
    pub path: Path,
    /// Which columns, in order.
    pub columns: Vec<Cell>,
    /// Which rows: those for which every one of these holds; empty: all.
    pub rows: Vec<RowRule>,
    /// The table a masked twin stands for, and the masking.
    pub masked: Option<(TableId, Ident)>,
    /// The declarations that cause it.
    pub because: Vec<Span>,
}

/// Where a role meets a table.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Path {
    /// In the warehouse.
    Warehouse,
    /// In files of an export, by index into [`Program::exports`].
    Export(u32),
    /// In Tableau, by index into [`Program::shown`].
    DataSource(u32),
    /// Through an API, by index into [`Program::apis`]: a view in the warehouse that the API's role reads.
    Api(u32),
    /// In datasets and buckets, by what Google's own roles let a service account do.
    Google,
}

impl Path {
    /// Whether the warehouse itself lets the role through: to tables, and to the views of APIs.
    pub fn is_in_warehouse(self) -> bool {
        matches!(self, Path::Warehouse | Path::Api(_))
    }
}

/// A column that may be read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Cell {
    /// By position.
    pub column: u32,
    /// The mask its value went through in this table.
    pub mask: Option<std::sync::Arc<str>>,
}

/// A policy's condition over the columns of this table.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct RowRule {
    /// Index into [`Program::policies`].
    pub policy: u32,
    /// Its columns here, by position, in the order of [`Policy::columns`](crate::ir::Policy).
    pub columns: Vec<u32>,
}

impl Matrix {
    /// The matrix of a program. It has a line for what is granted, whether or not a check refuses it.
    pub fn new(program: &Program, carry: &Carry) -> Matrix {
        let mut lines: BTreeMap<(Ident, Verb, TableId, Path), Vec<Span>> = BTreeMap::new();
        let sources = in_tableau(program);
        for grant in &program.grants {
            for table in &grant.tables {
                let in_tableau = sources.get(&(&grant.role, grant.verb, *table)).copied();
                let path = in_tableau.map_or(Path::Warehouse, Path::DataSource);
                lines.entry((grant.role.clone(), grant.verb, *table, path)).or_default().push(grant.at);
            }
        }
        // Tableau's connection is a principal, too.
        for shown in &program.shown {
            lines.entry((connection_role(program), Verb::Read, shown.view, Path::Warehouse)).or_default().push(shown.at);
        }
        // So is who runs the exports.
        let (exporter, sent) = (exporter_role(program), exported(program));
        for (table, (_, because)) in &sent {
            lines.entry((exporter.clone(), Verb::Read, *table, Path::Warehouse)).or_default().extend(because);
        }
        for (index, api) in (0u32..).zip(&program.apis) {
            for (exposed, view) in api.exposed.iter().filter_map(|e| Some((e, e.view?))) {
                let because = [exposed.at].into_iter().chain(api.anonymous.as_ref().map(|(_, at)| *at));
                lines.entry((api.role.clone(), Verb::Read, view, Path::Api(index))).or_default().extend(because);
            }
        }
        for ((index, export), readers) in (0u32..).zip(&program.exports).zip(program.file_readers()) {
            for reader in readers {
                for exported in &export.tables {
                    let because = reader.because.iter().copied().chain([exported.at]);
                    lines.entry((reader.role.clone(), Verb::Extract, exported.table, Path::Export(index))).or_default().extend(because);
                }
            }
        }
        let twins: BTreeMap<TableId, &crate::ir::Twin> = program.twins.iter().map(|t| (t.table, t)).collect();
        let entry = |((role, verb, table, path), mut because): ((Ident, Verb, TableId, Path), Vec<Span>)| {
            because.sort_unstable();
            because.dedup();
            let masked = twins.get(&table).map(|t| (t.base, t.masking.clone()));
            let mut columns = program.table(table).map(|t| cells(program, t)).unwrap_or_default();
            if let Some((listed, _)) = sent.get(&table).filter(|_| role == exporter && path == Path::Warehouse) {
                columns.retain(|c| listed.contains(&c.column));
            }
            let rows = if matches!(path, Path::Export(_)) { Vec::new() } else { rows(carry, &role, table) };
            Entry { role, verb, table, path, columns, rows, masked, because }
        };
        Matrix { entries: lines.into_iter().map(entry).collect(), open: open(program, carry, &twins), accounts: accounts(program, &twins) }
    }

    /// The lines of a role.
    pub fn of<'m>(&'m self, role: &'m Ident) -> impl Iterator<Item = &'m Entry> {
        self.entries.iter().filter(move |e| e.role == *role)
    }

    /// Why a role may do something with a column, or with any column of a table: the first line that says so. To read counts on every path:
    /// in the warehouse, in files, in dashboards, in APIs that are open to everybody.
    pub fn allows(&self, role: &Ident, verb: Verb, table: TableId, column: Option<u32>) -> Option<&Entry> {
        self.ways(role, verb, table).find(|e| column.is_none_or(|c| e.columns.iter().any(|cell| cell.column == c)))
    }

    /// Every line by which a role may do something with a table: its own, then those that are open to everybody.
    pub fn ways<'m>(&'m self, role: &Ident, verb: Verb, table: TableId) -> impl Iterator<Item = &'m Entry> {
        let verb_fits = move |have: Verb| have == verb || (verb == Verb::Read && have != Verb::Write);
        let its = self.entries.iter().filter(move |e| e.role == *role && verb_fits(e.verb));
        let is_open = |path: Path| self.open.iter().any(|o| o.path == path);
        let views = self.entries.iter().filter(|e| matches!(e.path, Path::Api(_)));
        let open = self.open.iter().chain(views).filter(move |e| verb == Verb::Read && is_open(e.path));
        its.chain(open).filter(move |e| e.table == table)
    }
}

fn open(program: &Program, carry: &Carry, twins: &BTreeMap<TableId, &crate::ir::Twin>) -> Vec<Entry> {
    let mut all = Vec::new();
    for (index, api) in (0u32..).zip(&program.apis) {
        let Some((_, opened)) = &api.anonymous else { continue };
        for (table, shown, at) in told(program, api) {
            let mut columns = program.table(table).map(|t| cells(program, t)).unwrap_or_default();
            columns.retain(|c| shown.contains(&c.column));
            all.push(Entry {
                role: Ident::exact("*"),
                verb: Verb::Read,
                table,
                path: Path::Api(index),
                columns,
                rows: rows(carry, &api.role, table),
                masked: twins.get(&table).map(|t| (t.base, t.masking.clone())),
                because: vec![at, *opened],
            });
        }
    }
    all
}

/// What service accounts read.
fn accounts(program: &Program, twins: &BTreeMap<TableId, &crate::ir::Twin>) -> Vec<Entry> {
    let one = |account: &crate::ir::google::ServiceAccount, table: TableId, read: &[u32], at: Span| {
        let mut columns = program.table(table).map(|t| cells(program, t)).unwrap_or_default();
        columns.retain(|c| read.contains(&c.column));
        Entry {
            role: account.name.clone(),
            verb: Verb::Read,
            table,
            path: Path::Google,
            columns,
            rows: Vec::new(),
            masked: twins.get(&table).map(|t| (t.base, t.masking.clone())),
            because: vec![at],
        }
    };
    let each = |account| program.read_by_account(account).into_iter().map(move |(table, read, at)| one(account, table, &read, at));
    program.platform.accounts.iter().flat_map(each).collect()
}

/// What is shown or taken in Tableau: by role, verb and table.
fn in_tableau(program: &Program) -> BTreeMap<(&Ident, Verb, TableId), u32> {
    let each = (0u32..).zip(&program.shown);
    let each = each.flat_map(|(index, shown)| shown.readers.iter().map(move |viewer| (index, shown, viewer)));
    each.flat_map(|(index, shown, viewer)| viewer.verbs.iter().map(move |verb| ((&viewer.role, *verb, shown.table), index))).collect()
}

/// The policies that narrow a role on a table.
pub(super) fn rows(carry: &Carry, role: &Ident, table: TableId) -> Vec<RowRule> {
    let narrowing = carry.of(table).iter().filter(|c| c.roles.contains(role));
    let mut rows: Vec<RowRule> =
        narrowing.filter_map(|c| Some(RowRule { policy: c.policy, columns: c.columns.as_ref().ok()?.clone() })).collect();
    rows.sort_unstable();
    rows.dedup();
    rows
}

fn cells(program: &Program, table: &Table) -> Vec<Cell> {
    (0u32..).zip(&table.columns).map(|(column, _)| Cell { column, mask: mask(program, table, column) }).collect()
}

/// The mask that makes a column, where the model's query says so itself.
fn mask(program: &Program, table: &Table, column: u32) -> Option<std::sync::Arc<str>> {
    let TableKind::Model(model) = &table.kind else { return None };
    let SetExpr::Select(select) = &model.query.body else { return None };
    let named = |e: &Expr| match &e.kind {
        ExprKind::Call { function, .. } => program.function(*function).filter(|f| f.kind == FunctionKind::Mask).map(|f| f.name.clone()),
        _ => None,
    };
    let item = select.items.get(column as usize)?;
    find(&item.expr, &|e| named(e).is_some()).and_then(named)
}
